#include "clients/core/context.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "clients/core/file_lock.h"
#include "clients/core/private_file.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"

namespace tocsin::client {
namespace {

using nlohmann::json;

constexpr size_t kCertificateBytesMax = 1 << 20;

// The text fields of a context and their names in the file.
struct Field {
  const char* key;
  std::string Context::*member;
};
constexpr Field kFields[] = {
    {"server", &Context::server},
    {"ca_pem", &Context::ca_pem},
    {"ca_file", &Context::ca_file},
    {"verifier_key", &Context::verifier_key},
    {"organisation", &Context::organisation},
    {"handle", &Context::handle},
    {"incident", &Context::incident},
    {"zone", &Context::zone},
    {"deadline_files", &Context::deadline_files},
};

absl::Status Broken(const std::string& path, const std::string& what) {
  return InvalidArgument("CONFIG_BROKEN", absl::StrCat(path, ": ", what),
                         "Repair the file, or remove it and enrol again.");
}

absl::Status NotEnrolled(const std::string& message) {
  return Error(absl::StatusCode::kUnauthenticated, "NOT_ENROLLED", message,
               "tocsin enrol --server HOST:PORT --code CODE   (an admin makes the code: tocsin "
               "principal code HANDLE)");
}

absl::Status CheckName(const std::string& name) {
  const bool good = !name.empty() && name.size() <= 64 && name[0] != '.' &&
                    std::all_of(name.begin(), name.end(), [](char c) {
                      return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' ||
                             c == '_' || c == '.';
                    });
  if (good) return absl::OkStatus();
  return InvalidArgument("BAD_CONTEXT_NAME", absl::StrCat("'", name, "' cannot name a context"),
                         "Use 1 to 64 letters, digits, dots, dashes and underscores.");
}

std::string DefaultDirectory(const Environment& environment) {
  if (const auto own = environment("TOCSIN_CONFIG_DIR"); own && !own->empty()) return *own;
  if (const auto xdg = environment("XDG_CONFIG_HOME"); xdg && !xdg->empty()) {
    return absl::StrCat(*xdg, "/tocsin");
  }
  return absl::StrCat(environment("HOME").value_or("."), "/.config/tocsin");
}

// Whoever changes the configuration holds this, so that no other terminal's change is lost.
absl::StatusOr<FileLock> LockIn(const std::string& directory) {
  return FileLock::Take(absl::StrCat(directory, "/config.lock"), absl::Seconds(5));
}

}  // namespace

ContextStore::ContextStore(Environment environment)
    : environment_(std::move(environment)), directory_(DefaultDirectory(environment_)) {}

std::string ContextStore::ConfigPath() const {
  return absl::StrCat(directory_, "/config.json");
}

std::string ContextStore::TokenPath(const std::string& name) const {
  return absl::StrCat(directory_, "/", name, ".token");
}

absl::Status ContextStore::NoContext(const std::string& name) const {
  return NotEnrolled(absl::StrCat("there is no context '", name, "' in ", ConfigPath()));
}

absl::StatusOr<ContextStore::Configuration> ContextStore::Load() const {
  const std::string path = ConfigPath();
  const absl::StatusOr<std::string> text = ReadPrivateFile(path);
  if (absl::IsNotFound(text.status())) return Configuration{};
  if (!text.ok()) return text.status();
  const json parsed = json::parse(*text, nullptr, /*allow_exceptions=*/false);
  if (!parsed.is_object()) return Broken(path, "is not a JSON object");
  Configuration configuration;
  if (const auto current = parsed.find("current"); current != parsed.end()) {
    if (!current->is_string()) return Broken(path, "current is not text");
    configuration.current = current->get<std::string>();
  }
  const auto contexts = parsed.find("contexts");
  if (contexts == parsed.end()) return configuration;
  if (!contexts->is_object()) return Broken(path, "contexts is not an object");
  for (const auto& [name, fields] : contexts->items()) {
    if (!fields.is_object())
      return Broken(path, absl::StrCat("contexts.", name, " is not an object"));
    Context context;
    context.name = name;
    for (const Field& field : kFields) {
      const auto value = fields.find(field.key);
      if (value == fields.end()) continue;
      if (!value->is_string()) {
        return Broken(path, absl::StrCat("contexts.", name, ".", field.key, " is not text"));
      }
      context.*field.member = value->get<std::string>();
    }
    configuration.contexts[name] = std::move(context);
  }
  return configuration;
}

absl::Status ContextStore::Store(const Configuration& configuration) const {
  json contexts = json::object();
  for (const auto& [name, context] : configuration.contexts) {
    json fields = json::object();
    for (const Field& field : kFields) {
      if (!(context.*field.member).empty()) fields[field.key] = context.*field.member;
    }
    contexts[name] = std::move(fields);
  }
  const json whole = {{"current", configuration.current}, {"contexts", contexts}};
  return WritePrivateFile(ConfigPath(),
                          whole.dump(2, ' ', false, json::error_handler_t::replace) + "\n");
}

absl::StatusOr<std::string> ContextStore::ActiveName(const Overrides& overrides) const {
  std::string name = overrides.context;
  if (name.empty()) name = environment_("TOCSIN_CONTEXT").value_or("");
  if (name.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(const Configuration configuration, Load());
    name = configuration.current.empty() ? "default" : configuration.current;
  }
  TOCSIN_RETURN_IF_ERROR(CheckName(name));
  return name;
}

absl::StatusOr<Settings> ContextStore::Resolve(const Overrides& overrides) const {
  TOCSIN_ASSIGN_OR_RETURN(const Configuration configuration, Load());
  TOCSIN_ASSIGN_OR_RETURN(const std::string name, ActiveName(overrides));
  const auto found = configuration.contexts.find(name);
  if (found == configuration.contexts.end()) {
    return configuration.contexts.empty()
               ? NotEnrolled("this account is not enrolled at any server")
               : NoContext(name);
  }
  Settings settings{.context = found->second, .token = ""};
  Context& context = settings.context;
  if (const auto server = environment_("TOCSIN_SERVER"); server && !server->empty()) {
    context.server = *server;
  }
  if (!overrides.server.empty()) context.server = overrides.server;
  if (context.ca_pem.empty() && !context.ca_file.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(context.ca_pem, ReadWholeFile(context.ca_file, kCertificateBytesMax));
  }
  if (context.server.empty() || context.ca_pem.empty()) {
    return Broken(ConfigPath(), absl::StrCat("context '", name, "' lacks server or ca_pem"));
  }
  if (const auto zone = environment_("TOCSIN_ZONE"); zone && !zone->empty()) context.zone = *zone;
  absl::TimeZone known;
  if (!context.zone.empty() && !absl::LoadTimeZone(context.zone, &known)) {
    return InvalidArgument(
        "UNKNOWN_ZONE", absl::StrCat("there is no time zone '", context.zone, "'"),
        "Correct TOCSIN_ZONE, or run: tocsin context set --zone Europe/Brussels. Another zone "
        "would record another time.");
  }
  const std::string token_path = TokenFile(name);
  const absl::StatusOr<std::string> token = ReadPrivateFile(token_path);
  if (absl::IsNotFound(token.status())) {
    return NotEnrolled(absl::StrCat("there is no token in ", token_path));
  }
  if (!token.ok()) return token.status();
  settings.token = std::string(absl::StripAsciiWhitespace(*token));
  if (settings.token.empty()) return NotEnrolled(absl::StrCat(token_path, " is empty"));
  return settings;
}

std::string ContextStore::TokenFile(const std::string& name) const {
  const std::string own = environment_("TOCSIN_TOKEN_FILE").value_or("");
  return own.empty() ? TokenPath(name) : own;
}

absl::StatusOr<std::map<std::string, Context>> ContextStore::Contexts() const {
  TOCSIN_ASSIGN_OR_RETURN(Configuration configuration, Load());
  return std::move(configuration.contexts);
}

absl::StatusOr<std::string> ContextStore::Current() const {
  TOCSIN_ASSIGN_OR_RETURN(const Configuration configuration, Load());
  return configuration.current;
}

absl::Status ContextStore::UseContext(const std::string& name) const {
  TOCSIN_ASSIGN_OR_RETURN(const FileLock lock, LockIn(directory_));
  TOCSIN_ASSIGN_OR_RETURN(Configuration configuration, Load());
  if (configuration.contexts.count(name) == 0) return NoContext(name);
  configuration.current = name;
  return Store(configuration);
}

absl::Status ContextStore::Change(const Context& context) const {
  TOCSIN_ASSIGN_OR_RETURN(const FileLock lock, LockIn(directory_));
  TOCSIN_ASSIGN_OR_RETURN(Configuration configuration, Load());
  const auto found = configuration.contexts.find(context.name);
  if (found == configuration.contexts.end()) return NoContext(context.name);
  found->second = context;
  return Store(configuration);
}

absl::StatusOr<std::string> ContextStore::ServerOf(const std::string& name) const {
  TOCSIN_ASSIGN_OR_RETURN(const Configuration configuration, Load());
  const auto found = configuration.contexts.find(name);
  return found == configuration.contexts.end() ? std::string() : found->second.server;
}

absl::Status ContextStore::Save(const Context& context, const std::string& token) const {
  TOCSIN_RETURN_IF_ERROR(CheckName(context.name));
  TOCSIN_ASSIGN_OR_RETURN(const FileLock lock, LockIn(directory_));
  TOCSIN_ASSIGN_OR_RETURN(Configuration configuration, Load());
  Context& stored = configuration.contexts[context.name];
  const std::string kept = stored.server == context.server ? stored.deadline_files : "";
  stored = context;
  if (stored.deadline_files.empty()) stored.deadline_files = kept;
  configuration.current = context.name;
  TOCSIN_RETURN_IF_ERROR(WritePrivateFile(TokenPath(context.name), token + "\n"));
  return Store(configuration);
}

absl::Status ContextStore::Set(const std::string& name, std::string Context::*field,
                               const std::string& value) const {
  TOCSIN_ASSIGN_OR_RETURN(const FileLock lock, LockIn(directory_));
  TOCSIN_ASSIGN_OR_RETURN(Configuration configuration, Load());
  const auto found = configuration.contexts.find(name);
  if (found == configuration.contexts.end()) return NoContext(name);
  found->second.*field = value;
  return Store(configuration);
}

absl::Status ContextStore::UseIncident(const std::string& name, const std::string& incident) const {
  return Set(name, &Context::incident, incident);
}

absl::Status ContextStore::KeepDeadlines(const std::string& name,
                                         const std::string& directory) const {
  return Set(name, &Context::deadline_files, directory);
}

}  // namespace tocsin::client
