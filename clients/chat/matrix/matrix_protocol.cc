#include "clients/chat/matrix/matrix_protocol.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "clients/chat/conversation/render.h"
#include "clients/chat/matrix/matrix_config.h"
#include "clients/chat/net/json.h"
#include "server/base/digest.h"
#include "server/base/view.h"

namespace tocsin::chat::matrix {
namespace {

using nlohmann::json;

// An event has at most 65,536 bytes; JSON may write a byte as six.
constexpr size_t kPlainBytesMax = 8'000;
constexpr size_t kHtmlBytesMax = 24'000;
constexpr size_t kKeyBytesMax = 256;
constexpr absl::Duration kTokenPause = absl::Minutes(1);
constexpr char kKeyField[] = "org.tocsin.key";
constexpr char kSeparator = '|';

std::string LocalPart(const std::string& account) {
  return account.substr(1, account.find(':') - 1);
}

void SetText(Inbound& inbound, std::string text) {
  inbound.cut = text.size() > kInboundBytesMax;
  if (inbound.cut) text.resize(kInboundBytesMax);
  inbound.text = std::move(text);
}

// "@tocsin:chat.example: status", "tocsin: status", "@tocsin status".
std::string WithoutMention(const std::string& text, const std::string& self, bool& mentioned) {
  const absl::string_view trimmed = absl::StripLeadingAsciiWhitespace(text);
  const std::string local = LocalPart(self);
  const std::vector<std::pair<std::string, bool>> names = {
      {self, false}, {absl::StrCat("@", local), false}, {local, true}};
  for (const auto& [name, needs_mark] : names) {
    if (!absl::StartsWithIgnoreCase(trimmed, name)) continue;
    absl::string_view rest = trimmed.substr(name.size());
    const bool mark = !rest.empty() && (rest[0] == ':' || rest[0] == ',');
    const bool ends =
        rest.empty() || mark || absl::ascii_isspace(static_cast<unsigned char>(rest[0]));
    if (!ends || (needs_mark && !mark)) continue;
    if (mark) rest.remove_prefix(1);
    // "@tocsin:other.example" is somebody else.
    if (mark && !rest.empty() && !absl::ascii_isspace(static_cast<unsigned char>(rest[0]))) {
      continue;
    }
    mentioned = true;
    return std::string(absl::StripLeadingAsciiWhitespace(rest));
  }
  return text;
}

Event ReadMessage(const json& event, Event result, const std::string& self) {
  const json& content = PartAt(event, "content");
  const json& relation = PartAt(content, "m.relates_to");
  // Notices are of bots; an edit is not read again.
  if (TextAt(content, "msgtype") != "m.text" || TextAt(relation, "rel_type") == "m.replace") {
    return result;
  }
  Inbound& inbound = result.inbound;
  inbound.key = result.id;
  if (TextAt(relation, "rel_type") == "m.thread") {
    const std::string root = TextAt(relation, "event_id");
    if (IsMatrixEvent(root) && result.id.size() + root.size() < kKeyBytesMax) {
      absl::StrAppend(&inbound.key, std::string(1, kSeparator), root);
    }
  }
  inbound.room = result.room;
  inbound.account = result.sender;
  inbound.display_name = result.sender;
  SetText(inbound, WithoutMention(TextAt(content, "body"), self, inbound.addressed));
  inbound.permalink = LinkTo(result.room, result.id);
  inbound.sent_time = absl::FromUnixMillis(NumberAt(event, "origin_server_ts"));
  result.kind = Event::Kind::kMessage;
  return result;
}

}  // namespace

Event ReadEvent(const json& event, const std::string& room, const std::string& self) {
  Event result;
  result.room = room;
  result.id = TextAt(event, "event_id");
  result.sender = TextAt(event, "sender");
  const std::string type = TextAt(event, "type");
  const json& content = PartAt(event, "content");
  if (type == "m.room.encryption" || type == "m.room.encrypted") {
    result.kind = Event::Kind::kEncrypted;
    return result;
  }
  if (!IsMatrixEvent(result.id) || !IsMatrixId(result.sender, '@')) return result;
  if (type == "m.room.member" && TextAt(event, "state_key") == self) {
    const std::string membership = TextAt(content, "membership");
    if (membership == "leave" || membership == "ban") {
      result.kind = Event::Kind::kLeft;
      if (result.sender != self) result.subject = result.sender;
    }
    return result;
  }
  if (result.sender == self) return result;
  if (type == "m.room.message") return ReadMessage(event, std::move(result), self);
  if (type == "m.reaction") {
    const json& relation = PartAt(content, "m.relates_to");
    // With or without the mark that asks for a coloured picture.
    if (absl::StartsWith(TextAt(relation, "key"), "\U0001F4CC") &&
        TextAt(relation, "rel_type") == "m.annotation") {
      result.subject = TextAt(relation, "event_id");
      if (IsMatrixEvent(result.subject)) result.kind = Event::Kind::kPinned;
    }
  }
  return result;
}

std::optional<Sync> ReadSync(std::string_view body, const std::string& self) {
  const std::optional<json> object = ReadJson(body);
  if (!object) return std::nullopt;
  Sync sync;
  sync.next = TextAt(*object, "next_batch");
  if (sync.next.empty()) return std::nullopt;
  const json& rooms = PartAt(*object, "rooms");
  const auto add = [&](const json& list, const std::string& room) {
    for (const json& each : list) {
      Event event = ReadEvent(each, room, self);
      if (event.kind != Event::Kind::kNothing) sync.events.push_back(std::move(event));
    }
  };
  const json& joined = PartAt(rooms, "join");
  for (auto room = joined.begin(); joined.is_object() && room != joined.end(); ++room) {
    if (!IsMatrixId(room.key(), '!')) continue;
    const json& timeline = PartAt(room.value(), "timeline");
    if (TrueAt(timeline, "limited")) {
      sync.gaps.push_back({room.key(), TextAt(timeline, "prev_batch")});
    }
    // Of the state only whether the room is encrypted matters here.
    for (const json& each : PartAt(PartAt(room.value(), "state"), "events")) {
      if (TextAt(each, "type") == "m.room.encryption") add(json::array({each}), room.key());
    }
    add(PartAt(timeline, "events"), room.key());
  }
  const json& left = PartAt(rooms, "leave");
  for (auto room = left.begin(); left.is_object() && room != left.end(); ++room) {
    if (!IsMatrixId(room.key(), '!')) continue;
    Event event;
    event.kind = Event::Kind::kLeft;
    event.room = room.key();
    for (const json& each : PartAt(PartAt(room.value(), "timeline"), "events")) {
      const Event told = ReadEvent(each, room.key(), self);
      if (told.kind == Event::Kind::kLeft) event.subject = told.subject;
    }
    sync.events.push_back(std::move(event));
  }
  const json& invited = PartAt(rooms, "invite");
  for (auto room = invited.begin(); invited.is_object() && room != invited.end(); ++room) {
    Sync::Invitation invitation;
    invitation.room = room.key();
    for (const json& each : PartAt(PartAt(room.value(), "invite_state"), "events")) {
      if (TextAt(each, "type") == "m.room.encryption") invitation.encrypted = true;
      if (TextAt(each, "type") == "m.room.member" && TextAt(each, "state_key") == self) {
        invitation.inviter = TextAt(each, "sender");
      }
    }
    if (IsMatrixId(invitation.room, '!')) sync.invitations.push_back(std::move(invitation));
  }
  return sync;
}

Inbound ReadPin(const json& event, const Event& pin) {
  Inbound inbound;
  inbound.kind = InboundKind::kPin;
  // The same mark set again by the same person is one.
  inbound.key = absl::StrCat("pin:", Sha256({pin.room, " ", pin.subject, " ", pin.sender}).Hex());
  inbound.room = pin.room;
  inbound.account = pin.sender;
  inbound.display_name = pin.sender;
  inbound.author = TextAt(event, "sender");
  SetText(inbound, TextAt(PartAt(event, "content"), "body"));
  inbound.permalink = LinkTo(pin.room, pin.subject);
  inbound.sent_time = absl::FromUnixMillis(NumberAt(event, "origin_server_ts"));
  return inbound;
}

std::string ThreadOf(std::string_view inbound_key) {
  const size_t at = inbound_key.find(kSeparator);
  if (at == std::string_view::npos) return "";
  const std::string root(inbound_key.substr(at + 1));
  return IsMatrixEvent(root) ? root : "";
}

std::string LinkTo(const std::string& room, const std::string& event) {
  return absl::StrCat("https://matrix.to/#/", PercentEncode(room), "/", PercentEncode(event));
}

json WritePost(const Outbound& post) {
  json content;
  content["msgtype"] = "m.notice";
  content["body"] = CutTo(RenderPlain(post.blocks), kPlainBytesMax);
  // Markup that is cut is no markup: a long post is plain.
  if (std::string html = RenderHtml(post.blocks); html.size() <= kHtmlBytesMax) {
    content["format"] = "org.matrix.custom.html";
    content["formatted_body"] = std::move(html);
  }
  content["m.mentions"] = json::object();
  content[kKeyField] = post.key;
  if (const std::string root = ThreadOf(post.answers); !root.empty()) {
    const std::string answered = post.answers.substr(0, post.answers.find(kSeparator));
    json& relation = content["m.relates_to"];
    relation["rel_type"] = "m.thread";
    relation["event_id"] = root;
    relation["is_falling_back"] = true;
    relation["m.in_reply_to"]["event_id"] = answered;
  }
  return content;
}

bool IsPost(const json& event, const std::string& key, const std::string& self) {
  return TextAt(event, "sender") == self && TextAt(PartAt(event, "content"), kKeyField) == key;
}

json EncryptedNotice() {
  json content;
  content["msgtype"] = "m.notice";
  content["body"] =
      "I cannot read this room: it is encrypted. NOTHING written here is recorded. Use the command "
      "line, or a room without encryption on your own server.";
  content["m.mentions"] = json::object();
  return content;
}

PostResult ReadAnswer(const HttpResponse& response, absl::Time now) {
  PostResult result;
  const std::optional<json> body = ReadJson(response.body);
  if (response.status == kHttpOk) {
    result.native_id = body ? TextAt(*body, "event_id") : "";
    result.state = IsMatrixEvent(result.native_id) ? PostState::kPosted : PostState::kUnknown;
    return result;
  }
  const std::string code = body ? TextAt(*body, "errcode") : "";
  result.problem = absl::StrCat("the homeserver answers ", response.status,
                                code.empty() ? "" : absl::StrCat(" (", CutTo(code, 60), ")"));
  if (response.status == kHttpTooManyRequests) {
    result.state = PostState::kRetry;
    const int64_t milliseconds = body ? NumberAt(*body, "retry_after_ms") : 0;
    result.retry_after =
        RetryAfter(response, now,
                   std::clamp(absl::Milliseconds(milliseconds), absl::Seconds(1), absl::Hours(1)));
  } else if (response.status == kHttpUnauthorised) {
    result.state = PostState::kRetry;
    result.retry_after = kTokenPause;
  } else if (response.status >= kHttpServerError) {
    result.state = PostState::kUnknown;
  } else {
    result.state = PostState::kFailed;
  }
  return result;
}

}  // namespace tocsin::chat::matrix
