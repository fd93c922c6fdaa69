#include "server/rpc/regime_calls.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/app/regimes.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/domain/obligations.h"
#include "server/rpc/convert.h"

namespace tocsin::rpc {
namespace {

v1::RegimeVerdict VerdictOf(regulation::Verdict verdict) {
  switch (verdict) {
    case regulation::Verdict::kApplies:
      return v1::REGIME_VERDICT_APPLIES;
    case regulation::Verdict::kDoesNotApply:
      return v1::REGIME_VERDICT_DOES_NOT_APPLY;
    case regulation::Verdict::kCannotTell:
      return v1::REGIME_VERDICT_CANNOT_TELL;
  }
  return v1::REGIME_VERDICT_UNSPECIFIED;
}

void Fill(const app::RegimeView& view, v1::Regime& out) {
  const regulation::RulePack& pack = *view.selection.pack;
  out.set_id(pack.id);
  out.set_regime(pack.regime);
  out.set_title(pack.title);
  out.set_country(pack.country);
  out.set_version(pack.version);
  out.set_confidence(pack.confidence);
  out.set_verified_on(pack.verified_on);
  out.set_valid_from(absl::FormatCivilTime(pack.valid_from));
  if (pack.valid_to) out.set_valid_to(absl::FormatCivilTime(*pack.valid_to));
  out.set_verdict(VerdictOf(view.selection.verdict));
  out.set_because(view.selection.because);
  out.set_taken(view.taken);
  out.set_entity_kind(view.taken ? view.entity_kind : view.selection.entity_kind);
  for (const std::string& country : view.taken ? view.countries : view.selection.countries) {
    if (!country.empty()) out.add_establishments(country);
  }
}

void Fill(const domain::DutyChange& change, v1::CompareRegimeResponse::Change& out) {
  out.set_obligation(change.obligation);
  out.set_label(change.label);
  if (change.due) *out.mutable_due_time() = ToProto(*change.due);
  if (change.offered_due) *out.mutable_offered_due_time() = ToProto(*change.offered_due);
  if (change.legal_latest) *out.mutable_legal_latest_time() = ToProto(*change.legal_latest);
  if (change.offered_legal_latest) {
    *out.mutable_offered_legal_latest_time() = ToProto(*change.offered_legal_latest);
  }
  out.set_arithmetic(change.arithmetic);
  out.set_legal_latest_arithmetic(change.latest_arithmetic);
}

}  // namespace

absl::Status ListRegimes(const Backend& backend, const app::Caller& caller,
                         v1::ListRegimesResponse& response) {
  const app::OrgProfile& profile = backend.profiles.at(caller.org);
  TOCSIN_ASSIGN_OR_RETURN(const std::vector<app::RegimeView> views,
                          app::ViewRegimes(backend.library, profile, backend.clock.Now()));
  for (const app::RegimeView& view : views) Fill(view, *response.add_regimes());
  response.set_named_in_configuration(!profile.regimes.empty());
  return absl::OkStatus();
}

absl::StatusOr<domain::AdoptRegime> MakeAdoption(const Backend& backend, const app::Caller& caller,
                                                 const v1::AdoptRegimeRequest& request) {
  const size_t at = request.regime().find('@');
  std::string country = absl::AsciiStrToUpper(request.establishment());
  if (at != std::string::npos) {
    const std::string named = absl::AsciiStrToUpper(request.regime().substr(at + 1));
    if (!country.empty() && country != named) {
      return InvalidArgument("WHICH_ESTABLISHMENT",
                             "the regime and the establishment name two countries",
                             "Name the country once.");
    }
    country = named;
  }
  domain::AdoptRegime command;
  TOCSIN_ASSIGN_OR_RETURN(command.pack, backend.library.Pack(request.regime().substr(0, at)));
  command.entity_kind = request.entity_kind();
  command.because = request.because();
  command.establishment_stated = !country.empty();
  TOCSIN_ASSIGN_OR_RETURN(
      command.establishment,
      app::EstablishmentFor(backend.profiles.at(caller.org), command.pack->pack, country));
  return command;
}

absl::Status CompareRegime(const Backend& backend, const ReadCall& call,
                           const v1::CompareRegimeRequest& request,
                           v1::CompareRegimeResponse& response) {
  v1::AdoptRegimeRequest adopt;
  adopt.set_regime(request.regime());
  adopt.set_entity_kind(request.entity_kind());
  adopt.set_establishment(request.establishment());
  TOCSIN_ASSIGN_OR_RETURN(const domain::AdoptRegime command,
                          MakeAdoption(backend, call.caller, adopt));
  TOCSIN_ASSIGN_OR_RETURN(const domain::Incident incident,
                          backend.catalog.Get(call.caller.org, call.incident));
  TOCSIN_ASSIGN_OR_RETURN(
      const domain::RegimeComparison comparison,
      domain::CompareRegime(
          incident, command,
          backend.processor.ContextOf(
              call.caller.org, domain::TimeIn(incident, backend.clock.Now()), PrincipalId{})));
  if (comparison.present) {
    const regulation::RulePack& pack = comparison.present->pack->pack;
    response.set_version(pack.version);
    response.set_digest(pack.digest.Hex());
    response.set_calendar(CalendarText(*comparison.present));
  }
  const regulation::RulePack& offered = comparison.offered.pack->pack;
  response.set_offered_version(offered.version);
  response.set_offered_digest(offered.digest.Hex());
  response.set_offered_calendar(CalendarText(comparison.offered));
  response.set_ruling(comparison.offered.id());
  for (const domain::DutyChange& change : comparison.changes) {
    Fill(change, *response.add_changes());
  }
  return absl::OkStatus();
}

absl::Status PutUnder(const Backend& backend, const app::OrgProfile& profile,
                      const std::string& entity_kind, domain::DeclareIncident& command) {
  TOCSIN_ASSIGN_OR_RETURN(auto regimes,
                          app::RegimesFor(backend.library, profile, backend.clock.Now()));
  command.entity_kind = entity_kind;
  if (regimes.empty()) return absl::OkStatus();
  command.pack = regimes.front().pack;
  command.establishment = regimes.front().establishment;
  if (entity_kind.empty()) command.entity_kind = regimes.front().entity_kind;
  regimes.erase(regimes.begin());
  if (!command.historical) command.further = std::move(regimes);
  return absl::OkStatus();
}

}  // namespace tocsin::rpc
