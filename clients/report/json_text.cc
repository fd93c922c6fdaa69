#include "clients/report/json_text.h"

#include <set>
#include <string>
#include <utility>
#include <vector>

namespace tocsin::report {

absl::StatusOr<nlohmann::json> ParseJsonObject(std::string_view text) {
  using nlohmann::json;
  std::vector<std::set<std::string>> keys;
  bool twice = false;
  bool deep = false;
  const json::parser_callback_t watch = [&](int depth, json::parse_event_t event, json& value) {
    deep = deep || depth > kJsonDepthMax;
    if (event == json::parse_event_t::object_start) keys.emplace_back();
    if (event == json::parse_event_t::object_end && !keys.empty()) keys.pop_back();
    if (event == json::parse_event_t::key) {
      twice = twice || !keys.back().insert(value.get_ref<const std::string&>()).second;
    }
    return !deep;  // what lies too deep is dropped, so that it takes no memory
  };
  json parsed = json::parse(text.begin(), text.end(), watch, /*allow_exceptions=*/false);
  if (twice) return absl::InvalidArgumentError("a key stands twice in one object");
  if (deep || parsed.is_discarded()) {
    return absl::InvalidArgumentError("is not valid JSON in UTF-8");
  }
  if (!parsed.is_object()) return absl::InvalidArgumentError("is not an object");
  return parsed;
}

std::string TextUnder(const nlohmann::json& object, const char* key) {
  if (!object.is_object()) return "";
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

std::string Dump(const nlohmann::json& value) {
  return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace tocsin::report
