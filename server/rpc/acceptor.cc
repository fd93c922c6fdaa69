#include "server/rpc/acceptor.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/runtime/log.h"

namespace tocsin::rpc {
namespace {

constexpr int kBacklog = 1024;
constexpr std::chrono::milliseconds kSweepEvery{1000};
constexpr int kPauseWhenFullMs = 50;
constexpr int kDescriptorsKeptBack = 256;

absl::Status BadAddress(const std::string& text, const std::string& why) {
  return InvalidArgument("BAD_ADDRESS", absl::StrCat("'", text, "' is no address: ", why),
                         "Write HOST:PORT, for example 127.0.0.1:7443 or [::1]:7443.");
}

absl::Status CannotListen(const HostPort& address, int error) {
  return Error(absl::StatusCode::kUnavailable, "CANNOT_LISTEN",
               absl::StrCat("cannot listen on ", address.ToString(), ": ", std::strerror(error)),
               "Is another tocsind running? Choose another address with --listen HOST:PORT.");
}

int DescriptorCeiling() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  const int all = static_cast<int>(std::min<rlim_t>(limit.rlim_cur, 1 << 20));
  // With a limit as small as this there is not enough to keep back: a quarter then.
  return all > 2 * kDescriptorsKeptBack ? all - kDescriptorsKeptBack : all - all / 4;
}

uint64_t InodeOf(int descriptor) {
  struct stat info {};
  return fstat(descriptor, &info) == 0 ? info.st_ino : 0;
}

// The address as bytes, and whether it is of this machine.
std::pair<std::string, bool> HostOf(const sockaddr_storage& peer) {
  if (peer.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(peer);
    const uint32_t host = ntohl(v4.sin_addr.s_addr);
    return {std::string(reinterpret_cast<const char*>(&v4.sin_addr), sizeof v4.sin_addr),
            (host >> 24) == 127};
  }
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(peer);
  return {std::string(reinterpret_cast<const char*>(&v6.sin6_addr), sizeof v6.sin6_addr),
          IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr) != 0};
}

uint16_t PortOf(int listener) {
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  getsockname(listener, reinterpret_cast<sockaddr*>(&bound), &size);
  return bound.ss_family == AF_INET ? ntohs(reinterpret_cast<sockaddr_in&>(bound).sin_port)
                                    : ntohs(reinterpret_cast<sockaddr_in6&>(bound).sin6_port);
}

// A listening socket, or -1 with errno.
int OpenListener(const addrinfo& info) {
  const int listener =
      socket(info.ai_family, info.ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, info.ai_protocol);
  if (listener < 0) return -1;
  const int on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(listener, info.ai_addr, info.ai_addrlen) == 0 && ::listen(listener, kBacklog) == 0) {
    return listener;
  }
  const int error = errno;
  close(listener);
  errno = error;
  return -1;
}

}  // namespace

std::string HostPort::ToString() const {
  const bool v6 = host.find(':') != std::string::npos;
  return v6 ? absl::StrCat("[", host, "]:", port) : absl::StrCat(host, ":", port);
}

absl::StatusOr<HostPort> HostPort::Parse(const std::string& text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos) return BadAddress(text, "it has no port");
  HostPort out;
  out.host = text.substr(0, colon);
  uint32_t port = 0;
  if (!absl::SimpleAtoi(text.substr(colon + 1), &port) || port > 65535) {
    return BadAddress(text, "the port is not a number from 0 to 65535");
  }
  out.port = static_cast<uint16_t>(port);
  if (out.host.size() > 2 && out.host.front() == '[' && out.host.back() == ']') {
    out.host = out.host.substr(1, out.host.size() - 2);
  } else if (out.host.find(':') != std::string::npos) {
    return BadAddress(text, "an IPv6 address stands in brackets");
  }
  if (out.host.empty()) return BadAddress(text, "it has no host");
  return out;
}

