// Numbers on disk of enums that have none of their own in server/base/vocabulary.h. FROZEN: add,
// never change or reuse one.
#pragma once

#include <array>
#include <cstdint>
#include <utility>

#include "server/domain/event.h"
#include "server/regulation/evaluate.h"

namespace tocsin::store {

inline constexpr std::array<std::pair<regulation::DutyState, uint32_t>, 8> kDutyStateNumbers = {{
    {regulation::DutyState::kDated, 1},
    {regulation::DutyState::kNoDateYet, 2},
    {regulation::DutyState::kNoNumber, 3},
    {regulation::DutyState::kConditional, 4},
    {regulation::DutyState::kOnRequest, 5},
    {regulation::DutyState::kVoluntary, 6},
    {regulation::DutyState::kExpectedAnswer, 7},
    {regulation::DutyState::kNotRequired, 8},
}};

inline constexpr std::array<std::pair<domain::FieldState, uint32_t>, 3> kFieldStateNumbers = {{
    {domain::FieldState::kFilled, 1},
    {domain::FieldState::kUnknown, 2},
    {domain::FieldState::kMissing, 3},
}};

inline constexpr std::array<std::pair<domain::GapLevel, uint32_t>, 2> kGapLevelNumbers = {{
    {domain::GapLevel::kAmber, 1},
    {domain::GapLevel::kRed, 2},
}};

inline constexpr std::array<std::pair<domain::ActionAlert, uint32_t>, 6> kActionAlertNumbers = {{
    {domain::ActionAlert::kDueSoon, 1},
    {domain::ActionAlert::kOverdue, 2},
    {domain::ActionAlert::kStillOverdue, 3},
    {domain::ActionAlert::kLongOverdue, 4},
    {domain::ActionAlert::kDidItHelp, 5},
    {domain::ActionAlert::kDidItHelpAgain, 6},
}};

inline constexpr std::array<std::pair<domain::TokenScope, uint32_t>, 2> kTokenScopeNumbers = {{
    {domain::TokenScope::kFull, 0},
    {domain::TokenScope::kChat, 1},
}};

inline constexpr std::array<std::pair<domain::Custody, uint32_t>, 2> kCustodyNumbers = {{
    {domain::Custody::kTransferred, 2},
    {domain::Custody::kReturned, 3},
}};

inline constexpr std::array<std::pair<domain::ClockChange, uint32_t>, 5> kClockChangeNumbers = {{
    {domain::ClockChange::kNone, 0},
    {domain::ClockChange::kPause, 1},
    {domain::ClockChange::kResume, 2},
    {domain::ClockChange::kSpeed, 3},
    {domain::ClockChange::kNext, 4},
}};

inline constexpr std::array<std::pair<regulation::Outcome, uint32_t>, 3> kOutcomeNumbers = {{
    {regulation::Outcome::kMet, 1},
    {regulation::Outcome::kNotMet, 2},
    {regulation::Outcome::kUnknown, 3},
}};

inline constexpr std::array<std::pair<domain::FieldChange, uint32_t>, 5> kFieldChangeNumbers = {{
    {domain::FieldChange::kNone, 0},
    {domain::FieldChange::kNew, 1},
    {domain::FieldChange::kChanged, 2},
    {domain::FieldChange::kSame, 3},
    {domain::FieldChange::kWithdrawn, 4},
}};

inline constexpr std::array<std::pair<domain::DocumentFormat, uint32_t>, 3> kDocumentFormatNumbers =
    {{
        {domain::DocumentFormat::kMarkdown, 1},
        {domain::DocumentFormat::kJson, 2},
        {domain::DocumentFormat::kAuthorityJson, 3},
    }};

}  // namespace tocsin::store
