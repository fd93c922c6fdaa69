#include "server/domain/notification.h"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/base/view.h"
#include "server/domain/answers.h"
#include "server/domain/decide_parts.h"
#include "server/domain/establishment.h"
#include "server/filing/document.h"

namespace tocsin::domain {
namespace {

using filing::Answer;
using filing::FieldCatalogue;
using filing::Form;
using filing::FormField;
using filing::FormStage;
using filing::Scope;

// All values of a draft together, wherever they came from, and its document: fields, document and
// all must stay an answer's size, which gRPC limits to 4 MiB.
constexpr size_t kValuesBytesMax = size_t{512} * 1024;
constexpr size_t kDocumentBytesMax = size_t{2} << 20;
constexpr size_t kTypedValuesMax = 400;

// An answer with its age: 0 is the draft that is being made.
struct Typed {
  std::string text;
  uint64_t sequence = 0;
};

// What is typed now is newer than anything that stands in the record.
uint64_t AgeOf(uint64_t sequence) {
  return sequence == 0 ? std::numeric_limits<uint64_t>::max() : sequence;
}

absl::Status TooLarge(std::string_view what) {
  return InvalidArgument(
      "DRAFT_TOO_LARGE", what,
      "Give what is long a short answer with --set, attach it as a file and name "
      "it in attachments.");
}

absl::Status CheckTyped(const Attributes& typed) {
  size_t bytes = 0;
  for (const auto& [name, value] : typed) {
    TOCSIN_RETURN_IF_ERROR(CheckText(decide::Quoted(name), value, {.may_be_empty = true}));
    bytes += value.size();
  }
  if (typed.size() <= kTypedValuesMax && bytes <= kValuesBytesMax) return absl::OkStatus();
  return TooLarge(absl::StrCat("the draft has ", typed.size(), " values of ", bytes,
                               " bytes; at most ", kTypedValuesMax, " of ", kValuesBytesMax));
}

absl::Status CheckSize(const NotificationDrafted& drafted) {
  size_t bytes = 0;
  for (const DraftField& field : drafted.fields) {
    bytes += field.value.size();
    for (const DraftPart& part : field.parts) bytes += part.value.size();
  }
  if (bytes > kValuesBytesMax) {
    return TooLarge(absl::StrCat("the draft's values have ", bytes,
                                 " bytes, with those of earlier "
                                 "drafts and of the record; at most ",
                                 kValuesBytesMax));
  }
  if (drafted.document.size() <= kDocumentBytesMax) return absl::OkStatus();
  return TooLarge(absl::StrCat("the document has ", drafted.document.size(), " bytes; at most ",
                               kDocumentBytesMax));
}

// The fields of the stage: those of the form in its order, then what the law asks for besides. What
// either demands is required.
std::vector<FormField> FieldsOf(const FormStage* stage, const regulation::StageRule& rule) {
  std::vector<FormField> fields;
  if (stage != nullptr) fields = stage->fields;
  const auto add = [&](const std::string& name, bool required) {
    const auto known = std::find_if(fields.begin(), fields.end(),
                                    [&](const FormField& f) { return f.field == name; });
    if (known == fields.end()) {
      fields.push_back({.field = name, .required = required});
    } else {
      known->required = known->required || required;
    }
  };
  for (const std::string& name : rule.contents_required) add(name, true);
  for (const std::string& name : rule.contents_where_applicable) add(name, false);
  return fields;
}

// Refuses what the form does not ask, with the nearest that it does.
absl::Status CheckNames(const FieldCatalogue& catalogue, const std::vector<FormField>& fields,
                        const Attributes& typed, std::string_view stage) {
  std::vector<std::string> names;
  std::vector<std::string> with_parts;
  std::map<std::string, const Answer*> answers;
  for (const FormField& asked : fields) {
    names.push_back(asked.field);
    with_parts.push_back(asked.field);
    const filing::Field* field = filing::FindField(catalogue, asked.field);
    answers[asked.field] = field == nullptr ? nullptr : &field->own;
    if (field == nullptr) continue;
    for (const Answer& part : field->parts) {
      with_parts.push_back(absl::StrCat(asked.field, ".", part.part));
      answers[with_parts.back()] = &part;
    }
  }
  for (const auto& [name, value] : typed) {
    const auto answer = answers.find(name);
    if (answer != answers.end()) {
      if (value.empty() || answer->second == nullptr) continue;
      TOCSIN_RETURN_IF_ERROR(filing::CheckValue(*answer->second, name, value));
      continue;
    }
    const std::string nearest = decide::NearestShort(name, with_parts);
    return InvalidArgument(
        "UNKNOWN_FIELD",
        absl::StrCat("the ", ToAbsl(stage), " has no field ", decide::Quoted(name)),
        nearest.empty() ? absl::StrCat("Fields: ", absl::StrJoin(names, ", "), ".")
                        : absl::StrCat("Did you mean '", nearest, "'?"));
  }
  return absl::OkStatus();
}

// Finds what people typed for a field or part in the notifications so far.
class TypedBefore {
 public:
  TypedBefore(const Incident& incident, const Obligation& obligation)
      : incident_(incident),
        obligation_(obligation),
        previous_(PreviousNotification(incident, obligation)) {}

