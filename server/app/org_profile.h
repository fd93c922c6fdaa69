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
  /// In which its incidents' times are shown, and of the establishment where none is named.
  domain::Zone zone;
  /// Of that establishment; empty when it is not stated.
  std::string country;
  /// What the configuration names for every incident, the first before the others; empty when the
  /// regimes follow from `stated`.
  std::vector<domain::DeclareIncident::Further> regimes;
  /// Its rule: what never was worse than sev4 may be closed without a review.
  bool sev4_needs_no_review = false;
  /// For the forms: name of the entity, contacts.
  std::string entity;
  std::string contacts;
  /// What the configuration states of the organisation; all unknown when it states nothing.
  regulation::Profile stated;
};

}  // namespace tocsin::app
