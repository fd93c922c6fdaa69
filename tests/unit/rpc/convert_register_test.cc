#include "server/rpc/convert_register.h"

#include "server/domain/decide.h"
#include "tests/support/catch.h"
#include "tests/support/domain_fixture.h"

namespace tocsin::rpc {

TEST_CASE("Register row as a message: what is not known is not set") {
  domain::Case acase = domain::ADeclaredCase();
  const v1::RegisterRow row = ToProto(domain::RowOf(acase.incident(), acase.now));
  CHECK(row.incident() == "incidents/INC-2026-0001");
  CHECK(row.significant() == "undecided");
  CHECK(row.review() == "none");
  CHECK(row.has_declare_time());
  CHECK_FALSE(row.has_occur_time());
  CHECK_FALSE(row.has_loss_eur());
  CHECK_FALSE(row.has_keep_until_time());
  acase.Do(domain::AssessImpact{{{"financial_loss_eur", "0"}}, ""});
  const v1::RegisterRow known = ToProto(domain::RowOf(acase.incident(), acase.now));
  CHECK(known.has_loss_eur());
}

TEST_CASE("Statistics as a message: no cases, no figure") {
  domain::Case acase = domain::ADeclaredCase();
  const std::vector<domain::RegisterRow> rows = {domain::RowOf(acase.incident(), acase.now)};
  const domain::Period period = *domain::ParsePeriod("2026", absl::UTCTimeZone());
  const v1::Statistics sum = ToProto(domain::Summarise(rows, period), period);
  CHECK(sum.incidents() == 1);
  CHECK(sum.by_severity().at("sev1") == 1);
  REQUIRE(sum.intervals_size() == 5);
  CHECK(sum.intervals(0).count() == 0);
  CHECK_FALSE(sum.intervals(0).has_median());
  REQUIRE(sum.open_points_size() == 2);
  CHECK(sum.open_points(0).kind() == v1::OpenPoint::SIGNIFICANCE_UNDECIDED);
  CHECK(sum.open_points(0).incident() == "incidents/INC-2026-0001");
  CHECK(sum.open_points(1).kind() == v1::OpenPoint::NO_DRILL_HELD);
  CHECK(sum.months_size() == 12);
  CHECK(ToProto(domain::StockOf(rows)).incidents_open() == 1);
  CHECK(sum.tlp() == v1::TLP_AMBER);
}

}  // namespace tocsin::rpc
