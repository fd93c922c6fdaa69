#include "server/library/yaml.h"

#include <libfyaml.h>

#include <algorithm>
#include <fstream>
#include <memory>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/base/view.h"

namespace tocsin::library {
namespace {

struct DiagDeleter {
  void operator()(fy_diag* diag) const { fy_diag_destroy(diag); }
};
struct ParserDeleter {
  void operator()(fy_parser* parser) const { fy_parser_destroy(parser); }
};
struct EventDeleter {
  fy_parser* parser = nullptr;
  void operator()(fy_event* event) const { fy_parser_event_free(parser, event); }
};
using EventPtr = std::unique_ptr<fy_event, EventDeleter>;

void DropOutput(fy_diag*, void*, const char*, size_t) {}

const char* KindName(YamlKind kind) {
  switch (kind) {
    case YamlKind::kScalar:
      return "a single value";
    case YamlKind::kMap:
      return "a map (key: value)";
    case YamlKind::kList:
      return "a list (- item)";
  }
  return "";
}

struct Place {
  int line = 1;
  int column = 1;
};

Place PlaceOf(const fy_mark* mark, Place otherwise) {
  return mark == nullptr ? otherwise : Place{mark->line + 1, mark->column + 1};
}

// libfyaml marks where the text of an alias, anchor or quoted scalar starts; people look for the
// sign before it.
Place OneBefore(Place place) {
  return {place.line, std::max(1, place.column - 1)};
}

bool IsQuoted(fy_scalar_style style) {
  return style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED;
}

// Builds the tree from libfyaml's events. The document API is not used: it would resolve or keep
// aliases, while here an alias ends the reading at the event that names it.
class TreeReader {
 public:
  TreeReader(std::string_view file, YamlLimits limits) : file_(file), limits_(limits) {}

  absl::StatusOr<YamlNode> Read(std::string_view bytes) {
    fy_diag_cfg diag_config{};
    fy_diag_cfg_default(&diag_config);
    diag_config.output_fn = DropOutput;
    diag_.reset(fy_diag_create(&diag_config));
    if (diag_ == nullptr) return absl::ResourceExhaustedError("no memory to read YAML");
    fy_diag_set_collect_errors(diag_.get(), true);
    fy_parse_cfg config{};
    config.flags = FYPCF_COLLECT_DIAG;
    config.diag = diag_.get();
    parser_.reset(fy_parser_create(&config));
    if (parser_ == nullptr ||
        fy_parser_set_string(parser_.get(), bytes.data(), bytes.size()) != 0) {
      return absl::ResourceExhaustedError("no memory to read YAML");
    }
    return Document();
  }

 private:
  absl::StatusOr<YamlNode> Document() {
    EventPtr event;
    do {
      TOCSIN_ASSIGN_OR_RETURN(event, Next());
      if (event->type == FYET_STREAM_END) {
        return YamlErrorAt(file_, 1, 1, "the file is empty");
      }
    } while (event->type == FYET_STREAM_START || event->type == FYET_DOCUMENT_START);
    TOCSIN_ASSIGN_OR_RETURN(YamlNode root, Node(*event, /*depth=*/1));
    if (root.kind == YamlKind::kScalar && root.text.empty()) {
      return YamlErrorAt(file_, root, "the file is empty");
    }
    do {
      TOCSIN_ASSIGN_OR_RETURN(event, Next());
      if (event->type == FYET_DOCUMENT_START) {
        last_ = PlaceOf(fy_event_start_mark(event.get()), last_);
        return YamlErrorAt(file_, last_.line, last_.column, "a second document starts here",
                           "Put it into a file of its own.");
      }
    } while (event->type != FYET_STREAM_END);
    return root;
  }

  absl::StatusOr<EventPtr> Next() {
    EventPtr event(fy_parser_parse(parser_.get()), EventDeleter{parser_.get()});
    if (event == nullptr || fy_parser_get_stream_error(parser_.get())) return SyntaxError();
    return event;
  }

