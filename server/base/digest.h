// SHA-256 values. Every hash of the product is one of these; what is hashed always starts with a
// prefix of its own (docs/storage-format.md), so that a value made for one purpose never serves
// another.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace tocsin {

/// 32 bytes of SHA-256. Ordered and hashable as bytes.
struct Digest {
  std::array<uint8_t, 32> bytes{};

  friend bool operator==(const Digest&, const Digest&) = default;
  friend auto operator<=>(const Digest&, const Digest&) = default;

  /// The 32 bytes as a view; valid as long as this object.
  std::string_view view() const {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  /// Lower-case hexadecimal, 64 characters.
  std::string Hex() const;
  /// Copies 32 bytes. `raw` must have exactly that size (checked).
  static Digest FromBytes(std::string_view raw);
};

/// SHA-256 of the parts one after another. Thread-safe (one context a thread).
Digest Sha256(std::initializer_list<std::string_view> parts);
inline Digest Sha256(std::string_view data) {
  return Sha256({data});
}

}  // namespace tocsin
