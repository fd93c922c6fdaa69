// The services of the public API, one translation unit each: only those see the generated gRPC
// code.
#pragma once

#include <memory>

#include "server/rpc/backend.h"

namespace grpc {
class Service;
}

namespace tocsin::rpc {

/// `backend` must outlive the service.
std::unique_ptr<grpc::Service> MakeAccessService(Backend& backend);
std::unique_ptr<grpc::Service> MakeActionItemService(Backend& backend);
std::unique_ptr<grpc::Service> MakeAwarenessService(Backend& backend);
std::unique_ptr<grpc::Service> MakeBriefingService(Backend& backend);
std::unique_ptr<grpc::Service> MakeDrillService(Backend& backend);
std::unique_ptr<grpc::Service> MakeEvidenceService(Backend& backend);
std::unique_ptr<grpc::Service> MakeExportService(Backend& backend);
std::unique_ptr<grpc::Service> MakeIncidentService(Backend& backend);
std::unique_ptr<grpc::Service> MakeLibraryService(Backend& backend);
std::unique_ptr<grpc::Service> MakeLogService(Backend& backend);
std::unique_ptr<grpc::Service> MakeObligationService(Backend& backend);
std::unique_ptr<grpc::Service> MakePlaybookService(Backend& backend);
std::unique_ptr<grpc::Service> MakeRegisterService(Backend& backend);
std::unique_ptr<grpc::Service> MakeReviewService(Backend& backend);
std::unique_ptr<grpc::Service> MakeSearchService(Backend& backend);
std::unique_ptr<grpc::Service> MakeSignificanceService(Backend& backend);
std::unique_ptr<grpc::Service> MakeTimelineService(Backend& backend);

}  // namespace tocsin::rpc
