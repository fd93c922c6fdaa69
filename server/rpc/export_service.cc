// Exports: the record of an incident with everything that an outsider needs to verify it.
#include "server/rpc/services.h"
#include "server/rpc/streams.h"
#include "tocsin/v1/export.grpc.pb.h"

namespace tocsin::rpc {
namespace {

class ExportService final : public v1::ExportService::CallbackService {
 public:
  explicit ExportService(Backend& backend) : backend_(backend) {}

  grpc::ServerWriteReactor<v1::ExportIncidentResponse>* ExportIncident(
      grpc::CallbackServerContext* rpc, const v1::ExportIncidentRequest* request) override {
    return StartExportStream(backend_, rpc, request);
  }

 private:
  Backend& backend_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeExportService(Backend& backend) {
  return std::make_unique<ExportService>(backend);
}

}  // namespace tocsin::rpc
