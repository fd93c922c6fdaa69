#include "server/playbook/example.h"

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/time_text.h"
#include "server/base/view.h"
#include "server/playbook/run.h"
#include "server/playbook/run_view.h"

namespace tocsin::playbook {
namespace {

// When the run of an example starts; any instant does.
absl::Time Start() {
  return absl::FromCivil(absl::CivilSecond(2026, 1, 1), absl::UTCTimeZone());
}

std::string Listed(std::vector<std::string> words) {
  std::sort(words.begin(), words.end());
  return words.empty() ? "none" : absl::StrJoin(words, ", ");
}

// One example at work.
class Rehearsal {
 public:
  Rehearsal(const Definition& definition, const Example& example)
      : example_(example),
        run_(StartRun(RunId{1}, std::make_shared<const Definition>(definition), Start())) {}

  std::vector<std::string> Check() {
    State();
    if (problems_.empty()) Answer();
    Follow();
    if (problems_.empty()) Work();
    if (problems_.empty()) Compare();
    return std::move(problems_);
  }

 private:
  void Problem(std::string_view text) { problems_.emplace_back(text); }

  std::optional<size_t> Known(const std::string& id) {
    const absl::StatusOr<size_t> found = FindStep(run_, id);
    if (found.ok()) return *found;
    Problem(ToStd(found.status().message()));
    return std::nullopt;
  }
  const std::string& IdOf(size_t step) const { return run_.definition->steps[step].id; }

  void State() {
    const ExampleGiven& given = example_.given;
    facts_.severity = given.severity;
    facts_.phase = given.phase;
    facts_.impact.insert(given.facts.begin(), given.facts.end());
    facts_.entity_kinds.insert(given.entity_kinds.begin(), given.entity_kinds.end());
    facts_.regimes.insert(given.regimes.begin(), given.regimes.end());
    facts_.obligations.insert(given.obligations.begin(), given.obligations.end());
    for (const auto& [anchor, after] : given.anchors) {
      facts_.anchors[anchor] = {Start() + after, Start()};
    }
  }

  void Answer() {
    for (const auto& [id, value] : example_.given.answers) {
      const std::optional<AskedQuestion> asked = run_.graph->FindQuestion(id);
      if (!asked) {
        Problem(absl::StrCat(QuotedId(id), " is no question of this playbook"));
        continue;
      }
      const Question& question = *asked->question;
      std::string text = value;
      if (question.type == QuestionType::kInstant) {
        const std::optional<absl::Duration> after = ParseSpan(value);
        if (!after) {
          Problem(absl::StrCat("the answer to ", id, " is a span after the start, such as 10m"));
          continue;
        }
        text = FormatInstant(Start() + *after);
        if (!question.anchor.empty()) facts_.anchors[question.anchor] = {Start() + *after, Start()};
      }
      const absl::StatusOr<std::string> answer = CheckAnswer(question, text);
      if (!answer.ok()) {
        Problem(ToStd(answer.status().message()));
        continue;
      }
      if (!question.fact.empty()) facts_.impact[question.fact] = *answer;
      ApplyAnswer(run_, id, *answer);
    }
  }

  // Records what follows, until nothing does.
  void Follow() {
    bool moved = true;
    while (moved) {
      moved = false;
      for (const size_t step : run_.graph->order()) {
        while (const std::optional<Consequence> next = ConsequenceFor(run_, step, facts_)) {
          Apply(*next);
          moved = true;
        }
      }
    }
  }

  void Apply(const Consequence& next) {
    const std::string& id = IdOf(next.step);
    switch (next.kind) {
      case Consequence::Kind::kBranchTaken:
        ApplyBranch(run_, id, /*taken=*/true, next.because, Start());
        return;
      case Consequence::Kind::kBranchNotTaken:
        ApplyBranch(run_, id, /*taken=*/false, next.because, Start());
        return;
      case Consequence::Kind::kNextRound:
        ApplyRepeated(run_, id, Start() + run_.definition->steps[next.step].repeat->every, Now());
        return;
      case Consequence::Kind::kLastRound:
        ApplyRepeated(run_, id, std::nullopt, Now());
        return;
      case Consequence::Kind::kSubRunDue:
        ApplySubRun(run_, id, RunId{run_.id.number + next_sub_run_++});
        return;
    }
  }

  static Settlement Now() { return {PrincipalId{}, Start()}; }

  // Does the wanted steps in an order that their needs allow.
  void Work() {
    std::set<size_t> wanted = Wanted();
    std::set<size_t> skipped;
    for (const std::string& id : example_.given.skipped) {
      if (const auto step = Known(id)) {
        wanted.insert(*step);
        skipped.insert(*step);
      }
    }
    if (!problems_.empty()) return;
    for (const size_t step : run_.graph->order()) {
      if (!wanted.contains(step)) continue;
      if (skipped.contains(step)) {
        ApplySkipped(run_, IdOf(step), Now(), "as the example says");
      } else {
        Do(step);
      }
      Follow();
    }
  }

