// The sockets of the open connections, found by what gRPC calls the peer of a call: gRPC does not
// tell which socket a call came by.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "server/runtime/mutex.h"

namespace tocsin::rpc {

/// Thread-safe.
class Connections {
 public:
  /// A connected TCP socket. Its owner closes it without telling us.
  void Add(int descriptor);
  /// The socket whose other end gRPC calls `peer`, "ipv4:192.0.2.1:4711"; -1 when none is known. It
  /// may have been closed meanwhile.
  int Find(std::string_view peer) const;
  size_t size() const;

 private:
  struct Open {
    int descriptor = -1;
    uint64_t inode = 0;
  };

  mutable runtime::Mutex mutex_;
  absl::flat_hash_map<std::string, Open> open_ TOCSIN_GUARDED_BY(mutex_);
  /// Closed ones are forgotten when there are as many.
  size_t sweep_at_ TOCSIN_GUARDED_BY(mutex_) = 64;
};

}  // namespace tocsin::rpc
