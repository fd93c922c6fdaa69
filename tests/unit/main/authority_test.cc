#include "server/main/authority.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <filesystem>
#include <fstream>
#include <memory>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/base/digest.h"
#include "server/base/encoding.h"
#include "server/base/error.h"
#include "server/main/files.h"
#include "tests/support/catch.h"
#include "tests/support/scratch_directory.h"

namespace tocsin::server {
namespace {

namespace fs = std::filesystem;

const absl::Time kNow = absl::FromUnixSeconds(1'781'078'400);  // 2026-06-10T08:00:00Z
constexpr absl::Duration kDay = absl::Hours(24);

template <auto Function>
struct Freer {
  template <typename T>
  void operator()(T* pointer) const {
    Function(pointer);
  }
};
using Bio = std::unique_ptr<BIO, Freer<BIO_free_all>>;
using Key = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freer<X509_free>>;
using Store = std::unique_ptr<X509_STORE, Freer<X509_STORE_free>>;
using StoreContext = std::unique_ptr<X509_STORE_CTX, Freer<X509_STORE_CTX_free>>;

struct Chain {
  Certificate server;
  Certificate authority;
};

Chain Parse(const TlsIdentity& identity) {
  const Bio bio(
      BIO_new_mem_buf(identity.chain_pem.data(), static_cast<int>(identity.chain_pem.size())));
  Chain chain;
  chain.server.reset(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  chain.authority.reset(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  REQUIRE(chain.server != nullptr);
  REQUIRE(chain.authority != nullptr);
  return chain;
}

Key ParseKey(const std::string& pem) {
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
  REQUIRE(key != nullptr);
  return key;
}

absl::Time TimeOf(const ASN1_TIME* time) {
  tm parts{};
  REQUIRE(ASN1_TIME_to_tm(time, &parts) == 1);
  return absl::FromTM(parts, absl::UTCTimeZone());
}

std::string CurveOf(const EVP_PKEY* key) {
  std::string name(64, '\0');
  size_t size = 0;
  REQUIRE(EVP_PKEY_get_group_name(key, name.data(), name.size(), &size) == 1);
  name.resize(size);
  return name;
}

// An extension as openssl prints it.
std::string Extension(X509* certificate, int nid) {
  const int index = X509_get_ext_by_NID(certificate, nid, -1);
  if (index < 0) return "none";
  const Bio bio(BIO_new(BIO_s_mem()));
  X509V3_EXT_print(bio.get(), X509_get_ext(certificate, index), 0, 0);
  char* data = nullptr;
  const auto size = BIO_get_mem_data(bio.get(), &data);
  const bool critical = X509_EXTENSION_get_critical(X509_get_ext(certificate, index)) == 1;
  return absl::StrCat(critical ? "critical, " : "", std::string(data, static_cast<size_t>(size)));
}

// What a client that trusts the authority alone says at `now` of a server called `host`; "ok".
std::string Judgement(const TlsIdentity& identity, const std::string& host, absl::Time now) {
  const Chain chain = Parse(identity);
  const Store store(X509_STORE_new());
  X509_STORE_add_cert(store.get(), chain.authority.get());
  const StoreContext context(X509_STORE_CTX_new());
  X509_STORE_CTX_init(context.get(), store.get(), chain.server.get(), nullptr);
  X509_VERIFY_PARAM* const param = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_time(param, absl::ToTimeT(now));
  X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_X509_STRICT);
  X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_SSL_SERVER);
  if (X509_VERIFY_PARAM_set1_ip_asc(param, host.c_str()) != 1) {
    X509_VERIFY_PARAM_set1_host(param, host.c_str(), host.size());
  }
  X509_verify_cert(context.get());
  return X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get()));
}

// One server's folder.
class Folder {
 public:
  TlsIdentity Load(const std::string& host = "127.0.0.1", absl::Time now = kNow) const {
    auto identity = LoadOrMakeIdentity(tls(), host, now);
    INFO(identity.status().ToString());
    REQUIRE(identity.ok());
    return *std::move(identity);
  }
  absl::Status Refusal() const { return LoadOrMakeIdentity(tls(), "127.0.0.1", kNow).status(); }
  std::string tls() const { return directory_.Path("tls"); }
  std::string File(const std::string& name) const { return tls() + "/" + name; }
  void Spoil(const std::string& name) const {
    std::ofstream(File(name), std::ios::trunc) << "not a key any more";
  }

