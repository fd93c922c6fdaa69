#include "server/playbook/validate.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/text.h"
#include "server/base/view.h"
#include "server/playbook/graph.h"
#include "server/playbook/validate_parts.h"

namespace tocsin::playbook {
namespace validate {
namespace {

// More steps than this of one circle do not help the reader.
constexpr size_t kCycleStepsShown = 8;
// Of one playbook. Each may hide others, so a few are enough to begin with.
constexpr size_t kCirclesMax = 10;

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

absl::Status TooMany(std::string_view what, size_t count, size_t max, std::string_view next_step) {
  return InvalidArgument("TOO_MANY_ITEMS",
                         absl::StrCat(count, " ", ToAbsl(what), "; at most ", max, " fit"),
                         next_step);
}

void CheckReferences(const std::vector<std::string>& references, std::string_view whose,
                     Findings& findings) {
  findings.At("references", [&] {
    if (references.size() > kReferencesMax) {
      findings.Add(TooMany(absl::StrCat("references", ToAbsl(whose)), references.size(),
                           kReferencesMax, "Keep the ones a reader needs."));
      return;
    }
    for (size_t i = 0; i < references.size(); ++i) {
      findings.At(i, [&] {
        findings.Add(CheckLine(absl::StrCat("The reference", ToAbsl(whose)), references[i]));
      });
    }
  });
}

// Whether the steps are worth looking at.
bool CheckHeader(const Definition& definition, Findings& findings) {
  findings.AddAt("id", CheckId("the playbook", definition.id));
  findings.AddAt("title", CheckLine("The title", definition.title));
  if (!IsVersionForm(definition.version)) {
    findings.AddAt("version",
                   InvalidArgument("INVALID_VERSION", "The version is not digits and dots",
                                   "Write it like 1.0, and raise it with every change."));
  }
  const TextLimits summary_limits = {.bytes_max = kSummaryBytesMax};
  findings.AddAt("summary", CheckText("The summary", definition.summary, summary_limits));
  CheckReferences(definition.references, " of the playbook", findings);
  if (definition.steps.empty()) {
    findings.AddAt("steps", InvalidArgument("NO_STEPS", "The playbook has no steps",
                                            "Add at least one step."));
  }
  if (definition.steps.size() <= kStepsMax) return true;
  findings.AddAt("steps", InvalidArgument("TOO_MANY_STEPS",
                                          absl::StrCat("The playbook has ", definition.steps.size(),
                                                       " steps; at most ", kStepsMax, " fit"),
                                          "Split it into several playbooks."));
  return false;
}

void CheckDue(const Known& known, const Step& step, Findings& findings) {
  if (!step.due) return;
  findings.At("due", [&] {
    findings.AddAt("within", CheckSpan(absl::StrCat("The due time", InStep(step)), "INVALID_DUE",
                                       step.due->within));
    if (step.due->remind) {
      findings.AddAt("remind", CheckSpan(absl::StrCat("The reminder", InStep(step)), "INVALID_DUE",
                                         *step.due->remind));
      if (*step.due->remind >= step.due->within) {
        findings.AddAt("remind",
                       InvalidArgument("INVALID_DUE",
                                       absl::StrCat("The reminder", InStep(step),
                                                    " lies before the time that it reminds in"),
                                       "Make it shorter than the due time."));
      }
    }
    if (step.due->from == Due::From::kAnchor && known.words != nullptr) {
      std::vector<std::string> froms = known.words->anchors;
      froms.insert(froms.begin(), {"run", "step"});
      findings.AddAt("from", CheckWord("an anchor", "UNKNOWN_ANCHOR", step.due->anchor, froms));
    }
  });
}

void CheckNeeds(const Known& known, const Step& step, Findings& findings) {
  if (step.needs.size() > kNeedsMax) {
    findings.Add(TooMany(absl::StrCat("needs", InStep(step)), step.needs.size(), kNeedsMax,
                         "Join some of them in a step of their own."));
    return;
  }
  absl::flat_hash_set<absl::string_view> seen;
  for (size_t i = 0; i < step.needs.size(); ++i) {
    const std::string& need = step.needs[i];
    findings.At(i, [&] {
      if (!known.graph.Find(need)) {
        findings.Add(InvalidArgument(
            "UNKNOWN_STEP",
            absl::StrCat("Step '", step.id, "' needs ", QuotedId(need),
                         ", which is no step of this playbook"),
            Nearest(need, known.step_ids, "Use the id of a step, or add the step.")));
      } else if (!seen.insert(need).second) {
        findings.Add(InvalidArgument("DUPLICATE_NEED",
                                     absl::StrCat("Step '", step.id, "' needs '", need, "' twice"),
                                     "Name it once."));
      }
    });
  }
}

void CheckEvidence(const Step& step, Findings& findings) {
  for (size_t i = 0; i < step.evidence.size(); ++i) {
    const auto first = std::find(step.evidence.begin(), step.evidence.end(), step.evidence[i]);
    if (first == step.evidence.begin() + static_cast<std::ptrdiff_t>(i)) continue;
    findings.At(i, [&] {
      findings.Add(InvalidArgument(
          "DUPLICATE_WORD",
          absl::StrCat("Step '", step.id, "' asks twice for ", ToAbsl(ToText(step.evidence[i]))),
          "Name it once."));
    });
  }
}

// A step that is another playbook's run has no work of its own.
void CheckRun(const Known& known, const Step& step, Findings& findings) {
  if (step.playbook.empty()) return;
  findings.AddAt("playbook", CheckId("the playbook in a step", step.playbook));
  if (step.playbook == known.definition.id) {
    findings.AddAt(
        "playbook",
        InvalidArgument("STEP_CYCLE", absl::StrCat("Step '", step.id, "' is the playbook itself"),
                        "A playbook cannot wait for its own end."));
  } else if (known.words != nullptr) {
    findings.AddAt("playbook", CheckWord("a playbook", "UNKNOWN_PLAYBOOK", step.playbook,
                                         known.words->playbooks));
  }
  const auto refuse = [&](bool has, const char* key) {
    if (!has) return;
    findings.AddAt(
        key, InvalidArgument("RUN_WITH_WORK",
                             absl::StrCat("Step '", step.id, "' is the playbook ", step.playbook,
                                          " and cannot have '", key, "' too"),
                             "Put it into a step of its own."));
  };
  refuse(!step.evidence.empty(), "evidence");
  refuse(!step.questions.empty(), "questions");
  refuse(step.repeat.has_value(), "repeat");
}

void CheckStep(const Known& known, size_t position, Findings& findings) {
  const Step& step = known.definition.steps[position];
  findings.AddAt("id", CheckId("a step", step.id));
  if (known.graph.Find(step.id) != position) {
    findings.AddAt("id", InvalidArgument("DUPLICATE_STEP",
                                         absl::StrCat("Two steps have the id '", step.id, "'"),
                                         "Give each step an id of its own."));
  }
  findings.AddAt("title", CheckLine("The title" + InStep(step), step.title));
  const TextLimits limits = {.bytes_max = kInstructionsBytesMax};
  findings.AddAt("instructions",
                 CheckText("The instructions" + InStep(step), step.instructions, limits));
  CheckDue(known, step, findings);
  if (step.mandatory && step.phase == Phase::kClosed) {
    findings.AddAt("mandatory",
                   InvalidArgument("MANDATORY_AFTER_CLOSING",
                                   absl::StrCat("Step '", step.id,
                                                "' is mandatory and belongs to the phase closed, "
                                                "so the incident could never close"),
                                   "Move the step to an earlier phase, or make it not mandatory."));
  }
  CheckReferences(step.references, InStep(step), findings);
  findings.At("needs", [&] { CheckNeeds(known, step, findings); });
  findings.At("evidence", [&] { CheckEvidence(step, findings); });
  findings.At("questions", [&] { CheckQuestions(known, step, findings); });
  CheckRun(known, step, findings);
  if (step.when) {
    findings.At("when", [&] { CheckCondition(known, step, *step.when, findings); });
  }
  if (!step.repeat) return;
  findings.At("repeat", [&] {
    findings.AddAt("every", CheckSpan(absl::StrCat("The repetition", InStep(step)),
                                      "INVALID_REPEAT", step.repeat->every));
    findings.At("until", [&] { CheckCondition(known, step, step.repeat->until, findings); });
  });
}

absl::Status CircleStatus(const Known& known, const std::vector<size_t>& circle) {
  const auto& steps = known.definition.steps;
  if (circle.size() == 1) {
    return InvalidArgument("STEP_CYCLE",
                           absl::StrCat("Step '", steps[circle.front()].id, "' waits for itself: ",
                                        steps[circle.front()].id, " → ", steps[circle.front()].id),
                           "Take that away; nobody could ever do it.");
  }
  std::string path;
  for (size_t i = 0; i < std::min(circle.size(), kCycleStepsShown); ++i) {
    absl::StrAppend(&path, steps[circle[i]].id, " → ");
  }
  if (circle.size() > kCycleStepsShown) {
    absl::StrAppend(&path, "(", circle.size() - kCycleStepsShown, " more) → ");
  }
  absl::StrAppend(&path, steps[circle.front()].id);
  return InvalidArgument("STEP_CYCLE",
                         absl::StrCat("Steps wait for each other in a circle: ", path),
                         "Take away one of these needs or conditions; nobody could ever start.");
}

// Circles are cut where they are found, so that those behind them are found too. What is left
// behind is reached by nothing.
void CheckReach(const Known& known, Findings& findings) {
  const Waits whole = WaitsOf(known.definition, known.graph);
  Waits waits = whole;
  std::vector<bool> in_circle(waits.size(), false);
  for (size_t found = 0; found < kCirclesMax; ++found) {
    const std::vector<size_t> circle = FindCircle(waits);
    if (circle.empty()) break;
    for (const size_t step : circle) in_circle[step] = true;
    const size_t first = circle.front();
    findings.At("steps", [&] {
      findings.At(first, [&] { findings.AddAt("needs", CircleStatus(known, circle)); });
    });
    std::erase(waits[first], circle.size() > 1 ? circle[1] : first);
  }
  std::vector<size_t> lost;
  for (size_t i = 0; i < whole.size(); ++i) {
    if (in_circle[i]) lost.push_back(i);
  }
  Waits waited_for_by(whole.size());
  for (size_t i = 0; i < whole.size(); ++i) {
    for (const size_t other : whole[i]) waited_for_by[other].push_back(i);
  }
  std::vector<bool> seen = in_circle;
  for (size_t next = 0; next < lost.size(); ++next) {
    const size_t before = lost[next];
    for (const size_t step : waited_for_by[before]) {
      if (seen[step]) continue;
      seen[step] = true;
      lost.push_back(step);
      findings.At("steps", [&] {
        findings.At(step, [&] {
          findings.Add(InvalidArgument(
              "UNREACHABLE_STEP",
              absl::StrCat("Step '", known.definition.steps[step].id,
                           "' can never be reached: it waits for '",
                           known.definition.steps[before].id, "', which waits in a circle"),
              "Undo the circle first."));
        });
      });
    }
  }
}

Known MakeKnown(const Definition& definition, const Graph& graph, const Words* words) {
  Known known{.definition = definition, .graph = graph, .words = words};
  known.step_ids.reserve(definition.steps.size());
  const auto add = [&](const std::string& key, Words::FactForm form) {
    if (known.facts.try_emplace(key, form).second) known.fact_keys.push_back(key);
  };
  if (words != nullptr) {
    for (const Words::Fact& fact : words->facts) add(fact.key, fact.form);
  }
  for (const Step& step : definition.steps) {
    known.step_ids.push_back(step.id);
    for (const Question& question : step.questions) {
      known.question_ids.push_back(question.id);
      if (question.fact.empty()) continue;
      add(question.fact, question.type == QuestionType::kYesNo    ? Words::FactForm::kYesNo
                         : question.type == QuestionType::kNumber ? Words::FactForm::kNumber
                                                                  : Words::FactForm::kText);
    }
  }
  return known;
}

}  // namespace

void Findings::Add(absl::Status status) {
  if (status.ok() || full()) return;
  problems_.push_back({path_, std::move(status)});
}

void Findings::AddAt(const std::string& key, absl::Status status) {
  if (status.ok()) return;
  At(key, [&] { Add(std::move(status)); });
}

std::string InStep(const Step& step) {
  return absl::StrCat(" of step '", step.id, "'");
}

std::string Nearest(std::string_view word, const std::vector<std::string>& candidates,
                    std::string_view otherwise) {
  const std::string nearest = word.size() <= kIdBytesMax ? NearestWord(word, candidates) : "";
  return nearest.empty() ? std::string(otherwise) : absl::StrCat("Did you mean '", nearest, "'?");
}

absl::Status CheckSpan(std::string_view what, std::string_view reason, absl::Duration span) {
  if (span >= absl::Minutes(1) && span <= kSpanMax) return absl::OkStatus();
  return InvalidArgument(reason,
                         absl::StrCat(ToAbsl(what), " is not between 1 minute and 366 days"),
                         "Write it like 30m, 4h or 2d.");
}

absl::Status CheckWord(std::string_view what, std::string_view reason, std::string_view word,
                       const std::vector<std::string>& known) {
  if (known.empty() || std::find(known.begin(), known.end(), word) != known.end()) {
    return absl::OkStatus();
  }
  constexpr size_t kNamesMax = 60;
  std::string names;
  for (size_t i = 0; i < std::min(known.size(), kNamesMax); ++i) {
    absl::StrAppend(&names, i == 0 ? "" : ", ", known[i]);
  }
  return InvalidArgument(
      reason, absl::StrCat("'", ToAbsl(word.substr(0, kIdBytesMax)), "' is not ", ToAbsl(what)),
      Nearest(word, known, absl::StrCat("Known: ", names, ".")));
}

}  // namespace validate

Waits WaitsOf(const Definition& definition, const Graph& graph) {
  Waits waits(definition.steps.size());
  for (size_t i = 0; i < waits.size(); ++i) {
    const Step& step = definition.steps[i];
    waits[i] = graph.needs(i);
    std::vector<size_t> asked;
    // A repeated step may ask itself whether it was the last round.
    if (step.repeat) asked = validate::StepsAskedBy(graph, step.repeat->until);
    std::erase(asked, i);
    waits[i].insert(waits[i].end(), asked.begin(), asked.end());
    if (!step.when) continue;
    asked = validate::StepsAskedBy(graph, *step.when);
    waits[i].insert(waits[i].end(), asked.begin(), asked.end());
  }
  return waits;
}

std::vector<Problem> FindProblems(const Definition& definition, const Words* words) {
  validate::Findings findings;
  if (!validate::CheckHeader(definition, findings)) return findings.Take();
  const Graph graph(definition);
  const validate::Known known = validate::MakeKnown(definition, graph, words);
  findings.At("steps", [&] {
    for (size_t i = 0; i < definition.steps.size() && !findings.full(); ++i) {
      findings.At(i, [&] { validate::CheckStep(known, i, findings); });
    }
  });
  validate::CheckReach(known, findings);
  return findings.Take();
}

absl::Status Validate(const Definition& definition) {
  std::vector<Problem> problems = FindProblems(definition);
  return problems.empty() ? absl::OkStatus() : std::move(problems.front().status);
}

}  // namespace tocsin::playbook
