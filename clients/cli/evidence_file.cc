// The files of evidence, to the server and back: evidence upload, get.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "clients/cli/evidence.h"
#include "clients/cli/output_file.h"
#include "clients/core/terminal_text.h"
#include "server/base/encoding.h"
#include "server/base/error.h"
#include "server/base/running_digest.h"
#include "server/base/status_macros.h"
#include "tocsin/v1/evidence.grpc.pb.h"

namespace tocsin::cli {
namespace {

using v1::EvidenceService;
using Steady = std::chrono::steady_clock;

constexpr size_t kChunkBytes = size_t{64} << 10;
// How long a server that went away in the middle is waited for, and how often it is tried.
constexpr std::chrono::seconds kBackWithin{15};
constexpr absl::Duration kBackPause = absl::Milliseconds(300);
// How often the server may say in one run that the upload is elsewhere than it said before.
constexpr int kMovesMax = 5;
// The server may need a moment to see that a client is gone.
constexpr std::chrono::seconds kUnderWayFor{5};
constexpr absl::Duration kUnderWayPause = absl::Milliseconds(200);

// Waits for a server that went away while bytes were moving. One that was never there is not waited
// for.
class Patience {
 public:
  void Moved() { last_ = Steady::now(); }
  // False when it has been long enough.
  bool Wait() const {
    if (!last_ || Steady::now() - *last_ > kBackWithin) return false;
    absl::SleepFor(kBackPause);
    return true;
  }

 private:
  std::optional<Steady::time_point> last_;
};

absl::Status NotRead(const std::string& path, const char* cause) {
  return Error(absl::StatusCode::kInternal, "FILE_NOT_READ",
               absl::StrCat("cannot read ", path, ": ", cause),
               "Check the file's owner and mode, then upload again.");
}

// Calls that send one file, each from where the one before it ended.
class Upload {
 public:
  Upload(Session& session, client::Connection& connection, const v1::EvidenceItem& item,
         const std::string& path)
      : session_(session), connection_(connection), item_(item), path_(path) {
    start_.set_request_id(session.NextRequestId());
    start_.set_incident(item.incident());
    start_.set_item(item.id());
    start_.set_size(item.size());
  }
  ~Upload() {
    if (file_ >= 0) ::close(file_);
  }
  Upload(const Upload&) = delete;
  Upload& operator=(const Upload&) = delete;

  absl::Status Open() {
    file_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    return file_ >= 0 ? absl::OkStatus() : NotRead(path_, std::strerror(errno));
  }

  // nullopt: the server has the file since `stored_in`.
  absl::StatusOr<std::optional<v1::UploadEvidenceResponse>> Run() {
    for (;;) {
      const absl::StatusOr<v1::Upload> state = Ask();
      if (!state.ok()) {
        if (client::IsWorthRetrying(state.status()) && patience_.Wait()) continue;
        return Left(state.status());
      }
      if (state->stored()) {
        stored_in = state->sequence();
        // By this run, perhaps, and only the answer was lost: the same request gets it.
        if (sent_ == 0 || !Send(item_.size()).ok()) return std::nullopt;
        return response_;
      }
      if (state->offset() > 0 && !std::exchange(told_, true)) {
        session_.err() << item_.id() << ": " << state->offset() << " of " << SizeText(item_.size())
                       << " were there already\n";
      }
      const absl::Status status = Send(state->offset());
      if (status.ok()) return response_;
      if (!MayGoOn(status, state->offset())) return Left(status);
      bar_.reset();
    }
  }

  uint64_t stored_in = 0;

 private:
  bool MayGoOn(const absl::Status& status, uint64_t offset) {
    // What was there before was not of this file: the server has dropped it.
    if (ReasonOf(status) == "EVIDENCE_DIFFERS") return offset > 0 && !std::exchange(anew_, true);
    if (absl::IsAborted(status)) return ReasonOf(status) != "FILE_CHANGED" && ++moves_ < kMovesMax;
    return client::IsWorthRetrying(status) && patience_.Wait();
  }

  // The error, with what to do about the part that arrived.
  absl::Status Left(const absl::Status& status) const {
    const bool later = client::IsWorthRetrying(status) && sent_ > 0;
    return later ? client::WithNextStep(
                       status, absl::StrCat("What arrived is kept. Go on with: tocsin evidence "
                                            "upload ",
                                            item_.id(), " FILE"))
                 : status;
  }

