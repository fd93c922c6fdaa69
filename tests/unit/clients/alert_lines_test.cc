#include "clients/core/alert_lines.h"

#include "clients/core/incident_clock.h"
#include "clients/core/proto_time.h"
#include "tests/support/catch.h"

namespace tocsin::client {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'781'085'600);  // 2026-06-10 10:00 UTC

v1::Incident AnIncident() {
  v1::Incident incident;
  v1::OpenAlert& alert = *incident.add_alerts();
  alert.set_sequence(14);
  alert.set_what("deadline missed: nis2.early_warning");
  *alert.mutable_alert_time() = ToProto(kNow - absl::Minutes(12));
  alert.set_level(2);
  alert.add_asked("@bob");
  alert.add_asked("@carol");
  *alert.mutable_next_time() = ToProto(kNow + absl::Minutes(8));
  v1::UndeliveredAlert& undelivered = *incident.add_undelivered_alerts();
  undelivered.set_sequence(14);
  undelivered.set_channel("xmpp");
  undelivered.set_room("war@rooms.example");
  *undelivered.mutable_report_time() = ToProto(kNow - absl::Minutes(2));
  return incident;
}

}  // namespace

TEST_CASE("Alert lines: what it is, since when, who is asked, and what did not arrive",
          "[clients][alert]") {
  v1::Incident incident = AnIncident();
  CHECK(AlertLines(incident, kNow) ==
        std::vector<std::string>{
            "#14 deadline missed: nis2.early_warning, 12 min ago (09:48 UTC); asked: @bob @carol "
            "(level 2), the next in 8 min (10:08 UTC)",
            "#14 NOT DELIVERED to xmpp war@rooms.example, reported 2 min ago (09:58 UTC); tell "
            "them another way, then acknowledge it"});
  incident.mutable_alerts(0)->clear_next_time();
  CHECK_THAT(AlertLine(incident, incident.alerts(0), kNow),
             ContainsSubstring("; nobody further is asked"));
  incident.mutable_alerts(0)->clear_asked();
  CHECK_THAT(AlertLine(incident, incident.alerts(0), kNow), ContainsSubstring("; nobody is asked"));
  CHECK(AlertLines(v1::Incident(), kNow).empty());
}

TEST_CASE("Alert lines: in a running drill the times are those of its clock", "[clients][alert]") {
  v1::Incident incident = AnIncident();
  v1::DrillClock& clock = *incident.mutable_drill_clock();
  *clock.mutable_set_time() = ToProto(kNow);
  *clock.mutable_shown_time() = ToProto(kNow - absl::Minutes(10));
  *clock.mutable_end_time() = ToProto(kNow + absl::Hours(4));
  clock.set_speed(60);
  CHECK_THAT(AlertLine(incident, incident.alerts(0), kNow), ContainsSubstring("2 min ago"));
  CHECK(TimeIn(incident, kNow + absl::Minutes(1)) == kNow + absl::Minutes(50));
  CHECK(TimeIn(incident, kNow + absl::Hours(9)) == kNow + absl::Hours(4));
  CHECK(TimeIn(incident, kNow - absl::Hours(1)) == kNow - absl::Minutes(10));
  clock.set_paused(true);
  CHECK(TimeIn(incident, kNow + absl::Minutes(1)) == kNow - absl::Minutes(10));
  CHECK(TimeIn(v1::Incident(), kNow) == kNow);
}

}  // namespace tocsin::client
