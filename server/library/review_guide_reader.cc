#include "server/library/review_guide_reader.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/base/digest.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/base/view.h"
#include "server/base/vocabulary.h"
#include "server/domain/review.h"
#include "server/library/fields.h"
#include "server/library/yaml.h"

namespace tocsin::library {
namespace {

using domain::GuideQuestion;
using domain::ReviewGuide;

constexpr char kFormat[] = "tocsin-review-v1";

// A guide without one of these looks at half of what happened.
constexpr ReviewPart kNeeded[] = {ReviewPart::kDetection, ReviewPart::kResponse, ReviewPart::kLuck,
                                  ReviewPart::kDecisions, ReviewPart::kConditions};

template <typename Enum>
std::vector<std::pair<std::string, Enum>> Choices() {
  std::vector<std::pair<std::string, Enum>> choices;
  for (const std::string& word : AllTexts<Enum>())
    choices.emplace_back(word, *ParseText<Enum>(word));
  return choices;
}

// Whoever is looked for says nothing any more. Empty: nobody is.
std::string LooksForAPerson(const std::string& ask) {
  const std::string lower = absl::AsciiStrToLower(ask);
  const std::vector<std::string> words =
      absl::StrSplit(lower, absl::ByAnyChar(" ,.;:!?()\"'"), absl::SkipEmpty());
  for (const std::string& word : words) {
    for (const char* banned : {"fault", "blame", "blamed", "guilty", "culprit"}) {
      if (word == banned) return word;
    }
  }
  return !words.empty() && (words.front() == "who" || words.front() == "whose") ? words.front()
                                                                                : std::string();
}

absl::StatusOr<GuideQuestion> ReadQuestion(std::string_view file, const YamlNode& node,
                                           const ReviewGuide& guide) {
  YamlMapReader map(file, node, "a question");
  GuideQuestion question;
  question.id = map.Text("id");
  if (!question.id.empty() && !IsWord(question.id)) {
    map.Refuse("id", "an id is 1 to 64 of a-z, 0-9, _ and -");
  }
  if (domain::FindQuestion(guide, question.id) != nullptr) {
    map.Refuse("id", "this id stands here for the second time");
  }
  question.part = map.Word<ReviewPart>("part", Choices<ReviewPart>());
  question.kind = map.Word<FindingKind>("kind", Choices<FindingKind>());
  question.ask = map.Text("ask");
  if (!question.ask.empty() && !CheckLine("the question", question.ask).ok()) {
    map.Refuse("ask", "a question is one line of plain text");
  }
  if (const std::string word = LooksForAPerson(question.ask); !word.empty()) {
    map.Refuse("ask", absl::StrCat("'", word,
                                   "' looks for a person; ask what made it so, or what was known"));
  }
  TOCSIN_RETURN_IF_ERROR(map.Finish());
  return question;
}

absl::Status ReadQuestions(std::string_view file, const YamlNode& list, ReviewGuide& guide) {
  for (const YamlNode& item : list.children) {
    TOCSIN_ASSIGN_OR_RETURN(GuideQuestion question, ReadQuestion(file, item, guide));
    guide.questions.push_back(std::move(question));
  }
  if (guide.questions.size() > domain::kGuideQuestionsMax) {
    return YamlErrorAt(file, list,
                       absl::StrCat("more than ", domain::kGuideQuestionsMax, " questions"));
  }
  for (const ReviewPart part : kNeeded) {
    const bool there =
        std::any_of(guide.questions.begin(), guide.questions.end(),
                    [&](const GuideQuestion& question) { return question.part == part; });
    if (!there) {
      return YamlErrorAt(file, list,
                         absl::StrCat("there is no question about ", ToAbsl(ToText(part))));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ReviewGuide> ReadReviewGuide(std::string_view file, std::string_view bytes) {
  TOCSIN_ASSIGN_OR_RETURN(const YamlNode root, ParseYaml(file, bytes));
  YamlMapReader map(file, root, "the review guide");
  CheckFormat(map, kFormat);
  ReviewGuide guide;
  guide.id = map.Text("id");
  if (!guide.id.empty() && !IsWord(guide.id)) {
    map.Refuse("id", "an id is 1 to 64 of a-z, 0-9, _ and -");
  }
  guide.title = map.Text("title");
  guide.version = map.Text("version");
  for (const auto& [key, text] : {std::pair<const char*, const std::string&>("title", guide.title),
                                  {"version", guide.version}}) {
    if (!text.empty() && !CheckLine(key, text).ok()) map.Refuse(key, "is no line of plain text");
  }
  if (const YamlNode* questions = map.RequiredList("questions")) {
    map.Add(ReadQuestions(file, *questions, guide));
  }
  TOCSIN_RETURN_IF_ERROR(map.Finish());
  guide.digest = Sha256(bytes);
  return guide;
}

}  // namespace tocsin::library
