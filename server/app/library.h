// The rule packs and playbooks that this server offers, read once at start from the library folder.
// Incidents and runs keep the version they began with; a restart with newer files changes nothing
// that is under way.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/domain/event.h"
#include "server/filing/form.h"
#include "server/playbook/validate.h"
#include "server/regulation/authority.h"

namespace tocsin::app {

/// Immutable after Load; safe to share.
class Library {
 public:
  /// Reads the files of `directory`/regimes and /incidents and, where there are those folders, of
  /// /calendars, /authorities, /criteria, /forms, /reviews and /drills. Errors: kNotFound
  /// LIBRARY_MISSING when a folder is not there; kInvalidArgument with file:line:column for the
  /// first file that is wrong, and for playbooks and scenarios with a line for each thing that is
  /// wrong in any: a library with a faulty file is refused whole.
  static absl::StatusOr<Library> Load(const std::string& directory);

  /// "24 rule packs, 1 playbook, 15 calendars, 40 authorities, 8 criteria sets, 11 forms,
  /// 2 review guides, 8 drill scenarios".
  std::string Summary() const;
  /// By id, or by the name of the regime, "CH-ISG", whatever the case.
  /// Errors: kNotFound, UNKNOWN_REGIME or UNKNOWN_PLAYBOOK, with the nearest or all known names.
  absl::StatusOr<std::shared_ptr<const domain::PinnedPack>> Pack(std::string_view id) const;
  /// All of them, by id. Valid as long as the library.
  std::vector<const regulation::RulePack*> Packs() const;
  absl::StatusOr<std::shared_ptr<const domain::PinnedDefinition>> Playbook(
      std::string_view id) const;
  std::vector<std::shared_ptr<const domain::PinnedDefinition>> Playbooks() const;
  /// The forms of notifications; nullptr when the library has no folder forms/. Lives as long as
  /// this object and its copies.
  const filing::FormLibrary* Forms() const { return forms_.get(); }
  /// A drill's scenario. Errors: kNotFound, UNKNOWN_SCENARIO, with the nearest or all known names.
  absl::StatusOr<std::shared_ptr<const domain::PinnedScenario>> Scenario(std::string_view id) const;
  /// By id.
  std::vector<std::shared_ptr<const domain::PinnedScenario>> Scenarios() const;
  /// The holidays of "NL". Errors: kNotFound, UNKNOWN_COUNTRY, with the known ones.
  absl::StatusOr<std::shared_ptr<const domain::PinnedCalendar>> CalendarOf(
      std::string_view country) const;
  /// Valid as long as the library.
  const domain::Calendars& calendars() const { return calendars_; }
  /// When incidents are reportable, by id.
  const std::vector<std::shared_ptr<const regulation::CriteriaSet>>& Criteria() const {
    return criteria_;
  }

  /// The questions of a review, by id. Errors: kNotFound, UNKNOWN_GUIDE, with the nearest or all.
  absl::StatusOr<domain::ReviewGuide> Guide(std::string_view id) const;
  const std::map<std::string, domain::ReviewGuide>& Guides() const { return guides_; }

  struct ListedAuthority {
    const regulation::AuthorityDirectory* directory;
    const regulation::Authority* authority;
  };
  /// The authorities of `country` and regime (either empty: of all), a regime being named in any
  /// case; by country, in the order of the files. Valid as long as the library. Errors: kNotFound,
  /// UNKNOWN_COUNTRY or UNKNOWN_REGIME, with what there is.
  absl::StatusOr<std::vector<ListedAuthority>> Authorities(std::string_view country,
                                                           std::string_view regime) const;
  /// To whom a report under `regime` at `stage` goes from `country`: that country's authorities,
  /// then those of the Union. Empty when none is known.
  std::vector<ListedAuthority> AddresseesOf(std::string_view country, std::string_view regime,
                                            std::string_view stage) const;

  /// A file as it is checked: its name for messages, and its bytes.
  struct File {
    std::string name;
    std::string bytes;
  };
  /// What is wrong with a playbook file, and with the tests beside it when there are some. Changes
  /// nothing. For ValidatePlaybook.
  struct Linted {
    std::optional<playbook::Definition> definition;
    std::vector<absl::Status> problems;
    size_t tests = 0;
  };
  Linted Lint(const File& file, const std::optional<File>& tests) const;

  /// A CACAO 2.0 playbook as a file of ours, checked against this library; it is not put into it.
  /// `id` is what it is called by; empty: made from its name. For ImportPlaybook.
  struct Imported {
    /// Empty, and `definition` absent, when there are problems.
    std::string yaml;
    std::optional<playbook::Definition> definition;
    std::vector<absl::Status> problems;
  };
  Imported ImportCacao(const File& file, std::string_view id) const;
  /// A playbook of the library as CACAO 2.0; `now` dates it where it is not given back as it came.
  /// Errors: kNotFound UNKNOWN_PLAYBOOK; kFailedPrecondition CACAO_NOT_SUPPORTED.
  absl::StatusOr<std::string> ExportCacao(std::string_view id, absl::Time now) const;
  struct LintedScenario {
    std::optional<domain::Scenario> scenario;
    std::vector<absl::Status> problems;
  };
  /// What is wrong with a drill's scenario. Changes nothing.
  LintedScenario LintScenario(const File& file) const;
  /// Runs the tests that stand beside the playbooks; the result is what failed. Errors: kNotFound
  /// LIBRARY_MISSING when the folder is not there any more.
  absl::StatusOr<std::vector<absl::Status>> RunPlaybookTests() const;

 private:
  absl::Status LoadPacks(const std::string& directory);
  absl::Status LoadPlaybooks(const std::string& directory);
  absl::Status PinPlaybooks();
  playbook::Words Words() const;
  std::string PlaybookOfCacao(std::string_view cacao_id) const;
  std::string CacaoIdOf(std::string_view playbook) const;
  absl::Status LoadCalendars(const std::string& directory);
  absl::Status LoadAuthorities(const std::string& directory);
  absl::Status LoadCriteria(const std::string& directory);
  absl::Status LoadGuides(const std::string& directory);
  absl::Status LoadDrills(const std::string& directory);
  absl::Status CheckCriteria(const std::string& path, const regulation::CriteriaSet& set) const;
  absl::Status LoadForms(const std::string& directory);
  absl::Status CheckForms(const filing::FormLibrary& forms) const;

  std::string directory_;
  std::map<std::string, std::shared_ptr<const domain::PinnedPack>> packs_;
  std::map<std::string, std::shared_ptr<const domain::PinnedDefinition>> playbooks_;
  std::map<std::string, std::string, std::less<>> cacao_ids_;          // by id of the playbook
  std::map<std::string, std::string, std::less<>> playbook_by_cacao_;  // the other way round
  domain::Calendars calendars_;
  std::map<std::string, regulation::AuthorityDirectory> authorities_;  // by country
  std::vector<std::shared_ptr<const regulation::CriteriaSet>> criteria_;
  std::shared_ptr<const filing::FormLibrary> forms_;
  std::map<std::string, domain::ReviewGuide> guides_;
  std::map<std::string, std::shared_ptr<const domain::PinnedScenario>> scenarios_;
  // By the name of the replay, its lines that tell an event.
  std::map<std::string, std::set<int>> replays_;
};

}  // namespace tocsin::app