absl::StatusOr<std::unique_ptr<Acceptor>> Acceptor::Listen(const Options& options) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const std::string port = absl::StrCat(options.address.port);
  const int failed = getaddrinfo(options.address.host.c_str(), port.c_str(), &hints, &found);
  if (failed != 0) return BadAddress(options.address.ToString(), gai_strerror(failed));
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(found, freeaddrinfo);
  int listener = -1;
  for (const addrinfo* info = found; info != nullptr && listener < 0; info = info->ai_next) {
    listener = OpenListener(*info);
  }
  if (listener < 0) return CannotListen(options.address, errno);
  const int stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (stop < 0) {
    const int error = errno;
    close(listener);
    return CannotListen(options.address, error);
  }
  HostPort address = options.address;
  address.port = PortOf(listener);
  return std::unique_ptr<Acceptor>(new Acceptor(options, listener, stop, std::move(address)));
}

Acceptor::Acceptor(const Options& options, int listener, int stop, HostPort address)
    : options_(options),
      ceiling_(options.descriptor_ceiling > 0 ? options.descriptor_ceiling : DescriptorCeiling()),
      listener_(listener),
      stop_(stop),
      address_(std::move(address)) {}

Acceptor::~Acceptor() {
  Stop();
  close(listener_);
  close(stop_);
}

void Acceptor::Start(Handler handler) {
  handler_ = std::move(handler);
  thread_ = std::make_unique<runtime::Thread>("accept", [this] { Loop(); });
}

void Acceptor::Stop() {
  const uint64_t one = 1;
  // Cannot fail: the counter has room for more wakings than there are.
  [[maybe_unused]] const ssize_t written = write(stop_, &one, sizeof one);
  thread_.reset();
}

void Acceptor::Loop() {
  auto swept = std::chrono::steady_clock::now();
  for (;;) {
    std::array<pollfd, 2> waits = {
        {{.fd = listener_, .events = POLLIN}, {.fd = stop_, .events = POLLIN}}};
    poll(waits.data(), waits.size(), static_cast<int>(kSweepEvery.count()));
    if (waits[1].revents != 0) return;
    if (waits[0].revents != 0) AcceptAll();
    // Not at each connection: whoever floods us would pay less than we do.
    if (std::chrono::steady_clock::now() - swept < kSweepEvery) continue;
    Sweep();
    swept = std::chrono::steady_clock::now();
  }
}

void Acceptor::AcceptAll() {
  for (;;) {
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    const int descriptor =
        accept4(listener_, reinterpret_cast<sockaddr*>(&peer), &size, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (descriptor < 0) {
      if (errno == EINTR || errno == ECONNABORTED) continue;
      // Nothing more to accept; or no descriptor left, which passes when others are closed.
      if (errno != EAGAIN && errno != EWOULDBLOCK) WaitForStop(kPauseWhenFullMs);
      return;
    }
    if (!Admit(descriptor, peer)) {
      close(descriptor);
      ++refused_;
      continue;
    }
    const int on = 1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    handler_(descriptor);
  }
}

bool Acceptor::Admit(int descriptor, const sockaddr_storage& peer) {
  if (descriptor >= ceiling_) return false;
  const auto [host, loopback] = HostOf(peer);
  const size_t max =
      loopback ? options_.connections_from_loopback_max : options_.connections_per_address_max;
  std::vector<Open>& connections = open_[host];
  if (connections.size() >= max) ForgetClosed(connections);
  if (connections.size() >= max) return false;
  connections.push_back({descriptor, InodeOf(descriptor)});
  return true;
}

void Acceptor::ForgetClosed(std::vector<Open>& connections) {
  std::erase_if(connections,
                [](const Open& open) { return InodeOf(open.descriptor) != open.inode; });
}

void Acceptor::Sweep() {
  for (auto it = open_.begin(); it != open_.end();) {
    ForgetClosed(it->second);
    it = it->second.empty() ? open_.erase(it) : std::next(it);
  }
  if (refused_ == 0) return;
  runtime::Log(runtime::LogLevel::kWarn, "rpc.connections_refused", {{"count", refused_}});
  refused_ = 0;
}

bool Acceptor::WaitForStop(int timeout_ms) {
  pollfd wait{.fd = stop_, .events = POLLIN};
  return poll(&wait, 1, timeout_ms) > 0;
}

}  // namespace tocsin::rpc
