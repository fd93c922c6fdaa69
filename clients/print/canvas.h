// Cairo and Pango as the pages of a report need them: measures in points, text laid out once and
// drawn line by line, so that a long cell goes on over the page. Nothing above this file sees
// either library.
#pragma once

#include <cairo.h>
#include <pango/pango.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "clients/report/document.h"
#include "clients/report/picture.h"

namespace tocsin::print {

inline constexpr double kPageWidth = 595.276;  // A4
inline constexpr double kPageHeight = 841.89;

struct Font {
  double size = 9;
  bool strong = false;
  bool code = false;
  uint32_t colour = 0x1b2430;
};

/// Text laid out in a width. Lines are drawn one at a time; a line is never split.
class Text {
 public:
  struct Drawn {
    /// Where the next line begins.
    size_t next = 0;
    double height = 0;
  };

  Text(PangoContext* context, const report::Line& line, const Font& font, double width);

  /// As many lines from `first` on as fit into `height`, at `x`, `y` (top left). At least none.
  Drawn Draw(cairo_t* page, double x, double y, size_t first, double height) const;
  /// The first line at its base line, as labels in pictures stand.
  void DrawLabel(cairo_t* page, double x, double y, report::Align align) const;
  /// Height of the lines from `first` on.
  double Height(size_t first = 0) const;
  size_t lines() const { return heights_.size(); }

 private:
  std::shared_ptr<PangoLayout> layout_;
  std::vector<double> heights_;
};

/// The surface with its one context for text. Pages come one after another.
class Canvas {
 public:
  /// Draws into `out`, which must outlive the canvas.
  explicit Canvas(std::string& out);
  ~Canvas();
  Canvas(const Canvas&) = delete;
  Canvas& operator=(const Canvas&) = delete;

  void Describe(const report::Document& document);
  Text Layout(const report::Line& line, const Font& font, double width) {
    return {context_.get(), line, font, width};
  }
  cairo_t* page() { return page_; }
  void NextPage();
  /// Of the page being drawn, from 1.
  int page_number() const { return page_number_; }
  /// An entry in the outline that leads to `y` on this page; level 2 or 3.
  void Outline(int level, const std::string& text, double y);
  void Rule(double x1, double y, double x2, uint32_t colour, double width);
  void Fill(double x, double y, double width, double height, uint32_t colour);
  void Draw(const report::Picture& picture, double x, double y, double scale);
  /// Ends the last page and the file. False when Cairo met an error.
  bool Finish();

 private:
  void DrawShape(const report::Shape& shape);

  cairo_surface_t* surface_;
  cairo_t* page_;
  std::shared_ptr<PangoContext> context_;
  int page_number_ = 1;
  int chapter_ = 0;
};

}  // namespace tocsin::print
