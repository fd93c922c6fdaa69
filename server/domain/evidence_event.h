// Evidence and its chain of custody, as facts: an item is collected once, with the hash of its
// bytes, and then passes from hand to hand until it is given back. The bytes themselves stay where
// they are, unless they are uploaded: then the server has a copy, and who takes one from there is a
// fact too. Events like those of domain/event.h, which holds the list of all.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "server/base/digest.h"
#include "server/base/ids.h"

namespace tocsin::domain {

/// Numbers stand on disk: never reuse one.
enum class Custody : uint8_t { kCollected = 1, kTransferred = 2, kReturned = 3 };

struct EvidenceAdded {
  /// "EV-1".
  std::string item;
  std::string name;
  uint64_t size = 0;
  /// SHA-256 of the bytes.
  Digest digest;
  std::string note;
  /// The system or person that it was taken from.
  std::string from;
  /// Absent: when it was recorded.
  std::optional<absl::Time> collect_time;
};
/// The item is in other hands. It is never kCollected: that is EvidenceAdded.
struct EvidenceMoved {
  std::string item;
  Custody custody = Custody::kTransferred;
  /// In words; empty when `principal` is set.
  std::string to;
  /// The zero id: nobody of this organisation's people.
  PrincipalId principal;
  std::string because;
  /// Absent: when it was recorded.
  std::optional<absl::Time> move_time;
};
/// The item's file is in the server, whole, and is what was registered.
struct EvidenceStored {
  std::string item;
  uint64_t size = 0;
  Digest digest;
};
/// The author got the file from the server. Recorded before its first byte leaves.
struct EvidenceRetrieved {
  std::string item;
};

}  // namespace tocsin::domain
