// The one writer. Everything that changes anything comes through this queue: people's commands and
// fired timers alike. The writer takes what is waiting, decides each command on its own working
// state, and commits all of it in one batch with one sync; only then do the replies leave, each
// with its receipt.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "server/app/catalog.h"
#include "server/app/commit_feed.h"
#include "server/app/escalation_chain.h"
#include "server/base/digest.h"
#include "server/base/ids.h"
#include "server/domain/command.h"
#include "server/domain/directory.h"
#include "server/domain/significance.h"
#include "server/ledger/receipt.h"
#include "server/runtime/clock.h"
#include "server/runtime/mutex.h"
#include "server/runtime/thread.h"
#include "server/store/commit_batch.h"
#include "server/store/database.h"

namespace tocsin::app {

/// One command with where it goes and who sends it. Rights have been checked before.
struct Request {
  OrgNumber org{};
  /// Zero for DeclareIncident (the writer names the incident) and for commands about people.
  IncidentId incident;
  RequestId request;
  /// Of method and content: the same request id with another fingerprint is a conflict.
  Digest fingerprint;
  /// Zero: the server itself.
  PrincipalId author;
  std::string auth_context;
  /// False: the outcome carries no receipt (bulk, where only the last entry's is wanted).
  bool with_receipt = true;
  std::variant<domain::Command, domain::DirectoryCommand> command;
};

/// What was written, durably.
struct Outcome {
  IncidentId incident;
  /// Both 0 when nothing was written (a timer that no longer held).
  uint64_t first_sequence = 0;
  uint64_t last_sequence = 0;
  bool repeated = false;
  absl::Time record_time;
  /// Of the last entry.
  uint64_t last_log_index = 0;
  /// Empty when the request did not want one.
  ledger::Receipt receipt;
};

/// Called exactly once, on the completion thread (or at once in the caller's when the queue is full
/// or closed).
using Done = std::function<void(absl::StatusOr<Outcome>)>;

/// Submit is thread-safe. One writer thread and one completion thread are started by Start and
/// joined by Stop.
class CommandProcessor {
 public:
  struct Limits {
    size_t queue_length_max = 16384;
    size_t batch_length_max = 4096;
  };

  /// All references must outlive this object; observers are called in the given order.
  CommandProcessor(store::Database& database, Catalog& catalog, runtime::Clock& clock,
                   std::vector<CommitObserver*> observers, Limits limits);
  ~CommandProcessor();

  /// What dates are computed with. `offered` is the library's and must outlive this object; a
  /// regime keeps the calendar that it was adopted with. `countries`: of each organisation, for
  /// regimes whose record states no establishment. Before Start.
  void UseCalendars(const domain::Calendars& offered, std::map<OrgNumber, std::string> countries);
  /// The version of the time zone data, "2026a", stored with each computed date. Before Start.
  void UseZoneData(std::string version);
  /// What Decide is told at `now` for `author`. Thread-safe after Start.
  domain::CommandContext ContextOf(OrgNumber org, absl::Time now, const PrincipalId& author) const;

  /// The criteria, and the facts of each organisation's profile. Without them nothing is proposed.
  /// Before Start.
  void UseCriteria(std::vector<std::shared_ptr<const regulation::CriteriaSet>> sets,
                   std::map<OrgNumber, std::map<std::string, std::string>> profiles);
  /// What an assessment in `org` works with, as of the last commit. Thread-safe after Start.
  domain::SignificanceContext SignificanceOf(OrgNumber org) const;
  /// What notifications are drafted with; `forms` must outlive this object. Before Start.
  void UseForms(const filing::FormLibrary* forms) { forms_ = forms; }
  /// The organisations in which another person than its author approves a draft. Before Start.
  void RequireFourEyes(std::set<OrgNumber> orgs) { four_eyes_ = std::move(orgs); }

  /// Whom alerts ask, by organisation. A handle that nobody has (yet) is looked up again each time.
  /// Before Start.
  void UseEscalation(EscalationChains chains) { chains_ = std::move(chains); }

  void Start();
  /// Refuses new requests, finishes what is queued and gives out every reply, also when Start was
  /// never called; joins both threads. Idempotent. Not from a `done` or an observer.
  void Stop();

  /// Queues `request`. `done` gets: the outcome; the refusal of Decide; kAlreadyExists
  /// REQUEST_ID_REUSED when the id was used for something else; kResourceExhausted QUEUE_FULL;
  /// kUnavailable OUTCOME_UNKNOWN when the disk failed under this commit (retry with the same id),
  /// STORE_READ_ONLY when it failed before, ROUND_UNDONE when the commit was given up before it was
  /// written, SHUTTING_DOWN. A repeat is answered from the record also when writing has stopped.
  ///
  /// A fired timer has a request id for the record only: whether it has happened is for Decide to
  /// see, so that nobody can stand in its way by using its id first.
  void Submit(Request request, Done done);

