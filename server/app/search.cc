#include "server/app/search.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <utility>

#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/runtime/mutex.h"
#include "server/runtime/thread.h"

namespace tocsin::app {
namespace {

constexpr size_t kThreads = 2;
constexpr size_t kReadPage = 1000;

bool Newer(const FoundEntry& a, const FoundEntry& b) {
  return std::tie(a.entry.record.record_time, a.entry.record.log_index) >
         std::tie(b.entry.record.record_time, b.entry.record.log_index);
}

// Keeps the newest, and counts the rest.
void Trim(SearchResult& result, size_t limit) {
  if (result.found.size() <= limit) return;
  std::sort(result.found.begin(), result.found.end(), Newer);
  result.more += result.found.size() - limit;
  result.found.resize(limit);
}

// One search: its threads take incident after incident.
struct Scan {
  const store::Database& database;
  const OrgNumber org;
  const domain::EntryQuery& query;
  const domain::HandleOf handle_of;
  const std::vector<IncidentId>& incidents;
  const size_t limit;
  const std::function<bool()>& expired;

  std::atomic<size_t> next{0};
  std::atomic<bool> over{false};
  runtime::Mutex mutex;
  SearchResult result TOCSIN_GUARDED_BY(mutex);
  absl::Status status TOCSIN_GUARDED_BY(mutex);

  absl::Status ScanIncident(const IncidentId& incident, SearchResult& own) {
    for (uint64_t after = 0; !over;) {
      TOCSIN_ASSIGN_OR_RETURN(std::vector<store::StoredEntry> page,
                              database.ReadEntries(org, incident, after, kReadPage));
      if (page.empty()) break;
      after = page.back().record.incident_sequence;
      own.scanned += page.size();
      const bool last = page.size() < kReadPage;
      for (store::StoredEntry& entry : page) {
        const ledger::EntryRecord& record = entry.record;
        const domain::EntryMeta meta = {record.incident_sequence, record.actor, record.record_time};
        if (domain::Matches(query, meta, entry.pending, handle_of)) {
          own.found.push_back({incident, std::move(entry)});
        }
      }
      if (own.found.size() > 4 * limit) Trim(own, limit);
      if (last) break;
      if (expired()) {
        return Error(absl::StatusCode::kDeadlineExceeded, "SEARCH_TOO_LONG",
                     "the search took too long and was given up",
                     "Name an incident (--incident), or search with more of the text.");
      }
    }
    return absl::OkStatus();
  }

  void Work() {
    SearchResult own;
    absl::Status failed;
    for (size_t at = next++; at < incidents.size() && !over && failed.ok(); at = next++) {
      failed = ScanIncident(incidents[at], own);
    }
    if (!failed.ok()) over = true;
    runtime::MutexLock lock(mutex);
    if (status.ok()) status = failed;
    result.scanned += own.scanned;
    result.more += own.more;
    std::move(own.found.begin(), own.found.end(), std::back_inserter(result.found));
  }
};

}  // namespace

absl::StatusOr<SearchResult> Search::Run(const Caller& caller, const domain::EntryQuery& query,
                                         const std::optional<IncidentId>& incident, size_t limit,
                                         const std::function<bool()>& expired) {
  if (++running_ > kSearchesMax) {
    --running_;
    return Error(absl::StatusCode::kResourceExhausted, "SEARCH_BUSY", "other searches are running",
                 "Try again in a few seconds.");
  }
  std::vector<IncidentId> incidents;
  if (incident) {
    incidents.push_back(*incident);
  } else {
    for (const IncidentSummary& summary : catalog_.List(caller)) incidents.push_back(summary.id);
  }
  Scan scan{database_,
            caller.org,
            query,
            [this, &caller](const PrincipalId& id) { return catalog_.HandleOf(caller.org, id); },
            incidents,
            limit,
            expired};
  {
    std::vector<std::unique_ptr<runtime::Thread>> helpers;
    for (size_t i = 1; i < std::min(kThreads, incidents.size()); ++i) {
      helpers.push_back(std::make_unique<runtime::Thread>("search", [&scan] { scan.Work(); }));
    }
    scan.Work();
  }
  --running_;
  runtime::MutexLock lock(scan.mutex);
  TOCSIN_RETURN_IF_ERROR(scan.status);
  std::sort(scan.result.found.begin(), scan.result.found.end(), Newer);
  Trim(scan.result, limit);
  return std::move(scan.result);
}

}  // namespace tocsin::app
