// One field of a notification as it was answered: the value, where it came from, and how it differs
// from the notification before. A draft keeps all of it, labels included, so that it says the same
// for ever, whatever later forms say.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::filing {

/// Where a field stands. "Unknown yet" is a value apart from "no".
enum class FieldState : uint8_t { kFilled = 1, kUnknown = 2, kMissing = 3 };

/// Against the notification that came before under the same law.
enum class FieldChange : uint8_t {
  kNone = 0,       // there was none before, or neither says anything
  kNew = 1,        // now says something
  kChanged = 2,    // says something else
  kSame = 3,       // says the same
  kWithdrawn = 4,  // said something, and says nothing now
};

/// What a document is written in. Numbers are on disk.
enum class DocumentFormat : uint8_t {
  kMarkdown = 1,
  kJson = 2,
  kAuthorityJson = 3,  // the authority's own, as its form says
};

/// The value that means "asked, and not known yet".
inline constexpr std::string_view kUnknownValue = "unknown";

/// A part of a field that has an answer of its own: the number of users, say, beside their share.
struct DraftPart {
  std::string part;
  std::string label;
  std::string value;
  /// Entry the value came from; 0 when it was given with this draft.
  uint64_t source_sequence = 0;
  /// A person typed it: with this draft, or with the one at `source_sequence`.
  bool by_hand = false;

  friend bool operator==(const DraftPart&, const DraftPart&) = default;
};

struct DraftField {
  std::string field;
  std::string label;
  /// Of the field itself; its parts have their own.
  std::string value;
  FieldState state = FieldState::kMissing;
  /// As in DraftPart; of `value`, or where there is none the latest of the parts'.
  uint64_t source_sequence = 0;
  bool required = false;
  /// As in DraftPart; of `value`.
  bool by_hand = false;
  /// Those that have a value.
  std::vector<DraftPart> parts;
  /// The authority's own number of the question; may be empty.
  std::string number;
  FieldChange change = FieldChange::kNone;

  friend bool operator==(const DraftField&, const DraftField&) = default;
};

/// The value and the parts in one line: "Hospital North; LEI: 5299…".
std::string JoinedValue(const DraftField& field);

/// filled, unknown or missing, from the values that are there.
FieldState StateOf(const DraftField& field);

/// What `now` says against `before`; nullptr: there was no notification before.
FieldChange ChangeOf(const DraftField& now, const DraftField* before);

std::string_view ToText(FieldState state);
/// Empty for kNone.
std::string_view ToText(FieldChange change);

}  // namespace tocsin::filing
