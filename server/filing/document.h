// A filled form as the bytes that are sent: Markdown for people, JSON for programs, and the JSON of
// an authority where its form describes one. Pure: the same document gives the same bytes, and
// those bytes are what the record keeps.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/base/digest.h"
#include "server/filing/form.h"

namespace tocsin::filing {

/// Which form a draft was made with, and in which language.
struct FormUsed {
  std::string id;  // "law:<rule>" where there is no form and the law's contents are taken
  std::string version;
  Digest digest;
  std::string language;
  std::string stage_name;  // as the law calls it

  friend bool operator==(const FormUsed&, const FormUsed&) = default;
};

struct Document {
  FormUsed form;
  std::string form_title;
  std::string addressee;
  std::string incident;  // "INC-2026-0042"
  bool drill = false;
  bool restricted = false;
  std::string tlp;  // "TLP:AMBER"
  std::string regime;
  std::string stage;
  std::string article;
  std::optional<absl::Time> due;
  absl::Time draft_time;
  std::vector<DraftField> fields;
};

/// Title, DRILL mark, TLP, clock, then each field with its entry. Whatever was typed shows as it is
/// and does nothing. Fields that need not be there are left out while they say nothing.
std::string MarkdownOf(const Document& document, const FieldCatalogue& catalogue);

/// All fields with state, value, parts and entry; keys as in playbooks/forms/README.md.
std::string JsonOf(const Document& document);

/// The authority's JSON: keys with nothing to say are absent, never null.
/// Errors: kFailedPrecondition: NO_JSON_FORM when the form describes none; JSON_INCOMPLETE, naming
/// the keys that it cannot do without.
absl::StatusOr<std::string> AuthorityJsonOf(const Document& document, const Form* form);

/// `document` in `format`. Errors: as AuthorityJsonOf.
absl::StatusOr<std::string> BytesOf(const Document& document, DocumentFormat format,
                                    const FieldCatalogue& catalogue, const Form* form);

}  // namespace tocsin::filing
