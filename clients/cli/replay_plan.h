// What an incident file becomes on the server: the entries to write, for an import with their true
// times, for a replay with all times shifted by one constant. Pure: no connection, no clock.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "clients/cli/replay_file.h"
#include "clients/convert/planned_entry.h"
#include "server/base/vocabulary.h"

namespace tocsin::cli {

using convert::PlannedEntry;

/// Events, then impact lines. Attributes: those of the file, and stated_time for events.
std::vector<PlannedEntry> PlanImport(const ReplayFile& file);

/// The moment of awareness in the file, and why it is this one.
struct Awareness {
  int line = 0;
  absl::Time time;
  EntryKind kind = EntryKind::kDetection;
  std::string text;
};
/// The first event of kind detection; else the first impact; else the first communication; else the
/// first event. nullopt only when the file has no events.
std::optional<Awareness> FindAwareness(const ReplayFile& file);

/// Events shifted by `shift`, then impact lines, then, when `lessons` is true, lessons as entries
/// of kind review. Every event carries original_occur_time as the file states it; one that would
/// lie after `now` has no claimed time.
std::vector<PlannedEntry> PlanReplay(const ReplayFile& file, absl::Duration shift, absl::Time now,
                                     bool lessons);

/// The facts of an impact assessment that the file's impact lines state, in the keys of
/// docs/impact.md; malicious=yes when there is attacker activity.
std::map<std::string, std::string> ImpactFacts(const ReplayFile& file);

/// The attributes of the incident itself: summary, sector, organisation, countries, sources,
/// confidence, slug, file_sha256.
std::map<std::string, std::string> IncidentAttributes(const ReplayFile& file);

/// A request id that is the same for the same file, organisation, step and line, so that an
/// interrupted import can be run again. `copy` is empty, or different for each deliberate copy.
std::string ImportRequestId(const Digest& file, std::string_view organisation,
                            std::string_view copy, std::string_view step, int line);

}  // namespace tocsin::cli
