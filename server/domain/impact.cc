#include "server/domain/impact.h"

#include <algorithm>
#include <array>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "server/base/error.h"
#include "server/base/text.h"
#include "server/base/view.h"
#include "server/regulation/criteria.h"
#include "server/regulation/profile.h"
#include "server/regulation/week_sum.h"

namespace tocsin::domain {
namespace {

// What the forms of the authorities ask for.
constexpr auto kFormKeys = std::to_array<ImpactKey>({
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
    {"financial_loss_eur", ImpactForm::kNumber, "Financial loss, EUR", true},
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
});

// What the criteria of playbooks/criteria ask for besides.
constexpr auto kCriteriaKeys = std::to_array<ImpactKey>({
    {"sector", ImpactForm::kSectors, "Sector, or kind of service, that is hit"},
    {"annual_turnover_eur", ImpactForm::kNumber, "Turnover of the last financial year, EUR"},
    {"service_users_eu", ImpactForm::kNumber, "Users of the service in the Union"},
    {"root_cause_key", ImpactForm::kKey, "Name of the root cause, the same in all its incidents"},
    {"planned_maintenance", ImpactForm::kYesNo, "Planned maintenance and its planned effects"},
    {"severe_disruption", ImpactForm::kYesNo, "Severe operational disruption of services", true},
    {"severe_financial_loss", ImpactForm::kYesNo, "Severe financial loss of the entity", true},
    {"considerable_damage", ImpactForm::kYesNo, "Considerable damage to other persons", true},
    {"trade_secrets_exfiltrated", ImpactForm::kYesNo, "Trade secrets taken away", true},
    {"death", ImpactForm::kYesNo, "Death of a person", true},
    {"considerable_health_damage", ImpactForm::kYesNo, "Considerable damage to health", true},
    {"seriously_injured", ImpactForm::kNumber, "Persons seriously injured"},
    {"malicious_access", ImpactForm::kYesNo, "Successful malicious unauthorised access"},
    {"physical_access_compromised", ImpactForm::kYesNo, "Physical access compromised"},
    {"outages", ImpactForm::kIntervals, "Outages, each from when to when"},
    {"unavailable_minutes", ImpactForm::kNumber, "Completely unavailable, minutes"},
    {"unavailable_minutes_week", ImpactForm::kNumber, "The same, in sum in one calendar week"},
    {"limited_minutes", ImpactForm::kNumber, "Limited availability, minutes"},
    {"average_response_seconds", ImpactForm::kNumber, "Average response time, seconds"},
    {"data_compromised", ImpactForm::kYesNo, "Data of the service compromised"},
    {"data_users_affected", ImpactForm::kNumber, "Users whose data are compromised"},
    {"data_users_affected_percent", ImpactForm::kNumber, "Their share of all users, percent"},
    {"misconfiguration", ImpactForm::kYesNo, "Caused by a misconfiguration"},
    {"domains_affected", ImpactForm::kNumber, "Domain names with wrong data"},
    {"domains_managed", ImpactForm::kNumber, "Domain names managed"},
    {"authenticity_lost", ImpactForm::kYesNo, "Authenticity lost"},
    {"clients_affected", ImpactForm::kNumber, "Clients affected"},
    {"clients_affected_percent", ImpactForm::kNumber, "Share of clients of the service, percent"},
    {"service_clients", ImpactForm::kNumber, "Clients that use the service"},
    {"counterparts_affected_percent", ImpactForm::kNumber, "Financial counterparts, percent"},
    {"transactions_affected_percent", ImpactForm::kNumber, "Daily transactions, percent"},
    {"transactions_value_percent", ImpactForm::kNumber, "Daily transaction value, percent"},
    {"relevant_client_affected", ImpactForm::kYesNo, "A relevant client or counterpart affected"},
    {"media_coverage", ImpactForm::kYesNo, "In the media"},
    {"repeated_complaints", ImpactForm::kYesNo, "Repeated complaints of clients"},
    {"requirements_not_met", ImpactForm::kYesNo, "Regulatory requirements cannot be met"},
    {"client_loss_likely", ImpactForm::kYesNo, "Loss of clients with material effect is likely"},
    {"member_states_affected", ImpactForm::kNumber, "Member States with impact"},
    {"data_loss_adverse", ImpactForm::kYesNo, "Loss of data harms business or compliance"},
    {"data_loss_possible", ImpactForm::kYesNo, "The access may lead to data losses"},
    {"microenterprise", ImpactForm::kYesNo, "Microenterprise, or entity of DORA 16(1)"},
    {"risk_to_persons", ImpactForm::kYesNo, "Risk to rights and freedoms (no: unlikely)"},
    {"high_risk_to_persons", ImpactForm::kYesNo, "High risk to rights and freedoms is likely"},
    {"data_unintelligible", ImpactForm::kYesNo, "Data unintelligible to others, as if encrypted"},
    {"high_risk_removed", ImpactForm::kYesNo, "Later measures removed the high risk"},
    {"exploited_vulnerability", ImpactForm::kYesNo, "Vulnerability of our product is exploited"},
    {"product_protection_lost", ImpactForm::kYesNo, "Our product's protection impaired", true},
    {"malicious_code_in_product", ImpactForm::kYesNo, "Malicious code in our product", true},
    {"contract_times_missed", ImpactForm::kYesNo, "Contractual delivery times missed"},
    {"ip_loss", ImpactForm::kYesNo, "Intellectual property lost, hitting future revenue", true},
    {"assets_destroyed", ImpactForm::kYesNo, "Assets of others destroyed", true},
    {"deliveries_delayed", ImpactForm::kYesNo, "Deliveries to others delayed", true},
    {"others_financial_effect", ImpactForm::kYesNo, "Substantial financial effect on others", true},
    {"cost_not_absorbable", ImpactForm::kYesNo, "Cost that the budget cannot absorb"},
    {"critical_system_limited_minutes", ImpactForm::kNumber, "Critical system limited, minutes"},
    {"workaround_minutes", ImpactForm::kNumber, "Workarounds in use, minutes"},
    {"protected_information_compromised", ImpactForm::kYesNo, "Protected information compromised"},
    {"other_party_affected", ImpactForm::kYesNo, "Another party hit"},
    {"persons_affected", ImpactForm::kNumber, "Persons hit"},
    {"environment_damage", ImpactForm::kYesNo, "Damage to the environment"},
    {"crisis_mode_elsewhere", ImpactForm::kYesNo, "Crisis mode at another provider"},
    {"departures_affected_percent", ImpactForm::kNumber, "Departures affected, percent"},
    {"area_km2", ImpactForm::kNumber, "Area affected, square kilometres"},
});

constexpr std::string_view kPercentSuffix = "_percent";
constexpr std::string_view kNoSector = "none";

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

absl::Status BadValue(std::string_view key, std::string_view must, std::string_view value,
                      std::string_view next_step) {
  return InvalidArgument("BAD_IMPACT_VALUE",
                         absl::StrCat(ToAbsl(key), " ", ToAbsl(must), ", not ", Shown(value)),
                         next_step);
}

absl::Status CheckNumber(std::string_view key, std::string_view value) {
  double number = 0;
  if (!IsPlainNumber(value) || !absl::SimpleAtod(ToAbsl(value), &number)) {
    return BadValue(key, "is a number", value, "Write digits without separators, or unknown.");
  }
  if (key.ends_with(kPercentSuffix) && number > 100) {
    return InvalidArgument("BAD_IMPACT_VALUE", absl::StrCat(ToAbsl(key), " is at most 100"),
                           "Give a share of all users, from 0 to 100.");
  }
  return absl::OkStatus();
}

bool IsKey(std::string_view value) {
  constexpr size_t kKeyBytesMax = 64;
  return !value.empty() && value.size() <= kKeyBytesMax &&
         std::all_of(value.begin(), value.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
                  c == '.';
         });
}

absl::Status CheckSectors(std::string_view key, std::string_view value) {
  if (value == kNoSector) return absl::OkStatus();
  for (absl::string_view word : absl::StrSplit(ToAbsl(value), ',')) {
    const std::string sector(absl::StripAsciiWhitespace(word));
    if (regulation::IsSectorName(sector)) continue;
    const std::string nearest = NearestWord(sector, regulation::SectorNames());
    return BadValue(
        key, "is a list of sectors", sector,
        nearest.empty()
            ? absl::StrCat("Known: ", absl::StrJoin(regulation::SectorNames(), ", "), "; or none.")
            : absl::StrCat("Did you mean '", nearest, "'?"));
  }
  return absl::OkStatus();
}

// What people call a known fact, register and report included.
constexpr auto kOtherNames = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"cost", "financial_loss_eur"},
    {"cost_eur", "financial_loss_eur"},
    {"loss", "financial_loss_eur"},
    {"loss_eur", "financial_loss_eur"},
    {"kind", "incident_type"},
});

