// The charts of a management report: bars whose parts are counted in words beside, dots on a
// logarithmic axis for spans that reach from minutes to months. Every figure in them also stands in
// a table of the report.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "clients/report/picture.h"

namespace tocsin::management {

/// One part of every bar, the same in all of them.
struct Part {
  std::string name;
  report::Ink ink = report::Ink::kText;
};
struct Bar {
  std::string name;
  /// Parallel to the parts.
  std::vector<uint32_t> counts;
};
struct Bars {
  std::string title;
  std::vector<Part> parts;
  std::vector<Bar> bars;
};

/// Bars side by side, parts on top of each other, with an axis of whole numbers. nullopt when every
/// count is 0.
std::optional<report::Picture> Columns(const Bars& bars);
/// Bars below each other, for long names. nullopt when every count is 0.
std::optional<report::Picture> Rows(const Bars& bars);

struct SpanRow {
  std::string name;
  /// Absent: no case.
  std::optional<absl::Duration> now;
  std::optional<absl::Duration> before;
};
struct Spans {
  std::string title;
  /// Legends of the two marks.
  std::string now;
  std::string before;
  std::vector<SpanRow> rows;
};

/// nullopt when there is no case at all.
std::optional<report::Picture> Dots(const Spans& spans);

}  // namespace tocsin::management
