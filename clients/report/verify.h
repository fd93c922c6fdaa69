// The client's own check of an export bundle, the same as tools/verify/tocsin_verify.py makes and
// in the same words: it shares no code with the server, so that `tocsin verify` does not trust what
// it checks.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "server/base/digest.h"

namespace tocsin::report {

/// What was checked.
struct Verified {
  uint64_t entries = 0;
  uint64_t withheld = 0;
  int signatures = 0;
  uint64_t log_size = 0;
  Digest root;
  /// The key that the note is signed by. It comes from the bundle: compare it with a copy from
  /// elsewhere.
  std::string verifier_key;
};

/// Checks everything that docs/bundle-format.md lists under "What a verifier checks". `pinned_key`,
/// when given, must be the bundle's. `progress`, when given, is told after each entry how many are
/// done of how many. Errors: kDataLoss, reason BUNDLE_WRONG; the message names the first thing that
/// is wrong ("entry 5: …").
absl::StatusOr<Verified> VerifyBundle(
    std::string_view text, const std::optional<std::string>& pinned_key,
    const std::function<void(uint64_t done, uint64_t total)>& progress = {});

}  // namespace tocsin::report
