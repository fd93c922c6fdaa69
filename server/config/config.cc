#include "server/config/config.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "server/base/status_macros.h"
#include "server/base/view.h"
#include "server/library/fields.h"
#include "server/library/profile_reader.h"
#include "server/library/yaml.h"

namespace tocsin::config {
namespace {

using library::YamlMapReader;
using library::YamlNode;

constexpr size_t kNameBytesMax = 32;
constexpr int64_t kTokenDaysMax = 365;
constexpr size_t kLevelsMax = 16;
constexpr uint64_t kFileBytesMax = uint64_t{16} << 40;
constexpr absl::Duration kWaitMin = absl::Seconds(1);
constexpr absl::Duration kWaitMax = absl::Hours(168);

bool IsName(const std::string& name) {
  return !name.empty() && name.size() <= kNameBytesMax &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
         });
}

void Set(YamlMapReader& reader, std::string_view key, std::string& target) {
  if (std::optional<std::string> text = reader.OptionalText(key)) target = *std::move(text);
}

template <typename Number>
void Set(YamlMapReader& reader, std::string_view key, int64_t min, int64_t max, Number& target) {
  if (const auto value = reader.OptionalInteger(key, min, max)) {
    target = static_cast<Number>(*value);
  }
}

// The organisation sits where its main establishment is, unless it says otherwise.
void TakePlace(const YamlMapReader& reader, Organisation& org) {
  const regulation::Establishment* seat =
      reader.Has("country") ? regulation::EstablishmentIn(*org.profile, org.country)
                            : regulation::MainEstablishment(*org.profile);
  if (seat == nullptr) return;
  org.country = seat->country;
  if (!reader.Has("time_zone")) org.time_zone = seat->time_zone;
}

// "90s", "10m", "2h".
std::optional<absl::Duration> ReadWait(const std::string& text) {
  const std::string_view digits = std::string_view(text).substr(0, text.size() - 1);
  int number = 0;
  if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos ||
      !absl::SimpleAtoi(ToAbsl(digits), &number)) {
    return std::nullopt;
  }
  switch (text.back()) {
    case 's':
      return absl::Seconds(number);
    case 'm':
      return absl::Minutes(number);
    case 'h':
      return absl::Hours(number);
    default:
      return std::nullopt;
  }
}

// "512 MiB", "1 GiB", "4096"; none above kFileBytesMax.
std::optional<uint64_t> ReadBytes(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, int>, 4> kUnits = {
      {{" KiB", 10}, {" MiB", 20}, {" GiB", 30}, {" TiB", 40}}};
  int shift = 0;
  for (const auto& [unit, bits] : kUnits) {
    if (!text.ends_with(unit)) continue;
    shift = bits;
    text.remove_suffix(unit.size());
    break;
  }
  uint64_t number = 0;
  if (text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos ||
      !absl::SimpleAtoi(ToAbsl(text), &number) || number > kFileBytesMax >> shift) {
    return std::nullopt;
  }
  return number << shift;
}

Organisation::EscalationLevel ReadLevel(std::string_view file, const YamlNode& node,
                                        YamlMapReader& organisation) {
  YamlMapReader reader(file, node, "a level of escalation");
  Organisation::EscalationLevel level;
  if (const std::optional<std::string> role = reader.OptionalText("role")) {
    const absl::StatusOr<IncidentRole> read = ParseText<IncidentRole>(*role);
    if (read.ok()) level.role = *read;
    if (!read.ok()) {
      reader.Refuse("role", library::NotKnown("an incident role", *role, AllTexts<IncidentRole>()));
    }
  }
  if (std::optional<std::string> person = reader.OptionalText("principal")) {
    level.principal = *std::move(person);
    const std::string_view handle = level.principal;
    if (handle.front() != '@' || !library::IsWord(handle.substr(1))) {
      reader.Refuse("principal", "a person is named by handle: \"@bob\"");
    }
  }
  if (reader.Has("role") == reader.Has("principal")) {
    reader.Refuse(reader.Has("role") ? "principal" : "wait",
                  "a level is either a role or a principal");
  }
  const std::string wait = reader.Text("wait");
  const std::optional<absl::Duration> read = wait.empty() ? std::nullopt : ReadWait(wait);
  level.wait = read.value_or(absl::ZeroDuration());
  if (!wait.empty() && (level.wait < kWaitMin || level.wait > kWaitMax)) {
    reader.Refuse("wait", "the time is a number of s, m or h from 1s to 168h, as in 10m");
  }
  organisation.Add(reader.Finish());
  return level;
}

