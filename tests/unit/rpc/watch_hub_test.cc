#include "server/rpc/watch_hub.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/rpc/entry_reader.h"
#include "server/runtime/mutex.h"
#include "tests/support/catch.h"
#include "tests/unit/app/app_fixture.h"
#include "tocsin/v1/timeline.pb.h"

namespace tocsin::rpc {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(20);

// A stream's other end. It takes a message only while it is run.
class Stream : public WatchSink {
 public:
  Stream(WatchHub& hub, WatchRequest request) : hub_(hub) {
    auto added = hub_.Add(std::move(request), this);
    REQUIRE(added.ok());
    watcher_ = *std::move(added);
  }
  ~Stream() override { hub_.Remove(watcher_); }

  void Send(const WatchMessage& message) override {
    runtime::MutexLock lock(mutex_);
    CHECK_FALSE(under_way_);
    under_way_ = true;
    v1::WatchEntriesResponse response;
    CHECK(response.ParseFromString(*message));
    if (response.live()) live_ = true;
    if (response.has_entry()) entries_.push_back(response.entry());
    if (response.entry().type() == "entry-recorded") texts_.push_back(response.entry().text());
    log_sizes_.push_back(response.log_size());
    changed_.NotifyAll();
  }
  void End(const absl::Status& status) override {
    runtime::MutexLock lock(mutex_);
    CHECK_FALSE(under_way_);
    CHECK_FALSE(end_.has_value());
    end_ = status;
    changed_.NotifyAll();
  }

  // Takes what is under way and lets the next one come, until `done` holds.
  template <typename Done>
  bool RunUntil(Done done) {
    for (;;) {
      {
        runtime::MutexLock lock(mutex_);
        while (!under_way_ && !done(*this)) {
          if (!changed_.WaitFor(mutex_, kPatience)) return false;
        }
        if (done(*this)) return true;
        under_way_ = false;
      }
      hub_.OnSent(watcher_, /*ok=*/true);
    }
  }
  bool AwaitLive() {
    return RunUntil([](Stream& s) { return s.live_; });
  }
  bool AwaitEntries(size_t count) {
    return RunUntil([count](Stream& s) { return s.entries_.size() >= count; });
  }
  bool AwaitTexts(size_t count) {
    return RunUntil([count](Stream& s) { return s.texts_.size() >= count; });
  }
  std::string AwaitEnd() {
    if (!RunUntil([](Stream& s) { return s.end_.has_value(); })) return "it did not end";
    return ReasonOf(*end_);
  }

  std::vector<uint64_t> Sequences() {
    runtime::MutexLock lock(mutex_);
    std::vector<uint64_t> out;
    for (const v1::Entry& entry : entries_) out.push_back(entry.sequence());
    return out;
  }
  std::vector<std::string> Texts() {
    runtime::MutexLock lock(mutex_);
    return texts_;
  }
  std::vector<uint64_t> log_sizes() {
    runtime::MutexLock lock(mutex_);
    return log_sizes_;
  }

 private:
  WatchHub& hub_;
  std::shared_ptr<Watcher> watcher_;
  runtime::Mutex mutex_;
  runtime::Condition changed_;
  bool under_way_ = false;
  bool live_ = false;
  std::vector<v1::Entry> entries_;
  std::vector<std::string> texts_;
  std::vector<uint64_t> log_sizes_;
  std::optional<absl::Status> end_;
};

// The app layer in memory with a hub beside it. Commits reach the hub when the test publishes them.
struct Fixture {
  explicit Fixture(WatchHub::Limits limits = {})
      : hub(*server.database, *server.catalog, server.clock, limits) {
    token = server.Enrol("ada", {OrgRole::kResponder});
    caller = *server.catalog->Authenticate(token, server.clock.Now());
    hub.Start();
  }
  ~Fixture() { hub.Stop(); }

  void Publish() {
    for (; published < server.keeper.commits.size(); ++published) {
      hub.OnCommit(server.keeper.commits[published]);
    }
  }
  void Log(const IncidentId& incident, int first, int last) {
    for (int i = first; i <= last; ++i) {
      server.MustDo(server.Log(incident, absl::StrCat("entry ", i)));
    }
  }
  uint64_t LastSequence(const IncidentId& incident) const {
    return server.catalog->Get(server.acme, incident)->last_sequence;
  }
  WatchRequest Of(const IncidentId& incident, uint64_t after = 0) const {
    return {.caller = caller, .incident = incident, .after = after};
  }

  app::TestServer server;
  std::string token;
  app::Caller caller;
  WatchHub hub;
  size_t published = 0;
};

std::vector<uint64_t> Range(uint64_t first, uint64_t last) {
  std::vector<uint64_t> out;
  for (uint64_t i = first; i <= last; ++i) out.push_back(i);
  return out;
}

}  // namespace

