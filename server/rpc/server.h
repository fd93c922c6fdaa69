// The gRPC server: services, limits, TLS, and the acceptor that feeds it connections.
#pragma once

#include <grpcpp/impl/service_type.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/rpc/acceptor.h"
#include "server/rpc/backend.h"

namespace tocsin::rpc {

struct ServerOptions {
  Acceptor::Options acceptor;
  /// PEM: the server's key, and its certificate followed by the authority's.
  std::string private_key;
  std::string certificate_chain;
  /// Calls at a time on one connection.
  int streams_per_connection_max = 1000;
};

class Server {
 public:
  /// Listens and serves. `backend` must outlive this object.
  /// Errors: those of Acceptor::Listen; kInternal when gRPC cannot start.
  static absl::StatusOr<std::unique_ptr<Server>> Start(Backend& backend,
                                                       const ServerOptions& options);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  const HostPort& address() const { return acceptor_->address(); }
  /// What grpc.health.v1 answers.
  void SetServing(bool serving);
  /// Takes no more connections, lets calls end for at most `grace`, then cancels them. Watches must
  /// have been ended before (WatchHub::Stop), the command processor must still run. Idempotent.
  void Shutdown(absl::Duration grace);

 private:
  Server() = default;

  std::vector<std::unique_ptr<grpc::Service>> services_;
  std::unique_ptr<Acceptor> acceptor_;
  std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> connections_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace tocsin::rpc
