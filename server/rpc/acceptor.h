// Our own accept loop. gRPC's can be silenced for ever by connections that eat up the process's
// file descriptors (CVE-2023-4785, not fixed in Debian 12): it stops listening on EMFILE and never
// begins again. This one keeps some descriptors back, limits connections by address, waits a moment
// on EMFILE, and hands accepted sockets to gRPC.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/runtime/thread.h"

struct sockaddr_storage;

namespace tocsin::rpc {

/// "host:port", "[::1]:7443". Errors: kInvalidArgument, reason BAD_ADDRESS.
struct HostPort {
  std::string host;
  uint16_t port = 0;

  std::string ToString() const;
  static absl::StatusOr<HostPort> Parse(const std::string& text);
};

class Acceptor {
 public:
  struct Options {
    /// Port 0: any free one.
    HostPort address;
    size_t connections_per_address_max = 64;
    /// The same for connections from this machine: benchmarks and gateways open many.
    size_t connections_from_loopback_max = 1024;
    /// Sockets with this number or a higher one are closed at once; 0: the process's limit less 256
    /// for the store's files, gRPC and the log.
    int descriptor_ceiling = 0;
  };
  /// Gets each accepted socket and owns it from then on. Called on the acceptor's thread.
  using Handler = std::function<void(int descriptor)>;

  /// Listens. Errors: kInvalidArgument BAD_ADDRESS (no such host); kUnavailable CANNOT_LISTEN with
  /// the system's cause.
  static absl::StatusOr<std::unique_ptr<Acceptor>> Listen(const Options& options);
  /// Stops and closes the listening socket; what was handed over stays open.
  ~Acceptor();
  Acceptor(const Acceptor&) = delete;
  Acceptor& operator=(const Acceptor&) = delete;

  /// The address with the port that was chosen.
  const HostPort& address() const { return address_; }
  /// Begins to accept.
  void Start(Handler handler);
  /// Joins the thread. Idempotent.
  void Stop();

 private:
  // A socket that was handed over. Its owner closes it without telling us, and its number may then
  // belong to something else; the inode tells.
  struct Open {
    int descriptor = -1;
    uint64_t inode = 0;
  };

  Acceptor(const Options& options, int listener, int stop, HostPort address);
  void Loop();
  void AcceptAll();
  bool Admit(int descriptor, const sockaddr_storage& peer);
  void ForgetClosed(std::vector<Open>& connections);
  void Sweep();
  bool WaitForStop(int timeout_ms);

  const Options options_;
  const int ceiling_;
  const int listener_;
  const int stop_;  // an eventfd
  const HostPort address_;
  Handler handler_;
  // The acceptor thread's own, by address without port.
  std::map<std::string, std::vector<Open>> open_;
  size_t refused_ = 0;
  std::unique_ptr<runtime::Thread> thread_;
};

}  // namespace tocsin::rpc
