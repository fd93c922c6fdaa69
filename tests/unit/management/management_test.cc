#include "clients/management/management.h"

#include <regex>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "clients/management/sections.h"
#include "clients/management/sum.h"
#include "clients/report/html.h"
#include "clients/report/markdown.h"
#include "tests/support/catch.h"

namespace tocsin::management {
namespace {

constexpr int64_t kJuly = 1'782'856'800;     // 2026-06-30T22:00:00Z
constexpr int64_t kOctober = 1'790'805'600;  // 2026-09-30T22:00:00Z

v1::GetStatisticsResponse Figures(const std::string& organisation) {
  v1::GetStatisticsResponse figures;
  figures.set_organisation(organisation);
  figures.mutable_as_of_time()->set_seconds(kOctober + 3600);
  v1::Statistics& now = *figures.mutable_period();
  now.mutable_from_time()->set_seconds(kJuly);
  now.mutable_to_time()->set_seconds(kOctober);
  now.set_incidents(3);
  (*now.mutable_by_severity())["sev1"] = 1;
  (*now.mutable_by_severity())["sev2"] = 2;
  (*now.mutable_by_kind())["ransomware"] = 2;
  (*now.mutable_by_kind())["not stated"] = 1;
  now.mutable_duties()->set_met(4);
  now.mutable_duties()->set_late(1);
  now.set_loss_eur(1234567);
  now.set_loss_known(2);
  now.set_tlp(v1::TLP_RED);
  for (const char* month : {"2026-07", "2026-08", "2026-09"}) {
    v1::Statistics::Month& entry = *now.add_months();
    entry.set_month(month);
    entry.set_incidents(1);
    (*entry.mutable_by_severity())["sev2"] = 1;
  }
  v1::Statistics::Interval& interval = *now.add_intervals();
  interval.set_name("MTTD");
  interval.set_formula("detected − occurred");
  interval.set_count(3);
  interval.mutable_median()->set_seconds(5400);
  v1::Statistics& before = *figures.mutable_before();
  before.set_incidents(5);
  before.mutable_duties()->set_met(2);
  *before.add_intervals() = interval;
  before.mutable_intervals(0)->set_count(5);
  before.mutable_intervals(0)->mutable_median()->set_seconds(600);
  return figures;
}

const report::Labels& English() {
  return report::Languages().at("en");
}

std::string Markdown(const std::vector<v1::GetStatisticsResponse>& figures,
                     const report::Labels& words = English()) {
  return report::RenderMarkdown(Compose(figures, "2026Q3", words));
}

size_t FiguresIn(const report::Document& document) {
  size_t count = 0;
  for (const report::Block& block : document.blocks) {
    count += std::holds_alternative<report::Figure>(block) ? 1U : 0U;
  }
  return count;
}

}  // namespace

TEST_CASE("Management report: every figure with the one before it, small counts as counts") {
  const std::string text = Markdown({Figures("acme")});
  CHECK_THAT(text, ContainsSubstring("# Incidents 2026Q3: acme"));
  CHECK_THAT(text, ContainsSubstring("Figures as of 2026-09-30 23:00 UTC"));
  CHECK_THAT(text, ContainsSubstring("| Incidents | 3 | 5 | down 2 |"));
  CHECK_THAT(text, ContainsSubstring("| of which sev1 | 1 | 0 | up 1 |"));
  CHECK_THAT(text, ContainsSubstring("| Notifications in time | 4 | 2 | up 2 |"));
  CHECK_THAT(text, ContainsSubstring("| Notifications missed | 0 | 0 | as before |"));
  CHECK_THAT(text, ContainsSubstring("known for 2"));
  CHECK_THAT(text, ContainsSubstring("Kinds: ransomware 2, not stated 1"));
  CHECK_THAT(
      text, ContainsSubstring("| MTTD (to detection) | detected − occurred | 3 of 3 | 1 h 30 min | "
                              "– | 10 min | 5 of 5 |"));
  CHECK_FALSE(absl::StrContains(text, " %)"));
  CHECK(Compose({Figures("acme")}, "2026Q3", English()).marking == "TLP:RED");
  CHECK(FiguresIn(Compose({Figures("acme")}, "2026Q3", English())) == 3);
}

TEST_CASE("Management report: shares from twenty incidents on") {
  CHECK(CountOf(7, 19) == "7");
  CHECK(CountOf(7, 20) == "7 (35 %)");
  CHECK(CountOf(0, 0) == "0");
}

TEST_CASE("Management report: late filings with their reasons, and those that are not filed") {
  v1::GetStatisticsResponse figures = Figures("acme");
  v1::LateFiling& late = *figures.mutable_period()->add_late();
  late.set_incident("incidents/INC-2026-0007");
  late.set_obligation("nis2.early_warning");
  late.set_label("Early warning");
  late.mutable_due_time()->set_seconds(kJuly);
  late.mutable_submit_time()->set_seconds(kJuly + 6 * 3600);
  late.set_reason("the portal | was down");
  v1::LateFiling& missed = *figures.mutable_period()->add_late();
  missed.set_incident("incidents/INC-2026-0008");
  missed.set_label("Incident notification");
  missed.mutable_due_time()->set_seconds(kJuly);
  const std::string text = Markdown({figures});
  CHECK_THAT(text, ContainsSubstring("| INC-2026-0007 | Early warning | 2026-06-30 22:00 | "
                                     "2026-07-01 04:00 | 6 h | the portal \\| was down | "
                                     "`nis2.early_warning` |"));
  CHECK_THAT(text, ContainsSubstring("| INC-2026-0008 | Incident notification | 2026-06-30 22:00 | "
                                     "– | 92 d 1 h, not filed |"));
  CHECK_THAT(Markdown({Figures("acme")}),
             ContainsSubstring("No notification was late or is missed."));
}

TEST_CASE("Management report: drills stand by themselves, with what they showed") {
  v1::GetStatisticsResponse figures = Figures("acme");
  figures.mutable_period()->set_drills(1);
  v1::DrillResult& drill = *figures.mutable_period()->add_drill_results();
  drill.set_incident("incidents/INC-2026-0009");
  drill.set_scenario("Ransomware at night");
  drill.set_over(true);
  drill.mutable_begin_time()->set_seconds(kJuly);
  drill.mutable_declared_in()->set_seconds(840);
  drill.mutable_notifications()->set_met(1);
  drill.mutable_expectations()->set_missed(2);
  drill.set_steps_done(5);
  const std::string text = Markdown({figures});
  CHECK_THAT(text,
             ContainsSubstring("| INC-2026-0009 | Ransomware at night | 2026-06-30 | 14 min | "
                               "1 in time, 0 late, 0 missed | 0 in time, 0 late, 2 missed | "
                               "5 done, 0 skipped, 0 open |"));
  CHECK_THAT(Markdown({Figures("acme")}), ContainsSubstring("No drill was held."));
}

TEST_CASE("Management report: each thing to decide has its sentence, also one of a newer server") {
  v1::GetStatisticsResponse figures = Figures("acme");
  for (int kind = 1; kind <= 9; ++kind) {
    v1::OpenPoint& point = *figures.mutable_period()->add_open_points();
    point.set_kind(static_cast<v1::OpenPoint::Kind>(kind));
    point.set_incident(absl::StrCat("incidents/INC-2026-000", kind));
    point.set_count(2);
    point.set_cause("vpn");
  }
  for (const auto& [language, words] : report::Languages()) {
    INFO(language);
    const std::string text = Markdown({figures}, words);
    const std::regex key(
        "(point|count|stock|management|duty|measure|formula|incident_kind)\\.[a-z_]+");
    std::smatch found;
    CHECK_FALSE(std::regex_search(text, found, key));
    CHECK_THAT(text, ContainsSubstring("INC-2026-0001"));
    CHECK_THAT(text, ContainsSubstring("INC-2026-0009"));
    CHECK_THAT(text, ContainsSubstring("vpn"));
  }
}

TEST_CASE("Management report: several organisations are added up, their medians are not") {
  v1::GetStatisticsResponse beta = Figures("beta");
  beta.mutable_period()->set_incidents(20);
  beta.mutable_period()->set_tlp(v1::TLP_GREEN);
  v1::OpenPoint& point = *beta.mutable_period()->add_open_points();
  point.set_kind(v1::OpenPoint::NO_DRILL_HELD);
  beta.mutable_stock()->set_incidents_open(4);
  v1::GetStatisticsResponse acme = Figures("acme");
  acme.mutable_stock()->set_incidents_open(3);
  for (v1::GetStatisticsResponse* one : {&acme, &beta}) {
    v1::Statistics::Cause& cause = *one->mutable_period()->add_causes();
    cause.set_root_cause("vpn-2026");
    cause.add_incidents("INC-2026-0001");
  }
  const std::string text = Markdown({acme, beta});
  // One in each is one cause in two, with numbers that tell the organisations apart.
  CHECK_THAT(text, ContainsSubstring("**vpn-2026**: acme INC-2026-0001, beta INC-2026-0001"));
  CHECK_THAT(text, ContainsSubstring("| Open incidents | 7 |"));
  CHECK_THAT(text, ContainsSubstring("# Incidents 2026Q3: 2 organisations"));
  CHECK_THAT(text, ContainsSubstring("| Incidents | 23 | 10 | up 13 |"));
  CHECK_THAT(text, ContainsSubstring("| acme | 3 | 1 | 2 |"));
  CHECK_THAT(text, ContainsSubstring("| **All** | 23 | 2 | 4 |"));
  CHECK_THAT(text, ContainsSubstring("- **beta**: No drill was held"));
  CHECK_THAT(text, ContainsSubstring("Medians of several organisations are not added up"));
  CHECK_THAT(text, ContainsSubstring("\n## acme\n"));
  CHECK_THAT(text, ContainsSubstring("\n## beta\n"));
  const v1::Statistics sum = Sum({Figures("acme").period(), beta.period()}, {"acme", "beta"});
  CHECK(sum.intervals().empty());
  CHECK(sum.months_size() == 3);
  CHECK(sum.months(0).incidents() == 2);
  CHECK(sum.loss_eur() == 2469134);
  CHECK(sum.tlp() == v1::TLP_RED);
  CHECK(Compose({Figures("acme"), beta}, "2026Q3", English()).marking == "TLP:RED");
}

TEST_CASE("Management report: every form bears the label, and says when it holds restricted ones") {
  v1::GetStatisticsResponse figures = Figures("acme");
  CHECK_THAT(Markdown({figures}), ContainsSubstring("\n**TLP:RED**\n"));
  CHECK_FALSE(absl::StrContains(Markdown({figures}), "restricted incidents: "));
  figures.mutable_period()->set_restricted(2);
  CHECK_THAT(Markdown({figures}), ContainsSubstring("Holds restricted incidents: 2."));
  figures.mutable_period()->set_tlp(v1::TLP_GREEN);
  figures.mutable_before()->set_tlp(v1::TLP_RED);
  CHECK_THAT(Markdown({figures}), ContainsSubstring("**TLP:RED**"));
}

TEST_CASE("Management report: a period that is not over says so") {
  v1::GetStatisticsResponse figures = Figures("acme");
  figures.mutable_as_of_time()->set_seconds(kOctober - 1);
  CHECK_THAT(Markdown({figures}), ContainsSubstring("The period is not over."));
  CHECK_THAT(Markdown({figures}), ContainsSubstring("| Incidents | 3 | 5 |  |"));
  CHECK_FALSE(absl::StrContains(Markdown({Figures("acme")}), "The period is not over."));
}

TEST_CASE("Management report: what people wrote is inert, and the page carries no record") {
  const std::string hostile = "<img src=x onerror=alert(1)>](javascript:x) | \n# x";
  v1::GetStatisticsResponse figures = Figures(hostile);
  (*figures.mutable_period()->mutable_by_kind())[hostile] = 1;
  v1::Statistics::Cause& cause = *figures.mutable_period()->add_causes();
  cause.set_root_cause(hostile);
  cause.add_incidents(hostile);
  cause.add_incidents(hostile);
  figures.mutable_period()->add_late()->set_reason(hostile);
  figures.mutable_period()->add_drill_results()->set_title(hostile);
  const report::Document document = Compose({figures, Figures(hostile)}, "2026Q3", English());
  const std::string page = report::RenderHtml(document, "", "", "");
  CHECK_FALSE(absl::StrContains(page, "<img"));
  CHECK_FALSE(absl::StrContains(page, "tocsin-bundle"));
  CHECK_FALSE(report::BundleInHtml(page, 1 << 20).ok());
  CHECK_FALSE(std::regex_search(report::RenderMarkdown(document), std::regex("[^\\\\]<img")));
  CHECK_FALSE(absl::StrContains(report::RenderMarkdown(document), "\n# x"));
  // Several pictures in one page have names of their own.
  CHECK(absl::StrContains(page, "id=\"figure-1-title\""));
  CHECK(absl::StrContains(page, "id=\"figure-2-title\""));
}

}  // namespace tocsin::management