  std::optional<Typed> Find(const filing::Field& field, std::string_view part) const {
    if (auto own = In(obligation_, field, part)) return own;
    std::optional<Typed> found;
    if (field.scope != Scope::kFiling && previous_ != nullptr) found = In(*previous_, field, part);
    if (!found && field.scope == Scope::kIncident) found = UnderOtherLaws(field, part);
    // What an earlier draft of this notification took back stays so until it is said anew.
    if (found && found->sequence <= obligation_.draft_sequence) return std::nullopt;
    return found;
  }

 private:
  std::optional<Typed> UnderOtherLaws(const filing::Field& field, std::string_view part) const {
    const Ruling* const ruling = RulingOf(incident_, obligation_);
    std::optional<Typed> newest;
    for (const Obligation& other : incident_.obligations) {
      if (RulingOf(incident_, other) == ruling) continue;
      std::optional<Typed> found = In(other, field, part);
      if (found && (!newest || found->sequence > newest->sequence)) newest = std::move(found);
    }
    return newest;
  }

  static std::optional<Typed> In(const Obligation& obligation, const filing::Field& field,
                                 std::string_view part) {
    for (const DraftField& drafted : obligation.draft) {
      if (drafted.field != field.field) continue;
      // Drafts of the first release mark a typed value by its lack of a source.
      const bool typed = drafted.by_hand || drafted.source_sequence == 0;
      if (part.empty()) return Taken(obligation, drafted.value, drafted.source_sequence, typed);
      for (const DraftPart& known : drafted.parts) {
        if (known.part == part) {
          return Taken(obligation, known.value, known.source_sequence, known.by_hand);
        }
      }
    }
    return std::nullopt;
  }

  static std::optional<Typed> Taken(const Obligation& obligation, const std::string& value,
                                    uint64_t source, bool by_hand) {
    if (!by_hand || value.empty()) return std::nullopt;
    return Typed{value, source == 0 ? obligation.draft_sequence : source};
  }

  const Incident& incident_;
  const Obligation& obligation_;
  const Obligation* previous_;
};

// Fills one field after another.
class Filler {
 public:
  Filler(const Incident& incident, const Obligation& obligation, const Attributes& typed,
         std::string stage_name)
      : incident_(incident),
        obligation_(obligation),
        typed_(typed),
        before_(incident, obligation),
        stage_name_(std::move(stage_name)) {}

  DraftField Fill(const FormField& asked, const filing::Field& field, const std::string& language,
                  const std::vector<std::string>& fallback) const {
    DraftField filled;
    filled.field = asked.field;
    filled.required = asked.required;
    filled.number = asked.number;
    filled.label = filing::LabelIn(asked.labels, language, {});
    if (filled.label.empty()) filled.label = filing::LabelIn(field.own.labels, language, fallback);
    const Found own = FindAnswer(field, field.own);
    for (const Answer& part : field.parts) {
      Found found = FindAnswer(field, part);
      if (found.text.empty()) continue;
      filled.parts.push_back({part.part, filing::LabelIn(part.labels, language, fallback),
                              std::move(found.text), found.sequence, found.by_hand});
    }
    Reconcile(own, filled);
    filled.state = filing::StateOf(filled);
    return filled;
  }

 private:
  struct Found {
    std::string text;
    uint64_t sequence = 0;
    bool by_hand = false;
  };

  Found FindAnswer(const filing::Field& field, const Answer& answer) const {
    const std::string name =
        answer.part.empty() ? field.field : absl::StrCat(field.field, ".", answer.part);
    const auto now = typed_.find(name);
    if (now != typed_.end() && !now->second.empty()) return {now->second, 0, true};
    RecordAnswer recorded = AnswerFrom(incident_, obligation_, answer.source, stage_name_);
    if (recorded.text.empty() && answer.part.empty()) {
      // An attribute of the declaration by the field's own name.
      recorded = AnswerFrom(incident_, obligation_, {filing::SourceKind::kAttribute, field.field},
                            stage_name_);
    }
    if (now == typed_.end()) {
      std::optional<Typed> before = before_.Find(field, answer.part);
      if (before && (recorded.text.empty() || before->sequence > recorded.sequence)) {
        return {std::move(before->text), before->sequence, true};
      }
    }
    return {std::move(recorded.text), recorded.sequence, false};
  }

