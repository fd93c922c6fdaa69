// Which laws bind an organisation. Each rule pack says to whom it applies; this holds those words
// against what the organisation states of itself, and answers for every pack in words, because a
// law that is left out without a reason is the one that nobody looks for. What is not stated gives
// "cannot tell", never "no".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/time/civil_time.h"
#include "server/regulation/profile.h"
#include "server/regulation/rule_pack.h"

namespace tocsin::regulation {

enum class Verdict { kApplies, kDoesNotApply, kCannotTell };
std::string_view ToText(Verdict verdict);

/// What one pack means for the organisation.
struct Selection {
  const RulePack* pack = nullptr;
  Verdict verdict = Verdict::kCannotTell;
  std::string entity_kind;             // of kApplies
  std::vector<std::string> countries;  // of kApplies: from where it is answered; empty: from
                                       // wherever the organisation sits
  std::string because;                 // "its sector is electricity, it is large, …"
};

/// The answer for each of `packs`, in their order, on `today`. A pack that is in force and
/// transposes another takes that one's place in its country; where nothing does, the Directive's
/// own pack stands in. A pack that another one displaces does not apply when that one does. `packs`
/// must hold what they name under `transposes` and `displaced_by` (else those say nothing).
std::vector<Selection> Select(const std::vector<const RulePack*>& packs, const Profile& profile,
                              absl::CivilDay today);

}  // namespace tocsin::regulation
