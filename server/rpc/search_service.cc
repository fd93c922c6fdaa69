// Finding entries by their text.
#include <chrono>
#include <map>
#include <memory>

#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/rpc/call.h"
#include "server/rpc/convert.h"
#include "server/rpc/entry_reader.h"
#include "server/rpc/page_token.h"
#include "server/rpc/services.h"
#include "tocsin/v1/search.grpc.pb.h"

namespace tocsin::rpc {
namespace {

using app::Act;
using Rpc = grpc::CallbackServerContext;
using Reactor = grpc::ServerUnaryReactor;

constexpr size_t kLimitDefault = 50;
constexpr size_t kLimitMax = 500;
constexpr std::chrono::seconds kScanMax{20};
// Clients take messages of 4 MiB by default.
constexpr size_t kAnswerBytesMax = size_t{3} << 20;

class SearchService final : public v1::SearchService::CallbackService {
 public:
  explicit SearchService(Backend& backend) : backend_(backend) {}

  Reactor* SearchEntries(Rpc* rpc, const v1::SearchEntriesRequest* request,
                         v1::SearchEntriesResponse* response) override {
    const std::string* const incident =
        request->incident().empty() ? nullptr : &request->incident();
    return Read(backend_, rpc, "SearchEntries", Act::kRead, incident,
                [this, request, response](const ReadCall& call) {
                  return Find(call, *request, *response);
                });
  }

 private:
  absl::StatusOr<domain::EntryQuery> Query(const app::Caller& caller,
                                           const v1::SearchEntriesRequest& request) const {
    domain::EntryQuery query;
    TOCSIN_RETURN_IF_ERROR(CheckLine("the text", request.text(), /*may_be_empty=*/true));
    query.text = domain::FoldCase(request.text());
    if (request.kind() != v1::ENTRY_KIND_UNSPECIFIED) {
      TOCSIN_ASSIGN_OR_RETURN(query.kind, ToDomain(request.kind()));
    }
    if (!request.author().empty()) {
      TOCSIN_ASSIGN_OR_RETURN(query.author,
                              backend_.catalog.RequireHandle(caller.org, request.author()));
    }
    TOCSIN_ASSIGN_OR_RETURN(query.from,
                            OptionalTime("from", request.has_from_time(), request.from_time()));
    TOCSIN_ASSIGN_OR_RETURN(query.to, OptionalTime("to", request.has_to_time(), request.to_time()));
    const bool asks = !query.text.empty() || query.kind || query.author || query.from || query.to;
    if (asks) return query;
    return InvalidArgument("NOTHING_TO_SEARCH", "neither a text nor anything else is given",
                           "Give part of the text, a kind, an author or a time.");
  }

  absl::Status Find(const ReadCall& call, const v1::SearchEntriesRequest& request,
                    v1::SearchEntriesResponse& response) const {
    TOCSIN_ASSIGN_OR_RETURN(const size_t limit,
                            PageSize(request.limit(), kLimitDefault, kLimitMax));
    TOCSIN_ASSIGN_OR_RETURN(const domain::EntryQuery query, Query(call.caller, request));
    const auto close = std::chrono::steady_clock::now() + kScanMax;
    const std::optional<IncidentId> incident =
        call.incident.empty() ? std::nullopt : std::optional(call.incident);
    TOCSIN_ASSIGN_OR_RETURN(const app::SearchResult result,
                            backend_.search.Run(call.caller, query, incident, limit, [close] {
                              return std::chrono::steady_clock::now() > close;
                            }));
    response.set_scanned_count(result.scanned);
    response.set_more_count(result.more);
    return Fill(call.caller.org, result, response);
  }

  absl::Status Fill(OrgNumber org, const app::SearchResult& result,
                    v1::SearchEntriesResponse& response) const {
    struct Source {
      std::shared_ptr<const domain::Incident> incident;
      std::unique_ptr<EntryReader> reader;
    };
    std::map<IncidentId, Source> sources;
    size_t bytes = 0;
    for (const app::FoundEntry& found : result.found) {
      Source& source = sources[found.incident];
      if (source.reader == nullptr) {
        TOCSIN_ASSIGN_OR_RETURN(source.incident, backend_.catalog.Snapshot(org, found.incident));
        source.reader = std::make_unique<EntryReader>(backend_.database, org, *source.incident,
                                                      backend_.HandlesOf(org));
      }
      TOCSIN_ASSIGN_OR_RETURN(v1::Entry entry, source.reader->View(found.entry));
      bytes += entry.ByteSizeLong();
      if (bytes > kAnswerBytesMax && response.entries_size() > 0) {
        response.set_more_count(result.more + result.found.size() -
                                static_cast<size_t>(response.entries_size()));
        break;
      }
      *response.add_entries() = std::move(entry);
    }
    return absl::OkStatus();
  }

  Backend& backend_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeSearchService(Backend& backend) {
  return std::make_unique<SearchService>(backend);
}

}  // namespace tocsin::rpc
