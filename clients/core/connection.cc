#include "clients/core/connection.h"

#include <grpc/support/time.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>

#include <algorithm>
#include <chrono>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "clients/core/bootstrap.h"
#include "clients/core/errors.h"
#include "clients/core/interrupt.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"

namespace tocsin::client {
namespace {

// Every server certificate carries this name, whatever the host is called: the pinned authority is
// what identifies it.
constexpr char kCertificateName[] = "tocsin.internal";
constexpr int kMessageBytesMax = 256 << 20;
constexpr absl::Duration kFirstPause = absl::Milliseconds(200);
// A connection takes a few network round trips; only then it is asked why there is none.
constexpr absl::Duration kNormalConnect = absl::Milliseconds(300);
constexpr absl::Duration kAwayHolds = absl::Milliseconds(500);

using Steady = std::chrono::steady_clock;

absl::Duration Since(Steady::time_point start) {
  return absl::FromChrono(Steady::now() - start);
}

// gRPC takes time limits as points of the monotonic clock, too.
gpr_timespec InFromNow(absl::Duration span) {
  return gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                      gpr_time_from_millis(absl::ToInt64Milliseconds(span), GPR_TIMESPAN));
}

std::shared_ptr<grpc::Channel> OpenChannel(const Connection::Options& options) {
  grpc::SslCredentialsOptions ssl;
  ssl.pem_root_certs = options.ca_pem;
  grpc::ChannelArguments arguments;
  arguments.SetSslTargetNameOverride(kCertificateName);
  arguments.SetMaxReceiveMessageSize(kMessageBytesMax);
  arguments.SetMaxSendMessageSize(kMessageBytesMax);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 60'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 20'000);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 200);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 200);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1'000);
  // A proxy from the environment would see who talks to whom, and is not meant for this.
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  return grpc::CreateCustomChannel(options.server, grpc::SslCredentials(ssl), arguments);
}

}  // namespace

bool LeavesOutcomeOpen(const absl::Status& status) {
  const std::string reason = ReasonOf(status);
  if (reason == "OUTCOME_UNKNOWN") return true;
  // A reason is the server's own answer: it refused before it wrote.
  if (!reason.empty()) return false;
  switch (status.code()) {
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kCancelled:
    case absl::StatusCode::kUnknown:
    case absl::StatusCode::kInternal:
      return true;
    default:
      return false;
  }
}

bool IsWorthRetrying(const absl::Status& status) {
  // No client cancels a call itself: a server that stops does.
  return (absl::IsUnavailable(status) || absl::IsCancelled(status)) &&
         ReasonOf(status) != "STORE_READ_ONLY";
}

Connection::Connection(Options options)
    : options_(std::move(options)), channel_(OpenChannel(options_)) {}

void Connection::Prepare(grpc::ClientContext& context, absl::Duration timeout) const {
  if (!options_.token.empty()) {
    context.AddMetadata("authorization", absl::StrCat("Bearer ", options_.token));
  }
  if (timeout != absl::InfiniteDuration()) context.set_deadline(InFromNow(timeout));
}

absl::Status Connection::WaitUntilConnected() {
  return WaitFor(options_.connect_timeout);
}

bool Connection::IsReady() const {
  return channel_->GetState(/*try_to_connect=*/false) == GRPC_CHANNEL_READY;
}

// Before anything was sent. A command makes several calls: a server that just could not be reached
// is not waited for again by each of them.
absl::Status Connection::Reach() {
  if (!away_.ok() && Since(away_time_) < kAwayHolds && !IsReady()) return away_;
  away_ = WaitFor(options_.connect_timeout);
  away_time_ = Steady::now();
  return away_;
}

absl::Status Connection::WaitFor(absl::Duration timeout) {
  const Steady::time_point start = Steady::now();
  if (channel_->WaitForConnected(InFromNow(std::min(timeout / 2, kNormalConnect)))) {
    return absl::OkStatus();
  }
  if (options_.diagnose) {
    const absl::Status found = CheckServer(timeout - Since(start));
    if (!found.ok()) return IsReady() ? absl::OkStatus() : found;
  }
  const absl::Duration rest = timeout - Since(start);
  if (channel_->WaitForConnected(InFromNow(std::max(rest, absl::ZeroDuration())))) {
    return absl::OkStatus();
  }
  return Unreachable();
}

// After something was sent: a server that refuses may be starting again.
absl::Status Connection::WaitForReturn(absl::Duration timeout) {
  if (channel_->WaitForConnected(InFromNow(timeout))) return absl::OkStatus();
  const absl::Status found = options_.diagnose ? CheckServer(kNormalConnect) : absl::OkStatus();
  return found.ok() ? Unreachable() : found;
}

absl::Status Connection::Unreachable() const {
  return Error(absl::StatusCode::kUnavailable, "SERVER_UNREACHABLE",
               absl::StrCat("no connection to ", options_.server, " came about in ",
                            absl::FormatDuration(options_.connect_timeout)),
               "Try again in a moment.");
}

// Whether the server is there and the one that is trusted: the channel keeps trying and says
// neither.
absl::Status Connection::CheckServer(absl::Duration timeout) const {
  TOCSIN_ASSIGN_OR_RETURN(const ServerAddress address, ParseServer(options_.server));
  TOCSIN_ASSIGN_OR_RETURN(const ServerIdentity shown, FetchServerIdentity(address, timeout));
  TOCSIN_ASSIGN_OR_RETURN(const std::string pinned, FingerprintOf(options_.ca_pem));
  if (SameFingerprint(pinned, shown.fingerprint)) return absl::OkStatus();
  return Error(absl::StatusCode::kUnavailable, "SERVER_NOT_TRUSTED",
               absl::StrCat(options_.server, " shows the authority ", shown.fingerprint,
                            ", not the pinned ", pinned),
               "Send it nothing. Ask the operator, over another channel, whether the server was "
               "set up anew; if so, enrol again.");
}

absl::Status Connection::Attempt(const std::string& request_id, Attempts attempts,
                                 const std::function<grpc::Status(grpc::ClientContext&)>& call) {
  const PendingWrite pending(request_id);
  const Steady::time_point start = Steady::now();
  absl::Duration pause = kFirstPause;
  absl::Status last;
  for (;;) {
    // Once something was sent it is worth waiting for the server to come back: only it knows what
    // became of it.
    const absl::Duration left = std::max(options_.retry_for - Since(start), kFirstPause);
    absl::Status status = last.ok() ? Reach() : WaitForReturn(left);
    if (!status.ok()) {
      const bool open = !last.ok() && LeavesOutcomeOpen(last) && !request_id.empty();
      return open ? OutcomeUnknown(status, request_id) : status;
    }
    grpc::ClientContext context;
    Prepare(context, options_.call_timeout);
    status = FromRpc(call(context));
    if (status.ok()) return status;
    if (attempts == Attempts::kOne || !IsWorthRetrying(status) ||
        Since(start) + pause > options_.retry_for) {
      const bool open = LeavesOutcomeOpen(status) || (!last.ok() && LeavesOutcomeOpen(last));
      return open && !request_id.empty() ? OutcomeUnknown(status, request_id) : status;
    }
    last = status;
    absl::SleepFor(pause);
    pause *= 2;
  }
}

}  // namespace tocsin::client
