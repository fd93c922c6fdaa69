#include "server/domain/event.h"

#include <array>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "server/base/check.h"

namespace tocsin::domain {
namespace {

struct TypeName {
  uint16_t number;
  std::string_view name;
};

// In the order of the variant's alternatives.
constexpr std::array<TypeName, std::variant_size_v<Event>> kTypes = {{
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
    {60, "principal-created"},
    {61, "code-issued"},
    {62, "token-issued"},
    {63, "token-revoked"},
    {96, "evidence-added"},
    {97, "evidence-moved"},
    {98, "evidence-stored"},
    {99, "evidence-retrieved"},
}};

}  // namespace

uint16_t EntryType(const Event& event) {
  TOCSIN_CHECK(!event.valueless_by_exception());
  return kTypes[event.index()].number;
}

std::string EntryTypeName(uint16_t type) {
  for (const TypeName& entry : kTypes) {
    if (entry.number == type) return std::string(entry.name);
  }
  return absl::StrCat("unknown-", type);
}

}  // namespace tocsin::domain
