#include "server/rpc/drill_calls.h"

#include <vector>

#include "server/base/status_macros.h"

namespace tocsin::rpc {
namespace {

constexpr size_t kReadPage = 1000;

}  // namespace

absl::StatusOr<domain::DrillScore> ScoreOf(const Backend& backend, OrgNumber org,
                                           const domain::Incident& drill) {
  std::vector<domain::DrillEntry> entries;
  for (uint64_t after = 0; after < drill.last_sequence;) {
    TOCSIN_ASSIGN_OR_RETURN(const std::vector<store::StoredEntry> page,
                            backend.database.ReadEntries(org, drill.id, after, kReadPage));
    if (page.empty()) break;
    for (const store::StoredEntry& entry : page) {
      const ledger::EntryRecord& record = entry.record;
      if (record.incident_sequence > drill.last_sequence) break;
      entries.push_back(
          {{record.incident_sequence, record.actor, record.record_time}, entry.pending});
    }
    after = page.back().record.incident_sequence;
  }
  return domain::ScoreDrill(entries, backend.clock.Now());
}

}  // namespace tocsin::rpc
