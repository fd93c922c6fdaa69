// Handing a role over, and telling others how things stand.
#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/base/view.h"
#include "server/domain/briefing.h"
#include "server/domain/decide_parts.h"

namespace tocsin::domain::decide {

Entries Decide(const Incident& incident, const OfferHandover& command,
               const CommandContext& context) {
  TOCSIN_RETURN_IF_ERROR(CheckOpen(incident));
  TOCSIN_RETURN_IF_ERROR(CheckPerson(command.to));
  TOCSIN_RETURN_IF_ERROR(CheckText("the brief", command.brief));
  const std::string role(ToText(command.role));
  if (!HoldsRole(incident, command.role, context.author)) {
    return FailedPrecondition("ROLE_NOT_HELD", absl::StrCat("you are not ", role, " here"),
                              "Only the holder can hand a role over; a commander or the CISO can "
                              "assign it: tocsin role assign.");
  }
  if (HoldsRole(incident, command.role, command.to)) {
    return Error(absl::StatusCode::kAlreadyExists, "ROLE_ALREADY_HELD",
                 absl::StrCat("this person already is ", role), "Nothing to do.");
  }
  std::vector<PendingEntry> entries;
  // Whoever is to decide must be able to read.
  if (!IsMember(incident, command.to)) entries = One(MemberAdded{command.to});
  entries.push_back({.event = HandoverOffered{command.role, command.to, command.brief}});
  return entries;
}

Entries Decide(const Incident& incident, const AnswerHandover& command,
               const CommandContext& context) {
  TOCSIN_RETURN_IF_ERROR(CheckOpen(incident));
  TOCSIN_RETURN_IF_ERROR(
      CheckText("the reason", command.because, {.may_be_empty = command.accepted}));
  const auto offer = incident.offers.find(command.role);
  if (offer == incident.offers.end() || offer->second.to != context.author) {
    return FailedPrecondition(
        "NO_OFFER", absl::StrCat("nobody offers you to be ", ToAbsl(ToText(command.role))),
        "The holder offers it: tocsin handover give @you. An offer ends when the role is assigned "
        "otherwise.");
  }
  return One(
      HandoverAnswered{offer->second.sequence, command.role, command.accepted, command.because});
}

Entries Decide(const Incident& incident, const SendSituationReport& command,
               const CommandContext&) {
  TOCSIN_RETURN_IF_ERROR(CheckOpen(incident));
  TOCSIN_RETURN_IF_ERROR(CheckText("the conditions", command.conditions));
  TOCSIN_RETURN_IF_ERROR(CheckText("the actions", command.actions, {.may_be_empty = true}));
  TOCSIN_RETURN_IF_ERROR(CheckText("the needs", command.needs, {.may_be_empty = true}));
  std::vector<PendingEntry> entries =
      One(SituationReported{command.audience, command.conditions, command.actions, command.needs});
  entries.front().tlp = CeilingOf(incident, command.audience);
  return entries;
}

}  // namespace tocsin::domain::decide
