#include "server/rpc/convert_register.h"

#include "server/rpc/convert.h"

namespace tocsin::rpc {
namespace {

uint32_t Number(size_t value) {
  return static_cast<uint32_t>(value);
}

void Fill(const domain::DutyCounts& counts, v1::DutyCounts& out) {
  out.set_met(Number(counts.met));
  out.set_late(Number(counts.late));
  out.set_missed(Number(counts.missed));
  out.set_open(Number(counts.open));
  out.set_waived(Number(counts.waived));
}

void Fill(const domain::ActionCounts& counts, v1::ActionCounts& out) {
  out.set_done(Number(counts.done));
  out.set_open(Number(counts.open));
  out.set_overdue(Number(counts.overdue));
  out.set_unevaluated(Number(counts.unevaluated));
}

void FillTimes(const domain::KeyTimes& times, v1::RegisterRow& out) {
  if (times.occurred) *out.mutable_occur_time() = ToProto(*times.occurred);
  if (times.detected) *out.mutable_detect_time() = ToProto(*times.detected);
  if (times.aware) *out.mutable_aware_time() = ToProto(*times.aware);
  if (times.declared) *out.mutable_declare_time() = ToProto(*times.declared);
  if (times.contained) *out.mutable_contain_time() = ToProto(*times.contained);
  if (times.recovered) *out.mutable_recover_time() = ToProto(*times.recovered);
  if (times.handled) *out.mutable_handle_time() = ToProto(*times.handled);
  if (times.closed) *out.mutable_close_time() = ToProto(*times.closed);
}

void FillTo(const std::map<Severity, size_t>& counts,
            google::protobuf::Map<std::string, uint32_t>& out) {
  for (const auto& [severity, count] : counts) out[std::string(ToText(severity))] = Number(count);
}

void Fill(const domain::DrillResult::Counts& counts, v1::DrillResult::Counts& out) {
  out.set_met(Number(counts.met));
  out.set_late(Number(counts.late));
  out.set_missed(Number(counts.missed));
}

v1::LateFiling ToProto(const std::string& number, const domain::Notification& late) {
  v1::LateFiling out;
  out.set_incident(IncidentName(number));
  out.set_obligation(late.obligation);
  out.set_label(late.label);
  if (late.due) *out.mutable_due_time() = rpc::ToProto(*late.due);
  if (late.standing != domain::DutyStanding::kLate) return out;
  *out.mutable_submit_time() = rpc::ToProto(*late.submit_time);
  out.set_reason(late.late_reason);
  return out;
}

}  // namespace

v1::DrillResult ToProto(const domain::DrillResult& result) {
  v1::DrillResult out;
  out.set_incident(IncidentName(result.number));
  out.set_title(result.title);
  out.set_scenario(result.scenario);
  *out.mutable_begin_time() = ToProto(result.begin);
  out.set_over(result.over);
  if (result.declared_in) *out.mutable_declared_in() = ToProto(*result.declared_in);
  Fill(result.notifications, *out.mutable_notifications());
  if (result.expectations) Fill(*result.expectations, *out.mutable_expectations());
  out.set_steps_done(Number(result.steps_done));
  out.set_steps_skipped(Number(result.steps_skipped));
  out.set_steps_open(Number(result.steps_open));
  return out;
}

v1::RegisterRow ToProto(const domain::RegisterRow& row) {
  v1::RegisterRow out;
  out.set_incident(IncidentName(row.number));
  out.set_title(row.title);
  out.set_kind(row.kind);
  out.set_severity(ToProto(row.severity));
  out.set_phase(ToProto(row.phase));
  out.set_restricted(row.restricted);
  out.set_drill(row.drill);
  out.set_historical(row.historical);
  *out.mutable_begin_time() = ToProto(row.begin);
  FillTimes(row.times, out);
  out.set_significant(!row.significant ? "undecided" : *row.significant ? "yes" : "no");
  Fill(row.duties, *out.mutable_duties());
  if (row.loss_eur) out.set_loss_eur(*row.loss_eur);
  out.set_root_cause(row.root_cause);
  out.set_review(std::string(row.review_word));
  Fill(row.actions, *out.mutable_actions());
  for (const domain::Notification& notification : row.notifications) {
    if (IsLate(notification)) *out.add_late() = ToProto(row.number, notification);
  }
  out.set_tlp(ToProto(row.tlp));
  if (row.keep_until) *out.mutable_keep_until_time() = ToProto(*row.keep_until);
  return out;
}

v1::Stock ToProto(const domain::Stock& stock) {
  v1::Stock out;
  out.set_incidents_open(Number(stock.incidents_open));
  out.set_undecided(Number(stock.undecided));
  out.set_notifications_open(Number(stock.notifications_open));
  out.set_notifications_missed(Number(stock.notifications_missed));
  out.set_actions_open(Number(stock.actions_open));
  out.set_actions_overdue(Number(stock.actions_overdue));
  out.set_actions_unevaluated(Number(stock.actions_unevaluated));
  return out;
}

v1::Statistics ToProto(const domain::Statistics& sum, const domain::Period& period) {
  v1::Statistics out;
  *out.mutable_from_time() = ToProto(period.from);
  *out.mutable_to_time() = ToProto(period.to);
  out.set_incidents(Number(sum.incidents));
  out.set_drills(Number(sum.drills.size()));
  FillTo(sum.by_severity, *out.mutable_by_severity());
  for (const auto& [kind, count] : sum.by_kind) (*out.mutable_by_kind())[kind] = Number(count);
  out.set_significant(Number(sum.significant));
  out.set_undecided(Number(sum.undecided));
  Fill(sum.duties, *out.mutable_duties());
  out.set_actions_done(Number(sum.actions_done));
  out.set_reviews_published(Number(sum.reviews_published));
  out.set_closed_without_review(Number(sum.closed_without_review));
  out.set_loss_eur(sum.loss_eur);
  out.set_loss_known(Number(sum.loss_known));
  for (const domain::IntervalFigure& figure : sum.intervals) {
    v1::Statistics::Interval& interval = *out.add_intervals();
    interval.set_name(std::string(figure.name));
    interval.set_formula(std::string(figure.formula));
    interval.set_count(Number(figure.count));
    if (figure.median) *interval.mutable_median() = ToProto(*figure.median);
    if (figure.p90) *interval.mutable_p90() = ToProto(*figure.p90);
  }
  for (const auto& [cause, incidents] : sum.causes) {
    v1::Statistics::Cause& entry = *out.add_causes();
    entry.set_root_cause(cause);
    for (const std::string& number : incidents) entry.add_incidents(number);
  }
  for (const domain::OpenPoint& point : sum.open_points) {
    v1::OpenPoint& entry = *out.add_open_points();
    entry.set_kind(static_cast<v1::OpenPoint::Kind>(point.kind));
    if (!point.number.empty()) entry.set_incident(IncidentName(point.number));
    entry.set_count(Number(point.count));
    entry.set_cause(point.cause);
  }
  for (const domain::MonthFigure& month : sum.months) {
    v1::Statistics::Month& entry = *out.add_months();
    entry.set_month(absl::FormatCivilTime(month.month));
    entry.set_incidents(Number(month.incidents));
    FillTo(month.by_severity, *entry.mutable_by_severity());
    Fill(month.duties, *entry.mutable_duties());
  }
  for (const auto& [number, filing] : sum.late) *out.add_late() = ToProto(number, filing);
  out.set_restricted(Number(sum.restricted));
  if (sum.tlp) out.set_tlp(ToProto(*sum.tlp));
  return out;
}

}  // namespace tocsin::rpc
