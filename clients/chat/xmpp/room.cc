#include "clients/chat/xmpp/room.h"

#include <algorithm>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "server/base/digest.h"
#include "server/base/view.h"

namespace tocsin::chat {
namespace {

// So many messages back somebody may pin one.
constexpr size_t kHeardMax = 300;
constexpr size_t kHeardBytesMax = 8 * 1024;

std::set<std::string> StatusCodes(const Element& element) {
  std::set<std::string> codes;
  const Element* user = element.Child("x", xmlns::kMucUser);
  if (user == nullptr) return codes;
  for (const Element& child : user->children) {
    if (child.name == "status") codes.insert(child.Attribute("code"));
  }
  return codes;
}

std::string WhyLeft(const Element& presence, const std::set<std::string>& codes) {
  if (const Element* error = presence.Child("error"); error != nullptr) {
    const std::string condition = error->children.empty() ? "error" : error->children[0].name;
    return absl::StrCat("the room did not let the bot in (", condition, ")");
  }
  if (codes.contains("301")) return "the bot was banned from the room";
  if (codes.contains("307")) return "the bot was removed from the room";
  if (codes.contains("321") || codes.contains("322")) {
    return "the bot is no longer a member of the room";
  }
  return "the bot is no longer in the room";
}

// The name that the room itself gave the message. Anybody can write such an element with another
// `by`.
std::string StanzaId(const Element& message, const std::string& by) {
  for (const Element& child : message.children) {
    if (child.name == "stanza-id" && child.xmlns == xmlns::kStanzaId &&
        BareJid(child.Attribute("by")) == by) {
      return child.Attribute("id");
    }
  }
  return "";
}

// "tocsin: status" and "@tocsin status" as "status".
bool TakeMention(std::string_view nick, std::string& text) {
  std::string_view rest = text;
  if (rest.starts_with('@')) rest.remove_prefix(1);
  if (!absl::StartsWithIgnoreCase(ToAbsl(rest), ToAbsl(nick))) return false;
  rest.remove_prefix(nick.size());
  if (rest.empty() || (rest[0] != ':' && rest[0] != ',' && rest[0] != ' ')) return false;
  rest.remove_prefix(1);
  text = std::string(absl::StripLeadingAsciiWhitespace(ToAbsl(rest)));
  return true;
}

constexpr char kHidden[] =
    "accounts are hidden in this room, so nobody can be known; set it to show everybody's account "
    "to anyone";

}  // namespace

std::string RealJid(const Element& element) {
  const Element* only = nullptr;
  for (const Element& user : element.children) {
    if (user.name != "x" || user.xmlns != xmlns::kMucUser) continue;
    for (const Element& item : user.children) {
      if (item.name != "item") continue;
      if (only != nullptr) return "";
      only = &item;
    }
  }
  return only == nullptr ? "" : BareJid(only->Attribute("jid"));
}

RoomNews Room::OnPresence(const Element& presence, std::string& problem) {
  const std::string nick = ResourceOfJid(presence.Attribute("from"));
  const std::string type = presence.Attribute("type");
  const std::set<std::string> codes = StatusCodes(presence);
  const bool self = codes.contains("110") || nick == nick_;
  if (type == "error") {
    problem = WhyLeft(presence, codes);
    return RoomNews::kLeft;
  }
  if (type == "unavailable") {
    occupants_.erase(nick);
    if (!self) return RoomNews::kNothing;
    problem = WhyLeft(presence, codes);
    return RoomNews::kLeft;
  }
  if (!type.empty()) return RoomNews::kNothing;
  if (const std::string account = RealJid(presence); account.empty()) {
    occupants_.erase(nick);
  } else {
    occupants_[nick] = account;
  }
  if (!codes.contains("110")) return RoomNews::kNothing;
  nick_ = nick;  // the room may have changed it
  if (codes.contains("201")) return RoomNews::kCreated;
  if (codes.contains("100")) return RoomNews::kEntered;
  problem = kHidden;
  return RoomNews::kAnonymous;
}

RoomNews Room::OnNotice(const Element& message, std::string& problem) {
  const std::set<std::string> codes = StatusCodes(message);
  // Only the room itself says so, not somebody in it.
  if (!ResourceOfJid(message.Attribute("from")).empty()) return RoomNews::kNothing;
  if (!codes.contains("173") && !codes.contains("174")) return RoomNews::kNothing;
  occupants_.clear();
  problem = kHidden;
  return RoomNews::kAnonymous;
}

std::string Room::AccountOf(const std::string& nick) const {
  const auto occupant = occupants_.find(nick);
  return occupant == occupants_.end() ? "" : occupant->second;
}

std::optional<Inbound> Room::OnMessage(const Element& message, absl::Time now) {
  const std::string nick = ResourceOfJid(message.Attribute("from"));
  if (nick.empty() || nick == nick_ || message.Child("delay", xmlns::kDelay) != nullptr) {
    return std::nullopt;
  }
  return Read(message, StanzaId(message, jid_), AccountOf(nick), now);
}

std::optional<Inbound> Room::OnArchived(const Element& message, const std::string& archive_id,
                                        absl::Time time) {
  const std::string nick = ResourceOfJid(message.Attribute("from"));
  if (nick.empty() || message.Attribute("type") != "groupchat") return std::nullopt;
  // The archive names the account as the room saw it then.
  return Read(message, archive_id, RealJid(message), time);
}

std::optional<Inbound> Room::Read(const Element& message, const std::string& key,
                                  const std::string& account, absl::Time time) {
  constexpr size_t kKeyBytesMax = 200;
  if (key.empty() || key.size() > kKeyBytesMax) return std::nullopt;
  if (message.Child("reactions", xmlns::kReactions) != nullptr) return ReadPin(message, account);
  const std::string body = message.ChildText("body");
  if (body.empty() || message.Child("replace", xmlns::kCorrect) != nullptr) return std::nullopt;
  const std::string nick = ResourceOfJid(message.Attribute("from"));
  Inbound inbound;
  inbound.key = key;
  inbound.room = jid_;
  inbound.account = account;
  inbound.display_name = nick;
  inbound.text = body.substr(0, kInboundBytesMax);
  inbound.cut = body.size() > kInboundBytesMax;
  inbound.addressed = TakeMention(nick_, inbound.text);
  inbound.permalink = absl::StrCat("xmpp:", jid_, "?id=", key);
  inbound.sent_time = time;
  heard_.push_back({key, account.empty() ? nick : account, body.substr(0, kHeardBytesMax), time});
  if (heard_.size() > kHeardMax) heard_.pop_front();
  return inbound;
}

std::optional<Inbound> Room::ReadPin(const Element& message, const std::string& account) {
  constexpr const char* kPins[] = {"📌", "📍"};
  const Element* reactions = message.Child("reactions", xmlns::kReactions);
  const bool pinned = std::any_of(
      reactions->children.begin(), reactions->children.end(),
      [&](const Element& each) { return each.text == kPins[0] || each.text == kPins[1]; });
  if (!pinned) return std::nullopt;
  const std::string target = reactions->Attribute("id");
  const auto heard = std::find_if(heard_.begin(), heard_.end(),
                                  [&](const Heard& each) { return each.key == target; });
  if (heard == heard_.end()) return std::nullopt;
  Inbound inbound;
  inbound.kind = InboundKind::kPin;
  // One entry a message, however many pin it.
  inbound.key = "pin/" + target;
  inbound.room = jid_;
  inbound.account = account;
  inbound.display_name = ResourceOfJid(message.Attribute("from"));
  inbound.author = heard->author;
  inbound.text = heard->text;
  inbound.permalink = absl::StrCat("xmpp:", jid_, "?id=", target);
  inbound.sent_time = heard->time;
  return inbound;
}

void Room::Reset() {
  occupants_.clear();
}

}  // namespace tocsin::chat
