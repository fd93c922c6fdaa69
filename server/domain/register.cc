#include "server/domain/register.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/time/civil_time.h"
#include "server/base/view.h"
#include "server/domain/review.h"

namespace tocsin::domain {
namespace {

constexpr int kKeptYears = 3;

std::optional<absl::Time> TimeOf(const Incident& incident, std::string_view anchor) {
  const Anchor* const stated = FindAnchor(incident, anchor);
  if (stated == nullptr) return std::nullopt;
  return stated->time;
}

std::string FactOf(const Incident& incident, const std::string& key) {
  const auto fact = incident.impact.find(key);
  return fact == incident.impact.end() || fact->second.value == "unknown" ? std::string()
                                                                          : fact->second.value;
}

// When the response first went from `phase` or before it to one behind it.
std::optional<absl::Time> Left(const Incident& incident, Phase phase) {
  for (const PhaseMove& move : incident.moves) {
    if (move.from <= phase && move.to > phase) return move.time;
  }
  return std::nullopt;
}

// The earliest that entries of this kind claim: what stands in for an anchor that nobody stated, as
// in the reports (clients/report/key_times.cc).
std::optional<absl::Time> FirstSighting(const Incident& incident, EntryKind kind) {
  std::optional<absl::Time> first;
  for (const auto& [sequence, sighting] : incident.sightings) {
    if (sighting.kind != kind || incident.retracted_by.contains(sequence)) continue;
    first = std::min(first.value_or(sighting.time), sighting.time);
  }
  return first;
}

KeyTimes TimesOf(const Incident& incident) {
  KeyTimes times;
  times.occurred = TimeOf(incident, "occurred");
  if (!times.occurred) times.occurred = FirstSighting(incident, EntryKind::kAttackerActivity);
  times.detected = TimeOf(incident, "detected");
  if (!times.detected) times.detected = FirstSighting(incident, EntryKind::kDetection);
  times.aware = AwareTime(incident);
  if (!incident.historical) times.declared = incident.declare_time;
  times.contained = Left(incident, Phase::kContainment);
  times.recovered = TimeOf(incident, "impact_ended");
  if (!incident.historical) {
    if (!times.recovered) times.recovered = incident.close_time;
    times.closed = incident.close_time;
  }
  times.handled = TimeOf(incident, "handled");
  return times;
}

// By the clock, not by whether somebody gave a reason.
bool WasFiledLate(const Obligation& obligation) {
  return obligation.submission && obligation.duty.due &&
         obligation.submission->submit_time > *obligation.duty.due;
}

std::optional<DutyStanding> DutyStandingOf(const Obligation& obligation) {
  using regulation::DutyState;
  const DutyState state = obligation.duty.state;
  const bool owed =
      state == DutyState::kDated || state == DutyState::kNoDateYet || state == DutyState::kNoNumber;
  switch (obligation.state) {
    case ObligationState::kMet:
      return WasFiledLate(obligation) ? DutyStanding::kLate : DutyStanding::kMet;
    case ObligationState::kMissed:
      return DutyStanding::kMissed;
    case ObligationState::kWaived:
      return DutyStanding::kWaived;
    case ObligationState::kOpen:
      if (owed && !obligation.duty.provisional) return DutyStanding::kOpen;
      break;
  }
  return std::nullopt;
}

std::vector<Notification> NotificationsOf(const Incident& incident) {
  std::vector<Notification> all;
  for (const Obligation& obligation : incident.obligations) {
    const std::optional<DutyStanding> standing =
        obligation.duty.own_duty ? DutyStandingOf(obligation) : std::nullopt;
    if (!standing) continue;
    Notification one{.obligation = obligation.id,
                     .label = obligation.duty.label,
                     .standing = *standing,
                     .due = obligation.duty.due};
    if (obligation.submission) {
      one.submit_time = obligation.submission->submit_time;
      one.late_reason = obligation.submission->late_reason;
    }
    all.push_back(std::move(one));
  }
  return all;
}

ActionCounts CountActions(const Incident& incident, absl::Time now) {
  ActionCounts counts;
  for (const ActionItem& item : incident.review.action_items) {
    if (item.dropped) continue;
    ++(item.done ? counts.done : counts.open);
    if (IsOverdue(item, now)) ++counts.overdue;
    if (AwaitsEffect(item, now)) ++counts.unevaluated;
  }
  return counts;
}

absl::Time BeginOf(const Incident& incident, const KeyTimes& times) {
  if (!incident.historical) return incident.declare_time;
  for (const auto& time : {times.detected, times.aware, times.occurred}) {
    if (time) return *time;
  }
  return incident.first_claim.value_or(incident.declare_time);
}

// When what is recorded was over: what was imported was closed long before it was written down.
std::optional<absl::Time> EndOf(const Incident& incident, const RegisterRow& row) {
  if (!incident.close_time || !incident.historical) return incident.close_time;
  absl::Time end = row.begin;
  for (const auto& time : {row.times.aware, row.times.recovered, row.times.handled}) {
    if (time) end = std::max(end, *time);
  }
  return end;
}

// The same civil date some years on, in the establishment's zone; 29 February becomes 1 March,
// which keeps a day longer.
absl::Time YearsAfter(absl::Time time, int years, const absl::TimeZone& zone) {
  const absl::CivilSecond civil = zone.At(time).cs;
  return absl::FromCivil(absl::CivilSecond(civil.year() + years, civil.month(), civil.day(),
                                           civil.hour(), civil.minute(), civil.second()),
                         zone);
}

}  // namespace

RegisterRow RowOf(const Incident& incident, absl::Time now) {
  RegisterRow row;
  row.id = incident.id;
  row.number = incident.number;
  row.title = incident.title;
  row.kind = FactOf(incident, "incident_type");
  row.severity = incident.severity;
  row.phase = incident.phase;
  row.tlp = incident.tlp;
  row.restricted = incident.restricted;
  row.drill = incident.drill;
  row.historical = incident.historical;
  row.times = TimesOf(incident);
  row.begin = BeginOf(incident, row.times);
  for (const Ruling& ruling : incident.rulings) {
    if (!ruling.significance) continue;
    row.significant = row.significant.value_or(false) || ruling.significance->significant;
  }
  row.notifications = NotificationsOf(incident);
  for (const Notification& notification : row.notifications) {
    Count(notification.standing, row.duties);
  }
  double loss = 0;
  if (absl::SimpleAtod(FactOf(incident, "financial_loss_eur"), &loss)) row.loss_eur = loss;
  row.root_cause = FactOf(incident, "root_cause_key");
  if (row.root_cause.empty()) row.root_cause = FactOf(incident, "root_cause");
  row.review = incident.review.state;
  row.review_word = StateWord(incident.review);
  row.review_unread = !incident.review.without_reader.empty() && !incident.historical;
  if (!incident.historical) row.review_publish_time = incident.review.publish_time;
  row.actions = CountActions(incident, now);
  for (const ActionItem& item : incident.review.action_items) {
    if (item.done && !item.dropped && item.completed) {
      row.actions_done.push_back(item.completed->record_time);
    }
  }
  if (const std::optional<absl::Time> end = EndOf(incident, row)) {
    row.keep_until = YearsAfter(*end, kKeptYears, incident.zone.rules);
  }
  return row;
}

bool IsLate(const Notification& notification) {
  return notification.standing == DutyStanding::kLate ||
         notification.standing == DutyStanding::kMissed;
}

void Count(DutyStanding standing, DutyCounts& counts) {
  switch (standing) {
    case DutyStanding::kMet:
      ++counts.met;
      break;
    case DutyStanding::kLate:
      ++counts.late;
      break;
    case DutyStanding::kMissed:
      ++counts.missed;
      break;
    case DutyStanding::kOpen:
      ++counts.open;
      break;
    case DutyStanding::kWaived:
      ++counts.waived;
      break;
  }
}

bool Fits(const RegisterRow& row, const RegisterFilter& filter) {
  const std::string_view kind = row.kind.empty() ? kKindNotStated : std::string_view(row.kind);
  const bool in_time =
      (!filter.from || row.begin >= *filter.from) && (!filter.to || row.begin < *filter.to);
  return in_time && (filter.drills || !row.drill) &&
         (!filter.open || row.phase != Phase::kClosed) &&
         (!filter.late ||
          std::any_of(row.notifications.begin(), row.notifications.end(), IsLate)) &&
         (filter.kind.empty() || absl::EqualsIgnoreCase(ToAbsl(kind), filter.kind)) &&
         (filter.severities.empty() || filter.severities.contains(row.severity)) &&
         (filter.phases.empty() || filter.phases.contains(row.phase));
}

}  // namespace tocsin::domain
