#include "server/base/running_digest.h"

#include <string>

#include "tests/support/catch.h"

namespace tocsin {
namespace {

TEST_CASE("RunningDigest: the pieces of a text have the hash of the text") {
  const std::string text(200'000, 'x');
  for (const size_t piece : {size_t{1}, size_t{63}, size_t{65'536}, text.size()}) {
    RunningDigest digest;
    for (size_t at = 0; at < text.size(); at += piece) {
      digest.Add(std::string_view(text).substr(at, piece));
    }
    CHECK(digest.Finish() == Sha256(text));
  }
  CHECK(RunningDigest().Finish() == Sha256(""));
}

}  // namespace
}  // namespace tocsin
