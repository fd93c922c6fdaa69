#include "server/playbook/question.h"

#include "server/base/error.h"
#include "tests/support/catch.h"
#include "tests/unit/playbook/builders.h"

namespace tocsin::playbook {
namespace {

std::string Refusal(const Question& question, const std::string& answer) {
  return ReasonOf(CheckAnswer(question, answer).status());
}

Question Hosts() {
  Question question = AQuestion("hosts", QuestionType::kNumber);
  question.min = 0;
  question.max = 100;
  return question;
}

}  // namespace

TEST_CASE("Answer: yes or no, and nothing near it", "[playbook][question]") {
  const Question question = AQuestion("active", QuestionType::kYesNo);

  CHECK(CheckAnswer(question, "yes").value() == "yes");
  CHECK(CheckAnswer(question, "unknown").value() == "unknown");
  for (const std::string answer : {"Yes", "y", "true", "", "no ", "maybe"}) {
    CHECK(Refusal(question, answer) == "BAD_ANSWER");
  }
}

TEST_CASE("Answer: a number out of range is refused with the range", "[playbook][question]") {
  CHECK(CheckAnswer(Hosts(), "007").value() == "7");
  CHECK(CheckAnswer(Hosts(), "0").ok());
  CHECK(CheckAnswer(Hosts(), "100").ok());

  const absl::Status high = CheckAnswer(Hosts(), "101").status();
  CHECK(ReasonOf(high) == "ANSWER_OUT_OF_RANGE");
  CHECK_THAT(std::string(high.message()), ContainsSubstring("a whole number from 0 to 100; 101"));
  CHECK(Refusal(Hosts(), "-1") == "ANSWER_OUT_OF_RANGE");
  for (const std::string answer : {"1.5", "many", "+3", " 3", "1e3", "-", "99999999999999999999"}) {
    CHECK(Refusal(Hosts(), answer) == "BAD_ANSWER");
  }
  Question open = AQuestion("delta", QuestionType::kNumber);
  CHECK(CheckAnswer(open, "-12").value() == "-12");
  open.min = 3;
  CHECK(AllowedAnswers(open) == "a whole number of at least 3");
}

TEST_CASE("Answer: a choice is one of the words, all of which are named", "[playbook][question]") {
  Question question = AQuestion("vector", QuestionType::kChoice);
  question.choices = {"mail", "vpn", "other"};

  CHECK(CheckAnswer(question, "vpn").value() == "vpn");
  const absl::Status refused = CheckAnswer(question, "usb").status();
  CHECK(ReasonOf(refused) == "BAD_ANSWER");
  CHECK_THAT(std::string(refused.message()), ContainsSubstring("mail, vpn or other, not 'usb'"));
}

TEST_CASE("Answer: an instant has an offset and is recorded in UTC", "[playbook][question]") {
  const Question question = AQuestion("since", QuestionType::kInstant);

  CHECK(CheckAnswer(question, "2026-06-10T10:15:00+02:00").value() == "2026-06-10T08:15:00Z");
  for (const std::string answer : {"10:15", "unknown", "2026-06-10T10:15:00", "yesterday"}) {
    CHECK(Refusal(question, answer) == "BAD_ANSWER");
  }
}

TEST_CASE("Answer: hostile text is refused and not repeated", "[playbook][question]") {
  const Question text = AQuestion("what", QuestionType::kText);
  CHECK(CheckAnswer(text, "two\nlines").ok());
  CHECK(Refusal(text, "a\x1b[2J") == "TEXT_CONTROL_CHARACTER");
  CHECK(Refusal(text, std::string(kAnswerBytesMax + 1, 'x')) == "TEXT_TOO_LONG");
  const absl::Status refused =
      CheckAnswer(AQuestion("active", QuestionType::kYesNo), std::string(1 << 20, '\n')).status();
  CHECK(refused.message().size() < 200);
}

}  // namespace tocsin::playbook
