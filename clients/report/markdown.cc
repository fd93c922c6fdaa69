#include "clients/report/markdown.h"

#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "clients/report/markdown_text.h"
#include "server/base/view.h"

namespace tocsin::report {
namespace {

// Inert trims; the blanks at the ends of a span keep it from its neighbours.
std::string InertSpan(const std::string& text) {
  const std::string inert = Inert(text);
  if (inert.empty()) return text.empty() ? "" : " ";
  const auto blank = [](char c) { return absl::ascii_isspace(static_cast<unsigned char>(c)); };
  return absl::StrCat(blank(text.front()) ? " " : "", inert, blank(text.back()) ? " " : "");
}

std::string Marked(std::string_view mark, const std::string& text) {
  const std::string inert = Inert(text);
  if (inert.empty()) return "";
  return absl::StrCat(ToAbsl(mark), inert, ToAbsl(mark));
}

std::string SpanText(const Span& span) {
  switch (span.style) {
    case Style::kPlain:
      return InertSpan(span.text);
    case Style::kStrong:
      return absl::StrCat("**", InertSpan(span.text), "**");
    case Style::kEmphasis:
      return Marked("*", absl::StrCat("(", span.text, ")"));
    case Style::kStruck:
      return Marked("~~", span.text);
    case Style::kCode:
      return CodeSpan(span.text);
    case Style::kSource:
      return SourceLink(span.text);
    case Style::kEntry:
      return absl::StrCat("#", span.text);
  }
  return "";
}

std::string LineText(const Line& line) {
  std::string out;
  for (const Span& span : line) out += SpanText(span);
  return std::string(absl::StripAsciiWhitespace(out));
}

class Writer {
 public:
  explicit Writer(const Document& document) {
    out_ = absl::StrCat("# ", LineText(document.title), "\n");
    if (document.marking.empty()) return;
    Part(absl::StrCat("**", document.drill, document.drill.empty() ? "" : " · ", document.marking,
                      "**"));
  }

  void operator()(const Heading& heading) {
    Part(absl::StrCat(std::string(static_cast<size_t>(heading.level), '#'), " ",
                      LineText(heading.text)));
  }
  void operator()(const Paragraph& paragraph) { Part(LineText(paragraph.text)); }
  void operator()(const Notice& notice) {
    Part(absl::StrCat(LineText(notice.strong), notice.rest.empty() ? "" : " ",
                      LineText(notice.rest)));
  }
  void operator()(const Bullets& bullets) {
    out_ += "\n";
    for (const Line& item : bullets.items) absl::StrAppend(&out_, "- ", LineText(item), "\n");
  }
  void operator()(const Verbatim& verbatim) {
    // A note holds no backtick: base64, a name without blanks, a dash. What does is shown inert
    // instead.
    const bool safe = verbatim.text.find('`') == std::string::npos;
    Part(safe ? absl::StrCat("```text\n", verbatim.text, "```") : Inert(verbatim.text));
  }
  void operator()(const Table& table) {
    std::vector<std::string> heads;
    for (const Column& column : table.columns) heads.push_back(Inert(column.head));
    absl::StrAppend(&out_, "\n| ", absl::StrJoin(heads, " | "), " |\n|");
    for (size_t i = 0; i < heads.size(); ++i) out_ += "---|";
    out_ += "\n";
    for (const Row& row : table.rows) {
      for (const Line& cell : row.cells) absl::StrAppend(&out_, "| ", LineText(cell), " ");
      out_ += "|\n";
    }
  }
  void operator()(const Figure& /*figure*/) {}
  std::string Take() { return std::move(out_); }

 private:
  void Part(const std::string& text) { absl::StrAppend(&out_, "\n", text, "\n"); }

  std::string out_;
};

template <typename Kind>
bool Holds(const std::vector<Block>& blocks, size_t at) {
  return at < blocks.size() && std::holds_alternative<Kind>(blocks[at]);
}

// The heading of a figure and of nothing else: it goes with the figure.
bool HeadsFigureAlone(const std::vector<Block>& blocks, size_t at) {
  return Holds<Heading>(blocks, at) && Holds<Figure>(blocks, at + 1) &&
         (at + 2 == blocks.size() || Holds<Heading>(blocks, at + 2));
}

}  // namespace

std::string RenderMarkdown(const Document& document) {
  Writer writer(document);
  for (size_t i = 0; i < document.blocks.size(); ++i) {
    if (!HeadsFigureAlone(document.blocks, i)) std::visit(writer, document.blocks[i]);
  }
  return writer.Take();
}

}  // namespace tocsin::report
