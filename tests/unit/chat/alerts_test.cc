#include "clients/chat/conversation/alerts.h"

#include <string>

#include "absl/strings/match.h"
#include "clients/chat/conversation/render.h"
#include "tests/support/catch.h"

namespace tocsin::chat {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'781'085'600);

Standing AStanding() {
  Standing standing;
  standing.incident = "INC-2026-0042";
  standing.title = "Ransomware on fs01";
  standing.severity = Severity::kSev1;
  standing.next_due = kNow + absl::Hours(3);
  standing.next_due_stage = "early_warning";
  return standing;
}

}  // namespace

TEST_CASE("Alerts: id, severity, what is due and what to write next, and no word of a person") {
  const auto alert =
      AlertOf({.type = "obligation-missed", .sequence = 14, .asks = true}, AStanding(), kNow);
  REQUIRE(alert);
  CHECK(RenderPlain(*alert) ==
        "INC-2026-0042 sev1\nA DEADLINE WAS MISSED. early_warning due in 3 h (13:00 UTC). Next: "
        "deadlines; then: ack 14");
  CHECK(alert->back().buttons[0].command == "ack 14");
  CHECK_FALSE(absl::StrContains(RenderPlain(*alert), "fs01"));
}

TEST_CASE("Alerts: only what asks for it can be acknowledged") {
  const auto alert = AlertOf({.type = "role-assigned", .sequence = 14}, AStanding(), kNow);
  REQUIRE(alert);
  CHECK_FALSE(absl::StrContains(RenderPlain(*alert), "ack"));
  for (const Block& block : *alert) CHECK(block.buttons.empty());
}

TEST_CASE("Alerts: what people write to the timeline is none") {
  for (const char* type : {"entry-recorded", "incident-declared", "severity-changed", "nonsense"}) {
    CHECK_FALSE(AlertOf({.type = type, .sequence = 14}, AStanding(), kNow));
    CHECK_FALSE(IsAlert(type));
  }
}

TEST_CASE("Alerts: one that did not arrive says where") {
  const auto alert = AlertOf({.type = "step-overdue", .sequence = 14}, AStanding(), kNow);
  CHECK_THAT(RenderPlain(LateAlert(*alert, "xmpp War room")),
             ContainsSubstring("This did not arrive in xmpp War room."));
}

}  // namespace tocsin::chat
