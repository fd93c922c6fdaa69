#include "server/main/authority.h"

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <array>
#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/base/digest.h"
#include "server/base/encoding.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/main/files.h"
#include "server/runtime/random.h"

namespace tocsin::server {
namespace {

constexpr int kAuthorityDays = 3652;
constexpr int kServerDays = 730;
constexpr int kRenewDays = 30;
constexpr int kSerialBytes = 16;
// Clients whose clock is behind must accept a certificate that was just made.
constexpr int64_t kBackdateSeconds = 3600;

template <auto Function>
struct Freer {
  template <typename T>
  void operator()(T* pointer) const {
    Function(pointer);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freer<X509_free>>;
using Bio = std::unique_ptr<BIO, Freer<BIO_free_all>>;

struct Pair {
  Key key;
  Certificate certificate;
};

absl::Status OpenSslError(const std::string& what) {
  std::array<char, 256> text{};
  ERR_error_string_n(ERR_get_error(), text.data(), text.size());
  return absl::InternalError(absl::StrCat(what, ": ", text.data()));
}

std::string TextOf(BIO* bio) {
  char* data = nullptr;
  const auto size = BIO_get_mem_data(bio, &data);
  return std::string(data, static_cast<size_t>(size));
}

std::string KeyPem(EVP_PKEY* key) {
  const Bio bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  return TextOf(bio.get());
}

std::string CertificatePem(X509* certificate) {
  const Bio bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(bio.get(), certificate);
  return TextOf(bio.get());
}

std::string Fingerprint(X509* certificate) {
  unsigned char* der = nullptr;
  const int size = i2d_X509(certificate, &der);
  const Digest digest =
      Sha256(std::string_view(reinterpret_cast<const char*>(der), static_cast<size_t>(size)));
  OPENSSL_free(der);
  std::string text = Base64Encode(digest.view());
  while (absl::EndsWith(text, "=")) text.pop_back();
  return "SHA256:" + text;
}

absl::Status AddExtension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  if (extension == nullptr) return OpenSslError("certificate extension");
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
  return absl::OkStatus();
}

// A certificate for a new key, all but its extensions and signature.
absl::StatusOr<Pair> Blank(const std::string& common_name, absl::Time now, int days) {
  Pair pair;
  pair.key.reset(EVP_EC_gen("P-256"));
  pair.certificate.reset(X509_new());
  if (!pair.key || !pair.certificate) return OpenSslError("new key");
  X509* const certificate = pair.certificate.get();
  X509_set_version(certificate, X509_VERSION_3);
  std::string serial = runtime::RandomString(kSerialBytes);
  serial.front() = static_cast<char>((serial.front() & 0x3f) | 0x40);  // Positive, of full length.
  BIGNUM* number =
      BN_bin2bn(reinterpret_cast<const unsigned char*>(serial.data()), kSerialBytes, nullptr);
  BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate));
  BN_free(number);
  const time_t from = absl::ToTimeT(now) - kBackdateSeconds;
  ASN1_TIME_set(X509_getm_notBefore(certificate), from);
  ASN1_TIME_adj(X509_getm_notAfter(certificate), absl::ToTimeT(now), days, 0);
  X509_set_pubkey(certificate, pair.key.get());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1,
                             0);
  return pair;
}

absl::Status Sign(const Pair& pair, const Pair& issuer) {
  X509_set_issuer_name(pair.certificate.get(), X509_get_subject_name(issuer.certificate.get()));
  if (X509_sign(pair.certificate.get(), issuer.key.get(), EVP_sha256()) == 0) {
    return OpenSslError("signing a certificate");
  }
  return absl::OkStatus();
}

absl::StatusOr<Pair> MakeAuthority(absl::Time now) {
  // The name tells authorities apart where several servers are trusted.
  const std::string name = absl::StrCat("Tocsin authority ", HexEncode(runtime::RandomString(4)));
  TOCSIN_ASSIGN_OR_RETURN(Pair pair, Blank(name, now, kAuthorityDays));
  X509* const certificate = pair.certificate.get();
  TOCSIN_RETURN_IF_ERROR(
      AddExtension(certificate, certificate, NID_basic_constraints, "critical,CA:TRUE,pathlen:0"));
  TOCSIN_RETURN_IF_ERROR(
      AddExtension(certificate, certificate, NID_key_usage, "critical,keyCertSign,cRLSign"));
  TOCSIN_RETURN_IF_ERROR(
      AddExtension(certificate, certificate, NID_subject_key_identifier, "hash"));
  TOCSIN_RETURN_IF_ERROR(Sign(pair, pair));
  return pair;
}

bool IsIpAddress(const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  return inet_pton(AF_INET, host.c_str(), bytes.data()) == 1 ||
         inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1;
}

std::string AlternativeNames(const std::string& host) {
  std::string names = "DNS:tocsin.internal,DNS:localhost,IP:127.0.0.1,IP:::1";
  if (host == "127.0.0.1" || host == "::1" || host == "localhost") return names;
  return absl::StrCat(names, IsIpAddress(host) ? ",IP:" : ",DNS:", host);
}

