// The timeline: what happened, entry by entry.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "server/base/status_macros.h"
#include "server/rpc/call.h"
#include "server/rpc/convert.h"
#include "server/rpc/entry_reader.h"
#include "server/rpc/page_token.h"
#include "server/rpc/services.h"
#include "server/rpc/streams.h"
#include "tocsin/v1/timeline.grpc.pb.h"

namespace tocsin::rpc {
namespace {

using app::Act;
using Rpc = grpc::CallbackServerContext;
using Reactor = grpc::ServerUnaryReactor;

constexpr size_t kPageDefault = 500;
constexpr size_t kPageMax = 1000;
// Clients take messages of 4 MiB by default; a page of long texts is cut before.
constexpr size_t kPageBytesMax = size_t{3} << 20;
constexpr size_t kReadLength = 100;

// The callback API for all methods but WatchEntries, whose messages are made once and sent to many
// as bytes.
using Base = v1::TimelineService::WithCallbackMethod_RecordEntry<
    v1::TimelineService::WithCallbackMethod_RecordEntries<
        v1::TimelineService::WithCallbackMethod_CorrectEntry<
            v1::TimelineService::WithCallbackMethod_RetractEntry<
                v1::TimelineService::WithCallbackMethod_ListEntries<
                    v1::TimelineService::WithRawCallbackMethod_WatchEntries<
                        v1::TimelineService::Service>>>>>>;

class TimelineService final : public Base {
 public:
  explicit TimelineService(Backend& backend) : backend_(backend) {}

  Reactor* RecordEntry(Rpc* rpc, const v1::RecordEntryRequest* request,
                       v1::WriteResult* response) override {
    return Mutate(
        backend_, rpc, "RecordEntry", Act::kRecord, request, response,
        [request](const app::Caller&) -> absl::StatusOr<AnyCommand> { return ToDomain(*request); });
  }

  grpc::ServerReadReactor<v1::RecordEntryRequest>* RecordEntries(
      Rpc* rpc, v1::RecordEntriesResponse* response) override {
    return StartRecordStream(backend_, rpc, response);
  }

  Reactor* CorrectEntry(Rpc* rpc, const v1::CorrectEntryRequest* request,
                        v1::WriteResult* response) override {
    return Mutate(backend_, rpc, "CorrectEntry", Act::kRecord, request, response,
                  [request](const app::Caller&) -> absl::StatusOr<AnyCommand> {
                    return domain::CorrectEntry{request->sequence(), request->text()};
                  });
  }

  Reactor* RetractEntry(Rpc* rpc, const v1::RetractEntryRequest* request,
                        v1::WriteResult* response) override {
    return Mutate(backend_, rpc, "RetractEntry", Act::kRecord, request, response,
                  [request](const app::Caller&) -> absl::StatusOr<AnyCommand> {
                    return domain::RetractEntry{request->sequence(), request->because()};
                  });
  }

  Reactor* ListEntries(Rpc* rpc, const v1::ListEntriesRequest* request,
                       v1::ListEntriesResponse* response) override {
    return Read(backend_, rpc, "ListEntries", Act::kRead, &request->incident(),
                [this, request, response](const ReadCall& call) {
                  return List(call, *request, *response);
                });
  }

  grpc::ServerWriteReactor<grpc::ByteBuffer>* WatchEntries(
      Rpc* rpc, const grpc::ByteBuffer* request) override {
    return StartWatchStream(backend_, rpc, request);
  }

 private:
  absl::Status List(const ReadCall& call, const v1::ListEntriesRequest& request,
                    v1::ListEntriesResponse& response) const {
    const OrgNumber org = call.caller.org;
    TOCSIN_ASSIGN_OR_RETURN(const size_t size,
                            PageSize(request.page_size(), kPageDefault, kPageMax));
    TOCSIN_ASSIGN_OR_RETURN(const domain::Incident incident,
                            backend_.catalog.Get(org, call.incident));
    const std::string arguments =
        absl::StrCat("entries/", call.incident.ToString(), "/", request.after_sequence(), "/",
                     request.since_time().seconds(), ".", request.since_time().nanos());
    TOCSIN_ASSIGN_OR_RETURN(const std::string position,
                            ReadPageToken(arguments, request.page_token()));
    uint64_t after = request.after_sequence();
    if (!position.empty()) {
      if (!absl::SimpleAtoi(position, &after)) return absl::InternalError("a page token is wrong");
    } else if (request.has_since_time()) {
      TOCSIN_ASSIGN_OR_RETURN(const absl::Time since, ToDomain("start time", request.since_time()));
      TOCSIN_ASSIGN_OR_RETURN(const uint64_t before, LastBefore(org, incident, since));
      after = std::max(after, before);
    }
    TOCSIN_ASSIGN_OR_RETURN(const uint64_t last, Fill(org, incident, after, size, response));
    if (last < incident.last_sequence) {
      response.set_next_page_token(MakePageToken(arguments, absl::StrCat(last)));
    }
    return absl::OkStatus();
  }

  // Appends up to `size` entries after `after`; returns the last sequence in the page.
  absl::StatusOr<uint64_t> Fill(OrgNumber org, const domain::Incident& incident, uint64_t after,
                                size_t size, v1::ListEntriesResponse& response) const {
    EntryReader reader(backend_.database, org, incident, backend_.HandlesOf(org));
    size_t bytes = 0;
    uint64_t last = after;
    while (last < incident.last_sequence && static_cast<size_t>(response.entries_size()) < size) {
      const size_t want =
          std::min<uint64_t>({kReadLength, size - static_cast<size_t>(response.entries_size()),
                              incident.last_sequence - last});
      TOCSIN_ASSIGN_OR_RETURN(const std::vector<store::StoredEntry> page,
                              backend_.database.ReadEntries(org, incident.id, last, want));
      if (page.empty()) return absl::DataLossError("the timeline is shorter than its state says");
      for (const store::StoredEntry& entry : page) {
        TOCSIN_ASSIGN_OR_RETURN(v1::Entry view, reader.View(entry));
        bytes += view.ByteSizeLong();
        if (bytes > kPageBytesMax && response.entries_size() > 0) return last;
        *response.add_entries() = std::move(view);
        last = entry.record.incident_sequence;
      }
    }
    return last;
  }

  // The last sequence recorded before `since`; record times never go back, so halving finds it.
  absl::StatusOr<uint64_t> LastBefore(OrgNumber org, const domain::Incident& incident,
                                      absl::Time since) const {
    uint64_t before = 0;
    uint64_t first_after = incident.last_sequence + 1;
    while (first_after - before > 1) {
      const uint64_t middle = before + (first_after - before) / 2;
      TOCSIN_ASSIGN_OR_RETURN(const std::vector<store::StoredEntry> entry,
                              backend_.database.ReadEntries(org, incident.id, middle - 1, 1));
      if (entry.empty()) return absl::DataLossError("the timeline is shorter than its state says");
      if (entry.front().record.record_time < since) {
        before = middle;
      } else {
        first_after = middle;
      }
    }
    return before;
  }

  Backend& backend_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeTimelineService(Backend& backend) {
  return std::make_unique<TimelineService>(backend);
}

}  // namespace tocsin::rpc
