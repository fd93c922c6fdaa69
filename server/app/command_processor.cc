#include "server/app/command_processor.h"

#include <algorithm>
#include <type_traits>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "server/app/secrets.h"
#include "server/base/check.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/domain/decide.h"
#include "server/runtime/log.h"
#include "server/runtime/send_batch.h"

namespace tocsin::app {
namespace {

// Incidents whose working state is kept between rounds. An incident that is not kept is folded
// again when it is next written to.
constexpr size_t kWorkingMax = 2048;
// So many commands are worth a commit of their own while replies of the last one still go out.
constexpr size_t kWorthACommit = 4;

absl::Status QueueFull() {
  return Error(absl::StatusCode::kResourceExhausted, "QUEUE_FULL",
               "the server has more commands waiting than it takes",
               "Nothing was recorded. Try again with the same request id in a second.");
}

absl::Status ShuttingDown() {
  return Error(absl::StatusCode::kUnavailable, "SHUTTING_DOWN", "the server is shutting down",
               "Nothing was recorded. Try again with the same request id.");
}

absl::Status ReadOnly() {
  return Error(
      absl::StatusCode::kUnavailable, "STORE_READ_ONLY",
      "the server has stopped writing after a disk error",
      "This call recorded nothing. If an earlier one ended with an unknown outcome, repeat it "
      "with the same request id when the server writes again. Reading goes on; tell whoever "
      "runs the server.");
}

absl::Status RoundUndone() {
  return Error(absl::StatusCode::kUnavailable, "ROUND_UNDONE",
               "the commit was given up because of another command in it",
               "Nothing was recorded. Try again with the same request id.");
}

bool IsFiring(const Request& request) {
  const auto* command = std::get_if<domain::Command>(&request.command);
  return command != nullptr && std::holds_alternative<domain::FireTimer>(*command);
}

// Text entries arm no timer and change nothing in the incident's row but its last entry, which the
// store finds by itself; everything else may.
bool ChangesMoreThanTheEnd(const domain::Event& event) {
  return !std::holds_alternative<domain::EntryRecorded>(event);
}

}  // namespace

CommandProcessor::CommandProcessor(store::Database& database, Catalog& catalog,
                                   runtime::Clock& clock, std::vector<CommitObserver*> observers,
                                   Limits limits)
    : database_(database),
      catalog_(catalog),
      clock_(clock),
      observers_(std::move(observers)),
      limits_(limits),
      batch_(database),
      last_record_time_(catalog.LastRecordTime()) {}

CommandProcessor::~CommandProcessor() {
  Stop();
}

void CommandProcessor::UseCalendars(const domain::Calendars& offered,
                                    std::map<OrgNumber, std::string> countries) {
  calendars_ = &offered;
  countries_ = std::move(countries);
}

void CommandProcessor::UseZoneData(std::string version) {
  zone_data_ = std::move(version);
}

domain::CommandContext CommandProcessor::ContextOf(OrgNumber org, absl::Time now,
                                                   const PrincipalId& author) const {
  domain::CommandContext context{.now = now, .author = author};
  context.calendars = calendars_;
  context.zone_data = zone_data_;
  context.forms = forms_;
  context.four_eyes = four_eyes_.contains(org);
  context.escalation = ChainOf(catalog_, org, chains_);
  const auto country = countries_.find(org);
  if (calendars_ == nullptr || country == countries_.end()) return context;
  const auto known = calendars_->find(country->second);
  if (known != calendars_->end()) context.calendar = &known->second->calendar;
  return context;
}

void CommandProcessor::UseCriteria(
    std::vector<std::shared_ptr<const regulation::CriteriaSet>> sets,
    std::map<OrgNumber, std::map<std::string, std::string>> profiles) {
  criteria_ = std::move(sets);
  profile_facts_ = std::move(profiles);
}

domain::SignificanceContext CommandProcessor::SignificanceOf(OrgNumber org) const {
  domain::SignificanceContext context{criteria_, {}, catalog_.Related(org)};
  if (const auto facts = profile_facts_.find(org); facts != profile_facts_.end()) {
    context.profile = facts->second;
  }
  return context;
}

domain::SignificanceContext CommandProcessor::SignificanceOf(const Round& round,
                                                             OrgNumber org) const {
  domain::SignificanceContext context = SignificanceOf(org);
  for (const Working* working : round.dirty) {
    if (working->org != org) continue;
    const std::string& number = working->incident.number;
    std::erase_if(context.related, [&](const auto& known) { return known->number == number; });
    if (auto related = domain::AsRelated(working->incident)) {
      context.related.push_back(std::move(related));
    }
  }
  return context;
}

void CommandProcessor::Start() {
  writer_ = std::make_unique<runtime::Thread>("writer", [this] { WriterLoop(); });
  completion_ = std::make_unique<runtime::Thread>("completion", [this] { CompletionLoop(); });
}

void CommandProcessor::Stop() {
  {
    runtime::MutexLock lock(queue_mutex_);
    closed_ = true;
  }
  queue_changed_.NotifyAll();
  if (writer_ != nullptr) writer_->Join();
  {
    runtime::MutexLock lock(finished_mutex_);
    writer_done_ = true;
  }
  finished_changed_.NotifyAll();
  if (completion_ != nullptr) completion_->Join();
  // What was queued without threads to handle it.
  while (RunOnce() > 0) continue;
  RunCompletions();
}

void CommandProcessor::Submit(Request request, Done done) {
  absl::Status refused;
  size_t queued = 0;
  {
    runtime::MutexLock lock(queue_mutex_);
    if (closed_) {
      refused = ShuttingDown();
    } else if (queue_.size() >= limits_.queue_length_max) {
      refused = QueueFull();
    } else {
      queue_.push_back({std::move(request), std::move(done)});
      queued = queue_.size();
      queue_length_ = queued;
    }
  }
  if (!refused.ok()) {
    done(refused);
    return;
  }
  // The writer looks at the whole queue once it is awake.
  if (queued == 1) queue_changed_.NotifyOne();
  if (queued == kWorthACommit) {
    runtime::MutexLock lock(finished_mutex_);
    finished_changed_.NotifyAll();
  }
}

void CommandProcessor::WriterLoop() {
  for (;;) {
    {
      runtime::MutexLock lock(queue_mutex_);
      while (queue_.empty() && !closed_) queue_changed_.Wait(queue_mutex_);
      if (queue_.empty()) return;
    }
    {
      runtime::MutexLock lock(finished_mutex_);
      // Callers that have their answer send the next command. A writer that does not wait for them
      // makes a commit, with its syncs and its signature, for each few that come back; one that
      // waits for all of them leaves the disk idle meanwhile. At most one commit waits to give its
      // replies, so that a slow receiver fills the queue and not the memory.
      while (!finished_.empty() || (giving_out_ && queue_length_ < kWorthACommit)) {
        finished_changed_.Wait(finished_mutex_);
      }
    }
    RunOnce();
  }
}

size_t CommandProcessor::RunOnce() {
  std::deque<Queued> taken;
  {
    runtime::MutexLock lock(queue_mutex_);
    if (queue_.size() <= limits_.batch_length_max) {
      taken.swap(queue_);
    } else {
      for (size_t i = 0; i < limits_.batch_length_max; ++i) {
        taken.push_back(std::move(queue_.front()));
        queue_.pop_front();
      }
    }
    queue_length_ = queue_.size();
  }
  if (taken.empty()) return 0;
  constexpr size_t kBatchBytesMax = size_t{4} << 20;
  size_t answered = 0;
  while (!taken.empty()) {
    Round round;
    round.clock = clock_.Read();
    // As exact as the record keeps it, so that what we hold and what is read back are the same. It
    // never runs backwards, also across restarts.
    round.clock.now =
        std::max(absl::FromUnixNanos(absl::ToUnixNanos(round.clock.now)), last_record_time_);
    while (!taken.empty() && round.undone.ok() && batch_.bytes() < kBatchBytesMax) {
      Handle(round, std::move(taken.front()));
      taken.pop_front();
    }
    answered += round.replies.size();
    absl::Status committed = round.undone;
    if (committed.ok()) {
      StageRows(round);
      committed = batch_.Commit();
      if (!committed.ok()) broken_ = ReadOnly();
    } else {
      batch_.Drop();
    }
    Finish(std::move(round), committed);
  }
  return answered;
}

void CommandProcessor::Handle(Round& round, Queued queued) {
  Request& request = queued.request;
  Reply reply{.done = std::move(queued.done), .result = Outcome{}, .org = request.org};
  const absl::StatusOr<std::optional<store::RequestRecord>> repeat = FindRepeat(round, request);
  const bool repeated = repeat.ok() && repeat->has_value();
  reply.from_record = repeated && !round.requests.contains({request.org, request.request});
  absl::StatusOr<store::RequestRecord> record;
  if (!repeat.ok()) {
    record = repeat.status();
  } else if (repeated) {
    record = **repeat;
  } else {
    record = Carry(round, request);
  }
  if (!record.ok()) {
    reply.result = record.status();
  } else {
    reply.result = Outcome{.incident = record->incident,
                           .first_sequence = record->first_sequence,
                           .last_sequence = record->last_sequence,
                           .repeated = repeated,
                           .record_time = record->record_time,
                           .last_log_index = record->last_log_index};
    if (request.with_receipt && record->last_sequence > 0) {
      reply.receipt_index = record->last_log_index;
    }
  }
  round.replies.push_back(std::move(reply));
}

absl::StatusOr<std::optional<store::RequestRecord>> CommandProcessor::FindRepeat(
    const Round& round, const Request& request) const {
  std::optional<store::RequestRecord> record;
  if (IsFiring(request)) {
    TOCSIN_RETURN_IF_ERROR(broken_);
    return record;
  }
  if (const auto it = round.requests.find({request.org, request.request});
      it != round.requests.end()) {
    record = it->second;
  } else {
    TOCSIN_ASSIGN_OR_RETURN(record, database_.FindRequest(request.org, request.request));
  }
  if (record.has_value() && record->fingerprint != request.fingerprint) {
    return Error(absl::StatusCode::kAlreadyExists, "REQUEST_ID_REUSED",
                 "this request id was used for something else",
                 "Send the command again with a new request id.");
  }
  if (!record.has_value()) TOCSIN_RETURN_IF_ERROR(broken_);
  return record;
}

absl::StatusOr<store::RequestRecord> CommandProcessor::Carry(Round& round, Request& request) {
  absl::StatusOr<store::RequestRecord> record;
  if (auto* command = std::get_if<domain::Command>(&request.command)) {
    record = CarryIncident(round, request, *command);
  } else {
    record = CarryDirectory(round, request, std::get<domain::DirectoryCommand>(request.command));
  }
  TOCSIN_RETURN_IF_ERROR(record.status());
  record->record_time = round.clock.now;
  record->fingerprint = request.fingerprint;
  if (record->last_sequence > 0 && !IsFiring(request)) {
    batch_.PutRequest(request.org, request.request, *record);
    round.requests[{request.org, request.request}] = *record;
  }
  return record;
}

absl::Status CommandProcessor::Append(Round& round, const Request& request,
                                      domain::PendingEntry pending, store::NewEntry& next,
                                      Tlp default_tlp) {
  next.sequence += 1;
  next.author = pending.by_server ? PrincipalId{} : request.author;
  next.request = request.request;
  next.tlp = pending.tlp.value_or(default_tlp);
  next.auth_context = pending.by_server ? "server" : request.auth_context;
  next.clock = round.clock;
  TOCSIN_ASSIGN_OR_RETURN(const store::Appended appended,
                          batch_.Append(request.org, next, pending));
  round.commit->entries.push_back({.org = request.org,
                                   .incident = next.incident,
                                   .log_index = appended.log_index,
                                   .meta = {.sequence = next.sequence,
                                            .author = next.author,
                                            .record_time = round.clock.now,
                                            .tlp = next.tlp,
                                            .occur_time = pending.occur_time},
                                   .entry = std::move(pending),
                                   .tlp = next.tlp,
                                   .leaf = appended.leaf});
  next.previous_leaf = appended.leaf;
  return absl::OkStatus();
}

absl::StatusOr<store::RequestRecord> CommandProcessor::CarryIncident(Round& round, Request& request,
                                                                     domain::Command& command) {
  Working* working = nullptr;
  int* last_number = nullptr;
  if (auto* declare = std::get_if<domain::DeclareIncident>(&command)) {
    const auto year =
        static_cast<int>(absl::ToCivilYear(round.clock.now, absl::UTCTimeZone()).year());
    last_number = &LastNumber(request.org, year);
    request.incident = NewId<IncidentId>();
    declare->number = absl::StrFormat("INC-%d-%04d", year, *last_number + 1);
    auto fresh = std::make_unique<Working>();
    fresh->org = request.org;
    fresh->incident.id = request.incident;
    working = working_.emplace(request.incident, std::move(fresh)).first->second.get();
  } else {
    TOCSIN_ASSIGN_OR_RETURN(working, Find(request.org, request.incident));
  }
  if (auto* exported = std::get_if<domain::ExportIncident>(&command)) {
    exported->last_leaf = working->last_leaf;
  }
  domain::SignificanceContext significance;
  if (domain::ReadsSignificance(command)) significance = SignificanceOf(round, request.org);
  domain::CommandContext context = ContextOf(request.org, round.clock.now, request.author);
  context.significance = &significance;
  absl::StatusOr<std::vector<domain::PendingEntry>> decided =
      domain::Decide(working->incident, command, context);
  if (!decided.ok()) {
    if (!working->incident.declared()) working_.erase(request.incident);
    return decided.status();
  }
  store::RequestRecord record;
  record.incident = request.incident;
  if (decided->empty()) return record;
  store::NewEntry next;
  next.incident = request.incident;
  next.sequence = working->incident.last_sequence;
  next.previous_leaf = working->last_leaf;
  record.first_sequence = next.sequence + 1;
  const Tlp tlp = std::holds_alternative<domain::DeclareIncident>(command)
                      ? std::get<domain::DeclareIncident>(command).tlp
                      : working->incident.tlp;
  bool row_stale = false;
  for (domain::PendingEntry& pending : *decided) {
    if (absl::Status appended = Append(round, request, std::move(pending), next, tlp);
        !appended.ok()) {
      // Decide lets in less than the store takes, so this is our own fault. Half a decision must
      // not stand.
      if (next.sequence != record.first_sequence) round.undone = appended;
      if (!working->incident.declared()) working_.erase(request.incident);
      return appended;
    }
    const CommittedEntry& entry = round.commit->entries.back();
    domain::Apply(working->incident, entry.meta, entry.entry.event);
    row_stale = row_stale || ChangesMoreThanTheEnd(entry.entry.event);
  }
  if (last_number != nullptr) ++*last_number;
  working->last_leaf = next.previous_leaf;
  record.last_sequence = next.sequence;
  record.last_log_index = round.commit->entries.back().log_index;
  if (row_stale && !working->dirty) {
    working->dirty = true;
    round.dirty.push_back(working);
  }
  return record;
}

absl::StatusOr<store::RequestRecord> CommandProcessor::CarryDirectory(
    Round& round, Request& request, const domain::DirectoryCommand& command) {
  TOCSIN_ASSIGN_OR_RETURN(WorkingDirectory * working, FindDirectory(request.org));
  TOCSIN_ASSIGN_OR_RETURN(std::vector<domain::PendingEntry> decided,
                          domain::Decide(working->directory, command, round.clock.now));
  store::NewEntry next;
  next.sequence = working->directory.last_sequence;
  next.previous_leaf = working->last_leaf;
  store::RequestRecord record;
  record.first_sequence = next.sequence + 1;
  for (domain::PendingEntry& pending : decided) {
    if (absl::Status appended = Append(round, request, std::move(pending), next, Tlp::kAmber);
        !appended.ok()) {
      if (next.sequence != record.first_sequence) round.undone = appended;
      return appended;
    }
    const CommittedEntry& entry = round.commit->entries.back();
    domain::Apply(working->directory, entry.meta, entry.entry.event);
  }
  working->last_leaf = next.previous_leaf;
  record.last_sequence = next.sequence;
  record.last_log_index = round.commit->entries.back().log_index;
  return record;
}

absl::StatusOr<CommandProcessor::Working*> CommandProcessor::Find(OrgNumber org,
                                                                  const IncidentId& incident) {
  const auto known = working_.find(incident);
  if (known != working_.end()) {
    if (known->second->org != org) return UnknownIncident();
    return known->second.get();
  }
  TOCSIN_ASSIGN_OR_RETURN(FoldedIncident folded, FoldIncident(database_, org, incident));
  auto working = std::make_unique<Working>();
  working->org = org;
  working->incident = std::move(folded.incident);
  working->last_leaf = folded.last_leaf;
  working->timers = domain::TimersFor(working->incident);
  return working_.emplace(incident, std::move(working)).first->second.get();
}

absl::StatusOr<CommandProcessor::WorkingDirectory*> CommandProcessor::FindDirectory(OrgNumber org) {
  const auto known = directories_.find(org);
  if (known != directories_.end()) return &known->second;
  WorkingDirectory working;
  working.directory = catalog_.DirectoryOf(org);
  if (working.directory.last_sequence > 0) {
    TOCSIN_ASSIGN_OR_RETURN(
        const std::vector<store::StoredEntry> last,
        database_.ReadEntries(org, IncidentId{}, working.directory.last_sequence - 1, 1));
    TOCSIN_CHECK(last.size() == 1);
    working.last_leaf = last.front().leaf;
  }
  return &directories_.emplace(org, std::move(working)).first->second;
}

int& CommandProcessor::LastNumber(OrgNumber org, int year) {
  const auto [last, fresh] = last_numbers_.try_emplace({org, year}, 0);
  if (fresh) last->second = catalog_.LastNumber(org, year);
  return last->second;
}

void CommandProcessor::StageRows(Round& round) {
  for (Working* working : round.dirty) {
    const domain::Incident& incident = working->incident;
    store::IncidentRow row{.id = incident.id,
                           .number = incident.number,
                           .last_sequence = incident.last_sequence,
                           .last_leaf = working->last_leaf,
                           .declare_time = incident.declare_time,
                           .last_record_time = incident.last_record_time,
                           .restricted = incident.restricted,
                           .open = !incident.closed(),
                           .members = {incident.members.begin(), incident.members.end()}};
    if (const domain::Obligation* next = domain::NextDue(incident)) row.next_due = next->duty.due;
    auto related = domain::AsRelated(incident);
    row.has_root_cause = related != nullptr;
    if (incident.impact.contains(std::string(regulation::kRootCauseKey))) {
      round.commit->relations.push_back({working->org, incident.id, std::move(related)});
    }
    batch_.PutIncident(working->org, row);
    working->dirty = false;
    StageTimers(round, *working);
  }
}

void CommandProcessor::StageTimers(Round& round, Working& working) {
  const IncidentId& incident = working.incident.id;
  std::vector<domain::Timer> timers = domain::TimersFor(working.incident);
  if (timers == working.timers) return;
  const auto contains = [](const std::vector<domain::Timer>& all, const domain::Timer& timer) {
    return std::find(all.begin(), all.end(), timer) != all.end();
  };
  for (const domain::Timer& old : working.timers) {
    if (!contains(timers, old)) batch_.DeleteTimer(working.org, incident, old);
  }
  for (const domain::Timer& timer : timers) {
    if (!contains(working.timers, timer)) batch_.PutTimer(working.org, incident, timer);
  }
  working.timers = timers;
  round.commit->timers.push_back({working.org, incident, std::move(timers)});
}

void CommandProcessor::Finish(Round round, const absl::Status& committed) {
  Finished finished;
  if (committed.ok()) {
    last_record_time_ = std::max(last_record_time_, round.clock.now);
    catalog_.Publish(*round.commit);
    GiveReceipts(round);
    finished.commit = std::move(round.commit);
    ForgetIdle();
  } else {
    // Our working state is ahead of what the store holds.
    ForgetAll();
    runtime::Log(runtime::LogLevel::kError, "commit.failed", {{"reason", ReasonOf(committed)}});
    for (Reply& reply : round.replies) {
      if (!reply.result.ok() || reply.from_record) continue;
      reply.result = round.undone.ok() ? committed : RoundUndone();
    }
    GiveReceipts(round);
  }
  finished.replies = std::move(round.replies);
  {
    runtime::MutexLock lock(finished_mutex_);
    finished_.push_back(std::move(finished));
  }
  finished_changed_.NotifyAll();
}

void CommandProcessor::GiveReceipts(Round& round) {
  for (Reply& reply : round.replies) {
    if (!reply.result.ok() || !reply.receipt_index) continue;
    absl::StatusOr<ledger::Receipt> receipt = batch_.MakeReceipt(reply.org, *reply.receipt_index);
    if (receipt.ok()) {
      reply.result->receipt = *std::move(receipt);
    } else {
      // The entry is durable; only its proof cannot be made now. Saying "failed" would be the worse
      // lie.
      runtime::Log(runtime::LogLevel::kError, "receipt.failed",
                   {{"reason", ReasonOf(receipt.status())}});
    }
  }
}

void CommandProcessor::ForgetIdle() {
  // Any will do: one that is written to again is folded again. The order of this map is random.
  for (auto it = working_.begin(); working_.size() > kWorkingMax;) working_.erase(it++);
}

void CommandProcessor::ForgetAll() {
  working_.clear();
  directories_.clear();
  last_numbers_.clear();
}

size_t CommandProcessor::RunCompletions() {
  std::deque<Finished> taken;
  {
    runtime::MutexLock lock(finished_mutex_);
    taken.swap(finished_);
    giving_out_ = true;
  }
  // The writer waits with the next commit while this one has not been taken.
  finished_changed_.NotifyAll();
  for (Finished& finished : taken) {
    {
      const runtime::LogBatch access_lines;
      const runtime::SendBatch answers;
      for (Reply& reply : finished.replies) reply.done(std::move(reply.result));
    }
    if (finished.commit == nullptr || finished.commit->entries.empty()) continue;
    for (CommitObserver* observer : observers_) observer->OnCommit(finished.commit);
  }
  {
    runtime::MutexLock lock(finished_mutex_);
    giving_out_ = false;
  }
  finished_changed_.NotifyAll();
  return taken.size();
}

void CommandProcessor::CompletionLoop() {
  for (;;) {
    {
      runtime::MutexLock lock(finished_mutex_);
      while (finished_.empty() && !writer_done_) finished_changed_.Wait(finished_mutex_);
      if (finished_.empty()) return;
    }
    RunCompletions();
  }
}

}  // namespace tocsin::app
