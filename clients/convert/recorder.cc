#include "clients/convert/recorder.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "server/base/code_points.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/base/time_text.h"
#include "server/base/view.h"

namespace tocsin::convert {
namespace {

// The server's limits (docs/storage-format.md), and what is kept below them for our own attributes
// and for the words around a part.
constexpr size_t kAttributesMax = 32;
constexpr size_t kKeyBytesMax = 64;
constexpr size_t kValueBytesMax = 4096;
constexpr size_t kPartBytesMax = kTextBytesMax - 512;
constexpr size_t kPlaceBytesMax = 300;
constexpr absl::Duration kFutureTolerance = absl::Minutes(5);

// Characters that the server refuses, but for line feed and tab.
bool IsForbidden(uint32_t point) {
  if (point == '\n' || point == '\t') return false;
  if (point < 0x20 || (point >= 0x7F && point <= 0x9F)) return true;
  return (point >= 0x202A && point <= 0x202E) || (point >= 0x2066 && point <= 0x2069);
}

bool IsBlank(std::string_view text) {
  return absl::StripAsciiWhitespace(ToAbsl(text)).empty();
}

// The attribute's name for a field: nullopt when it cannot be told from the name what the field
// was called.
std::optional<std::string> KeyOf(std::string_view field) {
  std::string key;
  for (const char c : field) {
    const auto u = static_cast<unsigned char>(c);
    if (absl::ascii_isalnum(u) || c == '.' || c == '-' || c == '_') {
      key += absl::ascii_tolower(u);
    } else if (c == ' ' || c == '/' || c == ':' || c == '@' || c == '#' || c == '$') {
      key += '_';
    } else {
      return std::nullopt;
    }
  }
  if (key.empty() || key.size() > kKeyBytesMax) return std::nullopt;
  return key;
}

// At most `bytes_max` from the front of `text`, whole characters, up to a line end where one is
// near.
std::string_view Front(std::string_view text, size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  size_t end = bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  const size_t line = text.rfind('\n', end);
  if (line != std::string_view::npos && line > end / 2) end = line + 1;
  return text.substr(0, end);
}

std::vector<std::string> Parts(const std::string& text) {
  std::vector<std::string> parts;
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view front = Front(rest, kPartBytesMax);
    // The server refuses a blank text: it stays with the part before.
    if (IsBlank(front) && !parts.empty()) {
      parts.back() += "\n…";
    } else if (!IsBlank(front)) {
      parts.emplace_back(front);
    }
    rest.remove_prefix(front.size());
  }
  return parts;
}

}  // namespace

absl::Status BadFile(std::string_view file, std::string_view place, std::string_view what) {
  return InvalidArgument(
      "BAD_IMPORT_FILE",
      absl::StrCat(ToAbsl(file), ": ", ToAbsl(place), place.empty() ? "" : ": ", ToAbsl(what)),
      "Correct it and run the command again; nothing of the file was sent.");
}

absl::StatusOr<std::optional<SourceTime>> Recorder::Check(std::string_view place,
                                                          absl::StatusOr<SourceTime> time) {
  if (!time.ok()) return BadFile(options_.file, place, ToStd(time.status().message()));
  if (time->time > options_.now + kFutureTolerance) {
    return BadFile(options_.file, place,
                   absl::StrCat(FormatInstant(time->time), " lies in the future"));
  }
  if (time->time < absl::UnixEpoch()) {
    Remark("times before 1970, which the record cannot hold, kept as the attribute stated_time");
    return std::nullopt;
  }
  return *time;
}

absl::StatusOr<std::optional<SourceTime>> Recorder::Time(std::string_view place,
                                                         const std::string& text) {
  if (IsBlank(text)) return std::nullopt;
  return Check(place, ReadTime(text, options_.zone));
}

absl::StatusOr<std::optional<SourceTime>> Recorder::Millis(std::string_view place,
                                                           const std::string& text) {
  if (text.empty()) return std::nullopt;
  return Check(place, ReadEpochMillis(text));
}

