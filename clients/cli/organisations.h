// Verbs over several organisations: people who answer for more than one have a context for each.
// --org names them; each is asked by itself, with its own token, and nothing of one goes to
// another.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "clients/cli/command.h"

namespace tocsin::cli {

/// Adds --org. `names` must live as long as the verb.
void AddOrganisationFlag(CLI::App* verb, std::vector<std::string>& names);

/// One of them, as a session of its own.
class Organisation {
 public:
  /// `session` is the verb's own and must outlive this one.
  Organisation(const Session& session, client::Context context);

  const client::Context& context() const { return context_; }
  Session& session() { return session_; }
  /// `status` with the context's name before it.
  absl::Status Named(const absl::Status& status) const;

 private:
  client::Context context_;
  Surroundings surroundings_;
  Session session_;
};

/// Those that `names` mean: each the name of a context or of an organisation, or "all". In the
/// order of the contexts' names, each organisation once. Errors: kInvalidArgument
/// UNKNOWN_ORGANISATION, ORG_AND_SERVER (--server and --context say something else); those of the
/// context file.
absl::StatusOr<std::vector<std::unique_ptr<Organisation>>> OrganisationsOf(
    Session& session, const std::vector<std::string>& names);

}  // namespace tocsin::cli
