#include "server/playbook/run.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "server/base/check.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/base/view.h"

namespace tocsin::playbook {
namespace {

constexpr std::string_view kRunPrefix = "run-";
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

absl::Status CheckEvidence(const Step& step, std::string_view evidence) {
  TOCSIN_RETURN_IF_ERROR(CheckText("The evidence", evidence, {.may_be_empty = true}));
  std::string_view what;
  std::string_view next_step;
  switch (step.evidence) {
    case EvidenceKind::kNone:
      return absl::OkStatus();
    case EvidenceKind::kNote:
      if (!IsBlank(evidence)) return absl::OkStatus();
      what = "a note";
      next_step = "Say in a few words what was done, decided or found.";
      break;
    case EvidenceKind::kLink:
      if (HasLink(evidence)) return absl::OkStatus();
      what = "a link";
      next_step = "Give a link to where the result stands, such as https://wiki.example/scope.";
      break;
    case EvidenceKind::kFileHash:
      if (HasSha256(evidence)) return absl::OkStatus();
      what = "a file hash";
      next_step =
          "Give the SHA-256 (64 hexadecimal digits) of the file, for example from sha256sum.";
      break;
  }
  return InvalidArgument(
      "EVIDENCE_REQUIRED",
      absl::StrCat("Step '", step.id, "' asks for ", ToAbsl(what), " as evidence"), next_step);
}

absl::Status CheckNotBlocked(const Run& run, size_t step) {
  std::vector<std::string> waits_for = WaitsFor(run, step);
  if (waits_for.empty()) return absl::OkStatus();
  const size_t count = waits_for.size();
  if (count > kWaitedStepsShown) waits_for.resize(kWaitedStepsShown);
  const std::string names = absl::StrCat(
      "'", absl::StrJoin(waits_for, "', '"), "'",
      count > kWaitedStepsShown ? absl::StrCat(" and ", count - kWaitedStepsShown, " more") : "");
  return FailedPrecondition(
      "STEP_BLOCKED", absl::StrCat("Step '", run.definition->steps[step].id, "' waits for ", names),
      "Complete what it waits for first, or skip that with a reason.");
}

absl::Status CheckNotDone(const Run& run, size_t step) {
  if (run.steps[step].state != StepState::kDone) return absl::OkStatus();
  return FailedPrecondition(
      "STEP_ALREADY_DONE",
      absl::StrCat("Step '", run.definition->steps[step].id, "' is already done"),
      "If something has to be added or put right, record it in the timeline.");
}

absl::Status CheckNotSkipped(const Run& run, size_t step) {
  if (run.steps[step].state != StepState::kSkipped) return absl::OkStatus();
  return FailedPrecondition(
      "STEP_ALREADY_SKIPPED",
      absl::StrCat("Step '", run.definition->steps[step].id, "' was already skipped"),
      "If it has to be done after all, complete it.");
}

size_t IndexOf(const Run& run, std::string_view step_id) {
  const std::optional<size_t> index = run.graph->Find(step_id);
  TOCSIN_CHECK(index.has_value());
  return *index;
}

void Settle(Run& run, size_t step, StepState state, Settlement settlement) {
  StepProgress& progress = run.steps[step];
  progress.state = state;
  progress.settled_by = settlement.by;
  progress.settled_time = settlement.time;
  for (const size_t dependent : run.graph->dependents(step)) {
    StepProgress& waiting = run.steps[dependent];
    if (waiting.state != StepState::kBlocked) continue;
    const std::vector<size_t>& needs = run.graph->needs(dependent);
    const bool free = std::all_of(needs.begin(), needs.end(),
                                  [&](size_t need) { return IsSettled(run.steps[need].state); });
    if (free) waiting.state = StepState::kReady;
  }
}

}  // namespace

std::string RunId::ToString() const {
  return absl::StrCat(ToAbsl(kRunPrefix), number);
}

std::optional<RunId> RunId::Parse(std::string_view text) {
  if (text.substr(0, kRunPrefix.size()) != kRunPrefix) return std::nullopt;
  RunId id;
  if (!absl::SimpleAtoi(ToAbsl(text.substr(kRunPrefix.size())), &id.number)) return std::nullopt;
  // One text form per run: no zero, sign, space or leading zero.
  if (id.number == 0 || id.ToString() != text) return std::nullopt;
  return id;
}

std::string_view ToText(StepState state) {
  switch (state) {
    case StepState::kBlocked:
      return "blocked";
    case StepState::kReady:
      return "ready";
    case StepState::kDone:
      return "done";
    case StepState::kSkipped:
      return "skipped";
  }
  TOCSIN_CHECK(false);
  return {};
}

Run StartRun(RunId id, std::shared_ptr<const Definition> definition, absl::Time start_time) {
  TOCSIN_CHECK(definition != nullptr);
  Run run{.id = id,
          .definition = definition,
          .graph = std::make_shared<const Graph>(*definition),
          .start_time = start_time,
          .steps = std::vector<StepProgress>(definition->steps.size())};
  for (size_t i = 0; i < run.steps.size(); ++i) {
    if (!run.graph->needs(i).empty()) run.steps[i].state = StepState::kBlocked;
  }
  return run;
}

absl::StatusOr<size_t> FindStep(const Run& run, std::string_view step_id) {
  if (const std::optional<size_t> index = run.graph->Find(step_id)) return *index;
  std::string nearest;
  if (IsIdForm(step_id)) {
    std::vector<std::string> ids;
    ids.reserve(run.definition->steps.size());
    for (const Step& step : run.definition->steps) ids.push_back(step.id);
    nearest = NearestWord(step_id, ids);
  }
  return NotFound(
      "UNKNOWN_STEP",
      absl::StrCat("The playbook '", run.definition->id, "' has no step ", QuotedId(step_id)),
      nearest.empty() ? "Look up the step's id in the playbook."
                      : absl::StrCat("Did you mean '", nearest, "'?"));
}

absl::Status CheckComplete(const Run& run, std::string_view step_id, std::string_view evidence) {
  TOCSIN_ASSIGN_OR_RETURN(const size_t step, FindStep(run, step_id));
  TOCSIN_RETURN_IF_ERROR(CheckNotDone(run, step));
  TOCSIN_RETURN_IF_ERROR(CheckNotBlocked(run, step));
  return CheckEvidence(run.definition->steps[step], evidence);
}

absl::Status CheckSkip(const Run& run, std::string_view step_id, std::string_view reason) {
  TOCSIN_ASSIGN_OR_RETURN(const size_t step, FindStep(run, step_id));
  TOCSIN_RETURN_IF_ERROR(CheckNotDone(run, step));
  TOCSIN_RETURN_IF_ERROR(CheckNotSkipped(run, step));
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
  return CheckNotSkipped(run, step);
}

void ApplyDone(Run& run, std::string_view step_id, Settlement settlement, std::string evidence) {
  const size_t step = IndexOf(run, step_id);
  run.steps[step].evidence = std::move(evidence);
  Settle(run, step, StepState::kDone, settlement);
}

void ApplySkipped(Run& run, std::string_view step_id, Settlement settlement, std::string reason) {
  const size_t step = IndexOf(run, step_id);
  run.steps[step].skip_reason = std::move(reason);
  Settle(run, step, StepState::kSkipped, settlement);
}

void ApplyAssigned(Run& run, std::string_view step_id, std::optional<PrincipalId> assignee) {
  run.steps[IndexOf(run, step_id)].assignee = assignee;
}

std::vector<size_t> NextSteps(const Run& run) {
  std::vector<size_t> next;
  for (size_t i = 0; i < run.steps.size(); ++i) {
    if (run.steps[i].state == StepState::kReady) next.push_back(i);
  }
  std::stable_sort(next.begin(), next.end(), [&](size_t a, size_t b) {
    return DueTime(run, a).value_or(absl::InfiniteFuture()) <
           DueTime(run, b).value_or(absl::InfiniteFuture());
  });
  return next;
}

std::vector<std::string> WaitsFor(const Run& run, size_t step) {
  std::vector<std::string> ids;
  for (const size_t need : run.graph->needs(step)) {
    if (!IsSettled(run.steps[need].state)) ids.push_back(run.definition->steps[need].id);
  }
  return ids;
}

std::vector<size_t> OpenMandatorySteps(const Run& run) {
  std::vector<size_t> open;
  for (size_t i = 0; i < run.steps.size(); ++i) {
    if (run.definition->steps[i].mandatory && !IsSettled(run.steps[i].state)) open.push_back(i);
  }
  return open;
}

std::optional<absl::Time> DueTime(const Run& run, size_t step) {
  const std::optional<absl::Duration>& due_within = run.definition->steps[step].due_within;
  if (!due_within) return std::nullopt;
  return run.start_time + *due_within;
}

bool IsOverdue(const Run& run, size_t step, absl::Time now) {
  if (IsSettled(run.steps[step].state)) return false;
  const std::optional<absl::Time> due = DueTime(run, step);
  return due && *due <= now;
}

Counts CountSteps(const Run& run, absl::Time now) {
  Counts counts;
  for (size_t i = 0; i < run.steps.size(); ++i) {
    switch (run.steps[i].state) {
      case StepState::kBlocked:
        ++counts.blocked;
        break;
      case StepState::kReady:
        ++counts.ready;
        break;
      case StepState::kDone:
        ++counts.done;
        break;
      case StepState::kSkipped:
        ++counts.skipped;
        break;
    }
    if (IsOverdue(run, i, now)) ++counts.overdue;
  }
  return counts;
}

bool IsFinished(const Run& run) {
  return std::all_of(run.steps.begin(), run.steps.end(),
                     [](const StepProgress& progress) { return IsSettled(progress.state); });
}

}  // namespace tocsin::playbook
