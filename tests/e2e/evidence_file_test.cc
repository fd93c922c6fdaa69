// Files of evidence through the real binaries: sent, interrupted on either side and gone on with,
// retrieved as they were, many at once, in little memory.
#include <signal.h>
#include <sys/stat.h>

#include <iostream>

#include "absl/time/clock.h"
#include "tests/e2e/evidence_desk.h"

namespace tocsin::e2e {
namespace {

using nlohmann::json;

TEST_CASE("Evidence file: sent with its registration, shown, and retrieved as it was",
          "[e2e][evidence]") {
  OfflineDesk desk;
  const Person& ada = *desk.ada;
  const Person eve = NewPerson(*desk.admin, desk.server, "eve", {"viewer"});
  const std::string content = Content(10 * kMiB + 1);
  const std::string said =
      ada.Do({"evidence", "add", Written(ada, "fs01.dd", content), "--upload"});
  CHECK_THAT(said, ContainsSubstring("EV-1  stored in the server, 10485761 bytes"));
  CHECK_THAT(ada.Do({"evidence", "list"}), ContainsSubstring("stored"));

  eve.Refused(kNoRights, "role",
              {"evidence", "upload", "EV-1", ada.File("fs01.dd"), "--incident", desk.incident});
  const std::string got = eve.File("got.dd");
  const std::string told =
      eve.Do({"evidence", "get", "EV-1", "--out", got, "--incident", desk.incident});
  CHECK_THAT(told, ContainsSubstring(Sha256(content).Hex()));
  CHECK(ReadFile(got) == content);

  const std::string shown = ada.Do({"evidence", "show", "EV-1"});
  CHECK_THAT(shown, ContainsSubstring("stored in the server, retrieved 1 time"));
  CHECK_THAT(shown, ContainsSubstring("stored in the server by @ada"));
  CHECK_THAT(shown, ContainsSubstring("retrieved from the server by @eve"));
  const json item = ada.Json({"evidence", "show", "EV-1"});
  CHECK(item["stored"] == true);
  CHECK(item["holder"] == "@ada");
  REQUIRE(item["custody"].size() == 3);
  CHECK(item["custody"][2]["custody"] == "CUSTODY_RETRIEVED");
  CHECK(item["custody"][2]["author"] == "@eve");
  CHECK_THAT(ada.Do({"timeline"}), ContainsSubstring("Evidence EV-1 retrieved from the server"));

  // Nothing of it lies open on the disk, and only the server's owner can read what is there.
  const std::string sealed = ReadFile(StoredFile(desk.server));
  CHECK(sealed.find(content.substr(4096, 64)) == std::string::npos);
  struct stat state {};
  REQUIRE(::stat(StoredFile(desk.server).c_str(), &state) == 0);
  CHECK((state.st_mode & 0777) == 0600);

  desk.server.Stop();
  desk.server.StartAgain();
  CHECK(ada.Do({"evidence", "get", "EV-1", "--out", "-"}) == content);
  CHECK_THAT(ada.Do({"evidence", "upload", "EV-1", ada.File("fs01.dd")}),
             ContainsSubstring("the server has the file of EV-1"));
  CHECK(EntriesOf(desk, "evidence-stored") == 1);
  CHECK(EntriesOf(desk, "evidence-retrieved") == 2);

  const std::string bundle = ada.File("bundle.json");
  ada.Do({"export", "--out", bundle});
  CHECK_THAT(ada.Do({"verify", bundle}), ContainsSubstring("entries"));
  CHECK(VerifyWithPython(bundle).code == 0);
  for (const char* language : {"en", "nl", "sv"}) {
    const std::string report = ada.Do({"render", bundle, "--profile", "technical", "--format", "md",
                                       "--language", language, "--out", "-"});
    CHECK_THAT(report, ContainsSubstring("@eve"));
  }
}

TEST_CASE("Evidence file: after the server was killed in the middle, only the rest is sent",
          "[e2e][evidence]") {
  OfflineDesk desk;
  const Person& ada = *desk.ada;
  const std::string content = Content(10 * kMiB + 1);
  const std::string file = Written(ada, "fs01.dd", content);
  ada.Do({"evidence", "add", file});
  {
    RawUpload upload(ada, desk.incident, content.size());
    upload.SendAll(content, 0, 6 * kMiB);
    WaitForBytes(ada, desk.incident, 4 * kMiB);
    desk.server.Kill();
  }
  desk.server.StartAgain();

  const Exit resumed = ada.Run({"evidence", "upload", "EV-1", file});
  INFO(resumed.err);
  CHECK(resumed.code == 0);
  const uint64_t there = BytesThatWereThere(resumed.err);
  CHECK(there >= 4 * kMiB);
  CHECK(there <= 6 * kMiB);
  CHECK(ada.Do({"evidence", "get", "EV-1", "--out", "-"}) == content);
  CHECK(EntriesOf(desk, "evidence-stored") == 1);
}

TEST_CASE(
    "Evidence file: a server that is stopped does not wait for an upload, which goes on later",
    "[e2e][evidence]") {
  OfflineDesk desk;
  const Person& ada = *desk.ada;
  const std::string content = Content(2 * kMiB);
  const std::string file = Written(ada, "fs01.dd", content);
  ada.Do({"evidence", "add", file});
  RawUpload upload(ada, desk.incident, content.size());
  upload.SendAll(content, 0, kMiB);
  desk.server.Stop();
  CHECK(absl::IsUnavailable(upload.Finish()));
  desk.server.StartAgain();
  const Exit resumed = ada.Run({"evidence", "upload", "EV-1", file});
  INFO(resumed.err);
  CHECK(resumed.code == 0);
  CHECK(BytesThatWereThere(resumed.err) > 0);
  CHECK(ada.Do({"evidence", "get", "EV-1", "--out", "-"}) == content);
}

TEST_CASE("Evidence file: forty at once, piece by piece in turn", "[e2e][evidence]") {
  OfflineDesk desk;
  const Person& ada = *desk.ada;
  constexpr size_t kItems = 40;
  const std::string all = Content((kItems + 4) * kPiece);
  std::vector<std::string> contents;
  std::vector<std::unique_ptr<RawUpload>> uploads;
  client::Connection connection = ada.Connect();
  for (size_t i = 0; i < kItems; ++i) {
    contents.push_back(all.substr(i * kPiece, 3 * kPiece + i));
    v1::AddEvidenceRequest add;
    add.set_incident(desk.incident);
    add.set_name(absl::StrCat("file ", i));
    add.set_size(contents[i].size());
    add.set_sha256(std::string(Sha256(contents[i]).view()));
    MustCall(connection, &EvidenceStub::AddEvidence, add);
    uploads.push_back(std::make_unique<RawUpload>(ada, desk.incident, contents[i].size(), 0, "",
                                                  absl::StrCat("EV-", i + 1)));
  }
  for (size_t at = 0; at <= 3 * kPiece; at += kPiece) {
    for (size_t i = 0; i < kItems; ++i) {
      if (at < contents[i].size()) uploads[i]->Send(contents[i].substr(at, kPiece));
    }
  }
  for (const auto& upload : uploads) RequireOk(upload->Finish());
  CHECK(EntriesOf(desk, "evidence-stored") == kItems);
  for (const size_t i : {size_t{0}, size_t{17}, kItems - 1}) {
    CHECK(ada.Do({"evidence", "get", absl::StrCat("EV-", i + 1), "--out", "-"}) == contents[i]);
  }
}

TEST_CASE("Evidence file: one command outlives the server's kill, and another the client's",
          "[e2e][evidence]") {
  OfflineDesk desk;
  const Person& ada = *desk.ada;
  const std::string content = Content(64 * kMiB + 12'345);
  const std::string file = Written(ada, "fs01.dd", content);
  ada.Do({"evidence", "add", file});
  const Command command = ada.CommandOf({"evidence", "upload", "EV-1", file});
  {
    Process client(command, ada.File("err"), ada.File("out"));
    WaitForBytes(ada, desk.incident, 4 * kMiB);
    client.Signal(SIGKILL);
    REQUIRE(client.Wait(absl::Seconds(20)) == 128 + SIGKILL);
  }
  WaitForBytes(ada, desk.incident, 4 * kMiB);

  Process client(command, ada.File("err2"), ada.File("out2"));
  WaitForBytes(ada, desk.incident, 12 * kMiB);
  desk.server.Kill();
  desk.server.StartAgain();
  const std::optional<int> code = client.Wait(absl::Seconds(60));
  INFO(ReadFile(ada.File("err2")));
  CHECK(code == 0);
  CHECK(BytesThatWereThere(ReadFile(ada.File("err2"))) >= 4 * kMiB);
  const std::string got = ada.File("got");
  ada.Do({"evidence", "get", "EV-1", "--out", got});
  CHECK(ReadFile(got) == content);
  CHECK(EntriesOf(desk, "evidence-stored") == 1);
}

TEST_CASE("Evidence file: two who send the same file at once store it once and whole",
          "[e2e][evidence]") {
  OfflineDesk desk;
  const Person& ada = *desk.ada;
  const std::string content = Content(16 * kMiB);
  const std::string file = Written(ada, "same", content);
  ada.Do({"evidence", "add", file});
  std::vector<std::unique_ptr<Process>> runs;
  for (int i = 0; i < 3; ++i) {
    runs.push_back(std::make_unique<Process>(ada.CommandOf({"evidence", "upload", "EV-1", file}),
                                             ada.File(absl::StrCat("err", i)),
                                             ada.File(absl::StrCat("out", i))));
  }
  int stored = 0;
  for (const auto& run : runs) {
    const std::optional<int> code = run->Wait(absl::Seconds(60));
    if (code == 0) ++stored;
    if (code != 0) CHECK(code == 5);
  }
  CHECK(stored >= 1);
  CHECK(EntriesOf(desk, "evidence-stored") == 1);
  CHECK(ada.Do({"evidence", "get", "EV-1", "--out", "-"}) == content);
}

TEST_CASE("Evidence file: while the server is away the item waits, and the file follows later",
          "[e2e][evidence][offline]") {
  OfflineDesk desk;
  const Person& ada = *desk.ada;
  const std::string file = Written(ada, "a", Content(3 * kPiece));
  desk.server.Kill();
  const Exit queued = ada.Run({"evidence", "add", file, "--upload"});
  CHECK(queued.code == kQueued);
  CHECK_THAT(queued.err, ContainsSubstring("the file was not sent"));
  desk.server.StartAgain();
  ada.Do({"queue", "flush"});
  const Exit again = ada.Run({"evidence", "add", file, "--upload"});
  INFO(again.err);
  CHECK(again.code == 0);
  CHECK_THAT(again.err, ContainsSubstring("EV-1 was recorded before"));
  CHECK(EntriesOf(desk, "evidence-added") == 1);
  CHECK(ada.Do({"evidence", "get", "EV-1", "--out", "-"}) == ReadFile(file));
}

TEST_CASE("Evidence file: the server's memory does not grow with the file", "[e2e][evidence]") {
  OfflineDesk desk;
  const Person& ada = *desk.ada;
  constexpr size_t kSize = 128 * kMiB;
  const std::string file = Written(ada, "large", Content(kSize));
  ada.Do({"evidence", "add", Written(ada, "small", Content(kMiB)), "--upload"});
  ada.Do({"evidence", "add", file});
  const uint64_t before = KiBOf(desk.server.pid(), "VmHWM:");

  absl::Time start = absl::Now();
  ada.Do({"evidence", "upload", "EV-2", file});
  const absl::Duration up = absl::Now() - start;
  start = absl::Now();
  ada.Do({"evidence", "get", "EV-2", "--out", ada.File("got")});
  const absl::Duration down = absl::Now() - start;

  const uint64_t grown = KiBOf(desk.server.pid(), "VmHWM:") - before;
  const auto rate = [&](absl::Duration took) {
    return static_cast<double>(kSize) / 1e6 / absl::ToDoubleSeconds(took);
  };
  std::cout << "128 MiB: up " << rate(up) << " MB/s, down " << rate(down)
            << " MB/s, server grew by " << grown << " KiB\n";
  CHECK(grown < 16 * 1024);
  CHECK(Sha256(ReadFile(ada.File("got"))) == Sha256(ReadFile(file)));
}

}  // namespace
}  // namespace tocsin::e2e
