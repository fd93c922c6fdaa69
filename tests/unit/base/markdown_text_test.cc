#include "server/base/markdown_text.h"

#include "tests/support/catch.h"

namespace tocsin::markdown {

TEST_CASE("Inert: escapes what Markdown reads and keeps the words") {
  CHECK(Inert("plain words, 12:30 (ok)") == "plain words, 12:30 (ok)");
  CHECK(Inert("# a") == "\\# a");
  CHECK(Inert("- a") == "\\- a");
  CHECK(Inert("1. a") == "1\\. a");
  CHECK(Inert("1) a") == "1\\) a");
  CHECK(Inert("a | b") == "a \\| b");
  CHECK(Inert("<b>&amp;") == "\\<b\\>\\&amp;");
  CHECK(Inert("two\nlines") == "two \u23CE lines");
  CHECK(Inert("http://x.example") == "http\\://x.example");
  CHECK(Inert("www.x.example") == "www\\.x.example");
  CHECK(Inert("naïve Zürich") == "naïve Zürich");
  CHECK(Inert(" \n ") == "");
}

TEST_CASE("Inert: shows characters that hide or reorder text") {
  CHECK(Inert("a\u202Eb") == "a\\\\u202Eb");
  CHECK(Inert("a\x1B[2J") == "a\\\\u001B\\[2J");
  CHECK(Inert("a\xFF"
              "b") == "a\\\\uFFFDb");
}

TEST_CASE("CodeSpan: cannot be left from inside") {
  CHECK(CodeSpan("a`b|c") == "`a'b'c`");
  CHECK(CodeSpan("").empty());
}

TEST_CASE("SourceLink: links only plain addresses of the web") {
  CHECK(SourceLink("https://a.example/x?y=1") == "<https://a.example/x?y=1>");
  CHECK(SourceLink("javascript:alert(1)") == "javascript\\:alert(1)");
  CHECK(SourceLink("https://a.example/|x") == "https\\://a.example/\\|x");
  CHECK(SourceLink("memory") == "memory");
}

}  // namespace tocsin::markdown
