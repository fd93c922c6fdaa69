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
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "clients/core/connection.h"
#include "clients/core/context.h"
#include "clients/core/errors.h"
#include "clients/core/output.h"
#include "clients/core/progress.h"
#include "clients/core/time_input.h"
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
  /// Columns of the terminal.
  size_t width = 80;
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
  std::ostream& out() { return *surroundings_.out; }
  std::ostream& err() { return *surroundings_.err; }
  client::OutputFormat output() const { return options_.output; }
  /// Colour and width for tables on `out`.
  client::OutputStyle style() const;

  /// The connection of the context that flags, environment and file name; opened at the first call,
  /// then the same. Nothing is sent yet. Errors: kUnauthenticated NOT_ENROLLED; what
  /// client::ContextStore refuses.
  absl::StatusOr<client::Connection*> Connect();
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
  absl::StatusOr<client::When> ReadWhen(std::string_view flag, std::string_view text);
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
  /// Any message as JSON, indented for -o json, in one line for jsonl.
  absl::StatusOr<ExitCode> PrintJson(const google::protobuf::Message& message);
  /// A list as JSON: `whole` for -o json, one item a line for jsonl.
  template <typename Items>
  absl::StatusOr<ExitCode> PrintJsonList(const google::protobuf::Message& whole,
                                         const Items& items) {
    if (output() == client::OutputFormat::kJson) return PrintJson(whole);
    for (const auto& item : items) out() << client::ToJson(item, /*indent=*/false) << "\n";
    return ExitCode::kOk;
  }
  bool wants_json() const {
    return output() == client::OutputFormat::kJson || output() == client::OutputFormat::kJsonl;
  }
  bool wants_wide() const { return output() == client::OutputFormat::kWide; }
  bool wants_id() const { return output() == client::OutputFormat::kId; }

  /// A progress bar on `err`: shown only on a terminal and only after 2 s; else one closing line.
  client::Progress MakeProgress(std::string label, uint64_t total, std::string unit);

 private:
  absl::StatusOr<client::Settings> Resolve();

  const Surroundings& surroundings_;
  GlobalOptions options_;
  bool request_id_used_ = false;
  std::optional<client::Settings> settings_;
  std::unique_ptr<client::Connection> connection_;
};

/// Runs one command line (without the program's name) with all verbs and gives the exit code. This
/// is `tocsin`.
int RunCommandLine(const Surroundings& surroundings, const std::vector<std::string>& arguments);

/// Sends one request and gives the response: `Call(session,
/// &v1::TimelineService::Stub::RecordEntry, request)`.
template <typename Method, typename Request>
auto Call(Session& session, Method method, const Request& request)
    -> decltype(std::declval<client::Connection&>().Call(method, request)) {
  absl::StatusOr<client::Connection*> connection = session.Connect();
  if (!connection.ok()) return connection.status();
  return (*connection)->Call(method, request);
}

class Program;
}  // namespace tocsin::cli
namespace CLI {
class App;
}
namespace tocsin::cli {

// Each noun adds its verbs to the program (app.h).
void AddAccessVerbs(Program& program);
/// register, report.
void AddRegisterVerbs(Program& program);
/// handover, sitrep.
void AddBriefingVerbs(Program& program);
void AddIncidentVerbs(Program& program);
void AddStatusVerb(Program& program);
void AddTimelineVerbs(Program& program);
void AddSearchVerb(Program& program);
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
void AddReviewVerbs(Program& program);
/// export, render, verify.
void AddExportVerbs(Program& program);
void AddRenderVerb(Program& program);
void AddVerifyVerb(Program& program);
/// import, replay.
void AddImportVerbs(Program& program);

}  // namespace tocsin::cli
