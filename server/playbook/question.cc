#include "server/playbook/question.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/check.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/base/time_text.h"
#include "server/base/view.h"

namespace tocsin::playbook {
namespace {

constexpr std::array<std::pair<QuestionType, std::string_view>, 5> kTypeWords = {
    {{QuestionType::kYesNo, "yes_no"},
     {QuestionType::kChoice, "choice"},
     {QuestionType::kNumber, "number"},
     {QuestionType::kText, "text"},
     {QuestionType::kInstant, "instant"}}};

// Answers come from people and go into a message.
std::string Shown(std::string_view answer) {
  constexpr size_t kShownBytesMax = 100;
  const TextLimits limits{.bytes_max = kShownBytesMax, .lines = false};
  return CheckText("", answer, limits).ok() ? absl::StrCat("'", ToAbsl(answer), "'")
                                            : "(text that cannot be shown)";
}

absl::Status NotAllowed(const Question& question, std::string_view answer) {
  return InvalidArgument("BAD_ANSWER",
                         absl::StrCat("The answer to '", question.id, "' is ",
                                      AllowedAnswers(question), ", not ", Shown(answer)),
                         question.type == QuestionType::kInstant
                             ? "Give the time with its offset, such as 2026-06-10T10:15:00+02:00."
                             : absl::StrCat("Say ", question.id, "=unknown while nobody knows."));
}

std::string Plain(const std::vector<std::string>& words) {
  if (words.size() == 1) return words.front();
  const std::vector<std::string> first(words.begin(), words.end() - 1);
  return absl::StrCat(absl::StrJoin(first, ", "), " or ", words.back());
}

// Digits, perhaps after a minus: absl's reader also takes white space and a plus.
std::optional<int64_t> WholeNumber(std::string_view text) {
  const std::string_view digits = text.substr(text.substr(0, 1) == "-" ? 1 : 0);
  int64_t number = 0;
  const bool is_number = !digits.empty() && std::all_of(digits.begin(), digits.end(), [](char c) {
    return c >= '0' && c <= '9';
  }) && absl::SimpleAtoi(ToAbsl(text), &number);
  return is_number ? std::optional<int64_t>(number) : std::nullopt;
}

bool IsInRange(const Question& question, int64_t number) {
  return number >= question.min.value_or(std::numeric_limits<int64_t>::min()) &&
         number <= question.max.value_or(std::numeric_limits<int64_t>::max());
}

absl::StatusOr<std::string> CheckNumber(const Question& question, std::string_view answer) {
  const std::optional<int64_t> number = WholeNumber(answer);
  if (!number) return NotAllowed(question, answer);
  if (IsInRange(question, *number)) return absl::StrCat(*number);
  return InvalidArgument("ANSWER_OUT_OF_RANGE",
                         absl::StrCat("The answer to '", question.id, "' is ",
                                      AllowedAnswers(question), "; ", *number, " is not"),
                         "Check the number, and its unit.");
}

}  // namespace

std::string_view ToText(QuestionType type) {
  for (const auto& [value, text] : kTypeWords) {
    if (value == type) return text;
  }
  TOCSIN_CHECK(false);
  return {};
}

std::vector<std::string> QuestionTypeTexts() {
  std::vector<std::string> texts;
  for (const auto& [value, text] : kTypeWords) texts.emplace_back(text);
  return texts;
}

std::optional<QuestionType> ParseQuestionType(std::string_view text) {
  for (const auto& [value, word] : kTypeWords) {
    if (word == text) return value;
  }
  return std::nullopt;
}

std::string AllowedAnswers(const Question& question) {
  switch (question.type) {
    case QuestionType::kYesNo:
      return "yes or no";
    case QuestionType::kChoice:
      return Plain(question.choices);
    case QuestionType::kNumber:
      break;
    case QuestionType::kText:
      return "text";
    case QuestionType::kInstant:
      return "an instant with its offset";
  }
  std::string text = "a whole number";
  if (question.min && question.max) {
    absl::StrAppend(&text, " from ", *question.min, " to ", *question.max);
  } else if (question.min) {
    absl::StrAppend(&text, " of at least ", *question.min);
  } else if (question.max) {
    absl::StrAppend(&text, " of at most ", *question.max);
  }
  return text;
}

absl::StatusOr<std::string> CheckAnswer(const Question& question, std::string_view answer) {
  if (answer == kUnknownAnswer && question.type != QuestionType::kInstant) {
    return std::string(answer);
  }
  switch (question.type) {
    case QuestionType::kYesNo:
    case QuestionType::kChoice:
      if (!CanBeAnswered(question, answer)) return NotAllowed(question, answer);
      return std::string(answer);
    case QuestionType::kNumber:
      return CheckNumber(question, answer);
    case QuestionType::kText:
      TOCSIN_RETURN_IF_ERROR(CheckText(absl::StrCat("The answer to '", question.id, "'"), answer,
                                       {.bytes_max = kAnswerBytesMax}));
      return std::string(answer);
    case QuestionType::kInstant: {
      const absl::StatusOr<absl::Time> instant = ParseInstant(answer);
      if (!instant.ok()) return NotAllowed(question, answer);
      return FormatInstant(*instant);
    }
  }
  TOCSIN_CHECK(false);
  return absl::OkStatus();
}

bool CanBeAnswered(const Question& question, std::string_view value) {
  if (value == kUnknownAnswer) return question.type != QuestionType::kInstant;
  switch (question.type) {
    case QuestionType::kYesNo:
      return value == "yes" || value == "no";
    case QuestionType::kChoice:
      return std::find(question.choices.begin(), question.choices.end(), value) !=
             question.choices.end();
    case QuestionType::kNumber: {
      const std::optional<int64_t> number = WholeNumber(value);
      return number && IsInRange(question, *number);
    }
    case QuestionType::kText:
    case QuestionType::kInstant:
      return true;
  }
  return false;
}

}  // namespace tocsin::playbook
