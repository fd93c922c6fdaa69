// Action items over all incidents: what is open, what is late, what has to be asked about.
#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/base/status_macros.h"
#include "server/domain/review.h"
#include "server/rpc/call.h"
#include "server/rpc/convert.h"
#include "server/rpc/page_token.h"
#include "server/rpc/services.h"
#include "tocsin/v1/review.grpc.pb.h"

namespace tocsin::rpc {
namespace {

using app::Act;
using Rpc = grpc::CallbackServerContext;
using Reactor = grpc::ServerUnaryReactor;

constexpr size_t kPageDefault = 500;
constexpr size_t kPageMax = 1000;

// Where a page ended: in which incident, after how many of its items.
struct Place {
  std::string incident;
  size_t items = 0;
};

Place ReadPlace(const std::string& position) {
  const std::vector<std::string> parts = absl::StrSplit(position, '/');
  Place place{parts.front()};
  if (parts.size() != 2 || !absl::SimpleAtoi(parts[1], &place.items)) place.items = 0;
  return place;
}

class ActionItemService final : public v1::ActionItemService::CallbackService {
 public:
  explicit ActionItemService(Backend& backend) : backend_(backend) {}

  Reactor* ListActionItems(Rpc* rpc, const v1::ListActionItemsRequest* request,
                           v1::ListActionItemsResponse* response) override {
    return Read(backend_, rpc, "ListActionItems", Act::kRead,
                request->incident().empty() ? nullptr : &request->incident(),
                [this, request, response](const ReadCall& call) {
                  return List(call, *request, *response);
                });
  }

  Reactor* ChangeActionItem(Rpc* rpc, const v1::ChangeActionItemRequest* request,
                            v1::WriteResult* response) override {
    return Mutate(
        backend_, rpc, "ChangeActionItem", Act::kDirect, request, response,
        [this, request](const app::Caller& caller) -> absl::StatusOr<AnyCommand> {
          domain::ChangeActionItem command;
          command.action_item = LastPart(request->action_item());
          command.because = request->because();
          if (!request->owner().empty()) {
            TOCSIN_ASSIGN_OR_RETURN(command.owner,
                                    backend_.catalog.RequireHandle(caller.org, request->owner()));
          }
          TOCSIN_ASSIGN_OR_RETURN(
              command.due, OptionalTime("due time", request->has_due_time(), request->due_time()));
          return command;
        });
  }

  Reactor* DropActionItem(Rpc* rpc, const v1::DropActionItemRequest* request,
                          v1::WriteResult* response) override {
    return Mutate(
        backend_, rpc, "DropActionItem", Act::kDirect, request, response,
        [request](const app::Caller&) -> absl::StatusOr<AnyCommand> {
          return domain::DropActionItem{LastPart(request->action_item()), request->because()};
        });
  }

  Reactor* EvaluateActionItem(Rpc* rpc, const v1::EvaluateActionItemRequest* request,
                              v1::WriteResult* response) override {
    return Mutate(backend_, rpc, "EvaluateActionItem", Act::kRecord, request, response,
                  [request](const app::Caller&) -> absl::StatusOr<AnyCommand> {
                    TOCSIN_ASSIGN_OR_RETURN(const Helped helped, ToDomain(request->helped()));
                    return domain::EvaluateActionItem{LastPart(request->action_item()), helped,
                                                      request->because()};
                  });
  }

 private:
  static bool Wanted(const domain::ActionItem& item, const v1::ListActionItemsRequest& request,
                     const PrincipalId& caller, absl::Time now) {
    if (request.mine() && item.owner != caller) return false;
    if (request.overdue()) return domain::IsOverdue(item, now);
    return request.all() || item.open() || domain::AwaitsEffect(item, now);
  }

  absl::Status List(const ReadCall& call, const v1::ListActionItemsRequest& request,
                    v1::ListActionItemsResponse& response) const {
    TOCSIN_ASSIGN_OR_RETURN(const size_t size,
                            PageSize(request.page_size(), kPageDefault, kPageMax));
    const std::string arguments = absl::StrCat("actions/", request.incident(), "/",
                                               request.overdue(), request.mine(), request.all());
    TOCSIN_ASSIGN_OR_RETURN(const std::string position,
                            ReadPageToken(arguments, request.page_token()));
    const Place begin = ReadPlace(position);
    bool reached = position.empty();
    const absl::Time now = backend_.clock.Now();
    const domain::HandleOf handle_of = backend_.HandlesOf(call.caller.org);
    for (const app::IncidentSummary& summary : backend_.catalog.List(call.caller)) {
      const std::string id = summary.id.ToString();
      const bool first = !reached && id == begin.incident;
      reached = reached || first;
      if (!reached || (!call.incident.empty() && summary.id != call.incident)) continue;
      TOCSIN_ASSIGN_OR_RETURN(const std::shared_ptr<const domain::Incident> incident,
                              backend_.catalog.Snapshot(call.caller.org, summary.id));
      const auto& items = incident->review.action_items;
      for (size_t i = first ? begin.items : 0; i < items.size(); ++i) {
        if (!Wanted(items[i], request, call.caller.principal, now)) continue;
        if (static_cast<size_t>(response.action_items_size()) == size) {
          response.set_next_page_token(MakePageToken(arguments, absl::StrCat(id, "/", i)));
          return absl::OkStatus();
        }
        v1::ActionItem& item = *response.add_action_items();
        item = ToProto(items[i], now, handle_of);
        item.set_incident(IncidentName(incident->number));
        item.set_incident_title(incident->title);
        item.set_incident_drill(incident->drill);
      }
    }
    return absl::OkStatus();
  }

  Backend& backend_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeActionItemService(Backend& backend) {
  return std::make_unique<ActionItemService>(backend);
}

}  // namespace tocsin::rpc
