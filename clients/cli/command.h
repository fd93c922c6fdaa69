// What a verb of `tocsin` works with. A noun's file adds its verbs to the Program (app.h) and gives
// each one a function that gets a Session: the flags that hold everywhere, the connection, the
// incident meant, the clock, the streams. A verb checks all of its flags before it asks the session
// for a connection.
#pragma once

#include <cstdint>
#include <functional>
#include <iostream>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "clients/core/connection.h"
#include "clients/core/context.h"
#include "clients/core/errors.h"
#include "clients/core/offline_write.h"
#include "clients/core/output.h"
#include "clients/core/progress.h"
#include "clients/core/time_input.h"
#include "clients/core/witness.h"
#include "tocsin/v1/common.pb.h"

namespace tocsin::cli {

using client::ExitCode;

/// The process's surroundings, made once in main.cc; tests pass their own. The streams must outlive
/// the Program.
struct Surroundings {
  std::ostream* out = &std::cout;
  std::ostream* err = &std::cerr;
  std::istream* in = &std::cin;
  bool out_is_terminal = false;
  bool err_is_terminal = false;
  bool in_is_terminal = false;
  /// Columns and rows of the terminal.
  size_t width = 80;
  size_t height = 24;
  /// Shows a text a page at a time; false when it cannot. Unset: `out` takes it.
  std::function<bool(const std::string& text)> page;
  client::Environment environment;
  std::function<absl::Time()> now;
  /// How long a server that does not answer is waited for.
  absl::Duration connect_timeout = absl::Seconds(3);
};

/// Flags that are accepted before and after every verb.
struct GlobalOptions {
  client::OutputFormat output = client::OutputFormat::kTable;
  std::string incident;
  std::string request_id;
  std::string context;
  std::string server;
  std::string colour = "auto";
};

/// One run of one verb. Not thread-safe.
class Session {
 public:
  /// `surroundings` must outlive the session.
  Session(const Surroundings& surroundings, GlobalOptions options);

  const GlobalOptions& options() const { return options_; }
  const Surroundings& surroundings() const { return surroundings_; }
  /// Data: what was asked for. Everything else goes to `err`.
  std::ostream& out() { return paging_ ? pages_ : *surroundings_.out; }
  std::ostream& err() { return *surroundings_.err; }
  client::OutputFormat output() const { return options_.output; }
  /// For long texts: on a terminal, what follows on `out` is shown a page at a time.
  void UsePager() { paging_ = surroundings_.out_is_terminal && surroundings_.page != nullptr; }
  /// Shows what was kept for that; at the end of the verb.
  void ShowPages();
  /// Colour and width for tables on `out`.
  client::OutputStyle style() const;

  /// The connection of the context that flags, environment and file name. The first call makes the
  /// contact: the log's history is compared with what this account saw before (client::Witness),
  /// and what waits in the offline queue is sent. Errors: kUnauthenticated NOT_ENROLLED;
  /// kUnavailable; kDataLoss HISTORY_CHANGED; what client::ContextStore refuses.
  absl::StatusOr<client::Connection*> Connect();
  /// The same without the contact; nothing is sent.
  absl::StatusOr<client::Connection*> Open();
  /// Compares the history again; for streams that were interrupted. Errors: as Connect.
  absl::Status CheckHistory();
  /// The queue of the context's account. Errors: as Context.
  absl::StatusOr<client::WriteQueue> Queue();
  /// Sends what waits; `refused_again`: also what was refused before. Each is told on `err`.
  /// Errors: as client::SendQueue.
  absl::Status SendWaiting(bool refused_again);
  /// From now on a write that cannot reach the server is refused, not queued: for verbs that make
  /// many of them, each of which needs the one before.
  void NeverQueue() { may_queue_ = false; }
  /// After a failed write: puts `request` into the queue when the server is away and the request
  /// may wait; else the error as it is, or with the reason why it does not wait.
  absl::Status AfterFailedWrite(const absl::Status& status,
                                const google::protobuf::Message& request);
  /// Verifies and remembers a write's receipt. Errors: kDataLoss RECEIPT_WRONG.
  absl::Status Remember(const v1::Receipt& receipt);
  /// From now on receipts are verified one by one and only the last one is kept, by KeepReceipt:
  /// for verbs that make thousands of writes, each of which would cost a sync of its own here.
  void HoldReceipts() { hold_receipts_ = true; }
  /// Remembers the last receipt that was verified and is not kept yet.
  void KeepReceipt();
  /// Tells on `err` how much waits in the queue, once, when this run had to do with a context.
  void TellOfQueue();
  /// Leaves that out: the verb shows the queue itself.
  void QueueIsShown() { queue_told_ = true; }
  /// What stopped the sending of the queue at the contact; OK when all was sent or refused. A write
  /// must not go ahead of what waits.
  const absl::Status& queue_stopped() const { return queue_stopped_; }
  /// The context in use, as connected with. Errors: as Connect.
  absl::StatusOr<client::Context> Context();
  client::ContextStore Store() const;

