#include "clients/chat/slack/slack_protocol.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "clients/chat/conversation/render.h"
#include "clients/chat/net/button_seal.h"
#include "clients/chat/net/json.h"
#include "clients/chat/slack/slack_config.h"
#include "server/base/digest.h"
#include "server/base/view.h"

namespace tocsin::chat::slack {
namespace {

using nlohmann::json;

// Slack refuses blocks of about 13,200 characters in all, and more than 50 of them.
constexpr size_t kTextBytesMax = 12'000;
constexpr size_t kFallbackBytesMax = 3'000;
constexpr size_t kButtonsMax = 5;
constexpr size_t kLabelBytesMax = 70;
constexpr size_t kValueBytesMax = 2'000;
constexpr absl::Duration kTokenPause = absl::Minutes(1);
constexpr char kMetadata[] = "tocsin_post";

bool IsTs(std::string_view ts) {
  return TimeOf(ts) != absl::InfinitePast();
}

void SetText(Inbound& inbound, std::string text) {
  inbound.cut = text.size() > kInboundBytesMax;
  if (inbound.cut) text.resize(kInboundBytesMax);
  inbound.text = std::move(text);
}

// Written by a person under their own name: subtypes are edits, joins, and posts of other apps.
bool ByPerson(const json& message) {
  const std::string subtype = TextAt(message, "subtype");
  return (subtype.empty() || subtype == "file_share" || subtype == "thread_broadcast") &&
         !message.contains("bot_id") && IsSlackId(TextAt(message, "user"));
}

Event ReadMessage(const json& event, const Self& self) {
  Event result;
  const std::string channel = TextAt(event, "channel");
  const std::string ts = TextAt(event, "ts");
  const std::string user = TextAt(event, "user");
  if (!ByPerson(event) || !IsSlackId(channel) || !IsTs(ts) || user == self.user) return result;
  // Of Slack Connect: an account of another organisation.
  const std::string team = TextAt(event, "user_team");
  if (!team.empty() && team != self.team) return result;
  Inbound& inbound = result.inbound;
  std::string thread = TextAt(event, "thread_ts");
  if (!IsTs(thread)) thread.clear();
  inbound.key = absl::StrCat(channel, ":", ts);
  if (!thread.empty()) absl::StrAppend(&inbound.key, ":", thread);
  inbound.direct = TextAt(event, "channel_type") == "im";
  inbound.room = inbound.direct ? user : channel;
  inbound.account = user;
  inbound.display_name = user;
  const std::string mention = absl::StrCat("<@", self.user, ">");
  std::string text = TextAt(event, "text");
  absl::string_view rest = absl::StripLeadingAsciiWhitespace(text);
  if (absl::StartsWith(rest, mention)) {
    rest.remove_prefix(mention.size());
    if (!rest.empty() && (rest[0] == ':' || rest[0] == ',')) rest.remove_prefix(1);
    inbound.addressed = true;
    text = std::string(absl::StripLeadingAsciiWhitespace(rest));
  }
  SetText(inbound, Decode(text));
  inbound.sent_time = TimeOf(ts);
  result.kind = Event::Kind::kInbound;
  return result;
}

Event ReadCallback(const json& payload, const Self& self) {
  Event result;
  if (!self.team.empty() && TextAt(payload, "team_id") != self.team) return result;
  const json& event = PartAt(payload, "event");
  const std::string type = TextAt(event, "type");
  if (type == "message" || type == "app_mention") return ReadMessage(event, self);
  if (type == "reaction_added") {
    const json& item = PartAt(event, "item");
    result.channel = TextAt(item, "channel");
    result.ts = TextAt(item, "ts");
    result.actor = TextAt(event, "user");
    if (TextAt(event, "reaction") == "pushpin" && TextAt(item, "type") == "message" &&
        IsSlackId(result.channel) && IsTs(result.ts) && IsSlackId(result.actor) &&
        result.actor != self.user) {
      result.kind = Event::Kind::kPinned;
    }
  } else if (type == "channel_left" || type == "group_left") {
    result.kind = Event::Kind::kRemoved;
    result.channel = TextAt(event, "channel");
    result.actor = TextAt(event, "actor_id");
  } else if (type == "member_joined_channel" && TextAt(event, "user") == self.user) {
    result.kind = Event::Kind::kAdded;
    result.channel = TextAt(event, "channel");
  } else if (type == "tokens_revoked" || type == "app_uninstalled") {
    result.kind = Event::Kind::kTokenRevoked;
  }
  return result;
}

Event ReadCommand(const json& payload, const Self& self, absl::Time now) {
  Event result;
  Inbound& inbound = result.inbound;
  const std::string trigger = TextAt(payload, "trigger_id");
  inbound.account = TextAt(payload, "user_id");
  const std::string channel = TextAt(payload, "channel_id");
  constexpr size_t kTriggerBytesMax = 200;
  if ((!self.team.empty() && TextAt(payload, "team_id") != self.team) || trigger.empty() ||
      trigger.size() > kTriggerBytesMax || !IsSlackId(inbound.account) || !IsSlackId(channel)) {
    return result;
  }
  inbound.key = absl::StrCat("slash:", trigger);
  inbound.direct = TextAt(payload, "channel_name") == "directmessage" && channel[0] == 'D';
  inbound.room = inbound.direct ? inbound.account : channel;
  inbound.display_name = TextAt(payload, "user_name");
  inbound.addressed = true;
  SetText(inbound, Decode(TextAt(payload, "text")));
  inbound.sent_time = now;  // Slack tells none
  result.kind = Event::Kind::kInbound;
  return result;
}

Event ReadPress(const json& payload, const Self& self, std::string_view button_key,
                absl::Time now) {
  Event result;
  Inbound& inbound = result.inbound;
  const json& user = PartAt(payload, "user");
  inbound.account = TextAt(user, "id");
  inbound.display_name = TextAt(user, "username");
  const std::string channel = TextAt(PartAt(payload, "channel"), "id");
  const std::string ts = TextAt(PartAt(payload, "message"), "ts");
  const json& actions = PartAt(payload, "actions");
  if (!actions.is_array() || actions.size() != 1 || !IsSlackId(inbound.account) ||
      !IsSlackId(channel) || !IsTs(ts) ||
      (!self.team.empty() && TextAt(PartAt(payload, "team"), "id") != self.team)) {
    return result;
  }
  const auto command = OpenButton(button_key, channel, TextAt(actions[0], "value"), now);
  if (!command) return result;
  inbound.kind = InboundKind::kButton;
  // One press of one button by one person counts once, however often it is sent.
  inbound.key = absl::StrCat("press:", channel, ":", ts, ":", inbound.account, ":",
                             Sha256(*command).Hex().substr(0, 16));
  inbound.room = channel;
  inbound.addressed = true;
  inbound.text = *command;
  inbound.sent_time = now;
  result.kind = Event::Kind::kInbound;
  return result;
}

json RichText(const std::string& text, bool bold) {
  json element = {{"type", "text"}, {"text", text}};
  if (bold) element["style"] = {{"bold", true}};
  return element;
}

json Section(json elements) {
  return {{"type", "rich_text_section"}, {"elements", std::move(elements)}};
}

// Rich text is given as elements, in which no text is read for markup, links or pings. `left` is
// how much may still be said. The text of each block is that of the plain renderer, which shows
// what hides.
void AddBlock(const Block& block, size_t& left, json& elements) {
  const auto safe = [&](const Block& part) {
    std::string text = CutTo(RenderPlain({part}), left);
    left -= std::min(left, text.size());
    return text;
  };
  if (left == 0) return;
  switch (block.kind) {
    case BlockKind::kHeading:
      elements.push_back(Section(json::array({RichText(safe(block) + "\n", /*bold=*/true)})));
      break;
    case BlockKind::kText:
      if (std::string text = safe(block); !text.empty()) {
        elements.push_back(Section(json::array({RichText(text + "\n", /*bold=*/false)})));
      }
      break;
    case BlockKind::kCode:
      if (const std::string text = safe(block); !text.empty()) {
        elements.push_back({{"type", "rich_text_preformatted"},
                            {"elements", json::array({RichText(text, /*bold=*/false)})}});
      }
      break;
    case BlockKind::kFields:
    case BlockKind::kList: {
      json items = json::array();
      for (const Field& field : block.fields) {
        items.push_back(Section(json::array({RichText(safe(Fields({field})), /*bold=*/false)})));
      }
      for (const std::string& item : block.items) {
        const std::string text = safe(Heading(item));
        if (!text.empty()) {
          items.push_back(Section(json::array({RichText(text, /*bold=*/false)})));
        }
      }
      if (!items.empty()) {
        elements.push_back(
            {{"type", "rich_text_list"}, {"style", "bullet"}, {"elements", std::move(items)}});
      }
      break;
    }
    case BlockKind::kButtons:
      break;
  }
}

json ButtonRow(const Outbound& post, const std::string& channel, std::string_view button_key,
               absl::Time now) {
  json row = json::array();
  for (const Block& block : post.blocks) {
    for (const Button& button : block.buttons) {
      const std::string value = SealButton(button_key, channel, button.command, now + kButtonLife);
      const std::string label = CutTo(RenderPlain({Heading(button.label)}), kLabelBytesMax);
      if (row.size() == kButtonsMax || value.size() > kValueBytesMax || label.empty()) continue;
      row.push_back({{"type", "button"},
                     {"action_id", absl::StrCat("tocsin_", row.size())},
                     {"text", {{"type", "plain_text"}, {"text", label}, {"emoji", false}}},
                     {"value", value}});
    }
  }
  return row;
}

}  // namespace

Event ReadEvent(const json& payload, const Self& self, std::string_view button_key,
                absl::Time now) {
  const std::string type = TextAt(payload, "type");
  if (type == "event_callback") return ReadCallback(payload, self);
  if (type == "block_actions") return ReadPress(payload, self, button_key, now);
  if (type.empty() && !TextAt(payload, "command").empty()) return ReadCommand(payload, self, now);
  return {};
}

Inbound ReadPin(const json& message, const Event& pin, const std::string& permalink) {
  Inbound inbound;
  inbound.kind = InboundKind::kPin;
  inbound.key = absl::StrCat("pin:", pin.channel, ":", pin.ts, ":", pin.actor);
  inbound.room = pin.channel;
  inbound.account = pin.actor;
  inbound.display_name = pin.actor;
  inbound.author = TextAt(message, "user");
  SetText(inbound, Decode(TextAt(message, "text")));
  inbound.permalink = permalink;
  inbound.sent_time = TimeOf(pin.ts);
  return inbound;
}

std::string Decode(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const size_t open = text.find('<');
    const size_t close = open == std::string_view::npos ? open : text.find('>', open);
    if (close == std::string_view::npos) break;
    absl::StrAppend(&out, ToAbsl(text.substr(0, open)));
    std::string_view inner = text.substr(open + 1, close - open - 1);
    text.remove_prefix(close + 1);
    const size_t bar = inner.find('|');
    const std::string_view label =
        bar == std::string_view::npos ? std::string_view() : inner.substr(bar + 1);
    if (bar != std::string_view::npos) inner = inner.substr(0, bar);
    const char first = inner.empty() ? '\0' : inner[0];
    if (first == '@' || first == '#') {
      // A reference by id: its label is for people.
      absl::StrAppend(&out, ToAbsl(inner.substr(0, 1)),
                      ToAbsl(label.empty() ? inner.substr(1) : label));
    } else if (first == '!') {
      absl::StrAppend(&out, "@", ToAbsl(label.empty() ? inner.substr(1) : label));
    } else {
      absl::StrAppend(&out, ToAbsl(inner));
    }
  }
  absl::StrAppend(&out, ToAbsl(text));
  // In one go, so that "&amp;lt;" stays "&lt;".
  return absl::StrReplaceAll(out, {{"&amp;", "&"}, {"&lt;", "<"}, {"&gt;", ">"}});
}