  absl::StatusOr<v1::Upload> Ask() {
    v1::GetUploadRequest request;
    request.set_incident(item_.incident());
    request.set_item(item_.id());
    const auto start = Steady::now();
    for (;;) {
      absl::StatusOr<v1::Upload> state = Call(session_, &EvidenceService::Stub::GetUpload, request);
      if (!state.ok() || !state->under_way()) return state;
      if (Steady::now() - start > kUnderWayFor) {
        return Error(absl::StatusCode::kAborted, "UPLOAD_UNDER_WAY",
                     absl::StrCat("somebody is uploading ", item_.id(),
                                  " right now: ", state->offset(), " of ", SizeText(item_.size())),
                     "Wait until it is done; upload again only if it was given up.");
      }
      absl::SleepFor(kUnderWayPause);
    }
  }

  absl::Status Send(uint64_t offset) {
    TOCSIN_RETURN_IF_ERROR(connection_.WaitUntilConnected());
    grpc::ClientContext context;
    connection_.Prepare(context, absl::InfiniteDuration());
    EvidenceService::Stub stub(connection_.channel());
    response_.Clear();
    const auto stream = stub.UploadEvidence(&context, &response_);
    const absl::Status read = Feed(*stream, offset);
    if (read.ok()) {
      stream->WritesDone();
    } else {
      context.TryCancel();
    }
    const absl::Status status = client::FromRpc(stream->Finish());
    return read.ok() ? status : read;
  }

  // Until all is sent or the server takes no more, which Finish explains.
  absl::Status Feed(grpc::ClientWriter<v1::UploadEvidenceRequest>& stream, uint64_t offset) {
    v1::UploadEvidenceRequest message;
    *message.mutable_start() = start_;
    message.mutable_start()->set_offset(offset);
    if (!stream.Write(message)) return absl::OkStatus();
    while (offset < item_.size()) {
      TOCSIN_RETURN_IF_ERROR(ReadPiece(offset, *message.mutable_data()));
      if (!stream.Write(message)) break;
      offset += message.data().size();
      sent_ += message.data().size();
      patience_.Moved();
      if (!bar_) bar_.emplace(session_.MakeProgress("upload", item_.size(), "bytes"));
      bar_->Update(offset);
    }
    return absl::OkStatus();
  }

  absl::Status ReadPiece(uint64_t offset, std::string& piece) const {
    piece.resize(std::min<uint64_t>(kChunkBytes, item_.size() - offset));
    size_t done = 0;
    while (done < piece.size()) {
      const ssize_t read = ::pread(file_, piece.data() + done, piece.size() - done,
                                   static_cast<off_t>(offset + done));
      if (read < 0 && errno == EINTR) continue;
      if (read < 0) return NotRead(path_, std::strerror(errno));
      if (read == 0) {
        return Error(absl::StatusCode::kAborted, "FILE_CHANGED",
                     absl::StrCat(path_, " became shorter while it was read"),
                     "Nothing was stored. Upload a copy that nobody writes to.");
      }
      done += static_cast<size_t>(read);
    }
    return absl::OkStatus();
  }

