#include "clients/chat/mattermost/mattermost_protocol.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "clients/chat/conversation/render.h"
#include "clients/chat/mattermost/mattermost_config.h"
#include "clients/chat/net/button_seal.h"
#include "clients/chat/net/json.h"
#include "server/base/digest.h"
#include "server/base/encoding.h"
#include "server/base/view.h"

namespace tocsin::chat::mattermost {
namespace {

using nlohmann::json;

// A post has at most 16,383 characters.
constexpr size_t kMessageBytesMax = 16'000;
constexpr size_t kLabelBytesMax = 60;
constexpr int kCreated = 201;
constexpr absl::Duration kTokenPause = absl::Minutes(1);
constexpr char kPinName[] = "pushpin";

std::string LinkTo(const std::string& server, const std::string& post) {
  return absl::StrCat(server, "/_redirect/pl/", post);
}

// Without the mention of the bot at the beginning; `mentioned` says whether there was one.
std::string WithoutMention(std::string_view text, const Self& self, bool& mentioned) {
  std::string_view rest = ToStd(absl::StripLeadingAsciiWhitespace(ToAbsl(text)));
  const std::string mention = absl::StrCat("@", self.username);
  mentioned = absl::StartsWithIgnoreCase(ToAbsl(rest), mention);
  if (mentioned) {
    rest.remove_prefix(mention.size());
    // "@tocsin-backup" is somebody else.
    mentioned = rest.empty() || absl::ascii_isspace(static_cast<unsigned char>(rest[0])) ||
                rest[0] == ':' || rest[0] == ',';
  }
  if (!mentioned) return std::string(text);
  if (!rest.empty() && (rest[0] == ':' || rest[0] == ',')) rest.remove_prefix(1);
  return std::string(absl::StripLeadingAsciiWhitespace(ToAbsl(rest)));
}

void SetText(Inbound& inbound, std::string text) {
  inbound.cut = text.size() > kInboundBytesMax;
  if (inbound.cut) text.resize(kInboundBytesMax);
  inbound.text = std::move(text);
}

json Attachment(const Outbound& post, const Making& making) {
  json actions = json::array();
  for (const Block& block : post.blocks) {
    for (const Button& button : block.buttons) {
      const std::string value =
          SealButton(making.button_key, making.channel, button.command, making.now + kButtonLife);
      actions.push_back(
          {{"id", absl::StrCat("b", actions.size())},
           {"type", "button"},
           {"name", CutTo(RenderPlain({Heading(button.label)}), kLabelBytesMax)},
           {"integration", {{"url", making.button_url}, {"context", {{"seal", value}}}}}});
    }
  }
  return actions.empty() ? json() : json{{"actions", std::move(actions)}};
}

}  // namespace

std::optional<Post> ReadPost(const json& object) {
  Post post;
  post.id = TextAt(object, "id");
  post.channel = TextAt(object, "channel_id");
  post.user = TextAt(object, "user_id");
  post.root = TextAt(object, "root_id");
  post.text = TextAt(object, "message");
  post.create_ms = NumberAt(object, "create_at");
  if (!IsMattermostId(post.id) || !IsMattermostId(post.channel) || post.create_ms <= 0 ||
      (!post.root.empty() && !IsMattermostId(post.root))) {
    return std::nullopt;
  }
  const json& props = PartAt(object, "props");
  post.key = TextAt(props, "tocsin_key");
  // A hook writes under the account of whoever set it up.
  const bool hook = props.is_object() && props.contains("from_webhook");
  post.by_person = TextAt(object, "type").empty() && NumberAt(object, "delete_at") == 0 && !hook &&
                   IsMattermostId(post.user);
  return post;
}

Event ReadEvent(std::string_view text, const Self& self) {
  Event event;
  const std::optional<json> object = ReadJson(text);
  if (!object) {
    event.kind = Event::Kind::kBroken;
    return event;
  }
  const std::string name = TextAt(*object, "event");
  if (name.empty()) return event;  // the answer to something that was asked
  if (object->contains("seq")) event.sequence = NumberAt(*object, "seq");
  const json& data = PartAt(*object, "data");
  const json& broadcast = PartAt(*object, "broadcast");
  if (name == "hello") {
    event.kind = Event::Kind::kHello;
  } else if (name == "posted") {
    const std::optional<json> inner = ReadJson(TextAt(data, "post"));
    std::optional<Post> post = inner ? ReadPost(*inner) : std::nullopt;
    if (!post) return event;
    event.kind = Event::Kind::kPosted;
    event.post = *std::move(post);
    event.direct = TextAt(data, "channel_type") == "D";
    event.sender = std::string(absl::StripPrefix(TextAt(data, "sender_name"), "@"));
  } else if (name == "reaction_added") {
    const std::optional<json> reaction = ReadJson(TextAt(data, "reaction"));
    if (!reaction || TextAt(*reaction, "emoji_name") != kPinName) return event;
    event.subject = TextAt(*reaction, "post_id");
    event.actor = TextAt(*reaction, "user_id");
    if (IsMattermostId(event.subject) && IsMattermostId(event.actor) && event.actor != self.id) {
      event.kind = Event::Kind::kPinned;
    }
  } else if (name == "user_removed" &&
             (TextAt(broadcast, "user_id") == self.id || TextAt(data, "user_id") == self.id)) {
    event.kind = Event::Kind::kRemoved;
    event.subject = TextAt(data, "channel_id");
    if (event.subject.empty()) event.subject = TextAt(broadcast, "channel_id");
    event.actor = TextAt(data, "remover_id");
  } else if (name == "user_added" && TextAt(data, "user_id") == self.id) {
    event.kind = Event::Kind::kAdded;
    event.subject = TextAt(broadcast, "channel_id");
  }
  return event;
}

std::optional<Inbound> ReadMessage(const Post& post, const Self& self, bool direct,
                                   const std::string& sender, const std::string& server) {
  if (!post.by_person || post.user == self.id) return std::nullopt;
  Inbound inbound;
  inbound.kind = InboundKind::kMessage;
  inbound.key = post.root.empty() ? post.id : absl::StrCat(post.id, "/", post.root);
  inbound.room = direct ? post.user : post.channel;
  inbound.direct = direct;
  inbound.account = post.user;
  inbound.display_name = sender.empty() ? post.user : sender;
  SetText(inbound, WithoutMention(post.text, self, inbound.addressed));
  inbound.permalink = LinkTo(server, post.id);
  inbound.sent_time = absl::FromUnixMillis(post.create_ms);
  return inbound;
}

Inbound ReadPin(const Post& post, const std::string& actor, const std::string& author,
                const std::string& server) {
  Inbound inbound;
  inbound.kind = InboundKind::kPin;
  inbound.key = absl::StrCat("pin:", post.id, ":", actor);
  inbound.room = post.channel;
  inbound.account = actor;
  inbound.display_name = actor;
  inbound.author = author.empty() ? post.user : author;
  SetText(inbound, post.text);
  inbound.permalink = LinkTo(server, post.id);
  inbound.sent_time = absl::FromUnixMillis(post.create_ms);
  return inbound;
}

json WritePost(const Outbound& post, const Making& making) {
  json props = {{"tocsin_key", post.key}, {"disable_group_highlight", true}};
  if (!making.button_url.empty()) {
    json attachment = Attachment(post, making);
    if (!attachment.is_null()) props["attachments"] = json::array({std::move(attachment)});
  }
  json body = {{"channel_id", making.channel},
               {"message", CutTo(RenderMarkdown(post.blocks), kMessageBytesMax)},
               {"pending_post_id", absl::StrCat(making.self.id, ":", post.key)},
               {"props", std::move(props)}};
  if (const std::string root = ThreadOf(post.answers); !root.empty()) body["root_id"] = root;
  return body;
}

std::string ThreadOf(std::string_view inbound_key) {
  const size_t slash = inbound_key.find('/');
  if (slash == std::string_view::npos) return "";
  const std::string root(inbound_key.substr(slash + 1));
  return IsMattermostId(root) ? root : "";
}

std::optional<Press> ReadPress(std::string_view body, std::string_view button_key, absl::Time now) {
  const std::optional<json> object = ReadJson(body);
  if (!object) return std::nullopt;
  const std::string channel = TextAt(*object, "channel_id");
  const std::optional<std::string> command =
      OpenButton(button_key, channel, TextAt(PartAt(*object, "context"), "seal"), now);
  Press press;
  press.post = TextAt(*object, "post_id");
  Inbound& inbound = press.inbound;
  inbound.account = TextAt(*object, "user_id");
  if (!command || !IsMattermostId(press.post) || !IsMattermostId(inbound.account)) {
    return std::nullopt;
  }
  inbound.kind = InboundKind::kButton;
  // One press of one button by one person counts once, however often it is sent.
  inbound.key = absl::StrCat("press:", press.post, ":", inbound.account, ":",
                             Sha256(*command).Hex().substr(0, 16));
  inbound.room = channel;
  inbound.display_name = TextAt(*object, "user_name");
  inbound.text = *command;
  inbound.addressed = true;
  inbound.sent_time = now;
  return press;
}

PostResult ReadAnswer(const HttpResponse& response, absl::Time now) {
  PostResult result;
  const std::optional<json> body = ReadJson(response.body);
  if (response.status == kCreated || response.status == kHttpOk) {
    result.native_id = body ? TextAt(*body, "id") : "";
    // Some proxy may have answered; only a post counts.
    result.state = IsMattermostId(result.native_id) ? PostState::kPosted : PostState::kUnknown;
    return result;
  }
  result.problem = absl::StrCat("Mattermost answers ", response.status);
  if (body && !TextAt(*body, "id").empty()) {
    absl::StrAppend(&result.problem, " (", TextAt(*body, "id"), ")");
  }
  if (response.status == kHttpTooManyRequests) {
    HttpResponse with_reset = response;
    if (const auto reset = FindHeader(response.headers, "X-Ratelimit-Reset")) {
      with_reset.headers.push_back({"Retry-After", *reset});
    }
    result.state = PostState::kRetry;
    result.retry_after = RetryAfter(with_reset, now, absl::Seconds(1));
  } else if (response.status == kHttpUnauthorised) {
    result.state = PostState::kRetry;
    result.retry_after = kTokenPause;
  } else if (response.status >= kHttpServerError) {
    // Whoever answered may have passed it on.
    result.state = PostState::kUnknown;
  } else {
    result.state = PostState::kFailed;
  }
  return result;
}

}  // namespace tocsin::chat::mattermost
