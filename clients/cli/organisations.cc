#include "clients/cli/organisations.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "clients/cli/app.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/base/view.h"

namespace tocsin::cli {
namespace {

constexpr const char* kAll = "all";

// What these variables say is of one context.
Surroundings WithoutChoice(const Surroundings& surroundings) {
  Surroundings own = surroundings;
  own.environment =
      [outer = surroundings.environment](const std::string& name) -> std::optional<std::string> {
    static const std::set<std::string> kOfOneContext = {"TOCSIN_CONTEXT", "TOCSIN_SERVER",
                                                        "TOCSIN_TOKEN_FILE", "TOCSIN_INCIDENT"};
    if (kOfOneContext.contains(name)) return std::nullopt;
    return outer(name);
  };
  return own;
}

GlobalOptions OptionsFor(const Session& session, const client::Context& context) {
  GlobalOptions options = session.options();
  options.context = context.name;
  return options;
}

absl::Status Unknown(const std::string& name,
                     const std::map<std::string, client::Context>& contexts) {
  std::set<std::string> known;
  for (const auto& [key, context] : contexts) known.insert({key, context.organisation});
  const std::string nearest =
      NearestWord(name, std::vector<std::string>(known.begin(), known.end()));
  return InvalidArgument(
      "UNKNOWN_ORGANISATION",
      absl::StrCat("no context is called '", name, "' or of an organisation of that name"),
      nearest.empty() ? std::string("tocsin context list shows them; --org all means all.")
                      : absl::StrCat("Did you mean '", nearest, "'?"));
}

}  // namespace

void AddOrganisationFlag(CLI::App* verb, std::vector<std::string>& names) {
  verb->add_option("--org", names,
                   "Several organisations: names of contexts or organisations with commas between "
                   "them, or all; default: the context in use")
      ->delimiter(',');
}

Organisation::Organisation(const Session& session, client::Context context)
    : context_(std::move(context)),
      surroundings_(WithoutChoice(session.surroundings())),
      session_(surroundings_, OptionsFor(session, context_)) {}

absl::Status Organisation::Named(const absl::Status& status) const {
  if (status.ok()) return status;
  absl::Status named(status.code(), absl::StrCat(context_.organisation, " (context ", context_.name,
                                                 "): ", status.message()));
  status.ForEachPayload([&named](absl::string_view type, const absl::Cord& payload) {
    named.SetPayload(type, payload);
  });
  return named;
}

absl::StatusOr<std::vector<std::unique_ptr<Organisation>>> OrganisationsOf(
    Session& session, const std::vector<std::string>& names) {
  if (!session.options().server.empty() || !session.options().context.empty()) {
    return InvalidArgument("ORG_AND_SERVER", "--org says which servers are asked",
                           "Leave --server and --context out.");
  }
  TOCSIN_ASSIGN_OR_RETURN(const auto contexts, session.Store().Contexts());
  std::set<std::string> meant;
  for (const std::string& name : names) {
    size_t found = 0;
    for (const auto& [key, context] : contexts) {
      const bool fits =
          name == kAll || key == name || (!contexts.contains(name) && context.organisation == name);
      if (!fits) continue;
      meant.insert(key);
      ++found;
    }
    if (found == 0) return Unknown(name, contexts);
  }
  std::vector<std::unique_ptr<Organisation>> all;
  // Two contexts may lead to the same organisation, as two persons or by two addresses.
  std::set<std::pair<std::string, std::string>> seen;
  for (const std::string& key : meant) {
    const client::Context& context = contexts.at(key);
    if (!seen.insert({context.verifier_key, context.organisation}).second) {
      session.err() << "the context " << key << " leads to an organisation that is there already\n";
      continue;
    }
    all.push_back(std::make_unique<Organisation>(session, context));
  }
  return all;
}

}  // namespace tocsin::cli
