// A drill as it is written down: what the team is told and when, and what is expected of it. A file
// of playbooks/drills/scenarios/ (library/scenario_reader.h) becomes one of these; a drill keeps
// the one it was started with. The times of a scenario count from its start, on the drill's clock
// (drill_clock.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "server/base/digest.h"
#include "server/base/vocabulary.h"

namespace tocsin::domain {

inline constexpr size_t kInjectsMax = 1000;
inline constexpr size_t kExpectationsMax = 500;
/// How many times faster than the world's a drill's clock runs at most.
inline constexpr int kDrillSpeedMax = 10'000;
/// A drill's clock stands still this long after its start.
inline constexpr absl::Duration kDrillSpanMax = absl::Hours(24 * 400);

/// Something that reaches the team: a call, a mail, a screen, the news.
struct Inject {
  /// Unique in the scenario: "helpdesk-calls".
  std::string id;
  absl::Duration at;
  /// To whom it is addressed; empty: to everybody. All members of the drill can read it.
  std::vector<IncidentRole> to;
  /// Who speaks in the story, and how it comes: "phone".
  std::string from;
  std::string via;
  std::string text;
  /// The line of the scenario's replay that it tells of; 0: it is invented.
  int line = 0;
};

/// What an expectation waits for. The words are those of the file.
enum class Expected : uint8_t {
  kDeclared,      // at least this severity
  kAware,         // anybody stated when the organisation became aware
  kSignificance,  // decided under this regime, or one of its family
  kNotification,  // this obligation was filed before it was due
  kStep,          // this step of a playbook was done
  kDecision,      // a decision with one of these words, and with a reason
  kPhase,         // the incident reached this phase
  kFact,          // this impact fact was stated
  kRole,          // somebody holds this role
  kReport,        // a situation report went to this audience
};
std::string_view ToText(Expected value);

struct Expectation {
  /// Unique in the scenario.
  std::string id;
  std::string title;
  Expected kind = Expected::kDeclared;
  /// As the kind says; empty for kAware and kDecision.
  std::string what;
  /// Of kDecision, in lower case.
  std::vector<std::string> words;
  /// Of kStep: the playbook, when its steps are meant and no other's.
  std::string playbook;
  /// The inject from which `within` counts; empty: the start of the drill.
  std::string after;
  std::optional<absl::Duration> within;
  /// What is to be learnt when it was not met; empty: nothing is proposed.
  std::string lesson;
};

struct Scenario {
  std::string id;
  std::string title;
  std::string version;
  std::string summary;
  std::vector<std::string> objectives;
  std::vector<std::string> references;
  /// A file of playbooks/drills/replays/ that it follows; empty: it is invented.
  std::string replay;
  /// What the drill's clock shows at the start; absent: the time of the start itself.
  std::optional<absl::Time> begins;
  /// IANA name; empty: the organisation's.
  std::string zone;
  int speed = 1;
  bool paused = false;
  /// The clock stands still from then on.
  absl::Duration lasts;
  Tlp tlp = Tlp::kAmber;
  /// Roles that the drill needs.
  std::vector<IncidentRole> roles;
  /// By time; those of one moment in the order of the file.
  std::vector<Inject> injects;
  std::vector<Expectation> expectations;
  Digest digest;
};

/// A scenario with the bytes it was read from.
struct PinnedScenario {
  Scenario scenario;
  std::string file;
};

/// nullptr when there is none of that id.
const Inject* FindInject(const Scenario& scenario, std::string_view id);
const Expectation* FindExpectation(const Scenario& scenario, std::string_view id);

}  // namespace tocsin::domain
