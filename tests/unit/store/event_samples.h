// One entry of every kind of event, with every field set to something that is not its default.
#pragma once

#include <memory>
#include <vector>

#include "server/domain/event.h"

namespace tocsin::store {

std::shared_ptr<const domain::PinnedPack> SamplePack();
std::shared_ptr<const domain::PinnedDefinition> SamplePlaybook();
std::shared_ptr<const domain::PinnedScenario> SampleScenario();

/// In the order of domain::Event's alternatives.
std::vector<domain::PendingEntry> OneOfEach();

}  // namespace tocsin::store
