// The parts of a report that show the record itself: timeline, entries by kind, playbook runs,
// review, integrity.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "clients/report/composer.h"
#include "clients/report/entry_types.h"
#include "server/base/view.h"

namespace tocsin::report {

Line Composer::TimelineText(const EntryView& entry) const {
  Line line;
  const bool struck = entry.corrected_by != 0 || entry.retracted_by != 0;
  line.push_back(struck ? Struck(Said(entry.text).text) : Said(entry.text));
  if (entry.corrected_by != 0 && entry.corrected_text.empty()) {
    line.push_back(Plain(" "));
    line.push_back(Strong(words_("corrected_by_withheld", {absl::StrCat(entry.corrected_by)})));
  } else if (entry.corrected_by != 0) {
    line.push_back(Plain(" "));
    line.push_back(Strong(words_("corrected_by", {absl::StrCat(entry.corrected_by)})));
    line.push_back(Plain(" "));
    // A corrected text that was retracted afterwards holds no longer either.
    const bool gone = entry.retracted_by != 0;
    line.push_back(gone ? Struck(Said(entry.corrected_text).text) : Said(entry.corrected_text));
  }
  if (entry.retracted_by != 0) {
    line.push_back(Plain(" "));
    line.push_back(Strong(words_("retracted_by", {absl::StrCat(entry.retracted_by)})));
  }
  return line;
}

// What an entry says beside its text, without what has its own column.
Line Composer::Details(const Attributes& attributes) const {
  Line line;
  for (const auto& [key, value] : attributes) {
    if (key == "metric" || key == "value" || key == "unit") continue;
    if (!line.empty()) line.push_back(Plain("; "));
    if (key == "source") {
      line.push_back({Style::kSource, value});
    } else {
      line.push_back(Plain(absl::StrCat(key, ": ", value)));
    }
  }
  return line;
}

Row Composer::TimelineRow(const EntryView& entry) const {
  const std::string kind =
      entry.kind ? words_.Of("kind.", ToText(*entry.kind)) : words_.Of("type.", entry.type_name);
  return {
      {{Plain(absl::StrCat(entry.sequence))},
       {Plain(entry.occurred ? Claimed(*entry.occurred, entry.precision) : Moment(entry.recorded))},
       {Plain(Moment(entry.recorded))},
       {Plain(kind)},
       Handle(entry.author),
       TimelineText(entry),
       // What the declaration states stands in the summary.
       entry.type == kTypeDeclared ? Line{} : Details(entry.attributes)},
      entry.sequence};
}

Line Composer::WithheldText(size_t first, size_t count) const {
  const EntryView& entry = bundle_.entries[first];
  if (count > 1) {
    return {{Style::kEmphasis, words_("withheld.several", {absl::StrCat(count)})}};
  }
  const std::string tlp = entry.tlp ? std::string(ToText(*entry.tlp)) : "?";
  return {{Style::kEmphasis, words_("withheld.one", {tlp})},
          Plain(absl::StrCat(" ", words_("leaf"), " ")),
          Code(entry.leaf_hash)};
}

// Entries in a row that are withheld take one row: their leaf hashes stand in the annex.
Row Composer::WithheldRow(size_t first, size_t count) const {
  const EntryView& entry = bundle_.entries[first];
  const uint64_t last = bundle_.entries[first + count - 1].sequence;
  std::string numbers = absl::StrCat(entry.sequence);
  if (count > 1) absl::StrAppend(&numbers, "–", last);
  return {{{Plain(std::move(numbers))},
           {Plain(Moment(entry.recorded))},
           {Plain(Moment(entry.recorded))},
           {Plain(words_("withheld"))},
           {},
           WithheldText(first, count),
           {}},
          entry.sequence};
}

void Composer::AddTimeline() {
  AddHeading(2, {Plain(words_("timeline"))});
  AddParagraph({Plain(words_("timeline.order"))});
  Table table{.caption = words_("timeline.caption"),
              .columns = {{"#", Place::kOwn, 1},
                          {words_("column.when"), Place::kOwn, 3},
                          {words_("column.recorded"), Place::kUnder},
                          {words_("column.kind"), Place::kOwn, 3},
                          {words_("column.who"), Place::kUnder},
                          {words_("column.what"), Place::kMain, 11},
                          {words_("column.notes"), Place::kUnder}}};
  const std::vector<EntryView>& entries = bundle_.entries;
  for (size_t i = 0; i < entries.size(); ++i) {
    if (!entries[i].withheld) {
      table.rows.push_back(TimelineRow(entries[i]));
      continue;
    }
    size_t count = 1;
    while (i + count < entries.size() && entries[i + count].withheld) ++count;
    table.rows.push_back(WithheldRow(i, count));
    i += count - 1;
  }
  document_.blocks.emplace_back(std::move(table));
}

void Composer::AddKind(EntryKind kind, std::string_view heading) {
  Bullets list;
  size_t left_out = 0;
  for (const EntryView& entry : bundle_.entries) {
    if (entry.kind != kind || entry.type != kTypeRecorded || entry.withheld) continue;
    // A short report says what holds; the trail of what does not is in the others.
    if (brief() && entry.retracted_by != 0) continue;
    if (brief() && list.items.size() == profile_.rows_max) {
      ++left_out;
      continue;
    }
    const std::string when = Claimed(entry.occurred.value_or(entry.recorded),
                                     entry.occurred ? entry.precision : Precision::kSecond);
    Line item = {Plain(absl::StrCat(when, ", "))};
    Append(item, Handle(entry.author));
    item.push_back(Plain(": "));
    if (brief() && !entry.corrected_text.empty()) {
      item.push_back(Said(entry.corrected_text));
    } else {
      Append(item, TimelineText(entry));
    }
    const Line details = brief() ? Line{} : Details(entry.attributes);
    if (!details.empty()) {
      item.push_back(Plain(" ("));
      Append(item, details);
      item.push_back(Plain(")"));
    }
    AppendEntries(item, {entry.sequence, brief() ? entry.corrected_by : 0});
    list.items.push_back(std::move(item));
  }
  if (list.items.empty()) return;
  AddHeading(2, {Plain(words_(heading))});
  document_.blocks.emplace_back(std::move(list));
  if (left_out != 0) AddParagraph({Plain(words_("more_rows", {absl::StrCat(left_out)}))});
}

void Composer::AddRuns() {
  for (const RunView& run : bundle_.runs) {
    AddHeading(2, {Plain(absl::StrCat(words_("run"), ": ")), Plain(run.title)});
    Line about = {Plain(words_("run.version", {run.version})), Code(run.digest),
                  Plain(words_("run.started", {Moment(run.started)}))};
    uint64_t started = 0;
    for (const EntryView& entry : bundle_.entries) {
      const bool start = entry.type == kTypeRunStarted && entry.subject == run.id;
      if (start) started = entry.sequence;
    }
    AppendEntries(about, {started});
    AddParagraph(std::move(about));
    Table table{.caption = words_("run.caption", {run.title}),
                .columns = {{words_("column.step"), Place::kMain, 5},
                            {words_("column.state"), Place::kOwn, 2},
                            {words_("column.who"), Place::kOwn, 2},
                            {words_("column.finished"), Place::kOwn, 3},
                            {words_("column.evidence"), Place::kUnder}}};
    for (const StepView& step : run.steps) {
      Line state = {Plain(words_("step.open"))};
      if (step.state == StepState::kDone) state = {Plain(words_("step.done"))};
      if (step.state == StepState::kSkipped) state = {Strong(words_("step.skipped"))};
      if (step.state == StepState::kNotTaken) state = {Plain(words_("step.not_taken"))};
      table.rows.push_back({{{Plain(step.title)},
                             std::move(state),
                             Handle(step.finished_by.empty() ? step.assignee : step.finished_by),
                             {Plain(MomentOr(step.finished, ""))},
                             {Plain(step.note)}}});
    }
    document_.blocks.emplace_back(std::move(table));
  }
}

void Composer::AddFindings(const std::vector<FindingKind>& kinds) {
  for (const FindingKind kind : kinds) {
    Bullets list;
    for (const FindingView& finding : bundle_.review.findings) {
      if (finding.kind != kind) continue;
      Line item = {Said(finding.text), Plain(" (")};
      const Line author = Handle(finding.author);
      Append(item, author);
      if (!author.empty()) item.push_back(Plain(", "));
      item.push_back(Entry(finding.sequence));
      for (size_t i = 0; i < finding.entries.size(); ++i) {
        item.push_back(Plain(i == 0 ? words_("finding.rests_on") : ", "));
        item.push_back(Entry(finding.entries[i]));
      }
      item.push_back(Plain(")"));
      list.items.push_back(std::move(item));
    }
    if (list.items.empty()) continue;
    // Lessons alone stand under the section's own heading.
    if (kinds.size() > 1 || kind != FindingKind::kLesson) {
      AddHeading(3, {Plain(words_(absl::StrCat("finding.", std::string(ToText(kind)))))});
    }
    document_.blocks.emplace_back(std::move(list));
  }
}

// Where the review stands, and whether a second person has read it.
Line Composer::ReviewStanding() {
  const ReviewView& review = bundle_.review;
  Line line;
  const auto say = [&](std::string text) {
    line.push_back(Plain(absl::StrCat(line.empty() ? "" : " ", std::move(text))));
  };
  const auto say_of = [&](std::string_view key, const std::string& handle) {
    if (handle.empty()) return;
    say(absl::StrCat(words_(key), " "));
    Append(line, Handle(handle));
    line.push_back(Plain("."));
  };
  say(review.published ? words_("review.published", {Moment(*review.published)})
                       : words_("review.state", {words_.Of("state.", review.state)}));
  say_of("review.published_by", review.published ? review.published_by : "");
  say_of("review.read_by", review.read_by);
  for (const auto& [key, reason] : {std::pair("review.without_reader", &review.without_reader),
                                    std::pair("review.waived", &review.waived)}) {
    if (reason->empty()) continue;
    line.push_back(Plain(" "));
    line.push_back(Strong(words_(key)));
    line.push_back(Plain(" "));
    line.push_back(Said(*reason));
  }
  return line;
}

void Composer::AddReview() {
  AddHeading(2, {Plain(words_("review"))});
  const ReviewView& review = bundle_.review;
  if (review.state.empty() || review.state == "none") {
    return AddParagraph({Plain(words_(some_withheld_ ? "none_visible" : "review.none"))});
  }
  uint64_t settled = 0;
  for (const EntryView& entry : bundle_.entries) {
    if (entry.type == kTypeReviewPublished || entry.type == kTypeReviewWaived) {
      settled = entry.sequence;
    }
  }
  Line state = ReviewStanding();
  AppendEntries(state, {settled});
  AddParagraph(std::move(state));
  AddFindings({FindingKind::kWell, FindingKind::kBad, FindingKind::kLucky, FindingKind::kCondition,
               FindingKind::kLesson});
  AddHeading(3, {Plain(words_("actions"))});
  AddActions();
}

void Composer::AddLessons() {
  std::vector<FindingKind> kinds;
  for (const FindingKind kind : {FindingKind::kCondition, FindingKind::kLesson}) {
    const auto is_kind = [&](const FindingView& finding) { return finding.kind == kind; };
    const std::vector<FindingView>& all = bundle_.review.findings;
    if (std::any_of(all.begin(), all.end(), is_kind)) kinds.push_back(kind);
  }
  if (kinds.empty()) return;
  AddHeading(2, {Plain(words_("lessons"))});
  AddFindings(kinds);
}

void Composer::AddActions() {
  const std::vector<ActionItemView>& items = bundle_.review.action_items;
  if (items.empty()) return AddNone();
  Table table{.caption = words_("actions.caption"),
              .columns = {{words_("column.id"), Place::kOwn, 2},
                          {words_("column.what"), Place::kMain, 6},
                          {words_("column.owner"), Place::kOwn, 2},
                          {words_("column.due"), Place::kOwn, 3},
                          {words_("column.state"), Place::kOwn, 2},
                          {words_("column.action_type"), Place::kUnder},
                          {words_("column.evidence"), Place::kUnder},
                          {words_("column.remark"), Place::kUnder},
                          {words_("column.entry"), Place::kUnder}}};
  for (const ActionItemView& item : items) {
    if (table.rows.size() == RowsMax(items.size())) break;
    Line entry;
    if (item.sequence != 0) entry = {Entry(item.sequence)};
    table.rows.push_back({{{Code(item.id)},
                           {Said(item.text)},
                           Handle(item.owner),
                           {Plain(MomentOr(item.due, ""))},
                           {Plain(item.state.empty() ? words_(item.done ? "step.done" : "step.open")
                                                     : words_.Of("action.", item.state))},
                           {Plain(item.type ? words_.Of("action_type.", ToText(*item.type)) : "")},
                           {Said(item.evidence)},
                           {Said(item.remark)},
                           std::move(entry)}});
  }
  const size_t left_out = items.size() - table.rows.size();
  document_.blocks.emplace_back(std::move(table));
  if (left_out != 0) AddParagraph({Plain(words_("more_rows", {absl::StrCat(left_out)}))});
}

void Composer::AddIntegrity(bool whole) {
  AddHeading(2, {Plain(words_("integrity"))});
  if (!whole) return AddParagraph({Plain(words_("integrity.short"))});
  AddParagraph({Plain(words_("integrity.meaning"))});
  document_.blocks.emplace_back(
      Verbatim{absl::StrCat("tocsin export ", bundle_.incident.number,
                            " --format json --out bundle.json\n"
                            "python3 tools/verify/tocsin_verify.py bundle.json --key 'KEY'\n")});
  AddParagraph({Plain(words_("integrity.key")), Code(bundle_.verifier_key)});
  AddParagraph({Plain(words_("integrity.checkpoint"))});
  document_.blocks.emplace_back(Verbatim{bundle_.checkpoint});
  Table table{.caption = words_("withheld.caption"),
              .columns = {{"#", Place::kOwn, 1},
                          {words_("column.recorded"), Place::kOwn, 3},
                          {"TLP", Place::kOwn, 2},
                          {words_("column.leaf"), Place::kMain, 8}}};
  for (const EntryView& entry : bundle_.entries) {
    if (!entry.withheld) continue;
    table.rows.push_back({{{Plain(absl::StrCat(entry.sequence))},
                           {Plain(Moment(entry.recorded))},
                           {Plain(entry.tlp ? std::string(ToText(*entry.tlp)) : "?")},
                           {Code(entry.leaf_hash)}}});
  }
  if (table.rows.empty()) return;
  AddHeading(3, {Plain(words_("withheld.heading"))});
  document_.blocks.emplace_back(std::move(table));
}

}  // namespace tocsin::report
