// The one way to read JSON in the library. A file becomes a small tree of plain values in the order
// of the file; the parser stays in json.cc. Size, depth and number of values are bounded, and a key
// that stands twice is refused: which of the two counts would be anybody's guess. Numbers keep the
// digits they were written with, so that a file can be given back as it came.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace tocsin::library {

struct JsonValue {
  enum class Kind : uint8_t { kNull, kBool, kNumber, kText, kList, kMap };

  Kind kind = Kind::kNull;
  bool flag = false;
  /// Of a text; of a number its digits.
  std::string text;
  /// Where this value is a member of a map.
  std::string key;
  std::vector<JsonValue> children;

  static JsonValue Text(std::string_view text);
  static JsonValue Number(int64_t number);
  static JsonValue Bool(bool flag);
  static JsonValue List(std::vector<JsonValue> children = {});
  static JsonValue Map();

  /// The member of a map; nullptr when there is none. Linear in the members.
  const JsonValue* Find(std::string_view member) const;
  /// The text of a member that is one; empty otherwise.
  std::string_view TextOf(std::string_view member) const;
  /// Adds a member; `member` must not be there yet.
  void Set(std::string_view member, JsonValue value);

  bool is_text() const { return kind == Kind::kText; }
  bool is_list() const { return kind == Kind::kList; }
  bool is_map() const { return kind == Kind::kMap; }
};

/// Equal as JSON: the order of a map's members does not count, that of a list does. Numbers are
/// compared by their digits.
bool operator==(const JsonValue& a, const JsonValue& b);

/// What one file may hold.
struct JsonLimits {
  size_t bytes_max = size_t{4} * 1024 * 1024;
  size_t values_max = 500'000;
  size_t depth_max = 32;
};

/// Errors: kInvalidArgument, reason JSON_INVALID: "file:line:column: what is wrong" for what is no
/// JSON, "file: /path: what is wrong" for a limit or a key that stands twice.
absl::StatusOr<JsonValue> ParseJson(std::string_view file, std::string_view bytes,
                                    JsonLimits limits = {});

/// ASCII only; other characters are escaped. Values down to the level `levels` have a line each.
std::string WriteJson(const JsonValue& value, size_t levels);

/// `part` as a part of a JSON pointer (RFC 6901): "/a~1b".
std::string PointerPart(std::string_view part);

}  // namespace tocsin::library
