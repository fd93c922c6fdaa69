// What the configuration decides: several organisations that do not see each other, limits that
// hold, mistakes that are named by line and column before the server starts.
#include <atomic>
#include <mutex>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "clients/core/errors.h"
#include "server/base/error.h"
#include "tests/e2e/harness.h"
#include "tests/support/catch.h"
#include "tocsin/v1/access.grpc.pb.h"

namespace tocsin::e2e {
namespace {

constexpr char kTwoOrganisations[] = R"(organisations:
  - name: alpha
    time_zone: Europe/Amsterdam
    entity: Alpha Hospital
    contacts: "soc@alpha.example"
  - name: beta
    time_zone: Europe/Berlin
)";

std::string Declared(const Person& person, const std::string& title) {
  return std::string(
      absl::StripAsciiWhitespace(person.Do({"declare", title, "--severity", "sev2", "-o", "id"})));
}

}  // namespace

TEST_CASE("Config: another organisation's incident is like none at all", "[e2e][config]") {
  const TempDir dir;
  WriteFile(dir.File("two.yaml"), kTwoOrganisations);
  Server server({.config = dir.File("two.yaml"), .organisations = 2, .files_max = 0});
  server.Start();
  const Person ada =
      NewPerson(Admin(server, "alpha"), server, "ada", {"commander", "ciso", "legal"});
  const Person bea =
      NewPerson(Admin(server, "beta"), server, "bea", {"commander", "ciso", "legal"});
  Declared(ada, "First of alpha");
  const std::string second = Declared(ada, "Second of alpha");
  CHECK(ada.Json({"whoami"})["organisation"] == "alpha");
  client::Connection alpha = ada.Connect();
  client::Connection beta = bea.Connect();
  const uint64_t alpha_size = LogSize(alpha);
  const uint64_t beta_size = LogSize(beta);
  const std::string never = "INC-1999-0001";

  const auto both = [&](std::vector<std::string> before, std::vector<std::string> after) {
    std::vector<std::string> answers;
    for (const std::string& incident : {second, never}) {
      std::vector<std::string> arguments = before;
      arguments.push_back(incident);
      arguments.insert(arguments.end(), after.begin(), after.end());
      answers.push_back(bea.Refused(3, "no such incident", arguments));
    }
    CHECK(answers[0] == answers[1]);
  };
  both({"status"}, {});
  both({"timeline"}, {});
  both({"use"}, {});
  both({"log", "hello", "--incident"}, {});
  both({"close", "--because", "not mine", "--incident"}, {});
  both({"aware", "--at", "2026-06-10T08:15:00Z", "--because", "not mine", "--incident"}, {});
  both({"notify", "draft", "early_warning", "--incident"}, {});
  both({"playbook", "start", "ransomware", "--incident"}, {});
  both({"export"}, {"--format", "json", "--out", bea.File("stolen.json")});
  CHECK(bea.Do({"list", "-o", "id"}).empty());

  CHECK(LogSize(alpha) == alpha_size);
  CHECK(LogSize(beta) == beta_size);
  // Each numbers its own incidents, and its own profile fills the forms.
  CHECK(Declared(bea, "First of beta").substr(8) == "-0001");
  CHECK_THAT(ada.Do({"notify", "draft", "early_warning"}), ContainsSubstring("Alpha Hospital"));
  CHECK(ada.Json({"status"})["time_zone"] == "Europe/Amsterdam");
}

