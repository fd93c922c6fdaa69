// One call with a person's token over a channel that many share.
#pragma once

#include <grpc/support/time.h>
#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/support/status.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "clients/chat/bot/command_runner.h"
#include "clients/core/errors.h"
#include "server/base/digest.h"
#include "server/base/ids.h"

namespace tocsin::chat {

/// The calls of one order.
class OrderCalls {
 public:
  OrderCalls(std::shared_ptr<grpc::Channel> channel, const Order& order)
      : channel_(std::move(channel)), order_(order) {}

  const Order& order() const { return order_; }

  /// The id of the order's step of this name: the same whenever the message is carried out.
  std::string RequestIdOf(std::string_view step) const {
    return RequestId::FromDigest(Sha256({"tocsin/chat/request/v1\n", order_.adapter, "\n",
                                         order_.message, "\n", step}))
        .ToString();
  }

  template <typename Stub, typename Request, typename Response>
  absl::StatusOr<Response> Call(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                             Response*),
                                const Request& request) const {
    grpc::ClientContext context;
    Prepare(context);
    Stub stub(channel_);
    Response response;
    const absl::Status status = client::FromRpc((stub.*method)(&context, request, &response));
    if (!status.ok()) return status;
    return response;
  }

 private:
  void Prepare(grpc::ClientContext& context) const {
    context.AddMetadata("authorization", "Bearer " + order_.token);
    context.AddMetadata("tocsin-chat-message", HeaderText(order_.adapter + "/" + order_.message));
    context.set_deadline(gpr_time_add(
        gpr_now(GPR_CLOCK_MONOTONIC),
        gpr_time_from_millis(absl::ToInt64Milliseconds(order_.patience), GPR_TIMESPAN)));
  }
  /// What may stand in a header: printable ASCII.
  static std::string HeaderText(std::string text) {
    for (char& c : text) {
      if (c < ' ' || c > '~') c = '?';
    }
    return text;
  }

  std::shared_ptr<grpc::Channel> channel_;
  const Order& order_;
};

}  // namespace tocsin::chat
