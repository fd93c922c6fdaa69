#include "server/rpc/connections.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "server/base/view.h"

namespace tocsin::rpc {
namespace {

constexpr size_t kSweepAtLeast = 64;

uint64_t InodeOf(int descriptor) {
  struct stat info {};
  return fstat(descriptor, &info) == 0 ? info.st_ino : 0;
}

// As gRPC writes it: the brackets of an IPv6 address are escaped, and an IPv4 address in IPv6 is
// written as IPv4. Empty for other kinds of sockets.
std::string PeerOf(int descriptor) {
  sockaddr_storage peer{};
  socklen_t size = sizeof peer;
  if (getpeername(descriptor, reinterpret_cast<sockaddr*>(&peer), &size) != 0) return "";
  char host[INET6_ADDRSTRLEN] = "";
  if (peer.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(peer);
    inet_ntop(AF_INET, &v4.sin_addr, host, sizeof host);
    return absl::StrCat("ipv4:", host, ":", ntohs(v4.sin_port));
  }
  if (peer.ss_family != AF_INET6) return "";
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(peer);
  if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) {
    inet_ntop(AF_INET, &v6.sin6_addr.s6_addr[12], host, sizeof host);
    return absl::StrCat("ipv4:", host, ":", ntohs(v6.sin6_port));
  }
  inet_ntop(AF_INET6, &v6.sin6_addr, host, sizeof host);
  return absl::StrCat("ipv6:%5B", host, "%5D:", ntohs(v6.sin6_port));
}

}  // namespace

void Connections::Add(int descriptor) {
  std::string peer = PeerOf(descriptor);
  if (peer.empty()) return;
  const Open open{descriptor, InodeOf(descriptor)};
  runtime::MutexLock lock(mutex_);
  open_.insert_or_assign(std::move(peer), open);
  if (open_.size() < sweep_at_) return;
  absl::erase_if(open_, [](const auto& known) {
    return InodeOf(known.second.descriptor) != known.second.inode;
  });
  sweep_at_ = std::max(kSweepAtLeast, 2 * open_.size());
}

int Connections::Find(std::string_view peer) const {
  runtime::MutexLock lock(mutex_);
  const auto found = open_.find(ToAbsl(peer));
  return found == open_.end() ? -1 : found->second.descriptor;
}

size_t Connections::size() const {
  runtime::MutexLock lock(mutex_);
  return open_.size();
}

}  // namespace tocsin::rpc
