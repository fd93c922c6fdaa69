#include "clients/chat/irc/irc_line.h"

#include <random>

#include "absl/strings/str_cat.h"
#include "server/base/text.h"
#include "tests/support/catch.h"

namespace tocsin::chat::irc {

using Strings = std::vector<std::string>;

TEST_CASE("IRC lines: tags, source, command and parameters are told apart", "[chat][irc]") {
  const auto message = ReadLine(
      "@account=ada;+x=1;time=2026-01-01T00:00:00Z;e=a\\:b\\sc\\\\d\\ne\\ :ada!u@h privmsg #war  "
      ":hi : there");
  REQUIRE(message);
  CHECK(message->Tag("account") == "ada");
  CHECK(message->Tag("+x") == "1");
  CHECK(message->Tag("e") == "a;b c\\d\ne");
  CHECK(message->Tag("none").empty());
  CHECK(message->Nick() == "ada");
  CHECK(message->command == "PRIVMSG");
  CHECK(message->params == Strings{"#war", "hi : there"});
  CHECK(ReadLine("PING x")->params == Strings{"x"});
  CHECK(ReadLine("QUIT")->params.empty());
  CHECK(ReadLine("A :")->params == Strings{""});
}

TEST_CASE("IRC lines: what is none is refused", "[chat][irc]") {
  using std::string_literals::operator""s;
  for (const std::string& line :
       {""s, " "s, "@a"s, ":x"s, "PRIV\0MSG a"s, "P-G a"s, "@" + std::string(9000, 'a') + " PING x",
        "PING :" + std::string(5000, 'x')}) {
    INFO(line.substr(0, 40));
    CHECK_FALSE(ReadLine(line));
  }
}

TEST_CASE("IRC lines: nothing that is written can begin a second line", "[chat][irc]") {
  using std::string_literals::operator""s;
  CHECK(*WriteLine("PRIVMSG", {"#war", "a\r\nQUIT :b\0c\x01\x03\x1F\x7F"s}) ==
        "PRIVMSG #war :aQUIT :bc\r\n");
  CHECK(*WriteLine("PRIVMSG", {"#war", ":)"}) == "PRIVMSG #war ::)\r\n");
  CHECK(*WriteLine("PRIVMSG", {"#war", ""}) == "PRIVMSG #war :\r\n");
  CHECK(*WriteLine("PRIVMSG", {"#war", "x"}, "label=1") == "@label=1 PRIVMSG #war x\r\n");
  // A target is never changed into another one.
  for (const std::string target : {"", "#a b", ":x", "#a\r\nQUIT", "#a\x01"}) {
    CHECK_FALSE(WriteLine("PRIVMSG", {target, "x"}));
  }
}

TEST_CASE("IRC lines: a line is cut to 512 bytes between characters", "[chat][irc]") {
  for (size_t before = 0; before < 4; ++before) {
    std::string text(before, 'x');
    for (int i = 0; i < 300; ++i) text += "\u20AC";
    const std::string line = *WriteLine("PRIVMSG", {"#war", text});
    CHECK(line.size() <= kLineBytesMax);
    CHECK(line.size() > kLineBytesMax - 4);
    CHECK(line.ends_with("\r\n"));
    CHECK(IsValidUtf8(line));
  }
}

TEST_CASE("IRC lines: names compare as servers compare them", "[chat][irc]") {
  CHECK(FoldCase("#War[]\\~") == FoldCase("#wAR{}|~"));
  CHECK(FoldCase("a^") == FoldCase("A~"));
  CHECK(FoldCase("#war") != FoldCase("#was"));
}

TEST_CASE("IRC text: formatting goes, what was written stays", "[chat][irc]") {
  CHECK(WrittenText("\x02"
                    "bold\x02 \x03"
                    "4,12red\x03 \x0F\x1Dx\x1F \x04"
                    "FF0000,00ff00y\x16z") == "bold red x yz");
  CHECK(WrittenText("\x03,5 a") == ",5 a");
  CHECK(WrittenText("\x03"
                    "12,a") == ",a");
  CHECK(WrittenText("a\tb") == "a b");
  CHECK(WrittenText("gr\xFC\xDF gr\u00FC\u00DF") == "gr\uFFFD\uFFFD gr\u00FC\u00DF");
  CHECK(WrittenText("\xE2\x82") == "\uFFFD\uFFFD");
  // Characters that reorder are the server's to refuse: it is told of them.
  CHECK(WrittenText("a\u202Eb") == "a\u202Eb");
}

TEST_CASE("IRC text: long texts are cut between words, and never within a character",
          "[chat][irc]") {
  CHECK(Wrap("a\n\n  \nb", 10) == Strings{"a", "b"});
  CHECK(Wrap("one two three", 8) == Strings{"one two", "three"});
  CHECK(Wrap("onetwothree", 4) == Strings{"onet", "woth", "ree"});
  CHECK(Wrap("", 4).empty());
  std::string euros;
  for (int i = 0; i < 100; ++i) euros += "\u20AC";
  std::string joined;
  for (const std::string& line : Wrap(euros, 10)) {
    CHECK(line.size() <= 10);
    CHECK(IsValidUtf8(line));
    joined += line;
  }
  CHECK(joined == euros);
}

TEST_CASE("IRC text: short lines share one", "[chat][irc]") {
  CHECK(Pack({"a", "b", "c"}, 9) == Strings{"a | b | c"});
  CHECK(Pack({"a", "b", "c"}, 8) == Strings{"a | b", "c"});
  CHECK(Pack({"abcd", "b"}, 4) == Strings{"abcd", "b"});
  CHECK(Pack({}, 4).empty());
}

TEST_CASE("IRC lines: random bytes are read without harm, and what is read can be written",
          "[chat][irc]") {
  std::mt19937 random(7);
  const std::string alphabet = "@:;=\\ !#ab1\x01\x03\xE2\x82\xAC,+";
  for (int round = 0; round < 20'000; ++round) {
    std::string line;
    const size_t size = random() % 60;
    for (size_t i = 0; i < size; ++i) line.push_back(alphabet[random() % alphabet.size()]);
    const auto message = ReadLine(line);
    CHECK(IsValidUtf8(WrittenText(line)));
    for (const std::string& part : Wrap(line, 1 + random() % 20)) CHECK_FALSE(part.empty());
    if (!message) continue;
    const auto written = WriteLine(message->command, message->params);
    if (!written) continue;
    CHECK(written->find('\n') == written->size() - 1);
    CHECK(written->find('\r') == written->size() - 2);
  }
}

}  // namespace tocsin::chat::irc
