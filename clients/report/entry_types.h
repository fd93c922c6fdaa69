// The numbers and names of entry types that readers of a bundle need (docs/bundle-format.md; the
// number is the field in proto/tocsin/storage/v1/body.proto). FROZEN.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"

namespace tocsin::report {

inline constexpr uint16_t kTypeDeclared = 10;
inline constexpr uint16_t kTypeRecorded = 11;
inline constexpr uint16_t kTypeCorrected = 12;
inline constexpr uint16_t kTypeRetracted = 13;
inline constexpr uint16_t kTypePhaseChanged = 14;
inline constexpr uint16_t kTypeSeverityChanged = 15;
inline constexpr uint16_t kTypeFindingAdded = 37;
inline constexpr uint16_t kTypeActionItemAdded = 38;
inline constexpr uint16_t kTypeReviewPublished = 40;
inline constexpr uint16_t kTypeExported = 41;
inline constexpr uint16_t kTypeRegimeAdopted = 42;

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
});

/// The type's name in the view, "phase-changed"; "unknown-<n>" for one of a later release.
inline std::string EntryTypeName(uint16_t type) {
  for (const EntryTypeWord& known : kEntryTypes) {
    if (known.number == type) return std::string(known.name);
  }
  return absl::StrCat("unknown-", type);
}

}  // namespace tocsin::report
