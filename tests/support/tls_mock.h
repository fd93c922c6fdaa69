// A server for tests that stands where a chat platform would: real sockets on a free port, TLS,
// HTTP and WebSocket. What it answers is the test's. One thread a connection, so a handler may
// wait.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "clients/chat/net/http.h"
#include "server/runtime/mutex.h"
#include "server/runtime/thread.h"
#include "tests/support/scratch_directory.h"

namespace tocsin {

/// A WebSocket that a client has opened. Thread-safe; does nothing once it is closed.
class MockSocket {
 public:
  virtual ~MockSocket() = default;
  virtual void Send(const std::string& text) = 0;
  /// With the goodbye of the protocol.
  virtual void Close() = 0;
  /// Without.
  virtual void Drop() = 0;
};

class TlsMock {
 public:
  struct Hooks {
    /// Status 0 ends the connection without an answer; 101 opens a WebSocket.
    std::function<chat::HttpResponse(const chat::HttpRequest&)> request;
    std::function<void(const std::shared_ptr<MockSocket>&, const chat::HttpRequest&)> opened;
    std::function<void(const std::shared_ptr<MockSocket>&, const std::string&)> message;
    /// A WebSocket has ended, whoever ended it.
    std::function<void(const std::shared_ptr<MockSocket>&)> closed;
  };

  /// `host` is what its certificate is for.
  explicit TlsMock(Hooks hooks, const std::string& host = "127.0.0.1");
  /// Ends all connections. A handler that waits must be released before.
  ~TlsMock();

  uint16_t port() const { return port_; }
  /// "https://127.0.0.1:PORT".
  std::string url() const;
  /// Its certificate, as a file of authorities.
  std::string ca_file() const { return directory_.Path("ca.pem"); }
  /// Ends all connections now; new ones are accepted.
  void DropAll();
  /// How many connections were accepted.
  int connection_count() const;

 private:
  class Connection;
  class Listener;

  void Accept();

  const Hooks hooks_;
  ScratchDirectory directory_;
  uint16_t port_ = 0;
  std::unique_ptr<Listener> listener_;
  mutable runtime::Mutex mutex_;
  std::map<int, std::shared_ptr<Connection>> connections_ TOCSIN_GUARDED_BY(mutex_);
  int accepted_ TOCSIN_GUARDED_BY(mutex_) = 0;
  bool stopping_ TOCSIN_GUARDED_BY(mutex_) = false;
  std::unique_ptr<runtime::Thread> thread_;
};

/// Waits until `condition` holds, without guessing how long that takes; false after 20 s.
bool Eventually(const std::function<bool()>& condition);

}  // namespace tocsin
