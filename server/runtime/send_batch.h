// Answers that one thread gives to many calls at once. Each of them alone would be a packet of its
// own, with a wake-up of whoever reads it, and that is most of what giving an answer costs. Here
// they wait for each other and leave connection by connection, in as few packets as they fill.
#pragma once

#include <cstddef>
#include <functional>

namespace tocsin::runtime {

/// While one lives in a thread, that thread's sends wait and are made when it ends. Not nested.
class SendBatch {
 public:
  /// So many at most wait for each other, so that the first need not wait for thousands.
  static constexpr size_t kSendsMax = 256;

  SendBatch();
  ~SendBatch();
  SendBatch(const SendBatch&) = delete;
  SendBatch& operator=(const SendBatch&) = delete;

  /// Does one live in this thread?
  static bool IsOpen();
  /// Keeps `send`, which writes to the TCP socket `descriptor` and does not block, for the end of
  /// this thread's batch; there must be one (checked). A descriptor that is -1, or has been closed
  /// meanwhile, does no harm.
  static void Add(int descriptor, std::function<void()> send);
};

}  // namespace tocsin::runtime
