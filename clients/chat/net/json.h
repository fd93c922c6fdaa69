// Reading JSON from a platform: every access says what kind it expects and gives an empty value
// when it meets another one. Nothing here throws, whatever arrives.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace tocsin::chat {

/// One JSON object; nullopt for anything else, and for nesting that no message has.
std::optional<nlohmann::json> ReadJson(std::string_view text);
/// Text in a field; empty when it is absent or of another kind.
std::string TextAt(const nlohmann::json& object, const char* key);
/// A whole number; 0 when it is absent or of another kind.
int64_t NumberAt(const nlohmann::json& object, const char* key);
bool TrueAt(const nlohmann::json& object, const char* key);
/// An object or list; an empty object when it is absent or of another kind.
const nlohmann::json& PartAt(const nlohmann::json& object, const char* key);
/// As UTF-8; bytes that are none come out as U+FFFD.
std::string WriteJson(const nlohmann::json& value);

}  // namespace tocsin::chat
