#include "server/main/bootstrap.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/app/secrets.h"
#include "server/base/encoding.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/rpc/backend.h"
#include "server/rpc/zones.h"
#include "server/runtime/mutex.h"
#include "server/runtime/random.h"

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

absl::StatusOr<app::OrgProfile> MakeProfile(const config::Organisation& configured,
                                            OrgNumber number, const app::Library& library) {
  app::OrgProfile profile;
  profile.number = number;
  profile.name = configured.name;
  profile.entity_kind = configured.entity_kind;
  profile.regime = configured.regime;
  profile.entity = configured.entity;
  profile.contacts = configured.contacts;
  profile.stated = configured.profile.value_or(regulation::Profile{});
  profile.zone.name = configured.time_zone;
  TOCSIN_ASSIGN_OR_RETURN(profile.zone.rules, rpc::LoadZone(configured.time_zone));
  TOCSIN_ASSIGN_OR_RETURN(const auto pack, library.Pack(profile.regime));
  TOCSIN_RETURN_IF_ERROR(regulation::CheckEntityKind(pack->pack, profile.entity_kind));
  for (const config::Organisation::Further& further : configured.further_regimes) {
    TOCSIN_ASSIGN_OR_RETURN(const auto also, library.Pack(further.regime));
    TOCSIN_RETURN_IF_ERROR(regulation::CheckEntityKind(also->pack, further.entity_kind));
    profile.further.push_back({also, further.entity_kind});
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

absl::Status CheckOrganisations(const config::Config& config, const app::Library& library) {
  for (const config::Organisation& org : config.organisations) {
    TOCSIN_RETURN_IF_ERROR(MakeProfile(org, OrgNumber{1}, library).status());
    if (!org.country.empty()) TOCSIN_RETURN_IF_ERROR(library.CalendarOf(org.country).status());
  }
  return absl::OkStatus();
}

absl::StatusOr<std::map<OrgNumber, app::OrgProfile>> MakeProfiles(const config::Config& config,
                                                                  const store::Database& database,
                                                                  const app::Library& library) {
  std::map<OrgNumber, app::OrgProfile> profiles;
  for (const store::OrgInfo& org : database.Orgs()) {
    TOCSIN_ASSIGN_OR_RETURN(profiles[org.number],
                            MakeProfile(ConfiguredAs(config, org), org.number, library));
  }
  return profiles;
}

absl::StatusOr<std::map<OrgNumber, regulation::Calendar>> MakeCalendars(
    const config::Config& config, const store::Database& database, const app::Library& library) {
  std::map<OrgNumber, regulation::Calendar> calendars;
  for (const store::OrgInfo& org : database.Orgs()) {
    const std::string country = ConfiguredAs(config, org).country;
    if (country.empty()) continue;
    TOCSIN_ASSIGN_OR_RETURN(calendars[org.number], library.CalendarOf(country));
  }
  return calendars;
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
    const absl::Time expire_time = clock.Now() + rpc::kCodeLifetime;
    TOCSIN_RETURN_IF_ERROR(
        Carry(processor, org.number, AdminCommand(directory, code, expire_time)));
    invitations.push_back({org.name, code});
  }
  return invitations;
}

}  // namespace tocsin::server
