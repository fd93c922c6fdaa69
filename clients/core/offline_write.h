// Which writes may wait for the server, and how they are sent when it is back. What waits is what a
// person saw, did or knows: it is as true later as now. What decides for others, needs a number of
// the server, or cannot be undone never waits: by the time it is recorded, others may have decided
// otherwise.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "clients/core/connection.h"
#include "clients/core/write_queue.h"
#include "tocsin/v1/common.pb.h"

namespace google::protobuf {
class Message;
}

namespace tocsin::client {

/// Whether requests of this kind may wait in the queue.
bool MayWait(const google::protobuf::Message& request);

/// Whether `status` is that of a server that is away: nothing was sent, or no answer came, or it
/// cannot record at the moment.
bool IsAway(const absl::Status& status);

/// Whether a write must queue up behind what waits already, which this error kept from being sent:
/// the server is away or asks to wait, or another terminal is sending at the moment.
bool MustWaitBehind(const absl::Status& stopped);

/// Why a request that may not wait does not, and what to do: one sentence.
std::string WhyNotQueued(const google::protobuf::Message& request);

/// The request as it is to be stored, marked with the claimed time, which is this computer's clock:
/// an entry gets it as the time it happened (unless one is stated) and the attributes clock=client
/// and queued_time; reasons and notes say it at their end. MayWait(request) is required (checked).
/// Errors: kInvalidArgument when the marks make the request too large.
absl::StatusOr<QueuedWrite> ForQueue(const google::protobuf::Message& request, absl::Time now,
                                     const Context& context);

/// One line for people: "log: isolated fs01", "playbook done: isolate-hosts".
std::string Describe(const QueuedWrite& write);
/// "INC-2026-0042".
std::string IncidentOf(const QueuedWrite& write);

/// Sends one write. An entry whose time is only that of a clock which was ahead of the server's is
/// recorded without it, marked clock=client-ahead. Errors: the server's; kInternal NOT_SENDABLE
/// when this version does not know its kind.
absl::StatusOr<v1::WriteResult> SendQueued(const QueuedWrite& write, Connection& connection);

/// What became of one write.
using QueueReport =
    std::function<void(const QueuedWrite& write, const absl::StatusOr<v1::WriteResult>& result)>;

struct SendOptions {
  /// Also those that the server refused before.
  bool refused_again = false;
  /// How long another terminal that is sending is waited for.
  absl::Duration lock_wait = absl::Seconds(20);
  absl::Time now;
};

/// Sends everything that waits, in order, each removed after its answer. A write that the server
/// refuses stays, with the refusal, and the next ones are sent all the same. Errors, at which it
/// stops and the rest waits on: the server went away, does not know the person any more, or asks to
/// wait; kAborted LOCK_TAKEN; those of WriteQueue.
absl::Status SendQueue(const WriteQueue& queue, Connection& connection, const SendOptions& options,
                       const QueueReport& report);

}  // namespace tocsin::client
