// Whom to report to, for the API: the library's directory, and which of it fits an obligation.
#pragma once

#include <string_view>

#include "server/app/library.h"
#include "server/domain/incident.h"
#include "tocsin/v1/library.pb.h"
#include "tocsin/v1/obligation.pb.h"

namespace tocsin::rpc {

v1::Authority ToProto(const app::Library::ListedAuthority& listed);

/// Says in `out` to whom `obligation` of `incident` is owed. `country` is the organisation's, for
/// a regime whose record states no establishment; a national law goes to the authorities of its
/// own.
void FillAddressees(const app::Library& library, std::string_view country,
                    const domain::Incident& incident, const domain::Obligation& obligation,
                    v1::Obligation& out);

}  // namespace tocsin::rpc
