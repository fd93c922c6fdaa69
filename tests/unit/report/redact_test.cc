// What a profile withholds must be nowhere in the bundle that is left, and that bundle must verify.
#include "clients/report/redact.h"

#include <nlohmann/json.hpp>

#include "absl/strings/match.h"
#include "clients/report/bundle.h"
#include "clients/report/verify.h"
#include "server/base/encoding.h"
#include "tests/support/catch.h"
#include "tests/unit/report/sample_bundles.h"

namespace tocsin::report {
namespace {

using nlohmann::json;

std::string Mixed() {
  return ReadText(ReportFolder() / "mixed.json");
}

std::string Cut(const std::string& bundle, const std::string& profile) {
  const absl::StatusOr<std::string> cut = CutToProfile(bundle, Profiles().at(profile));
  REQUIRE(cut.ok());
  return *cut;
}

// The text with every base64 value opened as well: bodies hold words too.
std::string Opened(const std::string& bundle) {
  std::string text = bundle;
  const json parsed = json::parse(bundle);
  for (const json& entry : parsed["entries"]) {
    if (entry.contains("body")) text += *Base64Decode(entry["body"].get<std::string>());
  }
  return text;
}

TEST_CASE("CutToProfile: nothing above the ceiling is left, and the rest verifies") {
  const std::string everything = Opened(Mixed());
  struct Case {
    const char* profile;
    std::vector<const char*> gone;
    std::vector<const char*> left;
    uint64_t withheld;
  };
  const std::vector<Case> cases = {
      {"technical", {}, {"CLEARWORD", "GREENWORD", "AMBERWORD", "REDWORD"}, 0},
      {"regulator", {"REDWORD"}, {"CLEARWORD", "GREENWORD", "AMBERWORD"}, 2},
      {"customer", {"REDWORD", "AMBERWORD"}, {"CLEARWORD", "GREENWORD"}, 6},
      {"public", {"REDWORD", "AMBERWORD", "GREENWORD"}, {"CLEARWORD"}, 7}};
  for (const Case& wanted : cases) {
    INFO(wanted.profile);
    const std::string cut = Cut(Mixed(), wanted.profile);

    const absl::StatusOr<Verified> verified = VerifyBundle(cut, std::nullopt);

    CHECK(verified.status().ToString() == "OK");
    REQUIRE(verified.ok());
    CHECK(verified->entries == 14);
    CHECK(verified->withheld == wanted.withheld);
    for (const char* word : wanted.gone) {
      INFO(word);
      CHECK(absl::StrContains(everything, word));
      CHECK_FALSE(absl::StrContains(Opened(cut), word));
    }
    for (const char* word : wanted.left) CHECK(absl::StrContains(cut, word));
  }
}

TEST_CASE("CutToProfile: the whole bundle stays the same bytes") {
  CHECK(Cut(Mixed(), "technical") == Mixed());
}

TEST_CASE("CutToProfile: a withheld entry keeps its place, time and leaf hash") {
  const auto bundle = ReadBundle(Cut(Mixed(), "public"));
  REQUIRE(bundle.ok());

  const EntryView& red = bundle->entries[4];

  CHECK(red.withheld);
  CHECK(red.sequence == 5);
  CHECK(red.tlp == Tlp::kRed);
  CHECK(red.leaf_hash.size() == 44);
  CHECK(red.text.empty());
}

TEST_CASE("CutToProfile: what was computed from a withheld entry goes with it") {
  const auto bundle = ReadBundle(Cut(Mixed(), "public"));
  REQUIRE(bundle.ok());

  CHECK(bundle->obligations.empty());
  CHECK(bundle->explanations.empty());
  CHECK(bundle->incident.anchors.empty());
  REQUIRE(bundle->incident.impact.size() == 1);
  CHECK(bundle->incident.impact[0].key == "users_affected");
  CHECK(bundle->review.summary.empty());
  CHECK(bundle->review.action_items.empty());
  REQUIRE(bundle->review.findings.size() == 1);
  // The correction's words are withheld; that the entry does not hold is not.
  CHECK(bundle->entries[2].corrected_by != 0);
  CHECK(bundle->entries[2].corrected_text.empty());
  CHECK(bundle->entries[2].text == "Isolated 12 hosts CLEARWORD");
}

TEST_CASE("CutToProfile: roles stand for people wherever the server named them") {
  const std::string cut = Cut(Mixed(), "regulator");
  const auto bundle = ReadBundle(cut);
  REQUIRE(bundle.ok());

  CHECK(bundle->exported_by == "commander");
  CHECK(bundle->entries[0].author == "commander");
  CHECK(bundle->entries[2].author == "person 1");
  CHECK(bundle->incident.roles[0].handle == "commander");
  CHECK(bundle->entries[9].text == "person 1 is scribe");
  CHECK_FALSE(absl::StrContains(cut, "@ada"));
  CHECK_FALSE(absl::StrContains(cut, "@bob"));
}

TEST_CASE("CutToProfile: names go from what the server says, and stay in what it quotes") {
  const std::string cut = Cut(ReadText(ReportFolder() / "named.json"), "regulator");
  const auto bundle = ReadBundle(cut);
  REQUIRE(bundle.ok());

  CHECK(VerifyBundle(cut, std::nullopt).status().ToString() == "OK");
  CHECK(bundle->entries[1].text == "person 1 is scribe");
  CHECK(bundle->entries[1].attributes.at("principal") == "person 1");
  CHECK(bundle->entries[2].text ==
        "action-1 for person 1 by 2026-06-01: ask @bob to call carol@example.org");
  CHECK(bundle->entries[3].text == "commander offers scribe to person 2.");
  // What is not known here goes, for it may hold anything: the next release adds fields.
  for (const char* gone : {"@dave", "@erin", "SECRETWORD"}) {
    INFO(gone);
    CHECK_FALSE(absl::StrContains(cut, gone));
  }
  CHECK(bundle->runs.at(0).steps.at(0).state == StepState::kNotTaken);
  CHECK(bundle->runs.at(0).steps.at(0).note == "no data left");
}

TEST_CASE("CutToProfile: the signed record says how secret an entry is, not its view") {
  json lie = json::parse(Mixed());
  lie["entries"][4]["view"]["tlp"] = "TLP_CLEAR";

  CHECK_FALSE(absl::StrContains(Opened(Cut(lie.dump(), "public")), "REDWORD"));
}

TEST_CASE("CutToProfile: an unreadable record is as secret as can be") {
  json broken = json::parse(Mixed());
  broken["entries"][2]["record"] = 7;

  const auto bundle = ReadBundle(Cut(broken.dump(), "regulator"));

  REQUIRE(bundle.ok());
  CHECK(bundle->entries[2].withheld);
}

TEST_CASE("CutToProfile: a bundle of any wrong form is refused or cut, never thrown at") {
  const json whole = json::parse(Mixed());
  const Profile& profile = Profiles().at("public");
  for (const auto& [key, value] : whole.items()) {
    for (const json& wrong : {json(7), json("x"), json::array({1}), json::object(), json()}) {
      json bundle = whole;
      bundle[key] = wrong;
      INFO(key << " = " << wrong.dump());
      const auto cut = CutToProfile(bundle.dump(), profile);
      if (cut.ok()) CHECK_FALSE(absl::StrContains(Opened(*cut), "REDWORD"));
    }
  }
}

}  // namespace
}  // namespace tocsin::report