  /// Resource name "incidents/INC-2026-0042" of: `given`, else --incident, else TOCSIN_INCIDENT,
  /// else `tocsin use`. Errors: kInvalidArgument NO_INCIDENT, BAD_INCIDENT.
  absl::StatusOr<std::string> IncidentName(std::string_view given = {});
  /// The value of --request-id at its first call, else (and afterwards) a random UUID.
  std::string NextRequestId();

  absl::Time now() const { return surroundings_.now(); }
  /// The context's time zone, else the machine's.
  absl::TimeZone zone();
  /// Reads --at; `WHEN` forms in client::ParseWhen. When it is not an instant in full, the resolved
  /// instant is told on `err`. Errors: kInvalidArgument, naming `flag`.
  absl::StatusOr<client::When> ReadWhen(std::string_view flag, std::string_view text) {
    return ReadWhen(flag, text, now());
  }
  /// The same at another time than the machine's.
  absl::StatusOr<client::When> ReadWhen(std::string_view flag, std::string_view text,
                                        absl::Time as_of);
  /// The words joined by blanks; one single "-" reads all of standard input instead (without its
  /// last newline). Errors: kInvalidArgument TEXT_EMPTY and the others of CheckText.
  absl::StatusOr<std::string> ReadText(std::string_view what, const std::vector<std::string>& words,
                                       bool lines = true);

  /// To be told of everything that was recorded: brings the files of deadlines up to date, when the
  /// context keeps some. PrintWrite does it.
  void Recorded(const v1::WriteResult& result);
  /// One line on `out` that says what was recorded and its leaf; JSON or the first sequence for -o
  /// json|jsonl|id.
  absl::StatusOr<ExitCode> PrintWrite(const v1::WriteResult& result);
  /// Any message as JSON, indented for -o json, in one line for jsonl; as YAML for yaml.
  absl::StatusOr<ExitCode> PrintJson(const google::protobuf::Message& message);
  /// JSON texts that are no messages, as a list: in one array for -o json and yaml, one a line for
  /// jsonl.
  absl::StatusOr<ExitCode> PrintJsonTexts(const std::vector<std::string>& items);
  /// A list as JSON: `whole` for -o json, one item a line for jsonl.
  template <typename Items>
  absl::StatusOr<ExitCode> PrintJsonList(const google::protobuf::Message& whole,
                                         const Items& items) {
    if (output() != client::OutputFormat::kJsonl) return PrintJson(whole);
    for (const auto& item : items) out() << client::ToJson(item, /*indent=*/false) << "\n";
    return ExitCode::kOk;
  }
  /// Whether the message itself is asked for: json, jsonl or yaml.
  bool wants_json() const {
    using client::OutputFormat;
    return output() == OutputFormat::kJson || output() == OutputFormat::kJsonl ||
           output() == OutputFormat::kYaml;
  }
  bool wants_wide() const { return output() == client::OutputFormat::kWide; }
  bool wants_id() const { return output() == client::OutputFormat::kId; }

  /// A progress bar on `err`: shown only on a terminal and only after 2 s; else one closing line.
  client::Progress MakeProgress(std::string label, uint64_t total, std::string unit);

 private:
  absl::StatusOr<client::Settings> Resolve();
  absl::Status MakeContact();

