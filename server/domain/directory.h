// People of one organisation and their rights: the fold of the organisation's own timeline (the
// entries under the zero incident id). Same idea as an incident: Decide is pure, Apply folds,
// nothing is edited.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "server/base/digest.h"
#include "server/base/ids.h"
#include "server/base/vocabulary.h"
#include "server/domain/event.h"

namespace tocsin::domain {

struct Principal {
  PrincipalId id;
  /// Without "@".
  std::string handle;
  std::string display_name;
  std::vector<OrgRole> roles;
};

struct EnrolmentCode {
  PrincipalId principal;
  absl::Time expire_time;
  bool used = false;
  TokenScope scope = TokenScope::kFull;
};

struct Token {
  TokenId id;
  PrincipalId principal;
  Digest secret_hash;
  absl::Time expire_time;
  std::string device;
  bool revoked = false;
  TokenScope scope = TokenScope::kFull;
};

struct Directory {
  uint64_t last_sequence = 0;
  std::map<PrincipalId, Principal> principals;
  std::map<std::string, PrincipalId> handles;
  std::map<Digest, EnrolmentCode> codes;
  std::map<TokenId, Token> tokens;

  /// nullptr when unknown. A handle may start with "@".
  const Principal* FindHandle(std::string_view handle) const;
  const Principal* Find(const PrincipalId& id) const;
  /// "@ada"; "@server" for the zero id; the id's text for one nobody knows.
  std::string HandleOf(const PrincipalId& id) const;
};

/// Secrets arrive hashed: code and token themselves never reach this layer or the log.
struct CreatePrincipal {
  PrincipalId id;
  std::string handle;
  std::string display_name;
  std::vector<OrgRole> roles;
  Digest code_hash;
  absl::Time code_expire_time;
};
struct IssueCode {
  std::string handle;
  Digest code_hash;
  absl::Time expire_time;
  TokenScope scope = TokenScope::kFull;
};
struct RedeemCode {
  Digest code_hash;
  TokenId token;
  Digest secret_hash;
  absl::Time expire_time;
  /// Required for kChat: the chat account.
  std::string device;
  /// Must be that of the code.
  TokenScope scope = TokenScope::kFull;
};
struct RevokeToken {
  TokenId token;
};
using DirectoryCommand = std::variant<CreatePrincipal, IssueCode, RedeemCode, RevokeToken>;

/// Errors: kInvalidArgument (BAD_HANDLE, NO_ROLE, TEXT_…), kAlreadyExists (HANDLE_TAKEN), kNotFound
/// (UNKNOWN_HANDLE, UNKNOWN_TOKEN), kPermissionDenied (CODE_REFUSED: wrong, used or expired code,
/// or one for another scope, without saying which), kFailedPrecondition (TOKEN_REVOKED).
absl::StatusOr<std::vector<PendingEntry>> Decide(const Directory& directory,
                                                 const DirectoryCommand& command, absl::Time now);

void Apply(Directory& directory, const EntryMeta& meta, const Event& event);

}  // namespace tocsin::domain
