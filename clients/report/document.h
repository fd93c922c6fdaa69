// A report as data: what a profile made of a bundle, before it becomes Markdown, HTML or PDF. A
// composer fills it (compose.h), renderers draw it; neither knows the other. Text in it is raw, as
// people wrote it: making it inert is each renderer's own duty, and it has no other way to get
// text.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "absl/time/time.h"
#include "clients/report/picture.h"

namespace tocsin::report {

enum class Style : uint8_t {
  kPlain,
  kStrong,
  kEmphasis,
  /// No longer valid: corrected or retracted.
  kStruck,
  /// Ids, keys, digests, handles.
  kCode,
  /// An address, linked when it is plain http or https.
  kSource,
  /// The number of an entry; `text` is the number alone.
  kEntry,
};

struct Span {
  Style style = Style::kPlain;
  std::string text;
};
/// One paragraph, list item or cell.
using Line = std::vector<Span>;

inline Span Plain(std::string text) {
  return {Style::kPlain, std::move(text)};
}
inline Span Strong(std::string text) {
  return {Style::kStrong, std::move(text)};
}
inline Span Struck(std::string text) {
  return {Style::kStruck, std::move(text)};
}
inline Span Code(std::string text) {
  return {Style::kCode, std::move(text)};
}
inline Span Entry(uint64_t sequence) {
  return {Style::kEntry, std::to_string(sequence)};
}

struct Heading {
  /// 2 or 3; the document's title is the only 1.
  int level = 2;
  Line text;
};
struct Paragraph {
  Line text;
};
/// A paragraph that must not be overlooked: drill, written after the fact.
struct Notice {
  Line strong;
  Line rest;
};
struct Bullets {
  std::vector<Line> items;
};
/// Text that is shown as it stands: a signed note, command lines.
struct Verbatim {
  std::string text;
};

/// Where a renderer with little width puts a column. Markdown gives every column its own place.
enum class Place : uint8_t {
  kOwn,
  /// The widest column; what is kUnder stands below its text, small, behind its head.
  kMain,
  kUnder,
};
struct Column {
  std::string head;
  Place place = Place::kOwn;
  /// Share of the width on paper, of all columns that are not kUnder.
  int weight = 1;
};
struct Row {
  std::vector<Line> cells;
  /// The entry that this row is; 0 when it is none. Entry numbers elsewhere lead here.
  uint64_t entry = 0;
};
struct Table {
  std::string caption;
  std::vector<Column> columns;
  std::vector<Row> rows;
  /// Two columns without heads, the first one naming the second.
  bool facts = false;
};
struct Figure {
  std::string caption;
  Picture picture;
};

using Block = std::variant<Heading, Paragraph, Notice, Bullets, Verbatim, Table, Figure>;

struct Document {
  Line title;
  /// BCP 47: "nl".
  std::string language;
  /// "TLP:AMBER": of the most restricted statement in it. Stands on every page.
  std::string marking;
  /// "DRILL" in the document's language; empty for a real incident. Stands on every page.
  std::string drill;
  /// Foot of every page: organisation, incident, what this is.
  std::string running;
  /// "Page {0}" in the document's language.
  std::string page_words;
  std::string author;
  /// Meant for one page: set closely on paper.
  bool dense = false;
  /// When the bundle was exported: a document has no other time of its own.
  absl::Time made;
  std::vector<Block> blocks;
};

/// The line's text without styles.
inline std::string TextOf(const Line& line) {
  std::string text;
  for (const Span& span : line) text += (span.style == Style::kEntry ? "#" : "") + span.text;
  return text;
}

}  // namespace tocsin::report
