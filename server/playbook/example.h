// A test of a playbook as its author writes it: facts in, steps out. The one idea: it is run by the
// same functions as a run in an incident, so a playbook that passes its tests behaves so at night.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "server/playbook/definition.h"

namespace tocsin::playbook {

/// The situation. All of it holds at the start of the run.
struct ExampleGiven {
  Severity severity = Severity::kSev3;
  Phase phase = Phase::kTriage;
  std::vector<std::string> entity_kinds;
  std::map<std::string, std::string> facts;
  /// After the start of the run.
  std::map<std::string, absl::Duration> anchors;
  std::vector<std::string> regimes;
  std::map<std::string, Owed> obligations;
  /// By question; that to an instant is a span after the start of the run: "10m".
  std::map<std::string, std::string> answers;
  std::vector<std::string> done;
  std::vector<std::string> skipped;
  /// All that these steps need, directly or not, is done too where it is taken.
  std::vector<std::string> reach;
};

/// What must come out; what is absent is not looked at.
struct ExampleExpect {
  /// Exactly these steps are ready.
  std::optional<std::vector<std::string>> active;
  /// At least these.
  std::vector<std::string> includes;
  std::vector<std::string> not_taken;
  std::vector<std::string> blocked;
  /// Step → what it waits for, in any order.
  std::map<std::string, std::vector<std::string>> waiting;
  /// Step → its due time after the start of the run; nullopt: none.
  std::map<std::string, std::optional<absl::Duration>> due;
  std::optional<bool> finished;
};

struct Example {
  std::string name;
  ExampleGiven given;
  ExampleExpect expect;
};

/// What does not come out as expected, one sentence each; empty when all does. Faults of the
/// example itself (an unknown step or question, an answer out of range, a step that cannot be done
/// as things are) are such sentences too.
std::vector<std::string> CheckExample(const Definition& definition, const Example& example);

}  // namespace tocsin::playbook
