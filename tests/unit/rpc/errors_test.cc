#include "server/rpc/errors.h"

#include <string>
#include <vector>

#include "server/base/error.h"
#include "tests/support/catch.h"
#include "tocsin/v1/common.pb.h"

namespace tocsin::rpc {
namespace {

v1::ErrorDetail DetailOf(const WireStatus& wire) {
  v1::RpcStatus rpc;
  REQUIRE(rpc.ParseFromString(wire.details));
  CHECK(rpc.code() == wire.code);
  CHECK(rpc.message() == wire.message);
  REQUIRE(rpc.details_size() == 1);
  v1::ErrorDetail detail;
  REQUIRE(rpc.details(0).UnpackTo(&detail));
  return detail;
}

}  // namespace

TEST_CASE("Errors: success is an empty status") {
  const WireStatus wire = ToWire(absl::OkStatus());
  CHECK(wire.code == 0);
  CHECK(wire.message.empty());
  CHECK(wire.details.empty());
}

TEST_CASE("Errors: each code keeps its number, text, reason and next step") {
  const std::vector<std::pair<absl::StatusCode, int>> table = {
      {absl::StatusCode::kInvalidArgument, 3},    {absl::StatusCode::kDeadlineExceeded, 4},
      {absl::StatusCode::kNotFound, 5},           {absl::StatusCode::kAlreadyExists, 6},
      {absl::StatusCode::kPermissionDenied, 7},   {absl::StatusCode::kResourceExhausted, 8},
      {absl::StatusCode::kFailedPrecondition, 9}, {absl::StatusCode::kAborted, 10},
      {absl::StatusCode::kOutOfRange, 11},        {absl::StatusCode::kUnimplemented, 12},
      {absl::StatusCode::kUnavailable, 14},       {absl::StatusCode::kDataLoss, 15},
      {absl::StatusCode::kUnauthenticated, 16}};
  for (const auto& [code, number] : table) {
    CAPTURE(number);
    const WireStatus wire = ToWire(Error(code, "SOME_REASON", "what is wrong", "what to do"));
    CHECK(wire.code == number);
    CHECK(wire.message == "what is wrong");
    const v1::ErrorDetail detail = DetailOf(wire);
    CHECK(detail.reason() == "SOME_REASON");
    CHECK(detail.next_step() == "what to do");
  }
}

TEST_CASE("Errors: what nobody wrote for users loses its text and gets an id") {
  const std::vector<absl::Status> inside = {
      absl::InternalError("row 7 of /var/lib/tocsin is wrong"),
      Error(absl::StatusCode::kInternal, "SOME_REASON", "row 7 of /var/lib/tocsin is wrong", ""),
      absl::UnknownError("/var/lib/tocsin"), absl::DataLossError("/var/lib/tocsin"),
      absl::NotFoundError("/var/lib/tocsin")};
  for (const absl::Status& status : inside) {
    CAPTURE(status.code());
    const WireStatus wire = ToWire(status);
    CHECK(wire.code == (absl::IsDataLoss(status) ? 15 : 13));
    CHECK_THAT(wire.message, !ContainsSubstring("/var/lib"));
    CHECK_THAT(wire.message, ContainsSubstring("its log says why under "));
    const std::string id = wire.message.substr(wire.message.rfind(' ') + 1);
    CHECK(id.size() == 16);
    CHECK_THAT(DetailOf(wire).next_step(), ContainsSubstring(id));
    CHECK(ToWire(status).message != wire.message);
  }
}

TEST_CASE("Errors: long texts are cut between characters, below the limit of trailers") {
  std::string text;
  for (int i = 0; i < 3000; ++i) text += "é";
  const WireStatus wire =
      ToWire(Error(absl::StatusCode::kFailedPrecondition, "OPEN_OBLIGATIONS", "x" + text, text));
  CHECK_THAT(wire.message, ContainsSubstring("é …"));
  // gRPC writes the message with three bytes for each that is not ASCII, and the details in base64.
  CHECK(wire.message.size() * 3 + wire.details.size() * 4 / 3 < 8 * 1024);
  CHECK(DetailOf(wire).reason() == "OPEN_OBLIGATIONS");
}

TEST_CASE("Errors: a client that has gone is no trouble inside") {
  CHECK(ToWire(absl::CancelledError("the client has gone")).code == 1);
}

}  // namespace tocsin::rpc