  absl::Status SyntaxError() {
    void* previous = nullptr;
    const fy_diag_error* error = fy_diag_errors_iterate(diag_.get(), &previous);
    if (error == nullptr) {
      return YamlErrorAt(file_, last_.line, last_.column, "not readable as YAML after this place");
    }
    return YamlErrorAt(file_, error->line, error->column,
                       absl::StrCat("not readable as YAML: ", error->msg));
  }

  absl::StatusOr<YamlNode> Node(fy_event& event, int depth) {
    TOCSIN_RETURN_IF_ERROR(CheckPlainData(event, depth));
    YamlNode node;
    node.line = last_.line;
    node.column = last_.column;
    switch (event.type) {
      case FYET_SCALAR:
        TOCSIN_RETURN_IF_ERROR(ReadScalar(event, node));
        return node;
      case FYET_SEQUENCE_START:
        TOCSIN_RETURN_IF_ERROR(ReadItems(node, depth));
        return node;
      case FYET_MAPPING_START:
        TOCSIN_RETURN_IF_ERROR(ReadMembers(node, depth));
        return node;
      default:
        return YamlErrorAt(file_, node, "not readable as YAML");
    }
  }

  absl::Status CheckPlainData(fy_event& event, int depth) {
    last_ = PlaceOf(fy_event_start_mark(&event), last_);
    const auto refuse = [this](Place place, std::string_view message, std::string_view next_step) {
      return YamlErrorAt(file_, place.line, place.column, message, next_step);
    };
    const auto start = [this](fy_token* token) {
      return PlaceOf(fy_token_start_mark(token), last_);
    };
    if (event.type == FYET_ALIAS) {
      return refuse(OneBefore(start(fy_event_get_token(&event))), "aliases (*name) are not allowed",
                    "Write the value out.");
    }
    if (fy_token* anchor = fy_event_get_anchor_token(&event); anchor != nullptr) {
      return refuse(OneBefore(start(anchor)), "anchors (&name) are not allowed",
                    "Remove the anchor.");
    }
    if (fy_token* tag = fy_event_get_tag_token(&event); tag != nullptr) {
      return refuse(start(tag), "tags (!name) are not allowed", "Remove the tag.");
    }
    if (depth > kYamlDepthMax) {
      return YamlErrorAt(file_, last_.line, last_.column,
                         absl::StrCat("nested deeper than ", kYamlDepthMax, " levels"));
    }
    if (++nodes_ > limits_.nodes_max) {
      return YamlErrorAt(file_, last_.line, last_.column,
                         absl::StrCat("more than ", limits_.nodes_max, " values in one file"));
    }
    return absl::OkStatus();
  }

  absl::Status ReadScalar(fy_event& event, YamlNode& node) {
    fy_token* value = event.scalar.value;
    if (value == nullptr) {  // "key:" without a value
      node.plain = true;
      return absl::OkStatus();
    }
    size_t size = 0;
    const char* text = fy_token_get_text(value, &size);
    if (text == nullptr && size > 0) return absl::ResourceExhaustedError("no memory to read YAML");
    node.text.assign(text == nullptr ? "" : text, size);
    const fy_scalar_style style = fy_token_scalar_style(value);
    node.plain = style == FYSS_PLAIN;
    if (IsQuoted(style)) node.column = OneBefore({node.line, node.column}).column;
    const absl::Status allowed =
        CheckText("the value", node.text, {.bytes_max = limits_.bytes_max, .may_be_empty = true});
    return allowed.ok() ? absl::OkStatus()
                        : YamlErrorAt(file_, node, ToStd(allowed.message()), NextStepOf(allowed));
  }

  absl::Status ReadItems(YamlNode& list, int depth) {
    list.kind = YamlKind::kList;
    while (true) {
      TOCSIN_ASSIGN_OR_RETURN(EventPtr event, Next());
      if (event->type == FYET_SEQUENCE_END) return absl::OkStatus();
      TOCSIN_ASSIGN_OR_RETURN(YamlNode item, Node(*event, depth + 1));
      list.children.push_back(std::move(item));
    }
  }

