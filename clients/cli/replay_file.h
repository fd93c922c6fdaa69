// Incident files, the real input of imports and drills: JSON Lines with one past incident, its
// events in time order, then what it cost and what was learnt. A file is read and checked whole
// before anything of it is sent, so that line 17 of 40 being broken leaves nothing half-imported.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/base/digest.h"
#include "server/base/vocabulary.h"

namespace tocsin::cli {

/// The longest line that is read, in bytes.
inline constexpr size_t kReplayLineBytesMax = 64 * 1024;

/// Line 1. Texts as in the file; lists joined by one blank.
struct ReplayHeader {
  std::string slug;
  std::string title;
  std::string organisation;
  std::string sector;
  std::string countries;
  std::string time_zone;
  std::string summary;
  std::string sources;
  std::string confidence;
};

/// Something that happened.
struct ReplayEvent {
  int line = 0;
  EntryKind kind = EntryKind::kObservation;
  /// occurred_at as it stands in the file.
  std::string stated;
  /// That instant; the start of the day or month in the file's time zone when no more is known.
  absl::Time occur_time;
  Precision precision = Precision::kDay;
  std::string text;
  /// actor, source, and as given via, note, approximate, derived, verified.
  std::map<std::string, std::string> attributes;
};

/// A number that says how bad it was.
struct ReplayImpact {
  int line = 0;
  std::string text;
  /// metric, value, unit, source, and as given via, note, approximate, derived, verified.
  std::map<std::string, std::string> attributes;
};

struct ReplayLesson {
  int line = 0;
  std::string text;
  /// source, and as given via, note, approximate, derived, verified.
  std::map<std::string, std::string> attributes;
};

struct ReplayFile {
  ReplayHeader header;
  absl::TimeZone zone;
  std::vector<ReplayEvent> events;
  std::vector<ReplayImpact> impacts;
  std::vector<ReplayLesson> lessons;
  /// Of the file's bytes.
  Digest digest;
  int lines = 0;
};

/// Reads the whole file. `name` is only used in messages.
/// Errors: kInvalidArgument, reason BAD_INCIDENT_FILE, "NAME:17: line 17 of 40: what is wrong".
absl::StatusOr<ReplayFile> ParseReplayFile(std::string_view name, std::string_view content);

}  // namespace tocsin::cli
