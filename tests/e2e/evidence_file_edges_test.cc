// Files of evidence that are refused: the wrong one, too large, from a hostile client, somebody
// else's, changed on the server's disk.
#include <filesystem>

#include "absl/strings/strip.h"
#include "tests/e2e/evidence_desk.h"

namespace tocsin::e2e {
namespace {

using nlohmann::json;

TEST_CASE("Evidence file: another file than was registered is refused and leaves nothing",
          "[e2e][evidence]") {
  OfflineDesk desk;
  const Person& ada = *desk.ada;
  const std::string content = Content(3 * kPiece);
  ada.Do({"evidence", "add", Written(ada, "right", content)});
  ada.Refused(5, "is not the file of EV-1",
              {"evidence", "upload", "EV-1", Written(ada, "wrong", Content(3 * kPiece + 1))});
  ada.Refused(3, "no evidence 'EV-2'", {"evidence", "upload", "EV-2", ada.File("right")});
  ada.Refused(5, "does not have the file", {"evidence", "get", "EV-1"});

  RawUpload longer(ada, desk.incident, content.size() + 1);
  CHECK(ReasonOf(longer.Finish()) == "EVIDENCE_DIFFERS");
  std::string changed = content;
  changed[2 * kPiece] = static_cast<char>(changed[2 * kPiece] ^ 1);
  RawUpload other(ada, desk.incident, content.size());
  other.SendAll(changed, 0, changed.size());
  CHECK(ReasonOf(other.Finish()) == "EVIDENCE_DIFFERS");
  client::Connection connection = ada.Connect();
  CHECK(StateOf(connection, desk.incident).offset() == 0);
  CHECK(EntriesOf(desk, "evidence-stored") == 0);

  // Half of a wrong file, left by somebody: found out at the end, and sent anew at once.
  {
    RawUpload half(ada, desk.incident, content.size());
    half.SendAll(Content(kPiece * 4).substr(kPiece), 0, 2 * kPiece);
    CHECK(ReasonOf(half.Finish()) == "UPLOAD_INCOMPLETE");
  }
  CHECK(StateOf(connection, desk.incident).offset() == 2 * kPiece);
  ada.Do({"evidence", "upload", "EV-1", ada.File("right")});
  CHECK(ada.Do({"evidence", "get", "EV-1", "--out", "-"}) == content);
}

TEST_CASE("Evidence file: hostile streams are refused and the next upload is not in their way",
          "[e2e][evidence]") {
  OfflineDesk desk;
  const Person& ada = *desk.ada;
  const std::string content = Content(2 * kPiece + 7);
  const std::string file = Written(ada, "a", content);
  ada.Do({"evidence", "add", file});
  const uint64_t size = content.size();
  const auto reason = [&](RawUpload& upload) { return ReasonOf(upload.Finish()); };
  {
    RawUpload ahead(ada, desk.incident, size, kPiece * 2);
    CHECK(reason(ahead) == "UPLOAD_MOVED");
    RawUpload empty(ada, desk.incident, size);
    empty.Send("");
    CHECK(reason(empty) == "BAD_CHUNK");
    RawUpload large(ada, desk.incident, size);
    large.Send(Content(kPiece + 1));
    CHECK(reason(large) == "BAD_CHUNK");
    RawUpload much(ada, desk.incident, size);
    much.SendAll(Content(4 * kPiece), 0, 4 * kPiece);
    CHECK(reason(much) == "BAD_CHUNK");
    RawUpload odd(ada, desk.incident, size, 1);
    CHECK(reason(odd) == "BAD_OFFSET");
    RawUpload beyond(ada, desk.incident, size, uint64_t{1} << 63);
    CHECK(reason(beyond) == "BAD_OFFSET");
    RawUpload path(ada, desk.incident, size, 0, "", "../../../keys/default.log.key");
    CHECK(reason(path) == "UNKNOWN_EVIDENCE");
    RawUpload id(ada, desk.incident, size, 0, "not a uuid");
    CHECK(reason(id) == "BAD_REQUEST_ID");
  }
  client::Connection connection = ada.Connect();
  grpc::ClientContext context;
  connection.Prepare(context, absl::Seconds(10));
  EvidenceStub stub(connection.channel());
  v1::UploadEvidenceResponse response;
  const auto stream = stub.UploadEvidence(&context, &response);
  v1::UploadEvidenceRequest message;
  message.set_data("no start");
  stream->Write(message);
  CHECK(ReasonOf(client::FromRpc(stream->Finish())) == "NO_START");

  ada.Do({"evidence", "upload", "EV-1", file});
  v1::RetrieveEvidenceRequest request;
  request.set_incident(desk.incident);
  request.set_item("EV-1");
  for (const uint64_t offset : {uint64_t{1}, 5 * kPiece, uint64_t{1} << 63}) {
    request.set_offset(offset);
    grpc::ClientContext read;
    connection.Prepare(read, absl::Seconds(10));
    const auto reader = stub.RetrieveEvidence(&read, request);
    v1::RetrieveEvidenceResponse part;
    while (reader->Read(&part)) {
    }
    CHECK(ReasonOf(client::FromRpc(reader->Finish())) == "BAD_OFFSET");
  }
  CHECK(EntriesOf(desk, "evidence-retrieved") == 0);
}

TEST_CASE("Evidence file: the same request twice is one upload and one retrieval",
          "[e2e][evidence]") {
  OfflineDesk desk;
  const Person& ada = *desk.ada;
  const std::string content = Content(kPiece + 7);
  ada.Do({"evidence", "add", Written(ada, "a", content)});
  const std::string id = "6f1c1f6e-5d0e-4a44-9a7c-0b3a5b1d9e10";
  RawUpload first(ada, desk.incident, content.size(), 0, id);
  first.SendAll(content, 0, content.size());
  RequireOk(first.Finish());
  RawUpload again(ada, desk.incident, content.size(), 0, id);
  RequireOk(again.Finish());
  CHECK(again.response.result().repeated());
  CHECK(again.response.result().first_sequence() == first.response.result().first_sequence());
  RawUpload other(ada, desk.incident, content.size());
  CHECK(ReasonOf(other.Finish()) == "EVIDENCE_STORED");
  CHECK(EntriesOf(desk, "evidence-stored") == 1);

  const std::vector<std::string> get = {"evidence",
                                        "get",
                                        "EV-1",
                                        "--out",
                                        "-",
                                        "--request-id",
                                        "0b3a5b1d-5d0e-4a44-9a7c-6f1c1f6e9e10"};
  CHECK(ada.Do(get) == content);
  CHECK(ada.Do(get) == content);
  CHECK(EntriesOf(desk, "evidence-retrieved") == 1);
}

TEST_CASE(
    "Evidence file: what was changed on the server's disk is told loudly, and the server "
    "goes on",
    "[e2e][evidence]") {
  OfflineDesk desk;
  const Person& ada = *desk.ada;
  const std::string content = Content(3 * kPiece + 100);
  ada.Do({"evidence", "add", Written(ada, "a", content), "--upload"});
  const std::string path = StoredFile(desk.server);
  const std::string whole = ReadFile(path);
  constexpr size_t kBox = kPiece + 28;
  const size_t header = whole.size() - content.size() - 4 * 28;
  std::string flipped = whole;
  flipped[header + kBox + 99] = static_cast<char>(flipped[header + kBox + 99] ^ 1);
  const std::string swapped = whole.substr(0, header) + whole.substr(header + kBox, kBox) +
                              whole.substr(header, kBox) + whole.substr(header + 2 * kBox);
  REQUIRE(swapped.size() == whole.size());
  for (const std::string& damaged : {flipped, swapped, whole.substr(0, header + 2 * kBox)}) {
    WriteFile(path, damaged);
    const Exit got = ada.Run({"evidence", "get", "EV-1", "--out", ada.File("got")});
    CHECK(got.code == kFinding);
    CHECK_THAT(got.err, ContainsSubstring("the server's file of EV-1 is damaged"));
    CHECK_FALSE(std::filesystem::exists(ada.File("got")));
    ada.Do({"log", "still here"});
  }
  WriteFile(path, whole);
  ada.Do({"evidence", "get", "EV-1", "--out", ada.File("got")});
  CHECK(ReadFile(ada.File("got")) == content);
  // No half of a file lies about.
  for (const auto& entry :
       std::filesystem::directory_iterator(std::filesystem::path(ada.File("x")).parent_path())) {
    CHECK(entry.path().filename().string().find("got.") == std::string::npos);
  }
}

TEST_CASE("Evidence file: who retrieves is recorded before the first byte leaves",
          "[e2e][evidence]") {
  OfflineDesk desk;
  const Person& ada = *desk.ada;
  ada.Do({"evidence", "add", Written(ada, "a", Content(20 * kMiB)), "--upload"});
  client::Connection connection = ada.Connect();
  grpc::ClientContext context;
  connection.Prepare(context, absl::Seconds(20));
  EvidenceStub stub(connection.channel());
  v1::RetrieveEvidenceRequest request;
  request.set_incident(desk.incident);
  request.set_item("EV-1");
  const auto reader = stub.RetrieveEvidence(&context, request);
  v1::RetrieveEvidenceResponse part;
  REQUIRE(reader->Read(&part));
  CHECK(part.has_start());
  CHECK(part.start().result().first_sequence() > 0);
  CHECK(EntriesOf(desk, "evidence-retrieved") == 1);
  // Gone in the middle: it stays recorded, and the server is free for the next.
  context.TryCancel();
  while (reader->Read(&part)) {
  }
  CHECK_FALSE(reader->Finish().ok());
  CHECK(EntriesOf(desk, "evidence-retrieved") == 1);
}

TEST_CASE("Evidence file: a token that is revoked ends its upload, and another goes on with it",
          "[e2e][evidence]") {
  OfflineDesk desk;
  const Person& ada = *desk.ada;
  const Person rex = NewPerson(*desk.admin, desk.server, "rex", {"responder"});
  const std::string content = Content(4 * kPiece);
  const std::string file = Written(ada, "a", content);
  ada.Do({"evidence", "add", file});
  RawUpload upload(rex, desk.incident, content.size());
  upload.SendAll(content, 0, 2 * kPiece);
  desk.admin->Do({"token", "revoke", rex.Json({"whoami"})["token_id"].get<std::string>()});
  upload.SendAll(content, 2 * kPiece, content.size());
  const absl::Status ended = upload.Finish();
  CHECK(absl::IsUnauthenticated(ended));
  CHECK(EntriesOf(desk, "evidence-stored") == 0);
  ada.Do({"evidence", "upload", "EV-1", file});
  CHECK(ada.Do({"evidence", "get", "EV-1", "--out", "-"}) == content);
}

TEST_CASE("Evidence file: above the limit nothing is sent, and the item is recorded all the same",
          "[e2e][evidence]") {
  const TempDir dir;
  WriteFile(dir.File("c.yaml"), "limits:\n  evidence_limit: 128 KiB\n");
  Server server({.config = dir.File("c.yaml")});
  server.Start();
  const Person ada = NewPerson(Admin(server), server, "ada", {"commander"});
  ada.Do({"declare", "A case", "--severity", "sev3"});
  const std::string large = Written(ada, "large", Content(2 * kPiece + 1));
  ada.Refused(5, "at most 131072", {"evidence", "add", large, "--upload"});
  CHECK(ada.Json({"evidence", "show", "EV-1"})["name"] == "large");
  CHECK_FALSE(std::filesystem::exists(server.data() + "/files"));
  ada.Refused(5, "at most 131072", {"evidence", "upload", "EV-1", large});
  ada.Do({"evidence", "add", Written(ada, "fits", Content(2 * kPiece)), "--upload"});
  const Exit checked =
      Run({.arguments = {ServerBinary(), "check-config", "--config", dir.File("c.yaml"),
                         "--library", TOCSIN_SOURCE_DIR "/playbooks"}});
  INFO(checked.err);
  CHECK(checked.code == 0);
}

TEST_CASE("Evidence file: nobody else's incident has one", "[e2e][evidence]") {
  const TempDir dir;
  WriteFile(dir.File("c.yaml"), "organisations:\n  - name: acme\n  - name: globex\n");
  Server server({.config = dir.File("c.yaml"), .organisations = 2});
  server.Start();
  const Person admin = Admin(server, "acme");
  const Person ada = NewPerson(admin, server, "ada", {"commander"});
  const Person eve = NewPerson(admin, server, "eve", {"responder"});
  const Person mallory = NewPerson(Admin(server, "globex"), server, "mallory", {"commander"});
  const std::string incident(absl::StripAsciiWhitespace(
      ada.Do({"declare", "Secret", "--severity", "sev3", "--restricted", "-o", "id"})));
  const std::string file = Written(ada, "a", Content(100));
  ada.Do({"evidence", "add", file, "--upload", "--incident", incident});
  for (const Person* person : {&eve, &mallory}) {
    for (const std::string& number : {incident, std::string("INC-2026-0999")}) {
      const std::string get =
          person->Refused(3, "no such incident", {"evidence", "get", "EV-1", "--incident", number});
      CHECK(get == person->Refused(3, "no such incident",
                                   {"evidence", "get", "EV-1", "--incident", "INC-2026-0998"}));
      RawUpload upload(*person, number, 100);
      CHECK(ReasonOf(upload.Finish()) == "UNKNOWN_INCIDENT");
      client::Connection connection = person->Connect();
      grpc::ClientContext context;
      connection.Prepare(context, absl::Seconds(10));
      EvidenceStub stub(connection.channel());
      v1::RetrieveEvidenceRequest request;
      request.set_incident(number);
      request.set_item("EV-1");
      const auto reader = stub.RetrieveEvidence(&context, request);
      v1::RetrieveEvidenceResponse part;
      CHECK_FALSE(reader->Read(&part));
      CHECK(ReasonOf(client::FromRpc(reader->Finish())) == "UNKNOWN_INCIDENT");
    }
  }
}

TEST_CASE("Evidence file: empty, by hash only, under a bad name, over a file that is there",
          "[e2e][evidence]") {
  OfflineDesk desk;
  const Person& ada = *desk.ada;
  ada.Do({"evidence", "add", Written(ada, "empty", ""), "--upload"});
  ada.Do({"evidence", "get", "EV-1", "--out", ada.File("got")});
  CHECK(ReadFile(ada.File("got")).empty());

  const std::string abc = Sha256("abc").Hex();
  ada.Refused(2, "a hash alone cannot be uploaded",
              {"evidence", "add", "--sha256", abc, "--size", "3", "--name", "x", "--upload"});
  ada.Do({"evidence", "add", "--sha256", abc, "--size", "3", "--name", "../../x"});
  ada.Do({"evidence", "upload", "EV-2", Written(ada, "x", "abc")});
  ada.Refused(2, "no plain file name", {"evidence", "get", "EV-2"});
  ada.Refused(5, "exists", {"evidence", "get", "EV-2", "--out", ada.File("got")});
  CHECK(ReadFile(ada.File("got")).empty());
  ada.Refused(2, "is no item of evidence", {"evidence", "get", "fs01"});
  ada.Do({"evidence", "get", "EV-2", "--out", ada.File("got"), "--force"});
  CHECK(ReadFile(ada.File("got")) == "abc");
  // Nothing was recorded of what was refused before it was asked for.
  CHECK(EntriesOf(desk, "evidence-retrieved") == 2);

  ada.Do({"evidence", "return", "EV-2", "--to", "the owner"});
  CHECK(ada.Do({"evidence", "get", "EV-2", "--out", "-"}) == "abc");
}

}  // namespace
}  // namespace tocsin::e2e
