// The register of incidents, and what a period adds up to.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/rpc/call.h"
#include "server/rpc/convert.h"
#include "server/rpc/convert_register.h"
#include "server/rpc/drill_calls.h"
#include "server/rpc/page_token.h"
#include "server/rpc/services.h"
#include "tocsin/v1/register.grpc.pb.h"

namespace tocsin::rpc {
namespace {

using app::Act;
using Rpc = grpc::CallbackServerContext;
using Reactor = grpc::ServerUnaryReactor;

constexpr size_t kPageDefault = 500;
constexpr size_t kPageMax = 1000;
// Each is read in whole.
constexpr int kDrillsMax = 100;

absl::StatusOr<domain::RegisterFilter> FilterOf(const v1::ListRegisterRequest& request) {
  domain::RegisterFilter filter{.drills = request.drills(),
                                .open = request.open(),
                                .late = request.late(),
                                .kind = request.kind()};
  TOCSIN_ASSIGN_OR_RETURN(filter.from,
                          OptionalTime("from", request.has_from_time(), request.from_time()));
  TOCSIN_ASSIGN_OR_RETURN(filter.to, OptionalTime("to", request.has_to_time(), request.to_time()));
  for (const int severity : request.severities()) {
    TOCSIN_ASSIGN_OR_RETURN(const Severity one, ToDomain(static_cast<v1::Severity>(severity)));
    filter.severities.insert(one);
  }
  for (const int phase : request.phases()) {
    TOCSIN_ASSIGN_OR_RETURN(const Phase one, ToDomain(static_cast<v1::Phase>(phase)));
    filter.phases.insert(one);
  }
  return filter;
}

// A page token is of one question alone.
std::string ArgumentsOf(v1::ListRegisterRequest request) {
  request.clear_page_size();
  request.clear_page_token();
  return absl::StrCat("register/", request.SerializeAsString());
}

class RegisterService final : public v1::RegisterService::CallbackService {
 public:
  explicit RegisterService(Backend& backend) : backend_(backend) {}

  Reactor* ListRegister(Rpc* rpc, const v1::ListRegisterRequest* request,
                        v1::ListRegisterResponse* response) override {
    return Read(backend_, rpc, "ListRegister", Act::kRead, nullptr,
                [this, request, response](const ReadCall& call) {
                  return List(call.caller, *request, *response);
                });
  }

  Reactor* GetStatistics(Rpc* rpc, const v1::GetStatisticsRequest* request,
                         v1::GetStatisticsResponse* response) override {
    return Read(backend_, rpc, "GetStatistics", Act::kRead, nullptr,
                [this, request, response](const ReadCall& call) {
                  return Sum(call.caller, *request, *response);
                });
  }

 private:
  absl::StatusOr<domain::RegisterRow> RowOf(const app::Caller& caller, const IncidentId& id) const {
    TOCSIN_ASSIGN_OR_RETURN(const std::shared_ptr<const domain::Incident> incident,
                            backend_.catalog.Snapshot(caller.org, id));
    return domain::RowOf(*incident, backend_.clock.Now());
  }

  absl::Status List(const app::Caller& caller, const v1::ListRegisterRequest& request,
                    v1::ListRegisterResponse& response) const {
    TOCSIN_ASSIGN_OR_RETURN(const size_t size,
                            PageSize(request.page_size(), kPageDefault, kPageMax));
    TOCSIN_ASSIGN_OR_RETURN(const domain::RegisterFilter filter, FilterOf(request));
    const std::string arguments = ArgumentsOf(request);
    TOCSIN_ASSIGN_OR_RETURN(const std::string position,
                            ReadPageToken(arguments, request.page_token()));
    const std::vector<app::IncidentSummary> all = backend_.catalog.List(caller);
    auto next = all.begin();
    if (!position.empty()) {
      next = std::find_if(all.begin(), all.end(),
                          [&](const auto& summary) { return summary.id.ToString() == position; });
      if (next != all.end()) ++next;
    }
    const app::IncidentSummary* last = nullptr;
    for (; next != all.end(); ++next) {
      TOCSIN_ASSIGN_OR_RETURN(const domain::RegisterRow row, RowOf(caller, next->id));
      if (!Fits(row, filter)) continue;
      if (static_cast<size_t>(response.rows_size()) == size) {
        response.set_next_page_token(MakePageToken(arguments, last->id.ToString()));
        break;
      }
      *response.add_rows() = ToProto(row);
      last = &*next;
    }
    return absl::OkStatus();
  }

  absl::Status Sum(const app::Caller& caller, const v1::GetStatisticsRequest& request,
                   v1::GetStatisticsResponse& response) const {
    const app::OrgProfile& profile = backend_.profiles.at(caller.org);
    const absl::TimeZone& zone = profile.zone.rules;
    const absl::Time now = backend_.clock.Now();
    TOCSIN_ASSIGN_OR_RETURN(const domain::Period period,
                            domain::ParseBegunPeriod(request.period(), zone, now));
    TOCSIN_ASSIGN_OR_RETURN(const domain::Period before,
                            domain::PeriodBefore(request.period(), zone));
    *response.mutable_as_of_time() = ToProto(now);
    response.set_organisation(profile.name);
    std::vector<domain::RegisterRow> rows;
    for (const app::IncidentSummary& summary : backend_.catalog.List(caller)) {
      if (request.without_restricted() && summary.restricted) continue;
      TOCSIN_ASSIGN_OR_RETURN(domain::RegisterRow row, RowOf(caller, summary.id));
      rows.push_back(std::move(row));
    }
    const domain::Statistics sum = domain::Summarise(rows, period, now);
    *response.mutable_period() = ToProto(sum, period);
    *response.mutable_before() = ToProto(domain::Summarise(rows, before, now), before);
    *response.mutable_stock() = ToProto(domain::StockOf(rows));
    return AddDrills(caller, rows, sum.drills, *response.mutable_period());
  }

  absl::Status AddDrills(const app::Caller& caller, const std::vector<domain::RegisterRow>& rows,
                         const std::vector<size_t>& drills, v1::Statistics& out) const {
    for (const size_t i : drills) {
      if (out.drill_results_size() == kDrillsMax) break;
      const domain::RegisterRow& row = rows[i];
      TOCSIN_ASSIGN_OR_RETURN(const std::shared_ptr<const domain::Incident> drill,
                              backend_.catalog.Snapshot(caller.org, row.id));
      std::optional<domain::DrillScore> score;
      if (drill->exercise) {
        TOCSIN_ASSIGN_OR_RETURN(score, ScoreOf(backend_, caller.org, *drill));
      }
      *out.add_drill_results() = ToProto(domain::ResultOf(*drill, row, score ? &*score : nullptr));
    }
    return absl::OkStatus();
  }

  Backend& backend_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeRegisterService(Backend& backend) {
  return std::make_unique<RegisterService>(backend);
}

}  // namespace tocsin::rpc
