// The post-incident review and its action items.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/domain/decide_parts.h"

namespace tocsin::domain::decide {
namespace {

constexpr absl::Duration kActionItemAheadMax = absl::Hours(24 * 3653);

absl::Status CheckReviewOpen(const Incident& incident) {
  switch (incident.review.state) {
    case ReviewState::kOpen:
      return absl::OkStatus();
    case ReviewState::kNone:
      return FailedPrecondition("REVIEW_NOT_OPEN", "no review is open",
                                "Open it: tocsin review open.");
    case ReviewState::kPublished:
      return FailedPrecondition("REVIEW_PUBLISHED", "the review is published and frozen",
                                "Record an entry of kind review if something must be added.");
  }
  return absl::OkStatus();
}

}  // namespace

Entries Decide(const Incident& incident, const OpenReview&, const CommandContext&) {
  if (incident.review.state != ReviewState::kNone) {
    return Error(absl::StatusCode::kAlreadyExists, "REVIEW_EXISTS",
                 absl::StrCat(incident.number, " already has a review"),
                 "Add to it: tocsin review well|bad|lucky|condition|lesson TEXT.");
  }
  return One(ReviewOpened{});
}

Entries Decide(const Incident& incident, const AddFinding& command, const CommandContext&) {
  TOCSIN_RETURN_IF_ERROR(CheckReviewOpen(incident));
  TOCSIN_RETURN_IF_ERROR(CheckText("the finding", command.text));
  TOCSIN_RETURN_IF_ERROR(CheckAttributes(command.attributes));
  return One(FindingAdded{command.kind, command.text, command.attributes});
}

Entries Decide(const Incident& incident, const AddActionItem& command,
               const CommandContext& context) {
  TOCSIN_RETURN_IF_ERROR(CheckReviewOpen(incident));
  TOCSIN_RETURN_IF_ERROR(CheckText("the action item", command.text));
  TOCSIN_RETURN_IF_ERROR(CheckPerson(command.owner));
  if (command.due <= context.now) {
    return InvalidArgument("DUE_IN_PAST", "the action item would be overdue at once",
                           "Give a due date that lies ahead.");
  }
  if (command.due > context.now + kActionItemAheadMax) {
    return InvalidArgument("DUE_TOO_FAR", "the action item would be due in more than 10 years",
                           "Check the year of the due date.");
  }
  return One(ActionItemAdded{absl::StrCat("action-", incident.review.action_items.size() + 1),
                             command.text, command.owner, command.due});
}

Entries Decide(const Incident& incident, const CompleteActionItem& command, const CommandContext&) {
  TOCSIN_RETURN_IF_ERROR(CheckText("the evidence", command.evidence));
  const auto& items = incident.review.action_items;
  const auto item = std::find_if(items.begin(), items.end(), [&](const ActionItem& candidate) {
    return candidate.id == command.action_item;
  });
  if (item == items.end()) {
    return NotFound("UNKNOWN_ACTION_ITEM",
                    absl::StrCat("there is no action item ", Quoted(command.action_item)),
                    "See tocsin review show.");
  }
  if (item->done) {
    return Error(absl::StatusCode::kAlreadyExists, "ACTION_ITEM_DONE",
                 absl::StrCat(item->id, " is already done"), "Nothing to do.");
  }
  return One(ActionItemCompleted{command.action_item, command.evidence});
}

Entries Decide(const Incident& incident, const PublishReview& command, const CommandContext&) {
  TOCSIN_RETURN_IF_ERROR(CheckReviewOpen(incident));
  TOCSIN_RETURN_IF_ERROR(CheckText("the summary", command.summary));
  if (incident.review.findings.empty()) {
    return FailedPrecondition("REVIEW_EMPTY", "the review has no finding",
                              "Add at least one: tocsin review lesson TEXT.");
  }
  return One(ReviewPublished{command.summary});
}

}  // namespace tocsin::domain::decide
