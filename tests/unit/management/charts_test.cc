#include "clients/management/charts.h"

#include "absl/strings/match.h"
#include "clients/report/svg.h"
#include "tests/support/catch.h"

namespace tocsin::management {
namespace {

using report::Box;
using report::Label;
using report::Mark;
using report::Picture;

Bars SomeBars() {
  return {.title = "Incidents by month",
          .parts = {{"sev1", report::Ink::kBad}, {"sev2", report::Ink::kDetection}},
          .bars = {{"2026-07", {1, 3}}, {"2026-08", {0, 0}}, {"2026-09", {8, 0}}}};
}

// The boxes below the legend, in order.
std::vector<Box> BoxesOf(const Picture& picture, size_t parts) {
  std::vector<Box> boxes;
  for (const report::Shape& shape : picture.shapes) {
    if (const Box* box = std::get_if<Box>(&shape)) boxes.push_back(*box);
  }
  boxes.erase(boxes.begin(), boxes.begin() + static_cast<std::ptrdiff_t>(parts));
  return boxes;
}

bool Says(const Picture& picture, const std::string& text) {
  for (const report::Shape& shape : picture.shapes) {
    const Label* label = std::get_if<Label>(&shape);
    if (label != nullptr && label->text == text) return true;
  }
  return false;
}

std::vector<Mark> RowMarks(const Picture& picture) {
  std::vector<Mark> marks;
  for (const report::Shape& shape : picture.shapes) {
    if (const Mark* mark = std::get_if<Mark>(&shape)) marks.push_back(*mark);
  }
  marks.erase(marks.begin(), marks.begin() + 2);  // the legend
  return marks;
}

}  // namespace

TEST_CASE("Columns: heights are as the counts, and every bar stands on the same line") {
  const auto picture = Columns(SomeBars());
  REQUIRE(picture.has_value());
  const std::vector<Box> boxes = BoxesOf(*picture, 2);
  REQUIRE(boxes.size() == 3);
  CHECK(boxes[1].height == Approx(3 * boxes[0].height));
  CHECK(boxes[2].height == Approx(8 * boxes[0].height));
  CHECK(boxes[0].y + boxes[0].height == Approx(boxes[2].y + boxes[2].height));
  // The second part stands on the first.
  CHECK(boxes[1].y + boxes[1].height == Approx(boxes[0].y));
  CHECK(picture->description == "2026-07: 4 (sev1 1, sev2 3); 2026-08: 0; 2026-09: 8 (sev1 8)");
}

TEST_CASE("Rows: widths are as the counts and stay in the picture, whatever the counts") {
  Bars bars = SomeBars();
  bars.bars[2].counts = {4'000'000'000, 0};
  const auto picture = Rows(bars);
  REQUIRE(picture.has_value());
  for (const Box& box : BoxesOf(*picture, 2)) CHECK(box.x + box.width <= picture->width);
  CHECK(Says(*picture, "4000000000"));
  const auto small = Rows(SomeBars());
  const std::vector<Box> boxes = BoxesOf(*small, 2);
  CHECK(boxes[2].width == Approx(8 * boxes[0].width));
}

TEST_CASE("Charts: nothing to draw is no picture") {
  Bars bars = SomeBars();
  for (Bar& bar : bars.bars) bar.counts = {0, 0};
  CHECK_FALSE(Columns(bars).has_value());
  CHECK_FALSE(Rows(bars).has_value());
  bars.bars.clear();
  CHECK_FALSE(Columns(bars).has_value());
  CHECK_FALSE(Dots({.title = "x", .now = "now", .before = "before", .rows = {{"MTTD", {}, {}}}})
                  .has_value());
}

TEST_CASE("Dots: longer spans stand further right, and none leaves the picture") {
  const Spans spans{.title = "How long",
                    .now = "now",
                    .before = "before",
                    .rows = {{"zero", absl::ZeroDuration(), std::nullopt},
                             {"hours", absl::Hours(5), absl::Minutes(50)},
                             {"years", absl::Hours(24 * 3650), absl::Hours(24)}}};
  const auto picture = Dots(spans);
  REQUIRE(picture.has_value());
  const std::vector<Mark> marks = RowMarks(*picture);
  REQUIRE(marks.size() == 5);
  CHECK(marks[0].x < marks[1].x);  // 0 s, then 50 min
  CHECK(marks[1].x < marks[2].x);  // 5 h
  CHECK(marks[2].x < marks[3].x);  // 1 d
  CHECK(marks[3].x < marks[4].x);  // 10 y
  CHECK(marks[4].x <= picture->width);
  CHECK(absl::StrContains(picture->description, "hours: now 5 h, before 50 min"));
}

TEST_CASE("Charts: names of other people's making stay inert and short") {
  Bars bars = SomeBars();
  bars.bars[0].name = std::string(5000, 'x') + "<script>alert(1)</script>";
  const auto picture = Rows(bars);
  REQUIRE(picture.has_value());
  for (const report::Shape& shape : picture->shapes) {
    const Label* label = std::get_if<Label>(&shape);
    if (label != nullptr) CHECK(label->text.size() < 100);
  }
  CHECK_FALSE(absl::StrContains(report::RenderSvg(*picture, "f"), "<script"));
}

}  // namespace tocsin::management
