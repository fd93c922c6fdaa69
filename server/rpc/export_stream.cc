#include <algorithm>
#include <cstdint>
#include <deque>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/domain/decide.h"
#include "server/domain/run_facts.h"
#include "server/rpc/call.h"
#include "server/rpc/convert.h"
#include "server/rpc/entry_reader.h"
#include "server/rpc/streams.h"

namespace tocsin::rpc {
namespace {

constexpr size_t kPageLength = 100;

// One thing happens at a time: the commit, a page being read, or a message being written; each
// starts the next. So nothing here needs a lock, and whoever is at work keeps the object alive,
// because only it can end the stream.
class ExportStream final : public grpc::ServerWriteReactor<v1::ExportIncidentResponse> {
 public:
  ExportStream(Backend& backend, grpc::CallbackServerContext* rpc,
               const v1::ExportIncidentRequest* request)
      : backend_(backend), rpc_(rpc) {
    absl::StatusOr<app::Request> command = Prepare(*request);
    if (!command.ok()) {
      End(command.status());
      return;
    }
    backend_.processor.Submit(*std::move(command), [this](absl::StatusOr<app::Outcome> outcome) {
      if (!outcome.ok()) return End(outcome.status());
      outcome_ = *std::move(outcome);
      Queue([this] { return ReadHeader(); });
    });
  }

  void OnWriteDone(bool ok) override {
    if (!ok) return End(absl::CancelledError("the client has gone"));
    if (!parts_.empty()) return SendNext();
    if (trailer_sent_) return End(absl::OkStatus());
    Queue([this] { return ReadPage(); });
  }
  void OnDone() override { delete this; }

 private:
  absl::StatusOr<app::Request> Prepare(const v1::ExportIncidentRequest& request) {
    TOCSIN_ASSIGN_OR_RETURN(caller_, AuthenticateCall(backend_, *rpc_));
    app::Request command;
    TOCSIN_ASSIGN_OR_RETURN(
        command.incident,
        AuthoriseIncident(backend_, caller_, app::Act::kExport, request.incident()));
    TOCSIN_ASSIGN_OR_RETURN(command.request, ReadRequestId(request.request_id()));
    v1::ExportIncidentRequest content = request;
    content.clear_request_id();
    command.fingerprint = Fingerprint("ExportIncident", caller_.principal, content);
    command.org = caller_.org;
    command.author = caller_.principal;
    command.auth_context = caller_.auth_context;
    profile_ = request.profile().empty() ? "full" : request.profile();
    command.command = domain::ExportIncident{profile_, Digest{}};
    return command;
  }

  // Reads on the pool, then sends what was read.
  template <typename Work>
  void Queue(Work work) {
    const bool queued = backend_.read_pool.SubmitNext([this, work] {
      if (rpc_->IsCancelled()) return End(absl::CancelledError("the client has gone"));
      if (const absl::Status status = work(); !status.ok()) return End(status);
      SendNext();
    });
    if (!queued) {
      End(Error(absl::StatusCode::kUnavailable, "SHUTTING_DOWN", "the server is stopping",
                "Export again when it is back."));
    }
  }

  void SendNext() {
    current_ = std::move(parts_.front());
    parts_.pop_front();
    trailer_sent_ = current_.has_trailer();
    StartWrite(&current_);
  }

