// The load generator's side of the API: an enrolled person's context, connections of its own for
// each channel, incidents to write to, and the check that every run ends with: what was
// acknowledged is what is stored, without gaps.
#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/bench/measure.h"
#include "tocsin/v1/timeline.grpc.pb.h"

namespace tocsin::bench {

using Stub = v1::TimelineService::Stub;

/// Every server certificate carries this name.
inline constexpr char kCertificateName[] = "tocsin.internal";

/// A server and the token to talk to it with. Thread-safe.
class Server {
 public:
  /// Reads the context that TOCSIN_CONFIG_DIR and TOCSIN_SERVER name, as `tocsin` does.
  static Server FromEnvironment();

  /// A TCP and TLS connection of its own; ready on return.
  std::shared_ptr<grpc::Channel> OpenChannel() const;
  std::vector<std::shared_ptr<grpc::Channel>> OpenChannels(size_t count) const;
  /// Adds the token and a time limit.
  void Prepare(grpc::ClientContext& context, double timeout_seconds) const;

  const std::string& address() const { return address_; }
  const std::string& ca_pem() const { return ca_pem_; }
  const std::string& token() const { return token_; }

 private:
  std::string address_;
  std::string ca_pem_;
  std::string token_;
};

/// Declares `count` incidents; their resource names.
std::vector<std::string> DeclareIncidents(const Server& server,
                                          const std::shared_ptr<grpc::Channel>& channel,
                                          size_t count);

/// Requests of `bytes` of text, each with a request id of its own. Not thread-safe.
class EntrySource {
 public:
  explicit EntrySource(size_t bytes);
  /// Overwrites everything but the incident.
  void Fill(v1::RecordEntryRequest& request);

 private:
  size_t bytes_;
  uint64_t run_;
  uint64_t number_ = 0;
};

/// Lists all entries of the incidents and counts those a person wrote. Ends the program when a
/// sequence is missing or GetIncident names another last one.
size_t CountStored(const Server& server, const std::shared_ptr<grpc::Channel>& channel,
                   const std::vector<std::string>& incidents);

/// CPU time, user and system, that a process has used; 0 for process 0. It must be there.
double CpuSeconds(size_t process);

/// Ends the program unless the call went well.
void Require(const grpc::Status& status, const std::string& what);

/// The flag --client: true for gRPC's own client, false (and without the flag) for the lean one.
bool WithGrpcClient(Flags& flags);

// The measurements; each reads its flags, runs and prints its result.

/// Closed-loop RecordEntry (or WhoAmI, which writes nothing: the cost of a call). With --server-pid
/// also the server's CPU time for each call. With --client grpc by gRPC's C++ client, else by the
/// lean one (load_http2.h).
void MeasureUnary(const Server& server, Flags& flags);
void MeasureWhoAmI(const Server& server, Flags& flags);
/// RecordEntries on client streams, --client as above; also fills incidents for other measurements.
void MeasureStreams(const Server& server, Flags& flags);
void FillIncidents(const Server& server, Flags& flags);
/// One append to many WatchEntries streams.
void MeasureWatch(const Server& server, Flags& flags);
/// All entries of one incident by ListEntries, and as an export.
void MeasureReads(const Server& server, Flags& flags);

}  // namespace tocsin::bench
