#include "server/domain/timers.h"

#include <algorithm>

#include "server/domain/decide.h"
#include "tests/support/catch.h"
#include "tests/support/domain_fixture.h"

namespace tocsin::domain {
namespace {

constexpr absl::Duration kTick = absl::Microseconds(1);

std::vector<Timer> TimersOf(const Case& c, const std::string& obligation) {
  std::vector<Timer> timers;
  for (const Timer& timer : TimersFor(c.incident())) {
    if (timer.obligation == obligation) timers.push_back(timer);
  }
  return timers;
}

// Early warning and notification are filed: only the final report, due 2026-07-10T08:00:00Z, runs.
Case AwaitingFinal() {
  Case c = ASignificantCase();
  c.Do(RecordSubmission{"early_warning", {}, "portal", "", ""});
  c.Do(RecordSubmission{"notification", {}, "portal", "", ""});
  return c;
}
const absl::Time kFinalDue = At("2026-07-10T08:00:00Z");

std::vector<std::string> Missed(const std::vector<Recorded>& record) {
  std::vector<std::string> ids;
  for (const ObligationMissed& missed : EventsOf<ObligationMissed>(record)) {
    ids.push_back(missed.obligation);
  }
  return ids;
}

}  // namespace

TEST_CASE("TimersFor: none before a date is known", "[domain][timer]") {
  CHECK(TimersFor(ADeclaredCase().incident()).empty());
  CHECK(TimersFor(Incident{}).empty());
}

TEST_CASE("TimersFor: half, three quarters, nine tenths, and the due time", "[domain][timer]") {
  const Case c = ASignificantCase();
  const absl::Time aware = c.now;
  const absl::Time due = aware + absl::Hours(24);
  CHECK(TimersOf(c, "nis2.early_warning") ==
        std::vector<Timer>{{aware + absl::Hours(12), "nis2.early_warning", 50, due},
                           {aware + absl::Hours(18), "nis2.early_warning", 75, due},
                           {aware + absl::Minutes(1296), "nis2.early_warning", 90, due},
                           {due, "nis2.early_warning", 100, due}});
  CHECK(TimersOf(c, "nis2.notification").size() == 4);
  const std::vector<Timer> all = TimersFor(c.incident());
  CHECK(all.size() == 8);
  CHECK(std::is_sorted(all.begin(), all.end(),
                       [](const Timer& a, const Timer& b) { return a.fire_time < b.fire_time; }));
}

TEST_CASE("TimersFor: reminders from before the date was known are left out", "[domain][timer]") {
  Case c = ADeclaredCase();
  c.Do(RecordAnchor{"aware", c.now - absl::Hours(18), "the supplier told us at night"});
  const std::vector<Timer> timers = TimersOf(c, "nis2.early_warning");
  REQUIRE(timers.size() == 2);
  CHECK(timers[0].percent == 90);
  CHECK(timers[1].percent == 100);
  Case just_before = ADeclaredCase();
  just_before.Do(RecordAnchor{"aware", c.now - absl::Hours(18) + kTick, "a tick later"});
  CHECK(TimersOf(just_before, "nis2.early_warning").front().percent == 75);
}

TEST_CASE("TimersFor: an earlier date brings new reminders", "[domain][timer]") {
  Case c = ASignificantCase();
  const absl::Time aware = c.now;
  c.RunTimers(aware + absl::Hours(13));
  c.Do(RecordAnchor{"aware", aware - absl::Hours(6), "it was earlier"});
  const std::vector<Timer> timers = TimersOf(c, "nis2.early_warning");
  REQUIRE(timers.size() == 2);
  CHECK(timers[0].percent == 90);
  CHECK(timers[1].due == aware + absl::Hours(18));
}

TEST_CASE("FireTimer: reminders and the miss, each once, at its own time", "[domain][timer]") {
  Case c = ASignificantCase();
  const absl::Time aware = c.now;
  c.RunTimers(aware + absl::Hours(24));

  const auto reminded = EventsOf<ObligationReminded>(c.record());
  REQUIRE(reminded.size() == 3);
  CHECK(reminded[0].percent == 50);
  CHECK(reminded[0].fire_time == aware + absl::Hours(12));
  CHECK(reminded[2].percent == 90);
  CHECK(Missed(c.record()) == std::vector<std::string>{"nis2.early_warning"});
  CHECK(c.obligation("early_warning").state == ObligationState::kMissed);
  const Recorded& last = c.record().back();
  CHECK(last.meta.author.empty());
  CHECK(last.entry.occur_time == aware + absl::Hours(24));
}

TEST_CASE("FireTimer: nothing one microsecond before the due time", "[domain][timer]") {
  Case c = ASignificantCase();
  const Timer due = TimersOf(c, "nis2.early_warning").back();
  c.RunTimers(due.fire_time - kTick);
  CHECK(c.Do(FireTimer{due}).empty());
  c.now = due.fire_time;
  CHECK(EventsOf<ObligationMissed>(c.Do(FireTimer{due})).size() == 1);
}

TEST_CASE("FireTimer: fired again, or for nothing, records nothing", "[domain][timer]") {
  Case c = ASignificantCase();
  const Timer due = TimersOf(c, "nis2.early_warning").back();
  c.RunTimers(due.fire_time);
  const std::string before = Dump(c.incident());
  CHECK(c.Do(FireTimer{due}).empty());
  CHECK(c.Do(FireTimer{{c.now, "nis2.nothing", 100, c.now}}).empty());
  CHECK(c.Do(FireTimer{}).empty());
  CHECK(Dump(c.incident()) == before);
}

TEST_CASE("FireTimer: what was met or waived in the meantime is not missed", "[domain][timer]") {
  Case c = ASignificantCase();
  const Timer due = TimersOf(c, "nis2.early_warning").back();
  c.now = due.fire_time - kTick;
  c.Do(RecordSubmission{"early_warning", {}, "portal", "", ""});
  c.Do(WaiveObligation{"notification", "x"});
  c.now = due.fire_time + absl::Hours(72);
  CHECK(c.Do(FireTimer{due}).empty());
  CHECK(Missed(c.record()).empty());
}

TEST_CASE("FireTimer: after downtime all that was due is recorded with its true times",
          "[domain][timer]") {
  Case c = ASignificantCase();
  const absl::Time aware = c.now;
  const Timer first = TimersFor(c.incident()).front();
  c.now = aware + absl::Hours(80);

  const auto entries = c.Do(FireTimer{first});

  const auto reminded = EventsOf<ObligationReminded>(entries);
  CHECK(reminded.size() == 6);
  CHECK(std::is_sorted(reminded.begin(), reminded.end(),
                       [](const ObligationReminded& a, const ObligationReminded& b) {
                         return a.fire_time < b.fire_time;
                       }));
  const auto missed = EventsOf<ObligationMissed>(entries);
  REQUIRE(missed.size() == 2);
  CHECK(missed[0].due == aware + absl::Hours(24));
  CHECK(missed[1].due == aware + absl::Hours(72));
  CHECK(TimersFor(c.incident()).empty());
}

TEST_CASE("FireTimer: nothing of a historical incident", "[domain][timer]") {
  Case c;
  DeclareIncident command = ADeclaration();
  command.historical = true;
  c.Do(command);
  c.Do(RecordAnchor{"aware", At("2019-12-24T08:00:00Z"), "from the report"});
  CHECK(c.Do(FireTimer{{c.now, "nis2.early_warning", 100, c.now}}).empty());
}

TEST_CASE("FireTimer: still ongoing at the final report's date, progress is due instead",
          "[domain][timer]") {
  Case c = AwaitingFinal();
  CHECK(c.obligation("final").duty.due == kFinalDue);
  CHECK(TimersOf(c, "nis2.progress") ==
        std::vector<Timer>{{kFinalDue, "nis2.progress", 100, kFinalDue}});
  c.RunTimers(kFinalDue - kTick);
  CHECK(EventsOf<ObligationReminded>(c.record()).size() == 3);
  CHECK(c.obligation("progress").duty.state == regulation::DutyState::kConditional);

  c.now = kFinalDue;
  c.Do(FireTimer{TimersOf(c, "nis2.final").back()});

  CHECK(c.obligation("final").duty.state == regulation::DutyState::kNoDateYet);
  CHECK(c.obligation("final").duty.anchor == "handled");
  CHECK(c.obligation("final").state == ObligationState::kOpen);
  CHECK(c.obligation("progress").duty.state == regulation::DutyState::kDated);
  CHECK(c.obligation("progress").state == ObligationState::kMissed);
  CHECK(Missed(c.record()) == std::vector<std::string>{"nis2.progress"});
  CHECK(EventsOf<ObligationReminded>(c.record()).size() == 3);
  CHECK(TimersFor(c.incident()).empty());
}

TEST_CASE("FireTimer: the same when the conditional duty's own timer fires first",
          "[domain][timer]") {
  Case c = AwaitingFinal();
  c.now = kFinalDue;
  c.Do(FireTimer{TimersOf(c, "nis2.progress").back()});
  CHECK(Missed(c.record()) == std::vector<std::string>{"nis2.progress"});
  CHECK(TimersFor(c.incident()).empty());
}

TEST_CASE("FireTimer: handled at the final report's date, the final report is due",
          "[domain][timer]") {
  Case c = AwaitingFinal();
  c.RunTimers(kFinalDue - kTick);
  c.Do(RecordAnchor{"handled", kFinalDue, "clean; the clock is within the tolerance"});
  CHECK(c.obligation("progress").duty.state == regulation::DutyState::kNotRequired);
  c.RunTimers(kFinalDue);
  CHECK(Missed(c.record()) == std::vector<std::string>{"nis2.final"});
}

TEST_CASE("FireTimer: handled a microsecond after the date, progress was due", "[domain][timer]") {
  Case c = AwaitingFinal();
  c.RunTimers(kFinalDue - kTick);
  c.Do(RecordAnchor{"handled", kFinalDue + kTick, "clean; the clock is within the tolerance"});
  CHECK(c.obligation("progress").duty.state == regulation::DutyState::kDated);
  CHECK(c.obligation("final").duty.due == At("2026-08-10T08:00:00.000001Z"));
  // Owed only now: its reminders would all lie in the past.
  CHECK(TimersOf(c, "nis2.progress").size() == 1);
  c.RunTimers(kFinalDue);
  CHECK(Missed(c.record()) == std::vector<std::string>{"nis2.progress"});
}

TEST_CASE("FireTimer: a final report filed in time leaves nothing to miss", "[domain][timer]") {
  Case c = AwaitingFinal();
  c.RunTimers(kFinalDue - kTick);
  c.Do(RecordSubmission{"final", {}, "portal", "", ""});
  CHECK(c.obligation("progress").duty.state == regulation::DutyState::kNotRequired);
  CHECK(TimersFor(c.incident()).empty());
  c.RunTimers(kFinalDue + absl::Hours(24));
  CHECK(Missed(c.record()).empty());
}

TEST_CASE("FireTimer: a progress report filed in time leaves the final report waiting",
          "[domain][timer]") {
  Case c = AwaitingFinal();
  c.RunTimers(kFinalDue - kTick);
  c.Do(RecordSubmission{"progress", {}, "portal", "", ""});
  CHECK(c.obligation("final").duty.state == regulation::DutyState::kNoDateYet);
  c.RunTimers(kFinalDue);
  CHECK(Missed(c.record()).empty());
  CHECK(c.Refusal(CloseIncident{"done", "nothing to learn"}) == "WORK_OPEN");
}

TEST_CASE("FireTimer: progress becomes due also when the final report was waived",
          "[domain][timer]") {
  Case c = AwaitingFinal();
  c.Do(WaiveObligation{"final", "agreed with the CSIRT"});
  c.RunTimers(kFinalDue);
  CHECK(Missed(c.record()) == std::vector<std::string>{"nis2.progress"});
}

TEST_CASE("FireTimer: over before the date, as learnt afterwards: the final report was due",
          "[domain][timer]") {
  Case c = AwaitingFinal();
  c.RunTimers(kFinalDue + absl::Hours(1));
  REQUIRE(c.obligation("progress").state == ObligationState::kMissed);

  c.Do(RecordAnchor{"handled", kFinalDue - absl::Hours(1), "it was over before"});

  CHECK(c.obligation("final").duty.due == kFinalDue);
  CHECK(c.obligation("final").state == ObligationState::kMissed);
  CHECK(c.obligation("progress").duty.state == regulation::DutyState::kNotRequired);
  CHECK(c.obligation("progress").state == ObligationState::kOpen);
  CHECK(Missed(c.record()) == std::vector<std::string>{"nis2.progress", "nis2.final"});
  c.Do(RecordAnchor{"handled", kFinalDue + absl::Minutes(1), "no, a little after"});
  CHECK(c.obligation("progress").state == ObligationState::kMissed);
  CHECK(Missed(c.record()).size() == 2);
}

TEST_CASE("Timer: its name reads back, nothing else does", "[domain][timer]") {
  const absl::Time due = absl::FromUnixNanos(1781165700000000001);
  const Timer timer{due - absl::Hours(6), "nis2.early_warning", 75, due};
  CHECK(timer.Name() == "nis2.early_warning/75/1781165700000000001");
  CHECK(Timer::FromName(timer.fire_time, timer.Name()).value() == timer);
  for (const std::string name : {"", "a/b", "a/75/x", "a/x/1", "a/75/1/2", "a/075/1", "a/75/+1",
                                 "a/75/ 1", "a/75/", "a/75/99999999999999999999"}) {
    INFO(name);
    CHECK(Timer::FromName(due, name).status().code() == absl::StatusCode::kDataLoss);
  }
}

TEST_CASE("FireRequestId: the same for the same timer, another for any other", "[domain][timer]") {
  const absl::Time due = absl::FromUnixSeconds(1781165700);
  const IncidentId incident = IncidentId::FromDigest(Sha256("incident"));
  const IncidentId other = IncidentId::FromDigest(Sha256("other"));
  const Timer timer{due, "nis2.final", 100, due};
  CHECK(FireRequestId(incident, timer) == FireRequestId(incident, timer));
  CHECK(FireRequestId(incident, timer) != FireRequestId(other, timer));
  CHECK(FireRequestId(incident, timer) !=
        FireRequestId(incident, {due, "nis2.progress", 100, due}));
  CHECK(FireRequestId(incident, timer) != FireRequestId(incident, {due, "nis2.final", 90, due}));
  CHECK(FireRequestId(incident, timer) !=
        FireRequestId(incident, {due, "nis2.final", 100, due + kTick}));
}

}  // namespace tocsin::domain
