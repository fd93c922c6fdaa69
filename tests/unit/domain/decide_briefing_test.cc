#include "server/base/error.h"
#include "server/domain/decide.h"
#include "tests/support/catch.h"
#include "tests/support/domain_fixture.h"

namespace tocsin::domain {
namespace {

constexpr IncidentRole kCommander = IncidentRole::kCommander;

bool Commands(const Case& c, const PrincipalId& who) {
  return HoldsRole(c.incident(), kCommander, who);
}

}  // namespace

TEST_CASE("Handover: command passes at acceptance, not before", "[domain]") {
  Case c = ADeclaredCase();
  c.Do(OfferHandover{kCommander, Person(2), "all quiet"});
  CHECK(Commands(c, Person(1)));
  CHECK(IsMember(c.incident(), Person(2)));

  c.author = Person(2);
  c.Do(AnswerHandover{kCommander, true, ""});
  CHECK(Commands(c, Person(2)));
  CHECK_FALSE(Commands(c, Person(1)));
  CHECK(c.Refusal(AnswerHandover{kCommander, true, ""}) == "NO_OFFER");
  CHECK(Dump(c.Replayed()) == Dump(c.incident()));
}

TEST_CASE("Handover: a declined offer leaves everything as it was, with its reason", "[domain]") {
  Case c = ADeclaredCase();
  c.Do(OfferHandover{kCommander, Person(2), "all quiet"});
  c.author = Person(2);
  CHECK(c.Refusal(AnswerHandover{kCommander, false, ""}) == "TEXT_EMPTY");
  const auto entries = c.Do(AnswerHandover{kCommander, false, "on a train"});
  CHECK(EventsOf<HandoverAnswered>(entries).at(0).because == "on a train");
  CHECK(Commands(c, Person(1)));
  CHECK(c.incident().offers.empty());
}

TEST_CASE("Handover: only what one holds can be offered, and only to somebody else", "[domain]") {
  Case c = ADeclaredCase();
  CHECK(c.Refusal(OfferHandover{kCommander, Person(1), "x"}) == "ROLE_ALREADY_HELD");
  CHECK(c.Refusal(OfferHandover{kCommander, PrincipalId{}, "x"}) == "NO_PERSON");
  CHECK(c.Refusal(OfferHandover{kCommander, Person(2), " "}) == "TEXT_EMPTY");
  CHECK(c.Refusal(OfferHandover{IncidentRole::kScribe, Person(2), "x"}) == "ROLE_NOT_HELD");
  c.author = Person(3);
  CHECK(c.Refusal(OfferHandover{kCommander, Person(2), "x"}) == "ROLE_NOT_HELD");
  CHECK(c.Refusal(AnswerHandover{kCommander, true, ""}) == "NO_OFFER");
}

TEST_CASE("Handover: a new offer takes the place of the one before", "[domain]") {
  Case c = ADeclaredCase();
  c.Do(OfferHandover{kCommander, Person(2), "x"});
  c.Do(OfferHandover{kCommander, Person(3), "x"});
  c.author = Person(2);
  CHECK(c.Refusal(AnswerHandover{kCommander, true, ""}) == "NO_OFFER");
  c.author = Person(3);
  c.Do(AnswerHandover{kCommander, true, ""});
  CHECK(Commands(c, Person(3)));
}

TEST_CASE("Handover: an offer ends when the role is assigned otherwise", "[domain]") {
  Case c = ADeclaredCase();
  c.Do(OfferHandover{kCommander, Person(2), "x"});
  c.Do(AssignRole{kCommander, Person(4)});
  c.author = Person(2);
  CHECK(c.Refusal(AnswerHandover{kCommander, true, ""}) == "NO_OFFER");
  CHECK(Commands(c, Person(4)));
}

TEST_CASE("Handover: of a role that many hold, only one's own part passes", "[domain]") {
  Case c = ADeclaredCase();
  c.Do(AssignRole{IncidentRole::kResponder, Person(1)});
  c.Do(AssignRole{IncidentRole::kResponder, Person(5)});
  c.Do(OfferHandover{IncidentRole::kResponder, Person(2), "x"});
  c.author = Person(2);
  c.Do(AnswerHandover{IncidentRole::kResponder, true, ""});
  CHECK(HoldsRole(c.incident(), IncidentRole::kResponder, Person(5)));
  CHECK(HoldsRole(c.incident(), IncidentRole::kResponder, Person(2)));
  CHECK_FALSE(HoldsRole(c.incident(), IncidentRole::kResponder, Person(1)));
}

TEST_CASE("Situation report: it is recorded under the label of its audience", "[domain]") {
  Case c = ADeclaredCase();
  CHECK(c.Refusal(SendSituationReport{Audience::kTeam, "", "x", "x"}) == "TEXT_EMPTY");
  const auto customers = c.Do(SendSituationReport{Audience::kCustomers, "mail is down", "", ""});
  CHECK(customers.at(0).tlp == Tlp::kGreen);
  const auto team = c.Do(SendSituationReport{Audience::kTeam, "a", "b", "c"});
  CHECK(team.at(0).tlp == c.incident().tlp);
  CHECK(c.incident().reported.at(Audience::kTeam) == c.incident().last_sequence);
  c.Do(CloseIncident{"done", "nothing to learn"});
  CHECK(c.Refusal(SendSituationReport{Audience::kTeam, "a", "", ""}) == "INCIDENT_CLOSED");
  CHECK(c.Refusal(OfferHandover{kCommander, Person(2), "x"}) == "INCIDENT_CLOSED");
}

}  // namespace tocsin::domain
