// Files of evidence: what goes in comes out, what was interrupted goes on, what was changed on the
// disk is noticed.
#include "server/store/evidence_files.h"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "absl/strings/match.h"
#include "server/runtime/clock.h"
#include "tests/support/scratch_directory.h"
#include "tests/unit/store/evidence_fixture.h"

namespace tocsin::store {
namespace {

TEST_CASE("EvidenceFiles: what was uploaded is read, and does not lie open on the disk",
          "[store]") {
  FileStore store;
  const size_t size = GENERATE(size_t{0}, size_t{1}, kPiece, kPiece + 1, 3 * kPiece - 7);
  const std::string content = Content(size);
  const EvidencePlace place = PlaceOf(store.org, content);

  const absl::StatusOr<Digest> digest = Upload(*store.files, place, content);

  REQUIRE(digest.ok());
  CHECK(*digest == place.digest);
  CHECK(ReadAll(*store.files, place).value() == content);
  const std::string on_disk = store.disk.fs->Read(store.Path(place));
  CHECK(on_disk.size() == kHeader + size + (size + kPiece - 1) / kPiece * 28);
  CHECK_FALSE(absl::StrContains(on_disk, "of fs01"));
  store.Reopen();
  CHECK(ReadAll(*store.files, place).value() == content);
}

TEST_CASE("EvidenceFiles: an interrupted upload goes on where it was", "[store]") {
  FileStore store;
  const std::string content = Content(40 * kPiece + 1);
  const EvidencePlace place = PlaceOf(store.org, content);
  CHECK(store.files->ProgressOf(place)->bytes == 0);
  REQUIRE(Send(**store.files->Write(place, 0, Always), content, 33 * kPiece).ok());

  store.Reopen();

  REQUIRE(store.files->ProgressOf(place)->bytes == 33 * kPiece);
  auto writer = store.files->Write(place, 33 * kPiece, Always);
  REQUIRE(writer.ok());
  CHECK_FALSE((*writer)->ready());
  CHECK(store.files->ProgressOf(place)->under_way);
  // Short of what was promised is said, and kept.
  REQUIRE(Send(**writer, content, 40 * kPiece).ok());
  CHECK((*writer)->position() == 40 * kPiece);
  CHECK(Reason((*writer)->Finish().status()) == "UPLOAD_INCOMPLETE");
  writer->reset();
  CHECK(Upload(*store.files, place, content).value() == place.digest);
  // All bytes are there, only nobody has said yet that it is stored.
  CHECK(store.files->ProgressOf(place)->bytes == content.size());
  CHECK(Upload(*store.files, place, content).value() == place.digest);
}

TEST_CASE("EvidenceFiles: going on from elsewhere than a border that is there is refused",
          "[store]") {
  FileStore store;
  const std::string content = Content(4 * kPiece + 5);
  const EvidencePlace place = PlaceOf(store.org, content);
  CHECK(Reason(store.files->Write(place, kPiece, Always).status()) == "UPLOAD_MOVED");
  REQUIRE(Send(**store.files->Write(place, 0, Always), content, 2 * kPiece).ok());
  CHECK(Reason(store.files->Write(place, 1, Always).status()) == "BAD_OFFSET");
  CHECK(Reason(store.files->Write(place, content.size() + 1, Always).status()) == "BAD_OFFSET");
  CHECK(Reason(store.files->Write(place, 3 * kPiece, Always).status()) == "UPLOAD_MOVED");
  CHECK(Reason(store.files->Write(place, content.size(), Always).status()) == "UPLOAD_MOVED");
  // Further back drops what follows; from the start drops all, with the key.
  CHECK((*store.files->Write(place, kPiece, Always))->position() == 0);
  CHECK(store.files->ProgressOf(place)->bytes == kPiece);
  CHECK(store.files->Write(place, 0, Always).ok());
  CHECK(store.files->ProgressOf(place)->bytes == 0);
}

TEST_CASE("EvidenceFiles: pieces of another size than must come next are refused", "[store]") {
  FileStore store;
  const std::string content = Content(kPiece + 5);
  const EvidencePlace place = PlaceOf(store.org, content);
  auto writer = store.files->Write(place, 0, Always);
  REQUIRE(writer.ok());
  for (const size_t size : {size_t{0}, size_t{5}, kPiece - 1, kPiece + 1, size_t{1} << 20}) {
    CHECK(Reason((*writer)->Append(Content(size))) == "BAD_CHUNK");
  }
  REQUIRE((*writer)->Append(content.substr(0, kPiece)).ok());
  CHECK(Reason((*writer)->Append(Content(kPiece))) == "BAD_CHUNK");
  REQUIRE((*writer)->Append(content.substr(kPiece)).ok());
  CHECK(Reason((*writer)->Append("more")) == "BAD_CHUNK");
  CHECK(Reason((*writer)->Append("")) == "BAD_CHUNK");
  CHECK((*writer)->Finish().value() == place.digest);
}

TEST_CASE("EvidenceFiles: what is not the item's file is removed", "[store]") {
  FileStore store;
  const std::string content = Content(kPiece);
  const EvidencePlace place = PlaceOf(store.org, content);
  {
    auto writer = store.files->Write(place, 0, Always);
    REQUIRE((*writer)->Append(std::string(kPiece, 'x')).ok());
    CHECK((*writer)->Finish().value() != place.digest);
    REQUIRE((*writer)->Discard().ok());
  }
  CHECK(store.files->ProgressOf(place)->bytes == 0);
  CHECK(Reason(store.files->Read(place).status()) == "EVIDENCE_DAMAGED");
  CHECK(Upload(*store.files, place, content).value() == place.digest);
}

TEST_CASE("EvidenceFiles: one writer for an item, so many at once, and none who may not",
          "[store]") {
  FileStore store;
  EvidenceFiles files(*store.database, {.writers_max = 2});
  const std::string content = Content(2 * kPiece);
  const EvidencePlace place = PlaceOf(store.org, content);
  auto first = files.Write(place, 0, Always);
  REQUIRE(first.ok());
  CHECK(Reason(files.Write(place, 0, Always).status()) == "UPLOAD_UNDER_WAY");
  auto second = files.Write(PlaceOf(store.org, content, "EV-2"), 0, Always);
  REQUIRE(second.ok());
  CHECK(Reason(files.Write(PlaceOf(store.org, content, "EV-3"), 0, Always).status()) ==
        "TOO_MANY_UPLOADS");
  second->reset();
  REQUIRE(Send(**first, content, content.size()).ok());
  REQUIRE((*first)->Finish().ok());
  first->reset();
  // Who comes when it is stored does not touch it.
  const auto stored = [] { return absl::AlreadyExistsError("stored"); };
  CHECK(absl::IsAlreadyExists(files.Write(place, 0, stored).status()));
  CHECK(ReadAll(files, place).value() == content);
}

TEST_CASE("EvidenceFiles: whatever is changed on the disk is noticed when it is read", "[store]") {
  FileStore store;
  const std::string content = Content(3 * kPiece + 100);
  const EvidencePlace place = PlaceOf(store.org, content);
  REQUIRE(Upload(*store.files, place, content).ok());
  const std::string path = store.Path(place);
  const std::string whole = store.disk.fs->Read(path);
  const auto damaged = [&](const std::string& bytes) {
    store.disk.fs->Write(path, bytes);
    const absl::Status status = ReadAll(*store.files, place).status();
    INFO(status.ToString());
    return absl::IsDataLoss(status) && Reason(status) == "EVIDENCE_DAMAGED";
  };
  const auto flipped = [&](size_t at) {
    std::string bytes = whole;
    bytes[at] = static_cast<char>(bytes[at] ^ 1);
    return bytes;
  };

  for (const size_t at : {size_t{0}, size_t{18}, size_t{40}, kHeader, kHeader + 12, kHeader + kBox,
                          kHeader + kBox - 1, whole.size() - 1}) {
    CHECK(damaged(flipped(at)));
  }
  const auto piece = [&](size_t index) { return whole.substr(kHeader + index * kBox, kBox); };
  const std::string header = whole.substr(0, kHeader);
  CHECK(damaged(header + piece(1) + piece(0) + piece(2) + piece(3)));
  CHECK(damaged(header + piece(0) + piece(0) + piece(2) + piece(3)));
  CHECK(damaged(header + piece(0) + piece(1) + piece(2)));
  CHECK(damaged(whole.substr(0, whole.size() - 1)));
  CHECK(damaged(whole + "x"));
  CHECK(damaged(header));
  CHECK(damaged(""));
  CHECK_FALSE(damaged(whole));
  store.disk.fs->Remove(path);
  CHECK(Reason(store.files->Read(place).status()) == "EVIDENCE_DAMAGED");

  // The file of another item is not this one's, though both have the same bytes.
  const EvidencePlace other = PlaceOf(store.org, content, "EV-2");
  REQUIRE(Upload(*store.files, other, content).ok());
  CHECK(damaged(store.disk.fs->Read(store.Path(other))));
}

TEST_CASE("EvidenceFiles: damage to what waits for its rest costs what follows it, no more",
          "[store]") {
  FileStore store;
  const std::string content = Content(6 * kPiece);
  const EvidencePlace place = PlaceOf(store.org, content);
  REQUIRE(Send(**store.files->Write(place, 0, Always), content, 5 * kPiece).ok());
  const std::string path = store.Path(place);
  std::string bytes = store.disk.fs->Read(path);
  const size_t at = GENERATE(size_t{20}, kHeader + 2 * kBox + 77);
  bytes[at] = static_cast<char>(bytes[at] ^ 1);
  store.disk.fs->Write(path, bytes);

  auto writer = store.files->Write(place, 5 * kPiece, Always);
  const absl::Status status = writer.ok() ? Send(**writer, content, 5 * kPiece) : writer.status();
  CHECK(Reason(status) == (at == 20 ? "UPLOAD_MOVED" : "UPLOAD_DAMAGED"));
  if (writer.ok()) writer->reset();
  CHECK(store.files->ProgressOf(place)->bytes == (at == 20 ? 0 : 2 * kPiece));
  CHECK(Upload(*store.files, place, content).value() == place.digest);
  CHECK(ReadAll(*store.files, place).value() == content);
}

TEST_CASE("EvidenceFiles: half a piece at the end counts for nothing", "[store]") {
  FileStore store;
  const std::string content = Content(3 * kPiece);
  const EvidencePlace place = PlaceOf(store.org, content);
  REQUIRE(Send(**store.files->Write(place, 0, Always), content, 2 * kPiece).ok());
  const std::string path = store.Path(place);
  const std::string bytes = store.disk.fs->Read(path);
  for (const size_t cut : {bytes.size() - 1, kHeader + kBox + 1, kHeader + kBox}) {
    store.disk.fs->Write(path, bytes.substr(0, cut));
    CHECK(store.files->ProgressOf(place)->bytes == kPiece);
  }
  store.disk.fs->Write(path, bytes.substr(0, kHeader - 1));
  CHECK(store.files->ProgressOf(place)->bytes == 0);
  CHECK(Upload(*store.files, place, content).value() == place.digest);
}

// On the machine's own disk: rights, times.
struct RealStore {
  RealStore()
      : database(*Database::Open({.directory = dir.Path("store")})),
        org(CreateAcme(*database)),
        files(*database) {}

