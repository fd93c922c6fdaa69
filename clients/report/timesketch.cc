#include "clients/report/timesketch.h"

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "clients/report/json_text.h"
#include "server/base/time_text.h"

namespace tocsin::report {
namespace {

using nlohmann::json;

std::string IsoTime(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E6S+00:00", time, absl::UTCTimeZone());
}

json LineOf(const Bundle& bundle, const EntryView& entry) {
  // Of a withheld correction only its number is there.
  const std::string text =
      entry.corrected_by == 0 ? entry.text
      : entry.corrected_text.empty()
          ? absl::StrCat("(corrected by #", entry.corrected_by, ", which is withheld)")
          : entry.corrected_text;
  json line = {{"message", entry.withheld ? "(withheld)" : text},
               {"datetime", IsoTime(entry.occurred.value_or(entry.recorded))},
               {"timestamp_desc", entry.occurred ? "Occurred, as claimed" : "Recorded"},
               {"data_type", absl::StrCat("tocsin:", entry.type_name)},
               {"incident", bundle.incident.number},
               {"entry", entry.sequence},
               {"author", entry.author},
               {"record_time", IsoTime(entry.recorded)},
               {"leaf_hash", entry.leaf_hash}};
  if (bundle.incident.drill) line["drill"] = true;
  if (entry.tlp) line["tlp"] = std::string(ToText(*entry.tlp));
  if (entry.kind) line["kind"] = std::string(ToText(*entry.kind));
  if (entry.occurred) line["precision"] = std::string(ToText(entry.precision));
  if (entry.corrected_by != 0) {
    line["corrected_by"] = entry.corrected_by;
    line["text_before"] = entry.text;
  }
  if (entry.retracted_by != 0) line["retracted_by"] = entry.retracted_by;
  for (const auto& [key, value] : entry.attributes) line[absl::StrCat("attribute_", key)] = value;
  return line;
}

}  // namespace

std::string RenderTimesketch(const Bundle& bundle) {
  std::string out;
  for (const EntryView& entry : bundle.entries) {
    out += Dump(LineOf(bundle, entry));
    out += "\n";
  }
  return out;
}

}  // namespace tocsin::report
