#include "clients/report/swim_lanes.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "clients/report/entry_types.h"
#include "clients/report/key_times.h"
#include "server/base/code_points.h"
#include "server/base/time_text.h"

namespace tocsin::report {
namespace {

// All lengths in the picture's own unit; 1 is a CSS pixel or 0.53 points on A4.
constexpr double kWidth = 960;
constexpr double kLeft = 118;
constexpr double kRight = 26;
constexpr double kLaneHeight = 40;
constexpr double kCompactLaneHeight = 25;
constexpr double kDeadlineHeight = 19;
constexpr double kCompactDeadlineHeight = 16;
constexpr double kKeyRow = 14;
constexpr double kAxisHeight = 34;
constexpr double kBin = 19;  // more than the widest mark: no two touch
constexpr double kRadiusMax = 9;
constexpr size_t kLanes = 5;
constexpr size_t kRegulatorLane = 4;
constexpr size_t kTitleCharacters = 120;

constexpr std::array<Ink, kLanes> kInks = {Ink::kAttacker, Ink::kDetection, Ink::kResponse,
                                           Ink::kCommunication, Ink::kRegulator};
constexpr std::array<const char*, kLanes> kNames = {
    "lane.attacker", "lane.detection", "lane.response", "lane.communication", "lane.regulator"};

// nullopt for what is not drawn.
std::optional<size_t> LaneOf(const EntryView& entry, const IncidentView& incident) {
  if (entry.withheld || entry.retracted_by != 0) return std::nullopt;
  if (entry.corrected_by != 0 && entry.corrected_text.empty()) return std::nullopt;
  // What was written after the fact did not happen when it was written: figures without a time.
  const absl::Time when = entry.occurred.value_or(entry.recorded);
  if (incident.historical && when >= incident.declare_time) return std::nullopt;
  if (IsAboutObligation(entry.type)) {
    const bool act = entry.type >= 27;  // drafted and later; due times are drawn as bars
    return act ? std::optional<size_t>(kRegulatorLane) : std::nullopt;
  }
  if (!entry.kind || entry.type != kTypeRecorded) return std::nullopt;
  switch (*entry.kind) {
    case EntryKind::kAttackerActivity:
      return 0;
    case EntryKind::kDetection:
    case EntryKind::kObservation:
    case EntryKind::kEvidence:
      return 1;
    case EntryKind::kAction:
    case EntryKind::kDecision:
    case EntryKind::kImpact:
    case EntryKind::kRecovery:
    case EntryKind::kReview:
      return 2;
    case EntryKind::kCommunication:
      return 3;
    case EntryKind::kNotification:
      return kRegulatorLane;
  }
  return std::nullopt;
}

// A deadline of ours: not one that fell away, nor an answer that the authority owes.
bool IsDrawn(const ObligationView& duty) {
  return duty.due && duty.state != "not required" && duty.state != "expected" &&
         duty.state != "waived";
}

absl::Time TimeOf(const EntryView& entry) {
  return entry.occurred.value_or(entry.recorded);
}

std::string Moment(absl::Time time) {
  return absl::FormatTime("%Y-%m-%d %H:%M", time, absl::UTCTimeZone());
}

// One mark, or what became of several.
struct Bin {
  size_t count = 0;
  double x = 0;
  const EntryView* first = nullptr;
  const EntryView* last = nullptr;
};

class Drawing {
 public:
  Drawing(const Bundle& bundle, const Labels& words, TimeScale scale, LaneHeight height)
      : bundle_(bundle),
        words_(words),
        scale_(std::move(scale)),
        lane_height_(height == LaneHeight::kCompact ? kCompactLaneHeight : kLaneHeight),
        deadline_height_(height == LaneHeight::kCompact ? kCompactDeadlineHeight
                                                        : kDeadlineHeight) {}

  Picture Run();

 private:
  double X(absl::Time time) const { return kLeft + scale_.At(time) * (kWidth - kLeft - kRight); }
  void Add(Shape shape) { picture_.shapes.emplace_back(std::move(shape)); }
  void DrawLanes();
  void DrawAxis();
  void DrawKeyTimes();
  void DrawMarks();
  void DrawBin(const Bin& bin, size_t lane);
  void DrawDeadlines();
  void DrawDeadline(const ObligationView& duty, double y);
  double LaneTop(size_t lane) const {
    return lanes_top_ + static_cast<double>(lane) * lane_height_;
  }

