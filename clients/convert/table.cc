// Tables: Timesketch's CSV, whose columns are known, and any other by a mapping. One row is one
// entry; all rows are one incident.
#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "clients/convert/csv_table.h"
#include "clients/convert/formats.h"
#include "clients/convert/recorder.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/base/view.h"

namespace tocsin::convert {
namespace {

constexpr size_t kNoColumn = static_cast<size_t>(-1);
// What a Timesketch file can have instead of datetime: microseconds since 1970.
constexpr const char* kTimestamp = "timestamp";

class Reader {
 public:
  Reader(const Options& options, Conversion& out)
      : options_(options), out_(out), recorder_(options, out) {}

  absl::Status Read(const CsvTable& table);

 private:
  absl::Status Wrong(size_t line, std::string_view what) const {
    return BadFile(options_.file, absl::StrCat("line ", line), what);
  }
  absl::Status FindColumns(const CsvTable& table);
  absl::Status FindColumn(const CsvTable& table, const std::string& key, const std::string& header);
  // The cell of `key` in this row; empty when no column is it.
  std::string CellOf(const CsvTable::Row& row, const std::string& key) const {
    const auto column = columns_.find(key);
    return column == columns_.end() ? std::string() : row.cells[column->second];
  }
  absl::StatusOr<std::optional<SourceTime>> TimeOf(const CsvTable::Row& row, Draft& draft);
  absl::Status SetKind(const CsvTable::Row& row, Draft& draft);
  absl::Status SetTlp(const CsvTable::Row& row, Draft& draft) const;
  absl::Status SetPrecision(const CsvTable::Row& row, Draft& draft) const;
  absl::Status AddRow(const CsvTable& table, const CsvTable::Row& row);

