#include "server/base/error.h"
#include "server/domain/decide.h"
#include "server/playbook/run_view.h"
#include "tests/support/catch.h"
#include "tests/support/domain_fixture.h"

namespace tocsin::domain {
namespace {

constexpr absl::Duration kTick = absl::Microseconds(1);

// Every duty that would hold the closing back is filed or waived.
Case AClosedCase() {
  Case c = ADeclaredCase();
  c.Do(CloseIncident{"false alarm", "nothing to learn"});
  return c;
}

}  // namespace

TEST_CASE("DeclareIncident: incident, commander and all obligations come together", "[domain]") {
  Case c;
  DeclareIncident command = ADeclaration();
  command.detect_time = c.now - absl::Hours(2);
  command.playbook = Ransomware();
  command.restricted = true;
  command.attributes = {{"system", "FS01"}};

  const auto entries = c.Do(command);

  CHECK(c.incident().number == "INC-2026-0001");
  CHECK(c.incident().phase == Phase::kTriage);
  CHECK(c.incident().severity == Severity::kSev1);
  CHECK(c.incident().restricted);
  CHECK(c.incident().declared_by == Person(1));
  CHECK(c.incident().declare_time == c.now);
  CHECK(c.incident().role_holders.at(IncidentRole::kCommander).contains(Person(1)));
  CHECK(FindAnchor(c.incident(), "detected")->time == c.now - absl::Hours(2));
  REQUIRE(c.incident().runs.size() == 1);
  CHECK(c.incident().run_definitions[0]->file == Ransomware()->file);
  CHECK(EventsOf<ObligationUpdated>(entries).size() == 7);
  CHECK(c.obligation("early_warning").duty.state == regulation::DutyState::kNoDateYet);
  CHECK_FALSE(c.obligation("early_warning").duty.due.has_value());
  CHECK(NextDue(c.incident()) == nullptr);
}

TEST_CASE("DeclareIncident: a historical incident has no obligations and no commander",
          "[domain]") {
  Case c;
  DeclareIncident command = ADeclaration();
  command.historical = true;

  c.Do(command);

  CHECK(c.incident().obligations.empty());
  CHECK(c.incident().role_holders.empty());
  c.Do(RecordAnchor{"aware", At("2019-12-24T08:00:00Z"), "from the report"});
  c.Do(DecideSignificance{"", true, "from the report"});
  CHECK(c.incident().obligations.empty());
  CHECK(TimersFor(c.incident()).empty());
  CHECK(c.Refusal(RequestIntermediate{"please"}) == "UNKNOWN_OBLIGATION");
  CHECK(c.Refusal(CloseIncident{"imported", "nothing to learn"}).empty());
}

TEST_CASE("DeclareIncident: refusals", "[domain]") {
  const Case c;
  DeclareIncident untitled = ADeclaration();
  untitled.title = " ";
  CHECK(c.Refusal(untitled) == "TEXT_EMPTY");
  DeclareIncident lines = ADeclaration();
  lines.title = "two\nlines";
  CHECK(c.Refusal(lines) == "TEXT_CONTROL_CHARACTER");
  DeclareIncident kind = ADeclaration();
  kind.entity_kind = "esential";
  CHECK(c.Refusal(kind) == "UNKNOWN_ENTITY_KIND");
  kind.historical = true;
  kind.entity_kind = "\xff";
  CHECK(c.Refusal(kind) == "TEXT_NOT_UTF8");
  DeclareIncident attributes = ADeclaration();
  attributes.attributes = {{"Upper", "x"}};
  CHECK(c.Refusal(attributes) == "BAD_ATTRIBUTE");
  CHECK(ADeclaredCase().Refusal(ADeclaration()) == "ALREADY_DECLARED");
}

TEST_CASE("DeclareIncident: detection may lie five minutes ahead, no more", "[domain]") {
  const Case c;
  DeclareIncident command = ADeclaration();
  command.detect_time = c.now + kFutureTolerance;
  CHECK(c.Refusal(command).empty());
  command.detect_time = c.now + kFutureTolerance + kTick;
  CHECK(c.Refusal(command) == "TIME_IN_FUTURE");
  command.detect_time = absl::UnixEpoch();
  CHECK(c.Refusal(command).empty());
  command.detect_time = absl::UnixEpoch() - kTick;
  CHECK(c.Refusal(command) == "TIME_TOO_EARLY");
  command.detect_time = absl::InfinitePast();
  CHECK(c.Refusal(command) == "TIME_TOO_EARLY");
  command.detect_time = absl::InfiniteFuture();
  CHECK(c.Refusal(command) == "TIME_IN_FUTURE");
}

TEST_CASE("Decide: nothing can be said of an incident before it is declared", "[domain]") {
  const Case c;
  CHECK(c.Refusal(RecordEntry{EntryKind::kAction, "cut the cable"}) == "UNKNOWN_INCIDENT");
  CHECK(c.Refusal(RecordAnchor{"aware", c.now, "x"}) == "UNKNOWN_INCIDENT");
  CHECK(c.Try(FireTimer{}).code() == absl::StatusCode::kNotFound);
}

TEST_CASE("ChangePhase: goes on one by one, and back at will", "[domain]") {
  Case c = ADeclaredCase();
  CHECK(c.Refusal(ChangePhase{Phase::kContainment, "x"}) == "PHASE_JUMP");
  CHECK(NextStepOf(c.Try(ChangePhase{Phase::kRecovery, "x"})) ==
        "The next phase is investigation. Record each phase, if only for a moment.");
  CHECK(c.Refusal(ChangePhase{Phase::kTriage, "x"}) == "PHASE_UNCHANGED");
  CHECK(c.Refusal(ChangePhase{Phase::kClosed, "x"}) == "CLOSE_HAS_ITS_OWN_COMMAND");
  CHECK(c.Refusal(ChangePhase{Phase::kInvestigation, ""}) == "TEXT_EMPTY");

  for (Phase phase :
       {Phase::kInvestigation, Phase::kContainment, Phase::kEradication, Phase::kRecovery}) {
    c.Do(ChangePhase{phase, "it went on"});
    CHECK(c.incident().phase == phase);
  }
  const auto back = c.Do(ChangePhase{Phase::kTriage, "it came back"});
  CHECK(EventsOf<PhaseChanged>(back)[0].from == Phase::kRecovery);
  CHECK(c.incident().phase == Phase::kTriage);
}

TEST_CASE("ChangeSeverity: needs another severity and a reason", "[domain]") {
  Case c = ADeclaredCase();
  CHECK(c.Refusal(ChangeSeverity{Severity::kSev1, "x"}) == "SEVERITY_UNCHANGED");
  CHECK(c.Refusal(ChangeSeverity{Severity::kSev2, ""}) == "TEXT_EMPTY");
  c.Do(ChangeSeverity{Severity::kSev4, "one laptop only"});
  CHECK(c.incident().severity == Severity::kSev4);
}

TEST_CASE("AssignRole: one commander, many responders, all of them members", "[domain]") {
  Case c = ADeclaredCase();
  c.Do(AssignRole{IncidentRole::kCommander, Person(2)});
  c.Do(AssignRole{IncidentRole::kResponder, Person(3)});
  c.Do(AssignRole{IncidentRole::kResponder, Person(4)});

  const auto& holders = c.incident().role_holders;
  CHECK(holders.at(IncidentRole::kCommander) == std::set<PrincipalId>{Person(2)});
  CHECK(holders.at(IncidentRole::kResponder) == std::set<PrincipalId>{Person(3), Person(4)});
  CHECK(IsMember(c.incident(), Person(1)));
  CHECK(IsMember(c.incident(), Person(4)));
  CHECK(c.Refusal(AssignRole{IncidentRole::kCommander, Person(2)}) == "ROLE_ALREADY_HELD");
  CHECK(c.Refusal(AssignRole{IncidentRole::kLegal, PrincipalId{}}) == "NO_PERSON");
}

TEST_CASE("AddMember: once, also after closing", "[domain]") {
  Case c = AClosedCase();
  CHECK_FALSE(IsMember(c.incident(), Person(5)));
  c.Do(AddMember{Person(5)});
  CHECK(IsMember(c.incident(), Person(5)));
  CHECK(c.Refusal(AddMember{Person(5)}) == "ALREADY_MEMBER");
  CHECK(c.Refusal(AddMember{PrincipalId{}}) == "NO_PERSON");
}

TEST_CASE("CloseIncident: a false alarm closes from triage", "[domain]") {
  Case c = ADeclaredCase();
  CHECK(c.Refusal(CloseIncident{"", "nothing to learn"}) == "TEXT_EMPTY");
  c.Do(CloseIncident{"a test mail", "nothing to learn"});
  CHECK(c.incident().closed());
  CHECK(c.incident().close_time == c.now);
  CHECK(c.Refusal(CloseIncident{"again", "nothing to learn"}) == "INCIDENT_CLOSED");
}

TEST_CASE("CloseIncident: open dated duties and mandatory steps stand in the way", "[domain]") {
  Case c = ASignificantCase();
  c.Do(StartRun{Ransomware()});
  const absl::Status refused = c.Try(CloseIncident{"done", "nothing to learn"});
  CHECK(ReasonOf(refused) == "WORK_OPEN");
  const std::string message(refused.message());
  CHECK_THAT(message, ContainsSubstring("obligation nis2.early_warning"));
  CHECK_THAT(message, ContainsSubstring("obligation nis2.final"));
  CHECK_THAT(message, ContainsSubstring("step first-look"));
  CHECK(message.find("nis2.recipients") == std::string::npos);
  CHECK(message.find("nis2.csirt_response") == std::string::npos);
  CHECK(message.find("nis2.progress") == std::string::npos);
}

TEST_CASE("CloseIncident: undecided, only duties with a date stand in the way", "[domain]") {
  Case c = ADeclaredCase();
  c.Do(RecordAnchor{"aware", c.now, "seen"});
  const std::string message(c.Try(CloseIncident{"done", "nothing to learn"}).message());
  CHECK(message == "still open: obligation nis2.early_warning, obligation nis2.notification");
}

TEST_CASE("CloseIncident: a missed duty does not stand in the way", "[domain]") {
  Case c = ADeclaredCase();
  c.Do(RecordAnchor{"aware", c.now, "seen"});
  c.RunTimers(c.now + absl::Hours(72));
  CHECK(c.obligation("notification").state == ObligationState::kMissed);
  CHECK(c.Refusal(CloseIncident{"done", "nothing to learn"}).empty());
}

TEST_CASE("CloseIncident: waived duties and skipped steps do not stand in the way", "[domain]") {
  Case c = ASignificantCase();
  c.Do(StartRun{Ransomware()});
  for (const char* stage : {"early_warning", "notification", "final"}) {
    c.Do(WaiveObligation{stage, "filed by the parent company"});
  }
  const playbook::Run& run = c.incident().runs.front();
  for (const size_t step : playbook::OpenMandatorySteps(run)) {
    // Skipping one may settle another: nobody has to do what is not owed.
    if (!playbook::IsOpen(run.steps[step].state)) continue;
    c.Do(SkipStep{"", run.definition->steps[step].id, "exercise"});
  }
  c.Do(CloseIncident{"done", "nothing to learn"});
  CHECK(c.incident().closed());
}

TEST_CASE("Decide: what a closed incident no longer takes", "[domain]") {
  Case c = AClosedCase();
  const Command commands[] = {
      RecordEntry{EntryKind::kAction, "x"},   ChangePhase{Phase::kInvestigation, "x"},
      ChangeSeverity{Severity::kSev4, "x"},   AssignRole{IncidentRole::kLegal, Person(2)},
      RecordAnchor{"aware", c.now, "x"},      AssessImpact{{{"malicious", "yes"}}, ""},
      DecideSignificance{"nis2", true, "x"},  StartRun{Ransomware()},
      CompleteStep{"", "first-look", "x"},    SkipStep{"", "first-look", "x"},
      AssignStep{"", "first-look", Person(2)}};
  for (const Command& command : commands) {
    INFO(command.index());
    CHECK(c.Refusal(command) == "INCIDENT_CLOSED");
  }
}

TEST_CASE("ReopenIncident: goes back to investigation and takes entries again", "[domain]") {
  Case c = AClosedCase();
  CHECK(c.Refusal(ReopenIncident{""}) == "TEXT_EMPTY");
  c.Do(ReopenIncident{"it was no false alarm"});
  CHECK(c.incident().phase == Phase::kInvestigation);
  CHECK_FALSE(c.incident().close_time.has_value());
  CHECK(c.Refusal(RecordEntry{EntryKind::kAction, "cut the cable"}).empty());
  CHECK(c.Refusal(ReopenIncident{"again"}) == "INCIDENT_NOT_CLOSED");
}

TEST_CASE("ExportIncident: records who got what, up to which entry", "[domain]") {
  Case c = ADeclaredCase();
  const uint64_t last = c.incident().last_sequence;
  const Digest leaf = Sha256("leaf");
  const auto exported = EventsOf<IncidentExported>(c.Do(ExportIncident{"full", leaf}));
  REQUIRE(exported.size() == 1);
  CHECK(exported[0].last_sequence == last);
  CHECK(exported[0].last_leaf == leaf);
  CHECK(c.Refusal(ExportIncident{"", leaf}) == "TEXT_EMPTY");
}

TEST_CASE("Decide: a refused command changes nothing", "[domain]") {
  const Case c = ASignificantCase();
  const std::string before = Dump(c.incident());
  CHECK(c.Refusal(ChangePhase{Phase::kRecovery, "x"}) == "PHASE_JUMP");
  CHECK(c.Refusal(RecordSubmission{"early_warnin", {}, "portal", "", ""}) == "UNKNOWN_OBLIGATION");
  CHECK(c.Refusal(RecordAnchor{"aware", c.now, "x"}) == "ANCHOR_UNCHANGED");
  CHECK(Dump(c.incident()) == before);
}

}  // namespace tocsin::domain
