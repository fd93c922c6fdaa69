// The body of an entry as bytes: storage.v1.Body on disk, domain::Event in the product. This is the
// only place that knows both. What a release has written every later release reads; what a later
// release has written is refused with a sentence, never read in part.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "server/base/digest.h"
#include "server/domain/event.h"
#include "server/runtime/mutex.h"

namespace tocsin::store {

/// The rule packs, calendars, playbooks and scenarios that bodies pin, read from their files' bytes
/// once and shared by every entry that pins the same bytes.
///
/// Thread-safe.
class PinnedFiles {
 public:
  /// Errors of all: kDataLoss, reason PINNED_FILE_DAMAGED, when this release cannot read the file
  /// or its digest is not `digest`.
  absl::StatusOr<std::shared_ptr<const domain::PinnedPack>> Pack(std::string_view name,
                                                                 const Digest& digest,
                                                                 std::string_view file);
  absl::StatusOr<std::shared_ptr<const domain::PinnedDefinition>> Playbook(std::string_view name,
                                                                           const Digest& digest,
                                                                           std::string_view file);
  absl::StatusOr<std::shared_ptr<const domain::PinnedCalendar>> Calendar(const Digest& digest,
                                                                         std::string_view file);
  absl::StatusOr<std::shared_ptr<const domain::PinnedScenario>> Scenario(std::string_view name,
                                                                         const Digest& digest,
                                                                         std::string_view file);
  /// `top` with the playbooks below it, which are all in `all`. Not shared: the same playbook may
  /// have been started above different versions of others.
  static absl::StatusOr<std::shared_ptr<const domain::PinnedDefinition>> WithBelow(
      std::shared_ptr<const domain::PinnedDefinition> top,
      const std::vector<std::shared_ptr<const domain::PinnedDefinition>>& all);

 private:
  template <typename Pinned>
  using Known = std::map<Digest, std::shared_ptr<const Pinned>>;

  // What is known under `digest`, else what `make` makes of the file.
  template <typename Pinned, typename Make>
  absl::StatusOr<std::shared_ptr<const Pinned>> Once(Known<Pinned>& known, const Digest& digest,
                                                     Make make);

  runtime::Mutex mutex_;
  Known<domain::PinnedPack> packs_ TOCSIN_GUARDED_BY(mutex_);
  Known<domain::PinnedDefinition> playbooks_ TOCSIN_GUARDED_BY(mutex_);
  Known<domain::PinnedCalendar> calendars_ TOCSIN_GUARDED_BY(mutex_);
  Known<domain::PinnedScenario> scenarios_ TOCSIN_GUARDED_BY(mutex_);
};

/// The body's bytes: the same for the same entry. `tlp` and `by_server` are not part of them (the
/// leaf's record says both). Times are kept to the nanosecond; a claimed time of exactly the Unix
/// epoch counts as none. A text that is not UTF-8 makes bytes that cannot be read again: see
/// IsReadableBody.
std::string EncodeBody(const domain::PendingEntry& pending);

/// False when DecodeBody would refuse the form of the bytes, as with a text that is not UTF-8.
bool IsReadableBody(std::string_view bytes);

/// Reads what EncodeBody wrote; `tlp` and `by_server` come back unset.
/// Errors, all kDataLoss: reason BODY_MALFORMED (no such message, or a value that cannot be);
/// ENTRY_OF_LATER_RELEASE (an event or an enum's number that this release does not know);
/// TIME_ZONE_UNKNOWN (not in this machine's zone files); PINNED_FILE_DAMAGED.
absl::StatusOr<domain::PendingEntry> DecodeBody(std::string_view bytes, PinnedFiles& pinned);

}  // namespace tocsin::store
