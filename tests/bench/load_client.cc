#include "tests/bench/load_client.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <random>
#include <sstream>

#include "clients/core/context.h"
#include "tocsin/v1/incident.grpc.pb.h"

namespace tocsin::bench {
namespace {

constexpr double kCallSeconds = 30;
constexpr int kPageSize = 1000;

std::optional<std::string> FromProcess(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr) return std::nullopt;
  return value;
}

// Lists one incident; the number of entries a person wrote.
size_t CountIncident(const Server& server, Stub& stub, const std::string& incident,
                     uint64_t last_expected) {
  size_t written = 0;
  uint64_t last = 0;
  v1::ListEntriesRequest request;
  request.set_incident(incident);
  request.set_page_size(kPageSize);
  do {
    grpc::ClientContext context;
    server.Prepare(context, kCallSeconds);
    v1::ListEntriesResponse page;
    Require(stub.ListEntries(&context, request, &page), "ListEntries");
    for (const v1::Entry& entry : page.entries()) {
      if (entry.sequence() != ++last) Fail(incident + " has a gap before " + std::to_string(last));
      if (entry.type() == "entry-recorded") ++written;
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  if (last != last_expected) {
    Fail(incident + " lists " + std::to_string(last) + " entries, its state says " +
         std::to_string(last_expected));
  }
  return written;
}

}  // namespace

double CpuSeconds(size_t process) {
  if (process == 0) return 0;
  std::ifstream file("/proc/" + std::to_string(process) + "/stat");
  std::string line;
  std::getline(file, line);
  // The name of the program, in brackets, may hold blanks; user and system time are the 12th and
  // 13th field after it.
  std::istringstream fields(line.substr(line.rfind(')') + 1));
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;
  double user = 0;
  double system = 0;
  fields >> user >> system;
  if (!fields) Fail("there is no process " + std::to_string(process));
  return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

void Require(const grpc::Status& status, const std::string& what) {
  if (status.ok()) return;
  Fail(what + ": code " + std::to_string(status.error_code()) + ", " + status.error_message());
}

bool WithGrpcClient(Flags& flags) {
  const std::string client = flags.Text("client", "http2");
  if (client != "http2" && client != "grpc") Fail("--client is http2 or grpc");
  return client == "grpc";
}

Server Server::FromEnvironment() {
  const absl::StatusOr<client::Settings> settings =
      client::ContextStore(FromProcess).Resolve({.context = "", .server = ""});
  if (!settings.ok()) Fail(settings.status().ToString());
  Server server;
  server.address_ = settings->context.server;
  server.ca_pem_ = settings->context.ca_pem;
  server.token_ = settings->token;
  return server;
}

std::shared_ptr<grpc::Channel> Server::OpenChannel() const {
  grpc::SslCredentialsOptions ssl;
  ssl.pem_root_certs = ca_pem_;
  grpc::ChannelArguments arguments;
  arguments.SetSslTargetNameOverride(kCertificateName);
  arguments.SetMaxReceiveMessageSize(-1);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  // Channels to one server otherwise share one connection.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  std::shared_ptr<grpc::Channel> channel =
      grpc::CreateCustomChannel(address_, grpc::SslCredentials(ssl), arguments);
  if (!channel->WaitForConnected(std::chrono::system_clock::now() + std::chrono::seconds(10))) {
    Fail("no connection to " + address_);
  }
  return channel;
}

std::vector<std::shared_ptr<grpc::Channel>> Server::OpenChannels(size_t count) const {
  std::vector<std::shared_ptr<grpc::Channel>> channels;
  for (size_t i = 0; i < count; ++i) channels.push_back(OpenChannel());
  return channels;
}

void Server::Prepare(grpc::ClientContext& context, double timeout_seconds) const {
  context.AddMetadata("authorization", "Bearer " + token_);
  context.set_deadline(std::chrono::system_clock::now() +
                       std::chrono::milliseconds(static_cast<int64_t>(timeout_seconds * 1000)));
}

std::vector<std::string> DeclareIncidents(const Server& server,
                                          const std::shared_ptr<grpc::Channel>& channel,
                                          size_t count) {
  v1::IncidentService::Stub stub(channel);
  std::vector<std::string> names;
  for (size_t i = 0; i < count; ++i) {
    grpc::ClientContext context;
    server.Prepare(context, kCallSeconds);
    v1::DeclareIncidentRequest request;
    request.set_title("Measurement " + std::to_string(i));
    request.set_severity(v1::SEVERITY_SEV3);
    request.set_drill(true);
    v1::DeclareIncidentResponse response;
    Require(stub.DeclareIncident(&context, request, &response), "DeclareIncident");
    names.push_back(response.incident().name());
  }
  return names;
}

EntrySource::EntrySource(size_t bytes) : bytes_(bytes), run_(std::random_device()()) {
  run_ = run_ << 32 | std::random_device()();
}

void EntrySource::Fill(v1::RecordEntryRequest& request) {
  ++number_;
  char id[40];
  std::snprintf(id, sizeof id, "%08x-%04x-4%03x-8%03x-%012llx", static_cast<unsigned>(run_ >> 32),
                static_cast<unsigned>(run_ >> 16 & 0xffff),
                static_cast<unsigned>(run_ >> 4 & 0xfff), static_cast<unsigned>(run_ & 0xf),
                static_cast<unsigned long long>(number_));
  request.set_request_id(id);
  request.set_kind(v1::ENTRY_KIND_OBSERVATION);
  request.set_text(EntryText(number_, bytes_));
}

size_t CountStored(const Server& server, const std::shared_ptr<grpc::Channel>& channel,
                   const std::vector<std::string>& incidents) {
  Stub timeline(channel);
  v1::IncidentService::Stub state(channel);
  size_t stored = 0;
  for (const std::string& incident : incidents) {
    grpc::ClientContext context;
    server.Prepare(context, kCallSeconds);
    v1::GetIncidentRequest request;
    request.set_name(incident);
    v1::Incident response;
    Require(state.GetIncident(&context, request, &response), "GetIncident");
    stored += CountIncident(server, timeline, incident, response.last_sequence());
  }
  return stored;
}

}  // namespace tocsin::bench
