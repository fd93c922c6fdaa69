#include "tests/unit/store/event_samples.h"

#include "server/base/check.h"
#include "server/library/calendar_reader.h"
#include "server/library/playbook_reader.h"
#include "server/library/rule_pack_reader.h"
#include "server/library/scenario_reader.h"
#include "tests/unit/store/store_fixture.h"

namespace tocsin::domain {
namespace {

using store::At;
using store::SamplePack;
using store::SamplePlaybook;
using store::SampleScenario;

constexpr char kPackFile[] = R"(format: tocsin-rule-pack-v1
id: sample
regime: SAMPLE
title: A sample law
version: "1.0"
valid_from: 2024-10-18
source: none
confidence: high
verified_on: 2026-08-22
entity_kinds:
  - kind: essential
    title: Essential entity
stages:
  - stage: early_warning
    id: sample.early_warning
    label: Early warning
    trigger: significant
    primary_norm: without undue delay
    article: S 1
    anchor: aware
    amount: 24
    unit: hour
    legal_latest:
      reading: same_as_due
    contents_required: [entity]
    contents_where_applicable: [occurred]
)";

constexpr char kPlaybookFile[] = R"(format: tocsin-playbook-v1
id: sample
title: A sample
version: "1.2"
summary: For tests.
steps:
  - id: look
    title: Look
    phase: triage
    role: responder
    instructions: Look at it.
)";

constexpr char kScenarioFile[] = R"(format: tocsin-drill-v1
id: sample
title: A sample
version: "1.0"
summary: For tests.
lasts: 1d
injects:
  - {id: call, at: 5m, to: responder, from: Somebody, via: phone, text: Look.}
expect:
  - {id: declared, title: It is declared, declared: sev2, within: 30m}
)";

constexpr char kCalendarFile[] = R"(format: tocsin-calendar-v1
country: NL
title: A sample
source: none
confidence: high
verified_on: 2026-08-22
first_year: 2026
last_year: 2026
holidays:
  - {date: 2026-04-27, name: Koningsdag}
)";

constexpr char kAboveFile[] = R"(format: tocsin-playbook-v1
id: above
title: A playbook above another
version: "1.0"
summary: For tests.
steps:
  - id: sample-run
    title: The sample
    phase: triage
    role: responder
    playbook: sample
    instructions: It goes on beside this one.
)";

PrincipalId APerson(uint8_t number) {
  PrincipalId id;
  id.bytes.fill(number);
  return id;
}

Zone Brussels() {
  Zone zone;
  zone.name = "Europe/Brussels";
  TOCSIN_CHECK(absl::LoadTimeZone(zone.name, &zone.rules));
  return zone;
}

Establishment AnEstablishment() {
  const auto calendar = library::ReadCalendar("sample", kCalendarFile);
  TOCSIN_CHECK(calendar.ok());
  return {"NL", Brussels(),
          std::make_shared<const PinnedCalendar>(
              PinnedCalendar{*calendar, Sha256(kCalendarFile), kCalendarFile})};
}

IncidentDeclared ADeclaration() {
  IncidentDeclared event;
  event.number = "INC-2026-0042";
  event.title = "Files are encrypted";
  event.severity = Severity::kSev1;
  event.tlp = Tlp::kRed;
  event.restricted = true;
  event.drill = true;
  event.historical = true;
  event.entity_kind = "essential";
  event.zone = Brussels();
  event.attributes = {{"site", "Brussels"}, {"area", "it"}};
  event.pack = SamplePack();
  event.establishment = AnEstablishment();
  return event;
}

