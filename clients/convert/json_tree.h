// JSON that another tool wrote, as a tree that keeps the order of the members and the digits of
// numbers, so that what has no place of its own can be handed on as it stood in the file.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace tocsin::convert {

/// The deepest nesting that is read.
inline constexpr size_t kJsonDepthMax = 64;

struct JsonNode {
  enum class Kind { kNull, kBool, kNumber, kText, kList, kObject };
  Kind kind = Kind::kNull;
  /// Of a member of an object.
  std::string key;
  /// Of a scalar: the text, the number's digits, "true" or "false".
  std::string text;
  /// Members or items.
  std::vector<JsonNode> children;

  bool is_object() const { return kind == Kind::kObject; }
  bool is_list() const { return kind == Kind::kList; }
  bool is_scalar() const { return !is_object() && !is_list() && kind != Kind::kNull; }
  /// nullptr when there is none.
  const JsonNode* Find(std::string_view name) const;
};

/// Reads one value. `first_line` is the line of the file on which `text` begins. Errors:
/// kInvalidArgument; the message names line and column, or the path.
absl::StatusOr<JsonNode> ParseJson(std::string_view text, size_t first_line = 1);

/// A leaf of the file.
struct Field {
  /// Without indices, for counting: "assets.type".
  std::string name;
  /// With indices from 1: "assets.2.type".
  std::string path;
  std::string value;
};

/// Calls `take` for every leaf below `node`. A list of scalars is one leaf. Null, and lists,
/// objects and texts without content, say nothing and are left out. `start` has the names of `node`
/// itself.
void ForEachLeaf(const JsonNode& node, const Field& start, const std::function<void(Field)>& take);

/// Reads the members of one object and knows which of them nobody asked for.
///
/// Thread-safety: none. The node must outlive the reader.
class JsonFields {
 public:
  JsonFields(const JsonNode& object, std::string name) : object_(object), name_(std::move(name)) {}

  const std::string& name() const { return name_; }
  /// "tasks.status" for `key` "status".
  std::string NameOf(std::string_view key) const;
  /// Text, number, true or false as text; empty when absent, null or no scalar. What is no scalar
  /// stays among the rest.
  std::string Scalar(std::string_view key);
  /// The items of a list; empty when absent. What is no list stays among the rest.
  const std::vector<JsonNode>& List(std::string_view key);
  /// An object; nullptr when absent. What is none stays among the rest.
  const JsonNode* Object(std::string_view key);
  /// All leaves of members that were not read.
  std::vector<Field> Rest() const;

 private:
  const JsonNode& object_;
  std::string name_;
  std::set<std::string, std::less<>> read_;
};

}  // namespace tocsin::convert
