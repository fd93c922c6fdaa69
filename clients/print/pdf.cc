#include "clients/print/pdf.h"

#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "clients/print/attachment.h"
#include "clients/print/canvas.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/view.h"

namespace tocsin::print {
namespace {

using report::Line;
using report::Place;
using report::Plain;

constexpr double kSide = 48;
constexpr double kTop = 56;
constexpr double kBottom = kPageHeight - 50;
constexpr double kInner = kPageWidth - 2 * kSide;
constexpr uint32_t kFaint = 0x56606d;
constexpr uint32_t kRule = 0xd3d9e0;
constexpr uint32_t kHeadRule = 0xb9c2cc;
constexpr uint32_t kBand = 0xf5f7f9;
constexpr uint32_t kWarn = 0x8a5a00;
constexpr uint32_t kDrill = 0xa3261d;

// Sizes and distances; a report of one page stands closer.
struct Spacing {
  double text = 9;
  double small = 7.6;
  double title = 17;
  double heading = 12.5;
  double before_heading = 15;
  double after = 7;
  double cell = 3;
};
constexpr Spacing kOpen;
constexpr Spacing kDense = {.text = 8.4,
                            .small = 7.2,
                            .title = 14,
                            .heading = 10.5,
                            .before_heading = 8,
                            .after = 5,
                            .cell = 1.8};

Spacing Scaled(const Spacing& spacing, double by) {
  return {.text = spacing.text * by,
          .small = spacing.small * by,
          .title = spacing.title * by,
          .heading = spacing.heading * by,
          .before_heading = spacing.before_heading * by,
          .after = spacing.after * by,
          .cell = spacing.cell * by};
}

// A cell: its text, and below it what stands under.
struct Cell {
  double x = 0;
  std::vector<Text> parts;
  size_t part = 0;
  size_t line = 0;

  bool done() const { return part == parts.size(); }
  double Height() const {
    double height = 0;
    for (size_t i = part; i < parts.size(); ++i) height += parts[i].Height(i == part ? line : 0);
    return height;
  }
};

class Press {
 public:
  Press(const report::Document& document, const Spacing& spacing, std::string& out)
      : document_(document), space_(spacing), canvas_(out) {}

  bool Run();
  int pages() const { return canvas_.page_number(); }

  void operator()(const report::Heading& heading);
  void operator()(const report::Paragraph& paragraph);
  void operator()(const report::Notice& notice);
  void operator()(const report::Bullets& bullets);
  void operator()(const report::Verbatim& verbatim);
  void operator()(const report::Table& table);
  void operator()(const report::Figure& figure);

 private:
  void Frame();
  void NewPage();
  // Goes to a new page when less than `height` is left of this one.
  void Need(double height) {
    if (y_ + height > kBottom && y_ > kTop) NewPage();
  }
  void DrawText(const Line& line, const Font& font, double indent = 0);
  void TableHead(const report::Table& table, const std::vector<double>& places);
  std::vector<Cell> CellsOf(const report::Table& table, const report::Row& row,
                            const std::vector<double>& places);
  void TableRow(const report::Table& table, const report::Row& row,
                const std::vector<double>& places);
  double DrawCells(std::vector<Cell>& cells, double height);

