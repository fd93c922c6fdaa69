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
  ada.Refused(2, "neither a bundle nor a report", {"verify", csv});
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

TEST_CASE("Register: filters, each by itself and together", "[e2e]") {
  Server server;
  server.Start();
  const Person ada = NewPerson(Admin(server), server, "ada", {"commander", "ciso"});
  ada.Do({"declare", "Files are encrypted", "--severity", "sev1"});
  ada.Do({"impact", "set", "incident_type=ransomware"});
  ada.Do({"declare", "Mail is down", "--severity", "sev2"});
  ada.Do({"phase", "investigation", "--because", "looking"});
  ada.Do({"declare", "Nothing", "--severity", "sev4"});
  CHECK_THAT(ada.Refused(2, "is no fact that anything reads", {"impact", "set", "loss_eur=5"}),
             ContainsSubstring("financial_loss_eur"));
  ada.Do({"close", "--because", "a false alarm", "--no-review", "nothing to learn"});
  const auto titles = [&](std::vector<std::string> flags) {
    flags.insert(flags.begin(), "register");
    std::string all;
    const auto answer = ada.Json(flags);
    for (const auto& row : answer["rows"]) all += row["title"].get<std::string>() + ";";
    return all;
  };
  CHECK(titles({"--severity", "sev1,sev4"}) == "Nothing;Files are encrypted;");
  CHECK(titles({"--open"}) == "Mail is down;Files are encrypted;");
  CHECK(titles({"--phase", "investigation"}) == "Mail is down;");
  CHECK(titles({"--kind", "Ransomware"}) == "Files are encrypted;");
  CHECK(titles({"--kind", "not stated", "--open"}) == "Mail is down;");
  CHECK(titles({"--late"}).empty());
  ada.Refused(2, "sev9", {"register", "--severity", "sev9"});
  ada.Refused(2, "'containmen'", {"register", "--phase", "containmen"});
}

TEST_CASE("Report: a period's sums with those of the one before", "[e2e]") {
  Server server;
  server.Start();
  const Person admin = Admin(server);
  const Person ada = NewPerson(admin, server, "ada", {"commander", "ciso", "legal"});
  ada.Do({"declare", "Mail is down", "--severity", "sev2", "--detected", "-50h"});
  ada.Do({"aware", "--at", "-49h", "--because", "confirmed"});
  ada.Do({"significant", "yes", "--because", "services are down"});
  ada.Do({"notify", "submitted", "early_warning", "--at", "-10h", "--channel", "phone",
          "--reference", "R-1", "--late-reason", "the portal was down"});
  ada.Do({"declare", "Only a drill", "--severity", "sev1", "--drill"});

  const std::string text = ada.Do({"report", "--quarter", ThisYear()});
  CHECK_THAT(text, ContainsSubstring("| Incidents | 1 | 0 |  |"));
  CHECK_THAT(text, ContainsSubstring("| Drills held | 1 | 0 |  |"));
  CHECK_THAT(text, ContainsSubstring("Only a drill (still running)"));
  CHECK_THAT(text, ContainsSubstring("| Time to awareness | aware − detected | 1 of 1 | 1 h |"));
  CHECK_THAT(text, ContainsSubstring("| 15 h | the portal was down |"));
  CHECK_THAT(ada.Do({"report", "--quarter", ThisYear(), "--language", "nl"}),
             ContainsSubstring("Waarover het bestuur moet beslissen"));
  const auto figures = ada.Json({"report", "--quarter", ThisYear()});
  CHECK(figures["period"]["incidents"] == 1);
  CHECK(figures["period"]["late"].size() == 1);
  CHECK_THAT(ada.Do({"register", "--late", "--csv", "-"}),
             ContainsSubstring("Early warning 15 h late: the portal was down"));
  ada.Refused(2, "is no period", {"report", "--quarter", "last"});
  ada.Refused(2, "2199 has not begun", {"report", "--quarter", "2199"});
  ada.Do({"declare", "Secret", "--severity", "sev1", "--restricted"});
  CHECK_THAT(ada.Do({"report", "--quarter", ThisYear()}),
             ContainsSubstring("Holds restricted incidents: 1."));
  const std::string open = ada.Do({"report", "--quarter", ThisYear(), "--without-restricted"});
  CHECK_THAT(open, ContainsSubstring("| Incidents | 1 | 0 |"));
  CHECK_FALSE(absl::StrContains(open, "restricted incidents: "));
  ada.Refused(2, "", {"report", "--quarter", ThisYear(), "--format", "docx"});

  const std::string pdf = ada.File("report.pdf");
  ada.Do({"report", "--quarter", ThisYear(), "--format", "pdf", "--out", pdf});
  CHECK(absl::StartsWith(ReadFile(pdf), "%PDF-"));
  ada.Refused(5, "exists", {"report", "--quarter", ThisYear(), "--format", "pdf", "--out", pdf});
  ada.Refused(2, "holds no bundle", {"verify", pdf});
  const std::string html = ada.File("report.html");
  ada.Do({"report", "--quarter", ThisYear(), "--format", "html", "--out", html});
  CHECK_THAT(ReadFile(html), ContainsSubstring("<svg role=\"img\""));
}

