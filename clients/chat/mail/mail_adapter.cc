#include "clients/chat/mail/mail_adapter.h"

#include <curl/curl.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "clients/chat/mail/mail_message.h"

namespace tocsin::chat {
namespace {

constexpr long kConnectSeconds = 10;
constexpr long kSeconds = 60;
constexpr absl::Duration kLoginPause = absl::Minutes(1);
// Answers of SMTP (RFC 5321): the text may be sent; come later; never.
constexpr long kGoAhead = 354;
constexpr long kLater = 400;
constexpr long kNever = 500;
constexpr long kAuthBegin = 530;
constexpr long kAuthEnd = 535;

struct CurlFree {
  void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

// What is left to send.
struct Rest {
  std::string_view text;
};

size_t ReadRest(char* out, size_t size, size_t count, void* data) {
  auto& rest = *static_cast<Rest*>(data);
  const size_t taken = std::min(size * count, rest.text.size());
  std::memcpy(out, rest.text.data(), taken);
  rest.text.remove_prefix(taken);
  return taken;
}

int Stopped(void* data, curl_off_t /*down_total*/, curl_off_t /*down*/, curl_off_t /*up_total*/,
            curl_off_t /*up*/) {
  return static_cast<StopFlag*>(data)->stopped() ? 1 : 0;
}

// What an error of libcurl and the server's last answer mean for the post.
PostResult Read(CURLcode code, long answer) {
  PostResult result;
  if (code == CURLE_OK) {
    result.state = PostState::kPosted;
    return result;
  }
  result.problem = answer >= kLater ? absl::StrCat("the mail server answers ", answer)
                                    : curl_easy_strerror(code);
  if (code == CURLE_LOGIN_DENIED || answer == kAuthBegin || answer == kAuthEnd) {
    result.problem = "the mail server refuses the login";
    result.state = PostState::kRetry;
    result.retry_after = kLoginPause;
  } else if (answer >= kNever) {
    result.state = PostState::kFailed;
  } else if (answer == kGoAhead) {
    result.state = PostState::kUnknown;
  } else {
    result.state = PostState::kRetry;  // nothing of the text was sent
  }
  return result;
}

}  // namespace

MailAdapter::MailAdapter(MailConfig config, AdapterContext context)
    : config_(std::move(config)),
      context_(std::move(context)),
      state_(context_),
      worker_(context_, [this](const Outbound& post) { return Send(post); }) {
  static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
  static_cast<void>(initialised);
}

MailAdapter::~MailAdapter() {
  Stop();
}

absl::Status MailAdapter::Start() {
  worker_.Start("chat-mail");
  state_.Ready();
  return absl::OkStatus();
}

void MailAdapter::Post(const Outbound& post) {
  worker_.Post(post);
}

void MailAdapter::Stop() {
  stop_.Stop();
  worker_.Stop();
}

PostResult MailAdapter::Send(const Outbound& post) {
  const absl::StatusOr<std::string> message = ComposeMail(config_, post);
  if (!message.ok()) {
    return {PostState::kFailed, {}, "", std::string(message.status().message())};
  }
  const std::unique_ptr<CURL, CurlFree> curl(curl_easy_init());
  const std::unique_ptr<curl_slist, CurlFree> recipients(
      curl_slist_append(nullptr, absl::StrCat("<", post.room, ">").c_str()));
  if (curl == nullptr || recipients == nullptr) return {PostState::kRetry, {}, "", "no memory"};
  const std::string url = absl::StrCat(config_.implicit_tls ? "smtps" : "smtp", "://", config_.host,
                                       ":", config_.port, "/tocsin");
  const std::string from = absl::StrCat("<", config_.from, ">");
  Rest rest{*message};
  CURL* handle = curl.get();
  curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  curl_easy_setopt(handle, CURLOPT_USE_SSL, static_cast<long>(CURLUSESSL_ALL));
  curl_easy_setopt(handle, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!config_.ca_file.empty()) {
    curl_easy_setopt(handle, CURLOPT_CAINFO, config_.ca_file.c_str());
    curl_easy_setopt(handle, CURLOPT_CAPATH, nullptr);
  }
  if (!config_.user.empty()) {
    curl_easy_setopt(handle, CURLOPT_USERNAME, config_.user.c_str());
    curl_easy_setopt(handle, CURLOPT_PASSWORD, config_.password.c_str());
  }
  curl_easy_setopt(handle, CURLOPT_MAIL_FROM, from.c_str());
  curl_easy_setopt(handle, CURLOPT_MAIL_RCPT, recipients.get());
  curl_easy_setopt(handle, CURLOPT_UPLOAD, 1L);
  curl_easy_setopt(handle, CURLOPT_READFUNCTION, ReadRest);
  curl_easy_setopt(handle, CURLOPT_READDATA, &rest);
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
  curl_easy_setopt(handle, CURLOPT_TIMEOUT, kSeconds);
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_PROXY, "");
  curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, Stopped);
  curl_easy_setopt(handle, CURLOPT_XFERINFODATA, &stop_);
  const CURLcode code = curl_easy_perform(handle);
  long answer = 0;
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &answer);
  PostResult result = Read(code, answer);
  if (result.state == PostState::kPosted) {
    result.native_id = MessageIdOf(config_, post);
    state_.Ready();
  } else if (result.state != PostState::kFailed) {
    state_.Trouble(absl::StrCat("cannot mail through ", config_.host, " (", result.problem, ")"));
  }
  return result;
}

}  // namespace tocsin::chat
