#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/view.h"
#include "server/rpc/convert.h"

namespace tocsin::rpc {
namespace {

// The numbers are the same on the wire and in the domain (convert_test.cc compares every name), so
// that reading is a look-up of the number and nothing can be mapped to the wrong neighbour.
template <typename Domain>
absl::StatusOr<Domain> ReadEnum(std::string_view what, int number) {
  if (number != 0) {
    if (const std::optional<Domain> value = FromNumber<Domain>(number)) return *value;
  }
  const std::string next =
      absl::StrCat("Give one of: ", absl::StrJoin(AllTexts<Domain>(), ", "), ".");
  if (number == 0) {
    return InvalidArgument("MISSING_VALUE", absl::StrCat("the ", ToAbsl(what), " is missing"),
                           next);
  }
  return InvalidArgument(
      "UNKNOWN_VALUE",
      absl::StrCat("this server knows no ", ToAbsl(what), " with the number ", number), next);
}

}  // namespace

absl::StatusOr<Severity> ToDomain(v1::Severity value) {
  return ReadEnum<Severity>("severity", value);
}
absl::StatusOr<Phase> ToDomain(v1::Phase value) {
  return ReadEnum<Phase>("phase", value);
}
absl::StatusOr<Tlp> ToDomain(v1::Tlp value) {
  return ReadEnum<Tlp>("TLP label", value);
}
absl::StatusOr<IncidentRole> ToDomain(v1::IncidentRole value) {
  return ReadEnum<IncidentRole>("role", value);
}
absl::StatusOr<OrgRole> ToDomain(v1::OrgRole value) {
  return ReadEnum<OrgRole>("role", value);
}
absl::StatusOr<EntryKind> ToDomain(v1::EntryKind value) {
  return ReadEnum<EntryKind>("kind", value);
}
absl::StatusOr<Precision> ToDomain(v1::Precision value) {
  return ReadEnum<Precision>("precision", value);
}
absl::StatusOr<Audience> ToDomain(v1::Audience value) {
  return ReadEnum<Audience>("audience", value);
}
absl::StatusOr<ActionType> ToDomain(v1::ActionType value) {
  return ReadEnum<ActionType>("type of action item", value);
}
absl::StatusOr<Helped> ToDomain(v1::Helped value) {
  return ReadEnum<Helped>("answer to whether it helped", value);
}
absl::StatusOr<FindingKind> ToDomain(v1::FindingKind value) {
  return ReadEnum<FindingKind>("kind of finding", value);
}

v1::Severity ToProto(Severity value) {
  return static_cast<v1::Severity>(value);
}
v1::Phase ToProto(Phase value) {
  return static_cast<v1::Phase>(value);
}
v1::Tlp ToProto(Tlp value) {
  return static_cast<v1::Tlp>(value);
}
v1::IncidentRole ToProto(IncidentRole value) {
  return static_cast<v1::IncidentRole>(value);
}
v1::OrgRole ToProto(OrgRole value) {
  return static_cast<v1::OrgRole>(value);
}
v1::EntryKind ToProto(EntryKind value) {
  return static_cast<v1::EntryKind>(value);
}
v1::Precision ToProto(Precision value) {
  return static_cast<v1::Precision>(value);
}
v1::Audience ToProto(Audience value) {
  return static_cast<v1::Audience>(value);
}
v1::ReviewPart ToProto(ReviewPart value) {
  return static_cast<v1::ReviewPart>(value);
}
v1::ActionType ToProto(ActionType value) {
  return static_cast<v1::ActionType>(value);
}
v1::Helped ToProto(Helped value) {
  return static_cast<v1::Helped>(value);
}
v1::FindingKind ToProto(FindingKind value) {
  return static_cast<v1::FindingKind>(value);
}

google::protobuf::Duration ToProto(absl::Duration span) {
  google::protobuf::Duration out;
  out.set_seconds(absl::ToInt64Seconds(span));
  return out;
}

google::protobuf::Timestamp ToProto(absl::Time time) {
  google::protobuf::Timestamp out;
  const timespec parts = absl::ToTimespec(time);
  out.set_seconds(parts.tv_sec);
  out.set_nanos(static_cast<int32_t>(parts.tv_nsec));
  return out;
}

absl::StatusOr<absl::Time> ToDomain(std::string_view what,
                                    const google::protobuf::Timestamp& time) {
  constexpr int64_t kYear2200 = 7'258'118'400;
  constexpr int32_t kNanosEnd = 1'000'000'000;
  if (time.seconds() < 0 || time.seconds() >= kYear2200 || time.nanos() < 0 ||
      time.nanos() >= kNanosEnd) {
    return InvalidArgument("BAD_TIMESTAMP",
                           absl::StrCat("the ", ToAbsl(what), " is no time between 1970 and 2200"),
                           "Give seconds since 1970 in UTC and 0 to 999999999 nanoseconds.");
  }
  return absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos());
}

absl::StatusOr<std::optional<absl::Time>> OptionalTime(std::string_view what, bool present,
                                                       const google::protobuf::Timestamp& time) {
  if (!present) return std::optional<absl::Time>();
  TOCSIN_ASSIGN_OR_RETURN(const absl::Time value, ToDomain(what, time));
  return std::optional<absl::Time>(value);
}

absl::StatusOr<absl::Time> RequiredTime(std::string_view what, bool present,
                                        const google::protobuf::Timestamp& time) {
  if (present) return ToDomain(what, time);
  return InvalidArgument("MISSING_VALUE", absl::StrCat("the ", ToAbsl(what), " is missing"),
                         "Say when.");
}

std::string IncidentName(std::string_view number) {
  return absl::StrCat("incidents/", ToAbsl(number));
}

std::string LastPart(std::string_view name) {
  const size_t slash = name.rfind('/');
  return std::string(slash == std::string_view::npos ? name : name.substr(slash + 1));
}

void FillResult(const app::Outcome& outcome, std::string_view number, v1::WriteResult& result) {
  if (!number.empty()) result.set_incident(IncidentName(number));
  result.set_first_sequence(outcome.first_sequence);
  result.set_last_sequence(outcome.last_sequence);
  result.set_repeated(outcome.repeated);
  *result.mutable_record_time() = ToProto(outcome.record_time);
  v1::Receipt& receipt = *result.mutable_receipt();
  receipt.set_log_index(outcome.receipt.log_index);
  const std::string_view leaf = outcome.receipt.leaf_hash.view();
  receipt.set_leaf_hash(leaf.data(), leaf.size());
  receipt.set_tree_size(outcome.receipt.tree_size);
  receipt.mutable_inclusion_proof()->Reserve(
      static_cast<int>(outcome.receipt.inclusion_proof.size()));
  for (const Digest& hash : outcome.receipt.inclusion_proof) {
    receipt.add_inclusion_proof(hash.view().data(), hash.view().size());
  }
  receipt.set_checkpoint(outcome.receipt.checkpoint_note);
}

}  // namespace tocsin::rpc
