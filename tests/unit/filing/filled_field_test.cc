#include "server/filing/filled_field.h"

#include "tests/support/catch.h"

namespace tocsin::filing {
namespace {

DraftField Saying(std::string value, std::vector<DraftPart> parts = {}) {
  DraftField field;
  field.field = "users_hit";
  field.value = std::move(value);
  field.parts = std::move(parts);
  return field;
}

TEST_CASE("StateOf: unknown only when nothing else is said", "[filing]") {
  CHECK(StateOf(Saying("")) == FieldState::kMissing);
  CHECK(StateOf(Saying("unknown")) == FieldState::kUnknown);
  CHECK(StateOf(Saying("no")) == FieldState::kFilled);
  CHECK(StateOf(Saying("", {{"number", "number", "unknown"}})) == FieldState::kUnknown);
  CHECK(StateOf(Saying("", {{"number", "number", "unknown"}, {"percent", "share", "5"}})) ==
        FieldState::kFilled);
  CHECK(StateOf(Saying("unknown", {{"number", "number", "5"}})) == FieldState::kFilled);
}

TEST_CASE("ChangeOf: by what is said, not by labels or sources", "[filing]") {
  DraftField before = Saying("", {{"number", "number", "5", 3, false}});
  DraftField now = Saying("", {{"number", "aantal", "5", 9, true}});
  CHECK(ChangeOf(now, &before) == FieldChange::kSame);
  now.parts[0].value = "6";
  CHECK(ChangeOf(now, &before) == FieldChange::kChanged);
  CHECK(ChangeOf(Saying("about five"), &before) == FieldChange::kChanged);
  CHECK(ChangeOf(Saying(""), &before) == FieldChange::kWithdrawn);
  CHECK(ChangeOf(now, nullptr) == FieldChange::kNew);
  before = Saying("");
  CHECK(ChangeOf(now, &before) == FieldChange::kNew);
  CHECK(ChangeOf(Saying(""), &before) == FieldChange::kNone);
  before = Saying("unknown");
  CHECK(ChangeOf(Saying("no"), &before) == FieldChange::kChanged);
}

TEST_CASE("JoinedValue: the value, then each part with its label", "[filing]") {
  CHECK(JoinedValue(Saying("")).empty());
  CHECK(JoinedValue(Saying("many", {{"number", "number", "5"}})) == "many; number: 5");
}

TEST_CASE("FieldState and FieldChange: each has a word", "[filing]") {
  CHECK(ToText(FieldState::kFilled) == "filled");
  CHECK(ToText(FieldState::kUnknown) == "unknown");
  CHECK(ToText(FieldState::kMissing) == "missing");
  CHECK(ToText(FieldChange::kNone).empty());
  CHECK(ToText(FieldChange::kNew) == "new");
  CHECK(ToText(FieldChange::kChanged) == "changed");
  CHECK(ToText(FieldChange::kSame) == "same");
  CHECK(ToText(FieldChange::kWithdrawn) == "withdrawn");
}

}  // namespace
}  // namespace tocsin::filing
