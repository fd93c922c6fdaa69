// Finds entries by their text over all incidents that somebody may see. Nothing readable is
// indexed, so every search opens all of them; a few threads share the incidents.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/app/catalog.h"
#include "server/domain/search.h"
#include "server/store/database.h"

namespace tocsin::app {

struct FoundEntry {
  IncidentId incident;
  store::StoredEntry entry;
};

struct SearchResult {
  /// Newest record first.
  std::vector<FoundEntry> found;
  /// Entries that were looked at.
  uint64_t scanned = 0;
  /// Matches beyond the limit, which are older.
  uint64_t more = 0;
};

/// Thread-safe.
class Search {
 public:
  static constexpr size_t kSearchesMax = 2;

  /// Both must outlive this object.
  Search(const store::Database& database, const Catalog& catalog)
      : database_(database), catalog_(catalog) {}

  /// The newest `limit` matches among the entries that `caller` may see, of one incident when it is
  /// given, which must be one that they may see. Blocks for the whole scan; gives up once
  /// `deadline` is past by the clock that `expired` reads. Errors: kResourceExhausted SEARCH_BUSY
  /// (kSearchesMax are running); kDeadlineExceeded SEARCH_TOO_LONG; those of the store.
  absl::StatusOr<SearchResult> Run(const Caller& caller, const domain::EntryQuery& query,
                                   const std::optional<IncidentId>& incident, size_t limit,
                                   const std::function<bool()>& expired);

 private:
  const store::Database& database_;
  const Catalog& catalog_;
  std::atomic<size_t> running_{0};
};

}  // namespace tocsin::app
