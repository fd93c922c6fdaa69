// CACAO in and out again gives the same, for real files, for our own playbooks and for generated
// ones; and every run of what was imported can be worked to its end. What is made here is left in
// the build folder for cacao_schema_test.py, which checks it against a schema.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "server/base/error.h"
#include "server/library/cacao.h"
#include "server/library/cacao_native.h"
#include "server/library/playbook_reader.h"
#include "server/library/playbook_writer.h"
#include "tests/support/catch.h"
#include "tests/unit/library/cacao_generator.h"
#include "tests/unit/library/cacao_run.h"

namespace tocsin::library {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

const fs::path kIncidents = fs::path(TOCSIN_SOURCE_DIR) / "playbooks" / "incidents";
const absl::Time kModified = absl::FromUnixMillis(1'780'000'000'123);

std::string FileBytes(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// The library: our own playbooks, and one from elsewhere that others call.
std::string CacaoIdOfPlaybookNamed(std::string_view id) {
  return id == "below" ? Id("playbook", 9) : cacao::MadeId("playbook", id);
}
std::string PlaybookOf(std::string_view cacao_id) {
  for (const auto& entry : fs::directory_iterator(kIncidents)) {
    std::string id = entry.path().stem().string();
    if (CacaoIdOfPlaybookNamed(id) == cacao_id) return id;
  }
  return cacao_id == Id("playbook", 9) ? "below" : "";
}

ImportedPlaybook Import(const std::string& bytes, std::string_view id = "") {
  return ImportCacao("c.json", bytes, id, PlaybookOf);
}

ImportedPlaybook Good(const std::string& bytes, std::string_view id = "") {
  ImportedPlaybook imported = Import(bytes, id);
  for (const absl::Status& problem : imported.problems) UNSCOPED_INFO(problem.message());
  REQUIRE(imported.definition.has_value());
  return imported;
}

std::string Export(const playbook::Definition& definition, const std::string& yaml) {
  const auto text = ExportCacao(definition, yaml, kModified, PlaybookOf, CacaoIdOfPlaybookNamed);
  INFO(text.status().message());
  REQUIRE(text.ok());
  return *text;
}

// Every kind of condition, a loop and a playbook below.
constexpr char kConditions[] = R"(format: tocsin-playbook-v1
id: p
title: P
version: "1.0"
summary: S.
references: [ISO 27035]
steps:
  - id: look
    title: Look
    phase: triage
    role: responder
    questions:
      - {id: q, ask: "Bad?", type: yes_no, fact: personal_data}
      - {id: n, ask: "How many?", type: number, min: 0}
    instructions: Look.
  - id: tell
    title: Tell
    phase: containment
    role: dpo
    needs: [look]
    when:
      any_of:
        - {severity_at_least: sev2}
        - {all_of: [{fact: personal_data, is: [yes, unknown]}, {not: {answer: n, below: 5}}]}
        - {obligation: nis2.early_warning}
        - {entity_kind: [essential, important]}
        - {phase_at_least: recovery}
        - {anchor: aware}
        - {regime: gdpr}
    due: {within: 1h, from: aware, remind: 10m}
    evidence: [note, second-person]
    mandatory: true
    instructions: Tell.
  - id: watch
    title: Watch
    phase: containment
    role: scribe
    needs: [look]
    when: {done: look}
    repeat: {every: 30m, until: {answer: q, is: no}}
    instructions: Watch.
  - id: communicate
    title: Communicate
    phase: containment
    role: communications
    needs: [look]
    playbook: below
    instructions: It goes on beside.
)";

// Lines of JSON, one document each, for the schema check.
class Samples {
 public:
  explicit Samples(const std::string& name) {
    const fs::path folder = fs::path(TOCSIN_BINARY_DIR) / "cacao-samples";
    fs::create_directories(folder);
    file_.open(folder / (name + ".jsonl"), std::ios::trunc);
    REQUIRE(file_.is_open());
  }
  void Add(const std::string& document) { file_ << json::parse(document).dump() << "\n"; }

