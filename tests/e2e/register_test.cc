// The register and the report of a period, over the real binaries.
#include "absl/strings/match.h"
#include "tests/e2e/harness.h"
#include "tests/support/catch.h"

namespace tocsin::e2e {
namespace {

std::string ThisYear() {
  return absl::FormatTime("%Y", absl::Now(), absl::UTCTimeZone());
}

}  // namespace

TEST_CASE("Register: each sees what they may see, drills only when asked for", "[e2e]") {
  Server server;
  server.Start();
  const Person admin = Admin(server);
  const Person ada = NewPerson(admin, server, "ada", {"ciso"});
  const Person bob = NewPerson(admin, server, "bob", {"responder"});
  ada.Do({"declare", "=cmd|' /C calc'!A0", "--severity", "sev2"});
  ada.Do({"impact", "set", "financial_loss_eur=1200", "root_cause_key=vpn"});
  ada.Do({"declare", "Secret", "--severity", "sev1", "--restricted"});
  ada.Do({"declare", "Only a drill", "--severity", "sev1", "--drill"});

  CHECK(ada.Json({"register"})["rows"].size() == 2);
  CHECK(ada.Json({"register", "--drills"})["rows"].size() == 3);
  CHECK_FALSE(absl::StrContains(bob.Do({"register"}), "Secret"));
  CHECK(ada.Json({"register", "--from", "2020-01-01", "--to", "2020-02-01"})["rows"].empty());
  ada.Refused(2, "is not a date", {"register", "--from", "yesterday"});

  ada.Refused(2, "--from does not lie before --to",
              {"register", "--from", "2026-12-01", "--to", "2026-01-01"});
  CHECK(absl::StartsWith(ada.Do({"register", "--csv", "-"}), "incident,title,"));
  const std::string csv = ada.File("register.csv");
  ada.Do({"register", "--csv", csv});
  CHECK_THAT(ReadFile(csv), ContainsSubstring(",'=cmd|' /C calc'!A0,"));
}

TEST_CASE("Search: what one may see, as it stands now", "[e2e]") {
  Server server;
  server.Start();
  const Person admin = Admin(server);
  const Person ada = NewPerson(admin, server, "ada", {"ciso"});
  const Person bob = NewPerson(admin, server, "bob", {"responder"});
  ada.Do({"declare", "Mail is down", "--severity", "sev2"});
  ada.Do({"log", "the VPN gateway is hit", "--kind", "observation"});
  ada.Do({"declare", "Secret", "--severity", "sev1", "--restricted"});
  ada.Do({"log", "the vpn gateway of the board", "--kind", "decision"});

  CHECK(ada.Json({"search", "vpn", "gateway"})["entries"].size() == 2);
  CHECK(bob.Json({"search", "vpn", "gateway"})["entries"].size() == 1);
  CHECK(ada.Json({"search", "--kind", "decision"})["entries"].size() == 1);
  CHECK(ada.Json({"search", "vpn", "--by", "@bob"})["entries"].empty());
  CHECK(ada.Json({"search", "vpn", "--incident", "INC-2026-0001"})["entries"].size() <= 1);
  ada.Refused(2, "neither a text nor anything else", {"search"});
  ada.Refused(3, "nobody is called", {"search", "x", "--by", "@nobody"});
  bob.Refused(3, "no such incident", {"search", "x", "--incident", "INC-2026-0002"});
}

TEST_CASE("Report: a period's sums with those of the one before", "[e2e]") {
  Server server;
  server.Start();
  const Person admin = Admin(server);
  const Person ada = NewPerson(admin, server, "ada", {"ciso"});
  ada.Do({"declare", "Mail is down", "--severity", "sev2", "--detected", "-2h"});
  ada.Do({"aware", "--at", "-1h", "--because", "confirmed"});
  ada.Do({"declare", "Only a drill", "--severity", "sev1", "--drill"});

  const std::string text = ada.Do({"report", "--quarter", ThisYear()});
  CHECK_THAT(text, ContainsSubstring("- Incidents: 1, up from 0"));
  CHECK_THAT(text, ContainsSubstring("- Drills held: 1 (in no other figure)"));
  CHECK_THAT(text, ContainsSubstring("| time to awareness | aware − detected | 1 | 1 h |"));
  CHECK_THAT(text, ContainsSubstring("nobody has decided whether it is reportable"));
  CHECK(ada.Json({"report", "--quarter", ThisYear()})["period"]["incidents"] == 1);
  ada.Refused(2, "is no period", {"report", "--quarter", "last"});
}

}  // namespace tocsin::e2e
