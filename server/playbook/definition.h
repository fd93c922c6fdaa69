// What a playbook says: steps, who does them, what must come first, and by when. A definition is
// read once from its file, never changed afterwards, and shared by every run of it. The one idea: a
// step depends on other steps by id
// (`needs`) and on facts (`when`), so that independent branches go on side by side, and the order
// in the file is only for reading.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/base/digest.h"
#include "server/base/vocabulary.h"
#include "server/playbook/condition.h"
#include "server/playbook/question.h"

namespace tocsin::playbook {

inline constexpr size_t kStepsMax = 10'000;
/// Per step. A join of more branches than this is written as several steps.
inline constexpr size_t kNeedsMax = 100;
/// Per step, and for the playbook itself.
inline constexpr size_t kReferencesMax = 20;
/// Of a playbook's or a step's id.
inline constexpr size_t kIdBytesMax = 64;
inline constexpr size_t kVersionBytesMax = 32;
inline constexpr size_t kSummaryBytesMax = 4 * 1024;
/// Of one step's instructions.
inline constexpr size_t kInstructionsBytesMax = 16 * 1024;
/// The longest span of a due time or a repetition; the shortest is a minute.
inline constexpr absl::Duration kSpanMax = absl::Hours(24 * 366);
/// Playbooks below a playbook: how deep, and how many in all.
inline constexpr size_t kSubPlaybookDepthMax = 4;
inline constexpr size_t kSubPlaybooksMax = 20;

/// What a person must hand in to complete a step. Numeric values stand on disk and on the wire:
/// never reuse one.
enum class EvidenceKind : uint8_t {
  /// Nothing; a step with no evidence has an empty list of kinds.
  kNone = 1,
  /// Words: what was done, decided or found.
  kNote = 2,
  /// Text with at least one link, such as https://wiki.example/scope.
  kLink = 3,
  /// Text with at least one SHA-256 in hexadecimal.
  kFileHash = 4,
  /// A second person confirms what the first has completed.
  kSecondPerson = 5,
};

/// "none", "note", "link", "file-hash", "second-person".
std::string_view ToText(EvidenceKind kind);
/// All text forms, in order.
std::vector<std::string> EvidenceKindTexts();
/// Errors: kInvalidArgument, reason UNKNOWN_EVIDENCE_KIND, naming the nearest or all allowed forms.
absl::StatusOr<EvidenceKind> ParseEvidenceKind(std::string_view text);

/// Whether `id` is 1 to kIdBytesMax lower-case letters, digits and dashes.
bool IsIdForm(std::string_view id);
/// `id` in quotes, for messages; "(not an id)" when it has not the form of one, so that messages
/// stay short and clean.
std::string QuotedId(std::string_view id);

/// The team's own time for a step.
struct Due {
  enum class From : uint8_t {
    /// The start of the run.
    kRun,
    /// When the step became ready.
    kStep,
    /// An instant of the incident; before it is stated there is no due time.
    kAnchor,
  };
  absl::Duration within;
  From from = From::kRun;
  /// Of kAnchor.
  std::string anchor;
  /// So long before the due time people are reminded; shorter than `within`.
  std::optional<absl::Duration> remind;

  friend bool operator==(const Due&, const Due&) = default;
};

/// A step that comes back until a condition holds.
struct Repeat {
  absl::Duration every;
  Condition until;

  friend bool operator==(const Repeat&, const Repeat&) = default;
};

/// One unit of work.
struct Step {
  std::string id;
  std::string title;
  /// Markdown: what to do, what to record, what must not be done.
  std::string instructions;
  Phase phase = Phase::kTriage;
  /// Who does it, by role in the incident.
  IncidentRole role = IncidentRole::kResponder;
  /// Ids of the steps that must be done or skipped before this one can be completed.
  std::vector<std::string> needs;
  /// The step is done only where this holds.
  std::optional<Condition> when;
  std::vector<Question> questions;
  std::optional<Due> due;
  /// All of them, each once; empty: none.
  std::vector<EvidenceKind> evidence;
  /// The incident is not closed before this step is done, or skipped with a reason.
  bool mandatory = false;
  std::optional<Repeat> repeat;
  /// Id of the playbook whose run is this step; empty for an ordinary step.
  std::string playbook;
  /// Laws and standards that ask for the step, for example "NIS2 Article 23(4)(a)".
  std::vector<std::string> references;

  friend bool operator==(const Step&, const Step&) = default;
};

/// Whether completing `step` asks for this kind of evidence.
bool AsksFor(const Step& step, EvidenceKind kind);
/// "note", "file-hash, second-person"; "none" for none.
std::string EvidenceText(const Step& step);
/// "30m", "4h", "2d": a whole number and one unit; a day is 24 hours. nullopt for anything else.
std::optional<absl::Duration> ParseSpan(std::string_view text);

/// A whole playbook. Only a definition that Validate accepts may be run.
struct Definition {
  std::string id;
  std::string title;
  /// Digits and dots, set by the author: "1.0".
  std::string version;
  std::string summary;
  std::vector<std::string> references;
  std::vector<Step> steps;
  /// The CACAO playbook that this one was imported from, as JSON text, so that it can be given back
  /// as it came; empty for none. Nothing here reads it.
  std::string cacao;
  /// SHA-256 of the bytes of the file; what a run pins.
  Digest digest;

  friend bool operator==(const Definition&, const Definition&) = default;
};

}  // namespace tocsin::playbook
