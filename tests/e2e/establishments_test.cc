// The laws of an organisation with more than one establishment: what its profile selects, one
// incident under the same law in two countries, and a library that changes under a running
// incident.
#include <filesystem>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "tests/e2e/harness.h"
#include "tests/support/catch.h"

namespace tocsin::e2e {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr char kProfile[] = R"(    profile:
      sectors: [electricity]
      roles: {controller: true, manufacturer: false, critical_entity: false}
      establishments:
        - {country: BE, time_zone: Europe/Brussels, main: true}
        - {country: FI, time_zone: Europe/Helsinki}
      employees: 1000
      regulators: [CCB, Traficom]
)";
constexpr char kNamed[] = R"(organisations:
  - name: default
    regime: nis2-be
    entity_kind: essential
    further_regimes:
      - {regime: gdpr, entity_kind: controller}
      - {regime: gdpr, entity_kind: controller, establishment: FI}
      - {regime: dora, entity_kind: insurer}
)";
constexpr char kSelected[] = "organisations:\n  - name: default\n";

struct Site {
  explicit Site(const std::string& config, const std::string& library = "") {
    WriteFile(dir.File("site.yaml"), config);
    server = std::make_unique<Server>(Server::Options{
        .config = dir.File("site.yaml"), .library = library, .organisations = 1, .files_max = 0});
    server->Start();
    ada = std::make_unique<Person>(
        NewPerson(Admin(*server), *server, "ada", {"commander", "ciso", "legal"}));
  }

  json Obligation(const std::string& id) const {
    const json board = ada->Json({"deadlines", "--all"});
    for (const json& obligation : board["obligations"]) {
      if (absl::EndsWith(obligation["name"].get<std::string>(), "/obligations/" + id)) {
        return obligation;
      }
    }
    FAIL("no obligation " << id);
    return {};
  }
  absl::Time Due(const std::string& id, const char* field = "due_time") const {
    const json obligation = Obligation(id);
    INFO(id << ": " << obligation.dump());
    REQUIRE(obligation.contains(field));
    return TimeOf(obligation[field]);
  }
  void File(const std::string& id, absl::Time time) const {
    ada->Do({"notify", "submitted", id, "--channel", "portal", "--reference", "REF-" + id, "--at",
             Utc(time)});
  }

  TempDir dir;
  std::unique_ptr<Server> server;
  std::unique_ptr<Person> ada;
};

// A copy of the product's library that changes during a test.
struct Library {
  Library() {
    fs::copy(fs::path(TOCSIN_SOURCE_DIR) / "playbooks", path(), fs::copy_options::recursive);
  }
  std::string path() const { return dir.File("playbooks"); }
  void Change(const std::string& file, const std::string& from, const std::string& to) const {
    const std::string name = path() + "/" + file;
    const std::string text = ReadFile(name);
    REQUIRE(absl::StrContains(text, from));
    WriteFile(name, absl::StrReplaceAll(text, {{from, to}}));
  }

  TempDir dir;
};

absl::Time WholeSecondsAgo(absl::Duration span) {
  return absl::FromUnixSeconds(absl::ToUnixSeconds(absl::Now() - span));
}

}  // namespace

TEST_CASE("Establishments: NIS2-BE, GDPR in two countries and DORA, each duty once",
          "[e2e][regimes]") {
  const Site site(absl::StrCat(kNamed, kProfile));
  const Person& ada = *site.ada;
  const absl::Time aware = WholeSecondsAgo(absl::Hours(24 * 20));
  ada.Do({"declare", "Ransomware in two countries", "--severity", "sev1"});
  ada.Do({"aware", "--at", Utc(aware), "--because", "the SOC confirmed it"});
  const absl::Time classified = aware + absl::Hours(2);
  ada.Do({"anchor", "classified", "--at", Utc(classified), "--because", "major"});
  for (const char* regime : {"nis2-be", "gdpr", "gdpr@fi", "dora"}) {
    ada.Do({"significant", "yes", "--regime", regime, "--because", "the criteria are met"});
  }

  std::set<std::string> names;
  const json board = ada.Json({"deadlines", "--all"});
  for (const json& obligation : board["obligations"]) {
    const std::string name = obligation["name"];
    INFO(name);
    CHECK(names.insert(name).second);
    const bool finnish = absl::StrContains(name, "@fi.");
    CHECK(obligation["establishment"] == (finnish ? "FI" : "BE"));
    CHECK(obligation["time_zone"] == (finnish ? "Europe/Helsinki" : "Europe/Brussels"));
  }
  // Each from its own anchor.
  CHECK(site.Due("nis2-be.early_warning") == aware + absl::Hours(24));
  CHECK(site.Due("gdpr.dpa_notification") == aware + absl::Hours(72));
  CHECK(site.Due("gdpr@fi.dpa_notification") == aware + absl::Hours(72));
  CHECK(site.Due("dora.initial") == classified + absl::Hours(4));
  CHECK(site.Obligation("dora.initial")["anchor"] == "classified");
  CHECK(site.Obligation("gdpr@fi.dpa_notification")["anchor"] == "aware");
  // A filing in one country is none in the other.
  site.File("gdpr@fi.dpa_notification", aware + absl::Hours(70));
  CHECK(site.Obligation("gdpr@fi.dpa_notification")["state"] == "OBLIGATION_STATE_MET");
  CHECK(site.Obligation("gdpr.dpa_notification")["state"] == "OBLIGATION_STATE_MISSED");
  ada.Refused(5, "more than one regime",
              {"notify", "submitted", "dpa_notification", "--channel", "portal"});
  site.File("nis2-be.notification", aware + absl::Hours(60));
  CHECK(site.Due("nis2-be.final") == OneMonthAfter("Europe/Brussels", aware + absl::Hours(60)));

  const std::string explained = ada.Do({"deadlines", "explain", "gdpr@fi.dpa_notification"});
  for (const char* part : {"establishment  FI", "Europe/Helsinki, time zone data ",
                           "FI, 2025 to 2030, digest ", "verified on", "GDPR 33(1)"}) {
    CHECK_THAT(explained, ContainsSubstring(part));
  }
  CHECK_THAT(ada.Do({"status"}), ContainsSubstring("gdpr@fi yes"));
}

