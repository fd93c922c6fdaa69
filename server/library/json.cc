#include "server/library/json.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "server/base/error.h"
#include "server/base/view.h"

namespace tocsin::library {
namespace {

using Kind = JsonValue::Kind;

constexpr char kReason[] = "JSON_INVALID";
constexpr size_t kKeyBytesMax = 300;

// Builds the tree from the parser's events, so that limits hold before memory is spent.
class TreeBuilder final : public nlohmann::json_sax<nlohmann::json> {
 public:
  TreeBuilder(std::string_view file, std::string_view bytes, const JsonLimits& limits)
      : file_(file), bytes_(bytes), limits_(limits) {}

  bool null() override { return Add({}); }
  bool boolean(bool flag) override { return Add(JsonValue::Bool(flag)); }
  bool number_integer(int64_t number) override { return Add(JsonValue::Number(number)); }
  bool number_unsigned(uint64_t number) override {
    JsonValue value{.kind = Kind::kNumber};
    value.text = absl::StrCat(number);
    return Add(std::move(value));
  }
  bool number_float(double, const std::string& digits) override {
    JsonValue value{.kind = Kind::kNumber};
    value.text = digits;
    return Add(std::move(value));
  }
  bool string(std::string& text) override { return Add(JsonValue::Text(text)); }
  bool binary(nlohmann::json::binary_t&) override { return false; }
  bool start_object(size_t) override { return Open(Kind::kMap); }
  bool start_array(size_t) override { return Open(Kind::kList); }
  bool end_object() override { return Close(); }
  bool end_array() override { return Close(); }

  bool key(std::string& key) override {
    if (key.size() > kKeyBytesMax) return Refuse("a key is longer than 300 bytes");
    if (!keys_.back().insert(key).second) {
      return Refuse(absl::StrCat("the key '", key, "' stands twice"));
    }
    key_ = key;
    return true;
  }

  bool parse_error(size_t position, const std::string&,
                   const nlohmann::detail::exception&) override {
    const std::string_view before = bytes_.substr(0, position == 0 ? 0 : position - 1);
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    const size_t line_start = before.find_last_of('\n') + 1;  // npos + 1 is 0
    status_ = InvalidArgument(kReason,
                              absl::StrCat(ToAbsl(file_), ":", line, ":",
                                           before.size() - line_start + 1, ": this is no JSON"),
                              "Look for a missing comma, quote or bracket just before.");
    return false;
  }

  absl::StatusOr<JsonValue> Take() {
    if (!status_.ok()) return status_;
    return std::move(root_);
  }

 private:
  bool Refuse(std::string_view what) {
    std::string path;
    for (size_t i = 1; i < open_.size(); ++i) {
      const JsonValue& parent = *open_[i - 1];
      absl::StrAppend(&path, parent.is_list() ? absl::StrCat("/", parent.children.size() - 1)
                                              : PointerPart(open_[i]->key));
    }
    status_ = InvalidArgument(kReason, absl::StrCat(ToAbsl(file_), ": ", path, ": ", ToAbsl(what)),
                              "Correct the file, or split the playbook.");
    return false;
  }

