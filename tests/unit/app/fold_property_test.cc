// After any commands whatsoever the catalogue, the rows, the people and the timers are what a fold
// of the stored entries says, before and after a restart.
#include <random>

#include "server/app/secrets.h"
#include "server/base/error.h"
#include "tests/support/catch.h"
#include "tests/unit/app/app_fixture.h"

namespace tocsin::app {
namespace {

class Chance {
 public:
  explicit Chance(uint32_t seed) : engine_(seed) {}
  int Below(int n) { return static_cast<int>(engine_() % static_cast<uint32_t>(n)); }
  template <typename T>
  const T& Of(const std::vector<T>& values) {
    return values[static_cast<size_t>(Below(static_cast<int>(values.size())))];
  }

 private:
  std::mt19937 engine_;
};

std::string Stage(Chance& chance) {
  return chance.Of<std::string>({"early_warning", "notification", "final", "progress",
                                 "intermediate", "csirt_response", "nonsense"});
}

std::string Step(Chance& chance) {
  const auto& steps = domain::Ransomware()->definition.steps;
  return steps[static_cast<size_t>(chance.Below(static_cast<int>(steps.size())))].id;
}

PrincipalId Somebody(Chance& chance) {
  return domain::Person(static_cast<uint8_t>(chance.Below(9)));
}

domain::Command TimelineCommand(Chance& chance, absl::Time now) {
  const auto sequence = static_cast<uint64_t>(chance.Below(40));
  switch (chance.Below(8)) {
    case 0:
      return domain::CorrectEntry{sequence, "corrected"};
    case 1:
      return domain::RetractEntry{sequence, "not so"};
    case 2:
      return domain::ExportIncident{"full", {}};
    case 3:
      return domain::OpenReview{};
    case 4:
      return domain::AddFinding{FindingKind::kLesson, "a lesson", {}};
    case 5:
      return domain::AddActionItem{"do it", Somebody(chance), now + absl::Hours(100),
                                   ActionType::kPrevent};
    case 6:
      return domain::CompleteActionItem{"action-1", "done"};
    default: {
      domain::RecordEntry entry;
      entry.text = "entry " + std::to_string(chance.Below(1000));
      if (chance.Below(3) == 0) entry.occur_time = now - absl::Minutes(chance.Below(10'000));
      return entry;
    }
  }
}

domain::Command ResponseCommand(Chance& chance) {
  switch (chance.Below(13)) {
    case 0:
      return domain::ChangePhase{*FromNumber<Phase>(1 + chance.Below(6)), "so it is"};
    case 1:
      return domain::ChangeSeverity{*FromNumber<Severity>(1 + chance.Below(4)), "worse"};
    case 2:
      return domain::AssignRole{*FromNumber<IncidentRole>(1 + chance.Below(8)), Somebody(chance)};
    case 3:
      return domain::AddMember{Somebody(chance)};
    case 4:
      return domain::CloseIncident{"over", "nothing to learn"};
    case 5:
      return domain::ReopenIncident{"not over"};
    case 6:
      return domain::StartRun{domain::Ransomware()};
    case 7:
      return domain::AssignStep{"", Step(chance), Somebody(chance)};
    case 8:
      return domain::SkipStep{"", Step(chance), "does not apply"};
    case 9:
      return domain::PublishReview{"what we learnt", "nobody else is here"};
    case 10:
      return domain::AcknowledgeAlert{static_cast<uint64_t>(chance.Below(40))};
    default:
      return domain::CompleteStep{"", Step(chance), "seen"};
  }
}

domain::Command LegalCommand(Chance& chance, absl::Time now) {
  const absl::Time past = now - absl::Minutes(chance.Below(5000));
  switch (chance.Below(10)) {
    case 0:
    case 1:
      return domain::RecordAnchor{
          chance.Of<std::string>({"occurred", "detected", "aware", "classified", "handled"}), past,
          "stated"};
    case 2:
      return domain::AssessImpact{{{"users_affected", "1200"}}, "first count"};
    case 3:
      return domain::DecideSignificance{"nis2", chance.Below(4) > 0, "judged"};
    case 4:
      return domain::RequestIntermediate{"the authority asked", std::nullopt};
    case 5:
      return domain::DraftNotification{Stage(chance), {}};
    case 6:
      return domain::ApproveNotification{Stage(chance)};
    case 7:
      return domain::RecordSubmission{.stage = Stage(chance),
                                      .submit_time = past,
                                      .channel = "portal",
                                      .reference = "A-1",
                                      .late_reason = "the portal was down"};
    case 8:
      return domain::RecordAcknowledgement{Stage(chance), past, "B-2"};
    default:
      return domain::WaiveObligation{Stage(chance), "not owed"};
  }
}

domain::Command AnyCommand(Chance& chance, absl::Time now) {
  switch (chance.Below(3)) {
    case 0:
      return TimelineCommand(chance, now);
    case 1:
      return ResponseCommand(chance);
    default:
      return LegalCommand(chance, now);
  }
}

domain::DeclareIncident AnyDeclaration(Chance& chance) {
  domain::DeclareIncident declaration = domain::ADeclaration();
  declaration.restricted = chance.Below(3) == 0;
  declaration.historical = chance.Below(6) == 0;
  if (chance.Below(3) == 0) declaration.playbook = domain::Ransomware();
  if (declaration.historical) declaration.pack = nullptr;
  return declaration;
}

domain::DirectoryCommand AnyDirectoryCommand(Chance& chance, absl::Time now) {
  const std::string handle = "person-" + std::to_string(chance.Below(6));
  const Digest code = Sha256({std::to_string(chance.Below(10))});
  const std::string token = "0123456789abcde" + std::to_string(chance.Below(8));
  switch (chance.Below(4)) {
    case 0:
      return domain::CreatePrincipal{NewId<PrincipalId>(),  handle, "",
                                     {OrgRole::kResponder}, code,   now + absl::Hours(9)};
    case 1:
      return domain::IssueCode{handle, code, now + absl::Hours(9)};
    case 2:
      return domain::RedeemCode{code, TokenId::FromBytes(token), code, now + absl::Hours(9), ""};
    default:
      return domain::RevokeToken{TokenId::FromBytes(token)};
  }
}

}  // namespace

TEST_CASE(
    "Fold: catalogue, rows, people and timers are the fold of the stored entries after any "
    "commands") {
  size_t accepted = 0;
  size_t refused = 0;
  for (uint32_t seed = 1; seed <= 12; ++seed) {
    CAPTURE(seed);
    Chance chance(seed);
    TestServer server;
    server.chains[server.acme] = {
        {.role = IncidentRole::kCommander, .person = {}, .handle = "", .wait = absl::Hours(1)},
        {.role = std::nullopt, .person = {}, .handle = "@person-1", .wait = absl::Hours(2)}};
    server.Restart();
    std::vector<std::pair<OrgNumber, IncidentId>> incidents;
    std::vector<std::shared_ptr<Answer>> answers;
    std::vector<Request> sent;
    const auto submit = [&](Request request) {
      if (chance.Below(20) == 0 && !sent.empty()) request = chance.Of(sent);
      sent.push_back(request);
      answers.push_back(server.Submit(std::move(request)));
    };
    for (int round = 0; round < 60; ++round) {
      if (round % 12 == 0) {
        const OrgNumber org = chance.Below(3) == 0 ? server.globex : server.acme;
        incidents.emplace_back(
            org, server.MustDo(server.Make(IncidentId{}, AnyDeclaration(chance), org)).incident);
      }
      for (int i = chance.Below(12); i >= 0; --i) {
        const auto& [org, incident] = chance.Of(incidents);
        submit(server.Make(incident, AnyCommand(chance, server.clock.Now()), org));
      }
      submit(server.Make(AnyDirectoryCommand(chance, server.clock.Now())));
      // Readers in between make the catalogue share what it holds.
      if (chance.Below(2) == 0) {
        const auto& [org, incident] = chance.Of(incidents);
        CHECK(server.catalog->Snapshot(org, incident).ok());
      }
      server.Run();
      if (chance.Below(3) == 0) server.clock.Advance(absl::Minutes(chance.Below(3000)));
      if (chance.Below(10) == 0) server.clock.Set(server.clock.Now() - absl::Hours(2));
      server.RunTimers();
      if (round % 15 == 7) server.Restart();
      if (round % 6 == 0) REQUIRE(server.Inconsistency() == "");
    }
    REQUIRE(server.Inconsistency() == "");
    server.Restart();
    REQUIRE(server.Inconsistency() == "");
    for (const auto& answer : answers) {
      REQUIRE(answer->calls == 1);
      ++(answer->outcome.ok() ? accepted : refused);
    }
    CHECK(server.database->Scrub(server.acme).ok());
  }
  // The commands are worth something: neither all refused nor all taken.
  CHECK(accepted > 1000);
  CHECK(refused > 500);
}

}  // namespace tocsin::app
