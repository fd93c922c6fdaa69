#include "clients/convert/csv_table.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/base/view.h"

namespace tocsin::convert {
namespace {

absl::Status Broken(size_t line, std::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("line ", line, ": ", ToAbsl(what)));
}

char SeparatorOf(std::string_view text) {
  std::map<char, size_t> counts;
  bool quoted = false;
  for (const char c : text) {
    if (c == '"') quoted = !quoted;
    if (c == '\n' && !quoted) break;
    if (!quoted) ++counts[c];
  }
  char best = ',';
  for (const char c : {';', '\t'}) {
    if (counts[c] > counts[best]) best = c;
  }
  return best;
}

// Reads record by record.
class Reader {
 public:
  explicit Reader(std::string_view text)
      : rest_(text), separator_(SeparatorOf(text)), ends_({separator_, '\r', '\n'}) {}

  bool AtEnd() const { return rest_.empty(); }
  size_t line() const { return line_; }

  absl::StatusOr<std::vector<std::string>> Record() {
    std::vector<std::string> cells;
    for (;;) {
      TOCSIN_ASSIGN_OR_RETURN(std::string cell, Cell(cells.size() + 1));
      cells.push_back(std::move(cell));
      if (rest_.empty()) return cells;
      const char end = rest_.front();
      rest_.remove_prefix(1);
      if (end == separator_) continue;
      if (end == '\r' && rest_.substr(0, 1) == "\n") rest_.remove_prefix(1);
      ++line_;
      return cells;
    }
  }

 private:
  absl::StatusOr<std::string> Cell(size_t number) {
    if (rest_.substr(0, 1) != "\"") {
      const size_t end = std::min(rest_.find_first_of(ends_), rest_.size());
      std::string cell(rest_.substr(0, end));
      rest_.remove_prefix(end);
      return cell;
    }
    const size_t start = line_;
    std::string cell;
    for (rest_.remove_prefix(1);;) {
      const size_t quote = rest_.find('"');
      if (quote == std::string_view::npos) {
        return Broken(start, absl::StrCat("field ", number, ": a quote is not closed"));
      }
      cell.append(rest_.substr(0, quote));
      rest_.remove_prefix(quote + 1);
      if (rest_.substr(0, 1) != "\"") break;
      cell += '"';
      rest_.remove_prefix(1);
    }
    line_ += static_cast<size_t>(std::count(cell.begin(), cell.end(), '\n'));
    if (!rest_.empty() && ends_.find(rest_.front()) == std::string::npos) {
      return Broken(line_, absl::StrCat("field ", number, ": text after a closing quote"));
    }
    return cell;
  }

  std::string_view rest_;
  const char separator_;
  const std::string ends_;
  size_t line_ = 1;
};

std::string Shown(const std::string& name) {
  constexpr size_t kShownBytesMax = 64;
  return name.size() <= kShownBytesMax && CheckLine("", name).ok() ? absl::StrCat("'", name, "'")
                                                                   : "a column";
}

absl::Status NameColumns(std::vector<std::string>& header) {
  std::map<std::string, size_t> seen;
  for (size_t i = 0; i < header.size(); ++i) {
    std::string& name = header[i];
    name = std::string(absl::StripAsciiWhitespace(name));
    if (name.empty()) name = absl::StrCat("column_", i + 1);
    const auto [first, fresh] = seen.emplace(name, i + 1);
    if (fresh) continue;
    return Broken(1, absl::StrCat(Shown(name), " is the header of columns ", first->second, " and ",
                                  i + 1, "; give each its own"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<CsvTable> ReadCsvTable(std::string_view text) {
  Reader reader(text);
  CsvTable table;
  TOCSIN_ASSIGN_OR_RETURN(table.header, reader.Record());
  TOCSIN_RETURN_IF_ERROR(NameColumns(table.header));
  while (!reader.AtEnd()) {
    CsvTable::Row row{.line = reader.line(), .cells = {}};
    TOCSIN_ASSIGN_OR_RETURN(row.cells, reader.Record());
    if (row.cells.size() == 1 && absl::StripAsciiWhitespace(row.cells[0]).empty()) continue;
    if (row.cells.size() != table.header.size()) {
      return Broken(row.line, absl::StrCat("has ", row.cells.size(), " fields, the header has ",
                                           table.header.size()));
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

}  // namespace tocsin::convert
