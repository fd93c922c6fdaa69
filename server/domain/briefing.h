// How things stand, in words, for whoever takes over and for whoever must be told: drafts that a
// person reads, corrects and sends. The one idea: a draft says only what the record says, names the
// entry, and draws on nothing above the label of those who will read it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "server/domain/describe.h"
#include "server/domain/incident.h"

namespace tocsin::domain {

/// Something that a person wrote, as it stands after corrections.
struct Note {
  uint64_t sequence = 0;
  EntryKind kind = EntryKind::kObservation;
  std::string text;
  absl::Time time;
  PrincipalId author;
  Tlp tlp = Tlp::kAmber;
};

/// What people wrote in one incident, without what was retracted. Fed with all entries in order.
class Notes {
 public:
  /// `tlp` is the label that counts: the entry's own, or the incident's.
  void Add(const EntryMeta& meta, const PendingEntry& entry, Tlp tlp);
  /// By sequence.
  const std::map<uint64_t, Note>& all() const { return notes_; }

 private:
  std::map<uint64_t, Note> notes_;
};

/// The label of a report for this audience, and the ceiling of what its draft draws on: that of the
/// incident, for management at most amber, for customers at most green.
Tlp CeilingOf(const Incident& incident, Audience audience);

/// The brief of a handover as Markdown: state, people, clocks, decisions, steps, what is unknown,
/// the last notes. At most some kilobytes, whatever the incident's length. Its entry carries the
/// incident's label, so that notes above it are only counted.
std::string HandoverBrief(const Incident& incident, const Notes& notes, absl::Time now,
                          const HandleOf& handle_of);

/// The three parts of a situation report, drafted. Lines begin with "- ".
struct SituationDraft {
  /// The last report for this audience; 0: there is none, and it speaks of everything.
  uint64_t since_sequence = 0;
  std::string conditions;
  std::string actions;
  std::string needs;
  /// Notes since then that are above the audience's label.
  size_t withheld = 0;
  /// Notes since then that found no room.
  size_t left_out = 0;
};

/// Conditions: severity, phase, impact, clocks. Actions: what was done and decided since the last
/// report. Needs: what is unknown, overdue, or has nobody. Customers get nothing of the state, only
/// notes that are labelled for them.
SituationDraft DraftSituation(const Incident& incident, Audience audience, const Notes& notes,
                              absl::Time now);

}  // namespace tocsin::domain
