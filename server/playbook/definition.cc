#include "server/playbook/definition.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/check.h"
#include "server/base/error.h"
#include "server/base/text.h"
#include "server/base/view.h"

namespace tocsin::playbook {
namespace {

constexpr std::array<std::pair<EvidenceKind, std::string_view>, 5> kEvidenceWords = {
    {{EvidenceKind::kNone, "none"},
     {EvidenceKind::kNote, "note"},
     {EvidenceKind::kLink, "link"},
     {EvidenceKind::kFileHash, "file-hash"},
     {EvidenceKind::kSecondPerson, "second-person"}}};

}  // namespace

std::string_view ToText(EvidenceKind kind) {
  for (const auto& [value, text] : kEvidenceWords) {
    if (value == kind) return text;
  }
  TOCSIN_CHECK(false);
  return {};
}

std::vector<std::string> EvidenceKindTexts() {
  std::vector<std::string> texts;
  for (const auto& [value, text] : kEvidenceWords) texts.emplace_back(text);
  return texts;
}

absl::StatusOr<EvidenceKind> ParseEvidenceKind(std::string_view text) {
  for (const auto& [value, word] : kEvidenceWords) {
    if (word == text) return value;
  }
  const std::vector<std::string> all = EvidenceKindTexts();
  const std::string nearest = NearestWord(text, all);
  return InvalidArgument(
      "UNKNOWN_EVIDENCE_KIND", absl::StrCat("'", ToAbsl(text), "' is no kind of evidence"),
      absl::StrCat(nearest.empty() ? "" : absl::StrCat("Did you mean '", nearest, "'? "),
                   "Allowed: ", absl::StrJoin(all, ", "), "."));
}

bool AsksFor(const Step& step, EvidenceKind kind) {
  return std::find(step.evidence.begin(), step.evidence.end(), kind) != step.evidence.end();
}

std::string EvidenceText(const Step& step) {
  if (step.evidence.empty()) return std::string(ToText(EvidenceKind::kNone));
  std::vector<std::string> texts;
  for (const EvidenceKind kind : step.evidence) texts.emplace_back(ToText(kind));
  return absl::StrJoin(texts, ", ");
}

std::optional<absl::Duration> ParseSpan(std::string_view text) {
  const bool has_digits =
      text.size() >= 2 && text.size() <= 7 &&
      std::all_of(text.begin(), text.end() - 1, [](char c) { return c >= '0' && c <= '9'; });
  int64_t amount = 0;
  if (!has_digits || !absl::SimpleAtoi(ToAbsl(text.substr(0, text.size() - 1)), &amount)) {
    return std::nullopt;
  }
  switch (text.back()) {
    case 'm':
      return absl::Minutes(amount);
    case 'h':
      return absl::Hours(amount);
    case 'd':
      return absl::Hours(24 * amount);
    default:
      return std::nullopt;
  }
}

bool IsIdForm(std::string_view id) {
  return !id.empty() && id.size() <= kIdBytesMax && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

std::string QuotedId(std::string_view id) {
  return IsIdForm(id) ? absl::StrCat("'", ToAbsl(id), "'") : "(not an id)";
}

}  // namespace tocsin::playbook
