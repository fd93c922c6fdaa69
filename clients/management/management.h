// The report for management on a period: what must be decided, how many incidents of what weight,
// what was notified in time and what late and why, how long things took against the period before,
// how drills went; for one organisation or for several that one person answers for. The one idea:
// everything in it is counted by the server (RegisterService.GetStatistics); here it is only added
// up, put into words and drawn.
#pragma once

#include <string>
#include <vector>

#include "clients/report/document.h"
#include "clients/report/profile.h"
#include "tocsin/v1/register.pb.h"

namespace tocsin::management {

/// `figures` are of one period, one for each organisation, at least one. `period` is how the reader
/// asked for it: "2026Q3". Instants are in UTC. The same arguments give the same document.
report::Document Compose(const std::vector<v1::GetStatisticsResponse>& figures,
                         const std::string& period, const report::Labels& words);

}  // namespace tocsin::management
