#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "server/base/check.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/base/view.h"
#include "server/playbook/run.h"
#include "server/playbook/run_view.h"

namespace tocsin::playbook {
namespace {

constexpr size_t kSha256HexLength = 64;
// More names than this in one message do not help.
constexpr size_t kWaitedStepsShown = 10;

// absl's classifiers take unsigned characters.
unsigned char Unsigned(char c) {
  return static_cast<unsigned char>(c);
}

bool IsBlank(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return absl::ascii_isspace(Unsigned(c)); });
}

// A word such as https://host/path: a scheme, "://", and something behind it.
bool HasLink(std::string_view text) {
  for (const absl::string_view word :
       absl::StrSplit(ToAbsl(text), absl::ByAnyChar(" \t\n"), absl::SkipEmpty())) {
    const size_t colon = word.find("://");
    if (colon == absl::string_view::npos || colon + 3 >= word.size()) continue;
    if (colon > 0 && absl::ascii_isalpha(Unsigned(word[colon - 1]))) return true;
  }
  return false;
}

// A run of exactly 64 hexadecimal digits that is not part of a longer word.
bool HasSha256(std::string_view text) {
  size_t length = 0;
  bool all_hex = true;
  for (size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && absl::ascii_isalnum(Unsigned(text[i]))) {
      ++length;
      all_hex = all_hex && absl::ascii_isxdigit(Unsigned(text[i]));
      continue;
    }
    if (length == kSha256HexLength && all_hex) return true;
    length = 0;
    all_hex = true;
  }
  return false;
}

struct Wanted {
  std::string_view what;
  std::string_view next_step;
};

// What is missing of one kind; nullopt when `evidence` has it.
std::optional<Wanted> Missing(EvidenceKind kind, std::string_view evidence) {
  switch (kind) {
    case EvidenceKind::kNone:
    case EvidenceKind::kSecondPerson:
      return std::nullopt;
    case EvidenceKind::kNote:
      if (!IsBlank(evidence)) return std::nullopt;
      return Wanted{"a note", "Say in a few words what was done, decided or found."};
    case EvidenceKind::kLink:
      if (HasLink(evidence)) return std::nullopt;
      return Wanted{"a link",
                    "Give a link to where the result stands, such as https://wiki.example/scope."};
    case EvidenceKind::kFileHash:
      if (HasSha256(evidence)) return std::nullopt;
      return Wanted{
          "a file hash",
          "Give the SHA-256 (64 hexadecimal digits) of the file, for example from sha256sum."};
  }
  TOCSIN_CHECK(false);
  return std::nullopt;
}

absl::Status CheckEvidence(const Step& step, std::string_view evidence) {
  TOCSIN_RETURN_IF_ERROR(CheckText("The evidence", evidence, {.may_be_empty = true}));
  for (const EvidenceKind kind : step.evidence) {
    const std::optional<Wanted> wanted = Missing(kind, evidence);
    if (!wanted) continue;
    return InvalidArgument(
        "EVIDENCE_REQUIRED",
        absl::StrCat("Step '", step.id, "' asks for ", ToAbsl(wanted->what), " as evidence"),
        wanted->next_step);
  }
  return absl::OkStatus();
}

// "'a', 'b' and 3 more".
std::string Names(std::vector<std::string> names) {
  const size_t count = names.size();
  if (count > kWaitedStepsShown) names.resize(kWaitedStepsShown);
  return absl::StrCat(
      "'", absl::StrJoin(names, "', '"), "'",
      count > kWaitedStepsShown ? absl::StrCat(" and ", count - kWaitedStepsShown, " more") : "");
}

const std::string& IdOf(const Run& run, size_t step) {
  return run.definition->steps[step].id;
}

absl::Status CheckNotBlocked(const Run& run, size_t step) {
  const std::vector<std::string> waits_for = WaitsFor(run, step);
  if (waits_for.empty()) return absl::OkStatus();
  return FailedPrecondition(
      "STEP_BLOCKED", absl::StrCat("Step '", IdOf(run, step), "' waits for ", Names(waits_for)),
      "Complete what it waits for first, or skip that with a reason.");
}

absl::Status CheckNotDropped(const Run& run, size_t step) {
  if (run.steps[step].state != StepState::kNotTaken) return absl::OkStatus();
  const std::string& reason = run.steps[step].branch_reason;
  return FailedPrecondition(
      "STEP_NOT_TAKEN",
      absl::StrCat(
          "Step '", IdOf(run, step), "' is not taken: ",
          run.steps[step].branch == Branch::kNotTaken ? reason : "none of the steps it needs was"),
      "It is taken by itself when the facts change. What was done all the same belongs into the "
      "timeline.");
}

absl::Status CheckTaken(const Run& run, size_t step, const Facts& facts) {
  const StepState state = run.steps[step].state;
  if (state == StepState::kWaiting) {
    const Verdict verdict = Evaluate(*run.definition->steps[step].when, facts, FactsOf(run, facts));
    return FailedPrecondition(
        "STEP_WAITING",
        absl::StrCat("Whether step '", IdOf(run, step),
                     "' is to be done is open: ", verdict.because),
        "Answer the question or state the fact, or skip the step with a reason.");
  }
  return CheckNotDropped(run, step);
}