// A key of one's own may have any name but one that is a slip of a known one, or another name of
// it.
absl::Status CheckFreeKey(std::string_view key) {
  for (const auto& [other, known] : kOtherNames) {
    if (key != other) continue;
    return InvalidArgument("UNKNOWN_IMPACT_KEY",
                           absl::StrCat("'", ToAbsl(key), "' is no fact that anything reads"),
                           absl::StrCat("Did you mean '", ToAbsl(known), "'?"));
  }
  std::vector<std::string> names;
  for (const ImpactKey& candidate : ImpactKeys()) {
    names.emplace_back(candidate.key);
    if (candidate.has_potential) names.push_back(regulation::PotentialKey(candidate.key));
  }
  if (const std::string nearest = NearestWord(key, names); !nearest.empty()) {
    return InvalidArgument("UNKNOWN_IMPACT_KEY",
                           absl::StrCat("'", ToAbsl(key), "' is close to a known fact"),
                           absl::StrCat("Did you mean '", nearest, "'?"));
  }
  return absl::OkStatus();
}

}  // namespace

const std::vector<ImpactKey>& ImpactKeys() {
  static const std::vector<ImpactKey> keys = [] {
    std::vector<ImpactKey> all(kFormKeys.begin(), kFormKeys.end());
    all.insert(all.end(), kCriteriaKeys.begin(), kCriteriaKeys.end());
    return all;
  }();
  return keys;
}

