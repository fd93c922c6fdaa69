#include "server/filing/form.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/check.h"
#include "server/base/error.h"
#include "server/base/text.h"
#include "server/base/time_text.h"
#include "server/base/view.h"
#include "server/filing/value.h"

namespace tocsin::filing {
namespace {

bool Has(const std::vector<std::string>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::string_view MainLanguage(std::string_view language) {
  return language.substr(0, language.find('-'));
}

bool Fits(const Form& form, const FormQuestion& question) {
  return Has(form.regimes, question.regime) && FindStage(form, question.stage) != nullptr &&
         form.valid_from <= question.day && (!form.valid_to || question.day <= *form.valid_to);
}

std::string Shown(std::string_view value) {
  constexpr size_t kShownBytesMax = 100;
  return value.size() <= kShownBytesMax && CheckText("", value).ok()
             ? absl::StrCat("'", ToAbsl(value), "'")
             : "this text";
}

absl::Status BadValue(std::string_view name, std::string_view value, std::string_view wanted,
                      std::string_view next) {
  return InvalidArgument("BAD_FIELD_VALUE",
                         absl::StrCat(ToAbsl(name), " is ", ToAbsl(wanted), ", not ", Shown(value)),
                         next);
}

}  // namespace

const std::vector<std::string>& RecordSources() {
  static const std::vector<std::string> names = {"stage",
                                                 "number",
                                                 "authority_reference",
                                                 "regime",
                                                 "entity_kind",
                                                 "determined",
                                                 "significance_reason",
                                                 "ongoing",
                                                 "description",
                                                 "severity",
                                                 "lessons",
                                                 "sharing"};
  return names;
}

const std::vector<std::string>& DocumentWords() {
  static const std::vector<std::string> words = {"yes",   "no",         "unknown", "missing",
                                                 "drill", "restricted", "regime",  "article",
                                                 "due",   "addressee",  "form",    "drafted"};
  return words;
}

const Field* FindField(const FieldCatalogue& catalogue, std::string_view field) {
  const auto found = std::find_if(catalogue.fields.begin(), catalogue.fields.end(),
                                  [&](const Field& f) { return f.field == field; });
  return found == catalogue.fields.end() ? nullptr : &*found;
}

const FormStage* FindStage(const Form& form, std::string_view stage) {
  const auto found = std::find_if(form.stages.begin(), form.stages.end(),
                                  [&](const FormStage& s) { return s.stage == stage; });
  return found == form.stages.end() ? nullptr : &*found;
}

const std::string& WordIn(const FieldCatalogue& catalogue, const std::string& word,
                          const std::string& language) {
  const auto found = catalogue.words.find(word);
  TOCSIN_CHECK(found != catalogue.words.end());
  const auto text = found->second.find(language);
  TOCSIN_CHECK(text != found->second.end());
  return text->second;
}

std::string LabelIn(const Labels& labels, const std::string& language,
                    const std::vector<std::string>& fallback) {
  if (const auto label = labels.find(language); label != labels.end()) return label->second;
  for (const std::string& other : fallback) {
    if (const auto label = labels.find(other); label != labels.end()) return label->second;
  }
  return "";
}

absl::StatusOr<const Form*> ChooseForm(const FormLibrary& library, const FormQuestion& question) {
  std::vector<const Form*> near;
  std::vector<const Form*> general;
  std::vector<std::string> ids;
  for (const Form& form : library.forms) {
    if (!Fits(form, question)) continue;
    if (form.id == question.form) return &form;
    ids.push_back(form.id);
    if (form.country.empty()) {
      general.push_back(&form);
    } else if (form.country == question.country) {
      near.push_back(&form);
    }
  }
  if (!question.form.empty()) {
    const std::string nearest = NearestWord(question.form.substr(0, 64), ids);
    return NotFound("UNKNOWN_FORM",
                    absl::StrCat("there is no such form for the stage ", question.stage, " of ",
                                 question.regime),
                    ids.empty()        ? "There is none: leave --form out."
                    : !nearest.empty() ? absl::StrCat("Did you mean '", nearest, "'?")
                                       : absl::StrCat("Forms: ", absl::StrJoin(ids, ", "), "."));
  }
  const std::vector<const Form*>& fitting = near.empty() ? general : near;
  if (fitting.size() > 1) {
    return FailedPrecondition(
        "WHICH_FORM", absl::StrCat("several forms fit the stage ", question.stage),
        absl::StrCat("Say which: --form ",
                     absl::StrJoin(fitting, ", ",
                                   [](std::string* out, const Form* form) { *out += form->id; }),
                     "."));
  }
  return fitting.empty() ? nullptr : fitting.front();
}

absl::StatusOr<std::string> ChooseLanguage(const std::vector<std::string>& languages,
                                           std::string_view wanted) {
  if (wanted.empty()) return languages.front();
  std::vector<std::string> of_main;
  for (const std::string& language : languages) {
    if (absl::EqualsIgnoreCase(language, ToAbsl(wanted))) return language;
    if (MainLanguage(language) == wanted) of_main.push_back(language);
  }
  if (of_main.size() == 1) return of_main.front();
  return InvalidArgument("UNKNOWN_LANGUAGE",
                         absl::StrCat("this form is not written in ", Shown(wanted)),
                         absl::StrCat("Languages: ", absl::StrJoin(languages, ", "), "."));
}

absl::Status CheckValue(const Answer& answer, std::string_view name, std::string_view value) {
  if (value == kUnknownValue) return absl::OkStatus();
  switch (answer.kind) {
    case ValueKind::kText:
      return absl::OkStatus();
    case ValueKind::kYesNo:
      if (value == "yes" || value == "no") return absl::OkStatus();
      return BadValue(name, value, "yes, no or unknown", "Say unknown while nobody knows.");
    case ValueKind::kNumber:
    case ValueKind::kMinutes:
      if (ReadNumber(value)) return absl::OkStatus();
      return BadValue(name, value, "a number", "Write digits without separators, or unknown.");
    case ValueKind::kTime:
      if (ParseInstant(value).ok()) return absl::OkStatus();
      return BadValue(name, value, "an instant with its offset",
                      "Write it as 2026-06-10T08:15:00Z, or unknown.");
    case ValueKind::kCountries:
      if (!ReadCountries(value).empty()) return absl::OkStatus();
      return BadValue(name, value, "a list of country codes", "Write BE, NL, or unknown.");
    case ValueKind::kCodes:
      for (const std::string& code : ReadWords(value)) {
        if (Has(answer.codes, code)) continue;
        const std::string nearest = NearestWord(code.substr(0, 64), answer.codes);
        return BadValue(name, code, "a list of known codes",
                        !nearest.empty()
                            ? absl::StrCat("Did you mean '", nearest, "'?")
                            : absl::StrCat("Codes: ", absl::StrJoin(answer.codes, ", "), "."));
      }
      if (!ReadWords(value).empty()) return absl::OkStatus();
      return BadValue(name, value, "a list of codes", "Separate them by commas.");
  }
  return absl::OkStatus();
}

}  // namespace tocsin::filing
