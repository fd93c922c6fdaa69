#include "server/domain/evidence.h"

#include <algorithm>
#include <memory>

#include "absl/strings/str_cat.h"
#include "server/base/check.h"
#include "server/base/error.h"
#include "server/domain/decide_parts.h"
#include "server/domain/incident.h"

namespace tocsin::domain {
namespace {

auto Find(const Incident& incident, std::string_view id) {
  return std::find_if(incident.evidence.begin(), incident.evidence.end(),
                      [&](const auto& item) { return item->id == id; });
}

// Snapshots share items: a changed one is another object.
template <typename Edit>
void Change(Incident& incident, std::string_view id, Edit edit) {
  const auto found = Find(incident, id);
  TOCSIN_CHECK(found != incident.evidence.end());
  EvidenceItem item = **found;
  edit(item);
  incident.evidence[static_cast<size_t>(found - incident.evidence.begin())] =
      std::make_shared<const EvidenceItem>(std::move(item));
}

}  // namespace

std::string_view ToText(Custody custody) {
  switch (custody) {
    case Custody::kCollected:
      return "collected";
    case Custody::kTransferred:
      return "transferred";
    case Custody::kReturned:
      return "returned";
  }
  return "?";
}

const EvidenceItem* FindEvidence(const Incident& incident, std::string_view id) {
  const auto found = Find(incident, id);
  return found == incident.evidence.end() ? nullptr : found->get();
}

absl::Status UnknownEvidence(const Incident& incident, std::string_view id) {
  return NotFound("UNKNOWN_EVIDENCE",
                  absl::StrCat(incident.number, " has no evidence ", decide::Quoted(id)),
                  "See tocsin evidence list.");
}

absl::Status CheckMayStore(const EvidenceItem& item) {
  if (item.stored) {
    return Error(
        absl::StatusCode::kAlreadyExists, "EVIDENCE_STORED",
        absl::StrCat("the server has the file of ", item.id, " since #", item.stored->sequence),
        absl::StrCat("Nothing is left to do; see: tocsin evidence show ", item.id));
  }
  if (!item.returned()) return absl::OkStatus();
  return FailedPrecondition(
      "EVIDENCE_RETURNED",
      absl::StrCat(item.id, " was returned in #", item.custody.back().meta.sequence,
                   "; nobody here holds it"),
      "If it was collected again, record that: tocsin evidence add.");
}

absl::Status EvidenceDiffers(const EvidenceItem& item, uint64_t size, const Digest& digest) {
  const std::string came =
      size == item.size ? absl::StrCat("SHA-256 ", digest.Hex()) : absl::StrCat(size, " bytes");
  const std::string registered = size == item.size ? item.digest.Hex() : absl::StrCat(item.size);
  return FailedPrecondition(
      "EVIDENCE_DIFFERS",
      absl::StrCat("this is not the file of ", item.id, ": it has ", came, ", registered is ",
                   registered),
      "Nothing was recorded. Find the right file, or record this one as an item of its own.");
}

absl::Status CheckStored(const EvidenceItem& item) {
  if (item.stored) return absl::OkStatus();
  return FailedPrecondition("EVIDENCE_NOT_STORED",
                            absl::StrCat("the server does not have the file of ", item.id),
                            absl::StrCat("Ask whoever holds it: tocsin evidence show ", item.id));
}

std::string HolderText(const PrincipalId& principal, const std::string& to,
                       const HandleOf& handle_of) {
  return principal.empty() ? to : handle_of(principal);
}

void ApplyEvidence(Incident& incident, const EntryMeta& meta, const EvidenceAdded& event) {
  CustodyStep collected{.custody = Custody::kCollected,
                        .time = event.collect_time.value_or(meta.record_time),
                        .meta = meta,
                        .principal = meta.author};
  incident.evidence.push_back(
      std::make_shared<const EvidenceItem>(EvidenceItem{.id = event.item,
                                                        .name = event.name,
                                                        .size = event.size,
                                                        .digest = event.digest,
                                                        .note = event.note,
                                                        .from = event.from,
                                                        .custody = {std::move(collected)}}));
}

void ApplyEvidence(Incident& incident, const EntryMeta& meta, const EvidenceMoved& event) {
  Change(incident, event.item, [&](EvidenceItem& item) {
    item.custody.push_back({.custody = event.custody,
                            .time = event.move_time.value_or(meta.record_time),
                            .meta = meta,
                            .principal = event.principal,
                            .to = event.to,
                            .because = event.because});
  });
}

void ApplyEvidence(Incident& incident, const EntryMeta& meta, const EvidenceStored& event) {
  Change(incident, event.item, [&](EvidenceItem& item) { item.stored = meta; });
}

void ApplyEvidence(Incident& incident, const EntryMeta& meta, const EvidenceRetrieved& event) {
  Change(incident, event.item, [&](EvidenceItem& item) {
    ++item.retrieval_count;
    item.retrievals.push_back(meta);
    if (item.retrievals.size() > kRetrievalsKept) item.retrievals.erase(item.retrievals.begin());
  });
}

}  // namespace tocsin::domain