  const report::Document& document_;
  Spacing space_;
  Canvas canvas_;
  double y_ = kTop;
};

// What stands on every page: how secret it is, whether it is real, what it is.
void Press::Frame() {
  const bool drill = !document_.drill.empty();
  Line banner;
  if (drill) banner.push_back(Plain(absl::StrCat(document_.drill, "   ")));
  banner.push_back(Plain(document_.marking));
  const Font strong{.size = 8.5, .strong = true, .colour = drill ? kDrill : 0x1b2430};
  canvas_.Layout(banner, strong, kInner).Draw(canvas_.page(), kSide, 28, 0, kTop);
  canvas_.Rule(kSide, 43, kSide + kInner, drill ? kDrill : kRule, drill ? 1.5 : 0.7);
  const Font small{.size = 7.5, .colour = kFaint};
  constexpr double kFoot = kPageHeight - 36;
  constexpr double kNumberWidth = 70;
  canvas_.Layout({Plain(document_.running)}, small, kInner - kNumberWidth)
      .Draw(canvas_.page(), kSide, kFoot, 0, 12);
  const std::string number =
      absl::StrReplaceAll(document_.page_words, {{"{0}", absl::StrCat(canvas_.page_number())}});
  canvas_.Layout({Plain(number)}, small, kInner)
      .DrawLabel(canvas_.page(), kSide + kInner, kFoot + 8, report::Align::kEnd);
}

void Press::NewPage() {
  canvas_.NextPage();
  Frame();
  y_ = kTop;
}

void Press::DrawText(const Line& line, const Font& font, double indent) {
  const Text text = canvas_.Layout(line, font, kInner - indent);
  for (size_t next = 0; next < text.lines();) {
    const Text::Drawn drawn = text.Draw(canvas_.page(), kSide + indent, y_, next, kBottom - y_);
    const bool stuck = drawn.next == next && y_ == kTop;
    y_ += drawn.height;
    if (stuck) return;
    next = drawn.next;
    if (next < text.lines()) NewPage();
  }
}

void Press::operator()(const report::Heading& heading) {
  const double keep_with_next = document_.dense ? 4 * space_.text : 90;
  y_ += y_ == kTop ? 0 : heading.level == 2 ? space_.before_heading : space_.before_heading * 0.6;
  Need(keep_with_next);
  canvas_.Outline(heading.level, TextOf(heading.text), y_);
  DrawText(heading.text,
           {.size = heading.level == 2 ? space_.heading : space_.text + 0.5, .strong = true});
  y_ += space_.after * 0.6;
}

void Press::operator()(const report::Paragraph& paragraph) {
  DrawText(paragraph.text, {.size = space_.text});
  y_ += space_.after;
}

void Press::operator()(const report::Notice& notice) {
  Line line = notice.strong;
  line.push_back(Plain(" "));
  line.insert(line.end(), notice.rest.begin(), notice.rest.end());
  const Text text = canvas_.Layout(line, {.size = space_.text}, kInner - 16);
  const double height = text.Height() + 8;
  Need(height);
  canvas_.Fill(kSide, y_, kInner, height, 0xfdf6e7);
  canvas_.Fill(kSide, y_, 3, height, document_.drill.empty() ? kWarn : kDrill);
  text.Draw(canvas_.page(), kSide + 10, y_ + 4, 0, height);
  y_ += height + space_.after;
}

void Press::operator()(const report::Bullets& bullets) {
  for (const Line& item : bullets.items) {
    Need(2 * space_.text);
    canvas_.Layout({Plain("•")}, {.size = space_.text, .colour = kFaint}, 10)
        .Draw(canvas_.page(), kSide + 2, y_, 0, kBottom);
    DrawText(item, {.size = space_.text}, 12);
    y_ += space_.after * 0.4;
  }
  y_ += space_.after * 0.6;
}

void Press::operator()(const report::Verbatim& verbatim) {
  for (const absl::string_view line : absl::StrSplit(verbatim.text, '\n')) {
    const Text text = canvas_.Layout({Plain(std::string(line.empty() ? " " : line))},
                                     {.size = space_.small, .code = true}, kInner - 12);
    Need(text.Height());
    canvas_.Fill(kSide, y_, kInner, std::min(text.Height(), kBottom - y_) + 0.2, kBand);
    text.Draw(canvas_.page(), kSide + 6, y_, 0, kBottom - y_);
    y_ += std::min(text.Height(), kBottom - y_);
  }
  y_ += space_.after;
}

// Left edges of the columns that are not under another, and the right edge of the last.
std::vector<double> PlacesOf(const report::Table& table) {
  int weights = 0;
  for (const report::Column& column : table.columns) {
    if (column.place != Place::kUnder) weights += column.weight;
  }
  std::vector<double> places = {kSide};
  for (const report::Column& column : table.columns) {
    if (column.place == Place::kUnder) continue;
    places.push_back(places.back() + kInner * column.weight / weights);
  }
  return places;
}

constexpr double kGutter = 8;

void Press::TableHead(const report::Table& table, const std::vector<double>& places) {
  if (table.facts) return;
  double height = 0;
  size_t column = 0;
  for (const report::Column& head : table.columns) {
    if (head.place == Place::kUnder) continue;
    const Text text = canvas_.Layout({Plain(head.head)}, {.size = space_.small, .strong = true},
                                     places[column + 1] - places[column] - kGutter);
    height = std::max(height, text.Draw(canvas_.page(), places[column], y_, 0, kBottom).height);
    ++column;
  }
  y_ += height + 2;
  canvas_.Rule(kSide, y_, kSide + kInner, kHeadRule, 1);
  y_ += 1;
}

std::vector<Cell> Press::CellsOf(const report::Table& table, const report::Row& row,
                                 const std::vector<double>& places) {
  Line under;
  for (size_t i = 0; i < row.cells.size(); ++i) {
    if (table.columns[i].place != Place::kUnder || TextOf(row.cells[i]).empty()) continue;
    under.push_back(Plain(absl::StrCat(under.empty() ? "" : " · ", table.columns[i].head, ": ")));
    under.insert(under.end(), row.cells[i].begin(), row.cells[i].end());
  }
  std::vector<Cell> cells;
  for (size_t i = 0; i < row.cells.size(); ++i) {
    const Place place = table.columns[i].place;
    if (place == Place::kUnder) continue;
    const size_t column = cells.size();
    const double width = places[column + 1] - places[column] - kGutter;
    Cell cell{.x = places[column]};
    const bool names = table.facts && i == 0;
    cell.parts.push_back(canvas_.Layout(
        row.cells[i], {.size = space_.text, .colour = names ? kFaint : 0x1b2430}, width));
    if (place == Place::kMain && !under.empty()) {
      cell.parts.push_back(canvas_.Layout(under, {.size = space_.small, .colour = kFaint}, width));
    }
    cells.push_back(std::move(cell));
  }
  return cells;
}

// As much of each cell as fits; the height that was used.
double Press::DrawCells(std::vector<Cell>& cells, double height) {
  double used = 0;
  for (Cell& cell : cells) {
    double at = 0;
    while (!cell.done()) {
      const Text& text = cell.parts[cell.part];
      const Text::Drawn drawn = text.Draw(canvas_.page(), cell.x, y_ + at, cell.line, height - at);
      at += drawn.height;
      cell.line = drawn.next;
      if (cell.line < text.lines()) break;
      ++cell.part;
      cell.line = 0;
    }
    used = std::max(used, at);
  }
  return used;
}

void Press::TableRow(const report::Table& table, const report::Row& row,
                     const std::vector<double>& places) {
  std::vector<Cell> cells = CellsOf(table, row, places);
  double height = 0;
  for (const Cell& cell : cells) height = std::max(height, cell.Height());
  const double whole = height + 2 * space_.cell;
  // A short row stays whole; a long one begins here and goes on.
  const bool is_short = whole < (kBottom - kTop) / 3;
  const auto new_page = [&] {
    NewPage();
    TableHead(table, places);
  };
  if (y_ + (is_short ? whole : 4 * space_.text) > kBottom && y_ > kTop) new_page();
  for (;;) {
    y_ += space_.cell;
    const double used = DrawCells(cells, kBottom - y_);
    y_ += used + space_.cell;
    const bool done =
        std::all_of(cells.begin(), cells.end(), [](const Cell& cell) { return cell.done(); });
    // A line that no page has room for ends the row: it cannot be drawn anywhere.
    if (done || used == 0) break;
    new_page();
  }
  canvas_.Rule(kSide, y_, kSide + kInner, kRule, 0.5);
}

void Press::operator()(const report::Table& table) {
  constexpr double kKeepTogether = 60;
  Need(kKeepTogether);
  const std::vector<double> places = PlacesOf(table);
  if (!document_.dense) {
    DrawText({Plain(table.caption)}, {.size = space_.small, .colour = kFaint});
    y_ += 3;
  }
  TableHead(table, places);
  for (const report::Row& row : table.rows) TableRow(table, row, places);
  y_ += space_.after + 2;
}

void Press::operator()(const report::Figure& figure) {
  const double scale = kInner / figure.picture.width;
  const double height = figure.picture.height * scale;
  Need(height + 24);
  canvas_.Draw(figure.picture, kSide, y_, scale);
  y_ += height + 4;
  if (!document_.dense) {
    DrawText({Plain(figure.caption)}, {.size = space_.small, .colour = kFaint});
  }
  y_ += space_.after;
}

bool Press::Run() {
  canvas_.Describe(document_);
  Frame();
  DrawText(document_.title, {.size = space_.title, .strong = true});
  y_ += 2 * space_.after;
  for (size_t i = 0; i < document_.blocks.size(); ++i) {
    // A heading goes with its figure, which may need most of a page.
    const auto* figure = i + 1 < document_.blocks.size()
                             ? std::get_if<report::Figure>(&document_.blocks[i + 1])
                             : nullptr;
    if (figure != nullptr) Need(figure->picture.height * kInner / figure->picture.width + 60);
    std::visit(*this, document_.blocks[i]);
  }
  return canvas_.Finish();
}

// A report that is meant for one page is set smaller until it fits, within what can be read.
bool Draw(const report::Document& document, std::string& pages) {
  if (!document.dense) return Press(document, kOpen, pages).Run();
  for (const double by : {1.0, 0.95, 0.9, 0.86, 0.82}) {
    pages.clear();
    Press press(document, Scaled(kDense, by), pages);
    if (!press.Run()) return false;
    if (press.pages() == 1) return true;
  }
  return true;
}

}  // namespace

absl::StatusOr<std::string> RenderPdf(const report::Document& document, std::string_view bundle,
                                      std::string_view name) {
  std::string pages;
  if (!Draw(document, pages)) {
    return Error(absl::StatusCode::kInternal, "PDF_NOT_MADE", "the pages could not be drawn",
                 "check that fonts are installed (fonts-noto-core), or export as html");
  }
  return Attach(pages, {.name = absl::StrCat(ToAbsl(name), "-bundle.json"),
                        .content = bundle,
                        .time = document.made,
                        .language = document.language});
}

}  // namespace tocsin::print
