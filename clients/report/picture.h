// A drawing as a list of shapes in one coordinate system, so that the SVG and the printed page are
// the same picture. Colours are roles, not values: each renderer has one palette.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tocsin::report {

enum class Ink : uint8_t {
  kText,
  kFaint,
  kGrid,
  kBand,
  kAttacker,
  kDetection,
  kResponse,
  kCommunication,
  kRegulator,
  kGood,
  kBad,
  kPaper,
};
/// 0xRRGGBB; text and marks have a contrast of at least 4.5 to 1 against paper and band.
constexpr uint32_t ColourOf(Ink ink) {
  constexpr uint32_t kColours[] = {0x1b2430, 0x56606d, 0xd3d9e0, 0xf5f7f9, 0xa3261d, 0x8a5a00,
                                   0x1d4f91, 0x6a3d8f, 0x0b6b5d, 0x1e6b33, 0xa3261d, 0xffffff};
  return kColours[static_cast<size_t>(ink)];
}

struct Stroke {
  double x1 = 0, y1 = 0, x2 = 0, y2 = 0;
  double width = 1;
  Ink ink = Ink::kText;
  bool dashed = false;
};
struct Box {
  double x = 0, y = 0, width = 0, height = 0;
  Ink ink = Ink::kBand;
};
/// A mark on the picture. `title` says in words what it stands for.
struct Mark {
  enum class Shape : uint8_t { kCircle, kDiamond, kTriangle };
  double x = 0, y = 0;
  double radius = 3;
  Shape shape = Shape::kCircle;
  Ink ink = Ink::kText;
  std::string title;
};
enum class Align : uint8_t { kStart, kMiddle, kEnd };
struct Label {
  /// Of the base line.
  double x = 0, y = 0;
  double size = 11;
  Align align = Align::kStart;
  Ink ink = Ink::kText;
  bool strong = false;
  std::string text;
};
using Shape = std::variant<Box, Stroke, Mark, Label>;

/// How wide the text of a label of this size is, on the wide side. Counted by letters: no font is
/// asked, so that the picture is the same everywhere.
inline double TextWidth(std::string_view text, double size) {
  constexpr double kLetterWidth = 6.1 / 11;
  size_t letters = 0;
  for (const char c : text) letters += (static_cast<uint8_t>(c) & 0xC0) != 0x80;
  return static_cast<double>(letters) * kLetterWidth * size;
}

struct Picture {
  double width = 0;
  double height = 0;
  /// What it shows, in a few words and in full, for those who do not see it.
  std::string title;
  std::string description;
  /// In the order of drawing.
  std::vector<Shape> shapes;
};

}  // namespace tocsin::report
