// From CACAO to our format: texts, questions and due times on top of the order that cacao_flow.cc
// finds.
#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/error.h"
#include "server/base/view.h"
#include "server/library/cacao.h"
#include "server/library/cacao_flow.h"
#include "server/library/cacao_native.h"
#include "server/library/cacao_text.h"
#include "server/library/cacao_ways.h"
#include "server/library/playbook_reader.h"
#include "server/library/playbook_writer.h"
#include "server/playbook/validate.h"

namespace tocsin::library {
namespace {

using cacao::Findings;
using cacao::StepType;
using cacao::Task;
using playbook::Definition;

// How often somebody is asked whether a loop goes on. CACAO does not say.
constexpr absl::Duration kLoopEvery = absl::Minutes(30);

// Phases are for reading; the first type of the playbook that we know says it for all steps.
Phase PhaseOf(const JsonValue& root) {
  constexpr std::pair<std::string_view, Phase> kPhases[] = {
      {"detection", Phase::kTriage},
      {"investigation", Phase::kInvestigation},
      {"mitigation", Phase::kContainment},
      {"prevention", Phase::kContainment},
      {"remediation", Phase::kEradication}};
  const JsonValue* types = root.Find("playbook_types");
  if (types == nullptr) return Phase::kInvestigation;
  for (const JsonValue& type : types->children) {
    for (const auto& [word, phase] : kPhases) {
      if (type.text == word) return phase;
    }
  }
  return Phase::kInvestigation;
}

// "2025.01.21.141423": it rises with every change that the author dates.
std::string VersionOf(std::string_view modified) {
  absl::Time time;
  if (!absl::ParseTime(absl::RFC3339_full, ToAbsl(modified), &time, nullptr)) return "1.0";
  return absl::FormatTime("%Y.%m.%d.%H%M%S", time, absl::UTCTimeZone());
}

std::string SummaryOf(const JsonValue& root) {
  std::string summary(root.TextOf("description"));
  if (summary.empty()) summary = std::string(root.TextOf("name"));
  const std::string_view from = root.TextOf("valid_from");
  const std::string_view until = root.TextOf("valid_until");
  if (!from.empty()) absl::StrAppend(&summary, "\nValid from ", ToAbsl(from), ".");
  if (!until.empty()) absl::StrAppend(&summary, "\nValid until ", ToAbsl(until), ".");
  return summary;
}

class Importer {
 public:
  Importer(const JsonValue& root, const cacao::Workflow& workflow, const PlaybookOf& playbook_of,
           Findings& findings)
      : root_(root),
        workflow_(workflow),
        playbook_of_(playbook_of),
        findings_(findings),
        names_(root),
        phase_(PhaseOf(root)) {}

  Definition Read(std::string_view id);

 private:
  const cacao::Step& StepOf(const Task& task) const { return workflow_.steps[task.step]; }
  void AddStep(const Task& task);
  void FillAction(const Task& task, playbook::Step& step);
  void FillPlaybook(const Task& task, playbook::Step& step);
  void FillDecision(const Task& task, playbook::Step& step);
  void FillLoop(const Task& task, playbook::Step& step);
  void FillOutcome(const Task& task, playbook::Step& step);
  std::string QuestionId(std::string_view variable);
  void AddProblems();

