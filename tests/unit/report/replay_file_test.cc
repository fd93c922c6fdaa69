#include "clients/cli/replay_file.h"

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "server/base/error.h"
#include "tests/support/catch.h"

namespace tocsin::cli {
namespace {

constexpr const char* kHead =
    R"({"type":"incident","slug":"s","title":"T","organisation":"O","sector":"x","countries":)"
    R"(["NL"],"time_zone":"Europe/Amsterdam","summary":"S","sources":["https://a.example"],)"
    R"("confidence":"high"})";

std::string Event(const std::string& at, const std::string& precision,
                  const std::string& more = "") {
  return absl::StrCat(R"({"type":"event","occurred_at":")", at, R"(","precision":")", precision,
                      R"(","kind":"action","actor":"soc","text":"Did it","source":"memory")", more,
                      "}");
}

// A file of 40 lines whose line 17 is `line`.
std::string Forty(const std::string& line) {
  std::vector<std::string> lines(40, Event("2020-01-05", "day"));
  lines[0] = kHead;
  lines[16] = line;
  return absl::StrJoin(lines, "\n") + "\n";
}

std::string Refusal(const std::string& content) {
  const auto file = ParseReplayFile("f.jsonl", content);
  REQUIRE_FALSE(file.ok());
  CHECK(ReasonOf(file.status()) == "BAD_INCIDENT_FILE");
  CHECK(absl::StrContains(NextStepOf(file.status()), "nothing was sent"));
  return std::string(file.status().message());
}

std::string OnLine17(const std::string& line) {
  const std::string message = Refusal(Forty(line));
  const std::string place = "f.jsonl:17: line 17 of 40: ";
  INFO(message);
  REQUIRE(absl::StartsWith(message, place));
  return message.substr(place.size());
}

