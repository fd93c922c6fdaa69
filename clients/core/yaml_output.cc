#include "clients/core/yaml_output.h"

#include <libfyaml.h>

#include <cstdlib>
#include <memory>

#include "server/base/check.h"

namespace tocsin::client {

std::string YamlOfJson(const std::string& json) {
  fy_parse_cfg config{};
  config.flags = static_cast<fy_parse_cfg_flags>(FYPCF_JSON_FORCE | FYPCF_QUIET);
  const std::unique_ptr<fy_document, decltype(&fy_document_destroy)> document(
      fy_document_build_from_string(&config, json.data(), json.size()), &fy_document_destroy);
  TOCSIN_CHECK(document != nullptr);
  const auto flags =
      static_cast<fy_emitter_cfg_flags>(FYECF_MODE_BLOCK | FYECF_WIDTH_INF | FYECF_INDENT_2);
  const std::unique_ptr<char, decltype(&std::free)> text(
      fy_emit_document_to_string(document.get(), flags), &std::free);
  TOCSIN_CHECK(text != nullptr);
  std::string yaml(text.get());
  if (yaml.empty() || yaml.back() != '\n') yaml += '\n';
  return yaml;
}

}  // namespace tocsin::client
