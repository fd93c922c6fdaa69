// TLS settings of the bot's connections, in OpenSSL's own terms: version 1.2 or later, and a peer
// whose certificate is good for the very host that was asked for. There is no switch to turn that
// off.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace tocsin::chat {

struct SslContextFree {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using SslContext = std::unique_ptr<SSL_CTX, SslContextFree>;

/// For connections that we open. `ca_file`: authorities to trust; the machine's when empty.
/// Errors: kInvalidArgument CA_NOT_READABLE.
absl::StatusOr<SslContext> ClientTls(const std::string& ca_file);

/// For connections that others open. Errors: kInvalidArgument CERTIFICATE_INVALID.
absl::StatusOr<SslContext> ServerTls(const std::string& certificate_pem,
                                     const std::string& key_pem);

/// Before the handshake: asks for `host` and accepts a certificate for it alone.
absl::Status ExpectHost(SSL* connection, const std::string& host);

/// Why the last handshake was refused, for people; empty when the certificate was not the reason.
std::string CertificateProblem(SSL* connection);

}  // namespace tocsin::chat
