#include "server/runtime/send_batch.h"

#include <arpa/inet.h>
#include <linux/tcp.h>  // The one of glibc does not know all of tcp_info.
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <string>

#include "tests/support/catch.h"

namespace tocsin::runtime {
namespace {

constexpr int kWaitMs = 10'000;

// The two ends of a TCP connection that sends each write at once, as the server's do.
class Pair {
 public:
  Pair() {
    const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in place{};
    place.sin_family = AF_INET;
    place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof place;
    auto* const address = reinterpret_cast<sockaddr*>(&place);
    REQUIRE(bind(listener, address, size) == 0);
    REQUIRE(listen(listener, 1) == 0);
    REQUIRE(getsockname(listener, address, &size) == 0);
    far_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    REQUIRE(connect(far_, address, sizeof place) == 0);
    near_ = accept(listener, nullptr, nullptr);
    REQUIRE(near_ >= 0);
    close(listener);
    const int on = 1;
    setsockopt(near_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  ~Pair() {
    CloseNear();
    close(far_);
  }
  Pair(const Pair&) = delete;
  Pair& operator=(const Pair&) = delete;

  int near_end() const { return near_; }
  void CloseNear() {
    if (near_ >= 0) close(near_);
    near_ = -1;
  }
  void Send(char letter) const { REQUIRE(send(near_, &letter, 1, MSG_NOSIGNAL) == 1); }

  // Everything up to `count` bytes.
  std::string Receive(size_t count) const {
    std::string text;
    while (text.size() < count) {
      pollfd wait{.fd = far_, .events = POLLIN};
      if (poll(&wait, 1, kWaitMs) != 1) break;
      char bytes[64];
      const ssize_t got = recv(far_, bytes, sizeof bytes, 0);
      if (got <= 0) break;
      text.append(bytes, static_cast<size_t>(got));
    }
    return text;
  }
  bool HasReceived() const {
    pollfd wait{.fd = far_, .events = POLLIN};
    return poll(&wait, 1, 0) == 1;
  }
  // Packets with data that have come.
  uint32_t packets() const {
    tcp_info info{};
    socklen_t size = sizeof info;
    REQUIRE(getsockopt(far_, IPPROTO_TCP, TCP_INFO, &info, &size) == 0);
    return info.tcpi_data_segs_in;
  }

 private:
  int near_ = -1;
  int far_ = -1;
};

}  // namespace

TEST_CASE("SendBatch: what goes to one connection waits for its end and is one packet",
          "[runtime]") {
  const Pair pair;
  {
    const SendBatch batch;
    for (const char letter : {'a', 'b', 'c'}) {
      SendBatch::Add(pair.near_end(), [&pair, letter] { pair.Send(letter); });
    }
    CHECK_FALSE(pair.HasReceived());
  }
  CHECK(pair.Receive(3) == "abc");
  CHECK(pair.packets() == 1);
  // Without a batch each would have been one, and is one again afterwards.
  pair.Send('d');
  pair.Send('e');
  CHECK(pair.Receive(2) == "de");
  CHECK(pair.packets() == 3);
}

TEST_CASE("SendBatch: sends leave connection by connection, in their order", "[runtime]") {
  std::string order;
  {
    const SendBatch batch;
    // No TCP sockets, which is nothing to a batch.
    for (const char letter : {'a', 'b', 'c'}) {
      SendBatch::Add(2000, [&order, letter] { order += static_cast<char>(letter - 'a' + 'A'); });
      SendBatch::Add(1000, [&order, letter] { order += letter; });
    }
    CHECK(order.empty());
  }
  CHECK(order == "abcABC");
}

TEST_CASE("SendBatch: unknown and closed descriptors do no harm", "[runtime]") {
  Pair closed;
  const int descriptor = closed.near_end();
  size_t sent = 0;
  {
    const SendBatch batch;
    for (const int which : {-1, -1, descriptor, descriptor}) {
      SendBatch::Add(which, [&sent] { ++sent; });
    }
    closed.CloseNear();
  }
  CHECK(sent == 4);
}

TEST_CASE("SendBatch: many do not wait for all of them", "[runtime]") {
  size_t sent = 0;
  const SendBatch batch;
  for (size_t i = 1; i < SendBatch::kSendsMax; ++i) {
    SendBatch::Add(-1, [&sent] { ++sent; });
  }
  CHECK(sent == 0);
  SendBatch::Add(-1, [&sent] { ++sent; });
  CHECK(sent == SendBatch::kSendsMax);
}

TEST_CASE("SendBatch: a send may give another answer", "[runtime]") {
  std::string order;
  {
    const SendBatch batch;
    SendBatch::Add(-1, [&order] {
      order += '1';
      SendBatch::Add(-1, [&order] { order += '3'; });
    });
    SendBatch::Add(-1, [&order] { order += '2'; });
  }
  CHECK(order == "123");
  CHECK_FALSE(SendBatch::IsOpen());
}

}  // namespace tocsin::runtime
