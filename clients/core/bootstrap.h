// First contact with a server that nobody knows yet. The certificate authority it shows is
// compared, by fingerprint, with the one the server printed when it was first started; only then is
// it pinned, and only then a secret is sent.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace tocsin::client {

/// A server's address. `port` is decimal.
struct ServerAddress {
  std::string host;
  std::string port;

  /// "host:port", the host in brackets when it is an IPv6 address.
  std::string ToString() const;
};

/// "host:port", "host" (port 7443), "[::1]:7443". Errors: kInvalidArgument BAD_SERVER.
absl::StatusOr<ServerAddress> ParseServer(std::string_view text);

/// What a server says about itself; not trusted by having been read.
struct ServerIdentity {
  /// The self-signed certificate at the end of its chain.
  std::string ca_pem;
  /// "SHA256:" and the base64 of the SHA-256 of its DER form, without padding.
  std::string fingerprint;
};

/// Opens a TLS connection without trusting it and reads the certificate chain. Sends nothing but
/// the handshake. Blocks for at most `timeout` at each step. Errors: kUnavailable
/// SERVER_UNREACHABLE with the system's cause, NOT_A_TLS_SERVER, NO_AUTHORITY_SHOWN.
absl::StatusOr<ServerIdentity> FetchServerIdentity(const ServerAddress& address,
                                                   absl::Duration timeout);

/// Fingerprint of the first certificate in `pem`. Errors: kInvalidArgument BAD_CERTIFICATE.
absl::StatusOr<std::string> FingerprintOf(std::string_view pem);

/// Whether two fingerprints are the same; "SHA256:" may be missing in either, padding and blanks do
/// not count.
bool SameFingerprint(std::string_view a, std::string_view b);

}  // namespace tocsin::client
