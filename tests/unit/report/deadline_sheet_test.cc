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
Zone     Europe/Brussels
Newer?   tocsin deadlines --incident INC-2026-0042
PROVISIONAL below: nobody decided yet whether this must be reported
==============================================================================
WHAT IS DUE WHEN

[ ] 1. Early warning (NIS2-BE)
       Due       Thu 2026-06-11 10:15 CEST (08:15 UTC)
       By law    Fri 2026-06-12 00:00 CEST (2026-06-11 22:00 UTC)
       State     open, drafted
       Article   NIS2 23(4)(a), "without undue delay"
       To        Centre for Cybersecurity Belgium
       Filed at  ____-__-__ __:__  reference ______________________

[ ] 2. Notification of a personal data breach (GDPR)
       Due       Sat 2026-06-13 10:15:30 CEST (08:15:30 UTC)
       State     open, PROVISIONAL
       Article   GDPR 33(1)
       To        _____________________________________________________________
       Filed at  ____-__-__ __:__  reference ______________________

[ ] 3. Answer of the CSIRT (NIS2-BE)
       Due       Fri 2026-06-12 10:15 CEST (08:15 UTC)
       State     expected: the authority's answer, not your duty
       Article   NIS2 23(5)
------------------------------------------------------------------------------
OPEN WITHOUT A DATE

[ ] 4. Final report (NIS2-BE)
       No date   waits for 'notification_submitted', which is not stated yet
       State     open
       Article   NIS2 23(4)(d)
==============================================================================
TELEPHONE NUMBERS
Authority, CSIRT   ___________________________________________________________
Incident lead      ___________________________________________________________
Legal, DPO         ___________________________________________________________
Management         ___________________________________________________________

NOTES
)";

TEST_CASE("DeadlineSheet: what is due when, to whom, and what waits, with room to write") {
  const std::string sheet = DeadlineSheet(SampleDeadlines());
  INFO(sheet);
  REQUIRE(absl::StartsWith(sheet, kExpected));
  const std::string notes = sheet.substr(sizeof(kExpected) - 1);
  for (const std::string& line : LinesOf(notes)) CHECK(line == std::string(78, '_'));
  CHECK(LinesOf(sheet).size() == 60);
}

TEST_CASE("DeadlineSheet: a drill says so in its first line") {
  DeadlineList list = SampleDeadlines();
  CHECK_FALSE(Has(DeadlineSheet(list), "DRILL"));
  list.drill = true;
  CHECK(absl::StartsWith(DeadlineSheet(list), "*** DRILL *** An exercise"));
}

TEST_CASE("DeadlineSheet: overdue, missed, approved and conditional show") {
  DeadlineList list = SampleDeadlines();
  list.written = *list.deadlines[0].due;
  list.deadlines[1].state = DeadlineState::kMissed;
  list.deadlines[1].approved = true;
  list.deadlines[2].state = DeadlineState::kConditional;
  const std::string sheet = DeadlineSheet(list);
  INFO(sheet);
  CHECK(Has(sheet, "State     OVERDUE, drafted\n"));
  CHECK(Has(sheet, "State     MISSED, still to be filed, approved, PROVISIONAL\n"));
  CHECK(Has(sheet, "State     conditional: only if the incident still goes on\n"));

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
  CHECK(Has(sheet, "No date   the law gives no number, it says \"without undue delay\"\n"));
  CHECK(Has(sheet, "No date   the rules give no date\n"));
  CHECK(Has(sheet, "No date   waits for 'handled', which is not stated yet\n"));
}

TEST_CASE("DeadlineSheet: all that NIS2 asks for after the first hour fits on one page") {
  DeadlineList list = SampleDeadlines();
  Deadline dated = list.deadlines[1];
  dated.article = "NIS2 23(4)(a)";
  dated.primary_norm = "without undue delay after becoming aware of the significant incident";
  Deadline conditional = list.deadlines[2];
  conditional.state = DeadlineState::kConditional;
  conditional.provisional = true;
  Deadline answer = list.deadlines[3];
  answer.due.reset();
  answer.provisional = true;
  Deadline no_number = conditional;
  no_number.anchor.clear();
  no_number.primary_norm = "without undue delay, where appropriate";
  list.drill = true;
  list.deadlines = {dated, dated, conditional, conditional, no_number, answer};
  const std::string sheet = DeadlineSheet(list);
  INFO(sheet);
  CHECK(LinesOf(sheet).size() == 60);
}

TEST_CASE("DeadlineSheet: what PROVISIONAL means stands there only when something is") {
  DeadlineList list = SampleDeadlines();
  list.deadlines[1].provisional = false;
  CHECK_FALSE(Has(DeadlineSheet(list), "PROVISIONAL"));
}

TEST_CASE("DeadlineSheet: an addressee that is known shows without a date as well") {
  DeadlineList list = SampleDeadlines();
  list.deadlines[2].addressee = "NCSC";
  CHECK(Has(DeadlineSheet(list), "Article   NIS2 23(4)(d)\n       To        NCSC\n"));
}

TEST_CASE("DeadlineSheet: an incident without deadlines still gives a sheet") {
  DeadlineList list = SampleDeadlines();
  list.deadlines.clear();
  const std::string sheet = DeadlineSheet(list);
  CHECK(Has(sheet, "NOTHING WITH A DATE IS OPEN\n"));
  CHECK_FALSE(Has(sheet, "OPEN WITHOUT A DATE"));
  CHECK(LinesOf(sheet).size() == 60);
}

TEST_CASE("DeadlineSheet: many deadlines run on, and keep room for notes") {
  DeadlineList list = SampleDeadlines();
  list.deadlines.resize(1);
  list.deadlines.resize(30, list.deadlines[0]);
  const std::string sheet = DeadlineSheet(list);
  CHECK(Has(sheet, "[ ] 30. Early warning"));
  CHECK(absl::EndsWith(sheet, "NOTES\n" + std::string(78, '_') + "\n" + std::string(78, '_') +
                                  "\n" + std::string(78, '_') + "\n" + std::string(78, '_') +
                                  "\n"));
}

TEST_CASE("DeadlineSheet: hostile and endless text stays in its lines and on the page") {
  DeadlineList list = SampleDeadlines();
  for (std::string* text :
       {&list.incident, &list.title, &list.deadlines[0].label, &list.deadlines[0].regime,
        &list.deadlines[0].article, &list.deadlines[0].addressee, &list.deadlines[2].anchor,
        &list.deadlines[3].label}) {
    for (int i = 0; i < 100; ++i) absl::StrAppend(text, Hostile());
  }
  const std::string sheet = DeadlineSheet(list);
  INFO(sheet);
  CHECK(IsValidUtf8(sheet));
  const std::vector<std::string> lines = LinesOf(sheet);
  CHECK(lines.size() <= 66);
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