  absl::Status ReadMembers(YamlNode& map, int depth) {
    map.kind = YamlKind::kMap;
    while (true) {
      TOCSIN_ASSIGN_OR_RETURN(EventPtr event, Next());
      if (event->type == FYET_MAPPING_END) return absl::OkStatus();
      TOCSIN_ASSIGN_OR_RETURN(const YamlNode key, Node(*event, depth + 1));
      TOCSIN_RETURN_IF_ERROR(CheckKey(map, key));
      TOCSIN_ASSIGN_OR_RETURN(event, Next());
      last_ = {key.line, key.column};
      TOCSIN_ASSIGN_OR_RETURN(YamlNode value, Node(*event, depth + 1));
      value.key = key.text;
      value.key_line = key.line;
      value.key_column = key.column;
      map.children.push_back(std::move(value));
    }
  }

  absl::Status CheckKey(const YamlNode& map, const YamlNode& key) const {
    if (key.kind != YamlKind::kScalar || key.text.empty()) {
      return YamlErrorAt(file_, key, "a key must be a word");
    }
    if (key.plain && key.text == "<<") {
      return YamlErrorAt(file_, key, "merge keys (<<) are not allowed", "Write the values out.");
    }
    const auto first = std::find_if(map.children.begin(), map.children.end(),
                                    [&](const YamlNode& other) { return other.key == key.text; });
    if (first == map.children.end()) return absl::OkStatus();
    return YamlErrorAt(file_, key,
                       absl::StrCat("the key '", key.text,
                                    "' stands here for the second time; "
                                    "first in line ",
                                    first->key_line),
                       "Remove one of them.");
  }

  std::string file_;
  const YamlLimits limits_;
  std::unique_ptr<fy_diag, DiagDeleter> diag_;
  std::unique_ptr<fy_parser, ParserDeleter> parser_;
  Place last_;
  size_t nodes_ = 0;
};

}  // namespace

std::string PlaceOfKey(std::string_view file, std::string_view bytes, std::string_view key) {
  const absl::StatusOr<YamlNode> root = ParseYaml(file, bytes);
  if (root.ok()) {
    for (const YamlNode& child : root->children) {
      if (child.key != key) continue;
      return absl::StrCat(ToAbsl(file), ":", child.key_line, ":", child.key_column);
    }
  }
  return std::string(file);
}

absl::Status YamlErrorAt(std::string_view file, int line, int column, std::string_view message,
                         std::string_view next_step) {
  return InvalidArgument(
      "YAML_INVALID", absl::StrCat(ToAbsl(file), ":", line, ":", column, ": ", ToAbsl(message)),
      next_step.empty() ? "Correct the file at this place and load it again." : next_step);
}

absl::Status YamlErrorAt(std::string_view file, const YamlNode& node, std::string_view message,
                         std::string_view next_step) {
  return YamlErrorAt(file, node.line, node.column, message, next_step);
}

std::string JoinWords(const std::vector<std::string>& words) {
  return absl::StrJoin(words, ", ");
}

absl::StatusOr<std::string> ReadYamlBytes(const std::string& path) {
  std::ifstream input(path, std::ios::binary);
  std::string bytes(kYamlBytesMax + 1, '\0');
  input.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!input.is_open() || input.bad() || (input.fail() && !input.eof())) {
    return NotFound("FILE_NOT_READABLE", absl::StrCat(path, ": cannot be read"),
                    "Check that the file exists and that this account may read it.");
  }
  bytes.resize(static_cast<size_t>(input.gcount()));
  if (bytes.size() > kYamlBytesMax) {
    return YamlErrorAt(path, 1, 1, absl::StrCat("larger than ", kYamlBytesMax, " bytes"),
                       "Split the file.");
  }
  return bytes;
}

