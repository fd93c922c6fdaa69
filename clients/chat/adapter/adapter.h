// The one interface between the bot and a chat platform. An adapter knows its protocol and nothing
// of incidents: it hands every message up once or more with the platform's own key, and posts what
// it is given under the key it is given. Once-only comes from those two keys, not from care.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "clients/chat/conversation/blocks.h"

namespace tocsin::chat {

/// How somebody spoke to the bot.
enum class InboundKind {
  /// Wrote a message.
  kMessage,
  /// Marked somebody's message for the record, with the pin reaction. `text`, `sent_time` and
  /// `permalink` are those of the marked message; `account` is who marked it, `author` who wrote
  /// it.
  kPin,
  /// Pressed a button. `text` is its command. The adapter has checked that the button is one that
  /// the bot made, for this room, and not expired.
  kButton,
};

/// Something that reached the bot.
struct Inbound {
  InboundKind kind = InboundKind::kMessage;
  /// The platform's own key of this event, unique within the adapter for all time, and the same
  /// when the platform delivers it again: stanza-id, event_id, post id, trigger_id. Never empty,
  /// never made from a counter or the clock of the adapter. At most 256 bytes.
  std::string key;
  /// The platform's immutable id of the room, or of the conversation when `direct`.
  std::string room;
  /// Only `account` and the bot can read it.
  bool direct = false;
  /// The immutable id of who wrote it, as the platform authenticated it: a bare JID, a user id.
  /// Never a nickname or display name. Empty when the platform does not tell: such a message may
  /// ask for help and nothing else.
  std::string account;
  /// For people to read; proves nothing.
  std::string display_name;
  /// Of a pin: the display name of who wrote the marked message.
  std::string author;
  /// As written, without the mention of the bot at its beginning. Any bytes; at most
  /// kInboundBytesMax, longer ones cut there and `cut` set.
  std::string text;
  bool cut = false;
  /// The text was addressed to the bot by a mention or a slash command of the platform, so that it
  /// is a command without a prefix.
  bool addressed = false;
  /// A link to the message; may be empty.
  std::string permalink;
  /// When the platform says that it was written.
  absl::Time sent_time;
};

/// The most that is read of one message: the largest entry and room for its command.
inline constexpr size_t kInboundBytesMax = 66 * 1024;

/// Something to be posted.
struct Outbound {
  /// The key of this post: a UUID, the same whenever it is tried again, also after a restart. The
  /// adapter passes it to the platform's own deduplication (message id, txnId, pending_post_id) or
  /// looks for it among what the room has before it posts again.
  std::string key;
  /// As in Inbound, or the id of an account when `direct`.
  std::string room;
  bool direct = false;
  /// Key of the inbound message that this answers; empty for none. For threads.
  std::string answers;
  Blocks blocks;
  /// An earlier attempt may have reached the platform: look before posting again.
  bool again = false;
  /// When it was written; an adapter may need it to look for it.
  absl::Time created_time;
};

enum class PostState {
  /// The platform has it. Said only when the platform said so.
  kPosted,
  /// Not posted; try again after `retry_after` (rate limit, server error).
  kRetry,
  /// Not known: the connection broke between sending and the answer. It is given again with `again`
  /// set when the adapter is ready.
  kUnknown,
  /// Never will be: no such room, the bot was removed, refused. `problem` says why.
  kFailed,
};

struct PostResult {
  PostState state = PostState::kFailed;
  absl::Duration retry_after = absl::ZeroDuration();
  /// The platform's id of the post; may be empty.
  std::string native_id;
  /// For `status` and the log: what the platform said, one line, no secrets.
  std::string problem;
};

/// What an adapter tells the bot. All functions are thread-safe.
class AdapterEvents {
 public:
  virtual ~AdapterEvents() = default;

  /// On OK the message is on disk (or was before, or is none of ours) and will be answered: only
  /// then acknowledge it to the platform or move the position of reading past it. An error means
  /// that it is not safe: do not acknowledge, it must come again. Blocks for at most one fsync.
  /// `adapter` is the name the adapter was configured with.
  virtual absl::Status OnInbound(std::string_view adapter, const Inbound& inbound) = 0;

  /// The outcome of Post, exactly once for each call of it.
  virtual void OnPosted(std::string_view adapter, std::string_view key,
                        const PostResult& result) = 0;

  /// The adapter can post now (`problem` empty), or cannot, and why, in one line for people:
  /// "cannot reach chat.example:443 (connection refused)", "token revoked". Tell every change once.
  virtual void OnState(std::string_view adapter, bool ready, std::string_view problem) = 0;

  /// The bot is no longer in the room, or may not use it, and why: "the bot was removed by
  /// ada@example.org", "the room is encrypted". An empty `problem` takes it back.
  virtual void OnRoomState(std::string_view adapter, std::string_view room,
                           std::string_view problem) = 0;
};

/// A small durable store for what an adapter must remember: a sync token, a position. Thread-safe.
class AdapterMemory {
 public:
  virtual ~AdapterMemory() = default;
  /// Empty when nothing was put.
  virtual std::string Get(std::string_view key) const = 0;
  /// On disk when it returns OK. Values of at most 4 KiB.
  virtual absl::Status Put(std::string_view key, std::string_view value) = 0;
};

/// What an adapter is given when it is made. All references outlive it.
struct AdapterContext {
  /// From the configuration: "xmpp", "mattermost-soc". Part of every key; never changes.
  std::string name;
  AdapterEvents& events;
  AdapterMemory& memory;
};

/// One connection to one platform. It owns its threads and reconnects by itself, with growing
/// pauses. All functions are thread-safe and return at once, except Stop.
class Adapter {
 public:
  virtual ~Adapter() = default;

  /// Begins to connect. Called once. An error is one of the set-up that waiting will not mend.
  virtual absl::Status Start() = 0;
  /// Posts; the outcome comes by OnPosted, possibly before this returns. Called only while the
  /// adapter is ready. The adapter refuses (kFailed) what its own rules forbid, such as a room that
  /// is encrypted or anonymous. Posts to one room are given one after another, each after the
  /// outcome of the one before, and must appear in that order.
  virtual void Post(const Outbound& post) = 0;
  /// No event is delivered after it returned; posts without an outcome count as kUnknown.
  virtual void Stop() = 0;
};

}  // namespace tocsin::chat
