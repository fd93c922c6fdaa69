// Regimes, requests, waivers, and what the clock does.
#include <algorithm>
#include <array>
#include <string_view>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/base/time_text.h"
#include "server/base/view.h"
#include "server/domain/decide_parts.h"
#include "server/domain/establishment.h"
#include "server/domain/obligations.h"

namespace tocsin::domain::decide {
namespace {

Digest CalendarDigest(const Establishment& establishment) {
  return establishment.calendar == nullptr ? Digest{} : establishment.calendar->digest;
}

bool IsUnchanged(const Ruling& known, const RegimeAdopted& adopted) {
  return known.pack->pack.digest == adopted.pack->pack.digest &&
         known.entity_kind == adopted.entity_kind && known.establishment.has_value() &&
         known.establishment->country == adopted.establishment->country &&
         known.establishment->zone.name == adopted.establishment->zone.name &&
         CalendarDigest(*known.establishment) == CalendarDigest(*adopted.establishment);
}

// Whether the date is another although the clock began at the same instant.
bool MovedFrom(const regulation::Duty& before, const regulation::Duty& now) {
  return before.due.has_value() && before.anchor == now.anchor &&
         before.anchor_time == now.anchor_time && before.article == now.article &&
         (before.due != now.due || before.legal_latest != now.legal_latest);
}

// The version of the zone data under which the date was another; empty when the data did not move
// it.
std::string FormerZoneData(const Obligation* known, const regulation::Duty& duty,
                           const std::string& zone_data, UpdateCause cause) {
  if (known == nullptr || cause != UpdateCause::kTimeAlone || zone_data.empty() ||
      known->zone_data == zone_data || !MovedFrom(known->duty, duty)) {
    return "";
  }
  return known->zone_data.empty() ? "unknown" : known->zone_data;
}

}  // namespace

absl::StatusOr<const Ruling*> RequireRuling(const Incident& incident, std::string_view regime) {
  if (incident.rulings.empty()) {
    return FailedPrecondition("NO_REGIME", absl::StrCat(incident.number, " is under no regime"),
                              "Historical incidents carry no obligations.");
  }
  std::vector<std::string> ids;
  for (const Ruling& ruling : incident.rulings) ids.push_back(ruling.id());
  if (regime.empty()) {
    if (ids.size() == 1) return &incident.rulings.front();
    return FailedPrecondition("WHICH_REGIME",
                              absl::StrCat(incident.number, " is under ", ids.size(), " regimes"),
                              absl::StrCat("Say which: --regime ", absl::StrJoin(ids, ", "), "."));
  }
  if (const Ruling* ruling = FindRuling(incident, regime)) {
    const bool by_name = ruling->id() != regime;
    const auto same =
        std::count_if(incident.rulings.begin(), incident.rulings.end(),
                      [&](const Ruling& other) { return other.pack->pack.regime == regime; });
    if (!by_name || same == 1) return ruling;
    return FailedPrecondition(
        "WHICH_REGIME",
        absl::StrCat(incident.number, " is under ", Quoted(regime), " in ", same, " countries"),
        absl::StrCat("Say which: --regime ", absl::StrJoin(ids, ", "), "."));
  }
  return NotFound("UNKNOWN_REGIME", absl::StrCat(Quoted(regime), " is no regime here"),
                  absl::StrCat("This incident is under ", absl::StrJoin(ids, ", "), "."));
}

Entries Decide(const Incident& incident, const AdoptRegime& command,
               const CommandContext& context) {
  TOCSIN_RETURN_IF_ERROR(CheckOpen(incident));
  TOCSIN_RETURN_IF_ERROR(CheckText("the reason", command.because));
  if (incident.historical) return RequireRuling(incident, "").status();
  TOCSIN_ASSIGN_OR_RETURN(const RegimeAdopted adopted, AdoptionOf(incident, command, context));
  const Ruling* known = FindRuling(incident, adopted.ruling);
  if (known != nullptr && IsUnchanged(*known, adopted)) {
    return Error(absl::StatusCode::kAlreadyExists, "REGIME_UNCHANGED",
                 absl::StrCat(incident.number, " is already under this version of ", adopted.ruling,
                              " and its calendar"),
                 "Nothing to do.");
  }
  return One(adopted);
}

Entries Decide(const Incident& incident, const RequestIntermediate& command,
               const CommandContext& context) {
  TOCSIN_RETURN_IF_ERROR(CheckText("the request", command.because));
  const absl::Time time = command.request_time.value_or(WholeSecond(context.now));
  TOCSIN_RETURN_IF_ERROR(CheckClaimedTime("the request", time, context.now));
  if (FindObligation(incident, "intermediate") == nullptr) {
    return RequireObligation(incident, "intermediate").status();
  }
  return One(IntermediateRequested{command.because, time});
}

Entries Decide(const Incident& incident, const WaiveObligation& command, const CommandContext&) {
  TOCSIN_RETURN_IF_ERROR(CheckText("the reason", command.because));
  TOCSIN_ASSIGN_OR_RETURN(const Obligation* obligation, RequireObligation(incident, command.stage));
  if (obligation->state == ObligationState::kMet || obligation->state == ObligationState::kWaived) {
    return FailedPrecondition(
        "OBLIGATION_SETTLED",
        absl::StrCat(obligation->id,
                     obligation->state == ObligationState::kMet ? " is filed" : " is waived"),
        "Nothing to waive.");
  }
  return One(ObligationWaived{obligation->id, command.because});
}

Entries Decide(const Incident&, const FireTimer&, const CommandContext&) {
  // A timer is a promise made in an earlier state. What is due in the present one is recorded
  // around every command that touches obligations; firing is that and nothing else, so it records
  // nothing when the promise no longer holds.
  return std::vector<PendingEntry>{};
}

std::vector<PendingEntry> DueReminders(const Incident& incident, absl::Time now) {
  std::vector<PendingEntry> entries;
  for (const Timer& timer : ObligationTimers(incident)) {
    if (timer.fire_time > now) break;
    if (timer.percent == kDuePercent || timer.obligation.empty()) continue;
    entries.push_back(
        {.event = ObligationReminded{timer.obligation, timer.percent, timer.due, timer.fire_time},
         .occur_time = timer.fire_time,
         .by_server = true});
  }
  return entries;
}

std::vector<PendingEntry> OverdueMisses(const Incident& incident, absl::Time now) {
  std::vector<PendingEntry> entries;
  for (const Timer& timer : ObligationTimers(incident)) {
    if (timer.fire_time > now) break;
    if (timer.obligation.empty()) continue;
    const Obligation* obligation = FindObligation(incident, timer.obligation);
    if (timer.percent != kDuePercent || obligation->duty.state != regulation::DutyState::kDated) {
      continue;
    }
    entries.push_back({.event = ObligationMissed{timer.obligation, timer.due},
                       .occur_time = timer.due,
                       .by_server = true});
  }
  return entries;
}

absl::StatusOr<std::vector<PendingEntry>> ObligationUpdates(const Incident& incident,
                                                            const CommandContext& context,
                                                            UpdateCause cause) {
  std::vector<PendingEntry> updates;
  for (const Ruling& ruling : incident.rulings) {
    TOCSIN_ASSIGN_OR_RETURN(
        const std::vector<regulation::Duty> duties,
        regulation::Evaluate(ruling.pack->pack,
                             FactsOf(incident, ruling, context.now, context.calendar)));
    for (const regulation::Duty& duty : duties) {
      // What nobody has to do is no obligation.
      if (duty.state == regulation::DutyState::kVoluntary) continue;
      const std::string id = absl::StrCat(ruling.id(), ".", duty.stage);
      const Obligation* known = FindObligation(incident, id);
      if (known != nullptr && known->id != id) known = nullptr;
      if (known != nullptr && known->duty == duty) continue;
      updates.push_back(
          {.event = ObligationUpdated{id, ZoneOf(incident, ruling).name, duty, context.zone_data,
                                      FormerZoneData(known, duty, context.zone_data, cause)},
           .by_server = true});
    }
  }
  return updates;
}

}  // namespace tocsin::domain::decide