absl::StatusOr<YamlNode> ParseYaml(std::string_view file, std::string_view bytes,
                                   YamlLimits limits) {
  if (bytes.size() > limits.bytes_max) {
    return YamlErrorAt(file, 1, 1, absl::StrCat("larger than ", limits.bytes_max, " bytes"),
                       "Split the file.");
  }
  if (!IsValidUtf8(bytes)) {
    return YamlErrorAt(file, 1, 1, "not valid UTF-8", "Save the file as UTF-8.");
  }
  return TreeReader(file, limits).Read(bytes);
}

YamlMapReader::YamlMapReader(std::string_view file, const YamlNode& node, std::string_view what)
    : file_(file), node_(node), what_(what) {
  if (node.kind != YamlKind::kMap) {
    Add(YamlErrorAt(file_, node, absl::StrCat(what_, " must be ", KindName(YamlKind::kMap))));
  }
}

bool YamlMapReader::Has(std::string_view key) const {
  return std::any_of(node_.children.begin(), node_.children.end(),
                     [&](const YamlNode& child) { return child.key == key; });
}

const YamlNode* YamlMapReader::Find(std::string_view key) {
  if (std::find(known_.begin(), known_.end(), key) == known_.end()) known_.emplace_back(key);
  if (node_.kind != YamlKind::kMap) return nullptr;
  for (const YamlNode& child : node_.children) {
    if (child.key == key) return &child;
  }
  return nullptr;
}

const YamlNode* YamlMapReader::FindKind(std::string_view key, YamlKind kind, bool required) {
  const YamlNode* child = Find(key);
  if (child == nullptr) {
    if (required) {
      Add(YamlErrorAt(file_, node_, absl::StrCat(what_, " lacks the key '", ToAbsl(key), "'"),
                      absl::StrCat("Add '", ToAbsl(key), ":' there.")));
    }
    return nullptr;
  }
  if (child->kind != kind) {
    Add(YamlErrorAt(file_, *child, absl::StrCat("'", ToAbsl(key), "' must be ", KindName(kind))));
    return nullptr;
  }
  return child;
}

std::optional<std::string> YamlMapReader::Scalar(std::string_view key, bool required) {
  const YamlNode* child = FindKind(key, YamlKind::kScalar, required);
  if (child == nullptr) return std::nullopt;
  if (child->text.empty()) {
    Add(YamlErrorAt(file_, *child, absl::StrCat("'", ToAbsl(key), "' has no value")));
    return std::nullopt;
  }
  return child->text;
}

std::string YamlMapReader::Text(std::string_view key) {
  return Scalar(key, /*required=*/true).value_or("");
}

std::optional<std::string> YamlMapReader::OptionalText(std::string_view key) {
  return Scalar(key, /*required=*/false);
}

std::optional<int64_t> YamlMapReader::ReadInteger(std::string_view key, int64_t min, int64_t max,
                                                  bool required) {
  const YamlNode* child = FindKind(key, YamlKind::kScalar, required);
  if (child == nullptr) return std::nullopt;
  int64_t value = 0;
  if (!child->plain || !absl::SimpleAtoi(child->text, &value) || value < min || value > max) {
    Add(YamlErrorAt(file_, *child,
                    absl::StrCat("'", ToAbsl(key), "' must be a whole number from ", min, " to ",
                                 max, ", without quotes")));
    return std::nullopt;
  }
  return value;
}

int64_t YamlMapReader::Integer(std::string_view key, int64_t min, int64_t max) {
  return ReadInteger(key, min, max, /*required=*/true).value_or(0);
}

std::optional<int64_t> YamlMapReader::OptionalInteger(std::string_view key, int64_t min,
                                                      int64_t max) {
  return ReadInteger(key, min, max, /*required=*/false);
}

