#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/view.h"
#include "server/library/playbook_reader.h"
#include "server/library/rule_pack_reader.h"
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

}  // namespace

absl::StatusOr<std::shared_ptr<const domain::PinnedPack>> PinnedFiles::Pack(std::string_view name,
                                                                            const Digest& digest,
                                                                            std::string_view file) {
  TOCSIN_RETURN_IF_ERROR(CheckDigest(name, digest, file));
  {
    runtime::MutexLock lock(mutex_);
    const auto found = packs_.find(digest);
    if (found != packs_.end()) return found->second;
  }
  absl::StatusOr<regulation::RulePack> pack = library::ReadRulePack(name, file);
  if (!pack.ok()) return Damaged(name, ToStd(pack.status().message()));
  auto pinned = std::make_shared<const domain::PinnedPack>(
      domain::PinnedPack{*std::move(pack), std::string(file)});
  runtime::MutexLock lock(mutex_);
  return packs_.emplace(digest, std::move(pinned)).first->second;
}

absl::StatusOr<std::shared_ptr<const domain::PinnedDefinition>> PinnedFiles::Playbook(
    std::string_view name, const Digest& digest, std::string_view file) {
  TOCSIN_RETURN_IF_ERROR(CheckDigest(name, digest, file));
  {
    runtime::MutexLock lock(mutex_);
    const auto found = playbooks_.find(digest);
    if (found != playbooks_.end()) return found->second;
  }
  absl::StatusOr<playbook::Definition> definition = library::ReadPlaybook(name, file);
  if (!definition.ok()) return Damaged(name, ToStd(definition.status().message()));
  auto pinned = std::make_shared<const domain::PinnedDefinition>(
      domain::PinnedDefinition{*std::move(definition), std::string(file)});
  runtime::MutexLock lock(mutex_);
  return playbooks_.emplace(digest, std::move(pinned)).first->second;
}

}  // namespace tocsin::store
