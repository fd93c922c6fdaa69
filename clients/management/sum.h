// Several organisations' figures as one.
#pragma once

#include <vector>

#include "tocsin/v1/register.pb.h"

namespace tocsin::management {

/// Counts and sums. Without medians and percentiles, which cannot be added up, and without what is
/// said of single incidents, whose numbers are each organisation's own.
v1::Statistics Sum(const std::vector<v1::Statistics>& all);

}  // namespace tocsin::management
