#include "clients/cli/replay_plan.h"

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/support/catch.h"

namespace tocsin::cli {
namespace {

ReplayFile Load(const std::string& name) {
  std::ifstream stream(
      absl::StrCat(TOCSIN_SOURCE_DIR, "/playbooks/drills/replays/", name, ".jsonl"),
      std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  auto file = ParseReplayFile(name, text.str());
  REQUIRE(file.ok());
  return *std::move(file);
}

TEST_CASE("PlanImport: every event and impact line in the order of the file, with its true time") {
  for (const char* name : {"cloudflare-thanksgiving-2023", "gitlab-database-outage-2017",
                           "hse-ireland-2021", "maastricht-university-2019"}) {
    const ReplayFile file = Load(name);
    const std::vector<PlannedEntry> plan = PlanImport(file);

    REQUIRE(plan.size() == file.events.size() + file.impacts.size());
    for (size_t i = 0; i < plan.size(); ++i) CHECK(plan[i].line == static_cast<int>(i) + 2);
    CHECK(plan[0].occur_time == file.events[0].occur_time);
    CHECK(plan[0].attributes.at("stated_time") == file.events[0].stated);
    CHECK(plan.back().kind == EntryKind::kImpact);
    CHECK_FALSE(plan.back().occur_time.has_value());
    CHECK_FALSE(plan.back().attributes.at("metric").empty());
  }
}

TEST_CASE("FindAwareness: detection, else impact, else communication") {
  CHECK(FindAwareness(Load("cloudflare-thanksgiving-2023"))->line == 15);
  const auto maastricht = FindAwareness(Load("maastricht-university-2019"));
  CHECK(maastricht->line == 7);
  CHECK(maastricht->kind == EntryKind::kImpact);

  ReplayFile file = Load("maastricht-university-2019");
  std::erase_if(file.events, [](const ReplayEvent& e) { return e.kind == EntryKind::kImpact; });
  CHECK(FindAwareness(file)->line == 8);
  file.events.clear();
  CHECK_FALSE(FindAwareness(file).has_value());
}

TEST_CASE("PlanReplay: one shift for all, the order of the file, nothing in the future") {
  const ReplayFile file = Load("maastricht-university-2019");
  const absl::Time now = absl::FromUnixSeconds(1'780'000'000);
  const absl::Duration shift = now - absl::Hours(20) - FindAwareness(file)->time;

  const std::vector<PlannedEntry> plan = PlanReplay(file, shift, now, /*lessons=*/true);

  REQUIRE(plan.size() == 35);
  for (size_t i = 0; i < plan.size(); ++i) CHECK(plan[i].line == static_cast<int>(i) + 2);
  CHECK(plan[5].occur_time == now - absl::Hours(20));
  CHECK(plan[5].attributes.at("original_occur_time") == "2019-12-23");
  CHECK(plan[4].occur_time == plan[5].occur_time);
  CHECK_FALSE(plan[9].occur_time.has_value());
  CHECK(plan[9].attributes.at("original_occur_time") == "2019-12-26");
  CHECK(plan.back().kind == EntryKind::kReview);
  for (const PlannedEntry& entry : plan) CHECK((!entry.occur_time || *entry.occur_time <= now));
  CHECK(PlanReplay(file, shift, now, /*lessons=*/false).size() == 33);
}

TEST_CASE("ImpactFacts: known metrics become keys, with their unit") {
  const auto maastricht = ImpactFacts(Load("maastricht-university-2019"));
  CHECK(maastricht == std::map<std::string, std::string>{{"malicious", "yes"},
                                                         {"ransom_paid_eur", "197000"},
                                                         {"systems_affected", "267"},
                                                         {"users_affected", "25000"}});
  const auto gitlab = ImpactFacts(Load("gitlab-database-outage-2017"));
  CHECK(gitlab == std::map<std::string, std::string>{{"downtime_minutes", "1080"}});
  CHECK(ImpactFacts(Load("hse-ireland-2021")).at("personal_data") == "yes");
}

TEST_CASE("ImportRequestId: the same for the same line, another one otherwise") {
  const Digest file = Sha256("file");
  const std::string id = ImportRequestId(file, "default", "", "entry", 7);

  CHECK(id.size() == 36);
  CHECK(id == ImportRequestId(file, "default", "", "entry", 7));
  CHECK(id != ImportRequestId(file, "default", "", "entry", 8));
  CHECK(id != ImportRequestId(file, "default", "", "lesson", 7));
  CHECK(id != ImportRequestId(file, "default", "copy", "entry", 7));
  CHECK(id != ImportRequestId(file, "other", "", "entry", 7));
  CHECK(id != ImportRequestId(Sha256("else"), "default", "", "entry", 7));
}

}  // namespace
}  // namespace tocsin::cli
