// Threads with a name and an owner. Every thread of the server is one of these (docs/threads.md
// lists them): started by its owner, told to stop by it, joined in its destructor.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <thread>

namespace tocsin::runtime {

class Thread {
 public:
  /// Runs `body` in a new thread called `name` (at most 15 characters are shown). `body` must
  /// return soon after its owner has told it to stop, by the owner's own means.
  Thread(std::string name, std::function<void()> body);
  /// Joins.
  ~Thread();
  Thread(const Thread&) = delete;
  Thread& operator=(const Thread&) = delete;

  /// Waits for the body to return. May be called once before destruction.
  void Join();

 private:
  std::thread thread_;
};

}  // namespace tocsin::runtime
