#include "server/regulation/criteria.h"

#include <algorithm>
#include <array>
#include <map>
#include <random>
#include <set>

#include "absl/strings/str_cat.h"
#include "server/domain/impact.h"
#include "server/regulation/profile.h"
#include "tests/support/catch.h"
#include "tests/unit/regulation/criteria_sets.h"

namespace tocsin::regulation {
namespace {

const std::string kDig = "nis2-2024-2690";
const std::string kDora = "dora-2024-1772";

Outcome Of(const std::string& set, std::string_view criterion,
           std::initializer_list<std::string_view> facts) {
  return ResultOf(set, criterion, Stated(facts)).outcome;
}
std::string Words(const std::string& set, std::string_view criterion,
                  std::initializer_list<std::string_view> facts) {
  return ResultOf(set, criterion, Stated(facts)).words;
}

std::vector<std::string> SetsFor(std::string_view regime, std::string_view kind,
                                 std::string_view facts) {
  CriteriaFacts stated = Stated({facts});
  stated.stated["entity_kind"] = std::string(kind);
  std::vector<std::string> ids;
  for (const SetResult& set :
       Assess(AllSets(), regime, kind, absl::CivilDay(2026, 10, 1), stated).sets) {
    ids.push_back(set.set);
  }
  return ids;
}

using Ids = std::vector<std::string>;

}  // namespace

TEST_CASE("Criteria: caused or capable of causing, either suffices", "[regulation]") {
  const auto disruption = [](std::string_view facts) {
    return Of("nis2-23-3", "disruption", {facts});
  };
  CHECK(disruption("severe_disruption=yes") == Outcome::kMet);
  CHECK(disruption("severe_disruption=no severe_disruption_potential=yes") == Outcome::kMet);
  CHECK(disruption("severe_disruption_potential=yes") == Outcome::kMet);
  CHECK(disruption("severe_disruption=no severe_disruption_potential=no") == Outcome::kNotMet);
  // What could have happened is not known yet, and would still suffice.
  CHECK(disruption("severe_disruption=no") == Outcome::kUnknown);
  CHECK(disruption("") == Outcome::kUnknown);
  CHECK(Words("nis2-23-3", "disruption", {"severe_disruption=no"}) ==
        "severe_disruption_potential is not stated");
  CHECK(Words("nis2-23-3", "disruption", {"severe_disruption=yes"}) == "severe_disruption is yes");
}

TEST_CASE("Criteria: unknown only where the answer could still change it", "[regulation]") {
  const auto loss = [](std::string_view facts) {
    return Of(kDig, "loss", {"sector=cloud", facts});
  };
  // More than 500 000 is more than the lower of both, whatever the turnover.
  CHECK(loss("financial_loss_eur=500001") == Outcome::kMet);
  // Not more than 500 000 may still be more than 5 %.
  CHECK(loss("financial_loss_eur=400000 financial_loss_eur_potential=400000") == Outcome::kUnknown);
  CHECK(loss("annual_turnover_eur=4000000") == Outcome::kUnknown);
  CHECK_THAT(Words(kDig, "loss",
                   {"sector=cloud financial_loss_eur=400000 financial_loss_eur_potential=400000"}),
             ContainsSubstring("annual_turnover_eur is not stated"));
  CHECK_THAT(Words(kDig, "loss", {"sector=cloud financial_loss_eur=unknown"}),
             ContainsSubstring("financial_loss_eur is unknown"));
  // All of two: one "no" settles it.
  CHECK(Of(kDig, "cloud_data_malicious", {"sector=cloud data_compromised=no"}) == Outcome::kNotMet);
  CHECK(Of(kDig, "cloud_data_malicious", {"sector=cloud data_compromised=yes"}) ==
        Outcome::kUnknown);
}

TEST_CASE("Criteria: share and number of users help each other out", "[regulation]") {
  const auto limited = [](std::string_view facts) {
    return Of(kDig, "cloud_limited", {"sector=cloud limited_minutes=61", facts});
  };
  CHECK(limited("users_affected_percent=5.01") == Outcome::kMet);
  // 4 % of 30 million are 1 200 000, which is more than one million.
  CHECK(limited("users_affected_percent=4 service_users_eu=30000000") == Outcome::kMet);
  CHECK(limited("users_affected_percent=3 service_users_eu=30000000") == Outcome::kNotMet);
  // A small share of who knows how many.
  CHECK(limited("users_affected_percent=4") == Outcome::kUnknown);
  CHECK(limited("users_affected_percent=4 users_affected=1000") == Outcome::kNotMet);
  CHECK(limited("users_affected=1000001") == Outcome::kMet);
  CHECK(limited("users_affected=1000") == Outcome::kUnknown);
}

TEST_CASE("Criteria: 2024/2690 Article 3, the criteria without a number", "[regulation]") {
  for (const auto& [article, criterion, facts] :
       {std::tuple("2024/2690 3(1)(b)", "trade_secrets", "trade_secrets_exfiltrated=yes"),
        std::tuple("2024/2690 3(1)(b)", "trade_secrets", "trade_secrets_exfiltrated_potential=yes"),
        std::tuple("2024/2690 3(1)(c)", "death", "death=yes"),
        std::tuple("2024/2690 3(1)(c)", "death", "death_potential=yes"),
        std::tuple("2024/2690 3(1)(d)", "health", "considerable_health_damage=yes"),
        std::tuple("2024/2690 3(1)(e)", "access", "malicious_access=yes severe_disruption=yes"),
        std::tuple("2024/2690 3(1)(e)", "access",
                   "malicious_access=yes severe_disruption_potential=yes")}) {
    INFO(article << " " << facts);
    const CriterionResult result = ResultOf(kDig, criterion, Stated({"sector=dns", facts}));
    CHECK(result.outcome == Outcome::kMet);
    CHECK(result.article == article);
  }
  CHECK(Of(kDig, "access", {"sector=dns malicious_access=no"}) == Outcome::kNotMet);
}

TEST_CASE("Criteria: 2024/2690 3(2), planned maintenance is never significant", "[regulation]") {
  const std::string down = "sector=tld_registry unavailable_minutes=500";
  CHECK(Of(kDig, "tld_unavailable", {down}) == Outcome::kMet);
  CHECK(Of(kDig, "tld_unavailable", {down, "planned_maintenance=no"}) == Outcome::kMet);
  CHECK(Of(kDig, "tld_unavailable", {down, "planned_maintenance=unknown"}) == Outcome::kMet);
  const CriterionResult planned =
      ResultOf(kDig, "tld_unavailable", Stated({down, "planned_maintenance=yes"}));
  CHECK(planned.outcome == Outcome::kNotMet);
  CHECK(planned.words == "never counts: planned_maintenance is yes (2024/2690 3(2))");
  CHECK(Of("nis2-be-ccb", "availability", {"downtime_minutes=90 planned_maintenance=yes"}) ==
        Outcome::kNotMet);
}

TEST_CASE("Criteria: 2024/2690 5(c), wrong data of few domains through misconfiguration",
          "[regulation]") {
  const auto data = [](std::string_view facts) {
    return Of(kDig, "dns_data", {"sector=dns data_compromised=yes", facts});
  };
  CHECK(data("misconfiguration=no") == Outcome::kMet);
  CHECK(data("") == Outcome::kUnknown);
  CHECK(data("misconfiguration=yes domains_affected=10 domains_managed=100000") ==
        Outcome::kNotMet);
  CHECK(data("misconfiguration=yes domains_affected=10 domains_managed=100") == Outcome::kMet);
  CHECK(data("misconfiguration=yes domains_affected=10") == Outcome::kUnknown);
  CHECK(data("misconfiguration=yes domains_affected=5000") == Outcome::kMet);
}

TEST_CASE("Criteria: DORA 8(1), the core and one special or two others", "[regulation]") {
  const std::string none =
      "critical_service=yes malicious_access=no clients_affected=0 clients_affected_percent=0 "
      "counterparts_affected_percent=0 transactions_affected_percent=0 "
      "transactions_value_percent=0 relevant_client_affected=no media_coverage=no "
      "repeated_complaints=no requirements_not_met=no client_loss_likely=no duration_minutes=0 "
      "downtime_minutes=0 member_states_affected=1 data_loss_adverse=no data_loss_possible=no "
      "financial_loss_eur=0 financial_loss_eur_potential=0";
  const auto major = [&](std::string_view facts) { return Of(kDora, "major", {none, facts}); };
  CHECK(major("") == Outcome::kNotMet);
  // Any two of the six, no single one.
  const std::vector<std::string> others = {"clients_affected=100001", "media_coverage=yes",
                                           "duration_minutes=1441",   "member_states_affected=2",
                                           "data_loss_adverse=yes",   "financial_loss_eur=100001"};
  for (size_t i = 0; i < others.size(); ++i) {
    INFO(others[i]);
    CHECK(major(others[i]) == Outcome::kNotMet);
    for (size_t j = i + 1; j < others.size(); ++j) {
      CHECK(major(others[i] + " " + others[j]) == Outcome::kMet);
      CHECK(major(others[i] + " " + others[j] + " critical_service=no") == Outcome::kNotMet);
    }
  }
  // The special one suffices, and brings the core with it.
  CHECK(major("malicious_access=yes data_loss_possible=yes") == Outcome::kMet);
  CHECK(major("malicious_access=yes data_loss_possible=yes critical_service=no") == Outcome::kMet);
  CHECK(major("malicious_access=yes") == Outcome::kNotMet);
  for (const char* reputation : {"media_coverage=yes", "repeated_complaints=yes",
                                 "requirements_not_met=yes", "client_loss_likely=yes"}) {
    CHECK(Of(kDora, "reputation", {none, reputation}) == Outcome::kMet);
  }
}

TEST_CASE("Criteria: DORA 8(1), two unknown ones could still be the two", "[regulation]") {
  const std::string facts = "critical_service=yes malicious_access=no media_coverage=yes";
  const CriterionResult unknown = ResultOf(kDora, "major", Stated({facts}));
  CHECK(unknown.outcome == Outcome::kUnknown);
  CHECK_THAT(unknown.words, ContainsSubstring("1 of 6 met, 2 needed"));
  CHECK(Of(kDora, "major", {"critical_service=no malicious_access=no"}) == Outcome::kNotMet);
  CHECK_THAT(Words(kDora, "major", {facts, "member_states_affected=3"}),
             ContainsSubstring("2 of 6 met, 2 needed; reputation: media_coverage is yes; "
                               "geography: member_states_affected 3 is at least 2"));
}

TEST_CASE("Criteria: GDPR 33 and 34, by controller and processor", "[regulation]") {
  const std::string breach = "entity_kind=controller personal_data=yes confidentiality_lost=yes";
  const auto risk = [&](std::string_view facts) {
    return Of("gdpr-33-34", "risk", {breach, facts});
  };
  // Unless it is unlikely: who does not say so notifies.
  CHECK(risk("") == Outcome::kMet);
  CHECK(risk("risk_to_persons=unknown") == Outcome::kMet);
  CHECK(risk("risk_to_persons=no") == Outcome::kNotMet);
  CHECK(risk("personal_data=no") == Outcome::kNotMet);
  CHECK(risk("personal_data=unknown") == Outcome::kUnknown);
  const auto high = [&](std::string_view facts) {
    return Of("gdpr-33-34", "high_risk", {breach, facts});
  };
  CHECK(high("") == Outcome::kUnknown);
  CHECK(high("high_risk_to_persons=yes") == Outcome::kMet);
  CHECK(high("high_risk_to_persons=yes data_unintelligible=yes") == Outcome::kNotMet);
  CHECK(high("high_risk_to_persons=yes high_risk_removed=yes") == Outcome::kNotMet);
  CHECK(high("high_risk_to_persons=no") == Outcome::kNotMet);
  // The risk decides; the high risk only says whom else to tell.
  CHECK_FALSE(ResultOf("gdpr-33-34", "high_risk", Stated({breach})).decides);
  CHECK(Of("gdpr-33-34", "processor",
           {"entity_kind=processor personal_data=yes availability_lost=yes risk_to_persons=no"}) ==
        Outcome::kMet);
}

TEST_CASE("Criteria: CRA 14, both tracks", "[regulation]") {
  CHECK(Of("cra-14", "vulnerability", {"exploited_vulnerability=yes"}) == Outcome::kMet);
  CHECK(Of("cra-14", "severe_protection", {"product_protection_lost_potential=yes"}) ==
        Outcome::kMet);
  CHECK(Of("cra-14", "severe_code", {"malicious_code_in_product=yes"}) == Outcome::kMet);
  CHECK(Of("cra-14", "severe_code",
           {"malicious_code_in_product=no malicious_code_in_product_potential=no"}) ==
        Outcome::kNotMet);
}

TEST_CASE("Criteria: the CCB takes an hour with an unknown number of users", "[regulation]") {
  const auto availability = [](std::string_view facts) {
    return Of("nis2-be-ccb", "availability", {facts});
  };
  CHECK(availability("downtime_minutes=60") == Outcome::kMet);
  CHECK(availability("downtime_minutes=60 users_affected=unknown") == Outcome::kMet);
  CHECK(availability("downtime_minutes=59") == Outcome::kNotMet);
  CHECK(availability("downtime_minutes=60 users_affected_percent=10") == Outcome::kNotMet);
  CHECK(Of("nis2-be-ccb", "delivery", {"contract_times_missed=yes"}) == Outcome::kMet);
  CHECK(Of("nis2-be-ccb", "delivery", {"contract_times_missed=yes planned_maintenance=yes"}) ==
        Outcome::kNotMet);
  CHECK(Of("nis2-be-ccb", "malicious",
           {"malicious=yes authenticity_lost=yes severe_disruption_potential=yes"}) ==
        Outcome::kMet);
}

TEST_CASE("Criteria: which sets a regime and an organisation have", "[regulation]") {
  CHECK(SetsFor("nis2", "essential", "sector=health") == Ids{"nis2-23-3"});
  CHECK(SetsFor("nis2-fi", "essential", "sector=health") == Ids{"nis2-23-3"});
  CHECK(SetsFor("nis2-be", "essential", "sector=health") == Ids{"nis2-23-3", "nis2-be-ccb"});
  CHECK(SetsFor("nis2-be", "essential", "sector=dns") == Ids{"nis2-2024-2690"});
  CHECK(SetsFor("nis2-se", "important", "sector=cloud,health") == Ids{"nis2-2024-2690"});
  CHECK(SetsFor("nis2-se", "important", "sector=health") == Ids{"nis2-23-3", "nis2-se-mcffs"});
  CHECK(SetsFor("nis2-nl", "essential", "sector=regional_government") ==
        Ids{"nis2-23-3", "nis2-nl-overheid"});
  CHECK(SetsFor("nis2-nl", "trust_service_provider", "") == Ids{"nis2-2024-2690"});
  CHECK(SetsFor("dora", "insurer", "") == Ids{"dora-2024-1772"});
  CHECK(SetsFor("gdpr", "controller", "") == Ids{"gdpr-33-34"});
  CHECK(SetsFor("cra", "manufacturer", "") == Ids{"cra-14"});
  // "nis2" is not the beginning of any other word.
  CHECK(SetsFor("nis20", "essential", "sector=health").empty());
  CHECK(SetsFor("cer", "critical_entity", "").empty());
}

TEST_CASE("Criteria: a set of which the facts do not tell whether it applies is said",
          "[regulation]") {
  CriteriaFacts facts = Stated({"entity_kind=essential"});
  const Assessment assessment =
      Assess(AllSets(), "nis2-nl", "essential", absl::CivilDay(2026, 10, 1), facts);
  REQUIRE(assessment.not_asked.size() == 2);
  CHECK(assessment.not_asked[0].first == "nis2-2024-2690");
  CHECK(assessment.not_asked[0].second == "sector is not stated");
  CHECK(assessment.not_asked[1].first == "nis2-nl-overheid");
}

TEST_CASE("Criteria: a sector that is not known leaves its own criteria unknown", "[regulation]") {
  CHECK(Of("nis2-se-mcffs", "health", {"critical_system_limited_minutes=600"}) ==
        Outcome::kUnknown);
  CHECK(Of("nis2-se-mcffs", "health", {"critical_system_limited_minutes=1"}) == Outcome::kNotMet);
  CHECK(SetsFor("nis2-se", "essential", "").size() == 2);
}

TEST_CASE("Criteria: a trust service that is not hit leaves Article 14 out", "[regulation]") {
  const auto articles = [](std::string_view kind) {
    CriteriaFacts facts = Stated({"sector=trust_services"});
    facts.stated["entity_kind"] = std::string(kind);
    const Assessment assessment =
        Assess(AllSets(), "nis2", kind, absl::CivilDay(2026, 1, 1), facts);
    std::set<std::string> found;
    for (const auto& one : assessment.sets.at(0).criteria) found.insert(one.article);
    return found;
  };
  CHECK(articles("trust_service_provider").contains("2024/2690 14(a)"));
  CHECK_FALSE(articles("trust_service_provider_other_service").contains("2024/2690 14(a)"));
  CHECK(articles("trust_service_provider_other_service").contains("2024/2690 3(1)(a)"));
}

TEST_CASE("Criteria: a set counts from its first day to its last", "[regulation]") {
  const CriteriaFacts facts = Stated({"entity_kind=manufacturer"});
  const auto sets = [&](absl::CivilDay day) {
    return Assess({SetOf("cra-14")}, "cra", "manufacturer", day, facts).sets.size();
  };
  CHECK(sets(absl::CivilDay(2026, 9, 10)) == 0);
  CHECK(sets(absl::CivilDay(2026, 9, 11)) == 1);
  auto ended = std::make_shared<CriteriaSet>(*SetOf("cra-14"));
  ended->valid_to = absl::CivilDay(2027, 1, 31);
  const auto until = [&](absl::CivilDay day) {
    return Assess({ended}, "cra", "manufacturer", day, facts).sets.size();
  };
  CHECK(until(absl::CivilDay(2027, 1, 31)) == 1);
  CHECK(until(absl::CivilDay(2027, 2, 1)) == 0);
}

TEST_CASE("Criteria: the proposal is the best of the criteria that decide", "[regulation]") {
  Assessment assessment;
  CHECK_FALSE(ProposalOf(assessment).has_value());
  SetResult& set = assessment.sets.emplace_back();
  set.set = "s";
  set.criteria = {{.id = "a", .outcome = Outcome::kNotMet}, {.id = "b", .outcome = Outcome::kMet}};
  set.criteria[1].decides = false;
  CHECK(ProposalOf(assessment) == Outcome::kNotMet);
  CHECK(MetIds(assessment).empty());
  set.criteria.push_back({.id = "c", .outcome = Outcome::kUnknown});
  CHECK(ProposalOf(assessment) == Outcome::kUnknown);
  set.criteria.push_back({.id = "d", .outcome = Outcome::kMet});
  CHECK(ProposalOf(assessment) == Outcome::kMet);
  CHECK(MetIds(assessment) == Ids{"s:d"});
}

TEST_CASE("Criteria: every set names its sources and how sure it is", "[regulation]") {
  CHECK(AllSets().size() == 8);
  for (const auto& set : AllSets()) {
    INFO(set->id);
    CHECK_FALSE(set->confidence.empty());
    CHECK_FALSE(set->source.empty());
    CHECK_FALSE(set->verified_on.empty());
    for (const Criterion& criterion : set->criteria) {
      INFO(criterion.id);
      CHECK_FALSE(criterion.article.empty());
      CHECK_FALSE(criterion.text.empty());
    }
  }
}

namespace {

std::string RandomValue(std::string_view key, domain::ImpactForm form, std::mt19937& random) {
  const auto pick = [&](std::initializer_list<const char*> values) {
    return std::string(*(values.begin() + random() % values.size()));
  };
  switch (form) {
    case domain::ImpactForm::kYesNo:
      return pick({"yes", "no"});
    case domain::ImpactForm::kNumber:
      if (key.ends_with("_percent"))
        return pick({"0", "1", "4.99", "5", "5.01", "20", "50", "100"});
      return pick({"0", "1", "2", "5", "5.01", "30", "31", "60", "61", "100", "1000", "200000",
                   "500000", "500001", "1000001", "30000000"});
    case domain::ImpactForm::kSectors:
      return SectorNames()[random() % SectorNames().size()];
    case domain::ImpactForm::kIntervals:
      return pick({"2026-06-08T10:00:00Z/2026-06-08T11:00:01Z",
                   "2026-06-08T10:00:00Z/2026-06-08T10:10:00Z"});
    case domain::ImpactForm::kKey:
      return pick({"a", "b"});
    case domain::ImpactForm::kText:
      return "text";
  }
  return "";
}

// Every fact of the assessment with its potential form.
std::map<std::string, domain::ImpactForm> AllFacts() {
  std::map<std::string, domain::ImpactForm> facts;
  for (const domain::ImpactKey& key : domain::ImpactKeys()) {
    facts[std::string(key.key)] = key.form;
    if (key.has_potential) facts[PotentialKey(key.key)] = key.form;
  }
  return facts;
}

// Everything about one incident, without a contradiction: shares are those of the numbers.
std::map<std::string, std::string> RandomWorld(std::mt19937& random) {
  std::map<std::string, std::string> world;
  for (const auto& [key, form] : AllFacts()) world[key] = RandomValue(key, form, random);
  const auto agree = [&](const std::string& whole, std::initializer_list<std::string> parts) {
    const uint64_t all = std::array{10'000U, 1'000'000U, 30'000'000U}[random() % 3];
    world[whole] = absl::StrCat(all);
    for (const std::string& part : parts) {
      const uint64_t percent = std::array{0U, 1U, 3U, 5U, 6U, 20U, 50U, 100U}[random() % 8];
      world[part + "_percent"] = absl::StrCat(percent);
      world[part] = absl::StrCat(all / 100 * percent);
    }
  };
  agree("service_users_eu", {"users_affected", "data_users_affected"});
  agree("service_clients", {"clients_affected"});
  return world;
}

std::map<std::string, Outcome> OutcomesOf(const std::shared_ptr<const CriteriaSet>& set,
                                          const CriteriaFacts& facts) {
  std::map<std::string, Outcome> outcomes;
  const Assessment assessment =
      Assess({set}, set->regimes.front(), "", absl::CivilDay(2026, 10, 1), facts);
  for (const SetResult& result : assessment.sets) {
    for (const CriterionResult& one : result.criteria) outcomes[one.id] = one.outcome;
  }
  return outcomes;
}

}  // namespace

// The heart of it: one more fact may settle a criterion, or show it in another light, but what was
// settled never becomes unknown; and what is unknown can still become something.
TEST_CASE("Criteria: more knowledge never makes what is settled unknown", "[regulation]") {
  std::mt19937 random(20260610);
  int settled = 0;
  for (int round = 0; round < 300; ++round) {
    CriteriaFacts facts = Stated({"entity_kind=controller"});
    facts.related = {Other("INC-1", "2026-03-01 12:00",
                           "root_cause_key=a financial_loss_eur=300000 downtime_minutes=40")};
    const std::map<std::string, std::string> world = RandomWorld(random);
    std::vector<std::pair<std::string, std::string>> order(world.begin(), world.end());
    std::shuffle(order.begin(), order.end(), random);
    // Sets apply, or not, by the sector: it is known first.
    facts.stated["sector"] = world.at("sector");
    std::map<std::string, std::map<std::string, Outcome>> before;
    for (const auto& set : AllSets()) before[set->id] = OutcomesOf(set, facts);
    for (const auto& [key, value] : order) {
      if (key == "sector") continue;
      facts.stated[key] = value;
      for (const auto& set : AllSets()) {
        std::map<std::string, Outcome> now = OutcomesOf(set, facts);
        for (const auto& [id, outcome] : now) {
          const Outcome was = before[set->id].at(id);
          if (was == Outcome::kUnknown || outcome != Outcome::kUnknown) continue;
          // The one exception: incidents of one cause join in when the cause is named.
          const bool joined = key == kRootCauseKey && id == "recurring";
          INFO(set->id << ":" << id << " after " << key << "=" << value);
          CHECK(joined);
        }
        before[set->id] = std::move(now);
      }
    }
    // Everything is stated: nothing is unknown.
    for (const auto& set : AllSets()) {
      for (const auto& [id, outcome] : before[set->id]) {
        if (id == "recurring") continue;
        INFO(set->id << ":" << id);
        CHECK(outcome != Outcome::kUnknown);
        ++settled;
      }
    }
  }
  CHECK(settled > 1000);
}

}  // namespace tocsin::regulation