absl::StatusOr<std::optional<SourceTime>> Recorder::Micros(std::string_view place,
                                                           const std::string& text) {
  if (IsBlank(text)) return std::nullopt;
  return Check(place, ReadEpochMicros(text));
}

std::string Recorder::Safe(std::string_view text) {
  std::string safe;
  bool changed = false;
  for (size_t at = 0; at < text.size();) {
    const CodePoint point = FirstCodePoint(text.substr(at));
    const std::string_view bytes = text.substr(at, point.bytes);
    at += point.bytes;
    if (point.value == '\r') {
      // Of a line end only the line feed is kept; alone it is one.
      if (text.substr(at, 1) != "\n") safe += '\n';
    } else if (IsForbidden(point.value)) {
      absl::StrAppend(&safe, "\\u", absl::Hex(point.value, absl::kZeroPad4));
      changed = true;
    } else {
      safe.append(bytes);
    }
  }
  if (changed) {
    Remark("texts with control characters or marks that reorder text, written as \\u202e");
  }
  return safe;
}

std::string Recorder::Title(std::string_view text) {
  constexpr size_t kCharactersMax = kLineBytesMax / 4 - 1;
  const std::string line = absl::StrReplaceAll(Safe(text), {{"\n", " "}, {"\t", " "}});
  const std::string title = line.size() <= kLineBytesMax ? line : Shortened(line, kCharactersMax);
  if (title != line) Remark("titles that were shortened, kept whole in the first entry");
  return IsBlank(title) ? "(no title)" : std::string(absl::StripAsciiWhitespace(title));
}

std::string Recorder::Place(const std::vector<Field>& fields,
                            std::map<std::string, std::string>& attributes) {
  std::string rest;
  for (const Field& field : fields) {
    std::string value = Safe(field.value);
    const std::optional<std::string> key = KeyOf(field.path);
    const bool fits = key && attributes.size() < kAttributesMax && value.size() <= kValueBytesMax &&
                      !attributes.contains(*key);
    if (fits) {
      attributes.emplace(*key, std::move(value));
      ++conversion_.in_attributes[Safe(field.name)];
    } else {
      absl::StrAppend(&rest, Safe(field.path), ": ", value, "\n");
      ++conversion_.in_texts[Safe(field.name)];
    }
  }
  return rest;
}

void Recorder::AddEntries(ImportedIncident& incident, Draft draft) {
  PlannedEntry entry{.kind = draft.kind, .tlp = draft.tlp, .place = draft.place};
  if (draft.time) {
    entry.occur_time = draft.time->time;
    entry.precision = draft.time->precision;
  }
  entry.attributes = std::move(draft.attributes);
  entry.attributes["source"] = std::string(ToText(conversion_.format));
  for (const auto& [key, value] :
       {std::pair("source_id", &draft.source_id), std::pair("stated_time", &draft.stated_time)}) {
    if (!value->empty()) entry.attributes[key] = *value;
  }
  std::vector<Field> longer;
  for (auto& [key, value] : entry.attributes) {
    value = Safe(value);
    if (value.size() <= kValueBytesMax) continue;
    longer.push_back({key, key, value});
    value = std::string(Front(value, kPlaceBytesMax)) + "…";
  }
  const std::map<std::string, std::string> own = entry.attributes;
  // One attribute is kept free for the number of the part.
  entry.attributes["part"] = "";
  std::string rest = Place(longer, entry.attributes) + Place(draft.fields, entry.attributes);
  entry.attributes.erase("part");
  std::vector<std::string> texts = Parts(Safe(draft.text));
  const size_t own_texts = texts.size();
  if (!rest.empty()) {
    const std::string place = Safe(draft.place);
    const std::string head =
        absl::StrCat("Further fields of ", ToAbsl(Front(place, kPlaceBytesMax)), ":\n");
    for (const std::string& part : Parts(rest)) texts.push_back(head + part);
  }
  for (size_t i = 0; i < texts.size(); ++i) {
    PlannedEntry part = entry;
    part.line = static_cast<int>(incident.entries.size()) + 1;
    part.text = std::move(texts[i]);
    if (i > 0) part.attributes = own;
    if (i >= own_texts) part.kind = EntryKind::kObservation;
    if (texts.size() > 1) part.attributes["part"] = absl::StrCat(i + 1, "/", texts.size());
    incident.entries.push_back(std::move(part));
  }
  if (texts.size() > 1) Remark("texts or fields that were too large, continued in further entries");
}

