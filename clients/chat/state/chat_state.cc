#include "clients/chat/state/chat_state.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "clients/chat/state/records.h"
#include "server/base/digest.h"
#include "server/base/encoding.h"
#include "server/base/error.h"
#include "server/base/ids.h"
#include "server/base/status_macros.h"
#include "server/base/view.h"
#include "server/runtime/random.h"

namespace tocsin::chat {
namespace {

using nlohmann::json;
using runtime::MutexLock;

constexpr size_t kSecretBytes = 32;
// More waiting messages than people can write while a server is away for an hour.
constexpr size_t kTakenMax = 10'000;
// No platform delivers a message again after that.
constexpr absl::Duration kKeysKept = absl::Hours(24 * 14);
// The file is written anew when it is this large and twice what it was then.
constexpr size_t kTidyBytesMin = 1 << 20;
constexpr absl::Duration kRetryMin = absl::Seconds(1);
constexpr absl::Duration kRetryMax = absl::Minutes(5);

json PendingRecord(const Pending& pending, absl::Time now) {
  json record = {{"t", "post"},
                 {"adapter", pending.adapter},
                 {"post", ToRecord(pending.post)},
                 {"now", TimeToRecord(now)}};
  if (pending.alert != 0) record["alert"] = pending.alert;
  if (!pending.incident.empty()) record["incident"] = pending.incident;
  if (pending.late) record["late"] = true;
  return record;
}

json DeliveryRecord(const Delivery& delivery) {
  return {{"t", "delivery"},
          {"key", delivery.key},
          {"adapter", delivery.adapter},
          {"room", delivery.room},
          {"incident", delivery.incident},
          {"alert", delivery.alert},
          {"delivered", delivery.delivered},
          {"problem", delivery.problem},
          {"now", TimeToRecord(delivery.time)}};
}

Place PlaceOf(const Pending& pending) {
  return {pending.adapter, pending.post.room};
}

json BindRecord(const Place& place, const std::string& incident) {
  return {{"t", "bind"}, {"adapter", place.adapter}, {"room", place.room}, {"incident", incident}};
}

json LinkRecord(const std::string& adapter, const std::string& account, const Link& link) {
  return {{"t", "link"},
          {"adapter", adapter},
          {"account", account},
          {"handle", link.handle},
          {"token", link.token}};
}

json MemoryRecord(const std::string& adapter, const std::string& key, const std::string& value) {
  return {{"t", "memory"}, {"adapter", adapter}, {"key", key}, {"value", value}};
}

json TakenRecord(const Taken& taken) {
  return {{"t", "in"},
          {"adapter", taken.adapter},
          {"message", ToRecord(taken.inbound)},
          {"now", TimeToRecord(taken.taken_time)}};
}

// The object under `name`; an empty one when it is not there.
const json& PartOf(const json& record, const char* name) {
  static const json nothing = json::object();
  const auto found = record.find(name);
  return found == record.end() ? nothing : *found;
}

json KeyRecord(const char* type, const std::string& adapter, const std::string& key,
               absl::Time now) {
  return {{"t", type}, {"adapter", adapter}, {"key", key}, {"now", TimeToRecord(now)}};
}

}  // namespace

// A record that is read back.
struct ChatState::Line {
  const json& record;
  std::string type;
  std::string adapter;
  std::string key;
  absl::Time now;
};

absl::StatusOr<std::unique_ptr<ChatState>> ChatState::Open(const std::string& directory) {
  std::unique_ptr<ChatState> state(new ChatState());
  TOCSIN_ASSIGN_OR_RETURN(
      std::unique_ptr<Journal> journal,
      Journal::Open(directory, [&](std::string_view record) { return state->Replay(record); }));
  MutexLock lock(state->mutex_);
  state->journal_ = std::move(journal);
  if (state->secret_.empty()) {
    state->secret_ = runtime::RandomString(kSecretBytes);
    TOCSIN_RETURN_IF_ERROR(
        state->Write({WriteRecord({{"t", "secret"}, {"value", HexEncode(state->secret_)}})}));
  }
  // An attempt of before the start may have reached the platform.
  for (auto& [place, queue] : state->outbox_) {
    for (Queued& queued : queue) queued.pending.post.again = true;
  }
  state->size_after_tidy_ = state->journal_->size();
  return state;
}

absl::Status ChatState::Replay(std::string_view text) {
  TOCSIN_ASSIGN_OR_RETURN(const json record, ReadRecord(text));
  MutexLock lock(mutex_);
  const Line line{record, TextOf(record, "t"), TextOf(record, "adapter"), TextOf(record, "key"),
                  TimeOf(record, "now")};
  if (ReplayInbox(line) || ReplayOutbox(line) || ReplayRest(line)) return absl::OkStatus();
  return Error(absl::StatusCode::kDataLoss, "STATE_DAMAGED",
               absl::StrCat("the journal holds a record of the unknown type '", line.type, "'"),
               "It is of a later release: start that one.");
}

bool ChatState::ReplayInbox(const Line& line) {
  const auto is_this = [&](const Taken& taken) {
    return taken.adapter == line.adapter && taken.inbound.key == line.key;
  };
  if (line.type == "in") {
    Taken taken{line.adapter, InboundOf(PartOf(line.record, "message")), line.now,
                FlagOf(line.record, "told")};
    seen_[{line.adapter, taken.inbound.key}] = line.now;
    taken_.push_back(std::move(taken));
  } else if (line.type == "seen") {
    seen_[{line.adapter, line.key}] = line.now;
  } else if (line.type == "done") {
    std::erase_if(taken_, is_this);
  } else if (line.type == "told") {
    for (Taken& taken : taken_) taken.told_queued = taken.told_queued || is_this(taken);
  } else {
    return false;
  }
  return true;
}

bool ChatState::ReplayOutbox(const Line& line) {
  const json& record = line.record;
  if (line.type == "post") {
    Queued queued;
    queued.pending = {line.adapter, OutboundOf(PartOf(record, "post")), NumberOf(record, "alert"),
                      TextOf(record, "incident"), FlagOf(record, "late")};
    post_keys_[queued.pending.post.key] = line.now;
    outbox_[PlaceOf(queued.pending)].push_back(std::move(queued));
  } else if (line.type == "gone") {
    post_keys_[line.key] = line.now;
    for (auto queue = outbox_.begin(); queue != outbox_.end();) {
      std::erase_if(queue->second, [&](const Queued& queued) {
        return queued.pending.adapter == line.adapter && queued.pending.post.key == line.key;
      });
      queue = queue->second.empty() ? outbox_.erase(queue) : std::next(queue);
    }
  } else if (line.type == "delivery") {
    post_keys_[line.key] = line.now;
    deliveries_.push_back({line.key, line.adapter, TextOf(record, "room"),
                           TextOf(record, "incident"), NumberOf(record, "alert"),
                           FlagOf(record, "delivered"), TextOf(record, "problem"), line.now});
  } else if (line.type == "told-delivery") {
    std::erase_if(deliveries_, [&](const Delivery& each) { return each.key == line.key; });
  } else {
    return false;
  }
  return true;
}

bool ChatState::ReplayRest(const Line& line) {
  const json& record = line.record;
  if (line.type == "secret") {
    secret_ = HexDecode(TextOf(record, "value")).value_or("");
  } else if (line.type == "bind") {
    SetBinding({line.adapter, TextOf(record, "room")}, TextOf(record, "incident"));
  } else if (line.type == "link") {
    SetLink(line.adapter, TextOf(record, "account"),
            {TextOf(record, "handle"), TextOf(record, "token")});
  } else if (line.type == "memory") {
    memory_[{line.adapter, line.key}] = TextOf(record, "value");
  } else if (line.type == "log") {
    log_size_ = NumberOf(record, "size");
  } else {
    return false;
  }
  return true;
}

void ChatState::SetBinding(const Place& place, const std::string& incident) {
  if (incident.empty()) {
    bindings_.erase(place);
  } else {
    bindings_[place] = incident;
  }
}

void ChatState::SetLink(const std::string& adapter, const std::string& account, const Link& link) {
  if (link.token.empty()) {
    links_.erase({adapter, account});
  } else {
    links_[{adapter, account}] = link;
  }
}

void ChatState::DoNotSyncForTest() {
  MutexLock lock(mutex_);
  journal_->DoNotSyncForTest();
}

absl::Status ChatState::Write(const std::vector<std::string>& records) {
  return journal_->Append(records);
}

absl::StatusOr<bool> ChatState::Take(const std::string& adapter, const Inbound& inbound,
                                     absl::Time now) {
  MutexLock lock(mutex_);
  if (seen_.contains({adapter, inbound.key})) return false;
  if (taken_.size() >= kTakenMax) {
    return Error(absl::StatusCode::kResourceExhausted, "INBOX_FULL",
                 "too many messages wait for the server", "Wait until the server is back.");
  }
  Taken taken{adapter, inbound, now, /*told_queued=*/false};
  TOCSIN_RETURN_IF_ERROR(Write({WriteRecord(TakenRecord(taken))}));
  seen_[{adapter, inbound.key}] = now;
  taken_.push_back(std::move(taken));
  return true;
}

std::optional<Taken> ChatState::Oldest() const {
  MutexLock lock(mutex_);
  if (taken_.empty()) return std::nullopt;
  return taken_.front();
}

std::vector<Taken> ChatState::Untold() const {
  MutexLock lock(mutex_);
  std::vector<Taken> untold;
  for (const Taken& taken : taken_) {
    if (!taken.told_queued) untold.push_back(taken);
  }
  return untold;
}

size_t ChatState::taken_count() const {
  MutexLock lock(mutex_);
  return taken_.size();
}

absl::Status ChatState::Finish(const Taken& taken, std::vector<Pending> answers,
                               const Change& change, absl::Time now) {
  const Inbound& inbound = taken.inbound;
  MutexLock lock(mutex_);
  std::vector<std::string> records = {
      WriteRecord(KeyRecord("done", taken.adapter, inbound.key, now))};
  std::erase_if(answers, [&](const Pending& answer) TOCSIN_REQUIRES(mutex_) {
    return post_keys_.contains(answer.post.key);
  });
  for (const Pending& answer : answers) records.push_back(WriteRecord(PendingRecord(answer, now)));
  const Place place{taken.adapter, inbound.room};
  if (change.bind) records.push_back(WriteRecord(BindRecord(place, *change.bind)));
  if (change.link) {
    records.push_back(WriteRecord(LinkRecord(taken.adapter, inbound.account, *change.link)));
  }
  TOCSIN_RETURN_IF_ERROR(Write(records));
  std::erase_if(taken_, [&](const Taken& each) {
    return each.adapter == taken.adapter && each.inbound.key == inbound.key;
  });
  for (Pending& answer : answers) {
    post_keys_[answer.post.key] = now;
    const Place to = PlaceOf(answer);
    outbox_[to].push_back(Queued{.pending = std::move(answer)});
  }
  if (change.bind) SetBinding(place, *change.bind);
  if (change.link) SetLink(taken.adapter, inbound.account, *change.link);
  return absl::OkStatus();
}

absl::Status ChatState::TellQueued(const Taken& taken, Pending answer, absl::Time now) {
  MutexLock lock(mutex_);
  TOCSIN_RETURN_IF_ERROR(
      Write({WriteRecord(KeyRecord("told", taken.adapter, taken.inbound.key, now)),
             WriteRecord(PendingRecord(answer, now))}));
  for (Taken& each : taken_) {
    if (each.adapter == taken.adapter && each.inbound.key == taken.inbound.key) {
      each.told_queued = true;
    }
  }
  post_keys_[answer.post.key] = now;
  const Place to = PlaceOf(answer);
  outbox_[to].push_back(Queued{.pending = std::move(answer)});
  return absl::OkStatus();
}

absl::Status ChatState::AddPosts(std::vector<Pending> posts, std::optional<uint64_t> log_size,
                                 absl::Time now) {
  MutexLock lock(mutex_);
  std::erase_if(posts, [&](const Pending& post)
                           TOCSIN_REQUIRES(mutex_) { return post_keys_.contains(post.post.key); });
  std::vector<std::string> records;
  for (const Pending& post : posts) records.push_back(WriteRecord(PendingRecord(post, now)));
  if (log_size) records.push_back(WriteRecord({{"t", "log"}, {"size", *log_size}}));
  if (records.empty()) return absl::OkStatus();
  TOCSIN_RETURN_IF_ERROR(Write(records));
  for (Pending& post : posts) {
    post_keys_[post.post.key] = now;
    const Place to = PlaceOf(post);
    outbox_[to].push_back(Queued{.pending = std::move(post)});
  }
  if (log_size) log_size_ = *log_size;
  return absl::OkStatus();
}

std::vector<Pending> ChatState::Start(const std::string& adapter, absl::Time now) {
  MutexLock lock(mutex_);
  std::vector<Pending> started;
  for (auto& [place, queue] : outbox_) {
    if (place.adapter != adapter || queue.empty()) continue;
    Queued& first = queue.front();
    if (first.under_way || first.not_before > now) continue;
    first.under_way = true;
    started.push_back(first.pending);
  }
  return started;
}

absl::StatusOr<std::optional<Pending>> ChatState::End(const std::string& adapter,
                                                      const std::string& key,
                                                      const PostResult& result, absl::Time now) {
  MutexLock lock(mutex_);
  for (auto queue = outbox_.begin(); queue != outbox_.end(); ++queue) {
    if (queue->first.adapter != adapter) continue;
    const auto queued =
        std::find_if(queue->second.begin(), queue->second.end(),
                     [&](const Queued& each) { return each.pending.post.key == key; });
    if (queued == queue->second.end()) continue;
    queued->under_way = false;
    if (result.state == PostState::kRetry || result.state == PostState::kUnknown) {
      queued->pending.post.again =
          queued->pending.post.again || result.state == PostState::kUnknown;
      absl::Duration pause = std::min(kRetryMin * (1 << std::min(queued->tries, 8)), kRetryMax);
      if (result.retry_after > absl::ZeroDuration()) pause = result.retry_after;
      queued->tries++;
      queued->not_before = now + std::min(pause, absl::Hours(1));
      return std::nullopt;
    }
    const Pending& what = queued->pending;
    std::vector<std::string> records = {WriteRecord(KeyRecord("gone", adapter, key, now))};
    const Delivery delivery{key,
                            adapter,
                            what.post.room,
                            what.incident,
                            what.alert,
                            result.state == PostState::kPosted,
                            result.problem,
                            now};
    if (what.alert != 0) records.push_back(WriteRecord(DeliveryRecord(delivery)));
    TOCSIN_RETURN_IF_ERROR(Write(records));
    if (what.alert != 0) deliveries_.push_back(delivery);
    Pending ended = std::move(queued->pending);
    queue->second.erase(queued);
    if (queue->second.empty()) outbox_.erase(queue);
    return ended;
  }
  return std::nullopt;
}

void ChatState::Interrupted(const std::string& adapter) {
  MutexLock lock(mutex_);
  for (auto& [place, queue] : outbox_) {
    if (place.adapter != adapter) continue;
    for (Queued& queued : queue) {
      if (queued.under_way) queued.pending.post.again = true;
      queued.under_way = false;
      queued.not_before = absl::InfinitePast();
    }
  }
}

size_t ChatState::post_count() const {
  MutexLock lock(mutex_);
  size_t count = 0;
  for (const auto& [place, queue] : outbox_) count += queue.size();
  return count;
}

absl::Time ChatState::NextRetry() const {
  MutexLock lock(mutex_);
  absl::Time next = absl::InfiniteFuture();
  for (const auto& [place, queue] : outbox_) {
    if (!queue.empty() && !queue.front().under_way) next = std::min(next, queue.front().not_before);
  }
  return next;
}

std::vector<Pending> ChatState::LateAlerts(absl::Time since) const {
  MutexLock lock(mutex_);
  std::vector<Pending> late;
  for (const auto& [place, queue] : outbox_) {
    for (const Queued& queued : queue) {
      if (queued.pending.alert != 0 && !queued.pending.late &&
          queued.pending.post.created_time < since) {
        late.push_back(queued.pending);
      }
    }
  }
  return late;
}

std::optional<Delivery> ChatState::OldestDelivery() const {
  MutexLock lock(mutex_);
  if (deliveries_.empty()) return std::nullopt;
  return deliveries_.front();
}

absl::Status ChatState::ForgetDelivery(const std::string& key) {
  MutexLock lock(mutex_);
  TOCSIN_RETURN_IF_ERROR(Write({WriteRecord({{"t", "told-delivery"}, {"key", key}})}));
  std::erase_if(deliveries_, [&](const Delivery& delivery) { return delivery.key == key; });
  return absl::OkStatus();
}

absl::Status ChatState::AddDelivery(const Delivery& delivery) {
  MutexLock lock(mutex_);
  if (post_keys_.contains(delivery.key)) return absl::OkStatus();
  TOCSIN_RETURN_IF_ERROR(Write({WriteRecord(DeliveryRecord(delivery))}));
  post_keys_[delivery.key] = delivery.time;
  deliveries_.push_back(delivery);
  return absl::OkStatus();
}

std::string ChatState::IncidentOf(const Place& place) const {
  MutexLock lock(mutex_);
  const auto bound = bindings_.find(place);
  return bound == bindings_.end() ? "" : bound->second;
}

std::vector<Place> ChatState::PlacesOf(const std::string& incident) const {
  MutexLock lock(mutex_);
  std::vector<Place> places;
  for (const auto& [place, bound] : bindings_) {
    if (bound == incident) places.push_back(place);
  }
  return places;
}

size_t ChatState::binding_count() const {
  MutexLock lock(mutex_);
  return bindings_.size();
}

std::optional<Link> ChatState::LinkOf(const std::string& adapter,
                                      const std::string& account) const {
  MutexLock lock(mutex_);
  const auto link = links_.find({adapter, account});
  if (link == links_.end()) return std::nullopt;
  return link->second;
}

std::vector<Place> ChatState::AccountsOf(const std::string& handle) const {
  MutexLock lock(mutex_);
  std::vector<Place> accounts;
  for (const auto& [account, link] : links_) {
    if (link.handle == handle) accounts.push_back({account.first, account.second});
  }
  return accounts;
}

uint64_t ChatState::log_size() const {
  MutexLock lock(mutex_);
  return log_size_;
}

std::string ChatState::Remembered(const std::string& adapter, const std::string& key) const {
  MutexLock lock(mutex_);
  const auto value = memory_.find({adapter, key});
  return value == memory_.end() ? "" : value->second;
}

absl::Status ChatState::Remember(const std::string& adapter, const std::string& key,
                                 const std::string& value) {
  MutexLock lock(mutex_);
  const auto known = memory_.find({adapter, key});
  if (known != memory_.end() && known->second == value) return absl::OkStatus();
  TOCSIN_RETURN_IF_ERROR(Write({WriteRecord(MemoryRecord(adapter, key, value))}));
  memory_[{adapter, key}] = value;
  return absl::OkStatus();
}

std::string ChatState::PostKey(std::initializer_list<std::string_view> parts) const {
  std::string all = absl::StrCat("tocsin/chat/post/v1\n", secret_);
  for (const std::string_view part : parts)
    absl::StrAppend(&all, "\n", part.size(), " ", ToAbsl(part));
  return RequestId::FromDigest(Sha256(all)).ToString();
}

std::vector<std::string> ChatState::Snapshot() const {
  std::vector<std::string> records = {
      WriteRecord({{"t", "secret"}, {"value", HexEncode(secret_)}})};
  std::set<std::pair<std::string, std::string>> waiting;
  for (const Taken& taken : taken_) {
    json record = TakenRecord(taken);
    if (taken.told_queued) record["told"] = true;
    records.push_back(WriteRecord(record));
    waiting.insert({taken.adapter, taken.inbound.key});
  }
  for (const auto& [key, time] : seen_) {
    if (!waiting.contains(key)) {
      records.push_back(WriteRecord(KeyRecord("seen", key.first, key.second, time)));
    }
  }
  std::set<std::string> queued_keys;
  for (const auto& [place, queue] : outbox_) {
    for (const Queued& queued : queue) {
      const std::string& key = queued.pending.post.key;
      records.push_back(WriteRecord(PendingRecord(queued.pending, post_keys_.at(key))));
      queued_keys.insert(key);
    }
  }
  for (const auto& [key, time] : post_keys_) {
    if (!queued_keys.contains(key))
      records.push_back(WriteRecord(KeyRecord("gone", "", key, time)));
  }
  for (const Delivery& delivery : deliveries_) {
    records.push_back(WriteRecord(DeliveryRecord(delivery)));
  }
  for (const auto& [place, incident] : bindings_) {
    records.push_back(WriteRecord(BindRecord(place, incident)));
  }
  for (const auto& [account, link] : links_) {
    records.push_back(WriteRecord(LinkRecord(account.first, account.second, link)));
  }
  for (const auto& [key, value] : memory_) {
    records.push_back(WriteRecord(MemoryRecord(key.first, key.second, value)));
  }
  records.push_back(WriteRecord({{"t", "log"}, {"size", log_size_}}));
  return records;
}

absl::Status ChatState::Tidy(absl::Time now) {
  MutexLock lock(mutex_);
  if (journal_->size() < kTidyBytesMin || journal_->size() < 2 * size_after_tidy_) {
    return absl::OkStatus();
  }
  const absl::Time kept_since = now - kKeysKept;
  const auto waits = [&](const std::pair<std::string, std::string>& key) TOCSIN_REQUIRES(mutex_) {
    return std::any_of(taken_.begin(), taken_.end(), [&](const Taken& taken) {
      return taken.adapter == key.first && taken.inbound.key == key.second;
    });
  };
  std::erase_if(seen_, [&](const auto& each) TOCSIN_REQUIRES(mutex_) {
    return each.second < kept_since && !waits(each.first);
  });
  std::set<std::string> queued;
  for (const auto& [place, queue] : outbox_) {
    for (const Queued& each : queue) queued.insert(each.pending.post.key);
  }
  std::erase_if(post_keys_, [&](const auto& each) {
    return each.second < kept_since && !queued.contains(each.first);
  });
  TOCSIN_RETURN_IF_ERROR(journal_->Replace(Snapshot()));
  size_after_tidy_ = journal_->size();
  return absl::OkStatus();
}

}  // namespace tocsin::chat
