// An export bundle (docs/bundle-format.md) as plain values, for everything that turns a record into
// a document. Reading checks form, not truth: what is signed is checked by verify.h.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/base/vocabulary.h"

namespace tocsin::report {

using Attributes = std::map<std::string, std::string>;

struct AnchorView {
  std::string anchor;
  absl::Time time;
  std::string because;
  std::string stated_by;
  uint64_t sequence = 0;
};
struct ImpactView {
  std::string key;
  std::string value;
  uint64_t sequence = 0;
};
struct RoleView {
  std::string role;
  std::string handle;
};
struct IncidentView {
  /// "INC-2026-0042".
  std::string number;
  std::string title;
  std::optional<Severity> severity;
  std::optional<Phase> phase;
  std::optional<Tlp> tlp;
  bool restricted = false;
  bool drill = false;
  bool historical = false;
  absl::Time declare_time;
  std::string declared_by;
  std::optional<absl::Time> close_time;
  std::vector<RoleView> roles;
  std::string entity_kind;
  std::string time_zone;
  Attributes attributes;
  std::vector<AnchorView> anchors;
  std::vector<ImpactView> impact;
  /// yes, no or undecided, as the record says.
  std::string significant;
};
struct ObligationView {
  /// "nis2.early_warning": unique in its incident.
  std::string id;
  std::string regime;
  std::string stage;
  std::string label;
  /// A word for people: "open", "met", "not required".
  std::string state;
  std::optional<absl::Time> due;
  std::optional<absl::Time> legal_latest;
  std::string anchor;
  std::optional<absl::Time> anchor_time;
  std::string article;
  std::string primary_norm;
  bool provisional = false;
  bool drafted = false;
  bool approved = false;
  std::optional<absl::Time> submitted;
  std::string reference;
  absl::Duration late_by;
  std::string late_reason;
  std::optional<absl::Time> acknowledged;
};
struct ExplanationView {
  /// The obligation's id.
  std::string id;
  std::string stage;
  std::string rule_id;
  std::string pack_version;
  std::string arithmetic;
};
/// kNotTaken: its branch was decided otherwise.
enum class StepState : uint8_t { kOpen, kDone, kSkipped, kNotTaken };
struct StepView {
  std::string title;
  StepState state = StepState::kOpen;
  std::string assignee;
  std::optional<absl::Time> finished;
  std::string finished_by;
  /// Evidence given, or why it was skipped.
  std::string note;
};
struct RunView {
  /// "run-1".
  std::string id;
  std::string title;
  std::string version;
  std::string digest;
  absl::Time started;
  std::vector<StepView> steps;
};
struct FindingView {
  std::optional<FindingKind> kind;
  std::string text;
  std::string author;
  uint64_t sequence = 0;
  /// Entries that it rests on.
  std::vector<uint64_t> entries;
};
struct ActionItemView {
  std::string id;
  std::string text;
  std::string owner;
  std::optional<absl::Time> due;
  bool done = false;
  std::string evidence;
  uint64_t sequence = 0;
  std::optional<ActionType> type;
  /// A word for people: "open", "overdue", "effective"; empty in older bundles.
  std::string state;
  /// Whether it helped and why, or why it was dropped.
  std::string remark;
};
struct ReviewView {
  std::string state;
  std::string summary;
  std::optional<absl::Time> published;
  std::string published_by;
  /// Who approved it; empty: nobody read it, and `without_reader` says why, or it is an older one.
  std::string read_by;
  std::string without_reader;
  /// Why the incident was closed without one.
  std::string waived;
  std::vector<FindingView> findings;
  std::vector<ActionItemView> action_items;
};
/// A change of phase or severity, or the role that was assigned, read from the entry's committed
/// body.
struct ChangeView {
  int from = 0;
  int to = 0;
  std::string because;
};
/// What an entry says of an item of evidence, from the committed body.
struct EvidenceView {
  /// 1 collected, 2 transferred, 3 returned; of the file in the server: 4 stored, 5 retrieved.
  uint64_t custody = 0;
  /// As claimed.
  std::optional<absl::Time> time;
  /// Of the collecting.
  std::string name;
  uint64_t size = 0;
  std::string sha256;
  std::string from;
  std::string note;
  /// Of the others: in words; empty when it is a person of the organisation.
  std::string to;
  std::string because;
};
struct EntryView {
  uint64_t sequence = 0;
  uint16_t type = 0;
  /// "phase-changed".
  std::string type_name;
  /// Only for what a person wrote.
  std::optional<EntryKind> kind;
  std::string author;
  std::optional<Tlp> tlp;
  /// Base64, as it stands in the view.
  std::string leaf_hash;
  absl::Time recorded;
  std::optional<absl::Time> occurred;
  Precision precision = Precision::kSecond;
  std::string text;
  Attributes attributes;
  uint64_t retracted_by = 0;
  uint64_t corrected_by = 0;
  /// Empty also when the correction is withheld.
  std::string corrected_text;
  uint64_t target = 0;
  bool withheld = false;
  /// Set for phase-changed and severity-changed, unless withheld. For incident-declared `to` is the
  /// first severity, for role-assigned the role.
  std::optional<ChangeView> change;
  /// What entries about an obligation, a run or an action item speak of: its id, from the committed
  /// body; empty when withheld.
  std::string subject;
  /// Set for what is about an item of evidence, unless withheld.
  std::optional<EvidenceView> evidence;
};

struct Bundle {
  /// 32 hexadecimal digits.
  std::string incident_id;
  std::string organisation;
  std::string profile;
  std::string exported_by;
  absl::Time export_time;
  IncidentView incident;
  std::vector<ObligationView> obligations;
  std::vector<ExplanationView> explanations;
  std::vector<RunView> runs;
  ReviewView review;
  std::vector<EntryView> entries;
  /// The signed note, and its second and third line.
  std::string checkpoint;
  std::string log_size;
  std::string log_root;
  std::string verifier_key;
};

/// Reads the bundle's JSON text. Fields that it does not know are passed over.
/// Errors: kInvalidArgument, reason BUNDLE_NOT_READ; the message names the first field that has the
/// wrong form.
absl::StatusOr<Bundle> ReadBundle(std::string_view text);

/// The label of a whole document: that of its most restricted statement. CLEAR when every entry is
/// withheld: then it holds nothing but numbers and hashes.
Tlp HighestTlp(const Bundle& bundle);

}  // namespace tocsin::report
