#include "clients/report/swim_lanes.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "clients/report/entry_types.h"
#include "clients/report/svg.h"
#include "tests/support/catch.h"

namespace tocsin::report {
namespace {

absl::Time At(int64_t minute) {
  return absl::FromUnixSeconds(1'780'000'000) + absl::Minutes(minute);
}

EntryView Said(uint64_t sequence, EntryKind kind, int64_t minute) {
  return {.sequence = sequence,
          .type = kTypeRecorded,
          .kind = kind,
          .recorded = At(minute),
          .text = absl::StrCat("entry ", sequence)};
}

std::optional<Picture> Draw(const Bundle& bundle) {
  return SwimLanes(bundle, Languages().at("en"));
}

std::vector<Mark> MarksOf(const Picture& picture) {
  std::vector<Mark> marks;
  for (const Shape& shape : picture.shapes) {
    if (const Mark* mark = std::get_if<Mark>(&shape)) marks.push_back(*mark);
  }
  return marks;
}

bool Says(const Picture& picture, const std::string& text) {
  for (const Shape& shape : picture.shapes) {
    const Label* label = std::get_if<Label>(&shape);
    if (label != nullptr && label->text == text) return true;
  }
  return false;
}

TEST_CASE("SwimLanes: each kind of entry has its lane, in the order of time") {
  Bundle bundle;
  bundle.entries = {Said(1, EntryKind::kAttackerActivity, 0), Said(2, EntryKind::kDetection, 60),
                    Said(3, EntryKind::kAction, 120), Said(4, EntryKind::kCommunication, 180),
                    Said(5, EntryKind::kNotification, 240)};

  const auto picture = Draw(bundle);

  REQUIRE(picture.has_value());
  const std::vector<Mark> marks = MarksOf(*picture);
  REQUIRE(marks.size() == 5);
  for (size_t i = 1; i < marks.size(); ++i) {
    CHECK(marks[i].x > marks[i - 1].x);
    CHECK(marks[i].y > marks[i - 1].y);
    CHECK(marks[i].ink != marks[i - 1].ink);
  }
  CHECK(absl::StrContains(marks[1].title, "#2 "));
  CHECK(absl::StrContains(picture->description, "5 entries"));
}

TEST_CASE("SwimLanes: 10,000 entries take no more marks than there is room for") {
  Bundle bundle;
  for (uint64_t i = 0; i < 10'000; ++i) {
    bundle.entries.push_back(Said(i + 1, static_cast<EntryKind>(1 + i % 11), static_cast<int>(i)));
  }

  const auto picture = Draw(bundle);

  REQUIRE(picture.has_value());
  const std::vector<Mark> marks = MarksOf(*picture);
  CHECK(marks.size() > 150);
  CHECK(marks.size() < 300);
  for (size_t i = 1; i < marks.size(); ++i) {
    // Neighbours of one lane do not touch.
    if (marks[i].y != marks[i - 1].y) continue;
    CHECK(marks[i].x - marks[i].radius >= marks[i - 1].x + marks[i - 1].radius);
  }
  CHECK(RenderSvg(*picture, "x").size() < 200'000);
}

TEST_CASE(
    "SwimLanes: a deadline runs from its anchor to its due time; late is a shape and a word") {
  Bundle bundle;
  bundle.entries = {Said(1, EntryKind::kAction, 0), Said(2, EntryKind::kAction, 3000)};
  const auto duty = [&](const char* label, std::optional<absl::Time> submitted, const char* state) {
    return ObligationView{.id = label,
                          .label = label,
                          .state = state,
                          .due = At(1440),
                          .anchor_time = At(0),
                          .submitted = submitted};
  };
  bundle.obligations = {duty("Met", At(1000), "met"),
                        duty("Late", At(2000), "met"),
                        duty("Missed", std::nullopt, "missed"),
                        duty("Open", std::nullopt, "open"),
                        duty("Answer", std::nullopt, "expected"),
                        duty("Gone", std::nullopt, "not required")};
  bundle.obligations[1].late_by = absl::Minutes(560);

  const auto picture = Draw(bundle);

  REQUIRE(picture.has_value());
  CHECK(Says(*picture, "Met, met"));
  CHECK(Says(*picture, "Late, late"));
  CHECK(Says(*picture, "Missed, not filed"));
  CHECK(Says(*picture, "Open, open"));
  CHECK_FALSE(Says(*picture, "Answer, expected"));
  int triangles = 0;
  int diamonds = 0;
  for (const Mark& mark : MarksOf(*picture)) {
    triangles += mark.shape == Mark::Shape::kTriangle ? 1 : 0;
    diamonds += mark.shape == Mark::Shape::kDiamond ? 1 : 0;
  }
  CHECK(triangles == 1);
  CHECK(diamonds == 1);
}

TEST_CASE("SwimLanes: what is withheld, retracted or written after the fact is not drawn") {
  Bundle bundle;
  bundle.incident.declare_time = At(0);
  bundle.entries = {Said(1, EntryKind::kAction, 0), Said(2, EntryKind::kAction, 100),
                    Said(3, EntryKind::kAction, 200), Said(4, EntryKind::kAction, 300)};
  bundle.entries[1].withheld = true;
  bundle.entries[2].retracted_by = 4;
  REQUIRE(Draw(bundle).has_value());
  CHECK(MarksOf(*Draw(bundle)).size() == 2);

  bundle.incident.historical = true;
  bundle.incident.declare_time = At(-1);

  CHECK_FALSE(Draw(bundle).has_value());

  bundle.entries[0].occurred = At(-500);
  bundle.entries[1] = Said(2, EntryKind::kDetection, 100);
  bundle.entries[1].occurred = At(-400);

  REQUIRE(Draw(bundle).has_value());
  CHECK(MarksOf(*Draw(bundle)).size() == 2);
}

TEST_CASE("SwimLanes: a key time before all entries is in the picture") {
  Bundle bundle;
  bundle.incident.declare_time = At(0);
  bundle.entries = {Said(1, EntryKind::kAction, 0), Said(2, EntryKind::kAction, 100)};
  CHECK_FALSE(Says(*Draw(bundle), "occurred"));

  bundle.incident.anchors = {{.anchor = "occurred", .time = At(-5000), .sequence = 2}};

  CHECK(Says(*Draw(bundle), "occurred"));
}

TEST_CASE("SwimLanes: nothing to draw gives no picture") {
  Bundle bundle;
  CHECK_FALSE(Draw(bundle).has_value());
  bundle.entries = {Said(1, EntryKind::kAction, 0), Said(2, EntryKind::kAction, 0)};
  CHECK_FALSE(Draw(bundle).has_value());
}

TEST_CASE("TimeScale: long silence is cut and said, order and ends stay") {
  std::vector<absl::Time> moments;
  for (int i = 0; i < 20; ++i) moments.push_back(At(i));
  for (int i = 0; i < 20; ++i) moments.push_back(At(100'000 + i));

  const TimeScale scale(moments);

  REQUIRE(scale.cuts().size() == 1);
  CHECK(scale.cuts()[0].span == absl::Minutes(99'981));
  CHECK(scale.At(At(0)) == 0);
  CHECK(scale.At(At(100'019)) == 1);
  CHECK(scale.At(At(-5)) == 0);
  CHECK(scale.At(At(200'000)) == 1);
  // The silence takes about an eighth of the width instead of nearly all.
  CHECK(scale.At(At(100'000)) - scale.At(At(19)) < 0.15);
  CHECK(scale.At(At(10)) > 0.2);
}

TEST_CASE("RenderSvg: hostile titles stay text") {
  Picture picture{.width = 10, .height = 10, .title = "<script>", .description = "\"&"};
  Mark mark;
  mark.title = "</title><script>alert(1)</script>";
  Label label;
  label.text = "<image href='x'>";
  picture.shapes = {mark, label};

  const std::string svg = RenderSvg(picture, "id");

  CHECK_FALSE(absl::StrContains(svg, "<script"));
  CHECK_FALSE(absl::StrContains(svg, "<image"));
  CHECK(absl::StrContains(svg, "&lt;/title&gt;&lt;script&gt;"));
}

}  // namespace
}  // namespace tocsin::report
