// Reading one incident whole: page by page, and as an export with all proofs.
#include <grpcpp/support/sync_stream.h>

#include <memory>

#include "tests/bench/load_client.h"
#include "tocsin/v1/export.grpc.pb.h"

namespace tocsin::bench {
namespace {

constexpr double kExportSeconds = 120;

size_t Export(const Server& server, const std::shared_ptr<grpc::Channel>& channel,
              const std::string& incident) {
  v1::ExportService::Stub stub(channel);
  grpc::ClientContext context;
  server.Prepare(context, kExportSeconds);
  v1::ExportIncidentRequest request;
  request.set_incident(incident);
  const auto reader = stub.ExportIncident(&context, request);
  size_t entries = 0;
  bool trailer = false;
  v1::ExportIncidentResponse part;
  while (reader->Read(&part)) {
    if (part.has_entry()) ++entries;
    trailer = trailer || part.has_trailer();
  }
  Require(reader->Finish(), "ExportIncident");
  if (!trailer) Fail("the export has no trailer");
  return entries;
}

}  // namespace

void MeasureReads(const Server& server, Flags& flags) {
  const std::vector<std::string> incident = {flags.Text("incident", "")};
  flags.Finish();
  const std::shared_ptr<grpc::Channel> channel = server.OpenChannel();
  const TimePoint begin = Clock::now();
  const size_t listed = CountStored(server, channel, incident);
  const TimePoint middle = Clock::now();
  const size_t exported = Export(server, channel, incident[0]);
  const TimePoint end = Clock::now();
  if (exported <= listed) Fail("the export is shorter than the list");
  Result()
      .Add("entries", listed)
      .Add("list_seconds", SecondsBetween(begin, middle))
      .Add("export_seconds", SecondsBetween(middle, end))
      .Print();
}

}  // namespace tocsin::bench
