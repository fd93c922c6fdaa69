#include "clients/print/canvas.h"

#include <cairo-pdf.h>
#include <pango/pangocairo.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "server/base/code_points.h"

namespace tocsin::print {
namespace {

using report::Span;
using report::Style;

constexpr char kFamily[] = "Noto Sans,DejaVu Sans,sans-serif";
constexpr char kCodeFamily[] = "Noto Sans Mono,DejaVu Sans Mono,monospace";
// Pango needs time and memory for each character, and nobody reads more in one cell.
constexpr size_t kCharactersMax = 8000;
constexpr double kLabelWidth = 10'000;  // a label never wraps
// Noto's own line height is generous already.
constexpr double kLeading = 1.04;
constexpr uint32_t kFaint = 0x56606d;
constexpr uint32_t kLink = 0x1d4f91;

cairo_status_t WriteTo(void* out, const unsigned char* data, unsigned int size) {
  static_cast<std::string*>(out)->append(reinterpret_cast<const char*>(data), size);
  return CAIRO_STATUS_SUCCESS;
}

void SetColour(cairo_t* page, uint32_t colour) {
  const auto part = [&](int shift) { return static_cast<double>(colour >> shift & 0xFF) / 255; };
  cairo_set_source_rgb(page, part(16), part(8), part(0));
}

std::shared_ptr<PangoFontDescription> Description(const Font& font, bool code, bool strong) {
  const std::shared_ptr<PangoFontDescription> description(pango_font_description_new(),
                                                          pango_font_description_free);
  pango_font_description_set_family(description.get(), code ? kCodeFamily : kFamily);
  pango_font_description_set_absolute_size(description.get(),
                                           font.size * (code ? 0.9 : 1) * PANGO_SCALE);
  if (strong) pango_font_description_set_weight(description.get(), PANGO_WEIGHT_SEMIBOLD);
  return description;
}

// Attributes for the bytes [start, end) of a layout; the list takes each one over.
class Attributes {
 public:
  Attributes() : list_(pango_attr_list_new(), pango_attr_list_unref) {}

  void Add(PangoAttribute* attribute, size_t start, size_t end) {
    attribute->start_index = static_cast<guint>(start);
    attribute->end_index = static_cast<guint>(end);
    pango_attr_list_insert(list_.get(), attribute);
  }
  void Colour(uint32_t colour, size_t start, size_t end) {
    const auto part = [&](int shift) {
      return static_cast<guint16>((colour >> shift & 0xFF) * 0x101);
    };
    Add(pango_attr_foreground_new(part(16), part(8), part(0)), start, end);
  }
  PangoAttrList* get() { return list_.get(); }

