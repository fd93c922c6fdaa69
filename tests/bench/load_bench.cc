// The load generator: what people, importers and watchers do to a running server, over TLS and with
// a token, as the context that TOCSIN_CONFIG_DIR and TOCSIN_SERVER name. Every measurement checks
// in the end that what was acknowledged is what is stored, and prints one line of JSON.
//
//   load_bench unary   --callers N --incidents K --seconds S      RecordEntry, closed loop
//   load_bench whoami  --callers N --seconds S                    the cost of a call
//   load_bench streams --streams N --seconds S                    RecordEntries
//   load_bench watch   --watchers N --connections K --appends M   WatchEntries
//   load_bench fill    --incidents K --entries-each N             names the first incident
//   load_bench reads   --incident NAME                            ListEntries, ExportIncident
#include <string>

#include "absl/synchronization/mutex.h"
#include "tests/bench/load_client.h"

namespace {

struct Measurement {
  const char* name;
  void (*run)(const tocsin::bench::Server& server, tocsin::bench::Flags& flags);
};

constexpr Measurement kMeasurements[] = {
    {"unary", tocsin::bench::MeasureUnary},     {"whoami", tocsin::bench::MeasureWhoAmI},
    {"streams", tocsin::bench::MeasureStreams}, {"watch", tocsin::bench::MeasureWatch},
    {"fill", tocsin::bench::FillIncidents},     {"reads", tocsin::bench::MeasureReads},
};

}  // namespace

int main(int argc, char** argv) {
  // Debian builds absl with this check, which gRPC pays for at every lock.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  const std::string what = argc > 1 ? argv[1] : "";
  for (const Measurement& measurement : kMeasurements) {
    if (what != measurement.name) continue;
    tocsin::bench::Flags flags(argc, argv, 2);
    measurement.run(tocsin::bench::Server::FromEnvironment(), flags);
    return 0;
  }
  tocsin::bench::Fail("say what to measure: unary, whoami, streams, watch, fill or reads");
}
