// Contexts: which servers and organisations this account knows, and which one is meant.
#include <memory>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "clients/cli/app.h"
#include "clients/core/bootstrap.h"
#include "clients/core/names.h"
#include "clients/core/private_file.h"
#include "clients/core/state_directory.h"
#include "clients/core/terminal_text.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"

namespace tocsin::cli {
namespace {

using nlohmann::json;

client::Overrides OverridesOf(const Session& session) {
  return {.context = session.options().context, .server = session.options().server};
}

absl::StatusOr<ExitCode> List(Session& session) {
  const client::ContextStore store = session.Store();
  TOCSIN_ASSIGN_OR_RETURN(const auto contexts, store.Contexts());
  TOCSIN_ASSIGN_OR_RETURN(const std::string active, store.ActiveName(OverridesOf(session)));
  if (session.wants_json()) {
    std::vector<std::string> items;
    for (const auto& [name, context] : contexts) {
      items.push_back(json{
          {"name", name},
          {"active", name == active},
          {"server", context.server},
          {"organisation", context.organisation},
          {"handle", context.handle},
          {"incident", context.incident},
          {"zone",
           context.zone}}.dump());
    }
    return session.PrintJsonTexts(items);
  }
  if (session.wants_id()) {
    for (const auto& [name, context] : contexts) session.out() << name << "\n";
    return ExitCode::kOk;
  }
  if (contexts.empty()) session.err() << "none yet: tocsin enrol --server HOST:PORT --code CODE\n";
  client::Table table({"", "NAME", "SERVER", "ORGANISATION", "WHO", "INCIDENT", "ZONE"});
  for (const auto& [name, context] : contexts) {
    table.Add({name == active ? "*" : "", name, context.server, context.organisation,
               context.handle, context.incident.empty() ? "-" : context.incident,
               context.zone.empty() ? "this computer's" : context.zone});
  }
  if (!table.empty()) session.out() << table.Render(session.style());
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> Use(Session& session, const std::string& name) {
  TOCSIN_RETURN_IF_ERROR(session.Store().UseContext(name));
  session.out() << "using the context " << name << "\n";
  if (const auto set = session.surroundings().environment("TOCSIN_CONTEXT"); set && !set->empty()) {
    session.err() << "TOCSIN_CONTEXT is set and goes before it\n";
  }
  return ExitCode::kOk;
}

// Where a value comes from: flag, then environment, then the file.
std::string Source(Session& session, const std::string& flag_value, const char* flag,
                   const char* variable) {
  if (!flag_value.empty()) return flag;
  const auto set = session.surroundings().environment(variable);
  return set && !set->empty() ? variable : "file";
}

absl::StatusOr<ExitCode> Show(Session& session) {
  const client::ContextStore store = session.Store();
  TOCSIN_ASSIGN_OR_RETURN(const client::Context context, session.Context());
  const client::Environment& environment = session.surroundings().environment;
  std::string incident = session.options().incident;
  if (incident.empty()) incident = environment("TOCSIN_INCIDENT").value_or("");
  if (incident.empty()) incident = context.incident;
  TOCSIN_ASSIGN_OR_RETURN(const std::string state, client::StateDirectory(environment));
  TOCSIN_ASSIGN_OR_RETURN(const std::string fingerprint, client::FingerprintOf(context.ca_pem));
  const GlobalOptions& options = session.options();
  struct Row {
    const char* key;
    std::string value;
    std::string source;
  };
  const std::string token_source = Source(session, "", "", "TOCSIN_TOKEN_FILE");
  const Row rows[] = {
      {"context", context.name, Source(session, options.context, "--context", "TOCSIN_CONTEXT")},
      {"server", context.server, Source(session, options.server, "--server", "TOCSIN_SERVER")},
      {"organisation", context.organisation, "file"},
      {"handle", context.handle, "file"},
      {"incident", incident, Source(session, options.incident, "--incident", "TOCSIN_INCIDENT")},
      {"zone", context.zone, Source(session, "", "", "TOCSIN_ZONE")},
      {"authority", fingerprint, "file"},
      {"log key", context.verifier_key, "file"},
      {"token file", store.TokenFile(context.name), token_source},
      {"configuration", store.directory(), Source(session, "", "", "TOCSIN_CONFIG_DIR")},
      {"state", state, Source(session, "", "", "TOCSIN_STATE_DIR")},
  };
  if (session.wants_json()) {
    json whole = json::object();
    for (const Row& row : rows) whole[row.key] = {{"value", row.value}, {"from", row.source}};
    return session.PrintJsonTexts({whole.dump()});
  }
  if (session.wants_id()) {
    session.out() << context.name << "\n";
    return ExitCode::kOk;
  }
  client::Table table({"SETTING", "FROM", "VALUE"});
  for (const Row& row : rows) {
    table.Add({row.key, row.value.empty() ? "" : row.source,
               row.value.empty() ? std::string("-") : row.value});
  }
  session.out() << table.Render(session.style());
  return ExitCode::kOk;
}

struct SetFlags {
  std::string name;
  std::string zone;
  bool no_incident = false;
};

absl::StatusOr<ExitCode> Set(Session& session, const SetFlags& flags) {
  const client::ContextStore store = session.Store();
  // --server and --incident are global flags: here they are what to store.
  const std::string& server = session.options().server;
  const std::string& incident = session.options().incident;
  if (server.empty() && incident.empty() && flags.zone.empty() && !flags.no_incident) {
    return InvalidArgument("NOTHING_TO_SET", "say what to set",
                           "tocsin context set --zone Europe/Brussels   or --server, --incident, "
                           "--no-incident");
  }
  TOCSIN_ASSIGN_OR_RETURN(const auto contexts, store.Contexts());
  TOCSIN_ASSIGN_OR_RETURN(
      const std::string name,
      store.ActiveName(
          {.context = flags.name.empty() ? session.options().context : flags.name, .server = ""}));
  const auto found = contexts.find(name);
  client::Context context = found == contexts.end() ? client::Context() : found->second;
  context.name = name;
  if (!server.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(const client::ServerAddress address, client::ParseServer(server));
    context.server = address.ToString();
  }
  absl::TimeZone zone;
  if (!flags.zone.empty() && !absl::LoadTimeZone(flags.zone, &zone)) {
    return InvalidArgument("UNKNOWN_ZONE", absl::StrCat("there is no time zone '", flags.zone, "'"),
                           "Use an IANA name such as Europe/Brussels.");
  }
  if (!flags.zone.empty()) context.zone = flags.zone;
  if (flags.no_incident) context.incident.clear();
  if (!incident.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(const std::string resource, client::IncidentResource(incident));
    context.incident = client::ShortName(resource);
  }
  TOCSIN_RETURN_IF_ERROR(store.Change(context));
  session.out() << name << ": server " << context.server << ", incident "
                << (context.incident.empty() ? "none" : context.incident) << ", zone "
                << (context.zone.empty() ? "this computer's" : context.zone) << "\n";
  return ExitCode::kOk;
}

}  // namespace

void AddContextVerbs(Program& program) {
  CLI::App* noun = program.AddNoun(
      "context", "Servers and organisations this account knows; which one is meant");
  program.OnRun(program.AddVerb(noun, "list", "Lists them; * marks the one in use"), List);
  CLI::App* use =
      program.AddVerb(noun, "use", "Makes one the current one", "tocsin context use backup");
  auto name = std::make_shared<std::string>();
  use->add_option("CONTEXT", *name, "Its name")->required();
  program.OnRun(use, [name](Session& session) { return Use(session, *name); });
  CLI::App* show = program.AddVerb(
      noun, "show", "Shows what is in force and where it comes from: flag, environment, file");
  program.OnRun(show, Show);
  CLI::App* set = program.AddVerb(noun, "set", "Changes a context: address, zone, default incident",
                                  "tocsin context set --zone Europe/Brussels\n"
                                  "tocsin context set backup --server tocsin2.example:7443");
  auto flags = std::make_shared<SetFlags>();
  set->add_option("CONTEXT", flags->name, "Default: the one in use");
  set->add_option("--zone", flags->zone, "IANA zone of clock times such as 10:42");
  set->add_flag("--no-incident", flags->no_incident, "No default incident any more");
  program.OnRun(set, [flags](Session& session) { return Set(session, *flags); });
}

}  // namespace tocsin::cli
