// The closed lists of words that the whole product shares: severity, phase, TLP, roles, entry
// kinds. Each enum has one text form, used in files, on the command line and in exports. Numeric
// values stand on disk: never reuse one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace tocsin {

/// sev1 is the worst.
enum class Severity : uint8_t { kSev1 = 1, kSev2 = 2, kSev3 = 3, kSev4 = 4 };

/// Where the response stands; it may go back.
enum class Phase : uint8_t {
  kTriage = 1,
  kInvestigation = 2,
  kContainment = 3,
  kEradication = 4,
  kRecovery = 5,
  kClosed = 6,
};

/// TLP 2.0, from the widest to the narrowest audience; larger means more restricted.
enum class Tlp : uint8_t { kClear = 1, kGreen = 2, kAmber = 3, kAmberStrict = 4, kRed = 5 };

/// What a person does in one incident.
enum class IncidentRole : uint8_t {
  kCommander = 1,
  kDeputy = 2,
  kScribe = 3,
  kCommunications = 4,
  kLegal = 5,
  kDpo = 6,
  kResponder = 7,
  kObserver = 8,
};

/// What a person may do in the organisation.
enum class OrgRole : uint8_t {
  kViewer = 1,
  kResponder = 2,
  kCommander = 3,
  kCiso = 4,
  kDpo = 5,
  kLegal = 6,
  kAuditor = 7,
  kAdmin = 8,
};

/// What an entry that a person writes is about.
enum class EntryKind : uint8_t {
  kObservation = 1,
  kAction = 2,
  kDecision = 3,
  kCommunication = 4,
  kEvidence = 5,
  kDetection = 6,
  kAttackerActivity = 7,
  kNotification = 8,
  kImpact = 9,
  kRecovery = 10,
  kReview = 11,
};

/// How exactly a claimed time is known.
enum class Precision : uint8_t { kSecond = 1, kMinute = 2, kHour = 3, kDay = 4, kMonth = 5 };

/// What a finding of the post-incident review says.
enum class FindingKind : uint8_t {
  kWell = 1,
  kBad = 2,
  kLucky = 3,
  kCondition = 4,
  kLesson = 5,
};

/// What a guiding question of the review is about.
enum class ReviewPart : uint8_t {
  kDetection = 1,
  kResponse = 2,
  kLuck = 3,
  kDecisions = 4,
  kConditions = 5,
  kLearning = 6,
};

/// What an action item is to change.
enum class ActionType : uint8_t { kPrevent = 1, kDetect = 2, kMitigate = 3, kProcess = 4 };

/// The answer to "did it help?".
enum class Helped : uint8_t { kYes = 1, kNo = 2, kPartly = 3 };

/// For whom a situation report is written.
enum class Audience : uint8_t { kTeam = 1, kManagement = 2, kCustomers = 3 };

std::string_view ToText(Severity value);
std::string_view ToText(Phase value);
std::string_view ToText(Tlp value);
std::string_view ToText(IncidentRole value);
std::string_view ToText(OrgRole value);
std::string_view ToText(EntryKind value);
std::string_view ToText(Precision value);
std::string_view ToText(FindingKind value);
std::string_view ToText(ReviewPart value);
std::string_view ToText(ActionType value);
std::string_view ToText(Helped value);
std::string_view ToText(Audience value);

/// All text forms of an enum, in order. For help texts and suggestions.
template <typename Enum>
std::vector<std::string> AllTexts();

/// Reads a text form. Errors: kInvalidArgument, reason UNKNOWN_<WORD>, naming the nearest or all
/// allowed forms.
template <typename Enum>
absl::StatusOr<Enum> ParseText(std::string_view text);

/// The enum with this number on disk or on the wire; nullopt when there is none.
template <typename Enum>
std::optional<Enum> FromNumber(int number);

}  // namespace tocsin
