#include "server/playbook/validate.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/text.h"
#include "server/base/view.h"
#include "server/playbook/graph.h"

namespace tocsin::playbook {
namespace {

// More steps than this of one cycle do not help the reader.
constexpr size_t kCycleStepsShown = 8;

using MaybeProblem = std::optional<Problem>;

bool IsVersionForm(std::string_view version) {
  return !version.empty() && version.size() <= kVersionBytesMax && version.front() != '.' &&
         version.back() != '.' && std::all_of(version.begin(), version.end(), [](char c) {
           return (c >= '0' && c <= '9') || c == '.';
         });
}

absl::Status CheckId(std::string_view whose, std::string_view id) {
  if (IsIdForm(id)) return absl::OkStatus();
  return InvalidArgument(
      "INVALID_ID", absl::StrCat("The id of ", ToAbsl(whose), " is empty, too long or not an id"),
      absl::StrCat("Use lower-case letters, digits and dashes, at most ", kIdBytesMax, "."));
}

std::string InStep(const Step& step) {
  return absl::StrCat(" of step '", step.id, "'");
}

// The place of a problem is filled in by whoever knows it.
MaybeProblem At(std::string_view key, absl::Status status) {
  if (status.ok()) return std::nullopt;
  return Problem{std::string(key), std::nullopt, std::nullopt, std::move(status)};
}

MaybeProblem CheckReferences(const std::vector<std::string>& references, std::string_view whose) {
  if (references.size() > kReferencesMax) {
    return At("references",
              InvalidArgument("TOO_MANY_ITEMS",
                              absl::StrCat(references.size(), " references", ToAbsl(whose),
                                           "; at most ", kReferencesMax, " fit"),
                              "Keep the ones a reader needs."));
  }
  for (size_t i = 0; i < references.size(); ++i) {
    const std::string what = absl::StrCat("The reference", ToAbsl(whose));
    if (MaybeProblem problem = At("references", CheckLine(what, references[i]))) {
      problem->item = i;
      return problem;
    }
  }
  return std::nullopt;
}

MaybeProblem CheckHeader(const Definition& definition) {
  if (auto problem = At("id", CheckId("the playbook", definition.id))) return problem;
  if (auto problem = At("title", CheckLine("The title", definition.title))) return problem;
  if (!IsVersionForm(definition.version)) {
    return At("version", InvalidArgument("INVALID_VERSION", "The version is not digits and dots",
                                         "Write it like 1.0, and raise it with every change."));
  }
  const TextLimits summary_limits = {.bytes_max = kSummaryBytesMax};
  if (auto problem = At("summary", CheckText("The summary", definition.summary, summary_limits))) {
    return problem;
  }
  if (auto problem = CheckReferences(definition.references, " of the playbook")) return problem;
  if (definition.steps.empty()) {
    return At("steps",
              InvalidArgument("NO_STEPS", "The playbook has no steps", "Add at least one step."));
  }
  if (definition.steps.size() > kStepsMax) {
    return At("steps", InvalidArgument("TOO_MANY_STEPS",
                                       absl::StrCat("The playbook has ", definition.steps.size(),
                                                    " steps; at most ", kStepsMax, " fit"),
                                       "Split it into several playbooks."));
  }
  return std::nullopt;
}

MaybeProblem CheckDue(const Step& step) {
  if (!step.due_within) return std::nullopt;
  if (*step.due_within > absl::ZeroDuration() && *step.due_within <= kDueWithinMax) {
    return std::nullopt;
  }
  return At("due", InvalidArgument("INVALID_DUE",
                                   absl::StrCat("The due time", InStep(step),
                                                " is not between 1 minute and 366 days"),
                                   "Count it from the start of the run, for example 30m, 4h, 2d."));
}

MaybeProblem CheckStep(const Step& step) {
  if (auto problem = At("id", CheckId("a step", step.id))) return problem;
  if (auto problem = At("title", CheckLine("The title" + InStep(step), step.title))) {
    return problem;
  }
  const TextLimits limits = {.bytes_max = kInstructionsBytesMax};
  if (auto problem = At("instructions",
                        CheckText("The instructions" + InStep(step), step.instructions, limits))) {
    return problem;
  }
  if (auto problem = CheckDue(step)) return problem;
  if (step.mandatory && step.phase == Phase::kClosed) {
    return At("mandatory",
              InvalidArgument("MANDATORY_AFTER_CLOSING",
                              absl::StrCat("Step '", step.id,
                                           "' is mandatory and belongs to the "
                                           "phase closed, so the incident could never close"),
                              "Move the step to an earlier phase, or make it not mandatory."));
  }
  return CheckReferences(step.references, InStep(step));
}

absl::Status UnknownNeed(const Definition& definition, const Step& step, std::string_view need) {
  std::vector<std::string> ids;
  ids.reserve(definition.steps.size());
  for (const Step& other : definition.steps) ids.push_back(other.id);
  const std::string nearest = IsIdForm(need) ? NearestWord(need, ids) : "";
  return InvalidArgument("UNKNOWN_STEP",
                         absl::StrCat("Step '", step.id, "' needs ", QuotedId(need),
                                      ", which is no step of this playbook"),
                         nearest.empty() ? "Use the id of a step, or add the step."
                                         : absl::StrCat("Did you mean '", nearest, "'?"));
}

MaybeProblem CheckNeeds(const Definition& definition, const Graph& graph, const Step& step) {
  if (step.needs.size() > kNeedsMax) {
    return At("needs",
              InvalidArgument("TOO_MANY_ITEMS",
                              absl::StrCat("Step '", step.id, "' needs ", step.needs.size(),
                                           " steps; at most ", kNeedsMax, " fit"),
                              "Join some of them in a step of their own."));
  }
  absl::flat_hash_set<absl::string_view> seen;
  for (size_t i = 0; i < step.needs.size(); ++i) {
    absl::Status status;
    if (!graph.Find(step.needs[i])) {
      status = UnknownNeed(definition, step, step.needs[i]);
    } else if (!seen.insert(step.needs[i]).second) {
      status = InvalidArgument(
          "DUPLICATE_NEED", absl::StrCat("Step '", step.id, "' needs '", step.needs[i], "' twice"),
          "Name it once.");
    }
    if (auto problem = At("needs", status)) {
      problem->item = i;
      return problem;
    }
  }
  return std::nullopt;
}

MaybeProblem CheckCycle(const Definition& definition, const Graph& graph) {
  const std::vector<size_t> cycle = graph.FindCycle();
  if (cycle.empty()) return std::nullopt;
  std::string path;
  for (size_t i = 0; i < std::min(cycle.size(), kCycleStepsShown); ++i) {
    absl::StrAppend(&path, definition.steps[cycle[i]].id, " → ");
  }
  if (cycle.size() > kCycleStepsShown) {
    absl::StrAppend(&path, "(", cycle.size() - kCycleStepsShown, " more) → ");
  }
  absl::StrAppend(&path, definition.steps[cycle.front()].id);
  Problem problem{"needs", cycle.front(), std::nullopt, absl::OkStatus()};
  problem.status =
      InvalidArgument("STEP_CYCLE", absl::StrCat("Steps need each other in a circle: ", path),
                      "Take away one of these needs; nobody could ever start.");
  return problem;
}

}  // namespace

std::optional<Problem> FindProblem(const Definition& definition) {
  if (auto problem = CheckHeader(definition)) return problem;
  const Graph graph(definition);
  for (size_t i = 0; i < definition.steps.size(); ++i) {
    const Step& step = definition.steps[i];
    MaybeProblem problem = CheckStep(step);
    if (!problem && graph.Find(step.id) != i) {
      problem = At("id", InvalidArgument("DUPLICATE_STEP",
                                         absl::StrCat("Two steps have the id '", step.id, "'"),
                                         "Give each step an id of its own."));
    }
    if (!problem) problem = CheckNeeds(definition, graph, step);
    if (problem) {
      problem->step = i;
      return problem;
    }
  }
  return CheckCycle(definition, graph);
}

absl::Status Validate(const Definition& definition) {
  std::optional<Problem> problem = FindProblem(definition);
  return problem ? std::move(problem->status) : absl::OkStatus();
}

}  // namespace tocsin::playbook