const ImpactKey* FindImpactKey(std::string_view key) {
  for (const ImpactKey& known : ImpactKeys()) {
    if (known.key == key) return &known;
    if (known.has_potential && regulation::PotentialKey(known.key) == key) return &known;
  }
  return nullptr;
}

absl::Status CheckImpactFact(std::string_view key, std::string_view value) {
  const ImpactKey* known = FindImpactKey(key);
  if (known == nullptr) return CheckFreeKey(key);
  if (value == "unknown") return absl::OkStatus();
  switch (known->form) {
    case ImpactForm::kYesNo:
      if (value == "yes" || value == "no") return absl::OkStatus();
      return BadValue(key, "is yes, no or unknown", value,
                      absl::StrCat("Say ", ToAbsl(key), "=unknown while nobody knows."));
    case ImpactForm::kNumber:
      return CheckNumber(key, value);
    case ImpactForm::kKey:
      if (IsKey(value)) return absl::OkStatus();
      return BadValue(key, "is one word of a-z, 0-9, - _ and .", value,
                      "Give all incidents of one cause the same word, such as expired-vpn-cert.");
    case ImpactForm::kSectors:
      return CheckSectors(key, value);
    case ImpactForm::kIntervals:
      return regulation::ParseIntervals(value).status();
    case ImpactForm::kText:
      return absl::OkStatus();
  }
  return absl::OkStatus();
}

}  // namespace tocsin::domain