TEST_CASE("WatchHub: first the past, then what comes, without gap or repeat") {
  Fixture fixture({.page_length = 4});
  const IncidentId incident = fixture.server.Declare();
  fixture.Log(incident, 1, 10);
  Stream stream(fixture.hub, fixture.Of(incident));
  REQUIRE(stream.AwaitLive());
  fixture.Log(incident, 11, 20);
  fixture.Publish();  // The past too: the hub must not repeat it.
  const uint64_t last = fixture.LastSequence(incident);
  REQUIRE(stream.AwaitEntries(last));
  CHECK(stream.Sequences() == Range(1, last));
}

TEST_CASE("WatchHub: commits that are published while the past is read arrive once") {
  Fixture fixture({.page_length = 2});
  const IncidentId incident = fixture.server.Declare();
  fixture.Log(incident, 1, 20);
  Stream stream(fixture.hub, fixture.Of(incident));
  fixture.Publish();
  for (int round = 0; round < 20; ++round) {
    fixture.Log(incident, 21 + round, 21 + round);
    fixture.Publish();
    REQUIRE(stream.AwaitEntries(static_cast<size_t>(round) + 1));
  }
  const uint64_t last = fixture.LastSequence(incident);
  REQUIRE(stream.AwaitEntries(last));
  CHECK(stream.Sequences() == Range(1, last));
}

TEST_CASE("WatchHub: a watch resumes after the sequence it is given") {
  Fixture fixture;
  const IncidentId incident = fixture.server.Declare();
  fixture.Log(incident, 1, 5);
  const uint64_t last = fixture.LastSequence(incident);
  Stream stream(fixture.hub, fixture.Of(incident, last - 2));
  REQUIRE(stream.AwaitLive());
  CHECK(stream.Sequences() == Range(last - 1, last));
}

TEST_CASE("WatchHub: only what is new, when that is asked for") {
  Fixture fixture;
  const IncidentId incident = fixture.server.Declare();
  fixture.Log(incident, 1, 5);
  WatchRequest request = fixture.Of(incident);
  request.only_new = true;
  Stream stream(fixture.hub, request);
  REQUIRE(stream.AwaitLive());
  fixture.Log(incident, 6, 6);
  fixture.Publish();
  REQUIRE(stream.AwaitEntries(1));
  CHECK(stream.Texts() == std::vector<std::string>{"entry 6"});
}

TEST_CASE("WatchHub: a watch that begins ahead of the record is refused") {
  Fixture fixture;
  const IncidentId incident = fixture.server.Declare();
  Stream one(fixture.hub, fixture.Of(incident, fixture.LastSequence(incident) + 1));
  CHECK(one.AwaitEnd() == "WATCH_AHEAD");
  Stream all(fixture.hub,
             fixture.Of(IncidentId{}, fixture.server.database->log_size(fixture.server.acme) + 1));
  CHECK(all.AwaitEnd() == "WATCH_AHEAD");
}

TEST_CASE("WatchHub: a slow reader loses its queue and no entry") {
  Fixture fixture({.queue_length_max = 4, .page_length = 3});
  const IncidentId incident = fixture.server.Declare();
  Stream slow(fixture.hub, fixture.Of(incident));
  Stream quick(fixture.hub, fixture.Of(incident));
  REQUIRE(slow.AwaitLive());
  REQUIRE(quick.AwaitLive());
  for (int i = 1; i <= 60; ++i) {
    fixture.Log(incident, i, i);
    fixture.Publish();
    REQUIRE(quick.AwaitEntries(fixture.LastSequence(incident)));
  }
  const uint64_t last = fixture.LastSequence(incident);
  REQUIRE(slow.AwaitEntries(last));
  CHECK(slow.Sequences() == Range(1, last));
  CHECK(quick.Sequences() == Range(1, last));
}

TEST_CASE("WatchHub: a fan-out that falls behind sends everybody back to the store") {
  Fixture fixture({.page_length = 16, .backlog_max = 8});
  const IncidentId incident = fixture.server.Declare();
  Stream stream(fixture.hub, fixture.Of(incident));
  REQUIRE(stream.AwaitLive());
  fixture.Log(incident, 1, 200);
  fixture.Publish();
  const uint64_t last = fixture.LastSequence(incident);
  REQUIRE(stream.AwaitEntries(last));
  CHECK(stream.Sequences() == Range(1, last));
}

TEST_CASE("WatchHub: a wide watch shows what its caller may see, past and live") {
  Fixture fixture({.page_length = 3});
  const IncidentId open = fixture.server.Declare();
  domain::DeclareIncident secret = domain::ADeclaration();
  secret.restricted = true;
  const IncidentId restricted = fixture.server.Declare(secret);
  fixture.Log(open, 1, 2);
  fixture.Log(restricted, 100, 101);
  Stream stream(fixture.hub, fixture.Of(IncidentId{}));
  REQUIRE(stream.AwaitLive());
  fixture.Log(restricted, 102, 104);
  fixture.Log(open, 3, 3);
  fixture.Publish();
  REQUIRE(stream.AwaitTexts(3));
  CHECK(stream.Texts() == std::vector<std::string>{"entry 1", "entry 2", "entry 3"});
  // Once a member, the person sees what comes from then on.
  fixture.server.MustDo(
      fixture.server.Make(restricted, domain::AddMember{fixture.caller.principal}));
  fixture.Log(restricted, 105, 105);
  fixture.Publish();
  REQUIRE(stream.AwaitTexts(4));
  CHECK(stream.Texts().back() == "entry 105");
}

