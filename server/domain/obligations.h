// From an incident to the facts that the rules ask for. The rules themselves are data
// (playbooks/regimes/) and their arithmetic is server/regulation; this is the one place that says
// which of our facts is which of theirs.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/domain/incident.h"
#include "server/regulation/evaluate.h"

namespace tocsin::domain {

/// The facts of `incident` as the rules of `ruling`, one of its own, see them at `as_of`. What
/// people state counts for all regimes; filings and the decision on significance for their own
/// only. Anchors: the first statement of `aware` is "aware" and the earliest later one
/// "aware_corrected"; of other anchors the last statement counts; each filing is its rule's
/// filed_anchor ("<stage>_submitted"), the last request "intermediate_requested".
/// `calendar` may be nullptr: weekends only.
regulation::Facts FactsOf(const Incident& incident, const Ruling& ruling, absl::Time as_of,
                          const regulation::Calendar* calendar = nullptr);

/// The obligation of that id, or of that stage when only one regime has it. Errors: kNotFound,
/// reason UNKNOWN_OBLIGATION, with the nearest; kFailedPrecondition, reason WHICH_OBLIGATION, with
/// the ids, when several regimes have the stage.
absl::StatusOr<const Obligation*> RequireObligation(const Incident& incident,
                                                    std::string_view id_or_stage);

/// One duty that another version of a regime's pack would change.
struct DutyChange {
  std::string obligation;
  std::string label;
  std::optional<absl::Time> due;
  std::optional<absl::Time> offered_due;
  std::string arithmetic;  // under the offered version
};

/// What would change if `pack` decided `incident` from `now` on, as AdoptRegime would do it: an
/// empty entity kind means the present one. Changes nothing. Errors: those of regulation::Evaluate.
absl::StatusOr<std::vector<DutyChange>> CompareDuties(const Incident& incident,
                                                      std::shared_ptr<const PinnedPack> pack,
                                                      std::string_view entity_kind, absl::Time now,
                                                      const regulation::Calendar* calendar);

}  // namespace tocsin::domain
