// The post-incident review and what follows from it. The one idea: findings are frozen when the
// review is published, action items are not; they have timers of their own, which do not care
// whether the incident is closed, until somebody has said whether the action helped.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "server/domain/incident.h"
#include "server/domain/timers.h"
#include "server/regulation/criteria.h"

namespace tocsin::domain {

/// So long after an action item was done it is asked whether it helped.
inline constexpr absl::Duration kEffectAfter = absl::Hours(24 * 90);
/// Of one review.
inline constexpr size_t kFindingsMax = 2000;
inline constexpr size_t kActionItemsMax = 500;
inline constexpr size_t kParticipantsMax = 100;
/// Of one guide. They are kept in the record of each review.
inline constexpr size_t kGuideQuestionsMax = 50;

/// "none", "draft", "reviewed", "published", "follow-up" (published, and an action item is open or
/// waits for whether it helped), "waived".
std::string_view StateWord(const Review& review);
/// "open", "overdue", "done", "dropped", "effective", "partly effective", "not effective".
std::string_view StateWord(const ActionItem& item, absl::Time now);
/// Open and past its due time.
bool IsOverdue(const ActionItem& item, absl::Time now);
/// Done, the 90 days are over, and nobody has said whether it helped.
bool AwaitsEffect(const ActionItem& item, absl::Time now);

/// By id; nullptr when there is none.
const ActionItem* FindActionItem(const Incident& incident, std::string_view id);
/// By id; nullptr when the guide has none.
const GuideQuestion* FindQuestion(const ReviewGuide& guide, std::string_view id);

/// Numbers of those of `related` that have the root cause of `incident`, in order. Empty when it
/// states none, and for a drill.
std::vector<std::string> SameCause(
    const Incident& incident,
    std::span<const std::shared_ptr<const regulation::RelatedIncident>> related);

/// The alerts of action items that are to come or have come and are not recorded. None for
/// historical incidents.
std::vector<Timer> ActionTimers(const Incident& incident);
/// An ActionItemAlerted for what is due by `now`. Of several for one item the first moment of being
/// overdue and the last alert, each with its true time: nobody is helped by more of them at once.
std::vector<PendingEntry> DueActionAlerts(const Incident& incident, absl::Time now);

/// A fact that the record holds, and what to ask about it.
struct Prompt {
  ReviewPart part = ReviewPart::kLearning;
  std::string fact;
  std::string ask;
  /// Entries that it rests on, where they are known.
  std::vector<uint64_t> entries;
};
/// What the record itself asks the review about: how long things took, silences, deadlines, late
/// and skipped steps, what nobody answered, what was decided without being known, and the incidents
/// of `same_cause`. In the order of the parts.
std::vector<Prompt> PromptsFor(const Incident& incident, absl::Time now,
                               std::span<const std::string> same_cause = {});

}  // namespace tocsin::domain
