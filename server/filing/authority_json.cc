// The JSON of an authority, made by the keys that its form lists. Nothing here knows any authority.
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/error.h"
#include "server/base/time_text.h"
#include "server/base/view.h"
#include "server/filing/document.h"
#include "server/filing/value.h"

namespace tocsin::filing {
namespace {

using Json = nlohmann::ordered_json;

// A step of a path: a member, and what of it when it is a list.
struct Step {
  std::string member;
  bool is_list = false;
  std::string which;  // of a list: "0", a word, or empty for one of each code
};

std::vector<Step> StepsOf(std::string_view path) {
  std::vector<Step> steps;
  while (!path.empty()) {
    const size_t dot = path.find('.');
    std::string_view step = path.substr(0, dot);
    path = dot == std::string_view::npos ? "" : path.substr(dot + 1);
    const size_t bracket = step.find('[');
    Step& added = steps.emplace_back();
    added.member = std::string(step.substr(0, bracket));
    if (bracket == std::string_view::npos) continue;
    added.is_list = true;
    added.which = std::string(step.substr(bracket + 1, step.size() - bracket - 2));
  }
  return steps;
}

// The member of `list` that was made for the word: it stands first in it.
Json* WithWord(Json& list, const std::string& word) {
  for (Json& member : list) {
    if (member.is_object() && !member.empty() && member.front() == word) return &member;
  }
  return nullptr;
}

const std::string* ValueOf(const Document& document, std::string_view from) {
  const size_t dot = from.find('.');
  for (const DraftField& field : document.fields) {
    if (field.field != from.substr(0, dot)) continue;
    if (dot == std::string_view::npos) return field.value.empty() ? nullptr : &field.value;
    for (const DraftPart& part : field.parts) {
      if (part.part == from.substr(dot + 1)) return &part.value;
    }
  }
  return nullptr;
}

// A whole number without ".0": readers of amounts and counts tell the two apart.
std::optional<Json> NumberOf(const std::string& value) {
  const std::optional<double> number = ReadNumber(value);
  if (!number) return std::nullopt;
  if (value.find('.') == std::string::npos) return Json(static_cast<int64_t>(*number));
  return Json(*number);
}

std::optional<Json> ListOf(const std::vector<std::string>& words) {
  if (words.empty()) return std::nullopt;
  return Json(words);
}

// nullopt where the value does not say what the key is for.
std::optional<Json> Converted(JsonType type, const std::string& value) {
  switch (type) {
    case JsonType::kText:
      return Json(value);
    case JsonType::kTime: {
      const absl::StatusOr<absl::Time> time = ParseInstant(value);
      if (!time.ok()) return std::nullopt;
      return Json(FormatInstant(*time));
    }
    case JsonType::kNumber:
      return NumberOf(value);
    case JsonType::kBoolean:
      if (value != "yes" && value != "no") return std::nullopt;
      return Json(value == "yes");
    case JsonType::kDuration: {
      const std::optional<std::string> span = DaysHoursMinutes(value);
      if (!span) return std::nullopt;
      return Json(*span);
    }
    case JsonType::kCode: {
      const std::vector<std::string> words = ReadWords(value);
      if (words.size() != 1) return std::nullopt;
      return Json(words.front());
    }
    case JsonType::kCodes:
      return ListOf(ReadWords(value));
    case JsonType::kCountries:
      return ListOf(ReadCountries(value));
    case JsonType::kFlags:  // of several values; see AnswerTo
      return std::nullopt;
  }
  return std::nullopt;
}

// Puts `value` at the path; makes what is on the way, except members that only a word names.
void Put(Json& root, const std::vector<Step>& steps, const Json& value) {
  Json* at = &root;
  for (size_t i = 0; i + 1 < steps.size(); ++i) {
    const Step& step = steps[i];
    Json& member = (*at)[step.member];
    if (!step.is_list) {
      at = &member;
    } else if (step.which == "0") {
      at = &member[0];
    } else if (step.which.empty()) {
      for (const Json& code : value) member.push_back({{steps[i + 1].member, code}});
      return;
    } else {
      at = WithWord(member, step.which);
      if (at == nullptr) return;
    }
  }
  (*at)[steps.back().member] = value;
}

// Whether the object that the path ends in is there already.
bool HasPlace(const Json& root, const std::vector<Step>& steps) {
  const Json* at = &root;
  for (size_t i = 0; i + 1 < steps.size(); ++i) {
    if (!at->contains(steps[i].member)) return false;
    at = &(*at)[steps[i].member];
    if (!steps[i].is_list) continue;
    if (!at->is_array() || at->empty()) return false;
    at = &at->front();
  }
  return true;
}

// Lists that a word was looked for in and that never came to be.
void DropEmpty(Json& value) {
  if (!value.is_object()) return;
  for (auto it = value.begin(); it != value.end();) {
    DropEmpty(it.value());
    // A text may be empty; null is what is empty and neither text nor structure.
    const bool nothing = !it.value().is_string() && it.value().empty();
    it = nothing ? value.erase(it) : std::next(it);
  }
}

// The parts among `from` that were answered yes, by name.
std::vector<std::string> FlagsOf(const Document& document, const std::vector<std::string>& from) {
  std::vector<std::string> flags;
  for (const std::string& name : from) {
    const std::string* const value = ValueOf(document, name);
    if (value != nullptr && *value == "yes") flags.push_back(name.substr(name.find('.') + 1));
  }
  return flags;
}

std::optional<Json> AnswerTo(const Document& document, const JsonKey& key) {
  if (key.type == JsonType::kFlags) return ListOf(FlagsOf(document, key.from));
  for (const std::string& from : key.from) {
    const std::string* const value = ValueOf(document, from);
    if (value == nullptr || *value == kUnknownValue) continue;
    if (std::optional<Json> converted = Converted(key.type, *value)) return converted;
  }
  return std::nullopt;
}

}  // namespace

absl::StatusOr<std::string> AuthorityJsonOf(const Document& document, const Form* form) {
  const FormStage* const stage = form == nullptr ? nullptr : FindStage(*form, document.stage);
  if (stage == nullptr || !form->json) {
    return FailedPrecondition("NO_JSON_FORM", "this form describes no JSON of the authority's own",
                              "Take --format md or json.");
  }
  Json json = Json::object();
  for (const auto& [member, value] : stage->json) json[member] = value;
  std::vector<std::string> lacking;
  for (const JsonKey& key : form->json->keys) {
    if (!key.value.empty()) continue;
    std::optional<Json> value = AnswerTo(document, key);
    if (value && key.drill_mark && document.drill && value->is_string()) {
      value = Json("DRILL: " + value->get<std::string>());
    }
    if (value) {
      Put(json, StepsOf(key.path), *value);
    } else if (key.required) {
      lacking.push_back(absl::StrCat(key.path, " (", absl::StrJoin(key.from, " or "), ")"));
    }
  }
  if (!lacking.empty()) {
    return FailedPrecondition(
        "JSON_INCOMPLETE",
        absl::StrCat("the JSON cannot do without ", absl::StrJoin(lacking, ", ")),
        "Give them with --set FIELD=VALUE, or take --format md meanwhile.");
  }
  for (const JsonKey& key : form->json->keys) {
    const std::vector<Step> steps = StepsOf(key.path);
    if (!key.value.empty() && HasPlace(json, steps)) Put(json, steps, key.value);
  }
  DropEmpty(json);
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace tocsin::filing
