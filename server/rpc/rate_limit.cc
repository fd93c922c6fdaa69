#include "server/rpc/rate_limit.h"

#include <algorithm>

namespace tocsin::rpc {

bool RateLimit::Allow(std::string_view address, absl::Time now) {
  runtime::MutexLock lock(mutex_);
  const std::string key(address);
  auto found = by_address_.find(key);
  if (found == by_address_.end()) {
    if (buckets_.size() >= limits_.addresses_max) {
      by_address_.erase(buckets_.back().address);
      buckets_.pop_back();
    }
    buckets_.push_front(Bucket{key, limits_.burst, now});
    found = by_address_.emplace(key, buckets_.begin()).first;
  } else {
    buckets_.splice(buckets_.begin(), buckets_, found->second);
  }
  Bucket& bucket = *found->second;
  const double gained = absl::ToDoubleSeconds(now - bucket.at) * limits_.per_second;
  bucket.left = std::clamp(bucket.left + gained, 0.0, limits_.burst);
  bucket.at = now;
  if (bucket.left < 1) return false;
  bucket.left -= 1;
  return true;
}

std::string HostOfPeer(std::string_view peer) {
  const size_t colon = peer.rfind(':');
  return std::string(colon == std::string_view::npos ? peer : peer.substr(0, colon));
}

}  // namespace tocsin::rpc
