// Words and small values that a playbook file and its tests share: spans, phases, roles. Internal
// to server/library.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "server/base/vocabulary.h"
#include "server/library/yaml.h"
#include "server/playbook/definition.h"

namespace tocsin::library {

/// The texts of an enum with their values, for YamlMapReader::Word.
template <typename Enum>
std::vector<std::pair<std::string, Enum>> Choices() {
  std::vector<std::pair<std::string, Enum>> choices;
  for (const std::string& text : AllTexts<Enum>()) {
    choices.emplace_back(text, ParseText<Enum>(text).value());
  }
  return choices;
}

/// The span in `key`, "30m". Zero when it is refused or absent; absence is no error.
absl::Duration SpanOf(YamlMapReader& map, std::string_view key);

/// Reads a condition. What is wrong is added to `problems`.
playbook::Condition ReadCondition(std::string_view file, const YamlNode& node,
                                  std::vector<absl::Status>& problems);

}  // namespace tocsin::library
