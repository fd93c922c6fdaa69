// Progress of work that takes a while: a bar with rate and remaining time. It stays silent for the
// first two seconds, and where nobody watches (no terminal) it prints one closing line only.
#pragma once

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <string>

#include "absl/time/time.h"

namespace tocsin::client {

/// Not thread-safe. Erases the bar and closes in the destructor at the latest.
class Progress {
 public:
  struct Options {
    std::string label;
    /// 0: unknown; no bar and no remaining time then, only count and rate.
    uint64_t total = 0;
    /// "entries", "bytes".
    std::string unit;
    bool terminal = false;
    size_t width = 80;
  };

  /// `err` must outlive this object. `now` is asked at every call.
  Progress(std::ostream& err, std::function<absl::Time()> now, Options options);
  ~Progress();
  Progress(Progress&& other) noexcept;
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  Progress& operator=(Progress&&) = delete;

  /// `done` of `total` are done. Draws at most ten times a second.
  void Update(uint64_t done);
  /// Erases the bar; prints "label: N unit in 4 s (250/s)" when it took more than two seconds.
  void Finish();

 private:
  std::string Line(absl::Time now) const;

  std::ostream* err_;
  std::function<absl::Time()> now_;
  Options options_;
  absl::Time start_;
  absl::Time last_drawn_ = absl::InfinitePast();
  uint64_t done_ = 0;
  bool visible_ = false;
};

}  // namespace tocsin::client
