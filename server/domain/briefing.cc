#include "server/domain/briefing.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/text.h"
#include "server/base/time_text.h"
#include "server/base/view.h"
#include "server/domain/impact.h"
#include "server/domain/run_facts.h"
#include "server/playbook/run_view.h"

namespace tocsin::domain {
namespace {

constexpr size_t kLineBytes = 200;
constexpr size_t kNotesInBrief = 10;
constexpr size_t kDecisionsInBrief = 10;
constexpr size_t kStepsInBrief = 15;
constexpr size_t kNotesInReport = 40;

// The beginning of a text on one line; never cut within a character.
std::string OneLine(std::string_view text) {
  std::string line;
  for (const char c : text) line += c == '\n' || c == '\t' ? ' ' : c;
  if (line.size() <= kLineBytes) return line;
  line.resize(kLineBytes);
  while (!line.empty() && !IsValidUtf8(line)) line.pop_back();
  return line + "…";
}

std::string Clock(absl::Time time) {
  return absl::FormatTime("%d %b %H:%M UTC", time, absl::UTCTimeZone());
}

std::string Item(std::string_view text) {
  return absl::StrCat("- ", ToAbsl(text), "\n");
}

bool Runs(const Obligation& obligation) {
  using regulation::DutyState;
  const DutyState state = obligation.duty.state;
  return obligation.duty.own_duty && obligation.state != ObligationState::kMet &&
         obligation.state != ObligationState::kWaived &&
         (state == DutyState::kDated || state == DutyState::kNoDateYet ||
          state == DutyState::kNoNumber);
}

std::string ClockLine(const Obligation& obligation, absl::Time now) {
  const regulation::Duty& duty = obligation.duty;
  std::string line = absl::StrCat(duty.label, " (", obligation.id, ")");
  if (duty.due) {
    const bool late = *duty.due < now;
    absl::StrAppend(&line, late ? ", OVERDUE by " : ", due in ", FormatSpan(*duty.due - now), ", ",
                    Clock(*duty.due));
  } else if (!duty.anchor.empty()) {
    absl::StrAppend(&line, ", no date yet: waits for ", duty.anchor);
  } else {
    absl::StrAppend(&line, ", ", duty.primary_norm);
  }
  if (duty.provisional) absl::StrAppend(&line, ", provisional: significance is not decided");
  return line;
}

std::vector<std::string> Clocks(const Incident& incident, absl::Time now) {
  std::vector<const Obligation*> running;
  for (const Obligation& obligation : incident.obligations) {
    if (Runs(obligation)) running.push_back(&obligation);
  }
  std::stable_sort(running.begin(), running.end(), [](const Obligation* a, const Obligation* b) {
    return a->duty.due.value_or(absl::InfiniteFuture()) <
           b->duty.due.value_or(absl::InfiniteFuture());
  });
  std::vector<std::string> lines;
  for (const Obligation* obligation : running) lines.push_back(ClockLine(*obligation, now));
  return lines;
}

std::vector<std::string> Unknowns(const Incident& incident) {
  std::vector<std::string> lines;
  for (const Ruling& ruling : incident.rulings) {
    if (!ruling.significance) {
      lines.push_back(absl::StrCat("Reportable under ", ruling.id(), "? Not decided."));
    }
  }
  if (!incident.historical && FindAnchor(incident, "aware") == nullptr) {
    lines.push_back("When did we become aware? Not stated, so no legal clock runs.");
  }
  for (const ImpactKey& key : ImpactKeys()) {
    const auto fact = incident.impact.find(std::string(key.key));
    if (fact == incident.impact.end() || fact->second.value != "unknown") continue;
    lines.push_back(
        absl::StrCat(ToAbsl(key.label), "? Unknown since #", fact->second.sequence, "."));
  }
  return lines;
}

// Roles without which the response lacks a head, a record or a voice.
std::vector<std::string> EmptyRoles(const Incident& incident) {
  std::vector<std::string> lines;
  for (const IncidentRole role :
       {IncidentRole::kCommander, IncidentRole::kScribe, IncidentRole::kCommunications}) {
    const auto holders = incident.role_holders.find(role);
    if (holders != incident.role_holders.end() && !holders->second.empty()) continue;
    lines.push_back(absl::StrCat("Nobody is ", ToAbsl(ToText(role)), "."));
  }
  return lines;
}

std::string NoteLine(const Note& note) {
  return absl::StrCat(Clock(note.time), " ", ToAbsl(ToText(note.kind)), ": ", OneLine(note.text),
                      " (#", note.sequence, ")");
}

void AddSection(std::string& out, std::string_view heading, const std::vector<std::string>& lines,
                std::string_view none) {
  absl::StrAppend(&out, "\n## ", ToAbsl(heading), "\n\n");
  for (const std::string& line : lines) out += Item(line);
  if (lines.empty()) absl::StrAppend(&out, ToAbsl(none), "\n");
}

std::vector<std::string> People(const Incident& incident, const HandleOf& handle_of) {
  std::vector<std::string> lines;
  for (const auto& [role, holders] : incident.role_holders) {
    std::vector<std::string> handles;
    for (const PrincipalId& holder : holders) handles.push_back(handle_of(holder));
    if (!handles.empty()) {
      lines.push_back(absl::StrCat(ToAbsl(ToText(role)), ": ", absl::StrJoin(handles, ", ")));
    }
  }
  for (std::string& line : EmptyRoles(incident)) lines.push_back(std::move(line));
  return lines;
}

std::vector<std::string> Steps(const Incident& incident) {
  std::vector<std::string> lines;
  size_t more = 0;
  const playbook::Instants anchors = AnchorsOf(incident);
  for (const playbook::Run& run : incident.runs) {
    for (const size_t index : playbook::NextSteps(run, anchors)) {
      if (lines.size() >= kStepsInBrief) {
        ++more;
        continue;
      }
      const playbook::Step& step = run.definition->steps[index];
      lines.push_back(absl::StrCat(step.title, " (", run.id.ToString(), " ", step.id, ", ",
                                   ToAbsl(ToText(step.role)), ")"));
    }
  }
  if (more > 0) lines.push_back(absl::StrCat("and ", more, " more: tocsin playbook status"));
  return lines;
}

// The last `count` notes that `wanted` likes, oldest first.
template <typename Wanted>
std::vector<std::string> LastNotes(const Notes& notes, size_t count, Wanted wanted) {
  std::vector<std::string> lines;
  for (auto it = notes.all().rbegin(); it != notes.all().rend() && lines.size() < count; ++it) {
    if (wanted(it->second)) lines.push_back(NoteLine(it->second));
  }
  std::reverse(lines.begin(), lines.end());
  return lines;
}

// Of a drill on its own clock, as `now` is.
absl::Time BeginOf(const Incident& incident) {
  return IsRunningDrill(incident) ? incident.exercise->begin_time : incident.declare_time;
}

std::string StateLine(const Incident& incident, absl::Time now) {
  return absl::StrCat(ToAbsl(ToText(incident.severity)), ", phase ", ToAbsl(ToText(incident.phase)),
                      ", declared ", FormatSpan(now - BeginOf(incident)), " ago");
}

void AddConditions(const Incident& incident, absl::Time now, SituationDraft& draft) {
  if (incident.drill) draft.conditions += Item("DRILL: this is an exercise");
  draft.conditions += Item(StateLine(incident, now));
  for (const ImpactKey& key : ImpactKeys()) {
    const auto fact = incident.impact.find(std::string(key.key));
    if (fact == incident.impact.end() || fact->second.value == "unknown") continue;
    draft.conditions += Item(absl::StrCat(ToAbsl(key.label), ": ", OneLine(fact->second.value),
                                          " (#", fact->second.sequence, ")"));
  }
  for (const std::string& line : Clocks(incident, now)) draft.conditions += Item(line);
}

void AddNeeds(const Incident& incident, absl::Time now, SituationDraft& draft) {
  for (const std::string& line : EmptyRoles(incident)) draft.needs += Item(line);
  for (const std::string& line : Unknowns(incident)) draft.needs += Item(line);
  const playbook::Instants anchors = AnchorsOf(incident);
  for (const playbook::Run& run : incident.runs) {
    for (size_t step = 0; step < run.steps.size(); ++step) {
      if (!playbook::IsOverdue(run, step, anchors, now)) continue;
      draft.needs +=
          Item(absl::StrCat("Late: ", run.definition->steps[step].title, " (", run.id.ToString(),
                            " ", run.definition->steps[step].id, ")"));
    }
  }
}

}  // namespace

void Notes::Add(const EntryMeta& meta, const PendingEntry& entry, Tlp tlp) {
  if (const auto* recorded = std::get_if<EntryRecorded>(&entry.event)) {
    notes_[meta.sequence] = {meta.sequence,  recorded->kind,
                             recorded->text, entry.occur_time.value_or(meta.record_time),
                             meta.author,    tlp};
  } else if (const auto* corrected = std::get_if<EntryCorrected>(&entry.event)) {
    const auto note = notes_.find(corrected->sequence);
    if (note == notes_.end()) return;
    note->second.text = corrected->text;
    note->second.tlp = std::max(note->second.tlp, tlp);
  } else if (const auto* retracted = std::get_if<EntryRetracted>(&entry.event)) {
    notes_.erase(retracted->sequence);
  }
}

Tlp CeilingOf(const Incident& incident, Audience audience) {
  switch (audience) {
    case Audience::kTeam:
      break;
    case Audience::kManagement:
      return std::min(incident.tlp, Tlp::kAmber);
    case Audience::kCustomers:
      return std::min(incident.tlp, Tlp::kGreen);
  }
  return incident.tlp;
}

std::string HandoverBrief(const Incident& incident, const Notes& notes, absl::Time now,
                          const HandleOf& handle_of) {
  std::string out = absl::StrCat("# ", incident.drill ? "DRILL: " : "", "Handover of ",
                                 incident.number, ": ", OneLine(incident.title), "\n\n",
                                 StateLine(incident, now), ", as of ", Clock(now), ".\n");
  AddSection(out, "Clocks", Clocks(incident, now), "No legal clock runs.");
  AddSection(out, "People", People(incident, handle_of), "Nobody has a role.");
  const auto may_stand = [&](const Note& note) { return note.tlp <= incident.tlp; };
  AddSection(out, "Decisions",
             LastNotes(notes, kDecisionsInBrief,
                       [&](const Note& note) {
                         return note.kind == EntryKind::kDecision && may_stand(note);
                       }),
             "None recorded.");
  AddSection(out, "Next steps", Steps(incident), "No playbook step is open.");
  AddSection(out, "Unknown", Unknowns(incident), "Nothing is marked as unknown.");
  AddSection(out, "Last notes", LastNotes(notes, kNotesInBrief, may_stand), "None.");
  const auto above = std::count_if(notes.all().begin(), notes.all().end(),
                                   [&](const auto& note) { return !may_stand(note.second); });
  if (above > 0) {
    absl::StrAppend(&out, "\nNot in this brief: ", above, above == 1 ? " note" : " notes",
                    " labelled above TLP:", ToAbsl(ToText(incident.tlp)), ".\n");
  }
  return out;
}

SituationDraft DraftSituation(const Incident& incident, Audience audience, const Notes& notes,
                              absl::Time now) {
  SituationDraft draft;
  const auto last = incident.reported.find(audience);
  if (last != incident.reported.end()) draft.since_sequence = last->second;
  if (audience != Audience::kCustomers) {
    AddConditions(incident, now, draft);
    AddNeeds(incident, now, draft);
  }
  const Tlp ceiling = CeilingOf(incident, audience);
  std::vector<const Note*> told;
  for (auto it = notes.all().upper_bound(draft.since_sequence); it != notes.all().end(); ++it) {
    if (it->second.tlp > ceiling) {
      ++draft.withheld;
    } else {
      told.push_back(&it->second);
    }
  }
  // The newest say most.
  draft.left_out = told.size() - std::min(told.size(), kNotesInReport);
  for (size_t i = draft.left_out; i < told.size(); ++i) draft.actions += Item(NoteLine(*told[i]));
  return draft;
}

}  // namespace tocsin::domain
