#include "clients/convert/json_tree.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/view.h"

namespace tocsin::convert {
namespace {

using nlohmann::json;
using Kind = JsonNode::Kind;

// Builds the tree while it is read.
class Builder : public json::json_sax_t {
 public:
  JsonNode root;
  // What is wrong, when reading stopped.
  std::string problem;
  size_t position = 0;

  bool null() override { return Add(Kind::kNull, ""); }
  bool boolean(bool value) override { return Add(Kind::kBool, value ? "true" : "false"); }
  bool number_integer(number_integer_t value) override {
    return Add(Kind::kNumber, absl::StrCat(value));
  }
  bool number_unsigned(number_unsigned_t value) override {
    return Add(Kind::kNumber, absl::StrCat(value));
  }
  bool number_float(number_float_t /*value*/, const string_t& text) override {
    return Add(Kind::kNumber, text);
  }
  bool string(string_t& value) override { return Add(Kind::kText, std::move(value)); }
  bool binary(binary_t& /*value*/) override { return false; }
  bool start_object(std::size_t /*members*/) override { return Open(Kind::kObject); }
  bool start_array(std::size_t /*members*/) override { return Open(Kind::kList); }
  bool end_object() override { return Close(); }
  bool end_array() override { return Close(); }
  bool key(string_t& value) override {
    if (!open_.back().keys.insert(value).second) {
      problem = absl::StrCat(Path(), ": a key stands twice in this object");
      return false;
    }
    key_ = std::move(value);
    return true;
  }
  bool parse_error(std::size_t at, const std::string& /*token*/,
                   const nlohmann::detail::exception& /*error*/) override {
    position = at;
    return false;
  }

 private:
  struct Level {
    JsonNode* node;
    std::set<std::string, std::less<>> keys;
  };

  bool Add(Kind kind, std::string text) {
    JsonNode& node = Place();
    node.kind = kind;
    node.text = std::move(text);
    return true;
  }
  bool Open(Kind kind) {
    if (open_.size() >= kJsonDepthMax) {
      problem = absl::StrCat(Path(), ": is nested deeper than ", kJsonDepthMax, " levels");
      return false;
    }
    JsonNode& node = Place();
    node.kind = kind;
    open_.push_back({&node, {}});
    return true;
  }
  bool Close() {
    open_.pop_back();
    return true;
  }
  // The last child of the innermost open node, so none that is open ever moves.
  JsonNode& Place() {
    if (open_.empty()) return root;
    JsonNode& child = open_.back().node->children.emplace_back();
    child.key = std::move(key_);
    key_.clear();
    return child;
  }
  std::string Path() const {
    constexpr size_t kLevelsShown = 6;
    std::string path = "$";
    for (size_t i = 0; i + 1 < open_.size() && i < kLevelsShown; ++i) {
      const JsonNode& parent = *open_[i].node;
      const std::string& key = parent.children.back().key;
      if (parent.is_list()) {
        absl::StrAppend(&path, "[", parent.children.size() - 1, "]");
      } else {
        absl::StrAppend(&path, ".", key.size() <= 64 ? key : "…");
      }
    }
    if (open_.size() > kLevelsShown + 1) path += "…";
    return path;
  }

  std::vector<Level> open_;
  std::string key_;
};

std::string LineAndColumn(std::string_view text, size_t position, size_t first_line) {
  const std::string_view before = text.substr(0, std::min(position, text.size()));
  const size_t line =
      first_line + static_cast<size_t>(std::count(before.begin(), before.end(), '\n'));
  const size_t start = before.rfind('\n');
  const size_t column = before.size() - (start == std::string_view::npos ? 0 : start + 1);
  return absl::StrCat("line ", line, ", column ", std::max<size_t>(column, 1));
}

std::string Below(const std::string& name, std::string_view key) {
  return name.empty() ? std::string(key) : absl::StrCat(name, ".", ToAbsl(key));
}

bool IsEmpty(const JsonNode& node) {
  return node.kind == Kind::kNull || (!node.is_scalar() && node.children.empty()) ||
         (node.is_scalar() && node.text.empty());
}

}  // namespace

const JsonNode* JsonNode::Find(std::string_view name) const {
  if (!is_object()) return nullptr;
  for (const JsonNode& child : children) {
    if (child.key == name) return &child;
  }
  return nullptr;
}

absl::StatusOr<JsonNode> ParseJson(std::string_view text, size_t first_line) {
  Builder builder;
  if (json::sax_parse(text.begin(), text.end(), &builder)) return std::move(builder.root);
  if (builder.problem.empty()) {
    builder.problem =
        absl::StrCat(LineAndColumn(text, builder.position, first_line), ": is not valid JSON");
  }
  return absl::InvalidArgumentError(builder.problem);
}

void ForEachLeaf(const JsonNode& node, const Field& start, const std::function<void(Field)>& take) {
  if (IsEmpty(node)) return;
  const auto leaf = [&](std::string value) { take({start.name, start.path, std::move(value)}); };
  if (node.is_scalar()) return leaf(node.text);
  const bool flat =
      node.is_list() && std::all_of(node.children.begin(), node.children.end(), [](const auto& n) {
        return n.is_scalar() && n.text.find_first_of(";\n") == std::string::npos;
      });
  if (flat) {
    return leaf(absl::StrJoin(node.children, "; ", [](std::string* out, const JsonNode& item) {
      out->append(item.text);
    }));
  }
  size_t index = 0;
  for (const JsonNode& child : node.children) {
    const Field below = node.is_list()
                            ? Field{start.name, absl::StrCat(start.path, ".", ++index), ""}
                            : Field{Below(start.name, child.key), Below(start.path, child.key), ""};
    ForEachLeaf(child, below, take);
  }
}

std::string JsonFields::NameOf(std::string_view key) const {
  return Below(name_, key);
}

std::string JsonFields::Scalar(std::string_view key) {
  const JsonNode* const node = object_.Find(key);
  if (node == nullptr || !node->is_scalar()) return "";
  read_.emplace(key);
  return node->text;
}

const std::vector<JsonNode>& JsonFields::List(std::string_view key) {
  static const std::vector<JsonNode> kNone;
  const JsonNode* const node = object_.Find(key);
  if (node == nullptr || !node->is_list()) return kNone;
  read_.emplace(key);
  return node->children;
}

const JsonNode* JsonFields::Object(std::string_view key) {
  const JsonNode* const node = object_.Find(key);
  if (node == nullptr || !node->is_object()) return nullptr;
  read_.emplace(key);
  return node;
}

std::vector<Field> JsonFields::Rest() const {
  std::vector<Field> rest;
  for (const JsonNode& child : object_.children) {
    if (read_.contains(child.key)) continue;
    // What the object itself is called is known from the entry that it becomes.
    ForEachLeaf(child, {NameOf(child.key), child.key, ""},
                [&](Field field) { rest.push_back(std::move(field)); });
  }
  return rest;
}

}  // namespace tocsin::convert
