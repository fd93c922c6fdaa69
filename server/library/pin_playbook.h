// A playbook whose steps start other playbooks is pinned with all of them: what was started one
// night must not depend on what the library says the next.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "absl/status/statusor.h"
#include "server/domain/event.h"

namespace tocsin::library {

using PinnedPlaybook = std::shared_ptr<const domain::PinnedDefinition>;

/// `top` with its `below` filled in, at any depth; `top` itself when none of its steps is a
/// playbook. `find` gives a playbook by id, nullptr when there is none. Errors: kInvalidArgument,
/// reason UNKNOWN_PLAYBOOK (naming step and playbook), PLAYBOOK_CYCLE (spelt out), TOO_DEEP or
/// TOO_MANY_PLAYBOOKS (more than kSubPlaybookDepthMax, kSubPlaybooksMax).
absl::StatusOr<PinnedPlaybook> PinBelow(
    PinnedPlaybook top, const std::function<PinnedPlaybook(std::string_view id)>& find);

}  // namespace tocsin::library
