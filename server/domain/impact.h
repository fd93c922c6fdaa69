// The facts of an impact assessment. Known keys have a form, so that forms and thresholds can rely
// on them; further keys are free text. "unknown" is a value of every key: not yet known is not the
// same as no.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

namespace tocsin::domain {

enum class ImpactForm {
  kYesNo,
  kNumber,
  kText,
  kKey,        // one word of a-z, 0-9, - _ and ., so that two incidents can be found to share it
  kSectors,    // words of regulation::SectorNames() with commas between them, or "none"
  kIntervals,  // regulation::ParseIntervals
};

struct ImpactKey {
  std::string_view key;
  ImpactForm form;
  std::string_view label;
  /// KEY_potential is a key too: what could have happened, beside what did.
  bool has_potential = false;
};

/// All known keys, in the order of the forms; potential forms are not listed apart.
const std::vector<ImpactKey>& ImpactKeys();
/// The entry of `key`, also when it is a potential form; nullptr when it is not known.
const ImpactKey* FindImpactKey(std::string_view key);

/// Errors: kInvalidArgument, reason BAD_IMPACT_VALUE, when a known key's value has not its form;
/// UNKNOWN_IMPACT_KEY when an unknown key is a slip of a known one (edit distance of at most 2).
absl::Status CheckImpactFact(std::string_view key, std::string_view value);

}  // namespace tocsin::domain
