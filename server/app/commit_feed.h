// What a commit made true, for those who must learn of it: readers' state, watchers, timers. One
// immutable object a commit, shared by all of them.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "server/base/digest.h"
#include "server/base/ids.h"
#include "server/base/vocabulary.h"
#include "server/domain/event.h"
#include "server/domain/timers.h"

namespace tocsin::app {

/// One durable entry.
struct CommittedEntry {
  OrgNumber org{};
  /// Zero: the organisation's own timeline.
  IncidentId incident;
  uint64_t log_index = 0;
  domain::EntryMeta meta;
  domain::PendingEntry entry;
  Tlp tlp = Tlp::kAmber;
  Digest leaf;
};

/// The timers of one incident after the commit; replaces what was known of it.
struct CommittedTimers {
  OrgNumber org{};
  IncidentId incident;
  std::vector<domain::Timer> timers;
};

/// How other incidents' criteria see one incident after the commit; nullptr: not at all.
struct CommittedRelation {
  OrgNumber org{};
  IncidentId incident;
  std::shared_ptr<const regulation::RelatedIncident> related;
};

struct Commit {
  std::vector<CommittedEntry> entries;
  std::vector<CommittedTimers> timers;
  std::vector<CommittedRelation> relations;
};

/// Learns of every commit, in order. Called on the completion thread after the replies of the
/// commit have been given out: must not block and must not call back into the command processor.
class CommitObserver {
 public:
  virtual ~CommitObserver() = default;
  virtual void OnCommit(std::shared_ptr<const Commit> commit) = 0;
};

}  // namespace tocsin::app
