#include "clients/core/terminal_text.h"

#include "tests/support/catch.h"

namespace tocsin::client {
namespace {

TEST_CASE("EscapeText: ordinary text of any language stays as it is", "[clients][terminal]") {
  for (const char* text :
       {"plain", "Zürich, ελληνικά, 日本語", "C:\\Users\\x", "50 % <b>", "👩‍🚒"}) {
    INFO(text);
    // The joiner inside an emoji is invisible and so comes out as an escape.
    if (std::string(text) == "👩‍🚒") {
      CHECK(EscapeText(text) == "👩\\u200d🚒");
    } else {
      CHECK(EscapeText(text) == text);
    }
  }
}

TEST_CASE("EscapeText: nothing that steers a terminal gets through", "[clients][terminal]") {
  CHECK(EscapeText("a\x1b[31mb") == "a\\x1b[31mb");
  CHECK(EscapeText("a\x07\x08\x7f") == "a\\x07\\x08\\x7f");
  CHECK(EscapeText("line1\nline2\ttab\r") == "line1\\nline2\\ttab\\r");
  CHECK(EscapeText("line1\nline2\r", Lines::kKeep) == "line1\nline2\\r");
  CHECK(EscapeText("\xc2\x9b"
                   "31m") == "\\u009b31m");                      // C1 control sequence introducer
  CHECK(EscapeText("\xe2\x80\xaetxt.exe") == "\\u202etxt.exe");  // right-to-left override
  CHECK(EscapeText("\xe2\x81\xa6x\xe2\x81\xa9") == "\\u2066x\\u2069");  // isolates
  CHECK(EscapeText("\xe2\x80\x8b") == "\\u200b");                       // zero-width space
  CHECK(EscapeText(std::string_view("\0", 1)) == "\\x00");
}

TEST_CASE("EscapeText: bytes that are not UTF-8 are shown", "[clients][terminal]") {
  CHECK(EscapeText("\xff") == "\\xff");
  CHECK(EscapeText("a\xc3") == "a\\xc3");
  CHECK(EscapeText("\xc0\x9b") == "\\xc0\\x9b");           // overlong
  CHECK(EscapeText("\xed\xa0\x80") == "\\xed\\xa0\\x80");  // surrogate
  CHECK(EscapeText("\xf4\x90\x80\x80") == "\\xf4\\x90\\x80\\x80");
}

TEST_CASE("DisplayWidth: wide characters count two, combining ones none", "[clients][terminal]") {
  CHECK(DisplayWidth("abc") == 3);
  CHECK(DisplayWidth("Zürich") == 6);
  CHECK(DisplayWidth("日本") == 4);
  CHECK(DisplayWidth("e\xcc\x81") == 1);
  CHECK(DisplayWidth("") == 0);
}

TEST_CASE("Truncate: cuts by columns, never inside a character", "[clients][terminal]") {
  CHECK(Truncate("abcdef", 6) == "abcdef");
  CHECK(Truncate("abcdef", 5) == "abcd…");
  CHECK(Truncate("日本語", 5) == "日本…");
  CHECK(Truncate("日本語", 4) == "日…");
  CHECK(Truncate("abc", 1) == "…");
  CHECK(Truncate("abc", 0).empty());
}

}  // namespace
}  // namespace tocsin::client
