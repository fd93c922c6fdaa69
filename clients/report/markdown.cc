#include "clients/report/markdown.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "clients/report/entry_types.h"
#include "clients/report/key_times.h"
#include "clients/report/markdown_text.h"
#include "server/base/time_text.h"
#include "server/base/view.h"

namespace tocsin::report {
namespace {

using Row = std::vector<std::string>;

std::string Moment(absl::Time time) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%S", time, absl::UTCTimeZone());
}

std::string MomentOr(const std::optional<absl::Time>& time, std::string_view otherwise) {
  return time ? Moment(*time) : std::string(otherwise);
}

// A claimed time as exactly as it is known.
std::string Claimed(absl::Time time, Precision precision, const absl::TimeZone& zone) {
  switch (precision) {
    case Precision::kSecond:
      return Moment(time);
    case Precision::kMinute:
      return absl::FormatTime("%Y-%m-%d %H:%M", time, absl::UTCTimeZone());
    case Precision::kHour:
      return absl::FormatTime("%Y-%m-%d about %H:%M", time, absl::UTCTimeZone());
    case Precision::kDay:
      return absl::FormatTime("%Y-%m-%d (day)", time, zone);
    case Precision::kMonth:
      return absl::FormatTime("%Y-%m (month)", time, zone);
  }
  return Moment(time);
}

template <typename Enum>
std::string WordOr(const std::optional<Enum>& value, std::string_view otherwise) {
  return std::string(value ? ToText(*value) : otherwise);
}

std::string Handle(std::string_view handle) {
  return handle.empty() ? "" : Code(handle);
}

/// Collects the document. All user text that comes in through Item, Table and Paragraph has been
/// made inert by the caller; headings are ours.
class Document {
 public:
  void Heading(int level, std::string_view text) {
    absl::StrAppend(&out_, out_.empty() ? "" : "\n", std::string(static_cast<size_t>(level), '#'),
                    " ", ToAbsl(text), "\n\n");
  }
  void Paragraph(std::string_view text) { absl::StrAppend(&out_, ToAbsl(text), "\n"); }
  void Item(std::string_view text) { absl::StrAppend(&out_, "- ", ToAbsl(text), "\n"); }
  void Table(const Row& heads, const std::vector<Row>& rows) {
    absl::StrAppend(&out_, "| ", absl::StrJoin(heads, " | "), " |\n|");
    for (size_t i = 0; i < heads.size(); ++i) absl::StrAppend(&out_, "---|");
    absl::StrAppend(&out_, "\n");
    for (const Row& row : rows) absl::StrAppend(&out_, "| ", absl::StrJoin(row, " | "), " |\n");
  }
  void Fenced(std::string_view text) {
    // A note holds no backtick: base64, a name without blanks, a dash. What does is shown inert
    // instead.
    const bool safe = text.find('`') == text.npos;
    absl::StrAppend(&out_, safe ? "```text\n" : "", safe ? std::string(text) : Inert(text),
                    safe ? "```\n" : "\n");
  }
  std::string Take() { return std::move(out_); }

