#include "server/regulation/authority.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/base/view.h"

namespace tocsin::regulation {

std::string_view ToText(AuthorityRole role) {
  switch (role) {
    case AuthorityRole::kCsirt:
      return "csirt";
    case AuthorityRole::kCompetentAuthority:
      return "competent_authority";
    case AuthorityRole::kDataProtection:
      return "data_protection";
    case AuthorityRole::kFinancial:
      return "financial";
    case AuthorityRole::kSector:
      return "sector";
    case AuthorityRole::kPlatform:
      return "platform";
  }
  return "";
}

bool TakesRegime(const Authority& authority, std::string_view country, std::string_view regime) {
  const std::string national = absl::StrCat(ToAbsl(regime), "-", ToAbsl(country));
  return std::any_of(authority.regimes.begin(), authority.regimes.end(),
                     [&](const std::string& name) {
                       return absl::EqualsIgnoreCase(name, ToAbsl(regime)) ||
                              absl::EqualsIgnoreCase(name, national);
                     });
}

bool TakesStage(const Authority& authority, std::string_view stage) {
  return authority.stages.empty() || std::find(authority.stages.begin(), authority.stages.end(),
                                               stage) != authority.stages.end();
}

}  // namespace tocsin::regulation
