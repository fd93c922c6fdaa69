#include "server/domain/describe.h"

#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/time_text.h"
#include "server/base/view.h"
#include "server/domain/awareness.h"
#include "server/domain/escalation.h"
#include "server/domain/evidence.h"
#include "server/domain/significance.h"

namespace tocsin::domain {
namespace {

std::string Word(std::string_view text) {
  return std::string(text);
}

std::string Seat(const std::optional<Establishment>& establishment) {
  if (!establishment || establishment->country.empty()) return "";
  return absl::StrCat(" in ", establishment->country);
}

// Ends a sentence; nothing without a receipt.
std::string ReceiptText(const std::optional<ReceiptFile>& receipt) {
  if (!receipt) return "";
  return absl::StrCat("; receipt ", receipt->name, ", ", receipt->size, " bytes, SHA-256 ",
                      receipt->digest.Hex());
}

struct Sentence {
  const HandleOf& handle_of;

  std::string operator()(const IncidentDeclared& e) const {
    return absl::StrCat(e.drill ? "DRILL declared: " : "Declared: ", e.title, " (",
                        Word(ToText(e.severity)), ", TLP:", Word(ToText(e.tlp)), ")");
  }
  std::string operator()(const EntryRecorded& e) const { return e.text; }
  std::string operator()(const EntryCorrected& e) const { return e.text; }
  std::string operator()(const EntryRetracted& e) const {
    return absl::StrCat("Retracted #", e.sequence, ": ", e.because);
  }
  std::string operator()(const PhaseChanged& e) const {
    return absl::StrCat("Phase ", Word(ToText(e.from)), " → ", Word(ToText(e.to)), ": ", e.because);
  }
  std::string operator()(const SeverityChanged& e) const {
    return absl::StrCat("Severity ", Word(ToText(e.from)), " → ", Word(ToText(e.to)), ": ",
                        e.because);
  }
  std::string operator()(const RoleAssigned& e) const {
    return absl::StrCat(handle_of(e.principal), " is ", Word(ToText(e.role)));
  }
  std::string operator()(const MemberAdded& e) const {
    return absl::StrCat(handle_of(e.principal), " may see this incident");
  }
  std::string operator()(const IncidentClosed& e) const { return "Closed: " + e.because; }
  std::string operator()(const IncidentReopened& e) const { return "Reopened: " + e.because; }
  std::string operator()(const AnchorRecorded& e) const {
    return absl::StrCat(
        e.anchor, " at ", FormatInstant(e.time),
        e.awaits_approval ? " (later: awaits a second person, moves no date yet): " : ": ",
        e.because);
  }
  std::string operator()(const AwarenessDecided& e) const {
    return absl::StrCat(
        "Awareness of #", e.sequence,
        e.approved ? " approved, clocks run from it: " : " not approved: ", e.because);
  }
  std::string operator()(const AwarenessGapWarned& e) const {
    const absl::Duration span = e.aware_time ? *e.aware_time - e.detect_time : LimitOf(e.level);
    return absl::StrCat("Warning, ", Word(ToText(e.level)), ": ",
                        GapText(e.detect_time, e.aware_time, span), "; expect to be asked why");
  }
  std::string operator()(const ImpactAssessed& e) const {
    std::vector<std::string> facts;
    for (const auto& [key, value] : e.facts) facts.push_back(absl::StrCat(key, "=", value));
    std::string text = absl::StrCat("Impact: ", absl::StrJoin(facts, ", "));
    if (!e.note.empty()) absl::StrAppend(&text, ". ", e.note);
    return text;
  }
  std::string operator()(const SignificanceDecided& e) const {
    std::string text = absl::StrCat(e.significant ? "Significant under " : "Not notifiable under ",
                                    e.regime, e.significant ? ": " : " because: ", e.because);
    if (const std::vector<std::string> met = MetIds(e.basis); !met.empty()) {
      absl::StrAppend(&text, " (criteria met: ", absl::StrJoin(met, ", "), ")");
    }
    return text;
  }
  std::string operator()(const CriteriaAssessed& e) const {
    return DescribeAssessment(e.regime, e.assessment);
  }
  std::string operator()(const ObligationUpdated& e) const {
    std::string text = absl::StrCat(e.duty.label, " (", e.duty.article, "): ");
    if (e.duty.due) {
      absl::StrAppend(&text, "due ", FormatInstant(*e.duty.due), "; ", e.duty.arithmetic);
    } else {
      absl::StrAppend(&text, e.duty.arithmetic.empty() ? Word(regulation::ToText(e.duty.state))
                                                       : e.duty.arithmetic);
    }
    if (!e.former_zone_data.empty()) {
      absl::StrAppend(&text, "; moved by time zone data ", e.zone_data, ", before ",
                      e.former_zone_data);
    }
    if (e.duty.provisional) absl::StrAppend(&text, " (provisional)");
    return text;
  }
  std::string operator()(const ObligationReminded& e) const {
    return absl::StrCat(e.obligation, ": ", e.percent, " % of the time is gone; due ",
                        FormatInstant(e.due));
  }
  std::string operator()(const ObligationMissed& e) const {
    return absl::StrCat("MISSED: ", e.obligation, " was due ", FormatInstant(e.due),
                        ". File it now, with the reason.");
  }
  std::string operator()(const IntermediateRequested& e) const {
    return absl::StrCat("Intermediate report requested ", FormatInstant(e.request_time), ": ",
                        e.because);
  }
  std::string operator()(const NotificationDrafted& e) const {
    size_t filled = 0;
    size_t missing = 0;
    for (const DraftField& field : e.fields) {
      filled += field.state == FieldState::kFilled ? 1U : 0U;
      missing += field.state == FieldState::kMissing && field.required ? 1U : 0U;
    }
    std::string text = absl::StrCat("Draft of ", e.obligation, ": ", filled, " fields filled, ",
                                    missing, " required ones missing");
    if (!e.form.id.empty()) {
      absl::StrAppend(&text, "; form ", e.form.id, " ", e.form.version, ", ", e.form.language);
    }
    return text;
  }
  std::string operator()(const NotificationApproved& e) const {
    return absl::StrCat("Approved draft #", e.draft_sequence, " of ", e.obligation);
  }
  std::string operator()(const NotificationSubmitted& e) const {
    std::string text = absl::StrCat("Filed ", e.obligation, " at ", FormatInstant(e.submit_time),
                                    " by ", e.channel);
    if (!e.reference.empty()) absl::StrAppend(&text, ", reference ", e.reference);
    if (!e.late_reason.empty()) absl::StrAppend(&text, "; late: ", e.late_reason);
    if (e.draft_sequence == 0) {
      absl::StrAppend(&text, "; without a draft in the record");
    } else if (e.document) {
      absl::StrAppend(&text, "; document of #", e.draft_sequence,
                      e.document->approved ? "" : ", which was not approved", ", ",
                      e.document->size, " bytes, SHA-256 ", e.document->digest.Hex());
    }
    return text + ReceiptText(e.receipt);
  }
  std::string operator()(const NotificationAcknowledged& e) const {
    std::string text = absl::StrCat("Authority acknowledged ", e.obligation, " at ",
                                    FormatInstant(e.acknowledge_time));
    if (!e.reference.empty()) absl::StrAppend(&text, ", reference ", e.reference);
    return text + ReceiptText(e.receipt);
  }
  std::string operator()(const ObligationWaived& e) const {
    return absl::StrCat("Waived ", e.obligation, ": ", e.because);
  }
  std::string operator()(const RunStarted& e) const {
    std::string text = absl::StrCat("Started playbook ", e.playbook->definition.id, " ",
                                    e.playbook->definition.version, " as ", e.run);
    if (!e.parent_run.empty()) absl::StrAppend(&text, ": ", e.parent_run, " ", e.parent_step);
    return text;
  }
  std::string operator()(const StepCompleted& e) const {
    return absl::StrCat(e.run, " ", e.step, " done", e.evidence.empty() ? "" : ": ", e.evidence);
  }
  std::string operator()(const StepSkipped& e) const {
    return absl::StrCat(e.run, " ", e.step, " skipped: ", e.because);
  }
  std::string operator()(const StepAssigned& e) const {
    return absl::StrCat(e.run, " ", e.step, " assigned to ", handle_of(e.principal));
  }
  std::string operator()(const BranchDecided& e) const {
    return absl::StrCat(e.run, " ", e.step, e.taken ? " taken: " : " not taken: ", e.because);
  }
  std::string operator()(const StepAnswered& e) const {
    return absl::StrCat(e.run, " ", e.step, " answered: ", e.question, "=", e.answer);
  }
  std::string operator()(const StepReminded& e) const {
    return absl::StrCat(e.run, " ", e.step, " is due ", FormatInstant(e.due));
  }
  std::string operator()(const StepOverdue& e) const {
    return absl::StrCat("LATE: ", e.run, " ", e.step, " was due ", FormatInstant(e.due));
  }
  std::string operator()(const StepRepeated& e) const {
    if (!e.due) return absl::StrCat(e.run, " ", e.step, " done, no further round: ", e.because);
    return absl::StrCat(e.run, " ", e.step, " again, due ", FormatInstant(*e.due), ": ", e.because);
  }
  std::string operator()(const RunJoined& e) const {
    return absl::StrCat(e.run, " ", e.step, " joins ", e.joined);
  }
  std::string operator()(const StepConfirmed& e) const {
    return absl::StrCat(e.run, " ", e.step, " confirmed", e.evidence.empty() ? "" : ": ",
                        e.evidence);
  }
  std::string operator()(const ReviewOpened& e) const {
    if (e.guide.id.empty()) return "Review opened";
    return absl::StrCat("Review opened with the questions of ", e.guide.id, " ", e.guide.version);
  }
  std::string operator()(const ReviewInvited& e) const {
    std::vector<std::string> people;
    for (const PrincipalId& person : e.people) people.push_back(handle_of(person));
    const std::string meeting =
        e.meet_time ? absl::StrCat("meets ", FormatInstant(*e.meet_time)) : "";
    if (people.empty()) return "Review " + meeting;
    return absl::StrCat("Invited to the review: ", absl::StrJoin(people, ", "),
                        meeting.empty() ? "" : "; it " + meeting);
  }
  std::string operator()(const FindingAdded& e) const {
    std::string text = absl::StrCat("Review, ", Word(ToText(e.kind)), ": ", e.text);
    if (e.entries.empty()) return text;
    return absl::StrCat(text, " (see #", absl::StrJoin(e.entries, ", #"), ")");
  }
  std::string operator()(const ReviewSubmitted& e) const {
    return "Review to be read by a second person: " + e.summary;
  }
  std::string operator()(const ReviewRead& e) const {
    return absl::StrCat(e.approved ? "Review approved" : "Review given back",
                        e.note.empty() ? "" : ": ", e.note);
  }
  std::string operator()(const ReviewWaived& e) const { return "No review: " + e.because; }
  std::string operator()(const ActionItemAdded& e) const {
    const std::string type = e.type ? absl::StrCat(" (", Word(ToText(*e.type)), ")") : "";
    return absl::StrCat(e.action_item, type, " for ", handle_of(e.owner), " by ",
                        FormatInstant(e.due), ": ", e.text);
  }
  std::string operator()(const ActionItemChanged& e) const {
    return absl::StrCat(e.action_item, e.owner.empty() ? "" : " now for " + handle_of(e.owner),
                        e.due ? " now due " + FormatInstant(*e.due) : "", ": ", e.because);
  }
  std::string operator()(const ActionItemDropped& e) const {
    return absl::StrCat(e.action_item, " dropped: ", e.because);
  }
  std::string operator()(const ActionItemAlerted& e) const {
    const std::string who = absl::StrCat(e.action_item, " of ", handle_of(e.owner));
    switch (e.alert) {
      case ActionAlert::kDueSoon:
        return absl::StrCat(who, " is due ", FormatInstant(e.due));
      case ActionAlert::kOverdue:
      case ActionAlert::kStillOverdue:
      case ActionAlert::kLongOverdue:
        return absl::StrCat(who, " is overdue since ", FormatInstant(e.due));
      case ActionAlert::kDidItHelp:
      case ActionAlert::kDidItHelpAgain:
        return absl::StrCat(who, ": did it help? Answer yes, no or partly");
    }
    return who;
  }
  std::string operator()(const ActionItemEvaluated& e) const {
    return absl::StrCat(e.action_item, " helped: ", Word(ToText(e.helped)), ". ", e.because);
  }
  std::string operator()(const ActionItemCompleted& e) const {
    return absl::StrCat(e.action_item, " done: ", e.evidence);
  }
  std::string operator()(const ReviewPublished& e) const {
    if (e.without_reader.empty()) return "Review published: " + e.summary;
    return absl::StrCat("Review published without a second reader (", e.without_reader,
                        "): ", e.summary);
  }
  std::string operator()(const IncidentExported& e) const {
    return absl::StrCat("Exported up to #", e.last_sequence, ", profile ", e.profile);
  }
  std::string operator()(const HandoverOffered& e) const {
    return absl::StrCat("Offers ", handle_of(e.to), " to be ", Word(ToText(e.role)), ". ", e.brief);
  }
  std::string operator()(const HandoverAnswered& e) const {
    std::string text = absl::StrCat(e.accepted ? "Accepts to be " : "Declines to be ",
                                    Word(ToText(e.role)), " (#", e.offer, ")");
    if (!e.because.empty()) absl::StrAppend(&text, ": ", e.because);
    return text;
  }
  std::string operator()(const SituationReported& e) const {
    std::string text = absl::StrCat("Situation report for ", Word(ToText(e.audience)),
                                    "\nConditions:\n", e.conditions);
    if (!e.actions.empty()) absl::StrAppend(&text, "\nActions:\n", e.actions);
    if (!e.needs.empty()) absl::StrAppend(&text, "\nNeeds:\n", e.needs);
    return text;
  }
  std::string operator()(const DrillStarted& e) const {
    const Scenario& scenario = e.scenario->scenario;
    return absl::StrCat("DRILL started: ", scenario.id, " ", scenario.version, ", ", scenario.title,
                        "; its clock shows ", FormatInstant(e.begin_time), " and runs ", e.speed,
                        "x", e.paused ? ", paused" : "");
  }
  std::string operator()(const DrillClockSet& e) const {
    const std::string at = absl::StrCat(" at ", FormatInstant(e.time));
    switch (e.change) {
      case ClockChange::kPause:
        return "DRILL paused" + at;
      case ClockChange::kResume:
        return absl::StrCat("DRILL goes on", at, ", ", e.speed, "x");
      case ClockChange::kSpeed:
        return absl::StrCat("DRILL clock runs ", e.speed, "x", at);
      case ClockChange::kNext:
        return absl::StrCat("DRILL moved on to ", e.inject, at);
      case ClockChange::kNone:
        break;
    }
    return "DRILL clock set" + at;
  }
  std::string operator()(const InjectDelivered& e) const {
    std::vector<std::string> to;
    for (IncidentRole role : e.to) to.push_back(Word(ToText(role)));
    return absl::StrCat("DRILL ", e.via, " from ", e.from, " to ",
                        to.empty() ? "everybody" : absl::StrJoin(to, ", "), ": ", e.text);
  }
  std::string operator()(const DrillDeclared& e) const {
    return absl::StrCat("DRILL: the team declares: ", e.title, " (", Word(ToText(e.severity)), ")");
  }
  std::string operator()(const DrillStopped& e) const { return "DRILL stopped: " + e.because; }
  std::string operator()(const DrillJudged& e) const {
    return absl::StrCat("DRILL judged, ", e.expectation,
                        e.met ? " met: " : " not met: ", e.because);
  }
  std::string operator()(const AlertAcknowledged& e) const {
    return absl::StrCat("Alert of #", e.alert, " acknowledged");
  }
  std::string operator()(const AlertEscalated& e) const {
    const std::string whom = Names(e.asked);
    const std::string level = absl::StrCat(
        " (", e.role ? absl::StrCat(Word(ToText(*e.role)), ", ") : "", "level ", e.level,
        e.attempt > 1 ? absl::StrCat(", ", e.attempt, " of ", kLastLevelAttempts) : "", ")");
    // Nobody can have acknowledged what just arose.
    std::string text =
        e.waited <= absl::ZeroDuration()
            ? absl::StrCat("Alert of #", e.alert)
            : absl::StrCat("Alert of #", e.alert, " not acknowledged in ", FormatSpan(e.waited));
    if (e.asked.empty()) {
      absl::StrAppend(&text, ": nobody ", e.level == 0 ? "can be" : "further is", " asked");
    } else if (e.waited <= absl::ZeroDuration()) {
      absl::StrAppend(&text, " asks ", whom, " to acknowledge", level);
    } else if (e.attempt > 1) {
      absl::StrAppend(&text, ": ", whom, " asked again", level);
    } else {
      absl::StrAppend(&text, ": escalated to ", whom, level);
    }
    if (!e.skipped.empty()) {
      absl::StrAppend(&text, "; nobody there for ", absl::StrJoin(e.skipped, ", "));
    }
    return text;
  }
  std::string operator()(const RegimeAdopted& e) const {
    return absl::StrCat("Under ", e.pack->pack.regime, ", version ", e.pack->pack.version, ", as ",
                        e.entity_kind, Seat(e.establishment), ": ", e.because);
  }
  std::string operator()(const EvidenceAdded& e) const {
    std::string text = absl::StrCat("Evidence ", e.item, " collected: ", e.name, ", ", e.size,
                                    " bytes, SHA-256 ", e.digest.Hex());
    if (!e.from.empty()) absl::StrAppend(&text, "; from ", e.from);
    if (!e.note.empty()) absl::StrAppend(&text, "; ", e.note);
    return text;
  }
  std::string operator()(const EvidenceMoved& e) const {
    std::string text = absl::StrCat("Evidence ", e.item, " ", Word(ToText(e.custody)), " to ",
                                    HolderText(e.principal, e.to, handle_of));
    if (!e.because.empty()) absl::StrAppend(&text, ": ", e.because);
    return text;
  }
  std::string operator()(const EvidenceStored& e) const {
    return absl::StrCat("Evidence ", e.item, " stored in the server: ", e.size, " bytes, SHA-256 ",
                        e.digest.Hex());
  }
  std::string operator()(const EvidenceRetrieved& e) const {
    return absl::StrCat("Evidence ", e.item, " retrieved from the server");
  }
  std::string operator()(const PrincipalCreated& e) const {
    return absl::StrCat("@", e.handle, " created");
  }
  std::string operator()(const CodeIssued& e) const {
    return absl::StrCat(
        e.scope == TokenScope::kChat ? "Code for a chat account of " : "Enrolment code issued for ",
        handle_of(e.principal));
  }
  std::string operator()(const TokenIssued& e) const {
    if (e.scope == TokenScope::kFull) return absl::StrCat(handle_of(e.principal), " enrolled");
    return absl::StrCat(handle_of(e.principal), " linked the chat account ", e.device);
  }
  std::string operator()(const TokenRevoked&) const { return "Token revoked"; }

