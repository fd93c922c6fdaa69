#include "server/domain/briefing.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/base/text.h"
#include "server/domain/decide.h"
#include "tests/support/catch.h"
#include "tests/support/domain_fixture.h"

namespace tocsin::domain {
namespace {

Notes NotesOf(const Case& c) {
  Notes notes;
  for (const Recorded& recorded : c.record()) {
    notes.Add(recorded.meta, recorded.entry, recorded.entry.tlp.value_or(c.incident().tlp));
  }
  return notes;
}

std::string Handle(const PrincipalId& id) {
  return id == Person(1) ? "@ada" : "@somebody";
}

std::string Brief(const Case& c) {
  return HandoverBrief(c.incident(), NotesOf(c), c.now, Handle);
}

SituationDraft Draft(const Case& c, Audience audience) {
  return DraftSituation(c.incident(), audience, NotesOf(c), c.now);
}

RecordEntry Said(std::string text, Tlp tlp = Tlp::kAmber, EntryKind kind = EntryKind::kAction) {
  return {.kind = kind, .text = std::move(text), .tlp = tlp};
}

}  // namespace

TEST_CASE("Handover brief: state, people, clocks, decisions, steps, unknowns and last notes") {
  Case c = ASignificantCase();
  c.Do(StartRun{Ransomware()});
  c.Do(AssessImpact{{{"cross_border", "unknown"}}, ""});
  c.Do(Said("isolate the finance network", Tlp::kAmber, EntryKind::kDecision));
  for (int i = 0; i < 12; ++i) c.Do(Said(absl::StrCat("step ", i)));
  c.now += absl::Hours(2);
  const std::string brief = Brief(c);

  CHECK(absl::StrContains(brief, "## Clocks"));
  CHECK(absl::StrContains(brief, "(nis2.early_warning), due in 22 h"));
  CHECK(absl::StrContains(brief, "commander: @ada"));
  CHECK(absl::StrContains(brief, "Nobody is scribe."));
  CHECK(absl::StrContains(brief, "decision: isolate the finance network"));
  CHECK(absl::StrContains(brief, "Cross-border impact? Unknown since #"));
  CHECK(absl::StrContains(brief, "action: step 11"));
  CHECK_FALSE(absl::StrContains(brief, "action: step 1 "));
  CHECK(absl::StrContains(brief, "run-1"));
}

TEST_CASE("Handover brief: a note above the incident's label is counted, not told") {
  Case c = ADeclaredCase();
  c.Do(Said("secret source", Tlp::kRed, EntryKind::kDecision));
  c.Do(Said("known to all"));
  const std::string brief = Brief(c);
  CHECK_FALSE(absl::StrContains(brief, "secret source"));
  CHECK(absl::StrContains(brief, "known to all"));
  CHECK(absl::StrContains(brief, "Not in this brief: 1 note labelled above TLP:amber."));
}

TEST_CASE("Handover brief: a missed clock says so, and one without a date what it waits for") {
  Case c = ASignificantCase();
  c.RunTimers(c.now + absl::Hours(25));
  const std::string brief = Brief(c);
  CHECK(absl::StrContains(brief, "(nis2.early_warning), OVERDUE by 1 h"));
  CHECK(absl::StrContains(brief, "no date yet: waits for notification_submitted"));
}

TEST_CASE("Handover brief: it stays short, on one line a note, whatever was written") {
  Case c = ADeclaredCase();
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += i % 9 == 0 ? "\n" : "é";
  for (int i = 0; i < 300; ++i) c.Do(Said(text, Tlp::kAmber, EntryKind::kDecision));
  const std::string brief = Brief(c);
  CHECK(brief.size() < 8'000);
  CHECK(CheckText("", brief).ok());
}

TEST_CASE("Notes: a correction counts, a retraction removes, both labels bind") {
  Case c = ADeclaredCase();
  c.Do(Said("wrong", Tlp::kGreen));
  const uint64_t first = c.incident().last_sequence;
  c.Do(Said("never mind", Tlp::kGreen));
  const uint64_t second = c.incident().last_sequence;
  c.Do(CorrectEntry{first, "right"});
  c.Do(RetractEntry{second, "other incident"});
  const Notes notes = NotesOf(c);
  REQUIRE(notes.all().size() == 1);
  CHECK(notes.all().at(first).text == "right");
  // The correction carries the label of the entry, not the incident's.
  CHECK(notes.all().at(first).tlp == Tlp::kGreen);
}

TEST_CASE("Situation report: the draft draws on nothing above the audience's label") {
  Case c = ADeclaredCase();
  c.Do(Said("internal", Tlp::kAmber));
  c.Do(Said("secret source", Tlp::kRed));
  c.Do(Said("mail is back at noon", Tlp::kGreen, EntryKind::kCommunication));
  c.Do(AssessImpact{{{"malicious", "yes"}}, ""});

  const SituationDraft customers = Draft(c, Audience::kCustomers);
  CHECK(customers.conditions.empty());
  CHECK(customers.needs.empty());
  CHECK(absl::StrContains(customers.actions, "mail is back at noon"));
  CHECK_FALSE(absl::StrContains(customers.actions, "internal"));
  CHECK(customers.withheld == 2);

  const SituationDraft management = Draft(c, Audience::kManagement);
  CHECK(absl::StrContains(management.conditions, "Suspected unlawful or malicious act: yes"));
  CHECK(absl::StrContains(management.actions, "internal"));
  CHECK_FALSE(absl::StrContains(management.actions, "secret source"));
  CHECK(management.withheld == 1);
}

TEST_CASE("Situation report: a draft begins where the last one for the same audience ended") {
  Case c = ADeclaredCase();
  c.Do(Said("before"));
  c.Do(SendSituationReport{Audience::kManagement, "as it stands", "", ""});
  const uint64_t sent = c.incident().last_sequence;
  c.Do(Said("after"));
  const SituationDraft management = Draft(c, Audience::kManagement);
  CHECK(management.since_sequence == sent);
  CHECK_FALSE(absl::StrContains(management.actions, "before"));
  CHECK(absl::StrContains(management.actions, "after"));
  CHECK(absl::StrContains(Draft(c, Audience::kTeam).actions, "before"));
}

TEST_CASE("Situation report: the newest notes find room, and the rest are counted") {
  Case c = ADeclaredCase();
  for (int i = 0; i < 60; ++i) c.Do(Said(absl::StrCat("note ", i, ".")));
  const SituationDraft draft = Draft(c, Audience::kTeam);
  CHECK(draft.left_out == 20);
  CHECK(absl::StrContains(draft.actions, "note 59."));
  CHECK_FALSE(absl::StrContains(draft.actions, "note 19."));
}

}  // namespace tocsin::domain
