#include "server/runtime/random.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "server/base/check.h"

namespace tocsin::runtime {
namespace {

struct Buffer {
  std::array<uint8_t, 4096> bytes;
  size_t used = 4096;
  ~Buffer() { OPENSSL_cleanse(bytes.data(), bytes.size()); }
};

}  // namespace

void RandomBytes(std::span<uint8_t> out) {
  thread_local Buffer buffer;
  while (!out.empty()) {
    if (buffer.used == buffer.bytes.size()) {
      TOCSIN_CHECK(RAND_priv_bytes(buffer.bytes.data(), static_cast<int>(buffer.bytes.size())) ==
                   1);
      buffer.used = 0;
    }
    const size_t take = std::min(out.size(), buffer.bytes.size() - buffer.used);
    std::memcpy(out.data(), buffer.bytes.data() + buffer.used, take);
    // What was handed out must not be readable in this process a second time.
    OPENSSL_cleanse(buffer.bytes.data() + buffer.used, take);
    buffer.used += take;
    out = out.subspan(take);
  }
}

std::string RandomString(size_t size) {
  std::string out(size, '\0');
  RandomBytes({reinterpret_cast<uint8_t*>(out.data()), out.size()});
  return out;
}

}  // namespace tocsin::runtime
