#include "server/library/form_reader.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/base/digest.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/base/view.h"
#include "server/domain/impact.h"
#include "server/library/fields.h"
#include "server/library/yaml.h"
#include "server/regulation/rule_pack.h"

namespace tocsin::library {
namespace {

using filing::Answer;
using filing::Field;
using filing::FieldCatalogue;
using filing::Form;
using filing::FormField;
using filing::FormStage;
using filing::JsonForm;
using filing::JsonKey;
using filing::JsonType;
using filing::Labels;
using filing::PortalFields;
using filing::Scope;
using filing::SourceKind;
using filing::ValueKind;

constexpr char kFieldsFormat[] = "tocsin-form-fields-v1";
constexpr char kFormFormat[] = "tocsin-form-v1";
constexpr int64_t kFieldNumberMax = 999;
constexpr size_t kNumberingBytesMax = 50;

bool Has(const std::vector<std::string>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// a-z 0-9 _, as fields, parts, stages and ids are named.
bool IsName(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

// As authorities number their questions: "3.4-3.5, 3.7a".
bool IsNumbering(std::string_view text) {
  return text.size() <= kNumberingBytesMax && std::all_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' || c == ',' ||
                  c == '-' || c == ' ';
         });
}

// A text for documents: one clean line.
std::string Line(YamlMapReader& map, std::string_view key, const std::string& text) {
  if (text.empty()) return text;
  if (const absl::Status status = CheckLine(key, text); !status.ok()) {
    map.Refuse(key, std::string(status.message()));
  }
  return text;
}

// The texts in the map `key`, in some of `languages`; with `all`, in each of them.
Labels ReadLabels(std::string_view file, YamlMapReader& map, std::string_view key,
                  const std::vector<std::string>& languages, bool all) {
  Labels labels;
  const YamlNode* node = all ? map.RequiredMap(key) : map.Map(key);
  if (node == nullptr) return labels;
  YamlMapReader texts(file, *node, absl::StrCat("'", ToAbsl(key), "'"));
  for (const std::string& language : languages) {
    if (!all && !texts.Has(language)) {
      texts.OptionalText(language);
      continue;
    }
    labels[language] = Line(texts, language, texts.Text(language));
  }
  map.Add(texts.Finish());
  return labels;
}

void ReadSource(YamlMapReader& map, Answer& answer) {
  const auto known = [&](std::string_view key, SourceKind kind, std::string_view what,
                         const std::vector<std::string>& names) {
    const std::string name = map.OptionalText(key).value_or("");
    if (name.empty()) return;
    if (answer.source.kind != SourceKind::kNone) {
      map.Refuse(key, "an answer has one source only");
    }
    if (!names.empty() && !Has(names, name)) map.Refuse(key, NotKnown(what, name, names));
    answer.source = {kind, name};
  };
  std::vector<std::string> impact_keys;
  for (const domain::ImpactKey& key : domain::ImpactKeys()) impact_keys.emplace_back(key.key);
  known("anchor", SourceKind::kAnchor, "an anchor", regulation::AnchorNames());
  known("anchor_reason", SourceKind::kAnchorReason, "an anchor", regulation::AnchorNames());
  known("impact", SourceKind::kImpact, "an impact key", impact_keys);
  known("attribute", SourceKind::kAttribute, "an attribute", {});
  known("record", SourceKind::kRecord, "something that the record knows", filing::RecordSources());
}

// What a field and a part have in common.
void ReadAnswer(std::string_view file, YamlMapReader& map,
                const std::vector<std::string>& languages, Answer& answer) {
  if (map.Has("kind")) {
    answer.kind = map.Word<ValueKind>("kind", {{"text", ValueKind::kText},
                                               {"yes_no", ValueKind::kYesNo},
                                               {"number", ValueKind::kNumber},
                                               {"time", ValueKind::kTime},
                                               {"minutes", ValueKind::kMinutes},
                                               {"countries", ValueKind::kCountries},
                                               {"codes", ValueKind::kCodes}});
  }
  ReadSource(map, answer);
  answer.labels = ReadLabels(file, map, "labels", languages, /*all=*/true);
  answer.codes = map.TextList("codes");
  if ((answer.kind == ValueKind::kCodes) == answer.codes.empty()) {
    map.Refuse("codes", "'codes' stands where kind is codes, and only there");
  }
}

absl::StatusOr<Field> ReadField(std::string_view file, const YamlNode& node,
                                const std::vector<std::string>& languages) {
  YamlMapReader map(file, node, "a field");
  Field field;
  field.field = map.Text("field");
  if (!field.field.empty() && !IsName(field.field)) map.Refuse("field", "a name is a-z, 0-9 and _");
  field.number = static_cast<int>(map.Integer("number", 1, kFieldNumberMax));
  if (map.Has("scope")) {
    field.scope = map.Word<Scope>(
        "scope",
        {{"incident", Scope::kIncident}, {"regime", Scope::kRegime}, {"filing", Scope::kFiling}});
  }
  ReadAnswer(file, map, languages, field.own);
  std::set<std::string> names;
  if (const YamlNode* parts = map.List("parts")) {
    for (const YamlNode& item : parts->children) {
      YamlMapReader part(file, item, "a part");
      Answer& answer = field.parts.emplace_back();
      answer.part = part.Text("part");
      if (!IsName(answer.part)) part.Refuse("part", "a name is a-z, 0-9 and _");
      if (!names.insert(answer.part).second) {
        part.Refuse("part", absl::StrCat("the part '", answer.part, "' comes twice"));
      }
      ReadAnswer(file, part, languages, answer);
      map.Add(part.Finish());
    }
  }
  TOCSIN_RETURN_IF_ERROR(map.Finish());
  return field;
}

absl::Status ReadFieldList(std::string_view file, const YamlNode& list, FieldCatalogue& catalogue) {
  std::set<int> numbers;
  for (const YamlNode& item : list.children) {
    TOCSIN_ASSIGN_OR_RETURN(Field field, ReadField(file, item, catalogue.languages));
    if (filing::FindField(catalogue, field.field) != nullptr) {
      return YamlErrorAt(file, item, absl::StrCat("the field '", field.field, "' comes twice"));
    }
    if (!numbers.insert(field.number).second) {
      return YamlErrorAt(file, item, absl::StrCat("the number ", field.number, " comes twice"));
    }
    catalogue.fields.push_back(std::move(field));
  }
  if (list.children.empty()) return YamlErrorAt(file, list, "the list is empty");
  return absl::OkStatus();
}

// Knows the list of fields, and refuses what is not on it.
class FormReader {
 public:
  FormReader(std::string_view file, const FieldCatalogue& catalogue)
      : file_(file), catalogue_(catalogue) {
    for (const Field& field : catalogue.fields) {
      field_names_.push_back(field.field);
      answers_.push_back(field.field);
      for (const Answer& part : field.parts) {
        answers_.push_back(absl::StrCat(field.field, ".", part.part));
      }
    }
  }

