#include "server/rpc/convert_evidence.h"

#include <algorithm>
#include <vector>

#include "server/rpc/convert.h"

namespace tocsin::rpc {
namespace {

v1::CustodyStep StepOf(v1::Custody custody, const domain::EntryMeta& meta,
                       const domain::HandleOf& handle_of) {
  v1::CustodyStep out;
  out.set_custody(custody);
  *out.mutable_time() = ToProto(meta.record_time);
  out.set_sequence(meta.sequence);
  out.set_author(handle_of(meta.author));
  *out.mutable_record_time() = ToProto(meta.record_time);
  return out;
}

v1::CustodyStep ToProto(const domain::CustodyStep& step, const domain::HandleOf& handle_of) {
  // The numbers are the same.
  v1::CustodyStep out = StepOf(static_cast<v1::Custody>(step.custody), step.meta, handle_of);
  *out.mutable_time() = rpc::ToProto(step.time);
  out.set_holder(domain::HolderText(step.principal, step.to, handle_of));
  out.set_because(step.because);
  return out;
}

// The moves of the item with those of the copy in the server, in the order in which they were
// recorded.
std::vector<v1::CustodyStep> WholeChain(const domain::EvidenceItem& item,
                                        const domain::HandleOf& handle_of) {
  std::vector<v1::CustodyStep> steps;
  for (const domain::CustodyStep& step : item.custody) steps.push_back(ToProto(step, handle_of));
  if (item.stored) steps.push_back(StepOf(v1::CUSTODY_STORED, *item.stored, handle_of));
  for (const domain::EntryMeta& retrieval : item.retrievals) {
    steps.push_back(StepOf(v1::CUSTODY_RETRIEVED, retrieval, handle_of));
  }
  std::stable_sort(steps.begin(), steps.end(),
                   [](const auto& a, const auto& b) { return a.sequence() < b.sequence(); });
  return steps;
}

}  // namespace

v1::EvidenceItem ToProto(const domain::Incident& incident, const domain::EvidenceItem& item,
                         CustodySteps steps, const domain::HandleOf& handle_of) {
  v1::EvidenceItem out;
  out.set_incident(IncidentName(incident.number));
  out.set_id(item.id);
  out.set_name(item.name);
  out.set_size(item.size);
  out.set_sha256(std::string(item.digest.view()));
  out.set_from(item.from);
  const domain::CustodyStep& last = item.custody.back();
  out.set_holder(domain::HolderText(last.principal, last.to, handle_of));
  out.set_returned(item.returned());
  out.set_drill(incident.drill);
  out.set_stored(item.stored.has_value());
  out.set_retrieval_count(item.retrieval_count);
  if (steps == CustodySteps::kAll) {
    out.set_note(item.note);
    for (v1::CustodyStep& step : WholeChain(item, handle_of)) {
      *out.add_custody() = std::move(step);
    }
    return out;
  }
  *out.add_custody() = ToProto(item.custody.front(), handle_of);
  if (item.custody.size() > 1) *out.add_custody() = ToProto(last, handle_of);
  for (v1::CustodyStep& step : *out.mutable_custody()) step.clear_because();
  return out;
}

}  // namespace tocsin::rpc
