// Several organisations' figures as one.
#pragma once

#include <string>
#include <vector>

#include "tocsin/v1/register.pb.h"

namespace tocsin::management {

/// Counts, sums and causes; the incidents of a cause with `organisations` before their numbers,
/// which are each organisation's own. Without medians and percentiles, which cannot be added up,
/// and without what is said of single incidents. Both lists are parallel.
v1::Statistics Sum(const std::vector<v1::Statistics>& all,
                   const std::vector<std::string>& organisations);
v1::Stock Sum(const std::vector<v1::Stock>& all);

}  // namespace tocsin::management
