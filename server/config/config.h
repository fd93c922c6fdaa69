// The server's settings: one struct, read from one YAML file and the command line, checked once at
// start. A key that the file should not have is refused with its line: a misspelt setting must not
// pass as the default.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/base/vocabulary.h"
#include "server/regulation/profile.h"

namespace tocsin::config {

/// What an organisation is, for the rules; given to each incident when it is declared.
struct Organisation {
  /// 1 to 32 of a-z, 0-9, dash.
  std::string name = "default";
  /// IANA zone of the reporting establishment.
  std::string time_zone = "UTC";
  /// Its country, "NL", for the holidays; empty: weekends only.
  std::string country;
  std::string entity_kind = "essential";
  /// Id of a rule pack in the library.
  std::string regime = "nis2";
  /// Country of the establishment under which it is answered; empty: not stated.
  std::string establishment;
  /// Further ones that every incident is under, each with its own kind of entity.
  struct Further {
    std::string regime;
    std::string entity_kind;
    std::string establishment;
  };
  std::vector<Further> further_regimes;
  /// Incidents that never were worse than sev4 may be closed without a review.
  bool sev4_needs_no_review = false;
  /// For the forms; may be empty.
  std::string entity;
  std::string contacts;
  /// True when the file names a regime: then the profile selects none.
  bool names_regimes = false;
  /// A draft of a notification is approved by another person than its author.
  bool four_eyes = false;
  /// Whom alerts ask that nobody acknowledges, in turn; empty: nobody.
  struct EscalationLevel {
    /// One of the two.
    std::optional<IncidentRole> role;
    /// "@bob".
    std::string principal;
    /// How long it may take to acknowledge before the next one is asked.
    absl::Duration wait;
  };
  std::vector<EscalationLevel> escalation;
  /// What it says of itself; absent when the configuration has none.
  std::optional<regulation::Profile> profile;
};

struct Limits {
  /// Commands waiting for the disk.
  size_t queue_length = 16'384;
  /// Calls at a time on one connection.
  int streams_per_connection = 1'000;
  size_t connections_per_address = 64;
  size_t connections_from_loopback = 1'024;
  size_t watchers = 20'000;
  /// Bytes of the largest file of evidence that is taken; 0: none is.
  uint64_t evidence_limit = uint64_t{1} << 30;
};

struct Config {
  /// HOST:PORT; port 0 chooses a free one.
  std::string listen = "127.0.0.1:7443";
  /// Where everything is stored. Only on the command line.
  std::string data_directory;
  /// Folder with regimes/ and incidents/; empty: the one that came with the program.
  std::string library_directory;
  std::vector<Organisation> organisations = {Organisation{}};
  absl::Duration token_lifetime = absl::Hours(24 * 30);
  Limits limits;
};

/// Reads the settings from `bytes`; what is not in them keeps its default. `file` is only used in
/// messages. Errors: kInvalidArgument, reason YAML_INVALID, "file:line:column: what is wrong"; a
/// time zone that this machine does not know is one of them.
absl::StatusOr<Config> ReadConfig(std::string_view file, std::string_view bytes);

/// Reads the file at `path`. Errors: as ReadConfig; kNotFound, reason FILE_NOT_READABLE.
absl::StatusOr<Config> ReadConfigFile(const std::string& path);

}  // namespace tocsin::config
