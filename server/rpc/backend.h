// What the services stand on: made once by main, handed to every service, outlives the gRPC server.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "server/app/catalog.h"
#include "server/app/command_processor.h"
#include "server/app/evidence_transfer.h"
#include "server/app/library.h"
#include "server/app/org_profile.h"
#include "server/app/search.h"
#include "server/domain/describe.h"
#include "server/rpc/call_limit.h"
#include "server/rpc/connections.h"
#include "server/rpc/read_pool.h"
#include "server/rpc/watch_hub.h"
#include "server/runtime/clock.h"

namespace tocsin::rpc {

struct Backend {
  app::Catalog& catalog;
  app::CommandProcessor& processor;
  const app::Library& library;
  const store::Database& database;
  runtime::Clock& clock;
  WatchHub& watch_hub;
  ReadPool& read_pool;
  /// Of its own, so that reads do not wait for the disk's syncs.
  ReadPool& file_pool;
  app::EvidenceTransfer& evidence;
  app::Search& search;
  CallLimit& call_limit;
  Connections& connections;
  std::map<OrgNumber, app::OrgProfile> profiles;
  absl::Duration token_lifetime = absl::Hours(24 * 30);
  std::string version;

  /// The one incident, or with the zero id all open ones that the caller may see.
  std::vector<IncidentId> IncidentsOf(const app::Caller& caller, const IncidentId& one) const {
    if (!one.empty()) return {one};
    std::vector<IncidentId> open;
    for (const app::IncidentSummary& summary : catalog.List(caller)) {
      if (summary.open) open.push_back(summary.id);
    }
    return open;
  }

  /// ISO 3166, of the organisation's own establishment; empty when the configuration states none.
  const std::string& CountryOf(OrgNumber org) const { return profiles.at(org).country; }

  /// "@ada": turns ids of this organisation's people into handles.
  domain::HandleOf HandlesOf(OrgNumber org) const {
    return [this, org](const PrincipalId& id) { return catalog.HandleOf(org, id); };
  }
};

}  // namespace tocsin::rpc
