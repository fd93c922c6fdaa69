#include "server/domain/statistics.h"
#include "server/playbook/run.h"

namespace tocsin::domain {
namespace {

void Count(Outcome outcome, DrillResult::Counts& counts) {
  if (outcome == Outcome::kMet) ++counts.met;
  if (outcome == Outcome::kLate) ++counts.late;
  if (outcome == Outcome::kMissed) ++counts.missed;
}

void FillFrom(const DrillScore& score, DrillResult& result) {
  result.over = score.stopped;
  result.declared_in = score.declared_in;
  for (const NotificationScore& one : score.notifications) Count(one.outcome, result.notifications);
  DrillResult::Counts expected;
  for (const ExpectationScore& one : score.expectations) Count(one.outcome, expected);
  result.expectations = expected;
}

void CountSteps(const Incident& drill, DrillResult& result) {
  for (const playbook::Run& run : drill.runs) {
    for (const playbook::StepProgress& step : run.steps) {
      result.steps_done += step.state == playbook::StepState::kDone ? 1U : 0U;
      result.steps_skipped += step.state == playbook::StepState::kSkipped ? 1U : 0U;
      result.steps_open += playbook::IsOpen(step.state) ? 1U : 0U;
    }
  }
}

}  // namespace

DrillResult ResultOf(const Incident& drill, const RegisterRow& row, const DrillScore* score) {
  DrillResult result{.number = row.number,
                     .title = row.title,
                     .scenario = drill.exercise ? drill.exercise->scenario().title : "",
                     .begin = row.begin,
                     .over = drill.closed(),
                     .declared_in = std::nullopt,
                     .notifications = {row.duties.met, row.duties.late, row.duties.missed},
                     .expectations = std::nullopt};
  if (score != nullptr) {
    result.notifications = {};
    FillFrom(*score, result);
  }
  CountSteps(drill, result);
  return result;
}

}  // namespace tocsin::domain
