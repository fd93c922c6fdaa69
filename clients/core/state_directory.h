// Where a client keeps what it must remember between two runs and nobody configures: writes that
// wait for the server, checkpoints it has seen. One folder for each identity, named so that people
// find it and two never share it.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "clients/core/context.h"

namespace tocsin::client {

/// TOCSIN_STATE_DIR, else TOCSIN_CONFIG_DIR/state, else $XDG_STATE_HOME/tocsin, else
/// ~/.local/state/tocsin. Does not touch the disk.
/// Errors: kInvalidArgument NO_STATE_DIRECTORY when none of the variables, nor HOME, is set.
absl::StatusOr<std::string> StateDirectory(const Environment& environment);

/// "default-ada-1f2e3d4c5b6a7988": `readable` with every other character than a-z, A-Z, 0-9 made a
/// dash and cut to 64, and the beginning of a hash of `identity`.
std::string StateName(std::string_view readable, std::string_view identity);

/// What the account of `context` is at the organisation of `context`, wherever the server listens:
/// the log's key and the handle. Without a key: the server's address and the handle.
std::string IdentityOf(const Context& context);

}  // namespace tocsin::client
