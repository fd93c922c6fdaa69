#include "server/domain/notification.h"

#include <algorithm>

#include "server/base/error.h"
#include "server/domain/decide.h"
#include "tests/support/catch.h"
#include "tests/support/domain_fixture.h"

namespace tocsin::domain {
namespace {

DraftField FieldOf(const Case& c, const std::string& stage, const std::string& name,
                   const Attributes& given = {}) {
  const auto fields = DraftFields(c.incident(), c.obligation(stage), given);
  REQUIRE(fields.ok());
  const auto field = std::find_if(fields->begin(), fields->end(),
                                  [&](const DraftField& f) { return f.field == name; });
  REQUIRE(field != fields->end());
  return *field;
}

}  // namespace

TEST_CASE("DraftFields: filled from the record, each with its source", "[domain]") {
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
  CHECK(FieldOf(c, "early_warning", "description").value == "Files are encrypted. FS01 to FS04.");
  CHECK(FieldOf(c, "early_warning", "aware").value == "2026-06-10T08:00:00Z");
  CHECK(FieldOf(c, "early_warning", "aware").source_sequence == aware);
  const DraftField malicious = FieldOf(c, "early_warning", "suspected_malicious");
  CHECK(malicious.state == FieldState::kUnknown);
  CHECK(malicious.source_sequence == impact);
  CHECK(FieldOf(c, "early_warning", "cross_border_impact").value == "Cross-border impact: no");
  CHECK(FieldOf(c, "early_warning", "contacts").state == FieldState::kMissing);
  CHECK(FieldOf(c, "early_warning", "determined_significant").state == FieldState::kMissing);
  CHECK(FieldOf(c, "early_warning", "ongoing").value == "yes");
  CHECK(FieldOf(c, "notification", "severity").value == "sev1");
}

TEST_CASE("DraftFields: what is given with the draft wins and has no source", "[domain]") {
  const Case c = ASignificantCase();
  const DraftField aware =
      FieldOf(c, "early_warning", "aware", {{"aware", "about ten in the morning"}});
  CHECK(aware.value == "about ten in the morning");
  CHECK(aware.source_sequence == 0);
  CHECK(FieldOf(c, "early_warning", "contacts", {{"contacts", "unknown"}}).state ==
        FieldState::kUnknown);
  CHECK(FieldOf(c, "early_warning", "determined_significant").value == "2026-06-10T08:00:00Z");
}

TEST_CASE("DraftFields: handled ends what is ongoing; several facts answer one field", "[domain]") {
  Case c = ASignificantCase();
  c.Do(RecordAnchor{"handled", c.now, "clean"});
  c.Do(AssessImpact{{{"confidentiality_lost", "unknown"}, {"availability_lost", "yes"}}, ""});
  CHECK(FieldOf(c, "notification", "ongoing").value == "no, handled 2026-06-10T08:00:00Z");
  const DraftField properties = FieldOf(c, "notification", "security_properties");
  CHECK(properties.value == "Confidentiality lost: unknown; Availability lost: yes");
  CHECK(properties.state == FieldState::kFilled);
}

TEST_CASE("DraftFields: a field of another stage is refused", "[domain]") {
  const Case c = ASignificantCase();
  const absl::Status near =
      DraftFields(c.incident(), c.obligation("early_warning"), {{"contact", "x"}}).status();
  CHECK(ReasonOf(near) == "UNKNOWN_FIELD");
  CHECK(NextStepOf(near) == "Did you mean 'contacts'?");
  const absl::Status far =
      DraftFields(c.incident(), c.obligation("early_warning"), {{"root_cause", "x"}}).status();
  CHECK(ReasonOf(far) == "UNKNOWN_FIELD");
  CHECK_THAT(NextStepOf(far), ContainsSubstring("Fields: entity, contacts, "));
}

TEST_CASE("DraftFields: no form without a rule", "[domain]") {
  const Case c = ASignificantCase();
  Obligation unknown = c.obligation("early_warning");
  unknown.duty.stage = "press_release";
  CHECK(ReasonOf(DraftFields(c.incident(), unknown, {}).status()) == "NO_FORM");
  Incident unregulated = c.incident();
  unregulated.rulings.clear();
  CHECK(ReasonOf(DraftFields(unregulated, c.obligation("early_warning"), {}).status()) ==
        "NO_FORM");
}

TEST_CASE("DraftFields: every field of every stage has a label", "[domain]") {
  const Case c = ASignificantCase();
  for (const Obligation& obligation : c.incident().obligations) {
    const auto fields = DraftFields(c.incident(), obligation, {});
    REQUIRE(fields.ok());
    for (const DraftField& field : *fields) {
      INFO(obligation.id << " " << field.field);
      CHECK(field.label != field.field);
    }
  }
}

TEST_CASE("DraftMarkdown: title, clock, sources, and what is missing", "[domain]") {
  Case c;
  DeclareIncident declaration = ADeclaration();
  declaration.drill = true;
  c.Do(declaration);
  c.Do(RecordAnchor{"aware", c.now, "seen"});
  const auto fields =
      DraftFields(c.incident(), c.obligation("early_warning"),
                  {{"suspected_malicious", "unknown"}, {"entity", "Hospital North"}});
  REQUIRE(fields.ok());

  const std::string text = DraftMarkdown(c.incident(), c.obligation("early_warning"), *fields);

  CHECK_THAT(text, ContainsSubstring("# DRILL: Early warning, INC-2026-0001\n"));
  CHECK_THAT(text, ContainsSubstring("NIS2 23(4)(a)"));
  CHECK_THAT(text, ContainsSubstring("at the latest 2026-06-11T08:00:00Z."));
  CHECK_THAT(text, ContainsSubstring("- **Entity**: Hospital North\n"));
  CHECK_THAT(text, ContainsSubstring("- **Contacts**: MISSING\n"));
  CHECK_THAT(text, ContainsSubstring("act**: not known yet\n"));
  CHECK_THAT(text, ContainsSubstring("- **What happened**: Files are encrypted (#1)\n"));
  // Fields that need not be there are left out while they are empty.
  CHECK(text.find("Supplier") == std::string::npos);
}

}  // namespace tocsin::domain
