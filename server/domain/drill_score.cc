#include "server/domain/drill_score.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/time_text.h"
#include "server/base/view.h"
#include "server/domain/decide.h"

namespace tocsin::domain {
namespace {

// "nis2-nl" and "gdpr@nl" are of the family "nis2" and "gdpr".
bool IsOfFamily(std::string_view regime, std::string_view family) {
  if (regime == family) return true;
  return regime.size() > family.size() && regime.substr(0, family.size()) == family &&
         (regime[family.size()] == '-' || regime[family.size()] == '@');
}

std::string_view RegimePart(std::string_view obligation) {
  return obligation.substr(0, obligation.find('.'));
}

bool IsNamed(std::string_view obligation, std::string_view what) {
  const size_t dot = obligation.find('.');
  const size_t asked = what.find('.');
  if (dot == std::string_view::npos || asked == std::string_view::npos) return obligation == what;
  return obligation.substr(dot) == what.substr(asked) &&
         IsOfFamily(obligation.substr(0, dot), what.substr(0, asked));
}

// A word of `text` begins with one of `words`: "pay" is in "we do not pay" and "payment", and not
// in "repay".
bool HasWord(const std::string& text, const std::vector<std::string>& words) {
  const std::string lower = absl::AsciiStrToLower(text);
  const auto begins = [&](const std::string& word) {
    for (size_t at = lower.find(word); at != std::string::npos; at = lower.find(word, at + 1)) {
      if (at == 0 || !absl::ascii_isalnum(static_cast<unsigned char>(lower[at - 1]))) {
        return true;
      }
    }
    return false;
  };
  return std::any_of(words.begin(), words.end(), begins);
}

std::string BecauseOf(const EntryRecorded& recorded) {
  const auto because = recorded.attributes.find("because");
  if (because == recorded.attributes.end()) return "";
  return std::string(absl::StripAsciiWhitespace(because->second));
}

// What an expectation waits for was done, by that entry.
struct Done {
  absl::Time time;
  uint64_t sequence = 0;
};

class Scorer {
 public:
  explicit Scorer(absl::Time now) : now_(now) {}

  void Add(const DrillEntry& entry) {
    if (!incident_.declared()) incident_.id = IncidentId{};
    const absl::Time before = TimeIn(incident_, entry.meta.record_time);
    Apply(incident_, entry.meta, entry.entry.event);
    if (!incident_.exercise) return;
    if (std::holds_alternative<DrillStarted>(entry.entry.event)) Begin(entry.meta.record_time);
    if (std::holds_alternative<DrillStopped>(entry.entry.event)) stop_ = entry.meta.record_time;
    // What is said once it is over is said of the drill, not done in it.
    if (IsOver(incident_)) return;
    See(entry, std::max(before, incident_.exercise->begin_time));
  }

  absl::StatusOr<DrillScore> Take() {
    if (!incident_.exercise) {
      return FailedPrecondition("NO_DRILL", absl::StrCat(incident_.number, " plays no scenario"),
                                "Only a drill that was started with one has a score.");
    }
    FillHead();
    for (size_t i = 0; i < scenario().expectations.size(); ++i) ScoreExpectation(i);
    FillNotifications();
    FillSteps();
    std::erase_if(score_.decisions, [&](const DecisionScore& decision) {
      return incident_.retracted_by.contains(decision.sequence);
    });
    for (IncidentRole role : scenario().roles) {
      const auto holders = incident_.role_holders.find(role);
      if (holders == incident_.role_holders.end() || holders->second.empty()) {
        score_.roles_unheld.push_back(role);
      }
    }
    return std::move(score_);
  }

 private:
  const Drill& drill() const { return *incident_.exercise; }
  const Scenario& scenario() const { return drill().scenario(); }

  void Begin(absl::Time record_time) {
    start_ = record_time;
    done_.resize(scenario().expectations.size());
    unreasoned_.resize(scenario().expectations.size());
  }

