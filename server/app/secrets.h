// Enrolment codes and bearer tokens: how they are made, written and hashed. Only their hashes are
// ever stored.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "server/base/digest.h"
#include "server/base/ids.h"

namespace tocsin::app {

/// How long a new enrolment code can be used.
inline constexpr absl::Duration kCodeLifetime = absl::Hours(24 * 7);
/// The same for a code that links a chat account.
inline constexpr absl::Duration kChatCodeLifetime = absl::Minutes(10);

/// A one-time code of 128 random bits for people to type: groups of four from an alphabet without
/// look-alikes.
std::string MakeEnrolmentCode();
/// Ignores case, dashes and spaces.
Digest HashCode(std::string_view code);

struct NewToken {
  TokenId id;
  /// "toc_<id>_<secret>", for the client alone.
  std::string text;
  Digest secret_hash;
};
NewToken MakeToken();

struct ParsedToken {
  TokenId id;
  Digest secret_hash;
};
/// nullopt when `text` has not the form of a token.
std::optional<ParsedToken> ParseToken(std::string_view text);

/// A random id.
template <typename IdType>
IdType NewId();

/// Equal, in a time that does not depend on where they differ.
bool ConstantTimeEqual(const Digest& a, const Digest& b);

}  // namespace tocsin::app
