// Calls without gRPC's client: the same TLS, HTTP/2 and gRPC frames, made by nghttp2. The load
// generator shares the processors with the server, and gRPC's C++ client takes about as much of
// them for a call as gRPC's server does; this one leaves most to the server, as libpq does when
// PostgreSQL is measured.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tests/bench/load_client.h"

namespace tocsin::bench {

/// Who calls one method again and again.
class Http2Caller {
 public:
  virtual ~Http2Caller() = default;
  /// A call begins.
  virtual void Begin() = 0;
  /// Appends the serialised next message of the call; false when the call has no more.
  virtual bool NextMessage(std::string& out) = 0;
  /// The call was answered with status 0 and this message. True to call again.
  virtual bool Finish(std::string_view answer) = 0;
};

/// Plays all callers in the calling thread, spread over `connections` connections, until none wants
/// to call again. `path` is "/package.Service/Method". Ends the program when a call is not answered
/// with status 0 and one whole message.
void DriveHttp2(const Server& server, const std::string& path, size_t connections,
                const std::vector<Http2Caller*>& callers);

}  // namespace tocsin::bench
