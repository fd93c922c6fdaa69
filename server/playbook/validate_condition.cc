// Questions and conditions: what may be asked, and what may depend on it.
#include <algorithm>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/base/view.h"
#include "server/playbook/validate_parts.h"

namespace tocsin::playbook::validate {
namespace {

using Kind = Condition::Kind;

constexpr size_t kFactBytesMax = 64;

bool IsFactForm(std::string_view key) {
  return !key.empty() && key.size() <= kFactBytesMax &&
         std::all_of(key.begin(), key.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
         });
}

std::string Cut(std::string_view text) {
  return std::string(text.substr(0, kIdBytesMax));
}

absl::Status InvalidQuestion(const Question& question, std::string_view what,
                             std::string_view next_step) {
  return InvalidArgument("INVALID_QUESTION",
                         absl::StrCat("Question ", QuotedId(question.id), " ", ToAbsl(what)),
                         next_step);
}

void CheckChoices(const Question& question, Findings& findings) {
  const bool is_choice = question.type == QuestionType::kChoice;
  if (!is_choice) {
    if (!question.choices.empty()) {
      findings.Add(InvalidQuestion(question, "has choices but is no choice",
                                   "Make its type choice, or take them away."));
    }
    return;
  }
  if (question.choices.size() < 2 || question.choices.size() > kChoicesMax) {
    findings.Add(
        InvalidQuestion(question, absl::StrCat("has ", question.choices.size(), " choices"),
                        absl::StrCat("Give 2 to ", kChoicesMax, " words to choose from.")));
  }
  absl::flat_hash_set<absl::string_view> seen;
  for (size_t i = 0; i < question.choices.size(); ++i) {
    const std::string& choice = question.choices[i];
    findings.At(i, [&] {
      findings.Add(CheckText("The choice", choice, {.bytes_max = kChoiceBytesMax, .lines = false}));
      if (choice == kUnknownAnswer) {
        findings.Add(InvalidQuestion(question, "names the choice unknown",
                                     "Take it away; everybody can answer unknown."));
      }
      if (!seen.insert(choice).second) {
        findings.Add(InvalidArgument("DUPLICATE_WORD",
                                     absl::StrCat("The choice '", Cut(choice), "' stands twice"),
                                     "Name it once."));
      }
    });
  }
}

void CheckRange(const Question& question, Findings& findings) {
  const char* key = question.min ? "min" : "max";
  if (!question.min && !question.max) return;
  if (question.type != QuestionType::kNumber) {
    findings.AddAt(key, InvalidQuestion(question, "has a range but is no number",
                                        "Make its type number, or take the range away."));
  }
  if (question.min && question.max && *question.min > *question.max) {
    findings.AddAt(key, InvalidQuestion(question, "has a range that no number is in",
                                        "Make min at most max."));
  }
}

std::string_view FormText(Words::FactForm form) {
  switch (form) {
    case Words::FactForm::kYesNo:
      return "yes or no";
    case Words::FactForm::kNumber:
      return "a number";
    case Words::FactForm::kText:
      return "text";
  }
  return "";
}

// A fact that everybody knows keeps its form; a new one must not be a slip of a known one.
absl::Status CheckFactOf(const Known& known, const Question& question) {
  if (question.fact.empty()) return absl::OkStatus();
  if (!IsFactForm(question.fact)) {
    return InvalidArgument("UNKNOWN_FACT",
                           absl::StrCat("'", Cut(question.fact), "' is no name of a fact"),
                           "Use lower-case letters, digits and _, at most 64.");
  }
  if (known.words == nullptr) return absl::OkStatus();
  std::vector<std::string> keys;
  for (const Words::Fact& fact : known.words->facts) {
    keys.push_back(fact.key);
    if (fact.key != question.fact) continue;
    const bool fits =
        fact.form == Words::FactForm::kText ||
        (fact.form == Words::FactForm::kYesNo && question.type == QuestionType::kYesNo) ||
        (fact.form == Words::FactForm::kNumber && question.type == QuestionType::kNumber);
    if (fits) return absl::OkStatus();
    return InvalidQuestion(question,
                           absl::StrCat("asks for ", ToAbsl(ToText(question.type)), ", but ",
                                        fact.key, " is ", ToAbsl(FormText(fact.form))),
                           "Ask for that, or name another fact.");
  }
  const std::string nearest = NearestWord(question.fact, keys);
  if (nearest.empty()) return absl::OkStatus();
  return InvalidArgument("UNKNOWN_FACT",
                         absl::StrCat("'", question.fact, "' is close to a known fact"),
                         absl::StrCat("Did you mean '", nearest, "'?"));
}

absl::Status CheckAnchorOf(const Known& known, const Question& question) {
  if (question.anchor.empty()) return absl::OkStatus();
  if (question.type != QuestionType::kInstant) {
    return InvalidQuestion(question, "has an anchor but is no instant", "Make its type instant.");
  }
  if (known.words == nullptr) return absl::OkStatus();
  return CheckWord("an anchor", "UNKNOWN_ANCHOR", question.anchor, known.words->anchors);
}

absl::Status Invalid(const Step& step, std::string_view what, std::string_view next_step) {
  return InvalidArgument("INVALID_CONDITION",
                         absl::StrCat("A condition", InStep(step), " ", ToAbsl(what)), next_step);
}

// Whether some answer to `question` makes the comparison hold, and some other does not need to.
absl::Status CheckAgainst(const Step& step, const Condition& condition, const Question& question) {
  if (condition.comparison == Condition::Comparison::kIs) {
    for (const std::string& value : condition.values) {
      if (CanBeAnswered(question, value)) continue;
      return Invalid(step,
                     absl::StrCat("compares with '", Cut(value), "', but the answer to '",
                                  question.id, "' is ", AllowedAnswers(question)),
                     Nearest(value, question.choices, "Compare with what can be answered."));
    }
    return absl::OkStatus();
  }
  if (question.type != QuestionType::kNumber) {
    return Invalid(step, absl::StrCat("compares '", question.id, "' with a number; it is none"),
                   "Use is, or ask for a number.");
  }
  const bool at_least = condition.comparison == Condition::Comparison::kAtLeast;
  const bool never = at_least ? question.max && *question.max < condition.number
                              : question.min && *question.min >= condition.number;
  if (!never) return absl::OkStatus();
  return Invalid(step,
                 absl::StrCat("can never hold: the answer to '", question.id, "' is ",
                              AllowedAnswers(question)),
                 "Compare with a number in the range.");
}

void CheckFact(const Known& known, const Step& step, const Condition& condition,
               Findings& findings) {
  const auto form = known.facts.find(condition.name);
  if (form == known.facts.end()) {
    if (known.words == nullptr) return;
    findings.AddAt("fact", CheckWord("a fact, nor does a question make it one", "UNKNOWN_FACT",
                                     condition.name, known.fact_keys));
    return;
  }
  if (condition.comparison != Condition::Comparison::kIs) {
    if (form->second == Words::FactForm::kNumber) return;
    findings.AddAt("fact",
                   Invalid(step,
                           absl::StrCat("compares ", condition.name, " with a number; it is ",
                                        ToAbsl(FormText(form->second))),
                           "Use is."));
    return;
  }
  if (form->second != Words::FactForm::kYesNo) return;
  for (const std::string& value : condition.values) {
    if (value == "yes" || value == "no" || value == kUnknownAnswer) continue;
    findings.AddAt("is", Invalid(step,
                                 absl::StrCat("compares ", condition.name, " with '", Cut(value),
                                              "'; it is yes, no or unknown"),
                                 "Write yes or no."));
  }
}

void CheckName(const Known& known, const Step& step, const Condition& condition,
               Findings& findings) {
  switch (condition.kind) {
    case Kind::kFact:
      CheckFact(known, step, condition, findings);
      return;
    case Kind::kAnswer: {
      const std::optional<AskedQuestion> asked = known.graph.FindQuestion(condition.name);
      findings.AddAt(
          "answer",
          asked ? CheckAgainst(step, condition, *asked->question)
                : InvalidArgument(
                      "UNKNOWN_QUESTION",
                      absl::StrCat(QuotedId(condition.name), " is no question of this playbook"),
                      Nearest(condition.name, known.question_ids,
                              "Use the id of a question, or ask it in a step.")));
      return;
    }
    case Kind::kDone:
      if (condition.name == step.id) {
        findings.AddAt("done", Invalid(step, "asks whether its own step is done",
                                       "Name another step; this one waits for the condition."));
      }
      if (known.graph.Find(condition.name)) return;
      findings.AddAt(
          "done",
          InvalidArgument(
              "UNKNOWN_STEP",
              absl::StrCat("A condition", InStep(step), " asks whether ", QuotedId(condition.name),
                           " is done, which is no step of this playbook"),
              Nearest(condition.name, known.step_ids, "Use the id of a step, or add the step.")));
      return;
    default:
      break;
  }
  if (known.words == nullptr) return;
  if (condition.kind == Kind::kAnchor) {
    findings.AddAt("anchor",
                   CheckWord("an anchor", "UNKNOWN_ANCHOR", condition.name, known.words->anchors));
  } else if (condition.kind == Kind::kRegime) {
    findings.AddAt("regime", CheckWord("a regime of the library", "UNKNOWN_REGIME", condition.name,
                                       known.words->regimes));
  } else if (condition.kind == Kind::kObligation) {
    const bool whole_regime = condition.name.find('.') == std::string::npos;
    findings.AddAt(
        "obligation",
        CheckWord(whole_regime ? "a regime of the library" : "an obligation of the library",
                  "UNKNOWN_OBLIGATION", condition.name,
                  whole_regime ? known.words->regimes : known.words->obligations));
  } else if (condition.kind == Kind::kEntityKind) {
    for (const std::string& kind : condition.values) {
      findings.AddAt("entity_kind", CheckWord("a kind of entity", "UNKNOWN_ENTITY_KIND", kind,
                                              known.words->entity_kinds));
    }
  }
}

const char* PartsKey(Kind kind) {
  return kind == Kind::kAllOf ? "all_of" : kind == Kind::kAnyOf ? "any_of" : "not";
}

void CheckDeep(const Known& known, const Step& step, const Condition& condition, size_t depth,
               Findings& findings) {
  if (depth > kConditionDepthMax) {
    findings.Add(Invalid(step, absl::StrCat("is more than ", kConditionDepthMax, " deep"),
                         "Ask a question whose answer says the same."));
    return;
  }
  if (condition.values.size() > kConditionValuesMax) {
    findings.Add(Invalid(step, absl::StrCat("names more than ", kConditionValuesMax, " values"),
                         "Keep the ones that matter."));
  }
  CheckName(known, step, condition, findings);
  if (condition.kind != Kind::kAllOf && condition.kind != Kind::kAnyOf &&
      condition.kind != Kind::kNot) {
    return;
  }
  if (condition.parts.empty() || condition.parts.size() > kConditionPartsMax) {
    findings.Add(Invalid(step, absl::StrCat("has ", condition.parts.size(), " parts"),
                         absl::StrCat("Give 1 to ", kConditionPartsMax, ".")));
    return;
  }
  findings.At(PartsKey(condition.kind), [&] {
    if (condition.kind == Kind::kNot) {
      CheckDeep(known, step, condition.parts.front(), depth + 1, findings);
      return;
    }
    for (size_t i = 0; i < condition.parts.size(); ++i) {
      findings.At(i, [&] { CheckDeep(known, step, condition.parts[i], depth + 1, findings); });
    }
  });
}

}  // namespace

