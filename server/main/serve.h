// The running server: everything made in order, waited for, and taken down in the opposite order.
#pragma once

#include "absl/status/status.h"
#include "server/config/config.h"

namespace tocsin::server {

/// Serves until SIGTERM or SIGINT, then ends within five seconds. Must be called before any thread
/// is started. Prints on standard output, one line each: `listening HOST:PORT`, `fingerprint
/// SHA256:…`, `log ORG VKEY`, `enrol ORG CODE`. Errors: what kept it from starting.
absl::Status Serve(const config::Config& config);

/// "0.1.0".
const char* Version();

}  // namespace tocsin::server
