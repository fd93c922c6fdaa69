// From results to what is said in the room. The rule for every answer: assume that the attacker
// reads along. By default an answer holds the id, the severity, what is due and the next step, and
// no word that a person wrote; a room set to `full` also shows titles and texts, and never one
// whose label lies above the room's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "clients/chat/conversation/blocks.h"
#include "clients/chat/conversation/command.h"
#include "server/base/vocabulary.h"

namespace tocsin::chat {

enum class Detail { kMinimal, kFull };

/// What may be said in a room.
struct Manner {
  Detail detail = Detail::kMinimal;
  /// The highest label of a text that may be shown.
  Tlp ceiling = Tlp::kAmber;
  absl::Time now;
};

/// Something that was written.
struct Written {
  /// "INC-2026-0042".
  std::string incident;
  uint64_t first_sequence = 0;
  uint64_t last_sequence = 0;
  /// The moment that was understood, when it followed from the clock.
  std::optional<absl::Time> at;
};

struct Duty {
  std::string incident;
  std::string regime;
  std::string stage;
  bool missed = false;
  std::optional<absl::Time> due;
  bool provisional = false;
};

struct RoleOf {
  IncidentRole role = IncidentRole::kResponder;
  std::string handle;
};

struct Standing {
  std::string incident;
  std::string title;
  Severity severity = Severity::kSev3;
  Phase phase = Phase::kTriage;
  Tlp tlp = Tlp::kAmber;
  bool drill = false;
  bool closed = false;
  std::optional<absl::Time> next_due;
  std::string next_due_stage;
  std::string significant;
  std::vector<RoleOf> roles;
  /// What is open of its alerts, a line each.
  std::vector<std::string> alerts;
};

struct OpenStep {
  std::string id;
  std::string title;
  std::string state;
  std::vector<std::string> holders;
  std::optional<absl::Time> due;
  bool overdue = false;
};

struct Hit {
  std::string incident;
  uint64_t sequence = 0;
  Tlp tlp = Tlp::kAmber;
  std::string author;
  std::string text;
  absl::Time time;
};

struct Draft {
  Written written;
  std::string stage;
  size_t filled = 0;
  /// Labels of required fields that the record does not hold.
  std::vector<std::string> missing;
};

struct Report {
  std::optional<Written> written;
  Audience audience = Audience::kTeam;
  Tlp tlp = Tlp::kAmber;
  std::string conditions;
  std::string actions;
  std::string needs;
};

Blocks Recorded(const Written& written, const Manner& manner);
/// `bound`: the room was bound to it.
Blocks Declared(const Standing& standing, const Manner& manner, bool bound);
Blocks Bound(const Standing& standing, const Manner& manner);
Blocks Unbound(std::string_view incident);
Blocks StatusIs(const Standing& standing, const Manner& manner,
                const std::vector<std::string>& problems);
Blocks DeadlinesAre(const std::vector<Duty>& duties, const Manner& manner);
Blocks WhoIs(const Standing& standing);
Blocks StepsAre(std::string_view incident, const std::vector<OpenStep>& steps, bool mine,
                const Manner& manner);
Blocks Found(const std::vector<Hit>& hits, uint64_t more, const Manner& manner);
Blocks Drafted(const Draft& draft);
Blocks Reported(std::string_view incident, const Report& report, const Manner& manner);
/// `before`: by whom it was acknowledged already, and when; empty: now.
Blocks Acknowledged(std::string_view incident, uint64_t alert, std::string_view before);

/// For people who wait: it is safe and will be done.
Blocks Queued();
/// `recorded` says whether the person may think that something was written.
Blocks Refusal(const absl::Status& status);
Blocks NotHere(const NotInChat& refused, std::string_view incident);
Blocks Help(std::string_view topic);

/// The account belongs to nobody.
absl::Status NotLinked();
/// A code in a room is a code that everybody has.
absl::Status LinkInRoom();
absl::Status NotBound();
/// `right_room`: what the room of that incident is called; empty when it has none.
absl::Status WrongRoom(std::string_view named, std::string_view bound, std::string_view right_room);
/// The text's label is above the room's.
absl::Status AboveCeiling(Tlp label, Tlp ceiling);
/// The server failed on it, several times.
absl::Status OutcomeUnknown();
/// More messages than one person writes.
absl::Status TooMany();
/// Written too long ago, or in the future.
absl::Status Stale();
absl::Status FromTheFuture();
/// More than one entry can hold.
absl::Status TooLong();

}  // namespace tocsin::chat
