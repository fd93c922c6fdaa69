#include "server/filing/filled_field.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace tocsin::filing {
namespace {

bool SaysSomething(const DraftField& field) {
  return !field.value.empty() || !field.parts.empty();
}

// Labels and sources may differ where the answer is the same.
bool SaysTheSame(const DraftField& a, const DraftField& b) {
  return a.value == b.value &&
         std::equal(a.parts.begin(), a.parts.end(), b.parts.begin(), b.parts.end(),
                    [](const DraftPart& x, const DraftPart& y) {
                      return x.part == y.part && x.value == y.value;
                    });
}

}  // namespace

std::string JoinedValue(const DraftField& field) {
  std::string out = field.value;
  for (const DraftPart& part : field.parts) {
    absl::StrAppend(&out, out.empty() ? "" : "; ", part.label, ": ", part.value);
  }
  return out;
}

FieldState StateOf(const DraftField& field) {
  if (!SaysSomething(field)) return FieldState::kMissing;
  const bool own_unknown = field.value.empty() || field.value == kUnknownValue;
  const bool all_unknown =
      own_unknown && std::all_of(field.parts.begin(), field.parts.end(),
                                 [](const DraftPart& part) { return part.value == kUnknownValue; });
  return all_unknown ? FieldState::kUnknown : FieldState::kFilled;
}

FieldChange ChangeOf(const DraftField& now, const DraftField* before) {
  const bool said = before != nullptr && SaysSomething(*before);
  if (!SaysSomething(now)) return said ? FieldChange::kWithdrawn : FieldChange::kNone;
  if (!said) return FieldChange::kNew;
  return SaysTheSame(now, *before) ? FieldChange::kSame : FieldChange::kChanged;
}

std::string_view ToText(FieldState state) {
  switch (state) {
    case FieldState::kFilled:
      return "filled";
    case FieldState::kUnknown:
      return "unknown";
    case FieldState::kMissing:
      return "missing";
  }
  return "missing";
}

std::string_view ToText(FieldChange change) {
  switch (change) {
    case FieldChange::kNone:
      return "";
    case FieldChange::kNew:
      return "new";
    case FieldChange::kChanged:
      return "changed";
    case FieldChange::kSame:
      return "same";
    case FieldChange::kWithdrawn:
      return "withdrawn";
  }
  return "";
}

}  // namespace tocsin::filing