std::string Load(const std::string& name) {
  std::ifstream file(absl::StrCat(TOCSIN_SOURCE_DIR, "/playbooks/drills/replays/", name),
                     std::ios::binary);
  REQUIRE(file.good());
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST_CASE("ParseReplayFile: every line of the four real files gets in") {
  struct Expected {
    const char* name;
    int lines;
    size_t events, impacts, lessons;
  };
  for (const Expected& expected : {Expected{"cloudflare-thanksgiving-2023.jsonl", 37, 27, 7, 2},
                                   Expected{"gitlab-database-outage-2017.jsonl", 34, 26, 5, 2},
                                   Expected{"hse-ireland-2021.jsonl", 45, 35, 7, 2},
                                   Expected{"maastricht-university-2019.jsonl", 36, 27, 6, 2}}) {
    INFO(expected.name);
    const auto file = ParseReplayFile(expected.name, Load(expected.name));
    REQUIRE(file.status().ToString() == "OK");
    CHECK(file->lines == expected.lines);
    CHECK(file->events.size() == expected.events);
    CHECK(file->impacts.size() == expected.impacts);
    CHECK(file->lessons.size() == expected.lessons);
    int line = 1;
    for (const auto& event : file->events) CHECK(event.line == ++line);
    for (const auto& impact : file->impacts) CHECK(impact.line == ++line);
    for (const auto& lesson : file->lessons) CHECK(lesson.line == ++line);
  }
}

TEST_CASE("ParseReplayFile: keeps times as exact as they are stated") {
  const auto file = ParseReplayFile(
      "f", absl::StrCat(
               kHead, "\n", Event("2020-07-01", "month"), "\n", Event("2020-07-05", "day"), "\n",
               Event("2020-07-05T14:00:00+02:00", "minute", R"(,"approximate":true,"note":"n")")));

  REQUIRE(file.status().ToString() == "OK");
  CHECK(absl::FormatTime(file->events[0].occur_time, absl::UTCTimeZone()) ==
        "2020-06-30T22:00:00+00:00");
  CHECK(file->events[0].precision == Precision::kMonth);
  CHECK(absl::FormatTime(file->events[1].occur_time, absl::UTCTimeZone()) ==
        "2020-07-04T22:00:00+00:00");
  CHECK(absl::FormatTime(file->events[2].occur_time, absl::UTCTimeZone()) ==
        "2020-07-05T12:00:00+00:00");
  CHECK(file->events[2].stated == "2020-07-05T14:00:00+02:00");
  CHECK(file->events[2].attributes.at("approximate") == "true");
  CHECK(file->events[2].attributes.at("note") == "n");
  CHECK(file->events[2].attributes.at("actor") == "soc");
}

TEST_CASE("ParseReplayFile: a broken line 17 of 40 is named") {
  CHECK(OnLine17("{\"type\":\"event\",") == "is not valid JSON in UTF-8");
  CHECK(OnLine17("") == "is empty");
  CHECK(OnLine17("[1]") == "is not an object");
  CHECK(OnLine17(R"({"type":"event","type":"event"})") == "a key stands twice in one object");
  CHECK(OnLine17(R"({"type":"note"})") == "type is not incident, event, impact or lesson");
  CHECK(OnLine17(R"({"text":"x"})") == "type is missing");
  CHECK(OnLine17(kHead) == "line 1, and no other, has type incident");
  CHECK(OnLine17("\xFF\xFE") == "is not UTF-8");
  CHECK(OnLine17(std::string(kReplayLineBytesMax + 1, 'x')) == "is longer than 65536 bytes");
}

TEST_CASE("ParseReplayFile: refuses fields that are wrong, missing or unknown") {
  const std::string good = Event("2020-01-05", "day");
  CHECK(OnLine17(absl::StrReplaceAll(good, {{R"("text":"Did it",)", ""}})) == "text is missing");
  CHECK(OnLine17(absl::StrReplaceAll(good, {{"\"Did it\"", "7"}})) == "text is not a text");
  CHECK(absl::StrContains(OnLine17(absl::StrReplaceAll(good, {{"Did it", "\\u0007"}})),
                          "control character"));
  CHECK(OnLine17(absl::StrReplaceAll(good, {{"\"source\"", "\"sorce\""}})) ==
        "unknown field 'sorce'; did you mean source?");
  CHECK(absl::StrContains(OnLine17(absl::StrReplaceAll(good, {{"\"action\"", "\"acton\""}})),
                          "action"));
  CHECK(OnLine17(Event("2020-01-05", "day", R"(,"note":{})")) ==
        "note is not a text, a number, true or false");
}

TEST_CASE("ParseReplayFile: refuses times that contradict their precision or the order") {
  const std::string no_date =
      "occurred_at is not a date as in 2019-12-23, which precision day or month needs";
  CHECK(OnLine17(Event("2020-01-05T10:00:00Z", "day")) == no_date);
  CHECK(OnLine17(Event("2020-02-30", "day")) == no_date);
  CHECK(OnLine17(Event("2020-02-02", "month")) ==
        "with precision month, occurred_at is the first day of the month");
  CHECK_FALSE(OnLine17(Event("2020-01-05", "minute")).empty());
  CHECK_FALSE(OnLine17(Event("2020-01-05T10:00:00", "minute")).empty());
  CHECK(OnLine17(Event("2020-01-04", "day")) ==
        "occurred_at 2020-01-04 lies before the event above it; events stand in time order");
}

TEST_CASE("ParseReplayFile: a coarse time may follow a finer one of the same day") {
  const std::string head = absl::StrCat(kHead, "\n");
  CHECK(ParseReplayFile(
            "f", head + Event("2020-01-05T10:00:00Z", "minute") + "\n" + Event("2020-01-05", "day"))
            .ok());
  CHECK_FALSE(ParseReplayFile("f", head + Event("2020-01-05T10:02:00Z", "minute") + "\n" +
                                       Event("2020-01-05T10:00:00Z", "minute"))
                  .ok());
}

TEST_CASE("ParseReplayFile: refuses a bad header, late events and an empty file") {
  CHECK(Refusal("") == "f.jsonl: the file is empty");
  CHECK(Refusal(Event("2020-01-05", "day")) ==
        "f.jsonl:1: line 1 of 1: line 1, and no other, has type incident");
  CHECK(Refusal(absl::StrReplaceAll(kHead, {{"Europe/Amsterdam", "Europe/Atlantis"}})) ==
        "f.jsonl:1: line 1 of 1: time_zone Europe/Atlantis is not a known zone");
  CHECK(Refusal(absl::StrReplaceAll(kHead, {{R"(["NL"])", R"("NL")"}})) ==
        "f.jsonl:1: line 1 of 1: countries is not a list");
  const std::string lesson = R"({"type":"lesson","text":"L","source":"memory"})";
  CHECK(Refusal(absl::StrCat(kHead, "\n", lesson, "\n", Event("2020-01-05", "day"))) ==
        "f.jsonl:3: line 3 of 3: an event stands after the impact and lesson lines; events come "
        "first");
}

}  // namespace
}  // namespace tocsin::cli
