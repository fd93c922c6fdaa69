#include "clients/chat/net/workers.h"

#include <algorithm>
#include <utility>

namespace tocsin::chat {

using runtime::MutexLock;

void StopFlag::Stop() {
  MutexLock lock(mutex_);
  stopped_ = true;
  changed_.NotifyAll();
}

bool StopFlag::stopped() const {
  MutexLock lock(mutex_);
  return stopped_;
}

bool StopFlag::Pause(absl::Duration span) {
  const auto until = std::chrono::steady_clock::now() + absl::ToChronoMilliseconds(span);
  MutexLock lock(mutex_);
  while (!stopped_) {
    const absl::Duration left = absl::FromChrono(until - std::chrono::steady_clock::now());
    if (left <= absl::ZeroDuration()) return true;
    changed_.WaitFor(mutex_, left);
  }
  return false;
}

absl::Duration Backoff::Next() {
  return std::exchange(next_, std::min(next_ * 2, longest_));
}

void StateTeller::Tell(bool ready, const std::string& problem) {
  {
    MutexLock lock(mutex_);
    if (told_ && ready_ == ready && problem_ == problem) return;
    told_ = true;
    ready_ = ready;
    problem_ = problem;
  }
  context_.events.OnState(context_.name, ready, problem);
}

void StateTeller::Room(const std::string& room, const std::string& problem) {
  {
    MutexLock lock(mutex_);
    std::string& known = rooms_[room];
    if (known == problem) return;
    known = problem;
  }
  context_.events.OnRoomState(context_.name, room, problem);
}

std::string StateTeller::RoomProblem(const std::string& room) const {
  MutexLock lock(mutex_);
  const auto found = rooms_.find(room);
  return found == rooms_.end() ? "" : found->second;
}

void PostWorker::Start(const std::string& thread_name) {
  thread_ = std::make_unique<runtime::Thread>(thread_name, [this] { Run(); });
}

void PostWorker::Post(const Outbound& post) {
  MutexLock lock(mutex_);
  posts_.push_back(post);
  changed_.NotifyAll();
}

void PostWorker::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    changed_.NotifyAll();
  }
  thread_.reset();
}

void PostWorker::Run() {
  while (true) {
    Outbound post;
    {
      MutexLock lock(mutex_);
      while (posts_.empty() && !stopping_) changed_.Wait(mutex_);
      if (stopping_) return;
      post = std::move(posts_.front());
      posts_.pop_front();
    }
    const PostResult result = post_(post);
    {
      MutexLock lock(mutex_);
      if (stopping_) return;
    }
    context_.events.OnPosted(context_.name, post.key, result);
  }
}

}  // namespace tocsin::chat