void CheckQuestions(const Known& known, const Step& step, Findings& findings) {
  if (step.questions.size() > kQuestionsMax) {
    findings.Add(InvalidArgument("TOO_MANY_ITEMS",
                                 absl::StrCat(step.questions.size(), " questions", InStep(step),
                                              "; at most ", kQuestionsMax, " fit"),
                                 "Make several steps of it."));
    return;
  }
  for (size_t i = 0; i < step.questions.size(); ++i) {
    const Question& question = step.questions[i];
    findings.At(i, [&] {
      if (!IsIdForm(question.id)) {
        findings.AddAt(
            "id",
            InvalidArgument("INVALID_ID", "The id of a question is empty, too long or not an id",
                            "Use lower-case letters, digits and dashes, at most 64."));
      }
      if (const auto first = known.graph.FindQuestion(question.id);
          first && first->question != &question) {
        findings.AddAt(
            "id", InvalidArgument("DUPLICATE_QUESTION",
                                  absl::StrCat("Two questions have the id '", question.id, "'"),
                                  "Give each question of the playbook an id of its own."));
      }
      findings.AddAt("ask", CheckLine("What is asked" + InStep(step), question.ask));
      findings.At("choices", [&] { CheckChoices(question, findings); });
      CheckRange(question, findings);
      findings.AddAt("fact", CheckFactOf(known, question));
      findings.AddAt("anchor", CheckAnchorOf(known, question));
    });
  }
}

void CheckCondition(const Known& known, const Step& step, const Condition& condition,
                    Findings& findings) {
  CheckDeep(known, step, condition, /*depth=*/1, findings);
}

std::vector<size_t> StepsAskedBy(const Graph& graph, const Condition& condition) {
  switch (condition.kind) {
    case Kind::kAnswer: {
      const std::optional<AskedQuestion> asked = graph.FindQuestion(condition.name);
      return asked ? std::vector<size_t>{asked->step} : std::vector<size_t>{};
    }
    case Kind::kDone: {
      const std::optional<size_t> step = graph.Find(condition.name);
      return step ? std::vector<size_t>{*step} : std::vector<size_t>{};
    }
    case Kind::kAllOf: {
      std::vector<size_t> steps;
      for (const Condition& part : condition.parts) {
        const std::vector<size_t> asked = StepsAskedBy(graph, part);
        steps.insert(steps.end(), asked.begin(), asked.end());
      }
      return steps;
    }
    case Kind::kAnyOf:
    case Kind::kNot:
      return condition.parts.size() == 1 ? StepsAskedBy(graph, condition.parts.front())
                                         : std::vector<size_t>{};
    default:
      return {};
  }
}

}  // namespace tocsin::playbook::validate