  /// Decides and commits what is queued now; the writer thread is a loop around it, and tests
  /// without threads call it. Returns how many requests it answered. Replies are given through
  /// RunCompletions.
  size_t RunOnce();
  /// Gives out the replies of finished commits and tells the observers; the completion thread's
  /// step.
  size_t RunCompletions();

 private:
  struct Queued {
    Request request;
    Done done;
  };
  /// An incident or directory as the writer sees it: ahead of the catalogue by the batch in hand.
  struct Working {
    OrgNumber org{};
    domain::Incident incident;
    Digest last_leaf;
    std::vector<domain::Timer> timers;
    /// By the round in hand: the stored row and `timers` may no longer be those of `incident`.
    bool dirty = false;
  };
  struct WorkingDirectory {
    domain::Directory directory;
    Digest last_leaf;
  };
  struct Reply {
    Done done;
    absl::StatusOr<Outcome> result;
    OrgNumber org{};
    /// The entry whose receipt is wanted, if one is.
    std::optional<uint64_t> receipt_index;
    /// The answer is that of an earlier commit, whatever becomes of this one.
    bool from_record = false;
  };
  struct Finished {
    std::vector<Reply> replies;
    std::shared_ptr<const Commit> commit;
  };
  /// One run of the writer.
  struct Round {
    std::shared_ptr<Commit> commit = std::make_shared<Commit>();
    std::vector<Reply> replies;
    /// Request ids of this round, which the store does not know yet.
    absl::flat_hash_map<std::pair<OrgNumber, RequestId>, store::RequestRecord> requests;
    std::vector<Working*> dirty;
    runtime::ClockReading clock;
    /// Not OK: a command failed when part of it was staged already, so that nothing of this round
    /// may be written.
    absl::Status undone = absl::OkStatus();
  };

  void WriterLoop();
  void CompletionLoop();
  void Handle(Round& round, Queued queued);
  absl::StatusOr<std::optional<store::RequestRecord>> FindRepeat(const Round& round,
                                                                 const Request& request) const;
  absl::StatusOr<store::RequestRecord> Carry(Round& round, Request& request);
  absl::StatusOr<store::RequestRecord> CarryIncident(Round& round, Request& request,
                                                     domain::Command& command);
  absl::StatusOr<store::RequestRecord> CarryDirectory(Round& round, Request& request,
                                                      const domain::DirectoryCommand& command);
  /// As SignificanceOf, and as the round in hand has changed it.
  domain::SignificanceContext SignificanceOf(const Round& round, OrgNumber org) const;
  absl::StatusOr<Working*> Find(OrgNumber org, const IncidentId& incident);
  absl::StatusOr<WorkingDirectory*> FindDirectory(OrgNumber org);
  /// The number in use last; the next declaration counts it up.
  int& LastNumber(OrgNumber org, int year);
  absl::Status Append(Round& round, const Request& request, domain::PendingEntry pending,
                      store::NewEntry& next, Tlp default_tlp);
  void StageRows(Round& round);
  void StageTimers(Round& round, Working& working);
  void Finish(Round round, const absl::Status& committed);
  void GiveReceipts(Round& round);
  void ForgetIdle();
  void ForgetAll();

  store::Database& database_;
  Catalog& catalog_;
  runtime::Clock& clock_;
  const std::vector<CommitObserver*> observers_;
  const Limits limits_;

  runtime::Mutex queue_mutex_;
  runtime::Condition queue_changed_;
  std::deque<Queued> queue_ TOCSIN_GUARDED_BY(queue_mutex_);
  bool closed_ TOCSIN_GUARDED_BY(queue_mutex_) = false;
  /// Of queue_, for the writer while it waits under the other mutex.
  std::atomic<size_t> queue_length_{0};

  runtime::Mutex finished_mutex_;
  runtime::Condition finished_changed_;
  std::deque<Finished> finished_ TOCSIN_GUARDED_BY(finished_mutex_);
  /// The completion thread is at work on what it took.
  bool giving_out_ TOCSIN_GUARDED_BY(finished_mutex_) = false;
  bool writer_done_ TOCSIN_GUARDED_BY(finished_mutex_) = false;

  // The writer's own; touched by RunOnce only.
  store::CommitBatch batch_;
  absl::flat_hash_map<IncidentId, std::unique_ptr<Working>> working_;
  absl::flat_hash_map<OrgNumber, WorkingDirectory> directories_;
  absl::flat_hash_map<std::pair<OrgNumber, int>, int> last_numbers_;
  const domain::Calendars* calendars_ = nullptr;
  std::map<OrgNumber, std::string> countries_;
  std::string zone_data_;
  std::vector<std::shared_ptr<const regulation::CriteriaSet>> criteria_;
  std::map<OrgNumber, std::map<std::string, std::string>> profile_facts_;
  const filing::FormLibrary* forms_ = nullptr;
  std::set<OrgNumber> four_eyes_;
  EscalationChains chains_;
  absl::Time last_record_time_ = absl::InfinitePast();
  absl::Status broken_ = absl::OkStatus();

  std::unique_ptr<runtime::Thread> writer_;
  std::unique_ptr<runtime::Thread> completion_;
};

}  // namespace tocsin::app
