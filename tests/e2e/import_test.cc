// Real incidents as input: all four files of playbooks/drills/replays/, imported as history and
// replayed as drills. What the files hold is read here again, line by line, and must stand in the
// timeline: all of it, once, in its order.
#include <algorithm>
#include <iostream>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "clients/core/proto_time.h"
#include "tests/e2e/harness.h"
#include "tests/support/catch.h"
#include "tocsin/v1/obligation.grpc.pb.h"

namespace tocsin::e2e {
namespace {

using nlohmann::json;

constexpr const char* kFiles[] = {"cloudflare-thanksgiving-2023", "gitlab-database-outage-2017",
                                  "hse-ireland-2021", "maastricht-university-2019"};

std::string PathOf(const std::string& slug) {
  return TOCSIN_SOURCE_DIR "/playbooks/drills/replays/" + slug + ".jsonl";
}

std::vector<json> LinesOf(const std::string& slug) {
  std::vector<json> lines;
  for (absl::string_view line : absl::StrSplit(ReadFile(PathOf(slug)), '\n', absl::SkipEmpty())) {
    lines.push_back(json::parse(line));
  }
  REQUIRE(lines.size() > 30);
  REQUIRE(lines[0]["type"] == "incident");
  return lines;
}

struct Archive {
  Archive() {
    server.Start();
    ada = std::make_unique<Person>(
        NewPerson(Admin(server), server, "ada", {"commander", "ciso", "legal"}));
    connection = std::make_unique<client::Connection>(ada->Connect());
  }

  v1::Incident Get(const std::string& name) {
    v1::GetIncidentRequest request;
    request.set_name(name);
    return MustCall(*connection, &v1::IncidentService::Stub::GetIncident, request);
  }