 private:
  std::shared_ptr<PangoAttrList> list_;
};

void Mark(Attributes& attributes, const Font& font, Style style, size_t start, size_t end) {
  switch (style) {
    case Style::kPlain:
      return;
    case Style::kStrong:
      return attributes.Add(pango_attr_weight_new(PANGO_WEIGHT_SEMIBOLD), start, end);
    case Style::kEmphasis:
      return attributes.Add(pango_attr_style_new(PANGO_STYLE_ITALIC), start, end);
    case Style::kStruck:
      attributes.Colour(kFaint, start, end);
      return attributes.Add(pango_attr_strikethrough_new(TRUE), start, end);
    case Style::kCode: {
      const auto description = Description(font, /*code=*/true, font.strong);
      return attributes.Add(pango_attr_font_desc_new(description.get()), start, end);
    }
    case Style::kSource:
    case Style::kEntry:
      return attributes.Colour(kLink, start, end);
  }
}

}  // namespace

Text::Text(PangoContext* context, const report::Line& line, const Font& font, double width)
    : layout_(pango_layout_new(context), g_object_unref) {
  Attributes attributes;
  attributes.Colour(font.colour, 0, PANGO_ATTR_INDEX_TO_TEXT_END);
  // A hyphen that nobody wrote would make another name of a long one.
  attributes.Add(pango_attr_insert_hyphens_new(FALSE), 0, PANGO_ATTR_INDEX_TO_TEXT_END);
  std::string text;
  for (const Span& span : line) {
    const std::string shown = Shortened(
        Visible((span.style == Style::kEntry ? "#" : "") + span.text, "\\", "\n"), kCharactersMax);
    // What looks like a link is one: an address, whole.
    const bool plain = span.style == Style::kSource && !IsPlainAddress(span.text);
    Mark(attributes, font, plain ? Style::kPlain : span.style, text.size(),
         text.size() + shown.size());
    text += shown;
  }
  const auto description = Description(font, font.code, font.strong);
  pango_layout_set_font_description(layout_.get(), description.get());
  pango_layout_set_width(layout_.get(), static_cast<int>(width * PANGO_SCALE));
  pango_layout_set_wrap(layout_.get(), PANGO_WRAP_WORD_CHAR);
  pango_layout_set_auto_dir(layout_.get(), TRUE);
  pango_layout_set_attributes(layout_.get(), attributes.get());
  pango_layout_set_text(layout_.get(), text.data(), static_cast<int>(text.size()));
  const std::shared_ptr<PangoLayoutIter> at(pango_layout_get_iter(layout_.get()),
                                            pango_layout_iter_free);
  do {
    PangoRectangle place;
    pango_layout_iter_get_line_extents(at.get(), nullptr, &place);
    heights_.push_back(static_cast<double>(place.height) / PANGO_SCALE * kLeading);
  } while (pango_layout_iter_next_line(at.get()));
  if (text.empty()) heights_.clear();
}

double Text::Height(size_t first) const {
  double height = 0;
  for (size_t i = first; i < heights_.size(); ++i) height += heights_[i];
  return height;
}

Text::Drawn Text::Draw(cairo_t* page, double x, double y, size_t first, double height) const {
  Drawn drawn{.next = first};
  if (first >= heights_.size()) return drawn;
  const std::shared_ptr<PangoLayoutIter> at(pango_layout_get_iter(layout_.get()),
                                            pango_layout_iter_free);
  for (size_t i = 0; i < first; ++i) pango_layout_iter_next_line(at.get());
  for (size_t i = first; i < heights_.size(); ++i) {
    if (drawn.height + heights_[i] > height) return drawn;
    PangoRectangle place;
    pango_layout_iter_get_line_extents(at.get(), nullptr, &place);
    const int above = pango_layout_iter_get_baseline(at.get()) - place.y;
    // A line from right to left begins at the right edge of the width.
    cairo_move_to(page, x + static_cast<double>(place.x) / PANGO_SCALE,
                  y + drawn.height + static_cast<double>(above) / PANGO_SCALE);
    pango_cairo_show_layout_line(page, pango_layout_iter_get_line_readonly(at.get()));
    drawn.height += heights_[i];
    drawn.next = i + 1;
    pango_layout_iter_next_line(at.get());
  }
  return drawn;
}

void Text::DrawLabel(cairo_t* page, double x, double y, report::Align align) const {
  PangoLayoutLine* line = pango_layout_get_line_readonly(layout_.get(), 0);
  PangoRectangle place;
  pango_layout_line_get_extents(line, nullptr, &place);
  const double width = static_cast<double>(place.width) / PANGO_SCALE;
  const double left = align == report::Align::kStart    ? x
                      : align == report::Align::kMiddle ? x - width / 2
                                                        : x - width;
  cairo_move_to(page, left, y);
  pango_cairo_show_layout_line(page, line);
}

Canvas::Canvas(std::string& out)
    : surface_(cairo_pdf_surface_create_for_stream(WriteTo, &out, kPageWidth, kPageHeight)),
      page_(cairo_create(surface_)),
      context_(pango_cairo_create_context(page_), g_object_unref) {
  // Printed shapes do not depend on a screen: no hints, no rounding to pixels.
  const std::shared_ptr<cairo_font_options_t> options(cairo_font_options_create(),
                                                      cairo_font_options_destroy);
  cairo_font_options_set_hint_style(options.get(), CAIRO_HINT_STYLE_NONE);
  cairo_font_options_set_hint_metrics(options.get(), CAIRO_HINT_METRICS_OFF);
  pango_cairo_context_set_font_options(context_.get(), options.get());
  pango_cairo_context_set_resolution(context_.get(), 72);
  pango_context_set_round_glyph_positions(context_.get(), FALSE);
}

Canvas::~Canvas() {
  cairo_destroy(page_);
  cairo_surface_destroy(surface_);
}

void Canvas::Describe(const report::Document& document) {
  const auto set = [&](cairo_pdf_metadata_t key, const std::string& value) {
    cairo_pdf_surface_set_metadata(surface_, key, value.c_str());
  };
  // Cairo would write the clock otherwise.
  const std::string made =
      absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", document.made, absl::UTCTimeZone());
  set(CAIRO_PDF_METADATA_TITLE, Visible(TextOf(document.title), "\\", " "));
  set(CAIRO_PDF_METADATA_AUTHOR, Visible(document.author, "\\", " "));
  set(CAIRO_PDF_METADATA_SUBJECT, Visible(document.running, "\\", " "));
  set(CAIRO_PDF_METADATA_KEYWORDS, document.marking);
  set(CAIRO_PDF_METADATA_CREATOR, "tocsin");
  set(CAIRO_PDF_METADATA_CREATE_DATE, made);
  set(CAIRO_PDF_METADATA_MOD_DATE, made);
}

void Canvas::NextPage() {
  cairo_show_page(page_);
  ++page_number_;
}

void Canvas::Outline(int level, const std::string& text, double y) {
  const int parent = level <= 2 || chapter_ == 0 ? CAIRO_PDF_OUTLINE_ROOT : chapter_;
  const std::string place = absl::StrFormat("page=%d pos=[0 %.1f]", page_number_, y);
  const int id = cairo_pdf_surface_add_outline(surface_, parent, Visible(text, "\\", " ").c_str(),
                                               place.c_str(), CAIRO_PDF_OUTLINE_FLAG_OPEN);
  if (level <= 2) chapter_ = id;
}

void Canvas::Rule(double x1, double y, double x2, uint32_t colour, double width) {
  SetColour(page_, colour);
  cairo_set_line_width(page_, width);
  cairo_move_to(page_, x1, y);
  cairo_line_to(page_, x2, y);
  cairo_stroke(page_);
  SetColour(page_, 0);
}

void Canvas::Fill(double x, double y, double width, double height, uint32_t colour) {
  SetColour(page_, colour);
  cairo_rectangle(page_, x, y, width, height);
  cairo_fill(page_);
  SetColour(page_, 0);
}

void Canvas::DrawShape(const report::Shape& shape) {
  if (const auto* box = std::get_if<report::Box>(&shape)) {
    return Fill(box->x, box->y, box->width, box->height, ColourOf(box->ink));
  }
  if (const auto* line = std::get_if<report::Stroke>(&shape)) {
    const double dashes[] = {3, 3};
    cairo_set_dash(page_, dashes, line->dashed ? 2 : 0, 0);
    SetColour(page_, ColourOf(line->ink));
    cairo_set_line_width(page_, line->width);
    cairo_move_to(page_, line->x1, line->y1);
    cairo_line_to(page_, line->x2, line->y2);
    cairo_stroke(page_);
    cairo_set_dash(page_, dashes, 0, 0);
    return;
  }
  if (const auto* mark = std::get_if<report::Mark>(&shape)) {
    const double r = mark->radius;
    const double s = r * 1.2;
    cairo_new_path(page_);
    switch (mark->shape) {
      case report::Mark::Shape::kCircle:
        cairo_arc(page_, mark->x, mark->y, r, 0, 2 * 3.14159265358979);
        break;
      case report::Mark::Shape::kDiamond:
        cairo_move_to(page_, mark->x, mark->y - s);
        cairo_line_to(page_, mark->x + s, mark->y);
        cairo_line_to(page_, mark->x, mark->y + s);
        cairo_line_to(page_, mark->x - s, mark->y);
        cairo_close_path(page_);
        break;
      case report::Mark::Shape::kTriangle:
        cairo_move_to(page_, mark->x, mark->y - s);
        cairo_line_to(page_, mark->x + s, mark->y + s);
        cairo_line_to(page_, mark->x - s, mark->y + s);
        cairo_close_path(page_);
        break;
    }
    SetColour(page_, ColourOf(mark->ink));
    cairo_fill_preserve(page_);
    SetColour(page_, ColourOf(report::Ink::kPaper));
    cairo_set_line_width(page_, 1);
    cairo_stroke(page_);
    return;
  }
  const auto& label = std::get<report::Label>(shape);
  const Text text(context_.get(), {report::Plain(label.text)},
                  {.size = label.size, .strong = label.strong, .colour = ColourOf(label.ink)},
                  kLabelWidth);
  text.DrawLabel(page_, label.x, label.y, label.align);
}

void Canvas::Draw(const report::Picture& picture, double x, double y, double scale) {
  cairo_save(page_);
  cairo_translate(page_, x, y);
  cairo_scale(page_, scale, scale);
  for (const report::Shape& shape : picture.shapes) DrawShape(shape);
  cairo_restore(page_);
  SetColour(page_, 0);
}

bool Canvas::Finish() {
  cairo_show_page(page_);
  cairo_surface_finish(surface_);
  return cairo_status(page_) == CAIRO_STATUS_SUCCESS &&
         cairo_surface_status(surface_) == CAIRO_STATUS_SUCCESS;
}

}  // namespace tocsin::print
