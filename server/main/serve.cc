#include "server/main/serve.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "server/app/timer_service.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/main/authority.h"
#include "server/main/bootstrap.h"
#include "server/main/files.h"
#include "server/rpc/server.h"
#include "server/runtime/log.h"
#include "server/runtime/zones.h"

namespace tocsin::server {
namespace {

constexpr size_t kReadThreads = 2;
constexpr size_t kFileThreads = 2;
constexpr size_t kReadQueueMax = 1024;
constexpr std::chrono::seconds kCallTimeMax{30};
constexpr absl::Duration kDrainTime = absl::Seconds(3);
// Everything that was acknowledged is on disk, so ending hard is safe; ending late is not what was
// promised.
constexpr unsigned kHardEndSeconds = 5;

// No core dumps (keys are in memory), private files, as many connections as the machine grants.
sigset_t PrepareProcess() {
  umask(077);
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  signal(SIGPIPE, SIG_IGN);
  sigset_t ending;
  sigemptyset(&ending);
  sigaddset(&ending, SIGTERM);
  sigaddset(&ending, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ending, nullptr);
  // Debian's abseil is built with deadlock detection, which gRPC's own locks pay for on every call.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  return ending;
}

// The folder that the zones come from: both are read in this process, by the same rule.
std::string ZoneDirectory() {
  const char* const named = std::getenv("TZDIR");
  return named == nullptr || *named == '\0' ? runtime::kZoneDirectory : named;
}

// The parts, in the order in which they are made; each outlives those below it.
class Running {
 public:
  explicit Running(const config::Config& config) : config_(config) {}
  ~Running() { Stop(); }

  absl::Status Start();
  /// What one second brings: calls that took too long, a store that stopped writing.
  void Tick();
  void Stop();

 private:
  absl::Status OpenStore();
  absl::Status StartServer(const TlsIdentity& identity);
  /// Removes uploads that nobody went on with. On the pool's thread: it may fold incidents.
  void SweepFiles();
  void Print(const std::string& fingerprint, const std::vector<Invitation>& invitations);
  std::string EndpointFile() const { return config_.data_directory + "/endpoint"; }

