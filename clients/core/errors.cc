#include "clients/core/errors.h"

#include <grpcpp/support/status.h>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "clients/core/terminal_text.h"
#include "server/base/error.h"
#include "server/base/view.h"
#include "tocsin/v1/common.pb.h"

namespace tocsin::client {
namespace {

constexpr char kOutcomeUrl[] = "tocsin/outcome-unknown";
constexpr char kQueuedUrl[] = "tocsin/queued";

std::string DefaultNextStep(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kUnauthenticated:
      return "tocsin enrol --server HOST:PORT --code CODE";
    case absl::StatusCode::kPermissionDenied:
      return "Ask an admin for the role, or the commander to add you to the incident.";
    case absl::StatusCode::kNotFound:
      return "tocsin list";
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kCancelled:
    case absl::StatusCode::kResourceExhausted:
      return "Try again in a moment.";
    case absl::StatusCode::kInvalidArgument:
      return "tocsin help";
    default:
      return "Read the server's log, or report this message.";
  }
}

}  // namespace

ExitCode ExitCodeOf(const absl::Status& status) {
  if (!QueuedNameOf(status).empty()) return ExitCode::kQueued;
  const std::string reason = ReasonOf(status);
  if (reason == "HISTORY_CHANGED" || reason == "RECEIPT_WRONG") return ExitCode::kHistoryChanged;
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return ExitCode::kOk;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kOutOfRange:
      return ExitCode::kUsage;
    case absl::StatusCode::kNotFound:
      return ExitCode::kNotFound;
    case absl::StatusCode::kUnauthenticated:
    case absl::StatusCode::kPermissionDenied:
      return ExitCode::kNoRights;
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kFailedPrecondition:
      return ExitCode::kConflict;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kCancelled:
      return ExitCode::kUnreachable;
    default:
      return ExitCode::kFailed;
  }
}

absl::Status FromRpcParts(int code, std::string_view message, std::string_view details) {
  if (code == 0) return absl::OkStatus();
  const bool known = code > 0 && code <= static_cast<int>(absl::StatusCode::kUnauthenticated);
  const auto absl_code = known ? static_cast<absl::StatusCode>(code) : absl::StatusCode::kUnknown;
  v1::RpcStatus rpc;
  v1::ErrorDetail detail;
  // Details of another kind, or broken ones, are left out: code and message still say what
  // happened.
  if (!details.empty() && rpc.ParseFromArray(details.data(), static_cast<int>(details.size()))) {
    for (const google::protobuf::Any& any : rpc.details()) {
      if (any.Is<v1::ErrorDetail>() && any.UnpackTo(&detail)) break;
    }
  }
  return Error(absl_code, detail.reason(),
               message.empty() ? std::string_view("no message") : message, detail.next_step());
}

absl::Status FromRpc(const grpc::Status& status) {
  return FromRpcParts(static_cast<int>(status.error_code()), status.error_message(),
                      status.error_details());
}

absl::Status OutcomeUnknown(absl::Status status, std::string_view request_id) {
  status.SetPayload(kOutcomeUrl, absl::Cord(ToAbsl(request_id)));
  return status;
}

absl::Status KeptInQueue(absl::Status status, std::string_view name) {
  status.SetPayload(kQueuedUrl, absl::Cord(ToAbsl(name)));
  return status;
}

std::string QueuedNameOf(const absl::Status& status) {
  const auto name = status.GetPayload(kQueuedUrl);
  return name ? std::string(*name) : std::string();
}

absl::Status WithNextStep(const absl::Status& status, std::string_view next_step) {
  absl::Status changed = Error(status.code(), ReasonOf(status), ToStd(status.message()), next_step);
  if (const auto request_id = status.GetPayload(kOutcomeUrl)) {
    changed.SetPayload(kOutcomeUrl, *request_id);
  }
  return changed;
}

std::string ErrorText(const absl::Status& status) {
  std::string next = NextStepOf(status);
  if (next.empty()) next = DefaultNextStep(status);
  std::string recorded = "no";
  if (const auto request_id = status.GetPayload(kOutcomeUrl)) {
    recorded = "unknown";
    next = absl::StrCat("Repeat the same command with --request-id ", std::string(*request_id),
                        " : it is never recorded twice.");
  }
  if (const std::string name = QueuedNameOf(status); !name.empty()) {
    recorded = absl::StrCat("not yet recorded; kept on this computer as ", name);
    next = "The next command that reaches the server sends it, once. tocsin queue list shows it.";
  }
  // A receipt that does not hold comes after the server said it recorded.
  if (ReasonOf(status) == "RECEIPT_WRONG") recorded = "the server says so, and does not prove it";
  const std::string message(status.message());
  return absl::StrCat("error: ", EscapeText(message, Lines::kKeep), "\nrecorded: ", recorded,
                      "\nnext: ", EscapeText(next, Lines::kKeep), "\n");
}

std::string ExitCodesHelp() {
  return "Exit codes of tocsin:\n"
         "    0  done\n"
         "    1  failed\n"
         "    2  usage: the command line, or a value in it, is not acceptable\n"
         "    3  not found, or not visible to you\n"
         "    4  not logged in, or no rights\n"
         "    5  conflict with the state of the incident, or request id used for something else\n"
         "    6  server unreachable, or it cannot record at the moment; nothing was recorded\n"
         "    7  queued: not yet recorded; the next command that reaches the server sends it\n"
         "    8  a check found something (deadlines --fail-overdue, deadlines compute --vectors, "
         "verify)\n"
         "    9  the server's history is not the one this account saw before, or a receipt is "
         "wrong\n"
         "  130  interrupted\n";
}

}  // namespace tocsin::client
