// The post-incident review: opened with its questions, filled by many, read by a second person,
// published.
#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/base/view.h"
#include "server/domain/decide_parts.h"
#include "server/domain/review.h"

namespace tocsin::domain::decide {
namespace {

// A finding is a few sentences; what is longer belongs into the timeline, and is pointed at.
constexpr size_t kFindingBytesMax = 8 * 1024;
constexpr size_t kEntriesMax = 50;
constexpr absl::Duration kMeetingAheadMax = absl::Hours(24 * 366);

absl::Status CheckEntries(const Incident& incident, const std::vector<uint64_t>& entries) {
  if (entries.size() > kEntriesMax) {
    return InvalidArgument("TOO_MANY_ENTRIES",
                           absl::StrCat("the finding points to ", entries.size(), " entries"),
                           absl::StrCat("Point to at most ", kEntriesMax, "."));
  }
  std::set<uint64_t> seen;
  for (const uint64_t sequence : entries) {
    if (sequence == 0 || sequence > incident.last_sequence) {
      return NotFound(
          "UNKNOWN_ENTRY", absl::StrCat(incident.number, " has no entry #", sequence),
          absl::StrCat("The last entry is #", incident.last_sequence, "; see tocsin timeline."));
    }
    if (!seen.insert(sequence).second) {
      return InvalidArgument("ENTRY_TWICE", absl::StrCat("#", sequence, " is named twice"),
                             "Name each entry once.");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckQuestion(const ReviewGuide& guide, const std::string& question) {
  if (question.empty() || FindQuestion(guide, question) != nullptr) return absl::OkStatus();
  std::vector<std::string> known;
  for (const GuideQuestion& one : guide.questions) known.push_back(one.id);
  const std::string nearest = NearestShort(question, known);
  return NotFound(
      "UNKNOWN_QUESTION", absl::StrCat("this review has no question ", Quoted(question)),
      nearest.empty() ? "See tocsin review show." : absl::StrCat("Did you mean '", nearest, "'?"));
}

absl::Status NotSubmitted() {
  return FailedPrecondition("REVIEW_NOT_SUBMITTED", "the review has not been submitted for reading",
                            "Whoever leads it runs: tocsin review submit --summary \"…\".");
}

// The second person is one who does not read their own words.
absl::Status CheckSecondReader(const Review& review, const PrincipalId& author) {
  if (author == review.submitted->author) {
    return FailedPrecondition("OWN_REVIEW", "you have submitted this review yourself",
                              "Ask another person to run: tocsin review approve.");
  }
  if (review.added_since.contains(author)) {
    return FailedPrecondition(
        "OWN_REVIEW", "you have added to this review since it was submitted",
        "Ask another person to read it, or to submit it again with what you added.");
  }
  return absl::OkStatus();
}

absl::Status CheckReader(const Incident& incident, const PublishReview& command) {
  const bool read = incident.review.state == ReviewState::kRead;
  if (read && !command.without_reader.empty()) {
    return FailedPrecondition("REVIEW_WAS_READ", "a second person has approved this review",
                              "Publish it without --without-reader.");
  }
  if (read) return absl::OkStatus();
  if (command.without_reader.empty()) {
    return FailedPrecondition(
        "REVIEW_NOT_READ", "no second person has read this review",
        "Submit it (tocsin review submit); another person runs: tocsin review approve. Where there "
        "is nobody else, say so: tocsin review publish --without-reader \"why\".");
  }
  TOCSIN_RETURN_IF_ERROR(CheckText("the reason", command.without_reader));
  // A historical incident was reviewed where it happened.
  if (command.other_readers == 0 || incident.historical) return absl::OkStatus();
  return FailedPrecondition(
      "SECOND_READER_THERE",
      absl::StrCat(command.other_readers, command.other_readers == 1
                                              ? " other person could read this review"
                                              : " other people could read this review"),
      "Submit it (tocsin review submit) and ask one of them.");
}

}  // namespace

absl::Status CheckReviewOpen(const Incident& incident) {
  switch (incident.review.state) {
    case ReviewState::kOpen:
    case ReviewState::kRead:
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

Entries Decide(const Incident& incident, const OpenReview& command, const CommandContext&) {
  if (incident.review.state != ReviewState::kNone) {
    return Error(absl::StatusCode::kAlreadyExists, "REVIEW_EXISTS",
                 absl::StrCat(incident.number, " already has a review"),
                 "Add to it: tocsin review well|bad|lucky|condition|lesson TEXT.");
  }
  if (IsRunningDrill(incident)) {
    return FailedPrecondition("DRILL_RUNNING", absl::StrCat("the drill ", incident.number, " runs"),
                              "Stop it first: tocsin drill stop --because \"…\".");
  }
  return One(ReviewOpened{command.guide});
}

Entries Decide(const Incident& incident, const InviteToReview& command,
               const CommandContext& context) {
  TOCSIN_RETURN_IF_ERROR(CheckReviewOpen(incident));
  const std::set<PrincipalId>& there = incident.review.participants;
  ReviewInvited invited{{}, command.meet_time};
  std::vector<PendingEntry> entries;
  for (const PrincipalId& person : command.people) {
    TOCSIN_RETURN_IF_ERROR(CheckPerson(person));
    const bool named =
        std::find(invited.people.begin(), invited.people.end(), person) != invited.people.end();
    if (named || there.contains(person)) continue;
    invited.people.push_back(person);
    // Whoever is to contribute must be able to read.
    if (!IsMember(incident, person)) entries.push_back({.event = MemberAdded{person}});
  }
  if (there.size() + invited.people.size() > kParticipantsMax) {
    return FailedPrecondition(
        "TOO_MANY_PARTICIPANTS",
        absl::StrCat("a review has at most ", kParticipantsMax, " participants"),
        "Invite those who were there; the others read it when it is published.");
  }
  if (command.meet_time && *command.meet_time <= context.now) {
    return InvalidArgument("MEETING_IN_PAST", "the meeting would be over",
                           "Give a time that lies ahead.");
  }
  if (command.meet_time && *command.meet_time > context.now + kMeetingAheadMax) {
    return InvalidArgument("MEETING_TOO_FAR", "the meeting would be more than a year ahead",
                           "Check the year.");
  }
  const bool moved = command.meet_time && command.meet_time != incident.review.meet_time;
  if (invited.people.empty() && !moved) {
    return Error(absl::StatusCode::kAlreadyExists, "ALREADY_INVITED",
                 "all of them are invited already", "Nothing to do.");
  }
  entries.push_back({.event = std::move(invited)});
  return entries;
}

Entries Decide(const Incident& incident, const AddFinding& command, const CommandContext&) {
  TOCSIN_RETURN_IF_ERROR(CheckReviewOpen(incident));
  TOCSIN_RETURN_IF_ERROR(CheckText("the finding", command.text, {.bytes_max = kFindingBytesMax}));
  TOCSIN_RETURN_IF_ERROR(CheckAttributes(command.attributes));
  TOCSIN_RETURN_IF_ERROR(CheckEntries(incident, command.entries));
  TOCSIN_RETURN_IF_ERROR(CheckQuestion(incident.review.guide, command.question));
  if (incident.review.findings.size() >= kFindingsMax) {
    return FailedPrecondition("REVIEW_FULL",
                              absl::StrCat("the review has ", kFindingsMax, " findings"),
                              "Nobody reads more. Record an entry of kind review instead.");
  }
  return One(FindingAdded{command.kind, command.text, command.attributes, command.entries,
                          command.question});
}

Entries Decide(const Incident& incident, const SubmitReview& command, const CommandContext&) {
  TOCSIN_RETURN_IF_ERROR(CheckReviewOpen(incident));
  TOCSIN_RETURN_IF_ERROR(CheckText("the summary", command.summary));
  if (incident.review.findings.empty()) {
    return FailedPrecondition("REVIEW_EMPTY", "the review has no finding",
                              "Add at least one: tocsin review lesson TEXT.");
  }
  return One(ReviewSubmitted{command.summary});
}

Entries Decide(const Incident& incident, const ReadReview& command, const CommandContext& context) {
  const Review& review = incident.review;
  TOCSIN_RETURN_IF_ERROR(CheckReviewOpen(incident));
  TOCSIN_RETURN_IF_ERROR(CheckText("the note", command.note, {.may_be_empty = command.approved}));
  if (!review.submitted) return NotSubmitted();
  TOCSIN_RETURN_IF_ERROR(CheckSecondReader(review, context.author));
  if (command.approved && review.state == ReviewState::kRead) {
    return Error(absl::StatusCode::kAlreadyExists, "REVIEW_ALREADY_READ",
                 absl::StrCat("it was approved in #", review.read->meta.sequence),
                 "Publish it: tocsin review publish.");
  }
  if (command.seen_sequence != 0 && command.seen_sequence < review.changed_sequence) {
    return FailedPrecondition(
        "REVIEW_CHANGED",
        absl::StrCat("the review changed in #", review.changed_sequence, " after you saw it"),
        "Read it again: tocsin review show.");
  }
  return One(ReviewRead{command.approved, command.note});
}

Entries Decide(const Incident& incident, const PublishReview& command, const CommandContext&) {
  const Review& review = incident.review;
  TOCSIN_RETURN_IF_ERROR(CheckReviewOpen(incident));
  const std::string& summary =
      command.summary.empty() && review.submitted ? review.summary : command.summary;
  TOCSIN_RETURN_IF_ERROR(CheckText("the summary", summary));
  if (review.findings.empty()) {
    return FailedPrecondition("REVIEW_EMPTY", "the review has no finding",
                              "Add at least one: tocsin review lesson TEXT.");
  }
  TOCSIN_RETURN_IF_ERROR(CheckReader(incident, command));
  if (review.state == ReviewState::kRead && summary != review.summary) {
    return FailedPrecondition("SUMMARY_CHANGED", "this is not the summary that was approved",
                              "Publish it without --summary, or submit the new one to be read.");
  }
  const uint64_t read = review.state == ReviewState::kRead ? review.read->meta.sequence : 0;
  return One(ReviewPublished{summary, read, command.without_reader, command.same_cause});
}

}  // namespace tocsin::domain::decide
