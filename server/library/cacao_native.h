// Our own playbooks as CACAO. CACAO knows no graph of needs, so steps of one level go side by side
// and levels follow each other: never earlier than our order allows, sometimes later. What is lost
// that way (the exact needs, roles, evidence) stands in an extension, the file itself; whoever does
// not know the extension still has a playbook that can be carried out. Only the cacao_*.cc files
// include this.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "server/library/cacao.h"
#include "server/library/json.h"

namespace tocsin::library::cacao {

/// When a CACAO playbook was made and changed, as texts of the standard.
struct Dates {
  std::string created;
  std::string modified;
};

/// "playbook--" with a UUID made from `name`: the same name, the same id, on every machine.
std::string MadeId(std::string_view type, std::string_view name);

/// `definition` must have passed FindProblems.
JsonValue WriteNative(const playbook::Definition& definition, std::string_view yaml,
                      const Dates& dates, const CacaoIdOfPlaybook& cacao_id_of);

/// The playbook in our extension of `root`, if it is there and the rest of `root` still says the
/// same: a file that another tool changed is read for what it says.
std::optional<ImportedPlaybook> ReadNative(const JsonValue& root, const PlaybookOf& playbook_of);

}  // namespace tocsin::library::cacao