  const Bundle& bundle_;
  const Labels& words_;
  TimeScale scale_;
  double lane_height_;
  double deadline_height_;
  Picture picture_;
  std::vector<const ObligationView*> duties_;
  double lanes_top_ = 0;
  double lanes_bottom_ = 0;
};

// Ink for words beside a mark that lie between `x` and the picture's right edge, or turn around.
Label Beside(double x, double y, std::string text, Ink ink) {
  const double width = TextWidth(text, 10);
  const bool turn = x + 6 + width > kWidth;
  return {turn ? x - 6 : x + 6, y, 10, turn ? Align::kEnd : Align::kStart, ink, false,
          std::move(text)};
}

void Drawing::DrawLanes() {
  for (size_t lane = 0; lane < kLanes; ++lane) {
    const double top = LaneTop(lane);
    const double height = lane == kRegulatorLane ? lanes_bottom_ - top : lane_height_;
    if (lane % 2 == 0) Add(Box{0, top, kWidth, height, Ink::kBand});
    Add(Label{8, top + lane_height_ / 2 + 4, 12, Align::kStart, kInks[lane], true,
              words_(kNames[lane])});
    const double y = top + lane_height_ / 2;
    Add(Stroke{kLeft, y, kWidth - kRight, y, 1, Ink::kGrid, false});
  }
}

void Drawing::DrawAxis() {
  const double y = lanes_bottom_;
  Add(Stroke{kLeft - 10, y, kWidth - 8, y, 1, Ink::kFaint, false});
  for (const TimeScale::Cut& cut : scale_.cuts()) {
    const double x = kLeft + cut.at * (kWidth - kLeft - kRight);
    Add(Stroke{x, lanes_top_, x, y, 1, Ink::kGrid, true});
    Add(Box{x - 2, y - 2, 4, 4, Ink::kPaper});
    for (const double side : {x - 2, x + 2}) {
      Add(Stroke{side - 2, y + 4, side + 2, y - 4, 1, Ink::kFaint, false});
    }
  }
  Add(Label{8, y + 16, 10, Align::kStart, Ink::kFaint, false, "UTC"});
  // A tick at moments of the record, as many as there is room for their words.
  constexpr double kTickRoom = 84;
  double last = -kTickRoom;
  std::string last_words;
  std::vector<absl::Time> moments = {scale_.first(), scale_.last()};
  for (const EntryView& entry : bundle_.entries) {
    if (LaneOf(entry, bundle_.incident)) moments.push_back(TimeOf(entry));
  }
  std::sort(moments.begin(), moments.end());
  const double end = X(scale_.last());
  for (const absl::Time moment : moments) {
    const double x = X(moment);
    const bool is_end = moment == scale_.last();
    // In a short incident several moments read the same.
    const std::string words = Moment(moment);
    if (x - last < kTickRoom || (!is_end && end - x < kTickRoom) || words == last_words) continue;
    last = x;
    last_words = words;
    Add(Stroke{x, y, x, y + 5, 1, Ink::kFaint, false});
    // The last one leans back, so that it stays on the page.
    const Align align = is_end ? Align::kEnd : Align::kMiddle;
    const double at = is_end ? kWidth - 4 : x;
    Add(Label{at, y + 16, 10, align, Ink::kFaint, false,
              absl::FormatTime("%Y-%m-%d", moment, absl::UTCTimeZone())});
    Add(Label{at, y + 28, 10, align, Ink::kFaint, false,
              absl::FormatTime("%H:%M", moment, absl::UTCTimeZone())});
  }
}

void Drawing::DrawKeyTimes() {
  std::vector<double> ends(static_cast<size_t>(lanes_top_ / kKeyRow), -1.0);
  for (const KeyTime& key : KeyTimesOf(bundle_)) {
    if (!key.time || *key.time < scale_.first() || *key.time > scale_.last()) continue;
    const double x = X(*key.time);
    const std::string name = words_.Of("key.", key.name);
    Label label = Beside(x - 3, 0, name, Ink::kText);
    const double start = label.align == Align::kStart ? label.x : label.x - TextWidth(name, 10);
    const auto free = std::find_if(ends.begin(), ends.end(), [&](double e) { return e < start; });
    if (free == ends.end()) continue;
    *free = start + TextWidth(name, 10) + 6;
    label.y = kKeyRow * static_cast<double>(free - ends.begin() + 1) - 3;
    Add(Stroke{x, label.y - 9, x, lanes_bottom_, 1, Ink::kFaint, true});
    Add(std::move(label));
  }
}

void Drawing::DrawBin(const Bin& bin, size_t lane) {
  const double y = LaneTop(lane) + lane_height_ / 2;
  Mark mark{bin.x, y, 4, Mark::Shape::kCircle, kInks[lane], ""};
  if (bin.count == 1) {
    const std::string text =
        Shortened(bin.first->corrected_text.empty() ? bin.first->text : bin.first->corrected_text,
                  kTitleCharacters);
    mark.title = absl::StrCat("#", bin.first->sequence, " ", Moment(TimeOf(*bin.first)), " ", text);
    return Add(std::move(mark));
  }
  mark.radius = std::min(5.5 + 0.6 * std::log2(static_cast<double>(bin.count)), kRadiusMax);
  mark.title = words_("figure.count", {absl::StrCat(bin.count), Moment(TimeOf(*bin.first)),
                                       Moment(TimeOf(*bin.last)), absl::StrCat(bin.first->sequence),
                                       absl::StrCat(bin.last->sequence)});
  Add(std::move(mark));
  const std::string count =
      bin.count > 999 ? absl::StrCat(bin.count / 1000, "k") : absl::StrCat(bin.count);
  Add(Label{bin.x, y + 3, 8.5, Align::kMiddle, Ink::kPaper, true, count});
}

void Drawing::DrawMarks() {
  std::array<std::vector<const EntryView*>, kLanes> lanes;
  for (const EntryView& entry : bundle_.entries) {
    if (const std::optional<size_t> lane = LaneOf(entry, bundle_.incident))
      lanes[*lane].push_back(&entry);
  }
  for (size_t lane = 0; lane < kLanes; ++lane) {
    std::stable_sort(
        lanes[lane].begin(), lanes[lane].end(),
        [](const EntryView* a, const EntryView* b) { return TimeOf(*a) < TimeOf(*b); });
    Bin bin;
    for (const EntryView* entry : lanes[lane]) {
      const double x = X(TimeOf(*entry));
      if (bin.count != 0 && x - bin.x >= kBin) {
        DrawBin(bin, lane);
        bin = Bin{};
      }
      if (bin.count++ == 0) {
        bin.x = x;
        bin.first = entry;
      }
      bin.last = entry;
    }
    if (bin.count != 0) DrawBin(bin, lane);
  }
}

void Drawing::DrawDeadline(const ObligationView& duty, double y) {
  const double due = X(*duty.due);
  const std::string label = Shortened(duty.label.empty() ? duty.stage : duty.label, 40);
  const bool late = duty.late_by > absl::ZeroDuration() || duty.state == "missed";
  const bool met = duty.submitted.has_value() && !late;
  const Ink ink = late ? Ink::kBad : met ? Ink::kGood : Ink::kRegulator;
  const double start = duty.anchor_time ? X(*duty.anchor_time) : due;
  Add(Stroke{start, y, due, y, 3, ink, !duty.submitted.has_value()});
  Add(Stroke{due, y - 7, due, y + 7, 2, ink, false});
  std::string state = words_("figure.open");
  if (duty.submitted) {
    const double filed = X(*duty.submitted);
    if (filed > due) Add(Stroke{due, y, filed, y, 3, ink, true});
    Add(Mark{
        filed, y, 4.5, late ? Mark::Shape::kTriangle : Mark::Shape::kDiamond, ink,
        words_(late ? "figure.filed_late" : "figure.filed", {label, Moment(*duty.submitted)})});
    state = words_(late ? "figure.late" : "figure.met");
  } else if (duty.state == "missed") {
    state = words_("figure.not_filed");
  } else if (duty.state != "open") {
    state = words_.Of("state.", duty.state);
  }
  const char* due_words = duty.state == "missed" ? "figure.missed" : "figure.due";
  Add(Mark{due, y, 2, Mark::Shape::kCircle, ink, words_(due_words, {label, Moment(*duty.due)})});
  std::string text = words_("figure.alone", {label, state});
  const double right = std::max(due, duty.submitted ? X(*duty.submitted) : due);
  const double left = std::min(start, duty.submitted ? X(*duty.submitted) : start);
  const double width = TextWidth(text, 10);
  if (right + 8 + width <= kWidth) {
    Add(Label{right + 8, y + 3.5, 10, Align::kStart, ink, false, std::move(text)});
  } else if (left - 8 - width >= kLeft) {
    Add(Label{left - 8, y + 3.5, 10, Align::kEnd, ink, false, std::move(text)});
  } else {
    Add(Label{kWidth - 4, y - 4, 10, Align::kEnd, ink, false, std::move(text)});
  }
}

void Drawing::DrawDeadlines() {
  double y = LaneTop(kRegulatorLane) + lane_height_ + deadline_height_ / 2;
  for (const ObligationView* duty : duties_) {
    DrawDeadline(*duty, y);
    y += deadline_height_;
  }
}

Picture Drawing::Run() {
  for (const ObligationView& duty : bundle_.obligations) {
    if (IsDrawn(duty)) duties_.push_back(&duty);
  }
  std::sort(duties_.begin(), duties_.end(), [](const ObligationView* a, const ObligationView* b) {
    return *a->due != *b->due ? *a->due < *b->due : a->id < b->id;
  });
  constexpr size_t kDutiesMax = 12;
  if (duties_.size() > kDutiesMax) duties_.resize(kDutiesMax);
  lanes_top_ = 3 * kKeyRow + 4;
  lanes_bottom_ = LaneTop(kLanes) + static_cast<double>(duties_.size()) * deadline_height_ +
                  (duties_.empty() ? 0 : 4);
  picture_.width = kWidth;
  picture_.height = lanes_bottom_ + kAxisHeight;
  size_t entries = 0;
  for (const EntryView& entry : bundle_.entries)
    entries += LaneOf(entry, bundle_.incident) ? 1U : 0U;
  picture_.title = words_("figure");
  picture_.description =
      words_("figure.description", {absl::StrCat(entries), Moment(scale_.first()),
                                    Moment(scale_.last()), absl::StrCat(duties_.size())});
  DrawLanes();
  DrawAxis();
  DrawKeyTimes();
  DrawDeadlines();
  DrawMarks();
  return std::move(picture_);
}

}  // namespace

TimeScale::TimeScale(std::vector<absl::Time> moments) : times_(std::move(moments)) {
  std::sort(times_.begin(), times_.end());
  times_.erase(std::unique(times_.begin(), times_.end()), times_.end());
  std::vector<double> gaps;
  for (size_t i = 1; i < times_.size(); ++i) {
    gaps.push_back(absl::ToDoubleSeconds(times_[i] - times_[i - 1]));
  }
  // No gap takes more than this share of the whole, of few gaps no more than twice the mean; found
  // by cutting until it holds.
  constexpr double kShareMax = 0.12;
  constexpr int kRounds = 40;
  const double share =
      std::max(kShareMax, 2.0 / static_cast<double>(std::max<size_t>(gaps.size(), 1)));
  double limit = 0;
  for (const double gap : gaps) limit += gap;
  for (int round = 0; round < kRounds; ++round) {
    double sum = 0;
    for (const double gap : gaps) sum += std::min(gap, limit);
    limit = std::min(limit, std::max(sum * share, 1.0));
  }
  places_ = {0};
  for (const double gap : gaps) places_.push_back(places_.back() + std::min(gap, limit));
  const double whole = places_.back() > 0 ? places_.back() : 1;
  for (double& place : places_) place /= whole;
  // What was cut to less than a third is shown as a cut; the rest only leans.
  for (size_t i = 0; i < gaps.size(); ++i) {
    if (gaps[i] <= 3 * limit) continue;
    cuts_.push_back({(places_[i] + places_[i + 1]) / 2, absl::Seconds(gaps[i])});
  }
}

double TimeScale::At(absl::Time time) const {
  const auto after = std::upper_bound(times_.begin(), times_.end(), time);
  if (after == times_.begin()) return 0;
  if (after == times_.end()) return places_.back();
  const auto i = static_cast<size_t>(after - times_.begin());
  const double part = absl::FDivDuration(time - times_[i - 1], times_[i] - times_[i - 1]);
  return places_[i - 1] + part * (places_[i] - places_[i - 1]);
}

std::optional<Picture> SwimLanes(const Bundle& bundle, const Labels& words, LaneHeight height) {
  std::vector<absl::Time> moments;
  for (const EntryView& entry : bundle.entries) {
    if (LaneOf(entry, bundle.incident)) moments.push_back(TimeOf(entry));
  }
  for (const ObligationView& duty : bundle.obligations) {
    if (!IsDrawn(duty)) continue;
    moments.push_back(*duty.due);
    if (duty.anchor_time) moments.push_back(*duty.anchor_time);
    if (duty.submitted) moments.push_back(*duty.submitted);
  }
  if (moments.size() < 2) return std::nullopt;
  const auto [first, last] = std::minmax_element(moments.begin(), moments.end());
  if (*first == *last) return std::nullopt;
  for (const KeyTime& key : KeyTimesOf(bundle)) {
    if (key.time) moments.push_back(*key.time);
  }
  TimeScale scale(std::move(moments));
  return Drawing(bundle, words, std::move(scale), height).Run();
}

}  // namespace tocsin::report
