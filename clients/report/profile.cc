#include "clients/report/profile.h"

#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "clients/report/embedded_files.h"
#include "clients/report/json_text.h"
#include "server/base/check.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/view.h"

namespace tocsin::report {
namespace {

using nlohmann::json;

constexpr std::array<std::pair<std::string_view, Section>, 19> kSections = {{
    {"facts", Section::kFacts},
    {"facts_short", Section::kFactsShort},
    {"summary", Section::kSummary},
    {"figure", Section::kFigure},
    {"key_times", Section::kKeyTimes},
    {"key_times_short", Section::kKeyTimesShort},
    {"impact", Section::kImpact},
    {"obligations", Section::kObligations},
    {"timeline", Section::kTimeline},
    {"decisions", Section::kDecisions},
    {"communications", Section::kCommunications},
    {"notifications", Section::kNotifications},
    {"evidence", Section::kEvidence},
    {"runs", Section::kRuns},
    {"review", Section::kReview},
    {"lessons", Section::kLessons},
    {"actions", Section::kActions},
    {"integrity", Section::kIntegrity},
    {"integrity_short", Section::kIntegrityShort},
}};

absl::Status Bad(std::string_view what) {
  return InvalidArgument("BAD_PROFILE", absl::StrCat("profile: ", ToAbsl(what)),
                         "see docs/reports.md for what a profile holds");
}

absl::StatusOr<size_t> CountUnder(const json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end()) return size_t{0};
  if (found->is_number_unsigned()) return found->get<size_t>();
  return Bad(absl::StrCat(key, " is not a count"));
}

std::optional<Section> SectionOf(const json& name) {
  for (const auto& [known, section] : kSections) {
    if (name == known) return section;
  }
  return std::nullopt;
}

std::map<std::string, Profile> ReadProfiles() {
  std::map<std::string, Profile> profiles;
  for (const auto& [name, text] : ProfileFiles()) {
    absl::StatusOr<Profile> profile = ReadProfile(text);
    TOCSIN_CHECK(profile.ok() && profile->name == name);
    profiles.emplace(std::string(name), *std::move(profile));
  }
  return profiles;
}

std::map<std::string, Labels> ReadLanguages() {
  std::map<std::string, Labels> languages;
  for (const auto& [name, text] : LabelFiles()) {
    const absl::StatusOr<json> file = ParseJsonObject(text);
    TOCSIN_CHECK(file.ok());
    std::map<std::string, std::string> words;
    for (const auto& [key, word] : file->items()) words[key] = word.get<std::string>();
    languages.emplace(std::string(name), Labels(std::string(name), std::move(words)));
  }
  return languages;
}

// Braces of `{0}` and so on, which no word of a language holds otherwise.
std::string Placeholder(size_t number) {
  return absl::StrCat("{", number, "}");
}

}  // namespace

absl::StatusOr<Profile> ReadProfile(std::string_view text) {
  const absl::StatusOr<json> file = ParseJsonObject(text);
  if (!file.ok()) return Bad(ToStd(file.status().message()));
  Profile profile{.name = TextUnder(*file, "name"), .purpose = TextUnder(*file, "purpose")};
  if (profile.name.empty() || profile.purpose.empty()) return Bad("name or purpose is missing");
  TOCSIN_ASSIGN_OR_RETURN(profile.ceiling, ParseText<Tlp>(TextUnder(*file, "tlp_ceiling")));
  const std::string names = TextUnder(*file, "names");
  if (names != "handles" && names != "roles") return Bad("names is neither handles nor roles");
  profile.names = names == "roles" ? Names::kRoles : Names::kHandles;
  TOCSIN_ASSIGN_OR_RETURN(profile.rows_max, CountUnder(*file, "rows_max"));
  TOCSIN_ASSIGN_OR_RETURN(profile.text_max, CountUnder(*file, "text_max"));
  const json sections = file->value("sections", json());
  if (!sections.is_array() || sections.empty()) return Bad("sections is not a list");
  for (const json& name : sections) {
    const std::optional<Section> section = SectionOf(name);
    if (!section) return Bad(absl::StrCat("there is no section ", name.dump()));
    profile.sections.push_back(*section);
  }
  return profile;
}

const std::map<std::string, Profile>& Profiles() {
  static const std::map<std::string, Profile> profiles = ReadProfiles();
  return profiles;
}

std::string Labels::operator()(std::string_view key) const {
  const auto found = words_.find(std::string(key));
  return found == words_.end() ? std::string(key) : found->second;
}

std::string Labels::operator()(std::string_view key, const std::vector<std::string>& values) const {
  std::vector<std::pair<std::string, std::string>> replacements;
  for (size_t i = 0; i < values.size(); ++i) replacements.emplace_back(Placeholder(i), values[i]);
  return absl::StrReplaceAll((*this)(key), replacements);
}

std::string Labels::Of(std::string_view prefix, std::string_view word) const {
  const auto found = words_.find(std::string(prefix) + std::string(word));
  return found == words_.end() ? std::string(word) : found->second;
}

const std::map<std::string, Labels>& Languages() {
  static const std::map<std::string, Labels> languages = ReadLanguages();
  return languages;
}

}  // namespace tocsin::report