TEST_CASE("WatchHub: the log size is never ahead of the data, and resuming from it loses nothing") {
  Fixture fixture({.page_length = 4});
  const IncidentId incident = fixture.server.Declare();
  fixture.Log(incident, 1, 6);
  Stream first(fixture.hub, fixture.Of(IncidentId{}));
  REQUIRE(first.AwaitLive());
  const std::vector<uint64_t> sizes = first.log_sizes();
  for (size_t i = 1; i < sizes.size(); ++i) CHECK(sizes[i - 1] <= sizes[i]);
  CHECK(sizes.back() == fixture.server.database->log_size(fixture.server.acme));
  fixture.Log(incident, 7, 8);
  Stream second(fixture.hub, fixture.Of(IncidentId{}, sizes.back()));
  REQUIRE(second.AwaitLive());
  CHECK(second.Texts() == std::vector<std::string>{"entry 7", "entry 8"});
}

TEST_CASE("WatchHub: a revoked token ends its streams at once, and no others") {
  Fixture fixture;
  const IncidentId incident = fixture.server.Declare();
  const std::string other_token = fixture.server.Enrol("ben", {OrgRole::kViewer});
  WatchRequest other = fixture.Of(incident);
  other.caller = *fixture.server.catalog->Authenticate(other_token, fixture.server.clock.Now());
  Stream revoked(fixture.hub, fixture.Of(incident));
  Stream kept(fixture.hub, other);
  REQUIRE(revoked.AwaitLive());
  REQUIRE(kept.AwaitLive());
  fixture.server.MustDo(fixture.server.Make(domain::RevokeToken{fixture.caller.token}));
  fixture.Publish();
  CHECK(revoked.AwaitEnd() == "TOKEN_REFUSED");
  fixture.Log(incident, 1, 1);
  fixture.Publish();
  REQUIRE(kept.AwaitEntries(fixture.LastSequence(incident)));
}

TEST_CASE("WatchHub: stopping ends every stream and takes no more") {
  Fixture fixture;
  const IncidentId incident = fixture.server.Declare();
  Stream stream(fixture.hub, fixture.Of(incident));
  REQUIRE(stream.AwaitLive());
  Stream idle(fixture.hub, fixture.Of(IncidentId{}));
  fixture.hub.Stop();
  CHECK(stream.AwaitEnd() == "SHUTTING_DOWN");
  CHECK(idle.AwaitEnd() == "SHUTTING_DOWN");
  struct Nowhere : WatchSink {
    void Send(const WatchMessage&) override {}
    void End(const absl::Status&) override {}
  } nowhere;
  CHECK(ReasonOf(fixture.hub.Add(fixture.Of(incident), &nowhere).status()) == "SHUTTING_DOWN");
}

TEST_CASE("WatchHub: takes as many watchers as it may") {
  Fixture fixture({.watchers_max = 1});
  const IncidentId incident = fixture.server.Declare();
  struct Nowhere : WatchSink {
    void Send(const WatchMessage&) override {}
    void End(const absl::Status&) override {}
  } nowhere;
  {
    Stream stream(fixture.hub, fixture.Of(incident));
    CHECK(ReasonOf(fixture.hub.Add(fixture.Of(incident), &nowhere).status()) ==
          "TOO_MANY_WATCHERS");
  }
  CHECK(fixture.hub.watchers() == 0);
  Stream again(fixture.hub, fixture.Of(incident));
  CHECK(again.AwaitLive());
}

TEST_CASE("EntryReader: an entry shows what later ones say of it") {
  Fixture fixture;
  const IncidentId incident = fixture.server.Declare();
  const uint64_t first = fixture.server.MustDo(fixture.server.Log(incident, "one")).last_sequence;
  const uint64_t second = fixture.server.MustDo(fixture.server.Log(incident, "two")).last_sequence;
  fixture.server.MustDo(fixture.server.Make(incident, domain::CorrectEntry{first, "1"}));
  fixture.server.MustDo(fixture.server.Make(incident, domain::CorrectEntry{first, "uno"}));
  fixture.server.MustDo(fixture.server.Make(incident, domain::RetractEntry{second, "not so"}));
  const auto state = fixture.server.catalog->Get(fixture.server.acme, incident);
  EntryReader reader(*fixture.server.database, fixture.server.acme, *state,
                     [](const PrincipalId&) { return std::string("@x"); });
  const auto entries = fixture.server.Entries(incident);
  const auto corrected = reader.View(entries[first - 1]);
  REQUIRE(corrected.ok());
  CHECK(corrected->text() == "one");
  CHECK(corrected->corrected_text() == "uno");
  CHECK(corrected->corrected_by() == second + 2);
  const auto retracted = reader.View(entries[second - 1]);
  REQUIRE(retracted.ok());
  CHECK(retracted->retracted_by() == second + 3);
}

}  // namespace tocsin::rpc
