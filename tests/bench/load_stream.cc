// Durable appends on client streams. A stream is acknowledged as a whole, after its last entry is
// on disk; so each one is closed after some thousand entries and opened again, and only what was
// acknowledged counts. One thread with one completion queue plays all streams.
#include <grpcpp/completion_queue.h>
#include <grpcpp/support/async_stream.h>

#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "tests/bench/load_http2.h"

namespace tocsin::bench {
namespace {

constexpr double kStreamSeconds = 60;
constexpr size_t kEntriesMax = 20'000'000;

/// What is to be written: until `close`, or until every stream has acknowledged `entries_max`.
struct Plan {
  std::vector<std::string> incidents;
  size_t entries_per_call = 2000;
  size_t entries_max = kEntriesMax;
  TimePoint close = TimePoint::max();
};

void RequireAll(const v1::RecordEntriesResponse& response, uint64_t written) {
  if (response.entry_count() == written && response.repeated_count() == 0) return;
  Fail("a stream of " + std::to_string(written) + " entries acknowledged " +
       std::to_string(response.entry_count()));
}

/// One client stream after the other, on one incident.
class Stream {
 public:
  Stream(const Server& server, const Plan& plan, EntrySource& entries, Stub& stub,
         grpc::CompletionQueue& queue, size_t number)
      : server_(server), plan_(plan), entries_(entries), stub_(stub), queue_(queue) {
    request_.set_incident(plan.incidents[number % plan.incidents.size()]);
    Open();
  }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  /// The step under way has ended. False when there is nothing more to do.
  bool Proceed(bool ok) {
    if (step_ == Step::kFinishing) return Finished();
    if (!ok || (step_ == Step::kWriting && last_written_)) {
      step_ = Step::kFinishing;
      writer_->Finish(&status_, this);
      return true;
    }
    step_ = Step::kWriting;
    Write();
    return true;
  }

  size_t acknowledged() const { return acknowledged_; }

 private:
  enum class Step { kOpening, kWriting, kFinishing };

  void Open() {
    writer_.reset();  // It lives in memory of the call, which belongs to the context.
    context_.emplace();
    server_.Prepare(*context_, kStreamSeconds);
    response_.Clear();
    written_ = 0;
    last_written_ = false;
    step_ = Step::kOpening;
    writer_ = stub_.AsyncRecordEntries(&*context_, &response_, &queue_, this);
  }

  void Write() {
    entries_.Fill(request_);
    ++written_;
    last_written_ = written_ == plan_.entries_per_call ||
                    acknowledged_ + written_ == plan_.entries_max || Clock::now() >= plan_.close;
    if (last_written_) {
      writer_->WriteLast(request_, grpc::WriteOptions(), this);
    } else {
      writer_->Write(request_, this);
    }
  }

  bool Finished() {
    Require(status_, "RecordEntries");
    RequireAll(response_, written_);
    acknowledged_ += written_;
    if (Clock::now() >= plan_.close || acknowledged_ >= plan_.entries_max) return false;
    Open();
    return true;
  }

  const Server& server_;
  const Plan& plan_;
  EntrySource& entries_;
  Stub& stub_;
  grpc::CompletionQueue& queue_;
  std::optional<grpc::ClientContext> context_;
  v1::RecordEntryRequest request_;
  v1::RecordEntriesResponse response_;
  grpc::Status status_;
  std::unique_ptr<grpc::ClientAsyncWriter<v1::RecordEntryRequest>> writer_;
  Step step_ = Step::kOpening;
  uint64_t written_ = 0;
  bool last_written_ = false;
  size_t acknowledged_ = 0;
};

/// Runs `count` streams side by side, each on a connection of its own; acknowledged entries.
size_t Drive(const Server& server, const std::vector<std::shared_ptr<grpc::Channel>>& channels,
             const Plan& plan, EntrySource& entries, size_t count) {
  grpc::CompletionQueue queue;
  std::vector<std::unique_ptr<Stub>> stubs;
  std::vector<std::unique_ptr<Stream>> streams;
  for (size_t i = 0; i < count; ++i) {
    stubs.push_back(std::make_unique<Stub>(channels[i % channels.size()]));
    streams.push_back(std::make_unique<Stream>(server, plan, entries, *stubs.back(), queue, i));
  }
  for (size_t active = count; active > 0;) {
    void* tag = nullptr;
    bool ok = false;
    if (!queue.Next(&tag, &ok)) Fail("the completion queue has ended");
    if (!static_cast<Stream*>(tag)->Proceed(ok)) --active;
  }
  queue.Shutdown();
  size_t acknowledged = 0;
  for (const auto& stream : streams) acknowledged += stream->acknowledged();
  return acknowledged;
}

/// One client stream after the other, as messages for the lean client.
class Http2Stream final : public Http2Caller {
 public:
  Http2Stream(const Plan& plan, EntrySource& entries, size_t number)
      : plan_(plan), entries_(entries) {
    request_.set_incident(plan.incidents[number % plan.incidents.size()]);
  }

