#include "server/library/rule_pack_reader.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "server/base/error.h"
#include "server/library/yaml.h"
#include "tests/support/catch.h"

namespace tocsin::library {
namespace {

using regulation::Computation;
using regulation::RulePack;
using regulation::StageRule;
using regulation::Term;

// Line numbers in the tests below are those of this text.
constexpr char kSmall[] =
    "format: tocsin-rule-pack-v1\n"  // 1
    "id: demo\n"                     // 2
    "regime: DEMO\n"                 // 3
    "title: A law\n"                 // 4
    "version: \"1\"\n"               // 5
    "source: nowhere\n"              // 6
    "confidence: none\n"             // 7
    "valid_from: 2026-01-01\n"       // 8
    "entity_kinds:\n"                // 9
    "  - kind: anyone\n"             // 10
    "    title: Anyone\n"            // 11
    "stages:\n"                      // 12
    "  - stage: final\n"             // 13
    "    id: demo.final\n"           // 14
    "    label: Final\n"             // 15
    "    trigger: significant\n"     // 16
    "    primary_norm: soon\n"       // 17
    "    article: Article 1\n"       // 18
    "    anchor: aware\n"            // 19
    "    amount: 2\n"                // 20
    "    unit: month\n"              // 21
    "    legal_latest:\n"            // 22
    "      reading: same_as_due\n";  // 23

std::string Changed(const std::string& from, const std::string& to) {
  const std::string text = absl::StrReplaceAll(kSmall, {{from, to}});
  REQUIRE(text != kSmall);
  return text;
}

std::string ErrorOf(const std::string& text) {
  const absl::StatusOr<RulePack> pack = ReadRulePack("demo.yaml", text);
  REQUIRE_FALSE(pack.ok());
  CHECK(pack.status().code() == absl::StatusCode::kInvalidArgument);
  CHECK(ReasonOf(pack.status()) == "YAML_INVALID");
  return std::string(pack.status().message());
}

TEST_CASE("ReadRulePack: a small pack is read whole", "[library][rule_pack]") {
  const absl::StatusOr<RulePack> pack = ReadRulePack("demo.yaml", kSmall);

  INFO(pack.status().message());
  REQUIRE(pack.ok());
  CHECK(pack->regime == "DEMO");
  CHECK(pack->digest == Sha256(kSmall));
  CHECK(pack->valid_from == absl::CivilDay(2026, 1, 1));
  CHECK_FALSE(pack->valid_to);
  const StageRule& rule = pack->stages.at(0);
  CHECK(rule.due.value() == Term{Computation::kMonths, 2});
  CHECK(rule.legal_latest.value().term == Term{Computation::kMonths, 2});
  CHECK(rule.entity_kinds == std::vector<std::string>{"anyone"});
  CHECK(rule.addressee.empty());
  const auto addressed = ReadRulePack(
      "demo.yaml", Changed("label: Final\n", "label: Final\n    addressee: the users\n"));
  REQUIRE(addressed.ok());
  CHECK(addressed->stages.at(0).addressee == "the users");
}

TEST_CASE("ReadRulePack: the NIS2 pack states each number with its article",
          "[library][rule_pack]") {
  const std::string path = std::string(TOCSIN_SOURCE_DIR) + "/playbooks/regimes/nis2.yaml";
  const absl::StatusOr<RulePack> pack = ReadRulePackFile(path);

  INFO(pack.status().message());
  REQUIRE(pack.ok());
  CHECK(pack->id == "nis2");
  CHECK(pack->regime == "NIS2");
  CHECK(pack->digest == Sha256(ReadYamlBytes(path).value()));
  const auto due = [&](const char* stage, const char* kind) {
    const StageRule* rule = regulation::FindRule(*pack, stage, kind);
    REQUIRE(rule != nullptr);
    REQUIRE(rule->due);
    return absl::StrCat(rule->article, ": ", regulation::AmountText(*rule->due), " from ",
                        rule->anchor);
  };
  CHECK(due("early_warning", "important") == "NIS2 23(4)(a): 24 h from aware");
  CHECK(due("notification", "essential") == "NIS2 23(4)(b): 72 h from aware");
  CHECK(due("notification", "trust_service_provider") ==
        "NIS2 23(4), second subparagraph: 24 h from aware");
  CHECK(due("notification", "trust_service_provider_other_service") ==
        "NIS2 23(4)(b): 72 h from aware");
  CHECK(due("final", "essential") == "NIS2 23(4)(d): 1 month from notification_submitted");
  const StageRule* warning = regulation::FindRule(*pack, "early_warning", "essential");
  const auto& fields = warning->contents_required;
  CHECK(std::find(fields.begin(), fields.end(), "suspected_malicious") != fields.end());
  for (const StageRule& rule : pack->stages) {
    INFO(rule.id);
    CHECK_FALSE(rule.primary_norm.empty());
    CHECK(rule.due.has_value() == rule.legal_latest.has_value());
  }
}

TEST_CASE("ReadRulePack: unknown keys and words are refused with the nearest known one",
          "[library][rule_pack]") {
  CHECK(ErrorOf(Changed("    amount:", "    amuont:")) ==
        "demo.yaml:20:5: unknown key 'amuont' in a stage; did you mean 'amount'?");
  CHECK(ErrorOf(Changed("regime:", "regimen:")) ==
        "demo.yaml:3:1: unknown key 'regimen' in the rule pack; did you mean 'regime'?");
  CHECK(ErrorOf(Changed("unit: month", "unit: moth")) ==
        "demo.yaml:21:11: 'moth' is not known; did you mean 'month'?");
  CHECK(ErrorOf(Changed("anchor: aware", "anchor: awake")) ==
        "demo.yaml:19:13: 'awake' is not an anchor; did you mean 'aware'?");
  CHECK(ErrorOf(Changed("same_as_due", "same_as_du")) ==
        "demo.yaml:23:16: 'same_as_du' is not known; did you mean 'same_as_due'?");
  CHECK(ErrorOf(Changed("rule-pack-v1", "rule-pack-v2")) ==
        "demo.yaml:1:9: 'tocsin-rule-pack-v2' is not known; this server reads tocsin-rule-pack-v1");
  CHECK(ErrorOf(std::string(kSmall) + "      artcle: x\n") ==
        "demo.yaml:24:7: unknown key 'artcle' in a reading; did you mean 'article'?");
}

TEST_CASE("ReadRulePack: missing keys are named", "[library][rule_pack]") {
  CHECK(ErrorOf(Changed("title: A law\n", "")) ==
        "demo.yaml:1:1: the rule pack lacks the key 'title'");
  CHECK(ErrorOf(Changed("    label: Final\n", "")) ==
        "demo.yaml:13:5: a stage lacks the key 'label'");
  CHECK(ErrorOf(Changed("    legal_latest:\n      reading: same_as_due\n", "")) ==
        "demo.yaml:13:5: a stage lacks the key 'legal_latest'");
  CHECK(ErrorOf("format: tocsin-playbook-v1\n") ==
        "demo.yaml:1:9: 'tocsin-playbook-v1' is not known; this server reads tocsin-rule-pack-v1");
}

TEST_CASE("ReadRulePack: a term needs anchor, amount and unit that fit its readings",
          "[library][rule_pack]") {
  CHECK(ErrorOf(Changed("    anchor: aware\n", "")) ==
        "demo.yaml:19:13: a term needs an anchor from which it runs");
  CHECK(ErrorOf(Changed("    unit: month\n", "")) == "demo.yaml:20:13: an amount needs a unit");
  CHECK(ErrorOf(Changed("    amount: 2\n", "")) == "demo.yaml:20:11: a unit needs an amount");
  CHECK(ErrorOf(Changed("amount: 2", "amount: 0")) ==
        "demo.yaml:20:13: 'amount' must be a whole number from 1 to 1000, without quotes");
  CHECK(ErrorOf(Changed("same_as_due", "next_full_hour")) ==
        "demo.yaml:23:16: this reading does not fit the unit of the term");
  CHECK(ErrorOf(Changed("same_as_due", "end_of_day_rolled_two_working_days")) ==
        "demo.yaml:23:16: this reading does not fit the unit of the term");
  CHECK(ReadRulePack("demo.yaml", Changed("same_as_due", "end_of_day_rolled")).ok());
}

TEST_CASE("ReadRulePack: dates and kinds are checked", "[library][rule_pack]") {
  CHECK(ErrorOf(Changed("2026-01-01", "2026-02-30")) ==
        "demo.yaml:8:13: '2026-02-30' is not a date such as 2026-11-01");
  CHECK(ErrorOf(Changed("entity_kinds:", "valid_to: 2025-01-01\nentity_kinds:")) ==
        "demo.yaml:9:11: is before valid_from");
  CHECK(ErrorOf(Changed("    label:", "    entity_kinds: [nobody]\n    label:")) ==
        "demo.yaml:15:19: 'nobody' is not an entity kind of this pack");
  CHECK(ErrorOf(Changed("stages:", "  - kind: anyone\n    title: Again\nstages:")) ==
        "demo.yaml:12:11: this kind stands here for the second time");
}

TEST_CASE("ReadRulePack: one rule for each stage and kind", "[library][rule_pack]") {
  const std::string text = kSmall;
  const std::string stage = text.substr(text.find("  - stage:"));

  CHECK(ErrorOf(text + absl::StrReplaceAll(stage, {{"demo.final", "demo.other"}})) ==
        "demo.yaml:24:5: 'demo.final' and 'demo.other' both state 'final' for 'anyone'");
  CHECK(ErrorOf(text + absl::StrReplaceAll(stage, {{"stage: final", "stage: other"}})) ==
        "demo.yaml:24:5: the id 'demo.final' is used twice");
}

TEST_CASE("ReadRulePack: triggers and their keys belong together", "[library][rule_pack]") {
  CHECK(ErrorOf(Changed("trigger: significant", "trigger: voluntary")) ==
        "demo.yaml:20:13: this trigger has no term of its own");
  CHECK(ErrorOf(Changed("trigger: significant", "trigger: significant\n    same_date_as: final")) ==
        "demo.yaml:17:19: belongs to the trigger still_ongoing, and to it alone");
  const std::string progress =
      "  - stage: progress\n"
      "    id: demo.progress\n"
      "    label: Progress\n"
      "    trigger: still_ongoing\n"
      "    same_date_as: final\n"
      "    primary_norm: then\n"
      "    article: Article 2\n";
  CHECK(ErrorOf(kSmall + progress) ==
        "demo.yaml:24:5: same_date_as: 'final' has no rule with if_still_ongoing for 'anyone'");
  CHECK(ReadRulePack(
            "demo.yaml",
            absl::StrCat(kSmall, "    if_still_ongoing: {anchor: handled, article: Article 2}\n",
                         progress))
            .ok());
}

TEST_CASE("ReadRulePack: a missing article, an alias and a cycle of anchors are refused in place",
          "[library][rule_pack]") {
  CHECK(ErrorOf(Changed("    article: Article 1\n", "")) ==
        "demo.yaml:13:5: a stage lacks the key 'article'");
  CHECK_THAT(ErrorOf(Changed("regime: DEMO", "regime: &d DEMO")),
             ContainsSubstring("demo.yaml:3:"));
  CHECK_THAT(ErrorOf(Changed("title: A law", "title: *d")), ContainsSubstring("demo.yaml:4:"));
  const auto ordered = [](const std::string& pairs) {
    return Changed("stages:", "order:\n" + pairs + "stages:");
  };
  const std::string forth = "  - {earlier: detected, later: aware}\n";
  CHECK(ReadRulePack("demo.yaml", ordered(forth)).ok());
  CHECK(ErrorOf(ordered(forth + "  - {earlier: aware, later: handled}\n"
                                "  - {earlier: handled, later: detected}\n")) ==
        "demo.yaml:13:5: 'detected' would have to come before itself: a cycle");
  CHECK_THAT(ErrorOf(ordered("  - {earlier: aware, later: aware}\n")),
             ContainsSubstring("demo.yaml:13:5:"));
}

TEST_CASE("ReadRulePack: to whom it applies is read whole", "[library][rule_pack]") {
  const absl::StatusOr<RulePack> pack =
      ReadRulePack("demo.yaml", Changed("stages:",
                                        "applies_to:\n"
                                        "  displaced_by:\n"
                                        "    - {regime: dora, article: Article 4}\n"
                                        "  cases:\n"
                                        "    - entity_kind: anyone\n"
                                        "      sectors: [health, space]\n"
                                        "      roles: [operator]\n"
                                        "      sizes: [medium, large]\n"
                                        "      place: main_establishment\n"
                                        "      article: Article 3\n"
                                        "    - {entity_kind: anyone, article: Article 3a}\n"
                                        "stages:"));
  INFO(pack.status().message());
  REQUIRE(pack.ok());
  REQUIRE(pack->applies_to.has_value());
  CHECK(pack->applies_to->displaced_by.at(0).pack == "dora");
  CHECK(pack->applies_to->displaced_by.at(0).article == "Article 4");
  const regulation::AppliesCase& first = pack->applies_to->cases.at(0);
  CHECK(first.entity_kind == "anyone");
  CHECK(first.sectors == std::vector<std::string>{"health", "space"});
  CHECK(first.roles == std::vector<std::string>{"operator"});
  CHECK(first.sizes == std::vector<regulation::SizeClass>{regulation::SizeClass::kMedium,
                                                          regulation::SizeClass::kLarge});
  CHECK(first.place == regulation::Place::kMainEstablishment);
  CHECK(first.article == "Article 3");
  CHECK(pack->applies_to->cases.at(1).place == regulation::Place::kEstablishment);
}

TEST_CASE("ReadRulePack: every mistake in applies_to is refused in place", "[library][rule_pack]") {
  const auto error = [](const std::string& lines) {
    return ErrorOf(Changed("stages:", "applies_to:\n" + lines + "stages:"));
  };
  const std::string head = "  cases:\n    - entity_kind: anyone\n      article: A 3\n";
  CHECK(error("  case: []\n") ==
        "demo.yaml:13:3: unknown key 'case' in applies_to; did you mean 'cases'?");
  CHECK(error("  cases: []\n") == "demo.yaml:13:10: the list is empty");
  CHECK(error("  cases:\n    - entity_kind: anyone\n") ==
        "demo.yaml:14:7: a case lacks the key 'article'");
  CHECK(error("  cases:\n    - {entity_kind: anyon, article: A 3}\n") ==
        "demo.yaml:14:21: 'anyon' is not an entity kind of this pack; did you mean 'anyone'?");
  CHECK(error(head + "      sector: [health]\n") ==
        "demo.yaml:16:7: unknown key 'sector' in a case; did you mean 'sectors'?");
  CHECK(error(head + "      sectors: [helth]\n") ==
        "demo.yaml:16:16: 'helth' is not a sector; did you mean 'health'?");
  CHECK(error(head + "      sectors: []\n") == "demo.yaml:16:16: the list is empty");
  CHECK(error(head + "      sectors: [gas, gas]\n") == "demo.yaml:16:16: 'gas' comes twice");
  CHECK(error(head + "      roles: [Data Controller]\n") ==
        "demo.yaml:16:14: a role is a word of a-z, 0-9, _ and -");
  CHECK(error(head + "      sizes: [huge]\n") ==
        "demo.yaml:16:14: 'huge' is not a size; known are small, medium, large");
  CHECK(error(head + "      place: establishmnt\n") ==
        "demo.yaml:16:14: 'establishmnt' is not known; did you mean 'establishment'?");
  CHECK(error(head + "      place: anywhere\n") ==
        "demo.yaml:16:14: a case that asks nothing would bind everybody");
  CHECK(error("  displaced_by: [{regime: demo, article: A 4}]\n" + head) ==
        "demo.yaml:13:27: a pack cannot take its own place");
  CHECK(ErrorOf(Changed("source:", "transposes: nis2\nsource:")) ==
        "demo.yaml:6:13: only a national law transposes: the pack lacks its country");
  CHECK(ErrorOf(Changed("source:", "country: BE\ntransposes: demo\nsource:")) ==
        "demo.yaml:7:13: a pack cannot transpose itself");
  CHECK(ErrorOf(Changed("source:", "time_zone: Europe/Brusels\nsource:")) ==
        "demo.yaml:6:12: there is no time zone 'Europe/Brusels'; give an IANA name such as "
        "Europe/Brussels");
}

TEST_CASE("ReadRulePackFile: a missing file is kNotFound", "[library][rule_pack]") {
  const auto pack = ReadRulePackFile(std::string(TOCSIN_BINARY_DIR) + "/no-such-pack.yaml");

  CHECK(pack.status().code() == absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace tocsin::library
