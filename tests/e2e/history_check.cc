#include "tests/e2e/history_check.h"

#include <map>

#include "absl/strings/str_cat.h"

namespace tocsin::e2e {

Verdict CheckHistory(const std::vector<Acknowledged>& acknowledged,
                     const std::vector<Recorded>& recorded) {
  Verdict verdict;
  std::map<std::string, std::vector<const Recorded*>> by_text;
  std::map<std::string, uint64_t> last;
  for (const Recorded& entry : recorded) {
    by_text[entry.text].push_back(&entry);
    uint64_t& before = last[entry.incident];
    if (entry.sequence != before + 1) {
      verdict.misplaced.push_back(
          absl::StrCat(entry.incident, ": #", entry.sequence, " follows #", before));
    }
    before = entry.sequence;
  }
  for (const Acknowledged& entry : acknowledged) {
    const auto found = by_text.find(entry.text);
    if (found == by_text.end()) {
      verdict.lost.push_back(absl::StrCat(entry.incident, ": ", entry.text));
      continue;
    }
    if (found->second.size() > 1) {
      verdict.duplicated.push_back(
          absl::StrCat(entry.incident, ": ", entry.text, ", ", found->second.size(), " times"));
    }
    const Recorded& first = *found->second.front();
    const bool elsewhere = entry.sequence != 0 && first.sequence != entry.sequence;
    if (first.incident != entry.incident || elsewhere) {
      verdict.misplaced.push_back(absl::StrCat(entry.text, " was acknowledged as ", entry.incident,
                                               " #", entry.sequence, " and is ", first.incident,
                                               " #", first.sequence));
    }
  }
  return verdict;
}

}  // namespace tocsin::e2e
