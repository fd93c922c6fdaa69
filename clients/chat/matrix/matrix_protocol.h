// What a homeserver's answers mean (client-server API v3), without a connection. A message's key is
// its event id, and the id of its thread when it is in one.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "clients/chat/adapter/adapter.h"
#include "clients/chat/net/http.h"

namespace tocsin::chat::matrix {

/// Something that happened in a room.
struct Event {
  enum class Kind {
    kNothing,
    kMessage,
    kPinned,     // of `subject`, which must be fetched
    kEncrypted,  // the room is, or a message in it was
    kLeft,       // the bot is out; `subject` says by whom, or is empty
  };
  Kind kind = Kind::kNothing;
  std::string room;
  std::string id;
  std::string sender;
  std::string subject;
  Inbound inbound;
};

/// `self` is the bot's account. The text's mention of the bot at its beginning is taken off.
Event ReadEvent(const nlohmann::json& event, const std::string& room, const std::string& self);

/// One answer of /sync.
struct Sync {
  std::string next;
  struct Gap {
    std::string room;
    /// Where the part that was left out ends.
    std::string before;
  };
  /// Rooms whose timeline was cut: what was said before it must be read by itself.
  std::vector<Gap> gaps;
  /// In the order of each room.
  std::vector<Event> events;
  struct Invitation {
    std::string room;
    std::string inviter;
    bool encrypted = false;
  };
  std::vector<Invitation> invitations;
};
/// nullopt when it is none.
std::optional<Sync> ReadSync(std::string_view body, const std::string& self);

Inbound ReadPin(const nlohmann::json& event, const Event& pin);

/// The thread that an inbound key names; empty for none.
std::string ThreadOf(std::string_view inbound_key);
/// Of matrix.to.
std::string LinkTo(const std::string& room, const std::string& event);

/// The content of the m.room.message for a post.
nlohmann::json WritePost(const Outbound& post);
/// Whether an event is the bot's post with this key.
bool IsPost(const nlohmann::json& event, const std::string& key, const std::string& self);
/// The content that says loudly that the bot cannot read an encrypted room.
nlohmann::json EncryptedNotice();

/// What the answer to a post means.
PostResult ReadAnswer(const HttpResponse& response, absl::Time now);

}  // namespace tocsin::chat::matrix