  void See(const DrillEntry& entry, absl::Time time) {
    const uint64_t sequence = entry.meta.sequence;
    const Event& event = entry.entry.event;
    if (const auto* inject = std::get_if<InjectDelivered>(&event)) {
      // When it was due, so that a server that stood still gives nobody more time than the clock.
      delivered_[inject->inject] = entry.entry.occur_time.value_or(time);
    } else if (const auto* anchor = std::get_if<AnchorRecorded>(&event)) {
      if (anchor->anchor == "aware" && !score_.aware_decided_in) {
        score_.aware_decided_in = time - drill().begin_time;
      }
    } else if (const auto* recorded = std::get_if<EntryRecorded>(&event)) {
      if (recorded->kind == EntryKind::kDecision) {
        AddDecision(entry, time, recorded->text, BecauseOf(*recorded));
      }
    } else if (const auto* decided = std::get_if<SignificanceDecided>(&event)) {
      AddDecision(
          entry, time,
          absl::StrCat(decided->significant ? "significant under " : "not significant under ",
                       decided->regime),
          decided->because);
    } else if (const auto* waived = std::get_if<ObligationWaived>(&event)) {
      AddDecision(entry, time, absl::StrCat("waived ", waived->obligation), waived->because);
    }
    for (size_t i = 0; i < done_.size(); ++i) {
      // A decision may be taken back later: then the next one counts.
      const bool asked = done_[i].empty() || scenario().expectations[i].kind == Expected::kDecision;
      if (asked && Meets(scenario().expectations[i], event, i, sequence)) {
        done_[i].push_back({time, sequence});
      }
    }
  }

  void AddDecision(const DrillEntry& entry, absl::Time time, std::string text,
                   const std::string& because) {
    score_.decisions.push_back(
        {entry.meta.sequence, time, entry.meta.author, std::move(text), because});
  }

  // Whether `event`, which has been applied, does what is expected. Steps and notifications are
  // looked at in the end.
  bool Meets(const Expectation& one, const Event& event, size_t index, uint64_t sequence) {
    const bool came = one.after.empty() || delivered_.contains(one.after);
    switch (one.kind) {
      case Expected::kDeclared:
        return drill().declare_time.has_value() &&
               incident_.severity <= ParseText<Severity>(one.what).value_or(Severity::kSev1);
      case Expected::kAware: {
        const auto* anchor = std::get_if<AnchorRecorded>(&event);
        return anchor != nullptr && anchor->anchor == "aware";
      }
      case Expected::kSignificance: {
        const auto* decided = std::get_if<SignificanceDecided>(&event);
        return decided != nullptr && IsOfFamily(decided->regime, one.what);
      }
      case Expected::kDecision: {
        const auto* recorded = std::get_if<EntryRecorded>(&event);
        if (recorded == nullptr || recorded->kind != EntryKind::kDecision || !came ||
            !HasWord(recorded->text, one.words)) {
          return false;
        }
        if (!BecauseOf(*recorded).empty()) return true;
        unreasoned_[index].push_back({absl::Time(), sequence});
        return false;
      }
      case Expected::kPhase: {
        const auto* changed = std::get_if<PhaseChanged>(&event);
        return changed != nullptr &&
               changed->to >= ParseText<Phase>(one.what).value_or(changed->to);
      }
      case Expected::kFact: {
        const auto* assessed = std::get_if<ImpactAssessed>(&event);
        return assessed != nullptr && assessed->facts.contains(one.what);
      }
      case Expected::kRole: {
        const absl::StatusOr<IncidentRole> role = ParseText<IncidentRole>(one.what);
        const auto holders = incident_.role_holders.find(role.value_or(IncidentRole::kObserver));
        return holders != incident_.role_holders.end() && !holders->second.empty();
      }
      case Expected::kReport: {
        const auto* reported = std::get_if<SituationReported>(&event);
        return reported != nullptr && came && ToText(reported->audience) == one.what;
      }
      case Expected::kStep:
      case Expected::kNotification:
        break;
    }
    return false;
  }

  void FillHead() {
    score_.begin_time = drill().begin_time;
    score_.stopped = drill().stop_time.has_value();
    score_.end_time = drill().stop_time.value_or(TimeIn(incident_, now_));
    score_.injects_delivered = drill().delivered;
    score_.world_time = std::max(stop_.value_or(now_) - start_, absl::ZeroDuration());
    if (drill().declare_time) score_.declared_in = *drill().declare_time - drill().begin_time;
    score_.aware_time = AwareTime(incident_);
  }