TEST_CASE("Config: a full queue refuses with a next step and writes nothing", "[e2e][config]") {
  const TempDir dir;
  WriteFile(dir.File("small.yaml"), "limits:\n  queue_length: 1\n");
  Server server({.config = dir.File("small.yaml"), .organisations = 1, .files_max = 0});
  server.Start();
  const Person ada = NewPerson(Admin(server), server, "ada", {"commander", "ciso"});
  client::Connection connection = ada.Connect();
  const std::string incident = Declare(connection, "A busy day");
  const size_t before = Timeline(connection, incident).size();
  std::atomic<size_t> recorded{0};
  std::atomic<size_t> refused{0};
  std::mutex mutex;
  std::vector<std::string> wrong;
  const client::Connection::Options credentials = ada.Credentials();

  std::vector<std::thread> callers;
  for (int caller = 0; caller < 16; ++caller) {
    callers.emplace_back([&, caller] {
      client::Connection own(credentials);
      v1::TimelineService::Stub stub(own.channel());
      for (int i = 0; i < 100 && refused < 20; ++i) {
        grpc::ClientContext context;
        own.Prepare(context, absl::Seconds(20));
        // So many connections at once may have to wait for their turn.
        context.set_wait_for_ready(true);
        v1::WriteResult result;
        const absl::Status status = client::FromRpc(stub.RecordEntry(
            &context, Observation(incident, absl::StrCat("caller ", caller, " line ", i)),
            &result));
        const bool full = status.code() == absl::StatusCode::kResourceExhausted &&
                          ReasonOf(status) == "QUEUE_FULL" && !NextStepOf(status).empty();
        if (status.ok()) {
          ++recorded;
        } else if (full) {
          ++refused;
        } else {
          const std::lock_guard lock(mutex);
          wrong.push_back(status.ToString());
        }
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  if (wrong.size() > 3) wrong.resize(3);

  CHECK(refused > 0);
  CHECK(wrong == std::vector<std::string>());
  CHECK(Timeline(connection, incident).size() == before + recorded);
}

TEST_CASE("Config: a mistake is named by line and column, and nothing starts", "[e2e][config]") {
  const TempDir dir;
  const auto check = [&](const std::string& text) {
    WriteFile(dir.File("tocsin.yaml"), text);
    return Run(
        {.arguments = {ServerBinary(), "check-config", "--config", dir.File("tocsin.yaml")}});
  };
  CHECK(check(kTwoOrganisations).code == 0);

  const Exit misspelt = check("listen: 127.0.0.1:0\nlimits:\n  queue_lenght: 5\n");
  CHECK(misspelt.code != 0);
  CHECK_THAT(misspelt.err, ContainsSubstring("tocsin.yaml:3:3"));
  CHECK_THAT(misspelt.err, ContainsSubstring("queue_length"));
  CHECK_THAT(misspelt.err, ContainsSubstring("next: "));
  CHECK_THAT(check("organisations:\n  - name: a\n    time_zone: Mars/Base\n").err,
             ContainsSubstring("tocsin.yaml:3:"));

  WriteFile(dir.File("tocsin.yaml"), "listne: 127.0.0.1:0\n");
  const Exit serve = Run({.arguments = {ServerBinary(), "serve", "--data", dir.File("data"),
                                        "--config", dir.File("tocsin.yaml")}});
  CHECK(serve.code != 0);
  CHECK_THAT(serve.err, ContainsSubstring("tocsin.yaml:1:1"));
  WriteFile(dir.File("tocsin.yaml"), "organisations:\n  - name: a\n    regime: nis3\n");
  const Exit regime = Run({.arguments = {ServerBinary(), "serve", "--data", dir.File("data"),
                                         "--config", dir.File("tocsin.yaml")}});
  CHECK(regime.code != 0);
  CHECK_THAT(regime.err, ContainsSubstring("nis3"));
  CHECK_THAT(check("organisations:\n  - name: a\n    regime: nis3\n").err,
             ContainsSubstring("nis3"));
  CHECK_THAT(check("organisations:\n  - name: a\n    country: XX\n").err, ContainsSubstring("XX"));
  CHECK(check("organisations:\n  - name: a\n    entity_kind: bank\n").code == 2);
  const Exit library = Run({.arguments = {ServerBinary(), "check-library"}});
  CHECK(library.code == 0);
  CHECK_THAT(library.out, ContainsSubstring("rule packs"));
  const Exit no_library =
      Run({.arguments = {ServerBinary(), "check-library", "--library", dir.File("none")}});
  CHECK(no_library.code == 1);
  const Exit unknown = Run({.arguments = {ServerBinary(), "sevre"}});
  CHECK(unknown.code != 0);
  CHECK_FALSE(unknown.err.empty());
}

}  // namespace tocsin::e2e
