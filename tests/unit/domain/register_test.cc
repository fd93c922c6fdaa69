#include "server/domain/register.h"

#include "server/domain/decide.h"
#include "tests/support/catch.h"
#include "tests/support/domain_fixture.h"

namespace tocsin::domain {
namespace {

RegisterRow Row(const Case& c) {
  return RowOf(c.incident(), c.now);
}

std::vector<Notification> LateOf(const Case& c) {
  std::vector<Notification> late = Row(c).notifications;
  std::erase_if(late, [](const Notification& one) { return !IsLate(one); });
  return late;
}

}  // namespace

TEST_CASE("Register: key times are what was stated and what the phases show") {
  Case c = ADeclaredCase();
  c.now += absl::Hours(10);
  c.Do(RecordAnchor{"occurred", At("2026-06-09T20:00:00Z"), "first log line"});
  c.Do(RecordAnchor{"detected", At("2026-06-10T06:00:00Z"), "alert"});
  c.Do(RecordAnchor{"aware", At("2026-06-10T07:00:00Z"), "confirmed"});
  CHECK_FALSE(Row(c).times.contained.has_value());
  c.Do(ChangePhase{Phase::kInvestigation, "x"});
  c.Do(ChangePhase{Phase::kContainment, "x"});
  c.now += absl::Hours(1);
  c.Do(ChangePhase{Phase::kEradication, "x"});
  const absl::Time contained = c.now;
  // Back and forth again: the first time counts.
  c.now += absl::Hours(1);
  c.Do(ChangePhase{Phase::kContainment, "it came back"});
  c.Do(ChangePhase{Phase::kEradication, "x"});

  const RegisterRow row = Row(c);
  CHECK(row.times.occurred == At("2026-06-09T20:00:00Z"));
  CHECK(row.times.detected == At("2026-06-10T06:00:00Z"));
  CHECK(row.times.aware == At("2026-06-10T07:00:00Z"));
  CHECK(row.times.declared == At("2026-06-10T08:00:00Z"));
  CHECK(row.times.contained == contained);
  CHECK_FALSE(row.times.recovered.has_value());
  CHECK(row.begin == row.times.declared);
  CHECK_FALSE(row.keep_until.has_value());
  CHECK(Dump(c.Replayed()) == Dump(c.incident()));
}

TEST_CASE("Register: duties are counted by how they stand, late ones apart") {
  Case c = ASignificantCase();
  CHECK(Row(c).duties.open > 0);
  c.RunTimers(c.now + absl::Hours(25));
  CHECK(Row(c).duties.missed == 1);
  CHECK(LateOf(c).size() == 1);
  CHECK_FALSE(LateOf(c)[0].submit_time.has_value());
  c.Do(RecordSubmission{"early_warning", c.now, "portal", "R-1", "the portal was down"});
  CHECK(Row(c).duties.missed == 0);
  CHECK(Row(c).duties.late == 1);
  REQUIRE(LateOf(c).size() == 1);
  CHECK(LateOf(c)[0].late_reason == "the portal was down");
  CHECK(LateOf(c)[0].submit_time == c.now);
  CHECK(LateOf(c)[0].due < c.now);
  c.Do(RecordSubmission{"notification", c.now, "portal", "R-2", ""});
  CHECK(Row(c).duties.met == 1);
  CHECK(Row(c).significant == true);
}

TEST_CASE("Register: what was filed in time is not late, whatever reason was given") {
  Case c = ASignificantCase();
  c.Do(RecordSubmission{"early_warning", c.now, "portal", "R-1", "I was told to give a reason"});
  CHECK(Row(c).duties.late == 0);
  CHECK(LateOf(c).empty());
  CHECK(Row(c).duties.met == 1);
}

TEST_CASE("Register: a filter leaves what fits all that it states") {
  RegisterRow row;
  row.begin = At("2026-06-10T08:00:00Z");
  row.severity = Severity::kSev2;
  const auto fits = [&row](RegisterFilter filter) { return Fits(row, filter); };
  CHECK(fits({}));
  CHECK(fits({.kind = "NOT stated"}));
  CHECK_FALSE(fits({.kind = "ransomware"}));
  row.kind = "Ransomware";
  CHECK(fits({.kind = "ransomware"}));
  CHECK_FALSE(fits({.kind = "ransom"}));
  CHECK(fits({.open = true, .severities = {Severity::kSev1, Severity::kSev2}}));
  CHECK_FALSE(fits({.severities = {Severity::kSev1}}));
  CHECK_FALSE(fits({.phases = {Phase::kRecovery}}));
  CHECK_FALSE(fits({.late = true}));
  row.notifications.push_back({.standing = DutyStanding::kMet});
  CHECK_FALSE(fits({.late = true}));
  row.notifications.push_back({.standing = DutyStanding::kMissed});
  CHECK(fits({.late = true}));
  CHECK(fits({.from = row.begin, .to = row.begin + absl::Nanoseconds(1)}));
  CHECK_FALSE(fits({.to = row.begin}));
  CHECK_FALSE(fits({.from = row.begin + absl::Nanoseconds(1)}));
  row.phase = Phase::kClosed;
  CHECK_FALSE(fits({.open = true}));
  row.drill = true;
  CHECK_FALSE(fits({}));
  CHECK(fits({.drills = true}));
}

TEST_CASE("Register: without anchors, the first entries of the attacker and of detection count") {
  Case c = ADeclaredCase();
  c.now += absl::Hours(1);
  const auto say = [&](EntryKind kind, const char* when) {
    RecordEntry entry{kind, "seen"};
    entry.occur_time = At(when);
    c.Do(entry);
  };
  say(EntryKind::kAttackerActivity, "2026-06-09T20:00:00Z");
  say(EntryKind::kAttackerActivity, "2026-06-09T19:00:00Z");
  c.Do(RetractEntry{c.incident().last_sequence, "another host"});
  say(EntryKind::kDetection, "2026-06-10T07:00:00Z");
  say(EntryKind::kDetection, "2026-06-10T06:00:00Z");
  say(EntryKind::kAction, "2026-06-09T10:00:00Z");
  CHECK(Row(c).times.occurred == At("2026-06-09T20:00:00Z"));
  CHECK(Row(c).times.detected == At("2026-06-10T06:00:00Z"));
  CHECK(Row(c).begin == Row(c).times.declared);
  c.Do(RecordAnchor{"detected", At("2026-06-10T05:00:00Z"), "alert"});
  CHECK(Row(c).times.detected == At("2026-06-10T05:00:00Z"));
  CHECK(Dump(c.Replayed()) == Dump(c.incident()));
}

TEST_CASE("Register: loss and cause are what was stated, and unknown is absent") {
  Case c = ADeclaredCase();
  c.Do(AssessImpact{{{"financial_loss_eur", "unknown"}, {"root_cause", "weak password"}}, ""});
  CHECK_FALSE(Row(c).loss_eur.has_value());
  CHECK(Row(c).root_cause == "weak password");
  c.Do(AssessImpact{{{"financial_loss_eur", "12000.5"}, {"root_cause_key", "vpn-2026"}}, ""});
  CHECK(Row(c).loss_eur == 12000.5);
  CHECK(Row(c).root_cause == "vpn-2026");
}

TEST_CASE("Register: action items are overdue by the clock, and the record is kept three years") {
  Case c = ADeclaredCase();
  c.Do(OpenReview{});
  c.Do(AddActionItem{"one", Person(2), c.now + absl::Hours(24), ActionType::kPrevent});
  c.Do(AddActionItem{"two", Person(2), c.now + absl::Hours(96), ActionType::kPrevent});
  c.Do(CompleteActionItem{"action-2", "done"});
  c.Do(DecideSignificance{"nis2", false, "nothing happened"});
  c.Do(CloseIncident{"done", "nothing to learn"});
  CHECK(Row(c).actions.open == 1);
  CHECK(Row(c).actions.overdue == 0);
  CHECK(Row(c).keep_until == At("2029-06-10T08:00:00Z"));
  c.now += absl::Hours(25);
  CHECK(Row(c).actions.overdue == 1);
  CHECK(Row(c).actions.done == 1);
}

TEST_CASE("Register: a historical incident begins when it was detected, not when it was written") {
  Case c;
  DeclareIncident old = ADeclaration();
  old.historical = true;
  old.detect_time = At("2019-12-23T18:00:00Z");
  c.Do(old);
  const RegisterRow row = Row(c);
  CHECK(row.begin == At("2019-12-23T18:00:00Z"));
  CHECK_FALSE(row.times.declared.has_value());
}

TEST_CASE("Register: a historical incident of which only some entry has a time stands there") {
  Case c;
  DeclareIncident old = ADeclaration();
  old.historical = true;
  c.Do(old);
  RecordEntry entry{EntryKind::kAction, "pulled the plug"};
  entry.occur_time = At("2021-05-14T02:00:00Z");
  c.Do(entry);
  c.Do(CloseIncident{"over", "long ago"});
  CHECK(Row(c).begin == At("2021-05-14T02:00:00Z"));
  CHECK(Row(c).keep_until == At("2024-05-14T02:00:00Z"));
}

}  // namespace tocsin::domain
