#include "server/domain/decide.h"

#include <cctype>
#include <type_traits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/base/time_text.h"
#include "server/base/view.h"
#include "server/domain/awareness.h"
#include "server/domain/decide_parts.h"
#include "server/domain/escalation.h"
#include "server/domain/review.h"

namespace tocsin::domain {
namespace decide {

std::vector<PendingEntry> One(Event event) {
  std::vector<PendingEntry> entries(1);
  entries[0].event = std::move(event);
  return entries;
}

absl::Status CheckOpen(const Incident& incident) {
  if (!incident.closed()) return absl::OkStatus();
  return FailedPrecondition("INCIDENT_CLOSED", absl::StrCat(incident.number, " is closed"),
                            "Reopen it first: tocsin reopen --because \"…\".");
}

absl::Status CheckClaimedTime(std::string_view what, absl::Time time, absl::Time now) {
  if (time < absl::UnixEpoch()) {
    return InvalidArgument("TIME_TOO_EARLY", absl::StrCat(ToAbsl(what), " lies before 1970"),
                           "Check the year.");
  }
  if (time <= now + kFutureTolerance) return absl::OkStatus();
  return InvalidArgument("TIME_IN_FUTURE",
                         absl::StrCat(ToAbsl(what), " ", FormatInstant(time), " lies ",
                                      FormatSpan(time - now), " in the future"),
                         absl::StrCat("The server's clock says ", FormatInstant(now),
                                      ". Check the time and its offset."));
}

absl::Status CheckPerson(const PrincipalId& principal) {
  if (!principal.empty()) return absl::OkStatus();
  return InvalidArgument("NO_PERSON", "no person is named", "Name one by handle: @ada.");
}

std::string Quoted(std::string_view text) {
  constexpr size_t kShownBytesMax = 100;
  const TextLimits limits{.bytes_max = kShownBytesMax, .lines = false, .may_be_empty = true};
  return CheckText("", text, limits).ok() ? absl::StrCat("'", ToAbsl(text), "'")
                                          : "(text that cannot be shown)";
}

std::string NearestShort(std::string_view word, const std::vector<std::string>& candidates) {
  constexpr size_t kWordBytesMax = 64;
  return word.size() <= kWordBytesMax ? NearestWord(word, candidates) : std::string();
}

absl::Status CheckAttributes(const Attributes& attributes) {
  constexpr size_t kKeyBytesMax = 64;
  constexpr size_t kValueBytesMax = 4096;
  if (attributes.size() > kAttributesMax) {
    return InvalidArgument("BAD_ATTRIBUTE",
                           absl::StrCat(attributes.size(), " attributes; at most ", kAttributesMax),
                           "Put the rest into the text.");
  }
  for (const auto& [key, value] : attributes) {
    bool key_ok = !key.empty() && key.size() <= kKeyBytesMax;
    for (char c : key) {
      const auto u = static_cast<unsigned char>(c);
      key_ok = key_ok &&
               (std::islower(u) != 0 || std::isdigit(u) != 0 || c == '_' || c == '.' || c == '-');
    }
    if (!key_ok) {
      return InvalidArgument("BAD_ATTRIBUTE", "an attribute's name is not a-z, 0-9, _ . or -",
                             "Use a name such as users_affected.");
    }
    TOCSIN_RETURN_IF_ERROR(
        CheckText(key, value, {.bytes_max = kValueBytesMax, .lines = true, .may_be_empty = true}));
  }
  return absl::OkStatus();
}

namespace {

// Commands after which the rules are asked again: all that state an anchor, a fact, a filing or a
// decision.
template <typename T>
constexpr bool kMovesObligations =
    std::is_same_v<T, RecordAnchor> || std::is_same_v<T, DecideSignificance> ||
    std::is_same_v<T, RequestIntermediate> || std::is_same_v<T, RecordSubmission> ||
    std::is_same_v<T, FireTimer> || std::is_same_v<T, DeclareIncident> ||
    std::is_same_v<T, ReopenIncident> || std::is_same_v<T, AdoptRegime> ||
    std::is_same_v<T, AssessImpact> || std::is_same_v<T, DecideAwareness> ||
    std::is_same_v<T, AnswerStep> || std::is_same_v<T, SetDrillClock> ||
    std::is_same_v<T, StopDrill>;

// Commands after which it is another time: a duty's reminders and a step's are then due as well.
template <typename T>
constexpr bool kMovesTheClock = std::is_same_v<T, SetDrillClock>;

// Commands after which the criteria are asked again: those that state facts, or a law. A decision
// is not among them: it is about the proposal that the person has seen.
template <typename T>
constexpr bool kMovesCriteria =
    std::is_same_v<T, AssessImpact> || std::is_same_v<T, DeclareIncident> ||
    std::is_same_v<T, AdoptRegime>;

// Commands after which the runs are looked at again: what moves obligations, states a fact, or
// works on a step.
template <typename T>
constexpr bool kMovesRuns =
    kMovesObligations<T> || std::is_same_v<T, StartRun> || std::is_same_v<T, CompleteStep> ||
    std::is_same_v<T, SkipStep> || std::is_same_v<T, AssignStep> ||
    std::is_same_v<T, AssessImpact> || std::is_same_v<T, ChangeSeverity> ||
    std::is_same_v<T, ChangePhase> || std::is_same_v<T, WaiveObligation> ||
    std::is_same_v<T, CloseIncident> || std::is_same_v<T, DeclareInDrill>;

// Commands that still make sense in a drill that is over: what is said of it, not done in it.
template <typename T>
constexpr bool kAfterDrill =
    std::is_same_v<T, RecordEntry> || std::is_same_v<T, CorrectEntry> ||
    std::is_same_v<T, RetractEntry> || std::is_same_v<T, AddMember> ||
    std::is_same_v<T, AssignRole> || std::is_same_v<T, CloseIncident> ||
    std::is_same_v<T, ReopenIncident> || std::is_same_v<T, OpenReview> ||
    std::is_same_v<T, AddFinding> || std::is_same_v<T, AddActionItem> ||
    std::is_same_v<T, CompleteActionItem> || std::is_same_v<T, ChangeActionItem> ||
    std::is_same_v<T, DropActionItem> || std::is_same_v<T, EvaluateActionItem> ||
    std::is_same_v<T, InviteToReview> || std::is_same_v<T, SubmitReview> ||
    std::is_same_v<T, ReadReview> || std::is_same_v<T, PublishReview> ||
    std::is_same_v<T, ExportIncident> || std::is_same_v<T, FireTimer> ||
    std::is_same_v<T, JudgeExpectation> || std::is_same_v<T, DeclareIncident> ||
    std::is_same_v<T, MoveEvidence> || std::is_same_v<T, StoreEvidence> ||
    std::is_same_v<T, RetrieveEvidence>;

// A copy of the incident to which entries are applied as they are decided.
class Attempt {
 public:
  Attempt(const Incident& incident, const CommandContext& context)
      : incident_(incident), context_(context), world_time_(context.now) {
    context_.now = TimeIn(incident_, world_time_);
  }

