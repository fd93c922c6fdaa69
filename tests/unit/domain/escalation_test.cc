#include "server/domain/escalation.h"

#include "absl/strings/str_cat.h"
#include "server/domain/decide.h"
#include "server/domain/describe.h"
#include "tests/support/catch.h"
#include "tests/support/domain_fixture.h"

namespace tocsin::domain {
namespace {

const absl::Time kDetected = At("2026-06-10T07:00:00Z");
const absl::Time kWarned = kDetected + absl::Hours(4);
constexpr absl::Duration kTick = absl::Nanoseconds(1);

std::string Name(const PrincipalId& person) {
  for (uint8_t i = 0; i < 40; ++i) {
    if (person == Person(i)) return absl::StrCat("@p", i);
  }
  return "@server";
}

EscalationLevel Role(IncidentRole role, int minutes = 10) {
  return {.role = role, .person = {}, .handle = "", .wait = absl::Minutes(minutes)};
}

EscalationLevel PersonLevel(uint8_t number, int minutes = 10) {
  return {.role = std::nullopt,
          .person = Person(number),
          .handle = absl::StrCat("@p", number),
          .wait = absl::Minutes(minutes)};
}

// The commander (Person(2)) for ten minutes, Person(3) for twenty, the deputy, who is nobody.
Case ACase(bool restricted = false) {
  Case c;
  DeclareIncident command = ADeclaration();
  command.detect_time = kDetected;
  command.restricted = restricted;
  c.escalation = {Role(IncidentRole::kCommander), PersonLevel(3, 20), Role(IncidentRole::kDeputy)};
  c.Do(command);
  c.Do(AssignRole{IncidentRole::kCommander, Person(2)});
  return c;
}

std::vector<std::string> Said(const Case& c) {
  std::vector<std::string> said;
  for (const Recorded& recorded : c.record()) {
    if (std::holds_alternative<AlertEscalated>(recorded.entry.event)) {
      said.push_back(Describe(recorded.entry.event, Name));
    }
  }
  return said;
}

uint64_t AlertSequence(const Case& c) {
  REQUIRE(!c.incident().alerts.empty());
  return c.incident().alerts.rbegin()->first;
}

void CheckReplay(const Case& c) {
  CHECK(Difference(Dump(c.incident()), Dump(c.Replayed())) == "");
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("Escalation: who is asked, who is asked next, and that nobody further is",
          "[domain][escalation]") {
  Case c = ACase();
  c.RunTimers(kWarned);
  const uint64_t alert = AlertSequence(c);
  const std::string of = absl::StrCat("Alert of #", alert);
  CHECK(Said(c) == Texts{of + " asks @p2 to acknowledge (commander, level 1)"});

  c.RunTimers(kWarned + absl::Minutes(10) - kTick);
  CHECK(Said(c).size() == 1);
  c.RunTimers(kWarned + absl::Minutes(10));
  REQUIRE(Said(c).size() == 2);
  CHECK(Said(c)[1] == of + " not acknowledged in 10 min: escalated to @p3 (level 2)");
  CHECK(c.record().back().meta.author.empty());
  CHECK(c.record().back().entry.occur_time == kWarned + absl::Minutes(10));

  // The deputy is nobody: named, and the last one who is somebody is asked three times in all.
  c.RunTimers(kWarned + absl::Hours(5));
  CHECK(Said(c) ==
        Texts{of + " asks @p2 to acknowledge (commander, level 1)",
              of + " not acknowledged in 10 min: escalated to @p3 (level 2)",
              of + " not acknowledged in 30 min: @p3 asked again (level 2, 2 of 3); nobody there "
                   "for deputy",
              of + " not acknowledged in 50 min: @p3 asked again (level 2, 3 of 3); nobody there "
                   "for deputy",
              of + " not acknowledged in 1 h 10 min: nobody further is asked; nobody there for "
                   "deputy"});
  REQUIRE(OpenAlerts(c.incident()).size() == 1);
  CHECK_FALSE(OpenAlerts(c.incident())[0]->next_time.has_value());
  CheckReplay(c);
}

TEST_CASE("Escalation: a role that nobody holds is passed over at once", "[domain][escalation]") {
  Case c = ACase();
  c.escalation = {Role(IncidentRole::kLegal), Role(IncidentRole::kDpo),
                  Role(IncidentRole::kCommander)};
  c.RunTimers(kWarned);
  REQUIRE(Said(c).size() == 1);
  CHECK(Said(c)[0] == absl::StrCat("Alert of #", AlertSequence(c),
                                   " asks @p2 to acknowledge (commander, level 3); nobody there "
                                   "for legal, dpo"));
  // Somebody takes the role afterwards: the levels before are not gone back to.
  c.Do(AssignRole{IncidentRole::kDpo, Person(7)});
  c.RunTimers(kWarned + absl::Minutes(10));
  CHECK(EventsOf<AlertEscalated>(c.record()).back().asked == std::vector{Person(2)});
}

TEST_CASE("Escalation: with nobody at all it says so once and stays open", "[domain][escalation]") {
  Case c = ACase();
  c.escalation = {Role(IncidentRole::kLegal),
                  {.role = std::nullopt, .person = {}, .handle = "@gone", .wait = absl::Hours(1)}};
  c.RunTimers(kWarned + absl::Hours(5));
  CHECK(Said(c) == Texts{absl::StrCat("Alert of #", AlertSequence(c),
                                      ": nobody can be asked; nobody there for legal, @gone")});
  CHECK(OpenAlerts(c.incident()).size() == 1);
  CHECK(EscalationTimers(c.incident()).empty());
}

TEST_CASE("Escalation: without a chain alerts wait all the same", "[domain][escalation]") {
  Case c = ACase();
  c.escalation.clear();
  c.RunTimers(kWarned + absl::Hours(5));
  CHECK(Said(c).empty());
  REQUIRE(OpenAlerts(c.incident()).size() == 1);
  CHECK(AlertText(*OpenAlerts(c.incident())[0]) == "nobody has stated awareness");
  // One that was made without a chain is not taken up when there is one.
  c.escalation = {Role(IncidentRole::kCommander)};
  c.RunTimers(kWarned + absl::Hours(6));
  CHECK(Said(c).empty());
}

TEST_CASE("Escalation: an acknowledgement by anybody ends it", "[domain][escalation]") {
  Case c = ACase();
  c.RunTimers(kWarned + absl::Minutes(10));
  const uint64_t alert = AlertSequence(c);
  c.author = Person(9);
  const auto entries = c.Do(AcknowledgeAlert{alert});
  REQUIRE(EventsOf<AlertAcknowledged>(entries).size() == 1);
  CHECK(Describe(entries[0].event, Name) == absl::StrCat("Alert of #", alert, " acknowledged"));
  CHECK(OpenAlerts(c.incident()).empty());
  CHECK(EscalationTimers(c.incident()).empty());
  c.RunTimers(kWarned + absl::Hours(7));
  CHECK(Said(c).size() == 2);
  CheckReplay(c);
}

TEST_CASE("Acknowledge: by the alert, by what escalated it, or the last one",
          "[domain][escalation]") {
  Case c = ACase();
  c.RunTimers(kWarned);
  const uint64_t alert = AlertSequence(c);
  const uint64_t escalation = c.record().back().meta.sequence;
  REQUIRE(escalation == alert + 1);
  for (const uint64_t given : {alert, escalation, uint64_t{0}}) {
    Case copy = c;
    CHECK(EventsOf<AlertAcknowledged>(copy.Do(AcknowledgeAlert{given})).at(0).alert == alert);
  }
}

TEST_CASE("Acknowledge: what is no alert is refused, twice is no error", "[domain][escalation]") {
  Case c = ACase();
  CHECK(c.Refusal(AcknowledgeAlert{0}) == "NO_ALERT");
  CHECK(c.Refusal(AcknowledgeAlert{1}) == "NOT_AN_ALERT");
  CHECK(c.Refusal(AcknowledgeAlert{999}) == "UNKNOWN_ENTRY");
  c.RunTimers(kWarned);
  const uint64_t alert = AlertSequence(c);
  CHECK(std::string(c.Try(AcknowledgeAlert{1}).message()).find("#1 ") != std::string::npos);
  c.Do(AcknowledgeAlert{alert});
  c.author = Person(5);
  CHECK(c.Do(AcknowledgeAlert{alert}).empty());
  CHECK(c.incident().alerts.at(alert).acknowledged->author == Person(1));
  CHECK(c.Refusal(AcknowledgeAlert{0}) == "NO_ALERT");
}

TEST_CASE("Escalation: it fires once, and after downtime with its true time",
          "[domain][escalation]") {
  Case c = ACase();
  c.RunTimers(kWarned);
  const std::vector<Timer> timers = EscalationTimers(c.incident());
  REQUIRE(timers.size() == 1);
  const auto read = Timer::FromName(timers[0].fire_time, timers[0].Name());
  REQUIRE(read.ok());
  CHECK(*read == timers[0]);

  c.now = kWarned + absl::Hours(3);
  const auto late = EventsOf<AlertEscalated>(c.Do(FireTimer{timers[0]}));
  REQUIRE(late.size() == 1);
  CHECK(late[0].fire_time == kWarned + absl::Minutes(10));
  // Whoever is asked gets their twenty minutes from now, and nobody is passed over.
  CHECK(late[0].asked == std::vector{Person(3)});
  CHECK(late[0].next_time == c.now + absl::Minutes(20));
  CHECK(c.Do(FireTimer{timers[0]}).empty());
}

TEST_CASE("Escalation: the chain of the moment counts, what was recorded stays",
          "[domain][escalation]") {
  Case c = ACase();
  c.RunTimers(kWarned);
  c.escalation = {PersonLevel(11), PersonLevel(12, 1)};
  c.RunTimers(kWarned + absl::Minutes(10));
  CHECK(EventsOf<AlertEscalated>(c.record()).back().asked == std::vector{Person(12)});
  c.escalation.clear();
  c.RunTimers(kWarned + absl::Hours(1));
  CHECK(EventsOf<AlertEscalated>(c.record()).back().asked.empty());
  CheckReplay(c);
}

TEST_CASE("Escalation: what is settled, closed or superseded asks no more",
          "[domain][escalation]") {
  Case stated = ACase();
  stated.RunTimers(kWarned);
  stated.Do(RecordAnchor{"aware", kDetected, "the call log says so"});
  CHECK(OpenAlerts(stated.incident()).empty());

  Case newer = ACase();
  newer.RunTimers(kDetected + absl::Hours(12));
  REQUIRE(newer.incident().alerts.size() == 2);
  REQUIRE(OpenAlerts(newer.incident()).size() == 1);
  CHECK(OpenAlerts(newer.incident())[0]->time == kDetected + absl::Hours(12));

  Case closed = ACase();
  closed.RunTimers(kWarned);
  closed.Do(DecideSignificance{"nis2", false, "nothing happened"});
  closed.Do(CloseIncident{"over", "nothing to learn"});
  CHECK(OpenAlerts(closed.incident()).empty());
  closed.Do(ReopenIncident{"not over"});
  CHECK(OpenAlerts(closed.incident()).empty());
  CheckReplay(closed);
}

TEST_CASE("Escalation: deadlines ask when they are near and when they are missed, until filed",
          "[domain][escalation]") {
  Case c = ASignificantCase();
  c.escalation = {PersonLevel(3, 60)};
  const absl::Time due = *c.obligation("early_warning").duty.due;
  c.RunTimers(due - absl::Hours(6));
  CHECK(OpenAlerts(c.incident()).empty());  // 75 % wakes nobody
  c.RunTimers(due - absl::Hours(2));
  REQUIRE(OpenAlerts(c.incident()).size() == 1);
  CHECK(AlertText(*OpenAlerts(c.incident())[0]) == "deadline near: nis2.early_warning");
  c.RunTimers(due);
  REQUIRE(OpenAlerts(c.incident()).size() == 1);
  CHECK(AlertText(*OpenAlerts(c.incident())[0]) == "deadline missed: nis2.early_warning");
  c.Do(RecordSubmission{.stage = "early_warning",
                        .channel = "portal",
                        .reference = "NCC-1",
                        .late_reason = "the portal was down"});
  CHECK(OpenAlerts(c.incident()).empty());
  CheckReplay(c);
}

TEST_CASE("Escalation: an overdue step asks until it is done", "[domain][escalation]") {
  Case c = ADeclaredCase();
  c.escalation = {PersonLevel(3)};
  c.Do(
      StartRun{APlaybook("format: tocsin-playbook-v1\nid: one\ntitle: One\nversion: \"1.0\"\n"
                         "summary: S.\nsteps:\n"
                         "  - {id: look, title: L, phase: triage, role: scribe, due: 1h, "
                         "instructions: L.}\n")});
  c.RunTimers(c.now + absl::Minutes(75));
  REQUIRE(OpenAlerts(c.incident()).size() == 1);
  CHECK(AlertText(*OpenAlerts(c.incident())[0]) == "step overdue: run-1 look");
  CHECK(EventsOf<AlertEscalated>(c.record()).size() == 2);
  c.Do(CompleteStep{"", "look", ""});
  CHECK(OpenAlerts(c.incident()).empty());
  CHECK(EscalationTimers(c.incident()).empty());
}

TEST_CASE("Escalation: of a restricted incident only members are asked", "[domain][escalation]") {
  Case c = ACase(/*restricted=*/true);
  c.escalation = {PersonLevel(3), PersonLevel(4)};
  c.Do(AddMember{Person(4)});
  c.RunTimers(kWarned);
  const auto escalated = EventsOf<AlertEscalated>(c.record());
  REQUIRE(escalated.size() == 1);
  CHECK(escalated[0].asked == std::vector{Person(4)});
  CHECK(escalated[0].skipped == Texts{"@p3"});
}

TEST_CASE("Escalation: a role of many asks no more than can be named", "[domain][escalation]") {
  Case c = ACase();
  c.escalation = {Role(IncidentRole::kResponder)};
  for (uint8_t i = 0; i < 30; ++i) c.Do(AssignRole{IncidentRole::kResponder, Person(i + 40)});
  c.RunTimers(kWarned);
  CHECK(EventsOf<AlertEscalated>(c.record()).back().asked.size() == kAskedMax);
}

TEST_CASE("Escalation: in a drill the waits are those of its clock", "[domain][escalation]") {
  Case drill;
  DeclareIncident command = ADeclaration();
  command.drill = true;
  command.scenario = AScenario(R"(format: tocsin-drill-v1
id: small
title: A small drill
version: "1.0"
summary: For tests.
begins: 2026-12-24T16:00:00+01:00
zone: Europe/Brussels
speed: 60
lasts: 4d
roles: [commander]
injects:
  - {id: first, at: 0m, from: The night shift, via: phone, text: Nothing works.}
expect:
  - {id: declared, title: It is declared, declared: sev2, within: 30m}
)");
  drill.escalation = {PersonLevel(2), PersonLevel(3)};
  drill.Do(command);
  const absl::Time begin = At("2026-12-24T15:00:00Z");
  const absl::Time start = drill.now;
  drill.Do(RecordAnchor{"detected", begin, "the call"});
  drill.RunTimers(start + absl::Minutes(4));
  REQUIRE(Said(drill).size() == 1);
  drill.RunTimers(start + absl::Minutes(4) + absl::Seconds(10) - kTick);
  CHECK(Said(drill).size() == 1);
  drill.RunTimers(start + absl::Minutes(4) + absl::Seconds(10));
  REQUIRE(Said(drill).size() == 2);
  const auto escalated = EventsOf<AlertEscalated>(drill.record()).back();
  CHECK(escalated.fire_time == begin + absl::Hours(4) + absl::Minutes(10));
  CHECK(escalated.waited == absl::Minutes(10));
  drill.Do(SetDrillClock{ClockChange::kPause});
  drill.RunTimers(start + absl::Hours(1));
  CHECK(Said(drill).size() == 2);
  drill.Do(StopDrill{"enough"});
  CHECK(OpenAlerts(drill.incident()).empty());
  CheckReplay(drill);
}

TEST_CASE("Undelivered: what channels report is kept until it is delivered or seen",
          "[domain][escalation]") {
  Case c = ACase();
  c.RunTimers(kWarned);
  const std::string alert = absl::StrCat(AlertSequence(c));
  const auto report = [&](const std::string& room, const std::string& outcome,
                          const std::string& of) {
    c.Do(RecordEntry{
        .kind = EntryKind::kCommunication,
        .text = "of an alert",
        .attributes = {{"alert", of}, {"channel", "xmpp"}, {"room", room}, {"outcome", outcome}}});
  };
  report("war", "failed", alert);
  report("war", "failed", alert);
  report("ops", "failed", alert);
  REQUIRE(UndeliveredAlerts(c.incident()).size() == 2);
  CHECK(UndeliveredAlerts(c.incident())[0].room == "war");
  report("war", "delivered", alert);
  REQUIRE(UndeliveredAlerts(c.incident()).size() == 1);
  CHECK(UndeliveredAlerts(c.incident())[0].room == "ops");
  // Of no entry, of none yet, of no number: nothing of it.
  for (const char* of : {"0", "99999", "-1", "x", ""}) report("bad", "failed", of);
  CHECK(UndeliveredAlerts(c.incident()).size() == 1);
  c.Do(AcknowledgeAlert{AlertSequence(c)});
  CHECK(UndeliveredAlerts(c.incident()).empty());
  report("late", "failed", alert);
  CHECK(UndeliveredAlerts(c.incident()).empty());
  // Of an entry that asks nothing, somebody can say that it is known.
  report("war", "failed", "1");
  REQUIRE(UndeliveredAlerts(c.incident()).size() == 1);
  c.Do(AcknowledgeAlert{1});
  CHECK(UndeliveredAlerts(c.incident()).empty());
  for (int i = 0; i < 10'000; ++i) report(absl::StrCat("room", i), "failed", "1");
  CHECK(UndeliveredAlerts(c.incident()).size() == 50);
  CHECK(UndeliveredAlerts(c.incident()).back().room == "room9999");
  CheckReplay(c);
}

}  // namespace tocsin::domain