  // The first that was not taken back; nullptr when there is none.
  const Done* Standing(const std::vector<Done>& all) const {
    const auto first = std::find_if(all.begin(), all.end(), [&](const Done& done) {
      return !incident_.retracted_by.contains(done.sequence);
    });
    return first == all.end() ? nullptr : &*first;
  }

  // Nothing did it by the end: is there time, was there, or not?
  Outcome Undone(const std::optional<absl::Time>& limit) const {
    const bool time_left = limit.has_value() && score_.end_time < *limit;
    if (!score_.stopped) return !limit || time_left ? Outcome::kOpen : Outcome::kMissed;
    return time_left ? Outcome::kNotReached : Outcome::kMissed;
  }

  void ScoreExpectation(size_t index) {
    ExpectationScore result{.expectation = scenario().expectations[index]};
    const Expectation& one = result.expectation;
    std::optional<absl::Time> from = drill().begin_time;
    if (!one.after.empty()) {
      const auto inject = delivered_.find(one.after);
      from = inject == delivered_.end() ? std::nullopt : std::optional(inject->second);
    }
    if (from && one.within) result.limit = *from + *one.within;
    if (one.kind == Expected::kStep) FindStepOf(one, index, result);
    if (one.kind == Expected::kNotification) {
      ScoreNotification(one, result);
    } else if (const Done* done = Standing(done_[index])) {
      result.done_time = done->time;
      result.sequence = done->sequence;
      const bool late = result.limit && *result.done_time > *result.limit;
      result.outcome = late ? Outcome::kLate : Outcome::kMet;
    } else if (!from) {
      result.outcome = score_.stopped ? Outcome::kNotApplicable : Outcome::kOpen;
      result.note = absl::StrCat("inject ", one.after,
                                 score_.stopped ? " was never delivered" : " is not delivered yet");
    } else {
      result.outcome = Undone(result.limit);
      if (const Done* bare = Standing(unreasoned_[index])) {
        result.sequence = bare->sequence;
        result.note = absl::StrCat("decided in #", bare->sequence, " without a reason");
      }
    }
    if (result.done_time && from) {
      result.took = std::max(*result.done_time - *from, absl::ZeroDuration());
    }
    Judge(result);
    const bool learns = result.outcome == Outcome::kLate || result.outcome == Outcome::kMissed;
    if (learns && !one.lesson.empty()) score_.lessons.push_back(one.lesson);
    score_.expectations.push_back(std::move(result));
  }

  void Judge(ExpectationScore& result) const {
    const auto judged = drill().judgements.find(result.expectation.id);
    if (judged == drill().judgements.end()) return;
    result.judgement = judged->second;
    result.outcome = judged->second.met ? Outcome::kMet : Outcome::kMissed;
  }

  void FindStepOf(const Expectation& one, size_t index, ExpectationScore& result) {
    for (const playbook::Run& run : incident_.runs) {
      if (!one.playbook.empty() && run.definition->id != one.playbook) continue;
      for (size_t i = 0; i < run.steps.size(); ++i) {
        if (run.definition->steps[i].id != one.what) continue;
        const playbook::StepProgress& step = run.steps[i];
        if (step.state == playbook::StepState::kDone) {
          if (done_[index].empty() || step.settled_time < done_[index].front().time) {
            done_[index] = {{step.settled_time, 0}};
          }
        } else if (step.state == playbook::StepState::kSkipped) {
          result.note = absl::StrCat("skipped: ", step.skip_reason);
        } else if (step.state == playbook::StepState::kNotTaken) {
          result.note = absl::StrCat("not taken: ", step.branch_reason);
        }
      }
    }
    if (incident_.runs.empty()) result.note = "no playbook was started";
  }

  Outcome OutcomeOf(const Obligation& obligation) const {
    const std::optional<absl::Time>& due = obligation.duty.due;
    if (obligation.submission) {
      const bool late = due && obligation.submission->submit_time > *due;
      return late ? Outcome::kLate : Outcome::kMet;
    }
    if (obligation.state == ObligationState::kWaived) return Outcome::kNotApplicable;
    if (obligation.state == ObligationState::kMissed) return Outcome::kMissed;
    if (!due) return score_.stopped ? Outcome::kMissed : Outcome::kOpen;
    return Undone(due);
  }

