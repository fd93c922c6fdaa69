// AES-256-GCM with a nonce in front and the tag behind: the one form in which anything is encrypted
// here, the body of an entry and a piece of a file. Internal to server/ledger; who calls it sees to
// it that no key meets a nonce twice.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "server/ledger/key_wrap.h"

namespace tocsin::ledger {

inline constexpr size_t kNonceBytes = 12;
inline constexpr size_t kTagBytes = 16;

/// nonce | ciphertext of the pieces one after another | tag. `nonce` has kNonceBytes bytes; `place`
/// is authenticated and not stored. Thread-safe.
std::string EncryptBox(std::string_view nonce, std::span<const uint8_t, kKeyBytes> key,
                       std::initializer_list<std::string_view> plaintext, std::string_view place);

/// nullopt when the box was made with another key, for another place, or was changed. `box` has at
/// least kNonceBytes + kTagBytes bytes. Thread-safe.
std::optional<std::string> DecryptBox(std::string_view box, std::span<const uint8_t, kKeyBytes> key,
                                      std::string_view place);

}  // namespace tocsin::ledger
