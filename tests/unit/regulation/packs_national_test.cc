// The national versions of NIS2, article by article: what is counted, from where, by which
// provision. The expected lines are written from the laws (or from what is known of them), not from
// the packs.
#include <string>
#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "server/regulation/evaluate.h"
#include "server/regulation/rule_pack.h"
#include "tests/support/catch.h"
#include "tests/unit/regulation/vectors.h"

namespace tocsin::regulation {
namespace {

constexpr std::string_view kTrust = "trust_service_provider";
constexpr std::string_view kTrustOther = "trust_service_provider_other_service";

// Anchor and article of the final report once the incident outlasted its first date.
std::string OngoingLine(const RulePack& pack) {
  const StageRule* rule = FindRule(pack, "final", "essential");
  if (rule == nullptr || !rule->if_still_ongoing) return "none";
  return absl::StrCat(rule->if_still_ongoing->anchor, " | ", rule->if_still_ongoing->article);
}

std::string Label(const RulePack& pack, std::string_view stage) {
  const StageRule* rule = FindRule(pack, stage, "essential");
  return rule == nullptr ? "no rule" : rule->label;
}

// What every pack but the Dutch one takes from the Directive as it is.
void CheckDirectiveRest(const RulePack& pack) {
  INFO(pack.id);
  CHECK(TermLine(pack, "csirt_response", "important") ==
        "24 hours:early_warning_submitted | latest hours:24 | NIS2 23(5)");
  CHECK(TermLine(pack, "voluntary", "important") == "none | NIS2 30");
}

TEST_CASE("NIS2-NL: Cyberbeveiligingswet 26 to 36, Algemene termijnenwet", "[regulation]") {
  const RulePack& nl = PackForTest("nis2-nl");
  // Algemene termijnenwet 4: terms in hours are neither rounded nor moved.
  CHECK(TermLine(nl, "early_warning", "essential") == "24 hours:aware | latest hours:24 | Cbw 26");
  CHECK(TermLine(nl, "early_warning", kTrust) == "24 hours:aware | latest hours:24 | Cbw 26");
  // From knowledge, not from the early warning as one control framework has it.
  CHECK(TermLine(nl, "notification", "essential") ==
        "72 hours:aware | latest hours:72 | Cbw 27(1)");
  CHECK(TermLine(nl, "notification", "important") ==
        "72 hours:aware | latest hours:72 | Cbw 27(1)");
  CHECK(TermLine(nl, "notification", kTrustOther) ==
        "72 hours:aware | latest hours:72 | Cbw 27(1)");
  CHECK(TermLine(nl, "notification", kTrust) == "24 hours:aware | latest hours:24 | Cbw 27(2)");
  CHECK(TermLine(nl, "intermediate", "essential") == "none | Cbw 28");
  CHECK(TermLine(nl, "final", "essential") ==
        "1 months:notification_submitted | latest months_roll:1 | Cbw 29(1)");
  CHECK(FindRule(nl, "final", "essential")->legal_latest->article == "Algemene termijnenwet 1, 3");
  CHECK(OngoingLine(nl) == "handled | Cbw 29(2)");
  CHECK(TermLine(nl, "progress", "essential") == "none | Cbw 29(2)");
  CHECK(TermLine(nl, "recipients", "essential") == "none | Cbw 30");
  CHECK(TermLine(nl, "voluntary", "essential") == "none | Cbw 33");
  CHECK(TermLine(nl, "csirt_response", "essential") ==
        "24 hours:early_warning_submitted | latest hours:24 | Cbw 36");
  CHECK(nl.valid_from == absl::CivilDay(2026, 8, 15));
}

TEST_CASE("NIS2-BE: law of 26 April 2024, Articles 34-35, Civil Code 1.7", "[regulation]") {
  const RulePack& be = PackForTest("nis2-be");
  CHECK(TermLine(be, "early_warning", "essential") ==
        "24 hours:aware | latest hours:24 | BE NIS2 law 34-35; NIS2 23(4)(a)");
  CHECK(TermLine(be, "notification", "important") ==
        "72 hours:aware | latest hours:72 | BE NIS2 law 34-35; NIS2 23(4)(b)");
  CHECK(TermLine(be, "notification", kTrustOther) ==
        "72 hours:aware | latest hours:72 | BE NIS2 law 34-35; NIS2 23(4)(b)");
  CHECK(TermLine(be, "notification", kTrust) ==
        "24 hours:aware | latest hours:24 | BE NIS2 law 34-35; NIS2 23(4), second subparagraph");
  CHECK(TermLine(be, "intermediate", "essential") == "none | BE NIS2 law 34-35; NIS2 23(4)(c)");
  CHECK(TermLine(be, "final", "essential") ==
        "1 months:notification_submitted | latest months_roll:1 | "
        "BE NIS2 law 34-35; NIS2 23(4)(d)");
  CHECK(FindRule(be, "final", "essential")->legal_latest->article == "BE Civil Code 1.7");
  CHECK(OngoingLine(be) == "handled | BE NIS2 law 34-35; NIS2 23(4)(e)");
  CHECK(TermLine(be, "progress", "essential") == "none | BE NIS2 law 34-35; NIS2 23(4)(e)");
  CHECK(TermLine(be, "recipients", "essential") == "none | BE NIS2 law 34-35; NIS2 23(1)-(2)");
  CheckDirectiveRest(be);
  CHECK(be.valid_from == absl::CivilDay(2024, 10, 18));
}

TEST_CASE("NIS2-LU: law of 5 May 2026, equal to the Directive", "[regulation]") {
  const RulePack& lu = PackForTest("nis2-lu");
  CHECK(TermLine(lu, "early_warning", "essential") ==
        "24 hours:aware | latest hours:24 | LU NIS2 law; NIS2 23(4)(a)");
  CHECK(TermLine(lu, "notification", "important") ==
        "72 hours:aware | latest hours:72 | LU NIS2 law; NIS2 23(4)(b)");
  CHECK(TermLine(lu, "notification", kTrustOther) ==
        "72 hours:aware | latest hours:72 | LU NIS2 law; NIS2 23(4)(b)");
  CHECK(TermLine(lu, "notification", kTrust) ==
        "24 hours:aware | latest hours:24 | LU NIS2 law; NIS2 23(4), second subparagraph");
  CHECK(TermLine(lu, "intermediate", "essential") == "none | LU NIS2 law; NIS2 23(4)(c)");
  // How its law counts months is not known, so nothing later than the plain term is relied on.
  CHECK(TermLine(lu, "final", "essential") ==
        "1 months:notification_submitted | latest months:1 | LU NIS2 law; NIS2 23(4)(d)");
  CHECK(OngoingLine(lu) == "handled | LU NIS2 law; NIS2 23(4)(e)");
  CHECK(TermLine(lu, "progress", "essential") == "none | LU NIS2 law; NIS2 23(4)(e)");
  CHECK(TermLine(lu, "recipients", "essential") == "none | LU NIS2 law; NIS2 23(1)-(2)");
  CheckDirectiveRest(lu);
  CHECK(lu.valid_from == absl::CivilDay(2026, 5, 5));
  CHECK(lu.confidence.starts_with("medium"));
}

// A national pack takes the Directive's place in its country, so it must say which one it is.
TEST_CASE("NIS2: every national pack transposes the Directive, in a country of its own",
          "[regulation]") {
  for (const char* country :
       {"be", "cy", "cz", "de", "fi", "hr", "lu", "nl", "pl", "pt", "se", "sk"}) {
    const RulePack& pack = PackForTest(absl::StrCat("nis2-", country));
    INFO(pack.id);
    CHECK(pack.transposes == "nis2");
    CHECK(pack.country == absl::AsciiStrToUpper(country));
    CHECK_FALSE(pack.confidence.empty());
    CHECK_FALSE(pack.verified_on.empty());
  }
}

TEST_CASE("NIS2-SE: SFS 2025:1506 2 kap 5-10, lag 1930:173", "[regulation]") {
  const RulePack& se = PackForTest("nis2-se");
  CHECK(TermLine(se, "early_warning", "essential") ==
        "24 hours:aware | latest hours:24 | SE 2025:1506 2 kap 5");
  CHECK(TermLine(se, "notification", "essential") ==
        "72 hours:aware | latest hours:72 | SE 2025:1506 2 kap 6");
  CHECK(TermLine(se, "notification", kTrustOther) ==
        "72 hours:aware | latest hours:72 | SE 2025:1506 2 kap 6");
  CHECK(TermLine(se, "notification", kTrust) ==
        "24 hours:aware | latest hours:24 | SE 2025:1506 2 kap 6");
  CHECK(TermLine(se, "intermediate", "essential") == "none | SE 2025:1506 2 kap 7");
  CHECK(TermLine(se, "final", "essential") ==
        "1 months:notification_submitted | latest months_roll:1 | SE 2025:1506 2 kap 8");
  CHECK(FindRule(se, "final", "essential")->legal_latest->article == "lag 1930:173 1-2");
  CHECK(OngoingLine(se) == "handled | SE 2025:1506 2 kap 8");
  CHECK(TermLine(se, "progress", "essential") == "none | SE 2025:1506 2 kap 8");
  CHECK(TermLine(se, "recipients", "essential") == "none | SE 2025:1506 2 kap 9-10");
  CheckDirectiveRest(se);
  CHECK(se.valid_from == absl::CivilDay(2026, 1, 15));
}

TEST_CASE("NIS2-DE: BSIG 32, BGB 187-193", "[regulation]") {
  const RulePack& de = PackForTest("nis2-de");
  CHECK(TermLine(de, "early_warning", "essential") ==
        "24 hours:aware | latest hours:24 | BSIG 32(1) no. 1");
  CHECK(TermLine(de, "notification", "essential") ==
        "72 hours:aware | latest hours:72 | BSIG 32(1) no. 2");
  CHECK(TermLine(de, "notification", kTrustOther) ==
        "72 hours:aware | latest hours:72 | BSIG 32(1) no. 2");
  // Section 32 has no trust service rule: the Directive's date is due, the national one beside it.
  CHECK(TermLine(de, "notification", kTrust) ==
        "24 hours:aware | national hours:72 | "
        "BSIG 32(1) no. 2; NIS2 23(4), second subparagraph");
  CHECK(TermLine(de, "intermediate", "essential") == "none | BSIG 32(1) no. 3");
  CHECK(TermLine(de, "final", "essential") ==
        "1 months:notification_submitted | latest months_roll:1 | BSIG 32(1) no. 4");
  CHECK(FindRule(de, "final", "essential")->legal_latest->article == "BGB 187-193");
  // Section 32(2) sets no month after the end of handling; the Directive does.
  CHECK(OngoingLine(de) == "handled | BSIG 32(2), which sets no month; NIS2 23(4)(e)");
  CHECK(TermLine(de, "progress", "essential") == "none | BSIG 32(2)");
  CHECK(TermLine(de, "recipients", "essential") == "none | NIS2 23(1)-(2)");
  CheckDirectiveRest(de);
  CHECK(de.valid_from == absl::CivilDay(2025, 12, 6));
}

// What each national law calls its stages; the English term stands behind it.
TEST_CASE("NIS2: the labels of the stages are those of the national law", "[regulation]") {
  for (const char* id : {"nis2-nl", "nis2-be"}) {
    INFO(id);
    const RulePack& pack = PackForTest(id);
    CHECK(Label(pack, "early_warning") == "vroegtijdige waarschuwing (early warning)");
    CHECK(Label(pack, "notification") == "incidentmelding (incident notification)");
    CHECK(Label(pack, "intermediate") == "tussentijds verslag (intermediate report)");
    CHECK(Label(pack, "progress") == "voortgangsverslag (progress report)");
    CHECK(Label(pack, "final") == "eindverslag (final report)");
  }
  const RulePack& se = PackForTest("nis2-se");
  CHECK(Label(se, "early_warning") == "upplysning (early warning)");
  CHECK(Label(se, "notification") == "incidentanmälan (incident notification)");
  CHECK(Label(se, "intermediate") == "delrapport (intermediate report)");
  CHECK(Label(se, "progress") == "lägesrapport (progress report)");
  CHECK(Label(se, "final") == "slutrapport (final report)");
  const RulePack& de = PackForTest("nis2-de");
  CHECK(Label(de, "early_warning") == "frühe Erstmeldung (early warning)");
  CHECK(Label(de, "notification") == "Meldung (incident notification)");
  CHECK(Label(de, "intermediate") == "Zwischenmeldung (intermediate report)");
  CHECK(Label(de, "progress") == "Fortschrittsmeldung (progress report)");
  CHECK(Label(de, "final") == "Abschlussmeldung (final report)");
}

// The stages that a divergent country has from the Directive unchanged.
void CheckDirectiveReports(const RulePack& pack, const std::string& law) {
  INFO(pack.id);
  const std::string prefix = law + "; ";
  CHECK(TermLine(pack, "intermediate", "essential") == "none | " + prefix + "NIS2 23(4)(c)");
  CHECK(TermLine(pack, "progress", "essential") == "none | " + prefix + "NIS2 23(4)(e)");
  CHECK(TermLine(pack, "recipients", "essential") == "none | " + prefix + "NIS2 23(1)-(2)");
  CHECK(OngoingLine(pack) == "handled | " + prefix + "NIS2 23(4)(e)");
  CheckDirectiveRest(pack);
}

TEST_CASE("NIS2-FI: act 124/2025 section 11 counts from detection", "[regulation]") {
  const RulePack& fi = PackForTest("nis2-fi");
  CHECK(TermLine(fi, "early_warning", "essential") ==
        "24 hours:detected | latest hours:24 | FI act 124/2025 11; NIS2 23(4)(a)");
  CHECK(TermLine(fi, "notification", "essential") ==
        "72 hours:detected | latest hours:72 | FI act 124/2025 11; NIS2 23(4)(b)");
  CHECK(TermLine(fi, "notification", kTrust) ==
        "24 hours:detected | latest hours:24 | "
        "FI act 124/2025 11; NIS2 23(4), second subparagraph");
  CHECK(TermLine(fi, "final", "essential") ==
        "1 months:notification_submitted | latest months:1 | "
        "FI act 124/2025 (not read); NIS2 23(4)(d)");
  CheckDirectiveReports(fi, "FI act 124/2025 (not read)");
}

TEST_CASE("NIS2-PL: the KSC act counts from detection", "[regulation]") {
  const RulePack& pl = PackForTest("nis2-pl");
  CHECK(TermLine(pl, "early_warning", "essential") ==
        "24 hours:detected | latest hours:24 | PL KSC act (not read); NIS2 23(4)(a)");
  CHECK(TermLine(pl, "notification", "essential") ==
        "72 hours:detected | latest hours:72 | PL KSC act (not read); NIS2 23(4)(b)");
  CHECK(TermLine(pl, "notification", kTrust) ==
        "24 hours:detected | latest hours:24 | "
        "PL KSC act (not read); NIS2 23(4), second subparagraph");
  CHECK(TermLine(pl, "final", "essential") ==
        "1 months:notification_submitted | latest months:1 | "
        "PL KSC act (not read); NIS2 23(4)(d)");
  CheckDirectiveReports(pl, "PL KSC act (not read)");
  CHECK(pl.valid_from == absl::CivilDay(2026, 4, 3));
}

TEST_CASE("NIS2-SK: act 69/2018 counts from detection", "[regulation]") {
  const RulePack& sk = PackForTest("nis2-sk");
  CHECK(TermLine(sk, "early_warning", "essential") ==
        "24 hours:detected | latest hours:24 | SK act 69/2018 (not read); NIS2 23(4)(a)");
  CHECK(TermLine(sk, "notification", "essential") ==
        "72 hours:detected | latest hours:72 | SK act 69/2018 (not read); NIS2 23(4)(b)");
  CHECK(TermLine(sk, "notification", kTrust) ==
        "24 hours:detected | latest hours:24 | "
        "SK act 69/2018 (not read); NIS2 23(4), second subparagraph");
  CHECK(TermLine(sk, "final", "essential") ==
        "1 months:notification_submitted | latest months:1 | "
        "SK act 69/2018 (not read); NIS2 23(4)(d)");
  CheckDirectiveReports(sk, "SK act 69/2018 (not read)");
}

// Determination, end of the impact, 30 working days: laxer than the Directive, whose dates are due.
TEST_CASE("NIS2-PT: Decree-Law 125/2025 counts from determination", "[regulation]") {
  const RulePack& pt = PackForTest("nis2-pt");
  CHECK(TermLine(pt, "early_warning", "essential") ==
        "24 hours:aware | national hours:24:determined_significant | "
        "PT DL 125/2025 (not read); NIS2 23(4)(a)");
  CHECK(TermLine(pt, "notification", "essential") ==
        "72 hours:aware | latest hours:72 | PT DL 125/2025 (not read); NIS2 23(4)(b)");
  CHECK(TermLine(pt, "notification", kTrust) ==
        "24 hours:aware | latest hours:24 | "
        "PT DL 125/2025 (not read); NIS2 23(4), second subparagraph");
  CHECK(TermLine(pt, "end_of_impact", "essential") ==
        "24 hours:impact_ended | latest hours:24 | PT DL 125/2025 (not read)");
  CHECK(TermLine(pt, "final", "essential") ==
        "1 months:notification_submitted | national bdays_eod:30:impact_ended_notified | "
        "PT DL 125/2025 (not read); NIS2 23(4)(d)");
  CheckDirectiveReports(pt, "PT DL 125/2025 (not read)");
}

TEST_CASE("NIS2-CZ: act 264/2025 counts from classification and resolution", "[regulation]") {
  const RulePack& cz = PackForTest("nis2-cz");
  CHECK(TermLine(cz, "early_warning", "essential") ==
        "24 hours:aware | national hours:24:determined_significant | "
        "CZ act 264/2025 (not read); NIS2 23(4)(a)");
  CHECK(TermLine(cz, "notification", "essential") ==
        "72 hours:aware | latest hours:72 | CZ act 264/2025 (not read); NIS2 23(4)(b)");
  CHECK(TermLine(cz, "notification", kTrust) ==
        "24 hours:aware | latest hours:24 | "
        "CZ act 264/2025 (not read); NIS2 23(4), second subparagraph");
  CHECK(TermLine(cz, "final", "essential") ==
        "1 months:notification_submitted | national days:30:resolved | "
        "CZ act 264/2025 (not read); NIS2 23(4)(d)");
  CheckDirectiveReports(cz, "CZ act 264/2025 (not read)");
}

TEST_CASE("NIS2-HR: the Cybersecurity Act gives 30 days, not a month", "[regulation]") {
  const RulePack& hr = PackForTest("nis2-hr");
  const std::string law = "HR Cybersecurity Act (not read); ";
  CHECK(TermLine(hr, "early_warning", "essential") ==
        "24 hours:aware | latest hours:24 | " + law + "NIS2 23(4)(a)");
  CHECK(TermLine(hr, "notification", "essential") ==
        "72 hours:aware | latest hours:72 | " + law + "NIS2 23(4)(b)");
  CHECK(TermLine(hr, "notification", kTrust) ==
        "24 hours:aware | latest hours:24 | " + law + "NIS2 23(4), second subparagraph");
  // The window of the intermediate report: its shortest is due, its longest stands beside.
  CHECK(TermLine(hr, "intermediate", "essential") ==
        "48 hours:intermediate_requested | national days:7 | " + law + "NIS2 23(4)(c)");
  CHECK(TermLine(hr, "final", "essential") ==
        "1 months:notification_submitted | national days:30 | " + law + "NIS2 23(4)(d)");
  CHECK(TermLine(hr, "progress", "essential") == "none | " + law + "NIS2 23(4)(e)");
  CHECK(TermLine(hr, "recipients", "essential") == "none | " + law + "NIS2 23(1)-(2)");
  CHECK(OngoingLine(hr) == "handled | " + law + "NIS2 23(4)(e)");
  CheckDirectiveRest(hr);
}

TEST_CASE("NIS2-CY: a guide gives 6 hours, low confidence", "[regulation]") {
  const RulePack& cy = PackForTest("nis2-cy");
  CHECK(TermLine(cy, "early_warning", "essential") ==
        "6 hours:aware | latest hours:6 | CY guide (law not read); NIS2 23(4)(a)");
  CHECK(TermLine(cy, "early_warning", kTrust) ==
        "6 hours:aware | latest hours:6 | CY guide (law not read); NIS2 23(4)(a)");
  CHECK(TermLine(cy, "notification", "essential") ==
        "72 hours:aware | latest hours:72 | CY guide (law not read); NIS2 23(4)(b)");
  CHECK(TermLine(cy, "notification", kTrust) ==
        "24 hours:aware | latest hours:24 | "
        "CY guide (law not read); NIS2 23(4), second subparagraph");
  CHECK(TermLine(cy, "final", "essential") ==
        "1 months:notification_submitted | latest months:1 | "
        "CY guide (law not read); NIS2 23(4)(d)");
  CheckDirectiveReports(cy, "CY guide (law not read)");
  CHECK(cy.confidence.substr(0, 3) == "low");
}

TEST_CASE("NIS2-CZ: the national clock runs before the notification is sent", "[regulation]") {
  Facts facts;
  facts.entity_kind = "essential";
  facts.zone = ZoneForTest("Europe/Prague");
  facts.significance = Significance::kYes;
  facts.anchors["resolved"] = InstantForTest("2026-11-10T16:30:00Z");
  facts.as_of = InstantForTest("2026-11-11T00:00:00Z");
  const auto duties = Evaluate(PackForTest("nis2-cz"), facts);
  REQUIRE(duties.ok());
  for (const Duty& duty : *duties) {
    if (duty.stage != "final") continue;
    CHECK(duty.state == DutyState::kDated);
    CHECK(duty.due == InstantForTest("2026-12-10T16:30:00Z"));
    CHECK(duty.anchor == "resolved");
  }
}

TEST_CASE("NIS2-HR: thirty days bind when they end before the Directive's month", "[regulation]") {
  Facts facts;
  facts.entity_kind = "essential";
  facts.zone = ZoneForTest("Europe/Zagreb");
  facts.significance = Significance::kYes;
  facts.as_of = InstantForTest("2026-07-11T09:00:00Z");
  const auto final_report = [&](std::string_view submitted) {
    facts.anchors["notification_submitted"] = InstantForTest(submitted);
    const auto duties = Evaluate(PackForTest("nis2-hr"), facts);
    REQUIRE(duties.ok());
    for (const Duty& duty : *duties) {
      if (duty.stage == "final") return duty;
    }
    FAIL("no final report");
    return Duty{};
  };
  // July has 31 days: the month ends on 10 August, thirty days on 9 August.
  const Duty july = final_report("2026-07-10T09:00:00Z");
  CHECK(july.due == InstantForTest("2026-08-09T09:00:00Z"));
  CHECK_FALSE(july.legal_latest.has_value());
  // January to February: the Directive's month is the shorter one.
  facts.as_of = InstantForTest("2026-02-01T09:00:00Z");
  const Duty january = final_report("2026-01-31T09:00:00Z");
  CHECK(january.due == InstantForTest("2026-02-28T09:00:00Z"));
  CHECK(january.legal_latest == InstantForTest("2026-03-02T09:00:00Z"));
}

}  // namespace
}  // namespace tocsin::regulation
