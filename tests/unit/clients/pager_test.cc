#include "clients/core/pager.h"

#include <fstream>
#include <iterator>
#include <map>

#include "absl/strings/str_cat.h"
#include "tests/support/catch.h"
#include "tests/support/scratch_directory.h"

namespace tocsin::client {
namespace {

std::string CommandIn(std::map<std::string, std::string> variables) {
  return PagerCommand(
      [variables = std::move(variables)](const std::string& name) -> std::optional<std::string> {
        const auto found = variables.find(name);
        if (found == variables.end()) return std::nullopt;
        return found->second;
      });
}

std::string Content(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

TEST_CASE("Pager: the own variable, then PAGER, then less; empty or cat means none",
          "[clients][pager]") {
  CHECK(CommandIn({{"TERM", "xterm"}}) == "less");
  CHECK(CommandIn({{"TERM", "xterm"}, {"PAGER", "more"}}) == "more");
  CHECK(CommandIn({{"TERM", "xterm"}, {"PAGER", "more"}, {"TOCSIN_PAGER", "less -S"}}) ==
        "less -S");
  CHECK(CommandIn({{"TERM", "xterm"}, {"PAGER", "more"}, {"TOCSIN_PAGER", ""}}).empty());
  CHECK(CommandIn({{"TERM", "xterm"}, {"PAGER", "cat"}}).empty());
  CHECK(CommandIn({{"TERM", "dumb"}, {"PAGER", "more"}}).empty());
  CHECK(CommandIn({{"PAGER", "more"}}).empty());
}

TEST_CASE("Pager: rows are counted as the terminal shows them", "[clients][pager]") {
  CHECK(RowsOf("", 80) == 1);
  CHECK(RowsOf("one\ntwo\n", 80) == 2);
  CHECK(RowsOf("one\n\nthree", 80) == 3);
  CHECK(RowsOf(std::string(81, 'x') + "\n", 80) == 2);
  CHECK(RowsOf("\x1b[31m" + std::string(80, 'x') + "\x1b[0m\n", 80) == 1);
  CHECK(RowsOf("日本語\n", 3) == 2);
  CHECK(RowsOf("one\n", 0) == 1);
}

TEST_CASE("Pager: it gets the whole text, and the text stays ours when it cannot run",
          "[clients][pager]") {
  const ScratchDirectory scratch;
  std::string text;
  for (int i = 0; i < 50'000; ++i) absl::StrAppend(&text, "line ", i, "\n");

  CHECK(ShowInPager(absl::StrCat("cat > ", scratch.Path("shown")), text));
  CHECK(Content(scratch.Path("shown")) == text);

  CHECK_FALSE(ShowInPager("no-such-pager-at-all 2>/dev/null", text));
}

TEST_CASE("Pager: one that is left before the end is no error", "[clients][pager]") {
  const ScratchDirectory scratch;
  const std::string text(4 << 20, 'x');
  CHECK(ShowInPager(absl::StrCat("head -c 10 > ", scratch.Path("shown")), text));
  CHECK(Content(scratch.Path("shown")) == std::string(10, 'x'));
  CHECK(ShowInPager("exit 1", text));
}

}  // namespace
}  // namespace tocsin::client
