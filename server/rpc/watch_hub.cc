#include "server/rpc/watch_hub.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/rpc/convert.h"
#include "server/rpc/watcher.h"

namespace tocsin::rpc {
namespace {

constexpr absl::Duration kSweepEvery = absl::Seconds(1);
constexpr absl::Duration kProgressEvery = absl::Seconds(15);

absl::Status ShuttingDown() {
  return Error(absl::StatusCode::kUnavailable, "SHUTTING_DOWN", "the server is stopping",
               "Connect again and resume after the last entry you have.");
}

void Erase(std::vector<std::shared_ptr<Watcher>>& audience,
           const std::shared_ptr<Watcher>& watcher) {
  const auto found = std::find(audience.begin(), audience.end(), watcher);
  if (found == audience.end()) return;
  *found = std::move(audience.back());
  audience.pop_back();
}

WatchMessage Progress(uint64_t log_size) {
  v1::WatchEntriesResponse message;
  message.set_log_size(log_size);
  return std::make_shared<const std::string>(message.SerializeAsString());
}

}  // namespace

void EndLocked(Watcher& watcher, absl::Status status) {
  if (watcher.state == Watcher::State::kEnded || watcher.end) return;
  watcher.queue.clear();
  if (watcher.sending) {
    watcher.end = std::move(status);
    return;
  }
  watcher.state = Watcher::State::kEnded;
  if (watcher.sink != nullptr) watcher.sink->End(status);
}

WatchHub::WatchHub(const store::Database& database, const app::Catalog& catalog,
                   runtime::Clock& clock, Limits limits)
    : database_(database), catalog_(catalog), clock_(clock), limits_(limits) {}

WatchHub::~WatchHub() {
  Stop();
}

void WatchHub::Start() {
  now_nanos_ = absl::ToUnixNanos(clock_.Now());
  fan_out_ = std::make_unique<runtime::Thread>("watch", [this] { FanOutLoop(); });
  reader_ = std::make_unique<runtime::Thread>("watch-read", [this] { ReadLoop(); });
}

void WatchHub::Stop() {
  {
    runtime::MutexLock lock(audience_mutex_);
    stopped_ = true;
  }
  for (const auto& watcher : All(std::nullopt)) End(watcher, ShuttingDown());
  {
    runtime::MutexLock lock(commits_mutex_);
    stopping_ = true;
  }
  commits_changed_.NotifyAll();
  {
    runtime::MutexLock lock(readers_mutex_);
    readers_stopping_ = true;
  }
  readers_changed_.NotifyAll();
  fan_out_.reset();
  reader_.reset();
}

void WatchHub::OnCommit(std::shared_ptr<const app::Commit> commit) {
  // Whoever comes later finds the commit in the store.
  if (watcher_count_ == 0) return;
  {
    runtime::MutexLock lock(commits_mutex_);
    backlog_ += commit->entries.size();
    commits_.push_back(std::move(commit));
    if (backlog_ > limits_.backlog_max) {
      commits_.clear();
      backlog_ = 0;
      lost_ = true;
    }
  }
  commits_changed_.NotifyOne();
}

absl::StatusOr<std::shared_ptr<Watcher>> WatchHub::Add(WatchRequest request, WatchSink* sink) {
  auto watcher = std::make_shared<Watcher>(std::move(request), sink);
  {
    runtime::MutexLock lock(audience_mutex_);
    if (stopped_) return ShuttingDown();
    if (watcher_count_ >= limits_.watchers_max) {
      return Error(absl::StatusCode::kResourceExhausted, "TOO_MANY_WATCHERS",
                   "the server has as many watchers as it takes", "Try again in a moment.");
    }
    ++watcher_count_;
    const WatchRequest& of = watcher->request;
    Audience& audience =
        watcher->wide() ? wide_[of.caller.org] : by_incident_[{of.caller.org, of.incident}];
    audience.push_back(watcher);
  }
  runtime::MutexLock lock(watcher->mutex);
  Ask(watcher);
  return watcher;
}

void WatchHub::OnSent(const std::shared_ptr<Watcher>& watcher, bool ok) {
  runtime::MutexLock lock(watcher->mutex);
  watcher->sending = false;
  if (watcher->end) {
    const absl::Status status = *std::exchange(watcher->end, std::nullopt);
    EndLocked(*watcher, status);
    return;
  }
  if (!ok) return EndLocked(*watcher, absl::CancelledError("the client has gone"));
  Pump(watcher);
}

void WatchHub::End(const std::shared_ptr<Watcher>& watcher, const absl::Status& status) {
  runtime::MutexLock lock(watcher->mutex);
  EndLocked(*watcher, status);
}

void WatchHub::Remove(const std::shared_ptr<Watcher>& watcher) {
  {
    runtime::MutexLock lock(audience_mutex_);
    const WatchRequest& of = watcher->request;
    if (watcher->wide()) {
      Erase(wide_[of.caller.org], watcher);
    } else {
      const auto found = by_incident_.find({of.caller.org, of.incident});
      if (found != by_incident_.end()) {
        Erase(found->second, watcher);
        if (found->second.empty()) by_incident_.erase(found);
      }
    }
    --watcher_count_;
  }
  runtime::MutexLock lock(watcher->mutex);
  watcher->state = Watcher::State::kEnded;
  watcher->sink = nullptr;
  watcher->queue.clear();
}

WatchHub::Audience WatchHub::All(std::optional<OrgNumber> only) {
  Audience all;
  runtime::MutexLock lock(audience_mutex_);
  for (const auto& [key, audience] : by_incident_) {
    if (!only || key.first == *only) all.insert(all.end(), audience.begin(), audience.end());
  }
  for (const auto& [org, audience] : wide_) {
    if (!only || org == *only) all.insert(all.end(), audience.begin(), audience.end());
  }
  return all;
}

void WatchHub::FanOutLoop() {
  absl::Time swept = Now();
  absl::Time progressed = Now();
  for (;;) {
    std::deque<std::shared_ptr<const app::Commit>> commits;
    bool lost = false;
    {
      runtime::MutexLock lock(commits_mutex_);
      if (commits_.empty() && !stopping_ && !lost_) {
        commits_changed_.WaitFor(commits_mutex_, kSweepEvery);
      }
      if (stopping_) return;
      commits.swap(commits_);
      backlog_ = 0;
      lost = std::exchange(lost_, false);
    }
    const absl::Time now = clock_.Now();
    now_nanos_ = absl::ToUnixNanos(now);
    if (lost) Resync();
    for (const auto& commit : commits) FanOut(*commit);
    if (now - swept >= kSweepEvery) {
      SweepTokens(std::nullopt);
      swept = now;
    }
    if (now - progressed >= kProgressEvery) {
      SendProgress();
      progressed = now;
    }
  }
}

void WatchHub::FanOut(const app::Commit& commit) {
  std::vector<OrgNumber> revoked;
  for (const app::CommittedEntry& entry : commit.entries) {
    FanOutEntry(entry);
    log_sizes_[entry.org] = entry.log_index + 1;
    if (std::holds_alternative<domain::TokenRevoked>(entry.entry.event)) {
      revoked.push_back(entry.org);
    }
  }
  for (OrgNumber org : revoked) SweepTokens(org);
}

void WatchHub::FanOutEntry(const app::CommittedEntry& entry) {
  Audience audience;
  {
    runtime::MutexLock lock(audience_mutex_);
    const auto wide = wide_.find(entry.org);
    if (wide != wide_.end()) audience = wide->second;
    const auto own = by_incident_.find({entry.org, entry.incident});
    if (own != by_incident_.end()) {
      audience.insert(audience.end(), own->second.begin(), own->second.end());
    }
  }
  WatchMessage message;
  for (const auto& watcher : audience) {
    runtime::MutexLock lock(watcher->mutex);
    const uint64_t position = watcher->wide() ? entry.log_index : entry.meta.sequence;
    watcher->seen = position + 1;
    if (watcher->state != Watcher::State::kLive || position < watcher->next) continue;
    if (entry.incident.empty()) {
      watcher->next = position + 1;
      continue;
    }
    if (!message) message = MakeMessage(entry);
    if (!message || watcher->queue.size() >= limits_.queue_length_max) {
      BackToReading(watcher);
      continue;
    }
    watcher->next = position + 1;
    watcher->queue.push_back({position, entry.incident, message});
    Pump(watcher);
  }
}

WatchMessage WatchHub::MakeMessage(const app::CommittedEntry& entry) {
  const std::optional<Named> named = NameOf(entry);
  if (!named) return nullptr;
  v1::WatchEntriesResponse response;
  *response.mutable_entry() = ToProto(entry, named->number, [&](const PrincipalId& id) {
    return catalog_.HandleOf(entry.org, id);
  });
  response.mutable_entry()->set_drill(named->drill);
  response.set_log_size(entry.log_index + 1);
  return std::make_shared<const std::string>(response.SerializeAsString());
}

// Too slow, or an entry that cannot be made into a message: give up the queue, and read the store
// again from its first entry once the stream has room. What is wrong with the store ends the stream
// there.
void WatchHub::BackToReading(const std::shared_ptr<Watcher>& watcher) {
  if (!watcher->queue.empty()) watcher->next = watcher->queue.front().position;
  for (const Watcher::Item& item : watcher->queue) {
    if (item.incident.empty()) watcher->told_live = false;
  }
  watcher->queue.clear();
  watcher->state = Watcher::State::kReading;
  Pump(watcher);
}

// Commits were dropped before they were looked at: everybody reads the store again from where they
// are.
void WatchHub::Resync() {
  for (const auto& watcher : All(std::nullopt)) {
    runtime::MutexLock lock(watcher->mutex);
    if (watcher->state != Watcher::State::kLive) continue;
    watcher->state = Watcher::State::kReading;
    Pump(watcher);
  }
}

void WatchHub::SweepTokens(std::optional<OrgNumber> only) {
  for (const auto& watcher : All(only)) {
    runtime::MutexLock lock(watcher->mutex);
    if (const absl::Status status = CheckToken(*watcher); !status.ok()) {
      EndLocked(*watcher, status);
    }
  }
}

void WatchHub::SendProgress() {
  for (const auto& watcher : All(std::nullopt)) {
    runtime::MutexLock lock(watcher->mutex);
    // A live watcher with an empty queue has been sent everything that the fan-out has passed by.
    const bool idle = watcher->state == Watcher::State::kLive && watcher->queue.empty() &&
                      !watcher->sending && watcher->sink != nullptr;
    const uint64_t log_size = log_sizes_[watcher->request.caller.org];
    if (!idle || log_size <= watcher->reported) continue;
    watcher->reported = log_size;
    watcher->sending = true;
    watcher->sink->Send(Progress(log_size));
  }
}

absl::Status WatchHub::CheckToken(const Watcher& watcher) const {
  if (catalog_.IsLive(watcher.request.caller.token, Now())) return absl::OkStatus();
  return Error(absl::StatusCode::kUnauthenticated, "TOKEN_REFUSED",
               "the token is revoked or has expired", "Enrol again: tocsin enrol.");
}

// Sends what can be sent. The watcher's lock is held.
void WatchHub::Pump(const std::shared_ptr<Watcher>& watcher) {
  while (!watcher->sending && !watcher->queue.empty() && watcher->sink != nullptr &&
         watcher->state != Watcher::State::kEnded) {
    Watcher::Item item = std::move(watcher->queue.front());
    watcher->queue.pop_front();
    if (const absl::Status status = CheckToken(*watcher); !status.ok()) {
      return EndLocked(*watcher, status);
    }
    // Every entry is authorised anew: rights may have changed since the watch began.
    if (!item.incident.empty()) {
      const app::AccessFacts facts = catalog_.Access(watcher->request.caller, item.incident);
      if (const absl::Status status =
              app::Authorise(watcher->request.caller, app::Act::kRead, &facts);
          !status.ok()) {
        if (watcher->wide()) continue;
        return EndLocked(*watcher, status);
      }
    }
    watcher->sending = true;
    watcher->sink->Send(item.message);
  }
  if (watcher->queue.empty() && watcher->state == Watcher::State::kReading) Ask(watcher);
}

// Queues the watcher for the reading thread. The watcher's lock is held.
void WatchHub::Ask(const std::shared_ptr<Watcher>& watcher) {
  if (watcher->asked) return;
  watcher->asked = true;
  {
    runtime::MutexLock lock(readers_mutex_);
    readers_.push_back(watcher);
  }
  readers_changed_.NotifyOne();
}

std::optional<WatchHub::Named> WatchHub::NameOf(const app::CommittedEntry& entry) {
  const auto known = names_.find(entry.incident);
  if (known != names_.end()) return known->second;
  Named named;
  if (const auto* declared = std::get_if<domain::IncidentDeclared>(&entry.entry.event)) {
    named = {declared->number, declared->drill};
  } else {
    const absl::StatusOr<domain::Incident> incident = catalog_.Get(entry.org, entry.incident);
    if (!incident.ok()) return std::nullopt;
    named = {incident->number, incident->drill};
  }
  names_[entry.incident] = named;
  return named;
}

}  // namespace tocsin::rpc
