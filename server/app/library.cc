#include "server/app/library.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/app/library_files.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/base/view.h"
#include "server/domain/run_facts.h"
#include "server/library/authority_reader.h"
#include "server/library/cacao.h"
#include "server/library/calendar_reader.h"
#include "server/library/criteria_reader.h"
#include "server/library/form_reader.h"
#include "server/library/pin_playbook.h"
#include "server/library/playbook_reader.h"
#include "server/library/review_guide_reader.h"
#include "server/library/rule_pack_reader.h"
#include "server/library/yaml.h"

namespace tocsin::app {
namespace {

constexpr char kTestsEnding[] = ".test.yaml";

// Two versions of one regime's law that are both in force on some day.
bool Overlap(const regulation::RulePack& a, const regulation::RulePack& b) {
  if (a.regime != b.regime || a.id == b.id) return false;
  return (!a.valid_to || *a.valid_to >= b.valid_from) &&
         (!b.valid_to || *b.valid_to >= a.valid_from);
}

using Packs = std::map<std::string, std::shared_ptr<const domain::PinnedPack>>;

struct ReadPack {
  std::string path;
  std::shared_ptr<const domain::PinnedPack> pinned;
};

absl::Status BadReference(const ReadPack& read, std::string_view key, const std::string& message,
                          const std::string& next) {
  return InvalidArgument(
      "BAD_REFERENCE",
      absl::StrCat(library::PlaceOfKey(read.path, read.pinned->file, key), ": ", message), next);
}

bool HasKind(const regulation::RulePack& pack, const std::string& kind) {
  return regulation::CheckEntityKind(pack, kind).ok();
}

// What a pack says of other packs must be so.
absl::Status CheckReferences(const ReadPack& read, const Packs& packs) {
  const regulation::RulePack& pack = read.pinned->pack;
  if (!pack.transposes.empty()) {
    const auto found = packs.find(pack.transposes);
    if (found == packs.end() || !found->second->pack.applies_to) {
      return BadReference(read, "transposes",
                          absl::StrCat("there is no rule pack '", pack.transposes,
                                       "' that says to whom it applies"),
                          "Name the pack of the Directive, such as nis2.");
    }
    for (const regulation::AppliesCase& c : found->second->pack.applies_to->cases) {
      if (pack.applies_to || HasKind(pack, c.entity_kind)) continue;
      return BadReference(read, "transposes",
                          absl::StrCat(pack.transposes, " applies to the entity kind '",
                                       c.entity_kind, "', which this pack has not"),
                          "Add the kind, or state the pack's own applies_to.");
    }
  }
  if (!pack.applies_to) return absl::OkStatus();
  for (const regulation::Displacement& by : pack.applies_to->displaced_by) {
    if (packs.contains(by.pack)) continue;
    return BadReference(
        read, "applies_to",
        absl::StrCat("displaced_by: ", Unknown("rule pack", "", by.pack, packs).message()),
        "Name a pack of this library.");
  }
  return absl::OkStatus();
}

absl::Status Mismatch(std::string_view place, std::string_view what) {
  return InvalidArgument("LIBRARY_MISMATCH", absl::StrCat(ToAbsl(place), ": ", ToAbsl(what)),
                         "Correct the name, or add what it names.");
}

using Directories = std::map<std::string, regulation::AuthorityDirectory>;

bool IsListed(const Directories& directories, const std::string& authority) {
  return std::any_of(directories.begin(), directories.end(), [&](const auto& directory) {
    const auto& listed = directory.second.authorities;
    return std::any_of(listed.begin(), listed.end(),
                       [&](const auto& known) { return known.id == authority; });
  });
}

// That the names in a form are those of the authorities and packs beside it.
absl::Status CheckForm(const filing::Form& form, const std::string& path, std::string_view bytes,
                       const Packs& packs, const Directories& directories) {
  const auto wrong = [&](std::string_view key, std::string_view what) {
    return Mismatch(library::PlaceOfKey(path, bytes, key), what);
  };
  if (!form.authority.empty() && !directories.empty() && !IsListed(directories, form.authority)) {
    return wrong("authority", absl::StrCat("there is no authority '", form.authority, "'"));
  }
  for (const std::string& regime : form.regimes) {
    const auto pack = packs.find(regime);
    if (pack == packs.end()) {
      return wrong("regimes", absl::StrCat("there is no regime '", regime, "'"));
    }
    for (const filing::FormStage& stage : form.stages) {
      const auto& rules = pack->second->pack.stages;
      const bool known = std::any_of(rules.begin(), rules.end(),
                                     [&](const auto& rule) { return rule.stage == stage.stage; });
      if (!known) return wrong("stages", absl::StrCat(regime, " has no stage '", stage.stage, "'"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

playbook::Words Library::Words() const {
  playbook::Words words = domain::PlaybookWords();
  std::set<std::string> kinds;
  for (const auto& [id, pinned] : packs_) {
    words.regimes.push_back(id);
    // "nis2" stands for its national versions too, also for duties that only these have.
    const std::string family = id.substr(0, id.find('-'));
    for (const regulation::StageRule& rule : pinned->pack.stages) {
      words.obligations.push_back(absl::StrCat(id, ".", rule.stage));
      if (family != id) words.obligations.push_back(absl::StrCat(family, ".", rule.stage));
    }
    for (const regulation::EntityKind& kind : pinned->pack.entity_kinds) kinds.insert(kind.kind);
  }
  words.entity_kinds.assign(kinds.begin(), kinds.end());
  for (const auto& [id, unused] : playbooks_) words.playbooks.push_back(id);
  return words;
}

Library::Linted Library::Lint(const File& file, const std::optional<File>& tests) const {
  library::LintedPlaybook linted = library::LintPlaybook(file.name, file.bytes, Words());
  Linted result{std::move(linted.definition), std::move(linted.problems)};
  if (!tests || !result.definition) return result;
  result.tests =
      library::ReadPlaybookTests(tests->name, tests->bytes, result.problems).examples.size();
  if (!result.problems.empty()) return result;
  result.problems = library::RunPlaybookTests(*result.definition, tests->name, tests->bytes);
  return result;
}

std::string Library::PlaybookOfCacao(std::string_view cacao_id) const {
  const auto found = playbook_by_cacao_.find(cacao_id);
  return found == playbook_by_cacao_.end() ? "" : found->second;
}

std::string Library::CacaoIdOf(std::string_view playbook) const {
  const auto found = cacao_ids_.find(playbook);
  return found == cacao_ids_.end() ? "" : found->second;
}

Library::Imported Library::ImportCacao(const File& file, std::string_view id) const {
  library::ImportedPlaybook imported =
      library::ImportCacao(file.name, file.bytes, id,
                           [this](std::string_view cacao_id) { return PlaybookOfCacao(cacao_id); });
  if (!imported.definition) return {"", std::nullopt, std::move(imported.problems)};
  // One that came from our own extension may name what this library has not.
  const File made{imported.definition->id + ".yaml", imported.yaml};
  Linted linted = Lint(made, std::nullopt);
  if (!linted.definition) return {"", std::nullopt, std::move(linted.problems)};
  return {std::move(imported.yaml), std::move(linted.definition), {}};
}

absl::StatusOr<std::string> Library::ExportCacao(std::string_view id, absl::Time now) const {
  TOCSIN_ASSIGN_OR_RETURN(const auto pinned, Playbook(id));
  return library::ExportCacao(
      pinned->definition, pinned->file, now,
      [this](std::string_view cacao_id) { return PlaybookOfCacao(cacao_id); },
      [this](std::string_view named) { return CacaoIdOf(named); });
}

absl::StatusOr<Library> Library::Load(const std::string& directory) {
  Library loaded;
  loaded.directory_ = directory;
  TOCSIN_RETURN_IF_ERROR(loaded.LoadPacks(directory + "/regimes"));
  TOCSIN_RETURN_IF_ERROR(loaded.LoadPlaybooks(directory + "/incidents"));
  TOCSIN_RETURN_IF_ERROR(loaded.LoadCalendars(directory + "/calendars"));
  TOCSIN_RETURN_IF_ERROR(loaded.LoadAuthorities(directory + "/authorities"));
  TOCSIN_RETURN_IF_ERROR(loaded.LoadCriteria(directory + "/criteria"));
  TOCSIN_RETURN_IF_ERROR(loaded.LoadForms(directory + "/forms"));
  TOCSIN_RETURN_IF_ERROR(loaded.LoadGuides(directory + "/reviews"));
  TOCSIN_RETURN_IF_ERROR(loaded.LoadDrills(directory + "/drills"));
  return loaded;
}

absl::Status Library::LoadPacks(const std::string& directory) {
  TOCSIN_ASSIGN_OR_RETURN(const std::vector<std::string> paths, FilesOf(directory, ".yaml"));
  std::vector<ReadPack> read;
  for (const std::string& path : paths) {
    TOCSIN_ASSIGN_OR_RETURN(std::string bytes, ReadWhole(path));
    TOCSIN_ASSIGN_OR_RETURN(regulation::RulePack pack, library::ReadRulePack(path, bytes));
    const std::string id = pack.id;
    for (const auto& [unused, other] : packs_) {
      if (!Overlap(pack, other->pack)) continue;
      return InvalidArgument(
          "OVERLAPPING_VALIDITY",
          absl::StrCat(library::PlaceOfKey(path, bytes, "valid_from"), ": ", other->pack.id,
                       " states the same regime ", pack.regime, " for some of the same days"),
          "End the older one with valid_to, the day before valid_from of the newer one.");
    }
    const auto pinned = std::make_shared<const domain::PinnedPack>(
        domain::PinnedPack{std::move(pack), std::move(bytes)});
    if (!packs_.emplace(id, pinned).second) {
      return InvalidArgument("DUPLICATE_REGIME",
                             absl::StrCat(library::PlaceOfKey(path, pinned->file, "id"),
                                          ": regime ", id, " is there twice"),
                             "Give each rule pack an id of its own.");
    }
    read.push_back({path, pinned});
  }
  for (const ReadPack& pack : read) TOCSIN_RETURN_IF_ERROR(CheckReferences(pack, packs_));
  return absl::OkStatus();
}

absl::Status Library::LoadPlaybooks(const std::string& directory) {
  TOCSIN_ASSIGN_OR_RETURN(const std::vector<std::string> paths, FilesOf(directory, ".yaml"));
  std::map<std::string, std::string> files;
  for (const std::string& path : paths) {
    if (absl::EndsWith(path, kTestsEnding)) continue;
    TOCSIN_ASSIGN_OR_RETURN(files[path], ReadWhole(path));
    absl::StatusOr<playbook::Definition> read = library::ReadPlaybook(path, files[path]);
    if (!read.ok()) continue;
    const std::string id = read->id;
    const auto pinned = std::make_shared<const domain::PinnedDefinition>(
        domain::PinnedDefinition{*std::move(read), files[path]});
    if (!playbooks_.emplace(id, pinned).second) {
      return InvalidArgument("DUPLICATE_PLAYBOOK",
                             absl::StrCat(path, ": playbook ", id, " is there twice"),
                             "Give each playbook an id of its own.");
    }
  }
  // Only now it is known which playbooks there are. What is wrong with any file is said at once.
  std::vector<absl::Status> problems;
  const playbook::Words words = Words();
  for (const auto& [path, bytes] : files) {
    const std::vector<absl::Status> found = library::LintPlaybook(path, bytes, words).problems;
    problems.insert(problems.end(), found.begin(), found.end());
  }
  if (!problems.empty()) return Together(problems);
  return PinPlaybooks();
}

absl::Status Library::PinPlaybooks() {
  const auto read = playbooks_;
  const auto find = [&](std::string_view id) {
    const auto found = read.find(std::string(id));
    return found == read.end() ? nullptr : found->second;
  };
  for (const auto& [id, pinned] : read) {
    // Of two playbooks that came from one, the first is meant where another calls it.
    cacao_ids_[id] = library::CacaoIdOf(pinned->definition);
    playbook_by_cacao_.emplace(cacao_ids_[id], id);
    TOCSIN_ASSIGN_OR_RETURN(playbooks_[id], library::PinBelow(pinned, find));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<absl::Status>> Library::RunPlaybookTests() const {
  std::vector<absl::Status> problems;
  TOCSIN_ASSIGN_OR_RETURN(const std::vector<std::string> paths,
                          FilesOf(directory_ + "/incidents", ".yaml"));
  for (const std::string& path : paths) {
    if (!absl::EndsWith(path, kTestsEnding)) continue;
    TOCSIN_ASSIGN_OR_RETURN(const std::string bytes, ReadWhole(path));
    std::vector<absl::Status> unread;
    const std::string name = library::ReadPlaybookTests(path, bytes, unread).playbook;
    problems.insert(problems.end(), unread.begin(), unread.end());
    if (!unread.empty()) continue;
    const auto tested = playbooks_.find(name);
    if (tested == playbooks_.end()) {
      problems.push_back(InvalidArgument(
          "UNKNOWN_PLAYBOOK", absl::StrCat(path, ":1:1: there is no playbook '", name, "'"),
          "Correct the name, or add the playbook."));
      continue;
    }
    const std::vector<absl::Status> failed =
        library::RunPlaybookTests(tested->second->definition, path, bytes);
    problems.insert(problems.end(), failed.begin(), failed.end());
  }
  return problems;
}

absl::Status Library::LoadCalendars(const std::string& directory) {
  if (!std::filesystem::is_directory(directory)) return absl::OkStatus();
  TOCSIN_ASSIGN_OR_RETURN(const std::vector<std::string> paths, FilesOf(directory, ".yaml"));
  for (const std::string& path : paths) {
    TOCSIN_ASSIGN_OR_RETURN(std::string bytes, ReadWhole(path));
    TOCSIN_ASSIGN_OR_RETURN(regulation::Calendar calendar, library::ReadCalendar(path, bytes));
    const std::string country = calendar.country;
    const Digest digest = Sha256(bytes);
    const auto pinned = std::make_shared<const domain::PinnedCalendar>(
        domain::PinnedCalendar{std::move(calendar), digest, std::move(bytes)});
    if (!calendars_.emplace(country, pinned).second) {
      return InvalidArgument("DUPLICATE_CALENDAR",
                             absl::StrCat(path, ": the holidays of ", country, " are there twice"),
                             "Keep one calendar for each country.");
    }
  }
  return absl::OkStatus();
}

absl::Status Library::LoadAuthorities(const std::string& directory) {
  if (!std::filesystem::is_directory(directory)) return absl::OkStatus();
  TOCSIN_ASSIGN_OR_RETURN(const std::vector<std::string> paths, FilesOf(directory, ".yaml"));
  for (const std::string& path : paths) {
    TOCSIN_ASSIGN_OR_RETURN(regulation::AuthorityDirectory listed,
                            library::ReadAuthoritiesFile(path));
    const std::string country = listed.country;
    if (!authorities_.emplace(country, std::move(listed)).second) {
      return InvalidArgument(
          "DUPLICATE_AUTHORITIES",
          absl::StrCat(path, ": the authorities of ", country, " are there twice"),
          "Keep one list for each country.");
    }
  }
  return absl::OkStatus();
}

absl::Status Library::LoadCriteria(const std::string& directory) {
  if (!std::filesystem::is_directory(directory)) return absl::OkStatus();
  TOCSIN_ASSIGN_OR_RETURN(const std::vector<std::string> paths, FilesOf(directory, ".yaml"));
  std::map<std::string, std::string> path_of;
  for (const std::string& path : paths) {
    TOCSIN_ASSIGN_OR_RETURN(const std::string bytes, ReadWhole(path));
    TOCSIN_ASSIGN_OR_RETURN(regulation::CriteriaSet set, library::ReadCriteriaSet(path, bytes));
    if (!path_of.emplace(set.id, path).second) {
      return InvalidArgument("DUPLICATE_CRITERIA",
                             absl::StrCat(path, ": the criteria set ", set.id, " is there twice"),
                             "Give each criteria set an id of its own.");
    }
    criteria_.push_back(std::make_shared<const regulation::CriteriaSet>(std::move(set)));
  }
  std::sort(criteria_.begin(), criteria_.end(),
            [](const auto& a, const auto& b) { return a->id < b->id; });
  for (const auto& set : criteria_) {
    TOCSIN_RETURN_IF_ERROR(CheckCriteria(path_of.at(set->id), *set));
  }
  return absl::OkStatus();
}

absl::Status Library::LoadGuides(const std::string& directory) {
  if (!std::filesystem::is_directory(directory)) return absl::OkStatus();
  TOCSIN_ASSIGN_OR_RETURN(const std::vector<std::string> paths, FilesOf(directory, ".yaml"));
  for (const std::string& path : paths) {
    TOCSIN_ASSIGN_OR_RETURN(const std::string bytes, ReadWhole(path));
    TOCSIN_ASSIGN_OR_RETURN(domain::ReviewGuide guide, library::ReadReviewGuide(path, bytes));
    const std::string id = guide.id;
    if (!guides_.emplace(id, std::move(guide)).second) {
      return InvalidArgument("DUPLICATE_GUIDE",
                             absl::StrCat(path, ": the review guide ", id, " is there twice"),
                             "Give each guide an id of its own.");
    }
  }
  return absl::OkStatus();
}

// What a set names in other files must be there: what is misspelt would never be asked.
absl::Status Library::CheckCriteria(const std::string& path,
                                    const regulation::CriteriaSet& set) const {
  for (const std::string& other : set.instead_of) {
    const bool known = std::any_of(criteria_.begin(), criteria_.end(),
                                   [&](const auto& one) { return one->id == other; });
    if (!known) {
      return InvalidArgument("UNKNOWN_CRITERIA",
                             absl::StrCat(path, ": instead_of names no criteria set '", other, "'"),
                             "Name a set of this folder by its id.");
    }
  }
  for (const std::string& regime : set.regimes) {
    const auto pack = packs_.find(regime);
    if (pack == packs_.end()) {
      return InvalidArgument("UNKNOWN_REGIME",
                             absl::StrCat(path, ": there is no rule pack '", regime, "'"),
                             "Name a rule pack of regimes/ by its id.");
    }
    for (const std::string& kind : set.entity_kinds) {
      TOCSIN_RETURN_IF_ERROR(regulation::CheckEntityKind(pack->second->pack, kind));
    }
  }
  return absl::OkStatus();
}

absl::Status Library::LoadForms(const std::string& directory) {
  if (!std::filesystem::is_directory(directory)) return absl::OkStatus();
  TOCSIN_ASSIGN_OR_RETURN(const std::vector<std::string> paths, FilesOf(directory, ".yaml"));
  const std::string list = directory + "/fields.yaml";
  TOCSIN_ASSIGN_OR_RETURN(const std::string list_bytes, ReadWhole(list));
  auto forms = std::make_shared<filing::FormLibrary>();
  TOCSIN_ASSIGN_OR_RETURN(forms->catalogue, library::ReadFields(list, list_bytes));
  for (const std::string& path : paths) {
    if (path == list) continue;
    TOCSIN_ASSIGN_OR_RETURN(const std::string bytes, ReadWhole(path));
    TOCSIN_ASSIGN_OR_RETURN(filing::Form form, library::ReadForm(path, bytes, forms->catalogue));
    for (const filing::Form& other : forms->forms) {
      if (other.id != form.id) continue;
      return InvalidArgument("DUPLICATE_FORM",
                             absl::StrCat(path, ": the form ", form.id, " is there twice"),
                             "Give each form an id of its own.");
    }
    TOCSIN_RETURN_IF_ERROR(CheckForm(form, path, bytes, packs_, authorities_));
    forms->forms.push_back(std::move(form));
  }
  TOCSIN_RETURN_IF_ERROR(CheckForms(*forms));
  forms_ = std::move(forms);
  return absl::OkStatus();
}

// What only the whole library can tell: that the names in one kind of file are those of another.
absl::Status Library::CheckForms(const filing::FormLibrary& forms) const {
  for (const auto& [id, pinned] : packs_) {
    for (const regulation::StageRule& rule : pinned->pack.stages) {
      for (const auto* contents : {&rule.contents_required, &rule.contents_where_applicable}) {
        for (const std::string& field : *contents) {
          if (filing::FindField(forms.catalogue, field) != nullptr) continue;
          return Mismatch(absl::StrCat("rule pack ", id),
                          absl::StrCat(rule.id, " asks for the field '", field,
                                       "', which forms/fields.yaml does not have"));
        }
      }
    }
  }
  return absl::OkStatus();
}

std::string Library::Summary() const {
  const auto count = [](size_t number, std::string_view what) {
    return absl::StrCat(number, " ", ToAbsl(what), number == 1 ? "" : "s");
  };
  size_t authorities = 0;
  for (const auto& [unused, listed] : authorities_) authorities += listed.authorities.size();
  return absl::StrCat(count(packs_.size(), "rule pack"), ", ", count(playbooks_.size(), "playbook"),
                      ", ", count(calendars_.size(), "calendar"), ", ", authorities,
                      authorities == 1 ? " authority" : " authorities", ", ",
                      count(criteria_.size(), "criteria set"), ", ",
                      count(forms_ == nullptr ? 0 : forms_->forms.size(), "form"), ", ",
                      count(guides_.size(), "review guide"), ", ",
                      count(scenarios_.size(), "drill scenario"));
}

absl::StatusOr<domain::ReviewGuide> Library::Guide(std::string_view id) const {
  const auto found = guides_.find(std::string(id));
  if (found == guides_.end()) return Unknown("review guide", "UNKNOWN_GUIDE", id, guides_);
  return found->second;
}

absl::StatusOr<std::shared_ptr<const domain::PinnedCalendar>> Library::CalendarOf(
    std::string_view country) const {
  const auto found = calendars_.find(std::string(country));
  if (found == calendars_.end()) {
    return Unknown("calendar of the country", "UNKNOWN_COUNTRY", country, calendars_);
  }
  return found->second;
}

absl::StatusOr<std::vector<Library::ListedAuthority>> Library::Authorities(
    std::string_view country, std::string_view regime) const {
  if (!country.empty() && !authorities_.contains(std::string(country))) {
    return Unknown("list of authorities of the country", "UNKNOWN_COUNTRY", country, authorities_);
  }
  std::vector<ListedAuthority> found;
  std::set<std::string> regimes;
  for (const auto& [listed_country, directory] : authorities_) {
    for (const regulation::Authority& authority : directory.authorities) {
      const bool in_country = country.empty() || listed_country == country;
      for (const std::string& name : authority.regimes) {
        if (in_country) regimes.insert(name);
      }
      const bool takes =
          regime.empty() || regulation::TakesRegime(authority, listed_country, regime);
      if (in_country && takes) found.push_back({&directory, &authority});
    }
  }
  if (!found.empty() || regime.empty()) return found;
  return NotFound("UNKNOWN_REGIME",
                  absl::StrCat("no authority is listed for the regime '", ToAbsl(regime), "'"),
                  absl::StrCat("Listed: ", absl::StrJoin(regimes, ", "), "."));
}

std::vector<Library::ListedAuthority> Library::AddresseesOf(std::string_view country,
                                                            std::string_view regime,
                                                            std::string_view stage) const {
  std::vector<ListedAuthority> found;
  for (const std::string& of : {std::string(country), std::string("EU")}) {
    const auto directory = authorities_.find(of);
    if (directory == authorities_.end()) continue;
    for (const regulation::Authority& authority : directory->second.authorities) {
      if (!regulation::TakesRegime(authority, of, regime)) continue;
      if (regulation::TakesStage(authority, stage))
        found.push_back({&directory->second, &authority});
    }
  }
  return found;
}

absl::StatusOr<std::shared_ptr<const domain::PinnedPack>> Library::Pack(std::string_view id) const {
  if (const auto pack = packs_.find(std::string(id)); pack != packs_.end()) return pack->second;
  for (const auto& [unused, pinned] : packs_) {
    if (absl::EqualsIgnoreCase(pinned->pack.regime, ToAbsl(id))) return pinned;
  }
  return Unknown("regime", "UNKNOWN_REGIME", id, packs_);
}

absl::StatusOr<std::shared_ptr<const domain::PinnedDefinition>> Library::Playbook(
    std::string_view id) const {
  const auto found = playbooks_.find(std::string(id));
  if (found == playbooks_.end()) return Unknown("playbook", "UNKNOWN_PLAYBOOK", id, playbooks_);
  return found->second;
}

std::vector<const regulation::RulePack*> Library::Packs() const {
  std::vector<const regulation::RulePack*> all;
  for (const auto& [unused, pinned] : packs_) all.push_back(&pinned->pack);
  return all;
}

std::vector<std::shared_ptr<const domain::PinnedDefinition>> Library::Playbooks() const {
  std::vector<std::shared_ptr<const domain::PinnedDefinition>> all;
  for (const auto& [unused, pinned] : playbooks_) all.push_back(pinned);
  return all;
}

}  // namespace tocsin::app