  // A field that somebody answered as a whole is not contradicted by parts that the record knew
  // before, and the other way round.
  static void Reconcile(const Found& own, DraftField& filled) {
    const bool whole = own.by_hand && !own.text.empty();
    bool newer = false;
    if (whole) {
      std::erase_if(filled.parts, [&](const DraftPart& part) {
        return !part.by_hand && part.source_sequence <= AgeOf(own.sequence);
      });
      newer = std::any_of(filled.parts.begin(), filled.parts.end(),
                          [](const DraftPart& part) { return !part.by_hand; });
    }
    if (!newer) {
      filled.value = own.text;
      filled.source_sequence = own.sequence;
      filled.by_hand = own.by_hand;
    }
    if (!filled.value.empty()) return;
    for (const DraftPart& part : filled.parts) {
      filled.source_sequence = std::max(filled.source_sequence, part.source_sequence);
    }
  }

  const Incident& incident_;
  const Obligation& obligation_;
  const Attributes& typed_;
  const TypedBefore before_;
  const std::string stage_name_;
};

// What a form, or the lack of one, means for the draft.
struct Chosen {
  const Form* form = nullptr;
  const FormStage* stage = nullptr;
  filing::FormUsed used;
  std::vector<std::string> languages;
};

absl::StatusOr<Chosen> Choose(const Obligation& obligation, const Ruling& ruling,
                              const regulation::StageRule& rule, const Incident& incident,
                              const DraftNotification& command, const CommandContext& context) {
  Chosen chosen;
  filing::FormQuestion question{
      .regime = ruling.pack->pack.id,
      .stage = obligation.duty.stage,
      .country = "",
      .day = absl::ToCivilDay(context.now, ZoneOf(incident, ruling).rules),
      .form = command.form};
  if (ruling.establishment) {
    question.country = ruling.establishment->country;
  } else if (context.calendar != nullptr) {
    question.country = context.calendar->country;
  }
  TOCSIN_ASSIGN_OR_RETURN(chosen.form, filing::ChooseForm(*context.forms, question));
  const FieldCatalogue& catalogue = context.forms->catalogue;
  chosen.languages = chosen.form == nullptr ? catalogue.languages : chosen.form->languages;
  TOCSIN_ASSIGN_OR_RETURN(chosen.used.language,
                          filing::ChooseLanguage(chosen.languages, command.language));
  if (chosen.form == nullptr) {
    chosen.used.id = absl::StrCat("law:", rule.id);
    chosen.used.version = ruling.pack->pack.version;
    chosen.used.digest = ruling.pack->pack.digest;
    chosen.used.stage_name = obligation.duty.label;
    return chosen;
  }
  chosen.stage = filing::FindStage(*chosen.form, obligation.duty.stage);
  chosen.used.id = chosen.form->id;
  chosen.used.version = chosen.form->version;
  chosen.used.digest = chosen.form->digest;
  chosen.used.stage_name =
      filing::LabelIn(chosen.stage->names, chosen.used.language, chosen.languages);
  return chosen;
}

filing::Document DocumentOf(const Incident& incident, const Obligation& obligation,
                            const Ruling& ruling, const Chosen& chosen, absl::Time now,
                            const std::vector<DraftField>& fields) {
  filing::Document document;
  document.form = chosen.used;
  document.form_title = chosen.form == nullptr ? ruling.pack->pack.title : chosen.form->title;
  document.addressee = chosen.form == nullptr ? "" : chosen.form->addressee;
  document.incident = incident.number;
  document.drill = incident.drill;
  document.restricted = incident.restricted;
  document.tlp = TlpMark(incident);
  document.regime = ruling.pack->pack.title;
  document.stage = obligation.duty.stage;
  document.article = obligation.duty.article;
  document.due = obligation.duty.due;
  document.draft_time = decide::WholeSecond(now);
  document.fields = fields;
  return document;
}

}  // namespace

const Obligation* PreviousNotification(const Incident& incident, const Obligation& obligation) {
  const Ruling* const ruling = RulingOf(incident, obligation);
  const Obligation* previous = nullptr;
  // Obligations of one law stand in the order of its rule pack.
  for (const Obligation& other : incident.obligations) {
    if (other.id == obligation.id) break;
    if (other.draft_sequence == 0 || RulingOf(incident, other) != ruling) continue;
    if (previous == nullptr || other.draft_sequence > previous->draft_sequence) previous = &other;
  }
  return previous;
}

std::vector<std::string> DraftNotes(const Obligation& obligation,
                                    const NotificationDrafted& drafted,
                                    const filing::FormLibrary* forms) {
  std::vector<std::string> notes;
  const regulation::DutyState state = obligation.duty.state;
  if (state == regulation::DutyState::kNotRequired || state == regulation::DutyState::kOnRequest ||
      state == regulation::DutyState::kConditional) {
    notes.push_back("Nobody has to file this as things stand.");
  }
  const Form* form = nullptr;
  if (forms != nullptr) {
    for (const Form& known : forms->forms) {
      if (known.id == drafted.form.id && known.digest == drafted.form.digest) form = &known;
    }
  }
  if (form == nullptr) {
    notes.push_back("There is no form of the authority's; this is what the law asks for.");
    return notes;
  }
  if (form->portal_fields == filing::PortalFields::kNotSeen) {
    notes.push_back("The authority's own form was not seen; this is what the law asks for.");
  } else if (form->portal_fields == filing::PortalFields::kPartlySeen) {
    notes.push_back("The authority's own form was seen in part only.");
  }
  notes.push_back(
      absl::StrCat("Confidence: ", form->confidence, ". Verified on ", form->verified_on, "."));
  return notes;
}

absl::StatusOr<FiledDocument> RequireDocument(const Obligation& obligation) {
  if (obligation.submission) {
    if (obligation.submission->document) return *obligation.submission->document;
    return FailedPrecondition(
        "NO_DOCUMENT", absl::StrCat(obligation.id, " was filed without a draft in the record"),
        "Whoever filed it has the copy; name it with tocsin log.");
  }
  if (!obligation.draft_document) {
    return FailedPrecondition(
        "NO_DOCUMENT", absl::StrCat(obligation.id, " has no document"),
        absl::StrCat("Write it: tocsin notify draft ", obligation.duty.stage, "."));
  }
  return *LastDocument(obligation);
}

absl::StatusOr<NotificationDrafted> MakeDraft(const Incident& incident,
                                              const Obligation& obligation,
                                              const DraftNotification& command,
                                              const CommandContext& context) {
  if (context.forms == nullptr) {
    return FailedPrecondition("NO_FORMS", "this server has no forms",
                              "Its library lacks the folder forms/; record what was sent with "
                              "tocsin notify submitted.");
  }
  const FieldCatalogue& catalogue = context.forms->catalogue;
  const Ruling* const ruling = RulingOf(incident, obligation);
  const regulation::StageRule* const rule =
      ruling == nullptr
          ? nullptr
          : regulation::FindRule(ruling->pack->pack, obligation.duty.stage, ruling->entity_kind);
  if (rule == nullptr) {
    return FailedPrecondition("NO_RULE", absl::StrCat(obligation.id, " has no rule any more"),
                              "Record what was sent with tocsin log.");
  }
  TOCSIN_RETURN_IF_ERROR(CheckTyped(command.fields));
  TOCSIN_ASSIGN_OR_RETURN(const Chosen chosen,
                          Choose(obligation, *ruling, *rule, incident, command, context));
  const std::vector<FormField> fields = FieldsOf(chosen.stage, *rule);
  TOCSIN_RETURN_IF_ERROR(CheckNames(catalogue, fields, command.fields, obligation.duty.label));

  NotificationDrafted drafted;
  drafted.obligation = obligation.id;
  drafted.form = chosen.used;
  drafted.format = command.format;
  const Filler filler(incident, obligation, command.fields, chosen.used.stage_name);
  const Obligation* const previous = PreviousNotification(incident, obligation);
  if (previous != nullptr) drafted.previous_draft = previous->draft_sequence;
  for (const FormField& asked : fields) {
    const filing::Field* known = filing::FindField(catalogue, asked.field);
    // A rule pack of an earlier library may ask for what the list no longer has.
    const filing::Field by_name{.field = asked.field,
                                .own = {.labels = {{chosen.used.language, asked.field}}}};
    DraftField filled = filler.Fill(asked, known == nullptr ? by_name : *known,
                                    chosen.used.language, catalogue.languages);
    if (previous != nullptr) {
      const auto before = std::find_if(previous->draft.begin(), previous->draft.end(),
                                       [&](const DraftField& f) { return f.field == asked.field; });
      filled.change =
          filing::ChangeOf(filled, before == previous->draft.end() ? nullptr : &*before);
    }
    drafted.fields.push_back(std::move(filled));
  }
  TOCSIN_ASSIGN_OR_RETURN(drafted.document,
                          filing::BytesOf(DocumentOf(incident, obligation, *ruling, chosen,
                                                     context.now, drafted.fields),
                                          command.format, catalogue, chosen.form));
  TOCSIN_RETURN_IF_ERROR(CheckSize(drafted));
  return drafted;
}

}  // namespace tocsin::domain
