#include "server/domain/significance.h"

#include "absl/strings/str_cat.h"
#include "server/rpc/convert.h"
#include "tests/support/catch.h"
#include "tests/support/domain_fixture.h"

namespace tocsin::rpc {
namespace {

std::string Handle(const PrincipalId& id) {
  return absl::StrCat("@p", static_cast<int>(id.bytes.front()));
}

v1::Significance Converted(const domain::Case& c) {
  const auto standings = domain::StandingsOf(c.incident(), "", *c.significance);
  REQUIRE(standings.ok());
  return ToProto(standings->at(0), Handle);
}

}  // namespace

TEST_CASE("Convert: a proposal with its criteria, and the decision on it") {
  domain::SignificanceContext context;
  context.sets = {domain::Criteria("nis2-2024-2690"), domain::Criteria("nis2-23-3")};
  domain::Case c = domain::ADeclaredCase();
  c.significance = &context;
  v1::Significance out = Converted(c);
  CHECK(out.sequence() == 0);
  CHECK(out.decision() == "undecided");
  CHECK(out.proposal() == v1::CRITERION_OUTCOME_UNKNOWN);
  REQUIRE(out.not_asked_size() == 1);
  CHECK(out.not_asked(0).id() == "nis2-2024-2690");
  CHECK(out.not_asked(0).because() == "sector is not stated");

  c.Do(domain::AssessImpact{{{"severe_disruption", "yes"},
                             {"considerable_damage", "no"},
                             {"considerable_damage_potential", "no"}},
                            ""});
  c.Do(domain::DecideSignificance{"nis2", true, "it is down"});
  out = Converted(c);
  CHECK(out.regime() == "nis2");
  CHECK(out.entity_kind() == "essential");
  CHECK(out.proposal() == v1::CRITERION_OUTCOME_MET);
  CHECK(out.sequence() > 0);
  CHECK(out.changed_sequence() == out.sequence());
  CHECK(out.decision() == "yes");
  CHECK(out.decided_because() == "it is down");
  CHECK(out.decided_by() == "@p1");
  CHECK(out.decided_sequence() > out.sequence());
  REQUIRE(out.decided_met_size() == 1);
  CHECK(out.decided_met(0) == "nis2-23-3:disruption");
  CHECK(out.since_decision().empty());
  REQUIRE(out.sets_size() == 1);
  const v1::CriteriaSet& set = out.sets(0);
  CHECK(set.id() == "nis2-23-3");
  CHECK(set.digest() == context.sets[1]->digest.Hex());
  CHECK_FALSE(set.confidence().empty());
  CHECK(set.verified_on() == "2026-08-22");
  REQUIRE(set.criteria_size() == 3);
  CHECK(set.criteria(0).article() == "NIS2 23(3)(a)");
  CHECK(set.criteria(0).outcome() == v1::CRITERION_OUTCOME_MET);
  CHECK(set.criteria(0).words() == "severe_disruption is yes");
  CHECK(set.criteria(0).decides());
  CHECK(set.criteria(1).outcome() == v1::CRITERION_OUTCOME_UNKNOWN);
  CHECK(set.criteria(2).outcome() == v1::CRITERION_OUTCOME_NOT_MET);

  c.Do(domain::AssessImpact{{{"severe_financial_loss", "yes"}}, ""});
  CHECK(Converted(c).since_decision() == "now met: nis2-23-3:loss");
}

TEST_CASE("Convert: an obligation says when its decision is outdated or its clock stands in") {
  domain::SignificanceContext context;
  context.sets = {domain::Criteria("nis2-23-3")};
  domain::Case c = domain::ADeclaredCase();
  c.significance = &context;
  c.Do(domain::RecordAnchor{"detected", c.now, "the EDR saw it"});
  c.Do(domain::AssessImpact{{{"severe_disruption", "yes"}}, ""});
  const auto warning = [&] { return ToProto(c.incident(), c.obligation("early_warning")); };
  CHECK(warning().counted_from_detection());
  CHECK(warning().provisional());
  CHECK_FALSE(warning().decision_outdated());
  c.Do(domain::DecideSignificance{"nis2", true, "it is down"});
  CHECK(warning().counted_from_detection());
  c.Do(domain::RecordAnchor{"aware", c.now, "it is certain"});
  CHECK_FALSE(warning().counted_from_detection());
  c.Do(domain::AssessImpact{{{"considerable_damage", "yes"}}, ""});
  CHECK(warning().decision_outdated());
  CHECK_THAT(Explain(c.incident(), c.obligation("early_warning"), Handle).significance(),
             ContainsSubstring("decide again: now met: nis2-23-3:others"));
}

}  // namespace tocsin::rpc
