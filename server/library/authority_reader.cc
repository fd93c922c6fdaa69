#include "server/library/authority_reader.h"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/status_macros.h"
#include "server/library/fields.h"
#include "server/library/yaml.h"

namespace tocsin::library {
namespace {

using regulation::Authority;
using regulation::AuthorityDirectory;
using regulation::AuthorityRole;

constexpr char kFormat[] = "tocsin-authorities-v1";
constexpr size_t kLanguageLength = 2;
constexpr std::ptrdiff_t kPhoneDigitsMin = 7;

bool IsDigit(char c) {
  return std::isdigit(static_cast<unsigned char>(c)) != 0;
}

bool IsLanguageCode(std::string_view text) {
  return text.size() == kLanguageLength && std::all_of(text.begin(), text.end(), [](char c) {
           return std::islower(static_cast<unsigned char>(c)) != 0;
         });
}

// With the country's prefix: the caller may sit in another country.
bool IsPhone(std::string_view text) {
  if (text.empty() || text[0] != '+') return false;
  const std::string_view rest = text.substr(1);
  return std::all_of(rest.begin(), rest.end(), [](char c) { return c == ' ' || IsDigit(c); }) &&
         std::count_if(rest.begin(), rest.end(), IsDigit) >= kPhoneDigitsMin;
}

absl::StatusOr<Authority> ReadAuthority(std::string_view file, const YamlNode& node) {
  YamlMapReader map(file, node, "an authority");
  Authority authority;
  authority.id = map.Text("id");
  authority.name = map.Text("name");
  authority.role =
      map.Word<AuthorityRole>("role", {{"csirt", AuthorityRole::kCsirt},
                                       {"competent_authority", AuthorityRole::kCompetentAuthority},
                                       {"data_protection", AuthorityRole::kDataProtection},
                                       {"financial", AuthorityRole::kFinancial},
                                       {"sector", AuthorityRole::kSector},
                                       {"platform", AuthorityRole::kPlatform}});
  authority.regimes = map.TextList("regimes");
  if (authority.regimes.empty()) map.Refuse("regimes", "an authority needs at least one regime");
  authority.stages = map.TextList("stages");
  authority.channel = map.Text("channel");
  authority.phone = map.OptionalText("phone").value_or("");
  if (!authority.phone.empty() && !IsPhone(authority.phone)) {
    map.Refuse("phone",
               absl::StrCat("'", authority.phone, "' is not a number such as \"+32 2 501 05 60\""));
  }
  authority.languages = map.TextList("languages");
  for (const std::string& language : authority.languages) {
    if (!IsLanguageCode(language)) {
      map.Refuse("languages",
                 absl::StrCat("'", language, "' is not two small letters, as in 'nl'"));
    }
  }
  authority.fallback = map.OptionalText("fallback").value_or("");
  authority.confidence = map.Text("confidence");
  authority.note = map.OptionalText("note").value_or("");
  TOCSIN_RETURN_IF_ERROR(map.Finish());
  return authority;
}

absl::Status ReadList(std::string_view file, const YamlNode& list, AuthorityDirectory& directory) {
  std::set<std::string> ids;
  for (const YamlNode& item : list.children) {
    TOCSIN_ASSIGN_OR_RETURN(Authority authority, ReadAuthority(file, item));
    if (!ids.insert(authority.id).second) {
      return YamlErrorAt(file, item, absl::StrCat("the id '", authority.id, "' is used twice"));
    }
    directory.authorities.push_back(std::move(authority));
  }
  if (list.children.empty()) return YamlErrorAt(file, list, "the list is empty");
  return absl::OkStatus();
}

absl::StatusOr<AuthorityDirectory> Read(std::string_view file, const YamlNode& root) {
  AuthorityDirectory directory;
  YamlMapReader map(file, root, "the directory");
  CheckFormat(map, kFormat);
  directory.country = RequiredCountry(map, "country");
  if (const auto day = RequiredDay(map, "verified_on")) {
    directory.verified_on = absl::FormatCivilTime(*day);
  }
  if (const YamlNode* list = map.RequiredList("authorities")) {
    map.Add(ReadList(file, *list, directory));
  }
  TOCSIN_RETURN_IF_ERROR(map.Finish());
  return directory;
}

}  // namespace

absl::StatusOr<AuthorityDirectory> ReadAuthorities(std::string_view file, std::string_view bytes) {
  TOCSIN_ASSIGN_OR_RETURN(const YamlNode root, ParseYaml(file, bytes));
  return Read(file, root);
}

absl::StatusOr<AuthorityDirectory> ReadAuthoritiesFile(const std::string& path) {
  TOCSIN_ASSIGN_OR_RETURN(const std::string bytes, ReadYamlBytes(path));
  return ReadAuthorities(path, bytes);
}

}  // namespace tocsin::library
