// The connection of a client to its server: TLS that trusts the pinned authority and nothing else,
// the token with every call, a time limit on every call, and retries that are safe because a
// mutation carries the same request id each time.
#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/support/status.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace tocsin::client {

/// Not thread-safe, except channel().
class Connection {
 public:
  struct Options {
    /// "host:port".
    std::string server;
    /// The only authority that is trusted.
    std::string ca_pem;
    /// Sent with every call; empty for none (enrolment).
    std::string token;
    absl::Duration call_timeout = absl::Seconds(15);
    /// How long to try to get a connection before a call is given up; nothing has been sent then.
    /// A server that refuses is given up at once, and what was found holds for the calls right
    /// after it.
    absl::Duration connect_timeout = absl::Seconds(3);
    /// How long UNAVAILABLE is retried, all attempts together.
    absl::Duration retry_for = absl::Seconds(10);
    /// Whether a connection that is slow to come about is looked into, within that time.
    bool diagnose = true;
  };

  /// Opens nothing yet.
  explicit Connection(Options options);

  /// Sends a unary request. UNAVAILABLE is retried with the same request for `retry_for`, with
  /// growing pauses. Errors: the server's, with reason and next step; kUnavailable
  /// SERVER_UNREACHABLE when nothing could be sent, SERVER_NOT_TRUSTED when it shows another
  /// authority. When a mutation may have been recorded without an answer, the error says so
  /// (OutcomeUnknown).
  template <typename Stub, typename Request, typename Response>
  absl::StatusOr<Response> Call(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                             Response*),
                                const Request& request) {
    return Send(method, request, Attempts::kMany);
  }
  /// The same without retries, for what must not be sent twice.
  template <typename Stub, typename Request, typename Response>
  absl::StatusOr<Response> CallOnce(grpc::Status (Stub::*method)(grpc::ClientContext*,
                                                                 const Request&, Response*),
                                    const Request& request) {
    return Send(method, request, Attempts::kOne);
  }

  /// For streams: `Stub(channel())` and a context made ready by Prepare.
  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }
  /// Adds the token and, unless infinite, the time limit of the whole call.
  void Prepare(grpc::ClientContext& context, absl::Duration timeout) const;
  /// Waits until the channel is ready. Errors: kUnavailable SERVER_UNREACHABLE, SERVER_NOT_TRUSTED.
  absl::Status WaitUntilConnected();

  const std::string& server() const { return options_.server; }

 private:
  enum class Attempts { kOne, kMany };

  template <typename Stub, typename Request, typename Response>
  absl::StatusOr<Response> Send(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                             Response*),
                                const Request& request, Attempts attempts) {
    std::string request_id;
    if constexpr (requires { request.request_id(); }) request_id = request.request_id();
    Response response;
    Stub stub(channel_);
    absl::Status status = Attempt(request_id, attempts, [&](grpc::ClientContext& context) {
      response.Clear();
      return (stub.*method)(&context, request, &response);
    });
    if (!status.ok()) return status;
    return response;
  }

  absl::Status Attempt(const std::string& request_id, Attempts attempts,
                       const std::function<grpc::Status(grpc::ClientContext&)>& call);
  absl::Status Reach();
  absl::Status WaitFor(absl::Duration timeout);
  absl::Status WaitForReturn(absl::Duration timeout);
  bool IsReady() const;
  absl::Status Unreachable() const;
  absl::Status CheckServer(absl::Duration timeout) const;

  Options options_;
  /// Why the server could not be reached, and since when that is known.
  absl::Status away_;
  std::chrono::steady_clock::time_point away_time_;
  std::shared_ptr<grpc::Channel> channel_;
};

/// Whether an error of a mutation leaves open if it was recorded: no answer came, or the server
/// says so itself.
bool LeavesOutcomeOpen(const absl::Status& status);
/// Whether the same request may succeed a moment later.
bool IsWorthRetrying(const absl::Status& status);

}  // namespace tocsin::client
