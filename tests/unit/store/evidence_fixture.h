// Uploads for the tests of EvidenceFiles: contents, places, and an upload in one call.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>

#include "server/base/error.h"
#include "server/store/evidence_files.h"
#include "tests/support/catch.h"
#include "tests/unit/store/store_fixture.h"

namespace tocsin::store {

inline constexpr size_t kPiece = ledger::kFileChunkBytes;
inline constexpr size_t kHeader = 59;
inline constexpr size_t kBox = kPiece + ledger::kChunkOverheadBytes;

/// `size` bytes that differ from piece to piece.
inline std::string Content(size_t size) {
  std::string bytes;
  bytes.reserve(size);
  for (size_t i = 0; bytes.size() < size; ++i) bytes += "line " + std::to_string(i) + " of fs01\n";
  bytes.resize(size);
  return bytes;
}

inline EvidencePlace PlaceOf(OrgNumber org, std::string_view content, std::string item = "EV-1") {
  return {org, AnIncident(1), std::move(item), content.size(), Sha256(content)};
}

inline absl::Status Always() {
  return absl::OkStatus();
}

/// Sends what follows the writer's position, up to `end` of the content.
inline absl::Status Send(EvidenceWriter& writer, std::string_view content, size_t end) {
  while (!writer.ready()) {
    if (const absl::Status status = writer.CheckNext(); !status.ok()) return status;
  }
  for (size_t at = writer.position(); at < end; at += kPiece) {
    const absl::Status status = writer.Append(content.substr(at, std::min(kPiece, end - at)));
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

/// From where it was to the end, as a client does it: asks, goes on, and asks again when the server
/// says that it is elsewhere.
inline absl::StatusOr<Digest> Upload(EvidenceFiles& files, const EvidencePlace& place,
                                     std::string_view content) {
  absl::Status last;
  for (int attempt = 0; attempt < 5; ++attempt) {
    const auto progress = files.ProgressOf(place);
    if (!progress.ok()) return progress.status();
    auto writer = files.Write(place, progress->bytes, Always);
    last = writer.ok() ? Send(**writer, content, content.size()) : writer.status();
    if (last.ok()) return (*writer)->Finish();
    if (!absl::IsAborted(last)) return last;
  }
  return last;
}

inline absl::StatusOr<std::string> ReadAll(const EvidenceFiles& files, const EvidencePlace& place) {
  const auto reader = files.Read(place);
  if (!reader.ok()) return reader.status();
  std::string content;
  for (uint64_t i = 0; i < (*reader)->chunks(); ++i) {
    const absl::StatusOr<std::string> piece = (*reader)->Read(i);
    if (!piece.ok()) return piece.status();
    content += *piece;
  }
  return content;
}

inline std::string Reason(const absl::Status& status) {
  return ReasonOf(status);
}

/// A store in memory with the folder of its files.
struct FileStore {
  FileStore()
      : database(disk.Open()), org(CreateAcme(*database)), files(std::in_place, *database) {}

  /// As a server that starts again on what survived.
  void Reopen() {
    files.reset();
    database.reset();
    database = disk.Open();
    files.emplace(*database);
  }
  std::string Path(const EvidencePlace& place) const {
    return std::string(kStorePath) + "/files/" + std::to_string(static_cast<uint32_t>(org)) +
           "/00000000000000000000000000000001/" + place.item;
  }

  Disk disk;
  std::unique_ptr<Database> database;
  OrgNumber org;
  std::optional<EvidenceFiles> files;
};

}  // namespace tocsin::store