  const Incident& incident() const { return incident_; }
  /// With the time that counts for the incident as it stands.
  const CommandContext& context() const { return context_; }
  absl::Time now() const { return context_.now; }
  std::vector<PendingEntry> TakeEntries() { return std::move(entries_); }

  void Add(std::vector<PendingEntry> entries) {
    for (PendingEntry& entry : entries) {
      const bool in_drill = IsRunningDrill(incident_);
      Apply(incident_,
            {.sequence = incident_.last_sequence + 1,
             .author = entry.by_server ? PrincipalId{} : context_.author,
             .record_time = world_time_,
             .tlp = entry.tlp,
             .occur_time = entry.occur_time},
            entry.event);
      // The clock may have been set.
      if (in_drill || IsRunningDrill(incident_)) {
        if (IsRunningDrill(incident_)) context_.now = TimeIn(incident_, world_time_);
        if (!entry.occur_time) entry.occur_time = context_.now;
      }
      const bool asks = !context_.escalation.empty() && AsksForAck(entry.event);
      entries_.push_back(std::move(entry));
      if (asks) AskFirst();
    }
  }

  // What follows for the runs, until nothing does. The facts stay as they are meanwhile.
  void AddRunEntries() {
    if (incident_.runs.empty() || IsOver(incident_)) return;
    const playbook::Facts facts = FactsOf(incident_);
    RunPlace place;
    while (std::optional<PendingEntry> entry =
               NextRunEntry(incident_, facts, context_.now, place)) {
      std::vector<PendingEntry> one;
      one.push_back(*std::move(entry));
      Add(std::move(one));
    }
  }

  absl::Status AddUpdates(UpdateCause cause) {
    if (incident_.historical || IsOver(incident_)) return absl::OkStatus();
    TOCSIN_ASSIGN_OR_RETURN(std::vector<PendingEntry> updates,
                            ObligationUpdates(incident_, context_, cause));
    Add(std::move(updates));
    return absl::OkStatus();
  }

  void AddCriteria() {
    if (!incident_.historical && !IsOver(incident_)) Add(CriteriaUpdates(incident_, context_));
  }

  void AddDueEscalations() { Add(DueEscalations(incident_, context_.escalation, context_.now)); }

 private:
  void AskFirst() {
    std::vector<PendingEntry> one;
    one.push_back(FirstEscalation(incident_, context_.escalation, context_.now));
    Add(std::move(one));
  }

