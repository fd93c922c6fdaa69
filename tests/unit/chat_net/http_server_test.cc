#include "clients/chat/net/http_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "clients/chat/net/https_client.h"
#include "server/base/error.h"
#include "tests/support/catch.h"
#include "tests/support/scratch_directory.h"
#include "tests/support/test_certificate.h"

namespace tocsin::chat {
namespace {

HttpResponse Echo(const HttpRequest& request) {
  return {200,
          {{"Content-Type", "text/plain"}, {"X-Bad", "a\r\nSet-Cookie: b"}},
          absl::StrCat(request.method, " ", request.target, " ", request.body)};
}

// A connection in the clear to a server on the loopback.
class Plain {
 public:
  explicit Plain(uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0);
  }
  ~Plain() { ::close(fd_); }
  Plain(const Plain&) = delete;
  Plain& operator=(const Plain&) = delete;

  void Send(const std::string& bytes) {
    REQUIRE(::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
            static_cast<ssize_t>(bytes.size()));
  }
  // Until the server ends the connection.
  std::string ReadAll() {
    std::string all;
    char buffer[4096];
    while (true) {
      const ssize_t count = ::recv(fd_, buffer, sizeof(buffer), 0);
      if (count <= 0) return all;
      all.append(buffer, static_cast<size_t>(count));
    }
  }

 private:
  int fd_;
};

}  // namespace

TEST_CASE("HttpServer: over TLS a request gets the handler's answer, again and again",
          "[chat][net]") {
  const ScratchDirectory directory;
  const TestCertificate certificate = MakeTestCertificate("127.0.0.1");
  std::ofstream(directory.Path("ca.pem")) << certificate.certificate_pem;
  HttpServer::Options options;
  options.certificate_pem = certificate.certificate_pem;
  options.key_pem = certificate.key_pem;
  const auto server = HttpServer::Start(options, Echo);
  REQUIRE(server.ok());
  HttpsClient::Options client_options;
  client_options.url = ParseUrl(absl::StrCat("https://127.0.0.1:", (*server)->port())).value();
  client_options.ca_file = directory.Path("ca.pem");
  const auto client = HttpsClient::Make(client_options);
  REQUIRE(client.ok());

  for (int i = 0; i < 3; ++i) {
    const auto response = (*client)->Send({"POST", "/x?y", {}, "body"}, absl::Seconds(10));
    REQUIRE(response.ok());
    CHECK(response->status == 200);
    CHECK(response->body == "POST /x?y body");
    CHECK_FALSE(FindHeader(response->headers, "Set-Cookie").has_value());
  }
}

TEST_CASE("HttpServer: too large a body or head is refused, the handler never sees it",
          "[chat][net]") {
  std::atomic<int> handled = 0;
  HttpServer::Options options;
  options.body_max = 1000;
  const auto server = HttpServer::Start(options, [&](const HttpRequest& request) {
    ++handled;
    return Echo(request);
  });
  REQUIRE(server.ok());

  Plain body((*server)->port());
  body.Send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\n");
  CHECK_THAT(body.ReadAll(), ContainsSubstring("HTTP/1.1 413"));
  Plain head((*server)->port());
  head.Send("GET / HTTP/1.1\r\nHost: x\r\nX: " + std::string(20'000, 'a') + "\r\n\r\n");
  head.ReadAll();  // refused or cut off, depending on what the kernel delivers first
  CHECK(handled == 0);
}

TEST_CASE("HttpServer: who sends half a request, or none, is cut off", "[chat][net]") {
  HttpServer::Options options;
  options.patience = absl::Milliseconds(100);
  const auto server = HttpServer::Start(options, Echo);
  REQUIRE(server.ok());
  Plain half((*server)->port());
  half.Send("GET / HTTP/1.1\r\nHo");
  Plain none((*server)->port());

  CHECK(half.ReadAll().empty());
  CHECK(none.ReadAll().empty());
}

TEST_CASE("HttpServer: connections beyond the limit are closed, the others served", "[chat][net]") {
  HttpServer::Options options;
  options.connections_max = 2;
  const auto server = HttpServer::Start(options, Echo);
  REQUIRE(server.ok());
  Plain first((*server)->port());
  Plain second((*server)->port());
  Plain third((*server)->port());

  CHECK(third.ReadAll().empty());
  second.Send("GET /b HTTP/1.0\r\n\r\n");
  CHECK_THAT(second.ReadAll(), ContainsSubstring("GET /b"));
}

TEST_CASE("HttpServer: what is no HTTP ends the connection and nothing else", "[chat][net]") {
  const auto server = HttpServer::Start({}, Echo);
  REQUIRE(server.ok());
  Plain garbage((*server)->port());
  garbage.Send(std::string("\x16\x03\x01\x00\xff garbage\r\n\r\n", 17));
  garbage.ReadAll();
  Plain smuggler((*server)->port());
  smuggler.Send(
      "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: "
      "chunked\r\n\r\n0\r\n\r\nGET "
      "/evil HTTP/1.1\r\n\r\n");
  CHECK_THAT(smuggler.ReadAll(), !ContainsSubstring("evil"));

  Plain good((*server)->port());
  good.Send("GET /ok HTTP/1.0\r\n\r\n");
  CHECK_THAT(good.ReadAll(), ContainsSubstring("GET /ok"));
}

TEST_CASE("HttpServer: in the clear it listens on the loopback alone", "[chat][net]") {
  HttpServer::Options options;
  options.address = "0.0.0.0";
  CHECK(ReasonOf(HttpServer::Start(options, Echo).status()) == "NOT_LOOPBACK");
  options.address = "localhost";
  CHECK(ReasonOf(HttpServer::Start(options, Echo).status()) == "NOT_LOOPBACK");
  options.address = "127.0.0.1";
  options.certificate_pem = "x";
  CHECK(ReasonOf(HttpServer::Start(options, Echo).status()) == "CERTIFICATE_INVALID");
}

TEST_CASE("HttpServer: a port that is taken is an error", "[chat][net]") {
  const auto first = HttpServer::Start({}, Echo);
  REQUIRE(first.ok());
  HttpServer::Options options;
  options.port = (*first)->port();
  CHECK(ReasonOf(HttpServer::Start(options, Echo).status()) == "PORT_TAKEN");
}

}  // namespace tocsin::chat
