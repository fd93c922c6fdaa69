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

// The file stays where it is; what the record keeps of it must be whole.
absl::Status CheckReceipt(const std::optional<ReceiptFile>& receipt) {
  if (!receipt) return absl::OkStatus();
  TOCSIN_RETURN_IF_ERROR(CheckLine("the name of the receipt", receipt->name));
  const bool plain = receipt->name.find('/') == std::string::npos;
  if (plain && receipt->size > 0 && receipt->digest != Digest{}) return absl::OkStatus();
  return InvalidArgument(
      "BAD_RECEIPT",
      "a receipt is a file's own name, its size and its SHA-256; this one has no "
      "content or a name with a path",
      "Name a file that is there: --receipt FILE.");
}

// The draft of that number with its document; the last one for 0, which may be none at all.
absl::StatusOr<EarlierDraft> RequireDraft(const Obligation& obligation, uint64_t sequence) {
  if (sequence == 0 || sequence == obligation.draft_sequence) {
    return EarlierDraft{obligation.draft_sequence, LastDocument(obligation)};
  }
  for (const EarlierDraft& earlier : obligation.earlier_drafts) {
    if (earlier.sequence == sequence) return earlier;
  }
  return NotFound("UNKNOWN_DRAFT", absl::StrCat("#", sequence, " is no draft of ", obligation.id),
                  obligation.draft_sequence == 0
                      ? "It has none; leave --draft away to record the filing without."
                      : absl::StrCat("The last one is #", obligation.draft_sequence, "."));
}

}  // namespace

Entries Decide(const Incident& incident, const DraftNotification& command,
               const CommandContext& context) {
  TOCSIN_ASSIGN_OR_RETURN(const Obligation* obligation, RequireObligation(incident, command.stage));
  TOCSIN_RETURN_IF_ERROR(CheckToFile(*obligation));
  TOCSIN_ASSIGN_OR_RETURN(NotificationDrafted drafted,
                          MakeDraft(incident, *obligation, command, context));
  return One(std::move(drafted));
}

Entries Decide(const Incident& incident, const ApproveNotification& command,
               const CommandContext& context) {
  TOCSIN_ASSIGN_OR_RETURN(const Obligation* obligation, RequireObligation(incident, command.stage));
  TOCSIN_RETURN_IF_ERROR(CheckToFile(*obligation));
  if (obligation->draft_sequence == 0) {
    return FailedPrecondition(
        "NO_DRAFT", absl::StrCat(obligation->id, " has no draft"),
        absl::StrCat("Write it: tocsin notify draft ", obligation->duty.stage, "."));
  }
  if (command.draft_sequence != 0 && command.draft_sequence != obligation->draft_sequence) {
    return FailedPrecondition("DRAFT_CHANGED",
                              absl::StrCat("the last draft is #", obligation->draft_sequence,
                                           ", not #", command.draft_sequence),
                              absl::StrCat("Read it and approve that one: tocsin notify show ",
                                           obligation->duty.stage, "."));
  }
  if (IsApproved(*obligation)) {
    return Error(absl::StatusCode::kAlreadyExists, "ALREADY_APPROVED",
                 absl::StrCat("draft #", obligation->draft_sequence, " is already approved"),
                 "File it.");
  }
  if (context.four_eyes && context.author == obligation->draft_author) {
    return FailedPrecondition(
        "FOUR_EYES",
        absl::StrCat("draft #", obligation->draft_sequence,
                     " is yours, and this organisation wants a second person to approve it"),
        "Ask somebody else to approve it. It can be filed without; the record then says that it "
        "was not approved.");
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
  NotificationApproved approved{obligation->id, obligation->draft_sequence, Digest{}};
  if (obligation->draft_document) approved.document = obligation->draft_document->digest;
  return One(std::move(approved));
}

Entries Decide(const Incident& incident, const RecordSubmission& command,
               const CommandContext& context) {
  TOCSIN_RETURN_IF_ERROR(CheckLine("the channel", command.channel));
  TOCSIN_RETURN_IF_ERROR(CheckLine("the reference", command.reference, /*may_be_empty=*/true));
  TOCSIN_RETURN_IF_ERROR(CheckText("the reason", command.late_reason, {.may_be_empty = true}));
  TOCSIN_RETURN_IF_ERROR(CheckReceipt(command.receipt));
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
        "Say why: --late-reason \"…\". This call recorded nothing.");
  }
  TOCSIN_ASSIGN_OR_RETURN(EarlierDraft filed, RequireDraft(*obligation, command.draft_sequence));
  return One(NotificationSubmitted{obligation->id, time, command.channel, command.reference,
                                   command.late_reason, filed.sequence, filed.document,
                                   command.receipt});
}

Entries Decide(const Incident& incident, const RecordAcknowledgement& command,
               const CommandContext& context) {
  TOCSIN_RETURN_IF_ERROR(CheckLine("the reference", command.reference, /*may_be_empty=*/true));
  TOCSIN_RETURN_IF_ERROR(CheckReceipt(command.receipt));
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
  return One(NotificationAcknowledged{obligation->id, time, command.reference, command.receipt});
}

}  // namespace tocsin::domain::decide
