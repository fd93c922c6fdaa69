#include "server/store/rows.h"

#include "server/base/status_macros.h"
#include "server/store/schema.h"
#include "tocsin/storage/v1/rows.pb.h"

namespace tocsin::store {
namespace {

namespace pb = tocsin::storage::v1;

constexpr size_t kIdBytes = 16;
constexpr size_t kDigestBytes = 32;

template <typename Message>
absl::Status Parse(std::string_view value, std::string_view what, Message& message) {
  if (message.ParseFromArray(value.data(), static_cast<int>(value.size()))) {
    return absl::OkStatus();
  }
  return RowDamaged(std::string(what).append(" row does not parse"));
}

}  // namespace

std::string EncodeOrgRow(const OrgInfo& row) {
  pb::OrgRow message;
  message.set_number(static_cast<uint32_t>(row.number));
  message.set_name(row.name);
  message.set_origin(row.origin);
  message.set_verifier_key(row.verifier_key);
  message.set_epoch(row.epoch);
  message.set_create_time_ns(absl::ToUnixNanos(row.create_time));
  return message.SerializeAsString();
}

absl::StatusOr<OrgInfo> DecodeOrgRow(std::string_view value) {
  pb::OrgRow message;
  TOCSIN_RETURN_IF_ERROR(Parse(value, "an organisation's", message));
  if (message.number() == 0) return RowDamaged("an organisation without number");
  OrgInfo row;
  row.number = OrgNumber{message.number()};
  row.name = message.name();
  row.origin = message.origin();
  row.verifier_key = message.verifier_key();
  row.epoch = message.epoch();
  row.create_time = absl::FromUnixNanos(message.create_time_ns());
  return row;
}

std::string EncodeIncidentRow(const IncidentRow& row) {
  pb::IncidentRow message;
  message.set_number(row.number);
  message.set_last_sequence(row.last_sequence);
  message.set_last_leaf(row.last_leaf.view().data(), kDigestBytes);
  message.set_declare_time_ns(absl::ToUnixNanos(row.declare_time));
  message.set_last_record_time_ns(absl::ToUnixNanos(row.last_record_time));
  message.set_restricted(row.restricted);
  message.set_open(row.open);
  for (const PrincipalId& member : row.members) {
    message.add_members(member.view().data(), kIdBytes);
  }
  if (row.next_due) message.set_next_due_ns(absl::ToUnixNanos(*row.next_due));
  message.set_has_root_cause(row.has_root_cause);
  return message.SerializeAsString();
}

absl::StatusOr<IncidentRow> DecodeIncidentRow(const IncidentId& id, std::string_view value) {
  pb::IncidentRow message;
  TOCSIN_RETURN_IF_ERROR(Parse(value, "an incident's", message));
  if (message.last_leaf().size() != kDigestBytes) return RowDamaged("an incident's last leaf");
  IncidentRow row;
  row.id = id;
  row.number = message.number();
  row.last_sequence = message.last_sequence();
  row.last_leaf = Digest::FromBytes(message.last_leaf());
  row.declare_time = absl::FromUnixNanos(message.declare_time_ns());
  row.last_record_time = absl::FromUnixNanos(message.last_record_time_ns());
  row.restricted = message.restricted();
  row.open = message.open();
  for (const std::string& member : message.members()) {
    if (member.size() != kIdBytes) return RowDamaged("an incident's member");
    row.members.push_back(PrincipalId::FromBytes(member));
  }
  if (message.next_due_ns() != 0) row.next_due = absl::FromUnixNanos(message.next_due_ns());
  row.has_root_cause = message.has_root_cause();
  return row;
}

std::string EncodeRequestRow(const RequestRecord& row) {
  pb::RequestRow message;
  message.set_incident(row.incident.view().data(), kIdBytes);
  message.set_first_sequence(row.first_sequence);
  message.set_last_sequence(row.last_sequence);
  message.set_last_log_index(row.last_log_index);
  message.set_record_time_ns(absl::ToUnixNanos(row.record_time));
  message.set_fingerprint(row.fingerprint.view().data(), kDigestBytes);
  return message.SerializeAsString();
}

absl::StatusOr<RequestRecord> DecodeRequestRow(std::string_view value) {
  pb::RequestRow message;
  TOCSIN_RETURN_IF_ERROR(Parse(value, "a request's", message));
  if (message.incident().size() != kIdBytes || message.fingerprint().size() != kDigestBytes) {
    return RowDamaged("a request's incident or fingerprint");
  }
  RequestRecord row;
  row.incident = IncidentId::FromBytes(message.incident());
  row.first_sequence = message.first_sequence();
  row.last_sequence = message.last_sequence();
  row.last_log_index = message.last_log_index();
  row.record_time = absl::FromUnixNanos(message.record_time_ns());
  row.fingerprint = Digest::FromBytes(message.fingerprint());
  return row;
}

}  // namespace tocsin::store
