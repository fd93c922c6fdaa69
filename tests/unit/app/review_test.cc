// Reviews and action items on a real store: restarts with something overdue meanwhile, two people
// at once, and timers that outlive the incident's closing.
#include "server/domain/review.h"
#include "absl/strings/str_cat.h"
#include "tests/support/catch.h"
#include "tests/support/domain_fixture.h"
#include "tests/unit/app/app_fixture.h"

namespace tocsin::app {
namespace {

using domain::Person;

constexpr absl::Duration kDay = absl::Hours(24);

// A review with one item that is due in 30 days, published by Person(1), closed.
IncidentId ClosedWithAnItem(TestServer& server) {
  const IncidentId incident = server.Declare();
  server.MustDo(server.Make(incident, domain::OpenReview{}));
  server.MustDo(server.Make(
      incident, domain::AddFinding{FindingKind::kBad, "no restore was tested", {}, {}, ""}));
  server.MustDo(server.Make(incident, domain::AddActionItem{"test the restore",
                                                            Person(2),
                                                            server.clock.Now() + 30 * kDay,
                                                            ActionType::kMitigate,
                                                            {}}));
  server.MustDo(server.Make(incident, domain::PublishReview{"all told", "nobody else is here"}));
  server.MustDo(server.Make(incident, domain::CloseIncident{"done"}));
  return incident;
}

// "0 at +30 d" for each alert, with what is wrong with it if anything.
std::vector<std::string> Alerts(const TestServer& server, const IncidentId& incident,
                                absl::Time start) {
  std::vector<std::string> alerts;
  for (const store::StoredEntry& entry : server.Entries(incident)) {
    const auto* alert = std::get_if<domain::ActionItemAlerted>(&entry.pending.event);
    if (alert == nullptr) continue;
    alerts.push_back(absl::StrCat(static_cast<int>(alert->alert), " at +",
                                  (alert->fire_time - start) / kDay, " d"));
    if (!entry.record.actor.empty()) alerts.back() += " by a person";
    if (entry.pending.occur_time != alert->fire_time) alerts.back() += " with a false time";
  }
  return alerts;
}

Request As(Request request, uint8_t person) {
  request.author = Person(person);
  return request;
}

}  // namespace

TEST_CASE("Action items: reminded, overdue and asked about after the incident is closed") {
  TestServer server;
  const absl::Time start = server.clock.Now();
  const IncidentId incident = ClosedWithAnItem(server);
  server.clock.Advance(23 * kDay);
  server.RunTimers();
  server.clock.Advance(8 * kDay);
  server.RunTimers();
  CHECK(Alerts(server, incident, start) == std::vector<std::string>{"-7 at +23 d", "0 at +30 d"});
  server.MustDo(As(server.Make(incident, domain::CompleteActionItem{"action-1", "log"}), 2));
  server.clock.Advance(89 * kDay);
  server.RunTimers();
  CHECK(Alerts(server, incident, start).size() == 2);
  server.clock.Advance(kDay);
  server.RunTimers();
  CHECK(Alerts(server, incident, start).back() == "90 at +121 d");
  server.MustDo(server.Make(
      incident, domain::EvaluateActionItem{"action-1", Helped::kYes, "the restore works"}));
  server.clock.Advance(400 * kDay);
  server.RunTimers();
  CHECK(Alerts(server, incident, start).size() == 3);
  CHECK(server.Inconsistency() == "");
}

TEST_CASE("Action items: overdue while the server was down, recorded once with its true time") {
  TestServer server;
  const absl::Time start = server.clock.Now();
  const IncidentId incident = ClosedWithAnItem(server);
  server.Close();
  server.clock.Advance(40 * kDay);
  server.Open();
  server.RunTimers();
  const std::vector<std::string> expected = {"0 at +30 d", "7 at +37 d"};
  CHECK(Alerts(server, incident, start) == expected);
  server.Restart();
  server.RunTimers();
  CHECK(Alerts(server, incident, start) == expected);
  CHECK(server.Inconsistency() == "");
  const auto state = server.catalog->Get(server.acme, incident);
  REQUIRE(state.ok());
  CHECK(state->closed());
  CHECK(domain::IsOverdue(state->review.action_items[0], server.clock.Now()));
}

TEST_CASE("Action items: done before the timers ran after downtime, the miss stands all the same") {
  TestServer server;
  const absl::Time start = server.clock.Now();
  const IncidentId incident = ClosedWithAnItem(server);
  server.Close();
  server.clock.Advance(31 * kDay);
  server.Open();
  server.MustDo(As(server.Make(incident, domain::CompleteActionItem{"action-1", "log"}), 2));
  server.RunTimers();
  CHECK(Alerts(server, incident, start) == std::vector<std::string>{"0 at +30 d"});
  CHECK(server.Inconsistency() == "");
}

TEST_CASE("Review: two people approve at once, one of them does") {
  TestServer server;
  const IncidentId incident = server.Declare();
  server.MustDo(server.Make(incident, domain::OpenReview{}));
  server.MustDo(server.Make(incident, domain::AddFinding{FindingKind::kBad, "x", {}, {}, ""}));
  server.MustDo(server.Make(incident, domain::SubmitReview{"all told"}));
  const auto bob = server.Submit(As(server.Make(incident, domain::ReadReview{true, "", 0}), 2));
  const auto eve = server.Submit(As(server.Make(incident, domain::ReadReview{true, "", 0}), 3));
  server.Run();
  CHECK(bob->outcome.ok());
  CHECK(eve->reason() == "REVIEW_ALREADY_READ");
  CHECK(server.Inconsistency() == "");
}

TEST_CASE("Review: an approval and an addition at once, whichever order the record has") {
  for (const bool addition_first : {true, false}) {
    TestServer server;
    const IncidentId incident = server.Declare();
    server.MustDo(server.Make(incident, domain::OpenReview{}));
    server.MustDo(server.Make(incident, domain::AddFinding{FindingKind::kBad, "x", {}, {}, ""}));
    const Outcome submitted =
        server.MustDo(server.Make(incident, domain::SubmitReview{"all told"}));
    const Request add =
        As(server.Make(incident, domain::AddFinding{FindingKind::kWell, "y", {}, {}, ""}), 3);
    const Request approve =
        As(server.Make(incident, domain::ReadReview{true, "", submitted.last_sequence}), 2);
    const auto first = server.Submit(addition_first ? add : approve);
    const auto second = server.Submit(addition_first ? approve : add);
    server.Run();
    CHECK(first->outcome.ok());
    CHECK(second->reason() == (addition_first ? "REVIEW_CHANGED" : ""));
    // What was added after the approval was not approved: either way it is a draft again.
    CHECK(server.catalog->Get(server.acme, incident)->review.state == domain::ReviewState::kOpen);
    CHECK(server.ReasonFor(server.Make(incident, domain::PublishReview{})) == "REVIEW_NOT_READ");
    CHECK(server.Inconsistency() == "");
  }
}

TEST_CASE("Review: half way through, a restart changes nothing") {
  TestServer server;
  const IncidentId incident = server.Declare();
  domain::ReviewGuide guide{"g", "Guide", "1", {}, {}};
  guide.questions.push_back({"luck", ReviewPart::kLuck, "What was luck?", FindingKind::kLucky});
  server.MustDo(server.Make(incident, domain::OpenReview{guide}));
  server.MustDo(server.Make(incident, domain::InviteToReview{{Person(2)}, {}}));
  server.MustDo(
      As(server.Make(incident,
                     domain::AddFinding{FindingKind::kLucky, "it was a Sunday", {}, {1}, "luck"}),
         2));
  server.MustDo(server.Make(incident, domain::SubmitReview{"all told"}));
  const std::string before = domain::Dump(*server.catalog->Get(server.acme, incident));
  server.Restart();
  CHECK(domain::Dump(*server.catalog->Get(server.acme, incident)) == before);
  server.MustDo(As(server.Make(incident, domain::ReadReview{true, "", 0}), 2));
  server.Restart();
  server.MustDo(server.Make(incident, domain::PublishReview{}));
  CHECK(server.catalog->Get(server.acme, incident)->review.state ==
        domain::ReviewState::kPublished);
}

}  // namespace tocsin::app
