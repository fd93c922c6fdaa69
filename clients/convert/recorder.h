// Puts what a file states into the form that the server takes: texts and attributes within its
// limits, without characters that hide or reorder others. Whatever does not fit goes somewhere
// else and is counted; nothing goes away.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "clients/convert/conversion.h"
#include "clients/convert/json_tree.h"
#include "clients/convert/source_time.h"

namespace tocsin::convert {

/// The error of a file: "FILE: PLACE: what is wrong".
absl::Status BadFile(std::string_view file, std::string_view place, std::string_view what);

/// Something that becomes one entry, or several when it is too large for one.
struct Draft {
  /// "line 17", "tasks[2].logs[0]".
  std::string place = {};
  EntryKind kind = EntryKind::kObservation;
  std::string text = {};
  std::optional<SourceTime> time = {};
  /// The time as it stands in the file; kept when `time` does not say the same.
  std::string stated_time = {};
  std::optional<Tlp> tlp = {};
  std::string source_id = {};
  /// Attributes with names of ours: ip, actor, sha256.
  std::map<std::string, std::string> attributes = {};
  /// What has no place of its own.
  std::vector<Field> fields = {};
};

/// Collects the entries of one incident. Not thread-safe; both arguments must outlive it.
class Recorder {
 public:
  Recorder(const Options& options, Conversion& conversion)
      : options_(options), conversion_(conversion) {}

  /// Reads a time and checks that the record can hold it. nullopt when `text` is empty, and when it
  /// lies before 1970: then the draft keeps it as stated. Errors: BadFile.
  absl::StatusOr<std::optional<SourceTime>> Time(std::string_view place, const std::string& text);
  absl::StatusOr<std::optional<SourceTime>> Millis(std::string_view place, const std::string& text);
  absl::StatusOr<std::optional<SourceTime>> Micros(std::string_view place, const std::string& text);
  absl::StatusOr<std::optional<SourceTime>> Check(std::string_view place,
                                                  absl::StatusOr<SourceTime> time);

  void Add(Draft draft) { drafts_.push_back(std::move(draft)); }
  /// Makes the entries, in order of time where `sorted` is true (those without a time last, all
  /// else in the order in which they were added), and the attributes of the incident from those
  /// that are there already and `fields`.
  void Finish(ImportedIncident& incident, std::vector<Field> fields, bool sorted);

  /// A title that the server takes, from any text.
  std::string Title(std::string_view text);
  void Remark(std::string_view sentence) { ++conversion_.remarks[std::string(sentence)]; }
  /// `text` as the server takes it: line ends as \n, forbidden characters visible as \u202E.
  std::string Safe(std::string_view text);

  const Options& options() const { return options_; }
  Conversion& conversion() { return conversion_; }

 private:
  void AddEntries(ImportedIncident& incident, Draft draft);
  /// Puts `fields` into `attributes` as far as they fit; returns the others as lines.
  std::string Place(const std::vector<Field>& fields,
                    std::map<std::string, std::string>& attributes);

  const Options& options_;
  Conversion& conversion_;
  std::vector<Draft> drafts_;
};

/// Adds first detection and first attacker activity as anchors, where entries have them and they
/// are in order: by them an incident stands in the register.
void AnchorsFromEntries(ImportedIncident& incident);

/// "clear", "white", "TLP:AMBER+STRICT", "amber-strict"; nullopt for other words.
std::optional<Tlp> TlpOf(std::string_view word);

}  // namespace tocsin::convert
