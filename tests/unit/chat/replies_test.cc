#include "clients/chat/conversation/replies.h"

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "clients/chat/conversation/render.h"
#include "server/base/error.h"
#include "tests/support/catch.h"

namespace tocsin::chat {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'781'085'600);  // 10:00 UTC

Manner AManner(Detail detail = Detail::kMinimal, Tlp ceiling = Tlp::kAmber) {
  return {detail, ceiling, kNow};
}

Standing AStanding() {
  Standing standing;
  standing.incident = "INC-2026-0042";
  standing.title = "Ransomware on fs01";
  standing.severity = Severity::kSev2;
  standing.phase = Phase::kContainment;
  standing.next_due = kNow + absl::Hours(3);
  standing.next_due_stage = "early_warning";
  standing.significant = "undecided";
  standing.roles = {{IncidentRole::kCommander, "@ada"}};
  return standing;
}

Hit AHit(Tlp tlp) {
  return {"INC-2026-0042", 14, tlp, "@bob", "the ransom note names the board", kNow};
}

}  // namespace

TEST_CASE("Replies: by default nothing that a person wrote leaves the record") {
  for (const Blocks& blocks :
       {Declared(AStanding(), AManner(), true), Bound(AStanding(), AManner()),
        StatusIs(AStanding(), AManner(), {}), WhoIs(AStanding()),
        Found({AHit(Tlp::kClear)}, 0, AManner()),
        StepsAre("INC-2026-0042", {{"first-look", "Look at fs01", "ready", {}, {}, false}}, false,
                 AManner())}) {
    const std::string text = RenderPlain(blocks);
    INFO(text);
    CHECK_FALSE(absl::StrContains(text, "Ransomware"));
    CHECK_FALSE(absl::StrContains(text, "ransom note"));
    CHECK_FALSE(absl::StrContains(text, "fs01"));
  }
}

TEST_CASE("Replies: the default post is id, severity and next step") {
  CHECK(
      RenderPlain(Declared(AStanding(), AManner(), true)) ==
      "INC-2026-0042 sev2\nDeclared, and this room is bound to it. Next: early_warning due in 3 h "
      "(13:00 UTC).");
}

TEST_CASE("Replies: a room set to full shows texts up to its label and none above") {
  const Manner full = AManner(Detail::kFull, Tlp::kAmber);
  CHECK_THAT(RenderPlain(StatusIs(AStanding(), full, {})), ContainsSubstring("Ransomware on fs01"));
  CHECK_THAT(RenderPlain(Found({AHit(Tlp::kAmber)}, 0, full)), ContainsSubstring("ransom note"));
  for (const Tlp above : {Tlp::kAmberStrict, Tlp::kRed}) {
    CHECK_FALSE(absl::StrContains(RenderPlain(Found({AHit(above)}, 0, full)), "ransom note"));
    Standing standing = AStanding();
    standing.tlp = above;
    CHECK_FALSE(absl::StrContains(RenderPlain(StatusIs(standing, full, {})), "Ransomware"));
    Report report;
    report.tlp = above;
    report.conditions = "mail is down";
    CHECK_FALSE(absl::StrContains(RenderPlain(Reported("INC-2026-0042", report, full)), "mail"));
  }
}

TEST_CASE("Replies: what was understood of a time is told back") {
  CHECK(RenderPlain(Recorded({"INC-2026-0042", 14, 14, {}}, AManner())) ==
        "INC-2026-0042 #14 recorded.");
  CHECK(RenderPlain(Recorded({"INC-2026-0042", 14, 16, kNow - absl::Minutes(78)}, AManner())) ==
        "INC-2026-0042 #14 to #16 recorded, as of 08:42 UTC.");
}

TEST_CASE("Replies: a missed duty is said loudly, and one without a date is said") {
  Duty missed{"INC-2026-0042", "nis2", "early_warning", true, kNow - absl::Hours(1), false};
  Duty open{"INC-2026-0042", "nis2", "final_report", false, {}, true};
  const std::string text = RenderPlain(DeadlinesAre({missed, open}, AManner()));
  CHECK_THAT(text, ContainsSubstring("nis2 early_warning: MISSED, was due 1 h ago"));
  CHECK_THAT(text, ContainsSubstring("final_report: no date yet, if it is significant"));
  CHECK_THAT(RenderPlain(DeadlinesAre({}, AManner())), ContainsSubstring("No duty is open"));
}

TEST_CASE("Replies: a thousand lines become fifteen and a number") {
  std::vector<Hit> hits(1000, AHit(Tlp::kClear));
  const std::string text = RenderPlain(Found(hits, 5, AManner()));
  CHECK_THAT(text, ContainsSubstring("and 990 more"));
  CHECK(std::count(text.begin(), text.end(), '\n') == 15);
}

TEST_CASE("Replies: a long text is cut between characters") {
  Hit hit = AHit(Tlp::kClear);
  hit.text = std::string(199, 'x') + "éééé";
  const std::string text = RenderPlain(Found({hit}, 0, AManner(Detail::kFull)));
  CHECK_THAT(text, ContainsSubstring(std::string(199, 'x') + "…"));
}

TEST_CASE("Replies: an irreversible act names the command with the room's incident") {
  const Blocks blocks =
      NotHere({"closing an incident", "tocsin close INC --because …"}, "INC-2026-0042");
  CHECK_THAT(RenderPlain(blocks), ContainsSubstring("tocsin close INC-2026-0042 --because"));
}

TEST_CASE("Replies: the right room is named when somebody writes into the wrong one") {
  const absl::Status status = WrongRoom("INC-2026-0007", "INC-2026-0042", "war-7");
  CHECK(ReasonOf(status) == "WRONG_ROOM");
  CHECK_THAT(RenderPlain(Refusal(status)),
             ContainsSubstring("The room of INC-2026-0007 is war-7."));
}

TEST_CASE("Replies: what nobody has acknowledged stands in status, and who was first is told") {
  Standing standing = AStanding();
  CHECK_FALSE(absl::StrContains(RenderPlain(StatusIs(standing, AManner(), {})), "acknowledged"));
  for (int i = 0; i < 40; ++i) standing.alerts.push_back(absl::StrCat("#", i, " deadline missed"));
  const std::string said = RenderPlain(StatusIs(standing, AManner(), {"xmpp: gone"}));
  CHECK_THAT(said, ContainsSubstring("Alerts that nobody has acknowledged (ack NUMBER):"));
  CHECK_THAT(said, ContainsSubstring("#0 deadline missed"));
  CHECK_THAT(said, ContainsSubstring("… and 25 more"));
  CHECK(said.find("#14 ") < said.find("xmpp: gone"));
  CHECK(RenderPlain(Acknowledged("INC-2026-0042", 14, "")) ==
        "INC-2026-0042: alert 14 is acknowledged.");
  CHECK(RenderPlain(Acknowledged("INC-2026-0042", 14, "by @bob at 10:00 UTC")) ==
        "INC-2026-0042: alert 14 was acknowledged by @bob at 10:00 UTC already.");
}

}  // namespace tocsin::chat