  const JsonValue& root_;
  const cacao::Workflow& workflow_;
  const PlaybookOf& playbook_of_;
  Findings& findings_;
  const cacao::Names names_;
  const Phase phase_;
  std::vector<Task> tasks_;
  absl::flat_hash_set<std::string> question_ids_;
  Definition definition_;
};

std::string Join(std::string_view before, std::string_view after) {
  return absl::StrCat(ToAbsl(before), before.empty() ? "" : "\n\n", ToAbsl(after));
}

playbook::Question YesNo(const std::string& id, std::string ask) {
  playbook::Question question;
  question.id = id;
  question.ask = std::move(ask);
  question.type = playbook::QuestionType::kYesNo;
  return question;
}

// Two steps may give back the same variable; each of them asks for it.
std::string Importer::QuestionId(std::string_view variable) {
  std::string slug = cacao::Slug(variable.substr(std::min<size_t>(2, variable.size())));
  if (slug.empty()) slug = "value";
  std::string id = slug;
  for (size_t i = 2; !question_ids_.insert(id).second; ++i) id = absl::StrCat(slug, "-", i);
  return id;
}

void Importer::FillAction(const Task& task, playbook::Step& step) {
  const JsonValue& json = *StepOf(task).json;
  if (!task.question.empty()) {
    step.questions.push_back(YesNo(task.question, "Did it work?"));
  }
  if (const JsonValue* out = json.Find("out_args")) {
    for (const JsonValue& variable : out->children) {
      step.questions.push_back(names_.Asking(json, variable.text));
      step.questions.back().id = QuestionId(variable.text);
    }
  }
}

void Importer::FillPlaybook(const Task& task, playbook::Step& step) {
  const JsonValue& json = *StepOf(task).json;
  const std::string_view wanted = json.TextOf("playbook_id");
  step.playbook = playbook_of_(wanted);
  if (step.playbook.empty()) {
    findings_.Add("UNKNOWN_PLAYBOOK", StepOf(task).pointer() + "/playbook_id",
                  absl::StrCat("the library has no playbook ", ToAbsl(wanted)),
                  "Import that playbook first, and put it into the library.");
  }
  step.instructions = Join(step.instructions,
                           absl::StrCat("The playbook ", step.playbook,
                                        " goes on beside this one; this step is done when it is."));
}

void Importer::FillDecision(const Task& task, playbook::Step& step) {
  const JsonValue& json = *StepOf(task).json;
  playbook::Question question = YesNo(task.question, "Does the condition hold?");
  if (StepOf(task).type == StepType::kIf) {
    step.instructions =
        Join(step.instructions, absl::StrCat("Find out whether this holds:\n\n    ",
                                             cacao::Flat(json.TextOf("condition")),
                                             "\n\nAnswer yes when it holds, no when it does not."));
  } else {
    question.type = playbook::QuestionType::kChoice;
    question.ask = "Which case is it?";
    question.choices = task.answers;
    step.instructions = Join(step.instructions,
                             absl::StrCat("Find out which value this has, and answer with the case "
                                          "that is it:\n\n    ",
                                          cacao::Flat(json.TextOf("switch"))));
  }
  step.questions.push_back(std::move(question));
}

void Importer::FillLoop(const Task& task, playbook::Step& step) {
  const JsonValue& json = *StepOf(task).json;
  step.questions.push_back(YesNo(task.question, "Does the condition still hold?"));
  step.repeat = playbook::Repeat{kLoopEvery, cacao::AnswerIs(task.question, {"no"})};
  step.evidence = {playbook::EvidenceKind::kNote};
  step.instructions =
      Join(step.instructions,
           absl::StrCat(
               "As long as this holds, the steps of this loop are done again and again:\n\n    ",
               cacao::Flat(json.TextOf("condition")),
               "\n\nAnswer yes when it holds: the steps of the loop can then be done. After "
               "each time through them, complete this step with a note of what was done. "
               "Answer no as soon as it does not hold; that ends the loop."));
}

void Importer::FillOutcome(const Task& task, playbook::Step& step) {
  const std::string of = cacao::OneLine(StepOf(task).json->TextOf("name"));
  step.title = cacao::OneLine(absl::StrCat("Say the outcome of ", of.empty() ? task.id : of));
  step.instructions = "What goes on depends on whether this succeeded. Look, and answer.";
  step.questions.push_back(YesNo(task.question, "Did it succeed?"));
}

void Importer::AddStep(const Task& task) {
  const JsonValue& json = *StepOf(task).json;
  playbook::Step step;
  step.id = task.id;
  step.title = cacao::OneLine(json.TextOf("name"));
  if (step.title.empty()) step.title = absl::StrCat("Step ", task.id);
  step.phase = phase_;
  step.needs = task.needs;
  step.when = task.when;
  if (task.kind == Task::Kind::kOutcome) {
    FillOutcome(task, step);
    definition_.steps.push_back(std::move(step));
    return;
  }
  step.instructions = names_.Instructions(json);
  step.references = cacao::ReferenceLines(json);
  // Our shortest span is a minute.
  const absl::Duration timeout = absl::Milliseconds(cacao::Milliseconds(json, "timeout"));
  if (timeout > absl::ZeroDuration()) {
    step.due = playbook::Due{.within = absl::Ceil(timeout, absl::Minutes(1)),
                             .from = playbook::Due::From::kStep};
  }
  switch (task.kind) {
    case Task::Kind::kAction:
      FillAction(task, step);
      break;
    case Task::Kind::kPlaybook:
      FillPlaybook(task, step);
      break;
    case Task::Kind::kDecision:
      FillDecision(task, step);
      break;
    case Task::Kind::kLoop:
      FillLoop(task, step);
      break;
    case Task::Kind::kOutcome:
      break;
  }
  definition_.steps.push_back(std::move(step));
}

// What our own rules refuse, where it stands in the JSON.
void Importer::AddProblems() {
  const std::pair<std::string_view, std::string_view> members[] = {
      {"title", "/name"}, {"summary", "/description"}, {"references", "/external_references"}};
  for (const playbook::Problem& problem : playbook::FindProblems(definition_)) {
    std::string pointer;
    if (problem.path.size() >= 2 && std::holds_alternative<size_t>(problem.path[1])) {
      const size_t index = std::get<size_t>(problem.path[1]);
      if (index < tasks_.size()) pointer = StepOf(tasks_[index]).pointer();
    } else if (!problem.path.empty()) {
      for (const auto& [ours, theirs] : members) {
        const auto* key = std::get_if<std::string>(&problem.path[0]);
        if (key != nullptr && *key == ours) pointer = std::string(theirs);
      }
    }
    findings_.Add(ReasonOf(problem.status), pointer, ToStd(problem.status.message()),
                  NextStepOf(problem.status));
  }
}

Definition Importer::Read(std::string_view id) {
  definition_.id = id.empty() ? cacao::Slug(root_.TextOf("name")) : std::string(id);
  if (definition_.id.empty()) definition_.id = "imported";
  definition_.title = cacao::OneLine(root_.TextOf("name"));
  definition_.version = VersionOf(root_.TextOf("modified"));
  definition_.summary = SummaryOf(root_);
  definition_.references = cacao::ReferenceLines(root_);
  definition_.cacao = WriteJson(root_, /*levels=*/2);
  tasks_ = cacao::PlanTasks(workflow_, findings_);
  for (const Task& task : tasks_) {
    if (!task.question.empty()) question_ids_.insert(task.question);
  }
  if (tasks_.empty() && findings_.none()) {
    findings_.Add("NO_STEPS", "/workflow", "no step of the workflow is work to be done",
                  "Add at least one action.");
  }
  if (!findings_.none()) return {};
  for (const Task& task : tasks_) AddStep(task);
  if (findings_.none()) AddProblems();
  return std::move(definition_);
}

ImportedPlaybook Refused(Findings& findings) {
  ImportedPlaybook refused;
  refused.problems = findings.Take();
  return refused;
}

}  // namespace

ImportedPlaybook ImportCacao(std::string_view file, std::string_view bytes, std::string_view id,
                             const PlaybookOf& playbook_of) {
  const absl::StatusOr<JsonValue> root = ParseJson(file, bytes);
  if (!root.ok()) return {.problems = {root.status()}};
  Findings findings(file);
  cacao::CheckForm(*root, findings);
  if (!findings.none()) return Refused(findings);
  if (std::optional<ImportedPlaybook> native = cacao::ReadNative(*root, playbook_of);
      native && (id.empty() || id == native->definition->id)) {
    return *std::move(native);
  }
  const cacao::Workflow workflow = cacao::ReadWorkflow(*root, findings);
  if (findings.none()) cacao::CheckReach(workflow, *root, findings);
  if (!findings.none()) return Refused(findings);
  Definition definition = Importer(*root, workflow, playbook_of, findings).Read(id);
  if (!findings.none()) return Refused(findings);

  ImportedPlaybook imported;
  imported.yaml = WritePlaybook(
      definition, absl::StrCat("Imported from CACAO 2.0, ", ToAbsl(root->TextOf("id")), "."));
  absl::StatusOr<Definition> read = ReadPlaybook(definition.id + ".yaml", imported.yaml);
  if (read.ok()) definition.digest = read->digest;
  // Read back before it is given out: nothing is lost on the way into the file.
  if (!read.ok() || *read != definition) {
    findings.Add(cacao::kNotSupported, "",
                 read.ok() ? "a text in it cannot be written into a playbook file"
                           : absl::StrCat("the playbook that it makes is refused: ",
                                          read.status().message()),
                 "Split the playbook, or take out unusual characters.");
    return Refused(findings);
  }
  imported.definition = *std::move(read);
  return imported;
}

}  // namespace tocsin::library
