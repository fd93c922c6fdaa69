// Between the public messages and the domain, both ways, each thing once. What comes in is checked
// here as far as its form goes (a known enum value, a real instant); what it means is checked by
// Decide. What goes out is complete: clients never see a domain type.
#pragma once

#include <google/protobuf/duration.pb.h>
#include <google/protobuf/timestamp.pb.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/app/catalog.h"
#include "server/app/command_processor.h"
#include "server/app/commit_feed.h"
#include "server/domain/describe.h"
#include "server/domain/directory.h"
#include "server/domain/incident.h"
#include "server/domain/significance.h"
#include "tocsin/v1/access.pb.h"
#include "tocsin/v1/awareness.pb.h"
#include "tocsin/v1/common.pb.h"
#include "tocsin/v1/incident.pb.h"
#include "tocsin/v1/obligation.pb.h"
#include "tocsin/v1/playbook.pb.h"
#include "tocsin/v1/review.pb.h"
#include "tocsin/v1/significance.pb.h"
#include "tocsin/v1/timeline.pb.h"

namespace tocsin::rpc {

// Enums (convert_values.cc). Errors of the reading direction: kInvalidArgument, reason
// MISSING_VALUE for UNSPECIFIED, UNKNOWN_VALUE for a number this server does not know; both list
// the allowed words.

absl::StatusOr<Severity> ToDomain(v1::Severity value);
absl::StatusOr<Phase> ToDomain(v1::Phase value);
absl::StatusOr<Tlp> ToDomain(v1::Tlp value);
absl::StatusOr<IncidentRole> ToDomain(v1::IncidentRole value);
absl::StatusOr<OrgRole> ToDomain(v1::OrgRole value);
absl::StatusOr<EntryKind> ToDomain(v1::EntryKind value);
absl::StatusOr<Precision> ToDomain(v1::Precision value);
absl::StatusOr<FindingKind> ToDomain(v1::FindingKind value);
absl::StatusOr<ActionType> ToDomain(v1::ActionType value);
absl::StatusOr<Helped> ToDomain(v1::Helped value);
absl::StatusOr<Audience> ToDomain(v1::Audience value);

v1::Severity ToProto(Severity value);
v1::Phase ToProto(Phase value);
v1::Tlp ToProto(Tlp value);
v1::IncidentRole ToProto(IncidentRole value);
v1::OrgRole ToProto(OrgRole value);
v1::EntryKind ToProto(EntryKind value);
v1::Precision ToProto(Precision value);
v1::FindingKind ToProto(FindingKind value);
v1::ReviewPart ToProto(ReviewPart value);
v1::ActionType ToProto(ActionType value);
v1::Helped ToProto(Helped value);
v1::Audience ToProto(Audience value);

/// `time` must be finite.
google::protobuf::Timestamp ToProto(absl::Time time);
google::protobuf::Duration ToProto(absl::Duration span);
/// `what` names the field in the message. Errors: kInvalidArgument, reason BAD_TIMESTAMP, outside
/// 1970 to 2200 or with nanoseconds that are none.
absl::StatusOr<absl::Time> ToDomain(std::string_view what, const google::protobuf::Timestamp& time);
/// nullopt when the field is absent.
absl::StatusOr<std::optional<absl::Time>> OptionalTime(std::string_view what, bool present,
                                                       const google::protobuf::Timestamp& time);
/// Errors: kInvalidArgument, reason MISSING_VALUE, when the field is absent.
absl::StatusOr<absl::Time> RequiredTime(std::string_view what, bool present,
                                        const google::protobuf::Timestamp& time);

/// "incidents/INC-2026-0042".
std::string IncidentName(std::string_view number);
/// The last part of "playbooks/ransomware", "incidents/X/runs/run-1"; a name without slash is its
/// own last part.
std::string LastPart(std::string_view name);

template <typename Map>
domain::Attributes ToAttributes(const Map& map) {
  return domain::Attributes(map.begin(), map.end());
}

// Results of writing (convert_values.cc).

/// `number` names the incident; empty for the organisation's own timeline.
void FillResult(const app::Outcome& outcome, std::string_view number, v1::WriteResult& result);

// Incidents and people (convert_incident.cc).

v1::Incident ToProto(const domain::Incident& incident, const domain::HandleOf& handle_of);
v1::Principal ToProto(const domain::Principal& principal);

// Awareness (convert_awareness.cc).

v1::Anchor ToProto(const domain::Anchor& anchor, const domain::HandleOf& handle_of);
v1::Awareness AwarenessOf(const domain::Incident& incident, absl::Time now,
                          const domain::HandleOf& handle_of);

// Duties (convert_obligation.cc).

/// Whose holidays count for the ruling: "BE, 2025 to 2030, digest 1fbd0446", or "weekends only".
std::string CalendarText(const domain::Ruling& ruling);
v1::ObligationState StateOf(const domain::Obligation& obligation);
v1::Obligation ToProto(const domain::Incident& incident, const domain::Obligation& obligation);
v1::ExplainObligationResponse Explain(const domain::Incident& incident,
                                      const domain::Obligation& obligation,
                                      const domain::HandleOf& handle_of);
/// Whether the obligation still asks something of somebody: what a list shows unless all are asked
/// for.
v1::Significance ToProto(const domain::Standing& standing, const domain::HandleOf& handle_of);
bool IsOpen(const v1::Obligation& obligation);
/// Missed first, then by due time, then those without a date.
void SortByUrgency(std::vector<v1::Obligation>& obligations);

// Notifications (convert_notification.cc).

/// UNSPECIFIED is Markdown.
absl::StatusOr<filing::DocumentFormat> ToDomain(v1::DocumentFormat value);
v1::DocumentFormat ToProto(filing::DocumentFormat value);
/// nullopt when it is absent. Errors: kInvalidArgument, reason BAD_RECEIPT.
absl::StatusOr<std::optional<domain::ReceiptFile>> OptionalReceipt(bool present,
                                                                   const v1::ReceiptFile& receipt);
v1::ReceiptFile ToProto(const domain::ReceiptFile& receipt);
v1::NotificationField ToProto(const domain::DraftField& field);
/// The document of the draft at `sequence`; whether it is approved or filed is not in it.
v1::NotificationDocument ToProto(const domain::Incident& incident,
                                 const domain::NotificationDrafted& drafted, uint64_t sequence);

// Playbooks (convert_playbook.cc).

v1::Playbook ToProto(const playbook::Definition& definition);
/// Who reads a run, and when.
struct RunReader {
  PrincipalId caller;
  absl::Time now;
  domain::HandleOf handle_of;
};
/// `facts` are those of the incident (domain/run_facts.h).
v1::Run ToProto(const domain::Incident& incident, const playbook::Run& run,
                const playbook::Facts& facts, const RunReader& reader);

// Reviews (convert_review.cc).

v1::ReviewGuide ToProto(const domain::ReviewGuide& guide);
v1::ActionItem ToProto(const domain::ActionItem& item, absl::Time now,
                       const domain::HandleOf& handle_of);
/// Without the other incidents of the same cause, which depend on who asks.
v1::Review ToProto(const domain::Review& review, absl::Time now, const domain::HandleOf& handle_of);

// The timeline (convert_entry.cc).

v1::Entry ToProto(const app::CommittedEntry& entry, std::string_view number,
                  const domain::HandleOf& handle_of);
/// As it stood when it was written: what later entries say of it is not in it (EntryReader).
v1::Entry ToProto(const store::StoredEntry& entry, std::string_view number,
                  const domain::HandleOf& handle_of);
/// UNSPECIFIED kind and precision become the default, an unspecified TLP label the incident's.
/// Errors: those of the parts.
absl::StatusOr<domain::RecordEntry> ToDomain(const v1::RecordEntryRequest& request);

}  // namespace tocsin::rpc
