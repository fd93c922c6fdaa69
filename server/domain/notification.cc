#include "server/domain/notification.h"

#include <algorithm>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/error.h"
#include "server/base/text.h"
#include "server/base/time_text.h"
#include "server/base/view.h"
#include "server/domain/impact.h"

namespace tocsin::domain {
namespace {

// A form has no use for fractions of a second.
std::string InSeconds(absl::Time time) {
  return FormatInstant(absl::FromUnixSeconds(absl::ToUnixSeconds(time)));
}

// The form's fields (playbooks/regimes/README.md): their label, and the impact facts that answer
// them.
struct FormField {
  std::string_view field;
  std::string_view label;
  std::vector<std::string_view> impact_keys;
};

const std::vector<FormField>& FormFields() {
  static const std::vector<FormField> fields = {
      {"entity", "Entity", {}},
      {"contacts", "Contacts", {}},
      {"description", "What happened", {}},
      {"occurred", "Occurred at", {}},
      {"detected", "Detected at", {}},
      {"aware", "Became aware at", {}},
      {"determined_significant", "Determined significant at", {}},
      {"ongoing", "Still ongoing", {}},
      {"ongoing_outlook", "Why still ongoing, and until when", {"recovery_expected"}},
      {"suspected_malicious", "Suspected unlawful or malicious act", {"malicious"}},
      {"cross_border_impact", "Cross-border impact", {"cross_border", "countries"}},
      {"incident_type", "Type of incident", {"incident_type"}},
      {"technique", "Technique of the attacker", {"technique"}},
      {"severity", "Severity", {"severity_assessment"}},
      {"services_hit", "Services affected", {"services", "critical_service"}},
      {"users_hit", "Users affected", {"users_affected", "users_affected_percent"}},
      {"duration", "Duration", {"duration_minutes", "downtime_minutes"}},
      {"area", "Area affected", {"countries"}},
      {"assets_hit", "Systems affected", {"systems_affected", "systems"}},
      {"security_properties",
       "Confidentiality, integrity, availability",
       {"confidentiality_lost", "integrity_lost", "availability_lost"}},
      {"financial_loss", "Financial loss", {"financial_loss_eur", "ransom_paid_eur"}},
      {"harm_to_persons", "Harm to persons", {"persons_harmed"}},
      {"trade_secrets", "Trade secrets", {"trade_secrets"}},
      {"effect_on_others", "Effect on others", {"effect_on_others"}},
      {"reputation", "Reputation", {"reputation"}},
      {"indicators", "Indicators of compromise", {"indicators"}},
      {"vulnerabilities", "Vulnerabilities exploited", {"vulnerability"}},
      {"supplier", "Supplier involved", {"supplier"}},
      {"measures", "Measures taken and planned", {"measures_taken", "measures_planned"}},
      {"user_measures", "Measures users can take", {"user_measures"}},
      {"crisis_mode", "Continuity plan or crisis mode", {"crisis_mode"}},
      {"help_wanted", "Help wanted from the CSIRT", {"help_wanted"}},
      {"other_authorities", "Other authorities told", {"other_authorities"}},
      {"recurrence", "Recurring incident", {"recurrence"}},
      {"root_cause", "Type of threat or root cause", {"root_cause", "threat_type"}},
      {"personal_data", "Personal data affected", {"personal_data", "data_lost"}},
      {"actor_information", "Attacker", {"actor_information"}},
      {"remediation", "Remediation", {"measures_taken", "measures_planned"}},
      {"lessons", "Lessons learned", {}},
      {"approval", "Approved by management", {}},
      {"delay_reason", "Reason for delay", {}},
      {"sharing_limits", "Limits on sharing", {}},
      {"attachments", "Attachments", {}},
  };
  return fields;
}

struct Value {
  std::string text;
  uint64_t sequence = 0;
};

Value FromAnchor(const Incident& incident, std::string_view name) {
  const Anchor* anchor = FindAnchor(incident, name);
  if (anchor == nullptr) return {};
  return {InSeconds(anchor->time), anchor->stated.sequence};
}

Value FromIncident(const Incident& incident, std::string_view field) {
  if (field == "occurred" || field == "detected" || field == "aware") {
    return FromAnchor(incident, field);
  }
  if (field == "determined_significant") {
    const Significance* decided = SignificanceOf(incident);
    if (decided == nullptr) return {};
    return {InSeconds(decided->decided.record_time), decided->decided.sequence};
  }
  if (field == "ongoing") {
    const Anchor* handled = FindAnchor(incident, "handled");
    if (handled == nullptr) return {"yes", incident.last_sequence};
    return {absl::StrCat("no, handled ", InSeconds(handled->time)), handled->stated.sequence};
  }
  if (field == "description") {
    const auto summary = incident.attributes.find("summary");
    if (summary == incident.attributes.end()) return {incident.title, 1};
    return {absl::StrCat(incident.title, ". ", summary->second), 1};
  }
  const auto attribute = incident.attributes.find(std::string(field));
  if (attribute != incident.attributes.end()) return {attribute->second, 1};
  if (field == "entity") {
    const auto organisation = incident.attributes.find("organisation");
    if (organisation != incident.attributes.end()) return {organisation->second, 1};
  }
  return {};
}

std::string ImpactLabel(std::string_view key) {
  for (const ImpactKey& known : ImpactKeys()) {
    if (known.key == key) return std::string(known.label);
  }
  return std::string(key);
}

Value FromImpact(const Incident& incident, const FormField& form) {
  std::vector<std::string> parts;
  uint64_t sequence = 0;
  bool only_unknown = true;
  for (std::string_view key : form.impact_keys) {
    const auto fact = incident.impact.find(std::string(key));
    if (fact == incident.impact.end()) continue;
    parts.push_back(form.impact_keys.size() == 1
                        ? fact->second.value
                        : absl::StrCat(ImpactLabel(key), ": ", fact->second.value));
    sequence = std::max(sequence, fact->second.sequence);
    only_unknown = only_unknown && fact->second.value == "unknown";
  }
  if (parts.empty()) return {};
  return {only_unknown ? "unknown" : absl::StrJoin(parts, "; "), sequence};
}

DraftField Fill(const Incident& incident, const std::string& field, bool required,
                const Attributes& given) {
  const auto& forms = FormFields();
  const auto form = std::find_if(forms.begin(), forms.end(),
                                 [&](const FormField& f) { return f.field == field; });
  DraftField filled;
  filled.field = field;
  filled.required = required;
  filled.label = form == forms.end() ? field : std::string(form->label);
  Value value;
  if (const auto stated = given.find(field); stated != given.end()) {
    value.text = stated->second;
  } else {
    value = FromIncident(incident, field);
    if (value.text.empty() && form != forms.end()) value = FromImpact(incident, *form);
    if (field == "severity") {
      const std::string level(ToText(incident.severity));
      value.text = value.text.empty() ? level : absl::StrCat(level, "; ", value.text);
      value.sequence = std::max(value.sequence, uint64_t{1});
    }
  }
  filled.value = value.text;
  filled.source_sequence = value.sequence;
  filled.state = value.text.empty()        ? FieldState::kMissing
                 : value.text == "unknown" ? FieldState::kUnknown
                                           : FieldState::kFilled;
  return filled;
}

}  // namespace

absl::StatusOr<std::vector<DraftField>> DraftFields(const Incident& incident,
                                                    const Obligation& obligation,
                                                    const Attributes& given) {
  std::vector<DraftField> fields;
  const Ruling* const ruling = RulingOf(incident, obligation);
  const regulation::StageRule* rule =
      ruling == nullptr
          ? nullptr
          : regulation::FindRule(ruling->pack->pack, obligation.duty.stage, ruling->entity_kind);
  if (rule == nullptr) {
    return FailedPrecondition("NO_FORM", absl::StrCat(obligation.id, " has no form"),
                              "Record what was sent with tocsin log.");
  }
  std::vector<std::string> names;
  for (const std::string& field : rule->contents_required) {
    fields.push_back(Fill(incident, field, /*required=*/true, given));
    names.push_back(field);
  }
  for (const std::string& field : rule->contents_where_applicable) {
    fields.push_back(Fill(incident, field, /*required=*/false, given));
    names.push_back(field);
  }
  for (const auto& [field, value] : given) {
    if (std::find(names.begin(), names.end(), field) != names.end()) continue;
    const std::string nearest = NearestWord(field, names);
    return InvalidArgument(
        "UNKNOWN_FIELD", absl::StrCat("the ", obligation.duty.label, " has no field '", field, "'"),
        nearest.empty() ? absl::StrCat("Fields: ", absl::StrJoin(names, ", "), ".")
                        : absl::StrCat("Did you mean '", nearest, "'?"));
  }
  return fields;
}

std::string DraftMarkdown(const Incident& incident, const Obligation& obligation,
                          const std::vector<DraftField>& fields) {
  std::string out;
  absl::StrAppend(&out, "# ", incident.drill ? "DRILL: " : "", obligation.duty.label, ", ",
                  incident.number, "\n\n");
  absl::StrAppend(&out, obligation.duty.article, ", ", obligation.duty.primary_norm);
  if (obligation.duty.due) {
    absl::StrAppend(&out, "; at the latest ", InSeconds(*obligation.duty.due));
  }
  absl::StrAppend(&out, ".\n\n");
  for (const DraftField& field : fields) {
    if (!field.required && field.state == FieldState::kMissing) continue;
    absl::StrAppend(&out, "- **", field.label, "**: ");
    switch (field.state) {
      case FieldState::kFilled:
        absl::StrAppend(&out, field.value);
        break;
      case FieldState::kUnknown:
        absl::StrAppend(&out, "not known yet");
        break;
      case FieldState::kMissing:
        absl::StrAppend(&out, "MISSING");
        break;
    }
    if (field.source_sequence > 0) absl::StrAppend(&out, " (#", field.source_sequence, ")");
    absl::StrAppend(&out, "\n");
  }
  return out;
}

}  // namespace tocsin::domain
