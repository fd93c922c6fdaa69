// Closed-loop unary calls: n callers, each sends again when its answer is there. One thread with
// one completion queue plays all callers: the cheapest client that gRPC offers, since it shares the
// machine with the server.
#include <grpcpp/completion_queue.h>
#include <grpcpp/support/async_unary_call.h>

#include <memory>
#include <optional>
#include <vector>

#include "tests/bench/load_client.h"
#include "tocsin/v1/access.grpc.pb.h"

namespace tocsin::bench {
namespace {

constexpr double kCallSeconds = 30;
constexpr size_t kCallsMax = 20'000'000;

/// The calls of one caller, one after the other.
template <typename Request, typename Response>
struct Caller {
  Request request;
  Response response;
  grpc::Status status;
  std::optional<grpc::ClientContext> context;
  std::unique_ptr<grpc::ClientAsyncResponseReader<Response>> reader;
  TimePoint start;
};

struct Load {
  size_t acknowledged = 0;
  Latencies latencies;
};

/// `send(caller, number, queue)` fills the request of caller `number` and starts its call.
template <typename Request, typename Response, typename Send>
Load Drive(const Server& server, size_t count, const Window& window, Send send) {
  using OneCaller = Caller<Request, Response>;
  grpc::CompletionQueue queue;
  std::vector<OneCaller> callers(count);
  const auto start = [&](OneCaller& caller) {
    caller.reader.reset();  // It lives in memory of the call, which belongs to the context.
    caller.context.emplace();
    server.Prepare(*caller.context, kCallSeconds);
    caller.start = Clock::now();
    send(caller, static_cast<size_t>(&caller - callers.data()), queue);
    caller.reader->Finish(&caller.response, &caller.status, &caller);
  };
  for (OneCaller& caller : callers) start(caller);
  Load load;
  for (size_t active = count; active > 0;) {
    void* tag = nullptr;
    bool ok = false;
    if (!queue.Next(&tag, &ok)) Fail("the completion queue has ended");
    auto& caller = *static_cast<OneCaller*>(tag);
    Require(caller.status, "call");
    const TimePoint now = Clock::now();
    ++load.acknowledged;
    if (window.Holds(now)) load.latencies.Add(caller.start, now);
    if (now < window.close && load.acknowledged < kCallsMax) {
      start(caller);
    } else {
      --active;
    }
  }
  queue.Shutdown();
  return load;
}

size_t ChannelsFor(size_t callers) {
  return std::min<size_t>(callers, 8);
}

}  // namespace

void MeasureUnary(const Server& server, Flags& flags) {
  const size_t callers = flags.Count("callers", 64);
  const size_t incident_count = flags.Count("incidents", 64);
  const size_t bytes = flags.Count("bytes", 550);
  const double seconds = flags.Number("seconds", 3);
  const double warmup = flags.Number("warmup", 0.5);
  const size_t server_pid = flags.Count("server-pid", 0);
  flags.Finish();
  if (callers == 0 || callers > 10'000 || incident_count == 0) Fail("nothing to measure");

  const auto channels = server.OpenChannels(ChannelsFor(callers));
  const auto incidents = DeclareIncidents(server, channels[0], incident_count);
  std::vector<std::unique_ptr<Stub>> stubs;
  for (const auto& channel : channels) stubs.push_back(std::make_unique<Stub>(channel));
  EntrySource entries(bytes);
  const double cpu_before = CpuSeconds(server_pid);
  Load load = Drive<v1::RecordEntryRequest, v1::WriteResult>(
      server, callers, Window(warmup, seconds),
      [&](auto& caller, size_t number, grpc::CompletionQueue& queue) {
        caller.request.set_incident(incidents[number % incidents.size()]);
        entries.Fill(caller.request);
        caller.reader = stubs[number % stubs.size()]->AsyncRecordEntry(&*caller.context,
                                                                       caller.request, &queue);
      });
  const double cpu = CpuSeconds(server_pid) - cpu_before;
  const size_t stored = CountStored(server, channels[0], incidents);
  if (stored != load.acknowledged) {
    Fail("acknowledged " + std::to_string(load.acknowledged) + " entries, stored " +
         std::to_string(stored));
  }
  Result()
      .Add("rate", static_cast<double>(load.latencies.count()) / seconds)
      .AddLatencies(load.latencies)
      .Add("server_cpu_us", cpu / static_cast<double>(load.acknowledged) * 1e6)
      .Add("acknowledged", load.acknowledged)
      .Add("stored", stored)
      .Print();
}

void MeasureWhoAmI(const Server& server, Flags& flags) {
  const size_t callers = flags.Count("callers", 1);
  const double seconds = flags.Number("seconds", 3);
  const double warmup = flags.Number("warmup", 0.5);
  flags.Finish();
  if (callers == 0 || callers > 10'000) Fail("nothing to measure");

  const auto channels = server.OpenChannels(ChannelsFor(callers));
  std::vector<std::unique_ptr<v1::AccessService::Stub>> stubs;
  for (const auto& channel : channels) {
    stubs.push_back(std::make_unique<v1::AccessService::Stub>(channel));
  }
  Load load = Drive<v1::WhoAmIRequest, v1::WhoAmIResponse>(
      server, callers, Window(warmup, seconds),
      [&](auto& caller, size_t number, grpc::CompletionQueue& queue) {
        caller.reader =
            stubs[number % stubs.size()]->AsyncWhoAmI(&*caller.context, caller.request, &queue);
      });
  Result()
      .Add("rate", static_cast<double>(load.latencies.count()) / seconds)
      .AddLatencies(load.latencies)
      .Print();
}

}  // namespace tocsin::bench
