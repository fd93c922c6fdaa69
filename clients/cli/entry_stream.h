// Entries as they come, over connections that break: the stream is taken up again after the last
// entry that was seen, with growing pauses, until the server refuses. One thread: a step waits for
// a given time at most, so that its caller can do other things between two entries.
#pragma once

#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/support/async_stream.h>
#include <grpcpp/support/status.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "clients/core/connection.h"
#include "tocsin/v1/timeline.grpc.pb.h"

namespace tocsin::cli {

/// What to watch, and what of it is known already.
struct StreamPlace {
  /// "incidents/INC-2026-0042"; empty: all that the caller may see.
  std::string incident;
  /// Of one incident: the last sequence that is known. Of all: how many entries of the
  /// organisation's log are known.
  uint64_t after = 0;
};

/// Not thread-safe.
class EntryStream {
 public:
  enum class Kind { kNothing, kEntry, kLive, kLost, kBack };
  struct Event {
    Kind kind = Kind::kNothing;
    /// For kEntry.
    v1::Entry entry;
    /// For kBack: how long there was no connection.
    absl::Duration gap;
  };

  /// Sends nothing yet. `connection` must outlive this object.
  EntryStream(client::Connection& connection, StreamPlace place);
  ~EntryStream();
  EntryStream(const EntryStream&) = delete;
  EntryStream& operator=(const EntryStream&) = delete;

  /// What comes next, or kNothing after `wait`. kLost comes once when the connection breaks, kBack
  /// once when it is there again; then the entries recorded meanwhile follow, none left out, none
  /// twice. Errors: what the server refuses with; kUnavailable SERVER_NOT_TRUSTED.
  absl::StatusOr<Event> Next(absl::Duration wait);

  /// Where it stands.
  const StreamPlace& place() const { return place_; }

 private:
  using Steady = std::chrono::steady_clock;
  enum class State { kIdle, kStarting, kReading, kFinishing };

  void Start();
  void Finish();
  std::optional<Event> Take();
  absl::StatusOr<Event> Ended();

  client::Connection& connection_;
  StreamPlace place_;
  std::unique_ptr<v1::TimelineService::Stub> stub_;
  grpc::CompletionQueue queue_;
  std::unique_ptr<grpc::ClientContext> context_;
  std::unique_ptr<grpc::ClientAsyncReader<v1::WatchEntriesResponse>> reader_;
  v1::WatchEntriesResponse response_;
  grpc::Status status_;
  State state_ = State::kIdle;
  Steady::time_point retry_time_;
  absl::Duration pause_;
  int failures_ = 0;
  std::optional<Steady::time_point> lost_;
  // Read together with the message that showed that the connection is back.
  std::optional<Event> waiting_;
};

}  // namespace tocsin::cli