TEST_CASE("Report and register: over the organisations of one person, each with its own rights",
          "[e2e]") {
  const TempDir dir;
  WriteFile(dir.File("two.yaml"),
            "organisations:\n  - name: alpha\n    time_zone: Europe/Amsterdam\n"
            "  - name: beta\n    time_zone: Europe/Berlin\n");
  Server server({.config = dir.File("two.yaml"), .organisations = 2, .files_max = 0});
  server.Start();
  Person cato = Admin(server, "alpha");
  cato.Do({"declare", "Files are encrypted", "--severity", "sev1"});
  cato.Do({"enrol", "--server", server.endpoint(), "--code", server.code("beta"), "--fingerprint",
           server.fingerprint(), "--context", "second"});
  cato.Do({"declare", "Mail is down", "--severity", "sev2"});
  cato.Do({"declare", "Phone is down", "--severity", "sev2"});

  const std::string text = cato.Do({"report", "--quarter", ThisYear(), "--org", "all"});
  CHECK_THAT(text, ContainsSubstring(": 2 organisations"));
  CHECK_THAT(text, ContainsSubstring("| Incidents | 3 | 0 |  |"));
  CHECK_THAT(text, ContainsSubstring("| alpha | 1 | 1 | 0 |"));
  CHECK_THAT(text, ContainsSubstring("| beta | 2 | 0 | 2 |"));
  CHECK(cato.Json({"report", "--quarter", ThisYear(), "--org", "beta,alpha"}).size() == 2);

  const std::string table = cato.Do({"register", "--org", "all"});
  CHECK_THAT(table, ContainsSubstring("alpha"));
  CHECK_THAT(table, ContainsSubstring("Phone is down"));
  CHECK(absl::StartsWith(cato.Do({"register", "--org", "all", "--csv", "-"}),
                         "organisation,incident,title,"));
  const auto one = cato.Json({"register", "--org", "second"});
  REQUIRE(one.size() == 1);
  CHECK(one[0]["organisation"] == "beta");
  CHECK(one[0]["rows"].size() == 2);
  CHECK_THAT(cato.Do({"register", "--org", "all", "--severity", "sev1", "-o", "id"}),
             ContainsSubstring("default INC-"));

  CHECK_THAT(cato.Refused(2, "no context is called 'gamma'", {"register", "--org", "gamma"}),
             ContainsSubstring("tocsin context list"));
  cato.Refused(2, "--org says which", {"register", "--org", "all", "--context", "second"});
  // All or none: what one server does not answer must not look like no incidents.
  server.Stop();
  cato.Refused(6, "alpha (context default)", {"report", "--quarter", ThisYear(), "--org", "all"});
}

}  // namespace tocsin::e2e
