#include "clients/chat/state/records.h"

#include <utility>

#include "clients/report/json_text.h"
#include "server/base/error.h"

namespace tocsin::chat {
namespace {

using nlohmann::json;

json ToRecord(const Block& block) {
  json record = {{"kind", static_cast<int>(block.kind)}};
  if (!block.text.empty()) record["text"] = block.text;
  for (const Field& field : block.fields) {
    record["fields"].push_back({{"name", field.name}, {"value", field.value}});
  }
  if (!block.items.empty()) record["items"] = block.items;
  for (const Button& button : block.buttons) {
    record["buttons"].push_back({{"label", button.label}, {"command", button.command}});
  }
  return record;
}

// The elements of the array under `key`; none when there is no array.
json ListOf(const json& record, const char* key) {
  const auto found = record.find(key);
  return found != record.end() && found->is_array() ? *found : json::array();
}

Block BlockOf(const json& record) {
  Block block;
  block.kind = static_cast<BlockKind>(NumberOf(record, "kind"));
  block.text = TextOf(record, "text");
  for (const json& field : ListOf(record, "fields")) {
    block.fields.push_back({TextOf(field, "name"), TextOf(field, "value")});
  }
  for (const json& item : ListOf(record, "items")) {
    if (item.is_string()) block.items.push_back(item.get<std::string>());
  }
  for (const json& button : ListOf(record, "buttons")) {
    block.buttons.push_back({TextOf(button, "label"), TextOf(button, "command")});
  }
  return block;
}

}  // namespace

std::string WriteRecord(const json& record) {
  return record.dump(-1, ' ', /*ensure_ascii=*/false, json::error_handler_t::replace);
}

absl::StatusOr<json> ReadRecord(std::string_view text) {
  absl::StatusOr<json> record = report::ParseJsonObject(text);
  if (record.ok() && !TextOf(*record, "t").empty()) return record;
  return Error(absl::StatusCode::kDataLoss, "STATE_DAMAGED",
               "the journal holds a record that cannot be read",
               "It may be of a later release: start that one. Else restore it from a backup.");
}

std::string TextOf(const json& record, const char* key) {
  const auto found = record.find(key);
  return found != record.end() && found->is_string() ? found->get<std::string>() : "";
}

uint64_t NumberOf(const json& record, const char* key) {
  const auto found = record.find(key);
  return found != record.end() && found->is_number_integer() ? found->get<uint64_t>() : 0;
}

bool FlagOf(const json& record, const char* key) {
  const auto found = record.find(key);
  return found != record.end() && found->is_boolean() && found->get<bool>();
}

json TimeToRecord(absl::Time time) {
  return absl::ToUnixMicros(time);
}

absl::Time TimeOf(const json& record, const char* key) {
  const auto found = record.find(key);
  const int64_t micros =
      found != record.end() && found->is_number_integer() ? found->get<int64_t>() : 0;
  return absl::FromUnixMicros(micros);
}

json ToRecord(const Inbound& inbound) {
  json record = {{"kind", static_cast<int>(inbound.kind)},
                 {"key", inbound.key},
                 {"room", inbound.room},
                 {"account", inbound.account},
                 {"text", inbound.text},
                 {"sent", TimeToRecord(inbound.sent_time)}};
  if (inbound.direct) record["direct"] = true;
  if (inbound.addressed) record["addressed"] = true;
  if (inbound.cut) record["cut"] = true;
  if (!inbound.display_name.empty()) record["name"] = inbound.display_name;
  if (!inbound.author.empty()) record["author"] = inbound.author;
  if (!inbound.permalink.empty()) record["permalink"] = inbound.permalink;
  return record;
}

Inbound InboundOf(const json& record) {
  Inbound inbound;
  inbound.kind = static_cast<InboundKind>(NumberOf(record, "kind"));
  inbound.key = TextOf(record, "key");
  inbound.room = TextOf(record, "room");
  inbound.direct = FlagOf(record, "direct");
  inbound.account = TextOf(record, "account");
  inbound.display_name = TextOf(record, "name");
  inbound.author = TextOf(record, "author");
  inbound.text = TextOf(record, "text");
  inbound.cut = FlagOf(record, "cut");
  inbound.addressed = FlagOf(record, "addressed");
  inbound.permalink = TextOf(record, "permalink");
  inbound.sent_time = TimeOf(record, "sent");
  return inbound;
}

json ToRecord(const Outbound& post) {
  json record = {
      {"key", post.key}, {"room", post.room}, {"created", TimeToRecord(post.created_time)}};
  if (post.direct) record["direct"] = true;
  if (!post.answers.empty()) record["answers"] = post.answers;
  record["blocks"] = json::array();
  for (const Block& block : post.blocks) record["blocks"].push_back(ToRecord(block));
  return record;
}

Outbound OutboundOf(const json& record) {
  Outbound post;
  post.key = TextOf(record, "key");
  post.room = TextOf(record, "room");
  post.direct = FlagOf(record, "direct");
  post.answers = TextOf(record, "answers");
  post.created_time = TimeOf(record, "created");
  for (const json& block : ListOf(record, "blocks")) post.blocks.push_back(BlockOf(block));
  return post;
}

}  // namespace tocsin::chat
