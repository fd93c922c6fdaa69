// Who may do what, through the binaries: the table of roles, restricted incidents, revoked tokens.
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "server/base/error.h"
#include "tests/e2e/harness.h"
#include "tests/e2e/watcher.h"
#include "tests/support/catch.h"
#include "tocsin/v1/access.grpc.pb.h"

namespace tocsin::e2e {
namespace {

struct Staff {
  Staff() : admin((server.Start(), Admin(server))), ada(New("ada", {"commander", "ciso"})) {}
  Person New(const std::string& handle, const std::vector<std::string>& roles) {
    return NewPerson(admin, server, handle, roles);
  }
  std::string Declare(std::vector<std::string> more = {}) {
    std::vector<std::string> arguments = {"declare", "A case", "--severity", "sev3", "-o", "id"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return std::string(absl::StripAsciiWhitespace(ada.Do(arguments)));
  }

  Server server;
  Person admin;
  Person ada;
};

// What each of these verbs says to a person without the right; nothing may be written.
void RefusedWith4(Staff& staff, const Person& person,
                  const std::vector<std::vector<std::string>>& verbs) {
  client::Connection connection = staff.ada.Connect();
  const uint64_t before = LogSize(connection);
  for (const std::vector<std::string>& verb : verbs) {
    person.Refused(4, "your role in the organisation does not allow this", verb);
  }
  CHECK(LogSize(connection) == before);
}

}  // namespace

TEST_CASE("Rights: each role does what its row says and no more", "[e2e][rights]") {
  Staff staff;
  const std::string incident = staff.Declare();
  const Person viewer = staff.New("vic", {"viewer"});
  const Person responder = staff.New("rex", {"responder"});
  const Person lawyer = staff.New("lea", {"legal"});
  const Person auditor = staff.New("ali", {"auditor"});
  for (const Person* person : {&viewer, &responder, &lawyer, &auditor}) {
    person->Do({"use", incident});
    CHECK_THAT(person->Do({"timeline"}), ContainsSubstring("A case"));
  }

  RefusedWith4(
      staff, viewer,
      {{"log", "no"}, {"declare", "no", "--severity", "sev4"}, {"close", "--because", "no"}});
  RefusedWith4(staff, responder,
               {{"close", "--because", "no"},
                {"phase", "investigation", "--because", "no"},
                {"severity", "sev1", "--because", "no"},
                {"role", "assign", "scribe", "@rex"},
                {"significant", "yes", "--because", "no"},
                {"principal", "add", "eve", "--role", "admin"}});
  RefusedWith4(staff, lawyer,
               {{"close", "--because", "no"}, {"phase", "investigation", "--because", "no"}});
  RefusedWith4(staff, auditor, {{"log", "no"}, {"notify", "approve", "early_warning"}});

  responder.Do({"log", "I may write"});
  lawyer.Do({"significant", "no", "--because", "nobody is affected"});
  auditor.Do({"export", "--format", "json", "--out", auditor.File("bundle.json")});
  CHECK(VerifyWithPython(auditor.File("bundle.json")).code == 0);
}

TEST_CASE("Rights: a restricted incident does not exist for others", "[e2e][rights]") {
  Staff staff;
  const Person rex = staff.New("rex", {"responder"});
  const std::string incident = staff.Declare({"--restricted"});
  v1::WatchEntriesRequest wide;
  const Watcher watcher(rex.Connect(), wide);
  REQUIRE(watcher.WaitUntilLive(absl::Seconds(20)));

  staff.ada.Do({"log", "only members read this"});
  const std::string unknown = rex.Refused(3, "no such incident", {"status", "INC-1999-0001"});
  const std::string hidden = rex.Refused(3, "no such incident", {"status", incident});
  rex.Refused(3, "no such incident", {"log", "hello", "--incident", incident});
  rex.Refused(3, "no such incident", {"timeline", incident});
  CHECK(hidden == unknown);
  CHECK(rex.Do({"list", "-o", "id"}).empty());

  // Something the outsider may see comes after it, so that "nothing" is not just "not yet".
  staff.ada.Do({"declare", "An open case", "--severity", "sev4"});
  REQUIRE(
      watcher
          .WaitFor([](const v1::Entry& e) { return absl::StrContains(e.text(), "An open case"); },
                   absl::Seconds(20))
          .has_value());
  for (const v1::Entry& entry : watcher.entries()) {
    CHECK_FALSE(absl::EndsWith(entry.incident(), incident));
  }
  staff.ada.Do({"member", "add", "@rex", "--incident", incident});
  CHECK_THAT(rex.Do({"timeline", incident}), ContainsSubstring("only members read this"));
}

TEST_CASE("Rights: a revoked token ends at once, streams included", "[e2e][rights]") {
  Staff staff;
  const std::string incident = staff.Declare();
  const Person rex = staff.New("rex", {"responder"});
  const std::string token = rex.Json({"whoami"})["token_id"];
  v1::WatchEntriesRequest request;
  request.set_incident("incidents/" + incident);
  const Watcher watcher(rex.Connect(), request);
  REQUIRE(watcher.WaitUntilLive(absl::Seconds(20)));

  staff.admin.Do({"token", "revoke", token});
  staff.ada.Do({"log", "after the revocation"});

  rex.Refused(4, "token", {"whoami"});
  rex.Refused(4, "token", {"log", "still me", "--incident", incident});
  const std::optional<grpc::Status> end = watcher.WaitForEnd(absl::Seconds(20));
  REQUIRE(end.has_value());
  CHECK(end->error_code() == grpc::StatusCode::UNAUTHENTICATED);
  for (const v1::Entry& entry : watcher.entries()) CHECK(entry.text() != "after the revocation");
}

TEST_CASE("Rights: an enrolment code works once, and only the right one", "[e2e][rights]") {
  Staff staff;
  const std::string code(absl::StripAsciiWhitespace(
      staff.admin.Do({"principal", "add", "rex", "--role", "responder", "-o", "id"})));
  client::Connection connection = staff.ada.Connect();
  const auto enrol = [&](const std::string& given, const std::string& fingerprint) {
    return std::vector<std::string>{"enrol",    "--server", staff.server.endpoint(),
                                    "--code",   given,      "--fingerprint",
                                    fingerprint};
  };
  const Person rex("rex");
  const uint64_t before = LogSize(connection);
  rex.Refused(4, "code", enrol("AAAA-BBBB-CCCC-DDDD", staff.server.fingerprint()));
  rex.Refused(4, "fingerprint", enrol(code, "SHA256:" + std::string(43, 'A')));
  CHECK(LogSize(connection) == before);
  rex.Do(enrol(code, staff.server.fingerprint()));
  const uint64_t after = LogSize(connection);

  const Person eve("eve");
  eve.Refused(4, "code", enrol(code, staff.server.fingerprint()));

  CHECK(LogSize(connection) == after);
  CHECK(rex.Json({"whoami"})["principal"]["handle"] == "@rex");
}

}  // namespace tocsin::e2e
