#include "server/playbook/example.h"

#include "tests/support/catch.h"
#include "tests/unit/playbook/builders.h"

namespace tocsin::playbook {
namespace {

// look (asks for personal data and since when) → notify (when there are some) → join.
Definition Asking() {
  Step look = AStep("look");
  look.due = Due{.within = absl::Minutes(30)};
  Question data = AQuestion("data", QuestionType::kYesNo);
  data.fact = "personal_data";
  Question since = AQuestion("since", QuestionType::kInstant);
  since.anchor = "aware";
  since.optional = true;
  look.questions = {data, since};
  Step notify = AStepWhen("notify", FactIs("personal_data", {"yes"}), {"look"});
  notify.due = Due{.within = absl::Hours(60), .from = Due::From::kAnchor, .anchor = "aware"};
  notify.evidence = {EvidenceKind::kFileHash, EvidenceKind::kSecondPerson};
  return ADefinition({look, notify, AStep("join", {"notify", "look"})});
}

Example An(ExampleGiven given, ExampleExpect expect) {
  return {"it", std::move(given), std::move(expect)};
}

std::string Only(const std::vector<std::string>& problems) {
  CHECK(problems.size() == 1);
  return problems.empty() ? "" : problems.front();
}

}  // namespace

TEST_CASE("Example: facts in, steps and due times out", "[playbook][example]") {
  CHECK(CheckExample(Asking(),
                     An({}, {.active = {{"look"}},
                             .blocked = {"join"},
                             .due = {{"look", absl::Minutes(30)}, {"notify", std::nullopt}}}))
            .empty());
  CHECK(CheckExample(Asking(),
                     An({.answers = {{"data", "yes"}, {"since", "10m"}}, .reach = {"notify"}},
                        {.active = {{"notify"}},
                         .includes = {"notify"},
                         .due = {{"notify", absl::Minutes(3610)}},
                         .finished = false}))
            .empty());
  CHECK(CheckExample(Asking(), An({.answers = {{"data", "unknown"}}, .done = {"look"}},
                                  {.active = std::vector<std::string>{},
                                   .waiting = {{"notify", {"personal_data"}}}}))
            .empty());
  CHECK(CheckExample(Asking(), An({.facts = {{"personal_data", "no"}}, .done = {"look", "join"}},
                                  {.not_taken = {"notify"}, .finished = true}))
            .empty());
  CHECK(CheckExample(Asking(), An({.answers = {{"data", "yes"}},
                                   .done = {"join"},
                                   .skipped = {"notify"},
                                   .reach = {"join"}},
                                  {.finished = true}))
            .empty());
}

TEST_CASE("Example: what does not come out is said", "[playbook][example]") {
  const Definition asking = Asking();
  CHECK(Only(CheckExample(asking, An({}, {.active = {{"join"}}}))) ==
        "active are look; expected join");
  CHECK(Only(CheckExample(asking, An({}, {.not_taken = {"notify"}}))) ==
        "notify is blocked; expected not-taken");
  CHECK(Only(CheckExample(asking, An({}, {.due = {{"look", absl::Hours(1)}}}))) ==
        "look is due 30 min; expected 1 h");
  CHECK(Only(CheckExample(asking, An({}, {.due = {{"look", std::nullopt}}}))) ==
        "look is due 30 min; expected not at all");
  CHECK(Only(CheckExample(asking, An({}, {.finished = true}))) ==
        "not finished: join, look, notify are open");
  CHECK(Only(CheckExample(asking, An({.answers = {{"data", "unknown"}}, .done = {"look"}},
                                     {.waiting = {{"notify", {"aware"}}}}))) ==
        "notify waits for personal_data; expected aware");
}

TEST_CASE("Example: its own faults are said", "[playbook][example]") {
  const Definition asking = Asking();
  const auto fault = [&](ExampleGiven given) {
    return Only(CheckExample(asking, An(std::move(given), {.finished = false})));
  };
  CHECK_THAT(fault({.done = {"lok"}}), ContainsSubstring("no step 'lok'"));
  CHECK(fault({.done = {"look"}}) == "look cannot be done: no answer to data");
  CHECK(fault({.done = {"join"}}) == "join cannot be done: it is blocked");
  CHECK(fault({.answers = {{"data", "no"}}, .done = {"look", "notify"}}) ==
        "notify cannot be done: it is not-taken");
  CHECK_THAT(fault({.answers = {{"data", "maybe"}}}), ContainsSubstring("yes or no"));
  CHECK_THAT(fault({.answers = {{"dat", "yes"}}}), ContainsSubstring("'dat' is no question"));
  CHECK_THAT(fault({.answers = {{"since", "soon"}}}), ContainsSubstring("such as 10m"));
}

}  // namespace tocsin::playbook
