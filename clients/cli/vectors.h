// Test cases for the deadline engine as a CSV file, checked against a running server: what is asked
// in each row, and whether the answer is the expected one.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tocsin/v1/obligation.pb.h"

namespace tocsin::cli {

/// One row.
struct Vector {
  std::string id;
  /// Line in the file, from 1.
  size_t line = 0;
  v1::ComputeDeadlineRequest request;
  /// The reading that the row is about: "due.hours:24:aware", "none", "error:no_offset".
  std::string rule;
  /// An instant, "none" or "error".
  std::string expected;
};

/// Adds "name=instant" pairs. Errors: kInvalidArgument BAD_EVENT, EVENT_TWICE.
absl::Status AddEvents(const std::vector<std::string>& pairs, v1::ComputeDeadlineRequest& request);

/// Reads a file with the columns id, regime, stage, entity_kind, event_times, time_zone, holidays,
/// expected_due_utc and rule; others are ignored. With `regime`, only its rows (upper and lower
/// case do not matter). Errors: kInvalidArgument of ParseCsv and AddEvents, with the line;
/// NO_VECTORS when no row is left.
absl::StatusOr<std::vector<Vector>> ParseVectors(std::string_view text, std::string_view regime);

/// Empty when the answer is as expected, else what is wrong with it.
std::string Compare(const Vector& vector,
                    const absl::StatusOr<v1::ComputeDeadlineResponse>& response);

}  // namespace tocsin::cli
