// The protocol of one connection after the other, without the connection: lines come in, lines go
// out. It keeps the bot in its channels, says of every post whether the server has taken it, and
// sends no faster than servers allow.
//
// A post is followed by a PING of its own. The server handles lines in their order, so its PONG
// says that it has handled the post, and an error that comes before is the post's. Where the server
// echoes what it passes on, the echoes are counted too.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "clients/chat/adapter/adapter.h"
#include "clients/chat/irc/irc_config.h"
#include "clients/chat/irc/irc_line.h"
#include "clients/chat/irc/irc_login.h"
#include "clients/chat/net/workers.h"

namespace tocsin::chat::irc {

/// How fast the bot may speak: some lines at once, then one in each span.
struct Pace {
  int burst = 5;
  absl::Duration every = absl::Seconds(2);
};

/// Not thread-safe: the adapter's thread owns it.
class Session {
 public:
  struct Hooks {
    /// Writes a line with its end.
    std::function<void(const std::string& line)> send;
    /// Hands up what somebody said, and returns once it is safe or the adapter stops.
    std::function<void(const Inbound& inbound)> hand_up;
  };

  /// All outlive this object.
  Session(const IrcConfig& config, const AdapterContext& context, StateTeller& state, Hooks hooks,
          Pace pace = {});

  void OnConnected(absl::Time now);
  /// An error ends the connection: those of Login; kUnavailable with what the server said.
  absl::Status OnLine(std::string_view line, absl::Time now);
  /// The connection is gone; posts under way are of unknown fate.
  void OnDisconnected();
  void Post(const Outbound& post);
  /// Sends what may be sent now. To be called after each of the above and every quarter second. An
  /// error ends the connection: it is dead.
  absl::Status OnTick(absl::Time now);

 private:
  struct Room {
    std::string name;
    bool joined = false;
    /// The server has said yes or no since it was asked.
    bool answered = false;
    absl::Time next_try = absl::InfinitePast();
  };
  /// kToAsk, kAsking: who has the nick now. kSettling: its PING is not answered yet.
  enum class Stage { kToAsk, kAsking, kSpeaking, kSettling };
  /// A post that is being said.
  struct Speech {
    std::string key;
    /// What its PING and the labels of its lines are called.
    std::string token;
    std::string target;
    /// Of a direct message: the account that must stand behind the nick; empty for none.
    std::string account;
    Stage stage = Stage::kSpeaking;
    std::vector<std::string> lines;
    size_t said = 0;
    size_t echoed = 0;
    std::string native_id;
    /// Since when an answer is waited for.
    absl::Time since = absl::InfiniteFuture();
  };

  void Send(std::string_view command, const std::vector<std::string>& params,
            std::string_view tags = "");
  void Join(absl::Time now);
  void OnMessage(const Message& message, absl::Time now);
  void OnNick(const Message& message);
  void OnLeft(const Message& message, absl::Time now);
  void OnRefused(const Message& message, absl::Time now);
  void OnSpoken(const Message& message, absl::Time now);
  std::optional<Inbound> ReadInbound(const Message& message, const Room* room,
                                     std::string written) const;
  void OnEcho(const Message& message);
  void OnWhois(const Message& message);
  void OnPong(const Message& message);
  void SayNotifyOnly(const std::string& target, absl::Time now);
  bool TellsWhoWrites() const;
  bool IsOwn(const Message& message) const;
  Room* FindRoom(const std::string& channel);
  void Leave(Room& room, const std::string& why, absl::Time now);
  std::vector<std::string> LinesOf(const Outbound& post, const std::string& target) const;
  Speech* FindSpeech(const Message& message, const std::string& target);
  absl::Status Speak(absl::Time now);
  bool SayNext(Speech& speech, absl::Time now);
  bool TakeTurn(absl::Time now);
  void Finish(const std::string& key, PostResult result);
  void FailTo(const std::string& target, const std::string& problem);
  absl::Status CheckAlive(absl::Time now);

  const IrcConfig& config_;
  const AdapterContext& context_;
  StateTeller& state_;
  const Hooks hooks_;
  const Pace pace_;
  Login login_;
  std::map<std::string, Room> rooms_;  // by their names in lower case
  bool welcomed_ = false;              // the server's greeting is over
  bool ready_ = false;
  absl::Time connected_;
  std::deque<Speech> speeches_;
  int tokens_ = 0;
  /// The nick that an account wrote from last, by accounts in lower case.
  std::map<std::string, std::string> nicks_;
  /// When the bot last said that it only notifies, by where.
  std::map<std::string, absl::Time> told_notify_only_;
  double turns_ = 0;
  absl::Time turns_since_;
  absl::Time heard_;
  bool pinged_ = false;
  absl::Time next_nick_try_;
};

}  // namespace tocsin::chat::irc
