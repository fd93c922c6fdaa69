#include "clients/management/management.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "clients/core/proto_time.h"
#include "clients/management/charts.h"
#include "clients/management/sections.h"
#include "clients/management/sum.h"
#include "server/base/vocabulary.h"

namespace tocsin::management {
namespace {

using client::FromProto;
using report::Document;
using report::Labels;
using report::Line;
using report::Place;
using report::Plain;
using report::Strong;

using All = std::vector<v1::GetStatisticsResponse>;

using Part = const v1::Statistics& (v1::GetStatisticsResponse::*)() const;

v1::Statistics SumOf(const All& figures, Part part) {
  std::vector<v1::Statistics> all;
  std::vector<std::string> organisations;
  for (const v1::GetStatisticsResponse& one : figures) {
    all.push_back((one.*part)());
    organisations.push_back(one.organisation());
  }
  return Sum(all, organisations);
}

v1::Stock StockOf(const All& figures) {
  std::vector<v1::Stock> all;
  for (const v1::GetStatisticsResponse& one : figures) all.push_back(one.stock());
  return Sum(all);
}

// Nothing that was counted has a label: then what stands there is for management alone all the
// same.
std::string MarkingOf(const All& figures) {
  Tlp highest = Tlp::kAmber;
  for (const v1::GetStatisticsResponse& one : figures) {
    for (const v1::Statistics* of : {&one.period(), &one.before()}) {
      if (const auto tlp = FromNumber<Tlp>(of->tlp())) highest = std::max(highest, *tlp);
    }
  }
  return absl::StrCat("TLP:", absl::AsciiStrToUpper(std::string(ToText(highest))));
}

// The earliest: before it, all figures hold.
absl::Time AsOf(const All& figures) {
  absl::Time earliest = absl::InfiniteFuture();
  for (const v1::GetStatisticsResponse& one : figures) {
    earliest = std::min(earliest, FromProto(one.as_of_time()));
  }
  return earliest;
}

std::string DateOf(absl::Time time) {
  return absl::FormatTime("%Y-%m-%d %H:%M UTC", time, absl::UTCTimeZone());
}

bool IsOver(const All& figures) {
  return std::all_of(figures.begin(), figures.end(), [as_of = AsOf(figures)](const auto& one) {
    return FromProto(one.period().to_time()) <= as_of;
  });
}

void AddNotices(const All& figures, const Labels& words, Document& document) {
  const std::string date = DateOf(AsOf(figures));
  if (!IsOver(figures)) {
    document.blocks.emplace_back(
        report::Notice{{Strong(words("management.not_over"))},
                       {Plain(words("management.not_over.meaning", {date}))}});
  } else {
    document.blocks.emplace_back(report::Paragraph{{Plain(words("management.as_of", {date}))}});
  }
  uint32_t restricted = 0;
  for (const v1::GetStatisticsResponse& one : figures) {
    restricted += std::max(one.period().restricted(), one.before().restricted());
  }
  if (restricted == 0) return;
  document.blocks.emplace_back(
      report::Notice{{Strong(words("management.restricted", {absl::StrCat(restricted)}))},
                     {Plain(words("management.restricted.meaning"))}});
}

void AddOrganisation(const v1::GetStatisticsResponse& one, Sections& sections) {
  const absl::Time as_of = FromProto(one.as_of_time());
  sections.AddOpenPoints(one.period());
  sections.AddStock(one.stock(), DateOf(as_of));
  sections.AddFigures(one.period(), one.before(), FromProto(one.period().to_time()) <= as_of);
  sections.AddMonths(one.period());
  sections.AddNotifications(one.period(), one.before(), as_of);
  sections.AddIntervals(one.period(), one.before());
  sections.AddCauses(one.period());
  sections.AddDrills(one.period());
}

// A line for each organisation and one for all; medians only each for itself.
void AddComparison(const All& figures, const v1::Statistics& sum, const Labels& words,
                   Document& document) {
  report::Table table{.caption = words("management.organisations.caption"),
                      .columns = {{words("management.organisation"), Place::kOwn, 5},
                                  {words("count.incidents"), Place::kOwn, 4},
                                  {"sev1", Place::kOwn, 2},
                                  {"sev2", Place::kOwn, 2},
                                  {words("count.significant"), Place::kOwn, 4},
                                  {words("duty.met"), Place::kOwn, 3},
                                  {words("duty.late"), Place::kOwn, 3},
                                  {words("duty.missed"), Place::kOwn, 3},
                                  {words("management.overdue"), Place::kOwn, 3},
                                  {words("count.drills"), Place::kOwn, 2}},
                      .rows = {}};
  Bars bars{.title = words("management.organisations"), .parts = SeverityParts(), .bars = {}};
  const auto add = [&](report::Span name, const v1::Statistics& of, const v1::Stock& stock) {
    const std::vector<uint32_t> severities = SeverityCounts(of.by_severity());
    report::Row row{{{std::move(name)}}};
    for (const uint32_t value :
         {of.incidents(), severities[0], severities[1], of.significant(), of.duties().met(),
          of.duties().late(), of.duties().missed(), stock.actions_overdue(), of.drills()}) {
      row.cells.push_back({Plain(absl::StrCat(value))});
    }
    table.rows.push_back(std::move(row));
  };
  for (const v1::GetStatisticsResponse& one : figures) {
    add(Plain(one.organisation()), one.period(), one.stock());
    bars.bars.push_back({one.organisation(), SeverityCounts(one.period().by_severity())});
  }
  add(Strong(words("management.all")), sum, StockOf(figures));
  document.blocks.emplace_back(report::Heading{2, {Plain(words("management.organisations"))}});
  if (auto picture = Rows(bars)) {
    document.blocks.emplace_back(
        report::Figure{words("management.organisations.figure"), *std::move(picture)});
  }
  document.blocks.emplace_back(std::move(table));
}

void AddAll(const All& figures, const Labels& words, Document& document) {
  Sections sections(words, 2, document);
  sections.AddHeading("management.decide");
  report::Bullets points;
  for (const v1::GetStatisticsResponse& one : figures) {
    report::Bullets more = sections.OpenPoints(one.period(), one.organisation());
    std::move(more.items.begin(), more.items.end(), std::back_inserter(points.items));
  }
  if (points.items.empty()) {
    sections.AddParagraph(words("management.decide.none"));
  } else {
    document.blocks.emplace_back(std::move(points));
  }
  const v1::Statistics now = SumOf(figures, &v1::GetStatisticsResponse::period);
  const v1::Statistics before = SumOf(figures, &v1::GetStatisticsResponse::before);
  AddComparison(figures, now, words, document);
  sections.AddStock(StockOf(figures), DateOf(AsOf(figures)));
  sections.AddFigures(now, before, IsOver(figures));
  sections.AddMonths(now);
  sections.AddCauses(now);
  sections.AddParagraph(words("management.medians"));
  for (const v1::GetStatisticsResponse& one : figures) {
    document.blocks.emplace_back(report::Heading{2, {Plain(one.organisation())}});
    Sections own(words, 3, document);
    AddOrganisation(one, own);
  }
}

}  // namespace

Document Compose(const All& figures, const std::string& period, const Labels& words) {
  Document document;
  const bool one = figures.size() == 1;
  document.title = {
      Plain(one ? words("management.title", {period, figures[0].organisation()})
                : words("management.title.all", {period, absl::StrCat(figures.size())}))};
  document.language = words.language();
  document.marking = MarkingOf(figures);
  document.running = TextOf(document.title);
  for (const v1::GetStatisticsResponse& each : figures) {
    absl::StrAppend(&document.author, document.author.empty() ? "" : ", ", each.organisation());
  }
  document.page_words = words("page");
  document.made = AsOf(figures);
  AddNotices(figures, words, document);
  if (one) {
    Sections sections(words, 2, document);
    AddOrganisation(figures[0], sections);
  } else {
    AddAll(figures, words, document);
  }
  for (const char* key : {"management.basis", "management.scope"}) {
    document.blocks.emplace_back(report::Paragraph{{Plain(words(key))}});
  }
  return document;
}

}  // namespace tocsin::management
