// Contexts: which server a person talks to, and as whom. The configuration holds named contexts;
// the token of each lies in a file of its own. What is in force is decided in one place: flag
// before environment before file.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace tocsin::client {

/// Looks an environment variable up; nullopt when it is not set. Tests pass a map.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

/// One server and one person.
struct Context {
  std::string name;
  /// "host:port".
  std::string server;
  /// The organisation's certificate authority, PEM. The only one that is trusted.
  std::string ca_pem;
  /// Instead of `ca_pem`: a file that holds it.
  std::string ca_file;
  /// Key of the organisation's log, C2SP form.
  std::string verifier_key;
  std::string organisation;
  /// "@ada".
  std::string handle;
  /// Bare id of the incident that `tocsin use` chose, "INC-2026-0042"; empty for none.
  std::string incident;
  /// IANA zone for clock times without a date; empty for the machine's.
  std::string zone;
  /// Directory in which the deadlines of each incident are kept as files; empty for none.
  std::string deadline_files;
};

/// What flags say; empty for not given.
struct Overrides {
  std::string context;
  std::string server;
};

/// What is in force for one run of a client.
struct Settings {
  Context context;
  std::string token;
};

/// The configuration directory. Not thread-safe; several processes may use it at once, the last
/// write of a file wins.
class ContextStore {
 public:
  /// Does not touch the disk. Directory: TOCSIN_CONFIG_DIR, else $XDG_CONFIG_HOME/tocsin, else
  /// ~/.config/tocsin.
  explicit ContextStore(Environment environment);

  const std::string& directory() const { return directory_; }

  /// The context and token in force: flag, then TOCSIN_CONTEXT, TOCSIN_SERVER and TOCSIN_ZONE, then
  /// the file; the token from TOCSIN_TOKEN_FILE, else from the context's own file. `ca_pem` is
  /// filled in. Errors: kUnauthenticated NOT_ENROLLED when there is no such context or no token;
  /// kPermissionDenied FILE_NOT_PRIVATE; kInvalidArgument CONFIG_BROKEN, naming the place.
  absl::StatusOr<Settings> Resolve(const Overrides& overrides) const;

  /// The name that Resolve would use: flag, TOCSIN_CONTEXT, the file's current one, else "default".
  absl::StatusOr<std::string> ActiveName(const Overrides& overrides) const;

  /// The server of the context with this name; empty when there is none. Errors: as Resolve, for
  /// the file.
  absl::StatusOr<std::string> ServerOf(const std::string& name) const;

  /// All contexts by name, and the name of the current one. Errors: as Resolve, for the file.
  absl::StatusOr<std::map<std::string, Context>> Contexts() const;
  absl::StatusOr<std::string> Current() const;
  /// Makes an existing context the current one. Errors: kUnauthenticated NOT_ENROLLED.
  absl::Status UseContext(const std::string& name) const;
  /// Stores `context` in place of the existing one of its name; its token stays.
  /// Errors: kUnauthenticated NOT_ENROLLED; kInternal FILE_NOT_WRITTEN.
  absl::Status Change(const Context& context) const;
  /// The file the token is read from: TOCSIN_TOKEN_FILE, else the context's own.
  std::string TokenFile(const std::string& name) const;

  /// Stores a context with its token and makes it the current one. One of the same name and server
  /// leaves it its `deadline_files`.
  /// Errors: kInvalidArgument BAD_CONTEXT_NAME; kInternal FILE_NOT_WRITTEN.
  absl::Status Save(const Context& context, const std::string& token) const;
  /// Sets or (with "") clears the incident in use of an existing context.
  absl::Status UseIncident(const std::string& name, const std::string& incident) const;
  /// Sets or (with "") clears `deadline_files` of an existing context.
  absl::Status KeepDeadlines(const std::string& name, const std::string& directory) const;

 private:
  struct Configuration {
    std::string current;
    std::map<std::string, Context> contexts;
  };

  absl::StatusOr<Configuration> Load() const;
  absl::Status Set(const std::string& name, std::string Context::*field,
                   const std::string& value) const;
  absl::Status Store(const Configuration& configuration) const;
  absl::Status NoContext(const std::string& name) const;
  std::string ConfigPath() const;
  std::string TokenPath(const std::string& name) const;

  Environment environment_;
  std::string directory_;
};

}  // namespace tocsin::client