TEST_CASE("Establishments: a law joins from a further establishment while the incident runs",
          "[e2e][regimes]") {
  const Site site(absl::StrCat(kNamed, kProfile));
  const Person& ada = *site.ada;
  ada.Do({"declare", "Mailbox taken over", "--severity", "sev3"});
  const std::string diff =
      ada.Do({"regimes", "diff", "dora", "--entity-kind", "insurer", "--establishment", "FI"});
  CHECK_THAT(diff, ContainsSubstring("not under it yet"));
  CHECK_THAT(diff, ContainsSubstring("the server offers FI, 2025 to 2030"));
  CHECK_THAT(diff, ContainsSubstring("dora@fi.initial"));
  ada.Refused(2, "no establishment in 'DE'",
              {"regimes", "adopt", "gdpr", "--establishment", "DE", "--because", "x"});
  ada.Refused(2, "is the law of BE",
              {"regimes", "adopt", "nis2-be", "--establishment", "FI", "--because", "x"});
  ada.Refused(5, "in 2 countries", {"regimes", "adopt", "gdpr", "--because", "which of them"});
  ada.Do({"regimes", "adopt", "dora@fi", "--entity-kind", "insurer", "--because", "a branch"});
  CHECK(site.Obligation("dora@fi.initial")["time_zone"] == "Europe/Helsinki");
  ada.Refused(5, "already under", {"regimes", "adopt", "gdpr@fi", "--because", "again"});
}

TEST_CASE("Establishments: the profile selects, and says why of every law", "[e2e][regimes]") {
  const Site site(absl::StrCat(kSelected, kProfile));
  const Person& ada = *site.ada;
  const json listed = ada.Json({"regimes", "list"});
  CHECK(listed["named_in_configuration"] == false);
  CHECK(listed["regimes"].size() > 20);
  std::map<std::string, json> by_id;
  for (const json& regime : listed["regimes"]) {
    INFO(regime.dump());
    CHECK_FALSE(regime["because"].get<std::string>().empty());
    CHECK_FALSE(regime["confidence"].get<std::string>().empty());
    by_id[regime["id"]] = regime;
  }
  CHECK(by_id["nis2-be"]["taken"] == true);
  CHECK(by_id["nis2-be"]["entity_kind"] == "essential");
  CHECK(by_id["nis2-fi"]["taken"] == true);
  CHECK(by_id["nis2-nl"]["verdict"] == "REGIME_VERDICT_DOES_NOT_APPLY");
  CHECK(by_id["sec_8k"]["verdict"] == "REGIME_VERDICT_CANNOT_TELL");
  CHECK_THAT(by_id["sec_8k"]["because"].get<std::string>(),
             ContainsSubstring("roles.us_registrant"));
  const std::string table = ada.Do({"regimes"});
  for (const char* part : {"nis2-be", "under it", "essential in BE", "cannot tell: the profile",
                           "high, 2026-08-22", "low, 2026-09-04"}) {
    CHECK_THAT(table, ContainsSubstring(part));
  }
  ada.Do({"declare", "Control room dark", "--severity", "sev1"});
  CHECK_THAT(ada.Do({"status"}),
             ContainsSubstring("nis2-be undecided, nis2-fi undecided, gdpr undecided"));
  CHECK(site.Obligation("nis2-fi.early_warning")["time_zone"] == "Europe/Helsinki");
}

