// A small HTTP server for what platforms send to the bot: button presses, signed events. It stands
// behind a proxy on the loopback, or speaks TLS itself; in the clear it listens nowhere else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "clients/chat/net/http.h"

namespace tocsin::chat {

class HttpServer {
 public:
  struct Options {
    /// Numeric. Without a certificate it must be of the loopback.
    std::string address = "127.0.0.1";
    /// 0 for a free one.
    uint16_t port = 0;
    /// Both or none.
    std::string certificate_pem;
    std::string key_pem;
    size_t body_max = 256 * 1024;
    size_t connections_max = 64;
    /// For one request to come in whole, and for its answer to go out.
    absl::Duration patience = absl::Seconds(10);
  };
  /// Answers a request; runs in the server's one thread, so it must be quick.
  using Handler = std::function<HttpResponse(const HttpRequest&)>;

  /// Listens and answers until destroyed. Errors: kInvalidArgument NOT_LOOPBACK,
  /// CERTIFICATE_INVALID; kUnavailable PORT_TAKEN.
  static absl::StatusOr<std::unique_ptr<HttpServer>> Start(Options options, Handler handler);
  /// No handler runs after it.
  ~HttpServer();

  uint16_t port() const;

 private:
  struct Parts;
  explicit HttpServer(std::unique_ptr<Parts> parts);

  std::unique_ptr<Parts> parts_;
};

}  // namespace tocsin::chat
