#include "server/domain/describe.h"

#include <set>

#include "server/domain/event.h"
#include "tests/support/catch.h"
#include "tests/support/domain_fixture.h"

namespace tocsin::domain {
namespace {

std::string Handle(const PrincipalId& id) {
  return id.empty() ? "@server" : "@ada";
}
const absl::Time kTime = At("2026-06-10T08:15:00Z");

regulation::Assessment AnAssessment() {
  regulation::Assessment assessment;
  assessment.sets.push_back({.set = "nis2-23-3", .title = "NIS2", .version = "1.0"});
  assessment.sets[0].criteria = {
      {.id = "others", .article = "NIS2 23(3)(b)", .outcome = regulation::Outcome::kUnknown},
      {.id = "loss",
       .article = "NIS2 23(3)(a)",
       .outcome = regulation::Outcome::kNotMet,
       .words = "severe_financial_loss is no"},
      {.id = "disruption",
       .article = "NIS2 23(3)(a)",
       .outcome = regulation::Outcome::kMet,
       .words = "severe_disruption is yes"}};
  return assessment;
}

// The last ones of the variant.
std::vector<Event> LaterEvents() {
  return {ReviewInvited{{Person(2)}, kTime},
          ReviewSubmitted{"by mail"},
          ReviewRead{false, "look at #12 again"},
          ReviewWaived{"a false alarm"},
          ActionItemChanged{"action-1", Person(2), kTime, "the supplier is late"},
          ActionItemDropped{"action-1", "the system is gone"},
          ActionItemAlerted{"action-1", ActionAlert::kOverdue, kTime, kTime, Person(2)},
          ActionItemEvaluated{"action-1", Helped::kPartly, "two of three sites"},
          DrillStarted{ShippedScenario("board-tabletop"), kTime, 10, true},
          DrillClockSet{ClockChange::kNext, kTime, 60, true, "ransom-note"},
          InjectDelivered{"call", {IncidentRole::kLegal}, "A clerk", "phone", "Is it you?"},
          DrillDeclared{"Files are encrypted", Severity::kSev1},
          DrillStopped{"time is up"},
          DrillJudged{"declared", false, "nobody said it"},
          AlertAcknowledged{14},
          AlertEscalated{14, 2, 1, std::nullopt, {Person(2)}, {}, absl::Minutes(10), kTime, kTime},
          PrincipalCreated{Person(2), "ada", "Ada", {OrgRole::kCiso}},
          CodeIssued{Person(2), Digest{}, kTime},
          TokenIssued{TokenId{}, Person(2), Digest{}, kTime, "laptop", Digest{}},
          TokenRevoked{},
          EvidenceAdded{"EV-1", "fs01.dd", 3, Sha256("abc"), "by hand", "fs01", kTime},
          EvidenceMoved{"EV-1", Custody::kTransferred, "", Person(2), "analysis", kTime},
          EvidenceStored{"EV-1", 3, Sha256("abc")},
          EvidenceRetrieved{"EV-1"}};
}

// One event of each type, in the order of the variant.
std::vector<Event> OneOfEach() {
  regulation::Duty duty;
  duty.label = "Early warning";
  duty.article = "NIS2 23(4)(a)";
  duty.arithmetic = "aware + 24 h";
  duty.due = kTime;
  duty.provisional = true;
  IncidentDeclared declared;
  declared.title = "Files are encrypted";
  declared.drill = true;
  declared.attributes = {{"organisation", "Hospital North"}};
  std::vector<Event> events = {
      declared,
      EntryRecorded{EntryKind::kAction, "cut the cable", {{"source", "EDR"}}},
      EntryCorrected{7, "cut both cables"},
      EntryRetracted{8, "another incident"},
      PhaseChanged{Phase::kTriage, Phase::kInvestigation, "confirmed"},
      SeverityChanged{Severity::kSev3, Severity::kSev1, "it spread"},
      RoleAssigned{IncidentRole::kScribe, Person(2)},
      MemberAdded{Person(2)},
      IncidentClosed{"done"},
      IncidentReopened{"it came back"},
      AnchorRecorded{"aware", kTime, "the note was read"},
      ImpactAssessed{{{"malicious", "yes"}}, "first look"},
      SignificanceDecided{"nis2", true, "critical service", {}},
      ObligationUpdated{"nis2.early_warning", "Europe/Brussels", duty},
      ObligationReminded{"nis2.early_warning", 75, kTime, kTime},
      ObligationMissed{"nis2.early_warning", kTime},
      IntermediateRequested{"the CSIRT called", kTime},
      NotificationDrafted{"nis2.early_warning",
                          {{"entity", "Entity", "", FieldState::kMissing, 0, true}}},
      NotificationApproved{"nis2.early_warning", 12},
      NotificationSubmitted{"nis2.early_warning", kTime, "portal", "NCC-1", "portal down", 12},
      NotificationAcknowledged{"nis2.early_warning", kTime, "A-1"},
      ObligationWaived{"nis2.recipients", "no recipients"},
      RunStarted{"run-1", Ransomware()},
      StepCompleted{"run-1", "first-look", "seen"},
      StepSkipped{"run-1", "out-of-band", "not needed"},
      StepAssigned{"run-1", "first-look", Person(2)},
      ReviewOpened{},
      FindingAdded{FindingKind::kLucky, "the backup was off line", {{"area", "backup"}}},
      ActionItemAdded{"action-1", "test the restore", Person(2), kTime},
      ActionItemCompleted{"action-1", "protocol"},
      ReviewPublished{"by mail"},
      IncidentExported{"full", 31, Digest{}},
      RegimeAdopted{Pack("gdpr"), "controller", "personal data are hit"},
      CriteriaAssessed{"nis2", AnAssessment()},
      BranchDecided{"run-1", "early-warning", true, "nis2.early_warning is owed"},
      StepAnswered{"run-1", "gdpr-question", "personal-data", "yes"},
      StepReminded{"run-1", "early-warning", kTime, kTime},
      StepOverdue{"run-1", "early-warning", kTime},
      StepRepeated{"run-1", "situation-report", kTime, "step confirm-containment is open"},
      RunJoined{"run-1", "communicate", "run-2"},
      StepConfirmed{"run-1", "release-for-wiping", "looked at both"},
      HandoverOffered{IncidentRole::kCommander, Person(2), "All is quiet."},
      HandoverAnswered{12, IncidentRole::kCommander, true, ""},
      SituationReported{Audience::kManagement, "- mail is down", "- restoring", ""},
      AwarenessDecided{9, true, "I heard the call"},
      AwarenessGapWarned{GapLevel::kRed, kTime - absl::Hours(13), kTime, kTime}};
  for (const Event& event : LaterEvents()) events.push_back(event);
  return events;
}

template <typename E>
std::string SentenceOf() {
  for (const Event& event : OneOfEach()) {
    if (std::holds_alternative<E>(event)) return Describe(event, Handle);
  }
  return "";
}

}  // namespace

TEST_CASE("Event: each type has its own frozen number and name", "[domain]") {
  const std::vector<Event> events = OneOfEach();
  REQUIRE(events.size() == std::variant_size_v<Event>);
  std::set<uint16_t> numbers;
  std::set<std::string> names;
  for (size_t i = 0; i < events.size(); ++i) {
    CHECK(events[i].index() == i);
    numbers.insert(EntryType(events[i]));
    names.insert(EntryTypeName(EntryType(events[i])));
  }
  CHECK(numbers.size() == events.size());
  CHECK(names.size() == events.size());
  CHECK(EntryType(IncidentDeclared{}) == 10);
  CHECK(EntryType(ObligationUpdated{}) == 23);
  CHECK(EntryType(IncidentExported{}) == 41);
  CHECK(EntryType(RegimeAdopted{}) == 42);
  CHECK(EntryType(CriteriaAssessed{}) == 43);
  CHECK(EntryType(BranchDecided{}) == 50);
  CHECK(EntryType(StepAnswered{}) == 51);
  CHECK(EntryType(StepReminded{}) == 52);
  CHECK(EntryType(StepOverdue{}) == 53);
  CHECK(EntryType(StepRepeated{}) == 54);
  CHECK(EntryType(RunJoined{}) == 55);
  CHECK(EntryType(StepConfirmed{}) == 56);
  CHECK(EntryType(HandoverOffered{}) == 57);
  CHECK(EntryType(HandoverAnswered{}) == 58);
  CHECK(EntryType(SituationReported{}) == 59);
  CHECK(EntryType(DrillStarted{}) == 70);
  CHECK(EntryType(DrillClockSet{}) == 71);
  CHECK(EntryType(InjectDelivered{}) == 72);
  CHECK(EntryType(DrillDeclared{}) == 73);
  CHECK(EntryType(DrillStopped{}) == 74);
  CHECK(EntryType(DrillJudged{}) == 75);
  CHECK(EntryType(AlertAcknowledged{}) == 90);
  CHECK(EntryType(AlertEscalated{}) == 91);
  CHECK(EntryType(AwarenessDecided{}) == 45);
  CHECK(EntryType(AwarenessGapWarned{}) == 46);
  CHECK(EntryType(PrincipalCreated{}) == 60);
  CHECK(EntryType(TokenRevoked{}) == 63);
  CHECK(EntryType(EvidenceAdded{}) == 96);
  CHECK(EntryType(EvidenceMoved{}) == 97);
  CHECK(EntryType(EvidenceStored{}) == 98);
  CHECK(EntryType(EvidenceRetrieved{}) == 99);
  CHECK(EntryTypeName(14) == "phase-changed");
  CHECK(EntryTypeName(9) == "unknown-9");
}

TEST_CASE("Describe: every event is a sentence", "[domain]") {
  for (const Event& event : OneOfEach()) {
    INFO(EntryTypeName(EntryType(event)));
    CHECK(Describe(event, Handle).size() > 5);
  }
}

TEST_CASE("Describe: evidence says what it is and in whose hands, so that search finds it",
          "[domain]") {
  CHECK(SentenceOf<EvidenceAdded>() ==
        "Evidence EV-1 collected: fs01.dd, 3 bytes, SHA-256 "
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad; from fs01; by hand");
  CHECK(SentenceOf<EvidenceMoved>() == "Evidence EV-1 transferred to @ada: analysis");
  const EvidenceMoved police{"EV-1", Custody::kReturned, "the police", {}, "", std::nullopt};
  CHECK(Facts(police, Handle).at("to") == "the police");
  CHECK(Facts(police, Handle).at("custody") == "returned");
  const EvidenceStored stored{"EV-1", 3, Sha256("abc")};
  CHECK(Facts(stored, Handle).at("evidence") == "EV-1");
  CHECK(Facts(stored, Handle).at("sha256") == Sha256("abc").Hex());
  CHECK(Facts(EvidenceRetrieved{"EV-1"}, Handle).at("custody") == "retrieved");
}

TEST_CASE("Describe: a proposal says what is met first, a decision what it rested on", "[domain]") {
  CHECK(SentenceOf<CriteriaAssessed>() ==
        "Criteria of nis2: criteria are met; met: nis2-23-3:disruption (NIS2 23(3)(a)): "
        "severe_disruption is yes; not met: nis2-23-3:loss (NIS2 23(3)(a)): "
        "severe_financial_loss is no; 1 unknown");
  const SignificanceDecided no{"gdpr", false, "nothing left", {{"gdpr-33-34", "1.0", "ff", {}}}};
  CHECK(Describe(no, Handle) == "Not notifiable under gdpr because: nothing left");
  const SignificanceDecided yes{"nis2", true, "it is down", {{"nis2-23-3", "1.0", "ff", {"loss"}}}};
  CHECK(Describe(yes, Handle) ==
        "Significant under nis2: it is down (criteria met: nis2-23-3:loss)");
}

TEST_CASE("Describe: what people wrote is the text itself, the rest says who, what and when",
          "[domain]") {
  CHECK(SentenceOf<EntryRecorded>() == "cut the cable");
  CHECK(SentenceOf<EntryCorrected>() == "cut both cables");
  CHECK(SentenceOf<EntryRetracted>() == "Retracted #8: another incident");
  CHECK(SentenceOf<IncidentDeclared>() == "DRILL declared: Files are encrypted (sev3, TLP:amber)");
  CHECK(SentenceOf<PhaseChanged>() == "Phase triage → investigation: confirmed");
  CHECK(SentenceOf<RoleAssigned>() == "@ada is scribe");
  CHECK(SentenceOf<AnchorRecorded>() == "aware at 2026-06-10T08:15:00Z: the note was read");
  CHECK(Describe(AnchorRecorded{"aware", kTime, "no, later", true}, Handle) ==
        "aware at 2026-06-10T08:15:00Z (later: awaits a second person, moves no date yet): no, "
        "later");
  CHECK(SentenceOf<AwarenessDecided>() ==
        "Awareness of #9 approved, clocks run from it: I heard the call");
  CHECK(Describe(AwarenessDecided{9, false, "no"}, Handle) == "Awareness of #9 not approved: no");
  CHECK(SentenceOf<ObligationUpdated>() ==
        "Early warning (NIS2 23(4)(a)): due 2026-06-10T08:15:00Z; aware + 24 h (provisional)");
  CHECK(SentenceOf<ObligationMissed>() ==
        "MISSED: nis2.early_warning was due 2026-06-10T08:15:00Z. File it now, with the reason.");
  CHECK(SentenceOf<NotificationDrafted>() ==
        "Draft of nis2.early_warning: 0 fields filled, 1 required ones missing");
  CHECK(SentenceOf<NotificationSubmitted>() ==
        "Filed nis2.early_warning at 2026-06-10T08:15:00Z by portal, reference NCC-1; late: portal "
        "down");
  CHECK(SentenceOf<StepCompleted>() == "run-1 first-look done: seen");
  CHECK(SentenceOf<ReviewInvited>() ==
        "Invited to the review: @ada; it meets 2026-06-10T08:15:00Z");
  CHECK(SentenceOf<ReviewRead>() == "Review given back: look at #12 again");
  CHECK(SentenceOf<ReviewWaived>() == "No review: a false alarm");
  CHECK(SentenceOf<ActionItemChanged>() ==
        "action-1 now for @ada now due 2026-06-10T08:15:00Z: the supplier is late");
  CHECK(SentenceOf<ActionItemAlerted>() ==
        "action-1 of @ada is overdue since 2026-06-10T08:15:00Z");
  CHECK(SentenceOf<ActionItemEvaluated>() == "action-1 helped: partly. two of three sites");
}

TEST_CASE("Describe: a duty without a date says why", "[domain]") {
  ObligationUpdated updated;
  updated.duty.label = "Final report";
  updated.duty.article = "NIS2 23(4)(d)";
  updated.duty.arithmetic = "1 month after 'handled', which is not recorded yet";
  CHECK(Describe(updated, Handle) ==
        "Final report (NIS2 23(4)(d)): 1 month after 'handled', which is not recorded yet");
}

TEST_CASE("Facts: what machines need from an entry", "[domain]") {
  const auto facts = [](const Event& event) { return Facts(event, Handle); };
  const std::vector<Event> events = OneOfEach();
  CHECK(facts(events[0]) == Attributes{{"organisation", "Hospital North"}});
  CHECK(facts(events[1]) == Attributes{{"source", "EDR"}});
  CHECK(facts(events[6]) == Attributes{{"principal", "@ada"}, {"role", "scribe"}});
  CHECK(facts(events[13]) ==
        Attributes{{"due_time", "2026-06-10T08:15:00Z"}, {"obligation", "nis2.early_warning"}});
  CHECK(facts(events[14]) == Attributes{{"due_time", "2026-06-10T08:15:00Z"},
                                        {"obligation", "nis2.early_warning"},
                                        {"percent", "75"}});
  CHECK(facts(events[15]) == Attributes{{"ack", "asked"},
                                        {"due_time", "2026-06-10T08:15:00Z"},
                                        {"obligation", "nis2.early_warning"}});
  CHECK(facts(events[19]) == Attributes{{"channel", "portal"},
                                        {"obligation", "nis2.early_warning"},
                                        {"reference", "NCC-1"}});
  CHECK(facts(events[22]) == Attributes{{"digest", Ransomware()->definition.digest.Hex()}});
  CHECK(Facts(AwarenessGapWarned{GapLevel::kAmber, kTime, kTime + absl::Hours(5), kTime}, Handle) ==
        Attributes{{"aware_time", "2026-06-10T13:15:00Z"},
                   {"detect_time", "2026-06-10T08:15:00Z"},
                   {"level", "amber"}});
  CHECK(facts(events[27]) == Attributes{{"area", "backup"}, {"finding", "lucky"}});
}

TEST_CASE("Describe: whatever the server says in a drill begins with the word", "[domain]") {
  CHECK(SentenceOf<InjectDelivered>() == "DRILL phone from A clerk to legal: Is it you?");
  CHECK(SentenceOf<DrillDeclared>() == "DRILL: the team declares: Files are encrypted (sev1)");
  CHECK(SentenceOf<DrillStopped>() == "DRILL stopped: time is up");
  CHECK(SentenceOf<DrillJudged>() == "DRILL judged, declared not met: nobody said it");
}

TEST_CASE("TargetSequence: of corrections and retractions only", "[domain]") {
  for (const Event& event : OneOfEach()) {
    const bool corrected = std::holds_alternative<EntryCorrected>(event);
    const bool retracted = std::holds_alternative<EntryRetracted>(event);
    CHECK(TargetSequence(event) == (corrected ? 7U : retracted ? 8U : 0U));
  }
}

TEST_CASE("Describe: a linked chat account is named", "[domain]") {
  TokenIssued linked{TokenId{}, Person(2), Digest{}, kTime, "xmpp:ada@chat.example", Digest{}};
  linked.scope = TokenScope::kChat;
  CHECK_THAT(Describe(linked, Handle), ContainsSubstring("the chat account xmpp:ada@chat.example"));
  CodeIssued code{Person(2), Digest{}, kTime, TokenScope::kChat};
  CHECK_THAT(Describe(code, Handle), ContainsSubstring("Code for a chat account"));
}

}  // namespace tocsin::domain
