#include "clients/chat/net/tls.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"

namespace tocsin::chat {
namespace {

struct BioFree {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
struct X509Free {
  void operator()(X509* certificate) const { X509_free(certificate); }
};
struct KeyFree {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};

absl::Status BadCertificate(const char* why) {
  ERR_clear_error();
  return InvalidArgument("CERTIFICATE_INVALID", why,
                         "Give a PEM certificate with its chain, and its PEM key.");
}

bool IsAddress(const std::string& host) {
  ASN1_OCTET_STRING* address = a2i_IPADDRESS(host.c_str());
  ASN1_OCTET_STRING_free(address);
  return address != nullptr;
}

}  // namespace

absl::StatusOr<SslContext> ClientTls(const std::string& ca_file) {
  SslContext context(SSL_CTX_new(TLS_client_method()));
  if (context == nullptr) return absl::InternalError("TLS is not to be had");
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS);
  const int loaded = ca_file.empty() ? SSL_CTX_set_default_verify_paths(context.get())
                                     : SSL_CTX_load_verify_file(context.get(), ca_file.c_str());
  if (loaded != 1) {
    ERR_clear_error();
    return InvalidArgument(
        "CA_NOT_READABLE",
        absl::StrCat("the authorities in '", ca_file, "' cannot be read").c_str(),
        "Give a PEM file of certificates.");
  }
  return context;
}

absl::StatusOr<SslContext> ServerTls(const std::string& certificate_pem,
                                     const std::string& key_pem) {
  SslContext context(SSL_CTX_new(TLS_server_method()));
  if (context == nullptr) return absl::InternalError("TLS is not to be had");
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  const std::unique_ptr<BIO, BioFree> chain(
      BIO_new_mem_buf(certificate_pem.data(), static_cast<int>(certificate_pem.size())));
  const std::unique_ptr<X509, X509Free> certificate(
      PEM_read_bio_X509(chain.get(), nullptr, nullptr, nullptr));
  if (certificate == nullptr) return BadCertificate("the certificate cannot be read");
  if (SSL_CTX_use_certificate(context.get(), certificate.get()) != 1) {
    return BadCertificate("the certificate cannot be used");
  }
  while (X509* next = PEM_read_bio_X509(chain.get(), nullptr, nullptr, nullptr)) {
    if (SSL_CTX_ctrl(context.get(), SSL_CTRL_CHAIN_CERT, 0, next) != 1) {
      X509_free(next);
      return BadCertificate("the certificate's chain cannot be used");
    }
  }
  ERR_clear_error();  // the end of the file counts as one
  const std::unique_ptr<BIO, BioFree> key_text(
      BIO_new_mem_buf(key_pem.data(), static_cast<int>(key_pem.size())));
  const std::unique_ptr<EVP_PKEY, KeyFree> key(
      PEM_read_bio_PrivateKey(key_text.get(), nullptr, nullptr, nullptr));
  if (key == nullptr) return BadCertificate("the key cannot be read");
  if (SSL_CTX_use_PrivateKey(context.get(), key.get()) != 1) {
    return BadCertificate("the key is not the certificate's");
  }
  return context;
}

absl::Status ExpectHost(SSL* connection, const std::string& host) {
  X509_VERIFY_PARAM* expected = SSL_get0_param(connection);
  if (IsAddress(host)) {
    if (X509_VERIFY_PARAM_set1_ip_asc(expected, host.c_str()) == 1) return absl::OkStatus();
  } else {
    X509_VERIFY_PARAM_set_hostflags(expected, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    if (X509_VERIFY_PARAM_set1_host(expected, host.data(), host.size()) == 1 &&
        SSL_ctrl(connection, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                 const_cast<char*>(host.c_str())) == 1) {
      return absl::OkStatus();
    }
  }
  return absl::InternalError("the host cannot be asked for");
}

std::string CertificateProblem(SSL* connection) {
  const long result = SSL_get_verify_result(connection);
  return result == X509_V_OK ? "" : X509_verify_cert_error_string(result);
}

}  // namespace tocsin::chat
