// Files of other tools as incidents of ours. Pure: text in, what would be recorded out, nothing
// sent. A file is converted whole or not at all, so that a broken record leaves nothing
// half-imported, and nothing of it is dropped in silence: what has no place of its own becomes an
// attribute, what does not fit there the text of a further entry, and both are counted by the name
// that the field has in the file.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "clients/convert/planned_entry.h"
#include "server/base/digest.h"
#include "server/base/vocabulary.h"

namespace tocsin::convert {

enum class SourceFormat { kThehive, kIris, kTimesketch, kCsv, kVeris };

/// "thehive": the word of `--from`, and of the attribute `source`.
std::string_view ToText(SourceFormat format);
/// All of them, in the order of the enum.
std::vector<std::string> SourceFormats();
/// nullopt for a word that is none of them.
std::optional<SourceFormat> FormatOf(std::string_view word);

/// Which columns of a table hold what.
struct CsvMapping {
  /// One of CsvKeys to the header in the file.
  std::map<std::string, std::string> columns;
  /// Values of the column `kind` to what they mean.
  std::map<std::string, EntryKind> kinds;
};
/// time, text, kind, actor, tlp, precision, id.
const std::vector<std::string>& CsvKeys();

struct Options {
  /// Only used in messages and, without its folders, as the title of a table.
  std::string file;
  /// Of times that state no offset; absent: such times are refused.
  std::optional<absl::TimeZone> zone;
  /// Instead of the title that the file gives; not for VERIS, which holds many incidents.
  std::string title;
  /// Where the file states none.
  Severity severity = Severity::kSev2;
  /// No time may lie further ahead than the server accepts.
  absl::Time now;
  CsvMapping mapping;
};

/// A legal instant that the file gives.
struct PlannedAnchor {
  std::string anchor;
  absl::Time time;
  std::string because;
};

struct ImportedIncident {
  /// What the other tool calls it; for a table the digest of the file. The same for the same case.
  std::string source_id;
  std::string title;
  Severity severity = Severity::kSev2;
  std::optional<Tlp> tlp;
  std::map<std::string, std::string> attributes;
  std::vector<PlannedEntry> entries;
  std::vector<PlannedAnchor> anchors;
  /// Impact facts, in the keys of docs/impact.md and keys of our own.
  std::map<std::string, std::string> facts;
};

struct Conversion {
  SourceFormat format = SourceFormat::kCsv;
  /// Rows, or objects that became entries or incidents.
  size_t records = 0;
  std::vector<ImportedIncident> incidents;
  /// How often a field of the file became an attribute, or the text of a further entry because it
  /// did not fit. By the field's name in the file, without indices.
  std::map<std::string, size_t> in_attributes;
  std::map<std::string, size_t> in_texts;
  /// Sentences about what else happened to the content, with how often.
  std::map<std::string, size_t> remarks;
  /// Of the file's bytes.
  Digest digest;

  size_t entry_count() const;
  std::map<EntryKind, size_t> by_kind() const;
};

/// Converts the whole file. Errors: kInvalidArgument BAD_IMPORT_FILE with the place in the file,
/// "FILE:12: …" or "FILE: tasks[2].startDate: …".
absl::StatusOr<Conversion> Convert(SourceFormat format, std::string_view content,
                                   const Options& options);

/// Differs when anything that would be recorded for `incident` differs.
Digest ContentDigest(const ImportedIncident& incident);

}  // namespace tocsin::convert
