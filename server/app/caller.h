// Who is calling: found once per call from the credential, then passed down. No layer below rpc
// sees a credential.
#pragma once

#include <string>
#include <vector>

#include "server/base/ids.h"
#include "server/base/vocabulary.h"

namespace tocsin::app {

struct Caller {
  OrgNumber org{};
  PrincipalId principal;
  TokenId token;
  std::vector<OrgRole> roles;
  /// How the caller was authenticated; sealed into every entry it writes, hashed into the leaf.
  std::string auth_context;
  /// Through a chat bot, with a token of the person's that can do nothing irreversible.
  bool chat = false;

  bool Has(OrgRole role) const {
    for (OrgRole held : roles) {
      if (held == role) return true;
    }
    return false;
  }
};

}  // namespace tocsin::app