std::string Escape(std::string_view text) {
  return absl::StrReplaceAll(ToAbsl(text), {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}});
}

absl::Time TimeOf(std::string_view ts) {
  constexpr size_t kFraction = 6;
  const size_t dot = ts.find('.');
  const auto digits = [](std::string_view part) {
    return !part.empty() && std::all_of(part.begin(), part.end(), [](char c) {
      return absl::ascii_isdigit(static_cast<unsigned char>(c));
    });
  };
  int64_t seconds = 0;
  int64_t micros = 0;
  constexpr size_t kSecondsDigitsMax = 12;
  if (dot == std::string_view::npos || dot > kSecondsDigitsMax ||
      ts.size() - dot - 1 != kFraction || !digits(ts.substr(0, dot)) ||
      !digits(ts.substr(dot + 1)) || !absl::SimpleAtoi(ToAbsl(ts.substr(0, dot)), &seconds) ||
      !absl::SimpleAtoi(ToAbsl(ts.substr(dot + 1)), &micros)) {
    return absl::InfinitePast();
  }
  return absl::FromUnixSeconds(seconds) + absl::Microseconds(micros);
}

std::string ThreadOf(std::string_view inbound_key) {
  constexpr size_t kParts = 3;
  const std::vector<std::string> parts = absl::StrSplit(ToAbsl(inbound_key), ':');
  return parts.size() == kParts && IsSlackId(parts[0]) && IsTs(parts[2]) ? parts[2] : "";
}

