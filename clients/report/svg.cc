#include "clients/report/svg.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "clients/report/html_text.h"
#include "server/base/view.h"

namespace tocsin::report {
namespace {

// At most two decimals, none that say nothing: 10,000 marks make it worth it.
std::string Number(double value) {
  std::string text = absl::StrFormat("%.2f", value);
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text == "-0" ? "0" : text;
}

std::string Colour(Ink ink) {
  return absl::StrFormat("#%06x", ColourOf(ink));
}

std::string Points(const Mark& mark) {
  const double r = mark.radius * 1.2;
  const auto point = [&](double dx, double dy) {
    return absl::StrCat(Number(mark.x + dx), ",", Number(mark.y + dy));
  };
  if (mark.shape == Mark::Shape::kTriangle) {
    return absl::StrCat(point(0, -r), " ", point(r, r), " ", point(-r, r));
  }
  return absl::StrCat(point(0, -r), " ", point(r, 0), " ", point(0, r), " ", point(-r, 0));
}

class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}

  void operator()(const Box& box) {
    absl::StrAppend(&out_, "<rect x=\"", Number(box.x), "\" y=\"", Number(box.y), "\" width=\"",
                    Number(box.width), "\" height=\"", Number(box.height), "\" fill=\"",
                    Colour(box.ink), "\"/>\n");
  }
  void operator()(const Stroke& line) {
    absl::StrAppend(&out_, "<line x1=\"", Number(line.x1), "\" y1=\"", Number(line.y1), "\" x2=\"",
                    Number(line.x2), "\" y2=\"", Number(line.y2), "\" stroke=\"");
    absl::StrAppend(&out_, Colour(line.ink), "\" stroke-width=\"", Number(line.width), "\"",
                    line.dashed ? " stroke-dasharray=\"3 3\"" : "", "/>\n");
  }
  void operator()(const Mark& mark) {
    const bool round = mark.shape == Mark::Shape::kCircle;
    if (round) {
      absl::StrAppend(&out_, "<circle cx=\"", Number(mark.x), "\" cy=\"", Number(mark.y), "\" r=\"",
                      Number(mark.radius), "\"");
    } else {
      absl::StrAppend(&out_, "<polygon points=\"", Points(mark), "\"");
    }
    absl::StrAppend(&out_, " fill=\"", Colour(mark.ink), "\" stroke=\"", Colour(Ink::kPaper),
                    "\"><title>", EscapeHtml(mark.title),
                    round ? "</title></circle>\n" : "</title></polygon>\n");
  }
  void operator()(const Label& label) {
    const char* anchor = label.align == Align::kStart    ? "start"
                         : label.align == Align::kMiddle ? "middle"
                                                         : "end";
    absl::StrAppend(&out_, "<text x=\"", Number(label.x), "\" y=\"", Number(label.y),
                    "\" font-size=\"", Number(label.size), "\" text-anchor=\"", anchor);
    absl::StrAppend(&out_, "\" fill=\"", Colour(label.ink), "\"",
                    label.strong ? " font-weight=\"600\"" : "", ">", EscapeHtml(label.text),
                    "</text>\n");
  }

 private:
  std::string& out_;
};

}  // namespace

std::string RenderSvg(const Picture& picture, std::string_view id) {
  std::string out =
      absl::StrCat("<svg role=\"img\" aria-labelledby=\"", ToAbsl(id), "-title ", ToAbsl(id),
                   "-text\" viewBox=\"0 0 ", Number(picture.width), " ", Number(picture.height));
  absl::StrAppend(&out, "\" width=\"", Number(picture.width), "\" height=\"",
                  Number(picture.height), "\" font-family=\"sans-serif\">\n<title id=\"",
                  ToAbsl(id), "-title\">", EscapeHtml(picture.title), "</title>\n<desc id=\"");
  absl::StrAppend(&out, ToAbsl(id), "-text\">", EscapeHtml(picture.description), "</desc>\n");
  Writer writer(out);
  for (const Shape& shape : picture.shapes) std::visit(writer, shape);
  return out + "</svg>\n";
}

}  // namespace tocsin::report
