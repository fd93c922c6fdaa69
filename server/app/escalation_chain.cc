#include "server/app/escalation_chain.h"

namespace tocsin::app {

std::vector<domain::EscalationLevel> ChainOf(const Catalog& catalog, OrgNumber org,
                                             const EscalationChains& chains) {
  const auto known = chains.find(org);
  if (known == chains.end()) return {};
  std::vector<domain::EscalationLevel> chain = known->second;
  for (domain::EscalationLevel& level : chain) {
    if (level.role) continue;
    const absl::StatusOr<PrincipalId> person = catalog.RequireHandle(org, level.handle);
    if (person.ok()) level.person = *person;
  }
  return chain;
}

}  // namespace tocsin::app
