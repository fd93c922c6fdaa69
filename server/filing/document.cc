#include "server/filing/document.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/markdown_text.h"
#include "server/base/time_text.h"
#include "server/base/view.h"

namespace tocsin::filing {
namespace {

using Json = nlohmann::ordered_json;

const Answer* AnswerOf(const FieldCatalogue& catalogue, std::string_view field,
                       std::string_view part) {
  const Field* known = FindField(catalogue, field);
  if (known == nullptr) return nullptr;
  if (part.empty()) return &known->own;
  const auto found = std::find_if(known->parts.begin(), known->parts.end(),
                                  [&](const Answer& answer) { return answer.part == part; });
  return found == known->parts.end() ? nullptr : &*found;
}

// Writes one document in one language.
class MarkdownWriter {
 public:
  MarkdownWriter(const Document& document, const FieldCatalogue& catalogue)
      : document_(document), catalogue_(catalogue) {}

  std::string Write() {
    Heading();
    for (const DraftField& field : document_.fields) {
      if (field.required || field.state != FieldState::kMissing) Line(field);
    }
    return std::move(out_);
  }

 private:
  const std::string& Word(const std::string& word) const {
    return WordIn(catalogue_, word, document_.form.language);
  }

  void Fact(const std::string& word, std::string_view text) {
    if (text.empty()) return;
    absl::StrAppend(&out_, "- ", markdown::Inert(Word(word)), ": ", markdown::Inert(text), "\n");
  }

  void Heading() {
    absl::StrAppend(&out_, "# ", document_.drill ? Word("drill") + ": " : "",
                    markdown::Inert(document_.form.stage_name), ", ",
                    markdown::Inert(document_.incident), "\n\n");
    absl::StrAppend(&out_, "**", document_.tlp,
                    document_.restricted ? ", " + markdown::Inert(Word("restricted")) : "",
                    "**\n\n");
    Fact("regime", document_.regime);
    Fact("article", document_.article);
    if (document_.due) Fact("due", FormatInstant(*document_.due));
    Fact("addressee", document_.addressee);
    Fact("form", absl::StrCat(document_.form_title, " (", document_.form.id, " ",
                              document_.form.version, ", ", document_.form.language, ")"));
    Fact("drafted", FormatInstant(document_.draft_time));
    out_ += "\n";
  }

  // As people read it in this language; `value` itself where it is free text.
  std::string Shown(const Answer* answer, const std::string& value) const {
    if (value == kUnknownValue) return markdown::Inert(Word("unknown"));
    if (answer != nullptr && answer->kind == ValueKind::kYesNo) {
      if (value == "yes" || value == "no") return markdown::Inert(Word(value));
    }
    return markdown::Inert(value);
  }

  void Line(const DraftField& field) {
    absl::StrAppend(&out_, "- **", markdown::Inert(field.label), "**",
                    field.number.empty() ? "" : absl::StrCat(" (", field.number, ")"), ": ");
    std::vector<std::string> texts;
    std::set<uint64_t> sources;
    if (!field.value.empty()) {
      texts.push_back(Shown(AnswerOf(catalogue_, field.field, ""), field.value));
    }
    for (const DraftPart& part : field.parts) {
      texts.push_back(
          absl::StrCat(markdown::Inert(part.label), ": ",
                       Shown(AnswerOf(catalogue_, field.field, part.part), part.value)));
      sources.insert(part.source_sequence);
    }
    if (!field.value.empty()) sources.insert(field.source_sequence);
    sources.erase(0);
    absl::StrAppend(&out_, texts.empty() ? Word("missing") : absl::StrJoin(texts, "; "));
    if (!sources.empty()) {
      absl::StrAppend(&out_, " (#", absl::StrJoin(sources, ", #"), ")");
    }
    out_ += "\n";
  }

  const Document& document_;
  const FieldCatalogue& catalogue_;
  std::string out_;
};

}  // namespace

std::string MarkdownOf(const Document& document, const FieldCatalogue& catalogue) {
  return MarkdownWriter(document, catalogue).Write();
}

std::string JsonOf(const Document& document) {
  Json json;
  json["format"] = "tocsin-notification-v1";
  if (document.drill) json["drill"] = true;
  json["incident"] = document.incident;
  json["tlp"] = document.tlp;
  json["restricted"] = document.restricted;
  json["regime"] = document.regime;
  json["stage"] = document.stage;
  json["stage_name"] = document.form.stage_name;
  json["article"] = document.article;
  if (document.due) json["due_time"] = FormatInstant(*document.due);
  json["draft_time"] = FormatInstant(document.draft_time);
  json["form"] = {{"id", document.form.id},
                  {"version", document.form.version},
                  {"digest", document.form.digest.Hex()},
                  {"title", document.form_title},
                  {"language", document.form.language}};
  if (!document.addressee.empty()) json["form"]["addressee"] = document.addressee;
  json["fields"] = Json::array();
  for (const DraftField& field : document.fields) {
    Json entry;
    entry["field"] = field.field;
    if (!field.number.empty()) entry["number"] = field.number;
    entry["label"] = field.label;
    entry["required"] = field.required;
    entry["state"] = std::string(ToText(field.state));
    if (!field.value.empty()) entry["value"] = field.value;
    for (const DraftPart& part : field.parts) {
      Json value = {{"label", part.label}, {"value", part.value}};
      if (part.source_sequence > 0) value["entry"] = part.source_sequence;
      entry["parts"][part.part] = std::move(value);
    }
    if (field.source_sequence > 0) entry["entry"] = field.source_sequence;
    json["fields"].push_back(std::move(entry));
  }
  // Texts were checked when they came in; one that is broken all the same must not end the server.
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

absl::StatusOr<std::string> BytesOf(const Document& document, DocumentFormat format,
                                    const FieldCatalogue& catalogue, const Form* form) {
  switch (format) {
    case DocumentFormat::kMarkdown:
      return MarkdownOf(document, catalogue);
    case DocumentFormat::kJson:
      return JsonOf(document);
    case DocumentFormat::kAuthorityJson:
      return AuthorityJsonOf(document, form);
  }
  return MarkdownOf(document, catalogue);
}

}  // namespace tocsin::filing
