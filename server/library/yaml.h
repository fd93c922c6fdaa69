// The one way to read YAML. A file becomes a small tree of plain values with line and column;
// libfyaml stays in yaml.cc. Only plain data is accepted: no anchors, aliases, merge keys or tags
// (an alias bomb is a few lines long), no duplicate keys, one document, bounded size, depth and
// number of nodes. What a reader does not know, it refuses: a misspelt key in a legal rule must
// never pass in silence.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace tocsin::library {

inline constexpr size_t kYamlBytesMax = 256 * 1024;
inline constexpr int kYamlDepthMax = 32;
inline constexpr size_t kYamlNodesMax = 20'000;

enum class YamlKind { kScalar, kMap, kList };

/// A value of the file. Lines and columns count from 1; columns count characters.
struct YamlNode {
  YamlKind kind = YamlKind::kScalar;
  std::string text;  // of a scalar; escapes resolved, block scalars folded
  bool plain =
      false;  // a scalar without quotes: only such a one is read as a number or as true/false
  int line = 1;
  int column = 1;
  std::string key;  // where this node is the value of a map: its key, and where the key stands
  int key_line = 1;
  int key_column = 1;
  std::vector<YamlNode> children;  // of a map or list, in the order of the file
};

/// Reads the whole file at `path`.
/// Errors: kNotFound (reason FILE_NOT_READABLE) when it cannot be read; kInvalidArgument
/// (YAML_INVALID) when it is larger than kYamlBytesMax.
absl::StatusOr<std::string> ReadYamlBytes(const std::string& path);

/// What one file may hold.
struct YamlLimits {
  size_t bytes_max = kYamlBytesMax;
  size_t nodes_max = kYamlNodesMax;
};

/// Parses one document. `file` is only used in messages.
/// Errors: kInvalidArgument, reason YAML_INVALID, message "file:line:column: what is wrong".
absl::StatusOr<YamlNode> ParseYaml(std::string_view file, std::string_view bytes,
                                   YamlLimits limits = {});

/// "file:line:column" of the top-level `key` in a file that was read before, so that a check across
/// files can name the place; "file" when it is not there.
std::string PlaceOfKey(std::string_view file, std::string_view bytes, std::string_view key);

/// The error "file:line:column: message", kInvalidArgument with reason YAML_INVALID.
absl::Status YamlErrorAt(std::string_view file, int line, int column, std::string_view message,
                         std::string_view next_step = "");
/// The same at the place of `node`.
absl::Status YamlErrorAt(std::string_view file, const YamlNode& node, std::string_view message,
                         std::string_view next_step = "");

/// Reads the fields of one map. Ask for every key that may stand there, then call Finish: it
/// refuses keys that were never asked for and returns the first thing that was wrong; FinishAll
/// returns all. After an error the getters return empty values, so that a reader is a plain list of
/// assignments.
///
/// Thread-safety: none. `node` must outlive the reader and the nodes it hands out.
class YamlMapReader {
 public:
  /// `what` names the map in messages: "a stage", "the rule pack".
  YamlMapReader(std::string_view file, const YamlNode& node, std::string_view what);

  bool Has(std::string_view key) const;

  /// A scalar with text in it.
  std::string Text(std::string_view key);
  std::optional<std::string> OptionalText(std::string_view key);
  /// A whole number from `min` to `max`, written without quotes.
  int64_t Integer(std::string_view key, int64_t min, int64_t max);
  std::optional<int64_t> OptionalInteger(std::string_view key, int64_t min, int64_t max);
  /// true or false, written without quotes.
  bool Bool(std::string_view key, bool when_absent);
  /// A list of scalars; empty when the key is absent.
  std::vector<std::string> TextList(std::string_view key);
  /// A scalar, or a list of at least one; empty when the key is absent.
  std::vector<std::string> TextOrList(std::string_view key);
  /// Whatever stands there; nullptr when absent.
  const YamlNode* Any(std::string_view key);
  /// A map or list; nullptr when absent or of another kind (the latter is an error).
  const YamlNode* Map(std::string_view key);
  const YamlNode* List(std::string_view key);
  /// As Map and List, but absence is an error too.
  const YamlNode* RequiredMap(std::string_view key);
  const YamlNode* RequiredList(std::string_view key);

  /// One of the words in `choices`, as the value beside it.
  template <typename Enum>
  Enum Word(std::string_view key, const std::vector<std::pair<std::string, Enum>>& choices) {
    std::vector<std::string> words;
    for (const auto& choice : choices) words.push_back(choice.first);
    const size_t index = WordIndex(key, words);
    return index < choices.size() ? choices[index].second : Enum{};
  }

  /// Adds an error of the caller's own: at the value of `key`, or at the map when the key is
  /// absent.
  void Refuse(std::string_view key, std::string_view message);
  /// Adds the error of a nested reader.
  void Add(absl::Status status);

  /// Unknown keys first (a misspelt key explains the missing one), then the first error added.
  [[nodiscard]] absl::Status Finish();
  /// All of them, in that order.
  [[nodiscard]] std::vector<absl::Status> FinishAll();

 private:
  const YamlNode* Find(std::string_view key);
  const YamlNode* FindKind(std::string_view key, YamlKind kind, bool required);
  std::optional<std::string> Scalar(std::string_view key, bool required);
  std::optional<int64_t> ReadInteger(std::string_view key, int64_t min, int64_t max, bool required);
  size_t WordIndex(std::string_view key, const std::vector<std::string>& words);

  std::string file_;
  const YamlNode& node_;
  std::string what_;
  std::vector<std::string> known_;
  std::vector<absl::Status> errors_;
};

/// "a, b, c": for messages that list what is allowed.
std::string JoinWords(const std::vector<std::string>& words);

}  // namespace tocsin::library
