// The bot: what reaches it is put on disk, carried out at the server in the order it came, answered
// through the outbox. It holds no rule of an incident; it knows rooms, accounts, and what may be
// said where.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "clients/chat/adapter/adapter.h"
#include "clients/chat/bot/command_runner.h"
#include "clients/chat/config/room_config.h"
#include "clients/chat/conversation/alerts.h"
#include "clients/chat/conversation/grammar.h"
#include "clients/chat/state/chat_state.h"
#include "server/runtime/clock.h"
#include "server/runtime/mutex.h"

namespace tocsin::chat {

/// One platform as the bot uses it.
struct Channel {
  /// "xmpp": stands before accounts in the log.
  std::string platform;
  std::vector<RoomConfig> rooms;
  Adapter* adapter = nullptr;
};

/// Events come from the adapters' threads; Step is called by one thread of the owner.
class Bot : public AdapterEvents {
 public:
  /// All must outlive this object. `zone` is of clock times such as 10:42.
  Bot(ChatState& state, CommandRunner& runner, runtime::Clock& clock, absl::TimeZone zone);

  /// Before any adapter is started. The adapter must be stopped before this object goes.
  void Add(const std::string& name, Channel channel);

  absl::Status OnInbound(std::string_view adapter, const Inbound& inbound) override;
  void OnPosted(std::string_view adapter, std::string_view key, const PostResult& result) override;
  void OnState(std::string_view adapter, bool ready, std::string_view problem) override;
  void OnRoomState(std::string_view adapter, std::string_view room,
                   std::string_view problem) override;

  /// Carries out what waits, and posts what may be posted. Returns when there is nothing to do now;
  /// blocks for the calls it makes. The result is when it is to be called again at the latest.
  absl::Time Step();
  /// Blocks until something came in, `until`, or Wake.
  void WaitForWork(absl::Time until);
  void Wake();

  /// The posts that tell of an entry: in every room that is bound to the incident, on all
  /// platforms; where there is none, in the rooms that get all alerts. Whoever is asked to
  /// acknowledge gets a direct message on each platform where they have linked an account.
  std::vector<Pending> AlertPosts(const std::string& incident, const AlertEntry& entry,
                                  const Standing& standing) const;
  /// Adds posts, and moves the position in the log.
  absl::Status AddPosts(std::vector<Pending> posts, std::optional<uint64_t> log_size);
  /// What does not work now, one line each: for `status`.
  std::vector<std::string> Problems() const;

 private:
  struct Reply {
    Blocks blocks;
    Change change;
  };

  std::string NameIn(const std::string& adapter, const std::string& handle) const;
  std::vector<Place> PlacesForLate(const Pending& late) const;
  bool WithinRate(const std::string& adapter, const Inbound& inbound, bool linked)
      TOCSIN_EXCLUDES(mutex_);
  absl::Status RefuseFlood(const std::string& adapter, const Inbound& inbound);
  void TellLateAlerts(absl::Time now);
  bool ReportOldestDelivery();
  std::vector<Place> AlertRooms() const;
  bool SetProblem(const Place& place, std::string_view problem);
  bool CarryOutOldest(absl::Time now);
  void AnswerWaiting(absl::Time now);
  bool End(const Taken& taken, Reply reply);
  std::optional<Reply> Answer(const Taken& taken);
  absl::StatusOr<Order> MakeOrder(const Taken& taken, const Request& request);
  std::optional<Reply> RunOrder(const Taken& taken, const Order& order);
  absl::StatusOr<std::string> ResolveIncident(const Taken& taken, const Request& request) const;
  Reply LinkOrUnlink(const Taken& taken, const Command& command);
  absl::StatusOr<Request> ReadMessage(const Taken& taken) const;
  const RoomConfig* FindRoom(const std::string& adapter, const std::string& room) const;
  std::string TitleOf(const Place& place) const;
  Manner MannerOf(const Taken& taken) const;
  Pending Post(const Taken& taken, std::string_view which, Blocks blocks) const;
  void PostDue(absl::Time now);

  ChatState& state_;
  CommandRunner& runner_;
  runtime::Clock& clock_;
  const absl::TimeZone zone_;
  std::map<std::string, Channel> channels_;  // fixed once adapters run
  absl::Time next_attempt_ = absl::InfinitePast();
  absl::Duration pause_ = absl::ZeroDuration();
  int failures_ = 0;  // of the server on the oldest message

  mutable runtime::Mutex mutex_;
  runtime::Condition changed_;
  bool work_ TOCSIN_GUARDED_BY(mutex_) = false;
  std::map<std::string, bool> ready_ TOCSIN_GUARDED_BY(mutex_);
  std::map<Place, std::string> problems_ TOCSIN_GUARDED_BY(mutex_);
  /// How much each account may still say, and since when that is so.
  struct Allowance {
    double messages = 0;
    absl::Time since;
  };
  std::map<Place, Allowance> allowances_ TOCSIN_GUARDED_BY(mutex_);
};

}  // namespace tocsin::chat
