// SHA-256 of bytes that come in pieces: for what is too large to be held at once.
#pragma once

#include <memory>
#include <string_view>

#include "server/base/digest.h"

namespace tocsin {

/// Not thread-safe.
class RunningDigest {
 public:
  RunningDigest();
  ~RunningDigest();
  RunningDigest(const RunningDigest&) = delete;
  RunningDigest& operator=(const RunningDigest&) = delete;

  void Add(std::string_view bytes);
  /// Of all that was added. Ends the sum: nothing may be added, and nothing asked, after it.
  Digest Finish();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

}  // namespace tocsin
