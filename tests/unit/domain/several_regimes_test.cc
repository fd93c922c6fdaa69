// One incident under several laws: each duty once, each with its own anchor, decision and filing,
// from one set of facts.
#include <set>

#include "server/base/digest.h"
#include "server/base/error.h"
#include "server/domain/obligations.h"
#include "tests/support/catch.h"
#include "tests/support/domain_fixture.h"

namespace tocsin::domain {
namespace {

Case UnderThreeRegimes() {
  Case c;
  DeclareIncident command = ADeclaration();
  command.pack = Pack("nis2-nl");
  command.further = {{Pack("gdpr"), "controller"}, {Pack("dora"), "insurer"}};
  c.Do(command);
  return c;
}

DecideSignificance Decided(std::string regime, bool significant = true) {
  return {std::move(regime), significant, "the criteria are met"};
}

RecordSubmission Filed(std::string obligation) {
  RecordSubmission command;
  command.stage = std::move(obligation);
  command.channel = "portal";
  command.late_reason = "the clock was found late";
  return command;
}

TEST_CASE("Several regimes: each is adopted at declaration and pinned", "[domain]") {
  const Case c = UnderThreeRegimes();
  REQUIRE(c.incident().rulings.size() == 3);
  CHECK(c.incident().rulings[0].id() == "nis2-nl");
  CHECK(c.incident().rulings[1].entity_kind == "controller");
  CHECK(FindRuling(c.incident(), "DORA") == &c.incident().rulings[2]);
  CHECK(FindRuling(c.incident(), "nis2") == nullptr);
  const auto adopted = EventsOf<RegimeAdopted>(c.record());
  REQUIRE(adopted.size() == 2);
  CHECK(adopted[0].pack->pack.digest == Pack("gdpr")->pack.digest);
  CHECK(Dump(c.Replayed()) == Dump(c.incident()));
}

TEST_CASE("Several regimes: one awareness starts each clock of its own", "[domain]") {
  Case c = UnderThreeRegimes();
  const absl::Time aware = c.now;
  c.Do(RecordAnchor{"aware", aware, "the SOC called"});
  CHECK(c.obligation("nis2-nl.early_warning").duty.due == aware + absl::Hours(24));
  CHECK(c.obligation("nis2-nl.notification").duty.due == aware + absl::Hours(72));
  CHECK(c.obligation("gdpr.dpa_notification").duty.due == aware + absl::Hours(72));
  // DORA counts from the classification, which nobody has made yet.
  CHECK_FALSE(c.obligation("dora.initial").duty.due.has_value());

  c.now = aware + absl::Hours(2);
  c.Do(RecordAnchor{"classified", c.now, "major: clients and data"});
  CHECK(c.obligation("dora.initial").duty.due == c.now + absl::Hours(4));

  std::set<std::string> ids;
  for (const Obligation& obligation : c.incident().obligations) {
    CHECK(ids.insert(obligation.id).second);
  }
  CHECK(NextDue(c.incident())->id == "dora.initial");
}

TEST_CASE("Several regimes: a decision counts for its own regime only", "[domain]") {
  Case c = UnderThreeRegimes();
  c.Do(RecordAnchor{"aware", c.now, "the SOC called"});
  CHECK(c.Refusal(Decided("")) == "WHICH_REGIME");
  CHECK(c.Refusal(Decided("cer")) == "UNKNOWN_REGIME");
  c.Do(Decided("gdpr", false));
  c.Do(Decided("nis2-nl"));
  CHECK(c.obligation("gdpr.dpa_notification").duty.state == regulation::DutyState::kNotRequired);
  CHECK(c.obligation("nis2-nl.early_warning").duty.state == regulation::DutyState::kDated);
  CHECK_FALSE(c.obligation("nis2-nl.early_warning").duty.provisional);
  CHECK(c.obligation("dora.client_information").duty.provisional);
  CHECK(c.Refusal(Decided("GDPR", false)) == "SIGNIFICANCE_UNCHANGED");
}

TEST_CASE("Several regimes: a stage that two of them have must be named in full", "[domain]") {
  Case c = UnderThreeRegimes();
  c.Do(RecordAnchor{"aware", c.now, "the SOC called"});
  CHECK(c.Refusal(Filed("final")) == "WHICH_OBLIGATION");
  CHECK(c.Refusal(Filed("nothing")) == "UNKNOWN_OBLIGATION");
  CHECK(c.Refusal(Filed("early_warning")).empty());
  CHECK(c.Refusal(Filed("nis2-nl.early_warning")).empty());
}

TEST_CASE("Several regimes: a filing moves the next clock of its own regime only", "[domain]") {
  Case c = UnderThreeRegimes();
  const absl::Time aware = c.now;
  c.Do(RecordAnchor{"aware", aware, "the SOC called"});
  c.Do(RecordAnchor{"classified", aware, "major"});
  for (const char* regime : {"nis2-nl", "gdpr", "dora"}) c.Do(Decided(regime));
  c.now = aware + absl::Hours(3);
  c.Do(Filed("dora.initial"));
  CHECK(c.obligation("dora.intermediate").duty.due == c.now + absl::Hours(72));
  CHECK_FALSE(c.obligation("nis2-nl.final").duty.due.has_value());

  c.now = aware + absl::Hours(20);
  c.Do(Filed("nis2-nl.early_warning"));
  c.Do(Filed("nis2-nl.notification"));
  const absl::Time month_later = At("2026-07-11T04:00:00Z");
  CHECK(c.obligation("nis2-nl.final").duty.due == month_later);
  CHECK_FALSE(c.obligation("dora.final").duty.due.has_value());

  c.now = aware + absl::Hours(48);
  c.Do(Filed("dora.intermediate"));
  CHECK(c.obligation("dora.final").duty.due == At("2026-07-12T08:00:00Z"));
  // An update starts the month anew.
  c.now = aware + absl::Hours(96);
  c.Do(Filed("dora.intermediate_update"));
  CHECK(c.obligation("dora.final").duty.due == At("2026-07-14T08:00:00Z"));
  c.Do(Filed("gdpr.dpa_notification"));
  CHECK(c.obligation("gdpr.dpa_notification").state == ObligationState::kMet);
  CHECK(Dump(c.Replayed()) == Dump(c.incident()));
}

TEST_CASE("Several regimes: a classification before awareness is refused", "[domain]") {
  Case c = UnderThreeRegimes();
  c.Do(RecordAnchor{"aware", c.now, "the SOC called"});
  CHECK(c.Refusal(RecordAnchor{"classified", c.now - absl::Hours(1), "major"}) ==
        "ANCHORS_CONTRADICT");
  CHECK(c.Refusal(RecordAnchor{"initial_submitted", c.now, "x"}) == "UNKNOWN_ANCHOR");
  CHECK(c.Refusal(RecordAnchor{"corrective_measure_available", c.now, "patch"}).empty());
}

TEST_CASE("AdoptRegime: a further law joins an incident that runs", "[domain]") {
  Case c = ADeclaredCase();
  c.Do(RecordAnchor{"aware", c.now, "the SOC called"});
  AdoptRegime command{Pack("gdpr"), "controller", "personal data are hit"};
  const auto comparison = CompareRegime(c.incident(), command, c.context());
  REQUIRE(comparison.ok());
  CHECK_FALSE(comparison->present.has_value());
  const std::vector<DutyChange>* changes = &comparison->changes;
  REQUIRE_FALSE(changes->empty());
  CHECK(changes->front().obligation == "gdpr.dpa_notification");
  CHECK_FALSE(changes->front().due.has_value());
  CHECK(changes->front().offered_due == c.now + absl::Hours(72));

  c.Do(command);
  CHECK(c.obligation("gdpr.dpa_notification").duty.due == c.now + absl::Hours(72));
  CHECK(c.obligation("gdpr.dpa_notification").duty.provisional);
  CHECK(c.Refusal(command) == "REGIME_UNCHANGED");
  command.entity_kind = "bank";
  CHECK(c.Refusal(command) == "UNKNOWN_ENTITY_KIND");
  command.because = "";
  CHECK(c.Refusal(command) == "TEXT_EMPTY");
  CHECK(Dump(c.Replayed()) == Dump(c.incident()));
}

TEST_CASE("AdoptRegime: a newer version moves dates only when somebody adopts it", "[domain]") {
  Case c = ADeclaredCase();
  const absl::Time aware = c.now;
  c.Do(RecordAnchor{"aware", aware, "the SOC called"});
  c.Do(DecideSignificance{"nis2", true, "a critical service is down"});
  PinnedPack changed = *Nis2();
  changed.pack.version = "2.0";
  changed.pack.digest = Sha256("2.0");
  for (regulation::StageRule& rule : changed.pack.stages) {
    if (rule.stage == "early_warning") rule.due->amount = 12;
  }
  const auto newer = std::make_shared<const PinnedPack>(std::move(changed));
  const auto comparison =
      CompareRegime(c.incident(), AdoptRegime{newer, "", "the law was amended"}, c.context());
  REQUIRE(comparison.ok());
  const std::vector<DutyChange>* changes = &comparison->changes;
  REQUIRE(changes->size() == 1);
  CHECK(changes->front().due == aware + absl::Hours(24));
  CHECK(changes->front().offered_due == aware + absl::Hours(12));
  CHECK(c.obligation("early_warning").duty.due == aware + absl::Hours(24));

  c.Do(AdoptRegime{newer, "", "the law was amended"});
  CHECK(c.obligation("early_warning").duty.due == aware + absl::Hours(12));
  CHECK_FALSE(c.obligation("early_warning").duty.provisional);
  REQUIRE(c.incident().rulings.size() == 1);
  CHECK(c.incident().rulings.front().significance->significant);
}

TEST_CASE("Several regimes: a record without establishments counts with its country's holidays",
          "[domain]") {
  regulation::Calendar dutch;
  dutch.country = "NL";
  dutch.holidays.emplace(absl::CivilDay(2026, 6, 10), "");
  Incident incident = UnderThreeRegimes().incident();
  for (Ruling& ruling : incident.rulings) ruling.establishment.reset();
  const Ruling* dora = FindRuling(incident, "dora");
  CHECK(FactsOf(incident, *dora, absl::UnixEpoch(), &dutch).calendar.country == "NL");
  // Another country's must not move a date.
  incident.rulings[1].pack = Pack("sec_8k");
  CHECK(
      FactsOf(incident, incident.rulings[1], absl::UnixEpoch(), &dutch).calendar.holidays.empty());
}

}  // namespace
}  // namespace tocsin::domain
