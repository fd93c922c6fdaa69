// rpc::Connections goes by the names that gRPC gives to peers, which only gRPC can show.
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>

#include "server/rpc/acceptor.h"
#include "server/rpc/connections.h"
#include "tests/support/catch.h"
#include "tocsin/v1/access.grpc.pb.h"

namespace tocsin::rpc {
namespace {

// Answers with what Connections knows of the caller.
class Service final : public v1::AccessService::CallbackService {
 public:
  grpc::ServerUnaryReactor* WhoAmI(grpc::CallbackServerContext* rpc, const v1::WhoAmIRequest*,
                                   v1::WhoAmIResponse*) override {
    found = connections.Find(rpc->peer());
    grpc::ServerUnaryReactor* const reactor = rpc->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

  Connections connections;
  std::atomic<int> found{-1};
};

}  // namespace

TEST_CASE("Connections: knows the socket of a call by gRPC's name of its peer", "[e2e]") {
  const std::string host = GENERATE("127.0.0.1", "::1");
  auto acceptor = Acceptor::Listen({.address = {host, 0}});
  if (!acceptor.ok() && host == "::1") {
    WARN("this machine has no IPv6");
    return;
  }
  REQUIRE(acceptor.ok());
  Service service;
  grpc::ServerBuilder builder;
  builder.RegisterService(&service);
  const auto external = builder.experimental().AddExternalConnectionAcceptor(
      grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD,
      grpc::InsecureServerCredentials());
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  REQUIRE(server != nullptr);
  std::atomic<int> accepted{-2};
  (*acceptor)->Start([&](int descriptor) {
    accepted = descriptor;
    service.connections.Add(descriptor);
    grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters connection;
    connection.fd = descriptor;
    external->HandleNewConnection(&connection);
  });

  v1::AccessService::Stub stub(
      grpc::CreateChannel((*acceptor)->address().ToString(), grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
  context.set_wait_for_ready(true);
  v1::WhoAmIResponse response;
  const grpc::Status status = stub.WhoAmI(&context, {}, &response);
  INFO(status.error_message());
  REQUIRE(status.ok());
  CHECK(service.found == accepted);
  (*acceptor)->Stop();
  server->Shutdown();
}

}  // namespace tocsin::rpc