TEST_CASE("Establishments: check-config shows what the profile selects and refuses its mistakes",
          "[e2e][config]") {
  const TempDir dir;
  const auto check = [&](const std::string& config) {
    WriteFile(dir.File("tocsin.yaml"), config);
    return Run(
        {.arguments = {ServerBinary(), "check-config", "--config", dir.File("tocsin.yaml")}});
  };
  const Exit good = check(absl::StrCat(kSelected, kProfile));
  CHECK(good.code == 0);
  CHECK_THAT(good.out,
             ContainsSubstring("default: incidents are put under what the profile selects"));
  CHECK_THAT(good.out,
             ContainsSubstring("  * nis2-be: applies: it is established in BE, its sector "
                               "is electricity, it is large"));
  CHECK_THAT(good.out, ContainsSubstring("  supervised by CCB, Traficom"));
  CHECK_THAT(good.out, ContainsSubstring("    sec_8k: cannot tell: the profile does not say"));
  const auto refused = [&](const std::string& config, const char* message) {
    const Exit exit = check(config);
    INFO(exit.out << exit.err);
    CHECK(exit.code == 2);
    CHECK_THAT(exit.err, ContainsSubstring(message));
  };
  const std::string profile = kProfile;
  refused(absl::StrCat(kSelected, absl::StrReplaceAll(profile, {{"controller", "controler"}})),
          "Did you mean 'controller'?");
  refused(absl::StrCat(kSelected, "    entity_kind: essential\n", profile), "tocsin.yaml:3:18");
  refused(absl::StrCat(kSelected, "    profile:\n      sectors: []\n"), "selects no regime");
  const std::string named = kNamed;
  refused(absl::StrCat(absl::StrReplaceAll(named, {{"establishment: FI", "establishment: DE"}}),
                       profile),
          "no establishment in 'DE'");
  refused(absl::StrCat(absl::StrReplaceAll(named, {{", establishment: FI", ""}}), profile),
          "named twice");
}

TEST_CASE("Pinning: a changed library moves no date of a running incident, across a restart",
          "[e2e][regimes]") {
  const Library library;
  Site site(absl::StrCat(kNamed, kProfile), library.path());
  Person& ada = *site.ada;
  const absl::Time aware = WholeSecondsAgo(absl::Hours(24 * 5));
  ada.Do({"declare", "Ransomware", "--severity", "sev1"});
  ada.Do({"aware", "--at", Utc(aware), "--because", "the SOC confirmed it"});
  ada.Do({"significant", "yes", "--regime", "nis2-be", "--because", "down"});
  site.File("nis2-be.notification", aware + absl::Hours(60));
  const absl::Time due = site.Due("nis2-be.final");
  const absl::Time latest = site.Due("nis2-be.final", "legal_latest_time");

  // Meanwhile the law is shortened and the day on which the term ends becomes a holiday.
  const absl::TimeZone brussels = [] {
    absl::TimeZone zone;
    REQUIRE(absl::LoadTimeZone("Europe/Brussels", &zone));
    return zone;
  }();
  const std::string last_day =
      absl::FormatCivilTime(absl::ToCivilDay(latest - absl::Seconds(1), brussels));
  library.Change("calendars/be.yaml", "holidays:\n",
                 absl::StrCat("holidays:\n  - {date: ", last_day, ", name: \"new\"}\n"));
  library.Change("regimes/nis2-be.yaml", "amount: 72", "amount: 48");
  site.server->Stop();
  site.server->Start();
  ada.Follow(*site.server);
  CHECK(site.Due("nis2-be.final", "legal_latest_time") == latest);
  // Also not with the next command that asks the rules again.
  ada.Do({"anchor", "detected", "--at", Utc(aware - absl::Hours(1)), "--because", "log line"});
  CHECK(site.Due("nis2-be.final") == due);
  CHECK(site.Due("nis2-be.final", "legal_latest_time") == latest);
  CHECK(site.Due("nis2-be.notification") == aware + absl::Hours(72));

  const std::string diff = ada.Do({"regimes", "diff", "nis2-be"});
  CHECK_THAT(diff, ContainsSubstring("holidays: now BE, 2025 to 2030"));
  CHECK_THAT(diff, ContainsSubstring("legal latest"));
  CHECK_THAT(diff, ContainsSubstring("nis2-be.notification"));
  ada.Do({"regimes", "adopt", "nis2-be", "--because", "counsel read the new law"});
  CHECK(site.Due("nis2-be.final") == due);
  CHECK(site.Due("nis2-be.final", "legal_latest_time") > latest);
  CHECK(site.Due("nis2-be.notification") == aware + absl::Hours(48));
  CHECK_THAT(ada.Do({"regimes", "diff", "nis2-be"}), ContainsSubstring("no date would change"));

  const std::string file = ada.File("bundle.json");
  ada.Do({"export", "--format", "json", "--out", file});
  ada.Do({"verify", file});
  CHECK(VerifyWithPython(file).code == 0);
}

}  // namespace tocsin::e2e
