// The forms of notifications as data: which fields there are and what answers them, and for each
// authority what it asks for at which stage, in which words and languages. Plain data, read from
// playbooks/forms/. What a law demands stands in its rule pack; a form orders and words it, and may
// ask for more, never for less.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "server/base/digest.h"
#include "server/filing/filled_field.h"

namespace tocsin::filing {

/// Texts by language: "en", "nl", "nl-BE".
using Labels = std::map<std::string, std::string>;

enum class ValueKind { kText, kYesNo, kNumber, kTime, kMinutes, kCountries, kCodes };

enum class SourceKind {
  kNone,          // people only
  kAnchor,        // a legal instant
  kAnchorReason,  // why it was stated so
  kImpact,        // a fact of the impact assessment
  kAttribute,     // an attribute of the declaration
  kRecord,        // something else that the record knows; RecordSources() lists them
};

struct Source {
  SourceKind kind = SourceKind::kNone;
  std::string name;
};

/// What kRecord may name.
const std::vector<std::string>& RecordSources();

/// One answer: of a field itself (`part` empty), or of a part of it.
struct Answer {
  std::string part;
  ValueKind kind = ValueKind::kText;
  Source source;
  Labels labels;
  std::vector<std::string> codes;  // of kCodes: the words that are allowed
};

/// How far a typed answer carries.
enum class Scope {
  kIncident,  // to the other laws of the incident too
  kRegime,    // to the next stages of the same law
  kFiling,    // not beyond its own notification
};

struct Field {
  std::string field;
  int number = 0;  // in the list of all fields
  Scope scope = Scope::kIncident;
  Answer own;
  std::vector<Answer> parts;
};

/// All fields, and the words of the documents themselves.
struct FieldCatalogue {
  std::string version;
  Digest digest;
  std::vector<std::string> languages;
  std::map<std::string, Labels> words;
  std::vector<Field> fields;
};

/// The words that a catalogue must have.
const std::vector<std::string>& DocumentWords();

struct FormField {
  std::string field;
  bool required = false;
  std::string number;  // the authority's own; may be empty
  Labels labels;       // the authority's own, where they are known
};

struct FormStage {
  std::string stage;  // "early_warning"
  Labels names;       // in the law's own language at least
  std::vector<FormField> fields;
  std::map<std::string, std::string> json;  // keys of the authority's JSON that the stage sets
};

enum class JsonType {
  kText,
  kTime,
  kNumber,
  kBoolean,
  kDuration,
  kCode,
  kCodes,
  kCountries,
  kFlags,  // the names of the parts that were answered yes
};

/// One key of an authority's JSON. In `path`, "a.b" is a member, "a[0]" the first of a list, "a[]"
/// one member of the list for each code, "a[word]" the member that has that word, if there is one.
struct JsonKey {
  std::string path;
  std::string value;              // a constant, written beside other keys only
  std::vector<std::string> from;  // "field" or "field.part"; the first that is known
  JsonType type = JsonType::kText;
  bool required = false;
  bool drill_mark = false;  // begins with DRILL in a drill
};

struct JsonForm {
  std::string name;  // "dora"
  std::string title;
  std::vector<JsonKey> keys;
};

/// How much of the authority's own form was seen.
enum class PortalFields { kSeen, kPartlySeen, kNotSeen };

struct Form {
  std::string id;
  std::string version;
  Digest digest;  // of the file's bytes
  std::string title;
  std::string authority;               // id in playbooks/authorities; may be empty
  std::string addressee;               // for the document; may be empty
  std::string country;                 // empty: wherever there is no nearer form
  std::vector<std::string> regimes;    // ids of rule packs; never empty
  std::vector<std::string> languages;  // the first is the default; never empty
  absl::CivilDay valid_from;
  std::optional<absl::CivilDay> valid_to;  // last day
  PortalFields portal_fields = PortalFields::kNotSeen;
  std::string source;
  std::string confidence;
  std::string verified_on;
  std::vector<FormStage> stages;
  std::optional<JsonForm> json;
};

struct FormLibrary {
  FieldCatalogue catalogue;
  std::vector<Form> forms;
};

/// nullptr when there is none.
const Field* FindField(const FieldCatalogue& catalogue, std::string_view field);
const FormStage* FindStage(const Form& form, std::string_view stage);
/// The word in that language. Both must be there (checked by the reader).
const std::string& WordIn(const FieldCatalogue& catalogue, const std::string& word,
                          const std::string& language);
/// In that language, else in the first of `fallback` that has one, else empty.
std::string LabelIn(const Labels& labels, const std::string& language,
                    const std::vector<std::string>& fallback);

struct FormQuestion {
  std::string regime;  // id of the rule pack
  std::string stage;
  std::string country;  // from which the law is answered; may be empty
  absl::CivilDay day;
  std::string form;  // an id, or empty for the nearest
};

/// The form of the stage that is valid on that day: of that country, else of no country. nullptr
/// when there is none: then the law's contents are all there is. Errors: kNotFound UNKNOWN_FORM
/// with the ids that fit; kFailedPrecondition WHICH_FORM when several fit equally.
absl::StatusOr<const Form*> ChooseForm(const FormLibrary& library, const FormQuestion& question);

/// `wanted` if it is among `languages`, or the only one of the same main language ("nl" for
/// "nl-BE"); the first when `wanted` is empty.
/// Errors: kInvalidArgument, reason UNKNOWN_LANGUAGE, naming the known ones.
absl::StatusOr<std::string> ChooseLanguage(const std::vector<std::string>& languages,
                                           std::string_view wanted);

/// OK when `value` can answer `answer`; "unknown" always can.
/// Errors: kInvalidArgument, reason BAD_FIELD_VALUE. `name` is used in the message.
absl::Status CheckValue(const Answer& answer, std::string_view name, std::string_view value);

}  // namespace tocsin::filing
