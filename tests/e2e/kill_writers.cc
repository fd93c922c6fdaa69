#include "tests/e2e/kill_writers.h"

#include <grpcpp/client_context.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "clients/core/request_id.h"
#include "tests/e2e/harness.h"

namespace tocsin::e2e {
namespace {

constexpr absl::Duration kCallTimeout = absl::Seconds(5);
constexpr int kStreamLength = 10;

// What a killed server looks like from outside; anything else is a wrong answer.
bool IsSilence(const grpc::Status& status) {
  return status.error_code() == grpc::StatusCode::UNAVAILABLE ||
         status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED ||
         status.error_code() == grpc::StatusCode::CANCELLED;
}

}  // namespace

void Address::Publish(const std::string& endpoint) {
  {
    const std::lock_guard lock(mutex_);
    ++value_.generation;
    value_.endpoint = endpoint;
  }
  changed_.notify_all();
}

Address::Value Address::Current() const {
  const std::lock_guard lock(mutex_);
  return value_;
}

void Address::WaitForNewer(int generation, absl::Duration limit) const {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, absl::ToChronoMilliseconds(limit),
                    [&] { return value_.generation > generation; });
}

void Book::Note(std::vector<Acknowledged> entries) {
  {
    const std::lock_guard lock(mutex_);
    entries_.insert(entries_.end(), entries.begin(), entries.end());
  }
  changed_.notify_all();
}

void Book::Note(Acknowledged entry, Answer answer) {
  {
    const std::lock_guard lock(mutex_);
    entries_.push_back(std::move(entry));
    answers_.push_back(std::move(answer));
  }
  changed_.notify_all();
}

void Book::Fail(const std::string& what) {
  {
    const std::lock_guard lock(mutex_);
    failures_.push_back(what);
  }
  changed_.notify_all();
}

size_t Book::acknowledged() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

bool Book::WaitFor(size_t count, absl::Duration limit) const {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, absl::ToChronoMilliseconds(limit),
                    [&] { return entries_.size() >= count || !failures_.empty(); });
  return entries_.size() >= count && failures_.empty();
}

Writer::Writer(Field& field, Way way, std::string name, std::string incident)
    : field_(field),
      way_(way),
      name_(std::move(name)),
      incident_(std::move(incident)),
      thread_([this] { Loop(); }) {}

void Writer::Join() {
  if (thread_.joinable()) thread_.join();
}

void Writer::Loop() {
  bool good = true;
  while (good && !field_.stop) {
    switch (way_) {
      case Way::kUnary:
        good = WriteOne();
        break;
      case Way::kStream:
        good = WriteStream();
        break;
      case Way::kDeclare:
        good = DeclareOne();
        break;
    }
  }
}

std::string Writer::NextText() {
  return absl::StrCat(name_, " writes line ", ++count_);
}

bool Writer::UntilAnswered(const Send& send) {
  const absl::Time give_up = absl::Now() + absl::Seconds(60);
  grpc::Status status;
  while (absl::Now() < give_up) {
    const Address::Value address = field_.address.Current();
    if (address.generation != generation_) {
      client::Connection::Options options = field_.credentials;
      options.server = address.endpoint;
      connection_ = std::make_unique<client::Connection>(options);
      generation_ = address.generation;
    }
    grpc::ClientContext context;
    connection_->Prepare(context, kCallTimeout);
    status = send(*connection_, context);
    if (status.ok()) return true;
    if (!IsSilence(status)) break;
    field_.address.WaitForNewer(generation_, absl::Milliseconds(100));
  }
  field_.book.Fail(
      absl::StrCat(name_, ": code ", status.error_code(), ": ", status.error_message()));
  return false;
}

bool Writer::WriteOne() {
  const v1::RecordEntryRequest request = Observation(incident_, NextText());
  v1::WriteResult result;
  const bool good = UntilAnswered([&](client::Connection& connection,
                                      grpc::ClientContext& context) {
    result.Clear();
    return v1::TimelineService::Stub(connection.channel()).RecordEntry(&context, request, &result);
  });
  if (!good) return false;
  field_.book.Note({incident_, request.text(), result.first_sequence()},
                   {result.receipt(), request, result.first_sequence()});
  return true;
}

bool Writer::WriteStream() {
  std::vector<v1::RecordEntryRequest> requests;
  for (int i = 0; i < kStreamLength; ++i) requests.push_back(Observation(incident_, NextText()));
  v1::RecordEntriesResponse response;
  const bool good =
      UntilAnswered([&](client::Connection& connection, grpc::ClientContext& context) {
        response.Clear();
        v1::TimelineService::Stub stub(connection.channel());
        const auto stream = stub.RecordEntries(&context, &response);
        for (const v1::RecordEntryRequest& request : requests) {
          if (!stream->Write(request)) break;
        }
        stream->WritesDone();
        return stream->Finish();
      });
  if (!good) return false;
  if (response.entry_count() != kStreamLength) {
    field_.book.Fail(absl::StrCat(name_, ": a stream of ", kStreamLength, " was answered with ",
                                  response.entry_count()));
    return false;
  }
  std::vector<Acknowledged> entries;
  for (size_t i = 0; i + 1 < requests.size(); ++i) {
    entries.push_back({incident_, requests[i].text(), 0});
  }
  field_.book.Note(std::move(entries));
  field_.book.Note({incident_, requests.back().text(), response.last().last_sequence()},
                   {response.last().receipt(), requests.back(), response.last().last_sequence()});
  return true;
}

bool Writer::DeclareOne() {
  v1::DeclareIncidentRequest request;
  request.set_request_id(client::NewRequestId());
  request.set_title(NextText());
  request.set_severity(v1::SEVERITY_SEV3);
  v1::DeclareIncidentResponse response;
  const bool good =
      UntilAnswered([&](client::Connection& connection, grpc::ClientContext& context) {
        response.Clear();
        return v1::IncidentService::Stub(connection.channel())
            .DeclareIncident(&context, request, &response);
      });
  if (!good) return false;
  const std::string text = absl::StrCat("Declared: ", request.title(), " (sev3, TLP:amber)");
  field_.book.Note({response.incident().name(), text, 1},
                   {response.result().receipt(), {}, response.result().last_sequence()});
  // One declaration for many entries, as in life.
  if (!field_.stop) field_.book.WaitFor(field_.book.acknowledged() + 40, absl::Seconds(2));
  return true;
}

}  // namespace tocsin::e2e
