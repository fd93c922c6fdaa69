// The open deadlines as an RFC 5545 calendar for the calendars of the people on call: the alarm
// that still rings when the server and its board do not.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "clients/report/deadline_list.h"

namespace tocsin::report {

/// One event for each deadline that has a due time and is ours (not an expected answer), at that
/// time in UTC, with alarms 12 h, 4 h and 1 h before and at it (none in a historical incident). An
/// event's UID depends on origin, incident and deadline only and its SEQUENCE grows with the
/// incident, so that importing a newer calendar replaces the events of an older one. The incident's
/// title is left out: calendars are shared and synchronised. Lines end in CRLF, of at most 75
/// bytes. Errors: kNotFound NO_DATES when there is no such deadline; kInternal CALENDAR_NOT_MADE.
absl::StatusOr<std::string> DeadlineCalendar(const DeadlineList& list);

/// The number of events that DeadlineCalendar gives.
size_t CalendarEvents(const DeadlineList& list);

}  // namespace tocsin::report
