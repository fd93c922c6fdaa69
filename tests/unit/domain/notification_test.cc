#include "server/domain/notification.h"

#include <algorithm>

#include "server/base/error.h"
#include "server/domain/answers.h"
#include "server/domain/decide.h"
#include "tests/support/catch.h"
#include "tests/support/domain_fixture.h"

namespace tocsin::domain {
namespace {

DraftNotification Draft(std::string stage, Attributes fields = {}) {
  DraftNotification command;
  command.stage = std::move(stage);
  command.fields = std::move(fields);
  return command;
}

// The draft that is made now; must be accepted (checked).
NotificationDrafted Drafted(Case& c, const DraftNotification& command) {
  const auto drafts = EventsOf<NotificationDrafted>(c.Do(command));
  REQUIRE(drafts.size() == 1);
  return drafts[0];
}

DraftField FieldOf(const NotificationDrafted& drafted, const std::string& name) {
  const auto field = std::find_if(drafted.fields.begin(), drafted.fields.end(),
                                  [&](const DraftField& f) { return f.field == name; });
  INFO(name);
  REQUIRE(field != drafted.fields.end());
  return *field;
}

DraftField FieldOf(const Case& c, const std::string& stage, const std::string& name,
                   Attributes given = {}) {
  Case copy = c;
  return FieldOf(Drafted(copy, Draft(stage, std::move(given))), name);
}

std::string Shown(const DraftField& field) {
  return filing::JoinedValue(field);
}

// Declared under this pack, answered from `country`.
Case Under(const std::string& pack, const std::string& country, const std::string& kind) {
  Case c;
  c.now = At("2026-11-10T08:00:00Z");  // Every pack and form is in force.
  DeclareIncident declaration = ADeclaration();
  declaration.pack = Pack(pack);
  declaration.establishment.country = country;
  declaration.entity_kind = kind;
  c.Do(declaration);
  return c;
}

// NIS2 in the Netherlands, GDPR and DORA in one incident, all answered from there.
Case AnInsurer() {
  Case c;
  c.now = At("2026-09-10T08:00:00Z");  // The Dutch law and its form are in force.
  DeclareIncident declaration = ADeclaration();
  declaration.pack = Pack("nis2-nl");
  declaration.establishment.country = "NL";
  declaration.further = {{Pack("gdpr"), "controller", declaration.establishment},
                         {Pack("dora"), "insurer", declaration.establishment}};
  c.Do(declaration);
  c.Do(RecordAnchor{"aware", c.now, "seen"});
  return c;
}

}  // namespace

TEST_CASE("MakeDraft: filled from the record, each with its source", "[domain]") {
  Case c;
  DeclareIncident declaration = ADeclaration();
  declaration.attributes = {{"organisation", "Hospital North"}, {"summary", "FS01 to FS04."}};
  c.Do(declaration);
  c.Do(RecordAnchor{"aware", c.now, "seen"});
  const uint64_t aware = FindAnchor(c.incident(), "aware")->stated.sequence;
  c.Do(AssessImpact{{{"malicious", "unknown"}, {"cross_border", "no"}}, ""});
  const uint64_t impact = c.incident().last_sequence;

  const DraftField entity = FieldOf(c, "early_warning", "entity");
  CHECK(entity.value == "Hospital North");
  CHECK(entity.source_sequence == 1);
  CHECK(entity.required);
  CHECK_FALSE(entity.by_hand);
  CHECK(FieldOf(c, "early_warning", "description").value == "Files are encrypted. FS01 to FS04.");
  CHECK(Shown(FieldOf(c, "early_warning", "aware")) == "2026-06-10T08:00:00Z; reason: seen");
  CHECK(FieldOf(c, "early_warning", "aware").source_sequence == aware);
  const DraftField malicious = FieldOf(c, "early_warning", "suspected_malicious");
  CHECK(malicious.state == FieldState::kUnknown);
  CHECK(malicious.source_sequence == impact);
  CHECK(Shown(FieldOf(c, "early_warning", "cross_border_impact")) == "possible or actual: no");
  CHECK(FieldOf(c, "early_warning", "contacts").state == FieldState::kMissing);
  CHECK(FieldOf(c, "early_warning", "determined_significant").state == FieldState::kMissing);
  CHECK(FieldOf(c, "early_warning", "ongoing").value == "yes");
  CHECK(FieldOf(c, "notification", "severity").value == "sev1");
  CHECK(FieldOf(c, "early_warning", "sharing_limits").value == "TLP:AMBER");
}

TEST_CASE("MakeDraft: what is given with the draft wins and has no source", "[domain]") {
  const Case c = ASignificantCase();
  const DraftField aware =
      FieldOf(c, "early_warning", "aware", {{"aware", "about ten in the morning"}});
  CHECK(Shown(aware) == "about ten in the morning");
  CHECK(aware.source_sequence == 0);
  CHECK(aware.by_hand);
  CHECK(FieldOf(c, "early_warning", "contacts", {{"contacts", "unknown"}}).state ==
        FieldState::kUnknown);
  CHECK(Shown(FieldOf(c, "early_warning", "determined_significant")) ==
        "2026-06-10T08:00:00Z; reason: a critical service is down");
}

TEST_CASE("MakeDraft: handled ends what is ongoing; several facts answer one field", "[domain]") {
  Case c = ASignificantCase();
  c.Do(RecordAnchor{"handled", c.now, "clean"});
  c.Do(AssessImpact{{{"confidentiality_lost", "unknown"}, {"availability_lost", "yes"}}, ""});
  CHECK(FieldOf(c, "notification", "ongoing").value == "no, handled 2026-06-10T08:00:00Z");
  const DraftField properties = FieldOf(c, "notification", "security_properties");
  CHECK(Shown(properties) == "confidentiality: unknown; availability: yes");
  CHECK(properties.state == FieldState::kFilled);
}

TEST_CASE("MakeDraft: a part is given by its name, and says where it came from", "[domain]") {
  Case c = ASignificantCase();
  c.Do(AssessImpact{{{"users_affected", "1200"}}, ""});
  const uint64_t impact = c.incident().last_sequence;
  const DraftField users = FieldOf(c, "notification", "users_hit", {{"users_hit.percent", "12.5"}});
  REQUIRE(users.parts.size() == 2);
  CHECK(users.parts[0] == DraftPart{"number", "number", "1200", impact, false});
  CHECK(users.parts[1] == DraftPart{"percent", "share, percent", "12.5", 0, true});
  CHECK(users.source_sequence == impact);
}

TEST_CASE("MakeDraft: an answer in words replaces the record's figures until newer ones come",
          "[domain]") {
  Case c = ASignificantCase();
  c.Do(AssessImpact{{{"users_affected", "1200"}}, ""});
  c.Do(Draft("notification", {{"users_hit", "unknown"}}));
  CHECK(Shown(FieldOf(c, "notification", "users_hit")) == "unknown");
  c.Do(AssessImpact{{{"users_affected", "1500"}}, ""});
  CHECK(Shown(FieldOf(c, "notification", "users_hit")) == "number: 1500");
}

TEST_CASE("MakeDraft: what was typed stays in the next draft, and can be taken back", "[domain]") {
  Case c = ASignificantCase();
  c.Do(Draft("early_warning", {{"contacts", "Ada"}, {"supplier", "Cloud Ltd"}}));
  const uint64_t first = c.incident().last_sequence;
  const NotificationDrafted second =
      Drafted(c, Draft("early_warning", {{"supplier", ""}, {"help_wanted", "none"}}));
  CHECK(FieldOf(second, "contacts").value == "Ada");
  CHECK(FieldOf(second, "contacts").source_sequence == first);
  CHECK(FieldOf(second, "supplier").state == FieldState::kMissing);
  // Taken back is taken back, also in the third.
  CHECK(FieldOf(c, "early_warning", "supplier").state == FieldState::kMissing);
}

TEST_CASE("MakeDraft: the next stage inherits what was typed and says what changed", "[domain]") {
  Case c = ASignificantCase();
  c.Do(AssessImpact{{{"malicious", "unknown"}, {"cross_border", "yes"}}, ""});
  c.Do(Draft("early_warning", {{"contacts", "Ada"},
                               {"entity.number", "0123"},
                               {"delay_reason", "the portal was down"},
                               {"incident_type", "ransomware"}}));
  const uint64_t warning = c.incident().last_sequence;
  CHECK(EventsOf<NotificationDrafted>(c.record()).back().previous_draft == 0);
  CHECK(FieldOf(EventsOf<NotificationDrafted>(c.record()).back(), "contacts").change ==
        FieldChange::kNone);
  c.Do(AssessImpact{{{"malicious", "yes"}}, ""});

  const NotificationDrafted next =
      Drafted(c, Draft("notification", {{"incident_type", ""}, {"technique", "phishing"}}));

  CHECK(next.previous_draft == warning);
  CHECK(FieldOf(next, "contacts").value == "Ada");
  CHECK(FieldOf(next, "contacts").source_sequence == warning);
  CHECK(FieldOf(next, "contacts").by_hand);
  CHECK(FieldOf(next, "contacts").change == FieldChange::kSame);
  CHECK(Shown(FieldOf(next, "entity")) == "registration number: 0123");
  CHECK(FieldOf(next, "suspected_malicious").change == FieldChange::kChanged);
  CHECK(FieldOf(next, "cross_border_impact").change == FieldChange::kSame);
  CHECK(FieldOf(next, "technique").change == FieldChange::kNew);
  CHECK(FieldOf(next, "incident_type").change == FieldChange::kWithdrawn);
  CHECK(FieldOf(next, "indicators").change == FieldChange::kNone);
  // A reason for one filing is no reason for the next.
  CHECK(FieldOf(next, "delay_reason").state == FieldState::kMissing);
}

TEST_CASE("MakeDraft: what the record learnt after the last draft goes before what was typed",
          "[domain]") {
  Case c = ASignificantCase();
  c.Do(Draft("early_warning", {{"supplier", "nobody"}}));
  CHECK(FieldOf(c, "notification", "supplier").value == "nobody");
  c.Do(AssessImpact{{{"supplier", "Cloud Ltd"}}, ""});
  const DraftField supplier = FieldOf(c, "notification", "supplier");
  CHECK(supplier.value == "Cloud Ltd");
  CHECK(supplier.source_sequence == c.incident().last_sequence);
}

TEST_CASE("MakeDraft: an answer typed under one law serves the others", "[domain]") {
  Case c = AnInsurer();
  c.Do(Draft("dora.initial", {{"contacts.name", "Ada"},
                              {"contacts.phone", "+31 20 555 0100"},
                              {"currency.code", "EUR"},
                              {"delay_reason", "late"}}));
  const uint64_t initial = c.incident().last_sequence;
  const NotificationDrafted breach = Drafted(c, Draft("gdpr.dpa_notification"));
  CHECK(breach.previous_draft == 0);
  const DraftField contacts = FieldOf(breach, "contacts");
  CHECK(Shown(contacts) == "naam: Ada; telefoon: +31 20 555 0100");
  CHECK(contacts.parts[0].source_sequence == initial);
  CHECK(contacts.parts[0].by_hand);
  CHECK(FieldOf(breach, "delay_reason").state == FieldState::kMissing);
  // Of two laws, the one that spoke last.
  c.Do(Draft("nis2-nl.early_warning", {{"contacts.name", "Bea"}}));
  CHECK(FieldOf(c, "dora.intermediate", "contacts").parts[0].value == "Ada");
  CHECK(FieldOf(c, "gdpr.phased_information", "contacts").parts[0].value == "Ada");
}

TEST_CASE("MakeDraft: each law has its own decision, reference and moment", "[domain]") {
  Case c = AnInsurer();
  c.Do(RecordAnchor{"classified", c.now, "major"});
  c.now += absl::Hours(2);
  c.Do(DecideSignificance{"nis2-nl", true, "service down"});
  CHECK(FieldOf(c, "dora.initial", "determined_significant").value == "2026-09-10T08:00:00Z");
  CHECK(Shown(FieldOf(c, "nis2-nl.notification", "determined_significant")) ==
        "2026-09-10T10:00:00Z; reden: service down");
  c.Do(RecordSubmission{"dora.initial", {}, "portal", "DNB-7", ""});
  CHECK(Shown(FieldOf(c, "dora.intermediate", "reference")) ==
        "own reference: INC-2026-0001; authority's reference: DNB-7");
  CHECK(Shown(FieldOf(c, "nis2-nl.early_warning", "reference")) == "eigen kenmerk: INC-2026-0001");
}

TEST_CASE("MakeDraft: an unknown field, part or value is refused with what to write", "[domain]") {
  const Case c = ASignificantCase();
  const auto refusal = [&](Attributes fields) {
    return c.Try(Draft("early_warning", std::move(fields)));
  };
  CHECK(ReasonOf(refusal({{"contact", "x"}})) == "UNKNOWN_FIELD");
  CHECK(NextStepOf(refusal({{"contact", "x"}})) == "Did you mean 'contacts'?");
  CHECK(NextStepOf(refusal({{"contacts.nam", "x"}})) == "Did you mean 'contacts.name'?");
  CHECK(ReasonOf(refusal({{"root_cause", "x"}})) == "UNKNOWN_FIELD");
  CHECK_THAT(NextStepOf(refusal({{"root_cause", "x"}})), ContainsSubstring("Fields: entity, "));
  CHECK(ReasonOf(refusal({{"suspected_malicious", "maybe"}})) == "BAD_FIELD_VALUE");
  CHECK(ReasonOf(refusal({{"detected.how", "luck"}})) == "BAD_FIELD_VALUE");
  CHECK(NextStepOf(refusal({{"detected.how", "staf"}})) == "Did you mean 'staff'?");
  CHECK(ReasonOf(refusal({{"contacts", "a\x01"}})) == "TEXT_CONTROL_CHARACTER");
  CHECK(ReasonOf(refusal({{"contacts", "\xff"}})) == "TEXT_NOT_UTF8");
  CHECK(refusal({{"contacts", std::string(64 * 1024, 'x')}}).ok());
  CHECK(ReasonOf(refusal({{"contacts", std::string(64 * 1024 + 1, 'x')}})) == "TEXT_TOO_LONG");
  Attributes many;
  for (const char* field : {"contacts", "entity", "description", "supplier", "measures",
                            "help_wanted", "services_hit", "user_measures", "attachments"}) {
    many[field] = std::string(64 * 1024, 'x');
  }
  CHECK(ReasonOf(refusal(many)) == "DRAFT_TOO_LARGE");
}

TEST_CASE("MakeDraft: what is inherited counts for the size, and can be shortened", "[domain]") {
  Case c = ASignificantCase();
  const std::string most(64 * 1024, 'x');
  c.Do(Draft("notification",
             {{"contacts", most}, {"entity", most}, {"description", most}, {"measures", most}}));
  const Attributes more = {{"services_hit", most},
                           {"supplier", most},
                           {"users_hit", most},
                           {"assets_hit", most},
                           {"indicators", most}};
  const absl::Status refused = c.Try(Draft("notification", more));
  CHECK(ReasonOf(refused) == "DRAFT_TOO_LARGE");
  CHECK_THAT(NextStepOf(refused), ContainsSubstring("short answer"));
  Attributes shortened = more;
  shortened["measures"] = "see attachment";
  shortened["entity"] = "Hospital North";
  CHECK(c.Try(Draft("notification", shortened)).ok());
}

TEST_CASE("MakeDraft: a document that escaping makes too large is refused", "[domain]") {
  const Case c = ASignificantCase();
  // A line break is one byte of an answer and five of the document.
  Attributes lines;
  for (const char* field :
       {"contacts", "entity", "description", "measures", "services_hit", "supplier", "users_hit"}) {
    lines[field] = "x" + std::string(64 * 1024 - 2, '\n') + "x";
  }
  const absl::Status refused = c.Try(Draft("notification", lines));
  CHECK(ReasonOf(refused) == "DRAFT_TOO_LARGE");
  CHECK_THAT(std::string(refused.message()), ContainsSubstring("the document has"));
}

TEST_CASE("MakeDraft: the form of the country, in its language, or the one that is named",
          "[domain]") {
  Case c = AnInsurer();
  const NotificationDrafted warning = Drafted(c, Draft("nis2-nl.early_warning"));
  CHECK(warning.form.id == "nl-ncsc");
  CHECK(warning.form.language == "nl");
  CHECK(warning.form.stage_name == "vroegtijdige waarschuwing");
  CHECK(FieldOf(warning, "occurred").label == "Vermoedelijk tijdstip van aanvang");
  CHECK(FieldOf(warning, "occurred").required);
  const NotificationDrafted breach = Drafted(c, Draft("gdpr.dpa_notification"));
  CHECK(breach.form.id == "nl-ap");
  CHECK(FieldOf(breach, "personal_data").number == "4");

  DraftNotification elsewhere = Draft("gdpr.dpa_notification");
  elsewhere.form = "be-gba";
  elsewhere.language = "nl";
  const NotificationDrafted belgian = Drafted(c, elsewhere);
  CHECK(belgian.form.id == "be-gba");
  CHECK(belgian.form.language == "nl-BE");
  elsewhere.language = "en";
  CHECK(c.Refusal(elsewhere) == "UNKNOWN_LANGUAGE");
  CHECK(NextStepOf(c.Try(elsewhere)) == "Languages: nl-BE, fr, de.");
  elsewhere.form = "be-gbo";
  CHECK(c.Refusal(elsewhere) == "UNKNOWN_FORM");
  CHECK(NextStepOf(c.Try(elsewhere)) == "Did you mean 'be-gba'?");
  // Of a country without a form of its own, and of none: the general one.
  for (const char* country : {"LU", ""}) {
    Case general = Under("gdpr", country, "controller");
    CHECK(Drafted(general, Draft("dpa_notification")).form.id == "gdpr");
  }
}

TEST_CASE("MakeDraft: the same law in two countries has a form in each", "[domain]") {
  Case c = Under("gdpr", "BE", "controller");
  c.Do(AdoptRegime{Pack("gdpr"), "controller", "persons there", Establishment{"NL", Brussels(), {}},
                   true});
  CHECK(Drafted(c, Draft("gdpr.dpa_notification", {{"contacts", "Ada"}})).form.id == "be-gba");
  const NotificationDrafted dutch = Drafted(c, Draft("gdpr@nl.dpa_notification"));
  CHECK(dutch.form.id == "nl-ap");
  CHECK(FieldOf(dutch, "contacts").value == "Ada");
  CHECK(dutch.previous_draft == 0);
}

TEST_CASE("MakeDraft: Swedish and German law have words of their own for the stages", "[domain]") {
  for (const auto& [pack, language, name] :
       {std::tuple{"nis2-se", "", "upplysning"}, std::tuple{"nis2-se", "en", "upplysning"},
        std::tuple{"nis2-de", "", "frühe Erstmeldung"},
        std::tuple{"nis2-de", "en", "frühe Erstmeldung"},
        std::tuple{"nis2-be", "fr", "alerte précoce"}, std::tuple{"nis2-be", "de", "Frühwarnung"},
        std::tuple{"nis2", "sv", "tidig varning"}}) {
    Case c = Under(pack, Pack(pack)->pack.country, "essential");
    DraftNotification draft = Draft("early_warning");
    draft.language = language;
    INFO(pack << " " << language);
    CHECK(Drafted(c, draft).form.stage_name == name);
  }
}

TEST_CASE("MakeDraft: without a form the law's contents are taken", "[domain]") {
  Case c = Under("uk_nis", "", Pack("uk_nis")->pack.entity_kinds.front().kind);
  const Obligation& obligation = c.incident().obligations.front();
  const NotificationDrafted drafted = Drafted(c, Draft(obligation.id));
  CHECK(drafted.form.id == "law:" + obligation.duty.rule_id);
  CHECK(drafted.form.stage_name == obligation.duty.label);
  CHECK_FALSE(drafted.fields.empty());
  const auto notes = DraftNotes(obligation, drafted, &Forms());
  REQUIRE(notes.size() == 1);
  CHECK_THAT(notes[0], ContainsSubstring("what the law asks for"));
}

TEST_CASE("MakeDraft: a form asks for more than the law, never for less", "[domain]") {
  for (const filing::Form& form : Forms().forms) {
    const regulation::RulePack& pack = Pack(form.regimes.front())->pack;
    for (const regulation::EntityKind& kind : pack.entity_kinds) {
      const Case c = Under(pack.id, form.country, kind.kind);
      for (const filing::FormStage& stage : form.stages) {
        const auto* rule = regulation::FindRule(pack, stage.stage, kind.kind);
        // What nobody owes has no obligation to draft for.
        if (rule == nullptr || FindObligation(c.incident(), stage.stage) == nullptr) continue;
        for (const std::string& language : form.languages) {
          DraftNotification draft = Draft(pack.id + "." + stage.stage);
          draft.form = form.id;
          draft.language = language;
          Case copy = c;
          const NotificationDrafted drafted = Drafted(copy, draft);
          INFO(form.id << " " << stage.stage << " " << language);
          for (const std::string& field : rule->contents_required) {
            CHECK(FieldOf(drafted, field).required);
          }
          CHECK_FALSE(drafted.form.stage_name.empty());
          for (const DraftField& field : drafted.fields) {
            INFO(field.field);
            CHECK_FALSE(field.label.empty());
            CHECK(field.label != field.field);
          }
          CHECK_THAT(drafted.document, ContainsSubstring(drafted.form.stage_name));
        }
      }
    }
  }
}

TEST_CASE("MakeDraft: a stage that nobody has to file can be prepared, and says so", "[domain]") {
  Case c = ASignificantCase();
  const NotificationDrafted drafted = Drafted(c, Draft("intermediate"));
  const auto notes = DraftNotes(c.obligation("intermediate"), drafted, &Forms());
  CHECK(std::find(notes.begin(), notes.end(), "Nobody has to file this as things stand.") !=
        notes.end());
  CHECK(DraftNotes(c.obligation("early_warning"), drafted, &Forms()).size() == 2);
}

TEST_CASE("MakeDraft: a historical incident has nothing to draft", "[domain]") {
  Case c;
  DeclareIncident declaration = ADeclaration();
  declaration.historical = true;
  declaration.pack = nullptr;
  c.Do(declaration);
  CHECK(c.Refusal(Draft("early_warning")) == "UNKNOWN_OBLIGATION");
  CHECK_THAT(NextStepOf(c.Try(Draft("early_warning"))), ContainsSubstring("no obligations"));
}

TEST_CASE("MakeDraft: no forms, no rule", "[domain]") {
  const Case c = ASignificantCase();
  const CommandContext without{.now = c.now, .author = c.author};
  CHECK(ReasonOf(Decide(c.incident(), Draft("early_warning"), without).status()) == "NO_FORMS");
  const CommandContext with{.now = c.now, .author = c.author, .forms = &Forms()};
  Obligation unknown = c.obligation("early_warning");
  unknown.duty.stage = "press_release";
  CHECK(ReasonOf(MakeDraft(c.incident(), unknown, Draft("x"), with).status()) == "NO_RULE");
  Incident unregulated = c.incident();
  unregulated.rulings.clear();
  CHECK(
      ReasonOf(MakeDraft(unregulated, c.obligation("early_warning"), Draft("x"), with).status()) ==
      "NO_RULE");
}

TEST_CASE("MakeDraft: the document has title, clock, marks, sources, and what is missing",
          "[domain]") {
  Case c;
  DeclareIncident declaration = ADeclaration();
  declaration.drill = true;
  declaration.restricted = true;
  declaration.tlp = Tlp::kRed;
  c.Do(declaration);
  c.Do(RecordAnchor{"aware", c.now, "seen"});
  const std::string text = Drafted(c, Draft("early_warning", {{"suspected_malicious", "unknown"},
                                                              {"entity", "Hospital North"}}))
                               .document;

  CHECK_THAT(text, ContainsSubstring("# DRILL: Early warning, INC-2026-0001\n"));
  CHECK_THAT(text, ContainsSubstring("**TLP:RED, restricted, need to know**\n"));
  CHECK_THAT(text, ContainsSubstring("NIS2 23(4)(a)"));
  CHECK_THAT(text, ContainsSubstring("- Not later than: 2026-06-11T08:00:00Z\n"));
  CHECK_THAT(text, ContainsSubstring("- **Entity**: Hospital North\n"));
  CHECK_THAT(text, ContainsSubstring("- **Contacts**: MISSING\n"));
  CHECK_THAT(text, ContainsSubstring("act**: not known yet\n"));
  CHECK_THAT(text, ContainsSubstring("- **What happened**: Files are encrypted (#1)\n"));
  CHECK_THAT(text, ContainsSubstring("- **Limits on sharing**: TLP\\:RED, restricted (#1)\n"));
  // Fields that need not be there are left out while they are empty.
  CHECK(text.find("Supplier") == std::string::npos);
}

TEST_CASE("MakeDraft: a drill is marked in every format", "[domain]") {
  Case c;
  DeclareIncident declaration = ADeclaration();
  declaration.drill = true;
  declaration.pack = Pack("dora");
  declaration.entity_kind = "insurer";
  c.Do(declaration);
  for (const DocumentFormat format :
       {DocumentFormat::kMarkdown, DocumentFormat::kJson, DocumentFormat::kAuthorityJson}) {
    DraftNotification draft = Draft("initial", {{"entity", "E"}, {"contacts", "C"}});
    draft.format = format;
    for (const std::string& language : Forms().catalogue.languages) {
      draft.language = language;
      const std::string text = Drafted(c, draft).document;
      CHECK((text.find("DRILL") != text.npos || text.find("\"drill\": true") != text.npos));
    }
  }
}

TEST_CASE("PreviousNotification: the stage before it that was drafted last", "[domain]") {
  Case c = AnInsurer();
  CHECK(PreviousNotification(c.incident(), c.obligation("dora.final")) == nullptr);
  c.Do(Draft("dora.initial"));
  c.Do(Draft("nis2-nl.early_warning"));
  CHECK(PreviousNotification(c.incident(), c.obligation("dora.final"))->id == "dora.initial");
  CHECK(PreviousNotification(c.incident(), c.obligation("dora.initial")) == nullptr);
  c.Do(Draft("dora.intermediate"));
  CHECK(PreviousNotification(c.incident(), c.obligation("dora.final"))->id == "dora.intermediate");
}

TEST_CASE("AnswerFrom: lessons come from the review, the reference from the last filing",
          "[domain]") {
  Case c = ASignificantCase();
  const Obligation final_report = c.obligation("final");
  const auto answer = [&](const std::string& name) {
    return AnswerFrom(c.incident(), final_report, {filing::SourceKind::kRecord, name}, "final");
  };
  CHECK(answer("lessons").text.empty());
  c.Do(OpenReview{});
  c.Do(AddFinding{FindingKind::kLesson, "Keep one backup offline.", {}});
  c.Do(AddFinding{FindingKind::kWell, "People came.", {}});
  c.Do(AddFinding{FindingKind::kLesson, "Train restores.", {}});
  CHECK(answer("lessons").text == "Keep one backup offline.; Train restores.");
  CHECK(answer("lessons").sequence == c.incident().last_sequence);
  CHECK(answer("authority_reference").text.empty());
  c.Do(RecordSubmission{"early_warning", {}, "portal", "A-1", ""});
  c.Do(RecordSubmission{"notification", {}, "portal", "A-2", ""});
  CHECK(answer("authority_reference").text == "A-2");
  CHECK(answer("stage").text == "final");
  CHECK(TlpMark(c.incident()) == "TLP:AMBER");
}

}  // namespace tocsin::domain
