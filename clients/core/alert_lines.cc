#include "clients/core/alert_lines.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "clients/core/incident_clock.h"
#include "clients/core/proto_time.h"
#include "clients/core/time_input.h"

namespace tocsin::client {

std::string AlertLine(const v1::Incident& incident, const v1::OpenAlert& alert, absl::Time now) {
  const absl::Time time = TimeIn(incident, now);
  std::string line = absl::StrCat("#", alert.sequence(), " ", alert.what(), ", ",
                                  FormatRelative(FromProto(alert.alert_time()), time));
  if (alert.asked().empty()) return absl::StrCat(line, "; nobody is asked");
  if (!alert.has_next_time()) return absl::StrCat(line, "; nobody further is asked");
  absl::StrAppend(&line, "; asked: ", absl::StrJoin(alert.asked(), " "), " (level ", alert.level(),
                  "), the next ", FormatRelative(FromProto(alert.next_time()), time));
  return line;
}

std::string UndeliveredLine(const v1::Incident& incident, const v1::UndeliveredAlert& alert,
                            absl::Time now) {
  return absl::StrCat("#", alert.sequence(), " NOT DELIVERED to ", alert.channel(),
                      alert.room().empty() ? "" : " ", alert.room(), ", reported ",
                      FormatRelative(FromProto(alert.report_time()), TimeIn(incident, now)),
                      "; tell them another way, then acknowledge it");
}

std::vector<std::string> AlertLines(const v1::Incident& incident, absl::Time now) {
  std::vector<std::string> lines;
  for (const v1::OpenAlert& alert : incident.alerts()) {
    lines.push_back(AlertLine(incident, alert, now));
  }
  for (const v1::UndeliveredAlert& alert : incident.undelivered_alerts()) {
    lines.push_back(UndeliveredLine(incident, alert, now));
  }
  return lines;
}

}  // namespace tocsin::client
