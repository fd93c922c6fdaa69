#include "server/rpc/rate_limit.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "tests/support/catch.h"

namespace tocsin::rpc {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1'780'000'000);

}  // namespace

TEST_CASE("RateLimit: a burst, then as many as time brings") {
  RateLimit limit({.per_second = 2, .burst = 3});
  CHECK(limit.Allow("a", kStart));
  CHECK(limit.Allow("a", kStart));
  CHECK(limit.Allow("a", kStart));
  CHECK_FALSE(limit.Allow("a", kStart));
  CHECK_FALSE(limit.Allow("a", kStart + absl::Milliseconds(499)));
  CHECK(limit.Allow("a", kStart + absl::Milliseconds(501)));
  CHECK_FALSE(limit.Allow("a", kStart + absl::Milliseconds(502)));
}

TEST_CASE("RateLimit: quiet time is not saved up beyond the burst") {
  RateLimit limit({.per_second = 5, .burst = 2});
  CHECK(limit.Allow("a", kStart));
  const absl::Time later = kStart + absl::Hours(1);
  CHECK(limit.Allow("a", later));
  CHECK(limit.Allow("a", later));
  CHECK_FALSE(limit.Allow("a", later));
}

TEST_CASE("RateLimit: addresses do not share") {
  RateLimit limit({.per_second = 1, .burst = 1});
  CHECK(limit.Allow("a", kStart));
  CHECK(limit.Allow("b", kStart));
  CHECK_FALSE(limit.Allow("a", kStart));
}

TEST_CASE("RateLimit: a full table forgets the quietest address, not the one at work") {
  RateLimit limit({.per_second = 0, .burst = 1, .addresses_max = 2});
  CHECK(limit.Allow("quiet", kStart));
  CHECK(limit.Allow("busy", kStart));
  CHECK_FALSE(limit.Allow("busy", kStart));
  CHECK(limit.Allow("new", kStart));
  CHECK_FALSE(limit.Allow("busy", kStart));
  CHECK(limit.Allow("quiet", kStart));
}

TEST_CASE("RateLimit: the host of a peer is what stands before its port") {
  CHECK(HostOfPeer("ipv4:10.0.0.7:5123") == "ipv4:10.0.0.7");
  CHECK(HostOfPeer("ipv6:%5B::1%5D:5123") == "ipv6:%5B::1%5D");
  CHECK(HostOfPeer("") == "");
}

}  // namespace tocsin::rpc
