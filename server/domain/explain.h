// What would move the date of an obligation, in words for people. The sentences follow from the
// rule as data (its anchor, cap, restart, readings) and from where the incident stands, never from
// the name of a law: a new rule pack is explained without a line of code.
#pragma once

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "server/domain/incident.h"
#include "server/regulation/evaluate.h"

namespace tocsin::domain {

/// Whole sentences, the nearest cause first; what would end the duty or bring it back is among
/// them. `obligation` is one of `incident`'s. `offered` is the version of its rule pack that could
/// be adopted; nullptr: none. `calendar` as for FactsOf.
std::vector<std::string> WhatWouldMove(const Incident& incident, const Obligation& obligation,
                                       const regulation::RulePack* offered, absl::Time now,
                                       const regulation::Calendar* calendar);

}  // namespace tocsin::domain
