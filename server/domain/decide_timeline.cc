// What people write, correct and retract.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/domain/decide_parts.h"

namespace tocsin::domain::decide {
namespace {

// An entry that a person wrote and nobody has retracted.
absl::Status CheckTarget(const Incident& incident, uint64_t sequence) {
  if (sequence == 0 || sequence > incident.last_sequence) {
    return NotFound(
        "UNKNOWN_ENTRY", absl::StrCat(incident.number, " has no entry #", sequence),
        absl::StrCat("The last entry is #", incident.last_sequence, "; see tocsin timeline."));
  }
  if (!std::binary_search(incident.written.begin(), incident.written.end(), sequence)) {
    return FailedPrecondition(
        "ENTRY_NOT_WRITTEN", absl::StrCat("entry #", sequence, " was not written with `log`"),
        "Only logged entries can be corrected or retracted; for others record "
        "a new entry that says what is wrong.");
  }
  if (const auto it = incident.retracted_by.find(sequence); it != incident.retracted_by.end()) {
    return FailedPrecondition("ENTRY_RETRACTED",
                              absl::StrCat("entry #", sequence, " was retracted by #", it->second),
                              "Record a new entry instead.");
  }
  return absl::OkStatus();
}

// Whoever may not read an entry may not read what it should have said either; and whoever has read
// it must learn that it was wrong.
Entries UnderLabelOf(const Incident& incident, uint64_t sequence, Event event) {
  std::vector<PendingEntry> entries = One(std::move(event));
  const auto label = incident.labels.find(sequence);
  if (label != incident.labels.end()) entries.front().tlp = label->second;
  return entries;
}

}  // namespace

Entries Decide(const Incident& incident, const RecordEntry& command,
               const CommandContext& context) {
  TOCSIN_RETURN_IF_ERROR(CheckOpen(incident));
  TOCSIN_RETURN_IF_ERROR(CheckText("the text", command.text));
  TOCSIN_RETURN_IF_ERROR(CheckAttributes(command.attributes));
  if (command.occur_time) {
    TOCSIN_RETURN_IF_ERROR(CheckClaimedTime("the time", *command.occur_time, context.now));
  }
  std::vector<PendingEntry> entries =
      One(EntryRecorded{command.kind, command.text, command.attributes});
  entries[0].occur_time = command.occur_time;
  entries[0].precision = command.precision;
  entries[0].tlp = command.tlp;
  return entries;
}

Entries Decide(const Incident& incident, const CorrectEntry& command, const CommandContext&) {
  TOCSIN_RETURN_IF_ERROR(CheckText("the text", command.text));
  TOCSIN_RETURN_IF_ERROR(CheckTarget(incident, command.sequence));
  return UnderLabelOf(incident, command.sequence, EntryCorrected{command.sequence, command.text});
}

Entries Decide(const Incident& incident, const RetractEntry& command, const CommandContext&) {
  TOCSIN_RETURN_IF_ERROR(CheckText("the reason", command.because));
  TOCSIN_RETURN_IF_ERROR(CheckTarget(incident, command.sequence));
  return UnderLabelOf(incident, command.sequence,
                      EntryRetracted{command.sequence, command.because});
}

}  // namespace tocsin::domain::decide
