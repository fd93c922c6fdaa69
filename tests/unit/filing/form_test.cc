#include "server/filing/form.h"

#include <set>

#include "server/base/error.h"
#include "tests/support/catch.h"
#include "tests/support/domain_fixture.h"

namespace tocsin::filing {
namespace {

using domain::Forms;

FormQuestion Asking(std::string regime, std::string stage, std::string country) {
  return {std::move(regime), std::move(stage), std::move(country), absl::CivilDay(2026, 11, 1), ""};
}

Form Simple(std::string id, std::string country) {
  Form form;
  form.id = std::move(id);
  form.country = std::move(country);
  form.regimes = {"law"};
  form.languages = {"en"};
  form.valid_from = absl::CivilDay(2026, 1, 1);
  form.stages = {{.stage = "first", .names = {{"en", "First"}}, .fields = {}, .json = {}}};
  return form;
}

TEST_CASE("ChooseForm: that of the country, else the general one, else none", "[filing]") {
  const auto chosen = [](const FormQuestion& question) {
    const auto form = ChooseForm(Forms(), question);
    REQUIRE(form.ok());
    return *form == nullptr ? "" : (*form)->id;
  };
  CHECK(chosen(Asking("gdpr", "dpa_notification", "NL")) == "nl-ap");
  CHECK(chosen(Asking("gdpr", "dpa_notification", "BE")) == "be-gba");
  CHECK(chosen(Asking("gdpr", "dpa_notification", "SE")) == "se-imy");
  CHECK(chosen(Asking("gdpr", "dpa_notification", "DE")) == "gdpr");
  CHECK(chosen(Asking("gdpr", "data_subjects", "NL")) == "gdpr");
  CHECK(chosen(Asking("dora", "initial", "")) == "dora");
  CHECK(chosen(Asking("nis2-de", "final", "DE")) == "de-bsi");
  // A form of another country is not taken on its own account.
  CHECK(chosen(Asking("nis2-de", "final", "")).empty());
  CHECK(chosen(Asking("cer", "initial", "BE")).empty());
}

TEST_CASE("ChooseForm: only what is valid on the day", "[filing]") {
  FormLibrary library;
  library.forms = {Simple("old", ""), Simple("new", "")};
  library.forms[0].valid_to = absl::CivilDay(2026, 5, 31);
  library.forms[1].valid_from = absl::CivilDay(2026, 6, 1);
  FormQuestion question = Asking("law", "first", "");
  const auto on = [&](absl::CivilDay day) {
    question.day = day;
    return ChooseForm(library, question);
  };
  CHECK(*on(absl::CivilDay(2025, 12, 31)) == nullptr);
  CHECK((*on(absl::CivilDay(2026, 5, 31)))->id == "old");
  CHECK((*on(absl::CivilDay(2026, 6, 1)))->id == "new");
  library.forms[0].valid_to.reset();
  CHECK(ReasonOf(on(absl::CivilDay(2026, 6, 1)).status()) == "WHICH_FORM");
  question.form = "old";
  CHECK((*on(absl::CivilDay(2026, 6, 1)))->id == "old");
  question.form = "older";
  CHECK(ReasonOf(on(absl::CivilDay(2026, 6, 1)).status()) == "UNKNOWN_FORM");
}

TEST_CASE("ChooseLanguage: exact, or the only one of that language", "[filing]") {
  const std::vector<std::string> belgian = {"nl-BE", "fr", "de"};
  CHECK(*ChooseLanguage(belgian, "") == "nl-BE");
  CHECK(*ChooseLanguage(belgian, "fr") == "fr");
  CHECK(*ChooseLanguage(belgian, "nl-be") == "nl-BE");
  CHECK(*ChooseLanguage(belgian, "nl") == "nl-BE");
  CHECK(*ChooseLanguage({"nl", "nl-BE"}, "nl") == "nl");
  CHECK(ReasonOf(ChooseLanguage({"nl-NL", "nl-BE"}, "nl").status()) == "UNKNOWN_LANGUAGE");
  const absl::Status refused = ChooseLanguage(belgian, "en").status();
  CHECK(ReasonOf(refused) == "UNKNOWN_LANGUAGE");
  CHECK(NextStepOf(refused) == "Languages: nl-BE, fr, de.");
  CHECK(ReasonOf(ChooseLanguage(belgian, std::string(5000, 'x')).status()) == "UNKNOWN_LANGUAGE");
}

TEST_CASE("CheckValue: each kind takes its own, and unknown", "[filing]") {
  const auto refused = [](ValueKind kind, std::string_view value) {
    return !CheckValue({.kind = kind, .codes = {"one", "two"}}, "field", value).ok();
  };
  for (const ValueKind kind :
       {ValueKind::kText, ValueKind::kYesNo, ValueKind::kNumber, ValueKind::kTime,
        ValueKind::kMinutes, ValueKind::kCountries, ValueKind::kCodes}) {
    CHECK_FALSE(refused(kind, "unknown"));
  }
  CHECK_FALSE(refused(ValueKind::kYesNo, "no"));
  CHECK(refused(ValueKind::kYesNo, "No"));
  CHECK(refused(ValueKind::kNumber, "many"));
  CHECK_FALSE(refused(ValueKind::kTime, "2026-06-10T08:15:00+02:00"));
  CHECK(refused(ValueKind::kTime, "2026-06-10 08:15"));
  CHECK_FALSE(refused(ValueKind::kCountries, "BE,NL"));
  CHECK(refused(ValueKind::kCountries, "Belgium"));
  CHECK_FALSE(refused(ValueKind::kCodes, "one, two"));
  CHECK(refused(ValueKind::kCodes, "one, three"));
  CHECK(refused(ValueKind::kCodes, ","));
}

TEST_CASE("Forms: the list has the 59 fields, each with its label in every language", "[filing]") {
  const FieldCatalogue& catalogue = Forms().catalogue;
  CHECK(catalogue.languages == std::vector<std::string>{"en", "nl", "nl-BE", "fr", "sv", "de"});
  REQUIRE(catalogue.fields.size() == 59);
  for (size_t i = 0; i < catalogue.fields.size(); ++i) {
    CHECK(catalogue.fields[i].number == static_cast<int>(i + 1));
  }
  for (const std::string& language : catalogue.languages) {
    std::set<std::string> labels;
    for (const Field& field : catalogue.fields) {
      INFO(language << " " << field.field);
      CHECK(labels.insert(field.own.labels.at(language)).second);
      for (const Answer& part : field.parts) CHECK_FALSE(part.labels.at(language).empty());
    }
    for (const std::string& word : DocumentWords()) {
      CHECK_FALSE(WordIn(catalogue, word, language).empty());
    }
    // Whoever opens a document of a drill sees it, whatever they read.
    CHECK_THAT(WordIn(catalogue, "drill", language), ContainsSubstring("DRILL"));
  }
  CHECK(FindField(catalogue, "nothing") == nullptr);
}

TEST_CASE("Forms: every authority's form says where it is from and how sure that is", "[filing]") {
  CHECK(Forms().forms.size() == 11);
  for (const Form& form : Forms().forms) {
    INFO(form.id);
    CHECK_FALSE(form.source.empty());
    CHECK_FALSE(form.confidence.empty());
    CHECK_FALSE(form.verified_on.empty());
    CHECK(form.digest != Digest{});
    // No portal has been read whole so far.
    CHECK(form.portal_fields != PortalFields::kSeen);
  }
}

TEST_CASE("Forms: the stage names of the four countries are those of their laws", "[filing]") {
  const auto name = [](const std::string& id, const std::string& stage,
                       const std::string& language) {
    for (const Form& form : Forms().forms) {
      if (form.id != id) continue;
      return LabelIn(FindStage(form, stage)->names, language, form.languages);
    }
    return std::string();
  };
  CHECK(name("nl-ncsc", "early_warning", "nl") == "vroegtijdige waarschuwing");
  CHECK(name("nl-ncsc", "notification", "nl") == "melding");
  CHECK(name("nl-ncsc", "progress", "nl") == "voortgangsverslag");
  CHECK(name("be-ccb", "notification", "nl-BE") == "incidentmelding");
  CHECK(name("be-ccb", "final", "nl-BE") == "eindverslag");
  CHECK(name("se-ncsc", "early_warning", "sv") == "upplysning");
  CHECK(name("se-ncsc", "notification", "sv") == "incidentanmälan");
  CHECK(name("se-ncsc", "intermediate", "sv") == "delrapport");
  CHECK(name("se-ncsc", "progress", "sv") == "lägesrapport");
  CHECK(name("se-ncsc", "final", "en") == "slutrapport");
  CHECK(name("de-bsi", "early_warning", "de") == "frühe Erstmeldung");
  CHECK(name("de-bsi", "progress", "de") == "Fortschrittsmeldung");
  CHECK(name("de-bsi", "final", "de") == "Abschlussmeldung");
}

}  // namespace
}  // namespace tocsin::filing
