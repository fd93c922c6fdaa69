#include "server/base/status_macros.h"
#include "server/rpc/convert.h"

namespace tocsin::rpc {
namespace {

void FillContent(const domain::PendingEntry& pending, absl::Time record_time,
                 const domain::HandleOf& handle_of, v1::Entry& out) {
  out.set_type(domain::EntryTypeName(domain::EntryType(pending.event)));
  if (const auto* recorded = std::get_if<domain::EntryRecorded>(&pending.event)) {
    out.set_kind(ToProto(recorded->kind));
  }
  *out.mutable_record_time() = ToProto(record_time);
  *out.mutable_occur_time() = ToProto(pending.occur_time.value_or(record_time));
  out.set_precision(ToProto(pending.precision));
  out.set_text(domain::Describe(pending.event, handle_of));
  for (auto& [key, value] : domain::Facts(pending.event, handle_of)) {
    (*out.mutable_attributes())[key] = value;
  }
  out.set_target_sequence(domain::TargetSequence(pending.event));
}

}  // namespace

v1::Entry ToProto(const app::CommittedEntry& entry, std::string_view number,
                  const domain::HandleOf& handle_of) {
  v1::Entry out;
  out.set_incident(IncidentName(number));
  out.set_sequence(entry.meta.sequence);
  out.set_log_index(entry.log_index);
  out.set_author(handle_of(entry.meta.author));
  out.set_tlp(ToProto(entry.tlp));
  out.set_leaf_hash(std::string(entry.leaf.view()));
  FillContent(entry.entry, entry.meta.record_time, handle_of, out);
  return out;
}

v1::Entry ToProto(const store::StoredEntry& entry, std::string_view number,
                  const domain::HandleOf& handle_of) {
  v1::Entry out;
  out.set_incident(IncidentName(number));
  out.set_sequence(entry.record.incident_sequence);
  out.set_log_index(entry.record.log_index);
  out.set_author(handle_of(entry.record.actor));
  out.set_tlp(ToProto(entry.record.tlp));
  out.set_leaf_hash(std::string(entry.leaf.view()));
  FillContent(entry.pending, entry.record.record_time, handle_of, out);
  return out;
}

absl::StatusOr<domain::RecordEntry> ToDomain(const v1::RecordEntryRequest& request) {
  domain::RecordEntry command;
  if (request.kind() != v1::ENTRY_KIND_UNSPECIFIED) {
    TOCSIN_ASSIGN_OR_RETURN(command.kind, ToDomain(request.kind()));
  }
  command.text = request.text();
  TOCSIN_ASSIGN_OR_RETURN(
      command.occur_time,
      OptionalTime("time of the event", request.has_occur_time(), request.occur_time()));
  if (request.precision() != v1::PRECISION_UNSPECIFIED) {
    TOCSIN_ASSIGN_OR_RETURN(command.precision, ToDomain(request.precision()));
  }
  if (request.tlp() != v1::TLP_UNSPECIFIED) {
    TOCSIN_ASSIGN_OR_RETURN(command.tlp, ToDomain(request.tlp()));
  }
  command.attributes = ToAttributes(request.attributes());
  return command;
}

}  // namespace tocsin::rpc