json WritePost(const Outbound& post, const std::string& channel, std::string_view button_key,
               absl::Time now) {
  size_t left = kTextBytesMax;
  json elements = json::array();
  for (const Block& block : post.blocks) AddBlock(block, left, elements);
  json blocks = json::array();
  if (!elements.empty()) {
    blocks.push_back({{"type", "rich_text"}, {"elements", std::move(elements)}});
  }
  json row = ButtonRow(post, channel, button_key, now);
  if (!row.empty()) blocks.push_back({{"type", "actions"}, {"elements", std::move(row)}});
  json body = {{"channel", channel},
               // For notifications; the blocks are what is seen.
               {"text", Escape(CutTo(RenderPlain(post.blocks), kFallbackBytesMax))},
               {"blocks", std::move(blocks)},
               {"mrkdwn", false},
               {"parse", "none"},
               {"link_names", false},
               {"unfurl_links", false},
               {"unfurl_media", false},
               {"client_msg_id", post.key},
               {"metadata", {{"event_type", kMetadata}, {"event_payload", {{"key", post.key}}}}}};
  if (const std::string thread = ThreadOf(post.answers); !thread.empty()) {
    body["thread_ts"] = thread;
  }
  return body;
}

bool IsPost(const json& message, const std::string& key, const Self& self) {
  const json& metadata = PartAt(message, "metadata");
  const bool ours = TextAt(message, "user") == self.user ||
                    (!self.bot.empty() && TextAt(message, "bot_id") == self.bot);
  return ours && TextAt(metadata, "event_type") == kMetadata &&
         TextAt(PartAt(metadata, "event_payload"), "key") == key;
}

