// Answers "when would this be due?" for facts typed in by hand or read from a file of vectors,
// without an incident. Unlike Evaluate it gives every reading of the stage's term, each under its
// rule name, and takes instants as raw text so that a time without offset or one that never
// happened is refused here.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/regulation/rule_pack.h"

namespace tocsin::regulation {

/// Loads the rules of an IANA zone. Zones are files, which this layer has not; its errors are
/// passed on.
using ZoneLoader = std::function<absl::StatusOr<absl::TimeZone>(std::string_view name)>;

struct StageQuestion {
  std::string stage;
  std::string entity_kind;
  std::map<std::string, std::string> events;  // name to instant, as ParseInstant reads it
  std::string zone;                           // IANA name of the reporting establishment; a pack
                                              // that names its own zone counts by that
  std::string holidays = "-";                 // as ParseHolidays reads it
};

/// One way to count the stage's term.
struct Reading {
  std::string rule;  // "due.hours:24:aware", "latest.months_roll:1:handled", or "none"
  std::optional<absl::Time> value;  // absent: required or expected, but no date (yet)
  std::string arithmetic;           // how it was found, or why there is no date
  std::string article;
  std::string note;  // when the reading may be relied on; may be empty
};

/// Splits "aware=2026-06-10T08:15:00Z;handled=..." into names and raw instants.
/// Errors: kInvalidArgument: INVALID_EVENT when a part has no "=" or a name comes twice;
/// UNKNOWN_EVENT for a name that is not an anchor's.
absl::StatusOr<std::map<std::string, std::string>> ParseEvents(std::string_view text);

/// The readings of the stage's term: first `due`, then the legal latest where it differs, then the
/// others. Errors, all kInvalidArgument: UNKNOWN_ENTITY_KIND, UNKNOWN_STAGE, UNKNOWN_EVENT,
/// INVALID_HOLIDAYS; for the instants those of ParseInstant (INVALID_DATE, NO_OFFSET,
/// NONEXISTENT_LOCAL_TIME, AMBIGUOUS_LOCAL_TIME); and the loader's.
absl::StatusOr<std::vector<Reading>> ComputeStage(const RulePack& pack,
                                                  const StageQuestion& question,
                                                  const ZoneLoader& load_zone);

}  // namespace tocsin::regulation
