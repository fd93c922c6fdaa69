// What the record asks the review about. Facts only: who did something is in the timeline, and no
// question here asks for a person.
#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/time_text.h"
#include "server/base/view.h"
#include "server/domain/register.h"
#include "server/domain/review.h"
#include "server/domain/run_facts.h"
#include "server/playbook/run_view.h"

namespace tocsin::domain {
namespace {

// A silence shorter than this is a meal.
constexpr absl::Duration kSilenceMin = absl::Hours(1);
// Of one kind; more would be read by nobody.
constexpr size_t kListedMax = 20;

class Prompter {
 public:
  Prompter(const Incident& incident, absl::Time now) : incident_(incident), now_(now) {}

  std::vector<Prompt> All(std::span<const std::string> same_cause) {
    AddIntervals();
    AddSilences();
    for (const Obligation& obligation : incident_.obligations) AddObligation(obligation);
    for (const playbook::Run& run : incident_.runs) AddRun(run);
    AddUnknowns();
    AddCorrections();
    AddOpenQuestions();
    if (!same_cause.empty()) {
      Add(ReviewPart::kConditions,
          absl::StrCat("The same root cause as in ", absl::StrJoin(same_cause, ", "), "."),
          "What was done about it then, and what did that change?");
    }
    std::stable_sort(prompts_.begin(), prompts_.end(),
                     [](const Prompt& a, const Prompt& b) { return a.part < b.part; });
    return std::move(prompts_);
  }

 private:
  void Add(ReviewPart part, std::string fact, std::string ask, std::vector<uint64_t> entries = {}) {
    prompts_.push_back({part, std::move(fact), std::move(ask), std::move(entries)});
  }

  std::vector<uint64_t> StatedIn(std::initializer_list<std::string_view> anchors) const {
    std::vector<uint64_t> entries;
    for (const std::string_view name : anchors) {
      const Anchor* anchor = FindAnchor(incident_, name);
      if (anchor != nullptr) entries.push_back(anchor->stated.sequence);
    }
    return entries;
  }

  void AddInterval(ReviewPart part, std::string_view what, std::optional<absl::Time> from,
                   std::optional<absl::Time> to, std::string_view ask,
                   std::vector<uint64_t> entries) {
    if (!from || !to || *to < *from) return;
    Add(part,
        absl::StrCat(ToAbsl(what), " took ", FormatSpan(*to - *from), " (", FormatInstant(*from),
                     " to ", FormatInstant(*to), ")."),
        std::string(ask), std::move(entries));
  }

  void AddIntervals() {
    const KeyTimes times = RowOf(incident_, now_).times;
    AddInterval(ReviewPart::kDetection, "From the first event to its detection it", times.occurred,
                times.detected, "What could have shown it earlier?",
                StatedIn({"occurred", "detected"}));
    AddInterval(ReviewPart::kDetection, "From the detection to awareness it", times.detected,
                times.aware, "What was needed to be certain, and who had it?",
                StatedIn({"detected", "aware"}));
    AddInterval(ReviewPart::kResponse, "From the detection to the declaration it", times.detected,
                times.declared, "What made it easy or hard to declare?", StatedIn({"detected"}));
    AddInterval(ReviewPart::kResponse, "From the detection to containment it", times.detected,
                times.contained, "What would have contained it sooner?", StatedIn({"detected"}));
    AddInterval(ReviewPart::kResponse, "From containment to recovery it", times.contained,
                times.recovered, "What did the recovery wait for?", StatedIn({"impact_ended"}));
    if (!times.detected) {
      Add(ReviewPart::kDetection, "Nobody stated when it was detected.",
          "When was it, and how do we know?");
    }
  }

  void AddSilences() {
    for (const Silence& silence : incident_.silences) {
      if (silence.to - silence.from < kSilenceMin) continue;
      Add(ReviewPart::kResponse,
          absl::StrCat("Nobody wrote anything for ", FormatSpan(silence.to - silence.from),
                       " after #", silence.sequence, " (", FormatInstant(silence.from), " to ",
                       FormatInstant(silence.to), ")."),
          "What happened then that the record does not hold?", {silence.sequence});
    }
  }

  void AddObligation(const Obligation& obligation) {
    if (!obligation.duty.own_duty) return;
    if (obligation.submission) {
      AddFiled(obligation, *obligation.submission);
    } else if (obligation.state == ObligationState::kMissed) {
      Add(ReviewPart::kResponse,
          absl::StrCat(obligation.id, " was due ",
                       obligation.duty.due ? FormatInstant(*obligation.duty.due) : "",
                       " and is not filed."),
          "What stood in the way?");
    } else if (obligation.state == ObligationState::kWaived) {
      Add(ReviewPart::kDecisions, absl::StrCat(obligation.id, " was waived."),
          "Does the reason still hold, now that more is known?");
    }
  }

