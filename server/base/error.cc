#include "server/base/error.h"

#include "absl/strings/cord.h"
#include "server/base/view.h"

namespace tocsin {
namespace {

constexpr char kReasonUrl[] = "tocsin/reason";
constexpr char kNextStepUrl[] = "tocsin/next-step";

std::string PayloadText(const absl::Status& status, const char* url) {
  const auto payload = status.GetPayload(url);
  return payload ? std::string(*payload) : std::string();
}

}  // namespace

absl::Status Error(absl::StatusCode code, std::string_view reason, std::string_view message,
                   std::string_view next_step) {
  absl::Status status(code, ToAbsl(message));
  status.SetPayload(kReasonUrl, absl::Cord(ToAbsl(reason)));
  if (!next_step.empty()) status.SetPayload(kNextStepUrl, absl::Cord(ToAbsl(next_step)));
  return status;
}

std::string ReasonOf(const absl::Status& status) {
  return PayloadText(status, kReasonUrl);
}
std::string NextStepOf(const absl::Status& status) {
  return PayloadText(status, kNextStepUrl);
}

}  // namespace tocsin
