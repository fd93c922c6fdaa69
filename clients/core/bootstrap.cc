#include "clients/core/bootstrap.h"

#include <errno.h>
#include <netdb.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "server/base/digest.h"
#include "server/base/encoding.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/view.h"

namespace tocsin::client {
namespace {

constexpr char kDefaultPort[] = "7443";
constexpr char kPrefix[] = "SHA256:";

template <typename T, void (*Free)(T*)>
struct Freer {
  void operator()(T* object) const { Free(object); }
};
using SslContext = std::unique_ptr<SSL_CTX, Freer<SSL_CTX, SSL_CTX_free>>;
using SslConnection = std::unique_ptr<SSL, Freer<SSL, SSL_free>>;
using Certificate = std::unique_ptr<X509, Freer<X509, X509_free>>;
using AddressList = std::unique_ptr<addrinfo, Freer<addrinfo, freeaddrinfo>>;

struct BioFreer {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
using MemoryBio = std::unique_ptr<BIO, BioFreer>;

absl::Status Unreachable(const ServerAddress& address, std::string_view cause) {
  return Error(absl::StatusCode::kUnavailable, "SERVER_UNREACHABLE",
               absl::StrCat("cannot reach ", address.ToString(), " (", ToAbsl(cause), ")"),
               "Check the address, the network and that tocsind runs; then try again.");
}

absl::Status NotTls(const ServerAddress& address) {
  return Error(absl::StatusCode::kUnavailable, "NOT_A_TLS_SERVER",
               absl::StrCat(address.ToString(), " does not answer with TLS"),
               "Check the port: the server writes host and port to DIR/endpoint.");
}

std::string Fingerprint(X509* certificate) {
  unsigned char* der = nullptr;
  const int size = i2d_X509(certificate, &der);
  if (size <= 0) return "";
  const auto free_der = absl::MakeCleanup([der] { OPENSSL_free(der); });
  const Digest digest =
      Sha256(std::string_view(reinterpret_cast<const char*>(der), static_cast<size_t>(size)));
  std::string text = Base64Encode(digest.view());
  while (!text.empty() && text.back() == '=') text.pop_back();
  return kPrefix + text;
}

std::string ToPem(X509* certificate) {
  const MemoryBio bio(BIO_new(BIO_s_mem()));
  if (bio == nullptr || PEM_write_bio_X509(bio.get(), certificate) != 1) return "";
  const char* data = nullptr;
  // The macro BIO_get_mem_data, without its old-style cast.
  const long size = BIO_ctrl(bio.get(), BIO_CTRL_INFO, 0, &data);
  return std::string(data, static_cast<size_t>(size));
}

// A connected socket, or -1 with `cause`.
int ConnectTcp(const ServerAddress& address, absl::Duration timeout, std::string& cause) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int resolved = getaddrinfo(address.host.c_str(), address.port.c_str(), &hints, &found);
  if (resolved != 0) {
    cause = gai_strerror(resolved);
    return -1;
  }
  const AddressList list(found);
  // Zero would be for ever.
  constexpr absl::Duration kShortest = absl::Milliseconds(1);
  // Together they take no longer, and one that does not answer leaves time for the others.
  int addresses = 0;
  for (const addrinfo* entry = list.get(); entry != nullptr; entry = entry->ai_next) ++addresses;
  const timeval share = absl::ToTimeval(std::max(timeout / std::max(addresses, 1), kShortest));
  const timeval limit = absl::ToTimeval(std::max(timeout, kShortest));
  for (const addrinfo* entry = list.get(); entry != nullptr; entry = entry->ai_next) {
    const int file = ::socket(entry->ai_family, entry->ai_socktype | SOCK_CLOEXEC, 0);
    if (file < 0) continue;
    ::setsockopt(file, SOL_SOCKET, SO_SNDTIMEO, &share, sizeof share);  // limits connect, too
    ::setsockopt(file, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    if (::connect(file, entry->ai_addr, entry->ai_addrlen) == 0) return file;
    cause = errno == EINPROGRESS ? "no answer" : std::strerror(errno);
    ::close(file);
  }
  return -1;
}

// The last self-signed certificate of the chain; nullptr when there is none.
X509* AuthorityIn(STACK_OF(X509) * chain) {
  for (int i = chain == nullptr ? 0 : sk_X509_num(chain); i > 0; --i) {
    X509* certificate = sk_X509_value(chain, i - 1);
    if (X509_self_signed(certificate, /*verify_signature=*/1) == 1) return certificate;
  }
  return nullptr;
}

}  // namespace

std::string ServerAddress::ToString() const {
  if (host.find(':') != std::string::npos) return absl::StrCat("[", host, "]:", port);
  return absl::StrCat(host, ":", port);
}

absl::StatusOr<ServerAddress> ParseServer(std::string_view text) {
  const absl::Status bad =
      InvalidArgument("BAD_SERVER", absl::StrCat("'", ToAbsl(text), "' is not a server address"),
                      "Give it as HOST:PORT, for example tocsin.example:7443.");
  ServerAddress address{.host = "", .port = kDefaultPort};
  if (!text.empty() && text[0] == '[') {
    const size_t end = text.find(']');
    if (end == std::string_view::npos) return bad;
    address.host = std::string(text.substr(1, end - 1));
    text.remove_prefix(end + 1);
    if (!text.empty() && text[0] != ':') return bad;
    if (!text.empty()) address.port = std::string(text.substr(1));
  } else {
    const size_t colon = text.find(':');
    if (colon != text.rfind(':')) return bad;
    address.host = std::string(text.substr(0, colon));
    if (colon != std::string_view::npos) address.port = std::string(text.substr(colon + 1));
  }
  int port = 0;
  const bool good_port = absl::SimpleAtoi(address.port, &port) && port > 0 && port < 65536;
  const bool good_host =
      !address.host.empty() && std::none_of(address.host.begin(), address.host.end(), [](char c) {
        return c == '/' || c == '@' || !absl::ascii_isgraph(static_cast<unsigned char>(c));
      });
  if (!good_port || !good_host) return bad;
  return address;
}

absl::StatusOr<ServerIdentity> FetchServerIdentity(const ServerAddress& address,
                                                   absl::Duration timeout) {
  std::string cause;
  const int file = ConnectTcp(address, timeout, cause);
  if (file < 0) return Unreachable(address, cause);
  const auto close = absl::MakeCleanup([file] { ::close(file); });
  const SslContext context(SSL_CTX_new(TLS_client_method()));
  const SslConnection connection(context == nullptr ? nullptr : SSL_new(context.get()));
  if (connection == nullptr || SSL_set_fd(connection.get(), file) != 1) return NotTls(address);
  SSL_set_verify(connection.get(), SSL_VERIFY_NONE, nullptr);
  constexpr unsigned char kHttp2[] = {2, 'h', '2'};
  SSL_set_alpn_protos(connection.get(), kHttp2, sizeof kHttp2);
  ERR_clear_error();
  if (SSL_connect(connection.get()) != 1) {
    ERR_clear_error();
    return NotTls(address);
  }
  X509* authority = AuthorityIn(SSL_get_peer_cert_chain(connection.get()));
  if (authority == nullptr) {
    return Error(absl::StatusCode::kUnavailable, "NO_AUTHORITY_SHOWN",
                 absl::StrCat(address.ToString(), " does not show its certificate authority"),
                 "Check that it is a Tocsin server and not a proxy in front of one.");
  }
  return ServerIdentity{.ca_pem = ToPem(authority), .fingerprint = Fingerprint(authority)};
}

absl::StatusOr<std::string> FingerprintOf(std::string_view pem) {
  const MemoryBio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  const Certificate certificate(
      bio == nullptr ? nullptr : PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  ERR_clear_error();
  if (certificate == nullptr) {
    return InvalidArgument("BAD_CERTIFICATE", "the pinned certificate authority cannot be read",
                           "Enrol again.");
  }
  return Fingerprint(certificate.get());
}

bool SameFingerprint(std::string_view a, std::string_view b) {
  const auto core = [](std::string_view text) {
    const absl::string_view stripped = absl::StripAsciiWhitespace(ToAbsl(text));
    std::string out(absl::StripPrefix(stripped, kPrefix));
    while (!out.empty() && out.back() == '=') out.pop_back();
    return out;
  };
  return !core(a).empty() && core(a) == core(b);
}

}  // namespace tocsin::client
