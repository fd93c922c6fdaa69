// From the product's errors to what a client receives: gRPC code, sentence, and the serialised
// details with reason and next step. gRPC's own types stay out, so that the table can be tested
// without a server.
#pragma once

#include <string>

#include "absl/status/status.h"

namespace tocsin::rpc {

/// The three parts of a gRPC status.
struct WireStatus {
  int code = 0;
  std::string message;
  /// A serialised tocsin.v1.RpcStatus for the grpc-status-details-bin trailer; empty when OK.
  std::string details;
};

/// The codes are the same on both sides. What was not written for users (INTERNAL, UNKNOWN, and
/// every error that nobody gave a reason) loses its text, which may name files: the text goes to
/// the log under a random id, and the client gets the id. Long texts are cut: trailers are limited
/// to 8 KiB.
WireStatus ToWire(const absl::Status& status);

}  // namespace tocsin::rpc