  std::string Names(const std::vector<PrincipalId>& people) const {
    std::vector<std::string> names;
    for (const PrincipalId& person : people) names.push_back(handle_of(person));
    return absl::StrJoin(names, " ");
  }
};

// What is about alerts that are to be acknowledged.
void AddAlertFacts(const Event& event, const HandleOf& handle_of, Attributes& facts) {
  if (AsksForAck(event)) facts["ack"] = "asked";
  if (const auto* acknowledged = std::get_if<AlertAcknowledged>(&event)) {
    facts["alert"] = absl::StrCat(acknowledged->alert);
  }
  const auto* escalated = std::get_if<AlertEscalated>(&event);
  if (escalated == nullptr) return;
  facts["alert"] = absl::StrCat(escalated->alert);
  facts["level"] = absl::StrCat(escalated->level);
  facts["attempt"] = absl::StrCat(escalated->attempt);
  facts["asked"] = Sentence{handle_of}.Names(escalated->asked);
  if (escalated->waited <= absl::ZeroDuration()) facts["first"] = "yes";
  if (escalated->next_time) facts["next_time"] = FormatInstant(*escalated->next_time);
}

void AddEvidenceFacts(const Event& event, const HandleOf& handle_of, Attributes& facts) {
  if (const auto* added = std::get_if<EvidenceAdded>(&event)) {
    facts["evidence"] = added->item;
    facts["name"] = added->name;
    facts["size"] = absl::StrCat(added->size);
    facts["sha256"] = added->digest.Hex();
    facts["custody"] = Word(ToText(Custody::kCollected));
  } else if (const auto* moved = std::get_if<EvidenceMoved>(&event)) {
    facts["evidence"] = moved->item;
    facts["custody"] = Word(ToText(moved->custody));
    facts["to"] = HolderText(moved->principal, moved->to, handle_of);
  } else if (const auto* stored = std::get_if<EvidenceStored>(&event)) {
    facts["evidence"] = stored->item;
    facts["size"] = absl::StrCat(stored->size);
    facts["sha256"] = stored->digest.Hex();
    facts["custody"] = "stored";
  } else if (const auto* retrieved = std::get_if<EvidenceRetrieved>(&event)) {
    facts["evidence"] = retrieved->item;
    facts["custody"] = "retrieved";
  }
}

}  // namespace

std::string Describe(const Event& event, const HandleOf& handle_of) {
  return std::visit(Sentence{handle_of}, event);
}

Attributes Facts(const Event& event, const HandleOf& handle_of) {
  Attributes facts;
  if (const auto* e = std::get_if<EntryRecorded>(&event)) return e->attributes;
  if (const auto* e = std::get_if<FindingAdded>(&event)) {
    facts = e->attributes;
    facts["finding"] = Word(ToText(e->kind));
  } else if (const auto* declared = std::get_if<IncidentDeclared>(&event)) {
    facts = declared->attributes;
  } else if (const auto* updated = std::get_if<ObligationUpdated>(&event)) {
    facts["obligation"] = updated->obligation;
    if (updated->duty.due) facts["due_time"] = FormatInstant(*updated->duty.due);
  } else if (const auto* reminded = std::get_if<ObligationReminded>(&event)) {
    facts["obligation"] = reminded->obligation;
    facts["percent"] = absl::StrCat(reminded->percent);
    facts["due_time"] = FormatInstant(reminded->due);
  } else if (const auto* missed = std::get_if<ObligationMissed>(&event)) {
    facts["obligation"] = missed->obligation;
    facts["due_time"] = FormatInstant(missed->due);
  } else if (const auto* warned = std::get_if<AwarenessGapWarned>(&event)) {
    facts["level"] = Word(ToText(warned->level));
    facts["detect_time"] = FormatInstant(warned->detect_time);
    if (warned->aware_time) facts["aware_time"] = FormatInstant(*warned->aware_time);
  } else if (const auto* assigned = std::get_if<RoleAssigned>(&event)) {
    facts["role"] = Word(ToText(assigned->role));
    facts["principal"] = handle_of(assigned->principal);
  } else if (const auto* offered = std::get_if<HandoverOffered>(&event)) {
    facts["role"] = Word(ToText(offered->role));
    facts["to"] = handle_of(offered->to);
  } else if (const auto* answered = std::get_if<HandoverAnswered>(&event)) {
    facts["role"] = Word(ToText(answered->role));
    facts["accepted"] = answered->accepted ? "yes" : "no";
  } else if (const auto* reported = std::get_if<SituationReported>(&event)) {
    facts["audience"] = Word(ToText(reported->audience));
  } else if (const auto* submitted = std::get_if<NotificationSubmitted>(&event)) {
    facts["obligation"] = submitted->obligation;
    facts["channel"] = submitted->channel;
    facts["reference"] = submitted->reference;
    if (submitted->document) facts["document_sha256"] = submitted->document->digest.Hex();
    if (submitted->receipt) facts["receipt_sha256"] = submitted->receipt->digest.Hex();
  } else if (const auto* step_reminded = std::get_if<StepReminded>(&event)) {
    facts["run"] = step_reminded->run;
    facts["step"] = step_reminded->step;
    facts["due_time"] = FormatInstant(step_reminded->due);
  } else if (const auto* overdue = std::get_if<StepOverdue>(&event)) {
    facts["run"] = overdue->run;
    facts["step"] = overdue->step;
    facts["due_time"] = FormatInstant(overdue->due);
  } else if (const auto* alerted = std::get_if<ActionItemAlerted>(&event)) {
    facts["action_item"] = alerted->action_item;
    facts["owner"] = handle_of(alerted->owner);
    facts["days"] = absl::StrCat(static_cast<int>(alerted->alert));
    facts["due_time"] = FormatInstant(alerted->due);
  } else if (const auto* drill = std::get_if<DrillStarted>(&event)) {
    facts["scenario"] = drill->scenario->scenario.id;
    facts["digest"] = drill->scenario->scenario.digest.Hex();
  } else if (const auto* inject = std::get_if<InjectDelivered>(&event)) {
    facts["inject"] = inject->inject;
  } else if (const auto* judged = std::get_if<DrillJudged>(&event)) {
    facts["expectation"] = judged->expectation;
  } else if (const auto* started = std::get_if<RunStarted>(&event)) {
    facts["digest"] = started->playbook->definition.digest.Hex();
  } else {
    AddEvidenceFacts(event, handle_of, facts);
  }
  AddAlertFacts(event, handle_of, facts);
  return facts;
}

uint64_t TargetSequence(const Event& event) {
  if (const auto* corrected = std::get_if<EntryCorrected>(&event)) return corrected->sequence;
  if (const auto* retracted = std::get_if<EntryRetracted>(&event)) return retracted->sequence;
  return 0;
}

}  // namespace tocsin::domain
