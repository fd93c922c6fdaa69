// What Mattermost's messages mean (API v4), without a connection. A post's key is its id, and the
// id of its thread when it is in one, so that an answer finds the thread after a restart too.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "clients/chat/adapter/adapter.h"
#include "clients/chat/net/http.h"

namespace tocsin::chat::mattermost {

/// The bot's own account.
struct Self {
  std::string id;
  std::string username;
};

/// A post as the server has it.
struct Post {
  std::string id;
  std::string channel;
  std::string user;
  std::string root;
  std::string text;
  int64_t create_ms = 0;
  /// "tocsin_key" of its properties: the key under which the bot made it.
  std::string key;
  /// Neither a system message nor deleted nor written by a hook in somebody's name.
  bool by_person = false;
};

/// nullopt when it has no usable ids.
std::optional<Post> ReadPost(const nlohmann::json& post);

/// Something that the WebSocket told.
struct Event {
  enum class Kind { kOther, kHello, kPosted, kPinned, kRemoved, kAdded, kBroken };
  Kind kind = Kind::kOther;
  /// Counts from 0 on each connection; a gap means that something was lost. -1 when there is none.
  int64_t sequence = -1;
  /// Of kPosted.
  Post post;
  bool direct = false;
  std::string sender;
  /// Of kPinned: the post; of kRemoved, kAdded: the channel.
  std::string subject;
  /// Of kPinned: who did it; of kRemoved: who removed the bot; may be empty.
  std::string actor;
};

/// kBroken when the text is no event.
Event ReadEvent(std::string_view text, const Self& self);

/// The message of a post; nullopt when it is the bot's own or no person's. `server` begins its
/// link.
std::optional<Inbound> ReadMessage(const Post& post, const Self& self, bool direct,
                                   const std::string& sender, const std::string& server);
/// A post that `actor` has pinned; `author` is who wrote it.
Inbound ReadPin(const Post& post, const std::string& actor, const std::string& author,
                const std::string& server);

/// What a post of the bot needs beside its blocks.
struct Making {
  std::string channel;
  Self self;
  /// Empty: no buttons.
  std::string button_url;
  std::string button_key;
  absl::Time now;
};
/// The body that makes a post.
nlohmann::json WritePost(const Outbound& post, const Making& making);

/// "" when the key names no thread.
std::string ThreadOf(std::string_view inbound_key);

/// A press of a button, as the server sends it.
struct Press {
  std::string post;
  Inbound inbound;
};
/// nullopt when the bot did not make the button for this channel, or it has expired.
std::optional<Press> ReadPress(std::string_view body, std::string_view button_key, absl::Time now);

/// What the answer to making a post means.
PostResult ReadAnswer(const HttpResponse& response, absl::Time now);

}  // namespace tocsin::chat::mattermost
