#include "server/rpc/read_pool.h"

#include <string>
#include <utility>

namespace tocsin::rpc {

ReadPool::ReadPool(size_t threads, size_t queue_length_max, const std::string& name)
    : queue_length_max_(queue_length_max) {
  for (size_t i = 0; i < threads; ++i) {
    threads_.push_back(std::make_unique<runtime::Thread>(name, [this] { Loop(); }));
  }
}

ReadPool::~ReadPool() {
  Stop();
}

bool ReadPool::Submit(std::function<void()> work) {
  return Push(std::move(work), /*even_when_full=*/false);
}

bool ReadPool::SubmitNext(std::function<void()> work) {
  return Push(std::move(work), /*even_when_full=*/true);
}

bool ReadPool::Push(std::function<void()> work, bool even_when_full) {
  {
    runtime::MutexLock lock(mutex_);
    if (stopping_ || (!even_when_full && queue_.size() >= queue_length_max_)) return false;
    queue_.push_back(std::move(work));
  }
  changed_.NotifyOne();
  return true;
}

void ReadPool::Stop() {
  {
    runtime::MutexLock lock(mutex_);
    stopping_ = true;
  }
  changed_.NotifyAll();
  for (auto& thread : threads_) thread->Join();
}

void ReadPool::Loop() {
  for (;;) {
    std::function<void()> work;
    {
      runtime::MutexLock lock(mutex_);
      while (queue_.empty() && !stopping_) changed_.Wait(mutex_);
      if (queue_.empty()) return;
      work = std::move(queue_.front());
      queue_.pop_front();
    }
    work();
  }
}

}  // namespace tocsin::rpc
