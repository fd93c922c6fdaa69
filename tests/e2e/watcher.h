// A watch stream read in its own thread, so that a test can wait for what it shows.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "absl/time/time.h"
#include "clients/core/connection.h"
#include "tocsin/v1/timeline.grpc.pb.h"

namespace tocsin::e2e {

/// Ends the stream when it goes. The functions are thread-safe.
class Watcher {
 public:
  Watcher(client::Connection connection, const v1::WatchEntriesRequest& request);
  ~Watcher();

  /// Waits until the past has been sent. False after `limit`.
  bool WaitUntilLive(absl::Duration limit) const;
  /// Waits for the first entry of which `wanted` is true, past ones included.
  std::optional<v1::Entry> WaitFor(const std::function<bool(const v1::Entry&)>& wanted,
                                   absl::Duration limit) const;
  /// Waits for the end of the stream; its status, or nullopt after `limit`.
  std::optional<grpc::Status> WaitForEnd(absl::Duration limit) const;

  std::vector<v1::Entry> entries() const;
  /// Where a wide watch can go on.
  uint64_t log_size() const;

 private:
  void Loop();

  client::Connection connection_;
  grpc::ClientContext context_;
  std::unique_ptr<v1::TimelineService::Stub> stub_;
  std::unique_ptr<grpc::ClientReader<v1::WatchEntriesResponse>> stream_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::vector<v1::Entry> entries_;
  uint64_t log_size_ = 0;
  bool live_ = false;
  std::optional<grpc::Status> end_;
  std::thread thread_;
};

}  // namespace tocsin::e2e
