// Evidence: what is recorded of an item, and the hands that it goes through. An item outlives its
// incident: custody goes on after closing, and after a drill is over.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/base/time_text.h"
#include "server/domain/decide_parts.h"
#include "server/domain/evidence.h"

namespace tocsin::domain::decide {
namespace {

absl::Status CheckNote(std::string_view what, const std::string& text, bool may_be_empty) {
  return CheckText(
      what, text,
      {.bytes_max = kEvidenceTextBytesMax, .lines = true, .may_be_empty = may_be_empty});
}

absl::Status CheckSize(const AddEvidence& command) {
  if (command.size > kEvidenceBytesMax) {
    return InvalidArgument("SIZE_TOO_LARGE", "no file has that many bytes", "Check the size.");
  }
  if ((command.size == 0) == (command.digest == Sha256(""))) return absl::OkStatus();
  return InvalidArgument("SIZE_AND_HASH_DISAGREE",
                         command.size == 0
                             ? "the hash is not that of a file of 0 bytes"
                             : "the hash is that of a file of 0 bytes, the size is another",
                         "State size and SHA-256 of the same file.");
}

// The same bytes are the same item, until it was given back: then they may be collected again.
absl::Status CheckNew(const Incident& incident, const AddEvidence& command) {
  for (const auto& item : incident.evidence) {
    if (item->digest != command.digest || item->returned()) continue;
    const uint64_t sequence = item->custody.front().meta.sequence;
    if (item->size != command.size) {
      return FailedPrecondition(
          "EVIDENCE_SIZE_DIFFERS",
          absl::StrCat(item->id, " (#", sequence, ") has this SHA-256 and ", item->size, " bytes"),
          "One of the two sizes is wrong; hash the file again.");
    }
    return Error(absl::StatusCode::kAlreadyExists, "EVIDENCE_KNOWN",
                 absl::StrCat("the same bytes are ", item->id, " already, recorded in #", sequence),
                 absl::StrCat("See: tocsin evidence show ", item->id));
  }
  return absl::OkStatus();
}

absl::StatusOr<const EvidenceItem*> Require(const Incident& incident, const std::string& id) {
  const EvidenceItem* item = FindEvidence(incident, id);
  if (item != nullptr) return item;
  return UnknownEvidence(incident, id);
}

absl::Status CheckHolder(const MoveEvidence& command) {
  if (command.principal.empty()) return CheckLine("the receiver", command.to);
  if (command.to.empty()) return absl::OkStatus();
  return InvalidArgument("TWO_RECEIVERS", "a person and words are given as the receiver",
                         "Give one of them.");
}

// A chain is in order: nobody passes on what had not reached them.
absl::Status CheckMoveTime(const EvidenceItem& item, const MoveEvidence& command, absl::Time now) {
  if (!command.move_time) return absl::OkStatus();
  TOCSIN_RETURN_IF_ERROR(CheckClaimedTime("the time", *command.move_time, now));
  const CustodyStep& last = item.custody.back();
  if (*command.move_time >= last.time) return absl::OkStatus();
  return FailedPrecondition(
      "CUSTODY_OUT_OF_ORDER",
      absl::StrCat(item.id, " was ", std::string(ToText(last.custody)), " at ",
                   FormatInstant(last.time), " (#", last.meta.sequence,
                   "); this would lie before it"),
      "Check the time; if the earlier entry is wrong, say so with: tocsin log --kind evidence …");
}

}  // namespace

Entries Decide(const Incident& incident, const AddEvidence& command,
               const CommandContext& context) {
  TOCSIN_RETURN_IF_ERROR(CheckOpen(incident));
  TOCSIN_RETURN_IF_ERROR(CheckLine("the name", command.name));
  TOCSIN_RETURN_IF_ERROR(CheckNote("the note", command.note, /*may_be_empty=*/true));
  TOCSIN_RETURN_IF_ERROR(CheckLine("the source", command.from, /*may_be_empty=*/true));
  TOCSIN_RETURN_IF_ERROR(CheckSize(command));
  if (command.collect_time) {
    TOCSIN_RETURN_IF_ERROR(CheckClaimedTime("the time", *command.collect_time, context.now));
  }
  TOCSIN_RETURN_IF_ERROR(CheckNew(incident, command));
  if (incident.evidence.size() >= kEvidenceItemsMax) {
    return FailedPrecondition(
        "EVIDENCE_FULL",
        absl::StrCat(incident.number, " has ", kEvidenceItemsMax, " items of evidence"),
        "Record an archive and the list of what is in it.");
  }
  std::vector<PendingEntry> entries = One(
      EvidenceAdded{absl::StrCat("EV-", incident.evidence.size() + 1), command.name, command.size,
                    command.digest, command.note, command.from, command.collect_time});
  entries[0].occur_time = command.collect_time;
  return entries;
}

Entries Decide(const Incident& incident, const MoveEvidence& command,
               const CommandContext& context) {
  const bool returns = command.custody == Custody::kReturned;
  if (command.custody == Custody::kCollected) {
    return InvalidArgument("NO_CUSTODY", "an item is collected once, when it is added",
                           "Transfer it or return it.");
  }
  TOCSIN_RETURN_IF_ERROR(CheckHolder(command));
  TOCSIN_RETURN_IF_ERROR(CheckNote("the reason", command.because, /*may_be_empty=*/returns));
  TOCSIN_ASSIGN_OR_RETURN(const EvidenceItem* item, Require(incident, command.item));
  const CustodyStep& last = item->custody.back();
  if (item->returned()) {
    return FailedPrecondition(
        "EVIDENCE_RETURNED",
        absl::StrCat(item->id, " was returned in #", last.meta.sequence, "; nobody here holds it"),
        "If it was collected again, record that: tocsin evidence add.");
  }
  if (!returns && last.principal == command.principal && last.to == command.to) {
    return Error(absl::StatusCode::kAlreadyExists, "EVIDENCE_HELD",
                 absl::StrCat(item->id, " is in these hands since #", last.meta.sequence),
                 absl::StrCat("See: tocsin evidence show ", item->id));
  }
  TOCSIN_RETURN_IF_ERROR(CheckMoveTime(*item, command, context.now));
  // Giving it back always has room.
  if (!returns && item->custody.size() >= kCustodyStepsMax) {
    return FailedPrecondition(
        "CUSTODY_FULL",
        absl::StrCat(item->id, " has changed hands ", kCustodyStepsMax - 1, " times"),
        "Keep the further chain with the item.");
  }
  std::vector<PendingEntry> entries =
      One(EvidenceMoved{item->id, command.custody, command.to, command.principal, command.because,
                        command.move_time});
  entries[0].occur_time = command.move_time;
  return entries;
}

Entries Decide(const Incident& incident, const StoreEvidence& command, const CommandContext&) {
  TOCSIN_ASSIGN_OR_RETURN(const EvidenceItem* item, Require(incident, command.item));
  TOCSIN_RETURN_IF_ERROR(CheckMayStore(*item));
  if (command.size != item->size || command.digest != item->digest) {
    return EvidenceDiffers(*item, command.size, command.digest);
  }
  return One(EvidenceStored{item->id, item->size, item->digest});
}

Entries Decide(const Incident& incident, const RetrieveEvidence& command, const CommandContext&) {
  TOCSIN_ASSIGN_OR_RETURN(const EvidenceItem* item, Require(incident, command.item));
  TOCSIN_RETURN_IF_ERROR(CheckStored(*item));
  return One(EvidenceRetrieved{item->id});
}

}  // namespace tocsin::domain::decide
