#include "server/domain/establishment.h"

#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/view.h"

namespace tocsin::domain {
namespace {

std::vector<const Ruling*> RulingsUnder(const Incident& incident, std::string_view pack_id) {
  std::vector<const Ruling*> found;
  for (const Ruling& ruling : incident.rulings) {
    if (ruling.pack->pack.id == pack_id) found.push_back(&ruling);
  }
  return found;
}

std::string_view CountryOf(const Ruling& ruling) {
  return ruling.establishment ? std::string_view(ruling.establishment->country)
                              : std::string_view();
}

// A law of one country cannot be answered from another, unless it counts by a clock of its own
// wherever the entity sits.
absl::Status CheckCountry(const regulation::RulePack& pack, std::string_view country) {
  if (country.empty() || pack.country.empty() || !pack.time_zone.empty() ||
      pack.country == country) {
    return absl::OkStatus();
  }
  return InvalidArgument(
      "WRONG_ESTABLISHMENT",
      absl::StrCat(pack.id, " is the law of ", pack.country, ", not of ", ToAbsl(country)),
      absl::StrCat("Leave the establishment out, or name that in ", pack.country, "."));
}

}  // namespace

const std::string& CalendarCountry(const regulation::RulePack& pack,
                                   const Establishment& establishment) {
  return pack.country.empty() ? establishment.country : pack.country;
}

Establishment Settle(const regulation::RulePack& pack, Establishment asked, const Zone& zone,
                     const Calendars* calendars) {
  if (asked.zone.name.empty()) asked.zone = zone;
  asked.calendar = nullptr;
  if (calendars == nullptr) return asked;
  const auto found = calendars->find(CalendarCountry(pack, asked));
  if (found != calendars->end()) asked.calendar = found->second;
  return asked;
}

absl::StatusOr<std::string> RulingName(const Incident& incident, const regulation::RulePack& pack,
                                       std::string_view country) {
  TOCSIN_RETURN_IF_ERROR(CheckCountry(pack, country));
  const std::vector<const Ruling*> present = RulingsUnder(incident, pack.id);
  for (const Ruling* ruling : present) {
    if (CountryOf(*ruling) == country) return ruling->id();
  }
  if (present.empty()) return pack.id;
  if (country.empty()) {
    return InvalidArgument("WHICH_ESTABLISHMENT",
                           absl::StrCat("the incident is under ", pack.id, " already"),
                           "Name the country of the further establishment, for example NL.");
  }
  return absl::StrCat(pack.id, "@", absl::AsciiStrToLower(ToAbsl(country)));
}

absl::StatusOr<RegimeAdopted> AdoptionOf(const Incident& incident, const AdoptRegime& command,
                                         const CommandContext& context) {
  const regulation::RulePack& pack = command.pack->pack;
  RegimeAdopted adopted{command.pack, command.entity_kind, command.because};
  const std::vector<const Ruling*> present = RulingsUnder(incident, pack.id);
  if (command.establishment_stated || present.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(adopted.ruling,
                            RulingName(incident, pack, command.establishment.country));
  } else if (present.size() == 1) {
    adopted.ruling = present.front()->id();
  } else {
    std::vector<std::string> ids;
    for (const Ruling* ruling : present) ids.push_back(ruling->id());
    return FailedPrecondition(
        "WHICH_ESTABLISHMENT",
        absl::StrCat(incident.number, " is under ", pack.id, " in ", ids.size(), " countries"),
        absl::StrCat("Say which: ", absl::StrJoin(ids, ", "), "."));
  }
  Establishment asked = command.establishment;
  for (const Ruling* ruling : present) {
    if (ruling->id() != adopted.ruling) continue;
    if (adopted.entity_kind.empty()) adopted.entity_kind = ruling->entity_kind;
    if (!command.establishment_stated && ruling->establishment && pack.time_zone.empty()) {
      asked = *ruling->establishment;
    }
  }
  TOCSIN_RETURN_IF_ERROR(regulation::CheckEntityKind(pack, adopted.entity_kind));
  adopted.establishment = Settle(pack, std::move(asked), incident.zone, context.calendars);
  return adopted;
}

const Zone& ZoneOf(const Incident& incident, const Ruling& ruling) {
  return ruling.establishment ? ruling.establishment->zone : incident.zone;
}

regulation::Calendar CalendarOf(const Ruling& ruling, const regulation::Calendar* fallback) {
  if (ruling.establishment) {
    const std::shared_ptr<const PinnedCalendar>& pinned = ruling.establishment->calendar;
    return pinned == nullptr ? regulation::Calendar{} : pinned->calendar;
  }
  // Another country's holidays must not move a date; weekends alone can only make it earlier.
  const std::string& country = ruling.pack->pack.country;
  const bool counts = fallback != nullptr && (country.empty() || country == fallback->country);
  return counts ? *fallback : regulation::Calendar{};
}

}  // namespace tocsin::domain
