#include "clients/chat/net/https_client.h"

#include <atomic>
#include <latch>
#include <string>

#include "server/base/error.h"
#include "server/runtime/thread.h"
#include "tests/support/catch.h"
#include "tests/support/tls_mock.h"

namespace tocsin::chat {
namespace {

std::unique_ptr<HttpsClient> ClientOf(const TlsMock& mock, HttpsClient::Options options = {}) {
  options.url = ParseUrl(mock.url()).value();
  options.ca_file = mock.ca_file();
  auto client = HttpsClient::Make(options);
  REQUIRE(client.ok());
  return *std::move(client);
}

}  // namespace

TEST_CASE("HttpsClient: a request arrives as it was given, and the answer comes back",
          "[chat][net]") {
  HttpRequest seen;
  TlsMock mock({[&](const HttpRequest& request) {
                  seen = request;
                  return HttpResponse{201, {{"X-Test", "yes"}}, "grüße"};
                },
                {},
                {}});
  const auto client = ClientOf(mock);

  const auto response =
      client->Send({"PUT", "/a?b=c", {{"Authorization", "Bearer t"}}, "body"}, absl::Seconds(10));

  REQUIRE(response.ok());
  CHECK(response->status == 201);
  CHECK(response->body == "grüße");
  CHECK(FindHeader(response->headers, "x-test") == "yes");
  CHECK(seen.method == "PUT");
  CHECK(seen.target == "/a?b=c");
  CHECK(seen.body == "body");
  CHECK(FindHeader(seen.headers, "authorization") == "Bearer t");
  CHECK(FindHeader(seen.headers, "host") == "127.0.0.1:" + std::to_string(mock.port()));
}

TEST_CASE("HttpsClient: the connection is kept, and one that the server ended is opened anew",
          "[chat][net]") {
  std::atomic<int> requests = 0;
  TlsMock mock({[&](const HttpRequest&) {
                  ++requests;
                  return HttpResponse{200, {}, "ok"};
                },
                {},
                {}});
  const auto client = ClientOf(mock);
  REQUIRE(client->Send({}, absl::Seconds(10)).ok());
  REQUIRE(client->Send({}, absl::Seconds(10)).ok());
  CHECK(mock.connection_count() == 1);

  mock.DropAll();
  // Until the end has arrived, a request may still go out on the old connection; never twice.
  int sent = 2;
  REQUIRE(Eventually([&] {
    ++sent;
    return client->Send({"POST", "/", {}, "x"}, absl::Seconds(10)).ok();
  }));
  CHECK(requests <= sent);
  CHECK(mock.connection_count() == 2);
}

TEST_CASE("HttpsClient: a certificate that nobody vouches for is refused", "[chat][net]") {
  std::atomic<int> requests = 0;
  TlsMock mock({[&](const HttpRequest&) {
                  ++requests;
                  return HttpResponse{200, {}, ""};
                },
                {},
                {}});
  const TlsMock other({[](const HttpRequest&) { return HttpResponse{}; }, {}, {}});
  HttpsClient::Options options;
  options.url = ParseUrl(mock.url()).value();
  options.ca_file = other.ca_file();
  const auto client = HttpsClient::Make(options);
  REQUIRE(client.ok());

  const auto response = (*client)->Send({}, absl::Seconds(10));

  CHECK(ReasonOf(response.status()) == "UNREACHABLE");
  CHECK_THAT(std::string(response.status().message()), ContainsSubstring("certificate"));
  CHECK(requests == 0);
}

TEST_CASE("HttpsClient: a good certificate of another host is refused", "[chat][net]") {
  TlsMock mock({[](const HttpRequest&) {
                  return HttpResponse{200, {}, ""};
                },
                {},
                {}},
               "elsewhere.example");
  const auto client = ClientOf(mock);

  const auto response = client->Send({}, absl::Seconds(10));

  CHECK(ReasonOf(response.status()) == "UNREACHABLE");
  CHECK_THAT(std::string(response.status().message()), ContainsSubstring("certificate"));
}

TEST_CASE("HttpsClient: a name is asked for and checked as a name", "[chat][net]") {
  TlsMock mock({[](const HttpRequest&) { return HttpResponse{200, {}, ""}; }, {}, {}}, "localhost");
  HttpsClient::Options options;
  options.url = ParseUrl("https://localhost:" + std::to_string(mock.port())).value();
  options.ca_file = mock.ca_file();
  const auto client = HttpsClient::Make(options);
  REQUIRE(client.ok());

  CHECK((*client)->Send({}, absl::Seconds(10)).ok());
}

TEST_CASE("HttpsClient: nobody there means that nothing was sent", "[chat][net]") {
  HttpsClient::Options options;
  {
    const TlsMock mock({[](const HttpRequest&) { return HttpResponse{}; }, {}, {}});
    options.url = ParseUrl(mock.url()).value();
  }
  const auto client = HttpsClient::Make(options);
  REQUIRE(client.ok());

  const auto response = (*client)->Send({}, absl::Seconds(10));

  CHECK(absl::IsUnavailable(response.status()));
}

TEST_CASE("HttpsClient: an answer that never comes, ends early or is too large is unknown",
          "[chat][net]") {
  std::latch asked(1);
  std::latch release(1);
  TlsMock mock({[&](const HttpRequest& request) {
                  if (request.target == "/slow") {
                    asked.count_down();
                    release.wait();
                  }
                  if (request.target == "/large") {
                    return HttpResponse{200, {}, std::string(5000, 'x')};
                  }
                  return HttpResponse{};
                },
                {},
                {}});
  HttpsClient::Options options;
  options.body_max = 4096;
  const auto client = ClientOf(mock, options);

  for (const char* target : {"/broken", "/large", "/slow"}) {
    INFO(target);
    const auto response = client->Send({"POST", target, {}, ""}, absl::Milliseconds(300));
    CHECK(absl::IsUnknown(response.status()));
  }
  release.count_down();
}

TEST_CASE("HttpsClient: Cancel ends what goes on and what comes later", "[chat][net]") {
  std::latch asked(1);
  std::latch release(1);
  TlsMock mock({[&](const HttpRequest&) {
                  asked.count_down();
                  release.wait();
                  return HttpResponse{};
                },
                {},
                {}});
  const auto client = ClientOf(mock);
  runtime::Thread stopper("stopper", [&] {
    asked.wait();
    client->Cancel();
  });

  CHECK(absl::IsCancelled(client->Send({}, absl::Minutes(5)).status()));
  CHECK(absl::IsCancelled(client->Send({}, absl::Minutes(5)).status()));
  release.count_down();
}

TEST_CASE("HttpsClient: a token with a line break sends nothing", "[chat][net]") {
  TlsMock mock({[](const HttpRequest&) { return HttpResponse{200, {}, ""}; }, {}, {}});
  const auto client = ClientOf(mock);

  const auto response =
      client->Send({"GET", "/", {{"Authorization", "a\r\nX-Evil: 1"}}, ""}, absl::Seconds(10));

  CHECK(ReasonOf(response.status()) == "HEADER_INVALID");
  CHECK(mock.connection_count() == 0);
}

TEST_CASE("HttpsClient: authorities that cannot be read are an error of the set-up",
          "[chat][net]") {
  HttpsClient::Options options;
  options.ca_file = "/nonexistent/ca.pem";
  CHECK(ReasonOf(HttpsClient::Make(options).status()) == "CA_NOT_READABLE");
}

}  // namespace tocsin::chat
