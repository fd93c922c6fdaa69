#include "server/library/review_guide_reader.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "server/base/digest.h"
#include "tests/support/catch.h"

namespace tocsin::library {
namespace {

constexpr char kSmall[] = R"(format: tocsin-review-v1
id: small
title: A small review
version: "1.0"
questions:
  - {id: sign, part: detection, kind: condition, ask: "What was the first sign?"}
  - {id: wait, part: response, kind: bad, ask: "What did the response wait for?"}
  - {id: luck, part: luck, kind: lucky, ask: "What was luck?"}
  - {id: unsure, part: decisions, kind: lesson, ask: "What was decided without being known?"}
  - {id: together, part: conditions, kind: condition, ask: "What had to be there together?"}
)";

std::string ErrorWith(const std::string& from, const std::string& to) {
  const std::string text = absl::StrReplaceAll(kSmall, {{from, to}});
  REQUIRE(text != kSmall);
  const auto guide = ReadReviewGuide("x.yaml", text);
  REQUIRE_FALSE(guide.ok());
  return std::string(guide.status().message());
}

}  // namespace

TEST_CASE("ReadReviewGuide: every field", "[library]") {
  const auto guide = ReadReviewGuide("x.yaml", kSmall);
  REQUIRE(guide.ok());
  CHECK(guide->id == "small");
  CHECK(guide->title == "A small review");
  CHECK(guide->version == "1.0");
  CHECK(guide->digest == Sha256(kSmall));
  REQUIRE(guide->questions.size() == 5);
  CHECK(guide->questions[1].id == "wait");
  CHECK(guide->questions[1].part == ReviewPart::kResponse);
  CHECK(guide->questions[1].kind == FindingKind::kBad);
  CHECK(guide->questions[1].ask == "What did the response wait for?");
}

TEST_CASE("ReadReviewGuide: says what is wrong, and where", "[library]") {
  CHECK_THAT(ErrorWith("tocsin-review-v1", "tocsin-review-v2"), ContainsSubstring("x.yaml:1:"));
  CHECK_THAT(ErrorWith("id: small", "id: Small One"), ContainsSubstring("an id is"));
  CHECK_THAT(ErrorWith("part: luck", "part: fortune"), ContainsSubstring("x.yaml:8:"));
  CHECK_THAT(ErrorWith("kind: lucky", "kind: happy"), ContainsSubstring("x.yaml:8:"));
  CHECK_THAT(ErrorWith("id: luck", "id: sign"), ContainsSubstring("second time"));
  CHECK_THAT(ErrorWith("title:", "titel:"), ContainsSubstring("titel"));
  CHECK_THAT(ErrorWith("ask: \"What was luck?\"", "ask: \"\\e[2J\""),
             ContainsSubstring("control character"));
}

TEST_CASE("ReadReviewGuide: a guide must look at all parts", "[library]") {
  for (const char* part : {"detection", "response", "luck", "decisions", "conditions"}) {
    CHECK_THAT(ErrorWith(absl::StrCat("part: ", part), "part: learning"),
               ContainsSubstring(absl::StrCat("no question about ", part)));
  }
}

TEST_CASE("ReadReviewGuide: no question looks for a person", "[library]") {
  for (const char* ask :
       {"Who clicked on the link?", "Whose server was it?", "Was it the fault of the supplier?",
        "Is anybody to blame?", "What makes X guilty?"}) {
    CHECK_THAT(ErrorWith("What was luck?", ask), ContainsSubstring("looks for a person"));
  }
  CHECK(ReadReviewGuide("x.yaml", absl::StrReplaceAll(kSmall, {{"What was luck?",
                                                                "What did those who acted know?"}}))
            .ok());
}

TEST_CASE("ReadReviewGuide: at most fifty questions", "[library]") {
  std::string text = kSmall;
  const auto add = [&](int i) {
    absl::StrAppend(&text, "  - {id: more-", i,
                    ", part: luck, kind: lucky, ask: \"What else?\"}\n");
  };
  for (int i = 6; i <= 50; ++i) add(i);
  CHECK(ReadReviewGuide("x.yaml", text).ok());
  add(51);
  CHECK_THAT(std::string(ReadReviewGuide("x.yaml", text).status().message()),
             ContainsSubstring("more than 50 questions"));
}

}  // namespace tocsin::library
