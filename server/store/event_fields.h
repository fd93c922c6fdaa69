// What reading a body checks, shared by the readers of single events. Only
// event_decode*.cc include this.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "server/base/encoding.h"
#include "server/base/error.h"
#include "server/base/view.h"
#include "server/base/vocabulary.h"
#include "server/store/event_codec.h"

namespace tocsin::store {

inline absl::Status Malformed(std::string_view what) {
  return Error(absl::StatusCode::kDataLoss, "BODY_MALFORMED",
               std::string("an entry's body cannot be read: ").append(what),
               "Keep the store as evidence and restore a backup.");
}

inline absl::Status OfLaterRelease(std::string_view what) {
  return Error(absl::StatusCode::kDataLoss, "ENTRY_OF_LATER_RELEASE",
               std::string("an entry was written by a later release of the server: ").append(what),
               "Start that release, or a newer one, on this store.");
}

// Reads values that have to be checked. The first thing wrong is kept; the caller looks at `status`
// once, when all fields are read.
struct Fields {
  PinnedFiles& pinned;
  absl::Status status = absl::OkStatus();

  void Fail(absl::Status problem) {
    if (status.ok()) status = std::move(problem);
  }

  template <typename Enum>
  Enum Word(uint32_t number) {
    const std::optional<Enum> value = FromNumber<Enum>(static_cast<int>(number));
    if (!value) Fail(OfLaterRelease(ToStd(absl::StrCat("it holds the unknown number ", number))));
    return value.value_or(Enum{});
  }

  template <typename Enum, typename Table>
  Enum WordIn(const Table& table, uint32_t number) {
    for (const auto& [value, listed] : table) {
      if (listed == number) return value;
    }
    Fail(OfLaterRelease(ToStd(absl::StrCat("it holds the unknown number ", number))));
    return Enum{};
  }

  // An id or a digest.
  template <typename Fixed>
  Fixed Bytes(const std::string& bytes) {
    if (bytes.size() == sizeof(Fixed)) return Fixed::FromBytes(bytes);
    Fail(Malformed("an id or a hash has the wrong size"));
    return Fixed{};
  }

  template <typename T>
  std::shared_ptr<const T> Pinned(absl::StatusOr<std::shared_ptr<const T>> loaded) {
    if (loaded.ok()) return *std::move(loaded);
    Fail(loaded.status());
    return nullptr;
  }

  Digest HexDigest(const std::string& hex) {
    const std::optional<std::string> bytes = HexDecode(hex);
    return Bytes<Digest>(bytes.value_or(std::string()));
  }

  domain::Zone LoadZone(const std::string& name) {
    domain::Zone zone;
    zone.name = name;
    if (!name.empty() && !absl::LoadTimeZone(name, &zone.rules)) {
      Fail(Error(absl::StatusCode::kDataLoss, "TIME_ZONE_UNKNOWN",
                 "an entry's time zone is not known on this machine: " + name,
                 "Install the time zone files (package tzdata) and start the server again."));
    }
    return zone;
  }
};

}  // namespace tocsin::store