  const Surroundings& surroundings_;
  GlobalOptions options_;
  bool paging_ = false;
  std::ostringstream pages_;
  bool request_id_used_ = false;
  std::optional<client::Settings> settings_;
  std::unique_ptr<client::Connection> connection_;
  bool contact_made_ = false;
  bool may_queue_ = true;
  bool hold_receipts_ = false;
  std::optional<v1::Receipt> held_receipt_;
  bool queue_told_ = false;
  absl::Status queue_stopped_;
};

/// Runs one command line (without the program's name) with all verbs and gives the exit code. This
/// is `tocsin`.
int RunCommandLine(const Surroundings& surroundings, const std::vector<std::string>& arguments);

/// Sends one request and gives the response: `Call(session,
/// &v1::TimelineService::Stub::RecordEntry, request)`. A write that cannot reach the server waits
/// in the offline queue when it may (AfterFailedWrite); the receipt of one that did is verified.
template <typename Method, typename Request>
auto Call(Session& session, Method method, const Request& request)
    -> decltype(std::declval<client::Connection&>().Call(method, request)) {
  constexpr bool kIsWrite = requires {
    request.request_id();
  };
  const auto failed = [&](const absl::Status& status) {
    if constexpr (kIsWrite) return session.AfterFailedWrite(status, request);
    return status;
  };
  absl::StatusOr<client::Connection*> connection = session.Connect();
  if (!connection.ok()) return failed(connection.status());
  if (kIsWrite && client::MustWaitBehind(session.queue_stopped())) {
    return failed(session.queue_stopped());
  }
  auto response = (*connection)->Call(method, request);
  if (!response.ok()) return failed(response.status());
  absl::Status remembered;
  if constexpr (requires { response->receipt(); }) {
    remembered = session.Remember(response->receipt());
  } else if constexpr (requires { response->result().receipt(); }) {
    remembered = session.Remember(response->result().receipt());
  }
  if (!remembered.ok()) return remembered;
  return response;
}

class Program;
}  // namespace tocsin::cli
namespace CLI {
class App;
}
namespace tocsin::cli {

// Each noun adds its verbs to the program (app.h).
void AddAccessVerbs(Program& program);
void AddRegisterVerb(Program& program);
void AddReportVerb(Program& program);
/// checkpoint.
void AddCheckpointVerbs(Program& program);
/// completions; what it prints calls `tocsin __complete`.
void AddCompletionVerb(Program& program);
void AddContextVerbs(Program& program);
/// handover, sitrep.
void AddBriefingVerbs(Program& program);
void AddChatVerbs(Program& program);
void AddDrillVerbs(Program& program);
/// ack.
void AddAlertVerb(Program& program);
void AddEvidenceVerbs(Program& program);
void AddIncidentVerbs(Program& program);
void AddStatusVerb(Program& program);
void AddTimelineVerbs(Program& program);
void AddSearchVerb(Program& program);
void AddWatchVerb(Program& program);
void AddObligationVerbs(Program& program);
/// aware, anchor.
void AddAwarenessVerbs(Program& program);
void AddAuthorityVerb(Program& program);
/// significant, significant show.
void AddSignificanceVerbs(Program& program);
/// One line on `err` for each regime whose proposal was changed by the write; nothing for -o json
/// and when it cannot be asked for: the write stands either way.
void PrintProposalChanges(Session& session, const v1::WriteResult& result);
void AddRegimeVerbs(Program& program);
/// `deadlines compute` and `deadlines explain`, under their noun.
void AddComputeVerb(Program& program, CLI::App* deadlines);
void AddExplainVerb(Program& program, CLI::App* deadlines);
/// `deadlines ics`, `deadlines sheet` and `deadlines keep`, under their noun.
void AddDeadlineFileVerbs(Program& program, CLI::App* deadlines);
void AddNotificationVerbs(Program& program);
void AddPlaybookVerbs(Program& program);
void AddQueueVerbs(Program& program);
void AddReviewVerbs(Program& program);
/// actions.
void AddActionVerbs(Program& program);
/// export, render, verify.
void AddExportVerbs(Program& program);
void AddRenderVerb(Program& program);
void AddVerifyVerb(Program& program);
/// import, replay.
void AddImportVerbs(Program& program);

}  // namespace tocsin::cli