  absl::StatusOr<Form> Read(const YamlNode& root) {
    YamlMapReader map(file_, root, "the form");
    Form form;
    CheckFormat(map, kFormFormat);
    form.id = map.Text("id");
    if (!form.id.empty() && !IsName(form.id)) map.Refuse("id", "an id is a-z, 0-9, _ and -");
    form.version = Line(map, "version", map.Text("version"));
    form.title = Line(map, "title", map.Text("title"));
    form.authority = map.OptionalText("authority").value_or("");
    form.addressee = Line(map, "addressee", map.OptionalText("addressee").value_or(""));
    form.country = OptionalCountry(map, "country");
    form.regimes = map.TextList("regimes");
    if (form.regimes.empty()) map.Refuse("regimes", "a form needs at least one regime");
    form.languages = ReadLanguages(map);
    if (const auto day = RequiredDay(map, "valid_from")) form.valid_from = *day;
    form.valid_to = OptionalDay(map, "valid_to");
    if (form.valid_to && *form.valid_to < form.valid_from) {
      map.Refuse("valid_to", "valid_to lies before valid_from");
    }
    form.portal_fields =
        map.Word<PortalFields>("portal_fields", {{"seen", PortalFields::kSeen},
                                                 {"partly_seen", PortalFields::kPartlySeen},
                                                 {"not_seen", PortalFields::kNotSeen}});
    form.source = map.Text("source");
    form.confidence = map.Text("confidence");
    if (const auto day = RequiredDay(map, "verified_on")) {
      form.verified_on = absl::FormatCivilTime(*day);
    }
    if (const YamlNode* list = map.RequiredList("stages")) map.Add(ReadStages(*list, form));
    if (const YamlNode* node = map.Map("json")) map.Add(ReadJson(*node, form));
    TOCSIN_RETURN_IF_ERROR(map.Finish());
    return form;
  }

