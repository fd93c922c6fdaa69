// Random commands, sensible and hostile: the state is always the fold of the record, what is
// promised for later is a function of the state, and nothing that is sent can end the process.
#include <random>
#include <set>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/domain/decide.h"
#include "tests/support/catch.h"
#include "tests/support/domain_fixture.h"

namespace tocsin::domain {
namespace {

class Chooser {
 public:
  explicit Chooser(uint32_t seed) : engine_(seed) {}

  size_t Below(size_t limit) {
    return std::uniform_int_distribution<size_t>(0, limit - 1)(engine_);
  }
  bool Chance(int percent) { return Below(100) < static_cast<size_t>(percent); }
  template <typename T, size_t N>
  const T& OneOf(const T (&values)[N]) {
    return values[Below(N)];
  }

  // Text as people write it, now and then text that an attacker writes.
  std::string Text() {
    if (Chance(90)) return absl::StrCat("text ", Below(1000));
    switch (Below(7)) {
      case 0:
        return "";
      case 1:
        return std::string(Below(70'000), 'x');
      case 2:
        return "\xff\xfe";
      case 3:
        return std::string("nul\0", 4);
      case 4:
        return "\u202Ereversed";
      case 5:
        return "../../etc/passwd %s %n {} \n\n\t";
      default:
        return Bytes();
    }
  }
  std::string Bytes() {
    std::string bytes(Below(40), '\0');
    for (char& c : bytes) c = static_cast<char>(Below(256));
    return bytes;
  }
  absl::Time Near(absl::Time now) {
    switch (Below(40)) {
      case 0:
        return absl::InfinitePast();
      case 1:
        return absl::InfiniteFuture();
      case 2:
        return absl::FromUnixSeconds(-62'135'596'800);
      case 3:
        return now + absl::Hours(24 * 365'000);
      default:
        return now - absl::Minutes(static_cast<int64_t>(Below(5000))) + absl::Minutes(6);
    }
  }
  std::optional<absl::Time> Perhaps(absl::Time now) {
    if (Chance(50)) return std::nullopt;
    return Near(now);
  }
  Attributes Some() {
    static const std::string kKeys[] = {"malicious", "users_affected",      "services", "entity",
                                        "contacts",  "suspected_malicious", "BAD",      ""};
    static const std::string kValues[] = {"yes", "12", "unknown", "text"};
    Attributes attributes;
    for (size_t i = Below(4); i > 0; --i) {
      attributes[Chance(95) ? OneOf(kKeys) : Bytes()] = Chance(90) ? OneOf(kValues) : Text();
    }
    return attributes;
  }
  std::string Stage() {
    static const std::string kStages[] = {"early_warning", "notification",   "intermediate",
                                          "progress",      "final",          "recipients",
                                          "voluntary",     "csirt_response", "nis2.final"};
    return Chance(95) ? OneOf(kStages) : Text();
  }
  std::string Step() {
    const auto& steps = Ransomware()->definition.steps;
    return Chance(95) ? steps[Below(steps.size())].id : Text();
  }
  std::string Evidence() {
    return "https://wiki.example/x "
           "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  }
  std::vector<uint64_t> Entries(const Case& c) {
    std::vector<uint64_t> entries;
    for (size_t i = Below(4); i > 0; --i) {
      entries.push_back(Chance(95) ? 1 + Below(c.incident().last_sequence) : Below(1'000'000));
    }
    return entries;
  }
  std::string Question() { return Chance(80) ? "" : Chance(80) ? "luck" : Text(); }
  PrincipalId Somebody() { return Person(static_cast<uint8_t>(Below(4))); }
  template <typename Enum>
  Enum Any() {
    const auto texts = AllTexts<Enum>();
    return *ParseText<Enum>(texts[Below(texts.size())]);
  }

 private:
  std::mt19937 engine_;
};

Command RandomNotification(Chooser& r, const Case& c) {
  switch (r.Below(6)) {
    case 0:
      return DraftNotification{r.Stage(), r.Some()};
    case 1:
      return ApproveNotification{r.Stage(), r.Chance(20) ? r.Below(100) : 0};
    case 2:
      return RecordSubmission{r.Stage(),
                              r.Perhaps(c.now),
                              r.Text(),
                              r.Chance(50) ? "" : r.Text(),
                              r.Chance(50) ? "" : r.Text(),
                              {},
                              r.Chance(20) ? r.Below(100) : 0};
    case 3:
      return RecordAcknowledgement{r.Stage(), r.Perhaps(c.now), r.Text()};
    case 4:
      return WaiveObligation{r.Stage(), r.Text()};
    default:
      return RequestIntermediate{r.Text(), r.Perhaps(c.now)};
  }
}

Command RandomObligation(Chooser& r, const Case& c) {
  static const std::string kAnchors[] = {"occurred", "detected", "aware",       "classified",
                                         "handled",  "awake",    "impact_ended"};
  switch (r.Below(5)) {
    case 4: {
      const uint64_t pending = c.incident().pending_aware_sequence;
      return DecideAwareness{r.Chance(80) ? pending : r.Below(c.incident().last_sequence + 3),
                             r.Chance(70), r.Text()};
    }
    case 0:
      return RecordAnchor{r.Chance(95) ? r.OneOf(kAnchors) : r.Text(), r.Near(c.now), r.Text()};
    case 1:
      return AssessImpact{r.Some(), r.Text()};
    case 2:
      return DecideSignificance{r.Chance(90) ? "nis2" : r.Text(), r.Chance(70), r.Text()};
    default: {
      const std::vector<Timer> timers = TimersFor(c.incident());
      if (timers.empty() || r.Chance(20)) {
        return FireTimer{{r.Near(c.now), r.Stage(), static_cast<int>(r.Below(101)), c.now}};
      }
      return FireTimer{timers[r.Below(timers.size())]};
    }
  }
}

Command RandomReading(Chooser& r, const Case& c) {
  switch (r.Below(6)) {
    case 0:
      return OpenReview{{"g", "Guide", "1", {}, {{"luck", ReviewPart::kLuck, "What was luck?"}}}};
    case 1: {
      InviteToReview invite{{r.Somebody(), r.Somebody()}, r.Perhaps(c.now + absl::Hours(72))};
      if (r.Chance(20)) invite.people.clear();
      return invite;
    }
    case 2:
      return SubmitReview{r.Text()};
    case 3:
      return ReadReview{r.Chance(70), r.Text(), r.Below(c.incident().last_sequence + 2)};
    default:
      return PublishReview{r.Chance(50) ? "" : r.Text(), r.Chance(60) ? "" : r.Text(), r.Below(2)};
  }
}

Command RandomActionItem(Chooser& r, const Case& c) {
  const std::string id = r.Chance(95) ? absl::StrCat("action-", r.Below(5)) : r.Text();
  switch (r.Below(5)) {
    case 0:
      return ChangeActionItem{id, r.Somebody(), r.Perhaps(c.now + absl::Hours(72)), r.Text()};
    case 1:
      return DropActionItem{id, r.Text()};
    case 2:
      return EvaluateActionItem{id, r.Any<Helped>(), r.Text()};
    default:
      return CompleteActionItem{id, r.Text()};
  }
}

Command RandomEvidence(Chooser& r, const Case& c) {
  if (r.Chance(40)) {
    const std::string bytes = absl::StrCat("file ", r.Below(4));
    return AddEvidence{.name = r.Text(),
                       .size = r.Chance(95) ? bytes.size() : r.Below(3),
                       .digest = Sha256(bytes),
                       .note = r.Text(),
                       .from = r.Chance(50) ? "" : r.Text(),
                       .collect_time = r.Perhaps(c.now)};
  }
  const std::string item = r.Chance(95) ? absl::StrCat("EV-", r.Below(5)) : r.Text();
  if (r.Chance(20)) return RetrieveEvidence{item};
  if (r.Chance(30)) {
    const std::string bytes = absl::StrCat("file ", r.Below(4));
    return StoreEvidence{item, bytes.size(), Sha256(bytes)};
  }
  const bool person = r.Chance(50);
  return MoveEvidence{.item = item,
                      .custody = static_cast<Custody>(r.Below(3) + 1),
                      .to = person ? "" : r.Text(),
                      .principal = person ? r.Somebody() : PrincipalId{},
                      .because = r.Text(),
                      .move_time = r.Perhaps(c.now)};
}

Command RandomReviewOrRun(Chooser& r, const Case& c) {
  const std::string run = r.Chance(80) ? "" : r.Chance(80) ? "run-1" : r.Text();
  switch (r.Below(10)) {
    case 9:
      return RandomEvidence(r, c);
    case 0:
      return StartRun{Ransomware()};
    case 1:
    case 2:
      return CompleteStep{run, r.Step(), r.Chance(80) ? r.Evidence() : r.Text()};
    case 3:
      return SkipStep{run, r.Step(), r.Text()};
    case 4:
      return AssignStep{run, r.Step(), r.Somebody()};
    case 5:
      return RandomReading(r, c);
    case 6:
      return AddFinding{r.Any<FindingKind>(), r.Text(), r.Some(), r.Entries(c), r.Question()};
    case 7:
      return AddActionItem{r.Text(),
                           r.Somebody(),
                           r.Near(c.now) + absl::Hours(72),
                           r.Any<ActionType>(),
                           {r.Entries(c), {}}};
    default:
      return RandomActionItem(r, c);
  }
}

Command RandomLeading(Chooser& r, const Case& c) {
  switch (r.Below(11)) {
    case 0:
      return ChangePhase{r.Any<Phase>(), r.Text()};
    case 1:
      return ChangeSeverity{r.Any<Severity>(), r.Text()};
    case 2:
      return AssignRole{r.Any<IncidentRole>(), r.Somebody()};
    case 3:
      return AddMember{r.Somebody()};
    case 4:
      return CloseIncident{r.Text(), r.Chance(70) ? r.Text() : ""};
    case 5:
      return ReopenIncident{r.Text()};
    case 6:
      return ExportIncident{r.Text(), Digest{}};
    case 7:
      return CorrectEntry{r.Below(c.incident().last_sequence + 3), r.Text()};
    case 8:
      return RetractEntry{r.Below(c.incident().last_sequence + 3), r.Text()};
    case 9:
      return AcknowledgeAlert{r.Below(c.incident().last_sequence + 3)};
    default:
      return ADeclaration();
  }
}

Command RandomCommand(Chooser& r, const Case& c) {
  switch (r.Below(5)) {
    case 0: {
      RecordEntry entry{r.Any<EntryKind>(), r.Text()};
      entry.occur_time = r.Perhaps(c.now);
      entry.attributes = r.Some();
      return entry;
    }
    case 1:
      return RandomNotification(r, c);
    case 2:
      return RandomObligation(r, c);
    case 3:
      return RandomReviewOrRun(r, c);
    default:
      return RandomLeading(r, c);
  }
}

DeclareIncident RandomDeclaration(Chooser& r) {
  static const std::string kKinds[] = {"essential", "important", "trust_service_provider",
                                       "trust_service_provider_other_service"};
  DeclareIncident command = ADeclaration();
  command.entity_kind = r.OneOf(kKinds);
  command.historical = r.Chance(10);
  command.drill = r.Chance(20);
  if (r.Chance(50)) command.playbook = Ransomware();
  return command;
}

struct Tally {
  size_t accepted = 0;
  size_t refused = 0;
};

// One incident's life of `commands` random commands.
void Live(uint32_t seed, size_t commands, Tally& tally) {
  Chooser r(seed);
  Case c;
  for (uint8_t level = 0; level < r.Below(4); ++level) {
    EscalationLevel next{.person = Person(level), .wait = absl::Hours(1 + r.Below(9))};
    if (r.Chance(50)) next.role = r.Any<IncidentRole>();
    c.escalation.push_back(next);
  }
  c.Do(RandomDeclaration(r));
  for (size_t i = 0; i < commands; ++i) {
    if (r.Chance(30)) c.now += absl::Minutes(static_cast<int64_t>(r.Below(3000)));
    c.author = Person(static_cast<uint8_t>(1 + r.Below(3)));
    const Command command = RandomCommand(r, c);
    const absl::Status status = c.Try(command);
    INFO("seed " << seed << ", command " << i << ", type " << command.index());
    if (!status.ok()) {
      ++tally.refused;
      REQUIRE_FALSE(ReasonOf(status).empty());
      REQUIRE_FALSE(NextStepOf(status).empty());
      REQUIRE(status.message().size() < 4096);
      continue;
    }
    ++tally.accepted;
    const auto entries = c.Do(command);
    // An acknowledgement by somebody before is answered, not recorded again.
    REQUIRE((!entries.empty() || std::holds_alternative<FireTimer>(command) ||
             std::holds_alternative<AcknowledgeAlert>(command)));
    REQUIRE(TimersFor(c.incident()) == TimersFor(Incident(c.incident())));
  }
  const std::string kept = Dump(c.incident());
  const std::string replayed = Dump(c.Replayed());
  INFO("seed " << seed << " differs in:\n" << Difference(kept, replayed));
  REQUIRE(kept == replayed);
  REQUIRE(TimersFor(c.Replayed()) == TimersFor(c.incident()));

  // No duty is missed twice for one date, and every timer ends when it fires.
  std::set<std::pair<std::string, absl::Time>> missed;
  for (const ObligationMissed& miss : EventsOf<ObligationMissed>(c.record())) {
    REQUIRE(missed.insert({miss.obligation, miss.due}).second);
  }
  // Each alert of an action item is recorded once for one due time, and never before it.
  std::set<std::tuple<std::string, absl::Time, ActionAlert>> alerted;
  c.RunTimers(c.now + absl::Hours(24 * 400));
  for (const Recorded& recorded : c.record()) {
    const auto* alert = std::get_if<ActionItemAlerted>(&recorded.entry.event);
    if (alert == nullptr) continue;
    REQUIRE(alerted.insert({alert->action_item, alert->due, alert->alert}).second);
    REQUIRE(recorded.meta.record_time >= alert->fire_time);
  }
  REQUIRE(TimersFor(c.incident()).empty());
}

}  // namespace

TEST_CASE("Replay: the state is the fold of the record, whatever is sent", "[domain][replay]") {
  Tally tally;
  for (uint32_t seed = 1; seed <= 60; ++seed) Live(seed, 200, tally);
  INFO(tally.accepted << " accepted, " << tally.refused << " refused");
  CHECK(tally.accepted >= 2'000);
  CHECK(tally.refused >= 1'000);
}

TEST_CASE("Replay: the dump tells states apart", "[domain][replay]") {
  Case c = ASignificantCase();
  const std::string before = Dump(c.incident());
  const Command commands[] = {RecordEntry{EntryKind::kAction, "x"},
                              AssignRole{IncidentRole::kLegal, Person(3)},
                              AssessImpact{{{"malicious", "yes"}}, ""},
                              DraftNotification{"early_warning", {}},
                              StartRun{Ransomware()},
                              OpenReview{},
                              RecordSubmission{"early_warning", {}, "portal", "", ""}};
  for (const Command& command : commands) {
    Case changed = c;
    changed.Do(command);
    INFO(command.index());
    CHECK_FALSE(Difference(before, Dump(changed.incident())).empty());
  }
}

}  // namespace tocsin::domain
