// Closed-loop unary calls: n callers, each sends again when its answer is there. One thread plays
// all of them, by nghttp2 or with one completion queue of gRPC's.
#include <grpcpp/completion_queue.h>
#include <grpcpp/support/async_unary_call.h>

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "tests/bench/load_http2.h"
#include "tocsin/v1/access.grpc.pb.h"

namespace tocsin::bench {
namespace {

constexpr double kCallSeconds = 30;
constexpr size_t kCallsMax = 20'000'000;

struct Load {
  size_t acknowledged = 0;
  Latencies latencies;
};

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

size_t ConnectionsFor(size_t callers) {
  return std::min<size_t>(callers, 8);
}

Load AppendByGrpc(const Server& server, size_t callers, const Window& window,
                  const std::vector<std::string>& incidents, EntrySource& entries) {
  std::vector<std::unique_ptr<Stub>> stubs;
  for (const auto& channel : server.OpenChannels(ConnectionsFor(callers))) {
    stubs.push_back(std::make_unique<Stub>(channel));
  }
  return Drive<v1::RecordEntryRequest, v1::WriteResult>(
      server, callers, window, [&](auto& caller, size_t number, grpc::CompletionQueue& queue) {
        caller.request.set_incident(incidents[number % incidents.size()]);
        entries.Fill(caller.request);
        caller.reader = stubs[number % stubs.size()]->AsyncRecordEntry(&*caller.context,
                                                                       caller.request, &queue);
      });
}

using Fill = std::function<void(size_t number, std::string& message)>;

/// One message a call, again until the window closes.
class UnaryCaller final : public Http2Caller {
 public:
  UnaryCaller(Load& load, const Window& window, const Fill& fill, size_t number)
      : load_(load), window_(window), fill_(fill), number_(number) {}

  void Begin() override {
    start_ = Clock::now();
    sent_ = false;
  }
  bool NextMessage(std::string& out) override {
    if (sent_) return false;
    sent_ = true;
    fill_(number_, out);
    return true;
  }
  bool Finish(std::string_view) override {
    const TimePoint now = Clock::now();
    ++load_.acknowledged;
    if (window_.Holds(now)) load_.latencies.Add(start_, now);
    return now < window_.close && load_.acknowledged < kCallsMax;
  }

 private:
  Load& load_;
  const Window& window_;
  const Fill& fill_;
  const size_t number_;
  TimePoint start_;
  bool sent_ = false;
};

Load DriveByHttp2(const Server& server, const std::string& path, size_t count, const Window& window,
                  const Fill& fill) {
  Load load;
  std::deque<UnaryCaller> callers;
  std::vector<Http2Caller*> all;
  for (size_t i = 0; i < count; ++i) {
    all.push_back(&callers.emplace_back(load, window, fill, i));
  }
  DriveHttp2(server, path, ConnectionsFor(count), all);
  return load;
}

Load AppendByHttp2(const Server& server, size_t callers, const Window& window,
                   const std::vector<std::string>& incidents, EntrySource& entries) {
  v1::RecordEntryRequest request;
  return DriveByHttp2(server, "/tocsin.v1.TimelineService/RecordEntry", callers, window,
                      [&](size_t number, std::string& out) {
                        request.set_incident(incidents[number % incidents.size()]);
                        entries.Fill(request);
                        request.AppendToString(&out);
                      });
}

}  // namespace

void MeasureUnary(const Server& server, Flags& flags) {
  const bool grpc_client = WithGrpcClient(flags);
  const size_t callers = flags.Count("callers", 64);
  const size_t incident_count = flags.Count("incidents", 64);
  const size_t bytes = flags.Count("bytes", 550);
  const double seconds = flags.Number("seconds", 3);
  const double warmup = flags.Number("warmup", 0.5);
  const size_t server_pid = flags.Count("server-pid", 0);
  flags.Finish();
  if (callers == 0 || callers > 10'000 || incident_count == 0) Fail("nothing to measure");

  const auto channel = server.OpenChannel();
  const auto incidents = DeclareIncidents(server, channel, incident_count);
  EntrySource entries(bytes);
  const double cpu_before = CpuSeconds(server_pid);
  const Window window(warmup, seconds);
  Load load = grpc_client ? AppendByGrpc(server, callers, window, incidents, entries)
                          : AppendByHttp2(server, callers, window, incidents, entries);
  const double cpu = CpuSeconds(server_pid) - cpu_before;
  const size_t stored = CountStored(server, channel, incidents);
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
  const bool grpc_client = WithGrpcClient(flags);
  const size_t callers = flags.Count("callers", 1);
  const double seconds = flags.Number("seconds", 3);
  const double warmup = flags.Number("warmup", 0.5);
  const size_t server_pid = flags.Count("server-pid", 0);
  flags.Finish();
  if (callers == 0 || callers > 10'000) Fail("nothing to measure");

  std::vector<std::unique_ptr<v1::AccessService::Stub>> stubs;
  for (const auto& channel : server.OpenChannels(ConnectionsFor(callers))) {
    stubs.push_back(std::make_unique<v1::AccessService::Stub>(channel));
  }
  const double cpu_before = CpuSeconds(server_pid);
  const Window window(warmup, seconds);
  Load load;
  if (grpc_client) {
    load = Drive<v1::WhoAmIRequest, v1::WhoAmIResponse>(
        server, callers, window, [&](auto& caller, size_t number, grpc::CompletionQueue& queue) {
          caller.reader =
              stubs[number % stubs.size()]->AsyncWhoAmI(&*caller.context, caller.request, &queue);
        });
  } else {
    load = DriveByHttp2(server, "/tocsin.v1.AccessService/WhoAmI", callers, window,
                        [](size_t, std::string&) {});
  }
  const double cpu = CpuSeconds(server_pid) - cpu_before;
  Result()
      .Add("rate", static_cast<double>(load.latencies.count()) / seconds)
      .AddLatencies(load.latencies)
      .Add("server_cpu_us", cpu / static_cast<double>(load.acknowledged) * 1e6)
      .Print();
}

}  // namespace tocsin::bench