  const config::Config& config_;
  runtime::SystemClock clock_;
  std::unique_ptr<app::Library> library_;
  std::unique_ptr<store::Database> database_;
  std::unique_ptr<app::Catalog> catalog_;
  std::unique_ptr<app::TimerService> timers_;
  std::unique_ptr<rpc::WatchHub> watch_hub_;
  std::unique_ptr<app::CommandProcessor> processor_;
  std::unique_ptr<app::Search> search_;
  std::unique_ptr<store::EvidenceFiles> files_;
  std::unique_ptr<app::EvidenceTransfer> evidence_;
  std::unique_ptr<rpc::ReadPool> read_pool_;
  std::unique_ptr<rpc::ReadPool> file_pool_;
  rpc::CallLimit call_limit_{kCallTimeMax};
  rpc::Connections connections_;
  std::unique_ptr<rpc::Backend> backend_;
  std::unique_ptr<rpc::Server> server_;
  bool said_read_only_ = false;
  bool listening_ = false;
};

absl::Status Running::OpenStore() {
  TOCSIN_ASSIGN_OR_RETURN(database_, store::Database::Open({.directory = config_.data_directory}));
  if (database_->state() == store::State::kReadWrite) {
    TOCSIN_RETURN_IF_ERROR(MakeOrganisations(config_, *database_, clock_.Now()));
  }
  TOCSIN_ASSIGN_OR_RETURN(catalog_, app::Catalog::Load(*database_));
  timers_ = std::make_unique<app::TimerService>(clock_);
  watch_hub_ = std::make_unique<rpc::WatchHub>(
      *database_, *catalog_, clock_,
      rpc::WatchHub::Limits{.watchers_max = config_.limits.watchers});
  processor_ = std::make_unique<app::CommandProcessor>(
      *database_, *catalog_, clock_,
      std::vector<app::CommitObserver*>{timers_.get(), watch_hub_.get()},
      app::CommandProcessor::Limits{.queue_length_max = config_.limits.queue_length});
  return absl::OkStatus();
}

absl::Status Running::StartServer(const TlsIdentity& identity) {
  TOCSIN_ASSIGN_OR_RETURN(auto profiles,
                          MakeProfiles(config_, *database_, *library_, clock_.Now()));
  search_ = std::make_unique<app::Search>(*database_, *catalog_);
  files_ = std::make_unique<store::EvidenceFiles>(*database_);
  evidence_ = std::make_unique<app::EvidenceTransfer>(*database_, *catalog_, *files_,
                                                      config_.limits.evidence_limit);
  read_pool_ = std::make_unique<rpc::ReadPool>(kReadThreads, kReadQueueMax);
  file_pool_ = std::make_unique<rpc::ReadPool>(kFileThreads, kReadQueueMax, "files");
  backend_.reset(new rpc::Backend{*catalog_, *processor_, *library_, *database_, clock_,
                                  *watch_hub_, *read_pool_, *file_pool_, *evidence_, *search_,
                                  call_limit_, connections_, std::move(profiles),
                                  config_.token_lifetime, Version()});
  rpc::ServerOptions options;
  TOCSIN_ASSIGN_OR_RETURN(options.acceptor.address, rpc::HostPort::Parse(config_.listen));
  options.acceptor.connections_per_address_max = config_.limits.connections_per_address;
  options.acceptor.connections_from_loopback_max = config_.limits.connections_from_loopback;
  options.streams_per_connection_max = config_.limits.streams_per_connection;
  options.private_key = identity.private_key_pem;
  options.certificate_chain = identity.chain_pem;
  TOCSIN_ASSIGN_OR_RETURN(server_, rpc::Server::Start(*backend_, options));
  return absl::OkStatus();
}

absl::Status Running::Start() {
  TOCSIN_ASSIGN_OR_RETURN(const rpc::HostPort address, rpc::HostPort::Parse(config_.listen));
  TOCSIN_ASSIGN_OR_RETURN(app::Library library, LoadLibrary(config_));
  library_ = std::make_unique<app::Library>(std::move(library));
  TOCSIN_RETURN_IF_ERROR(MakeDirectory(config_.data_directory));
  TOCSIN_RETURN_IF_ERROR(OpenStore());
  TOCSIN_ASSIGN_OR_RETURN(
      const TlsIdentity identity,
      LoadOrMakeIdentity(config_.data_directory + "/tls", address.host, clock_.Now()));
  TOCSIN_ASSIGN_OR_RETURN(auto countries, MakeCountries(config_, *database_, *library_));
  processor_->UseCalendars(library_->calendars(), std::move(countries));
  processor_->UseZoneData(runtime::ZoneDataVersion(ZoneDirectory()));
  processor_->UseCriteria(library_->Criteria(), MakeProfileFacts(config_, *database_));
  processor_->UseForms(library_->Forms());
  processor_->RequireFourEyes(FourEyes(config_, *database_));
  processor_->UseEscalation(Escalation(config_, *database_));
  processor_->Start();
  watch_hub_->Start();
  std::vector<Invitation> invitations;
  if (database_->state() == store::State::kReadWrite) {
    TOCSIN_RETURN_IF_ERROR(timers_->Start(*database_, *processor_));
    TOCSIN_ASSIGN_OR_RETURN(invitations, InviteAdmins(*database_, *catalog_, *processor_, clock_));
  }
  TOCSIN_RETURN_IF_ERROR(StartServer(identity));
  Tick();
  listening_ = true;
  TOCSIN_RETURN_IF_ERROR(
      WriteWholeFile(EndpointFile(), server_->address().ToString() + "\n", Access::kEveryone));
  Print(identity.fingerprint, invitations);
  file_pool_->Submit([this] { SweepFiles(); });
  return absl::OkStatus();
}

void Running::SweepFiles() {
  const store::EvidenceFiles::Swept swept = evidence_->Sweep(clock_.Now());
  if (swept.removed == 0) return;
  runtime::Log(runtime::LogLevel::kInfo, "files.swept",
               {{"removed", std::to_string(swept.removed)}, {"kept", std::to_string(swept.kept)}});
}

void Running::Print(const std::string& fingerprint, const std::vector<Invitation>& invitations) {
  std::string text = absl::StrCat("listening ", server_->address().ToString(), "\n", "fingerprint ",
                                  fingerprint, "\n");
  for (const store::OrgInfo& org : database_->Orgs()) {
    absl::StrAppend(&text, "log ", org.name, " ", org.verifier_key, "\n");
  }
  for (const Invitation& invitation : invitations) {
    absl::StrAppend(&text, "enrol ", invitation.organisation, " ", invitation.code, "\n");
  }
  std::fputs(text.c_str(), stdout);
  std::fflush(stdout);
}

void Running::Tick() {
  call_limit_.RunOut(std::chrono::steady_clock::now());
  if (said_read_only_ || database_->state() == store::State::kReadWrite) return;
  said_read_only_ = true;
  server_->SetServing(false);
  runtime::Log(runtime::LogLevel::kError, "store.read_only",
               {{"reason", database_->read_only_reason()}});
  std::fprintf(stderr, "tocsind: READ-ONLY: %s\n", database_->read_only_reason().c_str());
}

void Running::Stop() {
  if (listening_) unlink(EndpointFile().c_str());
  listening_ = false;
  if (server_) server_->SetServing(false);
  if (watch_hub_) watch_hub_->Stop();
  if (server_) server_->Shutdown(kDrainTime);
  if (timers_) timers_->Stop();
  if (processor_) processor_->Stop();
  if (read_pool_) read_pool_->Stop();
  if (file_pool_) file_pool_->Stop();
}

}  // namespace

const char* Version() {
  return TOCSIN_VERSION;
}

absl::Status Serve(const config::Config& config) {
  const sigset_t ending = PrepareProcess();
  Running running(config);
  TOCSIN_RETURN_IF_ERROR(running.Start());
  runtime::Log(runtime::LogLevel::kInfo, "server.started", {{"version", Version()}});
  const timespec second{.tv_sec = 1, .tv_nsec = 0};
  while (sigtimedwait(&ending, nullptr, &second) < 0) running.Tick();
  runtime::Log(runtime::LogLevel::kInfo, "server.stopping");
  alarm(kHardEndSeconds);
  running.Stop();
  return absl::OkStatus();
}

}  // namespace tocsin::server
