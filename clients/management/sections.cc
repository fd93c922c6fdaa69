#include "clients/management/sections.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "clients/core/names.h"
#include "clients/core/proto_time.h"
#include "server/base/time_text.h"

namespace tocsin::management {
namespace {

using client::FromProto;
using report::Code;
using report::Column;
using report::Ink;
using report::Line;
using report::Place;
using report::Plain;
using report::Row;
using report::Strong;
using report::Table;

// Below so many, shares say less than counts.
constexpr uint32_t kCountForShares = 20;

constexpr const char* kSeverities[] = {"sev1", "sev2", "sev3", "sev4"};
constexpr Ink kSeverityInks[] = {Ink::kText, Ink::kResponse, Ink::kRegulator, Ink::kFaint};

absl::Duration SpanOf(const google::protobuf::Duration& span) {
  return absl::Seconds(span.seconds()) + absl::Nanoseconds(span.nanos());
}

std::optional<absl::Duration> MedianOf(const v1::Statistics::Interval& interval) {
  if (!interval.has_median()) return std::nullopt;
  return SpanOf(interval.median());
}

std::string SpanText(bool has, const google::protobuf::Duration& span) {
  return has ? FormatSpan(SpanOf(span)) : std::string("–");
}

uint32_t CountIn(const google::protobuf::Map<std::string, uint32_t>& counts, const char* word) {
  const auto found = counts.find(word);
  return found == counts.end() ? 0 : found->second;
}

Line Number(uint32_t count) {
  return {Plain(absl::StrCat(count))};
}

// "707 675", with blanks that do not break.
std::string Money(double eur) {
  std::string digits = absl::StrFormat("%.0f", eur);
  for (size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, "\u00a0");
  return digits;
}

}  // namespace

std::vector<Part> SeverityParts() {
  std::vector<Part> parts;
  for (size_t i = 0; i < std::size(kSeverities); ++i) {
    parts.push_back({kSeverities[i], kSeverityInks[i]});
  }
  return parts;
}

std::vector<uint32_t> SeverityCounts(const google::protobuf::Map<std::string, uint32_t>& counts) {
  std::vector<uint32_t> all;
  for (const char* severity : kSeverities) all.push_back(CountIn(counts, severity));
  return all;
}

std::string CountOf(uint32_t count, uint32_t all) {
  if (all < kCountForShares) return absl::StrCat(count);
  return absl::StrFormat("%u (%.0f %%)", count, 100.0 * count / all);
}

std::string Moment(const google::protobuf::Timestamp& time) {
  return absl::FormatTime("%Y-%m-%d %H:%M", FromProto(time), absl::UTCTimeZone());
}

void Sections::AddHeading(std::string_view key) {
  document_.blocks.emplace_back(report::Heading{level_, {Plain(words_(key))}});
}

void Sections::AddParagraph(std::string text) {
  document_.blocks.emplace_back(report::Paragraph{{Plain(std::move(text))}});
}

std::string Sections::PointText(const v1::OpenPoint& point) const {
  const std::string incident = client::ShortName(point.incident());
  const std::string count = absl::StrCat(point.count());
  switch (point.kind()) {
    case v1::OpenPoint::SIGNIFICANCE_UNDECIDED:
      return words_("point.undecided", {incident});
    case v1::OpenPoint::NOTIFICATION_MISSED:
      return words_("point.missed", {incident, count});
    case v1::OpenPoint::ACTION_ITEM_OVERDUE:
      return words_("point.overdue", {incident, count});
    case v1::OpenPoint::EFFECT_UNKNOWN:
      return words_("point.effect", {incident, count});
    case v1::OpenPoint::REVIEW_UNREAD:
      return words_("point.unread", {incident});
    case v1::OpenPoint::CAUSE_CAME_BACK:
      return words_("point.cause", {point.cause(), count});
    case v1::OpenPoint::CLOSED_WITHOUT_REVIEW:
      return words_("point.without_review", {count});
    case v1::OpenPoint::NO_DRILL_HELD:
      return words_("point.no_drill");
    default:
      // Of a newer server.
      return words_("point.other", {incident.empty() ? point.cause() : incident});
  }
}

report::Bullets Sections::OpenPoints(const v1::Statistics& now, std::string_view of) const {
  report::Bullets bullets;
  for (const v1::OpenPoint& point : now.open_points()) {
    Line line;
    if (!of.empty()) line = {Strong(std::string(of)), Plain(": ")};
    line.push_back(Plain(PointText(point)));
    bullets.items.push_back(std::move(line));
  }
  return bullets;
}

void Sections::AddOpenPoints(const v1::Statistics& now) {
  AddHeading("management.decide");
  if (now.open_points().empty()) return AddParagraph(words_("management.decide.none"));
  document_.blocks.emplace_back(OpenPoints(now));
}

void Sections::AddStock(const v1::Stock& stock, const std::string& as_of) {
  AddHeading("management.stock");
  Table table{.caption = words_("management.stock.caption", {as_of}),
              .columns = {{words_("management.figure"), Place::kOwn, 5},
                          {words_("management.stock.count"), Place::kOwn, 2}},
              .rows = {}};
  const auto add = [&](const char* key, uint32_t count) {
    table.rows.push_back({{{Plain(words_(key))}, Number(count)}});
  };
  add("stock.incidents_open", stock.incidents_open());
  add("stock.undecided", stock.undecided());
  add("stock.notifications_open", stock.notifications_open());
  add("stock.notifications_missed", stock.notifications_missed());
  add("stock.actions_open", stock.actions_open());
  add("stock.actions_overdue", stock.actions_overdue());
  add("stock.actions_unevaluated", stock.actions_unevaluated());
  document_.blocks.emplace_back(std::move(table));
}

void Sections::AddFigures(const v1::Statistics& now, const v1::Statistics& before, bool over) {
  AddHeading("management.figures");
  Table table{.caption = words_("management.figures.caption"),
              .columns = {{words_("management.figure"), Place::kOwn, 5},
                          {words_("management.now"), Place::kOwn, 2},
                          {words_("management.before"), Place::kOwn, 2},
                          {words_("management.change"), Place::kOwn, 2}},
              .rows = {}};
  const auto add = [&](std::string name, uint32_t count, uint32_t former, bool of_incidents) {
    const auto text = [&](uint32_t value, const v1::Statistics& all) {
      return of_incidents ? CountOf(value, all.incidents()) : absl::StrCat(value);
    };
    const std::string change = !over             ? ""
                               : count == former ? words_("management.same")
                               : count > former
                                   ? words_("management.up", {absl::StrCat(count - former)})
                                   : words_("management.down", {absl::StrCat(former - count)});
    table.rows.push_back({{{Plain(std::move(name))},
                           {Plain(text(count, now))},
                           {Plain(text(former, before))},
                           {Plain(change)}}});
  };
  // What was never there needs no row; what must be seen to be none has one.
  const auto by_key = [&](const char* key, uint32_t count, uint32_t former,
                          bool of_incidents = false) {
    if (count + former > 0) add(words_(key), count, former, of_incidents);
  };
  add(words_("count.incidents"), now.incidents(), before.incidents(), false);
  for (const char* severity : kSeverities) {
    const uint32_t count = CountIn(now.by_severity(), severity);
    const uint32_t former = CountIn(before.by_severity(), severity);
    if (count + former > 0) {
      add(words_("count.of_severity", {severity}), count, former, true);
    }
  }
  by_key("count.significant", now.significant(), before.significant(), true);
  by_key("count.undecided", now.undecided(), before.undecided());
  by_key("count.met", now.duties().met(), before.duties().met());
  add(words_("count.late"), now.duties().late(), before.duties().late(), false);
  add(words_("count.missed"), now.duties().missed(), before.duties().missed(), false);
  by_key("count.waived", now.duties().waived(), before.duties().waived());
  by_key("count.actions_done", now.actions_done(), before.actions_done());
  by_key("count.reviews", now.reviews_published(), before.reviews_published());
  by_key("count.without_review", now.closed_without_review(), before.closed_without_review());
  const auto loss = [&](const v1::Statistics& sum) -> Line {
    if (sum.loss_known() == 0) return {Plain(words_("management.loss.unknown"))};
    return {
        Plain(words_("management.loss", {Money(sum.loss_eur()), absl::StrCat(sum.loss_known())}))};
  };
  table.rows.push_back({{{Plain(words_("count.loss"))}, loss(now), loss(before), {}}});
  add(words_("count.drills"), now.drills(), before.drills(), false);
  document_.blocks.emplace_back(std::move(table));
  if (now.by_kind().empty()) return;
  std::vector<std::pair<uint32_t, std::string>> kinds;
  for (const auto& [kind, count] : now.by_kind()) kinds.emplace_back(count, kind);
  std::sort(kinds.begin(), kinds.end(), [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first > b.first : a.second < b.second;
  });
  std::vector<std::string> texts;
  for (const auto& [count, kind] : kinds) {
    texts.push_back(
        absl::StrCat(words_.Of("incident_kind.", kind), " ", CountOf(count, now.incidents())));
  }
  AddParagraph(absl::StrCat(words_("management.kinds"), ": ", absl::StrJoin(texts, ", ")));
}

void Sections::AddMonths(const v1::Statistics& now) {
  if (now.incidents() == 0 || now.months_size() < 2) return;
  AddHeading("management.months");
  Bars bars{.title = words_("management.months"), .parts = SeverityParts(), .bars = {}};
  Table table{.caption = words_("management.months.caption"),
              .columns = {{words_("management.month"), Place::kOwn, 2},
                          {words_("count.incidents"), Place::kOwn, 2}},
              .rows = {}};
  for (const char* severity : kSeverities) table.columns.push_back({severity, Place::kOwn, 1});
  for (const char* key : {"duty.met", "duty.late", "duty.missed"}) {
    table.columns.push_back({words_(key), Place::kOwn, 2});
  }
  for (const v1::Statistics::Month& month : now.months()) {
    Bar bar{.name = month.month(), .counts = SeverityCounts(month.by_severity())};
    Row row{{{Plain(month.month())}, Number(month.incidents())}};
    for (const uint32_t count : bar.counts) row.cells.push_back(Number(count));
    for (const uint32_t count :
         {month.duties().met(), month.duties().late(), month.duties().missed()}) {
      row.cells.push_back(Number(count));
    }
    bars.bars.push_back(std::move(bar));
    table.rows.push_back(std::move(row));
  }
  if (std::optional<report::Picture> picture = Columns(bars)) {
    document_.blocks.emplace_back(
        report::Figure{words_("management.months.figure"), *std::move(picture)});
  }
  document_.blocks.emplace_back(std::move(table));
}

void Sections::AddNotifications(const v1::Statistics& now, const v1::Statistics& before,
                                absl::Time as_of) {
  AddHeading("management.notifications");
  Bars bars{.title = words_("management.notifications"),
            .parts = {{words_("duty.met"), Ink::kGood},
                      {words_("duty.late"), Ink::kDetection},
                      {words_("duty.missed"), Ink::kBad},
                      {words_("duty.owed"), Ink::kCommunication},
                      {words_("duty.waived"), Ink::kFaint}},
            .bars = {}};
  const auto bar = [&](const char* key, const v1::DutyCounts& duties) {
    bars.bars.push_back(
        {words_(key),
         {duties.met(), duties.late(), duties.missed(), duties.open(), duties.waived()}});
  };
  bar("management.now", now.duties());
  bar("management.before", before.duties());
  if (std::optional<report::Picture> picture = Rows(bars)) {
    document_.blocks.emplace_back(
        report::Figure{words_("management.notifications.figure"), *std::move(picture)});
  }
  if (now.late().empty()) return AddParagraph(words_("management.late.none"));
  Table table{.caption = words_("management.late.caption"),
              .columns = {{words_("management.incident"), Place::kOwn, 3},
                          {words_("management.notification"), Place::kMain, 5},
                          {words_("management.due"), Place::kOwn, 3},
                          {words_("management.filed"), Place::kOwn, 3},
                          {words_("column.late"), Place::kOwn, 2},
                          {words_("management.reason"), Place::kUnder, 1},
                          {words_("column.id"), Place::kUnder, 1}},
              .rows = {}};
  for (const v1::LateFiling& late : now.late()) {
    const bool filed = late.has_submit_time();
    const absl::Time until = filed ? FromProto(late.submit_time()) : as_of;
    const std::string by = FormatSpan(until - FromProto(late.due_time()));
    const std::string reason =
        late.reason().empty() && filed ? words_("management.reason.none") : late.reason();
    table.rows.push_back({{{Plain(client::ShortName(late.incident()))},
                           {Plain(late.label())},
                           {Plain(Moment(late.due_time()))},
                           {Plain(filed ? Moment(late.submit_time()) : "–")},
                           {Plain(filed ? by : words_("management.not_filed_for", {by}))},
                           {Plain(reason)},
                           {Code(late.obligation())}}});
  }
  document_.blocks.emplace_back(std::move(table));
}

void Sections::AddIntervals(const v1::Statistics& now, const v1::Statistics& before) {
  AddHeading("management.intervals");
  Spans spans{.title = words_("management.intervals"),
              .now = words_("management.now"),
              .before = words_("management.before"),
              .rows = {}};
  Table table{.caption = words_("management.intervals.caption"),
              .columns = {{words_("management.measure"), Place::kOwn, 4},
                          {words_("management.formula"), Place::kOwn, 5},
                          {words_("management.cases"), Place::kOwn, 2},
                          {words_("management.median"), Place::kOwn, 3},
                          {words_("management.p90"), Place::kOwn, 3},
                          {words_("management.median_before"), Place::kOwn, 3},
                          {words_("management.cases_before"), Place::kOwn, 2}},
              .rows = {}};
  for (int i = 0; i < now.intervals_size(); ++i) {
    const v1::Statistics::Interval& current = now.intervals(i);
    static const v1::Statistics::Interval kNone;
    const v1::Statistics::Interval& former =
        i < before.intervals_size() ? before.intervals(i) : kNone;
    const std::string name = words_.Of("measure.", current.name());
    spans.rows.push_back({name, MedianOf(current), MedianOf(former)});
    table.rows.push_back({{{Plain(name)},
                           {Plain(words_.Of("formula.", current.formula()))},
                           {Plain(words_("management.of", {absl::StrCat(current.count()),
                                                           absl::StrCat(now.incidents())}))},
                           {Plain(SpanText(current.has_median(), current.median()))},
                           {Plain(SpanText(current.has_p90(), current.p90()))},
                           {Plain(SpanText(former.has_median(), former.median()))},
                           {Plain(words_("management.of", {absl::StrCat(former.count()),
                                                           absl::StrCat(before.incidents())}))}}});
  }
  if (std::optional<report::Picture> picture = Dots(spans)) {
    document_.blocks.emplace_back(
        report::Figure{words_("management.intervals.figure"), *std::move(picture)});
  }
  document_.blocks.emplace_back(std::move(table));
  AddParagraph(words_("management.intervals.note"));
}

void Sections::AddCauses(const v1::Statistics& now) {
  AddHeading("management.causes");
  report::Bullets bullets;
  for (const v1::Statistics::Cause& cause : now.causes()) {
    if (cause.incidents_size() < 2) continue;
    bullets.items.push_back({Strong(cause.root_cause()),
                             Plain(absl::StrCat(": ", absl::StrJoin(cause.incidents(), ", ")))});
  }
  if (bullets.items.empty()) return AddParagraph(words_("management.causes.none"));
  document_.blocks.emplace_back(std::move(bullets));
}

void Sections::AddDrills(const v1::Statistics& now) {
  AddHeading("management.drills");
  if (now.drill_results().empty()) return AddParagraph(words_("management.drills.none"));
  Table table{.caption = words_("management.drills.caption"),
              .columns = {{words_("management.drill"), Place::kOwn, 3},
                          {words_("management.scenario"), Place::kMain, 6},
                          {words_("management.held"), Place::kOwn, 3},
                          {words_("management.declared_in"), Place::kOwn, 3},
                          {words_("management.drill_duties"), Place::kOwn, 4},
                          {words_("management.expected"), Place::kOwn, 4},
                          {words_("management.steps"), Place::kUnder, 1}},
              .rows = {}};
  const auto counts = [&](const v1::DrillResult::Counts& of) {
    if (of.met() + of.late() + of.missed() == 0) return std::string("–");
    return words_("management.drill_counts",
                  {absl::StrCat(of.met()), absl::StrCat(of.late()), absl::StrCat(of.missed())});
  };
  for (const v1::DrillResult& drill : now.drill_results()) {
    std::string title = drill.scenario().empty() ? drill.title() : drill.scenario();
    if (!drill.over()) absl::StrAppend(&title, " (", words_("management.drill_open"), ")");
    const uint32_t steps = drill.steps_done() + drill.steps_skipped() + drill.steps_open();
    table.rows.push_back({{{Plain(client::ShortName(drill.incident()))},
                           {Plain(std::move(title))},
                           {Plain(Moment(drill.begin_time()).substr(0, 10))},
                           {Plain(SpanText(drill.has_declared_in(), drill.declared_in()))},
                           {Plain(counts(drill.notifications()))},
                           {Plain(drill.has_expectations() ? counts(drill.expectations()) : "–")},
                           {Plain(steps == 0 ? ""
                                             : words_("management.step_counts",
                                                      {absl::StrCat(drill.steps_done()),
                                                       absl::StrCat(drill.steps_skipped()),
                                                       absl::StrCat(drill.steps_open())}))}}});
  }
  document_.blocks.emplace_back(std::move(table));
  if (now.drills() > static_cast<uint32_t>(now.drill_results_size())) {
    AddParagraph(words_("management.drills.more",
                        {absl::StrCat(now.drill_results_size()), absl::StrCat(now.drills())}));
  }
}

}  // namespace tocsin::management