  // The state as of the export entry, however much has been recorded since.
  absl::Status Fold(std::set<PrincipalId>& authors) {
    state_.id = outcome_.incident;
    while (state_.last_sequence < outcome_.last_sequence) {
      TOCSIN_ASSIGN_OR_RETURN(const std::vector<store::StoredEntry> page,
                              ReadAfter(state_.last_sequence));
      for (const store::StoredEntry& entry : page) {
        authors.insert(entry.record.actor);
        domain::Apply(state_,
                      {entry.record.incident_sequence, entry.record.actor, entry.record.record_time,
                       entry.record.tlp, entry.pending.occur_time},
                      entry.pending.event);
      }
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::vector<store::StoredEntry>> ReadAfter(uint64_t sequence) const {
    const uint64_t left = outcome_.last_sequence - sequence;
    TOCSIN_ASSIGN_OR_RETURN(std::vector<store::StoredEntry> page,
                            backend_.database.ReadEntries(caller_.org, outcome_.incident, sequence,
                                                          std::min<uint64_t>(left, kPageLength)));
    if (page.empty()) return absl::DataLossError("entries before the export entry are missing");
    return page;
  }

  absl::Status ReadHeader() {
    std::set<PrincipalId> authors;
    TOCSIN_RETURN_IF_ERROR(Fold(authors));
    const domain::HandleOf handle_of = backend_.HandlesOf(caller_.org);
    v1::ExportHeader& header = *parts_.emplace_back().mutable_header();
    *header.mutable_incident() = ToProto(state_, handle_of);
    for (const domain::Obligation& obligation : state_.obligations) {
      *header.add_obligations() = ToProto(state_, obligation);
      *header.add_explanations() = Explain(state_, obligation, handle_of);
    }
    // A bundle is for many readers: nothing in it is "mine".
    const RunReader reader{PrincipalId{}, outcome_.record_time, handle_of};
    const playbook::Facts facts = domain::FactsOf(state_);
    for (const playbook::Run& run : state_.runs) {
      *header.add_runs() = ToProto(state_, run, facts, reader);
    }
    *header.mutable_review() = ToProto(state_.review, outcome_.record_time, handle_of);
    header.set_organisation(backend_.profiles.at(caller_.org).name);
    header.set_exported_by(handle_of(caller_.principal));
    *header.mutable_export_time() = ToProto(outcome_.record_time);
    header.set_profile(profile_);
    header.set_entry_count(outcome_.last_sequence);
    for (const PrincipalId& author : authors) {
      (*header.mutable_authors())[author.ToString()] = handle_of(author);
    }
    header.set_incident_id(std::string(outcome_.incident.view()));
    return absl::OkStatus();
  }

  absl::Status ReadPage() {
    if (sent_ == outcome_.last_sequence) {
      v1::ExportTrailer& trailer = *parts_.emplace_back().mutable_trailer();
      trailer.set_checkpoint(outcome_.receipt.checkpoint_note);
      trailer.set_verifier_key(backend_.database.VerifierKey(caller_.org));
      return absl::OkStatus();
    }
    TOCSIN_ASSIGN_OR_RETURN(std::vector<store::StoredEntry> page, ReadAfter(sent_));
    std::vector<uint64_t> indexes;
    for (const store::StoredEntry& entry : page) indexes.push_back(entry.record.log_index);
    TOCSIN_ASSIGN_OR_RETURN(
        const std::vector<std::vector<Digest>> proofs,
        backend_.database.InclusionProofs(caller_.org, indexes, outcome_.receipt.tree_size));
    EntryReader reader(backend_.database, caller_.org, state_, backend_.HandlesOf(caller_.org));
    for (size_t i = 0; i < page.size(); ++i) {
      v1::ExportEntry& out = *parts_.emplace_back().mutable_entry();
      TOCSIN_ASSIGN_OR_RETURN(*out.mutable_entry(), reader.View(page[i]));
      out.set_record(std::move(page[i].record_bytes));
      out.set_body(std::move(page[i].body));
      out.set_salt(std::move(page[i].salt));
      for (const Digest& hash : proofs[i]) out.add_inclusion_proof(std::string(hash.view()));
    }
    sent_ += page.size();
    return absl::OkStatus();
  }

  // The last thing: `this` may be gone on return.
  void End(const absl::Status& status) {
    const grpc::Status answer = ToGrpc(status);
    LogAccess("ExportIncident", answer, start_, caller_.principal.empty() ? nullptr : &caller_);
    Finish(answer);
  }

  Backend& backend_;
  grpc::CallbackServerContext* const rpc_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  app::Caller caller_;
  std::string profile_;
  app::Outcome outcome_;
  domain::Incident state_;
  uint64_t sent_ = 0;
  std::deque<v1::ExportIncidentResponse> parts_;
  v1::ExportIncidentResponse current_;
  bool trailer_sent_ = false;
};

}  // namespace

grpc::ServerWriteReactor<v1::ExportIncidentResponse>* StartExportStream(
    Backend& backend, grpc::CallbackServerContext* rpc, const v1::ExportIncidentRequest* request) {
  return new ExportStream(backend, rpc, request);
}

}  // namespace tocsin::rpc
