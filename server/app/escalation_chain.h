// Whom an organisation's alerts ask, with the people of the moment: the configuration names them by
// handle, and a handle may be given to somebody only later.
#pragma once

#include <map>
#include <vector>

#include "server/app/catalog.h"
#include "server/base/ids.h"
#include "server/domain/escalation.h"

namespace tocsin::app {

using EscalationChains = std::map<OrgNumber, std::vector<domain::EscalationLevel>>;

/// The chain of `org` with its handles looked up; empty when it has none.
std::vector<domain::EscalationLevel> ChainOf(const Catalog& catalog, OrgNumber org,
                                             const EscalationChains& chains);

}  // namespace tocsin::app
