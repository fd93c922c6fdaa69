// Every number of the tables of law, from below, at the number and above it. One row a boundary.
#include <set>

#include "absl/strings/str_cat.h"
#include "tests/support/catch.h"
#include "tests/unit/regulation/criteria_sets.h"

namespace tocsin::regulation {
namespace {

struct Boundary {
  std::string article;  // as the criterion must name it
  std::string set;
  std::string criterion;
  std::string facts;  // what else is known
  std::string key;
  std::string below;
  std::string equal;
  std::string above;
  std::string words;  // stands in what the side that is met says
  bool met_at_equal = false;
};

const std::string kDig = "nis2-2024-2690";
const std::string kDora = "dora-2024-1772";
const std::string kBe = "nis2-be-ccb";
const std::string kNl = "nis2-nl-overheid";
const std::string kSe = "nis2-se-mcffs";

// Five percent and one million: the limit is the smaller of both.
std::vector<Boundary> ByReach(const std::string& article, const std::string& criterion,
                              const std::string& facts, const std::string& key) {
  return {
      {article, kDig, criterion, facts + " service_users_eu=10000000", key, "499999", "500000",
       "500001", "5 % of service_users_eu 10 000 000, lower than 1 000 000"},
      {article, kDig, criterion, facts + " service_users_eu=30000000", key, "999999", "1000000",
       "1000001", "1 000 000 users (lower than 1 500 000, 5 % of service_users_eu 30 000 000)"},
      {article, kDig, criterion, facts + " service_users_eu=20000000", key, "999999", "1000000",
       "1000001", "the same as 1 000 000"},
      {article, kDig, criterion, facts + " " + key + "=1", key + "_percent", "4.99", "5", "5.01",
       "5.01 % is more than 5 %"},
  };
}

void Append(std::vector<Boundary>& all, std::vector<Boundary> more) {
  all.insert(all.end(), more.begin(), more.end());
}

// Article 3.
std::vector<Boundary> OfLoss() {
  const std::string loss = "financial_loss_eur";
  return {
      {"2024/2690 3(1)(a)", kDig, "loss", "sector=cloud annual_turnover_eur=4000000", loss,
       "199999", "200000", "200001",
       "more than 200 000 EUR (5 % of annual_turnover_eur 4 000 000, lower than 500 000)"},
      {"2024/2690 3(1)(a)", kDig, "loss", "sector=cloud annual_turnover_eur=12000000", loss,
       "499999", "500000", "500000.01",
       "more than 500 000 EUR (lower than 600 000, 5 % of annual_turnover_eur 12 000 000)"},
      {"2024/2690 3(1)(a)", kDig, "loss", "sector=cloud annual_turnover_eur=10000000", loss,
       "499999.99", "500000", "500000.01", "the same as 500 000"},
      {"2024/2690 3(1)(a)", kDig, "loss",
       "sector=cloud annual_turnover_eur=4000000 financial_loss_eur=0", loss + "_potential",
       "199999", "200000", "200001", "financial_loss_eur_potential 200 001 EUR is more than"},
  };
}

// Articles 5 to 10, the numbers of time and of domains.
std::vector<Boundary> OfServices() {
  return {
      {"2024/2690 5(a)", kDig, "dns_unavailable", "sector=dns", "unavailable_minutes", "29", "30",
       "30.02", "30.02 min is more than 30 min"},
      {"2024/2690 5(b)", kDig, "dns_slow", "sector=dns limited_minutes=61",
       "average_response_seconds", "9.9", "10", "10.1", "more than 10 s"},
      {"2024/2690 5(b)", kDig, "dns_slow", "sector=dns average_response_seconds=11",
       "limited_minutes", "59", "60", "61", "more than 60 min"},
      {"2024/2690 5(c)", kDig, "dns_data",
       "sector=dns data_compromised=yes misconfiguration=yes domains_managed=1000000",
       "domains_affected", "999", "1000", "1001", "not less than 1 000", true},
      {"2024/2690 5(c)", kDig, "dns_data",
       "sector=dns data_compromised=yes misconfiguration=yes domains_managed=50000",
       "domains_affected", "499", "500", "501", "more than 500 (1 % of domains_managed 50 000)"},
      {"2024/2690 6(a)", kDig, "tld_unavailable", "sector=tld_registry", "unavailable_minutes", "0",
       "0", "0.02", "more than 0 min"},
      {"2024/2690 6(b)", kDig, "tld_slow", "sector=tld_registry limited_minutes=61",
       "average_response_seconds", "9.9", "10", "10.1", "more than 10 s"},
      {"2024/2690 6(b)", kDig, "tld_slow", "sector=tld_registry average_response_seconds=11",
       "limited_minutes", "59", "60", "61", "more than 60 min"},
      {"2024/2690 7(a)", kDig, "cloud_unavailable", "sector=cloud", "unavailable_minutes", "29",
       "30", "31", "more than 30 min"},
      {"2024/2690 7(b)", kDig, "cloud_limited", "sector=cloud users_affected_percent=6",
       "limited_minutes", "59", "60", "61", "more than 60 min"},
      {"2024/2690 8(a)", kDig, "data_centre_unavailable", "sector=data_centre",
       "unavailable_minutes", "0", "0", "1", "more than 0 min"},
      {"2024/2690 8(b)", kDig, "data_centre_limited", "sector=data_centre", "limited_minutes", "59",
       "60", "61", "more than 60 min"},
      {"2024/2690 9(a)", kDig, "cdn_unavailable", "sector=content_delivery", "unavailable_minutes",
       "29", "30", "31", "more than 30 min"},
      {"2024/2690 9(b)", kDig, "cdn_limited", "sector=content_delivery users_affected_percent=6",
       "limited_minutes", "59", "60", "61", "more than 60 min"},
      {"2024/2690 10(a)", kDig, "managed_unavailable", "sector=managed_services",
       "unavailable_minutes", "29", "30", "31", "more than 30 min"},
      {"2024/2690 10(b)", kDig, "managed_limited",
       "sector=managed_security_services users_affected_percent=6", "limited_minutes", "59", "60",
       "61", "more than 60 min"},
  };
}

// Article 14.
std::vector<Boundary> OfTrustServices() {
  return {
      {"2024/2690 14(a)", kDig, "trust_unavailable", "sector=trust_services", "unavailable_minutes",
       "19", "20", "20.02", "more than 20 min"},
      {"2024/2690 14(b)", kDig, "trust_unavailable_week", "sector=trust_services",
       "unavailable_minutes_week", "59", "60", "60.02", "more than 60 min"},
      {"2024/2690 14(b)", kDig, "trust_unavailable_week", "sector=trust_services", "outages",
       "2026-06-08T10:00:00Z/2026-06-08T10:59:59Z", "2026-06-08T10:00:00Z/2026-06-08T11:00:00Z",
       "2026-06-08T10:00:00Z/2026-06-08T11:00:01Z", "in the week from Monday 2026-06-08, in sum"},
      {"2024/2690 14(c)", kDig, "trust_limited",
       "sector=trust_services limited_minutes=1 service_users_eu=1000000", "users_affected", "9999",
       "10000", "10001", "1 % of service_users_eu 1 000 000, lower than 200 000"},
      {"2024/2690 14(c)", kDig, "trust_limited",
       "sector=trust_services limited_minutes=1 service_users_eu=30000000", "users_affected",
       "199999", "200000", "200001", "200 000 users (lower than 300 000"},
      {"2024/2690 14(c)", kDig, "trust_limited",
       "sector=trust_services limited_minutes=1 users_affected=1", "users_affected_percent", "0.99",
       "1", "1.01", "more than 1 %"},
      {"2024/2690 14(c)", kDig, "trust_limited", "sector=trust_services users_affected_percent=2",
       "limited_minutes", "0", "0", "1", "more than 0 min"},
      {"2024/2690 14(e)", kDig, "trust_data",
       "sector=trust_services data_compromised=yes service_users_eu=50000", "data_users_affected",
       "49", "50", "51", "0.1 % of service_users_eu 50 000, lower than 100"},
      {"2024/2690 14(e)", kDig, "trust_data",
       "sector=trust_services data_compromised=yes service_users_eu=1000000", "data_users_affected",
       "99", "100", "101", "100 users (lower than 1 000"},
      {"2024/2690 14(e)", kDig, "trust_data",
       "sector=trust_services data_compromised=yes data_users_affected=1",
       "data_users_affected_percent", "0.09", "0.1", "0.11", "more than 0.1 %"},
  };
}

// Articles 7 and 9 to 13: five percent or one million.
std::vector<Boundary> OfReach() {
  std::vector<Boundary> rows;
  Append(rows, ByReach("2024/2690 7(b)", "cloud_limited", "sector=cloud limited_minutes=61",
                       "users_affected"));
  Append(rows, ByReach("2024/2690 7(d)", "cloud_data", "sector=cloud data_compromised=yes",
                       "data_users_affected"));
  Append(rows, ByReach("2024/2690 9(b)", "cdn_limited",
                       "sector=content_delivery limited_minutes=61", "users_affected"));
  Append(rows, ByReach("2024/2690 9(d)", "cdn_data", "sector=content_delivery data_compromised=yes",
                       "data_users_affected"));
  Append(rows, ByReach("2024/2690 10(b)", "managed_limited",
                       "sector=managed_services limited_minutes=61", "users_affected"));
  Append(rows, ByReach("2024/2690 10(d)", "managed_data",
                       "sector=managed_services data_compromised=yes", "data_users_affected"));
  int article = 11;
  for (const auto& [sector, id] :
       {std::pair("online_marketplace", "marketplace"), std::pair("search_engine", "search"),
        std::pair("social_network", "social")}) {
    const std::string number = absl::StrCat("2024/2690 ", article++);
    const std::string facts = absl::StrCat("sector=", sector);
    Append(rows, ByReach(number + "(a)", absl::StrCat(id, "_unavailable"),
                         facts + " unavailable_minutes=0.1", "users_affected"));
    Append(rows, ByReach(number + "(b)", absl::StrCat(id, "_limited"),
                         facts + " limited_minutes=0.1", "users_affected"));
    Append(rows, ByReach(number + "(d)", absl::StrCat(id, "_data"), facts + " data_compromised=yes",
                         "data_users_affected"));
    for (const auto& [point, end, key] : {std::tuple("(a)", "_unavailable", "unavailable_minutes"),
                                          std::tuple("(b)", "_limited", "limited_minutes")}) {
      rows.push_back({number + point, kDig, absl::StrCat(id, end),
                      facts + " users_affected_percent=6", key, "0", "0", "0.1",
                      "more than 0 min"});
    }
  }
  return rows;
}

std::vector<Boundary> OfDora() {
  return {
      {"RTS 2024/1772 9(1)", kDora, "clients", "service_clients=10000000", "clients_affected",
       "99999", "100000", "100001", "100 000 clients (lower than 1 000 000, 10 %"},
      {"RTS 2024/1772 9(1)", kDora, "clients", "service_clients=5000", "clients_affected", "499",
       "500", "501", "10 % of service_clients 5 000, lower than 100 000"},
      {"RTS 2024/1772 9(1)", kDora, "clients", "clients_affected=1", "clients_affected_percent",
       "9.99", "10", "10.01", "more than 10 %"},
      {"RTS 2024/1772 9(1)", kDora, "clients", "", "counterparts_affected_percent", "29.9", "30",
       "30.1", "more than 30 %"},
      {"RTS 2024/1772 9(1)", kDora, "clients", "", "transactions_affected_percent", "9.9", "10",
       "10.1", "more than 10 %"},
      {"RTS 2024/1772 9(1)", kDora, "clients", "", "transactions_value_percent", "9.9", "10",
       "10.1", "more than 10 %"},
      {"RTS 2024/1772 9(3)", kDora, "duration", "", "duration_minutes", "1439", "1440", "1441",
       "more than 1 440 min"},
      {"RTS 2024/1772 9(3)", kDora, "duration", "critical_service=yes", "downtime_minutes", "119",
       "120", "121", "more than 120 min"},
      {"RTS 2024/1772 9(4)", kDora, "geography", "", "member_states_affected", "1", "2", "3",
       "at least 2", true},
      {"RTS 2024/1772 9(6)", kDora, "economic", "", "financial_loss_eur", "99999", "100000",
       "100000.01", "more than 100 000 EUR"},
      {"RTS 2024/1772 9(6)", kDora, "economic", "financial_loss_eur=0",
       "financial_loss_eur_potential", "99999", "100000", "100001", "more than 100 000 EUR"},
  };
}

std::vector<Boundary> OfCountries() {
  return {
      {"CCB guide, availability", kBe, "availability", "users_affected_percent=20",
       "downtime_minutes", "59", "60", "61", "at least 60 min", true},
      {"CCB guide, availability", kBe, "availability", "downtime_minutes=60",
       "users_affected_percent", "19.99", "20", "20.01", "at least 20 %", true},
      {"CCB guide, availability", kBe, "availability", "downtime_minutes=60 service_users_eu=1000",
       "users_affected", "199", "200", "201", "20 % of service_users_eu 1 000", true},
      {"CCB guide, financial loss", kBe, "loss", "annual_turnover_eur=100000000",
       "financial_loss_eur", "249999", "250000", "250001", "250 000 EUR (lower than 5 000 000"},
      {"CCB guide, financial loss", kBe, "loss", "annual_turnover_eur=1000000",
       "financial_loss_eur", "49999", "50000", "50001", "5 % of annual_turnover_eur 1 000 000"},
      {"CCB guide, damage to others", kBe, "others", "", "persons_harmed", "0", "1", "2",
       "at least 1", true},
      {"Cyberbeveiligingsregeling overheid 6", kNl, "unavailable", "sector=regional_government",
       "unavailable_minutes", "239", "240", "241", "at least 240 min", true},
      {"Cyberbeveiligingsregeling overheid 6", kNl, "persons",
       "sector=regional_government death=no", "seriously_injured", "0", "1", "2", "at least 1",
       true},
      {"MCFFS 2026:8, general", kSe, "critical_system", "", "critical_system_limited_minutes",
       "719", "720", "721", "more than 720 min"},
      {"MCFFS 2026:8, general", kSe, "workarounds", "", "workaround_minutes", "2879", "2880",
       "2881", "more than 2 880 min"},
      {"MCFFS 2026:8, general", kSe, "cost", "annual_turnover_eur=1000000", "financial_loss_eur",
       "49999", "50000", "50001", "5 % of annual_turnover_eur 1 000 000"},
      {"MCFFS 2026:8, general", kSe, "others", "other_party_affected=no", "persons_affected", "499",
       "500", "501", "at least 500", true},
      {"MCFFS 2026:8, general", kSe, "persons", "death=no", "persons_harmed", "0", "1", "2",
       "at least 1", true},
      {"MCFFS 2026:8, public administration", kSe, "administration_limited",
       "sector=central_government", "critical_system_limited_minutes", "239", "240", "241",
       "more than 240 min"},
      {"MCFFS 2026:8, public administration", kSe, "administration_workarounds",
       "sector=regional_government", "workaround_minutes", "719", "720", "721",
       "more than 720 min"},
      {"MCFFS 2026:8, electricity", kSe, "electricity", "sector=electricity users_affected=2000",
       "downtime_minutes", "119", "120", "121", "more than 120 min"},
      {"MCFFS 2026:8, electricity", kSe, "electricity",
       "sector=electricity downtime_minutes=121 service_users_eu=100000", "users_affected", "1999",
       "2000", "2001", "at least 2 000 users", true},
      {"MCFFS 2026:8, electricity", kSe, "electricity",
       "sector=electricity downtime_minutes=121 users_affected=1", "users_affected_percent", "49.9",
       "50", "50.1", "at least 50 %", true},
      {"MCFFS 2026:8, transport", kSe, "transport", "sector=air_transport", "downtime_minutes",
       "59", "60", "61", "more than 60 min"},
      {"MCFFS 2026:8, transport", kSe, "transport", "sector=road_transport", "users_affected",
       "999", "1000", "1001", "more than 1 000 users"},
      {"MCFFS 2026:8, transport", kSe, "transport", "sector=water_transport", "area_km2", "9999",
       "10000", "10001", "more than 10 000 km²"},
      {"MCFFS 2026:8, rail", kSe, "rail", "sector=rail_transport", "departures_affected_percent",
       "4.9", "5", "5.1", "more than 5 %"},
      {"MCFFS 2026:8, health", kSe, "health", "sector=health", "critical_system_limited_minutes",
       "59", "60", "61", "more than 60 min"},
      {"MCFFS 2026:8, water", kSe, "water", "sector=drinking_water",
       "critical_system_limited_minutes", "239", "240", "241", "more than 240 min"},
  };
}

std::vector<Boundary> AllBoundaries() {
  std::vector<Boundary> all;
  for (const auto of : {OfLoss, OfServices, OfTrustServices, OfReach, OfDora, OfCountries}) {
    Append(all, of());
  }
  return all;
}

// Every other alternative of a criterion is stated as far from its own limit, so that the key alone
// decides.
std::string_view Alternatives(const Boundary& row) {
  if (row.criterion == "clients") {
    return "clients_affected=0 clients_affected_percent=0 service_clients=10000000 "
           "counterparts_affected_percent=0 transactions_affected_percent=0 "
           "transactions_value_percent=0 relevant_client_affected=no";
  }
  if (row.criterion == "duration") {
    return "duration_minutes=0 critical_service=no downtime_minutes=0";
  }
  if (row.set == kBe && row.criterion == "others") {
    return "death=no death_potential=no assets_destroyed=no assets_destroyed_potential=no "
           "deliveries_delayed=no deliveries_delayed_potential=no others_financial_effect=no "
           "others_financial_effect_potential=no";
  }
  if (row.criterion == "transport") return "downtime_minutes=0 users_affected=0 area_km2=0";
  if (row.criterion == "loss" || row.criterion == "economic") {
    return "financial_loss_eur=0 financial_loss_eur_potential=0";
  }
  return "";
}

CriterionResult At(const Boundary& row, const std::string& value) {
  CriteriaFacts facts = Stated({Alternatives(row), row.facts});
  facts.stated[row.key] = value;
  return ResultOf(row.set, row.criterion, facts);
}

}  // namespace

TEST_CASE("Criteria: every number of the tables, from below, at it and above", "[regulation]") {
  const std::vector<Boundary> rows = AllBoundaries();
  CHECK(rows.size() > 100);
  for (const Boundary& row : rows) {
    INFO(row.article << " " << row.set << ":" << row.criterion << " " << row.key << " "
                     << row.facts);
    const CriterionResult below = At(row, row.below);
    const CriterionResult equal = At(row, row.equal);
    const CriterionResult above = At(row, row.above);
    INFO("below: " << below.words << "\nequal: " << equal.words << "\nabove: " << above.words);
    CHECK(below.outcome == Outcome::kNotMet);
    CHECK(equal.outcome == (row.met_at_equal ? Outcome::kMet : Outcome::kNotMet));
    CHECK(above.outcome == Outcome::kMet);
    CHECK(above.article == row.article);
    CHECK_THAT(above.words, ContainsSubstring(row.words));
  }
}

TEST_CASE("Criteria: the numbers of the rows are all the numbers of the files", "[regulation]") {
  std::set<std::string> tested;
  for (const Boundary& row : AllBoundaries()) {
    tested.insert(absl::StrCat(row.set, ":", row.criterion, " ", row.key));
  }
  const auto count = [&](const auto& self, const CriteriaSet& set, const std::string& criterion,
                         const Condition& condition) -> void {
    if (condition.kind == ConditionKind::kCompare) {
      INFO(set.id << ":" << criterion << " " << condition.fact);
      CHECK(tested.contains(absl::StrCat(set.id, ":", criterion, " ", condition.fact)));
      for (const Limit& limit : condition.limits) {
        if (limit.share.empty()) continue;
        INFO(limit.share);
        CHECK(tested.contains(absl::StrCat(set.id, ":", criterion, " ", limit.share)));
      }
    }
    // What several incidents are held against are criteria that stand above.
    if (condition.kind == ConditionKind::kRecurring) return;
    for (const Condition& part : condition.parts) self(self, set, criterion, part);
  };
  for (const auto& set : AllSets()) {
    for (const Criterion& criterion : set->criteria) {
      count(count, *set, criterion.id, criterion.when);
    }
  }
}

}  // namespace tocsin::regulation
