#include "server/rpc/server.h"

#include <grpc/support/time.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/security/server_credentials.h>

#include <utility>

#include "server/base/status_macros.h"
#include "server/rpc/services.h"

namespace tocsin::rpc {
namespace {

constexpr int kReceiveBytesMax = 1 << 20;
constexpr size_t kMemoryBytesMax = size_t{256} << 20;
constexpr int kHandshakeTimeoutMs = 5'000;
constexpr int kKeepaliveMs = 60'000;
constexpr int kKeepaliveTimeoutMs = 20'000;
constexpr int kMinPingIntervalMs = 30'000;

void SetLimits(grpc::ServerBuilder& builder, const ServerOptions& options) {
  builder.SetMaxReceiveMessageSize(kReceiveBytesMax);
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, kHandshakeTimeoutMs);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, options.streams_per_connection_max);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                             kMinPingIntervalMs);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PING_STRIKES, 2);
  // CallLimit bounds every call; a client that gives up resets its stream.
  builder.AddChannelArgument(GRPC_ARG_ENABLE_DEADLINE_CHECKS, 0);
  builder.AddChannelArgument(GRPC_ARG_ENABLE_CHANNELZ, 0);
  // Entries are small: measuring the line by pings costs more than a wider window gains.
  builder.AddChannelArgument(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  builder.SetResourceQuota(grpc::ResourceQuota("tocsind").Resize(kMemoryBytesMax));
}

std::shared_ptr<grpc::ServerCredentials> Credentials(const ServerOptions& options) {
  grpc::SslServerCredentialsOptions tls;
  tls.pem_key_cert_pairs.push_back({options.private_key, options.certificate_chain});
  return grpc::SslServerCredentials(tls);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Server>> Server::Start(Backend& backend,
                                                      const ServerOptions& options) {
  std::unique_ptr<Server> server(new Server());
  TOCSIN_ASSIGN_OR_RETURN(server->acceptor_, Acceptor::Listen(options.acceptor));
  for (auto make : {MakeAccessService, MakeActionItemService, MakeAwarenessService,
                    MakeBriefingService, MakeDrillService, MakeEvidenceService, MakeExportService,
                    MakeIncidentService, MakeLibraryService, MakeLogService, MakeObligationService,
                    MakePlaybookService, MakeRegisterService, MakeReviewService, MakeSearchService,
                    MakeSignificanceService, MakeTimelineService}) {
    server->services_.push_back(make(backend));
  }
  grpc::EnableDefaultHealthCheckService(true);
  grpc::ServerBuilder builder;
  SetLimits(builder, options);
  for (const auto& service : server->services_) builder.RegisterService(service.get());
  server->connections_ = builder.experimental().AddExternalConnectionAcceptor(
      grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD,
      Credentials(options));
  server->server_ = builder.BuildAndStart();
  if (!server->server_) return absl::InternalError("gRPC did not start");
  server->acceptor_->Start([&backend, &connections = *server->connections_](int descriptor) {
    backend.connections.Add(descriptor);
    grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters connection;
    connection.fd = descriptor;
    connections.HandleNewConnection(&connection);
  });
  return server;
}

Server::~Server() {
  Shutdown(absl::ZeroDuration());
}

void Server::SetServing(bool serving) {
  if (auto* health = server_->GetHealthCheckService()) health->SetServingStatus(serving);
}

void Server::Shutdown(absl::Duration grace) {
  if (acceptor_) acceptor_->Stop();
  if (!server_) return;
  server_->Shutdown(
      gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                   gpr_time_from_millis(absl::ToInt64Milliseconds(grace), GPR_TIMESPAN)));
}

}  // namespace tocsin::rpc
