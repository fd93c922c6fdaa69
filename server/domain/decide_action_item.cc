// Action items: they come from a review and outlive it, and the incident too.
#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/base/time_text.h"
#include "server/domain/decide_parts.h"
#include "server/domain/review.h"

namespace tocsin::domain::decide {
namespace {

constexpr absl::Duration kActionItemAheadMax = absl::Hours(24 * 3653);
constexpr size_t kLinksMax = 20;

absl::Status CheckDue(absl::Time due, absl::Time now) {
  if (due <= now) {
    return InvalidArgument("DUE_IN_PAST", "the action item would be overdue at once",
                           "Give a due date that lies ahead.");
  }
  if (due > now + kActionItemAheadMax) {
    return InvalidArgument("DUE_TOO_FAR", "the action item would be due in more than 10 years",
                           "Check the year of the due date.");
  }
  return absl::OkStatus();
}

absl::Status CheckLinks(const Incident& incident, const ActionLinks& links) {
  if (links.findings.size() > kLinksMax || links.incidents.size() > kLinksMax) {
    return InvalidArgument("TOO_MANY_LINKS", "the action item has too many links",
                           absl::StrCat("Link at most ", kLinksMax, " of each."));
  }
  const std::vector<Finding>& findings = incident.review.findings;
  for (const uint64_t sequence : links.findings) {
    const bool known = std::any_of(findings.begin(), findings.end(), [&](const Finding& finding) {
      return finding.sequence == sequence;
    });
    if (known) continue;
    return NotFound("UNKNOWN_FINDING", absl::StrCat("#", sequence, " is no finding of this review"),
                    "See tocsin review show for their numbers.");
  }
  for (const std::string& number : links.incidents) {
    if (number != incident.number) continue;
    return InvalidArgument("OWN_INCIDENT", "an action item needs no link to its own incident",
                           "Leave it out.");
  }
  return absl::OkStatus();
}

absl::StatusOr<const ActionItem*> Require(const Incident& incident, const std::string& id) {
  const ActionItem* item = FindActionItem(incident, id);
  if (item != nullptr) return item;
  return NotFound("UNKNOWN_ACTION_ITEM", absl::StrCat("there is no action item ", Quoted(id)),
                  "See tocsin review show.");
}

absl::StatusOr<const ActionItem*> RequireOpen(const Incident& incident, const std::string& id) {
  TOCSIN_ASSIGN_OR_RETURN(const ActionItem* item, Require(incident, id));
  if (item->done) {
    return Error(absl::StatusCode::kAlreadyExists, "ACTION_ITEM_DONE",
                 absl::StrCat(item->id, " is already done"), "Nothing to do.");
  }
  if (item->dropped) {
    return FailedPrecondition(
        "ACTION_ITEM_DROPPED",
        absl::StrCat(item->id, " was dropped in #", item->dropped->meta.sequence),
        "Nothing to do.");
  }
  return item;
}

// What was late by now comes first: the record must say that it was.
std::vector<PendingEntry> AfterAlerts(const Incident& incident, absl::Time now, Event event) {
  std::vector<PendingEntry> entries = DueActionAlerts(incident, now);
  entries.push_back({.event = std::move(event)});
  return entries;
}

}  // namespace

Entries Decide(const Incident& incident, const AddActionItem& command,
               const CommandContext& context) {
  TOCSIN_RETURN_IF_ERROR(CheckReviewOpen(incident));
  TOCSIN_RETURN_IF_ERROR(CheckText("the action item", command.text));
  TOCSIN_RETURN_IF_ERROR(CheckPerson(command.owner));
  if (!command.type) {
    return InvalidArgument("NO_ACTION_TYPE", "the action item has no type",
                           "Say what it is to change: prevent, detect, mitigate or process.");
  }
  TOCSIN_RETURN_IF_ERROR(CheckDue(command.due, context.now));
  TOCSIN_RETURN_IF_ERROR(CheckLinks(incident, command.links));
  if (incident.review.action_items.size() >= kActionItemsMax) {
    return FailedPrecondition("REVIEW_FULL",
                              absl::StrCat("the review has ", kActionItemsMax, " action items"),
                              "Nobody does more. Drop what will not be done.");
  }
  return One(ActionItemAdded{absl::StrCat("action-", incident.review.action_items.size() + 1),
                             command.text, command.owner, command.due, command.type,
                             command.links});
}

Entries Decide(const Incident& incident, const CompleteActionItem& command,
               const CommandContext& context) {
  TOCSIN_RETURN_IF_ERROR(CheckText("the evidence", command.evidence));
  TOCSIN_RETURN_IF_ERROR(RequireOpen(incident, command.action_item).status());
  return AfterAlerts(incident, context.now,
                     ActionItemCompleted{command.action_item, command.evidence});
}

Entries Decide(const Incident& incident, const ChangeActionItem& command,
               const CommandContext& context) {
  TOCSIN_RETURN_IF_ERROR(CheckText("the reason", command.because));
  TOCSIN_ASSIGN_OR_RETURN(const ActionItem* item, RequireOpen(incident, command.action_item));
  if (command.due) TOCSIN_RETURN_IF_ERROR(CheckDue(*command.due, context.now));
  const bool owner_moves = !command.owner.empty() && command.owner != item->owner;
  const bool due_moves = command.due && *command.due != item->due;
  if (!owner_moves && !due_moves) {
    return Error(absl::StatusCode::kAlreadyExists, "ACTION_ITEM_UNCHANGED",
                 absl::StrCat("nothing changes for ", item->id),
                 "Give another owner or another due date.");
  }
  return AfterAlerts(incident, context.now,
                     ActionItemChanged{item->id, owner_moves ? command.owner : PrincipalId{},
                                       due_moves ? command.due : std::nullopt, command.because});
}

Entries Decide(const Incident& incident, const DropActionItem& command,
               const CommandContext& context) {
  TOCSIN_RETURN_IF_ERROR(CheckText("the reason", command.because));
  TOCSIN_RETURN_IF_ERROR(RequireOpen(incident, command.action_item).status());
  return AfterAlerts(incident, context.now,
                     ActionItemDropped{command.action_item, command.because});
}

Entries Decide(const Incident& incident, const EvaluateActionItem& command,
               const CommandContext& context) {
  TOCSIN_RETURN_IF_ERROR(CheckText("the reason", command.because));
  TOCSIN_ASSIGN_OR_RETURN(const ActionItem* item, Require(incident, command.action_item));
  if (!item->done || !item->completed) {
    return FailedPrecondition("ACTION_ITEM_NOT_DONE", absl::StrCat(item->id, " is not done"),
                              "Whether it helped can be said once it is.");
  }
  const absl::Time asked = item->completed->record_time + kEffectAfter;
  if (command.helped != Helped::kNo && context.now < asked) {
    return FailedPrecondition(
        "EFFECT_TOO_EARLY",
        absl::StrCat("whether ", item->id, " helped is asked on ",
                     absl::FormatTime("%Y-%m-%d", asked, incident.zone.rules)),
        "Only a plain no can be said before: then it is known that it did not help.");
  }
  return AfterAlerts(incident, context.now,
                     ActionItemEvaluated{item->id, command.helped, command.because});
}

}  // namespace tocsin::domain::decide
