// The criteria sets of playbooks/criteria, and facts for them as short text.
#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/regulation/criteria.h"

namespace tocsin::regulation {

/// The set of that id (checked).
std::shared_ptr<const CriteriaSet> SetOf(const std::string& id);
std::vector<std::shared_ptr<const CriteriaSet>> AllSets();

/// "key=value key=value" over each other; the zone is Europe/Brussels, the incident of 10 June
/// 2026, 08:00 UTC.
CriteriaFacts Stated(std::initializer_list<std::string_view> texts);

/// What `criterion` of the set says of these facts, as entity kind "essential", or as stated under
/// "entity_kind". The criterion must be asked (checked).
CriterionResult ResultOf(const std::string& set, std::string_view criterion,
                         const CriteriaFacts& facts);

/// Another incident, with the time in the zone of Stated: "2026-03-01 12:00".
std::shared_ptr<const RelatedIncident> Other(std::string number, std::string_view civil,
                                             std::string_view facts);

}  // namespace tocsin::regulation
