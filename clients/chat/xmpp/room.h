// One room of a multi-user chat (XEP-0045) as the bot sees it: who is who, whether everybody can be
// known, and the last messages, so that one can be pinned. A nickname proves nothing; what counts
// is the account that the room itself names for it.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "clients/chat/adapter/adapter.h"
#include "clients/chat/xmpp/element.h"

namespace tocsin::chat {

/// The account that the room names in its item of `element`, without resource. Empty when there is
/// none, and when there are several: a sender can put one of their own into a message, and an
/// archive keeps it beside the room's.
std::string RealJid(const Element& element);

namespace xmlns {
inline constexpr char kMuc[] = "http://jabber.org/protocol/muc";
inline constexpr char kMucUser[] = "http://jabber.org/protocol/muc#user";
inline constexpr char kMucAdmin[] = "http://jabber.org/protocol/muc#admin";
inline constexpr char kMucOwner[] = "http://jabber.org/protocol/muc#owner";
inline constexpr char kData[] = "jabber:x:data";
inline constexpr char kDelay[] = "urn:xmpp:delay";
inline constexpr char kStanzaId[] = "urn:xmpp:sid:0";
inline constexpr char kArchive[] = "urn:xmpp:mam:2";
inline constexpr char kForward[] = "urn:xmpp:forward:0";
inline constexpr char kResults[] = "http://jabber.org/protocol/rsm";
inline constexpr char kReactions[] = "urn:xmpp:reactions:0";
inline constexpr char kCorrect[] = "urn:xmpp:message-correct:0";
inline constexpr char kPing[] = "urn:xmpp:ping";
}  // namespace xmlns

/// What a presence in a room told.
enum class RoomNews {
  kNothing,
  /// The bot is in, and everybody's account is known to all.
  kEntered,
  /// It is in a new room of its own, which waits to be set up.
  kCreated,
  /// Accounts are hidden.
  kAnonymous,
  /// The bot is out; `problem` says why.
  kLeft,
};

class Room {
 public:
  /// `nick` is the bot's in it.
  Room(std::string jid, std::string nick) : jid_(std::move(jid)), nick_(std::move(nick)) {}

  const std::string& jid() const { return jid_; }
  const std::string& nick() const { return nick_; }

  /// Takes a presence of this room in. `problem` is set with kLeft and kAnonymous.
  RoomNews OnPresence(const Element& presence, std::string& problem);
  /// Takes a message without text in, which may say that accounts are hidden from now on.
  RoomNews OnNotice(const Element& message, std::string& problem);

  /// What a message of the room means for the bot; nullopt for what is none of its business: its
  /// own, a repeated or edited one, one without a key or text. `now` is when it arrived, or was
  /// archived for `archived`, a message from the room's archive with the id `archive_id` there.
  std::optional<Inbound> OnMessage(const Element& message, absl::Time now);
  std::optional<Inbound> OnArchived(const Element& message, const std::string& archive_id,
                                    absl::Time time);

  /// Forgets who is there: the connection is gone.
  void Reset();

 private:
  std::string AccountOf(const std::string& nick) const;
  std::optional<Inbound> Read(const Element& message, const std::string& key,
                              const std::string& account, absl::Time time);
  std::optional<Inbound> ReadPin(const Element& message, const std::string& account);

  struct Heard {
    std::string key;
    std::string author;
    std::string text;
    absl::Time time;
  };

  std::string jid_;
  std::string nick_;
  /// Nickname to bare JID, of those who are there.
  std::map<std::string, std::string> occupants_;
  std::deque<Heard> heard_;
};

}  // namespace tocsin::chat
