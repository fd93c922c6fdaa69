#include "server/base/error.h"

#include "absl/status/statusor.h"
#include "server/base/status_macros.h"
#include "tests/support/catch.h"

namespace tocsin {
namespace {

absl::StatusOr<int> Half(int value) {
  if (value % 2 != 0) return InvalidArgument("ODD", "it is odd", "Give an even number.");
  return value / 2;
}

absl::StatusOr<int> Quarter(int value) {
  TOCSIN_ASSIGN_OR_RETURN(const int half, Half(value));
  TOCSIN_RETURN_IF_ERROR(Half(half).status());
  return half / 2;
}

}  // namespace

TEST_CASE("Error: carries code, reason, message and next step", "[base]") {
  const absl::Status status =
      Error(absl::StatusCode::kAlreadyExists, "PHASE_UNCHANGED", "it is there already", "Go on.");
  CHECK(status.code() == absl::StatusCode::kAlreadyExists);
  CHECK(status.message() == "it is there already");
  CHECK(ReasonOf(status) == "PHASE_UNCHANGED");
  CHECK(NextStepOf(status) == "Go on.");
}

TEST_CASE("Error: the short forms choose their code", "[base]") {
  CHECK(InvalidArgument("R", "m", "n").code() == absl::StatusCode::kInvalidArgument);
  CHECK(FailedPrecondition("R", "m", "n").code() == absl::StatusCode::kFailedPrecondition);
  CHECK(NotFound("R", "m", "n").code() == absl::StatusCode::kNotFound);
}

TEST_CASE("Error: a status that is not ours has neither reason nor next step", "[base]") {
  CHECK(ReasonOf(absl::InternalError("x")).empty());
  CHECK(NextStepOf(absl::OkStatus()).empty());
  CHECK(NextStepOf(InvalidArgument("R", "m", "")).empty());
}

TEST_CASE("Status macros: pass the value on, or the error with all its parts", "[base]") {
  CHECK(Quarter(8).value() == 2);
  CHECK(ReasonOf(Quarter(7).status()) == "ODD");
  CHECK(NextStepOf(Quarter(6).status()) == "Give an even number.");
}

}  // namespace tocsin