  Session& session_;
  client::Connection& connection_;
  const v1::EvidenceItem& item_;
  const std::string& path_;
  v1::UploadEvidenceRequest::Start start_;
  int file_ = -1;
  uint64_t sent_ = 0;
  Patience patience_;
  int moves_ = 0;
  bool told_ = false;
  bool anew_ = false;
  std::optional<client::Progress> bar_;
  v1::UploadEvidenceResponse response_;
};

absl::StatusOr<ExitCode> TellStored(Session& session, const v1::EvidenceItem& item,
                                    uint64_t sequence) {
  if (session.wants_json()) {
    v1::UploadEvidenceResponse response;
    TOCSIN_ASSIGN_OR_RETURN(*response.mutable_item(), FetchEvidence(session, item.id()));
    return session.PrintJson(response);
  }
  if (session.wants_id()) {
    session.out() << item.id() << "\n";
  } else {
    session.out() << "the server has the file of " << item.id() << " since #" << sequence
                  << "; nothing was sent\n";
  }
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> UploadVerb(Session& session, const std::string& given,
                                    const std::string& path) {
  TOCSIN_ASSIGN_OR_RETURN(const std::string id, EvidenceId(given));
  TOCSIN_RETURN_IF_ERROR(session.IncidentName().status());
  TOCSIN_ASSIGN_OR_RETURN(const client::HashedFile hashed, HashWithBar(session, path));
  TOCSIN_ASSIGN_OR_RETURN(const v1::EvidenceItem item, FetchEvidence(session, id));
  if (item.sha256() != hashed.digest.view() || item.size() != hashed.size) {
    return FailedPrecondition(
        "EVIDENCE_DIFFERS",
        absl::StrCat(path, " is not the file of ", item.id(), ": it has ", SizeText(hashed.size),
                     " and SHA-256 ", hashed.digest.Hex(), ", registered are ",
                     SizeText(item.size()), " and ", HexEncode(item.sha256())),
        "Nothing was sent. Find the right file, or record this one: tocsin evidence add FILE");
  }
  return UploadEvidenceFile(session, item, path);
}

// --- evidence get ---

struct GetFlags {
  std::string item;
  std::string out;
  bool force = false;
};

// Where the bytes of a retrieval go, and what they are found to be.
class Target {
 public:
  explicit Target(Session& session) : session_(session) {}

  // "-" is standard output.
  absl::Status Open(const std::string& path, bool force) {
    if (path == "-") return absl::OkStatus();
    TOCSIN_ASSIGN_OR_RETURN(file_,
                            OutputFile::Create(path, force ? Overwrite::kYes : Overwrite::kNo));
    return absl::OkStatus();
  }

  absl::Status Add(std::string_view bytes) {
    sum_.Add(bytes);
    size_ += bytes.size();
    if (file_) return file_->Append(bytes);
    session_.out() << bytes;
    if (session_.out().good()) return absl::OkStatus();
    return Error(absl::StatusCode::kInternal, "FILE_NOT_WRITTEN",
                 "standard output takes no more bytes", "Write to a file with --out.");
  }
  uint64_t size() const { return size_; }
  Digest Sum() { return sum_.Finish(); }
  absl::Status Commit() { return file_ ? file_->Commit() : absl::OkStatus(); }

 private:
  Session& session_;
  RunningDigest sum_;
  std::unique_ptr<OutputFile> file_;
  uint64_t size_ = 0;
};

// One call; the entry it was recorded with is left in `start`.
absl::Status Receive(Session& session, client::Connection& connection,
                     const v1::RetrieveEvidenceRequest& request, Target& target,
                     std::optional<client::Progress>& bar,
                     v1::RetrieveEvidenceResponse::Start& start) {
  TOCSIN_RETURN_IF_ERROR(connection.WaitUntilConnected());
  grpc::ClientContext context;
  connection.Prepare(context, absl::InfiniteDuration());
  EvidenceService::Stub stub(connection.channel());
  const auto stream = stub.RetrieveEvidence(&context, request);
  v1::RetrieveEvidenceResponse message;
  absl::Status ours;
  while (ours.ok() && stream->Read(&message)) {
    if (message.has_start()) {
      start = message.start();
      ours = session.Remember(start.result().receipt());
      continue;
    }
    ours = target.Add(message.data());
    if (!bar) bar.emplace(session.MakeProgress("download", start.item().size(), "bytes"));
    bar->Update(target.size());
  }
  if (!ours.ok()) context.TryCancel();
  const absl::Status status = client::FromRpc(stream->Finish());
  return ours.ok() ? status : ours;
}

// Again from where it broke off, as the same request: it is one retrieval.
absl::StatusOr<v1::RetrieveEvidenceResponse::Start> ReceiveAll(Session& session,
                                                               const v1::EvidenceItem& item,
                                                               Target& target) {
  TOCSIN_ASSIGN_OR_RETURN(client::Connection * connection, session.Connect());
  v1::RetrieveEvidenceRequest request;
  request.set_request_id(session.NextRequestId());
  request.set_incident(item.incident());
  request.set_item(item.id());
  v1::RetrieveEvidenceResponse::Start start;
  std::optional<client::Progress> bar;
  Patience patience;
  for (;;) {
    const uint64_t before = target.size();
    request.set_offset(before);
    const absl::Status status = Receive(session, *connection, request, target, bar, start);
    if (status.ok()) return start;
    if (target.size() > before) patience.Moved();
    if (!client::IsWorthRetrying(status) || !patience.Wait()) return status;
  }
}

ExitCode Damaged(Session& session, const absl::Status& status) {
  session.err() << client::ErrorText(status);
  return ExitCode::kFinding;
}

// The recorded name, when a file may be called so without being asked.
absl::StatusOr<std::string> OutputName(const v1::EvidenceItem& item) {
  const std::string& name = item.name();
  if (!name.empty() && name[0] != '.' && name[0] != '-' && name.find('/') == std::string::npos) {
    return name;
  }
  return InvalidArgument("NAME_NOT_PLAIN",
                         absl::StrCat("the recorded name '", name, "' is no plain file name"),
                         "Say where the file goes: --out FILE");
}

absl::StatusOr<ExitCode> GetVerb(Session& session, const GetFlags& flags) {
  TOCSIN_RETURN_IF_ERROR(EvidenceId(flags.item).status());
  TOCSIN_RETURN_IF_ERROR(session.IncidentName().status());
  std::string out = flags.out;
  Target target(session);
  // What is given is tried before anybody is asked.
  if (!out.empty()) TOCSIN_RETURN_IF_ERROR(target.Open(out, flags.force));
  TOCSIN_ASSIGN_OR_RETURN(const v1::EvidenceItem item, FetchEvidence(session, flags.item));
  if (out.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(out, OutputName(item));
    TOCSIN_RETURN_IF_ERROR(target.Open(out, flags.force));
  }
  const absl::StatusOr<v1::RetrieveEvidenceResponse::Start> start =
      ReceiveAll(session, item, target);
  if (absl::IsDataLoss(start.status())) return Damaged(session, start.status());
  if (!start.ok()) return start.status();
  const Digest digest = target.Sum();
  if (item.sha256() != digest.view() || item.size() != target.size()) {
    return Damaged(
        session,
        Error(absl::StatusCode::kDataLoss, "EVIDENCE_DIFFERS",
              absl::StrCat("what came is not ", item.id(), ": ", SizeText(target.size()),
                           " with SHA-256 ", digest.Hex(), ", recorded are ", SizeText(item.size()),
                           " and ", HexEncode(item.sha256())),
              "Use none of it. Get it again; tell the operator of the server if it stays so."));
  }
  TOCSIN_RETURN_IF_ERROR(target.Commit());
  session.Recorded(start->result());
  if (out == "-") return ExitCode::kOk;
  if (session.wants_json()) {
    const nlohmann::json told = {{"id", item.id()},
                                 {"file", out},
                                 {"size", item.size()},
                                 {"sha256", digest.Hex()},
                                 {"sequence", start->result().first_sequence()}};
    session.out() << told.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
    return ExitCode::kOk;
  }
  if (session.wants_id()) {
    session.out() << item.id() << "\n";
    return ExitCode::kOk;
  }
  session.out() << ShownId(item) << "  " << client::EscapeText(out) << "  " << SizeText(item.size())
                << "\nsha-256 " << digest.Hex() << ", as recorded\n";
  return session.PrintWrite(start->result());
}

}  // namespace

absl::StatusOr<ExitCode> UploadEvidenceFile(Session& session, const v1::EvidenceItem& item,
                                            const std::string& path) {
  TOCSIN_ASSIGN_OR_RETURN(client::Connection * connection, session.Connect());
  Upload upload(session, *connection, item, path);
  TOCSIN_RETURN_IF_ERROR(upload.Open());
  TOCSIN_ASSIGN_OR_RETURN(const std::optional<v1::UploadEvidenceResponse> response, upload.Run());
  if (!response) return TellStored(session, item, upload.stored_in);
  TOCSIN_RETURN_IF_ERROR(session.Remember(response->result().receipt()));
  if (session.wants_json()) {
    session.Recorded(response->result());
    return session.PrintJson(*response);
  }
  if (session.wants_id()) {
    session.Recorded(response->result());
    session.out() << item.id() << "\n";
    return ExitCode::kOk;
  }
  session.out() << ShownId(item) << "  stored in the server, " << SizeText(item.size()) << "\n";
  return session.PrintWrite(response->result());
}

void AddEvidenceFileVerbs(Program& program, CLI::App* noun) {
  CLI::App* upload = program.AddVerb(
      noun, "upload", "Sends the file of a recorded item; goes on where it was interrupted",
      "tocsin evidence upload EV-1 fs01.dd");
  auto item = std::make_shared<std::string>();
  auto path = std::make_shared<std::string>();
  upload->add_option("ITEM", *item, "As in EV-1")->required();
  upload->add_option("FILE", *path, "Must be the file that was recorded")->required();
  program.OnRun(upload,
                [item, path](Session& session) { return UploadVerb(session, *item, *path); });

  CLI::App* get = program.AddVerb(
      noun, "get", "Gets the file of an item from the server, which records who did",
      "tocsin evidence get EV-1\ntocsin evidence get EV-1 --out /cases/fs01.dd");
  auto flags = std::make_shared<GetFlags>();
  get->add_option("ITEM", flags->item, "As in EV-1")->required();
  get->add_option("--out", flags->out,
                  "The file to write, default the recorded name here; - for standard output");
  get->add_flag("--force", flags->force, "Replace the file when it exists");
  program.OnRun(get, [flags](Session& session) { return GetVerb(session, *flags); });
}

}  // namespace tocsin::cli
