#include "server/rpc/acceptor.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "server/base/error.h"
#include "server/runtime/mutex.h"
#include "tests/support/catch.h"

namespace tocsin::rpc {
namespace {

constexpr int kWaitMs = 10'000;

class Socket {
 public:
  explicit Socket(int descriptor) : descriptor_(descriptor) {}
  Socket(Socket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  Socket& operator=(Socket&&) = delete;
  ~Socket() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  int get() const { return descriptor_; }

 private:
  int descriptor_;
};

Socket Connect(const HostPort& address) {
  Socket client(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(address.port);
  inet_pton(AF_INET, address.host.c_str(), &to.sin_addr);
  REQUIRE(connect(client.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0);
  return client;
}

// Keeps what was accepted and greets it with one byte.
class Greeter {
 public:
  void operator()(int descriptor) {
    const char hello = '!';
    (void)!write(descriptor, &hello, 1);
    runtime::MutexLock lock(mutex_);
    kept_.emplace_back(descriptor);
  }
  void CloseAll() {
    runtime::MutexLock lock(mutex_);
    kept_.clear();
  }

 private:
  runtime::Mutex mutex_;
  std::vector<Socket> kept_;
};

enum class Answer { kGreeted, kClosed, kNothing };

Answer WaitFor(const Socket& client) {
  pollfd wait{.fd = client.get(), .events = POLLIN};
  if (poll(&wait, 1, kWaitMs) <= 0) return Answer::kNothing;
  char byte = 0;
  return read(client.get(), &byte, 1) == 1 ? Answer::kGreeted : Answer::kClosed;
}

struct Fixture {
  explicit Fixture(Acceptor::Options options) {
    options.address = {"127.0.0.1", 0};
    auto listening = Acceptor::Listen(options);
    REQUIRE(listening.ok());
    acceptor = *std::move(listening);
    acceptor->Start([this](int descriptor) { greeter(descriptor); });
  }

  Greeter greeter;
  std::unique_ptr<Acceptor> acceptor;
};

}  // namespace

TEST_CASE("HostPort: reads what people write, and says what is wrong with the rest") {
  const auto v4 = HostPort::Parse("10.0.0.1:7443");
  REQUIRE(v4.ok());
  CHECK(v4->host == "10.0.0.1");
  CHECK(v4->port == 7443);
  const auto v6 = HostPort::Parse("[::1]:0");
  REQUIRE(v6.ok());
  CHECK(v6->host == "::1");
  CHECK(v6->ToString() == "[::1]:0");
  for (const std::string bad :
       {"", "host", "host:", ":7443", "host:99999", "host:-1", "::1:7443", "host:74x"}) {
    CAPTURE(bad);
    CHECK(ReasonOf(HostPort::Parse(bad).status()) == "BAD_ADDRESS");
  }
}

TEST_CASE("Acceptor: port 0 takes a free port, and connections arrive") {
  Fixture fixture({});
  CHECK(fixture.acceptor->address().port != 0);
  const Socket client = Connect(fixture.acceptor->address());
  CHECK(WaitFor(client) == Answer::kGreeted);
}

TEST_CASE("Acceptor: a port that is taken is refused with the cause") {
  Fixture fixture({});
  const auto second = Acceptor::Listen({.address = fixture.acceptor->address()});
  CHECK(ReasonOf(second.status()) == "CANNOT_LISTEN");
}

TEST_CASE("Acceptor: idle connections beyond the limit of an address do not silence it") {
  Fixture fixture({.connections_from_loopback_max = 4});
  std::vector<Socket> idle;
  for (int i = 0; i < 4; ++i) {
    idle.push_back(Connect(fixture.acceptor->address()));
    REQUIRE(WaitFor(idle.back()) == Answer::kGreeted);
  }
  for (int i = 0; i < 100; ++i) {
    const Socket more = Connect(fixture.acceptor->address());
    CHECK(WaitFor(more) == Answer::kClosed);
  }
  // The owner closes them, as gRPC does after its handshake timeout; nobody tells the acceptor.
  fixture.greeter.CloseAll();
  const Socket after = Connect(fixture.acceptor->address());
  CHECK(WaitFor(after) == Answer::kGreeted);
}

TEST_CASE("Acceptor: idle connections beyond the descriptors do not silence it") {
  // The ceiling is a few above what this process has open already.
  const Socket probe(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  Fixture fixture({.descriptor_ceiling = probe.get() + 12});
  std::vector<Socket> idle;
  std::vector<Answer> answers;
  for (int i = 0; i < 30; ++i) {
    idle.push_back(Connect(fixture.acceptor->address()));
    answers.push_back(WaitFor(idle.back()));
  }
  CHECK(answers.front() == Answer::kGreeted);
  CHECK(answers.back() == Answer::kClosed);
  fixture.greeter.CloseAll();
  idle.clear();
  const Socket after = Connect(fixture.acceptor->address());
  CHECK(WaitFor(after) == Answer::kGreeted);
}

TEST_CASE("Acceptor: stops while connections are open, twice if asked") {
  Fixture fixture({});
  const Socket client = Connect(fixture.acceptor->address());
  REQUIRE(WaitFor(client) == Answer::kGreeted);
  fixture.acceptor->Stop();
  fixture.acceptor->Stop();
  SUCCEED("both returned");
}

}  // namespace tocsin::rpc
