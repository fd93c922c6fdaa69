// The parts of a management report, each for one organisation or for the sum of several. A part
// that has nothing to say adds nothing, or one line that says so.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "clients/management/charts.h"
#include "clients/report/document.h"
#include "clients/report/profile.h"
#include "tocsin/v1/register.pb.h"

namespace tocsin::management {

class Sections {
 public:
  /// All arguments must outlive this object. Headings are of `level`, 2 or 3.
  Sections(const report::Labels& words, int level, report::Document& document)
      : words_(words), level_(level), document_(document) {}

  void AddOpenPoints(const v1::Statistics& now);
  void AddStock(const v1::Stock& stock, const std::string& as_of);
  /// `over`: the period is, so that a change means something.
  void AddFigures(const v1::Statistics& now, const v1::Statistics& before, bool over);
  void AddMonths(const v1::Statistics& now);
  void AddNotifications(const v1::Statistics& now, const v1::Statistics& before, absl::Time as_of);
  void AddIntervals(const v1::Statistics& now, const v1::Statistics& before);
  void AddCauses(const v1::Statistics& now);
  void AddDrills(const v1::Statistics& now);

  /// What is to be decided, one line a point; `of` stands before each when it is not empty.
  report::Bullets OpenPoints(const v1::Statistics& now, std::string_view of = {}) const;

  void AddHeading(std::string_view key);
  void AddParagraph(std::string text);

 private:
  std::string PointText(const v1::OpenPoint& point) const;

  const report::Labels& words_;
  int level_;
  report::Document& document_;
};

/// sev1 to sev4 as the parts of bars, and the counts that go with them.
std::vector<Part> SeverityParts();
std::vector<uint32_t> SeverityCounts(const google::protobuf::Map<std::string, uint32_t>& counts);

/// "7", and from 20 on with its share, "7 (35 %)": shares of few say less than counts.
std::string CountOf(uint32_t count, uint32_t all);
/// "2026-09-30 14:20", UTC.
std::string Moment(const google::protobuf::Timestamp& time);

}  // namespace tocsin::management