 private:
  std::ofstream file_;
};

// Import, export, import: the JSON and the playbook are the same.
void CheckRoundTrip(const std::string& bytes, Samples& samples) {
  const ImportedPlaybook first = Good(bytes);
  const std::string out = Export(*first.definition, first.yaml);
  CHECK(json::parse(out) == json::parse(bytes));
  const ImportedPlaybook second = Good(out);
  CHECK(*second.definition == *first.definition);
  CHECK(second.yaml == first.yaml);
  samples.Add(bytes);
  samples.Add(out);
}

}  // namespace

TEST_CASE("CACAO: published files of the standard's users go in and out unchanged",
          "[library][cacao]") {
  const fs::path shared = fs::path(TOCSIN_SOURCE_DIR) / ".." / "shared" / "data" / "cacao";
  Samples samples("published");
  // They lie beside the checkout only where the product is developed.
  for (const char* name : {"http-playbook.json", "manual-playbook.json"}) {
    if (!fs::exists(shared / name)) continue;
    const std::string bytes = FileBytes(shared / name);
    CheckRoundTrip(bytes, samples);
    const playbook::Definition definition = *Good(bytes).definition;
    REQUIRE(definition.steps.size() == 1);
    const playbook::Step& step = definition.steps.front();
    if (absl::StartsWith(name, "http")) {
      CHECK(definition.id == "example-http");
      CHECK_THAT(step.instructions, ContainsSubstring("GET get HTTP1.1"));
      CHECK_THAT(step.instructions, ContainsSubstring("never runs it"));
    } else {
      CHECK(definition.id == "example-manual");
      CHECK_THAT(step.instructions, ContainsSubstring("prepare Falcon for hyperspeed jump"));
      CHECK(step.due->within == absl::Minutes(2));
      CHECK(step.questions.front().id == "hyperspeed-ready");
    }
  }
}

TEST_CASE("CACAO: generated playbooks go in and out unchanged, and their runs come to an end",
          "[library][cacao][property]") {
  Samples samples("generated");
  for (uint64_t seed = 1; seed <= 400; ++seed) {
    const std::string bytes = CacaoGenerator(seed).Make().dump();
    INFO("seed " << seed << "\n" << bytes);
    CheckRoundTrip(bytes, samples);
    for (uint64_t way = 0; way < 5; ++way) {
      INFO("way " << way);
      RandomWorker worker(*Good(bytes).definition, seed * 1000 + way);
      CHECK(worker.WorkToTheEnd() == "");
    }
  }
}

TEST_CASE("CACAO: our own playbooks come back byte for byte", "[library][cacao]") {
  Samples samples("own");
  size_t playbooks = 0;
  for (const auto& entry : fs::directory_iterator(kIncidents)) {
    const std::string name = entry.path().filename().string();
    if (!absl::EndsWith(name, ".yaml") || absl::EndsWith(name, ".test.yaml")) continue;
    INFO(name);
    const std::string yaml = FileBytes(entry.path());
    const auto definition = ReadPlaybook(name, yaml);
    REQUIRE(definition.ok());
    const std::string out = Export(*definition, yaml);
    samples.Add(out);
    const ImportedPlaybook back = Good(out);
    CHECK(back.yaml == yaml);
    CHECK(*back.definition == *definition);
    CHECK(Export(*back.definition, back.yaml) == out);

    // For those who do not know our extension it is a good playbook too.
    json plain = json::parse(out);
    plain.erase("playbook_extensions");
    plain.erase("extension_definitions");
    samples.Add(plain.dump());
    const ImportedPlaybook as_cacao = Good(plain.dump());
    CHECK(as_cacao.definition->steps.size() >= definition->steps.size());
    CHECK(as_cacao.definition->title == definition->title);
    CHECK(json::parse(Export(*as_cacao.definition, as_cacao.yaml)) == plain);
    ++playbooks;
  }
  CHECK(playbooks >= 1);
}

