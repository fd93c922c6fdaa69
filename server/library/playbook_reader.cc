#include "server/library/playbook_reader.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/base/digest.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/view.h"
#include "server/library/fields.h"
#include "server/library/json.h"
#include "server/library/playbook_words.h"

namespace tocsin::library {
namespace {

using playbook::Definition;
using playbook::Due;
using playbook::EvidenceKind;
using playbook::Problem;
using playbook::Question;
using playbook::QuestionType;
using playbook::Step;

constexpr char kFormat[] = "tocsin-playbook-v1";

template <typename Enum>
std::vector<std::pair<std::string, Enum>> ChoicesOf(const std::vector<std::string>& texts,
                                                    Enum (*parse)(std::string_view)) {
  std::vector<std::pair<std::string, Enum>> choices;
  for (const std::string& text : texts) choices.emplace_back(text, parse(text));
  return choices;
}

// The words a step may use, made once per file.
struct StepWords {
  std::vector<std::pair<std::string, Phase>> phases = Choices<Phase>();
  std::vector<std::pair<std::string, IncidentRole>> roles = Choices<IncidentRole>();
  std::vector<std::pair<std::string, QuestionType>> types = ChoicesOf<QuestionType>(
      playbook::QuestionTypeTexts(),
      [](std::string_view text) { return *playbook::ParseQuestionType(text); });
};

using Problems = std::vector<absl::Status>;

void Append(Problems& to, Problems from) {
  for (absl::Status& status : from) to.push_back(std::move(status));
}

Due ReadDueMap(std::string_view file, const YamlNode& node, Problems& problems) {
  YamlMapReader reader(file, node, "a due time");
  Due due;
  if (!reader.Has("within")) static_cast<void>(reader.Text("within"));
  due.within = SpanOf(reader, "within");
  const std::string from = reader.OptionalText("from").value_or("run");
  if (from == "step") {
    due.from = Due::From::kStep;
  } else if (from != "run") {
    due.from = Due::From::kAnchor;
    due.anchor = from;
  }
  if (reader.Any("remind") != nullptr) due.remind = SpanOf(reader, "remind");
  Append(problems, reader.FinishAll());
  return due;
}

std::optional<Due> ReadDue(std::string_view file, YamlMapReader& step, Problems& problems) {
  const YamlNode* node = step.Any("due");
  if (node == nullptr) return std::nullopt;
  if (node->kind == YamlKind::kMap) return ReadDueMap(file, *node, problems);
  return Due{.within = SpanOf(step, "due")};
}

std::vector<EvidenceKind> ReadEvidence(YamlMapReader& step) {
  std::vector<EvidenceKind> kinds;
  const std::vector<std::string> words = step.TextOrList("evidence");
  for (const std::string& word : words) {
    const absl::StatusOr<EvidenceKind> kind = playbook::ParseEvidenceKind(word);
    if (!kind.ok()) {
      step.Refuse("evidence",
                  absl::StrCat(kind.status().message(), ". ", NextStepOf(kind.status())));
    } else if (*kind != EvidenceKind::kNone) {
      kinds.push_back(*kind);
    } else if (words.size() > 1) {
      step.Refuse("evidence", "none stands alone");
    }
  }
  return kinds;
}

Question ReadQuestion(std::string_view file, const YamlNode& node, const StepWords& words,
                      Problems& problems) {
  constexpr int64_t kNumberMax = std::numeric_limits<int32_t>::max() * int64_t{1'000'000};
  YamlMapReader reader(file, node, "a question");
  Question question;
  question.id = reader.Text("id");
  question.ask = reader.Text("ask");
  question.type = reader.Word("type", words.types);
  question.choices = reader.TextList("choices");
  question.min = reader.OptionalInteger("min", -kNumberMax, kNumberMax);
  question.max = reader.OptionalInteger("max", -kNumberMax, kNumberMax);
  question.fact = reader.OptionalText("fact").value_or("");
  question.anchor = reader.OptionalText("anchor").value_or("");
  question.optional = reader.Bool("optional", /*when_absent=*/false);
  Append(problems, reader.FinishAll());
  return question;
}

playbook::Repeat ReadRepeat(std::string_view file, const YamlNode& node, Problems& problems) {
  YamlMapReader reader(file, node, "a repetition");
  playbook::Repeat repeat;
  if (!reader.Has("every")) static_cast<void>(reader.Text("every"));
  repeat.every = SpanOf(reader, "every");
  Problems inside;
  if (const YamlNode* until = reader.RequiredMap("until")) {
    repeat.until = ReadCondition(file, *until, inside);
  }
  Append(problems, reader.FinishAll());
  Append(problems, std::move(inside));
  return repeat;
}

Step ReadStep(std::string_view file, const YamlNode& node, const StepWords& words,
              Problems& problems) {
  YamlMapReader reader(file, node, "a step");
  Problems inside;
  Step step;
  step.id = reader.Text("id");
  step.title = reader.Text("title");
  step.phase = reader.Word("phase", words.phases);
  step.role = reader.Word("role", words.roles);
  step.needs = reader.TextList("needs");
  if (const YamlNode* when = reader.Map("when")) step.when = ReadCondition(file, *when, inside);
  if (const YamlNode* questions = reader.List("questions")) {
    for (const YamlNode& question : questions->children) {
      step.questions.push_back(ReadQuestion(file, question, words, inside));
    }
  }
  step.due = ReadDue(file, reader, inside);
  step.evidence = ReadEvidence(reader);
  step.mandatory = reader.Bool("mandatory", /*when_absent=*/false);
  if (const YamlNode* repeat = reader.Map("repeat")) {
    step.repeat = ReadRepeat(file, *repeat, inside);
  }
  step.playbook = reader.OptionalText("playbook").value_or("");
  step.references = reader.TextList("references");
  step.instructions = reader.Text("instructions");
  Append(problems, reader.FinishAll());
  Append(problems, std::move(inside));
  return step;
}

// The CACAO playbook that a playbook came from. It is only given back, so any JSON map will do.
std::string ReadCacao(YamlMapReader& reader) {
  std::string text = reader.OptionalText("cacao").value_or("");
  if (text.empty()) return text;
  const absl::StatusOr<JsonValue> json = ParseJson("cacao", text);
  if (!json.ok()) {
    reader.Refuse("cacao", ToStd(json.status().message()));
  } else if (!json->is_map()) {
    reader.Refuse("cacao", "this is no CACAO playbook");
  }
  return text;
}

// What was read, with what was wrong: of the header, and of each step.
struct Reading {
  Definition definition;
  Problems header;
  std::map<size_t, Problems> steps;
};

Reading ReadAll(std::string_view file, std::string_view bytes, const YamlNode& root) {
  YamlMapReader reader(file, root, "the playbook");
  Reading reading;
  Definition& definition = reading.definition;
  CheckFormat(reader, kFormat);
  definition.id = reader.Text("id");
  definition.title = reader.Text("title");
  definition.version = reader.Text("version");
  definition.summary = reader.Text("summary");
  definition.references = reader.TextList("references");
  definition.cacao = ReadCacao(reader);
  definition.digest = Sha256(bytes);
  if (const YamlNode* steps = reader.RequiredList("steps")) {
    const StepWords words;
    definition.steps.reserve(steps->children.size());
    for (const YamlNode& node : steps->children) {
      Problems problems;
      definition.steps.push_back(ReadStep(file, node, words, problems));
      if (!problems.empty()) reading.steps[definition.steps.size() - 1] = std::move(problems);
    }
  }
  reading.header = reader.FinishAll();
  return reading;
}

// The place in the file that `path` names, as near as there is one.
const YamlNode& PlaceOf(const YamlNode& root, const playbook::Path& path) {
  const YamlNode* place = &root;
  for (const auto& part : path) {
    const YamlNode* next = nullptr;
    if (const auto* key = std::get_if<std::string>(&part)) {
      for (const YamlNode& child : place->children) {
        if (child.key == *key) next = &child;
      }
    } else if (const size_t position = std::get<size_t>(part); position < place->children.size()) {
      next = &place->children[position];
    }
    if (next == nullptr) break;
    place = next;
  }
  return *place;
}

// Keeps the problem's own reason, which says more to a program than YAML_INVALID.
absl::Status WithPlace(std::string_view file, const YamlNode& place, const absl::Status& status) {
  return InvalidArgument(
      ReasonOf(status),
      absl::StrCat(ToAbsl(file), ":", place.line, ":", place.column, ": ", status.message()),
      NextStepOf(status));
}

std::optional<size_t> StepOf(const playbook::Path& path) {
  if (path.size() < 2 || !std::holds_alternative<size_t>(path[1])) return std::nullopt;
  return std::get<size_t>(path[1]);
}

// Where a message of this file points to.
std::pair<int, int> PlaceIn(std::string_view file, const absl::Status& status) {
  const std::string_view message = ToStd(status.message());
  const std::vector<std::string> parts = absl::StrSplit(
      ToAbsl(message.substr(std::min(message.size(), file.size() + 1))), absl::MaxSplits(':', 2));
  int line = 0;
  int column = 0;
  if (parts.size() < 3 || !absl::SimpleAtoi(parts[0], &line) ||
      !absl::SimpleAtoi(parts[1], &column)) {
    return {0, 0};
  }
  return {line, column};
}

// What follows from a value that could not be read is not said again; a name that is wrong is.
bool IsWorthSaying(const Problem& problem, const Reading& reading) {
  const std::optional<size_t> step = StepOf(problem.path);
  const bool was_read = step ? !reading.steps.contains(*step) : reading.header.empty();
  const std::string reason = ReasonOf(problem.status);
  return was_read || absl::StartsWith(reason, "UNKNOWN_") || absl::StartsWith(reason, "DUPLICATE_");
}

Problems AllProblems(std::string_view file, const YamlNode& root, const Reading& reading,
                     const playbook::Words* words) {
  Problems all = reading.header;
  for (const auto& [step, problems] : reading.steps) Append(all, problems);
  for (const Problem& problem : playbook::FindProblems(reading.definition, words)) {
    if (!IsWorthSaying(problem, reading)) continue;
    all.push_back(WithPlace(file, PlaceOf(root, problem.path), problem.status));
  }
  return all;
}

}  // namespace

absl::StatusOr<Definition> ReadPlaybook(std::string_view file, std::string_view bytes) {
  TOCSIN_ASSIGN_OR_RETURN(const YamlNode root, ParseYaml(file, bytes, kPlaybookLimits));
  Reading reading = ReadAll(file, bytes, root);
  const Problems problems = AllProblems(file, root, reading, /*words=*/nullptr);
  if (!problems.empty()) return problems.front();
  return std::move(reading.definition);
}

LintedPlaybook LintPlaybook(std::string_view file, std::string_view bytes,
                            const playbook::Words& words) {
  LintedPlaybook linted;
  const absl::StatusOr<YamlNode> root = ParseYaml(file, bytes, kPlaybookLimits);
  if (!root.ok()) {
    linted.problems.push_back(root.status());
    return linted;
  }
  Reading reading = ReadAll(file, bytes, *root);
  linted.problems = AllProblems(file, *root, reading, &words);
  std::stable_sort(linted.problems.begin(), linted.problems.end(),
                   [&](const absl::Status& a, const absl::Status& b) {
                     return PlaceIn(file, a) < PlaceIn(file, b);
                   });
  if (linted.problems.size() > playbook::kProblemsMax) {
    linted.problems.resize(playbook::kProblemsMax);
  }
  if (linted.problems.empty()) linted.definition = std::move(reading.definition);
  return linted;
}

}  // namespace tocsin::library
