// CACAO 2.0 (OASIS, Security Playbooks) in and out; docs/cacao.md says what becomes what. The one
// idea: nothing is lost in silence. What has a place in our format is translated; the imported file
// itself is kept in the playbook (`cacao:`), so that it can be given back as it came; what we
// cannot carry out faithfully is refused by its name, with the path into the JSON. Commands are
// shown to people and never run. Pure: no file, clock or network.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/playbook/definition.h"

namespace tocsin::library {

/// Our id of the playbook with that CACAO id, empty when there is none: for playbook-action.
using PlaybookOf = std::function<std::string(std::string_view cacao_id)>;
/// The other way round.
using CacaoIdOfPlaybook = std::function<std::string(std::string_view id)>;

struct ImportedPlaybook {
  /// In our format. Empty, and `definition` absent, when there are problems.
  std::string yaml;
  std::optional<playbook::Definition> definition;
  /// Each kInvalidArgument, "FILE: /path/into/the/json: what is wrong", with reason JSON_INVALID,
  /// CACAO_INVALID (against the standard), CACAO_NOT_SUPPORTED, STEP_CYCLE, UNREACHABLE_STEP,
  /// UNKNOWN_STEP, UNKNOWN_PLAYBOOK, or one of playbook::FindProblems.
  std::vector<absl::Status> problems;
};

/// Translates the CACAO playbook in `bytes`. `id` is what it is called by; empty: made from its
/// name. A file that ExportCacao made from one of our own playbooks becomes that playbook again,
/// byte for byte, unless it was changed since.
ImportedPlaybook ImportCacao(std::string_view file, std::string_view bytes, std::string_view id,
                             const PlaybookOf& playbook_of);

/// `definition`, whose file is `yaml`, as a CACAO playbook. One that was imported and not changed
/// since is given back as it came. Otherwise `modified` dates it. Errors: kFailedPrecondition
/// CACAO_NOT_SUPPORTED when it cannot be said in CACAO.
absl::StatusOr<std::string> ExportCacao(const playbook::Definition& definition,
                                        std::string_view yaml, absl::Time modified,
                                        const PlaybookOf& playbook_of,
                                        const CacaoIdOfPlaybook& cacao_id_of);

/// The id under which CACAO knows a playbook: the one it came with, or one made from our id.
std::string CacaoIdOf(const playbook::Definition& definition);

}  // namespace tocsin::library
