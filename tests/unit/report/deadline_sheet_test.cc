#include "clients/report/deadline_sheet.h"

#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "clients/report/plain_text.h"
#include "server/base/text.h"
#include "server/base/view.h"
#include "tests/support/catch.h"
#include "tests/unit/report/sample_deadlines.h"

namespace tocsin::report {
namespace {

std::vector<std::string> LinesOf(const std::string& sheet) {
  std::vector<std::string> lines = absl::StrSplit(sheet, '\n');
  CHECK(lines.back().empty());
  lines.pop_back();
  return lines;
}

bool Has(const std::string& sheet, const std::string& part) {
  return absl::StrContains(sheet, part);
}

const char kExpected[] =
    R"(LEGAL DEADLINES  INC-2026-0042
Ransomware on the file servers
Written  Wed 2026-06-10 12:00 CEST (10:00 UTC) after entry #17
Log      tocsin.example/default, zone Europe/Brussels
Server   SHA256:9b1cdbd3c8b84a2f
Newer?   tocsin deadlines --incident INC-2026-0042
PROVISIONAL below: nobody decided yet whether this must be reported
==============================================================================
WHAT IS DUE WHEN

[ ] 1. Early warning (NIS2-BE): open, drafted
       Due       Thu 2026-06-11 10:15 CEST (08:15 UTC)
       By law    Fri 2026-06-12 00:00 CEST (2026-06-11 22:00 UTC)
       Article   NIS2 23(4)(a), "without undue delay"
       To        A. CCB (Centre for Cybersecurity Belgium)
       Filed at  ____-__-__ __:__  reference ______________________

[ ] 2. Notification of a personal data breach (GDPR): open, PROVISIONAL
       Due       Sat 2026-06-13 10:15:30 CEST (08:15:30 UTC)
       Article   GDPR 33(1)
       To        _____________________________________________________________
       Filed at  ____-__-__ __:__  reference ______________________

[ ] 3. Answer of the CSIRT (NIS2-BE): the authority's answer, not your duty
       Due       Fri 2026-06-12 10:15 CEST (08:15 UTC)
       Article   NIS2 23(5)
------------------------------------------------------------------------------
OPEN WITHOUT A DATE
[ ] 4. Final report (NIS2-BE): open
       No date   waits for 'notification_submitted', which is not stated yet
       Article   NIS2 23(4)(d)
------------------------------------------------------------------------------
TO WHOM
A. CCB (Centre for Cybersecurity Belgium)
       Channel   https://notif.safeonweb.be
       Phone     +32 2 501 05 60
       If down   The emergency number for NIS2 entities
       Known     looked up 2026-08-22
==============================================================================
Incident lead      ___________________________________________________________
Legal, DPO         ___________________________________________________________
Management         ___________________________________________________________
NOTES
)";

// What the Dutch directory lists for NIS2, shortened.
std::vector<Authority> Dutch() {
  return {{.name = "NCSC",
           .channel = "MijnNCSC, reached from https://www.ncsc.nl; login with eHerkenning",
           .languages = {"nl", "en"}},
          {.name = "Z-CERT (CSIRT for health care)", .channel = "Through MijnNCSC"},
          {.name = "IBD", .channel = "Through MijnNCSC", .phone = "+31 70 123 45 67"},
          {.name = "RDI (Rijksinspectie Digitale Infrastructuur), and the other inspectorates",
           .channel = "A portal of its own, the same report as to the CSIRT"}};
}

// All that NIS2 asks for after the first hour, under `regime`.
std::vector<Deadline> FirstHour(const std::string& regime, const std::vector<Authority>& to) {
  DeadlineList list = SampleDeadlines();
  Deadline dated = list.deadlines[1];
  dated.regime = regime;
  dated.article = "NIS2 23(4)(a)";
  dated.primary_norm = "without undue delay after becoming aware of the significant incident";
  dated.authorities = to;
  Deadline waits = list.deadlines[2];
  waits.regime = regime;
  waits.authorities = to;
  waits.provisional = true;
  Deadline conditional = waits;
  conditional.state = DeadlineState::kConditional;
  Deadline answer = list.deadlines[3];
  answer.due.reset();
  answer.anchor = "early_warning_submitted";
  answer.authorities = to;
  Deadline recipients = waits;
  recipients.anchor.clear();
  recipients.primary_norm = "without undue delay, where appropriate";
  recipients.authorities.clear();
  recipients.addressee = "the recipients of the service";
  return {dated, dated, waits, conditional, recipients, answer};
}

TEST_CASE("DeadlineSheet: what is due when, to whom, and what waits, with room to write") {
  const std::string sheet = DeadlineSheet(SampleDeadlines());
  INFO(sheet);
  REQUIRE(absl::StartsWith(sheet, kExpected));
  const std::string notes = sheet.substr(sizeof(kExpected) - 1);
  for (const std::string& line : LinesOf(notes)) CHECK(line == std::string(78, '_'));
  CHECK(LinesOf(sheet).size() == kSheetLines);
}

TEST_CASE("DeadlineSheet: a drill says so in its first line, on every page") {
  DeadlineList list = SampleDeadlines();
  CHECK_FALSE(Has(DeadlineSheet(list), "DRILL"));
  list.drill = true;
  CHECK(absl::StartsWith(DeadlineSheet(list), "*** DRILL *** An exercise"));
  list.deadlines.resize(1);
  list.deadlines.resize(20, list.deadlines[0]);
  CHECK(Has(DeadlineSheet(list), "\f*** DRILL *** An exercise"));
}

TEST_CASE("DeadlineSheet: a later awareness that waits is said in the head") {
  DeadlineList list = SampleDeadlines();
  CHECK_FALSE(Has(DeadlineSheet(list), "Waiting"));
  list.waiting = "#20 says aware at noon and awaits a second person";
  CHECK(Has(DeadlineSheet(list), "\nWaiting  #20 says aware at noon and awaits a second person\n"));
}

TEST_CASE("DeadlineSheet: overdue, missed, approved and conditional show") {
  DeadlineList list = SampleDeadlines();
  list.written = *list.deadlines[0].due;
  list.deadlines[1].state = DeadlineState::kMissed;
  list.deadlines[1].approved = true;
  list.deadlines[1].label = "Notification";
  list.deadlines[2].state = DeadlineState::kConditional;
  const std::string sheet = DeadlineSheet(list);
  INFO(sheet);
  CHECK(Has(sheet, "Early warning (NIS2-BE): OVERDUE, drafted\n"));
  CHECK(Has(sheet, "Notification (GDPR): MISSED, still to be filed, approved, PROVISIONAL\n"));
  CHECK(Has(sheet, "(NIS2-BE): only if it still goes on then\n"));

  list.written -= absl::Seconds(1);
  CHECK_FALSE(Has(DeadlineSheet(list), "OVERDUE"));
}

TEST_CASE("DeadlineSheet: the reason why there is no date") {
  DeadlineList list = SampleDeadlines();
  list.deadlines = {{.id = "a", .label = "No number", .primary_norm = "without undue delay"},
                    {.id = "b", .label = "No rule"},
                    {.id = "c", .label = "Waits", .anchor = "handled", .primary_norm = "promptly"}};
  const std::string sheet = DeadlineSheet(list);
  INFO(sheet);
  CHECK(Has(sheet, "NOTHING WITH A DATE IS OPEN\n"));
  CHECK(Has(sheet, "No date   no number, but \"without undue delay\"\n"));
  CHECK(Has(sheet, "No date   the rules give no date\n"));
  CHECK(Has(sheet, "No date   waits for 'handled', which is not stated yet\n"));
}

TEST_CASE("DeadlineSheet: all that NIS2 asks for after the first hour fits on one page") {
  DeadlineList list = SampleDeadlines();
  list.drill = true;
  list.deadlines = FirstHour("NIS2-NL", Dutch());
  const std::string sheet = DeadlineSheet(list);
  INFO(sheet);
  CHECK(LinesOf(sheet).size() == kSheetLines);
  CHECK_FALSE(Has(sheet, "\f"));
}

TEST_CASE("DeadlineSheet: a list of authorities stands once, reached together where they are") {
  DeadlineList list = SampleDeadlines();
  list.deadlines = FirstHour("NIS2-NL", Dutch());
  const std::string sheet = DeadlineSheet(list);
  INFO(sheet);
  CHECK(Has(sheet, "       To        A. NCSC, and others\n"));
  CHECK(Has(sheet, "       Article   NIS2 23(4)(d); to the recipients of the service\n"));
  CHECK(Has(sheet,
            "TO WHOM\nA. NCSC\n"
            "       Channel   MijnNCSC, reached from https://www.ncsc.nl; login with\n"
            "                 eHerkenning\n"
            "       Phone     _____________________________________________________________\n"
            "       Known     takes nl, en\n"
            "       Others    Z-CERT (CSIRT for health care), IBD +31 70 123 45 67: Through\n"
            "                 MijnNCSC\n"
            "       Others    RDI (Rijksinspectie Digitale Infrastructuur), and the other\n"));
}

TEST_CASE("DeadlineSheet: two regimes go on, each page with its number and the incident") {
  DeadlineList list = SampleDeadlines();
  list.deadlines = FirstHour("NIS2-NL", Dutch());
  for (Deadline& deadline : FirstHour("NIS2-BE", {SampleCcb()})) list.deadlines.push_back(deadline);
  const std::string sheet = DeadlineSheet(list);
  INFO(sheet);
  const std::vector<std::string> pages = absl::StrSplit(sheet, '\f');
  REQUIRE(pages.size() == 2);
  for (const std::string& page : pages) CHECK(LinesOf(page).size() == kSheetLines);
  CHECK(absl::EndsWith(pages[0], "\n-- page 1 of 2 --\n"));
  CHECK(absl::StartsWith(
      pages[1], "LEGAL DEADLINES  INC-2026-0042, continued\n" + std::string(78, '=') + "\n"));
  CHECK_FALSE(Has(pages[1], "=\n---"));
  CHECK(absl::EndsWith(pages[1], "\n-- page 2 of 2 --\n"));
  CHECK(Has(sheet, "[ ] 12. "));
  CHECK(Has(sheet, "\nB. CCB (Centre for Cybersecurity Belgium)\n"));
}

TEST_CASE("DeadlineSheet: what PROVISIONAL means stands there only when something is") {
  DeadlineList list = SampleDeadlines();
  list.deadlines[1].provisional = false;
  CHECK_FALSE(Has(DeadlineSheet(list), "PROVISIONAL"));
}

TEST_CASE("DeadlineSheet: an incident without deadlines still gives a sheet") {
  DeadlineList list = SampleDeadlines();
  list.deadlines.clear();
  const std::string sheet = DeadlineSheet(list);
  CHECK(Has(sheet, "NOTHING WITH A DATE IS OPEN\n"));
  CHECK_FALSE(Has(sheet, "OPEN WITHOUT A DATE"));
  CHECK(LinesOf(sheet).size() == 60);
}

TEST_CASE("DeadlineSheet: many deadlines run on, none is torn apart, and room for notes stays") {
  DeadlineList list = SampleDeadlines();
  list.deadlines.resize(1);
  list.deadlines.resize(30, list.deadlines[0]);
  const std::string sheet = DeadlineSheet(list);
  CHECK(Has(sheet, "[ ] 30. Early warning"));
  CHECK(Has(sheet, "NOTES\n" + std::string(78, '_') + "\n"));
  const std::vector<std::string> pages = absl::StrSplit(sheet, '\f');
  CHECK(pages.size() == 5);
  for (const std::string& page : pages) {
    INFO(page);
    CHECK(LinesOf(page).size() == kSheetLines);
    const size_t begun = std::vector<std::string>(absl::StrSplit(page, "[ ] ")).size();
    const size_t ended = std::vector<std::string>(absl::StrSplit(page, "Filed at")).size();
    CHECK(begun == ended);
  }
}

TEST_CASE("DeadlineSheet: more authorities than a page holds stay within the pages") {
  DeadlineList list = SampleDeadlines();
  for (int i = 0; i < 300; ++i) {
    list.deadlines[0].authorities.push_back({.name = "N", .channel = absl::StrCat("C", i)});
  }
  const std::vector<std::string> pages = absl::StrSplit(DeadlineSheet(list), '\f');
  CHECK(pages.size() >= 6);
  for (const std::string& page : pages) CHECK(LinesOf(page).size() == kSheetLines);
}

TEST_CASE("DeadlineSheet: hostile and endless text stays in its lines and on the page") {
  DeadlineList list = SampleDeadlines();
  for (std::string* text :
       {&list.incident, &list.title, &list.deadlines[0].label, &list.deadlines[0].regime,
        &list.deadlines[0].article, &list.deadlines[1].addressee, &list.deadlines[2].anchor,
        &list.deadlines[3].label, &list.origin, &list.fingerprint,
        &list.deadlines[0].authorities[0].name, &list.deadlines[0].authorities[0].channel,
        &list.deadlines[0].authorities[0].phone, &list.deadlines[0].authorities[0].fallback}) {
    for (int i = 0; i < 100; ++i) absl::StrAppend(text, Hostile());
  }
  const std::string sheet = DeadlineSheet(list);
  INFO(sheet);
  CHECK(IsValidUtf8(sheet));
  const std::vector<std::string> lines = LinesOf(sheet);
  CHECK(lines.size() <= kSheetLines);
  for (const std::string& line : lines) {
    CHECK(ColumnsOf(line) <= 78);
    CHECK(OneLine(line) == line);
    CHECK_FALSE(absl::StartsWith(line, "BEGIN"));
  }
  CHECK(Has(sheet, "\nRansomware on the file serversa,b;c\\d"));
  CHECK(Has(sheet, "…\n"));
}

TEST_CASE("LocalAndUtc: both clocks, each with what it needs to be read alone") {
  absl::TimeZone brussels;
  REQUIRE(absl::LoadTimeZone("Europe/Brussels", &brussels));
  CHECK(LocalAndUtc(At("2026-12-24T23:30:00Z"), brussels) ==
        "Fri 2026-12-25 00:30 CET (2026-12-24 23:30 UTC)");
  CHECK(LocalAndUtc(At("2026-12-24T08:30:05Z"), absl::UTCTimeZone()) ==
        "Thu 2026-12-24 08:30:05 UTC");
  // The repeated hour: the names of the zone tell the two apart.
  CHECK(LocalAndUtc(At("2026-10-25T00:30:00Z"), brussels) ==
        "Sun 2026-10-25 02:30 CEST (00:30 UTC)");
  CHECK(LocalAndUtc(At("2026-10-25T01:30:00Z"), brussels) ==
        "Sun 2026-10-25 02:30 CET (01:30 UTC)");
}

}  // namespace
}  // namespace tocsin::report
