#include "server/base/vocabulary.h"

#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/check.h"
#include "server/base/error.h"
#include "server/base/text.h"
#include "server/base/view.h"

namespace tocsin {
namespace {

template <typename Enum>
struct Word {
  Enum value;
  std::string_view text;
};

template <typename Enum>
struct Words;

template <>
struct Words<Severity> {
  static constexpr std::string_view kName = "severity";
  static constexpr std::string_view kReason = "UNKNOWN_SEVERITY";
  static constexpr std::array<Word<Severity>, 4> kAll = {{{Severity::kSev1, "sev1"},
                                                          {Severity::kSev2, "sev2"},
                                                          {Severity::kSev3, "sev3"},
                                                          {Severity::kSev4, "sev4"}}};
};
template <>
struct Words<Phase> {
  static constexpr std::string_view kName = "phase";
  static constexpr std::string_view kReason = "UNKNOWN_PHASE";
  static constexpr std::array<Word<Phase>, 6> kAll = {{{Phase::kTriage, "triage"},
                                                       {Phase::kInvestigation, "investigation"},
                                                       {Phase::kContainment, "containment"},
                                                       {Phase::kEradication, "eradication"},
                                                       {Phase::kRecovery, "recovery"},
                                                       {Phase::kClosed, "closed"}}};
};
template <>
struct Words<Tlp> {
  static constexpr std::string_view kName = "TLP label";
  static constexpr std::string_view kReason = "UNKNOWN_TLP";
  static constexpr std::array<Word<Tlp>, 5> kAll = {{{Tlp::kClear, "clear"},
                                                     {Tlp::kGreen, "green"},
                                                     {Tlp::kAmber, "amber"},
                                                     {Tlp::kAmberStrict, "amber+strict"},
                                                     {Tlp::kRed, "red"}}};
};
template <>
struct Words<IncidentRole> {
  static constexpr std::string_view kName = "incident role";
  static constexpr std::string_view kReason = "UNKNOWN_INCIDENT_ROLE";
  static constexpr std::array<Word<IncidentRole>, 8> kAll = {
      {{IncidentRole::kCommander, "commander"},
       {IncidentRole::kDeputy, "deputy"},
       {IncidentRole::kScribe, "scribe"},
       {IncidentRole::kCommunications, "communications"},
       {IncidentRole::kLegal, "legal"},
       {IncidentRole::kDpo, "dpo"},
       {IncidentRole::kResponder, "responder"},
       {IncidentRole::kObserver, "observer"}}};
};
template <>
struct Words<OrgRole> {
  static constexpr std::string_view kName = "role";
  static constexpr std::string_view kReason = "UNKNOWN_ROLE";
  static constexpr std::array<Word<OrgRole>, 8> kAll = {{{OrgRole::kViewer, "viewer"},
                                                         {OrgRole::kResponder, "responder"},
                                                         {OrgRole::kCommander, "commander"},
                                                         {OrgRole::kCiso, "ciso"},
                                                         {OrgRole::kDpo, "dpo"},
                                                         {OrgRole::kLegal, "legal"},
                                                         {OrgRole::kAuditor, "auditor"},
                                                         {OrgRole::kAdmin, "admin"}}};
};
template <>
struct Words<EntryKind> {
  static constexpr std::string_view kName = "entry kind";
  static constexpr std::string_view kReason = "UNKNOWN_ENTRY_KIND";
  static constexpr std::array<Word<EntryKind>, 11> kAll = {
      {{EntryKind::kObservation, "observation"},
       {EntryKind::kAction, "action"},
       {EntryKind::kDecision, "decision"},
       {EntryKind::kCommunication, "communication"},
       {EntryKind::kEvidence, "evidence"},
       {EntryKind::kDetection, "detection"},
       {EntryKind::kAttackerActivity, "attacker-activity"},
       {EntryKind::kNotification, "notification"},
       {EntryKind::kImpact, "impact"},
       {EntryKind::kRecovery, "recovery"},
       {EntryKind::kReview, "review"}}};
};
template <>
struct Words<Precision> {
  static constexpr std::string_view kName = "precision";
  static constexpr std::string_view kReason = "UNKNOWN_PRECISION";
  static constexpr std::array<Word<Precision>, 5> kAll = {{{Precision::kSecond, "second"},
                                                           {Precision::kMinute, "minute"},
                                                           {Precision::kHour, "hour"},
                                                           {Precision::kDay, "day"},
                                                           {Precision::kMonth, "month"}}};
};
template <>
struct Words<FindingKind> {
  static constexpr std::string_view kName = "finding kind";
  static constexpr std::string_view kReason = "UNKNOWN_FINDING_KIND";
  static constexpr std::array<Word<FindingKind>, 5> kAll = {{{FindingKind::kWell, "well"},
                                                             {FindingKind::kBad, "bad"},
                                                             {FindingKind::kLucky, "lucky"},
                                                             {FindingKind::kCondition, "condition"},
                                                             {FindingKind::kLesson, "lesson"}}};
};

template <>
struct Words<ReviewPart> {
  static constexpr std::string_view kName = "part of a review";
  static constexpr std::string_view kReason = "UNKNOWN_REVIEW_PART";
  static constexpr std::array<Word<ReviewPart>, 6> kAll = {{{ReviewPart::kDetection, "detection"},
                                                            {ReviewPart::kResponse, "response"},
                                                            {ReviewPart::kLuck, "luck"},
                                                            {ReviewPart::kDecisions, "decisions"},
                                                            {ReviewPart::kConditions, "conditions"},
                                                            {ReviewPart::kLearning, "learning"}}};
};
template <>
struct Words<ActionType> {
  static constexpr std::string_view kName = "type of action item";
  static constexpr std::string_view kReason = "UNKNOWN_ACTION_TYPE";
  static constexpr std::array<Word<ActionType>, 4> kAll = {{{ActionType::kPrevent, "prevent"},
                                                            {ActionType::kDetect, "detect"},
                                                            {ActionType::kMitigate, "mitigate"},
                                                            {ActionType::kProcess, "process"}}};
};
template <>
struct Words<Helped> {
  static constexpr std::string_view kName = "answer to whether it helped";
  static constexpr std::string_view kReason = "UNKNOWN_HELPED";
  static constexpr std::array<Word<Helped>, 3> kAll = {
      {{Helped::kYes, "yes"}, {Helped::kNo, "no"}, {Helped::kPartly, "partly"}}};
};

template <>
struct Words<Audience> {
  static constexpr std::string_view kName = "audience";
  static constexpr std::string_view kReason = "UNKNOWN_AUDIENCE";
  static constexpr std::array<Word<Audience>, 3> kAll = {{{Audience::kTeam, "team"},
                                                          {Audience::kManagement, "management"},
                                                          {Audience::kCustomers, "customers"}}};
};

template <typename Enum>
std::string_view TextOf(Enum value) {
  for (const auto& word : Words<Enum>::kAll) {
    if (word.value == value) return word.text;
  }
  TOCSIN_CHECK(false);
  return {};
}

}  // namespace

std::string_view ToText(Severity value) {
  return TextOf(value);
}
std::string_view ToText(Phase value) {
  return TextOf(value);
}
std::string_view ToText(Tlp value) {
  return TextOf(value);
}
std::string_view ToText(IncidentRole value) {
  return TextOf(value);
}
std::string_view ToText(OrgRole value) {
  return TextOf(value);
}
std::string_view ToText(EntryKind value) {
  return TextOf(value);
}
std::string_view ToText(Precision value) {
  return TextOf(value);
}
std::string_view ToText(FindingKind value) {
  return TextOf(value);
}
std::string_view ToText(ReviewPart value) {
  return TextOf(value);
}
std::string_view ToText(ActionType value) {
  return TextOf(value);
}
std::string_view ToText(Helped value) {
  return TextOf(value);
}
std::string_view ToText(Audience value) {
  return TextOf(value);
}

template <typename Enum>
std::vector<std::string> AllTexts() {
  std::vector<std::string> texts;
  for (const auto& word : Words<Enum>::kAll) texts.emplace_back(word.text);
  return texts;
}

template <typename Enum>
absl::StatusOr<Enum> ParseText(std::string_view text) {
  for (const auto& word : Words<Enum>::kAll) {
    if (word.text == text) return word.value;
  }
  const std::vector<std::string> all = AllTexts<Enum>();
  const std::string nearest = NearestWord(text, all);
  return InvalidArgument(
      Words<Enum>::kReason, absl::StrCat("'", ToAbsl(text), "' is no ", ToAbsl(Words<Enum>::kName)),
      nearest.empty()
          ? absl::StrCat("Use one of: ", absl::StrJoin(all, ", "), ".")
          : absl::StrCat("Did you mean '", nearest, "'? Allowed: ", absl::StrJoin(all, ", "), "."));
}

template <typename Enum>
std::optional<Enum> FromNumber(int number) {
  for (const auto& word : Words<Enum>::kAll) {
    if (static_cast<int>(word.value) == number) return word.value;
  }
  return std::nullopt;
}

#define TOCSIN_INSTANTIATE(Enum)                                        \
  template std::vector<std::string> AllTexts<Enum>();                   \
  template absl::StatusOr<Enum> ParseText<Enum>(std::string_view text); \
  template std::optional<Enum> FromNumber<Enum>(int number)
TOCSIN_INSTANTIATE(Severity);
TOCSIN_INSTANTIATE(Phase);
TOCSIN_INSTANTIATE(Tlp);
TOCSIN_INSTANTIATE(IncidentRole);
TOCSIN_INSTANTIATE(OrgRole);
TOCSIN_INSTANTIATE(EntryKind);
TOCSIN_INSTANTIATE(Precision);
TOCSIN_INSTANTIATE(FindingKind);
TOCSIN_INSTANTIATE(ReviewPart);
TOCSIN_INSTANTIATE(ActionType);
TOCSIN_INSTANTIATE(Helped);
TOCSIN_INSTANTIATE(Audience);
#undef TOCSIN_INSTANTIATE

}  // namespace tocsin
