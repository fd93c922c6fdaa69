// The drills of the library: scenarios and the replays they follow.
#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/app/library.h"
#include "server/app/library_files.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/domain/run_facts.h"
#include "server/library/scenario_reader.h"

namespace tocsin::app {
namespace {

// What a scenario may name.
library::ScenarioWords WordsFor(
    const playbook::Words& words,
    const std::map<std::string, std::shared_ptr<const domain::PinnedDefinition>>& playbooks,
    const std::map<std::string, std::set<int>>& replays) {
  library::ScenarioWords known;
  for (const std::string& regime : words.regimes) {
    known.regimes.insert({regime, regime.substr(0, regime.find('-'))});
  }
  known.obligations.insert(words.obligations.begin(), words.obligations.end());
  for (const auto& fact : words.facts) known.facts.insert(fact.key);
  for (const auto& [id, pinned] : playbooks) {
    std::set<std::string>& steps = known.steps[id];
    for (const playbook::Step& step : pinned->definition.steps) steps.insert(step.id);
  }
  known.replays = replays;
  return known;
}

}  // namespace

Library::LintedScenario Library::LintScenario(const File& file) const {
  library::LintedScenario linted =
      library::LintScenario(file.name, file.bytes, WordsFor(Words(), playbooks_, replays_));
  return {std::move(linted.scenario), std::move(linted.problems)};
}

absl::Status Library::LoadDrills(const std::string& directory) {
  const std::string replays = directory + "/replays";
  if (std::filesystem::is_directory(replays)) {
    TOCSIN_ASSIGN_OR_RETURN(const std::vector<std::string> paths, FilesOf(replays, ".jsonl"));
    for (const std::string& path : paths) {
      TOCSIN_ASSIGN_OR_RETURN(const std::string bytes, ReadWhole(path));
      TOCSIN_ASSIGN_OR_RETURN(replays_[std::filesystem::path(path).filename().string()],
                              library::ReadReplayLines(path, bytes));
    }
  }
  const std::string scenarios = directory + "/scenarios";
  if (!std::filesystem::is_directory(scenarios)) return absl::OkStatus();
  TOCSIN_ASSIGN_OR_RETURN(const std::vector<std::string> paths, FilesOf(scenarios, ".yaml"));
  std::vector<absl::Status> problems;
  for (const std::string& path : paths) {
    TOCSIN_ASSIGN_OR_RETURN(std::string bytes, ReadWhole(path));
    LintedScenario linted = LintScenario({path, bytes});
    problems.insert(problems.end(), linted.problems.begin(), linted.problems.end());
    if (!linted.scenario) continue;
    const std::string id = linted.scenario->id;
    const auto pinned = std::make_shared<const domain::PinnedScenario>(
        domain::PinnedScenario{*std::move(linted.scenario), std::move(bytes)});
    if (!scenarios_.emplace(id, pinned).second) {
      problems.push_back(InvalidArgument("DUPLICATE_SCENARIO",
                                         absl::StrCat(library::PlaceOfKey(path, pinned->file, "id"),
                                                      ": scenario ", id, " is there twice"),
                                         "Give each scenario an id of its own."));
    }
  }
  return problems.empty() ? absl::OkStatus() : Together(problems);
}

absl::StatusOr<std::shared_ptr<const domain::PinnedScenario>> Library::Scenario(
    std::string_view id) const {
  const auto found = scenarios_.find(std::string(id));
  if (found == scenarios_.end()) return Unknown("scenario", "UNKNOWN_SCENARIO", id, scenarios_);
  return found->second;
}

std::vector<std::shared_ptr<const domain::PinnedScenario>> Library::Scenarios() const {
  std::vector<std::shared_ptr<const domain::PinnedScenario>> all;
  for (const auto& [unused, pinned] : scenarios_) all.push_back(pinned);
  return all;
}

}  // namespace tocsin::app
