#include "clients/core/bootstrap.h"

#include "server/base/error.h"
#include "tests/support/catch.h"
#include "tests/unit/clients/sample_authority.h"

namespace tocsin::client {
namespace {

TEST_CASE("ParseServer: host and port, with the usual port left out", "[clients][bootstrap]") {
  CHECK(ParseServer("tocsin.example:8000")->ToString() == "tocsin.example:8000");
  CHECK(ParseServer("tocsin.example")->ToString() == "tocsin.example:7443");
  CHECK(ParseServer("127.0.0.1:1")->ToString() == "127.0.0.1:1");
  CHECK(ParseServer("[::1]:8000")->ToString() == "[::1]:8000");
  CHECK(ParseServer("[::1]")->ToString() == "[::1]:7443");
  for (const char* bad : {"", ":7443", "host:", "host:0", "host:65536", "host:x", "::1", "[::1",
                          "[::1]7443", "https://host:1", "ho st:1", "user@host:1"}) {
    INFO(bad);
    CHECK(ReasonOf(ParseServer(bad).status()) == "BAD_SERVER");
  }
}

TEST_CASE("SameFingerprint: prefix, padding and blanks do not count", "[clients][bootstrap]") {
  CHECK(SameFingerprint("SHA256:abc+/x", "abc+/x="));
  CHECK(SameFingerprint(" SHA256:abc\n", "SHA256:abc"));
  CHECK_FALSE(SameFingerprint("SHA256:abc", "SHA256:abC"));
  CHECK_FALSE(SameFingerprint("", ""));
  CHECK_FALSE(SameFingerprint("SHA256:", "SHA256:"));
}

TEST_CASE("FingerprintOf: the same as openssl's", "[clients][bootstrap]") {
  CHECK(*FingerprintOf(kSampleAuthority) == kSampleFingerprint);
}

TEST_CASE("FingerprintOf: refuses what is not a certificate", "[clients][bootstrap]") {
  CHECK(ReasonOf(FingerprintOf("no certificate").status()) == "BAD_CERTIFICATE");
}

TEST_CASE("FetchServerIdentity: a closed port is told with the system's cause",
          "[clients][bootstrap]") {
  // Port 1 of the loopback interface: nothing listens there without being root and asking for it.
  const auto identity = FetchServerIdentity({.host = "127.0.0.1", .port = "1"}, absl::Seconds(5));

  CHECK(absl::IsUnavailable(identity.status()));
  CHECK(ReasonOf(identity.status()) == "SERVER_UNREACHABLE");
  CHECK_THAT(std::string(identity.status().message()), ContainsSubstring("127.0.0.1:1"));
  CHECK_THAT(std::string(identity.status().message()), ContainsSubstring("refused"));
}

}  // namespace
}  // namespace tocsin::client
