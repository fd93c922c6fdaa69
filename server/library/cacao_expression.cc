#include "server/library/cacao_expression.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "server/base/view.h"

namespace tocsin::library::cacao {
namespace {

using playbook::Condition;
using Kind = Condition::Kind;

std::string Literal(const std::string& text) {
  return absl::StrCat("'", absl::StrReplaceAll(text, {{"\\", "\\\\"}, {"'", "\\'"}}), "'");
}

std::string IsOneOf(const std::string& variable, const std::vector<std::string>& values) {
  if (values.size() == 1) return absl::StrCat(variable, ":value = ", Literal(values.front()));
  return absl::StrCat(variable, ":value IN (",
                      absl::StrJoin(values, ", ",
                                    [](std::string* out, const std::string& value) {
                                      absl::StrAppend(out, Literal(value));
                                    }),
                      ")");
}

}  // namespace

Variables::Variables(const playbook::Definition& definition) {
  for (const playbook::Step& step : definition.steps) {
    for (const playbook::Question& question : step.questions) {
      questions_.emplace(question.id, &question);
    }
  }
}

std::string Variables::Name(std::string_view kind, std::string_view name, const char* type,
                            std::string_view description) {
  const std::string variable = absl::StrCat(
      "__", ToAbsl(kind), "_", absl::StrReplaceAll(ToAbsl(name), {{".", "_"}, {"@", "_"}}), "__");
  all_.try_emplace(variable, Variable{type, std::string(description)});
  return variable;
}

std::string Variables::NameOf(const playbook::Question& question) {
  const char* type = question.type == playbook::QuestionType::kNumber ? "integer" : "string";
  const std::string about =
      absl::StrCat(question.ask, " ", playbook::AllowedAnswers(question), ".");
  return question.fact.empty() ? Name("answer", question.id, type, about)
                               : Name("fact", question.fact, type, about);
}

std::string Variables::Compared(const std::string& variable, const Condition& condition) {
  switch (condition.comparison) {
    case Condition::Comparison::kIs:
      return IsOneOf(variable, condition.values);
    case Condition::Comparison::kAtLeast:
      return absl::StrCat(variable, ":value >= ", condition.number);
    case Condition::Comparison::kBelow:
      return absl::StrCat(variable, ":value < ", condition.number);
  }
  return "";
}

std::string Variables::Opposite(const Condition& condition) {
  return absl::StrCat("NOT (", Expression(condition), ")");
}

std::string Variables::Expression(const Condition& condition) {
  const auto joined = [&](const char* between) {
    std::vector<std::string> parts;
    for (const Condition& part : condition.parts) {
      parts.push_back(absl::StrCat("(", Expression(part), ")"));
    }
    return absl::StrJoin(parts, between);
  };
  switch (condition.kind) {
    case Kind::kSeverityAtLeast: {
      std::vector<std::string> values;
      for (const std::string& text : AllTexts<Severity>()) {
        if (ParseText<Severity>(text).value() <= condition.severity) values.push_back(text);
      }
      return IsOneOf(Name("incident", "severity", "string", "The severity; sev1 is the worst."),
                     values);
    }
    case Kind::kPhaseAtLeast: {
      std::vector<std::string> values;
      for (const std::string& text : AllTexts<Phase>()) {
        if (ParseText<Phase>(text).value() >= condition.phase) values.push_back(text);
      }
      return IsOneOf(Name("incident", "phase", "string", "The phase that the incident is in."),
                     values);
    }
    case Kind::kFact:
      return Compared(
          Name("fact", condition.name,
               condition.comparison == Condition::Comparison::kIs ? "string" : "integer",
               "A fact about the impact of the incident."),
          condition);
    case Kind::kAnswer: {
      const auto question = questions_.find(condition.name);
      return Compared(question == questions_.end()
                          ? Name("answer", condition.name, "string", "An answer.")
                          : NameOf(*question->second),
                      condition);
    }
    case Kind::kAnchor:
      return IsOneOf(Name("anchor", condition.name, "string",
                          "'stated' once somebody has stated this instant."),
                     {"stated"});
    case Kind::kRegime:
      return IsOneOf(Name("regime", condition.name, "string",
                          "'yes' when the incident is decided under this law."),
                     {"yes"});
    case Kind::kObligation:
      return IsOneOf(
          Name("obligation", condition.name, "string", "'owed' when this notification is owed."),
          {"owed"});
    case Kind::kEntityKind:
      return IsOneOf(Name("entity", "kind", "string", "What the organisation is under a law."),
                     condition.values);
    case Kind::kDone:
      return IsOneOf(Name("step", condition.name, "string", "'done' once this step is done."),
                     {"done"});
    case Kind::kAllOf:
      return joined(" AND ");
    case Kind::kAnyOf:
      return joined(" OR ");
    case Kind::kNot:
      return Opposite(condition.parts.front());
  }
  return "";
}

}  // namespace tocsin::library::cacao
