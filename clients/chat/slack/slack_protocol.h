// What Slack's payloads mean, without a connection. A message's key is its channel and ts,
// whichever event tells of it (Slack tells of one message by several), and its thread, so that an
// answer finds the thread after a restart too.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "clients/chat/adapter/adapter.h"
#include "clients/chat/net/http.h"

namespace tocsin::chat::slack {

/// The bot's own account.
struct Self {
  std::string user;
  std::string team;
  std::string bot;
};

/// A payload of Socket Mode, or the body of a signed request.
struct Event {
  enum class Kind {
    kNothing,
    kInbound,
    kPinned,  // `channel`, `ts`, `actor`: the message must be fetched
    kRemoved,
    kAdded,
    kTokenRevoked,
  };
  Kind kind = Kind::kNothing;
  Inbound inbound;
  std::string channel;
  std::string ts;
  std::string actor;
};

/// `payload` of an event ("event_callback"), a slash command or a button press ("block_actions").
Event ReadEvent(const nlohmann::json& payload, const Self& self, std::string_view button_key,
                absl::Time now);

/// The marked message, as conversations.history gives it.
Inbound ReadPin(const nlohmann::json& message, const Event& pin, const std::string& permalink);

/// Text as a person wrote it, of text as Slack encodes it: references and entities resolved.
std::string Decode(std::string_view text);
/// Text that nothing in it is more than text: & < > escaped.
std::string Escape(std::string_view text);

/// "1700000000.000100"; InfinitePast for anything else.
absl::Time TimeOf(std::string_view ts);
/// The thread that an inbound key names; empty for none.
std::string ThreadOf(std::string_view inbound_key);

/// The body of chat.postMessage.
nlohmann::json WritePost(const Outbound& post, const std::string& channel,
                         std::string_view button_key, absl::Time now);

/// Whether a message of the history is the bot's post with this key.
bool IsPost(const nlohmann::json& message, const std::string& key, const Self& self);

/// What an answer of the Web API means for a post.
PostResult ReadAnswer(const HttpResponse& response, absl::Time now);
/// Whether it says that the token is no good.
bool TokenRefused(const HttpResponse& response);

}  // namespace tocsin::chat::slack
