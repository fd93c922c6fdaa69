#include "clients/report/plain_text.h"

#include "server/base/text.h"
#include "tests/support/catch.h"

namespace tocsin::report {
namespace {

using Lines = std::vector<std::string>;

TEST_CASE("OneLine: keeps text, takes away lines, control and reordering characters") {
  CHECK(OneLine("Straße \u6F22\u5B57 \U0001F600 C:\\x") == "Straße \u6F22\u5B57 \U0001F600 C:\\x");
  CHECK(OneLine("a\r\nb\tc") == "a  b c");
  CHECK(OneLine(std::string("\0\x1B\x7F", 3)) == "???");
  CHECK(OneLine("\u0085\u00AD\u061C\u200B\u2028\u202E\u2066\uFEFF\U000E0041") == "?????????");
}

TEST_CASE("OneLine: bytes that are not UTF-8 do not swallow their neighbours") {
  CHECK(OneLine("a\xFFz") == "a?z");
  CHECK(OneLine("a\xE2\x82") == "a??");
  CHECK(OneLine("a\xC0\xAFz") == "a??z");
  CHECK(OneLine("a\xED\xA0\x80z") == "a???z");
}

TEST_CASE("ColumnsOf: never less than a terminal or printer takes") {
  CHECK(ColumnsOf("Straße – … €") == 12);
  CHECK(ColumnsOf("\u6F22\u5B57") == 4);
  CHECK(ColumnsOf("\U0001F600") == 2);
  CHECK(ColumnsOf("") == 0);
}

TEST_CASE("Wrap: breaks at blanks, and inside a word only where it must") {
  CHECK(Wrap("", 5, 2) == Lines{""});
  CHECK(Wrap("abcde", 5, 2) == Lines{"abcde"});
  CHECK(Wrap("ab cde fg", 6, 9) == Lines{"ab cde", "fg"});
  CHECK(Wrap("ab cdef g", 6, 9) == Lines{"ab", "cdef g"});
  CHECK(Wrap("abcdefgh ij", 3, 9) == Lines{"abc", "def", "gh", "ij"});
  CHECK(Wrap("  a   b  ", 2, 9) == Lines{"a", "b"});
  CHECK(Wrap("\u6F22\u5B57\u6F22", 3, 9) == Lines{"\u6F22", "\u5B57", "\u6F22"});
}

TEST_CASE("Wrap: what does not fit is marked") {
  CHECK(Wrap("abcdef", 5, 1) == Lines{"abcd…"});
  CHECK(Wrap("abc def ghi", 4, 2) == Lines{"abc", "def…"});
  CHECK(Wrap("\u6F22\u5B57\u6F22", 4, 1) == Lines{"\u6F22…"});
}

}  // namespace
}  // namespace tocsin::report
