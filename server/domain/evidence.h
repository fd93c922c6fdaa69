// The evidence of an incident as its entries leave it: what each item is, and whose hands it went
// through. Who holds it now is the last step of its chain, never a field of its own. Whether the
// server has a copy of the file is apart from that: it changes no hands.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "server/domain/describe.h"
#include "server/domain/event.h"

namespace tocsin::domain {

struct Incident;

/// Whoever has more names an archive and keeps the list of its files beside it.
inline constexpr size_t kEvidenceItemsMax = 1000;
inline constexpr size_t kCustodyStepsMax = 200;
/// Of a note or a reason: they stand in the state.
inline constexpr size_t kEvidenceTextBytesMax = 4096;
inline constexpr uint64_t kEvidenceBytesMax = uint64_t{1} << 60;
/// Of one item, in the state; all of them stand in the timeline.
inline constexpr size_t kRetrievalsKept = 100;

struct CustodyStep {
  Custody custody = Custody::kCollected;
  /// As claimed, else when it was recorded.
  absl::Time time;
  /// Who recorded it.
  EntryMeta meta;
  /// Who has it from then on: a person of the organisation, else words.
  PrincipalId principal;
  std::string to;
  std::string because;
};

struct EvidenceItem {
  std::string id;
  std::string name;
  uint64_t size = 0;
  Digest digest;
  std::string note;
  std::string from;
  /// Oldest first; the first is the collecting.
  std::vector<CustodyStep> custody;
  /// The entry that says that the server has the file.
  std::optional<EntryMeta> stored;
  /// Who got the file from there: the latest kRetrievalsKept of `retrieval_count`, oldest first.
  std::vector<EntryMeta> retrievals;
  uint64_t retrieval_count = 0;

  bool returned() const { return custody.back().custody == Custody::kReturned; }
};

/// "collected", "transferred", "returned".
std::string_view ToText(Custody custody);
/// By id; nullptr when there is none.
const EvidenceItem* FindEvidence(const Incident& incident, std::string_view id);
/// kNotFound, reason UNKNOWN_EVIDENCE.
absl::Status UnknownEvidence(const Incident& incident, std::string_view id);
/// "@ada", or the words that stand for whoever is no principal.
std::string HolderText(const PrincipalId& principal, const std::string& to,
                       const HandleOf& handle_of);

/// Refuses what has no place in the server's files: the item was returned, or is there already.
/// Errors: kFailedPrecondition EVIDENCE_RETURNED; kAlreadyExists EVIDENCE_STORED.
absl::Status CheckMayStore(const EvidenceItem& item);
/// kFailedPrecondition, reason EVIDENCE_DIFFERS: the file that came is another one.
absl::Status EvidenceDiffers(const EvidenceItem& item, uint64_t size, const Digest& digest);
/// Errors: kFailedPrecondition EVIDENCE_NOT_STORED.
absl::Status CheckStored(const EvidenceItem& item);

// The fold. The item of all but the first must exist (checked).
void ApplyEvidence(Incident& incident, const EntryMeta& meta, const EvidenceAdded& event);
void ApplyEvidence(Incident& incident, const EntryMeta& meta, const EvidenceMoved& event);
void ApplyEvidence(Incident& incident, const EntryMeta& meta, const EvidenceStored& event);
void ApplyEvidence(Incident& incident, const EntryMeta& meta, const EvidenceRetrieved& event);

}  // namespace tocsin::domain
