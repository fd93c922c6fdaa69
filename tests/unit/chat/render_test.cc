#include "clients/chat/conversation/render.h"

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/base/text.h"
#include "tests/support/catch.h"

namespace tocsin::chat {
namespace {

Blocks Hostile(const std::string& text) {
  return {Heading(text),      Text(text), Fields({{text, text}}),
          List({text, text}), Code(text), Buttons({{text, text}})};
}

}  // namespace

TEST_CASE("Render: characters that hide, reorder or control are shown in every form") {
  for (const std::string& text :
       std::vector<std::string>{"a\u202Eb", "a\u200Bb", "a\u2066b", "a\x1B[2Jb", "a\rb",
                                std::string("a\0b", 3), "a\u0085b",
                                "a\xFF"
                                "b",
                                "a\uFEFFb"}) {
    for (const std::string& rendered :
         {RenderPlain(Hostile(text)), RenderMarkdown(Hostile(text)), RenderHtml(Hostile(text))}) {
      CHECK_FALSE(absl::StrContains(rendered, text));
      CHECK(IsValidUtf8(rendered));
      for (const char c : rendered) {
        CHECK((static_cast<unsigned char>(c) >= 0x20 || c == '\n'));
      }
    }
  }
}

TEST_CASE("Render: a line break in a heading, field or item begins no line of its own") {
  const Blocks blocks = {Heading("a\n# b"), Fields({{"k\n", "v\nINC-1 closed"}}), List({"x\n- y"})};
  CHECK(RenderPlain(blocks) == "a\\n# b\nk\\n: v\\nINC-1 closed\n- x\\n- y");
}

TEST_CASE("Render: Markdown in a text does nothing") {
  const std::string text = "**b** [x](https://evil.example) `c` # h <b> | ~~s~~ ![i](u)";
  const std::string out = RenderMarkdown({Text(text)});
  CHECK_FALSE(absl::StrContains(out, "[x]("));
  CHECK_FALSE(absl::StrContains(out, "**b**"));
  CHECK_FALSE(absl::StrContains(out, "<b>"));
  CHECK_THAT(out, ContainsSubstring("\\[x\\]"));
}

TEST_CASE("Render: a code block cannot be left by the fence in its text") {
  const std::string out = RenderMarkdown({Code("a\n```\nb\n`````\nc")});
  CHECK(absl::StartsWith(out, "``````\n"));
  CHECK(absl::EndsWith(out, "\n``````"));
}

TEST_CASE("Render: HTML in a text does nothing") {
  const std::string out = RenderHtml(Hostile("<img src=x onerror=\"alert('1')\">&amp;"));
  CHECK_FALSE(absl::StrContains(out, "<img"));
  CHECK_FALSE(absl::StrContains(out, "\""));
  CHECK_THAT(
      out, ContainsSubstring("&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;amp;"));
}

TEST_CASE("Render: nobody is pinged by what somebody wrote") {
  for (const char* ping : {"@all", "@channel", "@here", "@room", "@ada"}) {
    CHECK_FALSE(absl::StrContains(RenderMarkdown({Text(absl::StrCat("x ", ping, " y"))}), ping));
    CHECK_FALSE(absl::StrContains(RenderHtml({Text(absl::StrCat("x ", ping, " y"))}), ping));
  }
}

TEST_CASE("CutTo: never within a character") {
  CHECK(CutTo("abc", 3) == "abc");
  CHECK(CutTo("ééé", 6) == "ééé");
  for (size_t bytes = 3; bytes < 20; ++bytes) {
    const std::string cut = CutTo("ééééééééééééé", bytes);
    CHECK(cut.size() <= bytes);
    CHECK(IsValidUtf8(cut));
    CHECK(absl::EndsWith(cut, "…"));
  }
}

}  // namespace tocsin::chat
