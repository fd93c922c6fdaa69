// JSON shown as YAML, by libfyaml: for `-o yaml`.
#pragma once

#include <string>

namespace tocsin::client {

/// The same value as block-style YAML with a newline at its end. `json` must be JSON (checked).
std::string YamlOfJson(const std::string& json);

}  // namespace tocsin::client
