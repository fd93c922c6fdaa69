#include "clients/chat/irc/irc_adapter.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "server/base/status_macros.h"
#include "server/runtime/log.h"

namespace tocsin::chat {
namespace {

// How long a line that must wait for its turn may lie before it is looked at.
constexpr absl::Duration kTick = absl::Milliseconds(250);
// After a refusal that a person has to mend, and after servers' limits on connecting.
constexpr absl::Duration kRefusedPause = absl::Minutes(1);

LineClient::Options OptionsOf(const IrcConfig& config) {
  LineClient::Options options;
  options.address.host = config.host;
  options.address.port = config.port;
  options.ca_file = config.ca_file;
  return options;
}

}  // namespace

IrcAdapter::IrcAdapter(IrcConfig config, AdapterContext context, runtime::Clock& clock,
                       ReconnectPauses pauses, irc::Pace pace)
    : config_(std::move(config)),
      context_(std::move(context)),
      clock_(clock),
      state_(context_),
      backoff_(pauses.first, pauses.longest),
      session_(config_, context_, state_,
               {.send = [this](const std::string& line) { Write(line); },
                .hand_up = [this](const Inbound& inbound) { HandUp(inbound); }},
               pace) {}

IrcAdapter::~IrcAdapter() {
  Stop();
}

absl::Status IrcAdapter::Start() {
  // Authorities that cannot be read are a mistake of the set-up.
  TOCSIN_RETURN_IF_ERROR(LineClient::Make(OptionsOf(config_)).status());
  thread_ = std::make_unique<runtime::Thread>("chat-irc", [this] { Run(); });
  return absl::OkStatus();
}

void IrcAdapter::Post(const Outbound& post) {
  runtime::MutexLock lock(mutex_);
  posts_.push_back(post);
  if (client_ != nullptr) client_->Wake();
}

void IrcAdapter::Stop() {
  stop_.Stop();
  {
    runtime::MutexLock lock(mutex_);
    if (client_ != nullptr) client_->Cancel();
  }
  thread_.reset();
}

std::vector<Outbound> IrcAdapter::TakePosts() {
  runtime::MutexLock lock(mutex_);
  return std::exchange(posts_, {});
}

void IrcAdapter::Write(const std::string& line) {
  if (write_problem_.ok() && writing_ != nullptr) write_problem_ = writing_->Write(line);
}

// Until the bot has it on disk: nothing brings it again.
void IrcAdapter::HandUp(const Inbound& inbound) {
  Backoff pauses(absl::Milliseconds(100), absl::Seconds(10));
  while (!context_.events.OnInbound(context_.name, inbound).ok()) {
    if (!stop_.Pause(pauses.Next())) return;
  }
}

void IrcAdapter::Run() {
  while (!stop_.stopped()) {
    const absl::Status ended = RunConnection();
    session_.OnDisconnected();
    for (const Outbound& post : TakePosts()) {
      context_.events.OnPosted(context_.name, post.key,
                               {PostState::kRetry, {}, "", "not connected"});
    }
    if (stop_.stopped()) return;
    const std::string cause(ended.message());
    runtime::Log(runtime::LogLevel::kInfo, "chat.disconnected",
                 {{"adapter", context_.name}, {"cause", cause}});
    state_.NotReady(cause);
    const absl::Duration pause = backoff_.Next();
    const bool refused = absl::IsUnauthenticated(ended);
    if (!stop_.Pause(refused ? std::max(pause, std::min(kRefusedPause, backoff_.longest()))
                             : pause)) {
      return;
    }
  }
}

// Until the connection ends, and why it did.
absl::Status IrcAdapter::RunConnection() {
  TOCSIN_ASSIGN_OR_RETURN(const std::unique_ptr<LineClient> client,
                          LineClient::Make(OptionsOf(config_)));
  {
    runtime::MutexLock lock(mutex_);
    client_ = client.get();
  }
  const absl::Status ended = stop_.stopped() ? absl::CancelledError() : Talk(*client);
  writing_ = nullptr;
  runtime::MutexLock lock(mutex_);
  client_ = nullptr;
  return ended;
}

absl::Status IrcAdapter::Talk(LineClient& client) {
  TOCSIN_RETURN_IF_ERROR(client.Open());
  writing_ = &client;
  write_problem_ = absl::OkStatus();
  const absl::Time began = clock_.Now();
  session_.OnConnected(began);
  while (true) {
    TOCSIN_RETURN_IF_ERROR(write_problem_);
    TOCSIN_ASSIGN_OR_RETURN(const std::optional<std::string> line, client.Read(kTick));
    const absl::Time now = clock_.Now();
    if (line) TOCSIN_RETURN_IF_ERROR(session_.OnLine(*line, now));
    for (const Outbound& post : TakePosts()) session_.Post(post);
    TOCSIN_RETURN_IF_ERROR(session_.OnTick(now));
    // One that holds for a while was a good one; one that ends at once is not tried in a hurry.
    if (now - began > backoff_.longest()) backoff_.Reset();
  }
}

}  // namespace tocsin::chat