bool TokenRefused(const HttpResponse& response) {
  const std::optional<json> body = ReadJson(response.body);
  const std::string error = body ? TextAt(*body, "error") : "";
  constexpr std::array<std::string_view, 6> kRefused = {"invalid_auth",     "not_authed",
                                                        "token_revoked",    "token_expired",
                                                        "account_inactive", "no_permission"};
  return response.status == kHttpUnauthorised ||
         std::find(kRefused.begin(), kRefused.end(), error) != kRefused.end();
}

PostResult ReadAnswer(const HttpResponse& response, absl::Time now) {
  PostResult result;
  const std::optional<json> body = ReadJson(response.body);
  const std::string error = body ? TextAt(*body, "error") : "";
  if (response.status == kHttpOk && body && TrueAt(*body, "ok")) {
    result.native_id = TextAt(*body, "ts");
    result.state = PostState::kPosted;
    return result;
  }
  result.problem = error.empty() ? absl::StrCat("Slack answers ", response.status)
                                 : absl::StrCat("Slack answers ", CutTo(error, 60));
  constexpr std::array<std::string_view, 4> kUnclear = {"internal_error", "fatal_error",
                                                        "service_unavailable", "request_timeout"};
  if (response.status == kHttpTooManyRequests || error == "ratelimited" ||
      error == "rate_limited") {
    result.state = PostState::kRetry;
    result.retry_after = RetryAfter(response, now, absl::Seconds(1));
  } else if (TokenRefused(response)) {
    result.state = PostState::kRetry;
    result.retry_after = kTokenPause;
  } else if (response.status >= kHttpServerError || error.empty() ||
             std::find(kUnclear.begin(), kUnclear.end(), error) != kUnclear.end()) {
    result.state = PostState::kUnknown;
  } else {
    result.state = PostState::kFailed;
  }
  return result;
}

}  // namespace tocsin::chat::slack
