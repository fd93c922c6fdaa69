#include "clients/cli/import_mapping.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "clients/core/private_file.h"
#include "clients/core/terminal_text.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/library/yaml.h"

namespace tocsin::cli {
namespace {

using library::YamlMapReader;
using library::YamlNode;

std::vector<std::pair<std::string, EntryKind>> KindChoices() {
  std::vector<std::pair<std::string, EntryKind>> choices;
  for (const std::string& text : AllTexts<EntryKind>()) {
    choices.emplace_back(text, *ParseText<EntryKind>(text));
  }
  return choices;
}

absl::StatusOr<convert::CsvMapping> ReadFile(const std::string& path) {
  TOCSIN_ASSIGN_OR_RETURN(const std::string bytes,
                          client::ReadWholeFile(path, library::kYamlBytesMax));
  TOCSIN_ASSIGN_OR_RETURN(const YamlNode root, library::ParseYaml(path, bytes));
  YamlMapReader reader(path, root, "the mapping");
  convert::CsvMapping mapping;
  if (const YamlNode* columns = reader.RequiredMap("columns"); columns != nullptr) {
    YamlMapReader fields(path, *columns, "columns");
    for (const std::string& key : convert::CsvKeys()) {
      if (auto header = fields.OptionalText(key)) mapping.columns[key] = *std::move(header);
    }
    reader.Add(fields.Finish());
  }
  if (const YamlNode* kinds = reader.Map("kinds"); kinds != nullptr) {
    YamlMapReader words(path, *kinds, "kinds");
    for (const YamlNode& kind : kinds->children) {
      mapping.kinds[kind.key] = words.Word(kind.key, KindChoices());
    }
    reader.Add(words.Finish());
  }
  TOCSIN_RETURN_IF_ERROR(reader.Finish());
  return mapping;
}

}  // namespace

absl::StatusOr<convert::CsvMapping> ReadCsvMapping(const std::string& file,
                                                   const std::vector<std::string>& columns) {
  convert::CsvMapping mapping;
  if (!file.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(mapping, ReadFile(file));
  }
  const std::vector<std::string>& keys = convert::CsvKeys();
  for (const std::string& column : columns) {
    const size_t equals = column.find('=');
    const std::string key = column.substr(0, equals);
    const bool known = std::find(keys.begin(), keys.end(), key) != keys.end();
    if (!known || equals == std::string::npos || equals + 1 == column.size()) {
      return InvalidArgument(
          "BAD_COLUMN",
          absl::StrCat("--column '", client::EscapeText(column), "' is no KEY=HEADER"),
          absl::StrCat("Keys: ", absl::StrJoin(keys, ", "), ". For example: --column time=Date."));
    }
    mapping.columns[key] = column.substr(equals + 1);
  }
  return mapping;
}

}  // namespace tocsin::cli
