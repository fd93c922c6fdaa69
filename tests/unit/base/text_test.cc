#include "server/base/text.h"

#include "server/base/error.h"
#include "tests/support/catch.h"

namespace tocsin {
namespace {

std::string Refusal(std::string_view text, TextLimits limits = {}) {
  return ReasonOf(CheckText("the text", text, limits));
}

}  // namespace

TEST_CASE("IsValidUtf8: the edges of every length", "[base]") {
  for (const std::string& text :
       {std::string(), std::string("\0", 1), std::string("\x7f"), std::string("\xc2\x80"),
        std::string("\xdf\xbf"), std::string("\xe0\xa0\x80"), std::string("\xed\x9f\xbf"),
        std::string("\xee\x80\x80"), std::string("\xef\xbf\xbf"), std::string("\xf0\x90\x80\x80"),
        std::string("\xf4\x8f\xbf\xbf"),
        std::string("na\xc3\xafve \xe2\x82\xac \xf0\x9f\x9a\xa8")}) {
    INFO(text);
    CHECK(IsValidUtf8(text));
  }
}

TEST_CASE("IsValidUtf8: malformed, overlong, surrogate and too large", "[base]") {
  for (const std::string text : {"\x80",
                                 "\xbf",
                                 "\xc0\x80",
                                 "\xc1\xbf",
                                 "\xc2",
                                 "\xc2\x41",
                                 "\xe0\x80\x80",
                                 "\xe0\x9f\xbf",
                                 "\xe2\x82",
                                 "\xe2\x28\xa1",
                                 "\xed\xa0\x80",
                                 "\xed\xbf\xbf",
                                 "\xf0\x80\x80\x80",
                                 "\xf0\x8f\xbf\xbf",
                                 "\xf0\x9f\x9a",
                                 "\xf4\x90\x80\x80",
                                 "\xf5\x80\x80\x80",
                                 "\xf8\x88\x80\x80\x80",
                                 "\xfe",
                                 "\xff",
                                 "caf\xe9",
                                 "ok\xc3"}) {
    CHECK_FALSE(IsValidUtf8(text));
    CHECK(Refusal(text) == "TEXT_NOT_UTF8");
  }
}

TEST_CASE("CheckText: blank text is refused unless it may be empty", "[base]") {
  for (const std::string text : {"", " ", "\n", " \t\n "}) {
    CHECK(Refusal(text) == "TEXT_EMPTY");
    CHECK(Refusal(text, {.may_be_empty = true}).empty());
  }
  CHECK(Refusal("x").empty());
}

TEST_CASE("CheckText: up to the limit, counted in bytes", "[base]") {
  CHECK(Refusal("abcd", {.bytes_max = 4}).empty());
  CHECK(Refusal("abcde", {.bytes_max = 4}) == "TEXT_TOO_LONG");
  CHECK(Refusal("\xc3\xa4\xc3\xa4", {.bytes_max = 4}).empty());
  CHECK(Refusal("\xc3\xa4\xc3\xa4", {.bytes_max = 3}) == "TEXT_TOO_LONG");
  CHECK(Refusal(std::string(2 << 20, 'x')) == "TEXT_TOO_LONG");
}

TEST_CASE("CheckText: every control character is refused, newline and tab stay", "[base]") {
  for (int c = 0; c < 0x20; ++c) {
    INFO(c);
    const std::string text = std::string("a") + static_cast<char>(c) + "b";
    const bool allowed = c == '\n' || c == '\t';
    CHECK(Refusal(text) == (allowed ? "" : "TEXT_CONTROL_CHARACTER"));
    CHECK(Refusal(text, {.lines = false}) == "TEXT_CONTROL_CHARACTER");
  }
  CHECK(Refusal("\x7f") == "TEXT_CONTROL_CHARACTER");
  CHECK(Refusal("\xc2\x80") == "TEXT_CONTROL_CHARACTER");
  CHECK(Refusal("\xc2\x9b") == "TEXT_CONTROL_CHARACTER");
  CHECK(Refusal("\xc2\xa0").empty());
}

TEST_CASE("CheckText: characters that reorder text are refused, their neighbours not", "[base]") {
  for (const std::string text :
       {"\u202A", "\u202B", "\u202C", "\u202D", "\u202E", "\u2066", "\u2067", "\u2068", "\u2069"}) {
    CHECK(Refusal("a" + text) == "TEXT_CONTROL_CHARACTER");
  }
  CHECK(Refusal("\u2029x").empty());
  CHECK(Refusal("\u202Fx").empty());
  CHECK(Refusal("\u2065x").empty());
  CHECK(Refusal("\u206Ax").empty());
  CHECK(Refusal("\u05E9\u05DC\u05D5\u05DD").empty());
}

TEST_CASE("CheckText: the refusal names the field, the character and the byte", "[base]") {
  CHECK(CheckText("the title", "ab\x07").message() ==
        "the title holds the control character U+0007 at byte 3");
  CHECK(CheckText("the title", "ab\xff").message() == "the title is not valid UTF-8 at byte 3");
}

TEST_CASE("CheckLine: one line of at most 500 bytes", "[base]") {
  CHECK(CheckLine("x", std::string(kLineBytesMax, 'x')).ok());
  CHECK(ReasonOf(CheckLine("x", std::string(kLineBytesMax + 1, 'x'))) == "TEXT_TOO_LONG");
  CHECK(ReasonOf(CheckLine("x", "a\nb")) == "TEXT_CONTROL_CHARACTER");
  CHECK(ReasonOf(CheckLine("x", "")) == "TEXT_EMPTY");
  CHECK(CheckLine("x", "", /*may_be_empty=*/true).ok());
}

TEST_CASE("NearestWord: at most two edits away, the nearest first", "[base]") {
  const std::vector<std::string> words = {"early_warning", "notification", "final"};
  CHECK(NearestWord("final", words) == "final");
  CHECK(NearestWord("finl", words) == "final");
  CHECK(NearestWord("fianl", words) == "final");
  CHECK(NearestWord("notificatoin", words) == "notification");
  CHECK(NearestWord("fin", words) == "final");
  CHECK(NearestWord("fi", words).empty());
  CHECK(NearestWord("", words).empty());
  CHECK(NearestWord("final", {}).empty());
  CHECK(NearestWord("sev2x", {"sev1", "sev2"}) == "sev2");
}

}  // namespace tocsin
