// The numbers and names of entry types that readers of a bundle need (docs/bundle-format.md; the
// number is the field in proto/tocsin/storage/v1/body.proto). FROZEN.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"

namespace tocsin::report {

inline constexpr uint16_t kTypeDeclared = 10;
inline constexpr uint16_t kTypeRecorded = 11;
inline constexpr uint16_t kTypeCorrected = 12;
inline constexpr uint16_t kTypeRetracted = 13;
inline constexpr uint16_t kTypePhaseChanged = 14;
inline constexpr uint16_t kTypeSeverityChanged = 15;
inline constexpr uint16_t kTypeRoleAssigned = 16;
inline constexpr uint16_t kTypeClosed = 18;
inline constexpr uint16_t kTypeReopened = 19;
inline constexpr uint16_t kTypeSignificanceDecided = 22;
inline constexpr uint16_t kTypeObligationUpdated = 23;
inline constexpr uint16_t kTypeSubmitted = 29;
inline constexpr uint16_t kTypeAcknowledged = 30;
inline constexpr uint16_t kTypeWaived = 31;
inline constexpr uint16_t kTypeRunStarted = 32;
inline constexpr uint16_t kTypeStepAssigned = 35;
inline constexpr uint16_t kTypeReviewOpened = 36;
inline constexpr uint16_t kTypeFindingAdded = 37;
inline constexpr uint16_t kTypeActionItemAdded = 38;
inline constexpr uint16_t kTypeActionItemCompleted = 39;
inline constexpr uint16_t kTypeReviewPublished = 40;
inline constexpr uint16_t kTypeExported = 41;
inline constexpr uint16_t kTypeRegimeAdopted = 42;
inline constexpr uint16_t kTypeBranchDecided = 50;
inline constexpr uint16_t kTypeStepConfirmed = 56;
inline constexpr uint16_t kTypeReviewRead = 78;
inline constexpr uint16_t kTypeReviewWaived = 79;
inline constexpr uint16_t kTypeActionItemChanged = 80;
inline constexpr uint16_t kTypeActionItemEvaluated = 83;
inline constexpr uint16_t kTypeEvidenceAdded = 96;
inline constexpr uint16_t kTypeEvidenceMoved = 97;
inline constexpr uint16_t kTypeEvidenceStored = 98;
inline constexpr uint16_t kTypeEvidenceRetrieved = 99;

struct EntryTypeWord {
  uint16_t number;
  std::string_view name;
};
inline constexpr auto kEntryTypes = std::to_array<EntryTypeWord>({
    {10, "incident-declared"},
    {11, "entry-recorded"},
    {12, "entry-corrected"},
    {13, "entry-retracted"},
    {14, "phase-changed"},
    {15, "severity-changed"},
    {16, "role-assigned"},
    {17, "member-added"},
    {18, "incident-closed"},
    {19, "incident-reopened"},
    {20, "anchor-recorded"},
    {21, "impact-assessed"},
    {22, "significance-decided"},
    {23, "obligation-updated"},
    {24, "obligation-reminded"},
    {25, "obligation-missed"},
    {26, "intermediate-requested"},
    {27, "notification-drafted"},
    {28, "notification-approved"},
    {29, "notification-submitted"},
    {30, "notification-acknowledged"},
    {31, "obligation-waived"},
    {32, "run-started"},
    {33, "step-completed"},
    {34, "step-skipped"},
    {35, "step-assigned"},
    {36, "review-opened"},
    {37, "finding-added"},
    {38, "action-item-added"},
    {39, "action-item-completed"},
    {40, "review-published"},
    {41, "incident-exported"},
    {42, "regime-adopted"},
    {43, "criteria-assessed"},
    {50, "branch-decided"},
    {51, "step-answered"},
    {52, "step-reminded"},
    {53, "step-overdue"},
    {54, "step-repeated"},
    {55, "run-joined"},
    {56, "step-confirmed"},
    {57, "handover-offered"},
    {58, "handover-answered"},
    {59, "situation-reported"},
    {45, "awareness-decided"},
    {46, "awareness-gap-warned"},
    {76, "review-invited"},
    {77, "review-submitted"},
    {78, "review-read"},
    {79, "review-waived"},
    {80, "action-item-changed"},
    {81, "action-item-dropped"},
    {82, "action-item-alerted"},
    {83, "action-item-evaluated"},
    {70, "drill-started"},
    {71, "drill-clock-set"},
    {72, "inject-delivered"},
    {73, "drill-declared"},
    {74, "drill-stopped"},
    {75, "drill-judged"},
    {90, "alert-acknowledged"},
    {91, "alert-escalated"},
    {96, "evidence-added"},
    {97, "evidence-moved"},
    {98, "evidence-stored"},
    {99, "evidence-retrieved"},
});

/// Whether the first field of the body names an obligation.
constexpr bool IsAboutObligation(uint16_t type) {
  // intermediate-requested speaks of a reason instead.
  return type >= kTypeObligationUpdated && type <= kTypeWaived && type != 26;
}
/// Whether the first field of the body is an id: of an obligation, a run, an action item or an item
/// of evidence.
constexpr bool HasSubject(uint16_t type) {
  return IsAboutObligation(type) || (type >= kTypeRunStarted && type <= kTypeStepAssigned) ||
         (type >= kTypeBranchDecided && type <= kTypeStepConfirmed) ||
         type == kTypeActionItemAdded || type == kTypeActionItemCompleted ||
         (type >= kTypeActionItemChanged && type <= kTypeActionItemEvaluated) ||
         (type >= kTypeEvidenceAdded && type <= kTypeEvidenceRetrieved);
}

/// The fields of a body that hold what a person wrote and that the view's text must contain.
inline std::vector<uint64_t> WordsFields(uint16_t type) {
  switch (type) {
    case 18:  // incident-closed
    case 19:  // incident-reopened
    case 26:  // intermediate-requested
    case 77:  // review-submitted
    case kTypeReviewWaived:
      return {1};
    case kTypeReviewPublished:
      return {1, 3};
    case kTypeDeclared:
    case kTypeCorrected:
    case kTypeRetracted:
    case 21:  // impact-assessed
    case 31:  // obligation-waived
    case kTypeFindingAdded:
    case kTypeActionItemAdded:
    case kTypeRegimeAdopted:
    case 39:  // action-item-completed
    case kTypeReviewRead:
    case 81:  // action-item-dropped
      return {2};
    case kTypePhaseChanged:
    case kTypeSeverityChanged:
    case 20:  // anchor-recorded
    case 22:  // significance-decided
    case 33:  // step-completed
    case 34:  // step-skipped
    case 45:  // awareness-decided
    case 56:  // step-confirmed
    case 57:  // handover-offered
    case kTypeActionItemEvaluated:
      return {3};
    case kTypeActionItemChanged:
      return {5};
    case 51:  // step-answered
    case 58:  // handover-answered
      return {4};
    case kTypeEvidenceAdded:
      return {2, 5, 6};
    case kTypeEvidenceMoved:
      return {3, 5};
    case 59:  // situation-reported
      return {2, 3, 4};
    default:
      return {};
  }
}

/// The type's name in the view, "phase-changed"; "unknown-<n>" for one of a later release.
inline std::string EntryTypeName(uint16_t type) {
  for (const EntryTypeWord& known : kEntryTypes) {
    if (known.number == type) return std::string(known.name);
  }
  return absl::StrCat("unknown-", type);
}

}  // namespace tocsin::report
