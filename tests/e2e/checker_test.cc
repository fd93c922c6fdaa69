// The controls of the end-to-end tests: their checkers must find what is wrong, and the harness
// must see how a program ends.
#include <openssl/sha.h>

#include "absl/strings/str_cat.h"
#include "tests/e2e/history_check.h"
#include "tests/e2e/log_proof.h"
#include "tests/e2e/process.h"
#include "tests/support/catch.h"

namespace tocsin::e2e {
namespace {

const std::vector<Acknowledged> kAnswers = {
    {"INC-1", "a", 2}, {"INC-1", "b", 0}, {"INC-2", "c", 1}};

std::vector<Recorded> GoodRecord() {
  return {{"INC-1", 1, "declared"}, {"INC-1", 2, "a"}, {"INC-1", 3, "b"}, {"INC-2", 1, "c"}};
}

std::string Hash(const std::string& data) {
  std::string hash(SHA256_DIGEST_LENGTH, '\0');
  ::SHA256(reinterpret_cast<const unsigned char*>(data.data()), data.size(),
           reinterpret_cast<unsigned char*>(hash.data()));
  return hash;
}

std::string Leaf(int number) {
  return Hash(absl::StrCat(std::string(1, '\0'), "leaf ", number));
}

std::string Join(const std::string& left, const std::string& right) {
  return Hash(absl::StrCat("\x01", left, right));
}

}  // namespace

TEST_CASE("CheckHistory: a true record has nothing wrong", "[e2e][checker]") {
  const Verdict verdict = CheckHistory(kAnswers, GoodRecord());

  CHECK(verdict.lost.empty());
  CHECK(verdict.duplicated.empty());
  CHECK(verdict.misplaced.empty());
}

TEST_CASE("CheckHistory: one lost and one duplicated entry are both found", "[e2e][checker]") {
  std::vector<Recorded> record = GoodRecord();
  record[1].text = "b";

  const Verdict verdict = CheckHistory(kAnswers, record);

  CHECK(verdict.lost == std::vector<std::string>{"INC-1: a"});
  CHECK(verdict.duplicated == std::vector<std::string>{"INC-1: b, 2 times"});
}

TEST_CASE("CheckHistory: a gap, a swap and a moved entry are found", "[e2e][checker]") {
  std::vector<Recorded> gap = GoodRecord();
  gap[2].sequence = 4;
  std::vector<Recorded> swapped = GoodRecord();
  std::swap(swapped[1].text, swapped[2].text);
  std::vector<Recorded> moved = GoodRecord();
  std::swap(moved[2].text, moved[3].text);

  CHECK(CheckHistory(kAnswers, gap).misplaced.size() == 1);
  CHECK(CheckHistory(kAnswers, swapped).misplaced.size() == 1);
  CHECK(CheckHistory(kAnswers, moved).misplaced.size() == 2);
}

TEST_CASE("Includes: only the right leaf at the right place is in a tree of three",
          "[e2e][checker]") {
  const std::string left = Join(Leaf(0), Leaf(1));
  const Head head{.origin = "log", .size = 3, .root = Join(left, Leaf(2))};

  CHECK(Includes(head, Leaf(0), 0, {Leaf(1), Leaf(2)}));
  CHECK(Includes(head, Leaf(2), 2, {left}));
  CHECK_FALSE(Includes(head, Leaf(1), 0, {Leaf(1), Leaf(2)}));
  CHECK_FALSE(Includes(head, Leaf(0), 1, {Leaf(1), Leaf(2)}));
  CHECK_FALSE(Includes(head, Leaf(0), 0, {Leaf(1)}));
  CHECK_FALSE(Includes(head, Leaf(2), 3, {left}));
}

TEST_CASE("Extends: a tree extends only its own beginning", "[e2e][checker]") {
  const std::string left = Join(Leaf(0), Leaf(1));
  const Head two{.origin = "log", .size = 2, .root = left};
  const Head three{.origin = "log", .size = 3, .root = Join(left, Leaf(2))};
  const Head four{.origin = "log", .size = 4, .root = Join(left, Join(Leaf(2), Leaf(3)))};
  const Head other{.origin = "log", .size = 2, .root = Join(Leaf(0), Leaf(9))};

  CHECK(Extends(two, three, {Leaf(2)}));
  CHECK(Extends(three, four, {Leaf(2), Leaf(3), left}));
  CHECK(Extends(two, two, {}));
  CHECK_FALSE(Extends(other, three, {Leaf(2)}));
  CHECK_FALSE(Extends(other, two, {}));
  CHECK_FALSE(Extends(four, three, {Leaf(2)}));
  CHECK_FALSE(Extends(three, four, {Leaf(2), left}));
}

TEST_CASE("ReadNote: only a note signed by the given key is read", "[e2e][checker]") {
  // Signed with `openssl pkeyutl -sign -rawin`.
  const std::string key =
      "tocsin.example/log+5a4ad5d3+AUaM244sR8GPTnXIDb5eWH5tcyHSi63de7guzXTviFOK";
  const std::string note =
      "tocsin.example/log\n"
      "7\n"
      "O6jQKxb9KgHBqLoaHwNtfOOG7ZU2lvpXMxwqxIqAslU=\n"
      "\n"
      "— tocsin.example/log "
      "WkrV01Ex0sEB4iXIf2GzO74st0m/JxUMcGvIXU8wcqoy2njn6TOlQUVoth+xXUX004rXPrQYFv8oQagORj44pYT/"
      "6AM=\n";

  const auto head = ReadNote(note, key);

  REQUIRE(head.has_value());
  CHECK(head->origin == "tocsin.example/log");
  CHECK(head->size == 7);
  std::string other = note;
  other[other.find("\n7\n") + 1] = '8';
  CHECK_FALSE(ReadNote(other, key).has_value());
  CHECK_FALSE(ReadNote(note, "another/log" + key.substr(key.find('+'))).has_value());
}

TEST_CASE("Run: exit code, output, input and environment are the program's", "[e2e][process]") {
  const Exit exit = Run({.arguments = {"/bin/sh", "-c", "cat; echo $WORD >&2; exit 3"},
                         .environment = {{"WORD", "hello"}},
                         .input = "from the test"});

  CHECK(exit.code == 3);
  CHECK(exit.out == "from the test");
  CHECK(exit.err == "hello\n");
}

TEST_CASE("Process: output is waited for, a signal ends it, and its limit of files holds",
          "[e2e][process]") {
  const TempDir dir;
  Process process({.arguments = {"/bin/sh", "-c", "ulimit -n; cat /dev/zero"},
                   .environment = {{"PATH", "/bin:/usr/bin"}},
                   .files_max = 64},
                  dir.File("err"));

  CHECK(process.WaitForOutput([](const std::string& out) { return out.find('\n') != out.npos; },
                              absl::Seconds(20)));
  CHECK(process.output().substr(0, 3) == "64\n");
  process.Signal(9);
  CHECK(process.Wait(absl::Seconds(20)) == 128 + 9);
  CHECK_FALSE(process.WaitForOutput([](const std::string&) { return false; }, absl::Seconds(20)));
}

}  // namespace tocsin::e2e
