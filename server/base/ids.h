// Strong ids. Two ids of different kinds are two types, so that they cannot be swapped in a call.
// All are 16 opaque bytes made by the server (or, for RequestId, by the client); their text form is
// a lower-case UUID.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "absl/hash/hash.h"
#include "server/base/digest.h"

namespace tocsin {

namespace ids_internal {
std::string Format(const std::array<uint8_t, 16>& bytes);
std::optional<std::array<uint8_t, 16>> Parse(std::string_view text);
std::array<uint8_t, 16> Copy(std::string_view raw);
}  // namespace ids_internal

/// 16 bytes with a kind. The default value is all zeros and means "none".
template <typename Kind>
struct Id {
  std::array<uint8_t, 16> bytes{};

  friend bool operator==(const Id&, const Id&) = default;
  friend auto operator<=>(const Id&, const Id&) = default;
  template <typename H>
  friend H AbslHashValue(H state, const Id& id) {
    return H::combine(std::move(state), id.bytes);
  }

  bool empty() const { return *this == Id{}; }
  std::string_view view() const {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  /// 8-4-4-4-12 lower-case hexadecimal.
  std::string ToString() const { return ids_internal::Format(bytes); }
  /// Accepts the UUID form with or without dashes; nullopt otherwise.
  static std::optional<Id> Parse(std::string_view text) {
    auto parsed = ids_internal::Parse(text);
    if (!parsed) return std::nullopt;
    return Id{*parsed};
  }
  /// `raw` must be 16 bytes (checked).
  static Id FromBytes(std::string_view raw) { return Id{ids_internal::Copy(raw)}; }
  /// The first 16 bytes of a digest: for ids that must come out the same each time.
  static Id FromDigest(const Digest& digest) {
    return Id{ids_internal::Copy(digest.view().substr(0, 16))};
  }
};

/// An incident. The zero id names the organisation's own timeline (people and their rights).
using IncidentId = Id<struct IncidentKind>;
/// A person or a service; also the pseudonymous author in a leaf.
using PrincipalId = Id<struct PrincipalKind>;
/// The client's name for one mutation; repeating it repeats the answer.
using RequestId = Id<struct RequestKind>;
/// One issued token.
using TokenId = Id<struct TokenKind>;

/// The organisation's short number on this server: the first four bytes of every storage key.
enum class OrgNumber : uint32_t {};

}  // namespace tocsin
