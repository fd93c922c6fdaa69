#include "clients/report/html.h"

#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "clients/report/embedded_files.h"
#include "clients/report/gzip.h"
#include "clients/report/html_text.h"
#include "clients/report/svg.h"
#include "server/base/code_points.h"
#include "server/base/digest.h"
#include "server/base/encoding.h"
#include "server/base/error.h"
#include "server/base/view.h"

namespace tocsin::report {
namespace {

constexpr std::string_view kBundleStart = "<a id=\"tocsin-bundle\" download=\"";
constexpr std::string_view kDataStart = "\" href=\"data:application/gzip;base64,";

std::string EntryLink(const std::string& number, bool linked) {
  if (!linked) return absl::StrCat("#", number);
  return absl::StrCat("<a href=\"#e", number, "\">#", number, "</a>");
}

class Writer {
 public:
  Writer(const Document& document, std::string& out) : document_(document), out_(out) {
    for (const Block& block : document.blocks) {
      const Table* table = std::get_if<Table>(&block);
      if (table == nullptr) continue;
      for (const Row& row : table->rows) has_timeline_ = has_timeline_ || row.entry != 0;
    }
  }

  void operator()(const Heading& heading) {
    const std::string tag = absl::StrCat("h", heading.level);
    absl::StrAppend(&out_, "<", tag, ">", Text(heading.text), "</", tag, ">\n");
  }
  void operator()(const Paragraph& paragraph) {
    absl::StrAppend(&out_, "<p>", Text(paragraph.text), "</p>\n");
  }
  void operator()(const Notice& notice) {
    absl::StrAppend(&out_, "<p class=\"notice\">", Text(notice.strong),
                    notice.rest.empty() ? "" : " ", Text(notice.rest), "</p>\n");
  }
  void operator()(const Bullets& bullets) {
    out_ += "<ul>\n";
    for (const Line& item : bullets.items) absl::StrAppend(&out_, "<li>", Text(item), "</li>\n");
    out_ += "</ul>\n";
  }
  void operator()(const Verbatim& verbatim) {
    absl::StrAppend(&out_, "<pre tabindex=\"0\">", EscapeHtml(verbatim.text, "\n"), "</pre>\n");
  }
  void operator()(const Figure& figure) {
    absl::StrAppend(
        &out_, "<figure>\n<div class=\"wide\" tabindex=\"0\" role=\"group\" aria-label=\"",
        EscapeHtml(figure.picture.title), "\">\n",
        RenderSvg(figure.picture, absl::StrCat("figure-", ++figures_)), "</div>\n<figcaption>");
    absl::StrAppend(&out_, EscapeHtml(figure.caption), "</figcaption>\n</figure>\n");
  }
  void operator()(const Table& table) {
    // What moves sideways must be reachable without a mouse, and so has a name.
    absl::StrAppend(&out_, "<div class=\"wide\" tabindex=\"0\" role=\"group\" aria-label=\"",
                    EscapeHtml(table.caption), "\">\n<table", table.facts ? " class=\"facts\"" : "",
                    ">\n<caption>", EscapeHtml(table.caption), "</caption>\n");
    if (!table.facts) {
      Widths(table);
      Heads(table);
    }
    out_ += "<tbody>\n";
    for (const Row& row : table.rows) TableRow(table, row);
    out_ += "</tbody>\n</table>\n</div>\n";
  }

 private:
  std::string Text(const Line& line) const {
    std::string out;
    for (const Span& span : line) out += Text(span);
    return out;
  }
  std::string Text(const Span& span) const {
    const auto in = [&](std::string_view tag) {
      return absl::StrCat("<", ToAbsl(tag), ">", EscapeHtml(span.text, "<br>"), "</", ToAbsl(tag),
                          ">");
    };
    switch (span.style) {
      case Style::kPlain:
        return EscapeHtml(span.text, "<br>");
      case Style::kStrong:
        return in("strong");
      case Style::kEmphasis:
        return in("em");
      case Style::kStruck:
        return span.text.empty() ? "" : in("s");
      case Style::kCode:
        return span.text.empty() ? "" : in("code");
      case Style::kSource:
        if (!IsPlainAddress(span.text)) return EscapeHtml(span.text, "<br>");
        return absl::StrCat("<a rel=\"noopener noreferrer nofollow\" href=\"",
                            EscapeHtml(span.text), "\">", EscapeHtml(span.text), "</a>");
      case Style::kEntry:
        return EntryLink(EscapeHtml(span.text), has_timeline_);
    }
    return "";
  }

  // Shares in steps of 5 %, the main column takes the rest: a word without an end in one column
  // takes no room from the others.
  void Widths(const Table& table) {
    int weights = 0;
    for (const Column& column : table.columns) {
      if (column.place != Place::kUnder) weights += column.weight;
    }
    out_ += "<colgroup>";
    for (const Column& column : table.columns) {
      if (column.place == Place::kUnder) continue;
      const int share = std::max(1, (column.weight * 20 + weights / 2) / weights);
      out_ += column.place == Place::kMain ? "<col>" : absl::StrCat("<col class=\"w", share, "\">");
    }
    out_ += "</colgroup>\n";
  }

