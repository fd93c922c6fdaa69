#include "clients/cli/watch_screen.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "clients/core/proto_time.h"
#include "clients/core/terminal_text.h"
#include "server/base/time_text.h"
#include "tests/support/catch.h"

namespace tocsin::cli {
namespace {

using client::ToProto;

absl::Time At(const char* text) {
  return *ParseInstant(text);
}

v1::Entry AnEntry(uint64_t sequence, const std::string& text) {
  v1::Entry entry;
  entry.set_incident("incidents/INC-2026-0042");
  entry.set_sequence(sequence);
  entry.set_type("entry-recorded");
  entry.set_kind(v1::ENTRY_KIND_ACTION);
  entry.set_author("@ada");
  *entry.mutable_record_time() = ToProto(At("2026-06-10T08:00:00Z") + absl::Seconds(sequence));
  entry.set_text(text);
  return entry;
}

WatchView AView(int deadlines, int steps, int entries) {
  WatchView view;
  view.incident.emplace();
  view.incident->set_name("incidents/INC-2026-0042");
  view.incident->set_title("Files encrypted on the finance share");
  view.incident->set_severity(v1::SEVERITY_SEV1);
  view.incident->set_phase(v1::PHASE_CONTAINMENT);
  view.incident->set_tlp(v1::TLP_AMBER);
  *view.incident->mutable_declare_time() = ToProto(At("2026-06-10T06:00:00Z"));
  for (int i = 0; i < deadlines; ++i) {
    v1::Obligation obligation;
    obligation.set_name(absl::StrCat("incidents/INC-2026-0042/obligations/nis2.stage_", i));
    obligation.set_state(v1::OBLIGATION_STATE_OPEN);
    *obligation.mutable_due_time() = ToProto(At("2026-06-10T09:00:00Z") + absl::Hours(i));
    obligation.set_label("Early warning (NIS2 23(4)(a))");
    view.obligations.push_back(obligation);
  }
  v1::Run run;
  for (int i = 0; i < steps; ++i) {
    v1::StepRun& step = *run.add_steps();
    step.mutable_step()->set_id(absl::StrCat("step-", i));
    step.mutable_step()->set_title("Cut the affected hosts off the network");
    step.mutable_step()->set_role(v1::INCIDENT_ROLE_COMMANDER);
    step.set_state(i == 0 ? "done" : "ready");
  }
  if (steps > 0) view.runs.push_back(run);
  for (int i = 1; i <= entries; ++i) {
    view.entries.push_back(AnEntry(static_cast<uint64_t>(i), absl::StrCat("entry text ", i)));
  }
  return view;
}

std::vector<std::string> Rendered(const WatchView& view, size_t rows, size_t columns,
                                  const char* now = "2026-06-10T08:15:30Z") {
  return RenderWatch(view, At(now), absl::UTCTimeZone(), {.rows = rows, .columns = columns},
                     /*colour=*/false);
}

TEST_CASE("Watch: every size is filled and none is exceeded", "[clients][watch]") {
  for (const auto& view : {AView(0, 0, 0), AView(2, 5, 3), AView(40, 40, 300)}) {
    for (const size_t rows : std::vector<size_t>{1, 2, 5, 13, 14, 24, 50, 200}) {
      for (const size_t columns : std::vector<size_t>{1, 10, 40, 80, 200}) {
        const std::vector<std::string> lines = Rendered(view, rows, columns);
        INFO(rows << "x" << columns);
        CHECK(lines.size() == rows);
        for (const std::string& line : lines) CHECK(client::DisplayWidth(line) <= columns);
      }
    }
  }
}

TEST_CASE("Watch: a screen of 80x24", "[clients][watch]") {
  const std::vector<std::string> lines = Rendered(AView(2, 3, 30), 24, 80);

  CHECK(absl::StrJoin(lines, "\n") ==
        R"(INC-2026-0042  Files encrypted on the finance share
sev1  containment  TLP amber  significant: undecided  declared 2 h 15 min ago (…
nobody has a role yet

Deadlines
  nis2.stage_0  in 44 min 30 s (09:00 UTC)
  nis2.stage_1  in 1 h 44 min (10:00 UTC)

Steps: 1 of 3 finished
  step-1  commander    Cut the affected hosts off the network
  step-2  commander    Cut the affected hosts off the network

Entries
  #21  08:00:21  @ada  entry text 21
  #22  08:00:22  @ada  entry text 22
  #23  08:00:23  @ada  entry text 23
  #24  08:00:24  @ada  entry text 24
  #25  08:00:25  @ada  entry text 25
  #26  08:00:26  @ada  entry text 26
  #27  08:00:27  @ada  entry text 27
  #28  08:00:28  @ada  entry text 28
  #29  08:00:29  @ada  entry text 29
  #30  08:00:30  @ada  entry text 30
live  08:15:30 UTC  q or Ctrl-C ends)");
}

TEST_CASE("Watch: a screen of 40 columns keeps what matters", "[clients][watch]") {
  WatchView view = AView(2, 3, 2);
  view.obligations[1].clear_due_time();
  const std::vector<std::string> lines = Rendered(view, 24, 40);

  CHECK(absl::StrJoin(lines, "\n") ==
        R"(INC-2026-0042  Files encrypted on the f…
sev1  containment  TLP amber  significa…
nobody has a role yet

Deadlines
  in 44 min 30 s  nis2.stage_0
  no date yet     nis2.stage_1

Steps: 1 of 3 finished
  step-1  commander
  step-2  commander

Entries
  #1  08:00  entry text 1
  #2  08:00  entry text 2








live  08:15:30 UTC  q or Ctrl-C ends)");
  view.lost_time = At("2026-06-10T08:15:18Z");
  CHECK(Rendered(view, 24, 40).back() == "NOT CONNECTED since 08:15:18 UTC");
}

TEST_CASE("Watch: deadlines count down, and say when they are over", "[clients][watch]") {
  const auto deadline = [](const char* now) { return Rendered(AView(1, 0, 0), 24, 120, now)[5]; };
  CHECK_THAT(deadline("2026-06-10T08:15:30Z"), ContainsSubstring("in 44 min 30 s"));
  CHECK_THAT(deadline("2026-06-10T08:15:31Z"), ContainsSubstring("in 44 min 29 s"));
  CHECK_THAT(deadline("2026-06-10T09:00:01Z"), ContainsSubstring("overdue"));
}

TEST_CASE("Watch: what does not fit is counted, with the command that shows it",
          "[clients][watch]") {
  const std::string text = absl::StrJoin(Rendered(AView(40, 40, 0), 24, 120), "\n");
  CHECK_THAT(text, ContainsSubstring("… 37 more: tocsin deadlines"));
  CHECK_THAT(text, ContainsSubstring("… 36 more: tocsin playbook status"));
}

TEST_CASE("Watch: other people's text cannot leave its line", "[clients][watch]") {
  WatchView view = AView(0, 0, 0);
  view.incident->set_title("a\x1b[2Jb\nc\u202e");
  view.entries.push_back(AnEntry(1, "x\x1b[1;1Hy\rz\nsecond line"));
  for (const std::string& line : Rendered(view, 24, 120)) {
    CHECK(line.find('\x1b') == std::string::npos);
    CHECK(line.find('\n') == std::string::npos);
    CHECK(line.find('\r') == std::string::npos);
  }
}

TEST_CASE("Watch: alerts that wait stand above the deadlines, also where there is little room",
          "[clients][watch]") {
  WatchView view = AView(2, 0, 3);
  const auto has = [&view](size_t rows, const char* text) {
    return absl::StrContains(absl::StrJoin(Rendered(view, rows, 120), "\n"), text);
  };
  CHECK_FALSE(has(24, "! "));
  for (uint64_t sequence = 5; sequence < 15; ++sequence) {
    v1::OpenAlert& alert = *view.incident->add_alerts();
    alert.set_sequence(sequence);
    alert.set_what("deadline missed: nis2.early_warning");
    *alert.mutable_alert_time() = ToProto(At("2026-06-10T08:00:00Z"));
  }
  CHECK(has(24, "! #5 deadline missed: nis2.early_warning"));
  CHECK(has(24, "! 8 more alerts: tocsin status"));
  CHECK(has(5, "! 10 more alerts: tocsin status"));
  view.incident->mutable_alerts()->DeleteSubrange(1, 9);
  CHECK(has(5, "! #5 deadline missed"));
  view.incidents = {*view.incident};
  view.incident.reset();
  CHECK(has(24, "! INC-2026-0042 #5 deadline missed"));
}

TEST_CASE("Watch: a lost connection is said, with the time the screen is of", "[clients][watch]") {
  WatchView view = AView(1, 0, 1);
  view.lost_time = At("2026-06-10T08:15:18Z");
  const std::vector<std::string> lines = Rendered(view, 24, 100);
  CHECK(lines.back() == "NOT CONNECTED for 12 s: this is as of 08:15:18 UTC; trying again");
}

TEST_CASE("Watch: all incidents together name theirs at each entry and deadline",
          "[clients][watch]") {
  WatchView view = AView(1, 0, 2);
  view.incidents = {*view.incident, *view.incident};
  view.incidents[1].set_name("incidents/INC-2026-0043");
  view.incident.reset();
  view.entries[1].set_incident("incidents/INC-2026-0043");
  const std::string text = absl::StrJoin(Rendered(view, 24, 120), "\n");
  CHECK_THAT(text, ContainsSubstring("2 open incidents"));
  CHECK_THAT(text, ContainsSubstring("INC-2026-0042 nis2.stage_0"));
  CHECK_THAT(text, ContainsSubstring("INC-2026-0043  #2"));
}

TEST_CASE("Watch: a drill is marked at each line and counts on its own clock", "[clients][watch]") {
  WatchView view = AView(1, 2, 1);
  view.incident->set_drill(true);
  view.obligations[0].set_drill(true);
  view.entries[0].set_drill(true);
  *view.runs[0].mutable_steps(1)->mutable_due_time() = ToProto(At("2026-06-10T09:00:00Z"));
  v1::DrillClock& clock = *view.incident->mutable_drill_clock();
  // Ten seconds before the screen it showed an hour and more before the due time, six times as
  // fast.
  *clock.mutable_set_time() = ToProto(At("2026-06-10T08:15:20Z"));
  *clock.mutable_shown_time() = ToProto(At("2026-06-10T06:59:00Z"));
  *clock.mutable_end_time() = ToProto(At("2026-06-20T00:00:00Z"));
  clock.set_speed(6);
  const std::string one = absl::StrJoin(Rendered(view, 24, 120), "\n");
  CHECK_THAT(one, ContainsSubstring("INC-2026-0042 DRILL"));
  CHECK_THAT(one, ContainsSubstring("nis2.stage_0  open  in 2 h (09:00 UTC)"));
  CHECK_THAT(one, ContainsSubstring("commander  in 2 h (09:00 UTC)"));
  view.incidents = {*view.incident};
  view.incident.reset();
  const std::string all = absl::StrJoin(Rendered(view, 24, 120), "\n");
  CHECK_THAT(all, ContainsSubstring("INC-2026-0042 DRILL nis2.stage_0"));
  CHECK_THAT(all, ContainsSubstring("in 2 h (09:00 UTC)"));
  CHECK_THAT(all, ContainsSubstring("INC-2026-0042 DRILL  #1"));
}

}  // namespace
}  // namespace tocsin::cli
