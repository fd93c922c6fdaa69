#include "clients/cli/show.h"

#include "clients/core/proto_time.h"
#include "server/base/error.h"
#include "server/base/time_text.h"
#include "tests/support/catch.h"
#include "tocsin/v1/common.pb.h"

namespace tocsin::cli {
namespace {

absl::Time At(const char* text) {
  const auto time = ParseInstant(text);
  REQUIRE(time.ok());
  return *time;
}

absl::TimeZone Amsterdam() {
  absl::TimeZone zone;
  REQUIRE(absl::LoadTimeZone("Europe/Amsterdam", &zone));
  return zone;
}

TEST_CASE("OccurText: no more exact than it is known", "[clients][show]") {
  const absl::Time time = At("2019-12-23T18:52:09Z");
  CHECK(OccurText(time, Precision::kSecond, Amsterdam()) == "2019-12-23 18:52:09");
  CHECK(OccurText(time, Precision::kMinute, Amsterdam()) == "2019-12-23 18:52");
  CHECK(OccurText(time, Precision::kHour, Amsterdam()) == "~2019-12-23 18:52");
  CHECK(OccurText(time, Precision::kDay, Amsterdam()) == "2019-12-23");
  CHECK(OccurText(time, Precision::kMonth, Amsterdam()) == "2019-12");
}

TEST_CASE("OccurText: a day that begins at local midnight is that day", "[clients][show]") {
  CHECK(OccurText(At("2019-12-22T23:00:00Z"), Precision::kDay, Amsterdam()) == "2019-12-23");
  CHECK(OccurText(At("2019-12-23T00:00:00Z"), Precision::kDay, Amsterdam()) == "2019-12-23");
  CHECK(OccurText(At("2019-11-30T23:00:00Z"), Precision::kMonth, Amsterdam()) == "2019-12");
}

TEST_CASE("EntryText: corrections and retractions show", "[clients][show]") {
  v1::Entry entry;
  entry.set_text("isolated fs01");
  CHECK(EntryText(entry) == "isolated fs01");
  entry.set_corrected_by(8);
  entry.set_corrected_text("isolated fs02");
  CHECK(EntryText(entry) == "isolated fs02 (corrected by #8)");
  entry.set_retracted_by(9);
  CHECK(EntryText(entry) == "isolated fs02 (corrected by #8) (retracted by #9)");
}

TEST_CASE("DueCell: says in words whether it is running, missed or filed", "[clients][show]") {
  const absl::Time now = At("2026-06-10T10:22:00Z");
  v1::Obligation obligation;
  obligation.set_state(v1::OBLIGATION_STATE_OPEN);
  obligation.set_anchor("notification_submitted");
  CHECK(DueCell(obligation, now).text == "no date yet: waits for 'notification_submitted'");

  *obligation.mutable_anchor_time() = client::ToProto(now);
  CHECK(DueCell(obligation, now).text == "no date");

  *obligation.mutable_due_time() = client::ToProto(At("2026-06-10T14:20:00Z"));
  CHECK(DueCell(obligation, now).text == "in 3 h 58 min (14:20 UTC)");
  CHECK(DueCell(obligation, now).colour == client::Colour::kYellow);
  CHECK(DueCell(obligation, At("2026-06-10T14:30:00Z")).text ==
        "overdue, was due 10 min ago (14:20 UTC)");

  obligation.set_state(v1::OBLIGATION_STATE_MISSED);
  CHECK(DueCell(obligation, At("2026-06-10T14:30:00Z")).text ==
        "missed, was due 10 min ago (14:20 UTC)");
  CHECK(DueCell(obligation, At("2026-06-10T14:30:00Z")).colour == client::Colour::kRed);

  obligation.set_state(v1::OBLIGATION_STATE_MET);
  *obligation.mutable_submit_time() = client::ToProto(At("2026-06-10T14:50:00Z"));
  obligation.set_late_by_seconds(1800);
  CHECK(DueCell(obligation, At("2026-06-10T15:00:00Z")).text ==
        "filed 10 min ago (14:50 UTC), late by 30 min");
}

TEST_CASE("StateWord: every state has its word", "[clients][show]") {
  for (int number = v1::OBLIGATION_STATE_OPEN; number <= v1::OBLIGATION_STATE_EXPECTED; ++number) {
    INFO(number);
    CHECK(StateWord(static_cast<v1::ObligationState>(number)) != "unknown");
  }
}

TEST_CASE("WordOf and ProtoOf: the API's numbers are the vocabulary's", "[clients][show]") {
  CHECK(WordOf<Severity>(v1::SEVERITY_SEV1) == "sev1");
  CHECK(WordOf<Phase>(v1::PHASE_CLOSED) == "closed");
  CHECK(WordOf<Tlp>(v1::TLP_RED) == "red");
  CHECK(WordOf<IncidentRole>(v1::INCIDENT_ROLE_OBSERVER) == "observer");
  CHECK(WordOf<OrgRole>(v1::ORG_ROLE_ADMIN) == "admin");
  CHECK(WordOf<EntryKind>(v1::ENTRY_KIND_REVIEW) == "review");
  CHECK(WordOf<FindingKind>(v1::FINDING_KIND_LESSON) == "lesson");
  CHECK(WordOf<Severity>(99) == "unknown");
  CHECK(*ProtoOf<v1::Phase, Phase>("recovery") == v1::PHASE_RECOVERY);
  const auto wrong = ProtoOf<v1::Phase, Phase>("recvery");
  CHECK(absl::IsInvalidArgument(wrong.status()));
}

}  // namespace
}  // namespace tocsin::cli
