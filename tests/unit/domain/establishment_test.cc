// One law in two countries, the clock and the holidays of each, and that neither a new calendar nor
// new zone data moves a date in silence.
#include "server/domain/establishment.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_replace.h"
#include "server/domain/describe.h"
#include "server/domain/obligations.h"
#include "tests/support/catch.h"
#include "tests/support/domain_fixture.h"

namespace tocsin::domain {
namespace {

Establishment In(const std::string& country, const std::string& zone) {
  return {country, ZoneNamed(zone), nullptr};
}

RecordSubmission Filed(std::string obligation) {
  RecordSubmission command;
  command.stage = std::move(obligation);
  command.channel = "portal";
  command.late_reason = "the clock was found late";
  return command;
}

// NIS2 in Belgium, GDPR in Belgium and Finland, DORA in Belgium.
Case InTwoCountries() {
  Case c;
  c.calendars = ShippedCalendars({"BE", "FI", "US"});
  DeclareIncident command = ADeclaration();
  command.pack = Pack("nis2-be");
  command.establishment = In("BE", "Europe/Brussels");
  command.further = {{Pack("gdpr"), "controller", In("BE", "Europe/Brussels")},
                     {Pack("gdpr"), "controller", In("FI", "Europe/Helsinki")},
                     {Pack("dora"), "insurer", In("BE", "Europe/Brussels")}};
  c.Do(command);
  return c;
}

AdoptRegime Adopted(const std::string& pack, std::string kind) {
  AdoptRegime command;
  command.pack = Pack(pack);
  command.entity_kind = std::move(kind);
  command.because = "it binds us";
  return command;
}

}  // namespace

TEST_CASE("Establishments: one law in two countries is two rulings, each duty once", "[domain]") {
  Case c = InTwoCountries();
  c.Do(RecordAnchor{"aware", c.now, "the SOC called"});
  std::vector<std::string> rulings;
  for (const Ruling& ruling : c.incident().rulings) rulings.push_back(ruling.id());
  CHECK(rulings == std::vector<std::string>{"nis2-be", "gdpr", "gdpr@fi", "dora"});
  std::set<std::string> ids;
  for (const Obligation& obligation : c.incident().obligations) {
    CHECK(ids.insert(obligation.id).second);
    CHECK(RulingOf(c.incident(), obligation) != nullptr);
  }
  CHECK(ids.contains("gdpr.dpa_notification"));
  CHECK(ids.contains("gdpr@fi.dpa_notification"));
  CHECK(c.obligation("gdpr.dpa_notification").zone_name == "Europe/Brussels");
  CHECK(c.obligation("gdpr@fi.dpa_notification").zone_name == "Europe/Helsinki");
  const Ruling* finnish = RulingOf(c.incident(), c.obligation("gdpr@fi.dpa_notification"));
  CHECK(finnish->establishment->calendar->calendar.country == "FI");
  CHECK(Dump(c.Replayed()) == Dump(c.incident()));
}

TEST_CASE("Establishments: a filing and a decision count for their own country only", "[domain]") {
  Case c = InTwoCountries();
  c.Do(RecordAnchor{"aware", c.now, "the SOC called"});
  CHECK(c.Refusal(DecideSignificance{"GDPR", true, "data left"}) == "WHICH_REGIME");
  c.Do(DecideSignificance{"gdpr@fi", true, "Finnish data left"});
  CHECK(c.obligation("gdpr.dpa_notification").duty.provisional);
  CHECK_FALSE(c.obligation("gdpr@fi.dpa_notification").duty.provisional);
  CHECK(c.Refusal(Filed("dpa_notification")) == "WHICH_OBLIGATION");
  c.Do(Filed("gdpr@fi.dpa_notification"));
  CHECK(c.obligation("gdpr@fi.dpa_notification").state == ObligationState::kMet);
  CHECK(c.obligation("gdpr.dpa_notification").state == ObligationState::kOpen);
}

TEST_CASE("Establishments: civil dates are counted in the zone of each", "[domain]") {
  Case c;
  c.calendars = ShippedCalendars({"BE", "FI"});
  DeclareIncident command = ADeclaration();
  command.pack = Pack("dora");
  command.entity_kind = "insurer";
  command.establishment = In("BE", "Europe/Brussels");
  command.further = {{Pack("dora"), "insurer", In("FI", "Europe/Helsinki")}};
  c.Do(command);
  // 30 October 23:30 in Brussels is 31 October 00:30 in Helsinki: the last day of one month and the
  // one before it.
  c.now = At("2026-10-30T22:30:00Z");
  c.Do(RecordAnchor{"aware", c.now, "the SOC called"});
  c.Do(RecordAnchor{"classified", c.now, "major"});
  for (const char* regime : {"dora", "dora@fi"}) c.Do(DecideSignificance{regime, true, "major"});
  for (const char* regime : {"dora", "dora@fi"}) {
    c.Do(Filed(std::string(regime) + ".initial"));
    c.Do(Filed(std::string(regime) + ".intermediate"));
  }
  CHECK(c.obligation("dora.final").duty.due == At("2026-11-30T22:30:00Z"));
  CHECK(c.obligation("dora@fi.final").duty.due == At("2026-11-29T22:30:00Z"));
}

TEST_CASE("Establishments: a further one is adopted beside the first and needs a country",
          "[domain]") {
  Case c = ADeclaredCase();
  c.calendars = ShippedCalendars({"NL"});
  AdoptRegime gdpr = Adopted("gdpr", "controller");
  c.Do(gdpr);
  CHECK(c.Refusal(gdpr) == "REGIME_UNCHANGED");
  gdpr.establishment_stated = true;
  CHECK(c.Refusal(gdpr) == "REGIME_UNCHANGED");
  gdpr.establishment = In("NL", "Europe/Amsterdam");
  const auto comparison = CompareRegime(c.incident(), gdpr, c.context());
  REQUIRE(comparison.ok());
  CHECK(comparison->offered.id() == "gdpr@nl");
  CHECK_FALSE(comparison->present.has_value());
  c.Do(gdpr);
  CHECK(c.Refusal(gdpr) == "REGIME_UNCHANGED");
  gdpr.establishment = {};
  gdpr.establishment_stated = false;
  CHECK(c.Refusal(gdpr) == "WHICH_ESTABLISHMENT");
  CHECK(c.incident().rulings.size() == 3);
  CHECK(Dump(c.Replayed()) == Dump(c.incident()));
}

TEST_CASE("Establishments: a national law is answered in its own country", "[domain]") {
  Case c = ADeclaredCase();
  AdoptRegime belgian = Adopted("nis2-be", "essential");
  belgian.establishment = In("NL", "Europe/Amsterdam");
  belgian.establishment_stated = true;
  CHECK(c.Refusal(belgian) == "WRONG_ESTABLISHMENT");
  belgian.establishment = In("BE", "Europe/Brussels");
  CHECK(c.Refusal(belgian).empty());
  // One that counts by a clock of its own binds wherever the company sits.
  AdoptRegime american = Adopted("sec_8k", "us_registrant");
  american.establishment = In("NL", "America/New_York");
  american.establishment_stated = true;
  CHECK(c.Refusal(american).empty());
}

TEST_CASE("Establishments: an incident is not put twice under one law of one country", "[domain]") {
  DeclareIncident command = ADeclaration();
  command.further = {{Pack("gdpr"), "controller", In("BE", "Europe/Brussels")},
                     {Pack("gdpr"), "processor", In("BE", "Europe/Brussels")}};
  CHECK(Case().Refusal(command) == "REGIME_TWICE");
  command.further[1].establishment = {};
  CHECK(Case().Refusal(command) == "WHICH_ESTABLISHMENT");
  command.further[1].establishment = In("NL", "Europe/Amsterdam");
  CHECK(Case().Refusal(command).empty());
}

TEST_CASE("Establishments: Form 8-K counts federal business days to 17:30 in New York",
          "[domain]") {
  Case c;
  c.calendars = ShippedCalendars({"BE", "US"});
  DeclareIncident command = ADeclaration();
  command.further = {{Pack("sec_8k"), "us_registrant", In("BE", "America/New_York")}};
  c.Do(command);
  // Monday before Thanksgiving: 24, 25, 27 and 30 November count.
  c.now = At("2026-11-23T15:00:00Z");
  c.Do(RecordAnchor{"materiality_determined", c.now, "the board said so"});
  CHECK(c.obligation("sec_8k.item_1_05").duty.due == At("2026-11-30T22:30:00Z"));
  CHECK(c.obligation("sec_8k.item_1_05").zone_name == "America/New_York");
  // Beyond the years of the calendar only weekends are known, and the date says so.
  c.now = At("2031-01-02T15:00:00Z");
  c.Do(RecordAnchor{"materiality_determined", c.now, "a later finding"});
  CHECK_THAT(c.obligation("sec_8k.item_1_05").duty.arithmetic,
             ContainsSubstring("the holidays of US are known for 2025 to 2030 only"));
}

TEST_CASE("Pinning: a new calendar moves no date until somebody adopts it", "[domain]") {
  const std::string belgian = ShippedCalendars({"BE"})["BE"]->file;
  Case c;
  c.calendars = ShippedCalendars({"BE"});
  DeclareIncident command = ADeclaration();
  command.pack = Pack("nis2-be");
  command.establishment = In("BE", "Europe/Brussels");
  c.Do(command);
  c.Do(RecordAnchor{"aware", c.now, "the SOC called"});
  c.Do(DecideSignificance{"nis2-be", true, "service down"});
  c.now = At("2026-06-10T12:00:00Z");
  c.Do(Filed("early_warning"));
  c.Do(Filed("notification"));
  const absl::Time end_of_day = At("2026-07-10T22:00:00Z");  // a Friday
  REQUIRE(c.obligation("final").duty.legal_latest == end_of_day);

  // From now on the library says that this Friday is a holiday.
  c.calendars["BE"] = CalendarFile(
      absl::StrReplaceAll(belgian, {{"  - {date: 2026-07-21,",
                                     "  - {date: 2026-07-10, name: \"new\"}\n  - {date: "
                                     "2026-07-21,"}}));
  REQUIRE(c.calendars["BE"]->digest != Sha256(belgian));
  const Incident before = c.Replayed();
  c.Do(RecordAnchor{"detected", c.now - absl::Hours(8), "log line"});
  CHECK(c.obligation("final").duty.legal_latest == end_of_day);
  CHECK(before.rulings.front().establishment->calendar->digest == Sha256(belgian));

  AdoptRegime adopt = Adopted("nis2-be", "");
  const auto comparison = CompareRegime(c.incident(), adopt, c.context());
  REQUIRE(comparison.ok());
  REQUIRE(comparison->present.has_value());
  const absl::Time monday = At("2026-07-13T22:00:00Z");
  const auto final_change =
      std::find_if(comparison->changes.begin(), comparison->changes.end(),
                   [](const DutyChange& change) { return change.obligation == "nis2-be.final"; });
  REQUIRE(final_change != comparison->changes.end());
  CHECK(final_change->due == final_change->offered_due);
  CHECK(final_change->legal_latest == end_of_day);
  CHECK(final_change->offered_legal_latest == monday);
  c.Do(adopt);
  CHECK(c.obligation("final").duty.legal_latest == monday);
  CHECK(c.incident().rulings.front().establishment->country == "BE");
  CHECK(Dump(c.Replayed()) == Dump(c.incident()));
}

TEST_CASE("Zone data: its version stands with each computed date", "[domain]") {
  Case c;
  c.zone_data = "2026a";
  c.Do(ADeclaration());
  c.Do(RecordAnchor{"aware", c.now, "the SOC called"});
  CHECK(c.obligation("early_warning").zone_data == "2026a");
  c.zone_data = "2026b";
  // The same date under new data is no news.
  CHECK(EventsOf<ObligationUpdated>(c.Do(DecideSignificance{"nis2", true, "down"})).empty());
  CHECK(c.obligation("early_warning").zone_data == "2026a");
  CHECK(Dump(c.Replayed()) == Dump(c.incident()));
}

TEST_CASE("Zone data: a date that new data move is updated at the next command, naming both",
          "[domain]") {
  Case c;
  c.zone_data = "2026a";
  DeclareIncident command = ADeclaration();
  command.zone.rules = absl::FixedTimeZone(2 * 60 * 60);
  c.Do(command);
  c.Do(RecordAnchor{"aware", c.now, "the SOC called"});
  c.Do(DecideSignificance{"nis2", true, "down"});
  // Near midnight, so that an hour is a day, and with it the last of a shorter month.
  c.now = At("2026-08-30T22:30:00Z");
  c.Do(Filed("early_warning"));
  c.Do(Filed("notification"));
  const absl::Time due = *c.obligation("final").duty.due;
  CHECK(due == At("2026-09-29T22:30:00Z"));

  // The same zone by its rules of after a decree.
  c.zone_data = "2026b";
  for (Ruling& ruling : c.mutable_incident().rulings) {
    ruling.establishment->zone.rules = absl::FixedTimeZone(60 * 60);
  }
  CHECK(c.obligation("final").duty.due == due);
  c.now += absl::Hours(1);
  const auto updates =
      EventsOf<ObligationUpdated>(c.Do(RecordAnchor{"detected", c.now, "log line"}));
  const auto found = std::find_if(
      updates.begin(), updates.end(),
      [](const ObligationUpdated& update) { return update.obligation == "nis2.final"; });
  REQUIRE(found != updates.end());
  const ObligationUpdated& moved = *found;
  CHECK(moved.duty.due == At("2026-09-30T22:30:00Z"));
  CHECK(moved.zone_data == "2026b");
  CHECK(moved.former_zone_data == "2026a");
  CHECK_THAT(Describe(moved, [](const PrincipalId&) { return std::string(); }),
             ContainsSubstring("moved by time zone data 2026b, before 2026a"));
  CHECK(c.obligation("final").former_zone_data == "2026a");
  CHECK(Dump(c.Replayed()).find("2026b/2026a") != std::string::npos);
}

TEST_CASE("Zone data: what a command moves is not put down to new data", "[domain]") {
  Case c;
  c.zone_data = "2026a";
  c.Do(ADeclaration());
  c.Do(RecordAnchor{"aware", c.now, "the SOC called"});
  PinnedPack changed = *Nis2();
  changed.pack.digest = Sha256("2.0");
  for (regulation::StageRule& rule : changed.pack.stages) {
    if (rule.stage == "early_warning") rule.due->amount = 12;
  }
  c.zone_data = "2026b";
  AdoptRegime adopt{std::make_shared<const PinnedPack>(std::move(changed)), "", "amended"};
  const auto updates = EventsOf<ObligationUpdated>(c.Do(adopt));
  REQUIRE_FALSE(updates.empty());
  for (const ObligationUpdated& update : updates) CHECK(update.former_zone_data.empty());
}

}  // namespace tocsin::domain