  const Options& options_;
  Conversion& out_;
  Recorder recorder_;
  std::map<std::string, size_t> columns_;
  size_t timestamp_ = kNoColumn;
};

absl::Status Reader::FindColumn(const CsvTable& table, const std::string& key,
                                const std::string& header) {
  const auto found = std::find(table.header.begin(), table.header.end(), header);
  if (found == table.header.end()) {
    const std::string nearest = NearestWord(header, table.header);
    return Wrong(
        1, absl::StrCat("there is no column '", recorder_.Title(header), "' for ", key,
                        nearest.empty() ? "" : absl::StrCat("; did you mean '", nearest, "'?"),
                        nearest.empty() ? "; name the one that holds it: --column " : "",
                        nearest.empty() ? absl::StrCat(key, "=HEADER") : ""));
  }
  const auto column = static_cast<size_t>(found - table.header.begin());
  for (const auto& [other, taken] : columns_) {
    if (taken == column) {
      return Wrong(1, absl::StrCat("the column '", recorder_.Title(header), "' is named for ",
                                   other, " and for ", key));
    }
  }
  columns_[key] = column;
  return absl::OkStatus();
}

absl::Status Reader::FindColumns(const CsvTable& table) {
  const bool timesketch = out_.format == SourceFormat::kTimesketch;
  std::map<std::string, std::string> wanted = options_.mapping.columns;
  const auto has = [&table](std::string_view name) {
    return std::find(table.header.begin(), table.header.end(), name) != table.header.end();
  };
  const std::map<std::string, std::string> known =
      timesketch ? std::map<std::string, std::string>{{"time", "datetime"},
                                                      {"text", "message"},
                                                      {"id", "_id"}}
                 : std::map<std::string, std::string>{};
  for (const std::string& key : CsvKeys()) {
    if (wanted.contains(key)) continue;
    const auto usual = known.find(key);
    const std::string header = usual == known.end() ? key : usual->second;
    if (timesketch && usual == known.end()) continue;
    // The text must be there; the others need not.
    if (has(header) || key == "text") wanted[key] = header;
  }
  for (const auto& [key, header] : wanted) {
    TOCSIN_RETURN_IF_ERROR(FindColumn(table, key, header));
  }
  if (timesketch && has(kTimestamp)) {
    const auto found = std::find(table.header.begin(), table.header.end(), kTimestamp);
    timestamp_ = static_cast<size_t>(found - table.header.begin());
  }
  if (!columns_.contains("time") && timestamp_ == kNoColumn) {
    return Wrong(1, "there is no column 'time'; name the one that holds it: --column time=HEADER");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<SourceTime>> Reader::TimeOf(const CsvTable::Row& row, Draft& draft) {
  draft.stated_time = CellOf(row, "time");
  const bool blank = absl::StripAsciiWhitespace(draft.stated_time).empty();
  if (blank && timestamp_ != kNoColumn) {
    draft.stated_time = row.cells[timestamp_];
    return recorder_.Micros(draft.place, draft.stated_time);
  }
  if (blank) recorder_.Remark("rows without a time, recorded without one");
  return recorder_.Time(draft.place, draft.stated_time);
}

absl::Status Reader::SetKind(const CsvTable::Row& row, Draft& draft) {
  const std::string stated = CellOf(row, "kind");
  if (stated.empty()) return absl::OkStatus();
  const auto mapped = options_.mapping.kinds.find(stated);
  if (mapped != options_.mapping.kinds.end()) {
    draft.kind = mapped->second;
    draft.attributes["kind_stated"] = stated;
    return absl::OkStatus();
  }
  const auto known =
      ParseText<EntryKind>(absl::AsciiStrToLower(absl::StripAsciiWhitespace(stated)));
  if (known.ok()) {
    draft.kind = *known;
    return absl::OkStatus();
  }
  draft.attributes["kind_stated"] = stated;
  recorder_.Remark("rows of an unknown kind, recorded as observations; see kinds in a mapping");
  return absl::OkStatus();
}

absl::Status Reader::SetTlp(const CsvTable::Row& row, Draft& draft) const {
  const std::string stated = CellOf(row, "tlp");
  if (stated.empty()) return absl::OkStatus();
  draft.tlp = TlpOf(stated);
  if (draft.tlp) return absl::OkStatus();
  return Wrong(row.line, "the TLP is none of clear, green, amber, amber+strict, red");
}

absl::Status Reader::SetPrecision(const CsvTable::Row& row, Draft& draft) const {
  const std::string stated = CellOf(row, "precision");
  if (stated.empty() || !draft.time) return absl::OkStatus();
  const auto precision = ParseText<Precision>(absl::AsciiStrToLower(stated));
  if (!precision.ok()) {
    return Wrong(row.line, "the precision is none of second, minute, hour, day, month");
  }
  // What is written as a day is not known to the second, whatever the column says.
  draft.time->precision = std::max(draft.time->precision, *precision);
  return absl::OkStatus();
}

absl::Status Reader::AddRow(const CsvTable& table, const CsvTable::Row& row) {
  Draft draft{.place = absl::StrCat("line ", row.line)};
  draft.text = CellOf(row, "text");
  if (absl::StripAsciiWhitespace(draft.text).empty()) {
    return Wrong(row.line, absl::StrCat("the text is empty (column '",
                                        recorder_.Title(table.header[columns_.at("text")]), "')"));
  }
  TOCSIN_ASSIGN_OR_RETURN(draft.time, TimeOf(row, draft));
  TOCSIN_RETURN_IF_ERROR(SetKind(row, draft));
  TOCSIN_RETURN_IF_ERROR(SetTlp(row, draft));
  TOCSIN_RETURN_IF_ERROR(SetPrecision(row, draft));
  draft.source_id = CellOf(row, "id");
  if (std::string actor = CellOf(row, "actor"); !actor.empty()) {
    draft.attributes["actor"] = std::move(actor);
  }
  draft.attributes["line"] = absl::StrCat(row.line);
  for (size_t i = 0; i < row.cells.size(); ++i) {
    const bool placed = std::any_of(columns_.begin(), columns_.end(),
                                    [i](const auto& column) { return column.second == i; });
    if (placed || row.cells[i].empty()) continue;
    draft.fields.push_back({table.header[i], table.header[i], row.cells[i]});
  }
  recorder_.Add(std::move(draft));
  ++out_.records;
  return absl::OkStatus();
}

absl::Status Reader::Read(const CsvTable& table) {
  TOCSIN_RETURN_IF_ERROR(FindColumns(table));
  if (table.rows.empty()) return BadFile(options_.file, "", "holds a header and no rows");
  for (const CsvTable::Row& row : table.rows) {
    TOCSIN_RETURN_IF_ERROR(AddRow(table, row));
  }
  ImportedIncident incident;
  incident.source_id = out_.digest.Hex();
  const std::string& file = options_.file;
  incident.title =
      recorder_.Title(options_.title.empty() ? file.substr(file.rfind('/') + 1) : options_.title);
  incident.severity = options_.severity;
  recorder_.Finish(incident, {}, /*sorted=*/true);
  AnchorsFromEntries(incident);
  out_.incidents.push_back(std::move(incident));
  return absl::OkStatus();
}

}  // namespace

absl::Status ConvertTable(std::string_view content, const Options& options, Conversion& out) {
  const absl::StatusOr<CsvTable> table = ReadCsvTable(content);
  if (!table.ok()) return BadFile(options.file, "", ToStd(table.status().message()));
  return Reader(options, out).Read(*table);
}

}  // namespace tocsin::convert