  void Heads(const Table& table) {
    out_ += "<thead><tr>";
    for (const Column& column : table.columns) {
      if (column.place == Place::kUnder) continue;
      absl::StrAppend(&out_, "<th scope=\"col\">", EscapeHtml(column.head), "</th>");
    }
    out_ += "</tr></thead>\n";
  }

  void TableRow(const Table& table, const Row& row) {
    out_ += row.entry == 0 ? "<tr>" : absl::StrCat("<tr id=\"e", row.entry, "\">");
    for (size_t i = 0; i < row.cells.size(); ++i) {
      const Place place = table.columns[i].place;
      if (place == Place::kUnder) continue;
      const bool names = table.facts && i == 0;
      absl::StrAppend(&out_, names ? "<th scope=\"row\">" : "<td");
      // Where the table is narrow each cell stands alone; an entry of the timeline explains itself.
      const bool alone = !table.facts && place == Place::kOwn && row.entry == 0;
      if (alone) absl::StrAppend(&out_, " data-head=\"", EscapeHtml(table.columns[i].head), "\"");
      absl::StrAppend(&out_, names ? "" : ">", Text(row.cells[i]));
      if (place == Place::kMain) Under(table, row);
      out_ += names ? "</th>" : "</td>";
    }
    out_ += "</tr>\n";
  }

  void Under(const Table& table, const Row& row) {
    bool first = true;
    for (size_t i = 0; i < row.cells.size(); ++i) {
      if (table.columns[i].place != Place::kUnder || TextOf(row.cells[i]).empty()) continue;
      absl::StrAppend(&out_, std::exchange(first, false) ? "<p class=\"under\">" : " · ",
                      EscapeHtml(table.columns[i].head), ": ", Text(row.cells[i]));
    }
    if (!first) out_ += "</p>";
  }

  const Document& document_;
  std::string& out_;
  bool has_timeline_ = false;
  int figures_ = 0;
};

absl::Status NoBundle(std::string_view what) {
  return InvalidArgument("NO_BUNDLE_INSIDE",
                         absl::StrCat("the page holds no bundle: ", ToAbsl(what)),
                         "give the file as `tocsin export --format html` wrote it");
}

}  // namespace

std::string RenderHtml(const Document& document, std::string_view bundle, std::string_view name,
                       std::string_view save_words) {
  const std::string style(ReportStyle());
  const std::string title = EscapeHtml(TextOf(document.title));
  const std::string banner = EscapeHtml(
      absl::StrCat(document.drill, document.drill.empty() ? "" : " · ", document.marking));
  std::string out = absl::StrCat(
      "<!DOCTYPE html>\n<html lang=\"", document.language,
      "\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
      "'sha256-",
      Base64Encode(Sha256(style).view()), "'; base-uri 'none'; form-action 'none'\">\n");
  absl::StrAppend(&out,
                  "<meta name=\"referrer\" content=\"no-referrer\">\n"
                  "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                  "<meta name=\"generator\" content=\"tocsin\">\n<title>",
                  title, "</title>\n<style>", style, "</style>\n</head>\n<body>\n");
  absl::StrAppend(&out, "<header>\n<p class=\"banner", document.drill.empty() ? "" : " drill",
                  "\">", banner, "</p>\n</header>\n<main>\n<h1>", title, "</h1>\n");
  Writer writer(document, out);
  for (const Block& block : document.blocks) std::visit(writer, block);
  absl::StrAppend(&out, "</main>\n<footer>\n<p>", EscapeHtml(document.running), "</p>\n");
  if (!bundle.empty()) {
    absl::StrAppend(&out, "<p>", EscapeHtml(save_words), " ", ToAbsl(kBundleStart),
                    EscapeHtml(name), "-bundle.json.gz");
    absl::StrAppend(&out, ToAbsl(kDataStart), Base64Encode(Gzip(bundle)), "\">", EscapeHtml(name),
                    "-bundle.json.gz</a></p>\n");
  }
  out += "</footer>\n</body>\n</html>\n";
  return out;
}

bool IsHtmlReport(std::string_view text) {
  return absl::StartsWith(ToAbsl(text), "<!DOCTYPE html>");
}

absl::StatusOr<std::string> BundleInHtml(std::string_view text, size_t bytes_max) {
  // Nothing that a person wrote can hold this: their quotes and brackets are escaped.
  const size_t start = text.find(kBundleStart);
  if (start == std::string_view::npos) return NoBundle("the link is not there");
  if (text.find(kBundleStart, start + 1) != std::string_view::npos) {
    return NoBundle("there are several links");
  }
  const size_t data = text.find(kDataStart, start);
  const size_t end = data == text.npos ? text.npos : text.find('"', data + kDataStart.size());
  if (end == std::string_view::npos) return NoBundle("the link is damaged");
  const size_t from = data + kDataStart.size();
  const std::optional<std::string> packed = Base64Decode(text.substr(from, end - from));
  if (!packed) return NoBundle("the link is damaged");
  std::optional<std::string> bundle = Gunzip(*packed, bytes_max);
  if (!bundle) return NoBundle("it is damaged or too large");
  return *std::move(bundle);
}

}  // namespace tocsin::report
