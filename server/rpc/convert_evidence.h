// Items of evidence as messages. Apart from convert.h, because only evidence needs them.
#pragma once

#include <cstdint>

#include "server/domain/describe.h"
#include "server/domain/evidence.h"
#include "server/domain/incident.h"
#include "tocsin/v1/evidence.pb.h"

namespace tocsin::rpc {

/// A list is short enough for one message: the ends of each chain, without notes and reasons.
enum class CustodySteps : uint8_t { kAll, kEnds };

v1::EvidenceItem ToProto(const domain::Incident& incident, const domain::EvidenceItem& item,
                         CustodySteps steps, const domain::HandleOf& handle_of);

}  // namespace tocsin::rpc
