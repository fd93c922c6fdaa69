// Notifications to the authority: draft, approval, filing, acknowledgement.
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/base/time_text.h"
#include "server/domain/decide_parts.h"
#include "server/domain/notification.h"
#include "server/domain/obligations.h"

namespace tocsin::domain::decide {
namespace {

// What is ours to write and file, and neither filed nor waived yet.
absl::Status CheckToFile(const Obligation& obligation) {
  if (!obligation.duty.own_duty) {
    return FailedPrecondition(
        "NOT_OUR_DUTY", absl::StrCat(obligation.id, " is expected from the authority"),
        absl::StrCat("Record its answer: tocsin notify acknowledged ", obligation.duty.stage, "."));
  }
  if (obligation.state == ObligationState::kWaived) {
    return FailedPrecondition("OBLIGATION_WAIVED", absl::StrCat(obligation.id, " is waived"),
                              "Decide significance again or request it anew.");
  }
  if (obligation.submission) {
    return Error(absl::StatusCode::kAlreadyExists, "ALREADY_SUBMITTED",
                 absl::StrCat(obligation.id, " was filed ",
                              FormatInstant(obligation.submission->submit_time), " in #",
                              obligation.submission->sequence),
                 "A filed notification never changes; record an update with tocsin log.");
  }
  return absl::OkStatus();
}

}  // namespace

Entries Decide(const Incident& incident, const DraftNotification& command, const CommandContext&) {
  TOCSIN_RETURN_IF_ERROR(CheckAttributes(command.fields));
  TOCSIN_ASSIGN_OR_RETURN(const Obligation* obligation, RequireObligation(incident, command.stage));
  TOCSIN_RETURN_IF_ERROR(CheckToFile(*obligation));
  TOCSIN_ASSIGN_OR_RETURN(std::vector<DraftField> fields,
                          DraftFields(incident, *obligation, command.fields));
  return One(NotificationDrafted{obligation->id, std::move(fields)});
}

Entries Decide(const Incident& incident, const ApproveNotification& command,
               const CommandContext&) {
  TOCSIN_ASSIGN_OR_RETURN(const Obligation* obligation, RequireObligation(incident, command.stage));
  TOCSIN_RETURN_IF_ERROR(CheckToFile(*obligation));
  if (obligation->draft_sequence == 0) {
    return FailedPrecondition(
        "NO_DRAFT", absl::StrCat(obligation->id, " has no draft"),
        absl::StrCat("Write it: tocsin notify draft ", obligation->duty.stage, "."));
  }
  if (obligation->approved_draft_sequence == obligation->draft_sequence) {
    return Error(absl::StatusCode::kAlreadyExists, "ALREADY_APPROVED",
                 absl::StrCat("draft #", obligation->draft_sequence, " is already approved"),
                 "File it.");
  }
  std::vector<std::string> missing;
  for (const DraftField& field : obligation->draft) {
    if (field.required && field.state == FieldState::kMissing) missing.push_back(field.field);
  }
  if (!missing.empty()) {
    std::string list;
    for (const std::string& field : missing)
      absl::StrAppend(&list, list.empty() ? "" : ", ", field);
    return FailedPrecondition(
        "DRAFT_INCOMPLETE", absl::StrCat("the draft lacks: ", list),
        absl::StrCat("Draft again with --set NAME=VALUE (\"unknown\" is a value), e.g. --set ",
                     missing.front(), "=unknown."));
  }
  return One(NotificationApproved{obligation->id, obligation->draft_sequence});
}

Entries Decide(const Incident& incident, const RecordSubmission& command,
               const CommandContext& context) {
  TOCSIN_RETURN_IF_ERROR(CheckLine("the channel", command.channel));
  TOCSIN_RETURN_IF_ERROR(CheckLine("the reference", command.reference, /*may_be_empty=*/true));
  TOCSIN_RETURN_IF_ERROR(CheckText("the reason", command.late_reason, {.may_be_empty = true}));
  TOCSIN_ASSIGN_OR_RETURN(const Obligation* obligation, RequireObligation(incident, command.stage));
  TOCSIN_RETURN_IF_ERROR(CheckToFile(*obligation));
  const absl::Time time = command.submit_time.value_or(WholeSecond(context.now));
  TOCSIN_RETURN_IF_ERROR(CheckClaimedTime("the filing", time, context.now));
  const std::optional<absl::Time> aware = AwareTime(incident);
  if (aware && time < *aware) {
    return FailedPrecondition("FILED_BEFORE_AWARE",
                              absl::StrCat("the filing at ", FormatInstant(time),
                                           " lies before awareness at ", FormatInstant(*aware)),
                              "Check both times.");
  }
  const bool late = obligation->duty.due && time > *obligation->duty.due &&
                    obligation->duty.state != regulation::DutyState::kConditional;
  if (late && absl::StripAsciiWhitespace(command.late_reason).empty()) {
    return FailedPrecondition(
        "LATE_NEEDS_REASON",
        absl::StrCat("it was due ", FormatInstant(*obligation->duty.due), ", ",
                     FormatSpan(time - *obligation->duty.due), " before the filing"),
        "Say why: --late-reason \"…\". The filing is recorded either way.");
  }
  return One(NotificationSubmitted{obligation->id, time, command.channel, command.reference,
                                   command.late_reason, obligation->draft_sequence});
}

Entries Decide(const Incident& incident, const RecordAcknowledgement& command,
               const CommandContext& context) {
  TOCSIN_RETURN_IF_ERROR(CheckLine("the reference", command.reference, /*may_be_empty=*/true));
  TOCSIN_ASSIGN_OR_RETURN(const Obligation* obligation, RequireObligation(incident, command.stage));
  const absl::Time time = command.acknowledge_time.value_or(WholeSecond(context.now));
  TOCSIN_RETURN_IF_ERROR(CheckClaimedTime("the acknowledgement", time, context.now));
  // Of an answer, what it answers is its anchor.
  std::optional<absl::Time> filed = obligation->duty.anchor_time;
  if (obligation->duty.own_duty) {
    filed =
        obligation->submission ? std::optional(obligation->submission->submit_time) : std::nullopt;
  }
  if (!filed) {
    return FailedPrecondition(
        "NOT_SUBMITTED",
        absl::StrCat("nothing was filed that ", obligation->id, " could acknowledge"),
        "Record the filing first: tocsin notify submitted STAGE.");
  }
  if (time < *filed) {
    return FailedPrecondition("ACKNOWLEDGED_BEFORE_FILED",
                              "the acknowledgement lies before the filing", "Check both times.");
  }
  if (obligation->acknowledge_time) {
    return Error(absl::StatusCode::kAlreadyExists, "ALREADY_ACKNOWLEDGED",
                 absl::StrCat(obligation->id, " is already acknowledged"), "Nothing to do.");
  }
  return One(NotificationAcknowledged{obligation->id, time, command.reference});
}

}  // namespace tocsin::domain::decide
