#include "server/main/bootstrap.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/app/regimes.h"
#include "server/app/secrets.h"
#include "server/base/encoding.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/view.h"
#include "server/domain/establishment.h"
#include "server/domain/significance.h"
#include "server/runtime/mutex.h"
#include "server/runtime/random.h"
#include "server/runtime/zones.h"

namespace tocsin::server {
namespace {

constexpr char kAdminHandle[] = "admin";

// Submits and waits for the answer.
absl::Status Carry(app::CommandProcessor& processor, OrgNumber org,
                   domain::DirectoryCommand command) {
  runtime::Mutex mutex;
  runtime::Condition changed;
  std::optional<absl::Status> answer;
  app::Request request;
  request.org = org;
  request.request = app::NewId<RequestId>();
  request.auth_context = "the server's first start";
  request.command = std::move(command);
  processor.Submit(std::move(request), [&](const absl::StatusOr<app::Outcome>& outcome) {
    runtime::MutexLock lock(mutex);
    answer = outcome.status();
    changed.NotifyAll();
  });
  runtime::MutexLock lock(mutex);
  while (!answer) changed.Wait(mutex);
  return *answer;
}

domain::DirectoryCommand AdminCommand(const domain::Directory& directory, const std::string& code,
                                      absl::Time expire_time) {
  if (directory.FindHandle(kAdminHandle) != nullptr) {
    return domain::IssueCode{kAdminHandle, app::HashCode(code), expire_time};
  }
  domain::CreatePrincipal create;
  create.id = app::NewId<PrincipalId>();
  create.handle = kAdminHandle;
  create.display_name = "Administrator";
  create.roles = {OrgRole::kAdmin, OrgRole::kCiso, OrgRole::kCommander};
  create.code_hash = app::HashCode(code);
  create.code_expire_time = expire_time;
  return create;
}

// What the configuration names for every incident, each checked as it would be when declaring.
absl::Status NameRegimes(const config::Organisation& configured, const app::Library& library,
                         app::OrgProfile& profile) {
  std::vector<config::Organisation::Further> named = configured.further_regimes;
  named.insert(named.begin(),
               {configured.regime, configured.entity_kind, configured.establishment});
  std::set<std::pair<std::string, std::string>> seen;
  std::map<std::string, int> seats;
  for (const config::Organisation::Further& one : named) {
    TOCSIN_ASSIGN_OR_RETURN(const auto pinned, library.Pack(one.regime));
    TOCSIN_RETURN_IF_ERROR(regulation::CheckEntityKind(pinned->pack, one.entity_kind));
    TOCSIN_ASSIGN_OR_RETURN(domain::Establishment seat,
                            app::EstablishmentFor(profile, pinned->pack, one.establishment));
    TOCSIN_RETURN_IF_ERROR(domain::RulingName({}, pinned->pack, seat.country).status());
    const bool again = ++seats[pinned->pack.id] > 1;
    if (!seen.emplace(pinned->pack.id, seat.country).second || (again && seat.country.empty())) {
      return InvalidArgument("REGIME_TWICE",
                             absl::StrCat(profile.name, ": ", pinned->pack.id,
                                          " is named twice for the same establishment"),
                             "Give each its own establishment, such as NL.");
    }
    profile.regimes.push_back({pinned, one.entity_kind, std::move(seat)});
  }
  return absl::OkStatus();
}

// The profile as it is configured, whether or not it puts incidents under anything.
absl::StatusOr<app::OrgProfile> DescribeProfile(const config::Organisation& configured,
                                                OrgNumber number, const app::Library& library) {
  app::OrgProfile profile;
  profile.number = number;
  profile.name = configured.name;
  profile.country = configured.country;
  profile.sev4_needs_no_review = configured.sev4_needs_no_review;
  profile.entity = configured.entity;
  profile.contacts = configured.contacts;
  profile.stated = configured.profile.value_or(regulation::Profile{});
  profile.zone.name = configured.time_zone;
  TOCSIN_ASSIGN_OR_RETURN(profile.zone.rules, runtime::LoadZone(configured.time_zone));
  TOCSIN_RETURN_IF_ERROR(app::CheckProfile(library, profile.stated));
  if (configured.names_regimes || !configured.profile) {
    TOCSIN_RETURN_IF_ERROR(NameRegimes(configured, library, profile));
  }
  return profile;
}

// The same, refused when it puts them under nothing.
absl::StatusOr<app::OrgProfile> MakeProfile(const config::Organisation& configured,
                                            OrgNumber number, const app::Library& library,
                                            absl::Time now) {
  TOCSIN_ASSIGN_OR_RETURN(app::OrgProfile profile, DescribeProfile(configured, number, library));
  TOCSIN_ASSIGN_OR_RETURN(const auto selected, app::RegimesFor(library, profile, now));
  if (selected.empty()) {
    return InvalidArgument(
        "NO_REGIME_SELECTED",
        absl::StrCat(profile.name, ": the profile selects no regime for certain"),
        "State more in the profile, or name a regime: tocsind check-config shows what is missing.");
  }
  return profile;
}

std::string LibraryDirectory(const config::Config& config) {
  if (!config.library_directory.empty()) return config.library_directory;
  std::array<char, 4096> path{};
  const ssize_t size = readlink("/proc/self/exe", path.data(), path.size() - 1);
  if (size > 0) {
    std::string program(path.data(), static_cast<size_t>(size));
    program.resize(program.rfind('/'));
    const std::string installed = program + "/../share/tocsin/playbooks";
    if (access(installed.c_str(), R_OK) == 0) return installed;
  }
  return TOCSIN_SOURCE_DIR "/playbooks";
}

// What the configuration says of a stored organisation; the defaults when it says nothing.
config::Organisation ConfiguredAs(const config::Config& config, const store::OrgInfo& org) {
  for (const config::Organisation& candidate : config.organisations) {
    if (candidate.name == org.name) return candidate;
  }
  config::Organisation configured;
  configured.name = org.name;
  return configured;
}

void AppendView(const app::RegimeView& view, std::string& report) {
  const regulation::RulePack& pack = *view.selection.pack;
  absl::StrAppend(&report, view.taken ? "  * " : "    ", pack.id, ": ",
                  ToAbsl(regulation::ToText(view.selection.verdict)), ": ", view.selection.because);
  if (view.taken) {
    absl::StrAppend(&report, ". Taken as ", view.entity_kind);
    const std::string countries = absl::StrJoin(view.countries, ", ");
    if (!countries.empty()) absl::StrAppend(&report, " in ", countries);
  }
  absl::StrAppend(&report, ". Confidence ",
                  pack.confidence.substr(0, pack.confidence.find_first_of(" ;:,")),
                  pack.verified_on.empty() ? "" : ", verified on ", pack.verified_on, "\n");
}

void AppendEscalation(const config::Organisation& org, std::string& report) {
  if (org.escalation.empty()) return;
  absl::StrAppend(&report, "  alerts ask ");
  std::string_view before;
  for (const auto& level : org.escalation) {
    absl::StrAppend(&report, ToAbsl(before),
                    level.role ? ToAbsl(ToText(*level.role)) : absl::string_view(level.principal),
                    " for ", absl::FormatDuration(level.wait));
    before = ", then ";
  }
  absl::StrAppend(&report, "\n");
}

// A country that was typed must have its calendar; that of an establishment may have none, and
// then only weekends are known.
absl::Status CheckCountry(const config::Organisation& org, const app::Library& library) {
  const bool of_profile =
      org.profile && regulation::EstablishmentIn(*org.profile, org.country) != nullptr;
  if (org.country.empty() || of_profile) return absl::OkStatus();
  return library.CalendarOf(org.country).status();
}

}  // namespace

absl::Status MakeOrganisations(const config::Config& config, store::Database& database,
                               absl::Time now) {
  const std::vector<store::OrgInfo> known = database.Orgs();
  for (const config::Organisation& org : config.organisations) {
    const bool exists = std::any_of(known.begin(), known.end(),
                                    [&](const auto& other) { return other.name == org.name; });
    if (exists) continue;
    // The name of a log is for ever, and no two servers' logs may share one.
    const std::string origin =
        absl::StrCat("tocsin/", org.name, "/", HexEncode(runtime::RandomString(4)));
    TOCSIN_RETURN_IF_ERROR(database.CreateOrg(org.name, origin, now).status());
  }
  return absl::OkStatus();
}

absl::StatusOr<app::Library> LoadLibrary(const config::Config& config) {
  return app::Library::Load(LibraryDirectory(config));
}

absl::Status CheckOrganisations(const config::Config& config, const app::Library& library,
                                absl::Time now) {
  for (const config::Organisation& org : config.organisations) {
    TOCSIN_RETURN_IF_ERROR(MakeProfile(org, OrgNumber{1}, library, now).status());
    TOCSIN_RETURN_IF_ERROR(CheckCountry(org, library));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> RegimeReport(const config::Config& config, const app::Library& library,
                                         absl::Time now) {
  std::string report;
  for (const config::Organisation& org : config.organisations) {
    // Also of a profile that selects nothing yet: the report is what says why.
    TOCSIN_ASSIGN_OR_RETURN(const app::OrgProfile profile,
                            DescribeProfile(org, OrgNumber{1}, library));
    TOCSIN_ASSIGN_OR_RETURN(const std::vector<app::RegimeView> views,
                            app::ViewRegimes(library, profile, now));
    absl::StrAppend(&report, org.name, ": incidents are put under what ",
                    profile.regimes.empty() ? "the profile selects" : "the configuration names",
                    "\n");
    if (!profile.stated.regulators.empty()) {
      absl::StrAppend(&report, "  supervised by ", absl::StrJoin(profile.stated.regulators, ", "),
                      "\n");
    }
    for (const app::RegimeView& view : views) AppendView(view, report);
    AppendEscalation(org, report);
  }
  return report;
}

absl::StatusOr<std::map<OrgNumber, app::OrgProfile>> MakeProfiles(const config::Config& config,
                                                                  const store::Database& database,
                                                                  const app::Library& library,
                                                                  absl::Time now) {
  std::map<OrgNumber, app::OrgProfile> profiles;
  for (const store::OrgInfo& org : database.Orgs()) {
    TOCSIN_ASSIGN_OR_RETURN(profiles[org.number],
                            MakeProfile(ConfiguredAs(config, org), org.number, library, now));
  }
  return profiles;
}

absl::StatusOr<std::map<OrgNumber, std::string>> MakeCountries(const config::Config& config,
                                                               const store::Database& database,
                                                               const app::Library& library) {
  std::map<OrgNumber, std::string> countries;
  for (const store::OrgInfo& org : database.Orgs()) {
    const config::Organisation configured = ConfiguredAs(config, org);
    TOCSIN_RETURN_IF_ERROR(CheckCountry(configured, library));
    if (!configured.country.empty()) countries[org.number] = configured.country;
  }
  return countries;
}

std::map<OrgNumber, std::map<std::string, std::string>> MakeProfileFacts(
    const config::Config& config, const store::Database& database) {
  std::map<OrgNumber, std::map<std::string, std::string>> facts;
  for (const store::OrgInfo& org : database.Orgs()) {
    const std::optional<regulation::Profile> profile = ConfiguredAs(config, org).profile;
    if (profile) facts[org.number] = domain::ProfileFacts(*profile);
  }
  return facts;
}

app::EscalationChains Escalation(const config::Config& config, const store::Database& database) {
  app::EscalationChains chains;
  for (const store::OrgInfo& org : database.Orgs()) {
    for (const auto& level : ConfiguredAs(config, org).escalation) {
      chains[org.number].push_back(
          {.role = level.role, .person = {}, .handle = level.principal, .wait = level.wait});
    }
  }
  return chains;
}

std::set<OrgNumber> FourEyes(const config::Config& config, const store::Database& database) {
  std::set<OrgNumber> orgs;
  for (const store::OrgInfo& org : database.Orgs()) {
    if (ConfiguredAs(config, org).four_eyes) orgs.insert(org.number);
  }
  return orgs;
}

absl::StatusOr<std::vector<Invitation>> InviteAdmins(const store::Database& database,
                                                     const app::Catalog& catalog,
                                                     app::CommandProcessor& processor,
                                                     runtime::Clock& clock) {
  std::vector<Invitation> invitations;
  for (const store::OrgInfo& org : database.Orgs()) {
    const domain::Directory directory = catalog.DirectoryOf(org.number);
    if (!directory.tokens.empty()) continue;
    const std::string code = app::MakeEnrolmentCode();
    const absl::Time expire_time = clock.Now() + app::kCodeLifetime;
    TOCSIN_RETURN_IF_ERROR(
        Carry(processor, org.number, AdminCommand(directory, code, expire_time)));
    invitations.push_back({org.name, code});
  }
  return invitations;
}

}  // namespace tocsin::server
