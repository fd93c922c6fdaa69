// Which of the shipped packs bind which organisation. The expectations are written from the laws.
#include "server/regulation/selection.h"

#include <filesystem>

#include "server/library/rule_pack_reader.h"
#include "tests/support/catch.h"

namespace tocsin::regulation {
namespace {

const std::vector<RulePack>& ShippedPacks() {
  static const std::vector<RulePack> packs = [] {
    std::vector<RulePack> all;
    const std::string folder = std::string(TOCSIN_SOURCE_DIR) + "/playbooks/regimes";
    for (const auto& file : std::filesystem::directory_iterator(folder)) {
      if (file.path().extension() != ".yaml") continue;
      auto pack = library::ReadRulePackFile(file.path().string());
      REQUIRE(pack.ok());
      all.push_back(*std::move(pack));
    }
    return all;
  }();
  return packs;
}

constexpr absl::CivilDay kToday(2026, 9, 12);

// The answers for one profile, by pack.
class Answers {
 public:
  explicit Answers(const Profile& profile, absl::CivilDay today = kToday) {
    std::vector<const RulePack*> packs;
    for (const RulePack& pack : ShippedPacks()) packs.push_back(&pack);
    selections_ = Select(packs, profile, today);
    REQUIRE(selections_.size() == packs.size());
  }

  const Selection& Of(std::string_view id) const {
    for (const Selection& selection : selections_) {
      if (selection.pack->id == id) return selection;
    }
    FAIL("no pack " << id);
    return selections_.front();
  }
  // "applies as essential in BE", "does not apply", "cannot tell".
  std::string Line(std::string_view id) const {
    const Selection& selection = Of(id);
    INFO(id << ": " << selection.because);
    CHECK_FALSE(selection.because.empty());
    std::string line(ToText(selection.verdict));
    if (!selection.entity_kind.empty()) line += " as " + selection.entity_kind;
    for (const std::string& country : selection.countries) line += " " + country;
    return line;
  }
  std::string Why(std::string_view id) const { return Of(id).because; }

