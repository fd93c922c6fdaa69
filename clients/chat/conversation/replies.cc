#include "clients/chat/conversation/replies.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "clients/chat/conversation/grammar.h"
#include "clients/core/time_input.h"
#include "server/base/error.h"
#include "server/base/text.h"
#include "server/base/view.h"

namespace tocsin::chat {
namespace {

constexpr size_t kLinesMax = 15;

std::string Word(std::string_view text) {
  return std::string(text);
}

std::string Id(const Standing& standing) {
  return absl::StrCat(standing.incident, " ", ToAbsl(ToText(standing.severity)),
                      standing.drill ? " (drill)" : "", standing.closed ? " (closed)" : "");
}

std::string NextStep(const Standing& standing, const Manner& manner) {
  if (!standing.next_due) return "Nothing is due yet.";
  return absl::StrCat("Next: ", standing.next_due_stage, " due ",
                      client::FormatRelative(*standing.next_due, manner.now), ".");
}

bool MayShow(Tlp label, const Manner& manner) {
  return manner.detail == Detail::kFull && label <= manner.ceiling;
}

// "#14", "#14 to #17".
std::string Numbers(const Written& written) {
  if (written.first_sequence >= written.last_sequence) {
    return absl::StrCat("#", written.last_sequence);
  }
  return absl::StrCat("#", written.first_sequence, " to #", written.last_sequence);
}

void Cut(std::vector<std::string>& lines) {
  if (lines.size() <= kLinesMax) return;
  const size_t more = lines.size() - kLinesMax;
  lines.resize(kLinesMax);
  lines.push_back(absl::StrCat("… and ", more, " more: see the command line"));
}

}  // namespace

Blocks Recorded(const Written& written, const Manner& manner) {
  std::string line = absl::StrCat(written.incident, " ", Numbers(written), " recorded");
  if (written.at) absl::StrAppend(&line, ", as of ", client::FormatClock(*written.at, manner.now));
  return {Text(line + ".")};
}

Blocks Declared(const Standing& standing, const Manner& manner, bool bound) {
  return {Heading(Id(standing)),
          Text(absl::StrCat("Declared", bound ? ", and this room is bound to it. " : ". ",
                            NextStep(standing, manner)))};
}

Blocks Bound(const Standing& standing, const Manner& manner) {
  return {Heading(Id(standing)),
          Text(absl::StrCat("This room is bound to it. ", NextStep(standing, manner)))};
}

Blocks Unbound(std::string_view incident) {
  return {Text(absl::StrCat("This room is no longer bound to ", ToAbsl(incident), "."))};
}

Blocks StatusIs(const Standing& standing, const Manner& manner,
                const std::vector<std::string>& problems) {
  Blocks blocks = {Heading(Id(standing))};
  if (MayShow(standing.tlp, manner)) blocks.push_back(Text(standing.title));
  std::vector<Field> fields = {{"phase", Word(ToText(standing.phase))}};
  if (!standing.significant.empty()) fields.push_back({"reportable", standing.significant});
  blocks.push_back(Fields(std::move(fields)));
  blocks.push_back(Text(NextStep(standing, manner)));
  if (!standing.alerts.empty()) {
    std::vector<std::string> lines = standing.alerts;
    Cut(lines);
    blocks.push_back(Text("Alerts that nobody has acknowledged (ack NUMBER):"));
    blocks.push_back(List(std::move(lines)));
  }
  if (!problems.empty()) {
    std::vector<std::string> lines = problems;
    Cut(lines);
    blocks.push_back(List(std::move(lines)));
  }
  return blocks;
}

Blocks DeadlinesAre(const std::vector<Duty>& duties, const Manner& manner) {
  if (duties.empty()) return {Text("No duty is open.")};
  std::vector<std::string> lines;
  for (const Duty& duty : duties) {
    std::string line = absl::StrCat(duty.regime, " ", duty.stage, ": ");
    if (duty.due) {
      absl::StrAppend(&line, duty.missed ? "MISSED, was due " : "due ",
                      client::FormatRelative(*duty.due, manner.now));
    } else {
      absl::StrAppend(&line, "no date yet");
    }
    if (duty.provisional) absl::StrAppend(&line, ", if it is significant");
    lines.push_back(std::move(line));
  }
  Cut(lines);
  return {Heading(absl::StrCat("Deadlines of ", duties.front().incident)), List(std::move(lines))};
}

Blocks WhoIs(const Standing& standing) {
  if (standing.roles.empty()) {
    return {Text(absl::StrCat("Nobody has a role in ", standing.incident,
                              ". Next: role commander @HANDLE"))};
  }
  std::vector<Field> fields;
  for (const RoleOf& role : standing.roles) {
    fields.push_back({Word(ToText(role.role)), role.handle});
  }
  return {Heading(Id(standing)), Fields(std::move(fields))};
}

Blocks StepsAre(std::string_view incident, const std::vector<OpenStep>& steps, bool mine,
                const Manner& manner) {
  if (steps.empty()) {
    return {Text(absl::StrCat(mine ? "No open step of " : "No step is open in ", ToAbsl(incident),
                              mine ? " is yours." : "."))};
  }
  std::vector<std::string> lines;
  for (const OpenStep& step : steps) {
    std::string line = step.id;
    if (manner.detail == Detail::kFull) absl::StrAppend(&line, " – ", step.title);
    if (step.state != "ready") absl::StrAppend(&line, ", ", step.state);
    if (step.due) {
      absl::StrAppend(&line, step.overdue ? ", OVERDUE, was due " : ", due ",
                      client::FormatRelative(*step.due, manner.now));
    }
    if (!step.holders.empty()) absl::StrAppend(&line, ", ", absl::StrJoin(step.holders, " "));
    lines.push_back(std::move(line));
  }
  Cut(lines);
  return {Heading(absl::StrCat("Steps of ", ToAbsl(incident))), List(std::move(lines)),
          Text("When one is done: step done ID")};
}

Blocks Found(const std::vector<Hit>& hits, uint64_t more, const Manner& manner) {
  if (hits.empty()) return {Text("Nothing was found.")};
  std::vector<std::string> lines;
  for (const Hit& hit : hits) {
    std::string line = absl::StrCat(hit.incident, " #", hit.sequence, ", ",
                                    client::FormatClock(hit.time, manner.now), ", ", hit.author);
    if (MayShow(hit.tlp, manner)) {
      constexpr size_t kBytesMax = 200;
      std::string text = hit.text.substr(0, kBytesMax);
      while (!IsValidUtf8(text) && !text.empty()) text.pop_back();
      absl::StrAppend(&line, ": ", text, text.size() < hit.text.size() ? "…" : "");
    }
    lines.push_back(std::move(line));
  }
  const size_t shown = std::min(lines.size(), kLinesMax);
  const uint64_t rest = more + lines.size() - shown;
  lines.resize(shown);
  if (rest > 0) lines.push_back(absl::StrCat("… and ", rest, " more: see the command line"));
  return {List(std::move(lines))};
}

Blocks Drafted(const Draft& draft) {
  Blocks blocks = {Text(absl::StrCat(
      draft.written.incident, " #", draft.written.last_sequence, ": draft of ", draft.stage, ", ",
      draft.filled, " fields filled, ", draft.missing.size(), " required ones missing."))};
  if (!draft.missing.empty()) {
    std::vector<std::string> lines = draft.missing;
    Cut(lines);
    blocks.push_back(List(std::move(lines)));
  }
  blocks.push_back(Text("Read, approve and file it with the command line:"));
  blocks.push_back(Code(absl::StrCat("tocsin notify approve ", draft.stage)));
  return blocks;
}

Blocks Reported(std::string_view incident, const Report& report, const Manner& manner) {
  Blocks blocks;
  if (report.written) {
    blocks = Recorded(*report.written, manner);
  } else {
    blocks.push_back(
        Text(absl::StrCat(ToAbsl(incident), ": draft for ", ToAbsl(ToText(report.audience)),
                          ", TLP:", ToAbsl(ToText(report.tlp)), "; nothing was recorded.")));
  }
  if (!MayShow(report.tlp, manner)) {
    blocks.push_back(Text("Its text is not for this room. See it with the command line:"));
    blocks.push_back(Code(absl::StrCat("tocsin sitrep draft --incident ", ToAbsl(incident))));
    return blocks;
  }
  std::vector<Field> fields = {{"conditions", report.conditions}};
  if (!report.actions.empty()) fields.push_back({"actions", report.actions});
  if (!report.needs.empty()) fields.push_back({"needs", report.needs});
  blocks.push_back(Fields(std::move(fields)));
  return blocks;
}

Blocks Acknowledged(std::string_view incident, uint64_t alert, std::string_view before) {
  if (before.empty()) {
    return {Text(absl::StrCat(ToAbsl(incident), ": alert ", alert, " is acknowledged."))};
  }
  return {Text(absl::StrCat(ToAbsl(incident), ": alert ", alert, " was acknowledged ",
                            ToAbsl(before), " already."))};
}

Blocks Queued() {
  return {
      Text("Queued, NOT YET RECORDED: the server cannot be reached. It will be recorded once, "
           "in order, and answered here.")};
}

Blocks Refusal(const absl::Status& status) {
  Blocks blocks = {Text(absl::StrCat("Not done: ", status.message(), "."))};
  if (const std::string next = NextStepOf(status); !next.empty()) blocks.push_back(Text(next));
  return blocks;
}

Blocks NotHere(const NotInChat& refused, std::string_view incident) {
  std::string line = refused.line;
  if (!incident.empty()) line = absl::StrReplaceAll(line, {{"INC", ToAbsl(incident)}});
  return {Text(absl::StrCat("Not done: ", refused.what, " is not possible from a chat. Run:")),
          Code(line)};
}

Blocks Help(std::string_view topic) {
  if (const VerbHelp* verb = topic.empty() ? nullptr : FindVerb(topic);
      verb != nullptr && !verb->summary.empty()) {
    return {Text(absl::StrCat(ToAbsl(verb->name), ": ", ToAbsl(verb->summary))),
            Code(std::string(verb->usage))};
  }
  std::vector<std::string> names;
  for (const VerbHelp& verb : AllVerbs()) names.emplace_back(verb.name);
  return {Text(absl::StrCat("Verbs: ", absl::StrJoin(names, ", "), ".")),
          Text("Write: !inc VERB …, or /tocsin VERB …; help VERB shows how. What this room says is "
               "no secret from whoever reads it.")};
}

absl::Status NotLinked() {
  return Error(absl::StatusCode::kUnauthenticated, "NOT_LINKED",
               "this account is linked to nobody, so it cannot do that",
               "Run: tocsin chat link, and send me what it prints in a direct message.");
}

absl::Status LinkInRoom() {
  return InvalidArgument("LINK_IN_ROOM",
                         "a code in a room is known to everybody in it; it was not used",
                         "Make a new one (tocsin chat link) and send it in a direct message.");
}

absl::Status NotBound() {
  return FailedPrecondition("NOT_BOUND", "this room is bound to no incident",
                            "Write: bind INC-2026-0042, or declare one.");
}

absl::Status WrongRoom(std::string_view named, std::string_view bound,
                       std::string_view right_room) {
  return FailedPrecondition(
      "WRONG_ROOM",
      absl::StrCat("this room is bound to ", ToAbsl(bound), ", not to ", ToAbsl(named)),
      right_room.empty()
          ? absl::StrCat(ToAbsl(named), " has no room that I know of; use the command line.")
          : absl::StrCat("The room of ", ToAbsl(named), " is ", ToAbsl(right_room), "."));
}

absl::Status AboveCeiling(Tlp label, Tlp ceiling) {
  return InvalidArgument("ABOVE_CEILING",
                         absl::StrCat("TLP:", ToAbsl(ToText(label)),
                                      " does not belong into this room, which is for TLP:",
                                      ToAbsl(ToText(ceiling)), " at most; nothing was recorded"),
                         "Delete the message, and write it with the command line.");
}

absl::Status OutcomeUnknown() {
  return Error(absl::StatusCode::kInternal, "OUTCOME_UNKNOWN",
               "the server failed on this, several times; it may have been recorded or not",
               "Look into the timeline, and tell whoever runs the server.");
}

absl::Status TooMany() {
  return Error(absl::StatusCode::kResourceExhausted, "TOO_MANY",
               "these are too many messages at once", "Wait a few seconds and write it again.");
}

absl::Status Stale() {
  return InvalidArgument("STALE", "this message is too old to act on",
                         "Write it again; 'at 10:42' says when it was.");
}

absl::Status FromTheFuture() {
  return InvalidArgument("FROM_THE_FUTURE", "this message claims to be from the future",
                         "Check the clocks of the chat server and of this bot.");
}

absl::Status TooLong() {
  return InvalidArgument("TOO_LONG", "this is longer than an entry can be (64 KiB)",
                         "Write it with the command line, or store it as evidence.");
}

}  // namespace tocsin::chat