absl::Status CheckIsNoRun(const Run& run, size_t step) {
  const std::string& playbook = run.definition->steps[step].playbook;
  if (playbook.empty()) return absl::OkStatus();
  const std::optional<RunId>& sub_run = run.steps[step].sub_run;
  return FailedPrecondition("STEP_IS_RUN",
                            absl::StrCat("Step '", IdOf(run, step), "' is the playbook ", playbook,
                                         sub_run ? absl::StrCat(", ", sub_run->ToString()) : "",
                                         "; it is done when that is finished"),
                            "Do the steps of that run, or skip this one with a reason.");
}

absl::Status CheckQuestions(const Run& run, size_t step, const Facts& facts) {
  const std::vector<std::string> open = OpenQuestions(run, step, facts);
  if (open.empty()) return absl::OkStatus();
  const Question& first = *run.graph->FindQuestion(open.front())->question;
  return FailedPrecondition(
      "QUESTIONS_OPEN",
      absl::StrCat("Step '", IdOf(run, step), "' has questions without an answer: ", Names(open)),
      absl::StrCat("Answer each: tocsin playbook answer ", IdOf(run, step), " ", first.id, "=… (",
                   AllowedAnswers(first), ")."));
}

absl::Status CheckSecondPerson(const Run& run, size_t step, const PrincipalId& by) {
  const StepProgress& progress = run.steps[step];
  if (progress.state != StepState::kConfirming || progress.completed_by != by) {
    return absl::OkStatus();
  }
  return FailedPrecondition(
      "SECOND_PERSON_REQUIRED",
      absl::StrCat("Step '", IdOf(run, step),
                   "' was completed by you; a second person is to "
                   "confirm it"),
      absl::StrCat("Ask somebody else to look and to say: tocsin playbook done ", IdOf(run, step),
                   "."));
}

absl::Status CheckNotDone(const Run& run, size_t step) {
  if (run.steps[step].state != StepState::kDone) return absl::OkStatus();
  return FailedPrecondition(
      "STEP_ALREADY_DONE", absl::StrCat("Step '", IdOf(run, step), "' is already done"),
      "If something has to be added or put right, record it in the timeline.");
}

absl::Status CheckNotSkipped(const Run& run, size_t step) {
  if (run.steps[step].state != StepState::kSkipped) return absl::OkStatus();
  return FailedPrecondition("STEP_ALREADY_SKIPPED",
                            absl::StrCat("Step '", IdOf(run, step), "' was already skipped"),
                            "If it has to be done after all, complete it.");
}

}  // namespace

absl::Status CheckComplete(const Run& run, std::string_view step_id, const PrincipalId& by,
                           std::string_view evidence, const Facts& facts) {
  TOCSIN_ASSIGN_OR_RETURN(const size_t step, FindStep(run, step_id));
  TOCSIN_RETURN_IF_ERROR(CheckNotDone(run, step));
  TOCSIN_RETURN_IF_ERROR(CheckNotBlocked(run, step));
  TOCSIN_RETURN_IF_ERROR(CheckTaken(run, step, facts));
  TOCSIN_RETURN_IF_ERROR(CheckIsNoRun(run, step));
  if (run.steps[step].state == StepState::kConfirming) {
    TOCSIN_RETURN_IF_ERROR(CheckSecondPerson(run, step, by));
    return CheckText("The evidence", evidence, {.may_be_empty = true});
  }
  TOCSIN_RETURN_IF_ERROR(CheckQuestions(run, step, facts));
  return CheckEvidence(run.definition->steps[step], evidence);
}

absl::Status CheckSkip(const Run& run, std::string_view step_id, std::string_view reason) {
  TOCSIN_ASSIGN_OR_RETURN(const size_t step, FindStep(run, step_id));
  TOCSIN_RETURN_IF_ERROR(CheckNotDone(run, step));
  TOCSIN_RETURN_IF_ERROR(CheckNotSkipped(run, step));
  TOCSIN_RETURN_IF_ERROR(CheckNotDropped(run, step));
  if (IsBlank(reason)) {
    return InvalidArgument("SKIP_REASON_REQUIRED",
                           absl::StrCat("Skipping step ", QuotedId(step_id), " needs a reason"),
                           "Say why the step is not needed or not possible here.");
  }
  return CheckText("The reason", reason);
}

absl::Status CheckAssign(const Run& run, std::string_view step_id) {
  TOCSIN_ASSIGN_OR_RETURN(const size_t step, FindStep(run, step_id));
  TOCSIN_RETURN_IF_ERROR(CheckNotDone(run, step));
  TOCSIN_RETURN_IF_ERROR(CheckNotSkipped(run, step));
  return CheckNotDropped(run, step);
}

absl::StatusOr<std::string> CheckAnswerTo(const Run& run, std::string_view step_id,
                                          std::string_view question, std::string_view answer) {
  TOCSIN_ASSIGN_OR_RETURN(const size_t step, FindStep(run, step_id));
  std::vector<std::string> ids;
  for (const Question& asked : run.definition->steps[step].questions) {
    if (asked.id == question) return CheckAnswer(asked, answer);
    ids.push_back(asked.id);
  }
  const std::string nearest = IsIdForm(question) ? NearestWord(question, ids) : "";
  return NotFound("UNKNOWN_QUESTION",
                  absl::StrCat("Step '", IdOf(run, step), "' has no question ", QuotedId(question)),
                  !nearest.empty() ? absl::StrCat("Did you mean '", nearest, "'?")
                  : ids.empty()    ? "It asks nothing. See tocsin playbook status."
                                   : absl::StrCat("It asks: ", absl::StrJoin(ids, ", "), "."));
}

}  // namespace tocsin::playbook
