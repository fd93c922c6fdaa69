// How often one address may try something before it has shown who it is. A token bucket per
// address, in a table of bounded size: when it is full the address that has been quiet longest is
// forgotten.
#pragma once

#include <cstddef>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

#include "absl/time/time.h"
#include "server/runtime/mutex.h"

namespace tocsin::rpc {

/// Thread-safe.
class RateLimit {
 public:
  struct Limits {
    double per_second = 5;
    double burst = 5;
    size_t addresses_max = 4096;
  };
  explicit RateLimit(Limits limits) : limits_(limits) {}

  /// Takes one try of `address`; false when it has none left at `now`.
  bool Allow(std::string_view address, absl::Time now);

 private:
  struct Bucket {
    std::string address;
    double left = 0;
    absl::Time at;
  };

  const Limits limits_;
  runtime::Mutex mutex_;
  // The one used last comes first.
  std::list<Bucket> buckets_ TOCSIN_GUARDED_BY(mutex_);
  std::unordered_map<std::string, std::list<Bucket>::iterator> by_address_
      TOCSIN_GUARDED_BY(mutex_);
};

/// The host of a gRPC peer name: "ipv4:10.0.0.7:5123" and "ipv6:%5B::1%5D:5123" without their port.
std::string HostOfPeer(std::string_view peer);

}  // namespace tocsin::rpc