TEST_CASE("CACAO: a file that another tool changed is read for what it says", "[library][cacao]") {
  const std::string yaml = FileBytes(kIncidents / "ransomware.yaml");
  json changed = json::parse(Export(*ReadPlaybook("r.yaml", yaml), yaml));
  changed["name"] = "Ransomware, ours";

  const ImportedPlaybook imported = Good(changed.dump());

  CHECK(imported.definition->title == "Ransomware, ours");
  CHECK(imported.yaml != yaml);
  CHECK(json::parse(Export(*imported.definition, imported.yaml)) == changed);
}

TEST_CASE("CACAO: an imported playbook that was changed is exported as it is now",
          "[library][cacao]") {
  const ImportedPlaybook imported = Good(CacaoGenerator(7).Make().dump(), "mine");
  const std::string yaml = absl::StrReplaceAll(
      imported.yaml, {{"phase: containment", "phase: recovery"}, {"role: responder", "role: dpo"}});
  REQUIRE(yaml != imported.yaml);
  const auto edited = ReadPlaybook("mine.yaml", yaml);
  REQUIRE(edited.ok());

  const std::string out = Export(*edited, yaml);

  CHECK(json::parse(out)["id"] == Id("playbook", 1));
  CHECK(json::parse(out)["created"] == "2026-01-01T00:00:00.000Z");
  CHECK(json::parse(out)["modified"] == "2026-05-28T20:26:40.123Z");
  const ImportedPlaybook back = Good(out);
  CHECK(back.yaml == yaml);
  CHECK(back.definition->steps.front().role == IncidentRole::kDpo);
}

TEST_CASE("CACAO: playbooks of ours with conditions, loops and playbooks below are exported",
          "[library][cacao]") {
  const std::string yaml = kConditions;
  const auto definition = ReadPlaybook("p.yaml", yaml);
  REQUIRE(definition.ok());
  Samples samples("conditions");
  const std::string out = Export(*definition, yaml);
  samples.Add(out);

  CHECK(Good(out).yaml == yaml);
  CHECK_THAT(out, ContainsSubstring("(__incident_severity__:value IN ('sev1', 'sev2')) OR"));
  CHECK_THAT(out, ContainsSubstring("__fact_personal_data__:value IN ('yes', 'unknown')"));
  CHECK_THAT(out, ContainsSubstring("NOT (__answer_n__:value < 5)"));
  CHECK_THAT(out, ContainsSubstring("__obligation_nis2_early_warning__:value = 'owed'"));
  CHECK_THAT(out, ContainsSubstring("NOT (__fact_personal_data__:value = 'no')"));
  size_t loops = 0;
  const json workflow = json::parse(out)["workflow"];
  for (const json& step : workflow) {
    if (step["type"] == "while-condition") ++loops;
  }
  CHECK(loops == 1);
  CHECK(CacaoIdOf(*definition) == json::parse(out)["id"]);
}

TEST_CASE("WritePlaybook: what is written reads back the same", "[library][cacao]") {
  for (uint64_t seed = 1; seed <= 100; ++seed) {
    playbook::Definition definition = *Good(CacaoGenerator(seed).Make().dump()).definition;
    for (playbook::Step& step : definition.steps) {
      step.due =
          playbook::Due{absl::Hours(25), playbook::Due::From::kAnchor, "aware", absl::Minutes(90)};
    }
    const std::string yaml = WritePlaybook(definition, "A comment.");
    auto read = ReadPlaybook("p.yaml", yaml);
    INFO(read.status().message() << "\n" << yaml);
    REQUIRE(read.ok());
    read->digest = definition.digest;
    CHECK(*read == definition);
  }
}

}  // namespace tocsin::library
