#include "clients/cli/watch_screen.h"

#include <algorithm>
#include <map>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "clients/cli/drill_time.h"
#include "clients/cli/playbook.h"
#include "clients/cli/show.h"
#include "clients/core/alert_lines.h"
#include "clients/core/names.h"
#include "clients/core/proto_time.h"
#include "clients/core/terminal_text.h"
#include "clients/core/time_input.h"
#include "server/base/time_text.h"

namespace tocsin::cli {
namespace {

using client::Cell;
using client::Colour;
using client::FromProto;

// Below this many rows only the head, the newest entries and the last line are shown.
constexpr size_t kRowsForAll = 14;
// In few columns only what matters most.
constexpr size_t kColumnsForAll = 100;
constexpr size_t kColumnsForMost = 60;

// Lines that never exceed the width; what is painted is painted as a whole line.
class Page {
 public:
  Page(size_t columns, bool colour) : columns_(columns), style_{.colour = colour, .width = 0} {}

  void Add(const std::string& text, Colour colour = Colour::kNone) {
    lines_.push_back(
        client::Paint(style_, colour, client::Truncate(client::EscapeText(text), columns_)));
  }
  // Aligned columns; each line in the colour of its row.
  void AddTable(const std::vector<std::vector<Cell>>& rows, const std::vector<Colour>& colours) {
    if (rows.empty()) return;
    client::Table table(std::vector<std::string>(rows[0].size(), ""));
    for (const auto& row : rows) table.Add(row);
    const std::string text = table.RenderBody({.colour = false, .width = 0});
    size_t i = 0;
    for (absl::string_view line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
      lines_.push_back(
          client::Paint(style_, colours[i++], client::Truncate(std::string(line), columns_)));
    }
  }
  std::vector<std::string>& lines() { return lines_; }

