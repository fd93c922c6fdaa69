// The app layer on the real store: opened, closed and opened again as a server would be, with a
// clock that stands still. In memory it has no threads unless a test starts them; in a directory it
// has those of a server.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "rocksdb/env.h"
#include "server/app/catalog.h"
#include "server/app/command_processor.h"
#include "server/app/commit_feed.h"
#include "server/app/timer_service.h"
#include "server/runtime/mutex.h"
#include "server/store/database.h"
#include "tests/support/domain_fixture.h"
#include "tests/support/fake_clock.h"

namespace tocsin::app {

/// What a caller of Submit got. Where there are threads, it may be read after Wait.
struct Answer {
  int calls = 0;
  absl::StatusOr<Outcome> outcome = absl::UnknownError("no answer yet");

  std::string reason() const;
  void Give(absl::StatusOr<Outcome> given);
  /// Until the answer is there, in another thread than that which gives it.
  void Wait();

 private:
  runtime::Mutex mutex_;
  runtime::Condition given_;
};

/// Keeps every commit it is told of.
class CommitKeeper : public CommitObserver {
 public:
  void OnCommit(std::shared_ptr<const Commit> commit) override {
    commits.push_back(std::move(commit));
  }

  std::vector<std::shared_ptr<const Commit>> commits;
};

/// Two organisations, acme and globex. The observers are the timer service, then the keeper.
class TestServer {
 public:
  /// `env` nullptr: one of its own in memory. Opens.
  explicit TestServer(rocksdb::Env* env = nullptr, CommandProcessor::Limits limits = {});
  /// On the machine's file system, with the writer, completion and timer threads of a server: what
  /// is queued is done and what is due fires without Run and RunTimers, which must not be called.
  explicit TestServer(std::string directory);
  ~TestServer();

  /// Must open (checked).
  void Open();
  /// Stops what runs and closes the store; queued commands are answered.
  void Close();
  void Restart() {
    Close();
    Open();
  }

  /// Queues `request`; the answer comes with Run.
  std::shared_ptr<Answer> Submit(Request request);
  /// Everything that is queued, then every reply.
  void Run();
  /// Submit and Run, or wait. One answer must come (checked). With threads: thread-safe.
  absl::StatusOr<Outcome> Do(Request request);
  /// As Do; must succeed (checked).
  Outcome MustDo(Request request);
  /// The reason for which it is refused; "" when it is not.
  std::string ReasonFor(Request request);
  /// Fires what is due until nothing is due any more; returns how many firings were submitted.
  size_t RunTimers();
  /// With threads: waits until nothing that is due by the clock is left to fire, and everything
  /// that was answered is known to the timers.
  void Settle();

  /// A request by Person(1) with a request id of its own.
  Request Make(const IncidentId& incident, domain::Command command, OrgNumber org);
  Request Make(const IncidentId& incident, domain::Command command) {
    return Make(incident, std::move(command), acme);
  }
  Request Make(domain::DirectoryCommand command, OrgNumber org);
  Request Make(domain::DirectoryCommand command) { return Make(std::move(command), acme); }
  Request Log(const IncidentId& incident, std::string_view text);
  /// Declares in acme and returns its id.
  IncidentId Declare(const domain::DeclareIncident& command);
  IncidentId Declare() { return Declare(domain::ADeclaration()); }
  /// Declared, aware now, significant: with timers.
  IncidentId DeclareSignificant();
  /// A person with this handle and a token; the token's text is returned.
  std::string Enrol(std::string_view handle, std::vector<OrgRole> roles, absl::Duration lifetime,
                    OrgNumber org);
  std::string Enrol(std::string_view handle, std::vector<OrgRole> roles,
                    absl::Duration lifetime = absl::Hours(24)) {
    return Enrol(handle, std::move(roles), lifetime, acme);
  }

  /// All entries of a timeline in the store (checked).
  std::vector<store::StoredEntry> Entries(const IncidentId& incident, OrgNumber org) const;
  std::vector<store::StoredEntry> Entries(const IncidentId& incident) const {
    return Entries(incident, acme);
  }
  /// Names of the timers that the store holds, with their times, in order.
  std::vector<std::string> StoredTimers() const;
  /// Says what is not as the fold of the stored entries says it: catalogue, rows, timers, people.
  /// Empty: all is.
  std::string Inconsistency() const;
  /// The part of it that concerns timers: the stored and the armed ones against TimersFor of the
  /// folds.
  std::string TimerInconsistency() const;

  /// Of the next Open.
  EscalationChains chains;
  runtime::FakeClock clock;
  OrgNumber acme{};
  OrgNumber globex{};
  std::unique_ptr<store::Database> database;
  std::unique_ptr<Catalog> catalog;
  std::unique_ptr<TimerService> timers;
  CommitKeeper keeper;
  std::unique_ptr<CommandProcessor> processor;

 private:
  const std::unique_ptr<rocksdb::Env> own_env_;
  rocksdb::Env* const env_;
  const std::string directory_ = "/store";
  const bool with_threads_ = false;
  const CommandProcessor::Limits limits_;
  uint64_t next_request_ = 1;
};

/// A member of acme with these roles.
Caller CallerWith(const TestServer& server, PrincipalId principal, std::vector<OrgRole> roles);

/// How `again`, the answer to a repeated request, is not that to the `first`; "" when it is.
std::string AnswerDifference(const Outcome& first, const Outcome& again);

/// Reminders and misses in a timeline, in its order: "nis2.notification/50 11 20:00 recorded 12
/// 15:00", a miss as /100, days and hours in UTC; and what is wrong with the entry, if anything.
std::vector<std::string> FiredIn(const std::vector<store::StoredEntry>& entries);

/// The texts that were logged in a timeline, in order.
std::vector<std::string> TextsOf(const std::vector<store::StoredEntry>& entries);

}  // namespace tocsin::app
