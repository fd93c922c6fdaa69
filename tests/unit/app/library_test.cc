#include "server/app/library.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "server/base/check.h"
#include "server/base/error.h"
#include "server/regulation/selection.h"
#include "tests/support/catch.h"

namespace tocsin::app {
namespace {

namespace fs = std::filesystem;

// A copy of the product's library that a test may spoil.
class LibraryFolder {
 public:
  LibraryFolder() {
    std::string pattern = (fs::temp_directory_path() / "tocsin-library-XXXXXX").string();
    TOCSIN_CHECK(mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
    for (const char* kind :
         {"regimes", "incidents", "calendars", "authorities", "criteria", "forms", "reviews"}) {
      fs::copy(fs::path(TOCSIN_SOURCE_DIR) / "playbooks" / kind, path_ / kind,
               fs::copy_options::recursive);
    }
  }
  ~LibraryFolder() {
    std::error_code error;
    fs::remove_all(path_, error);
  }

  const fs::path& path() const { return path_; }
  std::string Read(const std::string& name) const {
    std::ifstream file(path_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void Write(const std::string& name, const std::string& bytes) const {
    std::ofstream(path_ / name, std::ios::binary) << bytes;
  }
  absl::Status Load() const { return Library::Load(path_.string()).status(); }

 private:
  fs::path path_;
};

}  // namespace

TEST_CASE("Library: adding a country is adding a file") {
  const LibraryFolder folder;
  std::string pack = folder.Read("regimes/nis2-be.yaml");
  for (const auto& [from, to] :
       {std::pair{"id: nis2-be", "id: nis2-xx"}, std::pair{"regime: NIS2-BE", "regime: NIS2-XX"},
        std::pair{"country: BE", "country: XX"}}) {
    REQUIRE(pack.find(from) != pack.npos);
    pack.replace(pack.find(from), std::string(from).size(), to);
  }
  folder.Write("regimes/nis2-xx.yaml", pack);
  const auto library = Library::Load(folder.path().string());
  INFO(library.status());
  REQUIRE(library.ok());
  const auto added = library->Pack("nis2-xx");
  REQUIRE(added.ok());
  CHECK((*added)->pack.country == "XX");
  CHECK(regulation::FindRule((*added)->pack, "notification", "essential") != nullptr);

  // The file also says to whom it applies: an organisation there is put under it, and no longer
  // under the Directive's own pack that stood in.
  regulation::Profile profile;
  profile.sectors = {"health"};
  profile.employees = 300;
  profile.establishments = {{"XX", "Europe/Brussels", true}};
  const auto selections = regulation::Select(library->Packs(), profile, absl::CivilDay(2026, 9, 1));
  for (const regulation::Selection& selection : selections) {
    if (selection.pack->id == "nis2-xx") {
      CHECK(selection.verdict == regulation::Verdict::kApplies);
      CHECK(selection.entity_kind == "essential");
      CHECK(selection.countries == std::vector<std::string>{"XX"});
    } else if (selection.pack->id.starts_with("nis2")) {
      CHECK(selection.verdict == regulation::Verdict::kDoesNotApply);
    }
  }
}

TEST_CASE("Library: what a pack says of other packs must be so, and the place is named") {
  const LibraryFolder folder;
  using Changes = std::vector<std::pair<std::string, std::string>>;
  const auto spoil = [&](const std::string& file, const Changes& changes) {
    const std::string good = folder.Read("regimes/" + file);
    std::string text = good;
    for (const auto& [from, to] : changes) {
      REQUIRE(text.find(from) != text.npos);
      text.replace(text.find(from), from.size(), to);
    }
    folder.Write("regimes/" + file, text);
    const absl::Status status = folder.Load();
    folder.Write("regimes/" + file, good);
    CHECK(ReasonOf(status) == "BAD_REFERENCE");
    return std::string(status.message());
  };
  CHECK_THAT(spoil("nis2-be.yaml", {{"transposes: nis2", "transposes: nis3"}}),
             ContainsSubstring("nis2-be.yaml:11:1: there is no rule pack 'nis3'"));
  CHECK_THAT(spoil("nis2-be.yaml", {{"transposes: nis2", "transposes: nis2-nl"}}),
             ContainsSubstring("'nis2-nl' that says to whom it applies"));
  CHECK_THAT(spoil("nis2.yaml", {{"regime: dora", "regime: dorra"}}),
             ContainsSubstring("there is no rule pack 'dorra'") && ContainsSubstring("nis2.yaml:"));
  // A kind of entity that the Directive binds and a national pack has not.
  CHECK_THAT(
      spoil("nis2.yaml", {{"entity_kinds:\n", "entity_kinds:\n  - {kind: extra, title: X}\n"},
                          {"entity_kind: important", "entity_kind: extra"}}),
      ContainsSubstring("nis2-be.yaml:11:1: nis2 applies to the entity kind 'extra'"));
  CHECK(folder.Load().ok());
}

TEST_CASE("Library: two packs of one regime may not be in force on the same day") {
  const LibraryFolder folder;
  const std::string old_pack = folder.Read("regimes/gdpr.yaml");
  std::string pack = old_pack;
  pack.replace(pack.find("id: gdpr"), 8, "id: gdpr-2027");
  folder.Write("regimes/gdpr-2027.yaml", pack);
  CHECK(ReasonOf(folder.Load()) == "OVERLAPPING_VALIDITY");
  CHECK_THAT(std::string(folder.Load().message()),
             ContainsSubstring(
                 "gdpr.yaml:9:1: gdpr-2027 states the same regime GDPR for some of the same days"));

  const std::string from = "valid_from: 2018-05-25";
  REQUIRE(pack.find(from) != pack.npos);
  pack.replace(pack.find(from), from.size(), "valid_from: 2027-01-01");
  folder.Write("regimes/gdpr-2027.yaml", pack);
  CHECK(ReasonOf(folder.Load()) == "OVERLAPPING_VALIDITY");
  std::string ended = old_pack;
  ended.replace(ended.find(from), from.size(), from + "\nvalid_to: 2026-12-31");
  folder.Write("regimes/gdpr.yaml", ended);
  CHECK(folder.Load().ok());
}

TEST_CASE("Library: a faulty list of authorities refuses the library") {
  const LibraryFolder folder;
  CHECK_THAT(Library::Load(folder.path().string())->Summary(), ContainsSubstring("authorities"));
  CHECK_THAT(Library::Load(folder.path().string())->Summary(),
             ContainsSubstring("8 criteria sets, 11 forms, 2 review guides"));
  folder.Write("authorities/xx.yaml", "format: tocsin-authorities-v1\ncountry: xx\n");
  CHECK_THAT(std::string(folder.Load().message()), ContainsSubstring("xx.yaml:"));
}

TEST_CASE("Library: review guides are checked, and found by their ids") {
  const LibraryFolder folder;
  const auto library = Library::Load(folder.path().string());
  REQUIRE(library.ok());
  CHECK(library->Guide("standard")->questions.size() > 10);
  const absl::Status unknown = library->Guide("standart").status();
  CHECK(ReasonOf(unknown) == "UNKNOWN_GUIDE");
  CHECK_THAT(NextStepOf(unknown), ContainsSubstring("standard"));
  const std::string guide = folder.Read("reviews/short.yaml");
  folder.Write("reviews/second.yaml", guide);
  CHECK(ReasonOf(folder.Load()) == "DUPLICATE_GUIDE");
  folder.Write("reviews/second.yaml", "format: tocsin-review-v1\nid: second\n");
  CHECK_THAT(std::string(folder.Load().message()), ContainsSubstring("second.yaml:"));
}

std::vector<std::string> IdsOf(const std::vector<Library::ListedAuthority>& listed) {
  std::vector<std::string> ids;
  for (const Library::ListedAuthority& item : listed) ids.push_back(item.authority->id);
  return ids;
}

TEST_CASE("Library: authorities are found by country and regime, in any case of letters") {
  const auto library = Library::Load(std::string(TOCSIN_SOURCE_DIR) + "/playbooks");
  REQUIRE(library.ok());
  CHECK(library->Authorities("", "")->size() >= 20);
  CHECK(IdsOf(*library->Authorities("BE", "gdpr")) == std::vector<std::string>{"be-gba"});
  CHECK(IdsOf(*library->Authorities("LU", "NIS2")) ==
        std::vector<std::string>{"lu-serima", "lu-ilr", "lu-cssf"});
  const auto everywhere = library->Authorities("", "CRA");
  REQUIRE(everywhere.ok());
  CHECK(IdsOf(*everywhere) == std::vector<std::string>{"eu-enisa-srp"});
  CHECK(everywhere->front().directory->country == "EU");
  CHECK(everywhere->front().directory->verified_on == "2026-08-22");
  CHECK(ReasonOf(library->Authorities("XX", "").status()) == "UNKNOWN_COUNTRY");
  const absl::Status unknown = library->Authorities("SE", "CER").status();
  CHECK(ReasonOf(unknown) == "UNKNOWN_REGIME");
  CHECK_THAT(NextStepOf(unknown), ContainsSubstring("NIS2-SE"));
}

TEST_CASE("Library: a report goes to the authorities of its country, then to those of the Union") {
  const auto library = Library::Load(std::string(TOCSIN_SOURCE_DIR) + "/playbooks");
  REQUIRE(library.ok());
  const auto of = [&](const char* country, const char* regime) {
    return IdsOf(library->AddresseesOf(country, regime, "notification"));
  };
  CHECK(of("BE", "NIS2-BE") == std::vector<std::string>{"be-ccb"});
  CHECK(of("NL", "NIS2-NL").front() == "nl-ncsc");
  CHECK(of("LU", "NIS2").front() == "lu-serima");
  CHECK(of("SE", "DORA") == std::vector<std::string>{"se-fi", "eu-esma"});
  CHECK(of("", "GDPR").empty());
  CHECK(of("FR", "GDPR").empty());
  CHECK(of("DE", "CRA") == std::vector<std::string>{"eu-enisa-srp"});
  CHECK(of("BE", "SEC_8K").empty());
}

TEST_CASE("Library: an authority that takes some stages only is not named for the others") {
  const LibraryFolder folder;
  std::string be = folder.Read("authorities/be.yaml");
  be.replace(be.find("regimes: [GDPR]"), 15, "regimes: [GDPR]\n    stages: [dpa_notification]");
  folder.Write("authorities/be.yaml", be);
  const auto library = Library::Load(folder.path().string());
  REQUIRE(library.ok());
  CHECK(library->AddresseesOf("BE", "GDPR", "dpa_notification").size() == 1);
  CHECK(library->AddresseesOf("BE", "GDPR", "phased_information").empty());
  folder.Write("authorities/be2.yaml", be);
  CHECK(ReasonOf(folder.Load()) == "DUPLICATE_AUTHORITIES");
}

TEST_CASE("Library: forms are read with the rest, and must fit it") {
  const LibraryFolder folder;
  const auto library = Library::Load(folder.path().string());
  REQUIRE(library.ok());
  REQUIRE(library->Forms() != nullptr);
  CHECK(library->Forms()->catalogue.fields.size() == 59);
  CHECK_THAT(library->Summary(), ContainsSubstring("11 forms"));
  const auto spoilt = [&](const std::string& file, const std::string& from, const std::string& to) {
    const std::string good = folder.Read(file);
    std::string bad = good;
    REQUIRE(bad.find(from) != bad.npos);
    bad.replace(bad.find(from), from.size(), to);
    folder.Write(file, bad);
    const absl::Status status = folder.Load();
    folder.Write(file, good);
    return status;
  };
  const std::string form = "forms/be-ccb.yaml";
  CHECK_THAT(std::string(spoilt(form, "regimes: [nis2-be]", "regimes: [nis2-bx]").message()),
             ContainsSubstring("be-ccb.yaml:11:1: there is no regime 'nis2-bx'"));
  CHECK_THAT(std::string(spoilt(form, "stage: final", "stage: finale").message()),
             ContainsSubstring("no stage 'finale'"));
  CHECK_THAT(std::string(spoilt(form, "authority: be-ccb", "authority: be-cbc").message()),
             ContainsSubstring("no authority 'be-cbc'"));
  CHECK_THAT(std::string(spoilt(form, "languages: [nl-BE,", "languages: [nl-BX,").message()),
             ContainsSubstring("be-ccb.yaml:"));
  const absl::Status field =
      spoilt("regimes/gdpr.yaml", "contents_required: [contacts,", "contents_required: [contcats,");
  CHECK(ReasonOf(field) == "LIBRARY_MISMATCH");
  CHECK_THAT(std::string(field.message()), ContainsSubstring("'contcats'"));
  folder.Write("forms/again.yaml", folder.Read(form));
  CHECK(ReasonOf(folder.Load()) == "DUPLICATE_FORM");
  fs::remove(folder.path() / "forms/again.yaml");
  fs::remove(folder.path() / "forms/fields.yaml");
  CHECK(ReasonOf(folder.Load()) == "LIBRARY_MISSING");
  // A library without the folder has no forms; it is read all the same.
  fs::remove_all(folder.path() / "forms");
  const auto bare = Library::Load(folder.path().string());
  REQUIRE(bare.ok());
  CHECK(bare->Forms() == nullptr);
}

TEST_CASE("Library: calendars are found by country, and a faulty one refuses the library") {
  const LibraryFolder folder;
  const auto library = Library::Load(folder.path().string());
  REQUIRE(library.ok());
  CHECK((*library->CalendarOf("NL"))->calendar.holidays.contains(absl::CivilDay(2026, 4, 27)));
  CHECK(ReasonOf(library->CalendarOf("XX").status()) == "UNKNOWN_COUNTRY");
  CHECK_THAT(library->Summary(), ContainsSubstring("calendars"));
  folder.Write("calendars/nl2.yaml", folder.Read("calendars/nl.yaml"));
  CHECK(ReasonOf(folder.Load()) == "DUPLICATE_CALENDAR");
  folder.Write("calendars/nl2.yaml", "format: tocsin-calendar-v1\ncountry: &a NL\n");
  CHECK_THAT(std::string(folder.Load().message()), ContainsSubstring("nl2.yaml:2:"));
}

TEST_CASE("Library: the product's own library loads, with the bytes of its files") {
  const auto library = Library::Load(std::string(TOCSIN_SOURCE_DIR) + "/playbooks");
  REQUIRE(library.ok());
  const auto pack = library->Pack("nis2");
  REQUIRE(pack.ok());
  CHECK((*pack)->pack.id == "nis2");
  const auto playbook = library->Playbook("ransomware");
  REQUIRE(playbook.ok());
  LibraryFolder folder;
  CHECK((*pack)->file == folder.Read("regimes/nis2.yaml"));
  CHECK((*playbook)->file == folder.Read("incidents/ransomware.yaml"));
  CHECK(library->Playbooks().size() >= 1);
}

TEST_CASE("Library: an unknown name is refused with the nearest or all known ones") {
  const auto library = Library::Load(std::string(TOCSIN_SOURCE_DIR) + "/playbooks");
  REQUIRE(library.ok());
  CHECK(ReasonOf(library->Pack("nis3").status()) == "UNKNOWN_REGIME");
  CHECK(NextStepOf(library->Pack("nis3").status()) == "Did you mean 'nis2'?");
  CHECK(ReasonOf(library->Playbook("flood").status()) == "UNKNOWN_PLAYBOOK");
  CHECK_THAT(NextStepOf(library->Playbook("flood").status()), ContainsSubstring("ransomware"));
}

TEST_CASE("Library: a missing folder is named") {
  CHECK(ReasonOf(Library::Load("/nonexistent/library").status()) == "LIBRARY_MISSING");
  LibraryFolder folder;
  fs::remove_all(folder.path() / "incidents");
  const absl::Status status = folder.Load();
  CHECK(status.code() == absl::StatusCode::kNotFound);
  CHECK_THAT(std::string(status.message()), ContainsSubstring("incidents"));
}

TEST_CASE("Library: one faulty file refuses the whole library, with file, line and column") {
  LibraryFolder folder;
  REQUIRE(folder.Load().ok());
  SECTION("not YAML") {
    folder.Write("incidents/broken.yaml", "id: [unclosed\n");
    CHECK_THAT(std::string(folder.Load().message()), ContainsSubstring("broken.yaml:2:1"));
  }
  SECTION("an unknown field") {
    std::string bytes = folder.Read("incidents/ransomware.yaml");
    const size_t id = bytes.find("\nid:") + 1;
    const auto line = 1 + std::count(bytes.begin(), bytes.begin() + static_cast<long>(id), '\n');
    folder.Write("incidents/ransomware.yaml", bytes.insert(id, "colour: red\n"));
    CHECK_THAT(std::string(folder.Load().message()),
               ContainsSubstring("ransomware.yaml:" + std::to_string(line) + ":1"));
  }
  SECTION("a faulty rule pack") {
    folder.Write("regimes/other.yaml", "format: tocsin-rule-pack-v1\nid: 7up\n");
    CHECK_THAT(std::string(folder.Load().message()), ContainsSubstring("other.yaml:"));
  }
  SECTION("an alias") {
    std::string pack = folder.Read("regimes/nis2-be.yaml");
    pack.replace(pack.find("regime: NIS2-BE"), 15, "regime: &a NIS2-BE");
    folder.Write("regimes/nis2-be.yaml", pack);
    CHECK_THAT(std::string(folder.Load().message()), ContainsSubstring("nis2-be.yaml:7:"));
  }
  SECTION("a missing article") {
    std::string pack = folder.Read("regimes/gdpr.yaml");
    const size_t article = pack.find("    article: GDPR 33(1)\n");
    REQUIRE(article != pack.npos);
    pack.erase(article, std::string("    article: GDPR 33(1)\n").size());
    folder.Write("regimes/gdpr.yaml", pack);
    CHECK_THAT(std::string(folder.Load().message()),
               ContainsSubstring("gdpr.yaml:") && ContainsSubstring("lacks the key 'article'"));
  }
  SECTION("a cycle of anchors") {
    std::string pack = folder.Read("regimes/gdpr.yaml");
    pack.insert(pack.find("\nstages:") + 1,
                "order:\n  - {earlier: aware, later: classified}\n"
                "  - {earlier: classified, later: aware}\n");
    folder.Write("regimes/gdpr.yaml", pack);
    CHECK_THAT(std::string(folder.Load().message()),
               ContainsSubstring("gdpr.yaml:") &&
                   ContainsSubstring("'aware' would have to come before itself: a cycle"));
  }
  SECTION("an empty file") {
    folder.Write("regimes/empty.yaml", "");
    CHECK_THAT(std::string(folder.Load().message()), ContainsSubstring("empty.yaml:"));
  }
  CHECK(folder.Load().code() == absl::StatusCode::kInvalidArgument);
}

TEST_CASE("Library: a folder called like a file is refused") {
  LibraryFolder folder;
  fs::create_directory(folder.path() / "regimes/folder.yaml");
  CHECK(ReasonOf(folder.Load()) == "LIBRARY_MISSING");
  CHECK_THAT(std::string(folder.Load().message()), ContainsSubstring("folder.yaml"));
}

TEST_CASE("Library: two files with one id are refused") {
  LibraryFolder folder;
  folder.Write("regimes/again.yaml", folder.Read("regimes/nis2.yaml"));
  CHECK(ReasonOf(folder.Load()) == "DUPLICATE_REGIME");
  CHECK_THAT(std::string(folder.Load().message()), ContainsSubstring("nis2.yaml:6:1"));
  fs::remove(folder.path() / "regimes/again.yaml");
  folder.Write("incidents/again.yaml", folder.Read("incidents/ransomware.yaml"));
  CHECK(ReasonOf(folder.Load()) == "DUPLICATE_PLAYBOOK");
}

TEST_CASE("Library: other files in its folders are left alone") {
  LibraryFolder folder;
  folder.Write("regimes/notes.txt", "not: [yaml");
  CHECK(folder.Load().ok());
}

TEST_CASE("Library: criteria name sets and regimes that are there, each id once") {
  const LibraryFolder folder;
  const std::string set = folder.Read("criteria/nis2-2024-2690.yaml");
  const auto refusal = [&](const std::string& name, const std::string& from,
                           const std::string& to) {
    std::string changed = set;
    REQUIRE(changed.find(from) != changed.npos);
    folder.Write(name, changed.replace(changed.find(from), from.size(), to));
    const absl::Status loaded = folder.Load();
    folder.Write("criteria/nis2-2024-2690.yaml", set);
    fs::remove(folder.path() / "criteria/again.yaml");
    return loaded;
  };
  const std::string name = "criteria/nis2-2024-2690.yaml";
  CHECK(ReasonOf(refusal(name, "instead_of: [nis2-23-3", "instead_of: [nis2-23-4")) ==
        "UNKNOWN_CRITERIA");
  CHECK(ReasonOf(refusal(name, "regimes: [nis2]", "regimes: [nis3]")) == "UNKNOWN_REGIME");
  CHECK(ReasonOf(refusal(name, "regimes: [nis2]", "regimes: [nis2]\nentity_kinds: [bank]")) ==
        "UNKNOWN_ENTITY_KIND");
  CHECK(ReasonOf(refusal("criteria/again.yaml", "version", "version")) == "DUPLICATE_CRITERIA");
  const absl::Status misspelt =
      refusal(name, "yes: planned_maintenance", "yes: planed_maintenance");
  CHECK_THAT(std::string(misspelt.message()), ContainsSubstring("nis2-2024-2690.yaml:"));
  CHECK(folder.Load().ok());
}

}  // namespace tocsin::app
