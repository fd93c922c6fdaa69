#include "server/runtime/send_batch.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "server/base/check.h"

namespace tocsin::runtime {
namespace {

struct Send {
  int descriptor = -1;
  std::function<void()> send;
};

// Sends of this thread that wait for the end of its SendBatch.
struct Waiting {
  bool open = false;
  std::vector<Send> sends;
};
thread_local Waiting waiting;

// While it is on, the kernel sends full packets only; the rest goes when it is turned off. It fails
// for what is no TCP socket (any more), which then sends as it always does.
void Cork(int descriptor, int on) {
  setsockopt(descriptor, IPPROTO_TCP, TCP_CORK, &on, sizeof on);
}

void SendAll() {
  // A send may give another answer in this thread.
  std::vector<Send> sends = std::exchange(waiting.sends, {});
  std::stable_sort(sends.begin(), sends.end(),
                   [](const Send& a, const Send& b) { return a.descriptor < b.descriptor; });
  for (auto first = sends.begin(); first != sends.end();) {
    const auto end = std::find_if(first, sends.end(), [first](const Send& send) {
      return send.descriptor != first->descriptor;
    });
    const bool several = end - first > 1;
    if (several) Cork(first->descriptor, 1);
    for (auto send = first; send != end; ++send) send->send();
    if (several) Cork(first->descriptor, 0);
    first = end;
  }
}

}  // namespace

SendBatch::SendBatch() {
  TOCSIN_CHECK(!waiting.open);
  waiting.open = true;
}

SendBatch::~SendBatch() {
  while (!waiting.sends.empty()) SendAll();
  waiting.open = false;
}

bool SendBatch::IsOpen() {
  return waiting.open;
}

void SendBatch::Add(int descriptor, std::function<void()> send) {
  TOCSIN_CHECK(waiting.open);
  waiting.sends.push_back({descriptor, std::move(send)});
  if (waiting.sends.size() == kSendsMax) SendAll();
}

}  // namespace tocsin::runtime
