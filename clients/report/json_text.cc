#include "clients/report/json_text.h"

#include <string>
#include <utility>
#include <vector>

namespace tocsin::report {
namespace {

using nlohmann::json;

// Builds the value while it is read. The library's own way with a callback looks at all members of
// an array again after each of them, which 10,000 entries do not bear.
class Builder : public json::json_sax_t {
 public:
  json root;
  bool twice = false;

  bool null() override { return Add(nullptr); }
  bool boolean(bool value) override { return Add(value); }
  bool number_integer(number_integer_t value) override { return Add(value); }
  bool number_unsigned(number_unsigned_t value) override { return Add(value); }
  bool number_float(number_float_t value, const string_t& /*text*/) override { return Add(value); }
  bool string(string_t& value) override { return Add(std::move(value)); }
  bool binary(binary_t& /*value*/) override { return false; }
  bool start_object(std::size_t /*members*/) override { return Open(json::object()); }
  bool start_array(std::size_t /*members*/) override { return Open(json::array()); }
  bool end_object() override { return Close(); }
  bool end_array() override { return Close(); }
  bool key(string_t& value) override {
    key_ = std::move(value);
    return true;
  }
  bool parse_error(std::size_t /*position*/, const std::string& /*token*/,
                   const nlohmann::detail::exception& /*error*/) override {
    return false;
  }

 private:
  bool Add(json value) { return Place(std::move(value)) != nullptr; }
  bool Open(json value) {
    if (open_.size() > static_cast<size_t>(kJsonDepthMax)) return false;
    json* const place = Place(std::move(value));
    if (place != nullptr) open_.push_back(place);
    return place != nullptr;
  }
  bool Close() {
    open_.pop_back();
    return true;
  }
  // Where the value now stands; nullptr when its key stands twice.
  json* Place(json value) {
    if (open_.empty()) return &(root = std::move(value));
    if (open_.back()->is_array()) return &open_.back()->emplace_back(std::move(value));
    auto& members = open_.back()->get_ref<json::object_t&>();
    const auto [member, fresh] = members.emplace(std::move(key_), std::move(value));
    twice = twice || !fresh;
    return fresh ? &member->second : nullptr;
  }

  // Each is the last member of the one before it, so none moves while it is open.
  std::vector<json*> open_;
  std::string key_;
};

}  // namespace

absl::StatusOr<json> ParseJsonObject(std::string_view text) {
  Builder builder;
  const bool good = json::sax_parse(text.begin(), text.end(), &builder);
  if (builder.twice) return absl::InvalidArgumentError("a key stands twice in one object");
  if (!good) return absl::InvalidArgumentError("is not valid JSON in UTF-8");
  if (!builder.root.is_object()) return absl::InvalidArgumentError("is not an object");
  return std::move(builder.root);
}

std::string TextUnder(const json& object, const char* key) {
  if (!object.is_object()) return "";
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

std::string Dump(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace tocsin::report
