#include "tests/e2e/watcher.h"

#include <algorithm>
#include <utility>

namespace tocsin::e2e {

Watcher::Watcher(client::Connection connection, const v1::WatchEntriesRequest& request)
    : connection_(std::move(connection)),
      stub_(v1::TimelineService::NewStub(connection_.channel())) {
  connection_.Prepare(context_, absl::InfiniteDuration());
  stream_ = stub_->WatchEntries(&context_, request);
  thread_ = std::thread([this] { Loop(); });
}

Watcher::~Watcher() {
  context_.TryCancel();
  thread_.join();
}

void Watcher::Loop() {
  v1::WatchEntriesResponse response;
  while (stream_->Read(&response)) {
    {
      const std::lock_guard lock(mutex_);
      if (response.has_entry()) entries_.push_back(response.entry());
      live_ = live_ || response.live();
      log_size_ = std::max(log_size_, response.log_size());
    }
    changed_.notify_all();
  }
  const grpc::Status status = stream_->Finish();
  {
    const std::lock_guard lock(mutex_);
    end_ = status;
  }
  changed_.notify_all();
}

bool Watcher::WaitUntilLive(absl::Duration limit) const {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, absl::ToChronoMilliseconds(limit), [&] { return live_; });
}

std::optional<v1::Entry> Watcher::WaitFor(const std::function<bool(const v1::Entry&)>& wanted,
                                          absl::Duration limit) const {
  std::unique_lock lock(mutex_);
  const auto find = [&] { return std::find_if(entries_.begin(), entries_.end(), wanted); };
  changed_.wait_for(lock, absl::ToChronoMilliseconds(limit),
                    [&] { return find() != entries_.end() || end_.has_value(); });
  const auto found = find();
  return found == entries_.end() ? std::nullopt : std::optional<v1::Entry>(*found);
}

std::optional<grpc::Status> Watcher::WaitForEnd(absl::Duration limit) const {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, absl::ToChronoMilliseconds(limit), [&] { return end_.has_value(); });
  return end_;
}

std::vector<v1::Entry> Watcher::entries() const {
  const std::lock_guard lock(mutex_);
  return entries_;
}

uint64_t Watcher::log_size() const {
  const std::lock_guard lock(mutex_);
  return log_size_;
}

}  // namespace tocsin::e2e
