#include "clients/report/markdown.h"

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "clients/report/compose.h"
#include "clients/report/key_times.h"
#include "server/base/encoding.h"
#include "tests/support/catch.h"
#include "tests/unit/report/sample_text.h"

namespace tocsin::report {
namespace {

using nlohmann::json;

std::string Render(const json& text) {
  const auto bundle = ReadBundle(text.dump());
  REQUIRE(bundle.ok());
  return RenderMarkdown(Compose(*bundle, Profiles().at("technical"), Languages().at("en"),
                                absl::FixedTimeZone(2 * 3600)));
}

bool Has(const std::string& document, const std::string& part) {
  return absl::StrContains(document, part);
}

// An entry about EV-1 as the server serves it: `event` is its body's message, in hexadecimal.
json AboutEvidence(uint64_t sequence, const std::string& type, const std::string& event) {
  const int number = type == "evidence-added"    ? 96
                     : type == "evidence-moved"  ? 97
                     : type == "evidence-stored" ? 98
                                                 : 99;
  const std::string body = *HexDecode(event);
  std::string whole = {'\x10', '\x01', static_cast<char>((number << 3 | 2) & 0x7f | 0x80),
                       static_cast<char>(number >> 4), static_cast<char>(body.size())};
  whole += body;
  return {{"body", Base64Encode(whole)},
          {"view",
           {{"sequence", std::to_string(sequence)},
            {"type", type},
            {"author", "@ada"},
            {"text", "served"},
            {"tlp", "TLP_AMBER"},
            {"attributes", {{"to", "@bob"}, {"name", "forged"}}},
            {"record_time", absl::StrCat("2026-06-10T09:0", sequence % 10, ":00Z")}}}};
}

// Field 1 "EV-1": stored, with what the report has from elsewhere left out, and retrieved.
constexpr char kOfItem[] = "0a0445562d31";
// Fields 1 "EV-1", 2 "fs01.dd", 3 4096, 4 32 bytes of 0xab, 6 "fs01".
const std::string kAdded = absl::StrCat("0a0445562d31", "1207667330312e6464", "188020", "2220",
                                        std::string(64, 'a'), "320466733031");
// Fields 1 "EV-1", 2 transferred, 4 a person, 5 "lab".
const std::string kToBob =
    absl::StrCat("0a0445562d31", "1002", "2210", std::string(32, '1'), "2a036c6162");
// Fields 1 "EV-1", 2 returned, 3 "her".
constexpr char kToHer[] = "0a0445562d3110031a03686572";

TEST_CASE("RenderMarkdown: evidence is what the bodies say, with the entry of each step") {
  json bundle = SampleBundle();
  bundle["entries"].push_back(AboutEvidence(11, "evidence-added", kAdded));
  bundle["entries"].push_back(AboutEvidence(12, "evidence-moved", kToBob));
  const std::string held = Render(bundle);
  INFO(held);
  CHECK(Has(held, "## Evidence\n"));
  CHECK(Has(held, "| `EV-1` | fs01.dd | 4096 | `@bob` | `" + std::string(64, 'a') + "` | fs01 |"));
  CHECK(
      Has(held, "collected by `@ada` (#11); 2026-06-10 09:02:00 transferred to `@bob`: lab (#12)"));
  CHECK_FALSE(Has(held, "| `EV-1` | forged"));

  // A copy in the server is in the chain and changes no hands.
  json copied = bundle;
  copied["entries"].push_back(AboutEvidence(13, "evidence-stored", kOfItem));
  copied["entries"].push_back(AboutEvidence(14, "evidence-retrieved", kOfItem));
  const std::string chain = Render(copied);
  CHECK(Has(chain, "| `EV-1` | fs01.dd | 4096 | `@bob` |"));
  CHECK(Has(chain,
            "(#12); 2026-06-10 09:03:00 stored in the server by `@ada` (#13); "
            "2026-06-10 09:04:00 retrieved from the server by `@ada` (#14)"));

  bundle["entries"].push_back(AboutEvidence(13, "evidence-moved", kToHer));
  CHECK(Has(Render(bundle), "| 4096 | returned to her | `"));

  // Without the entry that says what it is, nothing is said of it.
  bundle["entries"].erase(bundle["entries"].size() - 3);
  CHECK_FALSE(Has(Render(bundle), "| `EV-1` |"));
}

TEST_CASE("RenderMarkdown: holds every part of the record") {
  const std::string document = Render(SampleBundle());

  INFO(document);
  CHECK(absl::StartsWith(document, "# DRILL: Post-mortem INC-2026-0001: Ransomware\n"));
  CHECK(Has(document, "**This was a drill, not a real incident.**"));
  CHECK(Has(document, "| Log | 9 entries, root `AAAA` |"));
  CHECK(Has(document, "Servers were encrypted."));
  CHECK(Has(document, "Backups held."));
  CHECK(Has(document, "<https://example.org/a>, <https://example.org/b>"));
  CHECK(Has(document, "| Users affected | 25000 | #3 |"));
  CHECK(Has(document, "| aware | 2026-06-10 08:15:00 | anchor stated by `@ada` | #2 |"));
  CHECK(Has(document, "| aware to declared | 15 min |"));
  CHECK(Has(document, "| declared to closed | 1 d |"));
  CHECK(Has(document,
            "| Early warning | 23(4)(a) | aware 2026-06-10 08:15:00 | 2026-06-11 08:15:00 | "
            "2026-06-11 09:15:00 | 1 h: portal down | CC-7 | met |"));
  CHECK(Has(document, "- early\\_warning: aware + 24 h (rule `due.hours:24:aware`, pack 1)"));
  CHECK(Has(document,
            "| 2 | 2026-06-10 (day) | 2026-06-10 08:40:00 | action | `@bob` | ~~Isolated 12 "
            "hosts~~ **corrected by \\#3:** Isolated 14 hosts | <https://example.org/x> |"));
  CHECK(Has(document, "~~We do not pay~~ **retracted by \\#5**"));
  CHECK(Has(document, "## Decisions\n"));
  CHECK(Has(document, "| Pay | **skipped** |  |  | not needed |"));
  CHECK(Has(document, "| Restore | open |"));
  CHECK(Has(document, "### Where we were lucky\n\n- It was a Sunday (`@ada`, #6)"));
  CHECK(
      Has(document, "| `action-1` | Keep a copy off line | `@bob` | 2026-07-01 00:00:00 | open |"));
  CHECK(Has(document, "```text\ntocsin.example\n9\nAAAA\n\n— tocsin.example BBBB\n```"));
  CHECK(Has(document, "`tocsin.example+00000000+CCCC`"));
}

TEST_CASE("RenderMarkdown: the same bundle gives the same bytes") {
  CHECK(Render(SampleBundle()) == Render(SampleBundle()));
}

TEST_CASE("RenderMarkdown: what the record does not hold is left out or said") {
  json bundle = SampleBundle();
  bundle["obligations"] = json::array();
  bundle["runs"] = json::array();
  bundle["review"] = {{"state", "none"}};
  bundle["incident"]["impact"] = json::array();
  bundle["incident"]["attributes"] = json::object();

  const std::string document = Render(bundle);

  CHECK_FALSE(Has(document, "## Obligations"));
  CHECK_FALSE(Has(document, "## Playbook run"));
  CHECK_FALSE(Has(document, "## Evidence"));
  CHECK(Has(document, "## Review\n\nNone held."));
  CHECK(Has(document, "## Impact\n\nNone recorded."));
  CHECK(Has(document, "## Summary\n\nNone recorded."));
}

TEST_CASE("RenderMarkdown: hostile text stays inert wherever it stands") {
  const std::string hostile =
      "x | y\n# Owned\n<script>alert(1)</script> [a](http://evil.example) ![i](x) `c` **b** "
      "www.evil.example";
  json bundle = SampleBundle();
  bundle["incident"]["title"] = hostile;
  bundle["organisation"] = hostile;
  bundle["exported_by"] = hostile;
  bundle["incident"]["attributes"]["summary"] = hostile;
  bundle["incident"]["attributes"]["sources"] = hostile;
  bundle["incident"]["impact"][0]["value"] = hostile;
  bundle["incident"]["anchors"][0]["stated_by"] = hostile;
  bundle["obligations"][0]["late_reason"] = hostile;
  bundle["runs"][0]["title"] = hostile;
  bundle["runs"][0]["digest"] = hostile;
  bundle["runs"][0]["steps"][0]["note"] = hostile;
  bundle["review"]["findings"][0]["text"] = hostile;
  bundle["review"]["action_items"][0]["owner"] = hostile;
  bundle["review"]["action_items"][0]["state"] = hostile;
  bundle["review"]["action_items"][0]["helped_because"] = hostile;
  bundle["review"]["published_by"] = hostile;
  bundle["review"]["without_reader"] = hostile;
  bundle["verifier_key"] = hostile;
  bundle["checkpoint"] = "a\n1\nb\n```\n# Owned\n<script>\n";
  for (const char* field : {"text", "corrected_text", "author", "type"}) {
    bundle["entries"][1]["view"][field] = hostile;
  }
  bundle["entries"][1]["view"]["attributes"] = {{"source", "https://e.example/|<x>"},
                                                {"k", hostile}};

  const std::string document = Render(bundle);

  size_t columns = 0;
  for (const absl::string_view line : absl::StrSplit(document, '\n')) {
    INFO(std::string(line));
    CHECK_FALSE(absl::StartsWith(line, "# Owned"));
    if (absl::StartsWith(line, "| ")) {
      size_t bars = 0;
      for (size_t i = 1; i < line.size(); ++i) bars += line[i] == '|' && line[i - 1] != '\\';
      if (columns != 0) CHECK(bars == columns);
      columns = bars;
    } else if (!absl::StartsWith(line, "|---")) {
      columns = 0;
    }
  }
  // Inside code spans nothing is escaped and nothing happens; there only "`" and "|" must not
  // stand.
  std::string outside;
  bool code = false;
  for (size_t i = 0; i < document.size(); ++i) {
    if (document[i] == '`' && (i == 0 || document[i - 1] != '\\')) code = !code;
    if (!code) outside += document[i];
  }
  CHECK_FALSE(Has(outside, " <script"));
  CHECK_FALSE(Has(outside, " [a]("));
  CHECK_FALSE(Has(outside, " !["));
  CHECK_FALSE(Has(outside, "http://evil"));
  CHECK_FALSE(Has(outside, "www.evil"));
}

TEST_CASE("KeyTimesOf: a change of phase tells containment, an entry detection") {
  Bundle bundle;
  bundle.incident.declare_time = absl::FromUnixSeconds(1000);
  bundle.entries.push_back({.sequence = 1,
                            .type = 11,
                            .kind = EntryKind::kDetection,
                            .recorded = absl::FromUnixSeconds(1100),
                            .occurred = absl::FromUnixSeconds(400),
                            .precision = Precision::kDay});
  bundle.entries.push_back({.sequence = 2,
                            .type = 14,
                            .recorded = absl::FromUnixSeconds(1600),
                            .change = ChangeView{3, 4, "hosts isolated"}});

  const std::vector<KeyTime> times = KeyTimesOf(bundle);
  const std::vector<Interval> intervals = IntervalsOf(times);

  REQUIRE(times.size() == 8);
  CHECK(times[1].time == absl::FromUnixSeconds(400));
  CHECK(times[4].time == absl::FromUnixSeconds(1600));
  CHECK_FALSE(times[2].time.has_value());
  REQUIRE(intervals.size() == 2);
  CHECK(intervals[0].from == "detected");
  CHECK(intervals[0].span == absl::Seconds(600));
  CHECK(intervals[0].rough);
  CHECK(intervals[1].to == "contained");
  CHECK_FALSE(intervals[1].rough);
}

}  // namespace
}  // namespace tocsin::report
