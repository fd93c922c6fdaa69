// One WebSocket over TLS: text messages come in, text messages go out. A connection that has died
// without saying so is noticed by pings. Use by one thread; only Cancel is for others.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "clients/chat/net/http.h"

namespace tocsin::chat {

class WebSocketClient {
 public:
  struct Options {
    Url url;
    std::string ca_file;
    /// Sent with the request to open.
    std::vector<HttpHeader> headers;
    absl::Duration connect_timeout = absl::Seconds(10);
    /// Half of this without a word: a ping is sent; all of it: the connection is dead.
    absl::Duration idle_max = absl::Seconds(40);
    size_t message_max = 1024 * 1024;
  };

  /// Errors: those of ClientTls.
  static absl::StatusOr<std::unique_ptr<WebSocketClient>> Make(Options options);
  ~WebSocketClient();

  /// Connects. Errors: kUnavailable UNREACHABLE; kUnauthenticated REFUSED when the server answered
  /// 401 or 403; kCancelled.
  absl::Status Open();
  /// The next message; nullopt when none came in time. Errors: kUnknown CONNECTION_BROKEN: it is
  /// over; kCancelled.
  absl::StatusOr<std::optional<std::string>> Read(absl::Duration timeout);
  /// Errors: as Read.
  absl::Status Write(const std::string& text);
  /// Says goodbye, and waits a second at most for the answer to it.
  void Close();

  /// Ends what goes on and all that comes later. Thread-safe.
  void Cancel();

 private:
  struct Parts;
  explicit WebSocketClient(std::unique_ptr<Parts> parts);

  std::unique_ptr<Parts> parts_;
};

}  // namespace tocsin::chat
