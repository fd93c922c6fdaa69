#include "clients/core/names.h"

#include "server/base/error.h"
#include "tests/support/catch.h"

namespace tocsin::client {
namespace {

TEST_CASE("IncidentResource: short, lower-case and full names", "[clients][names]") {
  for (const char* given :
       {"INC-2026-0042", "inc-2026-0042", "incidents/INC-2026-0042", " INC-2026-0042 "}) {
    CHECK(*IncidentResource(given) == "incidents/INC-2026-0042");
  }
  for (const char* bad : {"", "42", "INC-", "INC-2026/../x", "INC-2026 0042", "principals/ada"}) {
    INFO(bad);
    CHECK(ReasonOf(IncidentResource(bad).status()) == "BAD_INCIDENT");
  }
}

TEST_CASE("Names: parts of a resource name", "[clients][names]") {
  const char* name = "incidents/INC-2026-0042/obligations/nis2.early_warning";
  CHECK(ShortName(name) == "nis2.early_warning");
  CHECK(ShortName("ransomware") == "ransomware");
  CHECK(IncidentOf(name) == "INC-2026-0042");
  CHECK(IncidentOf("incidents/INC-2026-0042") == "INC-2026-0042");
  CHECK(IncidentOf("playbooks/x").empty());
}

TEST_CASE("Handle: with and without @, lower case only", "[clients][names]") {
  CHECK(*Handle("ada") == "@ada");
  CHECK(*Handle("@j.doe-2") == "@j.doe-2");
  for (const char* bad : {"", "@", "a", "Ada", "@ada lovelace", "@@ada", "äda"}) {
    INFO(bad);
    CHECK(ReasonOf(Handle(bad).status()) == "BAD_HANDLE");
  }
}

}  // namespace
}  // namespace tocsin::client
