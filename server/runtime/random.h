// Random bytes fit for keys, ids and codes.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace tocsin::runtime {

/// Fills `out` from the operating system's generator through OpenSSL. Served from a per-thread
/// buffer, so small requests are cheap; a byte is handed out once. Aborts when the generator fails:
/// without it nothing is safe.
void RandomBytes(std::span<uint8_t> out);

/// `size` random bytes as a string.
std::string RandomString(size_t size);

}  // namespace tocsin::runtime
