// One TLS connection that speaks in lines of text, as IRC does. Use by one thread; only Wake and
// Cancel are for others.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "clients/chat/net/http.h"

namespace tocsin::chat {

class LineClient {
 public:
  struct Options {
    /// Host and port alone are used.
    Url address;
    std::string ca_file;
    absl::Duration connect_timeout = absl::Seconds(10);
    /// A longer line ends the connection.
    size_t line_max = 16 * 1024;
  };

  /// Errors: those of ClientTls.
  static absl::StatusOr<std::unique_ptr<LineClient>> Make(Options options);
  ~LineClient();

  /// Connects. Errors: kUnavailable UNREACHABLE; kCancelled.
  absl::Status Open();
  /// The next line without its end, CR LF or LF; nullopt when none came in time, or Wake was
  /// called. Errors: kUnknown CONNECTION_BROKEN: it is over; kCancelled.
  absl::StatusOr<std::optional<std::string>> Read(absl::Duration timeout);
  /// Writes as it is; the end of the line is the caller's. Errors: as Read.
  absl::Status Write(const std::string& bytes);

  /// A Read that waits, or the next one, returns at once. Thread-safe.
  void Wake();
  /// Ends what goes on and all that comes later. Thread-safe.
  void Cancel();

 private:
  struct Parts;
  explicit LineClient(std::unique_ptr<Parts> parts);

  std::unique_ptr<Parts> parts_;
};

}  // namespace tocsin::chat