 private:
  ScratchDirectory directory_;
};

bool IsSame(const TlsIdentity& a, const TlsIdentity& b) {
  return a.private_key_pem == b.private_key_pem && a.chain_pem == b.chain_pem &&
         a.fingerprint == b.fingerprint;
}

}  // namespace

TEST_CASE("Authority: the first start makes one for ten years, which signs certificates only") {
  const Folder folder;
  const TlsIdentity identity = folder.Load();
  const Chain chain = Parse(identity);
  X509* const authority = chain.authority.get();
  CHECK(X509_self_signed(authority, 1) == 1);
  CHECK(TimeOf(X509_get0_notBefore(authority)) == kNow - absl::Hours(1));
  CHECK(TimeOf(X509_get0_notAfter(authority)) == kNow + 3652 * kDay);
  CHECK(CurveOf(X509_get0_pubkey(authority)) == "prime256v1");
  CHECK(Extension(authority, NID_basic_constraints) == "critical, CA:TRUE, pathlen:0");
  CHECK(Extension(authority, NID_key_usage) == "critical, Certificate Sign, CRL Sign");
  CHECK(X509_get_version(authority) == X509_VERSION_3);

  unsigned char* der = nullptr;
  const int size = i2d_X509(authority, &der);
  const Digest digest =
      Sha256(std::string_view(reinterpret_cast<const char*>(der), static_cast<size_t>(size)));
  OPENSSL_free(der);
  CHECK(identity.fingerprint + "=" == "SHA256:" + Base64Encode(digest.view()));
}

TEST_CASE("Authority: two servers have two authorities, told apart by name") {
  const Folder here;
  const Folder there;
  const Chain first = Parse(here.Load());
  const Chain second = Parse(there.Load());
  CHECK(X509_NAME_cmp(X509_get_subject_name(first.authority.get()),
                      X509_get_subject_name(second.authority.get())) != 0);
  CHECK(here.Load().fingerprint != there.Load().fingerprint);
}

TEST_CASE("Authority: the server's certificate is for two years and for its names") {
  const Folder folder;
  const TlsIdentity identity = folder.Load("tocsin.hospital.example");
  const Chain chain = Parse(identity);
  X509* const server = chain.server.get();
  CHECK(TimeOf(X509_get0_notBefore(server)) == kNow - absl::Hours(1));
  CHECK(TimeOf(X509_get0_notAfter(server)) == kNow + 730 * kDay);
  CHECK(CurveOf(X509_get0_pubkey(server)) == "prime256v1");
  CHECK(X509_check_private_key(server, ParseKey(identity.private_key_pem).get()) == 1);
  CHECK(Extension(server, NID_basic_constraints) == "critical, CA:FALSE");
  CHECK(Extension(server, NID_key_usage) == "critical, Digital Signature");
  CHECK(Extension(server, NID_ext_key_usage) == "TLS Web Server Authentication");
  CHECK(Extension(server, NID_subject_alt_name) ==
        "DNS:tocsin.internal, DNS:localhost, IP Address:127.0.0.1, "
        "IP Address:0:0:0:0:0:0:0:1, DNS:tocsin.hospital.example");
  for (const char* host :
       {"tocsin.internal", "localhost", "127.0.0.1", "::1", "tocsin.hospital.example"}) {
    CHECK(Judgement(identity, host, kNow) == "ok");
    CHECK(Judgement(identity, host, kNow + 729 * kDay) == "ok");
  }
  CHECK(Judgement(identity, "other.example", kNow) == "hostname mismatch");
  CHECK(Judgement(identity, "10.0.0.1", kNow) == "IP address mismatch");
  CHECK(Judgement(identity, "localhost", kNow + 731 * kDay) == "certificate has expired");
  // A client whose clock is half an hour behind accepts it; one from another day does not.
  CHECK(Judgement(identity, "localhost", kNow - absl::Minutes(30)) == "ok");
  CHECK(Judgement(identity, "localhost", kNow - kDay) == "certificate is not yet valid");
}

