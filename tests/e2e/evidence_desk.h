// What the tests of evidence files share: contents, an upload sent by hand, and looks at what the
// server has.
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "clients/core/errors.h"
#include "server/base/digest.h"
#include "server/base/error.h"
#include "tests/e2e/offline_desk.h"
#include "tocsin/v1/evidence.grpc.pb.h"

namespace tocsin::e2e {

using EvidenceStub = v1::EvidenceService::Stub;

inline constexpr size_t kPiece = size_t{64} << 10;
inline constexpr size_t kMiB = size_t{1} << 20;

/// Bytes of which no two pieces are the same.
inline std::string Content(size_t size) {
  std::string bytes(size, '\0');
  uint64_t state = 88172645463325252ULL;
  for (size_t i = 0; i < size; ++i) {
    if (i % 8 == 0) {
      state ^= state << 13;
      state ^= state >> 7;
      state ^= state << 17;
    }
    bytes[i] = static_cast<char>(state >> (i % 8 * 8));
  }
  return bytes;
}

inline std::string Written(const Person& person, const std::string& name,
                           const std::string& content) {
  WriteFile(person.File(name), content);
  return person.File(name);
}

/// An upload as a client of another make would send it, piece by piece.
class RawUpload {
 public:
  RawUpload(const Person& person, const std::string& incident, uint64_t size, uint64_t offset = 0,
            const std::string& request_id = "", const std::string& item = "EV-1")
      : connection_(person.Connect()) {
    connection_.Prepare(context_, absl::InfiniteDuration());
    stub_ = v1::EvidenceService::NewStub(connection_.channel());
    stream_ = stub_->UploadEvidence(&context_, &response);
    v1::UploadEvidenceRequest message;
    v1::UploadEvidenceRequest::Start& start = *message.mutable_start();
    start.set_request_id(request_id);
    start.set_incident(incident);
    start.set_item(item);
    start.set_size(size);
    start.set_offset(offset);
    stream_->Write(message);
  }
  ~RawUpload() {
    context_.TryCancel();
    if (!finished_) static_cast<void>(stream_->Finish());
  }
  bool Send(const std::string& bytes) {
    v1::UploadEvidenceRequest message;
    message.set_data(bytes);
    return stream_->Write(message);
  }
  void SendAll(const std::string& content, size_t begin, size_t end) {
    for (size_t at = begin; at < end; at += kPiece) {
      if (!Send(content.substr(at, std::min(kPiece, end - at)))) return;
    }
  }
  absl::Status Finish() {
    finished_ = true;
    stream_->WritesDone();
    return client::FromRpc(stream_->Finish());
  }
  v1::UploadEvidenceResponse response;

 private:
  client::Connection connection_;
  grpc::ClientContext context_;
  std::unique_ptr<EvidenceStub> stub_;
  std::unique_ptr<grpc::ClientWriter<v1::UploadEvidenceRequest>> stream_;
  bool finished_ = false;
};

inline v1::Upload StateOf(client::Connection& connection, const std::string& incident) {
  v1::GetUploadRequest request;
  request.set_incident(incident);
  request.set_item("EV-1");
  return MustCall(connection, &EvidenceStub::GetUpload, request);
}

/// Until so many bytes are safely there; each look is a call, so that nothing is waited for idly.
inline void WaitForBytes(const Person& person, const std::string& incident, uint64_t bytes) {
  client::Connection connection = person.Connect();
  for (;;) {
    const v1::Upload state = StateOf(connection, incident);
    REQUIRE_FALSE(state.stored());
    if (state.offset() >= bytes) return;
  }
}

inline std::string StoredFile(const Server& server, const std::string& item = "EV-1") {
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(server.data() + "/files")) {
    if (entry.path().filename() == item) return entry.path().string();
  }
  FAIL("no file of " << item);
  return "";
}

inline size_t EntriesOf(const OfflineDesk& desk, const std::string& type) {
  client::Connection connection = desk.ada->Connect();
  size_t count = 0;
  for (const v1::Entry& entry : Timeline(connection, desk.incident)) {
    if (entry.type() == type) ++count;
  }
  return count;
}

/// "EV-1: 6291456 of 10485761 bytes were there already".
inline uint64_t BytesThatWereThere(const std::string& err) {
  const size_t at = err.find("EV-1: ");
  uint64_t bytes = 0;
  if (at == std::string::npos || err.find("were there already") == std::string::npos) return 0;
  const std::vector<std::string> words = absl::StrSplit(err.substr(at + 6), ' ');
  REQUIRE(absl::SimpleAtoi(words[0], &bytes));
  return bytes;
}

inline uint64_t KiBOf(pid_t pid, const std::string& field) {
  std::ifstream status(absl::StrCat("/proc/", pid, "/status"));
  for (std::string word; status >> word;) {
    uint64_t value = 0;
    if (word == field && status >> value) return value;
  }
  FAIL("no " << field);
  return 0;
}

}  // namespace tocsin::e2e
