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

/// The type's name in the view, "phase-changed"; "unknown-<n>" for one of a later release.
inline std::string EntryTypeName(uint16_t type) {
  constexpr std::array<std::string_view, 33> kNames = {"incident-declared",
                                                       "entry-recorded",
                                                       "entry-corrected",
                                                       "entry-retracted",
                                                       "phase-changed",
                                                       "severity-changed",
                                                       "role-assigned",
                                                       "member-added",
                                                       "incident-closed",
                                                       "incident-reopened",
                                                       "anchor-recorded",
                                                       "impact-assessed",
                                                       "significance-decided",
                                                       "obligation-updated",
                                                       "obligation-reminded",
                                                       "obligation-missed",
                                                       "intermediate-requested",
                                                       "notification-drafted",
                                                       "notification-approved",
                                                       "notification-submitted",
                                                       "notification-acknowledged",
                                                       "obligation-waived",
                                                       "run-started",
                                                       "step-completed",
                                                       "step-skipped",
                                                       "step-assigned",
                                                       "review-opened",
                                                       "finding-added",
                                                       "action-item-added",
                                                       "action-item-completed",
                                                       "review-published",
                                                       "incident-exported",
                                                       "regime-adopted"};
  constexpr uint16_t kFirst = kTypeDeclared;
  if (type < kFirst || type - kFirst >= static_cast<int>(kNames.size())) {
    return absl::StrCat("unknown-", type);
  }
  return std::string(kNames[type - kFirst]);
}

}  // namespace tocsin::report
