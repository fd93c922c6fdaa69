#include "clients/convert/conversion.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "clients/convert/formats.h"
#include "clients/convert/recorder.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"

namespace tocsin::convert {
namespace {

constexpr std::array<std::pair<SourceFormat, std::string_view>, 5> kFormats = {
    {{SourceFormat::kThehive, "thehive"},
     {SourceFormat::kIris, "iris"},
     {SourceFormat::kTimesketch, "timesketch"},
     {SourceFormat::kCsv, "csv"},
     {SourceFormat::kVeris, "veris"}}};

// Line and byte of the first place that is not UTF-8.
std::string FirstNotUtf8(std::string_view content) {
  size_t line = 1;
  for (size_t start = 0; start < content.size(); ++line) {
    const size_t end = std::min(content.find('\n', start), content.size());
    if (!IsValidUtf8(content.substr(start, end - start))) break;
    start = end + 1;
  }
  return absl::StrCat("line ", line);
}

absl::Status CheckEncoding(std::string_view content, const Options& options) {
  if (content.empty()) return BadFile(options.file, "", "the file is empty");
  if (content.starts_with("\xFF\xFE") || content.starts_with("\xFE\xFF")) {
    return BadFile(options.file, "", "the file is UTF-16; save it as UTF-8");
  }
  if (content.starts_with("PK\x03\x04")) {
    return BadFile(
        options.file, "",
        "the file is a ZIP archive, as TheHive's .thar are; the JSON of its API is read");
  }
  if (IsValidUtf8(content)) return absl::OkStatus();
  return BadFile(options.file, FirstNotUtf8(content), "is not UTF-8; save the file as UTF-8");
}

absl::Status Fill(std::string_view content, const Options& options, Conversion& out) {
  switch (out.format) {
    case SourceFormat::kThehive:
      return ConvertThehive(content, options, out);
    case SourceFormat::kIris:
      return ConvertIris(content, options, out);
    case SourceFormat::kVeris:
      return ConvertVeris(content, options, out);
    case SourceFormat::kTimesketch:
    case SourceFormat::kCsv:
      return ConvertTable(content, options, out);
  }
  return absl::OkStatus();
}

void AppendPart(std::string_view text, std::string& out) {
  absl::StrAppend(&out, text.size(), " ");
  out.append(text);
}

void AppendMap(const std::map<std::string, std::string>& map, std::string& out) {
  absl::StrAppend(&out, map.size(), " ");
  for (const auto& [key, value] : map) {
    AppendPart(key, out);
    AppendPart(value, out);
  }
}

}  // namespace

std::string_view ToText(SourceFormat format) {
  for (const auto& [value, word] : kFormats) {
    if (value == format) return word;
  }
  return "";
}

std::vector<std::string> SourceFormats() {
  std::vector<std::string> words;
  for (const auto& [value, word] : kFormats) words.emplace_back(word);
  return words;
}

std::optional<SourceFormat> FormatOf(std::string_view word) {
  for (const auto& [value, text] : kFormats) {
    if (text == word) return value;
  }
  return std::nullopt;
}

const std::vector<std::string>& CsvKeys() {
  static const std::vector<std::string> kKeys = {"time", "text",      "kind", "actor",
                                                 "tlp",  "precision", "id"};
  return kKeys;
}

size_t Conversion::entry_count() const {
  size_t count = 0;
  for (const ImportedIncident& incident : incidents) count += incident.entries.size();
  return count;
}

std::map<EntryKind, size_t> Conversion::by_kind() const {
  std::map<EntryKind, size_t> counts;
  for (const ImportedIncident& incident : incidents) {
    for (const PlannedEntry& entry : incident.entries) ++counts[entry.kind];
  }
  return counts;
}

absl::StatusOr<Conversion> Convert(SourceFormat format, std::string_view content,
                                   const Options& options) {
  Conversion out;
  out.format = format;
  out.digest = Sha256(content);
  TOCSIN_RETURN_IF_ERROR(CheckEncoding(content, options));
  if (content.starts_with("\xEF\xBB\xBF")) content.remove_prefix(3);
  TOCSIN_RETURN_IF_ERROR(Fill(content, options, out));
  std::map<std::string, size_t> seen;
  for (ImportedIncident& incident : out.incidents) {
    if (++seen[incident.source_id] > 1) {
      return BadFile(options.file, "",
                     absl::StrCat("two incidents have the id '", incident.source_id, "'"));
    }
    incident.attributes["content_sha256"] = ContentDigest(incident).Hex();
  }
  return out;
}

Digest ContentDigest(const ImportedIncident& incident) {
  std::string out = "tocsin/convert/v1\n";
  AppendPart(incident.source_id, out);
  AppendPart(incident.title, out);
  std::map<std::string, std::string> attributes = incident.attributes;
  attributes.erase("content_sha256");
  AppendMap(attributes, out);
  AppendMap(incident.facts, out);
  for (const PlannedAnchor& anchor : incident.anchors) {
    AppendPart(anchor.anchor, out);
    AppendPart(anchor.because, out);
    absl::StrAppend(&out, absl::ToUnixNanos(anchor.time), " ");
  }
  for (const PlannedEntry& entry : incident.entries) {
    AppendPart(entry.text, out);
    AppendMap(entry.attributes, out);
    const int64_t time = entry.occur_time ? absl::ToUnixNanos(*entry.occur_time) : -1;
    absl::StrAppend(&out, static_cast<int>(entry.kind), " ", time, " ",
                    static_cast<int>(entry.precision), " ",
                    static_cast<int>(entry.tlp.value_or(Tlp{})), "\n");
  }
  return Sha256(out);
}

}  // namespace tocsin::convert