TEST_CASE("Authority: an address is named as one, and no name twice") {
  const Folder folder;
  const std::string always =
      "DNS:tocsin.internal, DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1";
  const auto names = [&](const std::string& host) {
    return Extension(Parse(folder.Load(host)).server.get(), NID_subject_alt_name);
  };
  CHECK(names("localhost") == always);
  CHECK(names("127.0.0.1") == always);
  CHECK(names("::1") == always);
  CHECK(names("192.0.2.7") == always + ", IP Address:192.0.2.7");
  CHECK(names("2001:db8::7") == always + ", IP Address:2001:DB8:0:0:0:0:0:7");
}

TEST_CASE("Authority: what was made is read again as it was, and keys are their owner's alone") {
  const Folder folder;
  const TlsIdentity first = folder.Load();
  CHECK(IsSame(folder.Load(), first));
  CHECK(IsSame(folder.Load("localhost"), first));
  CHECK(IsSame(folder.Load("127.0.0.1", kNow - 300 * kDay), first));
  CHECK(fs::status(folder.tls()).permissions() == fs::perms::owner_all);
  for (const char* key : {"ca.key", "server.key"}) {
    CHECK(fs::status(folder.File(key)).permissions() ==
          (fs::perms::owner_read | fs::perms::owner_write));
  }
}

TEST_CASE("Authority: the server's certificate is renewed in its last month, the authority stays") {
  const Folder folder;
  const TlsIdentity first = folder.Load();
  CHECK(IsSame(folder.Load("127.0.0.1", kNow + 700 * kDay - absl::Seconds(1)), first));
  const absl::Time late = kNow + 700 * kDay;
  const TlsIdentity renewed = folder.Load("127.0.0.1", late);
  CHECK(renewed.fingerprint == first.fingerprint);
  CHECK(renewed.private_key_pem != first.private_key_pem);
  CHECK(Judgement(renewed, "127.0.0.1", late + 729 * kDay) == "ok");
  CHECK(IsSame(folder.Load("127.0.0.1", late), renewed));
}

TEST_CASE("Authority: a new host name gets a new certificate from the same authority") {
  const Folder folder;
  const TlsIdentity first = folder.Load();
  for (const char* host : {"tocsin.example", "192.0.2.7"}) {
    CHECK(Judgement(first, host, kNow) != "ok");
    const TlsIdentity renamed = folder.Load(host);
    CHECK(renamed.fingerprint == first.fingerprint);
    CHECK(Judgement(renamed, host, kNow) == "ok");
    CHECK(IsSame(folder.Load(host), renamed));
  }
}

TEST_CASE("Authority: an interrupted first start is completed") {
  const Folder folder;
  SECTION("before the authority's certificate") {
    folder.Load();
    for (const char* name : {"ca.pem", "server.key", "server.pem"}) fs::remove(folder.File(name));
    const TlsIdentity made = folder.Load();
    CHECK(Judgement(made, "localhost", kNow) == "ok");
    CHECK(IsSame(folder.Load(), made));
  }
  SECTION("before the server's key or its certificate") {
    const TlsIdentity first = folder.Load();
    const bool with_key = GENERATE(false, true);
    if (!with_key) fs::remove(folder.File("server.key"));
    fs::remove(folder.File("server.pem"));
    const TlsIdentity made = folder.Load();
    CHECK(made.fingerprint == first.fingerprint);
    CHECK(Judgement(made, "localhost", kNow) == "ok");
    CHECK(IsSame(folder.Load(), made));
  }
}

TEST_CASE("Authority: one that clients may trust already is never replaced by another") {
  const Folder folder;
  const TlsIdentity first = folder.Load();
  const auto refused = [&](const std::string& missing) {
    const absl::Status status = folder.Refusal();
    CHECK(status.code() == absl::StatusCode::kFailedPrecondition);
    CHECK(ReasonOf(status) == "AUTHORITY_INCOMPLETE");
    CHECK(status.message() == folder.File(missing) + " is not there");
    CHECK(NextStepOf(status) == "Restore it from a backup: clients trust no other authority.");
    CHECK_FALSE(fs::exists(folder.File(missing)));
  };
  SECTION("the key is gone") {
    fs::rename(folder.File("ca.key"), folder.File("backup"));
    refused("ca.key");
    fs::rename(folder.File("backup"), folder.File("ca.key"));
  }
  SECTION("the certificate is gone") {
    fs::rename(folder.File("ca.pem"), folder.File("backup"));
    refused("ca.pem");
    fs::rename(folder.File("backup"), folder.File("ca.pem"));
  }
  SECTION("both are gone, the server's certificate tells of them") {
    fs::rename(folder.File("ca.pem"), folder.File("backup"));
    fs::rename(folder.File("ca.key"), folder.File("backup.key"));
    refused("ca.pem");
    fs::rename(folder.File("backup"), folder.File("ca.pem"));
    fs::rename(folder.File("backup.key"), folder.File("ca.key"));
  }
  CHECK(IsSame(folder.Load(), first));
}

