// The past of a watch: pages of the store, read by one thread for all watchers in turn.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/rpc/convert.h"
#include "server/rpc/entry_reader.h"
#include "server/rpc/watch_hub.h"
#include "server/rpc/watcher.h"

namespace tocsin::rpc {
namespace {

absl::Status Ahead(uint64_t after, uint64_t known) {
  return Error(absl::StatusCode::kOutOfRange, "WATCH_AHEAD",
               absl::StrCat("the watch begins after ", after, ", but the record ends at ", known),
               "Was the server restored from a backup? Compare checkpoints, then watch from the "
               "beginning.");
}

WatchMessage LiveMessage(uint64_t log_size) {
  v1::WatchEntriesResponse message;
  message.set_live(true);
  message.set_log_size(log_size);
  return std::make_shared<const std::string>(message.SerializeAsString());
}

}  // namespace

void WatchHub::ReadLoop() {
  for (;;) {
    std::shared_ptr<Watcher> watcher;
    {
      runtime::MutexLock lock(readers_mutex_);
      while (readers_.empty() && !readers_stopping_) readers_changed_.Wait(readers_mutex_);
      if (readers_stopping_) return;
      watcher = std::move(readers_.front());
      readers_.pop_front();
    }
    ReadNext(watcher);
  }
}

void WatchHub::ReadNext(const std::shared_ptr<Watcher>& watcher) {
  if (const absl::Status status = Locate(*watcher); !status.ok()) return End(watcher, status);
  uint64_t next = 0;
  {
    runtime::MutexLock lock(watcher->mutex);
    if (watcher->state != Watcher::State::kReading) return;
    next = watcher->next;
  }
  Accept(watcher, watcher->wide() ? ReadAll(*watcher, next) : ReadIncident(*watcher, next));
}

// Finds where a new watcher begins.
absl::Status WatchHub::Locate(Watcher& watcher) {
  {
    runtime::MutexLock lock(watcher.mutex);
    if (watcher.state != Watcher::State::kStarting) return absl::OkStatus();
  }
  const WatchRequest& request = watcher.request;
  uint64_t known = 0;
  if (watcher.wide()) {
    known = database_.log_size(request.caller.org);
  } else {
    TOCSIN_ASSIGN_OR_RETURN(const domain::Incident incident,
                            catalog_.Get(request.caller.org, request.incident));
    known = incident.last_sequence;
  }
  if (request.after > known) return Ahead(request.after, known);
  const uint64_t after = request.only_new ? known : request.after;
  runtime::MutexLock lock(watcher.mutex);
  if (watcher.state != Watcher::State::kStarting) return absl::OkStatus();
  watcher.state = Watcher::State::kReading;
  watcher.next = watcher.wide() ? after : after + 1;
  return absl::OkStatus();
}

absl::StatusOr<WatchPage> WatchHub::ReadIncident(const Watcher& watcher, uint64_t next) {
  const OrgNumber org = watcher.request.caller.org;
  WatchPage page;
  page.log_size = database_.log_size(org);
  TOCSIN_RETURN_IF_ERROR(AppendEntries(org, watcher.request.incident, next - 1, limits_.page_length,
                                       /*wide=*/false, page));
  page.next = next + page.items.size();
  page.complete = page.items.size() < limits_.page_length;
  return page;
}

absl::StatusOr<WatchPage> WatchHub::ReadAll(const Watcher& watcher, uint64_t next) {
  const OrgNumber org = watcher.request.caller.org;
  TOCSIN_ASSIGN_OR_RETURN(const std::vector<store::LogLine> lines,
                          database_.ReadLog(org, next, limits_.page_length));
  WatchPage page;
  page.next = next + lines.size();
  page.log_size = page.next;
  page.complete = lines.size() < limits_.page_length;
  // Lines of one incident that follow each other are read together.
  for (size_t first = 0; first < lines.size();) {
    size_t end = first + 1;
    while (end < lines.size() && lines[end].incident == lines[first].incident) ++end;
    const IncidentId& incident = lines[first].incident;
    const app::AccessFacts facts = catalog_.Access(watcher.request.caller, incident);
    const bool visible =
        !incident.empty() && app::Authorise(watcher.request.caller, app::Act::kRead, &facts).ok();
    if (visible) {
      TOCSIN_RETURN_IF_ERROR(AppendEntries(org, incident, lines[first].sequence - 1, end - first,
                                           /*wide=*/true, page));
    }
    first = end;
  }
  return page;
}

absl::Status WatchHub::AppendEntries(OrgNumber org, const IncidentId& incident, uint64_t after,
                                     size_t count, bool wide, WatchPage& page) {
  TOCSIN_ASSIGN_OR_RETURN(const std::vector<store::StoredEntry> entries,
                          database_.ReadEntries(org, incident, after, count));
  if (entries.empty()) return absl::OkStatus();
  TOCSIN_ASSIGN_OR_RETURN(const domain::Incident state, catalog_.Get(org, incident));
  EntryReader reader(database_, org, state,
                     [&](const PrincipalId& id) { return catalog_.HandleOf(org, id); });
  for (const store::StoredEntry& entry : entries) {
    v1::WatchEntriesResponse response;
    TOCSIN_ASSIGN_OR_RETURN(*response.mutable_entry(), reader.View(entry));
    response.set_log_size(entry.record.log_index + 1);
    const uint64_t position = wide ? entry.record.log_index : entry.record.incident_sequence;
    page.items.push_back(
        {position, incident, std::make_shared<const std::string>(response.SerializeAsString())});
  }
  return absl::OkStatus();
}

void WatchHub::Accept(const std::shared_ptr<Watcher>& watcher, absl::StatusOr<WatchPage> page) {
  runtime::MutexLock lock(watcher->mutex);
  watcher->asked = false;
  if (watcher->state != Watcher::State::kReading) return;
  if (!page.ok()) return EndLocked(*watcher, page.status());
  for (Watcher::Item& item : page->items) watcher->queue.push_back(std::move(item));
  watcher->next = page->next;
  if (page->complete && watcher->seen <= watcher->next) {
    watcher->state = Watcher::State::kLive;
    watcher->reported = page->log_size;
    if (!watcher->told_live) {
      watcher->told_live = true;
      watcher->queue.push_back({watcher->next, IncidentId{}, LiveMessage(page->log_size)});
    }
  }
  Pump(watcher);
}

}  // namespace tocsin::rpc