  void AddFiled(const Obligation& obligation, const Submission& filed) {
    std::string fact = absl::StrCat(obligation.id, " was filed ", FormatInstant(filed.submit_time));
    const bool late = !filed.late_reason.empty();
    if (obligation.duty.due) {
      const absl::Duration left = *obligation.duty.due - filed.submit_time;
      absl::StrAppend(&fact, left >= absl::ZeroDuration()
                                 ? absl::StrCat(", ", FormatSpan(left), " before it was due")
                                 : absl::StrCat(", ", FormatSpan(-left), " late"));
    }
    Add(ReviewPart::kResponse,
        absl::StrCat(fact, late ? absl::StrCat(": ", filed.late_reason) : "", "."),
        late ? "What would have made it possible in time?" : "What made this possible?",
        {filed.sequence});
    size_t unknown = 0;
    for (const DraftField& field : obligation.draft) {
      unknown += field.state == FieldState::kUnknown ? 1U : 0U;
    }
    if (unknown == 0) return;
    Add(ReviewPart::kDecisions,
        absl::StrCat(obligation.id, " was filed with ", unknown,
                     unknown == 1 ? " field unknown." : " fields unknown."),
        "What was decided all the same, and on what?", {obligation.draft_sequence});
  }

  void AddRun(const playbook::Run& run) {
    const playbook::Facts facts = FactsOf(incident_);
    for (size_t i = 0; i < run.steps.size(); ++i) {
      const playbook::StepProgress& step = run.steps[i];
      const std::string name =
          absl::StrCat("Step ", run.definition->steps[i].id, " of ", run.definition->id);
      if (run.definition->steps[i].mandatory && step.state == playbook::StepState::kSkipped) {
        Add(ReviewPart::kDecisions, absl::StrCat(name, " was skipped: ", step.skip_reason, "."),
            "Is the step wrong, or was something missing to do it?");
      }
      if (!playbook::IsOpen(step.state) || playbook::IsActive(step.state)) {
        const std::vector<std::string> open = playbook::OpenQuestions(run, i, facts);
        if (!open.empty() && step.state != playbook::StepState::kNotTaken) {
          Add(ReviewPart::kDecisions,
              absl::StrCat(name, " has no answer to: ", absl::StrJoin(open, ", "), "."),
              "Can it be answered now? What was done without the answer?");
        }
      }
      AddLate(step, name);
    }
  }

  void AddLate(const playbook::StepProgress& step, const std::string& name) {
    for (const auto& [due, late] : step.alerted) {
      if (!late || CountOfPart(ReviewPart::kResponse) >= kListedMax) continue;
      const bool settled = playbook::IsSettled(step.state) && step.settled_time > due;
      Add(ReviewPart::kResponse,
          absl::StrCat(name, " was due ", FormatInstant(due), " and ",
                       settled ? absl::StrCat("came ", FormatSpan(step.settled_time - due), " late")
                               : std::string("was late"),
                       "."),
          "What held it up?");
    }
  }

  void AddUnknowns() {
    std::vector<std::string> unknown;
    std::vector<uint64_t> entries;
    for (const auto& [key, fact] : incident_.impact) {
      if (fact.value != "unknown" || unknown.size() >= kListedMax) continue;
      unknown.push_back(key);
      if (std::find(entries.begin(), entries.end(), fact.sequence) == entries.end()) {
        entries.push_back(fact.sequence);
      }
    }
    if (unknown.empty()) return;
    Add(ReviewPart::kDecisions, absl::StrCat("Still unknown: ", absl::StrJoin(unknown, ", "), "."),
        "What would it take to know this next time?", std::move(entries));
  }

  void AddCorrections() {
    if (!incident_.corrected_by.empty() || !incident_.retracted_by.empty()) {
      std::vector<uint64_t> entries;
      for (const auto& [sequence, unused] : incident_.corrected_by) entries.push_back(sequence);
      for (const auto& [sequence, unused] : incident_.retracted_by) entries.push_back(sequence);
      const size_t count = entries.size();
      entries.resize(std::min(count, kListedMax));
      Add(ReviewPart::kDecisions,
          absl::StrCat(count, count == 1 ? " entry was" : " entries were",
                       " corrected or taken back."),
          "Was anything decided on what turned out to be wrong?", std::move(entries));
    }
    size_t statements = 0;
    for (const Anchor& anchor : incident_.anchors) statements += anchor.anchor == "aware" ? 1U : 0U;
    if (statements < 2) return;
    Add(ReviewPart::kDecisions,
        absl::StrCat("The moment of awareness was stated ", statements, " times."),
        "What made it hard to tell?");
  }

  void AddOpenQuestions() {
    for (const GuideQuestion& question : incident_.review.guide.questions) {
      const auto& findings = incident_.review.findings;
      const bool answered =
          std::any_of(findings.begin(), findings.end(),
                      [&](const Finding& finding) { return finding.question == question.id; });
      if (answered) continue;
      Add(question.part, absl::StrCat("The question ", question.id, " has no answer yet."),
          question.ask);
    }
  }

  size_t CountOfPart(ReviewPart part) const {
    return static_cast<size_t>(
        std::count_if(prompts_.begin(), prompts_.end(),
                      [&](const Prompt& prompt) { return prompt.part == part; }));
  }

  const Incident& incident_;
  const absl::Time now_;
  std::vector<Prompt> prompts_;
};

}  // namespace

std::vector<Prompt> PromptsFor(const Incident& incident, absl::Time now,
                               std::span<const std::string> same_cause) {
  return Prompter(incident, now).All(same_cause);
}

}  // namespace tocsin::domain