  JsonValue* Place(JsonValue value) {
    if (++values_ > limits_.values_max) {
      Refuse(absl::StrCat("the file has more than ", limits_.values_max, " values"));
      return nullptr;
    }
    value.key = std::exchange(key_, "");
    if (open_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    open_.back()->children.push_back(std::move(value));
    return &open_.back()->children.back();
  }

  bool Add(JsonValue value) { return Place(std::move(value)) != nullptr; }

  // A list that is open does not grow while something inside it is, so its address holds.
  bool Open(Kind kind) {
    if (open_.size() >= limits_.depth_max) {
      return Refuse(absl::StrCat("nested deeper than ", limits_.depth_max));
    }
    JsonValue* placed = Place({.kind = kind});
    if (placed == nullptr) return false;
    open_.push_back(placed);
    keys_.emplace_back();
    return true;
  }

  bool Close() {
    open_.pop_back();
    keys_.pop_back();
    return true;
  }

  std::string_view file_;
  std::string_view bytes_;
  const JsonLimits& limits_;
  absl::Status status_;
  JsonValue root_;
  std::vector<JsonValue*> open_;
  std::vector<absl::flat_hash_set<std::string>> keys_;
  std::string key_;
  size_t values_ = 0;
};

std::string Quoted(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', /*ensure_ascii=*/true,
                                   nlohmann::json::error_handler_t::replace);
}

void Write(const JsonValue& value, size_t levels, size_t depth, std::string& out) {
  switch (value.kind) {
    case Kind::kNull:
      out += "null";
      return;
    case Kind::kBool:
      out += value.flag ? "true" : "false";
      return;
    case Kind::kNumber:
      out += value.text;
      return;
    case Kind::kText:
      out += Quoted(value.text);
      return;
    case Kind::kList:
    case Kind::kMap:
      break;
  }
  const bool lines = depth < levels && !value.children.empty();
  out += value.is_map() ? '{' : '[';
  for (size_t i = 0; i < value.children.size(); ++i) {
    if (i > 0) out += lines ? "," : ", ";
    if (lines) out += '\n' + std::string(2 * (depth + 1), ' ');
    if (value.is_map()) absl::StrAppend(&out, Quoted(value.children[i].key), ": ");
    Write(value.children[i], levels, depth + 1, out);
  }
  if (lines) out += '\n' + std::string(2 * depth, ' ');
  out += value.is_map() ? '}' : ']';
}

}  // namespace

JsonValue JsonValue::Text(std::string_view text) {
  JsonValue value{.kind = Kind::kText};
  value.text = std::string(text);
  return value;
}

JsonValue JsonValue::Number(int64_t number) {
  JsonValue value{.kind = Kind::kNumber};
  value.text = absl::StrCat(number);
  return value;
}

JsonValue JsonValue::Bool(bool flag) {
  return {.kind = Kind::kBool, .flag = flag};
}

JsonValue JsonValue::List(std::vector<JsonValue> children) {
  JsonValue value{.kind = Kind::kList};
  value.children = std::move(children);
  return value;
}

JsonValue JsonValue::Map() {
  return {.kind = Kind::kMap};
}

const JsonValue* JsonValue::Find(std::string_view member) const {
  if (!is_map()) return nullptr;
  for (const JsonValue& child : children) {
    if (child.key == member) return &child;
  }
  return nullptr;
}

std::string_view JsonValue::TextOf(std::string_view member) const {
  const JsonValue* found = Find(member);
  return found != nullptr && found->is_text() ? std::string_view(found->text) : std::string_view();
}

void JsonValue::Set(std::string_view member, JsonValue value) {
  value.key = std::string(member);
  children.push_back(std::move(value));
}

bool operator==(const JsonValue& a, const JsonValue& b) {
  if (a.kind != b.kind || a.flag != b.flag || a.text != b.text ||
      a.children.size() != b.children.size()) {
    return false;
  }
  if (!a.is_map()) {
    return std::equal(a.children.begin(), a.children.end(), b.children.begin());
  }
  std::map<std::string_view, const JsonValue*> members;
  for (const JsonValue& child : b.children) members[child.key] = &child;
  return std::all_of(a.children.begin(), a.children.end(), [&](const JsonValue& child) {
    const auto found = members.find(child.key);
    return found != members.end() && child == *found->second;
  });
}

absl::StatusOr<JsonValue> ParseJson(std::string_view file, std::string_view bytes,
                                    JsonLimits limits) {
  if (bytes.size() > limits.bytes_max) {
    return InvalidArgument(
        kReason,
        absl::StrCat(ToAbsl(file), ": the file is larger than ", limits.bytes_max, " bytes"),
        "Split the playbook.");
  }
  TreeBuilder builder(file, bytes, limits);
  nlohmann::json::sax_parse(bytes.begin(), bytes.end(), &builder);
  return builder.Take();
}

std::string WriteJson(const JsonValue& value, size_t levels) {
  std::string out;
  Write(value, levels, /*depth=*/0, out);
  return out;
}

std::string PointerPart(std::string_view part) {
  return "/" + absl::StrReplaceAll(ToAbsl(part), {{"~", "~0"}, {"/", "~1"}});
}

}  // namespace tocsin::library
