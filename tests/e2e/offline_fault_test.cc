// The offline queue when things go wrong while it is used: programs and servers killed in the
// middle, broken files, a full disk, a wrong clock, a token that ends.
#include <csignal>
#include <filesystem>
#include <fstream>

#include "absl/strings/match.h"
#include "clients/core/proto_time.h"
#include "clients/core/system_clock.h"
#include "tests/e2e/offline_desk.h"
#include "tocsin/v1/access.grpc.pb.h"

namespace tocsin::e2e {
namespace {

// What a program says on standard error comes through the pipe, so that a test can wait for it.
Command WithErrorsInPipe(Command command) {
  command.arguments.insert(command.arguments.begin(), {"/bin/sh", "-c", "exec \"$0\" \"$@\" 2>&1"});
  return command;
}

bool WaitFor(Process& process, const std::string& text) {
  return process.WaitForOutput([&](const std::string& out) { return absl::StrContains(out, text); },
                               absl::Seconds(60));
}

TEST_CASE("Offline: a server that dies in the middle of the sending gets each write once, in order",
          "[e2e][offline]") {
  OfflineDesk desk;
  const std::vector<std::string> expected = desk.Fill(150, client::SystemNow());
  Process flush(WithErrorsInPipe(desk.ada->CommandOf({"queue", "flush"})), desk.ada->File("flush"));
  REQUIRE(WaitFor(flush, "q-50 is recorded"));

  desk.server.Kill();
  CHECK(flush.Wait(absl::Seconds(60)) == kUnreachable);
  const size_t left = desk.AdasQueue().Read()->writes.size();
  CHECK(left > 0);
  CHECK(left <= 100);
  desk.server.StartAgain();

  const Exit list = desk.ada->Run({"list"});
  INFO(list.err);
  CHECK(list.code == 0);
  CHECK(desk.Texts() == expected);
  CHECK(desk.AdasQueue().Read()->writes.empty());
}

TEST_CASE(
    "Offline: a program that is killed in the middle of the sending loses and doubles nothing",
    "[e2e][offline]") {
  OfflineDesk desk;
  const std::vector<std::string> expected = desk.Fill(150, client::SystemNow());
  Process flush(WithErrorsInPipe(desk.ada->CommandOf({"queue", "flush"})), desk.ada->File("flush"));
  REQUIRE(WaitFor(flush, "q-50 is recorded"));
  flush.Signal(SIGKILL);
  CHECK(flush.Wait(absl::Seconds(60)) == 128 + SIGKILL);

  CHECK(desk.ada->Run({"queue", "flush"}).code == 0);

  CHECK(desk.Texts() == expected);
}

TEST_CASE("Offline: a file that is cut off stays, and the others are sent", "[e2e][offline]") {
  OfflineDesk desk;
  desk.Fill(3, client::SystemNow());
  const std::string torn = desk.AdasQueue().directory() + "/q-00000002.json";
  std::filesystem::resize_file(torn, 100);

  const Exit flush = desk.ada->Run({"queue", "flush"});

  INFO(flush.err);
  CHECK(flush.code == kFinding);
  CHECK_THAT(flush.err, ContainsSubstring("NOT RECORDED: 1 of the offline queue cannot be read"));
  CHECK(desk.Texts() == std::vector<std::string>{"queued text 1", "queued text 3"});
  CHECK(std::filesystem::file_size(torn) == 100);
  CHECK_THAT(desk.ada->Run({"queue", "list"}).err, ContainsSubstring(torn));
}

TEST_CASE("Offline: a disk that takes no more is told, and what was queued before stays whole",
          "[e2e][offline]") {
  OfflineDesk desk;
  desk.server.Kill();
  desk.Queue("queued before");
  Command command = desk.ada->CommandOf({"log", std::string(30'000, 'x')});
  // No file may grow over 8 KiB.
  command.arguments.insert(command.arguments.begin(),
                           {"/bin/sh", "-c", "ulimit -f 16; exec \"$0\" \"$@\""});

  const Exit full = Run(command);

  INFO(full.err);
  CHECK(full.code == 1);
  CHECK_THAT(full.err, ContainsSubstring("the offline queue did not take it: cannot write "));
  CHECK_THAT(full.err, ContainsSubstring("\nrecorded: no\nnext: Nothing was saved"));
  desk.server.StartAgain();
  CHECK(desk.ada->Run({"queue", "flush"}).code == 0);
  CHECK(desk.Texts() == std::vector<std::string>{"queued before"});
}

TEST_CASE("Offline: what cannot be printed is an error, and the write stands", "[e2e][offline]") {
  OfflineDesk desk;
  Command command = desk.ada->CommandOf({"log", "recorded all the same"});
  command.arguments.insert(command.arguments.begin(),
                           {"/bin/sh", "-c", "exec \"$0\" \"$@\" > /dev/full"});

  const Exit exit = Run(command);

  CHECK(exit.code == 1);
  CHECK_THAT(exit.err, ContainsSubstring("cannot write the output"));
  CHECK(desk.Texts() == std::vector<std::string>{"recorded all the same"});
}

TEST_CASE("Offline: a clock that was wrong is marked, and holds no entry back", "[e2e][offline]") {
  OfflineDesk desk;
  const absl::Time now = client::SystemNow();
  desk.Fill(1, now + absl::Hours(24 * 365));

  const Exit ahead = desk.ada->Run({"list"});
  INFO(ahead.err);
  CHECK_THAT(ahead.err, ContainsSubstring("q-1 is recorded"));
  desk.Fill(1, now - absl::Hours(24 * 365));
  CHECK(desk.ada->Run({"queue", "flush"}).code == 0);

  const std::vector<v1::Entry> written = desk.Written();
  REQUIRE(written.size() == 2);
  CHECK(client::FromProto(written[0].occur_time()) < client::SystemNow());
  CHECK(written[0].attributes().at("clock") == "client-ahead");
  CHECK(
      absl::StartsWith(written[0].attributes().at("queued_time"),
                       absl::FormatTime("%Y-", now + absl::Hours(24 * 365), absl::UTCTimeZone())));
  CHECK(client::FromProto(written[1].occur_time()) < now - absl::Hours(24 * 364));
  CHECK(written[1].attributes().at("clock") == "client");
}

TEST_CASE("Offline: a token that is revoked keeps what waits for the next one", "[e2e][offline]") {
  OfflineDesk desk;
  desk.Fill(2, client::SystemNow());
  client::Connection connection = desk.ada->Connect();
  MustCall(connection, &v1::AccessService::Stub::RevokeToken, v1::RevokeTokenRequest());

  const Exit refused = desk.ada->Run({"status"});
  INFO(refused.err);
  CHECK(refused.code == kNoRights);
  CHECK_THAT(refused.err, ContainsSubstring("NOT YET RECORDED: 2 writes wait"));
  CHECK(desk.ada->Run({"queue", "flush"}).code == kNoRights);
  CHECK(desk.AdasQueue().Read()->writes.size() == 2);

  const std::string code =
      desk.admin->Json({"principal", "code", "@ada"})["code"].get<std::string>();
  desk.ada->Enrol(desk.server, code);
  CHECK(desk.ada->Run({"queue", "flush"}).code == 0);
  CHECK(desk.Texts().size() == 2);
}

}  // namespace
}  // namespace tocsin::e2e