 private:
  std::vector<Selection> selections_;
};

Profile Established(std::vector<std::string> sectors, std::vector<Establishment> where) {
  Profile profile;
  profile.sectors = std::move(sectors);
  profile.establishments = std::move(where);
  return profile;
}

const Establishment kBrussels{"BE", "Europe/Brussels", false};
const Establishment kAmsterdam{"NL", "Europe/Amsterdam", false};
const Establishment kParis{"FR", "Europe/Paris", false};

Establishment Main(Establishment establishment) {
  establishment.main = true;
  return establishment;
}

}  // namespace

TEST_CASE("Selection: every shipped pack says to whom it applies", "[regulation]") {
  for (const RulePack& pack : ShippedPacks()) {
    INFO(pack.id);
    CHECK((pack.applies_to.has_value() || !pack.transposes.empty()));
  }
}

TEST_CASE("Selection: an empty profile gives cannot tell, never no", "[regulation]") {
  const Answers answers{Profile{}};
  for (const char* id : {"nis2", "nis2-be", "nis2-nl", "gdpr", "dora", "cra", "cer", "eidas",
                         "eprivacy", "uk_gdpr", "uk_nis", "pecr", "sec_8k", "ch_isg"}) {
    INFO(id);
    CHECK_THAT(answers.Line(id), Catch::Matchers::StartsWith("cannot tell"));
  }
  CHECK_THAT(answers.Why("gdpr"),
             ContainsSubstring("its establishments") && ContainsSubstring("roles.controller"));
  CHECK_THAT(answers.Why("nis2-be"), ContainsSubstring("its sectors") &&
                                         ContainsSubstring("employees, turnover_eur, balance_eur"));
}

TEST_CASE("Selection: NIS2 by sector and size, Articles 2 and 3", "[regulation]") {
  Profile hospital = Established({"health"}, {kBrussels});
  hospital.employees = 250;
  CHECK(Answers(hospital).Line("nis2-be") == "applies as essential BE");
  CHECK_THAT(Answers(hospital).Why("nis2-be"),
             ContainsSubstring("its sector is health, it is large (NIS2 3(1)(a), Annex I)"));
  CHECK(Answers(hospital).Line("nis2-nl") == "does not apply");
  CHECK_THAT(Answers(hospital).Why("nis2-nl"), ContainsSubstring("no establishment in NL"));
  hospital.employees = 249;
  // Bound in any case, and the figure that decides on the kind is asked for.
  CHECK(Answers(hospital).Line("nis2-be") == "applies as important BE");
  CHECK_THAT(Answers(hospital).Why("nis2-be"),
             ContainsSubstring("as essential if so, but the profile does not say") &&
                 ContainsSubstring("turnover_eur"));
  hospital.turnover_eur = 50'000'000;
  CHECK(Answers(hospital).Line("nis2-be") == "applies as important BE");
  // A critical entity is essential whatever its size; whether it is one stays open here.
  CHECK_THAT(Answers(hospital).Why("nis2-be"),
             ContainsSubstring("as essential if so, but the profile does not say: "
                               "roles.critical_entity"));
  hospital.roles["critical_entity"] = true;
  CHECK(Answers(hospital).Line("nis2-be") == "applies as essential BE");
  hospital.roles["critical_entity"] = false;
  hospital.employees = 49;
  hospital.turnover_eur.reset();
  CHECK(Answers(hospital).Line("nis2-be") == "cannot tell");
  hospital.turnover_eur = 10'000'000;
  CHECK(Answers(hospital).Line("nis2-be") == "does not apply");
  CHECK_THAT(Answers(hospital).Why("nis2-be"), ContainsSubstring("it is small"));

  // Annex II is never essential by size; trust services, DNS and ministries are bound at any size.
  Profile dairy = Established({"food"}, {kBrussels});
  dairy.employees = 5000;
  dairy.roles["critical_entity"] = false;
  CHECK(Answers(dairy).Line("nis2-be") == "applies as important BE");
  CHECK(Answers(Established({"trust_services"}, {kBrussels})).Line("nis2-be") ==
        "applies as trust_service_provider BE");
  CHECK(Answers(Established({"dns"}, {kBrussels})).Line("nis2-be") == "applies as essential BE");
  CHECK(Answers(Established({"central_government"}, {kBrussels})).Line("nis2-be") ==
        "applies as essential BE");
  Profile baker = Established({}, {kBrussels});
  baker.roles["critical_entity"] = false;
  CHECK(Answers(baker).Line("nis2-be") == "does not apply");
}

TEST_CASE("Selection: several establishments, each under its own law; Article 26", "[regulation]") {
  Profile utility = Established({"electricity"}, {Main(kBrussels), kAmsterdam, kParis});
  utility.employees = 1000;
  const Answers answers(utility);
  CHECK(answers.Line("nis2-be") == "applies as essential BE");
  CHECK(answers.Line("nis2-nl") == "applies as essential NL");
  CHECK(answers.Line("nis2-se") == "does not apply");
  // No pack for France: the Directive's own stands in, and says so.
  CHECK(answers.Line("nis2") == "applies as essential FR");
  CHECK_THAT(answers.Why("nis2"), ContainsSubstring("there is no rule pack for FR"));

  // Cloud is bound where its main establishment is, and only there.
  Profile cloud = Established({"cloud"}, {Main(kBrussels), kAmsterdam});
  cloud.employees = 1000;
  cloud.roles["critical_entity"] = false;
  CHECK(Answers(cloud).Line("nis2-be") == "applies as essential BE");
  CHECK(Answers(cloud).Line("nis2-nl") == "does not apply");
  CHECK_THAT(Answers(cloud).Why("nis2-nl"),
             ContainsSubstring("its main establishment is not in NL"));
  cloud.establishments = {kBrussels, kAmsterdam};
  CHECK(Answers(cloud).Line("nis2-be") == "cannot tell");
  CHECK_THAT(Answers(cloud).Why("nis2-nl"), ContainsSubstring("which establishment is the main"));

  // Telecom is bound where it provides its service, also without an establishment there.
  Profile telecom = Established({"electronic_communications"}, {kBrussels});
  CHECK(Answers(telecom).Line("nis2-be") == "cannot tell");
  telecom.services_in = {"BE", "NL"};
  telecom.employees = 10;
  telecom.turnover_eur = 1;
  telecom.roles["critical_entity"] = false;
  CHECK(Answers(telecom).Line("nis2-nl") == "applies as important NL");
  CHECK(Answers(telecom).Line("eprivacy") == "applies as telecom_provider BE NL");
}

TEST_CASE("Selection: DORA takes the place of NIS2, Article 4", "[regulation]") {
  Profile bank = Established({"banking"}, {kBrussels});
  bank.employees = 1000;
  bank.roles = {{"credit_institution", true}, {"designated_financial_entity", false}};
  const Answers answers(bank);
  CHECK(answers.Line("dora") == "applies as credit_institution BE");
  CHECK(answers.Line("nis2-be") == "does not apply");
  CHECK_THAT(answers.Why("nis2-be"), ContainsSubstring("dora takes its place (NIS2 4(1)-(2)"));
  // Whether it is a financial entity is not said: more clocks rather than fewer.
  bank.roles.clear();
  CHECK(Answers(bank).Line("dora") == "cannot tell");
  CHECK(Answers(bank).Line("nis2-be") == "applies as essential BE");
  CHECK_THAT(Answers(bank).Why("nis2-be"), ContainsSubstring("unless dora applies"));
  Profile hospital = Established({"health"}, {kBrussels});
  hospital.employees = 1000;
  CHECK(Answers(hospital).Line("dora") == "does not apply");
  CHECK_THAT(Answers(hospital).Why("nis2-be"), !ContainsSubstring("dora"));
}

TEST_CASE("Selection: one law for the Union binds from the main establishment", "[regulation]") {
  Profile profile = Established({}, {kBrussels, Main(kAmsterdam)});
  profile.roles = {{"controller", true}, {"manufacturer", true}, {"us_registrant", true}};
  CHECK(Answers(profile).Line("gdpr") == "applies as controller NL");
  CHECK(Answers(profile).Line("cra") == "applies as manufacturer NL");
  CHECK(Answers(profile).Line("sec_8k") == "applies as us_registrant NL");
  CHECK(Answers(profile).Line("uk_gdpr") == "does not apply");
  // Nobody says which is the main one: every one of them, rather than none.
  profile.establishments[1].main = false;
  CHECK(Answers(profile).Line("gdpr") == "applies as controller BE NL");
  profile.establishments = {{"US", "America/New_York", true}, kBrussels};
  CHECK(Answers(profile).Line("gdpr") == "applies as controller BE");
  profile.establishments = {{"US", "America/New_York", true}};
  CHECK(Answers(profile).Line("gdpr") == "does not apply");
  profile.establishments = {{"GB", "Europe/London", true}};
  CHECK(Answers(profile).Line("uk_gdpr") == "applies as controller GB");
  profile.roles = {{"controller", false}, {"processor", true}};
  CHECK(Answers(profile).Line("uk_gdpr") == "applies as processor GB");
}

TEST_CASE("Selection: what was settled under entity_kinds goes before the rest", "[regulation]") {
  Profile profile = Established({"health"}, {kBrussels});
  profile.employees = 10;
  profile.turnover_eur = 1;
  profile.entity_kinds = {{"nis2-be", "important"}, {"gdpr", "none"}};
  profile.roles["controller"] = true;
  CHECK(Answers(profile).Line("nis2-be") == "applies as important BE");
  CHECK(Answers(profile).Line("gdpr") == "does not apply");
  CHECK_THAT(Answers(profile).Why("gdpr"), ContainsSubstring("entity_kinds"));
}

TEST_CASE("Selection: a law that is not in force, or no more, does not apply", "[regulation]") {
  Profile hospital = Established({"health"}, {kAmsterdam});
  hospital.employees = 1000;
  // Until the day before, the Directive's own pack stands in for the Netherlands.
  const Answers before(hospital, absl::CivilDay(2026, 8, 14));
  CHECK_THAT(before.Why("nis2-nl"), ContainsSubstring("in force from 2026-08-15"));
  CHECK(before.Line("nis2") == "applies as essential NL");
  const Answers after(hospital, absl::CivilDay(2026, 8, 15));
  CHECK(after.Line("nis2-nl") == "applies as essential NL");
  CHECK(after.Line("nis2") == "does not apply");

  RulePack ended;
  ended.id = "old";
  ended.valid_from = absl::CivilDay(2020, 1, 1);
  ended.valid_to = absl::CivilDay(2026, 9, 11);
  const std::vector<const RulePack*> packs = {&ended};
  CHECK(Select(packs, hospital, kToday).front().because == "ended on 2026-09-11");
  // In force, but silent on whom it binds.
  CHECK(Select(packs, hospital, absl::CivilDay(2026, 9, 11)).front().verdict ==
        Verdict::kCannotTell);
}

}  // namespace tocsin::regulation
