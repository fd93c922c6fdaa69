// The clock of a drill, its injects, and what is found of the team's work.
#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/base/time_text.h"
#include "server/domain/decide_parts.h"

namespace tocsin::domain::decide {
namespace {

absl::Status CheckSpeed(int speed) {
  if (speed >= 1 && speed <= kDrillSpeedMax) return absl::OkStatus();
  return InvalidArgument("BAD_SPEED",
                         absl::StrCat("a drill's clock cannot run ", speed, " times as fast"),
                         absl::StrCat("Give a whole number from 1 to ", kDrillSpeedMax, ": 10x."));
}

// The drill of an incident that is one, and runs.
absl::StatusOr<const Drill*> RequireDrill(const Incident& incident) {
  TOCSIN_RETURN_IF_ERROR(CheckOpen(incident));
  TOCSIN_RETURN_IF_ERROR(CheckNotOver(incident));
  if (incident.exercise) return &*incident.exercise;
  return FailedPrecondition("NO_DRILL", absl::StrCat(incident.number, " plays no scenario"),
                            "Start one: tocsin drill start SCENARIO; tocsin drill list has them.");
}

absl::Status Unchanged(std::string_view reason, const std::string& message) {
  return Error(absl::StatusCode::kAlreadyExists, reason, message, "Nothing to do.");
}

// Only the inject that the author saw coming: of two people who press at once one moves the clock,
// and the other is told so.
absl::StatusOr<absl::Time> TimeOfNext(const Drill& drill, const std::string& seen) {
  const Inject* next = drill.Next();
  if (next == nullptr) {
    return FailedPrecondition("NO_INJECT_LEFT", "all injects are delivered",
                              "Let the clock run, or end it: tocsin drill stop --because \"…\".");
  }
  if (!seen.empty() && seen != next->id) {
    return FailedPrecondition(
        "INJECT_MOVED_ON",
        absl::StrCat("the next inject is ", next->id, " by now, not ", Quoted(seen)),
        "Somebody else moved the clock, or it ran on. Look again: tocsin drill status.");
  }
  return drill.begin_time + next->at;
}

}  // namespace

absl::Status CheckNotOver(const Incident& incident) {
  if (!IsOver(incident)) return absl::OkStatus();
  return FailedPrecondition("DRILL_OVER", absl::StrCat("the drill ", incident.number, " is over"),
                            "Look at tocsin drill score, and review it: tocsin review open.");
}

absl::StatusOr<DrillStarted> StartOf(const DeclareIncident& command,
                                     const CommandContext& context) {
  const Scenario& scenario = command.scenario->scenario;
  if (!command.drill || command.historical) {
    return InvalidArgument("NOT_A_DRILL", "only a drill plays a scenario",
                           "Declare it as a drill, and not as historical.");
  }
  DrillStarted started{.scenario = command.scenario,
                       .begin_time = scenario.begins.value_or(WholeSecond(context.now)),
                       .speed = command.drill_speed.value_or(scenario.speed),
                       .paused = command.drill_paused.value_or(scenario.paused)};
  TOCSIN_RETURN_IF_ERROR(CheckSpeed(started.speed));
  return started;
}

Entries Decide(const Incident& incident, const SetDrillClock& command,
               const CommandContext& context) {
  TOCSIN_ASSIGN_OR_RETURN(const Drill* drill, RequireDrill(incident));
  DrillClockSet set{.change = command.change,
                    .time = context.now,
                    .speed = drill->clock.speed,
                    .paused = drill->clock.paused};
  switch (command.change) {
    case ClockChange::kNone:
      return InvalidArgument("NO_CHANGE", "the change of the clock is not stated",
                             "Pause it, resume it, set its speed, or go to the next inject.");
    case ClockChange::kPause:
      if (set.paused) return Unchanged("DRILL_PAUSED", "the drill is paused already");
      set.paused = true;
      break;
    case ClockChange::kResume:
      if (!set.paused) return Unchanged("DRILL_NOT_PAUSED", "the drill is not paused");
      set.paused = false;
      break;
    case ClockChange::kSpeed:
      TOCSIN_RETURN_IF_ERROR(CheckSpeed(command.speed));
      if (set.speed == command.speed) {
        return Unchanged("SPEED_UNCHANGED",
                         absl::StrCat("the clock's speed is ", command.speed, "x already"));
      }
      set.speed = command.speed;
      break;
    case ClockChange::kNext: {
      TOCSIN_ASSIGN_OR_RETURN(set.time, TimeOfNext(*drill, command.inject));
      set.inject = drill->Next()->id;
      break;
    }
  }
  return One(std::move(set));
}

Entries Decide(const Incident& incident, const DeclareInDrill& command, const CommandContext&) {
  TOCSIN_ASSIGN_OR_RETURN(const Drill* drill, RequireDrill(incident));
  TOCSIN_RETURN_IF_ERROR(CheckLine("the title", command.title));
  if (drill->declare_time) {
    return Error(absl::StatusCode::kAlreadyExists, "ALREADY_DECLARED",
                 absl::StrCat("the team has declared in ", incident.number, " already, ",
                              FormatInstant(*drill->declare_time)),
                 "Change the severity: tocsin severity sev1 --because \"…\".");
  }
  return One(DrillDeclared{command.title, command.severity});
}

Entries Decide(const Incident& incident, const StopDrill& command, const CommandContext&) {
  TOCSIN_RETURN_IF_ERROR(RequireDrill(incident).status());
  TOCSIN_RETURN_IF_ERROR(CheckText("the reason", command.because));
  return One(DrillStopped{command.because});
}

Entries Decide(const Incident& incident, const JudgeExpectation& command, const CommandContext&) {
  TOCSIN_RETURN_IF_ERROR(CheckOpen(incident));
  if (!incident.exercise) return RequireDrill(incident).status();
  TOCSIN_RETURN_IF_ERROR(CheckText("the reason", command.because));
  const Scenario& scenario = incident.exercise->scenario();
  if (FindExpectation(scenario, command.expectation) == nullptr) {
    std::vector<std::string> ids;
    for (const Expectation& one : scenario.expectations) ids.push_back(one.id);
    const std::string nearest = NearestShort(command.expectation, ids);
    return NotFound("UNKNOWN_EXPECTATION",
                    absl::StrCat("the scenario expects no ", Quoted(command.expectation)),
                    nearest.empty() ? "tocsin drill score lists what is expected."
                                    : absl::StrCat("Did you mean '", nearest, "'?"));
  }
  return One(DrillJudged{command.expectation, command.met, command.because});
}

std::vector<PendingEntry> DueInjects(const Incident& incident, absl::Time now) {
  std::vector<PendingEntry> entries;
  if (!IsRunningDrill(incident)) return entries;
  const Drill& drill = *incident.exercise;
  const std::vector<Inject>& injects = drill.scenario().injects;
  for (size_t i = drill.delivered; i < injects.size(); ++i) {
    const absl::Time due = drill.begin_time + injects[i].at;
    if (due > now) break;
    entries.push_back({.event = InjectDelivered{injects[i].id, injects[i].to, injects[i].from,
                                                injects[i].via, injects[i].text},
                       .occur_time = due,
                       .by_server = true});
  }
  return entries;
}

}  // namespace tocsin::domain::decide
