// The proposal, the decision, and what becomes of both when facts come.
#include "server/domain/significance.h"

#include "server/base/error.h"
#include "tests/support/catch.h"
#include "tests/support/domain_fixture.h"

namespace tocsin::domain {
namespace {

using regulation::DutyState;
using regulation::Outcome;

SignificanceContext AllCriteria() {
  SignificanceContext context;
  for (const char* id : {"cra-14", "dora-2024-1772", "gdpr-33-34", "nis2-2024-2690", "nis2-23-3",
                         "nis2-be-ccb", "nis2-nl-overheid", "nis2-se-mcffs"}) {
    context.sets.push_back(Criteria(id));
  }
  return context;
}

const SignificanceContext& Context() {
  static const SignificanceContext context = AllCriteria();
  return context;
}

// An incident under `regime`, detected two hours before it was declared.
Case Detected(const std::string& regime = "nis2", const SignificanceContext& context = Context()) {
  Case c;
  // When all of the criteria are in force.
  c.now = At("2026-10-01T08:00:00Z");
  c.significance = &context;
  DeclareIncident command = ADeclaration();
  command.pack = Pack(regime);
  if (regime == "dora") command.entity_kind = "insurer";
  if (regime == "cer") command.entity_kind = "critical_entity";
  command.detect_time = c.now - absl::Hours(2);
  c.Do(command);
  return c;
}

AssessImpact Facts(Attributes facts) {
  return {std::move(facts), ""};
}
DecideSignificance Answer(bool significant) {
  return {"nis2", significant, "as the criteria say"};
}
const Ruling& Only(const Case& c) {
  return c.incident().rulings.front();
}
std::vector<std::string> MetNow(const Case& c) {
  return regulation::MetIds(Only(c).proposal->assessment);
}

using Ids = std::vector<std::string>;

}  // namespace

TEST_CASE("Proposal: recorded by the server when facts settle something, else not", "[domain]") {
  Case c = Detected();
  CHECK(EventsOf<CriteriaAssessed>(c.record()).empty());
  CHECK_FALSE(Only(c).proposal.has_value());
  c.Do(Facts({{"systems_affected", "12"}}));
  CHECK(EventsOf<CriteriaAssessed>(c.record()).empty());

  const auto entries = c.Do(Facts({{"severe_disruption", "yes"}}));
  const auto assessed = EventsOf<CriteriaAssessed>(entries);
  REQUIRE(assessed.size() == 1);
  CHECK(assessed[0].regime == "nis2");
  REQUIRE(assessed[0].assessment.sets.size() == 1);
  CHECK(assessed[0].assessment.sets[0].digest == Criteria("nis2-23-3")->digest.Hex());
  CHECK(CriteriaAreMet(Only(c)));
  for (const PendingEntry& entry : entries) {
    if (std::holds_alternative<CriteriaAssessed>(entry.event)) CHECK(entry.by_server);
  }
  // The same again is no news.
  CHECK(EventsOf<CriteriaAssessed>(c.Do(Facts({{"severe_disruption", "yes"}}))).empty());
}

TEST_CASE("Proposal: an old incident replays the same whatever criteria there are now",
          "[domain]") {
  Case c = Detected();
  c.Do(Facts({{"severe_disruption", "yes"}}));
  c.Do(Answer(true));
  // Folding reads no criteria at all.
  CHECK(Dump(c.Replayed()) == Dump(c.incident()));

  SignificanceContext newer = Context();
  auto changed = std::make_shared<regulation::CriteriaSet>(*Criteria("nis2-23-3"));
  changed->version = "2.0";
  changed->digest = Sha256("2.0");
  for (auto& set : newer.sets) {
    if (set->id == changed->id) set = changed;
  }
  c.significance = &newer;
  const uint64_t recorded = Only(c).proposal->sequence;
  c.Do(RecordAnchor{"aware", c.now, "the note was read"});
  CHECK(Only(c).proposal->sequence == recorded);
  CHECK(Only(c).proposal->assessment.sets[0].version == "1.0");
  // The next facts are held against the newer set, and the record says so.
  c.Do(Facts({{"severe_disruption_potential", "yes"}}));
  CHECK(Only(c).proposal->assessment.sets[0].version == "2.0");
}

TEST_CASE("Proposal: the entry since which an outcome is as it is", "[domain]") {
  Case c = Detected("nis2-be");
  c.Do(Facts({{"financial_loss_eur", "300000"}}));
  const uint64_t first = Only(c).proposal->sequence;
  CHECK(Only(c).proposal->changed_sequence == first);
  // Another number, the same outcome.
  c.Do(Facts({{"financial_loss_eur", "310000"}}));
  CHECK(Only(c).proposal->sequence > first);
  CHECK(Only(c).proposal->changed_sequence == first);
  c.Do(Facts({{"death", "yes"}}));
  CHECK(Only(c).proposal->changed_sequence == Only(c).proposal->sequence);
}

TEST_CASE("Decision: stores the criteria met then, and the version of their set", "[domain]") {
  Case c = Detected();
  c.Do(Facts({{"severe_disruption", "yes"}, {"considerable_damage_potential", "yes"}}));
  const auto decided = EventsOf<SignificanceDecided>(c.Do(Answer(true)));
  REQUIRE(decided.size() == 1);
  REQUIRE(decided[0].basis.size() == 1);
  CHECK(decided[0].basis[0].set == "nis2-23-3");
  CHECK(decided[0].basis[0].digest == Criteria("nis2-23-3")->digest.Hex());
  CHECK(decided[0].basis[0].met == Ids{"disruption", "others"});
  CHECK(Only(c).significance->met == Ids{"nis2-23-3:disruption", "nis2-23-3:others"});
  CHECK_FALSE(IsOutdated(Only(c)));
  CHECK(c.Refusal(Answer(true)) == "SIGNIFICANCE_UNCHANGED");
}

TEST_CASE("Decision: asked again when other criteria are met, and never changed", "[domain]") {
  Case c = Detected();
  c.Do(Facts({{"severe_disruption", "no"}}));
  c.Do(Answer(false));
  c.Do(Facts({{"considerable_damage", "unknown"}}));
  CHECK_FALSE(IsOutdated(Only(c)));

  c.Do(Facts({{"severe_disruption_potential", "yes"}}));
  CHECK(IsOutdated(Only(c)));
  CHECK(SinceDecision(Only(c)) == "now met: nis2-23-3:disruption");
  CHECK_FALSE(Only(c).significance->significant);
  CHECK(c.obligation("nis2.early_warning").duty.state == DutyState::kNotRequired);
  CHECK(SignificanceText(Only(c)) == "no (facts changed since: decide again)");
  CHECK_THAT(ExplainSignificance(Only(c)), ContainsSubstring("decide again: now met"));

  SECTION("the same answer, on the new facts") {
    c.Do(Answer(false));
    CHECK_FALSE(IsOutdated(Only(c)));
    CHECK(Only(c).significance->met == Ids{"nis2-23-3:disruption"});
    CHECK(c.Refusal(Answer(false)) == "SIGNIFICANCE_UNCHANGED");
  }
  SECTION("the other answer") {
    c.Do(Answer(true));
    CHECK_FALSE(IsOutdated(Only(c)));
  }
  SECTION("the facts go back") {
    c.Do(Facts({{"severe_disruption_potential", "no"}}));
    CHECK_FALSE(IsOutdated(Only(c)));
  }
  CHECK(Dump(c.Replayed()) == Dump(c.incident()));
}

TEST_CASE("Decision: what is no longer met asks again too", "[domain]") {
  Case c = Detected();
  c.Do(Facts({{"severe_disruption", "yes"}}));
  c.Do(Answer(true));
  c.Do(Facts({{"severe_disruption", "no"}, {"severe_disruption_potential", "no"}}));
  CHECK(SinceDecision(Only(c)) == "no longer met: nis2-23-3:disruption");
  // The duties stay until somebody decides.
  CHECK(c.obligation("nis2.recipients").duty.state != DutyState::kNotRequired);
}

TEST_CASE("Decision: one taken without criteria is asked again once some are met", "[domain]") {
  Case c = Detected();
  c.Do(Answer(true));
  CHECK(EventsOf<SignificanceDecided>(c.record())[0].basis.empty());
  c.Do(Facts({{"severe_disruption", "no"}}));
  CHECK_FALSE(IsOutdated(Only(c)));
  c.Do(Facts({{"severe_disruption", "yes"}}));
  CHECK(IsOutdated(Only(c)));
}

TEST_CASE(
    "Provisional: counted from the detection while criteria are met and awareness is not stated",
    "[domain]") {
  Case c = Detected();
  const absl::Time detected = c.now - absl::Hours(2);
  CHECK(c.obligation("nis2.early_warning").duty.state == DutyState::kNoDateYet);
  c.Do(Facts({{"severe_disruption", "yes"}}));

  const regulation::Duty& duty = c.obligation("nis2.early_warning").duty;
  CHECK(duty.state == DutyState::kDated);
  CHECK(duty.provisional);
  CHECK(duty.due == detected + absl::Hours(24));
  CHECK(duty.anchor == "detected");
  CHECK(duty.anchor_time == detected);
  CHECK_THAT(duty.arithmetic,
             ContainsSubstring("counted from 'detected' while 'aware' is not stated"));
  // The legal latest counts from awareness alone.
  CHECK_FALSE(duty.legal_latest.has_value());
  CHECK(c.obligation("nis2.notification").duty.due == detected + absl::Hours(72));
  // A date that rests on a filing waits for it.
  CHECK_FALSE(c.obligation("nis2.final").duty.due.has_value());
  CHECK(IsCountedFromDetection(c.incident(), c.obligation("nis2.early_warning")));
  CHECK_FALSE(IsCountedFromDetection(c.incident(), c.obligation("nis2.final")));

  SECTION("awareness takes its place") {
    c.Do(RecordAnchor{"aware", c.now, "the note was read"});
    CHECK(c.obligation("nis2.early_warning").duty.due == c.now + absl::Hours(24));
    CHECK(c.obligation("nis2.early_warning").duty.anchor == "aware");
    CHECK(c.obligation("nis2.early_warning").duty.provisional);
    CHECK_FALSE(IsCountedFromDetection(c.incident(), c.obligation("nis2.early_warning")));
  }
  SECTION("a yes keeps the clock in sight") {
    c.Do(Answer(true));
    CHECK(c.obligation("nis2.early_warning").duty.due == detected + absl::Hours(24));
    CHECK(c.obligation("nis2.early_warning").duty.provisional);
  }
  SECTION("a no ends it") {
    c.Do(Answer(false));
    CHECK(c.obligation("nis2.early_warning").duty.state == DutyState::kNotRequired);
  }
  SECTION("criteria that are no longer met end it") {
    c.Do(Facts({{"severe_disruption", "unknown"}}));
    CHECK(c.obligation("nis2.early_warning").duty.state == DutyState::kNoDateYet);
  }
  CHECK(Dump(c.Replayed()) == Dump(c.incident()));
}

TEST_CASE("Provisional: without a detection there is no date yet", "[domain]") {
  Case c = ADeclaredCase();
  c.significance = &Context();
  c.Do(Facts({{"severe_disruption", "yes"}}));
  CHECK(c.obligation("nis2.early_warning").duty.state == DutyState::kNoDateYet);
  // Stated later, the detection dates it.
  c.Do(RecordAnchor{"detected", c.now - absl::Hours(1), "the EDR saw it"});
  CHECK(c.obligation("nis2.early_warning").duty.due == c.now + absl::Hours(23));
}

TEST_CASE("Provisional: reminders and the miss come at the dates from detection", "[domain]") {
  Case c = Detected();
  const absl::Time detected = c.now - absl::Hours(2);
  c.Do(Facts({{"severe_disruption", "yes"}}));
  c.RunTimers(detected + absl::Hours(25));
  std::vector<int> percents;
  for (const ObligationReminded& reminded : EventsOf<ObligationReminded>(c.record())) {
    if (reminded.obligation == "nis2.early_warning") percents.push_back(reminded.percent);
  }
  CHECK(percents == std::vector<int>{50, 75, 90});
  CHECK(c.obligation("nis2.early_warning").state == ObligationState::kMissed);
  // Awareness shows that nothing was missed.
  c.Do(RecordAnchor{"aware", c.now - absl::Hours(1), "only now is it certain"});
  CHECK(c.obligation("nis2.early_warning").state == ObligationState::kOpen);
  CHECK(c.obligation("nis2.early_warning").duty.due == c.now + absl::Hours(23));
  CHECK(Dump(c.Replayed()) == Dump(c.incident()));
}

TEST_CASE("Close: waits for a decision on criteria that are met, and for one to be taken again",
          "[domain]") {
  Case c = ADeclaredCase();
  c.significance = &Context();
  c.Do(Facts({{"severe_disruption", "yes"}}));
  const CloseIncident close{"all done", "nothing to learn"};
  CHECK_THAT(std::string(c.Try(close).message()),
             ContainsSubstring("decision on significance under nis2"));
  c.Do(Answer(false));
  CHECK(c.Refusal(close).empty());
  c.Do(Facts({{"considerable_damage", "yes"}}));
  CHECK_THAT(std::string(c.Try(close).message()),
             ContainsSubstring("decision on significance under nis2"));
}

TEST_CASE("Profile: figures and sectors come from it, and facts of the incident go before",
          "[domain]") {
  regulation::Profile profile;
  CHECK(ProfileFacts(profile).empty());
  profile.sectors = {"cloud", "dns"};
  profile.turnover_eur = 4'000'000;
  profile.users_eu = 10'000'000;
  SignificanceContext context = Context();
  context.profile = ProfileFacts(profile);
  CHECK(context.profile == std::map<std::string, std::string>{{"sector", "cloud,dns"},
                                                              {"annual_turnover_eur", "4000000"},
                                                              {"service_users_eu", "10000000"}});
  Case c = Detected("nis2", context);
  c.Do(Facts({{"financial_loss_eur", "200001"}}));
  CHECK(MetNow(c) == Ids{"nis2-2024-2690:loss"});
  c.Do(Facts({{"annual_turnover_eur", "40000000"}}));
  CHECK(MetNow(c).empty());
  c.Do(Facts({{"sector", "health"}}));
  CHECK(Only(c).proposal->assessment.sets[0].set == "nis2-23-3");

  profile.sectors = std::vector<std::string>{};
  CHECK(ProfileFacts(profile).at("sector") == "none");
}

TEST_CASE("Recurrence: what others see of an incident, and what they must not", "[domain]") {
  Case c = Detected();
  CHECK(AsRelated(c.incident()) == nullptr);
  c.Do(Facts({{"root_cause_key", "vpn-cert"}, {"financial_loss_eur", "300000"}}));
  const auto related = AsRelated(c.incident());
  REQUIRE(related != nullptr);
  CHECK(related->number == c.incident().number);
  CHECK(related->time == c.now - absl::Hours(2));
  CHECK(related->facts.at("financial_loss_eur") == "300000");
  c.Do(Facts({{"root_cause_key", "unknown"}}));
  CHECK(AsRelated(c.incident()) == nullptr);

  for (const bool drill : {true, false}) {
    Case hidden;
    DeclareIncident command = ADeclaration();
    command.drill = drill;
    command.restricted = !drill;
    hidden.Do(command);
    hidden.Do(Facts({{"root_cause_key", "vpn-cert"}}));
    CHECK(AsRelated(hidden.incident()) == nullptr);
  }
}

TEST_CASE("Recurrence: the others count, the incident itself and drills do not", "[domain]") {
  Case other = Detected();
  other.Do(Facts({{"root_cause_key", "vpn-cert"}}));
  auto related = std::make_shared<regulation::RelatedIncident>(*AsRelated(other.incident()));
  SignificanceContext context = Context();
  context.related = {related};
  // Another incident would have another number.
  Case same = Detected("nis2-se", context);
  same.Do(Facts({{"root_cause_key", "vpn-cert"}}));
  CHECK(MetNow(same).empty());

  related->number = "INC-2026-0099";
  Case twice = Detected("nis2-se", context);
  twice.Do(Facts({{"root_cause_key", "vpn-cert"}}));
  CHECK(MetNow(twice) == Ids{"nis2-se-mcffs:recurring"});

  Case drill;
  drill.now = At("2026-10-01T08:00:00Z");
  drill.significance = &context;
  DeclareIncident command = ADeclaration();
  command.pack = Pack("nis2-se");
  command.drill = true;
  drill.Do(command);
  drill.Do(Facts({{"root_cause_key", "vpn-cert"}}));
  CHECK(MetNow(drill).empty());
}

TEST_CASE("Standing: as recorded, else as the facts stand, with what to do next", "[domain]") {
  Case c = Detected("nis2-be");
  const auto fresh = StandingsOf(c.incident(), "", Context());
  REQUIRE(fresh.ok());
  REQUIRE(fresh->size() == 1);
  CHECK((*fresh)[0].assessment.sets.size() == 2);
  CHECK((*fresh)[0].headline == "nis2-be: not known yet; state the missing facts.");
  c.Do(Facts({{"death", "yes"}}));
  CHECK_THAT((*StandingsOf(c.incident(), "NIS2-BE", Context()))[0].headline,
             ContainsSubstring("criteria are met (nis2-be-ccb:others)"));
  CHECK(ReasonOf(StandingsOf(c.incident(), "gdpr", Context()).status()) == "UNKNOWN_REGIME");

  Case none = Detected("cer");
  CHECK_THAT((*StandingsOf(none.incident(), "", Context()))[0].headline,
             ContainsSubstring("no criteria are known"));
}

TEST_CASE("Proposal: a regime that is adopted is assessed at once", "[domain]") {
  Case c = Detected();
  c.Do(Facts({{"personal_data", "yes"}, {"confidentiality_lost", "yes"}}));
  const auto entries = c.Do(AdoptRegime{Pack("gdpr"), "controller", "customer data"});
  const auto assessed = EventsOf<CriteriaAssessed>(entries);
  REQUIRE(assessed.size() == 1);
  CHECK(assessed[0].regime == "gdpr");
  CHECK(CriteriaAreMet(c.incident().rulings[1]));
  CHECK(c.obligation("gdpr.dpa_notification").duty.due == c.now + absl::Hours(70));
}

TEST_CASE("Proposal: DORA's cap runs from the detection until awareness is stated", "[domain]") {
  Case c = Detected("dora");
  const absl::Time detected = c.now - absl::Hours(2);
  c.Do(Facts({{"malicious_access", "yes"}, {"data_loss_possible", "yes"}}));
  CHECK(CriteriaAreMet(Only(c)));
  c.now = detected + absl::Hours(22);
  c.Do(RecordAnchor{"classified", c.now, "major"});
  CHECK(c.obligation("dora.initial").duty.due == detected + absl::Hours(24));
  CHECK(c.obligation("dora.initial").duty.provisional);
}

}  // namespace tocsin::domain