 private:
  std::vector<std::string> ReadLanguages(YamlMapReader& map) const {
    std::vector<std::string> languages = map.TextList("languages");
    if (languages.empty()) map.Refuse("languages", "a form needs at least one language");
    for (const std::string& language : languages) {
      if (!Has(catalogue_.languages, language)) {
        map.Refuse("languages",
                   NotKnown("a language of fields.yaml", language, catalogue_.languages));
      }
      if (std::count(languages.begin(), languages.end(), language) > 1) {
        map.Refuse("languages", absl::StrCat("the language '", language, "' comes twice"));
      }
    }
    return languages;
  }

  absl::Status ReadStages(const YamlNode& list, Form& form) const {
    for (const YamlNode& item : list.children) {
      YamlMapReader map(file_, item, "a stage");
      FormStage stage;
      stage.stage = map.Text("stage");
      if (filing::FindStage(form, stage.stage) != nullptr) {
        map.Refuse("stage", absl::StrCat("the stage '", stage.stage, "' comes twice"));
      }
      if (map.RequiredMap("name") != nullptr) {
        stage.names = ReadLabels(file_, map, "name", form.languages, /*all=*/false);
        // The law's own word goes before that of any other language.
        if (!form.languages.empty() && !stage.names.contains(form.languages.front())) {
          map.Refuse("name", absl::StrCat("the name lacks '", form.languages.front(),
                                          "', the form's first language"));
        }
      }
      if (const YamlNode* node = map.Map("json")) {
        for (const YamlNode& member : node->children) {
          if (member.kind != YamlKind::kScalar || member.text.empty()) {
            map.Add(YamlErrorAt(file_, member, "a key of the JSON needs a text"));
          }
          stage.json[member.key] = member.text;
        }
      }
      if (const YamlNode* fields = map.List("fields")) {
        map.Add(ReadStageFields(*fields, form.languages, stage));
      }
      TOCSIN_RETURN_IF_ERROR(map.Finish());
      form.stages.push_back(std::move(stage));
    }
    if (list.children.empty()) return YamlErrorAt(file_, list, "the list is empty");
    return absl::OkStatus();
  }

  absl::Status ReadStageFields(const YamlNode& list, const std::vector<std::string>& languages,
                               FormStage& stage) const {
    for (const YamlNode& item : list.children) {
      YamlMapReader map(file_, item, "a field of the form");
      FormField field;
      field.field = map.Text("field");
      if (!field.field.empty() && !Has(field_names_, field.field)) {
        map.Refuse("field", NotKnown("a field of fields.yaml", field.field, field_names_));
      }
      const bool twice = std::any_of(stage.fields.begin(), stage.fields.end(),
                                     [&](const FormField& f) { return f.field == field.field; });
      if (twice) map.Refuse("field", absl::StrCat("the field '", field.field, "' comes twice"));
      field.required = map.Word<bool>("need", {{"required", true}, {"where_applicable", false}});
      field.number = map.OptionalText("number").value_or("");
      if (!IsNumbering(field.number)) {
        map.Refuse("number", "a number is letters, digits, blanks, points, commas and dashes");
      }
      if (map.Has("labels")) {
        field.labels = ReadLabels(file_, map, "labels", languages, /*all=*/true);
      } else {
        map.Map("labels");
      }
      TOCSIN_RETURN_IF_ERROR(map.Finish());
      stage.fields.push_back(std::move(field));
    }
    return absl::OkStatus();
  }

  absl::Status ReadJson(const YamlNode& node, Form& form) const {
    YamlMapReader map(file_, node, "the JSON");
    JsonForm json;
    json.name = map.Text("name");
    json.title = map.Text("title");
    if (const YamlNode* keys = map.RequiredList("keys")) {
      for (const YamlNode& item : keys->children) {
        TOCSIN_ASSIGN_OR_RETURN(JsonKey key, ReadJsonKey(item));
        if (const JsonKey* other = Clash(json.keys, key)) {
          return YamlErrorAt(
              file_, item,
              absl::StrCat("the key '", key.path, "' does not go with '", other->path, "'"));
        }
        json.keys.push_back(std::move(key));
      }
    }
    TOCSIN_RETURN_IF_ERROR(map.Finish());
    form.json = std::move(json);
    return absl::OkStatus();
  }

