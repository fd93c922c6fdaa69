// What the bot says, before a platform gives it a form. Every text here is plain text, whoever
// wrote it: a renderer escapes all of it, so that nothing that a person or an attacker typed can
// become markup, a link or a ping.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tocsin::chat {

/// A row of a Fields block.
struct Field {
  std::string name;
  std::string value;

  friend bool operator==(const Field&, const Field&) = default;
};

/// A command that can be given by pressing a button, where the platform has buttons.
struct Button {
  std::string label;
  /// The command's text without the address: "ack 12". It comes back as the text of an Inbound.
  std::string command;

  friend bool operator==(const Button&, const Button&) = default;
};

enum class BlockKind {
  /// `text`, one line.
  kHeading,
  /// `text`; may have several lines.
  kText,
  /// `fields`.
  kFields,
  /// `items`, one line each.
  kList,
  /// `text` with its line breaks in a fixed-width font: a command to run, a draft.
  kCode,
  /// `buttons`. A platform without buttons leaves the block out; the text must do without.
  kButtons,
};

struct Block {
  BlockKind kind = BlockKind::kText;
  std::string text;
  std::vector<Field> fields;
  std::vector<std::string> items;
  std::vector<Button> buttons;

  friend bool operator==(const Block&, const Block&) = default;
};

using Blocks = std::vector<Block>;

inline Block Heading(std::string text) {
  return {BlockKind::kHeading, std::move(text), {}, {}, {}};
}
inline Block Text(std::string text) {
  return {BlockKind::kText, std::move(text), {}, {}, {}};
}
inline Block Code(std::string text) {
  return {BlockKind::kCode, std::move(text), {}, {}, {}};
}
inline Block Fields(std::vector<Field> fields) {
  return {BlockKind::kFields, "", std::move(fields), {}, {}};
}
inline Block List(std::vector<std::string> items) {
  return {BlockKind::kList, "", {}, std::move(items), {}};
}
inline Block Buttons(std::vector<Button> buttons) {
  return {BlockKind::kButtons, "", {}, {}, std::move(buttons)};
}

}  // namespace tocsin::chat
