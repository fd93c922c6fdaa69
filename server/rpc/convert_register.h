// The register and its sums as messages. Apart from convert.h, because nothing else needs them.
#pragma once

#include "server/domain/register.h"
#include "server/domain/statistics.h"
#include "tocsin/v1/register.pb.h"

namespace tocsin::rpc {

v1::RegisterRow ToProto(const domain::RegisterRow& row);
v1::DrillResult ToProto(const domain::DrillResult& result);
v1::Stock ToProto(const domain::Stock& stock);
v1::Statistics ToProto(const domain::Statistics& sum, const domain::Period& period);

}  // namespace tocsin::rpc
