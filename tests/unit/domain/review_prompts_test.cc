// What the record asks the review about: facts, with where they stand, and no names.
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/domain/review.h"
#include "tests/support/catch.h"
#include "tests/support/domain_fixture.h"

namespace tocsin::domain {
namespace {

// The prompt whose fact holds `words`; nullptr when there is none.
const Prompt* Find(const std::vector<Prompt>& prompts, std::string_view words) {
  for (const Prompt& prompt : prompts) {
    if (prompt.fact.find(words) != std::string::npos) return &prompt;
  }
  return nullptr;
}

std::vector<Prompt> Of(const Case& c) {
  return PromptsFor(c.incident(), c.now);
}

}  // namespace

TEST_CASE("Prompts: how long it took, with the entries that say so", "[domain]") {
  Case c = ADeclaredCase();
  CHECK(Find(Of(c), "Nobody stated when it was detected") != nullptr);
  c.Do(RecordAnchor{"occurred", At("2026-06-08T08:00:00Z"), "first login"});
  c.Do(RecordAnchor{"detected", At("2026-06-10T06:00:00Z"), "the alarm"});
  const uint64_t detected = FindAnchor(c.incident(), "detected")->stated.sequence;
  const auto prompts = Of(c);
  const Prompt* took = Find(prompts, "From the first event to its detection it took 1 d 22 h");
  REQUIRE(took != nullptr);
  CHECK(took->part == ReviewPart::kDetection);
  CHECK(took->entries.back() == detected);
  CHECK(Find(prompts, "From the detection to the declaration it took 2 h") != nullptr);
  CHECK(Find(prompts, "Nobody stated when") == nullptr);
  CHECK(Find(prompts, "to containment") == nullptr);
}

TEST_CASE("Prompts: silences of the response, the longest three, none after recovery", "[domain]") {
  Case c = ADeclaredCase();
  const auto say = [&](absl::Duration after) {
    c.now += after;
    c.Do(RecordEntry{EntryKind::kAction, "working"});
  };
  say(absl::Minutes(59));
  for (const int hours : {2, 5, 3, 4}) say(absl::Hours(hours));
  const auto prompts = Of(c);
  for (const int hours : {5, 4, 3}) {
    CHECK(Find(prompts, absl::StrCat("Nobody wrote anything for ", hours, " h")) != nullptr);
  }
  CHECK(Find(prompts, "for 2 h") == nullptr);
  for (const Phase phase :
       {Phase::kInvestigation, Phase::kContainment, Phase::kEradication, Phase::kRecovery}) {
    c.Do(ChangePhase{phase, "on"});
  }
  say(absl::Hours(100));
  CHECK(Find(Of(c), "for 100 h") == nullptr);
  CHECK(Dump(c.incident()) == Dump(c.Replayed()));
}

TEST_CASE("Prompts: deadlines that were met, late, missed and waived", "[domain]") {
  Case c = ASignificantCase();
  c.now += absl::Hours(20);
  c.Do(RecordSubmission{"early_warning", {}, "portal", "NL-1", ""});
  c.now += absl::Hours(60);
  c.Do(RecordSubmission{"notification", {}, "portal", "NL-2", "the portal was down"});
  c.Do(WaiveObligation{"recipients", "nobody was affected"});
  const auto prompts = Of(c);
  const Prompt* met = Find(prompts, "nis2.early_warning was filed");
  REQUIRE(met != nullptr);
  CHECK_THAT(met->fact, ContainsSubstring("4 h, before it was due") ||
                            ContainsSubstring("4 h before it was due"));
  const Prompt* late = Find(prompts, "nis2.notification was filed");
  REQUIRE(late != nullptr);
  CHECK_THAT(late->fact, ContainsSubstring("8 h late: the portal was down"));
  CHECK(late->entries ==
        std::vector<uint64_t>{FindObligation(c.incident(), "notification")->submission->sequence});
  CHECK(Find(prompts, "nis2.recipients was waived") != nullptr);
}

TEST_CASE("Prompts: steps that were late or skipped, questions that nobody answered", "[domain]") {
  Case c = ADeclaredCase();
  c.Do(StartRun{Ransomware()});
  const std::string first = c.incident().runs[0].definition->steps[0].id;
  c.RunTimers(c.now + absl::Hours(30));
  c.Do(SkipStep{"", first, "done by the SOC already"});
  const auto prompts = Of(c);
  CHECK(Find(prompts, absl::StrCat("Step ", first, " of ransomware was due")) != nullptr);
  const Prompt* skipped = Find(prompts, "was skipped: done by the SOC already");
  REQUIRE(skipped != nullptr);
  CHECK(skipped->part == ReviewPart::kDecisions);
}

TEST_CASE("Prompts: what is unknown, what was corrected, what the guide still asks", "[domain]") {
  Case c = ADeclaredCase();
  c.Do(AssessImpact{{{"users_affected", "unknown"}, {"malicious", "yes"}}, ""});
  const uint64_t stated = c.incident().last_sequence;
  c.Do(RecordEntry{EntryKind::kAction, "isolated fs01"});
  const uint64_t wrong = c.incident().last_sequence;
  c.Do(CorrectEntry{wrong, "isolated fs02"});
  ReviewGuide guide{"g", "Guide", "1", {}, {}};
  guide.questions.push_back({"luck", ReviewPart::kLuck, "What was luck?", FindingKind::kLucky});
  c.Do(OpenReview{guide});
  auto prompts = Of(c);
  const Prompt* unknown = Find(prompts, "Still unknown: users_affected.");
  REQUIRE(unknown != nullptr);
  CHECK(unknown->entries == std::vector<uint64_t>{stated});
  const Prompt* corrected = Find(prompts, "1 entry was corrected");
  REQUIRE(corrected != nullptr);
  CHECK(corrected->entries == std::vector<uint64_t>{wrong});
  const Prompt* asked = Find(prompts, "The question luck has no answer yet");
  REQUIRE(asked != nullptr);
  CHECK(asked->ask == "What was luck?");
  c.Do(AddFinding{FindingKind::kLucky, "it was a Sunday", {}, {}, "luck"});
  prompts = Of(c);
  CHECK(Find(prompts, "The question luck") == nullptr);
}

TEST_CASE("Prompts: the same root cause again, and in the order of the parts", "[domain]") {
  Case c = ASignificantCase();
  const std::vector<std::string> same = {"INC-2025-0007", "INC-2026-0002"};
  const std::vector<Prompt> prompts = PromptsFor(c.incident(), c.now, same);
  const Prompt* again = Find(prompts, "The same root cause as in INC-2025-0007, INC-2026-0002.");
  REQUIRE(again != nullptr);
  CHECK(again->part == ReviewPart::kConditions);
  for (size_t i = 1; i < prompts.size(); ++i) CHECK(prompts[i - 1].part <= prompts[i].part);
  // The same state gives the same prompts, also after a replay.
  const std::vector<Prompt> replayed = PromptsFor(c.Replayed(), c.now, same);
  REQUIRE(replayed.size() == prompts.size());
  for (size_t i = 0; i < prompts.size(); ++i) CHECK(replayed[i].fact == prompts[i].fact);
}

}  // namespace tocsin::domain