void Recorder::Finish(ImportedIncident& incident, std::vector<Field> fields, bool sorted) {
  if (sorted) {
    std::stable_sort(drafts_.begin(), drafts_.end(), [](const Draft& a, const Draft& b) {
      const auto of = [](const Draft& draft) {
        return draft.time ? draft.time->time : absl::InfiniteFuture();
      };
      return of(a) < of(b);
    });
  }
  incident.attributes["source"] = std::string(ToText(conversion_.format));
  incident.attributes["source_id"] = incident.source_id;
  for (auto& [key, value] : incident.attributes) {
    value = Safe(value);
    if (value.size() <= kValueBytesMax) continue;
    fields.push_back({key, key, value});
    value = std::string(Front(value, kPlaceBytesMax)) + "…";
  }
  // The server adds entity and contacts, and the digest of the content comes last.
  const std::vector<std::string> kept_free = {"contacts", "content_sha256", "entity"};
  std::map<std::string, std::string> attributes = incident.attributes;
  for (const std::string& key : kept_free) attributes.emplace(key, "");
  const std::string rest = Place(fields, attributes);
  for (const std::string& key : kept_free) {
    if (attributes.at(key).empty()) attributes.erase(key);
  }
  incident.attributes = std::move(attributes);
  if (!rest.empty()) {
    drafts_.push_back({.place = "the case",
                       .text = absl::StrCat("Further fields of the case:\n", rest),
                       .source_id = incident.source_id});
    Remark("texts or fields that were too large, continued in further entries");
  }
  for (Draft& draft : drafts_) AddEntries(incident, std::move(draft));
  drafts_.clear();
}

void AnchorsFromEntries(ImportedIncident& incident) {
  std::optional<PlannedAnchor> detected;
  std::optional<PlannedAnchor> occurred;
  for (const PlannedEntry& entry : incident.entries) {
    if (!entry.occur_time) continue;
    const auto take = [&](std::optional<PlannedAnchor>& anchor, const char* name,
                          const char* because) {
      if (anchor && anchor->time <= *entry.occur_time) return;
      anchor = PlannedAnchor{name, *entry.occur_time, because};
    };
    if (entry.kind == EntryKind::kDetection) {
      take(detected, "detected", "the first detection in the imported file");
    }
    if (entry.kind == EntryKind::kAttackerActivity) {
      take(occurred, "occurred", "the first activity of the attacker in the imported file");
    }
  }
  for (const PlannedAnchor& anchor : incident.anchors) {
    if (anchor.anchor == "detected") detected = anchor;
    if (anchor.anchor == "occurred") occurred = anchor;
  }
  if (detected && occurred && occurred->time > detected->time) occurred.reset();
  incident.anchors.clear();
  if (occurred) incident.anchors.push_back(*occurred);
  if (detected) incident.anchors.push_back(*detected);
}

std::optional<Tlp> TlpOf(std::string_view word) {
  std::string text = absl::AsciiStrToLower(absl::StripAsciiWhitespace(ToAbsl(word)));
  text = absl::StrReplaceAll(text, {{"tlp:", ""}, {"-", "+"}, {" ", ""}, {"_", "+"}});
  if (text == "white") text = "clear";
  if (text == "amberstrict") text = "amber+strict";
  const absl::StatusOr<Tlp> tlp = ParseText<Tlp>(text);
  if (!tlp.ok()) return std::nullopt;
  return *tlp;
}

}  // namespace tocsin::convert
