// Every rule pack names its articles, all of them and no others: a pack that comes without a row
// here, or that cites another article than this list, fails. The lists are written from the laws
// (or from what is known of them), not from the packs.
#include <filesystem>
#include <map>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "server/regulation/rule_pack.h"
#include "tests/support/catch.h"
#include "tests/unit/regulation/vectors.h"

namespace tocsin::regulation {
namespace {

using Articles = std::set<std::string>;

// What the articles of a transposition have behind them: those of the Directive that they put into
// national law, stage by stage.
Articles Transposing(const std::string& law, const std::string& warning_and_notification = "") {
  const std::string& first = warning_and_notification.empty() ? law : warning_and_notification;
  return {absl::StrCat(first, "; NIS2 23(4)(a)"),
          absl::StrCat(first, "; NIS2 23(4)(b)"),
          absl::StrCat(first, "; NIS2 23(4), second subparagraph"),
          absl::StrCat(law, "; NIS2 23(4)(c)"),
          absl::StrCat(law, "; NIS2 23(4)(d)"),
          absl::StrCat(law, "; NIS2 23(4)(e)"),
          absl::StrCat(law, "; NIS2 23(1)-(2)"),
          "NIS2 23(5)",
          "NIS2 30"};
}

Articles With(Articles articles, const Articles& more) {
  articles.insert(more.begin(), more.end());
  return articles;
}

// Regulation 1182/71: hour terms 3(1) and (2), terms in days 3(2)(b), in months 3(2)(c), working
// days 3(4), two of them at least 3(5).
const std::map<std::string, Articles>& ArticlesOfPacks() {
  static const std::map<std::string, Articles> lists = {
      {"ai_act",
       {"AI Act 73(2)", "AI Act 73(3)", "AI Act 73(4)", "AI Act 73(5)",
        "Regulation 1182/71 3(2)(b), 3(4)", "Regulation 1182/71 3(4)-(5)"}},
      {"cer", {"CER 15(1)", "Regulation 1182/71 3(1)-(2)", "Regulation 1182/71 3(2)(c), 3(4)"}},
      {"ch_isg", {"CH ISG 74e"}},
      {"cra",
       {"CRA 14(2)(a)", "CRA 14(2)(b)", "CRA 14(2)(c)", "CRA 14(4)(a)", "CRA 14(4)(b)",
        "CRA 14(4)(c)", "CRA 14(6)", "CRA 14(8)", "CRA 15", "Regulation 1182/71 3(1)-(2)",
        "Regulation 1182/71 3(2)(b), 3(4)", "Regulation 1182/71 3(2)(c), 3(4)"}},
      {"dora",
       {"RTS 2025/301 5(1)(a)", "RTS 2025/301 5(1)(b)", "RTS 2025/301 5(1)(c)", "RTS 2025/301 5(3)",
        "RTS 2025/301 5(4)", "RTS 2025/301 5(5)", "RTS 2025/301 5(6)",
        "Regulation 1182/71 3(2)(c); RTS 2025/301 5(4)", "DORA 19(2)", "DORA 19(3)"}},
      {"eidas", {"eIDAS 19a(1)(b)", "eIDAS 24(2)(fb)", "Regulation 1182/71 3(1)-(2)"}},
      {"eprivacy",
       {"ePrivacy 4(3); Reg 611/2013 3", "Reg 611/2013 2(2)", "Reg 611/2013 2(3)",
        "Regulation 1182/71 3(1)-(2)", "Regulation 1182/71 3(2)(b), 3(4)-(5)"}},
      {"gdpr",
       {"GDPR 33(1)", "GDPR 33(2)", "GDPR 33(4)", "GDPR 34(1)", "Regulation 1182/71 3(1)-(2)"}},
      {"nis2",
       {"NIS2 23(1)-(2)", "NIS2 23(4)(a)", "NIS2 23(4)(b)", "NIS2 23(4), second subparagraph",
        "NIS2 23(4)(c)", "NIS2 23(4)(d)", "NIS2 23(4)(e)", "NIS2 23(5)", "NIS2 30",
        "Regulation 1182/71 3(1)-(2)", "Regulation 1182/71 3(2)(c), 3(4)"}},
      {"nis2-be", With(Transposing("BE NIS2 law 34-35"), {"BE Civil Code 1.7"})},
      {"nis2-cy", Transposing("CY guide (law not read)")},
      {"nis2-cz", Transposing("CZ act 264/2025 (not read)")},
      {"nis2-de",
       {"BSIG 32(1) no. 1", "BSIG 32(1) no. 2", "BSIG 32(1) no. 2; NIS2 23(4), second subparagraph",
        "BSIG 32(1) no. 3", "BSIG 32(1) no. 4", "BSIG 32(2)",
        "BSIG 32(2), which sets no month; NIS2 23(4)(e)", "BGB 187-193", "NIS2 23(1)-(2)",
        "NIS2 23(5)", "NIS2 30"}},
      {"nis2-fi", Transposing("FI act 124/2025 (not read)", "FI act 124/2025 11")},
      {"nis2-hr", Transposing("HR Cybersecurity Act (not read)")},
      {"nis2-lu", Transposing("LU NIS2 law")},
      {"nis2-nl",
       {"Cbw 26", "Cbw 27(1)", "Cbw 27(2)", "Cbw 28", "Cbw 29(1)", "Cbw 29(2)", "Cbw 30", "Cbw 33",
        "Cbw 36", "Algemene termijnenwet 1, 3"}},
      {"nis2-pl", Transposing("PL KSC act (not read)")},
      {"nis2-pt", With(Transposing("PT DL 125/2025 (not read)"), {"PT DL 125/2025 (not read)"})},
      {"nis2-se",
       {"SE 2025:1506 2 kap 5", "SE 2025:1506 2 kap 6", "SE 2025:1506 2 kap 7",
        "SE 2025:1506 2 kap 8", "SE 2025:1506 2 kap 9-10", "lag 1930:173 1-2", "NIS2 23(5)",
        "NIS2 30"}},
      {"nis2-sk", Transposing("SK act 69/2018 (not read)")},
      {"pecr", {"UK PECR 5A as amended by DUAA", "UK PECR 5A(3)"}},
      {"sec_8k",
       {"SEC Form 8-K Item 1.05", "SEC Form 8-K Item 1.05, Instruction 1",
        "SEC Form 8-K Item 1.05, Instruction 2"}},
      {"uk_gdpr", {"UK GDPR 33(1)", "UK GDPR 33(2)", "UK GDPR 33(4)", "UK GDPR 34(1)"}},
      {"uk_nis", {"UK NIS Regs 2018 11(3)(b)", "UK NIS Regs 2018 12(6)(a)"}},
  };
  return lists;
}

Articles ArticlesIn(const RulePack& pack) {
  Articles articles;
  for (const StageRule& rule : pack.stages) {
    articles.insert(rule.article);
    if (rule.legal_latest) articles.insert(rule.legal_latest->article);
    if (rule.if_still_ongoing) articles.insert(rule.if_still_ongoing->article);
    for (const LegalReading& reading : rule.other_readings) articles.insert(reading.article);
  }
  // Of a reading that rests on the rule's own article.
  articles.erase("");
  return articles;
}

TEST_CASE("Packs: every regime file has its articles listed here, all and no others",
          "[regulation]") {
  Articles files;
  for (const auto& file :
       std::filesystem::directory_iterator(std::string(TOCSIN_SOURCE_DIR) + "/playbooks/regimes")) {
    if (file.path().extension() == ".yaml") files.insert(file.path().stem().string());
  }
  for (const std::string& id : files) {
    INFO(id);
    const auto listed = ArticlesOfPacks().find(id);
    REQUIRE(listed != ArticlesOfPacks().end());
    CHECK(ArticlesIn(PackForTest(id)) == listed->second);
  }
  CHECK(files.size() == ArticlesOfPacks().size());
}

}  // namespace
}  // namespace tocsin::regulation