 private:
  std::string out_;
};

std::string Attribute(const Attributes& attributes, const std::string& key) {
  const auto found = attributes.find(key);
  return found == attributes.end() ? "" : found->second;
}

void AddHeader(Document& out, const Bundle& bundle) {
  const IncidentView& incident = bundle.incident;
  out.Heading(1, absl::StrCat(incident.drill ? "DRILL: " : "", "Post-mortem ",
                              Inert(incident.number), ": ", Inert(incident.title)));
  if (incident.drill) out.Paragraph("**This was a drill, not a real incident.**\n");
  if (incident.historical) {
    out.Paragraph(
        "**Written after the fact from another record.** Its entries state when things "
        "happened; the log proves only when they were written.\n");
  }
  std::vector<std::string> authors;
  std::vector<std::string> severities;
  for (const EntryView& entry : bundle.entries) {
    const std::string handle = Handle(entry.author);
    if (std::find(authors.begin(), authors.end(), handle) == authors.end()) {
      authors.push_back(handle);
    }
    const bool counts = entry.type == kTypeSeverityChanged || entry.type == kTypeDeclared;
    if (!counts || !entry.change) continue;
    const std::optional<Severity> severity = FromNumber<Severity>(entry.change->to);
    std::string said = absl::StrCat(WordOr(severity, "?"), " from ", Moment(entry.recorded));
    if (!entry.change->because.empty()) {
      absl::StrAppend(&said, " (", Inert(entry.change->because), ")");
    }
    severities.push_back(std::move(said));
  }
  std::vector<std::string> roles;
  for (const RoleView& role : incident.roles) {
    roles.push_back(absl::StrCat(Inert(role.role), " ", Handle(role.handle)));
  }
  const std::string severity = WordOr(incident.severity, "not stated");
  std::vector<Row> rows = {
      {"Organisation", Inert(bundle.organisation)},
      {"TLP", WordOr(incident.tlp, "not stated")},
      {"Severity", severity},
      {"Severity history", severities.empty() ? severity : absl::StrJoin(severities, "; ")},
      {"Phase", WordOr(incident.phase, "not stated")},
      {"Reportable", Inert(incident.significant)},
      {"Roles", roles.empty() ? "none assigned" : absl::StrJoin(roles, ", ")},
      {"Authors", absl::StrJoin(authors, ", ")},
      {"Generated", absl::StrCat(Moment(bundle.export_time), " UTC for ",
                                 Handle(bundle.exported_by), ", profile ", Inert(bundle.profile))},
      {"Log", absl::StrCat(Inert(bundle.log_size), " entries, root ", Code(bundle.log_root))}};
  out.Table({"", ""}, rows);
}

void AddSummary(Document& out, const Bundle& bundle) {
  out.Heading(2, "Summary");
  const std::string stated = Attribute(bundle.incident.attributes, "summary");
  if (!stated.empty()) out.Paragraph(Inert(stated));
  if (!bundle.review.summary.empty()) {
    out.Paragraph((stated.empty() ? "" : "\n") + Inert(bundle.review.summary));
  }
  if (stated.empty() && bundle.review.summary.empty()) out.Paragraph("None recorded.");
  bool first = true;
  for (const auto& [key, value] : bundle.incident.attributes) {
    if (key == "summary") continue;
    if (std::exchange(first, false)) out.Paragraph("");
    std::vector<std::string> parts;
    for (const absl::string_view part : absl::StrSplit(value, key == "sources" ? ' ' : '\n')) {
      parts.push_back(SourceLink(ToStd(part)));
    }
    out.Item(absl::StrCat(Code(key), ": ", absl::StrJoin(parts, ", ")));
  }
}

void AddImpact(Document& out, const Bundle& bundle) {
  out.Heading(2, "Impact");
  std::vector<Row> rows;
  for (const ImpactView& fact : bundle.incident.impact) {
    rows.push_back({Code(fact.key), Inert(fact.value), "", "", absl::StrCat("#", fact.sequence)});
  }
  for (const EntryView& entry : bundle.entries) {
    const std::string metric = Attribute(entry.attributes, "metric");
    if (metric.empty() || entry.retracted_by != 0) continue;
    rows.push_back({Code(metric),
                    Inert(absl::StrCat(Attribute(entry.attributes, "value"), " ",
                                       Attribute(entry.attributes, "unit"))),
                    Inert(entry.text), SourceLink(Attribute(entry.attributes, "source")),
                    absl::StrCat("#", entry.sequence)});
  }
  if (rows.empty()) {
    out.Paragraph("None recorded.");
  } else {
    out.Table({"What", "How much", "In words", "Source", "Entry"}, rows);
  }
}

void AddKeyTimes(Document& out, const Bundle& bundle, const absl::TimeZone& zone) {
  const std::vector<KeyTime> times = KeyTimesOf(bundle);
  out.Heading(2, "Key times");
  out.Paragraph("All times in UTC.\n");
  std::vector<Row> rows;
  for (const KeyTime& key : times) {
    rows.push_back({std::string(key.name),
                    key.time ? Claimed(*key.time, key.precision, zone) : "not recorded",
                    Inert(key.origin)});
  }
  out.Table({"What", "When", "By"}, rows);
  const std::vector<Interval> intervals = IntervalsOf(times);
  if (intervals.empty()) return;
  rows.clear();
  for (const Interval& interval : intervals) {
    rows.push_back({absl::StrCat(ToAbsl(interval.from), " to ", ToAbsl(interval.to)),
                    absl::StrCat(interval.span < absl::ZeroDuration() ? "before: " : "",
                                 interval.rough ? "about " : "", FormatSpan(interval.span))});
  }
  out.Paragraph("");
  out.Table({"Interval", "Took"}, rows);
}

void AddObligations(Document& out, const Bundle& bundle) {
  if (bundle.obligations.empty()) return;
  out.Heading(2, "Obligations");
  std::vector<Row> rows;
  for (const ObligationView& duty : bundle.obligations) {
    std::string anchor = Inert(duty.anchor);
    if (duty.anchor_time) absl::StrAppend(&anchor, " ", Moment(*duty.anchor_time));
    std::string late;
    if (duty.late_by > absl::ZeroDuration()) {
      late = absl::StrCat(FormatSpan(duty.late_by), ": ", Inert(duty.late_reason));
    }
    rows.push_back({Inert(duty.label.empty() ? duty.stage : duty.label), Inert(duty.article),
                    anchor, MomentOr(duty.due, "no date"), MomentOr(duty.submitted, ""), late,
                    Inert(duty.reference),
                    absl::StrCat(Inert(duty.state), duty.provisional ? " (provisional)" : "")});
  }
  out.Table({"Stage", "Article", "Anchor", "Due", "Filed", "Late", "Reference", "State"}, rows);
  if (bundle.explanations.empty()) return;
  out.Paragraph("\nHow the dates were computed:\n");
  for (const ExplanationView& why : bundle.explanations) {
    if (why.arithmetic.empty()) continue;
    out.Item(absl::StrCat(Inert(why.stage), ": ", Inert(why.arithmetic), " (rule ",
                          Code(why.rule_id), ", pack ", Inert(why.pack_version), ")"));
  }
}

std::string TimelineText(const EntryView& entry) {
  if (entry.withheld) return "*(withheld)*";
  std::string text = Inert(entry.text);
  if (entry.corrected_by != 0) {
    text = absl::StrCat("~~", text, "~~ **corrected by #", entry.corrected_by, ":** ",
                        Inert(entry.corrected_text));
  }
  if (entry.retracted_by != 0) {
    text = absl::StrCat("~~", text, "~~ **retracted by #", entry.retracted_by, "**");
  }
  return text;
}

// What an entry says beside its text, without what has its own column.
std::string Details(const Attributes& attributes) {
  std::vector<std::string> parts;
  for (const auto& [key, value] : attributes) {
    if (key == "source") parts.push_back(SourceLink(value));
    const bool shown = key == "source" || key == "metric" || key == "value" || key == "unit";
    if (!shown) parts.push_back(absl::StrCat(Inert(key), ": ", Inert(value)));
  }
  return absl::StrJoin(parts, "; ");
}

void AddTimeline(Document& out, const Bundle& bundle, const absl::TimeZone& zone) {
  out.Heading(2, "Timeline");
  out.Paragraph(
      "In the order of the record. *When* is what its author claimed; *recorded* is the "
      "server's clock.\n");
  std::vector<Row> rows;
  for (const EntryView& entry : bundle.entries) {
    std::string kind = entry.kind ? std::string(ToText(*entry.kind)) : Inert(entry.type_name);
    rows.push_back({absl::StrCat(entry.sequence),
                    entry.occurred ? Claimed(*entry.occurred, entry.precision, zone) : "",
                    Moment(entry.recorded), std::move(kind), Handle(entry.author),
                    TimelineText(entry), Details(entry.attributes)});
  }
  out.Table({"#", "When", "Recorded", "Kind", "Who", "What", "Source and notes"}, rows);
}

void AddKind(Document& out, const Bundle& bundle, EntryKind kind, std::string_view heading,
             const absl::TimeZone& zone) {
  bool first = true;
  for (const EntryView& entry : bundle.entries) {
    if (entry.kind != kind || entry.type != kTypeRecorded || entry.withheld) continue;
    if (std::exchange(first, false)) out.Heading(2, heading);
    const std::string details = Details(entry.attributes);
    const std::string when = Claimed(entry.occurred.value_or(entry.recorded),
                                     entry.occurred ? entry.precision : Precision::kSecond, zone);
    out.Item(absl::StrCat(when, ", ", Handle(entry.author), ": ", TimelineText(entry),
                          details.empty() ? "" : absl::StrCat(" (", details, ")"), " \\[#",
                          entry.sequence, "\\]"));
  }
}

void AddRuns(Document& out, const Bundle& bundle) {
  for (const RunView& run : bundle.runs) {
    out.Heading(2, absl::StrCat("Playbook run: ", Inert(run.title)));
    out.Paragraph(absl::StrCat("Version ", Inert(run.version), ", digest ", Code(run.digest),
                               ", started ", Moment(run.started), ".\n"));
    std::vector<Row> rows;
    for (const StepView& step : run.steps) {
      const char* state = step.state == StepState::kDone      ? "done"
                          : step.state == StepState::kSkipped ? "**skipped**"
                                                              : "open";
      rows.push_back({Inert(step.title), state,
                      Handle(step.finished_by.empty() ? step.assignee : step.finished_by),
                      MomentOr(step.finished, ""), Inert(step.note)});
    }
    out.Table({"Step", "State", "Who", "Finished", "Evidence or reason"}, rows);
  }
}

void AddReview(Document& out, const Bundle& bundle) {
  constexpr std::pair<FindingKind, const char*> kParts[] = {
      {FindingKind::kWell, "What went well"},
      {FindingKind::kBad, "What went badly"},
      {FindingKind::kLucky, "Where we were lucky"},
      {FindingKind::kCondition, "Contributing conditions"},
      {FindingKind::kLesson, "Lessons"}};
  out.Heading(2, "Review");
  if (bundle.review.state.empty() || bundle.review.state == "none") {
    out.Paragraph("None held.");
    return;
  }
  out.Paragraph(bundle.review.published
                    ? absl::StrCat("Published ", Moment(*bundle.review.published), ".")
                    : absl::StrCat("State: ", Inert(bundle.review.state), "."));
  for (const auto& [kind, heading] : kParts) {
    bool first = true;
    for (const FindingView& finding : bundle.review.findings) {
      if (finding.kind != kind) continue;
      if (std::exchange(first, false)) out.Heading(3, heading);
      out.Item(absl::StrCat(Inert(finding.text), " (", Handle(finding.author), ", #",
                            finding.sequence, ")"));
    }
  }
  out.Heading(3, "Action items");
  if (bundle.review.action_items.empty()) out.Paragraph("None recorded.");
  std::vector<Row> rows;
  for (const ActionItemView& item : bundle.review.action_items) {
    rows.push_back({Code(item.id), Inert(item.text), Handle(item.owner), MomentOr(item.due, ""),
                    item.done ? "done" : "open", Inert(item.evidence)});
  }
  if (!rows.empty()) {
    out.Table({"Id", "What", "Owner", "Due", "State", "Evidence"}, rows);
  }
}

void AddIntegrity(Document& out, const Bundle& bundle) {
  out.Heading(2, "Integrity");
  out.Paragraph(
      "This document was computed from an export bundle. The bundle proves that its entries "
      "stand in the organisation's log; this text does not. To check the bundle without the "
      "server:\n");
  out.Fenced(absl::StrCat("tocsin export ", bundle.incident.number,
                          " --format json --out bundle.json\n"
                          "python3 tools/verify/tocsin_verify.py bundle.json --key 'KEY'\n"));
  out.Paragraph(absl::StrCat("\nKey of the log, to be compared with a copy from another channel: ",
                             Code(bundle.verifier_key), "\n\nCheckpoint at the export:\n"));
  out.Fenced(bundle.checkpoint);
}

}  // namespace

std::string RenderPostMortem(const Bundle& bundle, const absl::TimeZone& zone) {
  Document out;
  AddHeader(out, bundle);
  AddSummary(out, bundle);
  AddImpact(out, bundle);
  AddKeyTimes(out, bundle, zone);
  AddObligations(out, bundle);
  AddTimeline(out, bundle, zone);
  AddKind(out, bundle, EntryKind::kDecision, "Decisions", zone);
  AddKind(out, bundle, EntryKind::kCommunication, "Communications", zone);
  AddKind(out, bundle, EntryKind::kNotification, "Notifications logged", zone);
  AddKind(out, bundle, EntryKind::kEvidence, "Evidence", zone);
  AddRuns(out, bundle);
  AddReview(out, bundle);
  AddIntegrity(out, bundle);
  return out.Take();
}

}  // namespace tocsin::report
