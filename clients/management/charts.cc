#include "clients/management/charts.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/code_points.h"
#include "server/base/time_text.h"
#include "server/base/view.h"

namespace tocsin::management {
namespace {

using report::Align;
using report::Box;
using report::Ink;
using report::Label;
using report::Mark;
using report::Picture;
using report::Stroke;

// Points at the width of a page; the letters stay readable on paper.
constexpr double kWidth = 720;
constexpr double kSize = 13;
constexpr double kSmall = 11.5;
constexpr double kLegendHeight = 30;
constexpr double kNameWidth = 190;
constexpr size_t kNameMax = 26;

uint32_t Total(const Bar& bar) {
  return std::accumulate(bar.counts.begin(), bar.counts.end(), uint32_t{0});
}

uint32_t Largest(const Bars& bars) {
  uint32_t largest = 0;
  for (const Bar& bar : bars.bars) largest = std::max(largest, Total(bar));
  return largest;
}

// "2026-07: 3 (sev1 1, sev2 2)".
std::string InWords(const Bars& bars) {
  std::vector<std::string> lines;
  for (const Bar& bar : bars.bars) {
    std::vector<std::string> parts;
    for (size_t i = 0; i < bar.counts.size(); ++i) {
      if (bar.counts[i] > 0) parts.push_back(absl::StrCat(bars.parts[i].name, " ", bar.counts[i]));
    }
    lines.push_back(
        absl::StrCat(bar.name, ": ", Total(bar),
                     parts.empty() ? "" : absl::StrCat(" (", absl::StrJoin(parts, ", "), ")")));
  }
  return absl::StrJoin(lines, "; ");
}

Picture Empty(const std::string& title, double height) {
  Picture picture;
  picture.width = kWidth;
  picture.height = height;
  picture.title = title;
  return picture;
}

void AddLegend(const std::vector<Part>& parts, double left, Picture& picture) {
  double x = left;
  for (const Part& part : parts) {
    picture.shapes.emplace_back(Box{x, 6, 11, 11, part.ink});
    picture.shapes.emplace_back(
        Label{x + 16, 16, kSmall, Align::kStart, Ink::kText, false, part.name});
    x += 16 + report::TextWidth(part.name, kSmall) + 22;
  }
}

// The part's name and count inside it, or the count alone, where there is room: a colour alone says
// nothing to many.
void AddCount(double x, double y, double room, const std::string& name, uint32_t count,
              Picture& picture) {
  for (const std::string& text : {absl::StrCat(name, ": ", count), absl::StrCat(count)}) {
    if (report::TextWidth(text, kSmall) + 6 > room) continue;
    picture.shapes.emplace_back(Label{x, y, kSmall, Align::kMiddle, Ink::kPaper, true, text});
    return;
  }
}

// 1, 2 or 5 times a power of ten, at most five of them up to `largest`.
uint32_t StepFor(uint32_t largest) {
  uint32_t step = 1;
  for (uint32_t power = 1;; power *= 10) {
    for (const uint32_t times : {1U, 2U, 5U}) {
      step = times * power;
      if (largest / step < 5 || power >= 100'000'000) return step;
    }
  }
}

}  // namespace

std::optional<Picture> Columns(const Bars& bars) {
  constexpr double kLeft = 46;
  constexpr double kPlot = 190;
  constexpr double kTop = kLegendHeight + 14;
  constexpr double kBase = kTop + kPlot;
  constexpr double kBarMax = 72;
  const uint32_t largest = Largest(bars);
  if (largest == 0) return std::nullopt;
  Picture picture = Empty(bars.title, kBase + 30);
  picture.description = InWords(bars);
  AddLegend(bars.parts, kLeft, picture);
  const uint32_t step = StepFor(largest);
  const double top_value = std::ceil(static_cast<double>(largest) / step) * step;
  const auto y_of = [&](double value) { return kBase - value / top_value * kPlot; };
  for (double value = 0; value <= top_value; value += step) {
    const double y = y_of(value);
    picture.shapes.emplace_back(Stroke{kLeft, y, kWidth, y, 1, Ink::kGrid, false});
    picture.shapes.emplace_back(Label{kLeft - 8, y + 4, kSmall, Align::kEnd, Ink::kFaint, false,
                                      absl::StrCat(static_cast<uint64_t>(value))});
  }
  const double slot = (kWidth - kLeft) / static_cast<double>(bars.bars.size());
  const double width = std::min(kBarMax, slot * 0.62);
  for (size_t i = 0; i < bars.bars.size(); ++i) {
    const Bar& bar = bars.bars[i];
    const double middle = kLeft + slot * (static_cast<double>(i) + 0.5);
    double below = 0;
    for (size_t part = 0; part < bar.counts.size(); ++part) {
      if (bar.counts[part] == 0) continue;
      const double y = y_of(below + bar.counts[part]);
      const double height = y_of(below) - y;
      picture.shapes.emplace_back(Box{middle - width / 2, y, width, height, bars.parts[part].ink});
      if (height >= 15) {
        AddCount(middle, y + height / 2 + 4, width, bars.parts[part].name, bar.counts[part],
                 picture);
      }
      below += bar.counts[part];
    }
    picture.shapes.emplace_back(Label{middle, y_of(below) - 5, kSize, Align::kMiddle, Ink::kText,
                                      true, absl::StrCat(Total(bar))});
    picture.shapes.emplace_back(
        Label{middle, kBase + 19, kSmall, Align::kMiddle, Ink::kText, false, bar.name});
  }
  return picture;
}

std::optional<Picture> Rows(const Bars& bars) {
  constexpr double kRow = 34;
  constexpr double kTotalWidth = 40;
  const uint32_t largest = Largest(bars);
  if (largest == 0) return std::nullopt;
  Picture picture =
      Empty(bars.title, kLegendHeight + kRow * static_cast<double>(bars.bars.size()) + 4);
  picture.description = InWords(bars);
  AddLegend(bars.parts, 0, picture);
  const double scale = (kWidth - kNameWidth - kTotalWidth) / largest;
  double y = kLegendHeight + 4;
  for (const Bar& bar : bars.bars) {
    picture.shapes.emplace_back(Label{kNameWidth - 10, y + 17, kSmall, Align::kEnd, Ink::kText,
                                      false, Shortened(bar.name, kNameMax)});
    double x = kNameWidth;
    for (size_t part = 0; part < bar.counts.size(); ++part) {
      if (bar.counts[part] == 0) continue;
      const double width = scale * bar.counts[part];
      picture.shapes.emplace_back(Box{x, y, width, kRow - 10, bars.parts[part].ink});
      AddCount(x + width / 2, y + 17, width, bars.parts[part].name, bar.counts[part], picture);
      x += width;
    }
    picture.shapes.emplace_back(
        Label{x + 7, y + 17, kSize, Align::kStart, Ink::kText, true, absl::StrCat(Total(bar))});
    y += kRow;
  }
  return picture;
}

namespace {

struct Tick {
  absl::Duration at;
  const char* name;
};
constexpr std::array<Tick, 10> kTicks = {{{absl::Seconds(1), "1 s"},
                                          {absl::Seconds(10), "10 s"},
                                          {absl::Minutes(1), "1 min"},
                                          {absl::Minutes(10), "10 min"},
                                          {absl::Hours(1), "1 h"},
                                          {absl::Hours(6), "6 h"},
                                          {absl::Hours(24), "1 d"},
                                          {absl::Hours(24 * 7), "7 d"},
                                          {absl::Hours(24 * 30), "30 d"},
                                          {absl::Hours(24 * 365), "365 d"}}};

// The marks of the axis around all spans: one below the smallest, one above the largest.
std::pair<size_t, size_t> TicksFor(const Spans& spans) {
  absl::Duration least = absl::InfiniteDuration();
  absl::Duration most = absl::ZeroDuration();
  for (const SpanRow& row : spans.rows) {
    for (const auto& span : {row.now, row.before}) {
      if (!span) continue;
      least = std::min(least, *span);
      most = std::max(most, *span);
    }
  }
  size_t first = 0;
  while (first + 2 < kTicks.size() && kTicks[first + 1].at <= least) ++first;
  size_t last = first + 1;
  while (last + 1 < kTicks.size() && kTicks[last].at < most) ++last;
  return {first, last};
}

}  // namespace

std::optional<Picture> Dots(const Spans& spans) {
  constexpr double kRow = 40;
  constexpr double kRight = 40;
  const bool any = std::any_of(spans.rows.begin(), spans.rows.end(),
                               [](const SpanRow& row) { return row.now || row.before; });
  if (!any) return std::nullopt;
  const auto [first, last] = TicksFor(spans);
  const double bottom = kLegendHeight + kRow * static_cast<double>(spans.rows.size()) + 6;
  Picture picture = Empty(spans.title, bottom + 24);
  const auto x_of = [&, low = std::log(absl::ToDoubleSeconds(kTicks[first].at)),
                     high = std::log(absl::ToDoubleSeconds(kTicks[last].at))](absl::Duration span) {
    const double at = std::log(std::max(0.001, absl::ToDoubleSeconds(span)));
    return kNameWidth +
           std::clamp((at - low) / (high - low), 0.0, 1.0) * (kWidth - kNameWidth - kRight);
  };
  for (size_t i = first; i <= last; ++i) {
    const double x = x_of(kTicks[i].at);
    picture.shapes.emplace_back(Stroke{x, kLegendHeight, x, bottom, 1, Ink::kGrid, false});
    picture.shapes.emplace_back(
        Label{x, bottom + 16, kSmall, Align::kMiddle, Ink::kFaint, false, kTicks[i].name});
  }
  const auto legend = [&](double x, Mark::Shape shape, Ink ink, const std::string& words) {
    picture.shapes.emplace_back(Mark{x + 5, 12, 5, shape, ink, words});
    picture.shapes.emplace_back(Label{x + 16, 16, kSmall, Align::kStart, Ink::kText, false, words});
  };
  legend(0, Mark::Shape::kCircle, Ink::kResponse, spans.now);
  legend(16 + report::TextWidth(spans.now, kSmall) + 26, Mark::Shape::kDiamond, Ink::kDetection,
         spans.before);
  std::vector<std::string> words;
  double y = kLegendHeight + kRow / 2;
  for (const SpanRow& row : spans.rows) {
    picture.shapes.emplace_back(Stroke{kNameWidth, y, kWidth - kRight, y, 1, Ink::kGrid, false});
    picture.shapes.emplace_back(Label{kNameWidth - 14, y + 4, kSmall, Align::kEnd, Ink::kText,
                                      false, Shortened(row.name, kNameMax)});
    std::vector<std::string> said;
    if (row.before) {
      const std::string text = FormatSpan(*row.before);
      said.push_back(absl::StrCat(spans.before, " ", text));
      picture.shapes.emplace_back(Mark{x_of(*row.before), y, 5, Mark::Shape::kDiamond,
                                       Ink::kDetection, absl::StrCat(spans.before, ": ", text)});
    }
    if (row.now) {
      const std::string text = FormatSpan(*row.now);
      const double x = x_of(*row.now);
      said.insert(said.begin(), absl::StrCat(spans.now, " ", text));
      picture.shapes.emplace_back(
          Mark{x, y, 6, Mark::Shape::kCircle, Ink::kResponse, absl::StrCat(spans.now, ": ", text)});
      picture.shapes.emplace_back(Label{x, y - 10, kSmall, Align::kMiddle, Ink::kText, true, text});
    }
    if (!said.empty()) words.push_back(absl::StrCat(row.name, ": ", absl::StrJoin(said, ", ")));
    y += kRow;
  }
  picture.description = absl::StrJoin(words, "; ");
  return picture;
}

}  // namespace tocsin::management
