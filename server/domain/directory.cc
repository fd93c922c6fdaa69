#include "server/domain/directory.h"

#include <cctype>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/check.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/base/view.h"

namespace tocsin::domain {
namespace {

using Entries = absl::StatusOr<std::vector<PendingEntry>>;

absl::Status CheckHandle(const std::string& handle) {
  bool ok = handle.size() >= 2 && handle.size() <= 32 && handle != "server";
  for (char c : handle) {
    const auto u = static_cast<unsigned char>(c);
    ok = ok && (std::islower(u) != 0 || std::isdigit(u) != 0 || c == '.' || c == '-');
  }
  if (ok) return absl::OkStatus();
  return InvalidArgument("BAD_HANDLE", "this cannot be a handle",
                         "Use 2 to 32 of a-z, 0-9, dot and dash; \"server\" is taken.");
}

struct Decider {
  const Directory& directory;
  absl::Time now;

  Entries operator()(const CreatePrincipal& command) const {
    TOCSIN_RETURN_IF_ERROR(CheckHandle(command.handle));
    TOCSIN_RETURN_IF_ERROR(CheckLine("the name", command.display_name, /*may_be_empty=*/true));
    if (command.roles.empty()) {
      return InvalidArgument("NO_ROLE", "the person has no role",
                             "Give at least one: --role responder.");
    }
    if (directory.handles.contains(command.handle)) {
      return Error(absl::StatusCode::kAlreadyExists, "HANDLE_TAKEN",
                   absl::StrCat("@", command.handle, " exists"),
                   "Take another handle, or issue a new code: tocsin principal code.");
    }
    std::vector<PendingEntry> entries(2);
    entries[0].event =
        PrincipalCreated{command.id, command.handle, command.display_name, command.roles};
    entries[1].event = CodeIssued{command.id, command.code_hash, command.code_expire_time};
    return entries;
  }
  Entries operator()(const IssueCode& command) const {
    const Principal* principal = directory.FindHandle(command.handle);
    if (principal == nullptr) {
      return NotFound("UNKNOWN_HANDLE", "nobody has this handle", "See tocsin principal list.");
    }
    std::vector<PendingEntry> entries(1);
    entries[0].event =
        CodeIssued{principal->id, command.code_hash, command.expire_time, command.scope};
    return entries;
  }
  Entries operator()(const RedeemCode& command) const {
    const auto code = directory.codes.find(command.code_hash);
    if (code == directory.codes.end() || code->second.used || code->second.expire_time <= now ||
        code->second.scope != command.scope) {
      return Error(absl::StatusCode::kPermissionDenied, "CODE_REFUSED",
                   "the enrolment code is wrong, used or expired",
                   "Ask an admin for a new one: tocsin principal code HANDLE.");
    }
    TOCSIN_RETURN_IF_ERROR(CheckLine("the device", command.device,
                                     /*may_be_empty=*/command.scope == TokenScope::kFull));
    std::vector<PendingEntry> entries(1);
    entries[0].event = TokenIssued{command.token,       code->second.principal, command.secret_hash,
                                   command.expire_time, command.device,         command.code_hash,
                                   command.scope};
    return entries;
  }
  Entries operator()(const RevokeToken& command) const {
    const auto token = directory.tokens.find(command.token);
    if (token == directory.tokens.end()) {
      return NotFound("UNKNOWN_TOKEN", "there is no such token", "See tocsin whoami for your own.");
    }
    if (token->second.revoked) {
      return FailedPrecondition("TOKEN_REVOKED", "the token is already revoked", "Nothing to do.");
    }
    std::vector<PendingEntry> entries(1);
    entries[0].event = TokenRevoked{command.token};
    return entries;
  }
};

struct Fold {
  Directory& directory;

  void operator()(const PrincipalCreated& e) {
    directory.principals[e.principal] = {e.principal, e.handle, e.display_name, e.roles};
    directory.handles[e.handle] = e.principal;
  }
  void operator()(const CodeIssued& e) {
    directory.codes[e.code_hash] = {e.principal, e.expire_time, /*used=*/false, e.scope};
  }
  void operator()(const TokenIssued& e) {
    directory.tokens[e.token] = {e.token,  e.principal,       e.secret_hash, e.expire_time,
                                 e.device, /*revoked=*/false, e.scope};
    directory.codes[e.code_hash].used = true;
  }
  void operator()(const TokenRevoked& e) { directory.tokens[e.token].revoked = true; }
  template <typename Other>
  void operator()(const Other&) {
    TOCSIN_CHECK(false);
  }
};

}  // namespace

const Principal* Directory::FindHandle(std::string_view handle) const {
  if (handle.starts_with('@')) handle.remove_prefix(1);
  const auto id = handles.find(std::string(handle));
  return id == handles.end() ? nullptr : Find(id->second);
}

const Principal* Directory::Find(const PrincipalId& id) const {
  const auto principal = principals.find(id);
  return principal == principals.end() ? nullptr : &principal->second;
}

std::string Directory::HandleOf(const PrincipalId& id) const {
  if (id.empty()) return "@server";
  const Principal* principal = Find(id);
  return principal == nullptr ? id.ToString() : "@" + principal->handle;
}

absl::StatusOr<std::vector<PendingEntry>> Decide(const Directory& directory,
                                                 const DirectoryCommand& command, absl::Time now) {
  return std::visit(Decider{directory, now}, command);
}

void Apply(Directory& directory, const EntryMeta& meta, const Event& event) {
  TOCSIN_CHECK(meta.sequence == directory.last_sequence + 1);
  std::visit(Fold{directory}, event);
  directory.last_sequence = meta.sequence;
}

}  // namespace tocsin::domain
