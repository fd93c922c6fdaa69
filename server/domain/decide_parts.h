// Decide by area: one function a command, each in the file of its area. Only decide.cc and the area
// files include this.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "server/domain/command.h"
#include "server/domain/incident.h"
#include "server/domain/run_facts.h"

namespace tocsin::domain::decide {

using Entries = absl::StatusOr<std::vector<PendingEntry>>;

// decide_incident.cc
Entries Declare(const DeclareIncident& command, const CommandContext& context);
Entries Decide(const Incident& incident, const ChangePhase& command, const CommandContext& context);
Entries Decide(const Incident& incident, const ChangeSeverity& command,
               const CommandContext& context);
Entries Decide(const Incident& incident, const AssignRole& command, const CommandContext& context);
Entries Decide(const Incident& incident, const AddMember& command, const CommandContext& context);
Entries Decide(const Incident& incident, const CloseIncident& command,
               const CommandContext& context);
Entries Decide(const Incident& incident, const ReopenIncident& command,
               const CommandContext& context);
Entries Decide(const Incident& incident, const ExportIncident& command,
               const CommandContext& context);

// decide_timeline.cc
Entries Decide(const Incident& incident, const RecordEntry& command, const CommandContext& context);
Entries Decide(const Incident& incident, const CorrectEntry& command,
               const CommandContext& context);
Entries Decide(const Incident& incident, const RetractEntry& command,
               const CommandContext& context);

// decide_anchor.cc
Entries Decide(const Incident& incident, const RecordAnchor& command,
               const CommandContext& context);
Entries Decide(const Incident& incident, const DecideAwareness& command,
               const CommandContext& context);

// decide_obligation.cc
Entries Decide(const Incident& incident, const AdoptRegime& command, const CommandContext& context);
Entries Decide(const Incident& incident, const RequestIntermediate& command,
               const CommandContext& context);
Entries Decide(const Incident& incident, const WaiveObligation& command,
               const CommandContext& context);
Entries Decide(const Incident& incident, const FireTimer& command, const CommandContext& context);

// decide_significance.cc
Entries Decide(const Incident& incident, const AssessImpact& command,
               const CommandContext& context);
Entries Decide(const Incident& incident, const DecideSignificance& command,
               const CommandContext& context);

// decide_notification.cc
Entries Decide(const Incident& incident, const DraftNotification& command,
               const CommandContext& context);
Entries Decide(const Incident& incident, const ApproveNotification& command,
               const CommandContext& context);
Entries Decide(const Incident& incident, const RecordSubmission& command,
               const CommandContext& context);
Entries Decide(const Incident& incident, const RecordAcknowledgement& command,
               const CommandContext& context);

// decide_playbook.cc
Entries Decide(const Incident& incident, const StartRun& command, const CommandContext& context);
Entries Decide(const Incident& incident, const CompleteStep& command,
               const CommandContext& context);
Entries Decide(const Incident& incident, const SkipStep& command, const CommandContext& context);
Entries Decide(const Incident& incident, const AssignStep& command, const CommandContext& context);
Entries Decide(const Incident& incident, const AnswerStep& command, const CommandContext& context);

// decide_review.cc
Entries Decide(const Incident& incident, const OpenReview& command, const CommandContext& context);
Entries Decide(const Incident& incident, const AddFinding& command, const CommandContext& context);
Entries Decide(const Incident& incident, const InviteToReview& command,
               const CommandContext& context);
Entries Decide(const Incident& incident, const SubmitReview& command,
               const CommandContext& context);
Entries Decide(const Incident& incident, const ReadReview& command, const CommandContext& context);
Entries Decide(const Incident& incident, const PublishReview& command,
               const CommandContext& context);
/// Refuses when no review is open. Reasons REVIEW_NOT_OPEN, REVIEW_PUBLISHED.
absl::Status CheckReviewOpen(const Incident& incident);

// decide_action_item.cc
Entries Decide(const Incident& incident, const AddActionItem& command,
               const CommandContext& context);
Entries Decide(const Incident& incident, const CompleteActionItem& command,
               const CommandContext& context);
Entries Decide(const Incident& incident, const ChangeActionItem& command,
               const CommandContext& context);
Entries Decide(const Incident& incident, const DropActionItem& command,
               const CommandContext& context);
Entries Decide(const Incident& incident, const EvaluateActionItem& command,
               const CommandContext& context);

// decide_briefing.cc
Entries Decide(const Incident& incident, const OfferHandover& command,
               const CommandContext& context);
Entries Decide(const Incident& incident, const AnswerHandover& command,
               const CommandContext& context);
Entries Decide(const Incident& incident, const SendSituationReport& command,
               const CommandContext& context);

// decide_alert.cc
Entries Decide(const Incident& incident, const AcknowledgeAlert& command,
               const CommandContext& context);

// decide_drill.cc
/// The scenario is played from its beginning. Checks what the command says of it.
absl::StatusOr<DrillStarted> StartOf(const DeclareIncident& command, const CommandContext& context);
Entries Decide(const Incident& incident, const SetDrillClock& command,
               const CommandContext& context);
Entries Decide(const Incident& incident, const DeclareInDrill& command,
               const CommandContext& context);
Entries Decide(const Incident& incident, const StopDrill& command, const CommandContext& context);
Entries Decide(const Incident& incident, const JudgeExpectation& command,
               const CommandContext& context);
/// An InjectDelivered for each inject of a running drill that is due by `now` on its clock.
std::vector<PendingEntry> DueInjects(const Incident& incident, absl::Time now);
/// Refuses what makes no sense in a drill that is over. Reason DRILL_OVER.
absl::Status CheckNotOver(const Incident& incident);

// decide_evidence.cc
Entries Decide(const Incident& incident, const AddEvidence& command, const CommandContext& context);
Entries Decide(const Incident& incident, const MoveEvidence& command,
               const CommandContext& context);
Entries Decide(const Incident& incident, const StoreEvidence& command,
               const CommandContext& context);
Entries Decide(const Incident& incident, const RetrieveEvidence& command,
               const CommandContext& context);

// Shared checks.

/// One entry with `event`, by the caller, now.
std::vector<PendingEntry> One(Event event);
/// The second that `time` lies in: legal instants carry no fractions.
inline absl::Time WholeSecond(absl::Time time) {
  return absl::FromUnixSeconds(absl::ToUnixSeconds(time));
}
/// Refuses what a closed incident no longer takes. Reason INCIDENT_CLOSED.
absl::Status CheckOpen(const Incident& incident);
/// Refuses a claimed time more than kFutureTolerance ahead (reason TIME_IN_FUTURE) or before 1970
/// (TIME_TOO_EARLY).
absl::Status CheckClaimedTime(std::string_view what, absl::Time time, absl::Time now);
/// Refuses the zero id, which is the server. Reason NO_PERSON.
absl::Status CheckPerson(const PrincipalId& principal);
/// `text` in quotes, for messages; a placeholder when it is long or unclean, so that messages stay
/// short and clean.
std::string Quoted(std::string_view text);
/// NearestWord for text from outside: a long word is near to none.
std::string NearestShort(std::string_view word, const std::vector<std::string>& candidates);
/// At most kAttributesMax, keys of a-z 0-9 _ . -, values of at most 4 KiB. Reason BAD_ATTRIBUTE.
absl::Status CheckAttributes(const Attributes& attributes);
/// The regime of that name or id; with an empty name the only one. Reasons NO_REGIME, WHICH_REGIME
/// (several, and none named), UNKNOWN_REGIME.
absl::StatusOr<const Ruling*> RequireRuling(const Incident& incident, std::string_view regime);

/// The ObligationUpdated entries that bring `incident` in line with its rules at `context.now`.
/// Obligations are created by the first update that names them. `cause` says whether a command was
/// applied since the rules were asked last: if not, a date whose clock began at the same instant
/// was moved by the time zone data, and the update names both versions.
enum class UpdateCause { kTimeAlone, kCommand };
absl::StatusOr<std::vector<PendingEntry>> ObligationUpdates(const Incident& incident,
                                                            const CommandContext& context,
                                                            UpdateCause cause);
/// A CriteriaAssessed for each regime to whose criteria the facts stand otherwise than recorded.
std::vector<PendingEntry> CriteriaUpdates(const Incident& incident, const CommandContext& context);
/// An ObligationReminded for each reminder of TimersFor that is due by `now`.
std::vector<PendingEntry> DueReminders(const Incident& incident, absl::Time now);
/// An ObligationMissed for each dated duty whose due time of TimersFor is at or before `now`.
std::vector<PendingEntry> OverdueMisses(const Incident& incident, absl::Time now);

// advance_runs.cc
/// The next entry that follows from the facts for one of the incident's runs, such as a branch that
/// is decided now; nullopt when nothing follows any more. `facts` are those of `incident`.
/// `place` says where to look on; start with an empty one, and ask again until nullopt.
struct RunPlace {
  size_t run = 0;
  size_t position = 0;
  bool moved = false;
};
std::optional<PendingEntry> NextRunEntry(const Incident& incident, const playbook::Facts& facts,
                                         absl::Time now, RunPlace& place);
/// A StepReminded or StepOverdue for each step of TimersFor that is due by `now`.
std::vector<PendingEntry> DueStepAlerts(const Incident& incident, absl::Time now);

}  // namespace tocsin::domain::decide
