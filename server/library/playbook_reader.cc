#include "server/library/playbook_reader.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "server/base/digest.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/view.h"
#include "server/base/vocabulary.h"
#include "server/library/fields.h"
#include "server/library/yaml.h"
#include "server/playbook/validate.h"

namespace tocsin::library {
namespace {

using playbook::Definition;
using playbook::EvidenceKind;
using playbook::Problem;
using playbook::Step;

constexpr char kFormat[] = "tocsin-playbook-v1";

template <typename Enum>
std::vector<std::pair<std::string, Enum>> Choices() {
  std::vector<std::pair<std::string, Enum>> choices;
  for (const std::string& text : AllTexts<Enum>()) {
    choices.emplace_back(text, ParseText<Enum>(text).value());
  }
  return choices;
}

std::vector<std::pair<std::string, EvidenceKind>> EvidenceChoices() {
  std::vector<std::pair<std::string, EvidenceKind>> choices;
  for (const std::string& text : playbook::EvidenceKindTexts()) {
    choices.emplace_back(text, playbook::ParseEvidenceKind(text).value());
  }
  return choices;
}

// The words a step may use, made once per file.
struct StepWords {
  std::vector<std::pair<std::string, Phase>> phases = Choices<Phase>();
  std::vector<std::pair<std::string, IncidentRole>> roles = Choices<IncidentRole>();
  std::vector<std::pair<std::string, EvidenceKind>> evidence = EvidenceChoices();
};

// "30m", "4h", "2d": a whole number and one unit; a day is 24 hours. Nullopt for anything else.
std::optional<absl::Duration> ParseDue(std::string_view text) {
  const bool has_digits =
      text.size() >= 2 && text.size() <= 7 &&
      std::all_of(text.begin(), text.end() - 1, [](char c) { return c >= '0' && c <= '9'; });
  int64_t amount = 0;
  if (!has_digits || !absl::SimpleAtoi(ToAbsl(text.substr(0, text.size() - 1)), &amount)) {
    return std::nullopt;
  }
  switch (text.back()) {
    case 'm':
      return absl::Minutes(amount);
    case 'h':
      return absl::Hours(amount);
    case 'd':
      return absl::Hours(24 * amount);
    default:
      return std::nullopt;
  }
}

absl::StatusOr<Step> ReadStep(std::string_view file, const YamlNode& node, const StepWords& words) {
  YamlMapReader reader(file, node, "a step");
  Step step;
  step.id = reader.Text("id");
  step.title = reader.Text("title");
  step.phase = reader.Word("phase", words.phases);
  step.role = reader.Word("role", words.roles);
  step.needs = reader.TextList("needs");
  if (const std::optional<std::string> due = reader.OptionalText("due")) {
    step.due_within = ParseDue(*due);
    if (!step.due_within) {
      reader.Refuse("due", absl::StrCat("'", *due, "' is not a due time such as 30m, 4h or 2d"));
    }
  }
  if (reader.Has("evidence")) step.evidence = reader.Word("evidence", words.evidence);
  step.mandatory = reader.Bool("mandatory", /*when_absent=*/false);
  step.references = reader.TextList("references");
  step.instructions = reader.Text("instructions");
  TOCSIN_RETURN_IF_ERROR(reader.Finish());
  return step;
}

const YamlNode* Child(const YamlNode& map, std::string_view key) {
  for (const YamlNode& child : map.children) {
    if (child.key == key) return &child;
  }
  return nullptr;
}

// The place in the file that a problem of the definition is about, as near as there is one.
const YamlNode& PlaceOf(const YamlNode& root, const Problem& problem) {
  const YamlNode* place = &root;
  if (problem.step) place = &Child(root, "steps")->children[*problem.step];
  const YamlNode* value = Child(*place, problem.key);
  if (value == nullptr) return *place;
  return problem.item ? value->children[*problem.item] : *value;
}

// Keeps the problem's own reason, which says more to a program than YAML_INVALID.
absl::Status WithPlace(std::string_view file, const YamlNode& place, const absl::Status& status) {
  return InvalidArgument(
      ReasonOf(status),
      absl::StrCat(ToAbsl(file), ":", place.line, ":", place.column, ": ", status.message()),
      NextStepOf(status));
}

}  // namespace

absl::StatusOr<Definition> ReadPlaybook(std::string_view file, std::string_view bytes) {
  TOCSIN_ASSIGN_OR_RETURN(const YamlNode root, ParseYaml(file, bytes));
  YamlMapReader reader(file, root, "the playbook");
  Definition definition;
  CheckFormat(reader, kFormat);
  definition.id = reader.Text("id");
  definition.title = reader.Text("title");
  definition.version = reader.Text("version");
  definition.summary = reader.Text("summary");
  definition.references = reader.TextList("references");
  if (const YamlNode* steps = reader.RequiredList("steps")) {
    const StepWords words;
    definition.steps.reserve(steps->children.size());
    for (const YamlNode& node : steps->children) {
      absl::StatusOr<Step> step = ReadStep(file, node, words);
      if (!step.ok()) {
        reader.Add(step.status());
        break;
      }
      definition.steps.push_back(*std::move(step));
    }
  }
  TOCSIN_RETURN_IF_ERROR(reader.Finish());
  definition.digest = Sha256(bytes);
  if (const std::optional<Problem> problem = playbook::FindProblem(definition)) {
    return WithPlace(file, PlaceOf(root, *problem), problem->status);
  }
  return definition;
}

}  // namespace tocsin::library
