// Legal instants that people state, and the second person that a later awareness needs.
#include <algorithm>
#include <array>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/base/time_text.h"
#include "server/base/view.h"
#include "server/domain/awareness.h"
#include "server/domain/decide_parts.h"
#include "server/domain/obligations.h"

namespace tocsin::domain::decide {
namespace {

// How an incident ended: often stated afterwards, and the clocks of last reports run from it.
constexpr std::array<std::string_view, 6> kEnds = {
    "regular_activities_recovered", "handled", "resolved", "impact_ended", "impact_ended_notified",
    "corrective_measure_available"};

// A closed incident takes its end as it takes filings: the law does not stop at closing.
absl::Status CheckTakes(const Incident& incident, std::string_view anchor) {
  const bool is_end = std::find(kEnds.begin(), kEnds.end(), anchor) != kEnds.end();
  return is_end ? absl::OkStatus() : CheckOpen(incident);
}

// Pairs that cannot come in the other order.
struct Order {
  std::string_view earlier;
  std::string_view later;
};
constexpr std::array<Order, 5> kOrders = {{{"occurred", "detected"},
                                           {"occurred", "aware"},
                                           {"aware", "classified"},
                                           {"aware", "handled"},
                                           {"occurred", "handled"}}};

absl::Status CheckOrder(const Incident& incident, std::string_view anchor, absl::Time time) {
  for (const Order& order : kOrders) {
    const bool is_earlier = order.earlier == anchor;
    if (!is_earlier && order.later != anchor) continue;
    const std::string_view other_name = is_earlier ? order.later : order.earlier;
    const Anchor* other = FindAnchor(incident, other_name);
    if (other == nullptr) continue;
    const bool contradicts = is_earlier ? time > other->time : time < other->time;
    if (contradicts) {
      return FailedPrecondition(
          "ANCHORS_CONTRADICT",
          absl::StrCat(ToAbsl(anchor), " ", FormatInstant(time), " lies ",
                       is_earlier ? "after " : "before ", ToAbsl(other_name), " ",
                       FormatInstant(other->time)),
          absl::StrCat("Check both times; correct the wrong one (", ToAbsl(other_name),
                       " was stated in #", other->stated.sequence, ")."));
    }
  }
  return absl::OkStatus();
}

// The statement that repeating would say nothing new to.
const Anchor* StandingStatement(const Incident& incident, std::string_view anchor) {
  const Anchor* pending = anchor == "aware" ? PendingAwareness(incident) : nullptr;
  return pending != nullptr ? pending : FindAnchor(incident, anchor);
}

// What there is to answer, for refusals.
std::string WhatAwaits(const Incident& incident) {
  const Anchor* pending = PendingAwareness(incident);
  if (pending == nullptr) return "No later moment awaits approval.";
  return absl::StrCat("What awaits approval is #", pending->stated.sequence, ": aware ",
                      FormatInstant(pending->time), ".");
}

}  // namespace

Entries Decide(const Incident& incident, const RecordAnchor& command,
               const CommandContext& context) {
  TOCSIN_RETURN_IF_ERROR(CheckTakes(incident, command.anchor));
  TOCSIN_RETURN_IF_ERROR(CheckText("the reason", command.because));
  const std::vector<std::string> names = StatedAnchors();
  if (std::find(names.begin(), names.end(), command.anchor) == names.end()) {
    return InvalidArgument("UNKNOWN_ANCHOR", absl::StrCat(Quoted(command.anchor), " is no anchor"),
                           absl::StrCat("Anchors: ", absl::StrJoin(names, ", "), "."));
  }
  TOCSIN_RETURN_IF_ERROR(CheckClaimedTime(command.anchor, command.time, context.now));
  TOCSIN_RETURN_IF_ERROR(CheckOrder(incident, command.anchor, command.time));
  const Anchor* stated = StandingStatement(incident, command.anchor);
  if (stated != nullptr && stated->time == command.time) {
    return Error(absl::StatusCode::kAlreadyExists, "ANCHOR_UNCHANGED",
                 absl::StrCat(command.anchor, " is already stated as ", FormatInstant(command.time),
                              " in #", stated->stated.sequence),
                 stated->stated.sequence == incident.pending_aware_sequence
                     ? absl::StrCat("It awaits the approval of a second person: tocsin aware "
                                    "approve ",
                                    stated->stated.sequence, " --because \"…\".")
                     : std::string("Nothing to do."));
  }
  const std::optional<absl::Time> counting = AwareTime(incident);
  const bool later = command.anchor == "aware" && counting && command.time > *counting;
  return One(AnchorRecorded{command.anchor, command.time, command.because, later});
}

Entries Decide(const Incident& incident, const DecideAwareness& command,
               const CommandContext& context) {
  TOCSIN_RETURN_IF_ERROR(CheckOpen(incident));
  TOCSIN_RETURN_IF_ERROR(CheckText("the reason", command.because));
  const Anchor* statement = AnchorStatedIn(incident, command.sequence);
  if (statement == nullptr || statement->anchor != "aware") {
    return NotFound("UNKNOWN_STATEMENT",
                    absl::StrCat("#", command.sequence, " states no awareness"),
                    WhatAwaits(incident));
  }
  if (command.sequence == incident.aware_sequence) {
    return Error(absl::StatusCode::kAlreadyExists, "AWARENESS_COUNTS",
                 absl::StrCat("#", command.sequence, " counts already: clocks run from ",
                              FormatInstant(statement->time)),
                 WhatAwaits(incident));
  }
  if (command.sequence != incident.pending_aware_sequence) {
    return FailedPrecondition("NOT_PENDING",
                              absl::StrCat("#", command.sequence,
                                           " awaits no approval: it was answered, or a later "
                                           "statement took its place"),
                              WhatAwaits(incident));
  }
  if (command.approved) {
    if (context.author == statement->stated.author) {
      return FailedPrecondition(
          "SECOND_PERSON", absl::StrCat("you stated #", command.sequence, " yourself"),
          "A later moment moves deadlines, so another commander, CISO, DPO or legal must approve "
          "it. Until then the earlier moment counts.");
    }
    TOCSIN_RETURN_IF_ERROR(CheckOrder(incident, "aware", statement->time));
  }
  return One(AwarenessDecided{command.sequence, command.approved, command.because});
}

}  // namespace tocsin::domain::decide
