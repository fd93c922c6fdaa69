#include "server/domain/review.h"

#include <algorithm>
#include <array>

#include "server/base/view.h"

namespace tocsin::domain {
namespace {

constexpr std::array<ActionAlert, 4> kWhileOpen = {ActionAlert::kDueSoon, ActionAlert::kOverdue,
                                                   ActionAlert::kStillOverdue,
                                                   ActionAlert::kLongOverdue};
constexpr std::array<ActionAlert, 2> kOnceDone = {ActionAlert::kDidItHelp,
                                                  ActionAlert::kDidItHelpAgain};

struct Planned {
  ActionAlert alert;
  absl::Time fire_time;
  absl::Time due;
};

// What is not recorded yet, earliest first.
std::vector<Planned> PlannedFor(const ActionItem& item) {
  std::vector<Planned> planned;
  const auto add = [&](ActionAlert alert, absl::Time from, absl::Time due) {
    const int days = static_cast<int>(alert);
    if (item.alerted && days <= *item.alerted) return;
    const absl::Time at = from + absl::Hours(24) * days;
    if (at > item.dated_time || alert != ActionAlert::kDueSoon) planned.push_back({alert, at, due});
  };
  if (item.open()) {
    for (const ActionAlert alert : kWhileOpen) add(alert, item.due, item.due);
  } else if (item.done && item.completed && !item.effect) {
    const absl::Time done = item.completed->record_time;
    for (const ActionAlert alert : kOnceDone) add(alert, done, done + kEffectAfter);
  }
  return planned;
}

}  // namespace

std::string_view StateWord(const Review& review) {
  const bool settled = std::all_of(
      review.action_items.begin(), review.action_items.end(),
      [](const ActionItem& item) { return item.dropped || (item.done && item.effect); });
  switch (review.state) {
    case ReviewState::kNone:
      return review.waived ? "waived" : "none";
    case ReviewState::kOpen:
      return review.waived ? "waived" : "draft";
    case ReviewState::kRead:
      return review.waived ? "waived" : "reviewed";
    case ReviewState::kPublished:
      return settled ? "published" : "follow-up";
  }
  return "";
}

std::string_view StateWord(const ActionItem& item, absl::Time now) {
  if (item.dropped) return "dropped";
  if (!item.done) return IsOverdue(item, now) ? "overdue" : "open";
  if (!item.effect) return "done";
  switch (item.effect->helped) {
    case Helped::kYes:
      return "effective";
    case Helped::kNo:
      return "not effective";
    case Helped::kPartly:
      return "partly effective";
  }
  return "";
}

bool IsOverdue(const ActionItem& item, absl::Time now) {
  return item.open() && item.due < now;
}

bool AwaitsEffect(const ActionItem& item, absl::Time now) {
  return item.done && item.completed && !item.effect &&
         item.completed->record_time + kEffectAfter <= now;
}

const ActionItem* FindActionItem(const Incident& incident, std::string_view id) {
  const auto& items = incident.review.action_items;
  const auto item = std::find_if(items.begin(), items.end(),
                                 [&](const ActionItem& candidate) { return candidate.id == id; });
  return item == items.end() ? nullptr : &*item;
}

const GuideQuestion* FindQuestion(const ReviewGuide& guide, std::string_view id) {
  for (const GuideQuestion& question : guide.questions) {
    if (question.id == id) return &question;
  }
  return nullptr;
}

std::vector<std::string> SameCause(
    const Incident& incident,
    std::span<const std::shared_ptr<const regulation::RelatedIncident>> related) {
  std::vector<std::string> numbers;
  const std::string key(regulation::kRootCauseKey);
  const auto cause = incident.impact.find(key);
  if (cause == incident.impact.end() || cause->second.value == "unknown" || incident.drill) {
    return numbers;
  }
  for (const auto& other : related) {
    const auto theirs = other->facts.find(key);
    const bool same = theirs != other->facts.end() && theirs->second == cause->second.value;
    if (same && other->number != incident.number) numbers.push_back(other->number);
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

std::vector<Timer> ActionTimers(const Incident& incident) {
  std::vector<Timer> timers;
  if (incident.historical) return timers;
  for (const ActionItem& item : incident.review.action_items) {
    for (const Planned& planned : PlannedFor(item)) {
      timers.push_back({planned.fire_time, item.id, static_cast<int>(planned.alert), planned.due});
    }
  }
  return timers;
}

std::vector<PendingEntry> DueActionAlerts(const Incident& incident, absl::Time now) {
  std::vector<PendingEntry> entries;
  if (incident.historical) return entries;
  for (const ActionItem& item : incident.review.action_items) {
    std::vector<Planned> passed = PlannedFor(item);
    std::erase_if(passed, [&](const Planned& planned) { return planned.fire_time > now; });
    for (const Planned& planned : passed) {
      const bool last = planned.alert == passed.back().alert;
      if (!last && planned.alert != ActionAlert::kOverdue) continue;
      entries.push_back({.event = ActionItemAlerted{item.id, planned.alert, planned.due,
                                                    planned.fire_time, item.owner},
                         .occur_time = planned.fire_time,
                         .by_server = true});
    }
  }
  return entries;
}

}  // namespace tocsin::domain
