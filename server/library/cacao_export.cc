// Which of the two ways out a playbook takes: as it came, or translated from ours.
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/library/cacao.h"
#include "server/library/cacao_native.h"
#include "server/library/json.h"

namespace tocsin::library {
namespace {

// A line each for the members of the playbook, its steps, and their members.
constexpr size_t kLevels = 4;

// Whether importing what the playbook came from gives the playbook: then nobody has changed it.
bool IsAsItCame(const playbook::Definition& definition, const PlaybookOf& playbook_of) {
  ImportedPlaybook again = ImportCacao(definition.id, definition.cacao, definition.id, playbook_of);
  if (!again.definition) return false;
  again.definition->digest = definition.digest;
  again.definition->cacao = definition.cacao;
  return *again.definition == definition;
}

}  // namespace

absl::StatusOr<std::string> ExportCacao(const playbook::Definition& definition,
                                        std::string_view yaml, absl::Time modified,
                                        const PlaybookOf& playbook_of,
                                        const CacaoIdOfPlaybook& cacao_id_of) {
  cacao::Dates dates;
  dates.modified = absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", modified, absl::UTCTimeZone());
  dates.created = dates.modified;
  if (!definition.cacao.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(const JsonValue came, ParseJson("cacao", definition.cacao));
    if (IsAsItCame(definition, playbook_of)) return WriteJson(came, kLevels) + "\n";
    dates.created = std::string(came.TextOf("created"));
  }
  std::string text =
      WriteJson(cacao::WriteNative(definition, yaml, dates, cacao_id_of), kLevels) + "\n";
  // What we could not read ourselves we do not give to others.
  const ImportedPlaybook read = ImportCacao(definition.id, text, "", playbook_of);
  if (!read.definition || *read.definition != definition) {
    return FailedPrecondition(
        "CACAO_NOT_SUPPORTED",
        absl::StrCat(
            "The playbook ", definition.id, " cannot be said in CACAO",
            read.problems.empty() ? "" : absl::StrCat(": ", read.problems.front().message())),
        "Export fewer steps, or shorter texts.");
  }
  return text;
}

std::string CacaoIdOf(const playbook::Definition& definition) {
  if (!definition.cacao.empty()) {
    const absl::StatusOr<JsonValue> came = ParseJson("cacao", definition.cacao);
    if (came.ok() && !came->TextOf("id").empty()) return std::string(came->TextOf("id"));
  }
  return cacao::MadeId("playbook", definition.id);
}

}  // namespace tocsin::library
