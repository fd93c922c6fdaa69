#include "clients/chat/net/websocket_client.h"

#include <atomic>
#include <latch>
#include <string>

#include "server/base/error.h"
#include "server/runtime/thread.h"
#include "tests/support/catch.h"
#include "tests/support/tls_mock.h"

namespace tocsin::chat {
namespace {

constexpr absl::Duration kLong = absl::Seconds(20);

HttpResponse Upgrade(const HttpRequest& /*request*/) {
  return {101, {}, ""};
}

std::unique_ptr<WebSocketClient> ClientOf(const TlsMock& mock,
                                          WebSocketClient::Options options = {}) {
  options.url = ParseUrl(mock.url() + "/socket?x=1").value();
  options.ca_file = mock.ca_file();
  auto client = WebSocketClient::Make(options);
  REQUIRE(client.ok());
  return *std::move(client);
}

std::string MustRead(WebSocketClient& client) {
  const auto text = client.Read(kLong);
  REQUIRE(text.ok());
  REQUIRE(text->has_value());
  return **text;
}

}  // namespace

TEST_CASE("WebSocketClient: messages go both ways, in order", "[chat][net]") {
  HttpRequest seen;
  TlsMock mock({Upgrade,
                [&](const std::shared_ptr<MockSocket>& socket, const HttpRequest& request) {
                  seen = request;
                  socket->Send("hello");
                },
                [](const std::shared_ptr<MockSocket>& socket, const std::string& text) {
                  socket->Send("echo " + text);
                }});
  WebSocketClient::Options options;
  options.headers = {{"Authorization", "Bearer t"}};
  const auto client = ClientOf(mock, options);

  REQUIRE(client->Open().ok());
  CHECK(MustRead(*client) == "hello");
  REQUIRE(client->Write("one").ok());
  REQUIRE(client->Write(std::string(100'000, 'x')).ok());
  CHECK(MustRead(*client) == "echo one");
  CHECK(MustRead(*client) == "echo " + std::string(100'000, 'x'));
  CHECK(seen.target == "/socket?x=1");
  CHECK(FindHeader(seen.headers, "authorization") == "Bearer t");
  client->Close();
}

TEST_CASE("WebSocketClient: a read that comes to nothing loses nothing", "[chat][net]") {
  std::shared_ptr<MockSocket> server;
  std::latch opened(1);
  TlsMock mock({Upgrade,
                [&](const std::shared_ptr<MockSocket>& socket, const HttpRequest&) {
                  server = socket;
                  opened.count_down();
                },
                {}});
  const auto client = ClientOf(mock);
  REQUIRE(client->Open().ok());
  opened.wait();

  for (int i = 0; i < 3; ++i) {
    const auto nothing = client->Read(absl::Milliseconds(5));
    REQUIRE(nothing.ok());
    CHECK_FALSE(nothing->has_value());
  }
  server->Send("late");
  CHECK(MustRead(*client) == "late");
}

TEST_CASE("WebSocketClient: the end is told, with a goodbye or without", "[chat][net]") {
  std::atomic<int> opened = 0;
  TlsMock mock({Upgrade,
                [&](const std::shared_ptr<MockSocket>& socket, const HttpRequest&) {
                  if (opened++ == 0) {
                    socket->Close();
                  } else {
                    socket->Drop();
                  }
                },
                {}});
  for (int i = 0; i < 2; ++i) {
    const auto client = ClientOf(mock);
    REQUIRE(client->Open().ok());
    CHECK(absl::IsUnknown(client->Read(kLong).status()));
  }
}

TEST_CASE("WebSocketClient: a refused token is told apart from an absent server", "[chat][net]") {
  std::atomic<int> status = 401;
  TlsMock mock({[&](const HttpRequest&) { return HttpResponse{status, {}, ""}; }, {}, {}});

  CHECK(absl::IsUnauthenticated(ClientOf(mock)->Open()));
  status = 403;
  CHECK(absl::IsUnauthenticated(ClientOf(mock)->Open()));
  status = 502;
  CHECK(absl::IsUnavailable(ClientOf(mock)->Open()));
}

TEST_CASE("WebSocketClient: a server that takes the connection and says nothing is found dead",
          "[chat][net]") {
  std::latch asked(1);
  std::latch release(1);
  TlsMock mock({[&](const HttpRequest&) {
                  asked.count_down();
                  release.wait();
                  return HttpResponse{};
                },
                {},
                {}});
  WebSocketClient::Options options;
  options.connect_timeout = absl::Milliseconds(300);
  CHECK(absl::IsUnavailable(ClientOf(mock, options)->Open()));
  release.count_down();
}

TEST_CASE("WebSocketClient: Cancel wakes a reader", "[chat][net]") {
  std::latch opened(1);
  TlsMock mock(
      {Upgrade,
       [&](const std::shared_ptr<MockSocket>&, const HttpRequest&) { opened.count_down(); },
       {}});
  const auto client = ClientOf(mock);
  REQUIRE(client->Open().ok());
  runtime::Thread stopper("stopper", [&] {
    opened.wait();
    client->Cancel();
  });

  CHECK(absl::IsCancelled(client->Read(absl::Minutes(5)).status()));
  CHECK(absl::IsCancelled(client->Write("x")));
}

TEST_CASE("WebSocketClient: a message beyond the limit ends the connection", "[chat][net]") {
  TlsMock mock({Upgrade,
                [](const std::shared_ptr<MockSocket>& socket, const HttpRequest&) {
                  socket->Send(std::string(5000, 'x'));
                },
                {}});
  WebSocketClient::Options options;
  options.message_max = 4096;
  const auto client = ClientOf(mock, options);
  REQUIRE(client->Open().ok());

  CHECK(absl::IsUnknown(client->Read(kLong).status()));
}

}  // namespace tocsin::chat
