// One entry that a client means to record, as a file states it: what imports, replays and the
// formats of other tools all come down to. A plain value.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "server/base/vocabulary.h"

namespace tocsin::convert {

/// The order of a list of them is the order in which they are recorded, whatever their times say.
struct PlannedEntry {
  /// Which one it is within its file, from 1: a line, or a count where a file has no lines.
  int line = 0;
  EntryKind kind = EntryKind::kObservation;
  std::string text = {};
  /// Absent: it happens when it is recorded.
  std::optional<absl::Time> occur_time = std::nullopt;
  Precision precision = Precision::kSecond;
  std::map<std::string, std::string> attributes = {};
  /// Absent: the incident's.
  std::optional<Tlp> tlp = std::nullopt;
  /// Where it stands in its file, "line 17" or "tasks[2].logs[0]", when `line` does not say it.
  std::string place = {};
};

}  // namespace tocsin::convert
