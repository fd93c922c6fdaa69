#include "clients/core/errors.h"

#include "clients/core/connection.h"
#include "clients/core/request_id.h"
#include "server/base/error.h"
#include "tests/support/catch.h"
#include "tocsin/v1/common.pb.h"

namespace tocsin::client {
namespace {

std::string Details(const std::string& reason, const std::string& next) {
  v1::ErrorDetail detail;
  detail.set_reason(reason);
  detail.set_next_step(next);
  v1::RpcStatus status;
  status.add_details()->PackFrom(detail);
  return status.SerializeAsString();
}

TEST_CASE("ExitCodeOf: one code for each kind of failure", "[clients][errors]") {
  using absl::StatusCode;
  const auto code = [](StatusCode of) { return ExitCodeOf(absl::Status(of, "x")); };
  CHECK(ExitCodeOf(absl::OkStatus()) == ExitCode::kOk);
  CHECK(code(StatusCode::kInvalidArgument) == ExitCode::kUsage);
  CHECK(code(StatusCode::kNotFound) == ExitCode::kNotFound);
  CHECK(code(StatusCode::kUnauthenticated) == ExitCode::kNoRights);
  CHECK(code(StatusCode::kPermissionDenied) == ExitCode::kNoRights);
  CHECK(code(StatusCode::kAlreadyExists) == ExitCode::kConflict);
  CHECK(code(StatusCode::kAborted) == ExitCode::kConflict);
  CHECK(code(StatusCode::kFailedPrecondition) == ExitCode::kConflict);
  CHECK(code(StatusCode::kUnavailable) == ExitCode::kUnreachable);
  CHECK(code(StatusCode::kDeadlineExceeded) == ExitCode::kUnreachable);
  CHECK(code(StatusCode::kCancelled) == ExitCode::kUnreachable);
  CHECK(code(StatusCode::kInternal) == ExitCode::kFailed);
  CHECK(code(StatusCode::kResourceExhausted) == ExitCode::kFailed);
  CHECK(code(StatusCode::kDataLoss) == ExitCode::kFailed);
}

TEST_CASE("FromRpcParts: reason and next step come out of the details", "[clients][errors]") {
  const absl::Status status =
      FromRpcParts(9, "obligations are open", Details("OBLIGATIONS_OPEN", "tocsin deadlines"));

  CHECK(absl::IsFailedPrecondition(status));
  CHECK(status.message() == "obligations are open");
  CHECK(ReasonOf(status) == "OBLIGATIONS_OPEN");
  CHECK(NextStepOf(status) == "tocsin deadlines");
  CHECK(ErrorText(status) == "error: obligations are open\nrecorded: no\nnext: tocsin deadlines\n");
}

TEST_CASE("FromRpcParts: broken or foreign details do not hide the error", "[clients][errors]") {
  v1::RpcStatus foreign;
  foreign.add_details()->PackFrom(v1::Receipt());
  for (const std::string& details :
       {std::string("\xFF\xFF\xFF"), std::string(), foreign.SerializeAsString()}) {
    const absl::Status status = FromRpcParts(5, "no such incident", details);
    CHECK(absl::IsNotFound(status));
    CHECK(status.message() == "no such incident");
    CHECK(ReasonOf(status).empty());
    CHECK(ErrorText(status) == "error: no such incident\nrecorded: no\nnext: tocsin list\n");
  }
}

TEST_CASE("FromRpcParts: a code of no list is an unknown error, not success", "[clients][errors]") {
  CHECK(FromRpcParts(0, "", "").ok());
  CHECK(absl::IsUnknown(FromRpcParts(99, "x", "")));
  CHECK(absl::IsUnknown(FromRpcParts(-1, "x", "")));
}

TEST_CASE("ErrorText: an open outcome names the request id to repeat", "[clients][errors]") {
  const absl::Status status = OutcomeUnknown(absl::UnavailableError("connection lost"), "id-1");

  CHECK(ErrorText(status) ==
        "error: connection lost\nrecorded: unknown\n"
        "next: Repeat the same command with --request-id id-1 : it is never recorded twice.\n");
}

TEST_CASE("ErrorText: the server's text cannot steer the terminal", "[clients][errors]") {
  const std::string text = ErrorText(absl::NotFoundError("\x1b[2J\rgone"));

  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(text.find('\r') == std::string::npos);
  CHECK_THAT(text, ContainsSubstring("\\x1b[2J\\rgone"));
}

TEST_CASE("LeavesOutcomeOpen: only where no answer came, or the server says so",
          "[clients][errors]") {
  CHECK(LeavesOutcomeOpen(absl::UnavailableError("socket closed")));
  CHECK(LeavesOutcomeOpen(absl::DeadlineExceededError("15 s")));
  CHECK(LeavesOutcomeOpen(absl::InternalError("stream reset")));
  CHECK(LeavesOutcomeOpen(
      Error(absl::StatusCode::kUnavailable, "OUTCOME_UNKNOWN", "disk failed", "retry")));
  CHECK_FALSE(LeavesOutcomeOpen(absl::InvalidArgumentError("bad")));
  CHECK_FALSE(LeavesOutcomeOpen(
      Error(absl::StatusCode::kUnavailable, "STORE_READ_ONLY", "read-only", "wait")));
}

TEST_CASE("IsWorthRetrying: UNAVAILABLE, but not of a read-only server", "[clients][errors]") {
  CHECK(IsWorthRetrying(absl::UnavailableError("refused")));
  CHECK_FALSE(IsWorthRetrying(
      Error(absl::StatusCode::kUnavailable, "STORE_READ_ONLY", "read-only", "wait")));
  CHECK(IsWorthRetrying(absl::CancelledError("the server stops")));
  CHECK_FALSE(IsWorthRetrying(absl::DeadlineExceededError("15 s")));
  CHECK_FALSE(IsWorthRetrying(absl::FailedPreconditionError("no")));
}

TEST_CASE("NewRequestId: UUIDs that differ", "[clients][errors]") {
  const std::string id = NewRequestId();

  CHECK(id.size() == 36);
  CHECK(id[14] == '4');
  CHECK(id != NewRequestId());
  CHECK(*CheckRequestId(id) == id);
  CHECK(*CheckRequestId("0F8FAD5B-D9CB-469F-A165-70867728950E") ==
        "0f8fad5b-d9cb-469f-a165-70867728950e");
  for (const char* bad : {"", "17", "00000000-0000-0000-0000-000000000000", "zz"}) {
    CHECK(ReasonOf(CheckRequestId(bad).status()) == "BAD_REQUEST_ID");
  }
}

}  // namespace
}  // namespace tocsin::client
