// What stands in for the bot in tests of adapters: it records all that an adapter tells, keeps what
// it remembers, and takes each key once, as the bot does.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "clients/chat/adapter/adapter.h"
#include "server/base/view.h"
#include "server/runtime/mutex.h"
#include "tests/support/catch.h"
#include "tests/support/tls_mock.h"

namespace tocsin::chat {

/// Thread-safe.
class RecordedEvents : public AdapterEvents {
 public:
  absl::Status OnInbound(std::string_view /*adapter*/, const Inbound& inbound) override {
    runtime::MutexLock lock(mutex_);
    if (refuse_ > 0) {
      --refuse_;
      return absl::InternalError("the disk is full");
    }
    ++delivered_;
    if (seen_.insert(inbound.key).second) inbound_.push_back(inbound);
    return absl::OkStatus();
  }
  void OnPosted(std::string_view /*adapter*/, std::string_view key,
                const PostResult& result) override {
    runtime::MutexLock lock(mutex_);
    posted_.emplace_back(std::string(key), result);
  }
  void OnState(std::string_view /*adapter*/, bool ready, std::string_view problem) override {
    runtime::MutexLock lock(mutex_);
    states_.push_back(ready ? "ready" : absl::StrCat("no: ", ToAbsl(problem)));
  }
  void OnRoomState(std::string_view /*adapter*/, std::string_view room,
                   std::string_view problem) override {
    runtime::MutexLock lock(mutex_);
    room_states_.push_back(absl::StrCat(ToAbsl(room), ": ", ToAbsl(problem)));
  }

  /// The next `count` messages are not taken.
  void Refuse(int count) {
    runtime::MutexLock lock(mutex_);
    refuse_ = count;
  }

  /// Each key once, in the order in which they came first.
  std::vector<Inbound> inbound() const { return Copy(inbound_); }
  /// How often any message was taken, repeated ones counted.
  int delivered() const {
    runtime::MutexLock lock(mutex_);
    return delivered_;
  }
  std::vector<std::pair<std::string, PostResult>> posted() const { return Copy(posted_); }
  /// "ready" or "no: PROBLEM".
  std::vector<std::string> states() const { return Copy(states_); }
  /// "ROOM: PROBLEM".
  std::vector<std::string> room_states() const { return Copy(room_states_); }
  bool ready() const {
    const std::vector<std::string> all = states();
    return !all.empty() && all.back() == "ready";
  }

 private:
  template <typename T>
  T Copy(const T& value) const {
    runtime::MutexLock lock(mutex_);
    return value;
  }

  mutable runtime::Mutex mutex_;
  std::set<std::string> seen_;
  std::vector<Inbound> inbound_;
  int delivered_ = 0;
  int refuse_ = 0;
  std::vector<std::pair<std::string, PostResult>> posted_;
  std::vector<std::string> states_;
  std::vector<std::string> room_states_;
};

/// Outlives an adapter, as the disk does. Thread-safe.
class FakeMemory : public AdapterMemory {
 public:
  std::string Get(std::string_view key) const override {
    runtime::MutexLock lock(mutex_);
    const auto found = values_.find(std::string(key));
    return found == values_.end() ? "" : found->second;
  }
  absl::Status Put(std::string_view key, std::string_view value) override {
    constexpr size_t kValueMax = 4096;
    if (value.size() > kValueMax) return absl::InvalidArgumentError("too large");
    runtime::MutexLock lock(mutex_);
    values_[std::string(key)] = std::string(value);
    return absl::OkStatus();
  }

 private:
  mutable runtime::Mutex mutex_;
  std::map<std::string, std::string> values_;
};

/// Whether `count` messages, each once, have come up in time.
inline bool Heard(const RecordedEvents& events, size_t count) {
  return Eventually([&] { return events.inbound().size() >= count; });
}

inline std::vector<std::string> Texts(const RecordedEvents& events) {
  std::vector<std::string> texts;
  for (const Inbound& inbound : events.inbound()) texts.push_back(inbound.text);
  return texts;
}

/// Starts the adapter and waits until it says that it is ready: an earlier run may have said so
/// too.
inline void StartReady(Adapter& adapter, const RecordedEvents& events) {
  const size_t told = events.states().size();
  REQUIRE(adapter.Start().ok());
  REQUIRE(Eventually([&] { return events.states().size() > told && events.ready(); }));
}

/// Posts and waits for what became of it.
inline PostResult PostAndWait(Adapter& adapter, const RecordedEvents& events,
                              const Outbound& outbound) {
  const size_t before = events.posted().size();
  adapter.Post(outbound);
  REQUIRE(Eventually([&] { return events.posted().size() > before; }));
  return events.posted()[before].second;
}

}  // namespace tocsin::chat
