#include "server/library/pin_playbook.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"

namespace tocsin::library {
namespace {

using Find = std::function<PinnedPlaybook(std::string_view id)>;

const std::string& IdOf(const PinnedPlaybook& pinned) {
  return pinned->definition.id;
}

bool Has(const std::vector<PinnedPlaybook>& all, std::string_view id) {
  return std::any_of(all.begin(), all.end(),
                     [&](const PinnedPlaybook& pinned) { return IdOf(pinned) == id; });
}

absl::StatusOr<PinnedPlaybook> Pin(PinnedPlaybook top, const Find& find,
                                   std::vector<std::string>& path) {
  std::vector<PinnedPlaybook> below;
  const auto add = [&](const PinnedPlaybook& pinned) {
    if (!Has(below, IdOf(pinned))) below.push_back(pinned);
  };
  path.push_back(IdOf(top));
  for (const playbook::Step& step : top->definition.steps) {
    if (step.playbook.empty() || Has(below, step.playbook)) continue;
    if (std::find(path.begin(), path.end(), step.playbook) != path.end()) {
      return InvalidArgument("PLAYBOOK_CYCLE",
                             absl::StrCat("playbooks start each other in a circle: ",
                                          absl::StrJoin(path, " → "), " → ", step.playbook),
                             "Take one of these steps away.");
    }
    if (path.size() > playbook::kSubPlaybookDepthMax) {
      return InvalidArgument(
          "TOO_DEEP",
          absl::StrCat("playbooks below playbooks are at most ", playbook::kSubPlaybookDepthMax,
                       " deep: ", absl::StrJoin(path, " → ")),
          "Put the steps of the last one into the one before.");
    }
    PinnedPlaybook found = find(step.playbook);
    if (found == nullptr) {
      return InvalidArgument(
          "UNKNOWN_PLAYBOOK",
          absl::StrCat("step '", step.id, "' of ", IdOf(top), " is the playbook '", step.playbook,
                       "', which is not there"),
          "Add that playbook, or correct the name.");
    }
    TOCSIN_ASSIGN_OR_RETURN(found, Pin(std::move(found), find, path));
    add(found);
    for (const PinnedPlaybook& deeper : found->below) add(deeper);
  }
  path.pop_back();
  if (below.size() > playbook::kSubPlaybooksMax) {
    return InvalidArgument("TOO_MANY_PLAYBOOKS",
                           absl::StrCat(below.size(), " playbooks below ", IdOf(top), "; at most ",
                                        playbook::kSubPlaybooksMax),
                           "Split the playbook.");
  }
  if (below.empty()) return top;
  return std::make_shared<const domain::PinnedDefinition>(
      domain::PinnedDefinition{top->definition, top->file, std::move(below)});
}

}  // namespace

absl::StatusOr<PinnedPlaybook> PinBelow(PinnedPlaybook top, const Find& find) {
  std::vector<std::string> path;
  return Pin(std::move(top), find, path);
}

}  // namespace tocsin::library
