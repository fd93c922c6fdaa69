#include "server/domain/drill.h"

#include <algorithm>

#include "server/domain/incident.h"

namespace tocsin::domain {

std::string_view ToText(Expected value) {
  switch (value) {
    case Expected::kDeclared:
      return "declared";
    case Expected::kAware:
      return "aware";
    case Expected::kSignificance:
      return "significance";
    case Expected::kNotification:
      return "notification";
    case Expected::kStep:
      return "step";
    case Expected::kDecision:
      return "decision";
    case Expected::kPhase:
      return "phase";
    case Expected::kFact:
      return "fact";
    case Expected::kRole:
      return "role";
    case Expected::kReport:
      return "report";
  }
  return "";
}

const Inject* FindInject(const Scenario& scenario, std::string_view id) {
  const auto found = std::find_if(scenario.injects.begin(), scenario.injects.end(),
                                  [&](const Inject& inject) { return inject.id == id; });
  return found == scenario.injects.end() ? nullptr : &*found;
}

const Expectation* FindExpectation(const Scenario& scenario, std::string_view id) {
  const auto found = std::find_if(scenario.expectations.begin(), scenario.expectations.end(),
                                  [&](const Expectation& one) { return one.id == id; });
  return found == scenario.expectations.end() ? nullptr : &*found;
}

const Inject* Drill::Next() const {
  const auto& injects = scenario().injects;
  return delivered < injects.size() ? &injects[delivered] : nullptr;
}

bool IsRunningDrill(const Incident& incident) {
  return incident.exercise.has_value() && incident.exercise->running();
}

bool IsOver(const Incident& incident) {
  return incident.exercise.has_value() && !incident.exercise->running();
}

absl::Time TimeIn(const Incident& incident, absl::Time time) {
  return IsRunningDrill(incident) ? incident.exercise->clock.At(time) : time;
}

}  // namespace tocsin::domain
