// Every client is a witness: a server whose data directory was put back to an older copy starts
// well and looks well, and is found out by whoever saw more.
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "tests/e2e/harness.h"
#include "tests/support/catch.h"

namespace tocsin::e2e {
namespace {

namespace fs = std::filesystem;

constexpr int kHistoryChanged = 9;

struct Desk {
  Desk() {
    server.Start();
    admin = std::make_unique<Person>(Admin(server));
    ada = std::make_unique<Person>(NewPerson(*admin, server, "ada", {"commander", "ciso"}));
    ada->Do({"declare", "A case", "--severity", "sev3"});
    ada->Do({"log", "before the copy"});
  }
  void Copy() {
    server.Stop();
    fs::copy(server.data(), copy.File("data"), fs::copy_options::recursive);
    server.StartAgain();
  }
  void PutBack() {
    server.Stop();
    fs::remove_all(server.data());
    fs::copy(copy.File("data"), server.data(), fs::copy_options::recursive);
    server.StartAgain();
  }

  TempDir copy;
  Server server;
  std::unique_ptr<Person> admin;
  std::unique_ptr<Person> ada;
};

TEST_CASE(
    "Witness: a server that was put back to an older copy is noticed before anything is "
    "written",
    "[e2e][witness]") {
  Desk desk;
  desk.Copy();
  desk.ada->Do({"log", "after the copy"});
  const std::string seen = desk.ada->Do({"checkpoint", "show"});
  desk.PutBack();

  for (const std::vector<std::string>& line :
       {std::vector<std::string>{"status"}, {"log", "not there"}, {"queue", "flush"}, {"watch"}}) {
    const Exit exit = desk.ada->Run(line);
    INFO(line[0] << "\n" << exit.err);
    CHECK(exit.code == kHistoryChanged);
    CHECK_THAT(exit.err, ContainsSubstring("not the one this account saw before"));
    CHECK_THAT(exit.err, ContainsSubstring("seen before:\ntocsin/default/"));
    CHECK_THAT(exit.err, ContainsSubstring("shown now:\ntocsin/default/"));
  }
  client::Connection connection = desk.ada->Connect();
  const uint64_t size = LogSize(connection);
  CHECK(desk.ada->Do({"checkpoint", "show"}) == seen);

  // The log grows past what was seen, with another past: no size hides that.
  const std::string incident = Declare(connection, "Another past");
  for (int i = 0; i < 10; ++i) {
    MustCall(connection, &v1::TimelineService::Stub::RecordEntry,
             Observation(incident, absl::StrCat("entry ", i)));
  }
  CHECK(LogSize(connection) > size + 10);
  const Exit forked = desk.ada->Run({"status"});
  CHECK(forked.code == kHistoryChanged);
  CHECK_THAT(forked.err, ContainsSubstring("cannot prove that it begins with"));
}

TEST_CASE("Witness: after a restore that the operator confirmed a person can go on",
          "[e2e][witness]") {
  Desk desk;
  desk.Copy();
  desk.ada->Do({"log", "after the copy"});
  desk.PutBack();
  REQUIRE(desk.ada->Run({"status"}).code == kHistoryChanged);

  CHECK(desk.ada->Run({"checkpoint", "accept"}).code == 2);
  CHECK(desk.ada->Run({"status"}).code == kHistoryChanged);
  desk.ada->Do({"checkpoint", "accept", "--organisation", "default"});

  desk.ada->Do({"log", "after the restore"});
  desk.ada->Do({"status"});
}

TEST_CASE("Witness: who saw no more than the copy has nothing to complain of", "[e2e][witness]") {
  Desk desk;
  desk.Copy();
  desk.PutBack();
  desk.ada->Do({"log", "goes on"});
  desk.ada->Do({"status"});
  desk.server.Stop();
  desk.server.StartAgain();
  desk.ada->Do({"status"});
}

}  // namespace
}  // namespace tocsin::e2e