  // Of several laws of the family the one that came out worst.
  void ScoreNotification(const Expectation& one, ExpectationScore& result) const {
    const Obligation* found = nullptr;
    for (const Obligation& obligation : incident_.obligations) {
      if (!IsNamed(obligation.id, one.what)) continue;
      if (found == nullptr || OutcomeOf(obligation) == Outcome::kMissed) found = &obligation;
    }
    if (found == nullptr) {
      const bool under = std::any_of(
          incident_.rulings.begin(), incident_.rulings.end(),
          [&](const Ruling& ruling) { return IsOfFamily(ruling.id(), RegimePart(one.what)); });
      result.outcome = !under           ? Outcome::kNotApplicable
                       : score_.stopped ? Outcome::kMissed
                                        : Outcome::kOpen;
      result.note = under ? "not owed as the team stated the facts"
                          : "the organisation is not under this law";
      return;
    }
    result.limit = found->duty.due;
    result.outcome = OutcomeOf(*found);
    result.note = NoteOf(*found);
    if (!found->submission) return;
    result.done_time = found->submission->submit_time;
    result.sequence = found->submission->sequence;
  }

  static std::string NoteOf(const Obligation& obligation) {
    if (obligation.state == ObligationState::kWaived) return "waived";
    if (obligation.submission) return "";
    if (!obligation.duty.due) {
      return absl::StrCat("its clock never began: nobody stated '", obligation.duty.anchor, "'");
    }
    return "not filed";
  }

  void FillNotifications() {
    for (const Obligation& obligation : incident_.obligations) {
      using regulation::DutyState;
      const DutyState state = obligation.duty.state;
      const bool asked = state == DutyState::kDated || obligation.submission.has_value();
      if (!obligation.duty.own_duty || !asked) continue;
      NotificationScore line{.obligation = obligation.id,
                             .label = obligation.duty.label,
                             .due = obligation.duty.due,
                             .outcome = OutcomeOf(obligation),
                             .note = NoteOf(obligation)};
      if (obligation.submission) line.submit_time = obligation.submission->submit_time;
      score_.notifications.push_back(std::move(line));
    }
  }

  void FillSteps() {
    for (const playbook::Run& run : incident_.runs) {
      for (size_t i = 0; i < run.steps.size(); ++i) {
        const playbook::StepProgress& step = run.steps[i];
        if (!playbook::IsSettled(step.state)) {
          score_.steps_open += playbook::IsOpen(step.state) ? 1U : 0U;
          continue;
        }
        const bool skipped = step.state == playbook::StepState::kSkipped;
        score_.steps.push_back({run.id.ToString(), run.definition->steps[i].id,
                                run.definition->steps[i].title, skipped,
                                skipped ? step.skip_reason : step.evidence});
      }
    }
  }

  absl::Time now_;
  absl::Time start_;
  std::optional<absl::Time> stop_;
  Incident incident_;
  std::map<std::string, absl::Time> delivered_;
  // By expectation: what met it, and the decisions that would have met it but for the reason.
  std::vector<std::vector<Done>> done_;
  std::vector<std::vector<Done>> unreasoned_;
  DrillScore score_;
};

}  // namespace

std::string_view ToText(Outcome outcome) {
  switch (outcome) {
    case Outcome::kMet:
      return "met";
    case Outcome::kLate:
      return "late";
    case Outcome::kMissed:
      return "missed";
    case Outcome::kOpen:
      return "open";
    case Outcome::kNotReached:
      return "not-reached";
    case Outcome::kNotApplicable:
      return "not-applicable";
  }
  return "";
}

size_t DrillScore::Count(Outcome outcome) const {
  return static_cast<size_t>(
      std::count_if(expectations.begin(), expectations.end(),
                    [&](const ExpectationScore& one) { return one.outcome == outcome; }));
}

absl::StatusOr<DrillScore> ScoreDrill(const std::vector<DrillEntry>& entries, absl::Time now) {
  Scorer scorer(now);
  for (const DrillEntry& entry : entries) scorer.Add(entry);
  return scorer.Take();
}

}  // namespace tocsin::domain