TEST_CASE("Authority: a damaged one is refused, and nothing is made in its place") {
  const Folder folder;
  const TlsIdentity first = folder.Load();
  fs::copy(folder.tls(), folder.tls() + ".backup");
  SECTION("key spoilt") {
    folder.Spoil("ca.key");
  }
  SECTION("certificate spoilt") {
    folder.Spoil("ca.pem");
  }
  SECTION("key cut") {
    fs::resize_file(folder.File("ca.key"), 100);
  }
  SECTION("key emptied") {
    fs::resize_file(folder.File("ca.key"), 0);
  }
  SECTION("another's key") {
    const Folder other;
    other.Load();
    fs::copy(other.File("ca.key"), folder.File("ca.key"), fs::copy_options::overwrite_existing);
  }
  const absl::Status refused = folder.Refusal();
  CHECK(refused.code() == absl::StatusCode::kFailedPrecondition);
  CHECK(ReasonOf(refused) == "AUTHORITY_UNREADABLE");
  CHECK_THAT(std::string(refused.message()), ContainsSubstring(folder.File("ca.key")));
  CHECK(NextStepOf(refused) == "Restore both from a backup.");

  for (const char* name : {"ca.key", "ca.pem"}) {
    fs::copy(folder.tls() + ".backup/" + name, folder.File(name),
             fs::copy_options::overwrite_existing);
  }
  CHECK(IsSame(folder.Load(), first));
}

TEST_CASE("Authority: keys that others may read are refused, the server's own too") {
  const Folder folder;
  const TlsIdentity first = folder.Load();
  const std::string name = GENERATE("ca.key", "server.key");
  const std::string key = folder.File(name);
  fs::permissions(key, fs::perms::group_read, fs::perm_options::add);

  const absl::Status refused = folder.Refusal();

  CHECK(ReasonOf(refused) == "KEY_EXPOSED");
  CHECK(refused.message() == key + " can be read by others");
  CHECK_THAT(NextStepOf(refused), ContainsSubstring("chmod 600 " + key));
  fs::permissions(key, fs::perms::group_read, fs::perm_options::remove);
  CHECK(IsSame(folder.Load(), first));
}

TEST_CASE("Authority: whatever is wrong with the server's own pair, a new one does") {
  const Folder folder;
  const TlsIdentity first = folder.Load();
  SECTION("key spoilt") {
    folder.Spoil("server.key");
  }
  SECTION("certificate spoilt") {
    folder.Spoil("server.pem");
  }
  SECTION("of another authority") {
    const Folder other;
    other.Load();
    for (const char* name : {"server.key", "server.pem"}) {
      fs::copy(other.File(name), folder.File(name), fs::copy_options::overwrite_existing);
    }
  }
  const TlsIdentity made = folder.Load();
  CHECK(made.fingerprint == first.fingerprint);
  CHECK(made.private_key_pem != first.private_key_pem);
  CHECK(Judgement(made, "localhost", kNow) == "ok");
  CHECK(IsSame(folder.Load(), made));
}

TEST_CASE("Authority: a folder that cannot be made is named") {
  const ScratchDirectory directory;
  const absl::Status refused =
      LoadOrMakeIdentity(directory.Path("none/tls"), "localhost", kNow).status();
  CHECK(ReasonOf(refused) == "FILE_NOT_WRITTEN");
  CHECK_THAT(std::string(refused.message()), ContainsSubstring(directory.Path("none/tls")));
}

}  // namespace tocsin::server
