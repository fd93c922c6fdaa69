#include "clients/report/csv.h"

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "clients/report/json_text.h"
#include "server/base/code_points.h"
#include "server/base/time_text.h"

namespace tocsin::report {
namespace {

std::string CountOr(uint64_t sequence) {
  return sequence == 0 ? "" : absl::StrCat(sequence);
}

std::string Record(const EntryView& entry, bool drill) {
  const std::vector<std::string> fields = {
      absl::StrCat(entry.sequence), entry.occurred ? FormatInstant(*entry.occurred) : "",
      entry.occurred ? std::string(ToText(entry.precision)) : "", FormatInstant(entry.recorded),
      entry.type_name, entry.kind ? std::string(ToText(*entry.kind)) : "",
      // Without its @, which a spreadsheet takes for a formula.
      entry.author.substr(entry.author.empty() || entry.author[0] != '@' ? 0 : 1),
      entry.tlp ? std::string(ToText(*entry.tlp)) : "", entry.withheld ? "yes" : "no", entry.text,
      CountOr(entry.corrected_by), entry.corrected_text, CountOr(entry.retracted_by),
      CountOr(entry.target), entry.attributes.empty() ? "" : Dump(nlohmann::json(entry.attributes)),
      entry.leaf_hash, drill ? "DRILL" : ""};
  std::vector<std::string> cells;
  for (const std::string& field : fields) cells.push_back(CsvField(field));
  return absl::StrJoin(cells, ",") + "\r\n";
}

}  // namespace

std::string CsvField(std::string_view text) {
  // Control characters and what reorders text show; line breaks stay, inside quotes.
  std::string field = Visible(text, "\\", "\n");
  if (field.find_first_of("=+-@|%") == 0 || text.substr(0, 1) == "\t" ||
      text.substr(0, 1) == "\r" || text.substr(0, 1) == "\n") {
    field.insert(0, "'");
  }
  if (field.find_first_of(",\"\n;'") == std::string::npos) return field;
  return absl::StrCat("\"", absl::StrReplaceAll(field, {{"\"", "\"\""}}), "\"");
}

std::string RenderCsv(const Bundle& bundle) {
  std::string out =
      "entry,occurred,precision,recorded,type,kind,author,tlp,withheld,text,corrected_by,"
      "corrected_text,retracted_by,target,attributes,leaf_hash,drill\r\n";
  for (const EntryView& entry : bundle.entries) out += Record(entry, bundle.incident.drill);
  return out;
}

}  // namespace tocsin::report
