#include "server/domain/impact.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/text.h"
#include "server/base/view.h"

namespace tocsin::domain {
namespace {

constexpr std::string_view kPercentSuffix = "_percent";

// Digits with at most one point between them: absl's readers also take signs, exponents, "inf" and
// white space.
bool IsPlainNumber(std::string_view text) {
  constexpr size_t kDigitsMax = 18;
  const size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  const bool has_fraction = point != std::string_view::npos;
  const std::string_view fraction = has_fraction ? text.substr(point + 1) : "0";
  const auto digits = [](std::string_view part) {
    return !part.empty() &&
           std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  return text.size() <= kDigitsMax && digits(whole) && digits(fraction);
}

// Values come from people and go into a message.
std::string Shown(std::string_view value) {
  constexpr size_t kShownBytesMax = 100;
  return value.size() <= kShownBytesMax && CheckText("", value).ok()
             ? absl::StrCat("'", ToAbsl(value), "'")
             : "this text";
}

}  // namespace

const std::vector<ImpactKey>& ImpactKeys() {
  static const std::vector<ImpactKey> keys = {
      {"malicious", ImpactForm::kYesNo, "Suspected unlawful or malicious act"},
      {"cross_border", ImpactForm::kYesNo, "Cross-border impact"},
      {"countries", ImpactForm::kText, "Countries affected"},
      {"services", ImpactForm::kText, "Services affected"},
      {"critical_service", ImpactForm::kYesNo, "A critical service is affected"},
      {"systems", ImpactForm::kText, "Systems affected"},
      {"systems_affected", ImpactForm::kNumber, "Number of systems affected"},
      {"users_affected", ImpactForm::kNumber, "Number of users affected"},
      {"users_affected_percent", ImpactForm::kNumber, "Share of users affected, percent"},
      {"duration_minutes", ImpactForm::kNumber, "Duration, minutes"},
      {"downtime_minutes", ImpactForm::kNumber, "Downtime, minutes"},
      {"financial_loss_eur", ImpactForm::kNumber, "Financial loss, EUR"},
      {"ransom_paid_eur", ImpactForm::kNumber, "Ransom paid, EUR"},
      {"persons_harmed", ImpactForm::kNumber, "Persons harmed"},
      {"confidentiality_lost", ImpactForm::kYesNo, "Confidentiality lost"},
      {"integrity_lost", ImpactForm::kYesNo, "Integrity lost"},
      {"availability_lost", ImpactForm::kYesNo, "Availability lost"},
      {"personal_data", ImpactForm::kYesNo, "Personal data affected"},
      {"data_lost", ImpactForm::kText, "Data lost or stolen"},
      {"threat_type", ImpactForm::kText, "Type of threat"},
      {"root_cause", ImpactForm::kText, "Root cause"},
      {"vulnerability", ImpactForm::kText, "Vulnerability exploited"},
      {"indicators", ImpactForm::kText, "Indicators of compromise"},
      {"measures_taken", ImpactForm::kText, "Measures taken"},
      {"measures_planned", ImpactForm::kText, "Measures planned"},
      {"recovery_expected", ImpactForm::kText, "Expected recovery"},
      {"severity_assessment", ImpactForm::kText, "Initial assessment of severity"},
      {"supplier", ImpactForm::kText, "Supplier involved"},
      {"help_wanted", ImpactForm::kText, "Help wanted from the CSIRT"},
      {"incident_type", ImpactForm::kText, "Type of incident"},
      {"technique", ImpactForm::kText, "Technique of the attacker"},
      {"trade_secrets", ImpactForm::kYesNo, "Trade secrets affected"},
      {"effect_on_others", ImpactForm::kText, "Effect on others"},
      {"reputation", ImpactForm::kText, "Effect on reputation"},
      {"user_measures", ImpactForm::kText, "Measures users can take"},
      {"crisis_mode", ImpactForm::kYesNo, "Continuity plan or crisis mode active"},
      {"other_authorities", ImpactForm::kText, "Other authorities told"},
      {"recurrence", ImpactForm::kYesNo, "Recurring incident"},
      {"actor_information", ImpactForm::kText, "What is known of the attacker"},
  };
  return keys;
}

absl::Status CheckImpactFact(std::string_view key, std::string_view value) {
  const std::vector<ImpactKey>& keys = ImpactKeys();
  const auto known =
      std::find_if(keys.begin(), keys.end(), [&](const ImpactKey& k) { return k.key == key; });
  if (known == keys.end()) {
    std::vector<std::string> names;
    for (const ImpactKey& candidate : keys) names.emplace_back(candidate.key);
    if (const std::string nearest = NearestWord(key, names); !nearest.empty()) {
      return InvalidArgument("UNKNOWN_IMPACT_KEY",
                             absl::StrCat("'", ToAbsl(key), "' is close to a known fact"),
                             absl::StrCat("Did you mean '", nearest, "'?"));
    }
    return absl::OkStatus();
  }
  if (value == "unknown") return absl::OkStatus();
  double number = 0;
  switch (known->form) {
    case ImpactForm::kYesNo:
      if (value == "yes" || value == "no") return absl::OkStatus();
      return InvalidArgument(
          "BAD_IMPACT_VALUE",
          absl::StrCat(ToAbsl(key), " is yes, no or unknown, not ", Shown(value)),
          absl::StrCat("Say ", ToAbsl(key), "=unknown while nobody knows."));
    case ImpactForm::kNumber:
      if (!IsPlainNumber(value) || !absl::SimpleAtod(ToAbsl(value), &number)) {
        return InvalidArgument("BAD_IMPACT_VALUE",
                               absl::StrCat(ToAbsl(key), " is a number, not ", Shown(value)),
                               "Write digits without separators, or unknown.");
      }
      if (key.ends_with(kPercentSuffix) && number > 100) {
        return InvalidArgument("BAD_IMPACT_VALUE", absl::StrCat(ToAbsl(key), " is at most 100"),
                               "Give a share of all users, from 0 to 100.");
      }
      return absl::OkStatus();
    case ImpactForm::kText:
      return absl::OkStatus();
  }
  return absl::OkStatus();
}

}  // namespace tocsin::domain
