// Files of evidence on a disk that breaks: power cuts, full, failing writes and syncs. The log next
// to them goes on.
#include "tests/unit/store/evidence_fixture.h"

namespace tocsin::store {
namespace {

using testing::Fault;
using testing::Tail;

// The log takes an entry, as it did before.
bool LogGoesOn(FileStore& store) {
  static uint8_t incident = 50;
  Writer writer(*store.database, store.org);
  return store.database->state() == State::kReadWrite &&
         writer.Say(AnIncident(++incident), "still here").ok() && writer.batch().Commit().ok();
}

TEST_CASE(
    "EvidenceFiles: whenever the power goes, what was confirmed is there and the rest follows",
    "[store]") {
  const Tail tail = GENERATE(Tail::kDropped, Tail::kTorn, Tail::kZeroed, Tail::kGarbage);
  const std::string content = Content(3 * kPiece + 11);
  bool cut = true;
  for (uint64_t n = 1; cut; ++n) {
    FileStore store;
    const EvidencePlace place = PlaceOf(store.org, content);
    store.disk.fs->CutPowerAt(n);
    uint64_t confirmed = 0;
    {
      auto writer = store.files->Write(place, 0, Always);
      if (writer.ok()) static_cast<void>(Send(**writer, content, 2 * kPiece));
    }
    if (const auto progress = store.files->ProgressOf(place); progress.ok()) {
      confirmed = progress->bytes;
    }
    static_cast<void>(Upload(*store.files, place, content));
    cut = store.disk.fs->power_is_off();
    if (!cut) store.disk.fs->CutPower();
    store.files.reset();
    store.database.reset();
    store.disk.fs->Restart(tail);
    store.database = store.disk.Open();
    store.files.emplace(*store.database);

    const auto left = store.files->ProgressOf(place);
    REQUIRE(left.ok());
    CHECK(left->bytes >= confirmed);
    INFO("change " << n);
    const absl::StatusOr<Digest> digest = Upload(*store.files, place, content);
    INFO(digest.status().ToString());
    REQUIRE(digest.ok());
    CHECK(*digest == place.digest);
    CHECK(ReadAll(*store.files, place).value() == content);
  }
}

TEST_CASE("EvidenceFiles: whichever write or sync fails, the log goes on and so does the upload",
          "[store]") {
  const Fault fault = GENERATE(Fault::kIoError, Fault::kNoSpace);
  const std::string content = Content(3 * kPiece + 11);
  bool hit = true;
  for (uint64_t n = 1; hit; ++n) {
    FileStore store;
    const EvidencePlace place = PlaceOf(store.org, content);
    store.disk.fs->FailAt(n, fault, /*for_ever=*/false);
    const absl::StatusOr<Digest> failed = Upload(*store.files, place, content);
    hit = store.disk.fs->fault_was_hit();
    INFO("change " << n << ": " << failed.status().ToString());
    CHECK(failed.ok() != hit);
    if (hit && fault == Fault::kNoSpace) {
      const std::string reason = Reason(failed.status());
      CHECK(
          (reason == "DISK_FULL" || reason == "STORE_UNREADABLE" || reason == "FILE_NOT_WRITTEN"));
    }
    store.disk.fs->Heal();

    CHECK(LogGoesOn(store));
    CHECK(Upload(*store.files, place, content).value() == place.digest);
    CHECK(ReadAll(*store.files, place).value() == content);
  }
}

TEST_CASE("EvidenceFiles: a file leaves the log the room that it needs", "[store]") {
  FileStore store;
  EvidenceFiles files(*store.database, {.disk_reserve_bytes = 1 << 20});
  const std::string content = Content(100 * kPiece);
  const EvidencePlace place = PlaceOf(store.org, content);
  uint64_t used = 0;
  for (const std::string& path : store.disk.fs->Files(std::string(kStorePath))) {
    used += store.disk.fs->Read(path).size();
  }

  store.disk.fs->SetCapacity(used + content.size());
  CHECK(Reason(files.Write(place, 0, Always).status()) == "DISK_FULL");
  CHECK(Reason(files.CheckSpace(content.size())) == "DISK_FULL");
  CHECK(files.CheckSpace(1 << 20).ok());

  // Room for it at first, then somebody else takes it.
  store.disk.fs->SetCapacity(used + (8 << 20) + (2 << 20));
  auto writer = files.Write(place, 0, Always);
  REQUIRE(writer.ok());
  store.disk.fs->SetCapacity(used + (3 << 20));
  const absl::Status full = Send(**writer, content, content.size());
  CHECK(absl::IsResourceExhausted(full));
  writer->reset();
  store.disk.fs->SetCapacity(std::nullopt);
  CHECK(LogGoesOn(store));
  CHECK(Upload(files, place, content).value() == place.digest);
}

}  // namespace
}  // namespace tocsin::store