bool YamlMapReader::Bool(std::string_view key, bool when_absent) {
  const YamlNode* child = FindKind(key, YamlKind::kScalar, /*required=*/false);
  if (child == nullptr) return when_absent;
  if (child->plain && child->text == "true") return true;
  if (child->plain && child->text == "false") return false;
  Add(YamlErrorAt(file_, *child, absl::StrCat("'", ToAbsl(key), "' must be true or false")));
  return when_absent;
}

std::vector<std::string> YamlMapReader::TextList(std::string_view key) {
  std::vector<std::string> texts;
  const YamlNode* list = List(key);
  if (list == nullptr) return texts;
  for (const YamlNode& item : list->children) {
    if (item.kind != YamlKind::kScalar || item.text.empty()) {
      Add(YamlErrorAt(file_, item, absl::StrCat("each item of '", ToAbsl(key), "' must be text")));
      return {};
    }
    texts.push_back(item.text);
  }
  return texts;
}

std::vector<std::string> YamlMapReader::TextOrList(std::string_view key) {
  const YamlNode* value = Find(key);
  if (value == nullptr) return {};
  if (value->kind == YamlKind::kScalar) {
    const std::string text = Text(key);
    return text.empty() ? std::vector<std::string>() : std::vector<std::string>{text};
  }
  std::vector<std::string> texts = TextList(key);
  if (value->kind == YamlKind::kList && value->children.empty()) Refuse(key, "the list is empty");
  return texts;
}

const YamlNode* YamlMapReader::Any(std::string_view key) {
  return Find(key);
}

const YamlNode* YamlMapReader::Map(std::string_view key) {
  return FindKind(key, YamlKind::kMap, /*required=*/false);
}
const YamlNode* YamlMapReader::List(std::string_view key) {
  return FindKind(key, YamlKind::kList, /*required=*/false);
}
const YamlNode* YamlMapReader::RequiredMap(std::string_view key) {
  return FindKind(key, YamlKind::kMap, /*required=*/true);
}
const YamlNode* YamlMapReader::RequiredList(std::string_view key) {
  return FindKind(key, YamlKind::kList, /*required=*/true);
}

size_t YamlMapReader::WordIndex(std::string_view key, const std::vector<std::string>& words) {
  const std::optional<std::string> text = Scalar(key, /*required=*/true);
  if (!text) return words.size();
  const auto found = std::find(words.begin(), words.end(), *text);
  if (found != words.end()) return static_cast<size_t>(found - words.begin());
  const std::string nearest = NearestWord(*text, words);
  Refuse(key, nearest.empty()
                  ? absl::StrCat("'", *text, "' is not one of: ", JoinWords(words))
                  : absl::StrCat("'", *text, "' is not known; did you mean '", nearest, "'?"));
  return words.size();
}

void YamlMapReader::Refuse(std::string_view key, std::string_view message) {
  const YamlNode* child = Find(key);
  Add(YamlErrorAt(file_, child == nullptr ? node_ : *child, message));
}

void YamlMapReader::Add(absl::Status status) {
  if (!status.ok()) errors_.push_back(std::move(status));
}

absl::Status YamlMapReader::Finish() {
  std::vector<absl::Status> all = FinishAll();
  return all.empty() ? absl::OkStatus() : std::move(all.front());
}

std::vector<absl::Status> YamlMapReader::FinishAll() {
  std::vector<absl::Status> all;
  if (node_.kind != YamlKind::kMap) return std::move(errors_);
  for (const YamlNode& child : node_.children) {
    if (std::find(known_.begin(), known_.end(), child.key) != known_.end()) continue;
    const std::string nearest = NearestWord(child.key, known_);
    all.push_back(YamlErrorAt(
        file_, child.key_line, child.key_column,
        absl::StrCat("unknown key '", child.key, "' in ", what_,
                     nearest.empty() ? absl::StrCat("; known are ", JoinWords(known_))
                                     : absl::StrCat("; did you mean '", nearest, "'?"))));
  }
  for (absl::Status& error : errors_) all.push_back(std::move(error));
  return all;
}

}  // namespace tocsin::library
