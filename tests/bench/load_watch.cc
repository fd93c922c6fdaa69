// One append, many watchers: how long from the moment it is sent until the first, the median and
// the last of them has it. One thread plays the author and all watchers, so that there is one clock
// and no queue between them; the time to receive and decode every copy counts, too.
#include <grpcpp/completion_queue.h>
#include <grpcpp/support/async_stream.h>
#include <grpcpp/support/async_unary_call.h>

#include <chrono>
#include <memory>
#include <vector>

#include "tests/bench/load_client.h"

namespace tocsin::bench {
namespace {

constexpr double kWatchSeconds = 300;
constexpr int kStuckSeconds = 10;

struct Watcher {
  grpc::ClientContext context;
  v1::WatchEntriesRequest request;
  v1::WatchEntriesResponse response;
  std::unique_ptr<grpc::ClientAsyncReader<v1::WatchEntriesResponse>> reader;
  bool started = false;
  bool live = false;
  uint64_t sequence = 0;
};

/// All watchers of one incident, and its author.
class Audience {
 public:
  Audience(const Server& server, size_t watchers, size_t connections)
      : server_(server),
        author_channel_(server.OpenChannel()),
        incident_(DeclareIncidents(server, author_channel_, 1)),
        author_(author_channel_),
        watchers_(watchers) {
    request_.set_incident(incident_[0]);
    for (const auto& channel : server.OpenChannels(connections)) {
      stubs_.push_back(std::make_unique<Stub>(channel));
    }
    for (size_t i = 0; i < watchers; ++i) {
      Watcher& watcher = watchers_[i];
      server.Prepare(watcher.context, kWatchSeconds);
      watcher.request.set_incident(incident_[0]);
      watcher.reader = stubs_[i % stubs_.size()]->AsyncWatchEntries(
          &watcher.context, watcher.request, &queue_, &watcher);
    }
    while (live_ < watchers) Step();
  }
  Audience(const Audience&) = delete;
  Audience& operator=(const Audience&) = delete;

  ~Audience() {
    for (Watcher& watcher : watchers_) watcher.context.TryCancel();
    queue_.Shutdown();
    void* tag = nullptr;
    bool ok = false;
    while (queue_.Next(&tag, &ok)) {
    }
  }

  /// Appends one entry and waits until it is acknowledged and everybody has it.
  void Append(EntrySource& entries) {
    entries.Fill(request_);
    arrivals_.clear();
    acknowledged_ = false;
    grpc::ClientContext context;
    server_.Prepare(context, kStuckSeconds);
    const TimePoint sent = Clock::now();
    const auto reader = author_.AsyncRecordEntry(&context, request_, &queue_);
    reader->Finish(&result_, &append_status_, this);
    while (!acknowledged_ || arrivals_.size() < watchers_.size()) Step();
    first_.Add(sent, arrivals_.front());
    median_.Add(sent, arrivals_[arrivals_.size() / 2]);
    last_.Add(sent, arrivals_.back());
    acknowledgement_.Add(sent, acknowledge_time_);
    ++appends_;
  }

  void Report() {
    const size_t stored = CountStored(server_, author_channel_, incident_);
    if (stored != appends_) Fail("watched entries are not those stored");
    Result()
        .Add("first_p50_us", first_.Quantile(0.5))
        .Add("median_p50_us", median_.Quantile(0.5))
        .Add("last_p50_us", last_.Quantile(0.5))
        .Add("last_p99_us", last_.Quantile(0.99))
        .Add("acknowledged_p50_us", acknowledgement_.Quantile(0.5))
        .Add("appends", appends_)
        .Print();
  }

 private:
  void Step() {
    void* tag = nullptr;
    bool ok = false;
    const auto limit = std::chrono::system_clock::now() + std::chrono::seconds(kStuckSeconds);
    if (queue_.AsyncNext(&tag, &ok, limit) != grpc::CompletionQueue::GOT_EVENT) {
      Fail("nothing has come for 10 s: " + std::to_string(live_) + " streams live, " +
           std::to_string(arrivals_.size()) + " of " + std::to_string(watchers_.size()) +
           " watchers have the entry");
    }
    if (tag == this) {
      Require(append_status_, "RecordEntry");
      acknowledge_time_ = Clock::now();
      acknowledged_ = true;
      return;
    }
    auto& watcher = *static_cast<Watcher*>(tag);
    if (!ok) Fail("a watch stream has ended");
    if (watcher.started) Received(watcher);
    watcher.started = true;
    watcher.reader->Read(&watcher.response, &watcher);
  }

  void Received(Watcher& watcher) {
    if (watcher.response.live() && !watcher.live) {
      watcher.live = true;
      ++live_;
    }
    if (!watcher.response.has_entry()) return;
    const uint64_t sequence = watcher.response.entry().sequence();
    if (sequence != watcher.sequence + 1) Fail("a watcher missed an entry or got one twice");
    watcher.sequence = sequence;
    if (watcher.live) arrivals_.push_back(Clock::now());
  }

  const Server& server_;
  std::shared_ptr<grpc::Channel> author_channel_;
  std::vector<std::string> incident_;
  Stub author_;
  grpc::CompletionQueue queue_;
  std::vector<std::unique_ptr<Stub>> stubs_;
  std::vector<Watcher> watchers_;
  size_t live_ = 0;

  v1::RecordEntryRequest request_;
  v1::WriteResult result_;
  grpc::Status append_status_;
  bool acknowledged_ = false;
  TimePoint acknowledge_time_;
  std::vector<TimePoint> arrivals_;

  size_t appends_ = 0;
  Latencies first_;
  Latencies median_;
  Latencies last_;
  Latencies acknowledgement_;
};

}  // namespace

void MeasureWatch(const Server& server, Flags& flags) {
  const size_t watchers = flags.Count("watchers", 1000);
  const size_t connections = flags.Count("connections", 10);
  const size_t appends = flags.Count("appends", 200);
  const size_t bytes = flags.Count("bytes", 550);
  const double seconds = flags.Number("seconds", 30);
  flags.Finish();
  if (watchers == 0 || watchers > 100'000 || connections == 0) Fail("nothing to measure");

  Audience audience(server, watchers, connections);
  EntrySource entries(bytes);
  const TimePoint close = After(Clock::now(), seconds);
  for (size_t i = 0; i < appends && Clock::now() < close; ++i) audience.Append(entries);
  audience.Report();
}

}  // namespace tocsin::bench
