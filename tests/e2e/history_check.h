// The checker of the kill tests: compares what clients were told is recorded with what is recorded.
// It is a pure function, so that its own test can show that it finds what it is there to find.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tocsin::e2e {

/// An entry that a client got an answer for. Texts are unique to one request id.
struct Acknowledged {
  std::string incident;
  std::string text;
  /// 0: the answer did not say (entries within a stream).
  uint64_t sequence = 0;
};

/// An entry as it is read back.
struct Recorded {
  std::string incident;
  uint64_t sequence = 0;
  std::string text;
};

/// What is wrong, one sentence each.
struct Verdict {
  std::vector<std::string> lost;
  std::vector<std::string> duplicated;
  /// A missing, repeated or swapped sequence, or an entry elsewhere than its answer said.
  std::vector<std::string> misplaced;
};

/// `recorded` in the order in which each incident gives its entries, incidents one after another.
Verdict CheckHistory(const std::vector<Acknowledged>& acknowledged,
                     const std::vector<Recorded>& recorded);

}  // namespace tocsin::e2e
