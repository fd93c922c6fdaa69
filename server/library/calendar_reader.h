// Reads the public holidays of a country from playbooks/calendars/*.yaml. The form stands in the
// README there. The file lists each date; nothing is computed here, so that what counts can be read
// and corrected by somebody who knows the law and not the program.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "server/regulation/calendar.h"

namespace tocsin::library {

/// Reads a calendar, with the years it covers, from the bytes of its file. `file` is only used in
/// messages. Pure and thread-safe.
/// Errors: kInvalidArgument, reason YAML_INVALID, "file:line:column: what is wrong".
absl::StatusOr<regulation::Calendar> ReadCalendar(std::string_view file, std::string_view bytes);

/// Reads the file at `path`. Errors: as ReadCalendar; kNotFound when it cannot be read.
absl::StatusOr<regulation::Calendar> ReadCalendarFile(const std::string& path);

}  // namespace tocsin::library
