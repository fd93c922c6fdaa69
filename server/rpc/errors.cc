#include "server/rpc/errors.h"

#include <string_view>

#include "absl/strings/str_cat.h"
#include "server/base/encoding.h"
#include "server/base/error.h"
#include "server/base/text.h"
#include "server/base/view.h"
#include "server/runtime/log.h"
#include "server/runtime/random.h"
#include "tocsin/v1/common.pb.h"

namespace tocsin::rpc {
namespace {

// Message and details share the trailers' 8 KiB, and gRPC writes each byte that is not ASCII as
// three.
constexpr size_t kMessageBytesMax = 1200;
constexpr size_t kNextStepBytesMax = 800;

std::string Cut(std::string text, size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  text.resize(bytes_max);
  while (!text.empty() && !IsValidUtf8(text)) text.pop_back();
  return text + " …";
}

WireStatus Make(absl::StatusCode code, std::string message, std::string reason, std::string next) {
  WireStatus wire;
  wire.code = static_cast<int>(code);
  wire.message = Cut(std::move(message), kMessageBytesMax);
  v1::ErrorDetail detail;
  detail.set_reason(std::move(reason));
  detail.set_next_step(Cut(std::move(next), kNextStepBytesMax));
  v1::RpcStatus rpc;
  rpc.set_code(wire.code);
  rpc.set_message(wire.message);
  rpc.add_details()->PackFrom(detail);
  wire.details = rpc.SerializeAsString();
  return wire;
}

// Trouble inside whose text was not written for users.
bool IsInternal(const absl::Status& status, const std::string& reason) {
  switch (status.code()) {
    case absl::StatusCode::kUnknown:
    case absl::StatusCode::kInternal:
      return true;
    case absl::StatusCode::kCancelled:
      return false;
    default:
      return reason.empty();
  }
}

}  // namespace

WireStatus ToWire(const absl::Status& status) {
  if (status.ok()) return {};
  const std::string reason = ReasonOf(status);
  if (!IsInternal(status, reason)) {
    return Make(status.code(), std::string(status.message()), reason, NextStepOf(status));
  }
  const std::string id = HexEncode(runtime::RandomString(8));
  runtime::Log(runtime::LogLevel::kError, "rpc.internal_error",
               {{"id", id},
                {"code", absl::StatusCodeToString(status.code())},
                {"reason", reason},
                {"message", std::string(status.message())}});
  const absl::StatusCode code = status.code() == absl::StatusCode::kDataLoss
                                    ? absl::StatusCode::kDataLoss
                                    : absl::StatusCode::kInternal;
  return Make(code, absl::StrCat("the server failed; its log says why under ", id),
              code == absl::StatusCode::kDataLoss ? "DATA_LOSS" : "INTERNAL",
              absl::StrCat("Give whoever runs the server the id ", id, "."));
}

}  // namespace tocsin::rpc
