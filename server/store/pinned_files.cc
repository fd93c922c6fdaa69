#include <algorithm>
#include <utility>

#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/view.h"
#include "server/library/calendar_reader.h"
#include "server/library/pin_playbook.h"
#include "server/library/playbook_reader.h"
#include "server/library/rule_pack_reader.h"
#include "server/library/scenario_reader.h"
#include "server/store/event_codec.h"

namespace tocsin::store {
namespace {

absl::Status Damaged(std::string_view name, std::string_view why) {
  return Error(absl::StatusCode::kDataLoss, "PINNED_FILE_DAMAGED",
               std::string("the file \"")
                   .append(name)
                   .append("\" that an entry keeps cannot be used: ")
                   .append(why),
               "Start the release that wrote the entry, or restore a backup.");
}

absl::Status CheckDigest(std::string_view name, const Digest& digest, std::string_view file) {
  if (Sha256(file) == digest) return absl::OkStatus();
  return Damaged(name, "its bytes are not those of its digest");
}

template <typename Value>
absl::StatusOr<Value> Usable(std::string_view name, absl::StatusOr<Value> value) {
  if (!value.ok()) return Damaged(name, ToStd(value.status().message()));
  return value;
}

}  // namespace

template <typename Pinned, typename Make>
absl::StatusOr<std::shared_ptr<const Pinned>> PinnedFiles::Once(Known<Pinned>& known,
                                                                const Digest& digest, Make make) {
  {
    runtime::MutexLock lock(mutex_);
    const auto found = known.find(digest);
    if (found != known.end()) return found->second;
  }
  TOCSIN_ASSIGN_OR_RETURN(Pinned made, make());
  auto pinned = std::make_shared<const Pinned>(std::move(made));
  runtime::MutexLock lock(mutex_);
  return known.emplace(digest, std::move(pinned)).first->second;
}

absl::StatusOr<std::shared_ptr<const domain::PinnedPack>> PinnedFiles::Pack(std::string_view name,
                                                                            const Digest& digest,
                                                                            std::string_view file) {
  TOCSIN_RETURN_IF_ERROR(CheckDigest(name, digest, file));
  return Once(packs_, digest, [&]() -> absl::StatusOr<domain::PinnedPack> {
    TOCSIN_ASSIGN_OR_RETURN(regulation::RulePack pack,
                            Usable(name, library::ReadRulePack(name, file)));
    return domain::PinnedPack{std::move(pack), std::string(file)};
  });
}

absl::StatusOr<std::shared_ptr<const domain::PinnedDefinition>> PinnedFiles::Playbook(
    std::string_view name, const Digest& digest, std::string_view file) {
  TOCSIN_RETURN_IF_ERROR(CheckDigest(name, digest, file));
  return Once(playbooks_, digest, [&]() -> absl::StatusOr<domain::PinnedDefinition> {
    TOCSIN_ASSIGN_OR_RETURN(playbook::Definition definition,
                            Usable(name, library::ReadPlaybook(name, file)));
    return domain::PinnedDefinition{std::move(definition), std::string(file)};
  });
}

absl::StatusOr<std::shared_ptr<const domain::PinnedCalendar>> PinnedFiles::Calendar(
    const Digest& digest, std::string_view file) {
  constexpr std::string_view kName = "calendar";
  TOCSIN_RETURN_IF_ERROR(CheckDigest(kName, digest, file));
  return Once(calendars_, digest, [&]() -> absl::StatusOr<domain::PinnedCalendar> {
    TOCSIN_ASSIGN_OR_RETURN(regulation::Calendar calendar,
                            Usable(kName, library::ReadCalendar(kName, file)));
    return domain::PinnedCalendar{std::move(calendar), digest, std::string(file)};
  });
}

absl::StatusOr<std::shared_ptr<const domain::PinnedScenario>> PinnedFiles::Scenario(
    std::string_view name, const Digest& digest, std::string_view file) {
  TOCSIN_RETURN_IF_ERROR(CheckDigest(name, digest, file));
  return Once(scenarios_, digest, [&]() -> absl::StatusOr<domain::PinnedScenario> {
    TOCSIN_ASSIGN_OR_RETURN(domain::Scenario scenario,
                            Usable(name, library::ReadScenario(name, file)));
    return domain::PinnedScenario{std::move(scenario), std::string(file)};
  });
}

absl::StatusOr<std::shared_ptr<const domain::PinnedDefinition>> PinnedFiles::WithBelow(
    std::shared_ptr<const domain::PinnedDefinition> top,
    const std::vector<std::shared_ptr<const domain::PinnedDefinition>>& all) {
  const std::string name = top->definition.id;
  auto pinned = library::PinBelow(std::move(top), [&](std::string_view id) {
    const auto found = std::find_if(all.begin(), all.end(),
                                    [&](const auto& below) { return below->definition.id == id; });
    return found == all.end() ? nullptr : *found;
  });
  if (!pinned.ok()) return Damaged(name, ToStd(pinned.status().message()));
  return *std::move(pinned);
}

}  // namespace tocsin::store
