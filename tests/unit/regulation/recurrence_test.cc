// Recurring incidents: 2024/2690 Article 4, RTS 2024/1772 Article 8(2), the CCB guide, MCFFS
// 2026:8.
#include <ctime>
#include <iostream>

#include "tests/support/catch.h"
#include "tests/unit/regulation/criteria_sets.h"

namespace tocsin::regulation {
namespace {

using RelatedList = std::vector<std::shared_ptr<const RelatedIncident>>;

CriterionResult Recurring(const std::string& set, std::string_view own, RelatedList others) {
  CriteriaFacts facts = Stated({"sector=cloud root_cause_key=vpn-cert", own});
  facts.related = std::move(others);
  return ResultOf(set, "recurring", facts);
}

CriterionResult Article4(std::string_view own, RelatedList others) {
  return Recurring("nis2-2024-2690", own, std::move(others));
}

}  // namespace

TEST_CASE("Recurrence: together over the limit of 3(1)(a), and only over it", "[regulation]") {
  const std::string own =
      "financial_loss_eur=300000 financial_loss_eur_potential=0 annual_turnover_eur=100000000";
  const auto with = [&](const std::string& loss) {
    return Article4(own, {Other("INC-2026-0003", "2026-03-01 12:00",
                                "root_cause_key=vpn-cert financial_loss_eur_potential=0 "
                                "financial_loss_eur=" +
                                    loss)});
  };
  CHECK(with("199999").outcome == Outcome::kNotMet);
  CHECK(with("200000").outcome == Outcome::kNotMet);
  const CriterionResult met = with("200001");
  CHECK(met.outcome == Outcome::kMet);
  CHECK(met.article == "2024/2690 3(1)(f), 4");
  for (const char* part :
       {"INC-2026-0003", "'vpn-cert' within 6 months", "500 001 EUR is more than", "500 000 EUR"}) {
    CHECK_THAT(met.words, ContainsSubstring(part));
  }
}

TEST_CASE("Recurrence: six civil months, to the day", "[regulation]") {
  // The incident is of 10 June 2026.
  const std::string own = "financial_loss_eur=300000 annual_turnover_eur=100000000";
  const auto on = [&](std::string_view time) {
    return Article4(own,
                    {Other("INC-1", time, "root_cause_key=vpn-cert financial_loss_eur=300000")})
        .outcome;
  };
  CHECK(on("2025-12-09 23:59") == Outcome::kNotMet);
  CHECK(on("2025-12-10 00:00") == Outcome::kMet);
  CHECK(on("2025-12-11 00:00") == Outcome::kMet);
  // Whichever came first: an incident that is assessed late still has its successors.
  CHECK(on("2026-12-10 23:59") == Outcome::kMet);
  CHECK(on("2026-12-11 00:00") == Outcome::kNotMet);
}

TEST_CASE("Recurrence: six months from the last of August end with February", "[regulation]") {
  CriteriaFacts facts = Stated({"root_cause_key=k"});
  facts.time = absl::FromCivil(absl::CivilSecond(2025, 8, 31, 12, 0, 0), facts.zone);
  facts.related = {Other("INC-1", "2026-02-28 12:00", "root_cause_key=k")};
  CHECK(ResultOf("nis2-se-mcffs", "recurring", facts).outcome == Outcome::kMet);
  facts.related = {Other("INC-1", "2026-03-01 12:00", "root_cause_key=k")};
  CHECK(ResultOf("nis2-se-mcffs", "recurring", facts).outcome == Outcome::kNotMet);
}

TEST_CASE("Recurrence: two incidents nine months apart do not meet through this one",
          "[regulation]") {
  // Each is within six months of this one, but no six months hold all three.
  const std::string own =
      "financial_loss_eur=100000 financial_loss_eur_potential=0 annual_turnover_eur=100000000";
  const std::string other =
      "root_cause_key=vpn-cert financial_loss_eur=300000 financial_loss_eur_potential=0";
  const RelatedList apart = {Other("INC-1", "2026-01-15 12:00", other),
                             Other("INC-2", "2026-10-15 12:00", other)};
  CHECK(Article4(own, apart).outcome == Outcome::kNotMet);
  const RelatedList near = {Other("INC-1", "2026-01-15 12:00", other),
                            Other("INC-2", "2026-07-10 12:00", other)};
  CHECK(Article4(own, near).outcome == Outcome::kMet);
}

TEST_CASE("Recurrence: another cause, or none, does not count", "[regulation]") {
  const std::string own = "financial_loss_eur=300000 annual_turnover_eur=100000000";
  CHECK(Article4(own, {Other("INC-1", "2026-03-01 12:00",
                             "root_cause_key=vpn financial_loss_eur=900000")})
            .outcome == Outcome::kNotMet);
  CHECK(Article4(own, {}).outcome == Outcome::kNotMet);
  const CriterionResult unknown = Article4("root_cause_key=unknown " + own, {});
  CHECK(unknown.outcome == Outcome::kUnknown);
  CHECK(unknown.words == "root_cause_key is unknown");
}

TEST_CASE("Recurrence: a loss that is not stated is unknown, until the others suffice",
          "[regulation]") {
  const std::string own = "financial_loss_eur=300000 annual_turnover_eur=100000000";
  const auto silent = Other("INC-1", "2026-03-01 12:00", "root_cause_key=vpn-cert");
  const CriterionResult unknown = Article4(own, {silent});
  CHECK(unknown.outcome == Outcome::kUnknown);
  CHECK_THAT(unknown.words, ContainsSubstring("not every one of the incidents states it"));
  CHECK(Article4(own, {silent, Other("INC-2", "2026-04-01 12:00",
                                     "root_cause_key=vpn-cert financial_loss_eur=200001")})
            .outcome == Outcome::kMet);
}

TEST_CASE("Recurrence: what could have been lost counts with what was", "[regulation]") {
  const std::string own =
      "financial_loss_eur=1 financial_loss_eur_potential=300000 annual_turnover_eur=100000000";
  CHECK(Article4(own, {Other("INC-1", "2026-03-01 12:00",
                             "root_cause_key=vpn-cert financial_loss_eur=200001")})
            .outcome == Outcome::kMet);
}

TEST_CASE("Recurrence: DORA asks whether the incidents together are major", "[regulation]") {
  const std::string own =
      "entity_kind=insurer critical_service=yes malicious_access=no clients_affected=60000 "
      "service_clients=9000000 "
      "financial_loss_eur=60000 microenterprise=no";
  const RelatedList others = {
      Other("INC-2026-0001", "2026-05-01 12:00",
            "root_cause_key=vpn-cert critical_service=no clients_affected=50000 "
            "financial_loss_eur=50000")};
  const CriterionResult met = Recurring("dora-2024-1772", own, others);
  CHECK(met.outcome == Outcome::kMet);
  CHECK_THAT(met.words,
             ContainsSubstring("clients: clients_affected 110 000 clients is more than"));
  CHECK_THAT(met.words, ContainsSubstring("110 000 EUR"));
  CHECK(Recurring("dora-2024-1772", own + " microenterprise=yes", others).outcome ==
        Outcome::kNotMet);
  CHECK(Recurring("dora-2024-1772", own + " microenterprise=unknown", others).outcome ==
        Outcome::kMet);
  // One alone is not.
  CriteriaFacts alone = Stated({own});
  CHECK(ResultOf("dora-2024-1772", "major", alone).outcome != Outcome::kMet);
}

TEST_CASE("Recurrence: the CCB takes loss or availability together", "[regulation]") {
  const std::string own =
      "downtime_minutes=35 users_affected_percent=25 financial_loss_eur=0 "
      "financial_loss_eur_potential=0 annual_turnover_eur=1000000 contract_times_missed=no";
  const auto with = [&](const std::string& minutes) {
    return Recurring("nis2-be-ccb", own,
                     {Other("INC-1", "2026-03-01 12:00",
                            "root_cause_key=vpn-cert users_affected_percent=5 financial_loss_eur=0 "
                            "financial_loss_eur_potential=0 "
                            "contract_times_missed=no downtime_minutes=" +
                                minutes)})
        .outcome;
  };
  CHECK(with("24") == Outcome::kNotMet);
  CHECK(with("25") == Outcome::kMet);
}

TEST_CASE("Recurrence: ten thousand incidents of one cause are named in one line", "[regulation]") {
  RelatedList many;
  for (int i = 0; i < 10'000; ++i) {
    many.push_back(
        Other("INC-" + std::to_string(i), "2026-03-01 12:00", "root_cause_key=vpn-cert"));
  }
  const CriterionResult met = Recurring("nis2-se-mcffs", "", many);
  CHECK(met.outcome == Outcome::kMet);
  CHECK(met.words.size() < 400);
  CHECK_THAT(met.words, ContainsSubstring("and 9990 more"));
}

// The writer does this while everybody waits.
TEST_CASE("Recurrence: ten thousand incidents over half a year do not hold up the writer",
          "[regulation]") {
  RelatedList many;
  for (int i = 0; i < 10'000; ++i) {
    auto other = std::make_shared<RelatedIncident>();
    other->number = "INC-" + std::to_string(i);
    other->time = Stated({}).time - absl::Hours(24) * (i % 180);
    other->facts = {{"root_cause_key", "vpn-cert"},
                    {"financial_loss_eur", "1"},
                    {"financial_loss_eur_potential", "1"}};
    many.push_back(std::move(other));
  }
  const std::clock_t begin = std::clock();
  const CriterionResult result =
      Article4("financial_loss_eur=1 financial_loss_eur_potential=1 annual_turnover_eur=100000000",
               std::move(many));
  const double seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  std::cout << "10000 incidents of one cause: " << seconds << " s\n";
  CHECK(result.outcome == Outcome::kNotMet);
  CHECK(seconds < 5);
}

}  // namespace tocsin::regulation
