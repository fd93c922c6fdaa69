// Bad input through the real binaries: a clear message, a next step, the right exit code, and
// nothing written. What the CLI itself would refuse is sent a second time by a client that checks
// nothing.
#include <filesystem>
#include <tuple>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "clients/core/proto_time.h"
#include "clients/core/request_id.h"
#include "server/base/error.h"
#include "tests/e2e/harness.h"
#include "tests/support/catch.h"

namespace tocsin::e2e {
namespace {

struct Desk {
  explicit Desk(Server::Options options = Server::Options()) : server(std::move(options)) {
    server.Start();
    ada = std::make_unique<Person>(
        NewPerson(Admin(server), server, "ada", {"commander", "ciso", "legal"}));
    incident = std::string(absl::StripAsciiWhitespace(
        ada->Do({"declare", "A case", "--severity", "sev3", "-o", "id"})));
    connection = std::make_unique<client::Connection>(ada->Connect());
    before = LogSize(*connection);
  }
  // Nothing was written since the last call.
  void CheckUnchanged() const { CHECK(LogSize(*connection) == before); }

  // What a client that checks nothing is told.
  absl::Status Record(const std::string& text) {
    return connection
        ->CallOnce(&v1::TimelineService::Stub::RecordEntry,
                   Observation("incidents/" + incident, text))
        .status();
  }

