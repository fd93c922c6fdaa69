#include "clients/chat/bot/watcher.h"

#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "clients/chat/bot/reads.h"
#include "clients/chat/bot/rpc_call.h"
#include "clients/chat/conversation/alerts.h"
#include "clients/core/errors.h"
#include "clients/core/names.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/runtime/log.h"

namespace tocsin::chat {
namespace {

using runtime::MutexLock;

constexpr absl::Duration kPauseMin = absl::Seconds(1);
constexpr absl::Duration kPauseMax = absl::Seconds(30);
// A position without an alert is kept this often: read again, an entry does nothing twice.
constexpr absl::Duration kKeepEvery = absl::Seconds(10);

AlertEntry AlertEntryOf(const v1::Entry& entry) {
  const auto value = [&](const char* key) {
    const auto found = entry.attributes().find(key);
    return found == entry.attributes().end() ? std::string() : found->second;
  };
  AlertEntry alert;
  alert.type = entry.type();
  alert.sequence = entry.sequence();
  alert.asks = !value("ack").empty();
  if (!absl::SimpleAtoi(value("alert"), &alert.alert)) alert.alert = entry.sequence();
  alert.asked = absl::StrSplit(value("asked"), ' ', absl::SkipEmpty());
  alert.first = !value("first").empty();
  return alert;
}

}  // namespace

Watcher::Watcher(client::Connection& connection, std::string token, ChatState& state, Bot& bot,
                 runtime::Clock& clock)
    : connection_(connection),
      token_(std::move(token)),
      state_(state),
      bot_(bot),
      clock_(clock),
      kept_(state.log_size()) {}

Watcher::~Watcher() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    if (call_ != nullptr) call_->TryCancel();
    changed_.NotifyAll();
  }
  thread_.reset();
}

void Watcher::Start() {
  thread_ = std::make_unique<runtime::Thread>("chat-watch", [this] { Run(); });
}

bool Watcher::WaitBefore(absl::Duration pause) {
  const absl::Time until = clock_.Now() + pause;
  MutexLock lock(mutex_);
  while (!stopping_) {
    const absl::Duration left = until - clock_.Now();
    if (left <= absl::ZeroDuration()) return true;
    changed_.WaitFor(mutex_, left);
  }
  return false;
}

void Watcher::Run() {
  absl::Duration pause = kPauseMin;
  do {
    const absl::Time began = clock_.Now();
    const absl::Status ended = Follow();
    if (clock_.Now() - began > kPauseMax) pause = kPauseMin;
    runtime::Log(runtime::LogLevel::kInfo, "chat.watch_ended", {{"reason", ReasonOf(ended)}});
  } while (WaitBefore(std::exchange(pause, std::min(pause * 2, kPauseMax))));
}

absl::Status Watcher::Follow() {
  grpc::ClientContext context;
  connection_.Prepare(context, absl::InfiniteDuration());
  {
    MutexLock lock(mutex_);
    if (stopping_) return absl::OkStatus();
    call_ = &context;
  }
  const absl::Cleanup forget = [this] {
    MutexLock lock(mutex_);
    call_ = nullptr;
  };
  v1::WatchEntriesRequest request;
  request.set_after_log_size(state_.log_size());
  // What happened before the bot was there, people have heard elsewhere.
  request.set_only_new(state_.log_size() == 0);
  v1::TimelineService::Stub stub(connection_.channel());
  const auto stream = stub.WatchEntries(&context, request);
  v1::WatchEntriesResponse response;
  absl::Status handled;
  while (handled.ok() && stream->Read(&response)) handled = Handle(response);
  if (!handled.ok()) context.TryCancel();
  const absl::Status ended = client::FromRpc(stream->Finish());
  return handled.ok() ? ended : handled;
}

absl::Status Watcher::Handle(const v1::WatchEntriesResponse& response) {
  const v1::Entry& entry = response.entry();
  std::vector<Pending> posts;
  if (response.has_entry() && IsAlert(entry.type())) {
    Order order;
    order.token = token_;
    const OrderCalls calls(connection_.channel(), order);
    const std::string incident = client::ShortName(entry.incident());
    const absl::StatusOr<Standing> standing = ReadStanding(calls, incident);
    if (!standing.ok() && !absl::IsNotFound(standing.status())) return standing.status();
    if (standing.ok()) {
      posts = bot_.AlertPosts(incident, AlertEntryOf(entry), *standing);
    }
  }
  const uint64_t size = std::max(response.log_size(), state_.log_size());
  if (posts.empty() && (size == kept_ || clock_.Now() - kept_time_ < kKeepEvery)) {
    return absl::OkStatus();
  }
  TOCSIN_RETURN_IF_ERROR(bot_.AddPosts(std::move(posts), size));
  kept_ = size;
  kept_time_ = clock_.Now();
  return absl::OkStatus();
}

}  // namespace tocsin::chat
