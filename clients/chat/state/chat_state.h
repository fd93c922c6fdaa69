// All that the bot must not forget: which messages it has taken and not answered, what it has to
// post, which room is bound to which incident, which account belongs to whom. Every change is on
// disk before the function that makes it returns, so that after a crash at any moment nothing is
// lost and nothing is done twice.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "clients/chat/adapter/adapter.h"
#include "clients/chat/state/journal.h"
#include "server/runtime/mutex.h"

namespace tocsin::chat {

/// A room, or an account for direct messages, of one adapter.
struct Place {
  std::string adapter;
  std::string room;

  friend auto operator<=>(const Place&, const Place&) = default;
};

/// A message that was taken and is to be answered.
struct Taken {
  std::string adapter;
  Inbound inbound;
  absl::Time taken_time;
  /// The person was told that it waits.
  bool told_queued = false;
};

/// A post that is to be made.
struct Pending {
  std::string adapter;
  Outbound post;
  /// Entry of the log that this alerts of, and of which incident; 0 for an answer.
  uint64_t alert = 0;
  std::string incident;
  /// Said here because it did not arrive elsewhere.
  bool late = false;
};

/// What became of an alert: to be told to the record.
struct Delivery {
  /// The post's.
  std::string key;
  std::string adapter;
  std::string room;
  std::string incident;
  uint64_t alert = 0;
  bool delivered = false;
  std::string problem;
  absl::Time time;
};

/// Whom an account belongs to.
struct Link {
  std::string handle;
  /// The person's own token, which can do nothing irreversible.
  std::string token;
};

/// What carrying a message out changes besides its answer.
struct Change {
  /// Of the message's room: an incident to bind it to; empty to unbind.
  std::optional<std::string> bind;
  /// Of the message's account; an empty token unlinks it.
  std::optional<Link> link;
};

/// Thread-safe. One lock also orders the records on disk, so it is held while they are synced.
class ChatState {
 public:
  /// Opens the state in `directory`. Errors: those of Journal::Open.
  static absl::StatusOr<std::unique_ptr<ChatState>> Open(const std::string& directory);

  /// What is written from now on may be lost in a power cut: for tests of many thousand changes.
  void DoNotSyncForTest();

  /// Remembers a message. False when its key was taken before. Errors: kInternal FILE_NOT_WRITTEN;
  /// kResourceExhausted INBOX_FULL.
  absl::StatusOr<bool> Take(const std::string& adapter, const Inbound& inbound, absl::Time now);
  /// The oldest message that is not answered.
  std::optional<Taken> Oldest() const;
  /// Those of whom nobody was told that they wait, oldest first.
  std::vector<Taken> Untold() const;
  size_t taken_count() const;

  /// The message is done: its answers are to be posted and `change` holds, in one record.
  absl::Status Finish(const Taken& taken, std::vector<Pending> answers, const Change& change,
                      absl::Time now);
  /// The person is told that the message waits, once.
  absl::Status TellQueued(const Taken& taken, Pending answer, absl::Time now);

  /// Adds posts and moves the position in the log, in one record. A post whose key is or was there
  /// is left out.
  absl::Status AddPosts(std::vector<Pending> posts, std::optional<uint64_t> log_size,
                        absl::Time now);
  /// The first post of every place of `adapter` that has none under way and is not to wait, marked
  /// as under way.
  std::vector<Pending> Start(const std::string& adapter, absl::Time now);
  /// The outcome of one. Returns it when it has left the outbox, posted or failed; nullopt when it
  /// stays or was not there.
  absl::StatusOr<std::optional<Pending>> End(const std::string& adapter, const std::string& key,
                                             const PostResult& result, absl::Time now);
  /// Nothing of `adapter` is under way any more; what was is to be looked for before it is posted
  /// again.
  void Interrupted(const std::string& adapter);
  size_t post_count() const;
  /// When the next post that waits may be tried; InfiniteFuture for none.
  absl::Time NextRetry() const;
  /// The oldest outcome of an alert that the record does not know.
  std::optional<Delivery> OldestDelivery() const;
  absl::Status ForgetDelivery(const std::string& key);
  /// Adds one that is no outcome of a post; once, by its key.
  absl::Status AddDelivery(const Delivery& delivery);
  /// Alerts that were to be posted before `since` and are not, without those that are late already.
  std::vector<Pending> LateAlerts(absl::Time since) const;

  /// "INC-2026-0042"; empty when it is not bound.
  std::string IncidentOf(const Place& place) const;
  std::vector<Place> PlacesOf(const std::string& incident) const;
  size_t binding_count() const;
  std::optional<Link> LinkOf(const std::string& adapter, const std::string& account) const;

  /// The accounts that belong to a person, on all platforms.
  std::vector<Place> AccountsOf(const std::string& handle) const;

  uint64_t log_size() const;
  std::string Remembered(const std::string& adapter, const std::string& key) const;
  absl::Status Remember(const std::string& adapter, const std::string& key,
                        const std::string& value);

  /// A key for a post, a UUID that nobody else can foresee and that is the same for the same parts.
  std::string PostKey(std::initializer_list<std::string_view> parts) const;

  /// Forgets keys that no platform delivers again, and writes the file anew when it has grown.
  absl::Status Tidy(absl::Time now);

 private:
  struct Queued {
    Pending pending;
    absl::Time not_before = absl::InfinitePast();
    bool under_way = false;
    int tries = 0;
  };

  ChatState() = default;
  struct Line;
  absl::Status Replay(std::string_view record);
  bool ReplayInbox(const Line& line) TOCSIN_REQUIRES(mutex_);
  bool ReplayOutbox(const Line& line) TOCSIN_REQUIRES(mutex_);
  bool ReplayRest(const Line& line) TOCSIN_REQUIRES(mutex_);
  void SetBinding(const Place& place, const std::string& incident) TOCSIN_REQUIRES(mutex_);
  void SetLink(const std::string& adapter, const std::string& account, const Link& link)
      TOCSIN_REQUIRES(mutex_);
  absl::Status Write(const std::vector<std::string>& records) TOCSIN_REQUIRES(mutex_);
  std::vector<std::string> Snapshot() const TOCSIN_REQUIRES(mutex_);

  mutable runtime::Mutex mutex_;
  std::unique_ptr<Journal> journal_ TOCSIN_GUARDED_BY(mutex_);
  std::string secret_;  // set by Open
  std::deque<Taken> taken_ TOCSIN_GUARDED_BY(mutex_);
  /// Adapter and key of every message taken, and when.
  std::map<std::pair<std::string, std::string>, absl::Time> seen_ TOCSIN_GUARDED_BY(mutex_);
  std::map<Place, std::deque<Queued>> outbox_ TOCSIN_GUARDED_BY(mutex_);
  /// Keys of posts that were made or waited, and when.
  std::map<std::string, absl::Time> post_keys_ TOCSIN_GUARDED_BY(mutex_);
  std::deque<Delivery> deliveries_ TOCSIN_GUARDED_BY(mutex_);
  std::map<Place, std::string> bindings_ TOCSIN_GUARDED_BY(mutex_);
  std::map<std::pair<std::string, std::string>, Link> links_ TOCSIN_GUARDED_BY(mutex_);
  std::map<std::pair<std::string, std::string>, std::string> memory_ TOCSIN_GUARDED_BY(mutex_);
  uint64_t log_size_ TOCSIN_GUARDED_BY(mutex_) = 0;
  size_t size_after_tidy_ TOCSIN_GUARDED_BY(mutex_) = 0;
};

}  // namespace tocsin::chat