  Server server;
  std::unique_ptr<Person> ada;
  std::string incident;
  std::unique_ptr<client::Connection> connection;
  uint64_t before = 0;
};

void CheckRefusal(const absl::Status& status, absl::StatusCode code, const std::string& reason) {
  INFO(status.message());
  CHECK(status.code() == code);
  CHECK(ReasonOf(status) == reason);
  CHECK_FALSE(NextStepOf(status).empty());
}

std::string Instant(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", time, absl::UTCTimeZone());
}

}  // namespace

TEST_CASE("BadInput: words that are not in the lists name the nearest one", "[e2e][bad-input]") {
  Desk desk;
  const Person& ada = *desk.ada;

  ada.Refused(3, "no such incident", {"status", "INC-1999-0001"});
  ada.Refused(2, "not-an-incident", {"status", "not-an-incident"});
  ada.Refused(2, "sev5", {"declare", "Another", "--severity", "sev5"});
  CHECK_THAT(ada.Refused(3, "early_warnin", {"notify", "draft", "early_warnin"}),
             ContainsSubstring("early_warning"));
  CHECK_THAT(ada.Refused(2, "recovry", {"phase", "recovry", "--because", "typing"}),
             ContainsSubstring("recovery"));
  ada.Refused(5, "leaves out a phase", {"phase", "recovery", "--because", "in a hurry"});
  ada.Refused(3, "ransomwares", {"playbook", "start", "ransomwares"});
  ada.Refused(3, "#4711", {"correct", "4711", "nothing there"});
  ada.Refused(3, "nobody", {"role", "assign", "scribe", "@nobody"});
  CHECK_THAT(ada.Refused(2, "timelin", {"timelin"}), ContainsSubstring("timeline"));
  ada.Refused(2, "Did you mean: --severity", {"declare", "Another", "--severty", "sev2"});
  ada.Refused(2, "user_affected", {"impact", "set", "user_affected=12"});
  ada.Refused(2, "request", {"log", "hello", "--request-id", "not-a-uuid"});

  desk.CheckUnchanged();
}

TEST_CASE("BadInput: times that are not instants are refused", "[e2e][bad-input]") {
  Desk desk;
  const Person& ada = *desk.ada;
  const auto aware = [](const std::string& at) {
    return std::vector<std::string>{"aware", "--at", at, "--because", "the SOC said so"};
  };

  ada.Refused(2, "offset", aware("2026-06-10T10:15:00"));
  ada.Refused(2, "2026-02-30", aware("2026-02-30T10:15:00Z"));
  ada.Refused(2, "does not exist", aware("2026-03-29 02:30[Europe/Brussels]"));
  CHECK_THAT(ada.Refused(2, "twice", aware("2026-10-25 02:30[Europe/Brussels]")),
             ContainsSubstring("2026-10-25T0"));
  ada.Refused(2, "Europe/Brusels", aware("2026-06-10 10:15[Europe/Brusels]"));
  const absl::Time now = absl::Now();
  CHECK_THAT(ada.Refused(2, "in the future", aware(Instant(now + absl::Minutes(7)))),
             ContainsSubstring("clock"));
  ada.Refused(2, "in the future", {"log", "not yet", "--at", Instant(now + absl::Minutes(7))});
  ada.Refused(
      2, "offset",
      {"deadlines", "compute", "--regime", "nis2", "--stage", "early_warning", "--entity-kind",
       "essential", "--event", "aware=2026-06-10T10:15:00", "--zone", "Europe/Brussels"});
  desk.CheckUnchanged();

  // A clock that is a little ahead is no reason to lose an entry.
  ada.Do({"log", "slightly ahead", "--at", Instant(now + absl::Minutes(3))});
}

TEST_CASE("BadInput: text that may not stand in the record is refused", "[e2e][bad-input]") {
  Desk desk;
  const Person& ada = *desk.ada;
  const std::string huge(2 << 20, 'x');

  ada.Refused(2, "65536", {"log", "-"}, huge);
  ada.Refused(2, "control character", {"log", "red \x1b[31malert"});
  ada.Refused(2, "UTF-8", {"log", "caf\xe9"});
  ada.Refused(2, "empty", {"log", "  "});
  ada.Refused(2, "title", {"declare", std::string(600, 'x'), "--severity", "sev2"});
  desk.CheckUnchanged();

  const auto invalid = absl::StatusCode::kInvalidArgument;
  CheckRefusal(desk.Record(std::string(65537, 'x')), invalid, "TEXT_TOO_LONG");
  CheckRefusal(desk.Record("red \x1b[31malert"), invalid, "TEXT_CONTROL_CHARACTER");
  CheckRefusal(desk.Record("a\u202Eb"), invalid, "TEXT_CONTROL_CHARACTER");
  CheckRefusal(desk.Record(""), invalid, "TEXT_EMPTY");
  CHECK(desk.Record(huge).code() == absl::StatusCode::kResourceExhausted);
  CHECK_FALSE(desk.Record("caf\xe9").ok());
  desk.CheckUnchanged();
  CHECK(desk.Record(std::string(65536, 'x')).ok());
}

TEST_CASE("BadInput: what a client sends past the CLI's own checks is refused",
          "[e2e][bad-input]") {
  Desk desk;
  const auto invalid = absl::StatusCode::kInvalidArgument;
  v1::RecordEntryRequest entry = Observation("incidents/" + desk.incident, "hello");
  const auto record = [&] {
    return desk.connection->CallOnce(&v1::TimelineService::Stub::RecordEntry, entry).status();
  };
  entry.set_request_id("not-a-uuid");
  CheckRefusal(record(), invalid, "BAD_REQUEST_ID");
  entry = Observation("incidents/" + desk.incident, "hello");
  *entry.mutable_occur_time() = client::ToProto(absl::Now() + absl::Minutes(7));
  CheckRefusal(record(), invalid, "TIME_IN_FUTURE");
  entry = Observation("incidents/" + desk.incident, "hello");
  entry.mutable_occur_time()->set_nanos(-5);
  CHECK(record().code() == invalid);
  entry = Observation("incidents/" + desk.incident, "hello");
  entry.set_kind(static_cast<v1::EntryKind>(99));
  CHECK(record().code() == invalid);
  entry = Observation("incidents/" + desk.incident, "hello");
  for (int i = 0; i < 33; ++i) (*entry.mutable_attributes())[absl::StrCat("key", i)] = "value";
  CheckRefusal(record(), invalid, "BAD_ATTRIBUTE");
  v1::DeclareIncidentRequest declare;
  declare.set_title("No severity");
  CHECK(desk.connection->CallOnce(&v1::IncidentService::Stub::DeclareIncident, declare)
            .status()
            .code() == invalid);
  v1::ListEntriesRequest list;
  list.set_incident("incidents/" + desk.incident);
  list.set_page_token("made-up");
  CHECK(desk.connection->CallOnce(&v1::TimelineService::Stub::ListEntries, list).status().code() ==
        invalid);
  list.clear_page_token();
  list.set_page_size(-1);
  CHECK(desk.connection->CallOnce(&v1::TimelineService::Stub::ListEntries, list).status().code() ==
        invalid);
  client::Connection::Options anonymous = desk.ada->Credentials();
  anonymous.token.clear();
  client::Connection stranger(anonymous);
  const absl::Status status =
      stranger.CallOnce(&v1::IncidentService::Stub::ListIncidents, v1::ListIncidentsRequest())
          .status();
  CheckRefusal(status, absl::StatusCode::kUnauthenticated, "TOKEN_MISSING");
  desk.CheckUnchanged();
}

TEST_CASE("BadInput: an incident file with line 17 of 40 broken leaves nothing behind",
          "[e2e][bad-input]") {
  Desk desk;
  const std::vector<std::string> whole = absl::StrSplit(
      ReadFile(TOCSIN_SOURCE_DIR "/playbooks/drills/replays/hse-ireland-2021.jsonl"), '\n');
  REQUIRE(whole.size() > 40);
  std::vector<std::string> lines(whole.begin(), whole.begin() + 40);
  lines[16] = lines[16].substr(0, lines[16].size() / 2);
  const std::string file = desk.ada->File("broken.jsonl");
  WriteFile(file, absl::StrJoin(lines, "\n") + "\n");

  desk.ada->Refused(2, "broken.jsonl:17: line 17 of 40", {"import", file});
  desk.ada->Refused(2, "line 17 of 40", {"replay", file, "--aware-ago", "20h"});

  desk.CheckUnchanged();
  CHECK(desk.ada->Do({"list", "-o", "id"}) == desk.incident + "\n");
}

TEST_CASE("BadInput: an unknown field of a playbook is named with line and column",
          "[e2e][bad-input]") {
  Desk desk;
  const std::string good = ReadFile(TOCSIN_SOURCE_DIR "/playbooks/incidents/ransomware.yaml");
  const std::string file = desk.ada->File("mine.yaml");
  WriteFile(file, good);
  CHECK_THAT(desk.ada->Do({"playbook", "lint", file}), ContainsSubstring("good"));
  std::vector<std::string> lines = absl::StrSplit(good, '\n');
  size_t line = 0;
  while (line < lines.size() && !absl::StartsWith(lines[line], "    phase: ")) ++line;
  REQUIRE(line < lines.size());
  lines[line] = absl::StrReplaceAll(lines[line], {{"phase", "phaze"}});
  WriteFile(file, absl::StrJoin(lines, "\n"));

  const Exit linted = desk.ada->Run({"playbook", "lint", file});

  CHECK(linted.code == 8);
  CHECK_THAT(linted.out, ContainsSubstring(absl::StrCat("mine.yaml:", line + 1, ":5")));
  CHECK_THAT(linted.out, ContainsSubstring("phaze"));
  desk.CheckUnchanged();
}

TEST_CASE("BadInput: anchors and laws that contradict each other are refused, nothing is half done",
          "[e2e][bad-input]") {
  Desk desk;
  const Person& ada = *desk.ada;
  const absl::Time aware = absl::Now() - absl::Hours(3);
  ada.Do({"aware", "--at", Instant(aware), "--because", "the SOC said so"});
  ada.Do({"anchor", "occurred", "--at", Instant(aware - absl::Hours(5)), "--because", "the logs"});
  desk.before = LogSize(*desk.connection);
  const auto anchor = [&](const std::string& name, absl::Duration after_aware) {
    return std::vector<std::string>{"anchor",    name,     "--at", Instant(aware + after_aware),
                                    "--because", "as told"};
  };

  CHECK_THAT(ada.Refused(5, "lies before", anchor("classified", -absl::Minutes(1))),
             ContainsSubstring("was stated in #"));
  ada.Refused(5, "lies before", anchor("handled", -absl::Minutes(1)));
  ada.Refused(5, "lies before", anchor("detected", -absl::Hours(6)));
  ada.Refused(2, "in the future", anchor("classified", absl::Hours(4)));
  ada.Refused(2, "no anchor", anchor("awake", absl::ZeroDuration()));
  ada.Refused(2, "vital",
              {"regimes", "adopt", "cer", "--entity-kind", "vital", "--because", "as told"});
  ada.Refused(3, "nis9",
              {"regimes", "adopt", "nis9", "--entity-kind", "essential", "--because", "as told"});
  ada.Refused(
      2, "vital",
      {"deadlines", "compute", "--regime", "nis2", "--stage", "early_warning", "--entity-kind",
       "vital", "--event", "aware=2026-06-10T10:15:00Z", "--zone", "Europe/Brussels"});
  desk.CheckUnchanged();
}

TEST_CASE("BadInput: a library that contradicts itself is refused at its place, and nothing starts",
          "[e2e][bad-input]") {
  namespace fs = std::filesystem;
  const TempDir dir;
  const std::string library = dir.File("playbooks");
  fs::copy(TOCSIN_SOURCE_DIR "/playbooks", library, fs::copy_options::recursive);
  const auto check = [&] {
    return Run({.arguments = {ServerBinary(), "check-library", "--library", library}});
  };
  REQUIRE(check().code == 0);
  for (const auto& [file, from, to, message] : {
           // A cycle of anchors, a stage without its article, an alias, and an unknown kind.
           std::tuple{"regimes/dora.yaml", "  - earlier: aware\n    later: classified\n",
                      "  - {earlier: aware, later: classified}\n"
                      "  - {earlier: classified, later: aware}\n",
                      "a cycle"},
           std::tuple{"regimes/dora.yaml", "    article: DORA 19(3)\n", "",
                      "lacks the key 'article'"},
           std::tuple{"regimes/dora.yaml", "regime: DORA", "regime: &dora DORA", "dora.yaml:"},
           std::tuple{"regimes/dora.yaml", "[designated_financial_entity]", "[designated_entity]",
                      "is not an entity kind"},
           std::tuple{"forms/nl-ap.yaml", "field: contacts", "field: contcats", "contacts"},
           std::tuple{"forms/nl-ap.yaml", "regimes: [gdpr]", "regimes: [gdrp]",
                      "there is no regime 'gdrp'"},
       }) {
    const std::string path = library + "/" + file;
    const std::string good = ReadFile(path);
    REQUIRE(absl::StrContains(good, from));
    WriteFile(path, absl::StrReplaceAll(good, {{from, to}}));
    const Exit refused = check();
    INFO(file << ": " << to << "\n" << refused.err);
    CHECK(refused.code == 2);
    CHECK_THAT(refused.err, ContainsSubstring(message));
    CHECK_THAT(refused.err,
               ContainsSubstring(absl::StrCat(fs::path(file).filename().string(), ":")));
    const Server server({.config = "", .library = library, .organisations = 1, .files_max = 0});
    CHECK(Run(server.ServeCommand()).code != 0);
    WriteFile(path, good);
  }
  // Two packs of one regime in force on the same days.
  const std::string twin = absl::StrReplaceAll(ReadFile(library + "/regimes/gdpr.yaml"),
                                               {{"id: gdpr\n", "id: gdpr-2027\n"}});
  WriteFile(library + "/regimes/gdpr-2027.yaml", twin);
  const Exit overlap = check();
  CHECK(overlap.code == 2);
  CHECK_THAT(overlap.err, ContainsSubstring("states the same regime GDPR"));
  fs::remove(library + "/regimes/gdpr-2027.yaml");
  CHECK(check().code == 0);
}

}  // namespace tocsin::e2e
