// What an organisation is, for the rules: set in the server's configuration, given to each incident
// when it is declared (and from then on part of that incident).
#pragma once

#include <string>
#include <vector>

#include "server/base/ids.h"
#include "server/domain/command.h"
#include "server/domain/event.h"
#include "server/regulation/profile.h"

namespace tocsin::app {

struct OrgProfile {
  OrgNumber number{};
  std::string name;
  /// "essential", "important", "trust_service_provider" …: one of the rule pack's.
  std::string entity_kind;
  /// Of the reporting establishment.
  domain::Zone zone;
  /// Id of the rule pack, "nis2".
  std::string regime;
  /// What every incident is under besides.
  std::vector<domain::DeclareIncident::Further> further;
  /// For the forms: name of the entity, contacts.
  std::string entity;
  std::string contacts;
  /// What the configuration states of the organisation; all unknown when it states nothing.
  regulation::Profile stated;
};

}  // namespace tocsin::app