  absl::StatusOr<JsonKey> ReadJsonKey(const YamlNode& node) const {
    YamlMapReader map(file_, node, "a key of the JSON");
    JsonKey key;
    key.path = map.Text("key");
    if (!key.path.empty() && !IsPath(key.path)) {
      map.Refuse("key", "a key is names with dots between; a list ends in [], [0] or [word]");
    }
    key.value = map.OptionalText("value").value_or("");
    key.from = map.TextList("from");
    if (key.value.empty() == key.from.empty()) {
      map.Refuse("from", "a key has either 'value' or 'from'");
    }
    for (const std::string& answer : key.from) {
      if (!Has(answers_, answer)) {
        map.Refuse("from", NotKnown("a field or part of fields.yaml", answer, answers_));
      }
    }
    if (!key.from.empty()) {
      key.type = map.Word<JsonType>("type", {{"text", JsonType::kText},
                                             {"time", JsonType::kTime},
                                             {"number", JsonType::kNumber},
                                             {"boolean", JsonType::kBoolean},
                                             {"duration", JsonType::kDuration},
                                             {"code", JsonType::kCode},
                                             {"codes", JsonType::kCodes},
                                             {"countries", JsonType::kCountries},
                                             {"flags", JsonType::kFlags}});
    }
    key.required = map.Bool("required", false);
    key.drill_mark = map.Bool("drill_mark", false);
    const bool lists = absl::StrContains(key.path, "[].");
    if (lists && key.type != JsonType::kCodes) map.Refuse("key", "[] is for codes");
    TOCSIN_RETURN_IF_ERROR(map.Finish());
    return key;
  }

  // "incident.classificationTypes[].classificationCriterion".
  static bool IsPath(std::string_view path) {
    for (const absl::string_view step : absl::StrSplit(ToAbsl(path), '.')) {
      std::string_view name = ToStd(step);
      if (name.ends_with(']')) {
        const size_t bracket = name.find('[');
        if (bracket == std::string_view::npos || path.ends_with(']')) return false;
        const std::string_view which = name.substr(bracket + 1, name.size() - bracket - 2);
        if (!which.empty() && !IsName(which)) return false;
        name = name.substr(0, bracket);
      }
      const bool letters = std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
      });
      if (name.empty() || !letters) return false;
    }
    return true;
  }

  // A key that is the same as `key`, or that would have to be a value and an object at once.
  static const JsonKey* Clash(const std::vector<JsonKey>& keys, const JsonKey& key) {
    for (const JsonKey& other : keys) {
      const bool inside = absl::StartsWith(key.path, other.path + ".") ||
                          absl::StartsWith(other.path, key.path + ".") ||
                          absl::StartsWith(key.path, other.path + "[") ||
                          absl::StartsWith(other.path, key.path + "[");
      if (inside || other.path == key.path) return &other;
    }
    return nullptr;
  }

  std::string file_;
  const FieldCatalogue& catalogue_;
  std::vector<std::string> field_names_;
  std::vector<std::string> answers_;
};

}  // namespace

absl::StatusOr<FieldCatalogue> ReadFields(std::string_view file, std::string_view bytes) {
  TOCSIN_ASSIGN_OR_RETURN(const YamlNode root, ParseYaml(file, bytes));
  FieldCatalogue catalogue;
  YamlMapReader map(file, root, "the list of fields");
  CheckFormat(map, kFieldsFormat);
  catalogue.version = map.Text("version");
  catalogue.digest = Sha256(bytes);
  catalogue.languages = map.TextList("languages");
  if (catalogue.languages.empty()) map.Refuse("languages", "there must be a language");
  if (const YamlNode* node = map.RequiredMap("words")) {
    YamlMapReader words(file, *node, "the words");
    for (const std::string& word : filing::DocumentWords()) {
      catalogue.words[word] = ReadLabels(file, words, word, catalogue.languages, /*all=*/true);
    }
    map.Add(words.Finish());
  }
  if (const YamlNode* list = map.RequiredList("fields")) {
    map.Add(ReadFieldList(file, *list, catalogue));
  }
  TOCSIN_RETURN_IF_ERROR(map.Finish());
  return catalogue;
}

absl::StatusOr<Form> ReadForm(std::string_view file, std::string_view bytes,
                              const FieldCatalogue& catalogue) {
  TOCSIN_ASSIGN_OR_RETURN(const YamlNode root, ParseYaml(file, bytes));
  TOCSIN_ASSIGN_OR_RETURN(Form form, FormReader(file, catalogue).Read(root));
  form.digest = Sha256(bytes);
  return form;
}

}  // namespace tocsin::library