  std::string Path(const std::string& item) const {
    return files.directory() + "/" + std::to_string(static_cast<uint32_t>(org)) +
           "/00000000000000000000000000000001/" + item;
  }
  void Put(const std::string& item, bool old) {
    const std::string content = Content(kPiece + 1);
    REQUIRE(Upload(files, PlaceOf(org, content, item), content).ok());
    if (!old) return;
    namespace fs = std::filesystem;
    fs::last_write_time(Path(item), fs::file_time_type::clock::now() - std::chrono::hours(24 * 8));
  }
  bool Has(const std::string& item) const { return std::filesystem::exists(Path(item)); }

  ScratchDirectory dir;
  std::unique_ptr<Database> database;
  OrgNumber org;
  EvidenceFiles files;
};

TEST_CASE("EvidenceFiles: files and folders are their owner's alone", "[store]") {
  const mode_t before = ::umask(0);
  RealStore store;
  store.Put("EV-1", false);
  ::umask(before);
  const auto mode = [](const std::string& path) {
    struct stat state {};
    REQUIRE(::stat(path.c_str(), &state) == 0);
    return state.st_mode & 0777;
  };
  CHECK(mode(store.Path("EV-1")) == 0600);
  std::filesystem::path folder = std::filesystem::path(store.Path("EV-1")).parent_path();
  for (; folder != store.dir.path(); folder = folder.parent_path()) CHECK(mode(folder) == 0700);
}

TEST_CASE("EvidenceFiles: what nobody went on with is swept, and nothing else", "[store]") {
  RealStore store;
  for (const char* item : {"EV-1", "EV-2", "EV-3", "EV-5"}) store.Put(item, true);
  store.Put("EV-4", false);
  std::ofstream(store.Path("notes")) << "the operator's";
  const std::string content = Content(kPiece + 1);
  auto writer = store.files.Write(PlaceOf(store.org, content, "EV-5"), kPiece, Always);
  INFO(writer.status().ToString());
  REQUIRE(writer.ok());
  namespace fs = std::filesystem;
  fs::last_write_time(store.Path("EV-5"),
                      fs::file_time_type::clock::now() - std::chrono::hours(24 * 8));

  const EvidenceFiles::Swept swept =
      store.files.Sweep(runtime::SystemClock().Now(),
                        [&](OrgNumber org, const IncidentId& incident,
                            const std::string& item) -> absl::StatusOr<bool> {
                          CHECK(org == store.org);
                          CHECK(incident == AnIncident(1));
                          if (item == "EV-2") return absl::UnavailableError("cannot be told");
                          return item == "EV-1";
                        });

  CHECK(swept.removed == 1);
  CHECK(store.Has("EV-1"));  // stored
  CHECK(store.Has("EV-2"));  // cannot be told
  CHECK_FALSE(store.Has("EV-3"));
  CHECK(store.Has("EV-4"));  // young
  CHECK(store.Has("EV-5"));  // being written
  CHECK(store.Has("notes"));
}

}  // namespace
}  // namespace tocsin::store
