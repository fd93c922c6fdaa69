// How results are shown: as an aligned table for people, or in a stable form for programs. Cells of
// a table are escaped here, so that no caller can forget it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace google::protobuf {
class Message;
}

namespace tocsin::client {

/// kWide: the table with every column that the verb has, never cut to the terminal.
enum class OutputFormat { kTable, kWide, kJson, kJsonl, kYaml, kId };

/// table, wide, json, jsonl, yaml, id; nullopt for another word.
std::optional<OutputFormat> ParseOutputFormat(std::string_view text);

/// What the output can show.
struct OutputStyle {
  bool colour = false;
  /// Columns to cut tables to; 0: never cut (the output is not a terminal).
  size_t width = 0;
};

enum class Colour { kNone, kBold, kRed, kYellow, kGreen, kGrey };

/// `text` in a colour, or as it is when the style has none. Does not escape.
std::string Paint(const OutputStyle& style, Colour colour, std::string_view text);

/// One cell. A string converts to a plain one.
struct Cell {
  // NOLINTNEXTLINE(google-explicit-constructor): a row is written as a list of strings
  Cell(std::string cell_text, Colour cell_colour = Colour::kNone)
      : text(std::move(cell_text)), colour(cell_colour) {}
  // NOLINTNEXTLINE(google-explicit-constructor): a row is written as a list of strings
  Cell(const char* cell_text) : text(cell_text) {}

  std::string text;
  Colour colour = Colour::kNone;
};

/// Rows under headings, columns aligned by display width, two blanks between. The last column gives
/// way when the terminal is too narrow.
class Table {
 public:
  explicit Table(std::vector<std::string> headings) : headings_(std::move(headings)) {}

  /// As many cells as headings (checked).
  void Add(std::vector<Cell> row);
  bool empty() const { return rows_.empty(); }
  /// All lines, each with its newline. Cell text is escaped here.
  std::string Render(const OutputStyle& style) const;
  /// The same without the headings.
  std::string RenderBody(const OutputStyle& style) const;

 private:
  std::string RenderRows(const OutputStyle& style, std::vector<std::vector<Cell>> rows) const;

  std::vector<std::string> headings_;
  std::vector<std::vector<Cell>> rows_;
};

/// The message as JSON with the names of the .proto file, every field present, 64-bit integers as
/// text.
std::string ToJson(const google::protobuf::Message& message, bool indent);

}  // namespace tocsin::client
