#include "clients/core/interrupt.h"

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cstring>

#include "clients/core/errors.h"
#include "clients/core/screen.h"

namespace tocsin::client {
namespace {

constexpr size_t kIdBytes = 36;
// Read by the signal handler, so plain bytes; guarded by `pending`, which is set after they are
// written.
char request_id_bytes[kIdBytes];
std::atomic<bool> pending{false};
static_assert(std::atomic<bool>::is_always_lock_free);

void Say(const char* text, size_t size) {
  // Nothing can be done about a failure in a signal handler.
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text, size);
}

void OnSignal(int) {
  RestoreTerminal();
  if (pending.load()) {
    constexpr char kBefore[] =
        "\nerror: interrupted\nrecorded: unknown\nnext: Repeat the same command with --request-id ";
    constexpr char kAfter[] = " : it is never recorded twice.\n";
    Say(kBefore, sizeof kBefore - 1);
    Say(request_id_bytes, kIdBytes);
    Say(kAfter, sizeof kAfter - 1);
  }
  ::_exit(static_cast<int>(ExitCode::kInterrupted));
}

}  // namespace

void EndOnInterrupt() {
  struct sigaction action {};
  action.sa_handler = OnSignal;
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
}

PendingWrite::PendingWrite(const std::string& request_id) {
  if (request_id.size() != kIdBytes) return;
  std::memcpy(request_id_bytes, request_id.data(), kIdBytes);
  pending.store(true);
}

PendingWrite::~PendingWrite() {
  pending.store(false);
}

}  // namespace tocsin::client
