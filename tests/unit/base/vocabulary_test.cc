#include "server/base/vocabulary.h"

#include <set>

#include "server/base/error.h"
#include "tests/support/catch.h"

namespace tocsin {
namespace {

// Every text form of `Enum` reads back, and so does its number.
template <typename Enum>
void CheckRoundTrip(size_t count, const std::string& reason) {
  const std::vector<std::string> texts = AllTexts<Enum>();
  INFO(reason);
  CHECK(texts.size() == count);
  CHECK(std::set<std::string>(texts.begin(), texts.end()).size() == count);
  for (const std::string& text : texts) {
    const auto value = ParseText<Enum>(text);
    REQUIRE(value.ok());
    CHECK(ToText(*value) == text);
    CHECK(FromNumber<Enum>(static_cast<int>(*value)) == *value);
  }
  CHECK_FALSE(FromNumber<Enum>(0).has_value());
  CHECK_FALSE(FromNumber<Enum>(static_cast<int>(count) + 1).has_value());
  CHECK_FALSE(FromNumber<Enum>(-1).has_value());
  CHECK_FALSE(FromNumber<Enum>(257).has_value());
  for (const std::string text : {"", "nothing like it", "SEV1", "\xff"}) {
    CHECK(ReasonOf(ParseText<Enum>(text).status()) == reason);
  }
}

}  // namespace

TEST_CASE("Vocabulary: every word reads back, by text and by number", "[base]") {
  CheckRoundTrip<Severity>(4, "UNKNOWN_SEVERITY");
  CheckRoundTrip<Phase>(6, "UNKNOWN_PHASE");
  CheckRoundTrip<Tlp>(5, "UNKNOWN_TLP");
  CheckRoundTrip<IncidentRole>(8, "UNKNOWN_INCIDENT_ROLE");
  CheckRoundTrip<OrgRole>(8, "UNKNOWN_ROLE");
  CheckRoundTrip<EntryKind>(11, "UNKNOWN_ENTRY_KIND");
  CheckRoundTrip<Precision>(5, "UNKNOWN_PRECISION");
  CheckRoundTrip<FindingKind>(5, "UNKNOWN_FINDING_KIND");
  CheckRoundTrip<Audience>(3, "UNKNOWN_AUDIENCE");
}

TEST_CASE("Vocabulary: a slip is answered with the nearest word and all of them", "[base]") {
  const absl::Status slip = ParseText<Phase>("containmnt").status();
  CHECK_THAT(NextStepOf(slip), ContainsSubstring("Did you mean 'containment'?"));
  CHECK_THAT(NextStepOf(slip), ContainsSubstring("triage, investigation"));
  CHECK(NextStepOf(ParseText<Severity>("catastrophe").status()) ==
        "Use one of: sev1, sev2, sev3, sev4.");
}

TEST_CASE("Vocabulary: numbers stand on disk and stay", "[base]") {
  CHECK(static_cast<int>(Severity::kSev1) == 1);
  CHECK(static_cast<int>(Phase::kClosed) == 6);
  CHECK(static_cast<int>(Tlp::kAmberStrict) == 4);
  CHECK(static_cast<int>(EntryKind::kReview) == 11);
  CHECK(static_cast<int>(OrgRole::kAdmin) == 8);
}

}  // namespace tocsin
