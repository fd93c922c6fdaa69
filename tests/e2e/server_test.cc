// The life of the server as its operator and its watchers see it: start, stop, refusals, lost
// evidence, a hostile network.
#include <arpa/inet.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/support/byte_buffer.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <future>
#include <iostream>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "server/base/error.h"
#include "tests/e2e/harness.h"
#include "tests/e2e/watcher.h"
#include "tests/support/catch.h"
#include "tocsin/v1/access.grpc.pb.h"

namespace tocsin::e2e {
namespace {

struct Site {
  explicit Site(Server::Options options = Server::Options()) : server(std::move(options)) {
    server.Start();
    ada = std::make_unique<Person>(NewPerson(Admin(server), server, "ada", {"commander", "ciso"}));
    ada->Follow(server);
  }
  void Restart() {
    server.Start();
    ada->Follow(server);
  }

  Server server;
  std::unique_ptr<Person> ada;
};

void Record(client::Connection& connection, const std::string& incident, const std::string& text) {
  MustCall(connection, &v1::TimelineService::Stub::RecordEntry, Observation(incident, text));
}

v1::WatchEntriesRequest WatchOf(const std::string& incident, uint64_t after = 0) {
  v1::WatchEntriesRequest request;
  request.set_incident(incident);
  request.set_after_sequence(after);
  return request;
}

std::string NewestWal(const std::string& data) {
  std::filesystem::path newest;
  for (const auto& file : std::filesystem::recursive_directory_iterator(data)) {
    const std::string stem = file.path().stem().string();
    uint64_t number = 0;
    if (file.path().extension() != ".log" || !absl::SimpleAtoi(stem, &number)) continue;
    if (newest.empty() || stem > newest.stem().string()) newest = file.path();
  }
  REQUIRE_FALSE(newest.empty());
  return newest.string();
}

// grpc.health.v1.Health/Check of the whole server, by its bytes: field 1 = 1 is SERVING.
std::string HealthBytes(const client::Connection& connection) {
  grpc::GenericStub stub(connection.channel());
  grpc::ClientContext context;
  connection.Prepare(context, absl::Seconds(10));
  const grpc::Slice empty("");
  grpc::ByteBuffer request(&empty, 1);
  grpc::ByteBuffer response;
  std::promise<grpc::Status> done;
  stub.UnaryCall(&context, "/grpc.health.v1.Health/Check", grpc::StubOptions(), &request, &response,
                 [&](const grpc::Status& status) { done.set_value(status); });
  const grpc::Status status = done.get_future().get();
  INFO(status.error_message());
  REQUIRE(status.ok());
  grpc::Slice bytes;
  REQUIRE(response.DumpToSingleSlice(&bytes).ok());
  return {reinterpret_cast<const char*>(bytes.begin()), bytes.size()};
}

// Waits until the server hangs up on one of the sockets: it has reached its limit then, or their
// time is over.
bool WaitForHangUp(const std::vector<int>& sockets, absl::Duration limit) {
  std::vector<pollfd> waits;
  for (const int socket : sockets) waits.push_back({.fd = socket, .events = POLLIN, .revents = 0});
  return ::poll(waits.data(), waits.size(), static_cast<int>(absl::ToInt64Milliseconds(limit))) > 0;
}

// Connects and says nothing.
int IdleConnection(const std::string& endpoint) {
  uint32_t port = 0;
  REQUIRE(absl::SimpleAtoi(endpoint.substr(endpoint.rfind(':') + 1), &port));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  REQUIRE(socket >= 0);
  // In progress, established or refused: all the same to the attacker.
  ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  return socket;
}

}  // namespace

TEST_CASE("Server: it listens on a free port, says where, and is healthy", "[e2e]") {
  Site site;

  const std::string written = ReadFile(site.server.data() + "/endpoint");
  CHECK(absl::StripAsciiWhitespace(written) == site.server.endpoint());
  CHECK(site.server.endpoint() != "127.0.0.1:0");
  CHECK(HealthBytes(site.ada->Connect()) == "\x08\x01");
  const Exit version = Run({.arguments = {ServerBinary(), "--version"}});
  CHECK(version.code == 0);
  CHECK_THAT(version.out, ContainsSubstring("tocsind "));
}

TEST_CASE("Server: SIGTERM ends it within 5 s with 20 watchers open", "[e2e]") {
  Site site;
  client::Connection connection = site.ada->Connect();
  const std::string incident = Declare(connection, "Watched by many");
  std::vector<std::unique_ptr<Watcher>> watchers;
  for (int i = 0; i < 20; ++i) {
    watchers.push_back(std::make_unique<Watcher>(site.ada->Connect(), WatchOf(incident)));
  }
  for (const auto& watcher : watchers) REQUIRE(watcher->WaitUntilLive(absl::Seconds(20)));

  const absl::Duration took = site.server.Stop();

  CHECK(took < absl::Seconds(5));
  for (const auto& watcher : watchers) {
    const std::optional<grpc::Status> end = watcher->WaitForEnd(absl::Seconds(5));
    REQUIRE(end.has_value());
    CHECK(end->error_code() == grpc::StatusCode::UNAVAILABLE);
  }
}

TEST_CASE("Server: a second one on the same directory is refused and the first goes on", "[e2e]") {
  Site site;

  const Exit second = Run(site.server.ServeCommand());

  INFO(second.out);
  CHECK(second.code != 0);
  CHECK_THAT(second.err, ContainsSubstring("tocsind: "));
  CHECK_THAT(second.err, ContainsSubstring("next: "));
  CHECK_THAT(second.err, ContainsSubstring("another"));
  site.ada->Do({"whoami"});
}

TEST_CASE("Server: entries and receipts survive a restart", "[e2e]") {
  Site site;
  client::Connection before = site.ada->Connect();
  const std::string incident = Declare(before, "Kept");
  Record(before, incident, "before the restart");
  const uint64_t size = LogSize(before);
  site.server.Stop();
  site.Restart();

  client::Connection after = site.ada->Connect();

  CHECK(LogSize(after) == size);
  Record(after, incident, "after the restart");
  const std::vector<v1::Entry> entries = Timeline(after, incident);
  CHECK(entries.back().text() == "after the restart");
  CHECK(entries[entries.size() - 2].text() == "before the restart");
}

TEST_CASE("Server: with its newest log gone it serves reads and refuses writes", "[e2e]") {
  Site site;
  client::Connection before = site.ada->Connect();
  const std::string incident = Declare(before, "Evidence");
  site.server.Stop();
  site.Restart();
  client::Connection second = site.ada->Connect();
  for (int i = 0; i < 5; ++i) Record(second, incident, absl::StrCat("line ", i));
  site.server.Stop();
  std::filesystem::remove(NewestWal(site.server.data()));

  site.Restart();

  CHECK_THAT(site.ada->Do({"whoami"}), ContainsSubstring("read-only"));
  CHECK_THAT(site.ada->Do({"list"}), ContainsSubstring("Evidence"));
  const absl::Time began = absl::Now();
  const std::string name = incident.substr(incident.find('/') + 1);
  const std::string error = site.ada->Refused(
      6, "read-only", {"severity", "sev1", "--because", "worse", "--incident", name});
  CHECK(absl::Now() - began < absl::Seconds(8));
  CHECK_THAT(error, ContainsSubstring("next: "));
  // What somebody saw is not lost with it.
  const Exit kept = site.ada->Run({"log", "one more", "--incident", name});
  CHECK(kept.code == 7);
  CHECK_THAT(kept.err, ContainsSubstring("kept on this computer as q-1"));
  CHECK_THAT(site.server.Log(), ContainsSubstring("READ-ONLY: The log of default should have"));
}

TEST_CASE("Server: more idle connections than it has files do not make it deaf", "[e2e]") {
  constexpr int kFilesMax = 256;
  Site site({.config = "", .organisations = 1, .files_max = kFilesMax});
  site.ada->Do({"whoami"});
  std::vector<int> sockets;
  for (int i = 0; i < kFilesMax + 64; ++i)
    sockets.push_back(IdleConnection(site.server.endpoint()));
  REQUIRE(WaitForHangUp(sockets, absl::Seconds(20)));
  for (const int socket : sockets) ::close(socket);
  const absl::Time closed = absl::Now();

  client::Connection::Options options = site.ada->Credentials();
  options.connect_timeout = absl::Seconds(10);
  client::Connection connection(options);
  MustCall(connection, &v1::AccessService::Stub::WhoAmI, v1::WhoAmIRequest());

  const absl::Duration deaf = absl::Now() - closed;
  std::cout << sockets.size() << " idle connections at " << kFilesMax
            << " files: answers again after " << deaf << "\n";
  CHECK(deaf <= absl::Seconds(5));
}

TEST_CASE("Watch: resumed across a restart it has no gap and no repeat", "[e2e][watch]") {
  Site site;
  client::Connection connection = site.ada->Connect();
  const std::string incident = Declare(connection, "Resumed");
  for (int i = 0; i < 10; ++i) Record(connection, incident, absl::StrCat("line ", i));
  std::vector<v1::Entry> seen;
  uint64_t known = 0;
  {
    const Watcher watcher(site.ada->Connect(), WatchOf(incident));
    const Watcher wide(site.ada->Connect(), WatchOf(""));
    REQUIRE(watcher.WaitUntilLive(absl::Seconds(20)));
    REQUIRE(wide.WaitUntilLive(absl::Seconds(20)));
    Record(connection, incident, "live");
    const auto is_live = [](const v1::Entry& entry) { return entry.text() == "live"; };
    REQUIRE(watcher.WaitFor(is_live, absl::Seconds(20)).has_value());
    REQUIRE(wide.WaitFor(is_live, absl::Seconds(20)).has_value());
    site.server.Kill();
    seen = watcher.entries();
    known = wide.log_size();
  }
  site.Restart();
  client::Connection again = site.ada->Connect();
  Record(again, incident, "after");
  const auto is_after = [](const v1::Entry& entry) { return entry.text() == "after"; };

  const Watcher watcher(site.ada->Connect(), WatchOf(incident, seen.back().sequence()));
  REQUIRE(watcher.WaitFor(is_after, absl::Seconds(20)).has_value());
  v1::WatchEntriesRequest wide_request;
  wide_request.set_after_log_size(known);
  const Watcher wide(site.ada->Connect(), wide_request);
  REQUIRE(wide.WaitFor(is_after, absl::Seconds(20)).has_value());

  for (const v1::Entry& entry : watcher.entries()) seen.push_back(entry);
  const std::vector<v1::Entry> all = Timeline(again, incident);
  REQUIRE(seen.size() == all.size());
  for (size_t i = 0; i < all.size(); ++i) CHECK(seen[i].sequence() == i + 1);
  CHECK(wide.entries().size() == 1);
}

}  // namespace tocsin::e2e
