#include "server/domain/search.h"

namespace tocsin::domain {
namespace {

bool Holds(std::string_view text, std::string_view folded_needle) {
  return FoldCase(text).find(folded_needle) != std::string::npos;
}

}  // namespace

std::string FoldCase(std::string_view text) {
  // À to Þ are C3 80 to C3 9E in UTF-8, their small letters 20 higher; C3 97 is the multiplication
  // sign.
  constexpr unsigned char kLatin1 = 0xC3;
  std::string folded(text);
  unsigned char before = 0;
  for (char& c : folded) {
    const auto u = static_cast<unsigned char>(c);
    const bool latin1 = before == kLatin1 && u >= 0x80 && u <= 0x9E && u != 0x97;
    if ((u >= 'A' && u <= 'Z') || latin1) c = static_cast<char>(u + 0x20);
    before = u;
  }
  return folded;
}

bool Matches(const EntryQuery& query, const EntryMeta& meta, const PendingEntry& entry,
             const HandleOf& handle_of) {
  if (query.author && meta.author != *query.author) return false;
  if (query.from && meta.record_time < *query.from) return false;
  if (query.to && meta.record_time >= *query.to) return false;
  const auto* recorded = std::get_if<EntryRecorded>(&entry.event);
  if (query.kind && (recorded == nullptr || recorded->kind != *query.kind)) return false;
  if (query.text.empty()) return true;
  if (recorded == nullptr) return Holds(Describe(entry.event, handle_of), query.text);
  if (Holds(recorded->text, query.text)) return true;
  for (const auto& [key, value] : recorded->attributes) {
    if (Holds(value, query.text)) return true;
  }
  return false;
}

}  // namespace tocsin::domain
