// The protocol of one connection, without the connection: elements come in, elements go out. It
// enters the rooms, reads what was said while it was away from their archives, and says of every
// post whether the server has it.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "clients/chat/adapter/adapter.h"
#include "clients/chat/xmpp/element.h"
#include "clients/chat/xmpp/room.h"
#include "clients/chat/xmpp/xmpp_config.h"

namespace tocsin::chat {

/// Not thread-safe: the adapter's thread owns it.
class Session {
 public:
  /// `send` writes an element to the connection. `config`, `context` outlive this object.
  Session(const XmppConfig& config, const AdapterContext& context,
          std::function<void(const Element&)> send);

  /// The stream is up and the account known.
  void OnConnected(absl::Time now);
  /// The connection is gone; posts under way are of unknown fate. `problem` is for people.
  void OnDisconnected(const std::string& problem);
  void OnStanza(const Element& stanza, absl::Time now);
  void Post(const Outbound& post, absl::Time now);
  /// To be called every second or so. False when the connection is dead and must be dropped.
  bool OnTick(absl::Time now);

 private:
  enum class Stage { kOut, kEntering, kSettingUp, kCatchingUp, kIn, kShut };
  struct RoomState {
    explicit RoomState(Room r) : room(std::move(r)) {}

    Room room;
    Stage stage = Stage::kOut;
    std::string problem;
    absl::Time next_try = absl::InfinitePast();
    /// Live messages that wait until what was said before them is read.
    std::vector<Inbound> backlog;
    /// Posts that wait until the bot is in.
    std::deque<Outbound> waiting;
    absl::Time last_ping = absl::InfinitePast();
    /// Something was said since the position was kept.
    bool heard = false;
  };
  /// A question to the server that is not answered yet.
  struct Question {
    std::function<void(const Element& answer, absl::Time now)> on_answer;
    absl::Time asked;
    /// No answer means that the connection is dead.
    bool vital = false;
  };
  /// A walk through an archive.
  struct Walk {
    /// Room; empty for the bot's own archive.
    std::string archive;
    absl::Time start;
    /// The post that is looked for; without one, what was said is read.
    std::optional<Outbound> wanted;
    bool found = false;
    std::vector<Inbound> heard;
  };
  struct UnderWay {
    Outbound post;
    absl::Time sent;
  };

  void Ask(Element question, bool vital, absl::Time now,
           std::function<void(const Element& answer, absl::Time now)> on_answer);
  void Enter(RoomState& state, absl::Time now);
  void SetUp(RoomState& state, absl::Time now);
  void LetMembersIn(const std::string& jid, absl::Time now);
  void CatchUp(RoomState& state, absl::Time now);
  void Remember(RoomState& state, absl::Time now);
  void Settle(RoomState& state, absl::Time now);
  void Shut(RoomState& state, Stage stage, const std::string& problem, absl::Time now);
  void OnPresence(const Element& presence, absl::Time now);
  void OnMessage(const Element& message, absl::Time now);
  void OnGroupMessage(RoomState& state, const Element& message, absl::Time now);
  void OnDirectMessage(const Element& message, absl::Time now);
  void OnErrorMessage(const Element& message);
  void OnIq(const Element& iq, absl::Time now);
  void OnArchiveResult(const Element& result);
  void StartWalk(Walk walk, absl::Time now);
  void AskPage(const std::string& walk_id, const std::string& after, absl::Time now);
  void EndWalk(const std::string& walk_id, bool readable, absl::Time now);
  void Send(const Outbound& post, absl::Time now);
  void Confirm(std::string key, PostState state, const std::string& problem = "");
  void HandUp(RoomState& state, const Inbound& inbound);
  RoomState* FindRoom(const std::string& jid);
  std::string NewId();

  const XmppConfig& config_;
  const AdapterContext& context_;
  std::function<void(const Element&)> send_;
  std::map<std::string, RoomState> rooms_;
  std::map<std::string, Question> questions_;
  std::map<std::string, Walk> walks_;
  std::map<std::string, UnderWay> under_way_;
  uint64_t next_id_ = 0;
  std::string id_prefix_;
  absl::Time last_ping_ = absl::InfinitePast();
};

}  // namespace tocsin::chat
