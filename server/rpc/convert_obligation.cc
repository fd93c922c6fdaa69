#include <algorithm>
#include <optional>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "server/domain/awareness.h"
#include "server/domain/significance.h"
#include "server/rpc/convert.h"

namespace tocsin::rpc {
namespace {

using regulation::DutyState;

// Who set the obligation's clock going, when that was recorded, and why.
struct ClockStart {
  uint64_t sequence = 0;
  PrincipalId author;
  absl::Time record_time;
  std::string because;
  std::optional<domain::EntryMeta> approved;
};

std::optional<ClockStart> ClockStartOf(const domain::Incident& incident,
                                       const domain::Obligation& obligation) {
  const regulation::Duty& duty = obligation.duty;
  if (!duty.anchor_time) return std::nullopt;
  const domain::Anchor* anchor = domain::FindAnchor(incident, duty.anchor);
  if (anchor != nullptr && anchor->time == *duty.anchor_time) {
    return ClockStart{anchor->stated.sequence, anchor->stated.author, anchor->stated.record_time,
                      anchor->because, anchor->approved};
  }
  const domain::Ruling* ruling = domain::RulingOf(incident, obligation);
  for (const domain::Obligation& other : incident.obligations) {
    if (!other.submission || domain::RulingOf(incident, other) != ruling) continue;
    const domain::Submission& filed = *other.submission;
    if (filed.submit_time != *duty.anchor_time) continue;
    const auto* rule =
        ruling == nullptr
            ? nullptr
            : regulation::FindRule(ruling->pack->pack, other.duty.stage, ruling->entity_kind);
    if (rule == nullptr || rule->filed_anchor != duty.anchor) continue;
    return ClockStart{filed.sequence, filed.author, filed.record_time,
                      absl::StrCat("'", other.duty.label, "' was filed by ", filed.channel),
                      std::nullopt};
  }
  return std::nullopt;
}

void FillSubmission(const domain::Obligation& obligation, v1::Obligation& out) {
  const domain::Submission& submission = *obligation.submission;
  *out.mutable_submit_time() = ToProto(submission.submit_time);
  out.set_submit_reference(submission.reference);
  out.set_late_reason(submission.late_reason);
  if (submission.document) {
    out.set_document_sha256(submission.document->digest.Hex());
    out.set_filed_approved(submission.document->approved);
  }
  if (submission.receipt) *out.mutable_receipt() = ToProto(*submission.receipt);
  if (obligation.duty.due && submission.submit_time > *obligation.duty.due) {
    out.set_late_by_seconds(absl::ToInt64Seconds(submission.submit_time - *obligation.duty.due));
  }
}

}  // namespace

std::string CalendarText(const domain::Ruling& ruling) {
  if (!ruling.establishment) return "that of the organisation's country at each computation";
  const auto& pinned = ruling.establishment->calendar;
  if (pinned == nullptr) return "weekends only";
  constexpr size_t kDigestShown = 8;
  return absl::StrCat(pinned->calendar.country, ", ", pinned->calendar.first_year, " to ",
                      pinned->calendar.last_year, ", digest ",
                      pinned->digest.Hex().substr(0, kDigestShown));
}

v1::ObligationState StateOf(const domain::Obligation& obligation) {
  if (obligation.state == domain::ObligationState::kMet) return v1::OBLIGATION_STATE_MET;
  if (obligation.state == domain::ObligationState::kWaived) return v1::OBLIGATION_STATE_WAIVED;
  switch (obligation.duty.state) {
    case DutyState::kNotRequired:
    case DutyState::kOnRequest:
    case DutyState::kVoluntary:
      return v1::OBLIGATION_STATE_NOT_REQUIRED;
    case DutyState::kConditional:
      return v1::OBLIGATION_STATE_CONDITIONAL;
    case DutyState::kExpectedAnswer:
      return v1::OBLIGATION_STATE_EXPECTED;
    case DutyState::kDated:
    case DutyState::kNoDateYet:
    case DutyState::kNoNumber:
      break;
  }
  return obligation.state == domain::ObligationState::kMissed ? v1::OBLIGATION_STATE_MISSED
                                                              : v1::OBLIGATION_STATE_OPEN;
}

v1::Obligation ToProto(const domain::Incident& incident, const domain::Obligation& obligation) {
  const regulation::Duty& duty = obligation.duty;
  v1::Obligation out;
  out.set_name(absl::StrCat(IncidentName(incident.number), "/obligations/", obligation.id));
  if (const domain::Ruling* ruling = domain::RulingOf(incident, obligation)) {
    out.set_regime(ruling->pack->pack.regime);
    if (ruling->establishment) out.set_establishment(ruling->establishment->country);
    out.set_decision_outdated(domain::IsOutdated(*ruling));
  }
  out.set_time_zone(obligation.zone_name);
  out.set_drill(incident.drill);
  out.set_stage(duty.stage);
  out.set_label(duty.label);
  out.set_state(StateOf(obligation));
  if (duty.due) *out.mutable_due_time() = ToProto(*duty.due);
  if (duty.legal_latest) *out.mutable_legal_latest_time() = ToProto(*duty.legal_latest);
  out.set_anchor(duty.anchor);
  if (duty.anchor_time) *out.mutable_anchor_time() = ToProto(*duty.anchor_time);
  const domain::Anchor* pending = domain::PendingAwareness(incident);
  if (pending != nullptr && duty.anchor == pending->anchor) {
    out.set_pending_sequence(pending->stated.sequence);
    *out.mutable_pending_anchor_time() = ToProto(pending->time);
  }
  out.set_article(duty.article);
  out.set_primary_norm(duty.primary_norm);
  out.set_provisional(duty.provisional);
  out.set_counted_from_detection(domain::IsCountedFromDetection(incident, obligation));
  if (obligation.submission) FillSubmission(obligation, out);
  out.set_drafted(obligation.draft_sequence != 0);
  out.set_approved(domain::IsApproved(obligation));
  if (obligation.acknowledge_time) {
    *out.mutable_acknowledge_time() = ToProto(*obligation.acknowledge_time);
  }
  return out;
}

v1::ExplainObligationResponse Explain(const domain::Incident& incident,
                                      const domain::Obligation& obligation,
                                      const domain::HandleOf& handle_of) {
  v1::ExplainObligationResponse out;
  *out.mutable_obligation() = ToProto(incident, obligation);
  out.set_rule_id(obligation.duty.rule_id);
  if (const domain::Ruling* ruling = domain::RulingOf(incident, obligation)) {
    const regulation::RulePack& pack = ruling->pack->pack;
    out.set_pack_version(pack.version);
    out.set_pack_digest(pack.digest.Hex());
    out.set_source(pack.source);
    out.set_confidence(pack.confidence);
    out.set_verified_on(pack.verified_on);
    out.set_calendar(CalendarText(*ruling));
    out.set_significance(domain::ExplainSignificance(*ruling));
  }
  out.set_arithmetic(obligation.duty.arithmetic);
  out.set_legal_latest_arithmetic(obligation.duty.latest_arithmetic);
  out.set_legal_latest_article(obligation.duty.latest_article);
  if (const auto start = ClockStartOf(incident, obligation)) {
    out.set_anchor_because(start->because);
    out.set_anchor_stated_by(handle_of(start->author));
    out.set_anchor_sequence(start->sequence);
    *out.mutable_anchor_record_time() = ToProto(start->record_time);
    if (start->approved) {
      out.set_anchor_approved_by(
          absl::StrCat(handle_of(start->approved->author), " in #", start->approved->sequence));
    }
  }
  out.set_time_zone(obligation.zone_name);
  out.set_time_zone_data(obligation.zone_data);
  out.set_former_time_zone_data(obligation.former_zone_data);
  return out;
}

bool IsOpen(const v1::Obligation& obligation) {
  return obligation.state() != v1::OBLIGATION_STATE_MET &&
         obligation.state() != v1::OBLIGATION_STATE_WAIVED &&
         obligation.state() != v1::OBLIGATION_STATE_NOT_REQUIRED;
}

void SortByUrgency(std::vector<v1::Obligation>& obligations) {
  const auto key = [](const v1::Obligation& obligation) {
    const bool missed = obligation.state() == v1::OBLIGATION_STATE_MISSED;
    return std::make_tuple(!missed, !obligation.has_due_time(), obligation.due_time().seconds(),
                           obligation.due_time().nanos());
  };
  std::stable_sort(
      obligations.begin(), obligations.end(),
      [&](const v1::Obligation& a, const v1::Obligation& b) { return key(a) < key(b); });
}

}  // namespace tocsin::rpc
