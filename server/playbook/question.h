// A question of a step. Its answer is a typed value that others build on: branches read it, and it
// may become an impact fact or a legal instant of the incident. "unknown" is an answer of its own
// to all but an instant: not known yet is not the same as no.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace tocsin::playbook {

/// Per step.
inline constexpr size_t kQuestionsMax = 20;
inline constexpr size_t kChoicesMax = 20;
inline constexpr size_t kChoiceBytesMax = 100;
/// Of a text answer: it may become an impact fact.
inline constexpr size_t kAnswerBytesMax = 4096;
/// The answer that says that nobody knows yet.
inline constexpr std::string_view kUnknownAnswer = "unknown";

enum class QuestionType : uint8_t { kYesNo = 1, kChoice = 2, kNumber = 3, kText = 4, kInstant = 5 };

/// "yes_no", "choice", "number", "text", "instant".
std::string_view ToText(QuestionType type);
std::vector<std::string> QuestionTypeTexts();
/// nullopt when there is no such type.
std::optional<QuestionType> ParseQuestionType(std::string_view text);

struct Question {
  std::string id;
  /// One line, as a person would ask it.
  std::string ask;
  QuestionType type = QuestionType::kYesNo;
  std::vector<std::string> choices;
  std::optional<int64_t> min;
  std::optional<int64_t> max;
  /// The impact fact that the answer becomes; empty: none.
  std::string fact;
  /// The anchor that the answer becomes; empty: none.
  std::string anchor;
  /// The step can be completed without an answer.
  bool optional = false;

  friend bool operator==(const Question&, const Question&) = default;
};

/// `answer` in the one form that is recorded: instants as "2026-06-10T08:15:00Z", numbers without
/// leading zeros. Errors: kInvalidArgument, reason BAD_ANSWER (not of the type, not among the
/// choices; all are named), ANSWER_OUT_OF_RANGE (with the range), or a TEXT_ reason.
absl::StatusOr<std::string> CheckAnswer(const Question& question, std::string_view answer);

/// "yes or no", "mail, vpn or other", "a whole number from 0 to 100": what may be answered.
std::string AllowedAnswers(const Question& question);

/// Whether some answer to `question` could be `value` ("unknown" can, where it is an answer).
bool CanBeAnswered(const Question& question, std::string_view value);

}  // namespace tocsin::playbook
