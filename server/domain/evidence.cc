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
  const auto found = Find(incident, event.item);
  TOCSIN_CHECK(found != incident.evidence.end());
  EvidenceItem item = **found;
  item.custody.push_back({.custody = event.custody,
                          .time = event.move_time.value_or(meta.record_time),
                          .meta = meta,
                          .principal = event.principal,
                          .to = event.to,
                          .because = event.because});
  incident.evidence[static_cast<size_t>(found - incident.evidence.begin())] =
      std::make_shared<const EvidenceItem>(std::move(item));
}

}  // namespace tocsin::domain