  void Begin() override { written_ = 0; }
  bool NextMessage(std::string& out) override {
    if (written_ > 0 &&
        (written_ >= plan_.entries_per_call || acknowledged_ + written_ >= plan_.entries_max ||
         Clock::now() >= plan_.close)) {
      return false;
    }
    entries_.Fill(request_);
    request_.AppendToString(&out);
    ++written_;
    return true;
  }
  bool Finish(std::string_view answer) override {
    v1::RecordEntriesResponse response;
    if (!response.ParseFromArray(answer.data(), static_cast<int>(answer.size()))) {
      Fail("an answer is not a RecordEntriesResponse");
    }
    RequireAll(response, written_);
    acknowledged_ += written_;
    return Clock::now() < plan_.close && acknowledged_ < plan_.entries_max;
  }
  size_t acknowledged() const { return acknowledged_; }

 private:
  const Plan& plan_;
  EntrySource& entries_;
  v1::RecordEntryRequest request_;
  uint64_t written_ = 0;
  size_t acknowledged_ = 0;
};

size_t DriveByHttp2(const Server& server, const Plan& plan, EntrySource& entries, size_t count) {
  std::deque<Http2Stream> streams;
  std::vector<Http2Caller*> callers;
  for (size_t i = 0; i < count; ++i) callers.push_back(&streams.emplace_back(plan, entries, i));
  DriveHttp2(server, "/tocsin.v1.TimelineService/RecordEntries", count, callers);
  size_t acknowledged = 0;
  for (const Http2Stream& stream : streams) acknowledged += stream.acknowledged();
  return acknowledged;
}

void RequireStored(const Server& server, const std::shared_ptr<grpc::Channel>& channel,
                   const Plan& plan, size_t acknowledged) {
  const size_t stored = CountStored(server, channel, plan.incidents);
  if (stored == acknowledged) return;
  Fail("acknowledged " + std::to_string(acknowledged) + " entries, stored " +
       std::to_string(stored));
}

}  // namespace

void MeasureStreams(const Server& server, Flags& flags) {
  const bool grpc_client = WithGrpcClient(flags);
  const size_t streams = flags.Count("streams", 8);
  const size_t entries_per_call = flags.Count("entries-per-call", 2000);
  const size_t bytes = flags.Count("bytes", 550);
  const double seconds = flags.Number("seconds", 3);
  const size_t server_pid = flags.Count("server-pid", 0);
  flags.Finish();
  if (streams == 0 || streams > 1000 || entries_per_call == 0) Fail("nothing to measure");

  const auto channels = server.OpenChannels(std::min<size_t>(streams, 64));
  Plan plan{.incidents = DeclareIncidents(server, channels[0], streams),
            .entries_per_call = entries_per_call};
  EntrySource entries(bytes);
  // Warms the connections up; belongs to what is stored.
  plan.entries_max = 200;
  const auto drive = [&] {
    return grpc_client ? Drive(server, channels, plan, entries, streams)
                       : DriveByHttp2(server, plan, entries, streams);
  };
  const size_t before = drive();
  plan.entries_max = kEntriesMax;
  const double cpu_before = CpuSeconds(server_pid);
  const TimePoint begin = Clock::now();
  plan.close = After(begin, seconds);
  const size_t acknowledged = drive();
  // To the last acknowledgement.
  const double took = SecondsBetween(begin, Clock::now());
  const double cpu = CpuSeconds(server_pid) - cpu_before;
  RequireStored(server, channels[0], plan, before + acknowledged);
  Result()
      .Add("rate", static_cast<double>(acknowledged) / took)
      .Add("seconds", took)
      .Add("server_cpu_us", cpu / static_cast<double>(acknowledged) * 1e6)
      .Add("acknowledged", acknowledged)
      .Add("stored", before + acknowledged)
      .Print();
}

void FillIncidents(const Server& server, Flags& flags) {
  const size_t incidents = flags.Count("incidents", 10);
  const size_t entries_each = flags.Count("entries-each", 10'000);
  const size_t bytes = flags.Count("bytes", 550);
  flags.Finish();
  if (incidents == 0 || incidents > 10'000 || entries_each == 0) Fail("nothing to fill");

  const auto channels = server.OpenChannels(std::min<size_t>(incidents, 8));
  Plan plan{.incidents = DeclareIncidents(server, channels[0], incidents),
            .entries_max = entries_each};
  EntrySource entries(bytes);
  const size_t acknowledged = Drive(server, channels, plan, entries, incidents);
  RequireStored(server, channels[0], plan, acknowledged);
  Result().Add("acknowledged", acknowledged).Add("incident", plan.incidents.front()).Print();
}

}  // namespace tocsin::bench
