// The packs of the Union's other laws and of the United Kingdom, the United States and Switzerland,
// against the law: each expected line is written from the articles, not from the pack.
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/civil_time.h"
#include "server/regulation/rule_pack.h"
#include "tests/support/catch.h"
#include "tests/unit/regulation/vectors.h"

namespace tocsin::regulation {
namespace {

// Article 2(1) of DORA, without those that lose the noon rule for the first two reports.
const std::vector<std::string>& KindsWithNoonRule() {
  static const std::vector<std::string> kinds = {"insurer",
                                                 "insurance_intermediary",
                                                 "pension_institution",
                                                 "payment_institution",
                                                 "e_money_institution",
                                                 "investment_firm",
                                                 "fund_manager",
                                                 "crypto_asset_service_provider",
                                                 "csd",
                                                 "other_financial_entity"};
  return kinds;
}

// RTS 2025/301, Article 5(5).
const std::vector<std::string>& KindsWithoutNoonRule() {
  static const std::vector<std::string> kinds = {"credit_institution", "ccp",
                                                 "trading_venue_operator", "nis2_financial_entity"};
  return kinds;
}

const StageRule& RuleForTest(const RulePack& pack, std::string_view stage, std::string_view kind) {
  const StageRule* rule = FindRule(pack, stage, kind);
  REQUIRE(rule != nullptr);
  return *rule;
}

TEST_CASE("Pack GDPR: Articles 33(1), 33(2), 33(4), 34(1)", "[regulation]") {
  const RulePack& gdpr = PackForTest("gdpr");

  CHECK(gdpr.valid_from == absl::CivilDay(2018, 5, 25));
  CHECK(TermLine(gdpr, "dpa_notification", "controller") ==
        "72 hours:aware | latest hours1182:72 | GDPR 33(1)");
  CHECK(TermLine(gdpr, "phased_information", "controller") == "none | GDPR 33(4)");
  CHECK(TermLine(gdpr, "data_subjects", "controller") == "none | GDPR 34(1)");
  CHECK(TermLine(gdpr, "processor_to_controller", "processor") == "none | GDPR 33(2)");
  CHECK(TermLine(gdpr, "dpa_notification", "processor") == "no rule");
  CHECK(TermLine(gdpr, "data_subjects", "processor") == "no rule");
  CHECK(TermLine(gdpr, "processor_to_controller", "controller") == "no rule");
}

TEST_CASE("Pack UK GDPR: Articles 33(1), 33(2), 33(4), 34(1)", "[regulation]") {
  const RulePack& uk = PackForTest("uk_gdpr");

  CHECK(uk.country == "GB");
  CHECK(TermLine(uk, "dpa_notification", "controller") ==
        "72 hours:aware | latest hours:72 | UK GDPR 33(1)");
  CHECK(TermLine(uk, "phased_information", "controller") == "none | UK GDPR 33(4)");
  CHECK(TermLine(uk, "data_subjects", "controller") == "none | UK GDPR 34(1)");
  CHECK(TermLine(uk, "processor_to_controller", "processor") == "none | UK GDPR 33(2)");
  CHECK(TermLine(uk, "dpa_notification", "processor") == "no rule");
}

TEST_CASE("Pack DORA: RTS 2025/301 Article 5(1), (2) and (4), with the noon rule", "[regulation]") {
  const RulePack& dora = PackForTest("dora");

  for (const std::string& kind : KindsWithNoonRule()) {
    INFO(kind);
    CHECK(TermLine(dora, "initial", kind) ==
          "4 dora_initial:classified cap 24:aware | latest dora_initial_noon:4 | "
          "RTS 2025/301 5(1)(a)");
    CHECK(TermLine(dora, "intermediate", kind) ==
          "72 hours:initial_submitted | latest dora_hours_noon:72 | RTS 2025/301 5(1)(b)");
    CHECK(TermLine(dora, "final", kind) ==
          "1 months:intermediate_submitted | latest dora_month_noon:1 | RTS 2025/301 5(1)(c)");
  }
}

TEST_CASE("Pack DORA: RTS 2025/301 Article 5(5), no noon rule but for the final report",
          "[regulation]") {
  const RulePack& dora = PackForTest("dora");

  for (const std::string& kind : KindsWithoutNoonRule()) {
    INFO(kind);
    CHECK(TermLine(dora, "initial", kind) ==
          "4 dora_initial:classified cap 24:aware | latest dora_initial:4 | "
          "RTS 2025/301 5(1)(a)");
    CHECK(TermLine(dora, "intermediate", kind) ==
          "72 hours:initial_submitted | latest hours:72 | RTS 2025/301 5(1)(b)");
    CHECK(TermLine(dora, "final", kind) ==
          "1 months:intermediate_submitted | latest dora_month_noon:1 | RTS 2025/301 5(1)(c)");
    CHECK(RuleForTest(dora, "initial", kind).legal_latest->article == "RTS 2025/301 5(5)");
  }
}

TEST_CASE("Pack DORA: RTS 2025/301 Article 5(6), no noon rule by decision", "[regulation]") {
  const RulePack& dora = PackForTest("dora");
  const std::string kind = "designated_financial_entity";

  CHECK(TermLine(dora, "initial", kind) ==
        "4 dora_initial:classified cap 24:aware | latest dora_initial:4 | RTS 2025/301 5(1)(a)");
  CHECK(TermLine(dora, "intermediate", kind) ==
        "72 hours:initial_submitted | latest hours:72 | RTS 2025/301 5(1)(b)");
  CHECK(TermLine(dora, "final", kind) ==
        "1 months:intermediate_submitted | latest months:1 | RTS 2025/301 5(1)(c)");
  CHECK(RuleForTest(dora, "final", kind).legal_latest->article == "RTS 2025/301 5(6)");
}

TEST_CASE("Pack DORA: Articles 19(2), 19(3) and RTS 2025/301 5(3), for every kind",
          "[regulation]") {
  const RulePack& dora = PackForTest("dora");

  // The four of 5(5), the one of 5(6), the ten others.
  CHECK(dora.entity_kinds.size() == 15);
  for (const EntityKind& kind : dora.entity_kinds) {
    INFO(kind.kind);
    CHECK(TermLine(dora, "intermediate_update", kind.kind) == "none | RTS 2025/301 5(1)(b)");
    CHECK(TermLine(dora, "cannot_meet", kind.kind) == "none | RTS 2025/301 5(3)");
    CHECK(TermLine(dora, "client_information", kind.kind) == "none | DORA 19(3)");
    CHECK(TermLine(dora, "voluntary", kind.kind) == "none | DORA 19(2)");
    CHECK(RuleForTest(dora, "final", kind.kind).restarted_by == "intermediate_updated");
    CHECK(RuleForTest(dora, "intermediate", kind.kind).restarted_by.empty());
    CHECK(RuleForTest(dora, "voluntary", kind.kind).trigger == Trigger::kVoluntary);
  }
}

TEST_CASE("Pack DORA: nothing is classified before anybody is aware of it", "[regulation]") {
  const RulePack& dora = PackForTest("dora");

  REQUIRE(dora.order.size() == 1);
  CHECK(dora.order[0].earlier == "aware");
  CHECK(dora.order[0].later == "classified");
}

TEST_CASE("Pack CRA: Article 14(2), actively exploited vulnerabilities", "[regulation]") {
  const RulePack& cra = PackForTest("cra");

  // Article 71(2).
  CHECK(cra.valid_from == absl::CivilDay(2026, 9, 11));
  CHECK(TermLine(cra, "vuln_early_warning", "manufacturer") ==
        "24 hours:aware | latest hours1182:24 | CRA 14(2)(a)");
  CHECK(TermLine(cra, "vuln_notification", "manufacturer") ==
        "72 hours:aware | latest hours1182:72 | CRA 14(2)(b)");
  CHECK(TermLine(cra, "vuln_final", "manufacturer") ==
        "14 days:corrective_measure_available | latest days_roll:14 | CRA 14(2)(c)");
}

TEST_CASE("Pack CRA: Articles 14(4), 14(6), 14(8) and 15", "[regulation]") {
  const RulePack& cra = PackForTest("cra");

  CHECK(TermLine(cra, "incident_early_warning", "manufacturer") ==
        "24 hours:aware | latest hours1182:24 | CRA 14(4)(a)");
  CHECK(TermLine(cra, "incident_notification", "manufacturer") ==
        "72 hours:aware | latest hours1182:72 | CRA 14(4)(b)");
  CHECK(TermLine(cra, "incident_final", "manufacturer") ==
        "1 months:notification_submitted | latest months_roll:1 | CRA 14(4)(c)");
  CHECK(TermLine(cra, "intermediate", "manufacturer") == "none | CRA 14(6)");
  CHECK(RuleForTest(cra, "intermediate", "manufacturer").trigger == Trigger::kOnRequest);
  CHECK(TermLine(cra, "users", "manufacturer") == "none | CRA 14(8)");
  CHECK(TermLine(cra, "voluntary", "manufacturer") == "none | CRA 15");
  CHECK(RuleForTest(cra, "voluntary", "manufacturer").trigger == Trigger::kVoluntary);
}

TEST_CASE("Pack CER: Article 15(1)", "[regulation]") {
  const RulePack& cer = PackForTest("cer");

  CHECK(TermLine(cer, "initial", "critical_entity") ==
        "24 hours:aware | latest hours:24 | CER 15(1)");
  // "Thereafter": due from awareness, the later reading from the initial notification.
  CHECK(TermLine(cer, "detailed", "critical_entity") ==
        "1 months:aware | latest months_roll:1:initial_submitted | CER 15(1)");
}

TEST_CASE("Pack eIDAS: Articles 19a(1)(b) and 24(2)(fb)", "[regulation]") {
  const RulePack& eidas = PackForTest("eidas");

  for (const std::string_view stage : {"initial", "affected_persons"}) {
    INFO(std::string(stage));
    CHECK(TermLine(eidas, stage, "non_qualified_tsp") ==
          "24 hours:aware | latest hours1182:24 | eIDAS 19a(1)(b)");
    // Of the incident, not of awareness.
    CHECK(TermLine(eidas, stage, "qualified_tsp") ==
          "24 hours:occurred | latest hours1182:24 | eIDAS 24(2)(fb)");
  }
}

TEST_CASE("Pack ePrivacy: Article 4(3) with Regulation 611/2013, Articles 2(2), 2(3) and 3",
          "[regulation]") {
  const RulePack& eprivacy = PackForTest("eprivacy");

  CHECK(TermLine(eprivacy, "initial", "telecom_provider") ==
        "24 hours:detected | latest hours1182:24 | Reg 611/2013 2(2)");
  // Regulation 1182/71, Article 3(5): three days hold at least two working days.
  CHECK(TermLine(eprivacy, "second", "telecom_provider") ==
        "3 days:initial_submitted | latest days_2wd:3 | Reg 611/2013 2(3)");
  CHECK(TermLine(eprivacy, "remaining_information", "telecom_provider") ==
        "none | Reg 611/2013 2(3)");
  CHECK(TermLine(eprivacy, "subscribers", "telecom_provider") ==
        "none | ePrivacy 4(3); Reg 611/2013 3");
}

TEST_CASE("Pack PECR: regulation 5A since 20 August 2025", "[regulation]") {
  const RulePack& pecr = PackForTest("pecr");

  CHECK(pecr.country == "GB");
  CHECK(pecr.valid_from == absl::CivilDay(2025, 8, 20));
  CHECK(TermLine(pecr, "initial", "telecom_provider") ==
        "72 hours:aware | latest hours:72 | UK PECR 5A as amended by DUAA");
  CHECK(TermLine(pecr, "subscribers", "telecom_provider") == "none | UK PECR 5A(3)");
}

TEST_CASE("Pack AI Act: Article 73(2) to (5)", "[regulation]") {
  const RulePack& ai_act = PackForTest("ai_act");
  const std::string kind = "high_risk_ai_provider";

  // Annex III, after Regulation 2026/1744.
  CHECK(ai_act.valid_from == absl::CivilDay(2027, 12, 2));
  CHECK(TermLine(ai_act, "serious_incident", kind) ==
        "15 days:aware | latest days_roll:15 | AI Act 73(2)");
  CHECK(TermLine(ai_act, "critical_infrastructure", kind) ==
        "2 days:aware | latest days_2wd:2 | AI Act 73(3)");
  CHECK(TermLine(ai_act, "death", kind) == "10 days:aware | latest days_roll:10 | AI Act 73(4)");
  CHECK(TermLine(ai_act, "complete_report", kind) == "none | AI Act 73(5)");
}

TEST_CASE("Pack UK NIS: regulations 11(3)(b) and 12(6)(a)", "[regulation]") {
  const RulePack& uk_nis = PackForTest("uk_nis");

  CHECK(uk_nis.country == "GB");
  CHECK(TermLine(uk_nis, "notification", "oes") ==
        "72 hours:aware | latest hours:72 | UK NIS Regs 2018 11(3)(b)");
  CHECK(TermLine(uk_nis, "notification", "rdsp") ==
        "72 hours:aware | latest hours:72 | UK NIS Regs 2018 12(6)(a)");
}

TEST_CASE("Pack SEC 8-K: Item 1.05, Instructions 1 and 2", "[regulation]") {
  const RulePack& sec = PackForTest("sec_8k");

  CHECK(sec.country == "US");
  CHECK(TermLine(sec, "materiality_determination", "us_registrant") ==
        "none | SEC Form 8-K Item 1.05, Instruction 1");
  CHECK(TermLine(sec, "item_1_05", "us_registrant") ==
        "4 sec4bd:materiality_determined | latest sec4bd:4 | SEC Form 8-K Item 1.05");
  // Four business days as well, but from an instant that no anchor names: no date is computed.
  CHECK(TermLine(sec, "amendment", "us_registrant") ==
        "none | SEC Form 8-K Item 1.05, Instruction 2");
}

TEST_CASE("Pack CH-ISG: Article 74e", "[regulation]") {
  const RulePack& isg = PackForTest("ch_isg");

  CHECK(isg.country == "CH");
  CHECK(TermLine(isg, "early_warning", "critical_infrastructure") ==
        "24 hours:aware | latest hours:24 | CH ISG 74e");
  CHECK(TermLine(isg, "completion", "critical_infrastructure") ==
        "14 days:aware | latest days:14 | CH ISG 74e");
  const StageRule& completion = RuleForTest(isg, "completion", "critical_infrastructure");
  REQUIRE(completion.other_readings.size() == 1);
  CHECK(completion.other_readings[0].anchor == "early_warning_submitted");
}

}  // namespace
}  // namespace tocsin::regulation
