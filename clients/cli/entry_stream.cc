#include "clients/cli/entry_stream.h"

#include <grpc/support/time.h>

#include <algorithm>

#include "absl/time/clock.h"
#include "clients/core/errors.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"

namespace tocsin::cli {
namespace {

constexpr absl::Duration kFirstPause = absl::Milliseconds(200);
constexpr absl::Duration kPauseMax = absl::Seconds(2);
// How often an attempt that failed looks at who answers: a changed authority looks like no answer.
constexpr int kTrustEvery = 5;

gpr_timespec InFromNow(absl::Duration span) {
  return gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                      gpr_time_from_millis(absl::ToInt64Milliseconds(span), GPR_TIMESPAN));
}

}  // namespace

EntryStream::EntryStream(client::Connection& connection, StreamPlace place)
    : connection_(connection),
      place_(std::move(place)),
      stub_(v1::TimelineService::NewStub(connection.channel())),
      retry_time_(Steady::now()),
      pause_(kFirstPause) {}

EntryStream::~EntryStream() {
  if (context_ != nullptr) context_->TryCancel();
  queue_.Shutdown();
  void* tag = nullptr;
  bool ok = false;
  while (queue_.Next(&tag, &ok)) {
  }
}

void EntryStream::Start() {
  v1::WatchEntriesRequest request;
  request.set_incident(place_.incident);
  if (place_.incident.empty()) {
    request.set_after_log_size(place_.after);
  } else {
    request.set_after_sequence(place_.after);
  }
  // The former call lives in its context's memory.
  reader_.reset();
  context_ = std::make_unique<grpc::ClientContext>();
  connection_.Prepare(*context_, absl::InfiniteDuration());
  reader_ = stub_->PrepareAsyncWatchEntries(context_.get(), request, &queue_);
  reader_->StartCall(this);
  state_ = State::kStarting;
}

void EntryStream::Finish() {
  reader_->Finish(&status_, this);
  state_ = State::kFinishing;
}

// The message that was read, as what the caller is told; nullopt when it tells nothing new.
std::optional<EntryStream::Event> EntryStream::Take() {
  pause_ = kFirstPause;
  failures_ = 0;
  Event event;
  const bool wide = place_.incident.empty();
  if (response_.has_entry()) {
    const uint64_t at = wide ? response_.entry().log_index() + 1 : response_.entry().sequence();
    // A server never sends what lies before the place that was asked for; if one did, it would be
    // shown twice.
    if (at > place_.after) {
      place_.after = at;
      event.kind = Kind::kEntry;
      event.entry = std::move(*response_.mutable_entry());
    }
  } else if (response_.live()) {
    event.kind = Kind::kLive;
  }
  if (wide) place_.after = std::max(place_.after, response_.log_size());
  reader_->Read(&response_, this);
  if (lost_) {
    const absl::Duration gap = absl::FromChrono(Steady::now() - *lost_);
    lost_.reset();
    if (event.kind != Kind::kNothing) waiting_ = std::move(event);
    return Event{.kind = Kind::kBack, .entry = {}, .gap = gap};
  }
  if (event.kind == Kind::kNothing) return std::nullopt;
  return event;
}

absl::StatusOr<EntryStream::Event> EntryStream::Ended() {
  state_ = State::kIdle;
  const absl::Status status = client::FromRpc(status_);
  const bool broken =
      status.ok() || client::IsWorthRetrying(status) || client::LeavesOutcomeOpen(status);
  if (!broken) return status;
  if (++failures_ % kTrustEvery == 0) {
    const absl::Status reached = connection_.WaitUntilConnected();
    if (ReasonOf(reached) == "SERVER_NOT_TRUSTED") return reached;
  }
  retry_time_ = Steady::now() + absl::ToChronoMilliseconds(pause_);
  pause_ = std::min(pause_ * 2, kPauseMax);
  if (lost_) return Event{};
  lost_ = Steady::now();
  return Event{.kind = Kind::kLost, .entry = {}, .gap = {}};
}

absl::StatusOr<EntryStream::Event> EntryStream::Next(absl::Duration wait) {
  const Steady::time_point end = Steady::now() + absl::ToChronoMilliseconds(wait);
  if (waiting_) {
    Event event = *std::move(waiting_);
    waiting_.reset();
    return event;
  }
  for (;;) {
    const absl::Duration left =
        std::max(absl::FromChrono(end - Steady::now()), absl::ZeroDuration());
    if (state_ == State::kIdle) {
      const absl::Duration pause =
          std::max(absl::FromChrono(retry_time_ - Steady::now()), absl::ZeroDuration());
      absl::SleepFor(std::min(pause, left));
      if (pause > left) return Event{};
      Start();
    }
    void* tag = nullptr;
    bool ok = false;
    if (queue_.AsyncNext(&tag, &ok, InFromNow(left)) != grpc::CompletionQueue::GOT_EVENT) {
      return Event{};
    }
    if (state_ == State::kFinishing) {
      TOCSIN_ASSIGN_OR_RETURN(Event event, Ended());
      if (event.kind != Kind::kNothing) return event;
    } else if (!ok) {
      Finish();
    } else if (state_ == State::kStarting) {
      state_ = State::kReading;
      reader_->Read(&response_, this);
    } else if (std::optional<Event> event = Take()) {
      return *std::move(event);
    }
  }
}

}  // namespace tocsin::cli