 private:
  size_t columns_;
  client::OutputStyle style_;
  std::vector<std::string> lines_;
};

std::string Roles(const v1::Incident& incident) {
  std::map<int, std::vector<std::string>> holders;
  for (const v1::RoleHolder& holder : incident.role_holders()) {
    holders[holder.role()].push_back(holder.handle());
  }
  if (holders.empty()) return "nobody has a role yet";
  return absl::StrJoin(holders, "  ", [](std::string* out, const auto& entry) {
    absl::StrAppend(out, WordOf<IncidentRole>(entry.first), " ", absl::StrJoin(entry.second, " "));
  });
}

void AddHead(const v1::Incident& incident, absl::Time now, Page& page) {
  page.Add(absl::StrCat(IncidentLabel(incident), "  ", incident.title()), Colour::kBold);
  page.Add(
      absl::StrCat(
          WordOf<Severity>(incident.severity()), "  ", WordOf<Phase>(incident.phase()), "  TLP ",
          WordOf<Tlp>(incident.tlp()), incident.restricted() ? "  restricted" : "",
          "  significant: ", incident.significant().empty() ? "undecided" : incident.significant(),
          "  declared ", client::FormatRelative(FromProto(incident.declare_time()), now)),
      SeverityColour(incident.severity()));
  page.Add(Roles(incident));
}

// A heading and at most `rows` lines, the last of which says how many are left out.
void AddSection(const std::string& heading, std::vector<std::vector<Cell>> rows,
                std::vector<Colour> colours, size_t rows_max, const std::string& command,
                Page& page) {
  page.Add("");
  page.Add(heading, Colour::kBold);
  const size_t count = rows.size();
  const size_t shown = count <= rows_max ? count : rows_max - 1;
  rows.resize(shown);
  colours.resize(shown);
  page.AddTable(rows, colours);
  if (count == 0) page.Add("  none", Colour::kGrey);
  if (shown < count) {
    page.Add(absl::StrCat("  … ", count - shown, " more: ", command), Colour::kGrey);
  }
}

void AddIncidents(const WatchView& view, absl::Time now, size_t columns, size_t rows_max,
                  Page& page) {
  std::vector<std::vector<Cell>> rows;
  std::vector<Colour> colours;
  for (const v1::Incident& incident : view.incidents) {
    std::string next = "-";
    if (incident.has_next_due_time()) {
      next = absl::StrCat(
          incident.next_due_stage(), " ",
          client::FormatRelative(FromProto(incident.next_due_time()), TimeIn(incident, now)));
    }
    const std::string severity = WordOf<Severity>(incident.severity());
    if (columns >= kColumnsForAll) {
      rows.push_back({"  " + IncidentLabel(incident), severity, WordOf<Phase>(incident.phase()),
                      next, incident.title()});
    } else {
      next = next.substr(0, next.find(" ("));
      rows.push_back({"  " + IncidentLabel(incident), severity, next, incident.title()});
    }
    colours.push_back(SeverityColour(incident.severity()));
  }
  const size_t count = view.incidents.size();
  page.Add(absl::StrCat(count, count == 1 ? " open incident" : " open incidents"), Colour::kBold);
  const size_t shown = std::min(rows.size(), rows_max);
  const size_t left = rows.size() - shown;
  rows.resize(shown);
  page.AddTable(rows, colours);
  if (left > 0) page.Add(absl::StrCat("  … ", left, " more: tocsin list --open"), Colour::kGrey);
}

// What nobody has acknowledged, and what was not delivered: never below what is merely open.
void AddAlerts(const WatchView& view, absl::Time now, size_t rows_max, Page& page) {
  std::vector<std::string> lines;
  if (view.incident) {
    lines = client::AlertLines(*view.incident, now);
  } else {
    for (const v1::Incident& incident : view.incidents) {
      for (const std::string& line : client::AlertLines(incident, now)) {
        lines.push_back(absl::StrCat(IncidentLabel(incident), " ", line));
      }
    }
  }
  if (lines.empty()) return;
  const size_t shown = lines.size() <= rows_max ? lines.size() : rows_max - 1;
  for (size_t i = 0; i < shown; ++i) page.Add(absl::StrCat("! ", lines[i]), Colour::kRed);
  if (shown < lines.size()) {
    page.Add(absl::StrCat("! ", lines.size() - shown, " more alerts: tocsin status"), Colour::kRed);
  }
}

// As everywhere, and in the last hour to the second.
Cell CountdownCell(const v1::Obligation& obligation, absl::Time now) {
  Cell cell = DueCell(obligation, now);
  const absl::Duration left = FromProto(obligation.due_time()) - now;
  if (obligation.state() != v1::OBLIGATION_STATE_OPEN || !obligation.has_due_time() ||
      left < absl::Minutes(1) || left >= absl::Hours(1)) {
    return cell;
  }
  cell.text =
      absl::StrCat("in ", absl::ToInt64Minutes(left), " min ", absl::ToInt64Seconds(left) % 60,
                   " s (", client::FormatClock(FromProto(obligation.due_time()), now), ")");
  return cell;
}

// "in 3 h 58 min", "no date yet".
std::string ShortDue(const v1::Obligation& obligation, const Cell& due) {
  if (!obligation.has_due_time()) return "no date yet";
  return due.text.substr(0, due.text.find(" ("));
}

// The time that counts for the obligation: a drill's clock goes on between two looks at the server.
absl::Time TimeFor(const WatchView& view, const v1::Obligation& obligation, absl::Time now) {
  if (view.incident) return TimeIn(*view.incident, now);
  const std::string number(client::IncidentOf(obligation.name()));
  for (const v1::Incident& incident : view.incidents) {
    if (client::ShortName(incident.name()) == number) return TimeIn(incident, now);
  }
  return TimeIn(obligation, now);
}

void AddDeadlines(const WatchView& view, absl::Time now, size_t columns, size_t rows_max,
                  Page& page) {
  std::vector<std::vector<Cell>> rows;
  std::vector<Colour> colours;
  for (const v1::Obligation& obligation : view.obligations) {
    const Cell due = CountdownCell(obligation, TimeFor(view, obligation, now));
    std::string name = client::ShortName(obligation.name());
    if (!view.incident) {
      name = absl::StrCat(client::IncidentOf(obligation.name()),
                          obligation.drill() ? " DRILL " : " ", name);
    }
    if (columns >= kColumnsForAll) {
      rows.push_back({"  " + name, StateWord(obligation.state()), due.text, obligation.label()});
    } else if (columns >= kColumnsForMost) {
      rows.push_back({"  " + name, due.text});
    } else {
      rows.push_back({"  " + ShortDue(obligation, due), name});
    }
    colours.push_back(due.colour);
  }
  AddSection("Deadlines", std::move(rows), std::move(colours), rows_max, "tocsin deadlines", page);
}

void AddSteps(const WatchView& view, absl::Time now, size_t columns, size_t rows_max, Page& page) {
  std::vector<std::vector<Cell>> rows;
  std::vector<Colour> colours;
  size_t finished = 0;
  size_t all = 0;
  if (view.incident) now = TimeIn(*view.incident, now);
  for (const v1::Run& run : view.runs) {
    for (const v1::StepRun& step : run.steps()) {
      ++all;
      if (IsSettled(step)) ++finished;
      if (!IsActive(step)) continue;
      const bool late = step.has_due_time() && FromProto(step.due_time()) < now;
      const std::string who =
          step.assignee().empty() ? WordOf<IncidentRole>(step.step().role()) : step.assignee();
      const std::string due =
          step.has_due_time() ? client::FormatRelative(FromProto(step.due_time()), now) : "";
      if (columns >= kColumnsForMost) {
        rows.push_back({"  " + step.step().id(), who, due, step.step().title()});
      } else {
        rows.push_back({"  " + step.step().id(), who, due.substr(0, due.find(" ("))});
      }
      colours.push_back(late ? Colour::kRed : Colour::kNone);
    }
  }
  if (all == 0) return;
  AddSection(absl::StrCat("Steps: ", finished, " of ", all, " finished"), std::move(rows),
             std::move(colours), rows_max, "tocsin playbook status", page);
}

void AddEntries(const WatchView& view, const absl::TimeZone& zone, size_t columns, size_t rows_max,
                Page& page) {
  std::vector<std::vector<Cell>> rows;
  std::vector<Colour> colours;
  const size_t count = std::min(rows_max, view.entries.size());
  for (size_t i = view.entries.size() - count; i < view.entries.size(); ++i) {
    const v1::Entry& entry = view.entries[i];
    const absl::Time recorded = FromProto(entry.record_time());
    std::string text = EntryText(entry);
    const absl::Duration back =
        entry.has_occur_time() ? recorded - FromProto(entry.occur_time()) : absl::ZeroDuration();
    if (absl::AbsDuration(back) >= absl::Minutes(1)) {
      const auto precision = FromNumber<Precision>(entry.precision()).value_or(Precision::kSecond);
      text =
          absl::StrCat("(", OccurText(FromProto(entry.occur_time()), precision, zone), ") ", text);
    }
    std::string number = absl::StrCat("  #", entry.sequence());
    if (!view.incident) {
      number = absl::StrCat("  ", client::ShortName(entry.incident()),
                            entry.drill() ? " DRILL" : "", number);
    }
    const std::string second = absl::FormatTime("%H:%M:%S", recorded, absl::UTCTimeZone());
    if (columns >= kColumnsForAll) {
      rows.push_back({number, second, EntryKindWord(entry), entry.author(), text});
    } else if (columns >= kColumnsForMost) {
      rows.push_back({number, second, entry.author(), text});
    } else {
      rows.push_back({number, second.substr(0, 5), text});
    }
    colours.push_back(entry.retracted_by() != 0 ? Colour::kGrey : Colour::kNone);
  }
  page.AddTable(rows, colours);
}

std::string LastLine(const WatchView& view, absl::Time now, const absl::TimeZone& zone,
                     size_t columns) {
  if (view.lost_time && columns < kColumnsForMost) {
    return absl::StrCat("NOT CONNECTED since ",
                        absl::FormatTime("%H:%M:%S UTC", *view.lost_time, absl::UTCTimeZone()));
  }
  if (view.lost_time) {
    return absl::StrCat("NOT CONNECTED for ", FormatSpan(now - *view.lost_time), ": this is as of ",
                        absl::FormatTime("%H:%M:%S UTC", *view.lost_time, absl::UTCTimeZone()),
                        "; trying again");
  }
  std::string clock = absl::FormatTime("%H:%M:%S UTC", now, absl::UTCTimeZone());
  if (columns >= kColumnsForMost && absl::FormatTime("%z", now, zone) != "+0000") {
    absl::StrAppend(
        &clock, absl::FormatTime(" (%H:%M:%S ", now, zone),
        absl::StartsWith(zone.name(), "/") ? absl::FormatTime("%Z", now, zone) : zone.name(), ")");
  }
  return absl::StrCat("live  ", clock, "  q or Ctrl-C ends");
}

}  // namespace

std::vector<std::string> RenderWatch(const WatchView& view, absl::Time now,
                                     const absl::TimeZone& zone, const client::ScreenSize& size,
                                     bool colour) {
  Page page(size.columns, colour);
  const bool all = size.rows >= kRowsForAll;
  if (view.incident) {
    AddHead(*view.incident, now, page);
  } else {
    AddIncidents(view, now, size.columns, all ? size.rows / 4 : 1, page);
  }
  AddAlerts(view, now, all ? std::max<size_t>(2, size.rows / 8) : 1, page);
  if (all) {
    AddDeadlines(view, now, size.columns, std::max<size_t>(2, size.rows / 5), page);
    AddSteps(view, now, size.columns, std::max<size_t>(2, size.rows / 6), page);
    page.Add("");
    page.Add("Entries", Colour::kBold);
  }
  std::vector<std::string>& lines = page.lines();
  if (lines.size() + 1 < size.rows) {
    AddEntries(view, zone, size.columns, size.rows - lines.size() - 1, page);
    lines.resize(size.rows - 1);
  }
  lines.resize(std::min(lines.size(), std::max<size_t>(size.rows, 1) - 1));
  page.Add(LastLine(view, now, zone, size.columns), view.lost_time ? Colour::kRed : Colour::kGrey);
  return lines;
}

}  // namespace tocsin::cli