  Incident incident_;
  CommandContext context_;
  absl::Time world_time_;
  std::vector<PendingEntry> entries_;
};

// Nothing follows from it but itself.
template <typename T>
Entries DecideAlone(const Incident& incident, const T& concrete, const CommandContext& context) {
  if (!IsRunningDrill(incident)) return Decide(incident, concrete, context);
  CommandContext in_drill = context;
  in_drill.now = TimeIn(incident, context.now);
  Entries own = Decide(incident, concrete, in_drill);
  TOCSIN_RETURN_IF_ERROR(own.status());
  for (PendingEntry& entry : *own) {
    if (!entry.occur_time) entry.occur_time = in_drill.now;
  }
  return own;
}

// What was late for the runs by now comes first, because it was so under what was known until now;
// then the command, then what follows from it.
template <typename T>
Entries DecideWithRuns(const Incident& incident, const T& concrete, const CommandContext& context) {
  if (incident.runs.empty() && !std::is_same_v<T, StartRun>) {
    return DecideAlone(incident, concrete, context);
  }
  Attempt attempt(incident, context);
  attempt.Add(DueStepAlerts(attempt.incident(), attempt.now()));
  Entries own = Decide(attempt.incident(), concrete, attempt.context());
  TOCSIN_RETURN_IF_ERROR(own.status());
  attempt.Add(*std::move(own));
  attempt.AddRunEntries();
  attempt.Add(DueStepAlerts(attempt.incident(), attempt.now()));
  return attempt.TakeEntries();
}

// Reminders and warnings come first, because they were due under what was known until now; then the
// rules are asked as things stand, so that `concrete` meets a duty that changed by time alone;
// then, after the command, they are asked again, and what is overdue is recorded as missed in the
// same batch.
template <typename T>
Entries DecideWithObligations(const Incident& incident, const T& concrete,
                              const CommandContext& context) {
  Attempt attempt(incident, context);
  attempt.Add(DueInjects(attempt.incident(), attempt.now()));
  attempt.Add(DueReminders(attempt.incident(), attempt.now()));
  attempt.Add(DueGapWarnings(attempt.incident(), attempt.now()));
  attempt.Add(DueStepAlerts(attempt.incident(), attempt.now()));
  attempt.Add(DueActionAlerts(attempt.incident(), attempt.now()));
  attempt.AddDueEscalations();
  TOCSIN_RETURN_IF_ERROR(attempt.AddUpdates(UpdateCause::kTimeAlone));
  Entries own;
  if constexpr (std::is_same_v<T, DeclareIncident>) {
    own = Declare(concrete, attempt.context());
  } else {
    own = Decide(attempt.incident(), concrete, attempt.context());
  }
  TOCSIN_RETURN_IF_ERROR(own.status());
  attempt.Add(*std::move(own));
  if constexpr (kMovesTheClock<T>) {
    attempt.Add(DueReminders(attempt.incident(), attempt.now()));
    attempt.Add(DueStepAlerts(attempt.incident(), attempt.now()));
    attempt.AddDueEscalations();
  }
  if constexpr (kMovesCriteria<T>) attempt.AddCriteria();
  TOCSIN_RETURN_IF_ERROR(attempt.AddUpdates(UpdateCause::kCommand));
  attempt.AddRunEntries();
  attempt.Add(OverdueMisses(attempt.incident(), attempt.now()));
  attempt.Add(DueGapWarnings(attempt.incident(), attempt.now()));
  attempt.Add(ChangedGapWarnings(incident, attempt.incident(), attempt.now()));
  attempt.Add(DueStepAlerts(attempt.incident(), attempt.now()));
  attempt.Add(DueInjects(attempt.incident(), attempt.now()));
  return attempt.TakeEntries();
}

// Only the first command declares, and nothing else can be said of an incident before.
absl::Status CheckDeclared(const Incident& incident, bool declares) {
  if (declares && incident.declared()) {
    return Error(absl::StatusCode::kAlreadyExists, "ALREADY_DECLARED",
                 absl::StrCat(incident.number, " is already declared"), "Go on with it.");
  }
  if (!declares && !incident.declared()) {
    return NotFound("UNKNOWN_INCIDENT", "there is no such incident", "See tocsin list.");
  }
  return absl::OkStatus();
}

}  // namespace
}  // namespace decide

bool ReadsSignificance(const Command& command) {
  return std::visit(
      [](const auto& concrete) { return decide::kMovesCriteria<std::decay_t<decltype(concrete)>>; },
      command);
}

absl::StatusOr<std::vector<PendingEntry>> Decide(const Incident& incident, const Command& command,
                                                 const CommandContext& context) {
  return std::visit(
      [&](const auto& concrete) -> decide::Entries {
        using T = std::decay_t<decltype(concrete)>;
        TOCSIN_RETURN_IF_ERROR(decide::CheckDeclared(incident, std::is_same_v<T, DeclareIncident>));
        if constexpr (!decide::kAfterDrill<T>) {
          TOCSIN_RETURN_IF_ERROR(decide::CheckNotOver(incident));
        }
        if constexpr (decide::kMovesObligations<T>) {
          return decide::DecideWithObligations(incident, concrete, context);
        } else if constexpr (decide::kMovesRuns<T>) {
          return decide::DecideWithRuns(incident, concrete, context);
        } else {
          return decide::DecideAlone(incident, concrete, context);
        }
      },
      command);
}

}  // namespace tocsin::domain
