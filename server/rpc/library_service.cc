// What the library holds for people to look up.
#include "absl/strings/ascii.h"
#include "server/base/status_macros.h"
#include "server/rpc/call.h"
#include "server/rpc/convert_authority.h"
#include "server/rpc/services.h"
#include "tocsin/v1/library.grpc.pb.h"

namespace tocsin::rpc {
namespace {

class LibraryService final : public v1::LibraryService::CallbackService {
 public:
  explicit LibraryService(Backend& backend) : backend_(backend) {}

  grpc::ServerUnaryReactor* ListAuthorities(grpc::CallbackServerContext* rpc,
                                            const v1::ListAuthoritiesRequest* request,
                                            v1::ListAuthoritiesResponse* response) override {
    return Read(backend_, rpc, "ListAuthorities", app::Act::kRead, nullptr,
                [this, request, response](const ReadCall&) {
                  const std::string country = absl::AsciiStrToUpper(request->country());
                  TOCSIN_ASSIGN_OR_RETURN(const auto found,
                                          backend_.library.Authorities(country, request->regime()));
                  for (const auto& listed : found) *response->add_authorities() = ToProto(listed);
                  return absl::OkStatus();
                });
  }

 private:
  Backend& backend_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeLibraryService(Backend& backend) {
  return std::make_unique<LibraryService>(backend);
}

}  // namespace tocsin::rpc
