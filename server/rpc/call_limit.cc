#include "server/rpc/call_limit.h"

#include <utility>
#include <vector>

namespace tocsin::rpc {

void CallLimit::Add(std::weak_ptr<Call> call, Time start) {
  runtime::MutexLock lock(mutex_);
  // Ended calls at the front are dropped here, so that the queue is as long as the oldest call that
  // still runs.
  for (int i = 0; i < 2 && !calls_.empty() && calls_.front().call.expired(); ++i) {
    calls_.pop_front();
  }
  calls_.push_back({start, std::move(call)});
}

size_t CallLimit::RunOut(Time now) {
  std::vector<std::shared_ptr<Call>> over;
  {
    runtime::MutexLock lock(mutex_);
    while (!calls_.empty() && now - calls_.front().start >= limit_) {
      if (auto call = calls_.front().call.lock()) over.push_back(std::move(call));
      calls_.pop_front();
    }
  }
  size_t told = 0;
  for (const auto& call : over) {
    if (call->done()) continue;
    call->OnTimeOver();
    ++told;
  }
  return told;
}

}  // namespace tocsin::rpc
