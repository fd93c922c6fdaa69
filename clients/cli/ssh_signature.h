// A person's signature on a file, by the stock ssh-keygen: it knows agents, hardware keys and
// passphrases, and anybody can check it without our programs:
//
//   ssh-keygen -Y verify -f allowed_signers -I NAME -n file -s FILE.sig < FILE
#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace tocsin::cli {

/// The armoured signature of `file` by `key` (a private key's file, or a public one whose private
/// part an agent holds). ssh-keygen may ask for a passphrase on the terminal.
/// Errors: kInternal SIGNATURE_NOT_MADE: there is no ssh-keygen, or it refused; its own
/// words stand on standard error.
absl::StatusOr<std::string> SignFile(const std::string& file, const std::string& key);

}  // namespace tocsin::cli