absl::StatusOr<Pair> MakeServer(const Pair& authority, const std::string& host, absl::Time now) {
  TOCSIN_ASSIGN_OR_RETURN(Pair pair, Blank("tocsin.internal", now, kServerDays));
  X509* const certificate = pair.certificate.get();
  X509* const issuer = authority.certificate.get();
  TOCSIN_RETURN_IF_ERROR(
      AddExtension(certificate, issuer, NID_basic_constraints, "critical,CA:FALSE"));
  TOCSIN_RETURN_IF_ERROR(
      AddExtension(certificate, issuer, NID_key_usage, "critical,digitalSignature"));
  TOCSIN_RETURN_IF_ERROR(AddExtension(certificate, issuer, NID_ext_key_usage, "serverAuth"));
  TOCSIN_RETURN_IF_ERROR(
      AddExtension(certificate, issuer, NID_subject_alt_name, AlternativeNames(host)));
  TOCSIN_RETURN_IF_ERROR(
      AddExtension(certificate, issuer, NID_authority_key_identifier, "keyid:always"));
  TOCSIN_RETURN_IF_ERROR(Sign(pair, authority));
  return pair;
}

// Errors: kNotFound when either file is missing.
absl::StatusOr<Pair> ReadPair(const std::string& stem) {
  TOCSIN_ASSIGN_OR_RETURN(const std::string key_pem, ReadPrivateFile(stem + ".key"));
  TOCSIN_ASSIGN_OR_RETURN(const std::string certificate_pem, ReadWholeFile(stem + ".pem"));
  Pair pair;
  const Bio key(BIO_new_mem_buf(key_pem.data(), static_cast<int>(key_pem.size())));
  pair.key.reset(PEM_read_bio_PrivateKey(key.get(), nullptr, nullptr, nullptr));
  const Bio certificate(
      BIO_new_mem_buf(certificate_pem.data(), static_cast<int>(certificate_pem.size())));
  pair.certificate.reset(PEM_read_bio_X509(certificate.get(), nullptr, nullptr, nullptr));
  if (!pair.key || !pair.certificate ||
      X509_check_private_key(pair.certificate.get(), pair.key.get()) != 1) {
    return FailedPrecondition("AUTHORITY_UNREADABLE",
                              absl::StrCat(stem, ".key and .pem do not belong together"),
                              "Restore both from a backup.");
  }
  return pair;
}

// The key first: a key without certificate is what an interrupted first start leaves, and both are
// made anew then.
absl::Status WritePair(const std::string& stem, const Pair& pair) {
  TOCSIN_RETURN_IF_ERROR(WriteWholeFile(stem + ".key", KeyPem(pair.key.get()), Access::kPrivate));
  return WriteWholeFile(stem + ".pem", CertificatePem(pair.certificate.get()), Access::kEveryone);
}

bool IsMissing(const std::string& path) {
  return absl::IsNotFound(ReadWholeFile(path).status());
}

absl::StatusOr<Pair> LoadOrMakeAuthority(const std::string& directory, absl::Time now) {
  const std::string stem = directory + "/ca";
  // A server that has its certificate has been seen by clients, and they trust this authority.
  if (IsMissing(stem + ".pem") && IsMissing(directory + "/server.pem")) {
    TOCSIN_ASSIGN_OR_RETURN(Pair made, MakeAuthority(now));
    TOCSIN_RETURN_IF_ERROR(WritePair(stem, made));
    return made;
  }
  for (const char* ending : {".pem", ".key"}) {
    if (!IsMissing(stem + ending)) continue;
    return FailedPrecondition("AUTHORITY_INCOMPLETE", absl::StrCat(stem, ending, " is not there"),
                              "Restore it from a backup: clients trust no other authority.");
  }
  return ReadPair(stem);
}

bool IsGood(const Pair& server, const Pair& authority, const std::string& host, absl::Time now) {
  X509* const certificate = server.certificate.get();
  time_t renew = absl::ToTimeT(now + absl::Hours(24) * kRenewDays);
  const bool lasts = X509_cmp_time(X509_get0_notAfter(certificate), &renew) > 0;
  const bool issued = X509_verify(certificate, authority.key.get()) == 1;
  const bool named = IsIpAddress(host)
                         ? X509_check_ip_asc(certificate, host.c_str(), 0) == 1
                         : X509_check_host(certificate, host.c_str(), 0, 0, nullptr) == 1;
  return lasts && issued && named;
}

}  // namespace

absl::StatusOr<TlsIdentity> LoadOrMakeIdentity(const std::string& directory,
                                               const std::string& host, absl::Time now) {
  TOCSIN_RETURN_IF_ERROR(MakeDirectory(directory));
  TOCSIN_ASSIGN_OR_RETURN(const Pair authority, LoadOrMakeAuthority(directory, now));
  const std::string stem = directory + "/server";
  absl::StatusOr<Pair> server = ReadPair(stem);
  if (!server.ok() && !absl::IsNotFound(server.status()) &&
      ReasonOf(server.status()) != "AUTHORITY_UNREADABLE") {
    return server.status();
  }
  // The server's own pair is replaceable: whatever is wrong with it, a new one does.
  if (!server.ok() || !IsGood(*server, authority, host, now)) {
    server = MakeServer(authority, host, now);
    if (!server.ok()) return server.status();
    TOCSIN_RETURN_IF_ERROR(WritePair(stem, *server));
  }
  TlsIdentity identity;
  identity.private_key_pem = KeyPem(server->key.get());
  identity.chain_pem = absl::StrCat(CertificatePem(server->certificate.get()),
                                    CertificatePem(authority.certificate.get()));
  identity.fingerprint = Fingerprint(authority.certificate.get());
  return identity;
}

}  // namespace tocsin::server