ObligationUpdated AnUpdate() {
  ObligationUpdated event;
  event.obligation = "nis2.early_warning";
  event.zone_name = "Europe/Brussels";
  event.zone_data = "2026b";
  event.former_zone_data = "2026a";
  regulation::Duty& duty = event.duty;
  duty.stage = "early_warning";
  duty.label = "Early warning";
  duty.state = regulation::DutyState::kConditional;
  duty.own_duty = false;
  duty.provisional = true;
  duty.due = At(86'400);
  duty.legal_latest = At(90'000);
  duty.anchor = "aware";
  duty.anchor_time = At(0);
  duty.rule_id = "nis2.early_warning";
  duty.article = "NIS2 23(4)(a)";
  duty.arithmetic = "a + 24 h = b";
  duty.latest_arithmetic = "a + 25 h = c";
  duty.primary_norm = "without undue delay";
  duty.latest_article = "Regulation 1182/71 3(4)";
  return event;
}

regulation::Assessment AnAssessment() {
  regulation::Assessment assessment;
  assessment.sets = {{"nis2-23-3", "NIS2 23(3)", "1.0", "00ff", "high", "2026-08-22", {}}};
  assessment.sets[0].criteria = {
      {"disruption", "NIS2 23(3)(a)", "Severe disruption.", regulation::Outcome::kMet, true, "yes"},
      {"loss", "NIS2 23(3)(a)", "Loss.", regulation::Outcome::kNotMet, false, "no"},
      {"others", "NIS2 23(3)(b)", "Others.", regulation::Outcome::kUnknown, true, "not stated"}};
  assessment.not_asked = {{"nis2-2024-2690", "sector is not stated"}};
  return assessment;
}

NotificationDrafted ADraft() {
  DraftField aware{"aware", "Aware since", "08:00", FieldState::kFilled, 5, true};
  aware.by_hand = true;
  aware.parts = {{"reason", "reason", "a call", 5, true}};
  aware.number = "2.2";
  aware.change = FieldChange::kChanged;
  NotificationDrafted event;
  event.obligation = "nis2.early_warning";
  event.fields = {aware, {"technique", "Technique", "x", FieldState::kUnknown, 6, true}};
  event.form = {"nl-ncsc", "1.0", Sha256("form"), "nl", "vroegtijdige waarschuwing"};
  event.format = DocumentFormat::kAuthorityJson;
  event.document = "document";
  event.previous_draft = 7;
  return event;
}

TokenIssued AToken() {
  TokenIssued event;
  event.token.bytes.fill(6);
  event.principal = APerson(1);
  event.secret_hash = Sha256("secret");
  event.expire_time = At(7200);
  event.device = "laptop";
  event.code_hash = Sha256("code");
  event.scope = TokenScope::kChat;
  return event;
}

// A playbook one of whose steps is the sample.
std::shared_ptr<const PinnedDefinition> PlaybookAboveAnother() {
  const auto definition = library::ReadPlaybook("above", kAboveFile);
  TOCSIN_CHECK(definition.ok());
  return std::make_shared<const PinnedDefinition>(
      PinnedDefinition{*definition, kAboveFile, {SamplePlaybook()}});
}

// The last ones of the variant.
std::vector<Event> LaterEvents() {
  return {
      ReviewInvited{{APerson(2), APerson(3)}, At(700'000)},
      ReviewSubmitted{"one mail, one server"},
      ReviewRead{true, "clear to me"},
      ReviewWaived{"a false alarm"},
      ActionItemChanged{"action-1", APerson(6), At(2'000'000), "the supplier is late"},
      ActionItemDropped{"action-1", "the system is gone"},
      ActionItemAlerted{"action-1", ActionAlert::kStillOverdue, At(1'000'000), At(1'600'000),
                        APerson(5)},
      ActionItemEvaluated{"action-1", Helped::kPartly, "two of three sites restored"},
      DrillStarted{SampleScenario(), At(500), 10, true},
      DrillClockSet{ClockChange::kNext, At(800), 60, true, "call"},
      InjectDelivered{
          "call", {IncidentRole::kResponder, IncidentRole::kLegal}, "Somebody", "phone", "Look."},
      DrillDeclared{"Files are encrypted", Severity::kSev1},
      DrillStopped{"time is up"},
      DrillJudged{"declared", true, "I heard it"},
      AlertAcknowledged{44},
      AlertEscalated{44,
                     2,
                     1,
                     IncidentRole::kDeputy,
                     {APerson(4), APerson(5)},
                     {"commander"},
                     absl::Minutes(10),
                     At(43'900),
                     At(43'860)},
      PrincipalCreated{APerson(1), "alice", "Alice A.", {OrgRole::kAdmin, OrgRole::kCiso}},
      CodeIssued{APerson(1), Sha256("code"), At(3600), TokenScope::kChat},
      AToken(),
      TokenRevoked{TokenId::FromBytes(std::string(16, 't'))},
      EvidenceAdded{"EV-1", "fs01.dd", 4096, Sha256("image"), "write blocker 7", "fs01", At(-90)},
      EvidenceMoved{"EV-1", Custody::kReturned, "the owner", APerson(7), "no longer needed",
                    At(90)},
      EvidenceStored{"EV-1", 4096, Sha256("image")},
      EvidenceRetrieved{"EV-1"},
  };
}

std::vector<Event> Events() {
  std::vector<Event> events = {
      ADeclaration(),
      EntryRecorded{EntryKind::kDecision, "isolate the server", {{"host", "db1"}}},
      EntryCorrected{3, "isolate both servers"},
      EntryRetracted{4, "wrong incident"},
      PhaseChanged{Phase::kInvestigation, Phase::kContainment, "scope is known"},
      SeverityChanged{Severity::kSev2, Severity::kSev1, "backups hit"},
      RoleAssigned{IncidentRole::kDpo, APerson(2)},
      MemberAdded{APerson(3)},
      IncidentClosed{"all done"},
      IncidentReopened{"it came back"},
      AnchorRecorded{"aware", At(60), "call from the SOC", true},
      ImpactAssessed{{{"users_hit", "500"}, {"ongoing", "yes"}}, "first count"},
      SignificanceDecided{
          "nis2", true, "service is down", {{"nis2-23-3", "1.0", "00ff", {"disruption"}}}},
      AnUpdate(),
      ObligationReminded{"nis2.early_warning", 75, At(86'400), At(64'800)},
      ObligationMissed{"nis2.early_warning", At(86'400)},
      IntermediateRequested{"the CSIRT asked", At(100)},
      ADraft(),
      NotificationApproved{"nis2.early_warning", 12, Sha256("document")},
      NotificationSubmitted{"nis2.early_warning", At(500), "portal", "CSIRT-7", "network down", 12,
                            FiledDocument{DocumentFormat::kJson, 8, Sha256("document"), true},
                            ReceiptFile{"receipt.pdf", 2311, Sha256("receipt")}},
      NotificationAcknowledged{"nis2.early_warning", At(600), "CSIRT-7-A",
                               ReceiptFile{"answer.eml", 512, Sha256("answer")}},
      ObligationWaived{"nis2.final", "not significant after all"},
      RunStarted{"run-1", PlaybookAboveAnother(), "run-3", "communicate"},
      StepCompleted{"run-1", "look", "seen"},
      StepSkipped{"run-1", "look", "no access"},
      StepAssigned{"run-1", "look", APerson(4)},
      ReviewOpened{{"standard",
                    "Review",
                    "1.0",
                    Sha256("guide"),
                    {{"luck", ReviewPart::kLuck, "What was luck?", FindingKind::kLucky}}}},
      FindingAdded{
          FindingKind::kLucky, "the backup was offline", {{"area", "backup"}}, {3, 4}, "luck"},
      ActionItemAdded{"action-1",
                      "test restores",
                      APerson(5),
                      At(1'000'000),
                      ActionType::kDetect,
                      {{7}, {"INC-2026-0007"}}},
      ActionItemCompleted{"action-1", "restore log"},
      ReviewPublished{"what we learned", 8, "nobody else is here", {"INC-2026-0007"}},
      IncidentExported{"authority", 42, Sha256("leaf")},
      RegimeAdopted{SamplePack(), "essential", "a second regime", "sample@nl", AnEstablishment()},
      CriteriaAssessed{"nis2", AnAssessment()},
      BranchDecided{"run-1", "look", true, "severity is sev1"},
      StepAnswered{"run-1", "look", "personal-data", "yes"},
      StepReminded{"run-1", "look", At(86'400), At(80'000)},
      StepOverdue{"run-1", "look", At(86'400)},
      StepRepeated{"run-1", "look", At(90'000), "the phase is containment"},
      RunJoined{"run-1", "look", "run-2"},
      StepConfirmed{"run-1", "look", "seen too"},
      HandoverOffered{IncidentRole::kLegal, APerson(6), "all is quiet"},
      HandoverAnswered{43, IncidentRole::kLegal, true, "got it"},
      SituationReported{Audience::kManagement, "mail is down", "restoring", "a decision"},
      AwarenessDecided{11, true, "the call log says so"},
      AwarenessGapWarned{GapLevel::kRed, At(60), At(46'000), At(43'260)},
  };
  for (Event& event : LaterEvents()) events.push_back(std::move(event));
  return events;
}

std::shared_ptr<const PinnedPack> ReadSamplePack() {
  const auto pack = library::ReadRulePack("sample", kPackFile);
  if (!pack.ok()) std::fprintf(stderr, "%s\n", pack.status().ToString().c_str());
  TOCSIN_CHECK(pack.ok());
  return std::make_shared<const PinnedPack>(PinnedPack{*pack, kPackFile});
}

std::shared_ptr<const PinnedDefinition> ReadSamplePlaybook() {
  const auto definition = library::ReadPlaybook("sample", kPlaybookFile);
  if (!definition.ok()) std::fprintf(stderr, "%s\n", definition.status().ToString().c_str());
  TOCSIN_CHECK(definition.ok());
  return std::make_shared<const PinnedDefinition>(PinnedDefinition{*definition, kPlaybookFile});
}

std::shared_ptr<const PinnedScenario> ReadSampleScenario() {
  const auto scenario = library::ReadScenario("sample", kScenarioFile);
  if (!scenario.ok()) std::fprintf(stderr, "%s\n", scenario.status().ToString().c_str());
  TOCSIN_CHECK(scenario.ok());
  return std::make_shared<const PinnedScenario>(PinnedScenario{*scenario, kScenarioFile});
}

std::vector<PendingEntry> MakeOneOfEach() {
  std::vector<PendingEntry> entries;
  for (Event& event : Events()) {
    PendingEntry& entry = entries.emplace_back();
    entry.event = std::move(event);
    entry.occur_time = At(-30) + absl::Nanoseconds(7);
    entry.precision = Precision::kHour;
  }
  return entries;
}

}  // namespace
}  // namespace tocsin::domain

namespace tocsin::store {

std::shared_ptr<const domain::PinnedPack> SamplePack() {
  return domain::ReadSamplePack();
}

std::shared_ptr<const domain::PinnedDefinition> SamplePlaybook() {
  return domain::ReadSamplePlaybook();
}

std::shared_ptr<const domain::PinnedScenario> SampleScenario() {
  return domain::ReadSampleScenario();
}

std::vector<domain::PendingEntry> OneOfEach() {
  return domain::MakeOneOfEach();
}

}  // namespace tocsin::store