  std::set<size_t> Wanted() {
    std::set<size_t> wanted;
    for (const std::string& id : example_.given.done) {
      if (const auto step = Known(id)) {
        wanted.insert(*step);
        named_.insert(*step);
      }
    }
    std::vector<size_t> open;
    for (const std::string& id : example_.given.reach) {
      if (const auto step = Known(id)) open.push_back(*step);
    }
    while (!open.empty()) {
      const size_t step = open.back();
      open.pop_back();
      for (const size_t need : run_.graph->needs(step)) {
        if (wanted.insert(need).second) open.push_back(need);
      }
    }
    return wanted;
  }

  void Do(size_t step) {
    const StepState state = run_.steps[step].state;
    if (IsSettled(state)) return;
    if (!IsActive(state)) {
      // What is not taken on the way to another step is what the example is about.
      if (named_.contains(step) || state != StepState::kNotTaken) {
        Problem(absl::StrCat(IdOf(step), " cannot be done: it is ", ToAbsl(ToText(state))));
      }
      return;
    }
    const std::vector<std::string> open = OpenQuestions(run_, step, facts_);
    if (!open.empty()) {
      Problem(absl::StrCat(IdOf(step), " cannot be done: no answer to ", Listed(open)));
      return;
    }
    // A repeated step that is said to be done has seen its last round.
    if (run_.definition->steps[step].repeat) {
      ApplyRepeated(run_, IdOf(step), std::nullopt, Now());
      return;
    }
    ApplyDone(run_, IdOf(step), Now(), "");
    if (run_.steps[step].completed_by) ApplyConfirmed(run_, IdOf(step), Now(), "");
  }

  std::vector<std::string> InState(bool (*has)(StepState)) const {
    std::vector<std::string> ids;
    for (size_t i = 0; i < run_.steps.size(); ++i) {
      if (has(run_.steps[i].state)) ids.push_back(IdOf(i));
    }
    return ids;
  }

  void Compare() {
    const ExampleExpect& expect = example_.expect;
    if (expect.active) {
      std::vector<std::string> wanted = *expect.active;
      for (const std::string& id : wanted) Known(id);
      const std::vector<std::string> active = InState(IsActive);
      if (Listed(wanted) != Listed(active)) {
        Problem(absl::StrCat("active are ", Listed(active), "; expected ", Listed(wanted)));
      }
    }
    CompareState(expect.includes, StepState::kReady);
    CompareState(expect.not_taken, StepState::kNotTaken);
    CompareState(expect.blocked, StepState::kBlocked);
    CompareWaiting();
    CompareDue();
    if (expect.finished && *expect.finished != IsFinished(run_)) {
      Problem(*expect.finished
                  ? absl::StrCat("not finished: ", Listed(InState(IsOpen)), " are open")
                  : "the run is finished");
    }
  }

  void CompareState(const std::vector<std::string>& ids, StepState wanted) {
    for (const std::string& id : ids) {
      const auto step = Known(id);
      if (!step || run_.steps[*step].state == wanted) continue;
      Problem(absl::StrCat(id, " is ", ToAbsl(ToText(run_.steps[*step].state)), "; expected ",
                           ToAbsl(ToText(wanted))));
    }
  }

  void CompareWaiting() {
    for (const auto& [id, facts] : example_.expect.waiting) {
      CompareState({id}, StepState::kWaiting);
      const auto step = run_.graph->Find(id);
      if (!step || run_.steps[*step].state != StepState::kWaiting) continue;
      const std::string waits = Listed(WaitsForFacts(run_, *step, facts_));
      if (waits == Listed(facts)) continue;
      Problem(absl::StrCat(id, " waits for ", waits, "; expected ", Listed(facts)));
    }
  }

  void CompareDue() {
    for (const auto& [id, after] : example_.expect.due) {
      const auto step = Known(id);
      if (!step) continue;
      const std::optional<absl::Time> due = DueTime(run_, *step, facts_.anchors);
      const auto wanted = after ? std::optional<absl::Time>(Start() + *after) : std::nullopt;
      if (due == wanted) continue;
      const auto text = [](const std::optional<absl::Time>& time) {
        return time ? FormatSpan(*time - Start()) : std::string("not at all");
      };
      Problem(absl::StrCat(id, " is due ", text(due), "; expected ", text(wanted)));
    }
  }

  const Example& example_;
  Facts facts_;
  Run run_;
  std::set<size_t> named_;
  uint32_t next_sub_run_ = 1;
  std::vector<std::string> problems_;
};

}  // namespace

std::vector<std::string> CheckExample(const Definition& definition, const Example& example) {
  return Rehearsal(definition, example).Check();
}

}  // namespace tocsin::playbook
