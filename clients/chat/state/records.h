// The records of the journal: one JSON object a line, each a change of ChatState. They are read
// back by later releases: add fields, never change what one means.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "clients/chat/adapter/adapter.h"

namespace tocsin::chat {

/// Bytes that are not UTF-8 become U+FFFD.
std::string WriteRecord(const nlohmann::json& record);
/// Errors: kDataLoss STATE_DAMAGED when it is no object with a type.
absl::StatusOr<nlohmann::json> ReadRecord(std::string_view text);

nlohmann::json ToRecord(const Inbound& inbound);
Inbound InboundOf(const nlohmann::json& record);
nlohmann::json ToRecord(const Outbound& post);
Outbound OutboundOf(const nlohmann::json& record);

nlohmann::json TimeToRecord(absl::Time time);
absl::Time TimeOf(const nlohmann::json& record, const char* key);

/// What stands under `key`, or nothing when it is missing or of another kind.
std::string TextOf(const nlohmann::json& record, const char* key);
uint64_t NumberOf(const nlohmann::json& record, const char* key);
bool FlagOf(const nlohmann::json& record, const char* key);

}  // namespace tocsin::chat
