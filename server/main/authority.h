// The server's private certificate authority and the TLS certificate it issues. Clients pin the
// authority by its fingerprint at first contact; the server's own certificate can then be renewed
// without anybody noticing.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace tocsin::server {

/// What the gRPC server needs, and what people compare.
struct TlsIdentity {
  std::string private_key_pem;
  /// The server's certificate, then the authority's.
  std::string chain_pem;
  /// "SHA256:" and the unpadded base64 of the SHA-256 of the authority's certificate in DER form.
  std::string fingerprint;
};

/// Reads the identity from `directory`, and makes what is missing: an authority for 10 years (only
/// when there is no trace of one), a server certificate for 2 years for tocsin.internal, localhost,
/// the loopback addresses and `host`. A server certificate with less than 30 days left, or without
/// `host`, is issued anew. ECDSA P-256 throughout. Errors: kFailedPrecondition, reason KEY_EXPOSED,
/// AUTHORITY_INCOMPLETE (its key or its certificate is gone), AUTHORITY_UNREADABLE; those of
/// files.h; kInternal from OpenSSL.
absl::StatusOr<TlsIdentity> LoadOrMakeIdentity(const std::string& directory,
                                               const std::string& host, absl::Time now);

}  // namespace tocsin::server
