// Stored entries as clients see them: with what later entries say of them (corrected, retracted).
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "server/app/catalog.h"
#include "server/domain/describe.h"
#include "server/domain/incident.h"
#include "tocsin/v1/timeline.pb.h"

namespace tocsin::rpc {

/// Views of the entries of one incident in one state of it. Keeps corrections it has read.
/// Thread-safety: none.
class EntryReader {
 public:
  /// All arguments must outlive this object.
  EntryReader(const store::Database& database, OrgNumber org, const domain::Incident& incident,
              domain::HandleOf handle_of);

  /// Errors: those of the store, when the text of a correction must be read.
  absl::StatusOr<v1::Entry> View(const store::StoredEntry& entry);

 private:
  absl::StatusOr<std::string> CorrectedText(uint64_t correction);

  const store::Database& database_;
  const OrgNumber org_;
  const domain::Incident& incident_;
  const domain::HandleOf handle_of_;
  std::map<uint64_t, std::string> corrections_;
};

}  // namespace tocsin::rpc
