#include "server/library/applicability_reader.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/base/status_macros.h"
#include "server/library/fields.h"

namespace tocsin::library {
namespace {

using regulation::Applicability;
using regulation::AppliesCase;
using regulation::Displacement;
using regulation::Place;
using regulation::RulePack;
using regulation::SizeClass;

// A list that stands there must say something, each word once.
std::vector<std::string> ReadWords(YamlMapReader& map, std::string_view key) {
  std::vector<std::string> words = map.TextList(key);
  if (map.Has(key) && words.empty()) map.Refuse(key, "the list is empty");
  std::set<std::string> seen;
  for (const std::string& word : words) {
    if (!seen.insert(word).second) map.Refuse(key, absl::StrCat("'", word, "' comes twice"));
  }
  return words;
}

std::vector<SizeClass> ReadSizes(YamlMapReader& map) {
  static const std::vector<std::string> known = {"small", "medium", "large"};
  std::vector<SizeClass> sizes;
  for (const std::string& word : ReadWords(map, "sizes")) {
    bool found = false;
    for (const SizeClass size : {SizeClass::kSmall, SizeClass::kMedium, SizeClass::kLarge}) {
      if (regulation::ToText(size) != word) continue;
      sizes.push_back(size);
      found = true;
    }
    if (!found) map.Refuse("sizes", NotKnown("a size", word, known));
  }
  return sizes;
}

absl::StatusOr<AppliesCase> ReadCase(std::string_view file, const YamlNode& node,
                                     const RulePack& pack) {
  YamlMapReader map(file, node, "a case");
  AppliesCase read;
  read.entity_kind = map.Text("entity_kind");
  std::vector<std::string> kinds;
  for (const regulation::EntityKind& kind : pack.entity_kinds) kinds.push_back(kind.kind);
  const bool known = std::find(kinds.begin(), kinds.end(), read.entity_kind) != kinds.end();
  if (!known && !read.entity_kind.empty()) {
    map.Refuse("entity_kind", NotKnown("an entity kind of this pack", read.entity_kind, kinds));
  }
  read.sectors = ReadWords(map, "sectors");
  for (const std::string& sector : read.sectors) {
    if (regulation::IsSectorName(sector)) continue;
    map.Refuse("sectors", NotKnown("a sector", sector, regulation::SectorNames()));
  }
  read.roles = ReadWords(map, "roles");
  for (const std::string& role : read.roles) {
    if (!IsWord(role)) map.Refuse("roles", "a role is a word of a-z, 0-9, _ and -");
  }
  read.sizes = ReadSizes(map);
  if (map.Has("place")) {
    read.place = map.Word<Place>("place", {{"establishment", Place::kEstablishment},
                                           {"main_establishment", Place::kMainEstablishment},
                                           {"service", Place::kService},
                                           {"anywhere", Place::kAnywhere}});
  } else {
    map.OptionalText("place");
  }
  read.article = map.Text("article");
  const bool asks_nothing = read.place == Place::kAnywhere && read.sectors.empty() &&
                            read.roles.empty() && read.sizes.empty();
  if (asks_nothing) map.Refuse("place", "a case that asks nothing would bind everybody");
  TOCSIN_RETURN_IF_ERROR(map.Finish());
  return read;
}

absl::StatusOr<Displacement> ReadDisplacement(std::string_view file, const YamlNode& node,
                                              const RulePack& pack) {
  YamlMapReader map(file, node, "a displacement");
  Displacement read{map.Text("regime"), map.Text("article")};
  if (read.pack == pack.id) map.Refuse("regime", "a pack cannot take its own place");
  TOCSIN_RETURN_IF_ERROR(map.Finish());
  return read;
}

}  // namespace

absl::StatusOr<Applicability> ReadApplicability(std::string_view file, const YamlNode& node,
                                                const RulePack& pack) {
  YamlMapReader map(file, node, "applies_to");
  Applicability read;
  const YamlNode* cases = map.RequiredList("cases");
  const YamlNode* displaced = map.List("displaced_by");
  TOCSIN_RETURN_IF_ERROR(map.Finish());
  if (cases->children.empty()) return YamlErrorAt(file, *cases, "the list is empty");
  for (const YamlNode& item : cases->children) {
    TOCSIN_ASSIGN_OR_RETURN(AppliesCase one, ReadCase(file, item, pack));
    read.cases.push_back(std::move(one));
  }
  if (displaced == nullptr) return read;
  for (const YamlNode& item : displaced->children) {
    TOCSIN_ASSIGN_OR_RETURN(Displacement one, ReadDisplacement(file, item, pack));
    read.displaced_by.push_back(std::move(one));
  }
  return read;
}

}  // namespace tocsin::library
