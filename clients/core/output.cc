#include "clients/core/output.h"

#include <google/protobuf/util/json_util.h>

#include <algorithm>

#include "clients/core/terminal_text.h"
#include "server/base/check.h"

namespace tocsin::client {
namespace {

constexpr size_t kGap = 2;
// A last column that is cut to less than this shows nothing useful: it rather gets a line of its
// own.
constexpr size_t kColumnMin = 24;
// Of a row's further lines.
constexpr size_t kIndent = 6;

const char* EscapeSequence(Colour colour) {
  switch (colour) {
    case Colour::kNone:
      return "";
    case Colour::kBold:
      return "\x1b[1m";
    case Colour::kRed:
      return "\x1b[31m";
    case Colour::kYellow:
      return "\x1b[33m";
    case Colour::kGreen:
      return "\x1b[32m";
    case Colour::kGrey:
      return "\x1b[90m";
  }
  return "";
}

// Rows of cells that do not fit side by side: as many columns as fit are aligned, the others follow
// in indented lines, and only a cell that is wider than a line is cut.
std::string Stacked(const OutputStyle& style, const std::vector<std::vector<Cell>>& rows,
                    const std::vector<size_t>& widths) {
  size_t aligned = 0;
  size_t used = 0;
  while (aligned < widths.size() && used + widths[aligned] <= style.width) {
    used += widths[aligned++] + kGap;
  }
  std::string out;
  for (const std::vector<Cell>& row : rows) {
    size_t at = 0;     // columns of the line that are taken
    size_t begin = 0;  // where the next cell stands
    bool first = true;
    for (size_t i = 0; i < row.size(); ++i) {
      const size_t room = style.width - std::min(style.width, at == 0 ? begin : kIndent);
      const std::string text = Truncate(row[i].text, std::max<size_t>(room, 1));
      const size_t width = DisplayWidth(text);
      if (!text.empty()) {
        if (at > 0 && ((first && i >= aligned) || begin + width > style.width)) {
          out += "\n";
          first = false;
          at = 0;
          begin = kIndent;
        }
        out.append(begin - at, ' ');
        out += Paint(style, row[i].colour, text);
        at = begin + width;
      }
      begin = i < aligned ? begin + widths[i] + kGap : at + kGap;
    }
    out += "\n";
  }
  return out;
}

}  // namespace

std::optional<OutputFormat> ParseOutputFormat(std::string_view text) {
  if (text == "table") return OutputFormat::kTable;
  if (text == "wide") return OutputFormat::kWide;
  if (text == "yaml") return OutputFormat::kYaml;
  if (text == "json") return OutputFormat::kJson;
  if (text == "jsonl") return OutputFormat::kJsonl;
  if (text == "id") return OutputFormat::kId;
  return std::nullopt;
}

std::string Paint(const OutputStyle& style, Colour colour, std::string_view text) {
  if (!style.colour || colour == Colour::kNone) return std::string(text);
  return std::string(EscapeSequence(colour)) + std::string(text) + "\x1b[0m";
}

void Table::Add(std::vector<Cell> row) {
  TOCSIN_CHECK(row.size() == headings_.size());
  rows_.push_back(std::move(row));
}

std::string Table::Render(const OutputStyle& style) const {
  std::vector<std::vector<Cell>> rows;
  std::vector<Cell> head;
  for (const std::string& heading : headings_) head.emplace_back(heading, Colour::kBold);
  rows.push_back(std::move(head));
  rows.insert(rows.end(), rows_.begin(), rows_.end());
  return RenderRows(style, std::move(rows));
}

std::string Table::RenderBody(const OutputStyle& style) const {
  return RenderRows(style, rows_);
}

std::string Table::RenderRows(const OutputStyle& style, std::vector<std::vector<Cell>> rows) const {
  std::vector<size_t> widths(headings_.size(), 0);
  for (std::vector<Cell>& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) {
      row[i].text = EscapeText(row[i].text);
      widths[i] = std::max(widths[i], DisplayWidth(row[i].text));
    }
  }
  size_t before_last = 0;
  for (size_t i = 0; i + 1 < widths.size(); ++i) before_last += widths[i] + kGap;
  const size_t room = style.width > before_last ? style.width - before_last : 0;
  const size_t last_width = widths.empty() ? 0 : widths.back();
  // Too narrow for the columns side by side: a row goes on in further lines.
  if (style.width > 0 && room < std::min(last_width, kColumnMin) && room + kIndent < style.width) {
    return Stacked(style, rows, widths);
  }
  std::string out;
  for (const std::vector<Cell>& row : rows) {
    std::string line;
    size_t blanks = 0;
    for (size_t i = 0; i < row.size(); ++i) {
      const bool cut = style.width > 0 && i + 1 == row.size();
      const std::string text = cut ? Truncate(row[i].text, room) : row[i].text;
      if (!text.empty()) {
        line.append(blanks, ' ');
        blanks = 0;
        line += Paint(style, row[i].colour, text);
      }
      blanks += widths[i] - std::min(widths[i], DisplayWidth(text)) + kGap;
    }
    out += line + "\n";
  }
  return out;
}

std::string ToJson(const google::protobuf::Message& message, bool indent) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  options.always_print_primitive_fields = true;
  options.add_whitespace = indent;
  std::string json;
  // Fails only for a google.protobuf.Any of an unknown type, which no message of the API holds.
  TOCSIN_CHECK(google::protobuf::util::MessageToJsonString(message, &json, options).ok());
  while (!json.empty() && json.back() == '\n') json.pop_back();
  return json;
}

}  // namespace tocsin::client
