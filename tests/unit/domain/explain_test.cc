#include "server/domain/explain.h"

#include <algorithm>

#include "absl/strings/str_join.h"
#include "server/domain/obligations.h"
#include "tests/support/catch.h"
#include "tests/support/domain_fixture.h"

namespace tocsin::domain {
namespace {

std::string MoversOf(const Case& c, const std::string& stage,
                     const regulation::RulePack* offered = nullptr) {
  const auto obligation = RequireObligation(c.incident(), stage);
  REQUIRE(obligation.ok());
  return absl::StrJoin(WhatWouldMove(c.incident(), **obligation, offered, c.now, nullptr), "\n");
}

Case UnderDora() {
  Case c;
  DeclareIncident command = ADeclaration();
  command.pack = Pack("dora");
  command.entity_kind = "payment_institution";
  c.Do(command);
  return c;
}

}  // namespace

TEST_CASE("WhatWouldMove: awareness forward at once, back with a second person", "[domain]") {
  const std::string waiting = MoversOf(ADeclaredCase(), "early_warning");
  CHECK_THAT(waiting, ContainsSubstring("stating awareness starts the clock"));
  CHECK_THAT(waiting, ContainsSubstring("undecided: a yes makes this duty firm, a no ends it"));
  Case c = ASignificantCase();
  const std::string text = MoversOf(c, "early_warning");
  CHECK_THAT(text, ContainsSubstring("earlier moment of awareness pulls it forward at once"));
  CHECK_THAT(text, ContainsSubstring("approval of a second person"));
  CHECK_THAT(text, ContainsSubstring("not reportable after all ends the duty"));
}

TEST_CASE("WhatWouldMove: a pending later awareness says which date it would give", "[domain]") {
  Case c = ASignificantCase();
  c.now += absl::Hours(2);
  c.Do(RecordAnchor{"aware", c.now - absl::Hours(1), "an hour later"});
  CHECK_THAT(
      MoversOf(c, "early_warning"),
      ContainsSubstring("states a later awareness, 2026-06-10T09:00:00Z, and awaits a second "
                        "person; approved, this would be due 2026-06-11T09:00:00Z"));
  // The final report counts from a filing.
  CHECK(MoversOf(c, "final").find("awaits a second") == std::string::npos);
}

TEST_CASE("WhatWouldMove: the filing that a report counts from, and the incident that goes on",
          "[domain]") {
  Case c = ASignificantCase();
  const std::string before = MoversOf(c, "final");
  CHECK_THAT(before, ContainsSubstring("filing 'Incident notification' starts the clock: the "
                                       "earlier it is filed, the earlier this is due"));
  CHECK_THAT(before, ContainsSubstring("still ongoing at that date, it counts from 'handled'"));
  c.Do(RecordSubmission{"notification", {}, "portal", "", ""});
  CHECK_THAT(MoversOf(c, "final"), ContainsSubstring("which stands as it was recorded"));
  CHECK_THAT(MoversOf(c, "progress"), ContainsSubstring("'handled' at or before that date"));
  CHECK_THAT(MoversOf(c, "notification"), ContainsSubstring("the filing stands"));
  CHECK_THAT(MoversOf(c, "recipients"), ContainsSubstring("gives no number"));
}

TEST_CASE("WhatWouldMove: caps, restarts and statements follow from the rule", "[domain]") {
  Case c = UnderDora();
  const std::string initial = MoversOf(c, "initial");
  CHECK_THAT(initial, ContainsSubstring("stating 'classified' starts the clock"));
  CHECK_THAT(initial, ContainsSubstring("never later than 24 h after 'aware', unless 'classified' "
                                        "itself lies later"));
  CHECK_THAT(MoversOf(c, "final"),
             ContainsSubstring("each 'intermediate_updated' starts the term"));
  c.Do(RecordAnchor{"aware", c.now, "seen"});
  c.Do(RecordAnchor{"classified", c.now, "major"});
  CHECK_THAT(MoversOf(c, "initial"),
             ContainsSubstring("another statement of 'classified' moves it: the last one counts"));
}

TEST_CASE("WhatWouldMove: the calendar of the legal latest, or that there is none", "[domain]") {
  Case c = ASignificantCase();
  c.Do(RecordSubmission{"notification", {}, "portal", "", ""});
  CHECK_THAT(MoversOf(c, "final"), ContainsSubstring("weekends only"));
  Case belgian;
  belgian.calendars = ShippedCalendars({"BE"});
  DeclareIncident command = ADeclaration();
  command.establishment.country = "BE";
  belgian.Do(command);
  belgian.Do(RecordAnchor{"aware", belgian.now, "seen"});
  belgian.Do(RecordSubmission{"notification", {}, "portal", "", ""});
  CHECK_THAT(MoversOf(belgian, "final"),
             ContainsSubstring("the holidays of BE, known for 2025 to 2030"));
}

TEST_CASE("WhatWouldMove: a newer pack moves nothing until it is adopted", "[domain]") {
  const Case c = ASignificantCase();
  CHECK_THAT(MoversOf(c, "early_warning", &Nis2()->pack),
             ContainsSubstring("moves nothing until somebody adopts it"));
  regulation::RulePack newer = Nis2()->pack;
  newer.version = "9.9";
  newer.digest = Sha256("newer");
  CHECK_THAT(
      MoversOf(c, "early_warning", &newer),
      ContainsSubstring("offers version 9.9 of the rule pack; it moves nothing until somebody "
                        "adopts it: tocsin regimes diff nis2"));
}

TEST_CASE("WhatWouldMove: every duty of every pack is explained", "[domain]") {
  for (const char* id : {"nis2-nl", "nis2-pt", "gdpr", "dora", "cra", "cer", "eidas", "eprivacy",
                         "ai_act", "sec_8k", "ch_isg", "uk_gdpr"}) {
    INFO(id);
    for (const regulation::EntityKind& kind : Pack(id)->pack.entity_kinds) {
      Case c;
      DeclareIncident command = ADeclaration();
      command.pack = Pack(id);
      command.entity_kind = kind.kind;
      c.Do(command);
      c.Do(RecordAnchor{"aware", c.now, "seen"});
      for (const Obligation& obligation : c.incident().obligations) {
        INFO(obligation.id);
        const auto sentences = WhatWouldMove(c.incident(), obligation, nullptr, c.now, nullptr);
        CHECK(sentences.size() >= 3);
        CHECK(std::none_of(sentences.begin(), sentences.end(), [](const std::string& sentence) {
          return sentence.find("''") != std::string::npos;
        }));
      }
    }
  }
}

}  // namespace tocsin::domain
