// Requests to one HTTPS server, one after another over a connection that is kept. Every step has a
// limit in time and size. Redirects are not followed: they would carry the token elsewhere.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "clients/chat/net/http.h"

namespace tocsin::chat {

class HttpsClient {
 public:
  struct Options {
    /// Only host and port are used.
    Url url;
    /// Authorities to trust; the machine's when empty.
    std::string ca_file;
    absl::Duration connect_timeout = absl::Seconds(10);
    /// The largest body that is read.
    size_t body_max = 4 * 1024 * 1024;
    /// A connection that was idle for longer is not used again.
    absl::Duration idle_max = absl::Seconds(20);
  };

  /// Errors: those of ClientTls.
  static absl::StatusOr<std::unique_ptr<HttpsClient>> Make(Options options);
  ~HttpsClient();

  /// Sends one request and reads the whole answer, whatever its status. One thread at a time.
  /// Errors: kUnavailable UNREACHABLE: the server has nothing of it; kUnknown CONNECTION_BROKEN: it
  /// may have it; kCancelled; kInvalidArgument HEADER_INVALID.
  absl::StatusOr<HttpResponse> Send(const HttpRequest& request, absl::Duration timeout);

  /// Ends the Send that goes on, and each later one, with kCancelled. Thread-safe.
  void Cancel();

  const Url& url() const;

 private:
  struct Parts;
  explicit HttpsClient(std::unique_ptr<Parts> parts);
  absl::StatusOr<HttpResponse> Exchange(const HttpRequest& request, absl::Duration timeout);

  std::unique_ptr<Parts> parts_;
};

}  // namespace tocsin::chat
