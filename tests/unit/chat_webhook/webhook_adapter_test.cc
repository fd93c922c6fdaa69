#include "clients/chat/webhook/webhook_adapter.h"

#include <atomic>
#include <latch>
#include <nlohmann/json.hpp>
#include <set>

#include "absl/strings/str_cat.h"
#include "clients/chat/net/hmac.h"
#include "server/base/encoding.h"
#include "server/base/text.h"
#include "tests/support/catch.h"
#include "tests/support/chat_fixture.h"
#include "tests/support/fake_clock.h"
#include "tests/support/tls_mock.h"

namespace tocsin::chat {
namespace {

constexpr char kKey[] = "7d1f2f0e-6f3c-5b0a-9d5e-2f1d0c9b8a77";
const absl::Time kNow = absl::FromUnixSeconds(1'790'000'000);

Outbound APost(const std::string& text = "INC-2026-0042 sev1") {
  return {.key = kKey,
          .room = "siem",
          .direct = false,
          .answers = "",
          .blocks = {Text(text)},
          .again = false,
          .created_time = kNow - absl::Minutes(3)};
}

WebhookConfig AConfig(const std::string& url) {
  WebhookConfig config;
  config.name = "webhook";
  config.url = ParseUrl(url + "/hook").value();
  config.secret = "0123456789abcdef0123456789abcdef";
  return config;
}

// A receiver as the documentation asks for one: checks the signature, takes each key once.
class Receiver {
 public:
  Receiver() : mock_({[this](const HttpRequest& request) { return Answer(request); }, {}, {}}) {}

  HttpResponse Answer(const HttpRequest& request) {
    ++requests;
    const std::string timestamp = FindHeader(request.headers, "X-Tocsin-Timestamp").value_or("");
    const std::string key = FindHeader(request.headers, "Idempotency-Key").value_or("");
    const std::string expected =
        "v1=" + HexEncode(HmacSha256("0123456789abcdef0123456789abcdef",
                                     absl::StrCat("v1:", timestamp, ":", key, ":", request.body)));
    if (FindHeader(request.headers, "X-Tocsin-Signature") != expected) return {401, {}, ""};
    if (const int status = fail_with.exchange(0); status != 0) {
      return {status, {{"Retry-After", "17"}}, ""};
    }
    {
      runtime::MutexLock lock(mutex_);
      if (keys_.insert(key).second) bodies_.push_back(request.body);
    }
    if (drop_answer.exchange(false)) return {};
    return {200, {}, ""};
  }

  std::vector<std::string> bodies() const {
    runtime::MutexLock lock(mutex_);
    return bodies_;
  }
  const TlsMock& mock() const { return mock_; }

  std::atomic<int> requests = 0;
  std::atomic<bool> drop_answer = false;
  std::atomic<int> fail_with = 0;

 private:
  mutable runtime::Mutex mutex_;
  std::set<std::string> keys_;
  std::vector<std::string> bodies_;
  TlsMock mock_;
};

struct Bench {
  explicit Bench(const Receiver& receiver) {
    WebhookConfig config = AConfig(receiver.mock().url());
    config.ca_file = receiver.mock().ca_file();
    adapter =
        std::make_unique<WebhookAdapter>(config, AdapterContext{"webhook", events, memory}, clock);
    REQUIRE(adapter->Start().ok());
  }
  PostResult Post(const Outbound& post) {
    const size_t before = events.posted().size();
    adapter->Post(post);
    REQUIRE(Eventually([&] { return events.posted().size() > before; }));
    return events.posted()[before].second;
  }

  RecordedEvents events;
  FakeMemory memory;
  runtime::FakeClock clock{kNow};
  std::unique_ptr<WebhookAdapter> adapter;
};

}  // namespace

TEST_CASE("WebhookRequest: signs time, key and body; another secret, time or key does not fit",
          "[chat][webhook]") {
  const WebhookConfig config = AConfig("https://h.example");
  const HttpRequest request = WebhookRequest(config, APost(), kNow);

  CHECK(request.method == "POST");
  CHECK(request.target == "/hook");
  CHECK(FindHeader(request.headers, "Idempotency-Key") == kKey);
  CHECK(FindHeader(request.headers, "X-Tocsin-Timestamp") == "1790000000");
  const nlohmann::json body = nlohmann::json::parse(request.body);
  CHECK(body["version"] == 1);
  CHECK(body["id"] == kKey);
  CHECK(body["room"] == "siem");
  CHECK(body["text"] == "INC-2026-0042 sev1");
  CHECK(body["created_time"] == "2026-09-21T14:10:20.000Z");

  const auto signature = [](const HttpRequest& of) {
    return FindHeader(of.headers, "X-Tocsin-Signature").value();
  };
  WebhookConfig other_secret = config;
  other_secret.secret[0] = 'x';
  Outbound other_key = APost();
  other_key.key[0] = '8';
  const std::set<std::string> all = {
      signature(request), signature(WebhookRequest(other_secret, APost(), kNow)),
      signature(WebhookRequest(config, APost(), kNow + absl::Seconds(1))),
      signature(WebhookRequest(config, other_key, kNow)),
      signature(WebhookRequest(config, APost("other"), kNow))};
  CHECK(all.size() == 5);
  CHECK(signature(WebhookRequest(config, APost(), kNow)) == signature(request));
}

TEST_CASE("WebhookRequest: whatever a person wrote, the body is valid JSON of valid text",
          "[chat][webhook]") {
  for (const std::string& text :
       {std::string(64 * 1024, 'x'), std::string("\xFF\xFE"), std::string("a\0b", 3),
        std::string("\u202Eevil\u200B"), std::string("\",\"room\":\"other"),
        std::string(300 * 1024, '\x01')}) {
    const HttpRequest request = WebhookRequest(AConfig("https://h.example"), APost(text), kNow);
    const nlohmann::json body = nlohmann::json::parse(request.body, nullptr, false);
    REQUIRE_FALSE(body.is_discarded());
    CHECK(body["room"] == "siem");
    CHECK(IsValidUtf8(body["text"].get<std::string>()));
    CHECK(request.body.size() < 300 * 1024);
    CHECK(body["text"].get<std::string>().find("\u202E") == std::string::npos);
  }
}

TEST_CASE("ReadWebhookAnswer: what is worth another try is tried again, the rest is not",
          "[chat][webhook]") {
  CHECK(ReadWebhookAnswer({204, {}, ""}, kNow).state == PostState::kPosted);
  for (const int status : {408, 429, 500, 503}) {
    const PostResult result = ReadWebhookAnswer({status, {{"Retry-After", "5"}}, ""}, kNow);
    CHECK(result.state == PostState::kRetry);
    CHECK(result.retry_after == absl::Seconds(5));
  }
  for (const int status : {301, 302, 400, 401, 403, 404, 410}) {
    CHECK(ReadWebhookAnswer({status, {}, ""}, kNow).state == PostState::kFailed);
  }
}

TEST_CASE("WebhookAdapter: a post arrives signed, once", "[chat][webhook]") {
  Receiver receiver;
  Bench bench(receiver);

  CHECK(bench.Post(APost()).state == PostState::kPosted);

  REQUIRE(receiver.bodies().size() == 1);
  CHECK_THAT(receiver.bodies()[0], ContainsSubstring("INC-2026-0042"));
  CHECK(bench.events.states() == std::vector<std::string>{"ready"});
}

TEST_CASE("WebhookAdapter: a lost answer and a restart repeat the key, not the post",
          "[chat][webhook]") {
  Receiver receiver;
  {
    Bench bench(receiver);
    receiver.drop_answer = true;
    CHECK(bench.Post(APost()).state == PostState::kUnknown);
  }
  Bench bench(receiver);
  Outbound again = APost();
  again.again = true;
  CHECK(bench.Post(again).state == PostState::kPosted);

  CHECK(receiver.requests == 2);
  CHECK(receiver.bodies().size() == 1);
}

TEST_CASE("WebhookAdapter: 429 waits as long as it is told, and the problem shows until it is over",
          "[chat][webhook]") {
  Receiver receiver;
  Bench bench(receiver);
  receiver.fail_with = 429;

  const PostResult result = bench.Post(APost());
  CHECK(result.state == PostState::kRetry);
  CHECK(result.retry_after == absl::Seconds(17));
  CHECK(bench.Post(APost()).state == PostState::kPosted);

  CHECK(receiver.bodies().size() == 1);
}

TEST_CASE("WebhookAdapter: a receiver that is away means that nothing was sent",
          "[chat][webhook]") {
  RecordedEvents events;
  FakeMemory memory;
  runtime::FakeClock clock{kNow};
  std::string url;
  {
    const Receiver gone;
    url = gone.mock().url();
  }
  WebhookAdapter adapter(AConfig(url), {"webhook", events, memory}, clock);
  REQUIRE(adapter.Start().ok());
  adapter.Post(APost());
  REQUIRE(Eventually([&] { return events.posted().size() == 1; }));
  CHECK(events.posted()[0].second.state == PostState::kRetry);
  CHECK_THAT(events.posted()[0].second.problem, ContainsSubstring("cannot reach 127.0.0.1"));
}

TEST_CASE("WebhookAdapter: it reaches no single person", "[chat][webhook]") {
  Receiver receiver;
  Bench bench(receiver);
  Outbound direct = APost();
  direct.direct = true;
  CHECK(bench.Post(direct).state == PostState::kFailed);
  CHECK(receiver.requests == 0);
}

TEST_CASE("WebhookAdapter: Stop does not wait for a receiver that is silent", "[chat][webhook]") {
  std::latch asked(1);
  std::latch release(1);
  TlsMock mock({[&](const HttpRequest&) {
                  asked.count_down();
                  release.wait();
                  return HttpResponse{};
                },
                {},
                {}});
  RecordedEvents events;
  FakeMemory memory;
  runtime::FakeClock clock{kNow};
  WebhookConfig config = AConfig(mock.url());
  config.ca_file = mock.ca_file();
  WebhookAdapter adapter(config, {"webhook", events, memory}, clock);
  REQUIRE(adapter.Start().ok());
  adapter.Post(APost());
  asked.wait();

  adapter.Stop();

  release.count_down();
  CHECK(events.posted().size() <= 1);
}

}  // namespace tocsin::chat
