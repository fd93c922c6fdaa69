// Follows the organisation's log with the bot's own token and turns what people must know into
// posts. The position in the log moves in the same record as the posts, so a restart neither skips
// an alert nor gives one twice.
#pragma once

#include <grpcpp/client_context.h>

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "clients/chat/bot/bot.h"
#include "clients/core/connection.h"
#include "server/runtime/clock.h"
#include "server/runtime/mutex.h"
#include "server/runtime/thread.h"
#include "tocsin/v1/timeline.grpc.pb.h"

namespace tocsin::chat {

class Watcher {
 public:
  /// All must outlive this object. `token` is the bot's own.
  Watcher(client::Connection& connection, std::string token, ChatState& state, Bot& bot,
          runtime::Clock& clock);
  /// Stops.
  ~Watcher();

  void Start();

 private:
  void Run();
  absl::Status Follow();
  absl::Status Handle(const v1::WatchEntriesResponse& response);
  bool WaitBefore(absl::Duration pause);

  client::Connection& connection_;
  const std::string token_;
  ChatState& state_;
  Bot& bot_;
  runtime::Clock& clock_;
  uint64_t kept_ = 0;  // the position that is on disk
  absl::Time kept_time_ = absl::InfinitePast();

  runtime::Mutex mutex_;
  runtime::Condition changed_;
  bool stopping_ TOCSIN_GUARDED_BY(mutex_) = false;
  grpc::ClientContext* call_ TOCSIN_GUARDED_BY(mutex_) = nullptr;
  std::unique_ptr<runtime::Thread> thread_;
};

}  // namespace tocsin::chat
