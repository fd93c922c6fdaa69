// Declaring, leading, closing, exporting.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/base/view.h"
#include "server/domain/decide.h"
#include "server/domain/decide_parts.h"
#include "server/domain/establishment.h"
#include "server/domain/significance.h"
#include "server/playbook/run_view.h"

namespace tocsin::domain::decide {
namespace {

// Whoever files treats the incident as reportable, decided or not.
bool IsFiledUnder(const Incident& incident, const Ruling* ruling) {
  return std::any_of(incident.obligations.begin(), incident.obligations.end(),
                     [&](const Obligation& obligation) {
                       return obligation.submission && RulingOf(incident, obligation) == ruling;
                     });
}

// Ours, and neither filed nor waived. What has no date while significance is undecided is nobody's
// yet, but a clock that began with a filing must not be lost: a final report that waits for
// `handled` has no date either.
bool StandsOpen(const Incident& incident, const Obligation& obligation) {
  const regulation::Duty& duty = obligation.duty;
  if (!duty.own_duty || obligation.state != ObligationState::kOpen) return false;
  if (duty.state == regulation::DutyState::kDated) return true;
  return duty.state == regulation::DutyState::kNoDateYet &&
         (!duty.provisional || IsFiledUnder(incident, RulingOf(incident, obligation)));
}

// What stands between the incident and its closing, in words.
std::vector<std::string> OpenWork(const Incident& incident) {
  std::vector<std::string> open;
  if (IsOver(incident)) return open;
  for (const Obligation& obligation : incident.obligations) {
    if (StandsOpen(incident, obligation)) {
      open.push_back(absl::StrCat("obligation ", obligation.id));
    }
  }
  for (const Ruling& ruling : incident.rulings) {
    const bool undecided = !ruling.significance && CriteriaAreMet(ruling);
    if (undecided || IsOutdated(ruling)) {
      open.push_back(absl::StrCat("decision on significance under ", ruling.id()));
    }
  }
  for (const playbook::Run& run : incident.runs) {
    for (size_t step : playbook::OpenMandatorySteps(run)) {
      open.push_back(absl::StrCat("step ", run.definition->steps[step].id));
    }
  }
  return open;
}

// Whoever learns of an incident without a review must be able to read why there is none. A
// historical incident was reviewed, or not, where it happened.
bool NeedsReview(const Incident& incident, const CloseIncident& command) {
  const bool exempt = command.sev4_needs_no_review && incident.worst_severity == Severity::kSev4;
  return incident.review.state != ReviewState::kPublished && !incident.historical && !exempt;
}

// Names each further regime after those before it, as AdoptRegime would one by one.
absl::Status AddFurther(const DeclareIncident& command, const CommandContext& context,
                        std::vector<PendingEntry>& entries) {
  Incident under;
  Apply(under, {.sequence = 1, .record_time = context.now}, entries.front().event);
  for (const DeclareIncident::Further& further : command.further) {
    AdoptRegime adopt{further.pack, further.entity_kind, "the organisation is under it",
                      further.establishment, /*establishment_stated=*/true};
    TOCSIN_ASSIGN_OR_RETURN(RegimeAdopted adopted, AdoptionOf(under, adopt, context));
    if (FindRuling(under, adopted.ruling) != nullptr) {
      return InvalidArgument("REGIME_TWICE",
                             absl::StrCat(adopted.ruling, " is named twice for the incident"),
                             "Name each law once for each establishment.");
    }
    Apply(under, {.sequence = under.last_sequence + 1, .record_time = context.now}, adopted);
    entries.push_back({.event = std::move(adopted), .by_server = true});
  }
  return absl::OkStatus();
}

}  // namespace

Entries Declare(const DeclareIncident& command, const CommandContext& context) {
  TOCSIN_RETURN_IF_ERROR(CheckLine("the title", command.title));
  TOCSIN_RETURN_IF_ERROR(CheckLine("the entity kind", command.entity_kind, /*may_be_empty=*/true));
  TOCSIN_RETURN_IF_ERROR(CheckAttributes(command.attributes));
  if (command.detect_time) {
    TOCSIN_RETURN_IF_ERROR(CheckClaimedTime("the detection", *command.detect_time, context.now));
  }
  IncidentDeclared declared{.number = command.number,
                            .title = command.title,
                            .severity = command.severity,
                            .tlp = command.tlp,
                            .restricted = command.restricted,
                            .drill = command.drill,
                            .historical = command.historical,
                            .entity_kind = command.entity_kind,
                            .zone = command.zone,
                            .attributes = command.attributes,
                            .pack = command.pack};
  if (command.pack != nullptr) {
    declared.establishment =
        Settle(command.pack->pack, command.establishment, command.zone, context.calendars);
  }
  std::vector<PendingEntry> entries = One(std::move(declared));
  TOCSIN_RETURN_IF_ERROR(AddFurther(command, context, entries));
  if (command.scenario != nullptr) {
    TOCSIN_ASSIGN_OR_RETURN(DrillStarted started, StartOf(command, context));
    entries.insert(entries.begin() + 1, {.event = std::move(started)});
  }
  if (!command.historical) {
    // Who starts a scenario watches it: the team finds its own commander.
    const IncidentRole role =
        command.scenario == nullptr ? IncidentRole::kCommander : IncidentRole::kObserver;
    entries.push_back({.event = RoleAssigned{role, context.author}});
  }
  if (command.detect_time) {
    entries.push_back(
        {.event = AnchorRecorded{"detected", *command.detect_time, "stated at declaration"}});
  }
  if (command.playbook != nullptr) {
    entries.push_back({.event = RunStarted{"run-1", command.playbook}});
  }
  return entries;
}

Entries Decide(const Incident& incident, const ChangePhase& command, const CommandContext&) {
  TOCSIN_RETURN_IF_ERROR(CheckOpen(incident));
  TOCSIN_RETURN_IF_ERROR(CheckText("the reason", command.because));
  if (command.phase == Phase::kClosed) {
    return FailedPrecondition("CLOSE_HAS_ITS_OWN_COMMAND", "an incident is closed with `close`",
                              "Run tocsin close --because \"…\".");
  }
  if (command.phase == incident.phase) {
    return Error(absl::StatusCode::kAlreadyExists, "PHASE_UNCHANGED",
                 absl::StrCat(incident.number, " is already in ", ToAbsl(ToText(command.phase))),
                 "Nothing to do.");
  }
  const int step = static_cast<int>(command.phase) - static_cast<int>(incident.phase);
  if (step > 1) {
    const auto next = FromNumber<Phase>(static_cast<int>(incident.phase) + 1);
    return FailedPrecondition("PHASE_JUMP",
                              absl::StrCat("from ", ToAbsl(ToText(incident.phase)), " to ",
                                           ToAbsl(ToText(command.phase)), " leaves out a phase"),
                              absl::StrCat("The next phase is ", ToAbsl(ToText(*next)),
                                           ". Record each phase, if only for a moment."));
  }
  return One(PhaseChanged{incident.phase, command.phase, command.because});
}

Entries Decide(const Incident& incident, const ChangeSeverity& command, const CommandContext&) {
  TOCSIN_RETURN_IF_ERROR(CheckOpen(incident));
  TOCSIN_RETURN_IF_ERROR(CheckText("the reason", command.because));
  if (command.severity == incident.severity) {
    return Error(absl::StatusCode::kAlreadyExists, "SEVERITY_UNCHANGED",
                 absl::StrCat(incident.number, " already has ", ToAbsl(ToText(command.severity))),
                 "Nothing to do.");
  }
  return One(SeverityChanged{incident.severity, command.severity, command.because});
}

Entries Decide(const Incident& incident, const AssignRole& command, const CommandContext&) {
  TOCSIN_RETURN_IF_ERROR(CheckOpen(incident));
  TOCSIN_RETURN_IF_ERROR(CheckPerson(command.principal));
  const auto holders = incident.role_holders.find(command.role);
  if (holders != incident.role_holders.end() && holders->second.contains(command.principal)) {
    return Error(absl::StatusCode::kAlreadyExists, "ROLE_ALREADY_HELD",
                 absl::StrCat("this person already is ", ToAbsl(ToText(command.role))),
                 "Nothing to do.");
  }
  return One(RoleAssigned{command.role, command.principal});
}

Entries Decide(const Incident& incident, const AddMember& command, const CommandContext&) {
  TOCSIN_RETURN_IF_ERROR(CheckPerson(command.principal));
  if (IsMember(incident, command.principal)) {
    return Error(absl::StatusCode::kAlreadyExists, "ALREADY_MEMBER",
                 "this person already is a member", "Nothing to do.");
  }
  return One(MemberAdded{command.principal});
}

Entries Decide(const Incident& incident, const CloseIncident& command, const CommandContext&) {
  TOCSIN_RETURN_IF_ERROR(CheckOpen(incident));
  TOCSIN_RETURN_IF_ERROR(CheckText("the reason", command.because));
  if (IsRunningDrill(incident)) {
    return FailedPrecondition("DRILL_RUNNING", absl::StrCat("the drill ", incident.number, " runs"),
                              "Stop it first: tocsin drill stop --because \"…\".");
  }
  TOCSIN_RETURN_IF_ERROR(
      CheckText("the reason for no review", command.review_waiver, {.may_be_empty = true}));
  const bool waives = !command.review_waiver.empty();
  if (waives && incident.review.state == ReviewState::kPublished) {
    return FailedPrecondition("REVIEW_PUBLISHED", "the review is published",
                              "Close the incident without --no-review.");
  }
  std::vector<std::string> open = OpenWork(incident);
  if (!waives && NeedsReview(incident, command)) open.emplace_back("the review");
  if (!open.empty()) {
    return FailedPrecondition(
        "WORK_OPEN", absl::StrCat("still open: ", absl::StrJoin(open, ", ")),
        "File each notification or waive it with a reason, decide significance, do or skip the "
        "mandatory steps, and publish the review or say why there is none: --no-review \"…\".");
  }
  std::vector<PendingEntry> entries;
  if (waives) entries = One(ReviewWaived{command.review_waiver});
  entries.push_back({.event = IncidentClosed{command.because}});
  return entries;
}

Entries Decide(const Incident& incident, const ReopenIncident& command, const CommandContext&) {
  TOCSIN_RETURN_IF_ERROR(CheckText("the reason", command.because));
  if (!incident.closed()) {
    return FailedPrecondition("INCIDENT_NOT_CLOSED",
                              absl::StrCat(incident.number, " is not closed"),
                              "Go on working; there is nothing to reopen.");
  }
  return One(IncidentReopened{command.because});
}

Entries Decide(const Incident& incident, const ExportIncident& command, const CommandContext&) {
  TOCSIN_RETURN_IF_ERROR(CheckLine("the profile", command.profile));
  return One(IncidentExported{command.profile, incident.last_sequence, command.last_leaf});
}

}  // namespace tocsin::domain::decide