absl::StatusOr<Organisation> ReadOrganisation(std::string_view file, const YamlNode& node) {
  YamlMapReader reader(file, node, "an organisation");
  Organisation org;
  org.name = reader.Text("name");
  if (!org.name.empty() && !IsName(org.name)) {
    reader.Refuse("name", "a name is 1 to 32 of a-z, 0-9 and dash");
  }
  if (std::string zone = library::OptionalZone(reader, "time_zone"); !zone.empty()) {
    org.time_zone = std::move(zone);
  }
  Set(reader, "country", org.country);
  Set(reader, "entity_kind", org.entity_kind);
  Set(reader, "regime", org.regime);
  org.establishment = library::OptionalCountry(reader, "establishment");
  org.names_regimes = reader.Has("regime") || reader.Has("further_regimes");
  const bool selects = reader.Has("profile") && !reader.Has("regime");
  for (const char* key : {"entity_kind", "establishment", "further_regimes"}) {
    if (selects && reader.Has(key)) {
      reader.Refuse(key, "needs regime beside it: without one the regimes follow from the profile");
    }
  }
  if (const YamlNode* list = reader.List("further_regimes")) {
    for (const YamlNode& item : list->children) {
      YamlMapReader further(file, item, "a further regime");
      org.further_regimes.push_back({further.Text("regime"), further.Text("entity_kind"),
                                     library::OptionalCountry(further, "establishment")});
      reader.Add(further.Finish());
    }
  }
  if (const YamlNode* list = reader.List("escalation")) {
    for (const YamlNode& item : list->children) {
      org.escalation.push_back(ReadLevel(file, item, reader));
    }
    if (org.escalation.size() > kLevelsMax) {
      reader.Refuse("escalation", absl::StrCat("there are more than ", kLevelsMax, " levels"));
    }
  }
  org.sev4_needs_no_review = !reader.Bool("sev4_needs_review", true);
  Set(reader, "entity", org.entity);
  Set(reader, "contacts", org.contacts);
  org.four_eyes = reader.Bool("four_eyes", false);
  if (const YamlNode* profile = reader.Map("profile")) {
    absl::StatusOr<regulation::Profile> read = library::ReadProfile(file, *profile);
    if (read.ok()) {
      org.profile = *std::move(read);
      TakePlace(reader, org);
    }
    reader.Add(read.status());
  }
  TOCSIN_RETURN_IF_ERROR(reader.Finish());
  return org;
}

absl::StatusOr<std::vector<Organisation>> ReadOrganisations(std::string_view file,
                                                            const YamlNode& list) {
  std::vector<Organisation> orgs;
  for (const YamlNode& node : list.children) {
    TOCSIN_ASSIGN_OR_RETURN(Organisation org, ReadOrganisation(file, node));
    const bool twice = std::any_of(orgs.begin(), orgs.end(),
                                   [&](const auto& other) { return other.name == org.name; });
    if (twice) {
      return library::YamlErrorAt(file, node,
                                  absl::StrCat("the organisation '", org.name, "' comes twice"));
    }
    orgs.push_back(std::move(org));
  }
  if (orgs.empty()) return library::YamlErrorAt(file, list, "there is no organisation in the list");
  return orgs;
}

absl::StatusOr<Limits> ReadLimits(std::string_view file, const YamlNode& node) {
  YamlMapReader reader(file, node, "the limits");
  Limits limits;
  Set(reader, "queue_length", 1, 1'000'000, limits.queue_length);
  Set(reader, "streams_per_connection", 1, 100'000, limits.streams_per_connection);
  Set(reader, "connections_per_address", 1, 100'000, limits.connections_per_address);
  Set(reader, "connections_from_loopback", 1, 100'000, limits.connections_from_loopback);
  Set(reader, "watchers", 1, 1'000'000, limits.watchers);
  if (const std::optional<std::string> text = reader.OptionalText("evidence_limit")) {
    const std::optional<uint64_t> bytes = ReadBytes(*text);
    limits.evidence_limit = bytes.value_or(0);
    if (!bytes) {
      reader.Refuse(
          "evidence_limit",
          "a size is a number of bytes, KiB, MiB, GiB or TiB up to 16 TiB, as in 512 MiB; "
          "0 takes no files");
    }
  }
  TOCSIN_RETURN_IF_ERROR(reader.Finish());
  return limits;
}

}  // namespace

absl::StatusOr<Config> ReadConfig(std::string_view file, std::string_view bytes) {
  TOCSIN_ASSIGN_OR_RETURN(const YamlNode root, library::ParseYaml(file, bytes));
  YamlMapReader reader(file, root, "the configuration");
  Config config;
  Set(reader, "listen", config.listen);
  Set(reader, "library", config.library_directory);
  if (const auto days = reader.OptionalInteger("token_lifetime_days", 1, kTokenDaysMax)) {
    config.token_lifetime = absl::Hours(24) * *days;
  }
  if (const YamlNode* list = reader.List("organisations")) {
    absl::StatusOr<std::vector<Organisation>> orgs = ReadOrganisations(file, *list);
    if (orgs.ok()) config.organisations = *std::move(orgs);
    reader.Add(orgs.status());
  }
  if (const YamlNode* node = reader.Map("limits")) {
    absl::StatusOr<Limits> limits = ReadLimits(file, *node);
    if (limits.ok()) config.limits = *limits;
    reader.Add(limits.status());
  }
  TOCSIN_RETURN_IF_ERROR(reader.Finish());
  return config;
}

absl::StatusOr<Config> ReadConfigFile(const std::string& path) {
  TOCSIN_ASSIGN_OR_RETURN(const std::string bytes, library::ReadYamlBytes(path));
  return ReadConfig(path, bytes);
}

}  // namespace tocsin::config
