// AES-256 key wrap (RFC 3394) of 256-bit keys: the form in which entry keys are stored. OpenSSL 3.0
// has it too, but on top of its table-driven AES: 3 to 4 µs a key, more than the rest of sealing an
// entry, and with timing that depends on the key. This is the loop of the RFC on top of OpenSSL's
// AES-256-ECB, which uses the processor's AES instructions (0.6 µs). The tests hold it against the
// RFC's vector and against OpenSSL's implementation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tocsin::ledger {

inline constexpr size_t kKeyBytes = 32;
inline constexpr size_t kWrappedKeyBytes = kKeyBytes + 8;

/// `key` under `wrapping_key`, kWrappedKeyBytes bytes. Thread-safe.
std::string WrapKey(std::span<const uint8_t, kKeyBytes> key,
                    std::span<const uint8_t, kKeyBytes> wrapping_key);

/// Writes the key that was wrapped to `key`. False, with `key` all zeros, when `wrapped` has
/// another size or was not made with this `wrapping_key`. Thread-safe.
bool UnwrapKey(std::string_view wrapped, std::span<const uint8_t, kKeyBytes> wrapping_key,
               std::span<uint8_t, kKeyBytes> key);

}  // namespace tocsin::ledger
