// From an incident to the facts that the rules ask for. The rules themselves are data
// (playbooks/regimes/) and their arithmetic is server/regulation; this is the one place that says
// which of our facts is which of theirs.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/domain/command.h"
#include "server/domain/incident.h"
#include "server/regulation/evaluate.h"

namespace tocsin::domain {

/// The facts of `incident` as the rules of `ruling`, one of its own, see them at `as_of`. What
/// people state counts for all regimes; filings and the decision on significance for their own
/// only. Anchors: of each name the statement that counts (FindAnchor); each filing is its rule's
/// filed_anchor ("<stage>_submitted"), the last request "intermediate_requested".
/// While nobody states `aware`, the detection stands in for it as AwareStandIn says.
/// `calendar` is that of the organisation's country, for a ruling that states no establishment; it
/// may be nullptr: weekends only.
regulation::Facts FactsOf(const Incident& incident, const Ruling& ruling, absl::Time as_of,
                          const regulation::Calendar* calendar = nullptr);

/// The anchors that a person states: all but those that come from filings, requests and
/// corrections, which have commands of their own.
std::vector<std::string> StatedAnchors();

/// The obligation of that id, or of that stage when only one regime has it. Errors: kNotFound,
/// reason UNKNOWN_OBLIGATION, with the nearest; kFailedPrecondition, reason WHICH_OBLIGATION, with
/// the ids, when several regimes have the stage.
absl::StatusOr<const Obligation*> RequireObligation(const Incident& incident,
                                                    std::string_view id_or_stage);

/// One duty that another version of a regime's pack or calendar would change.
struct DutyChange {
  std::string obligation;
  std::string label;
  std::optional<absl::Time> due;
  std::optional<absl::Time> offered_due;
  std::optional<absl::Time> legal_latest;
  std::optional<absl::Time> offered_legal_latest;
  std::string arithmetic;         // of `offered_due`
  std::string latest_arithmetic;  // of `offered_legal_latest`
};

struct RegimeComparison {
  std::optional<Ruling> present;  // absent when the incident is not under it yet
  Ruling offered;
  std::vector<DutyChange> changes;
};

/// What would change if `command` were carried out at `context.now`. Changes nothing. Errors: those
/// of AdoptionOf and regulation::Evaluate.
absl::StatusOr<RegimeComparison> CompareRegime(const Incident& incident, const AdoptRegime& command,
                                               const CommandContext& context);

}  // namespace tocsin::domain
