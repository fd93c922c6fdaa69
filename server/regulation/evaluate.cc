#include "server/regulation/evaluate.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "server/base/check.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/view.h"

namespace tocsin::regulation {
namespace {

constexpr std::string_view kCorrected = "_corrected";
constexpr std::string_view kAware = "aware";
constexpr std::string_view kDetected = "detected";

std::optional<absl::Time> Recorded(const Facts& facts, const std::string& name) {
  const auto found = facts.anchors.find(name);
  if (found == facts.anchors.end()) return std::nullopt;
  return found->second;
}

bool IsAtOrBefore(std::optional<absl::Time> time, absl::Time limit) {
  return time.has_value() && *time <= limit;
}

// Whether the incident goes on at `date`, when the report of `rule` falls due. A final report sent
// by then, like a recorded end, says that it does not. Before `date` nobody knows, unless a
// progress report says so.
bool IsOngoingAt(absl::Time date, const StageRule& rule, const Facts& facts) {
  const std::optional<absl::Time> ended = AnchorTime(facts, rule.if_still_ongoing->anchor);
  if (IsAtOrBefore(ended, date)) return false;
  if (IsAtOrBefore(AnchorTime(facts, rule.filed_anchor), date)) return false;
  return ended.has_value() || facts.as_of >= date ||
         AnchorTime(facts, "progress_submitted").has_value();
}

// Behind a date that rests on holidays of a year for which none are known.
std::string CoverageText(absl::Time at, const Facts& facts) {
  if (facts.calendar.Covers(absl::CivilDay(facts.zone.At(at).cs))) return "";
  return absl::StrCat("; the holidays of ", facts.calendar.country, " are known for ",
                      facts.calendar.first_year, " to ", facts.calendar.last_year, " only");
}

// While the detection stands in for awareness: says so of a date that is counted from it, and
// claims no legal latest, for a reading may count from awareness too.
void MarkStandIn(const StageRule& rule, const Facts& facts, Duty& duty) {
  if (!facts.aware_stand_in || Recorded(facts, std::string(kAware)) || !duty.due) return;
  duty.legal_latest.reset();
  duty.latest_arithmetic.clear();
  duty.latest_article.clear();
  const bool counted = rule.anchor == kAware || (rule.cap && rule.cap->anchor == kAware);
  if (!counted) return;
  duty.provisional = true;
  if (duty.anchor == kAware) duty.anchor = kDetected;
  duty.arithmetic = absl::StrCat(
      "counted from 'detected' while 'aware' is not stated, so that no clock runs unseen: ",
      duty.arithmetic);
}

bool CountsWorkingDays(Term term) {
  return term.computation == Computation::kBdaysEod || term.computation == Computation::kSec4bd;
}

void SetDates(const StageRule& rule, const RunningTerm& running, const Facts& facts, Duty& duty) {
  duty.anchor = running.anchor;
  duty.anchor_time = running.anchor_time;
  duty.article = running.article;
  const std::optional<Computed> due = CountTerm(rule, *rule.due, running, facts);
  const LegalReading& reading = *rule.legal_latest;
  const RunningTerm running_reading = RunningReading(reading, running, facts);
  const std::optional<Computed> latest = CountTerm(rule, reading.term, running_reading, facts);
  if (reading.national && latest && (!due || latest->at < due->at)) {
    // The national text is the stricter one this time, or the only one whose clock runs.
    duty.anchor = running_reading.anchor;
    duty.anchor_time = running_reading.anchor_time;
    duty.article = CombinedArticle(running.article, reading.article);
    duty.due = latest->at;
    duty.arithmetic = latest->arithmetic;
    if (due) absl::StrAppend(&duty.arithmetic, " (earlier than ", due->arithmetic, ")");
    return;
  }
  if (!due) {
    const bool own = !running.anchor_time.has_value();
    duty.arithmetic =
        absl::StrCat(AmountText(*rule.due), " after '", own ? running.anchor : rule.cap->anchor,
                     "', which is not recorded yet");
    return;
  }
  duty.due = due->at;
  duty.arithmetic = due->arithmetic;
  if (CountsWorkingDays(*rule.due)) absl::StrAppend(&duty.arithmetic, CoverageText(due->at, facts));
  // A term from another anchor may end earlier; then it says nothing.
  if (!latest || latest->at < due->at) return;
  duty.legal_latest = latest->at;
  duty.latest_arithmetic = latest->arithmetic;
  if (latest->at != due->at) {
    absl::StrAppend(&duty.latest_arithmetic, CoverageText(latest->at, facts));
  }
  duty.latest_article = CombinedArticle(running.article, reading.article);
}

void EvaluateOnRequest(const StageRule& rule, const Facts& facts, Duty& duty) {
  duty.anchor = rule.anchor;
  duty.anchor_time = AnchorTime(facts, rule.anchor);
  if (!duty.anchor_time) {
    duty.state = DutyState::kOnRequest;
    duty.arithmetic = "owed once the authority asks for it";
    return;
  }
  if (!rule.due) {
    duty.state = DutyState::kNoNumber;
    duty.arithmetic = "the authority asked for it; the law gives no number";
    return;
  }
  SetDates(rule, RunningTermOf(rule, facts), facts, duty);
  duty.state = DutyState::kDated;
}

// A report that takes the place of `other` on the same date when the incident is not over by then.
void EvaluateStillOngoing(const StageRule& other, const Facts& facts, Duty& duty) {
  RunningTerm own = RunningTermOf(other, facts);
  const bool ongoing = own.still_ongoing;
  own.anchor = other.anchor;
  own.anchor_time = AnchorTime(facts, other.anchor);
  own.article = duty.article;
  SetDates(other, own, facts, duty);
  if (ongoing) {
    duty.state = DutyState::kDated;
    return;
  }
  const bool over =
      duty.due && (IsAtOrBefore(AnchorTime(facts, other.if_still_ongoing->anchor), *duty.due) ||
                   IsAtOrBefore(AnchorTime(facts, other.filed_anchor), *duty.due));
  if (over) {
    duty.state = DutyState::kNotRequired;
    duty.due.reset();
    duty.legal_latest.reset();
    duty.latest_arithmetic.clear();
    duty.latest_article.clear();
    duty.arithmetic = "the incident was over before that date";
    return;
  }
  duty.state = DutyState::kConditional;
  duty.arithmetic = absl::StrCat("only if the incident is still ongoing then: ", duty.arithmetic);
}

void EvaluateSignificant(const StageRule& rule, const Facts& facts, Duty& duty) {
  if (!rule.due) {
    duty.state = DutyState::kNoNumber;
    duty.arithmetic = "the law gives no number";
    return;
  }
  SetDates(rule, RunningTermOf(rule, facts), facts, duty);
  MarkStandIn(rule, facts, duty);
  duty.state = duty.due ? DutyState::kDated : DutyState::kNoDateYet;
}

Duty EvaluateRule(const RulePack& pack, const StageRule& rule, const Facts& facts) {
  Duty duty;
  duty.stage = rule.stage;
  duty.label = rule.label;
  duty.own_duty = rule.owed_by == Debtor::kEntity;
  duty.rule_id = rule.id;
  duty.article = rule.article;
  duty.primary_norm = rule.primary_norm;
  if (rule.trigger == Trigger::kVoluntary) {
    duty.state = DutyState::kVoluntary;
    duty.arithmetic = "voluntary: no clock runs";
    return duty;
  }
  // An answer is expected to what was sent, whatever was decided since.
  const bool answer_pending =
      rule.owed_by == Debtor::kAuthority && AnchorTime(facts, rule.anchor).has_value();
  if (facts.significance == Significance::kNo && !answer_pending) {
    duty.state = DutyState::kNotRequired;
    duty.arithmetic = "decided not to be significant";
    return duty;
  }
  duty.provisional = facts.significance == Significance::kUndecided && !answer_pending;
  switch (rule.trigger) {
    case Trigger::kSignificant:
      EvaluateSignificant(rule, facts, duty);
      break;
    case Trigger::kOnRequest:
      EvaluateOnRequest(rule, facts, duty);
      break;
    case Trigger::kStillOngoing: {
      const StageRule* other = FindRule(pack, rule.same_date_as, facts.entity_kind);
      TOCSIN_CHECK(other != nullptr && other->if_still_ongoing &&
                   other->due);  // the reader's check
      EvaluateStillOngoing(*other, facts, duty);
      break;
    }
    case Trigger::kVoluntary:
      break;
  }
  if (!duty.own_duty) duty.state = DutyState::kExpectedAnswer;
  return duty;
}

}  // namespace

std::string_view ToText(DutyState value) {
  switch (value) {
    case DutyState::kDated:
      return "dated";
    case DutyState::kNoDateYet:
      return "no_date_yet";
    case DutyState::kNoNumber:
      return "no_number";
    case DutyState::kConditional:
      return "conditional";
    case DutyState::kOnRequest:
      return "on_request";
    case DutyState::kVoluntary:
      return "voluntary";
    case DutyState::kExpectedAnswer:
      return "expected_answer";
    case DutyState::kNotRequired:
      return "not_required";
  }
  return "";
}

std::string CombinedArticle(std::string_view own, std::string_view further) {
  return further.empty() ? std::string(own) : absl::StrCat(ToAbsl(own), "; ", ToAbsl(further));
}

std::optional<absl::Time> AnchorTime(const Facts& facts, std::string_view name) {
  std::optional<absl::Time> time = Recorded(facts, std::string(name));
  if (!time && name == kAware) return facts.aware_stand_in;
  if (!time) return std::nullopt;
  const std::optional<absl::Time> corrected =
      Recorded(facts, absl::StrCat(ToAbsl(name), ToAbsl(kCorrected)));
  return corrected ? std::min(*time, *corrected) : time;
}

std::optional<Computed> CountTerm(const StageRule& rule, Term term, const RunningTerm& running,
                                  const Facts& facts) {
  if (!running.anchor_time) return std::nullopt;
  const bool capped =
      term.computation == Computation::kCapped || term.computation == Computation::kCappedNoon;
  if (!capped) return AddTerm(*running.anchor_time, term, facts.zone, facts.calendar);
  const std::optional<absl::Time> from = AnchorTime(facts, rule.cap->anchor);
  if (!from) return std::nullopt;
  return AddCapped(*running.anchor_time, term, {*from, rule.cap->hours}, facts.zone,
                   facts.calendar);
}

RunningTerm RunningReading(const LegalReading& reading, const RunningTerm& running,
                           const Facts& facts) {
  if (reading.anchor.empty()) return running;
  return {reading.anchor, AnchorTime(facts, reading.anchor), running.article};
}

RunningTerm RunningTermOf(const StageRule& rule, const Facts& facts) {
  RunningTerm running{rule.anchor, AnchorTime(facts, rule.anchor), rule.article};
  if (!rule.restarted_by.empty()) {
    const std::optional<absl::Time> restart = AnchorTime(facts, rule.restarted_by);
    if (restart && (!running.anchor_time || *restart > *running.anchor_time)) {
      running.anchor = rule.restarted_by;
      running.anchor_time = restart;
    }
  }
  if (!rule.if_still_ongoing || !rule.due || !running.anchor_time) return running;
  const Computed date = AddTerm(*running.anchor_time, *rule.due, facts.zone, facts.calendar);
  if (!IsOngoingAt(date.at, rule, facts)) return running;
  const OngoingAnchor& ongoing = *rule.if_still_ongoing;
  return {ongoing.anchor, AnchorTime(facts, ongoing.anchor), ongoing.article,
          /*still_ongoing=*/true};
}

absl::StatusOr<std::vector<Duty>> Evaluate(const RulePack& pack, const Facts& facts) {
  TOCSIN_RETURN_IF_ERROR(CheckEntityKind(pack, facts.entity_kind));
  for (const auto& [name, time] : facts.anchors) {
    if (time == absl::InfinitePast() || time == absl::InfiniteFuture()) {
      return InvalidArgument("INVALID_DATE", absl::StrCat("'", name, "' is not a real instant"),
                             "Record the instant with date, clock time and offset.");
    }
  }
  TOCSIN_RETURN_IF_ERROR(CheckOrder(pack, facts.anchors));
  std::vector<Duty> duties;
  for (const StageRule& rule : pack.stages) {
    const auto& kinds = rule.entity_kinds;
    if (std::find(kinds.begin(), kinds.end(), facts.entity_kind) == kinds.end()) continue;
    duties.push_back(EvaluateRule(pack, rule, facts));
  }
  return duties;
}

}  // namespace tocsin::regulation
