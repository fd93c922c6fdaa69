#include "clients/chat/net/json.h"

#include "absl/status/statusor.h"
#include "clients/report/json_text.h"

namespace tocsin::chat {

using nlohmann::json;

std::optional<json> ReadJson(std::string_view text) {
  absl::StatusOr<json> object = report::ParseJsonObject(text);
  if (!object.ok()) return std::nullopt;
  return *std::move(object);
}

std::string TextAt(const json& object, const char* key) {
  if (!object.is_object()) return "";
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

int64_t NumberAt(const json& object, const char* key) {
  if (!object.is_object()) return 0;
  const auto found = object.find(key);
  return found != object.end() && found->is_number_integer() ? found->get<int64_t>() : 0;
}

bool TrueAt(const json& object, const char* key) {
  if (!object.is_object()) return false;
  const auto found = object.find(key);
  return found != object.end() && found->is_boolean() && found->get<bool>();
}

const json& PartAt(const json& object, const char* key) {
  static const json empty = json::object();
  if (!object.is_object()) return empty;
  const auto found = object.find(key);
  return found != object.end() && found->is_structured() ? *found : empty;
}

std::string WriteJson(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace tocsin::chat
