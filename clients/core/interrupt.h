// Ctrl-C. It ends the process at once with exit code 130 and leaves the terminal as it was; when a
// mutation was under way it says that its outcome is unknown and with which request id to repeat
// it.
#pragma once

#include <string>

namespace tocsin::client {

/// For SIGINT and SIGTERM of this process. Call once, from main.
void EndOnInterrupt();

/// Between construction and destruction a mutation with this request id is under way. At most one
/// at a time counts.
class PendingWrite {
 public:
  /// An empty id stands for a read: nothing is noted.
  explicit PendingWrite(const std::string& request_id);
  ~PendingWrite();
  PendingWrite(const PendingWrite&) = delete;
  PendingWrite& operator=(const PendingWrite&) = delete;
};

}  // namespace tocsin::client