  Server server;
  std::unique_ptr<Person> ada;
  std::unique_ptr<client::Connection> connection;
};

// Each text of the file stands in exactly one entry, and the entries stand in the order of the
// lines. Returns how many.
size_t CheckAllIn(const std::vector<json>& lines, const std::vector<v1::Entry>& entries) {
  size_t found = 0;
  uint64_t last = 0;
  for (size_t i = 1; i < lines.size(); ++i) {
    const std::string text = lines[i]["text"];
    std::vector<const v1::Entry*> holding;
    for (const v1::Entry& entry : entries) {
      const bool carries = entry.type() == "entry-recorded" || entry.type() == "finding-added";
      if (carries && absl::StrContains(entry.text(), text)) holding.push_back(&entry);
    }
    INFO("line " << i + 1 << ": " << text);
    CHECK(holding.size() == 1);
    if (holding.empty()) continue;
    CHECK(holding.front()->sequence() > last);
    last = holding.front()->sequence();
    ++found;
  }
  return found;
}

// Time, precision, kind, source and actor of each event, as the file states them.
void CheckEvents(const std::vector<json>& lines, const std::vector<v1::Entry>& entries) {
  for (const json& line : lines) {
    if (line["type"] != "event") continue;
    const std::string text = line["text"];
    const auto entry = std::find_if(entries.begin(), entries.end(),
                                    [&](const v1::Entry& e) { return e.text() == text; });
    INFO(text);
    REQUIRE(entry != entries.end());
    const std::string stated = line["occurred_at"];
    CHECK(entry->attributes().at("stated_time") == stated);
    CHECK(entry->attributes().at("source") == line["source"].get<std::string>());
    CHECK(entry->attributes().at("actor") == line["actor"].get<std::string>());
    const std::string kind = v1::EntryKind_Name(entry->kind());
    CHECK(absl::StrReplaceAll(absl::AsciiStrToLower(kind), {{"entry_kind_", ""}, {"_", "-"}}) ==
          line["kind"].get<std::string>());
    const std::string precision = absl::AsciiStrToLower(v1::Precision_Name(entry->precision()));
    CHECK(precision == "precision_" + line["precision"].get<std::string>());
    absl::Time exact;
    std::string error;
    if (stated.size() > 10 && absl::ParseTime(absl::RFC3339_full, stated, &exact, &error)) {
      CHECK(client::FromProto(entry->occur_time()) == exact);
    } else {
      CHECK(stated.size() == 10);
    }
  }
}

}  // namespace

TEST_CASE("Import: every line of all four files gets in, once, in order", "[e2e][import]") {
  Archive archive;
  size_t total = 0;
  for (const char* slug : kFiles) {
    const std::vector<json> lines = LinesOf(slug);

    const json report = archive.ada->Json({"import", PathOf(slug)});

    INFO(slug);
    const std::string name = report["incident"];
    CHECK(report["lines"] == lines.size());
    const v1::Incident incident = archive.Get(name);
    CHECK(incident.title() == lines[0]["title"].get<std::string>());
    CHECK(incident.historical());
    CHECK(incident.phase() == v1::PHASE_CLOSED);
    CHECK(incident.time_zone() == lines[0]["time_zone"].get<std::string>());
    CHECK(incident.attributes().at("summary") == lines[0]["summary"].get<std::string>());
    const std::vector<v1::Entry> entries = Timeline(*archive.connection, name);
    CHECK(CheckAllIn(lines, entries) == lines.size() - 1);
    CheckEvents(lines, entries);
    total += lines.size();
    const std::string bundle = archive.ada->File(std::string(slug) + ".json");
    archive.ada->Do({"export", name, "--format", "json", "--out", bundle});
    const Exit verified = VerifyWithPython(bundle);
    INFO(verified.out << verified.err);
    CHECK(verified.code == 0);
    archive.ada->Do({"verify", bundle});
  }
  std::cout << "4 files, " << total << " lines, all in\n";
  CHECK(archive.ada->Do({"list", "--open", "-o", "id"}).empty());
}

TEST_CASE("Import: the same file a second time writes nothing", "[e2e][import]") {
  Archive archive;
  const json first = archive.ada->Json({"import", PathOf(kFiles[1])});
  const uint64_t size = LogSize(*archive.connection);

  const json second = archive.ada->Json({"import", PathOf(kFiles[1])});

  CHECK(first["repeated"] == false);
  CHECK(second["repeated"] == true);
  CHECK(second["incident"] == first["incident"]);
  CHECK(LogSize(*archive.connection) == size);
  const json copy = archive.ada->Json({"import", PathOf(kFiles[1]), "--again"});
  CHECK(copy["incident"] != first["incident"]);
}

TEST_CASE("Replay: every file plays as a drill with its clocks running", "[e2e][import]") {
  Archive archive;
  for (const char* slug : kFiles) {
    const std::vector<json> lines = LinesOf(slug);

    const json report =
        archive.ada->Json({"replay", PathOf(slug), "--aware-ago", "20h", "--review"});

    INFO(slug);
    const std::string name = report["incident"];
    const v1::Incident incident = archive.Get(name);
    CHECK(incident.drill());
    CHECK(CheckAllIn(lines, Timeline(*archive.connection, name)) == lines.size() - 1);
    CHECK_THAT(archive.ada->Do({"list"}), ContainsSubstring("DRILL"));
    CHECK_THAT(archive.ada->Do({"status"}), ContainsSubstring("DRILL"));
    v1::ListObligationsRequest request;
    request.set_incident(name);
    request.set_all(true);
    const auto obligations =
        MustCall(*archive.connection, &v1::ObligationService::Stub::ListObligations, request);
    const auto early =
        std::find_if(obligations.obligations().begin(), obligations.obligations().end(),
                     [](const auto& o) { return o.stage() == "early_warning"; });
    REQUIRE(early != obligations.obligations().end());
    const absl::Duration left = client::FromProto(early->due_time()) - absl::Now();
    CHECK(left > absl::Hours(4) - absl::Minutes(1));
    CHECK(left <= absl::Hours(4));
    archive.ada->Do({"notify", "draft", "early_warning"});
    const std::string bundle = archive.ada->File(std::string(slug) + ".json");
    archive.ada->Do({"export", name, "--format", "json", "--out", bundle});
    CHECK(VerifyWithPython(bundle).code == 0);
  }
}

}  // namespace tocsin::e2e
