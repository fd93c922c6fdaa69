#include "clients/core/csv.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_replace.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"

namespace tocsin::client {
namespace {

absl::Status Broken(size_t line, std::string_view what) {
  return InvalidArgument("CSV_BROKEN", absl::StrCat("line ", line, ": ", std::string(what)),
                         "Correct that line.");
}

// Reads record by record.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {
    if (rest_.substr(0, 3) == "\xEF\xBB\xBF") rest_.remove_prefix(3);
  }

  bool AtEnd() const { return rest_.empty(); }
  size_t line() const { return line_; }

  absl::StatusOr<std::vector<std::string>> Record() {
    std::vector<std::string> fields;
    for (;;) {
      TOCSIN_ASSIGN_OR_RETURN(std::string field, Field());
      fields.push_back(std::move(field));
      if (rest_.empty()) return fields;
      const char separator = rest_[0];
      rest_.remove_prefix(1);
      if (separator == ',') continue;
      if (separator == '\r' && !rest_.empty() && rest_[0] == '\n') rest_.remove_prefix(1);
      ++line_;
      return fields;
    }
  }

 private:
  absl::StatusOr<std::string> Field() {
    if (rest_.empty() || rest_[0] != '"') {
      const size_t end = std::min(rest_.find_first_of(",\r\n"), rest_.size());
      std::string field(rest_.substr(0, end));
      rest_.remove_prefix(end);
      return field;
    }
    const size_t start = line_;
    std::string field;
    for (rest_.remove_prefix(1);;) {
      const size_t quote = rest_.find('"');
      if (quote == std::string_view::npos) return Broken(start, "a quote is not closed");
      field.append(rest_.substr(0, quote));
      rest_.remove_prefix(quote + 1);
      if (rest_.empty() || rest_[0] != '"') break;
      field += '"';
      rest_.remove_prefix(1);
    }
    line_ += static_cast<size_t>(std::count(field.begin(), field.end(), '\n'));
    if (!rest_.empty() && std::string_view(",\r\n").find(rest_[0]) == std::string_view::npos) {
      return Broken(line_, "text after a closing quote");
    }
    return field;
  }

  std::string_view rest_;
  size_t line_ = 1;
};

}  // namespace

absl::StatusOr<std::vector<CsvRow>> ParseCsv(std::string_view text,
                                             const std::vector<std::string>& required) {
  Reader reader(text);
  if (reader.AtEnd()) return Broken(1, "the file is empty");
  TOCSIN_ASSIGN_OR_RETURN(const std::vector<std::string> header, reader.Record());
  for (const std::string& name : required) {
    if (std::find(header.begin(), header.end(), name) == header.end()) {
      return InvalidArgument("CSV_COLUMN_MISSING", absl::StrCat("there is no column '", name, "'"),
                             "Check that it is the file you mean, and its header line.");
    }
  }
  std::vector<CsvRow> rows;
  while (!reader.AtEnd()) {
    CsvRow row{.line = reader.line(), .fields = {}};
    TOCSIN_ASSIGN_OR_RETURN(const std::vector<std::string> fields, reader.Record());
    if (fields.size() == 1 && fields[0].empty()) continue;  // an empty line
    if (fields.size() != header.size()) {
      return Broken(row.line, absl::StrCat(fields.size(), " fields instead of ", header.size()));
    }
    for (size_t i = 0; i < header.size(); ++i) row.fields[header[i]] = fields[i];
    rows.push_back(std::move(row));
  }
  return rows;
}

std::string FormatCsvRow(const std::vector<std::string>& fields) {
  std::string row;
  for (const std::string& field : fields) {
    if (&field != &fields.front()) row += ',';
    double number = 0;
    const bool formula = !field.empty() &&
                         std::string_view("=+-@\t\r").find(field.front()) != std::string::npos &&
                         !absl::SimpleAtod(field, &number);
    const bool quoted = field.find_first_of(",\"\r\n") != std::string::npos;
    std::string text = formula ? "'" + field : field;
    if (quoted) text = absl::StrCat("\"", absl::StrReplaceAll(text, {{"\"", "\"\""}}), "\"");
    row += text;
  }
  return row + "\r\n";
}

}  // namespace tocsin::client
