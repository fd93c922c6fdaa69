#include "clients/core/output.h"

#include "absl/strings/str_split.h"
#include "clients/core/terminal_text.h"
#include "tests/support/catch.h"
#include "tocsin/v1/common.pb.h"
#include "tocsin/v1/timeline.pb.h"

namespace tocsin::client {
namespace {

TEST_CASE("Table: columns are aligned by display width, no blanks at the end",
          "[clients][output]") {
  Table table({"#", "AUTHOR", "TEXT"});
  table.Add({"1", "@ada", "isolated fs01"});
  table.Add({"12", "日本", "x"});

  CHECK(table.Render({}) ==
        "#   AUTHOR  TEXT\n"
        "1   @ada    isolated fs01\n"
        "12  日本    x\n");
  CHECK(table.RenderBody({}) ==
        "1   @ada  isolated fs01\n"
        "12  日本  x\n");
}

TEST_CASE("Table: an entry's text stays on its line and in its colours", "[clients][output]") {
  Table table({"A", "B"});
  table.Add({"ok\n#99  @ciso  close it", "\x1b[2Jx"});

  const std::string text = table.Render({});

  CHECK(text ==
        "A                         B\n"
        "ok\\n#99  @ciso  close it  \\x1b[2Jx\n");
}

TEST_CASE("Table: only on a terminal is the last column cut", "[clients][output]") {
  Table table({"#", "TEXT"});
  table.Add({"1", "a text that is longer than the terminal"});

  CHECK(table.Render({.colour = false, .width = 30}) ==
        "#  TEXT\n1  a text that is longer than…\n");
  CHECK(table.Render({.colour = false, .width = 0}) ==
        "#  TEXT\n1  a text that is longer than the terminal\n");
  CHECK(table.Render({.colour = false, .width = 26}) == "#  TEXT\n1  a text that is longer …\n");
}

TEST_CASE("Table: what does not fit side by side goes on in indented lines", "[clients][output]") {
  Table table({"OBLIGATION", "STATE", "DUE", "WHAT"});
  table.Add({"nis2.early_warning", "open, provisional", "in 23 h 54 min (29 Nov 00:33 UTC)",
             "Early warning (NIS2 23(4)(a))"});
  table.Add({"nis2.progress", "", "", "Progress report"});

  CHECK(table.Render({.colour = false, .width = 80}) ==
        "OBLIGATION          STATE              DUE\n"
        "      WHAT\n"
        "nis2.early_warning  open, provisional  in 23 h 54 min (29 Nov 00:33 UTC)\n"
        "      Early warning (NIS2 23(4)(a))\n"
        "nis2.progress\n"
        "      Progress report\n");
  CHECK(table.Render({.colour = false, .width = 40}) ==
        "OBLIGATION          STATE\n"
        "      DUE  WHAT\n"
        "nis2.early_warning  open, provisional\n"
        "      in 23 h 54 min (29 Nov 00:33 UTC)\n"
        "      Early warning (NIS2 23(4)(a))\n"
        "nis2.progress\n"
        "      Progress report\n");
  for (size_t width = 1; width < 130; ++width) {
    const std::string text = table.Render({.colour = false, .width = width});
    for (absl::string_view line : absl::StrSplit(text, '\n')) {
      // Below this a cell has no place at all beside the indentation.
      if (width > 7) CHECK(DisplayWidth(std::string(line)) <= width);
    }
  }
}

TEST_CASE("Table: colours only when asked for, and they do not move columns", "[clients][output]") {
  Table table({"STATE", "TEXT"});
  table.Add({{"missed", Colour::kRed}, "x"});

  CHECK(table.Render({}) == "STATE   TEXT\nmissed  x\n");
  CHECK(table.Render({.colour = true, .width = 0}) ==
        "\x1b[1mSTATE\x1b[0m   \x1b[1mTEXT\x1b[0m\n\x1b[31mmissed\x1b[0m  x\n");
}

TEST_CASE("ToJson: names of the proto file, every field, safe in a line", "[clients][output]") {
  v1::Entry entry;
  entry.set_sequence(17);
  entry.set_text("a\nb\x1b");

  const std::string json = ToJson(entry, /*indent=*/false);

  CHECK_THAT(json, ContainsSubstring("\"sequence\":\"17\""));
  CHECK_THAT(json, ContainsSubstring("\"retracted_by\":\"0\""));
  CHECK_THAT(json, ContainsSubstring("\"text\":\"a\\nb\\u001b\""));
  CHECK(json.find('\n') == std::string::npos);
  CHECK(ToJson(entry, /*indent=*/true).find('\n') != std::string::npos);
}

TEST_CASE("ParseOutputFormat: six words and no other", "[clients][output]") {
  CHECK(ParseOutputFormat("table") == OutputFormat::kTable);
  CHECK(ParseOutputFormat("json") == OutputFormat::kJson);
  CHECK(ParseOutputFormat("jsonl") == OutputFormat::kJsonl);
  CHECK(ParseOutputFormat("id") == OutputFormat::kId);
  CHECK(ParseOutputFormat("wide") == OutputFormat::kWide);
  CHECK(ParseOutputFormat("yaml") == OutputFormat::kYaml);
  CHECK_FALSE(ParseOutputFormat("xml"));
}

}  // namespace
}  // namespace tocsin::client
