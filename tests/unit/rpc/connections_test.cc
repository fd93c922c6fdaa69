#include "server/rpc/connections.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

#include "tests/support/catch.h"

namespace tocsin::rpc {
namespace {

// A listening socket, and connections to it.
class Listener {
 public:
  explicit Listener(int family) : family_(family), listener_(socket(family, SOCK_STREAM, 0)) {
    if (family_ == AF_INET6) {
      auto& v6 = reinterpret_cast<sockaddr_in6&>(place_);
      v6.sin6_family = AF_INET6;
      v6.sin6_addr = in6addr_any;  // IPv4 comes in as well.
      size_ = sizeof v6;
      const int off = 0;
      setsockopt(listener_, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    } else {
      auto& v4 = reinterpret_cast<sockaddr_in&>(place_);
      v4.sin_family = AF_INET;
      v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      size_ = sizeof v4;
    }
    listens_ = bind(listener_, address(), size_) == 0 && listen(listener_, 8) == 0 &&
               getsockname(listener_, address(), &size_) == 0;
  }
  ~Listener() { close(listener_); }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  bool listens() const { return listens_; }
  uint16_t port() const {
    return ntohs(family_ == AF_INET6 ? reinterpret_cast<const sockaddr_in6&>(place_).sin6_port
                                     : reinterpret_cast<const sockaddr_in&>(place_).sin_port);
  }
  int Accept() const { return accept(listener_, nullptr, nullptr); }

 private:
  sockaddr* address() { return reinterpret_cast<sockaddr*>(&place_); }

  int family_;
  int listener_;
  sockaddr_storage place_{};
  socklen_t size_ = 0;
  bool listens_ = false;
};

// The port that a new connection to 127.0.0.1 or ::1 comes from; it stays open until the test ends.
class Client {
 public:
  Client(int family, uint16_t port) : socket_(socket(family, SOCK_STREAM, 0)) {
    sockaddr_storage to{};
    socklen_t size = 0;
    if (family == AF_INET6) {
      auto& v6 = reinterpret_cast<sockaddr_in6&>(to);
      v6.sin6_family = AF_INET6;
      v6.sin6_addr = in6addr_loopback;
      v6.sin6_port = htons(port);
      size = sizeof v6;
    } else {
      auto& v4 = reinterpret_cast<sockaddr_in&>(to);
      v4.sin_family = AF_INET;
      v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      v4.sin_port = htons(port);
      size = sizeof v4;
    }
    REQUIRE(connect(socket_, reinterpret_cast<sockaddr*>(&to), size) == 0);
    REQUIRE(getsockname(socket_, reinterpret_cast<sockaddr*>(&to), &size) == 0);
    port_ = ntohs(family == AF_INET6 ? reinterpret_cast<sockaddr_in6&>(to).sin6_port
                                     : reinterpret_cast<sockaddr_in&>(to).sin_port);
  }
  ~Client() { close(socket_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  std::string port() const { return std::to_string(port_); }

 private:
  int socket_;
  uint16_t port_ = 0;
};

}  // namespace

TEST_CASE("Connections: finds a socket by gRPC's name of its other end", "[rpc]") {
  const Listener listener(AF_INET);
  REQUIRE(listener.listens());
  Connections connections;
  const Client first(AF_INET, listener.port());
  const int first_socket = listener.Accept();
  const Client second(AF_INET, listener.port());
  const int second_socket = listener.Accept();
  connections.Add(first_socket);
  connections.Add(second_socket);
  CHECK(connections.Find("ipv4:127.0.0.1:" + first.port()) == first_socket);
  CHECK(connections.Find("ipv4:127.0.0.1:" + second.port()) == second_socket);
  CHECK(connections.Find("ipv4:127.0.0.2:" + second.port()) == -1);
  CHECK(connections.Find("") == -1);
  close(first_socket);
  close(second_socket);
}

TEST_CASE("Connections: IPv6, and IPv4 that comes in by an IPv6 socket", "[rpc]") {
  const Listener listener(AF_INET6);
  if (!listener.listens()) {
    WARN("this machine has no IPv6");
    return;
  }
  Connections connections;
  const Client v6(AF_INET6, listener.port());
  const int v6_socket = listener.Accept();
  const Client v4(AF_INET, listener.port());
  const int v4_socket = listener.Accept();
  connections.Add(v6_socket);
  connections.Add(v4_socket);
  CHECK(connections.Find("ipv6:%5B::1%5D:" + v6.port()) == v6_socket);
  CHECK(connections.Find("ipv4:127.0.0.1:" + v4.port()) == v4_socket);
  close(v6_socket);
  close(v4_socket);
}

TEST_CASE("Connections: those that were closed are forgotten", "[rpc]") {
  const Listener listener(AF_INET);
  REQUIRE(listener.listens());
  Connections connections;
  const Client stays(AF_INET, listener.port());
  const int open_socket = listener.Accept();
  connections.Add(open_socket);
  for (int i = 0; i < 1000; ++i) {
    const Client goes(AF_INET, listener.port());
    const int descriptor = listener.Accept();
    connections.Add(descriptor);
    close(descriptor);
  }
  CHECK(connections.size() <= 64);
  CHECK(connections.Find("ipv4:127.0.0.1:" + stays.port()) == open_socket);
  // What is no connection is not kept.
  const size_t before = connections.size();
  connections.Add(-1);
  CHECK(connections.size() == before);
  close(open_socket);
}

}  // namespace tocsin::rpc
