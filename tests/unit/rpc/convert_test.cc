#include "server/rpc/convert.h"

#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "server/base/error.h"
#include "server/domain/run_facts.h"
#include "tests/support/catch.h"
#include "tests/support/domain_fixture.h"

namespace tocsin::rpc {
namespace {

using domain::At;
using domain::Person;

std::string Handle(const PrincipalId& id) {
  return id.empty() ? "@server" : absl::StrCat("@p", static_cast<int>(id.bytes.front()));
}

// "AMBER_STRICT" of "amber+strict".
std::string WireWord(std::string_view text) {
  return absl::AsciiStrToUpper(
      absl::StrReplaceAll(std::string(text), {{"+", "_"}, {"-", "_"}, {" ", "_"}}));
}

// Every value goes out under the name that its text form has; no value is left out.
template <typename Domain, typename NameOf>
void CheckNames(const std::string& prefix, int count, NameOf name_of) {
  const std::vector<std::string> texts = AllTexts<Domain>();
  CHECK(static_cast<int>(texts.size()) == count - 1);
  for (const std::string& text : texts) {
    CHECK(name_of(ToProto(*ParseText<Domain>(text))) == prefix + WireWord(text));
  }
}

// The same, and every value comes back as itself.
template <typename Domain, typename Wire, typename NameOf>
void CheckEnum(const std::string& prefix, int count, NameOf name_of) {
  CheckNames<Domain>(prefix, count, name_of);
  const std::vector<std::string> texts = AllTexts<Domain>();
  for (const std::string& text : texts) {
    const Domain value = *ParseText<Domain>(text);
    const auto back = ToDomain(ToProto(value));
    REQUIRE(back.ok());
    CHECK(*back == value);
  }
  CHECK(ReasonOf(ToDomain(static_cast<Wire>(0)).status()) == "MISSING_VALUE");
  const auto unknown = ToDomain(static_cast<Wire>(99));
  CHECK(ReasonOf(unknown.status()) == "UNKNOWN_VALUE");
  CHECK_THAT(NextStepOf(unknown.status()), ContainsSubstring(texts.front()));
}

v1::ObligationState StateFor(regulation::DutyState duty, domain::ObligationState state) {
  domain::Obligation obligation;
  obligation.duty.state = duty;
  obligation.state = state;
  return StateOf(obligation);
}

}  // namespace

TEST_CASE("Convert: every enum has the same words on the wire as in the product") {
  CheckEnum<Severity, v1::Severity>("SEVERITY_", v1::Severity_ARRAYSIZE,
                                    [](auto v) { return v1::Severity_Name(v); });
  CheckEnum<Phase, v1::Phase>("PHASE_", v1::Phase_ARRAYSIZE,
                              [](auto v) { return v1::Phase_Name(v); });
  CheckEnum<Tlp, v1::Tlp>("TLP_", v1::Tlp_ARRAYSIZE, [](auto v) { return v1::Tlp_Name(v); });
  CheckEnum<IncidentRole, v1::IncidentRole>("INCIDENT_ROLE_", v1::IncidentRole_ARRAYSIZE,
                                            [](auto v) { return v1::IncidentRole_Name(v); });
  CheckEnum<OrgRole, v1::OrgRole>("ORG_ROLE_", v1::OrgRole_ARRAYSIZE,
                                  [](auto v) { return v1::OrgRole_Name(v); });
  CheckEnum<EntryKind, v1::EntryKind>("ENTRY_KIND_", v1::EntryKind_ARRAYSIZE,
                                      [](auto v) { return v1::EntryKind_Name(v); });
  CheckEnum<Precision, v1::Precision>("PRECISION_", v1::Precision_ARRAYSIZE,
                                      [](auto v) { return v1::Precision_Name(v); });
  CheckEnum<FindingKind, v1::FindingKind>("FINDING_KIND_", v1::FindingKind_ARRAYSIZE,
                                          [](auto v) { return v1::FindingKind_Name(v); });
  CheckNames<ReviewPart>("REVIEW_PART_", v1::ReviewPart_ARRAYSIZE,
                         [](auto v) { return v1::ReviewPart_Name(v); });
  CheckEnum<ActionType, v1::ActionType>("ACTION_TYPE_", v1::ActionType_ARRAYSIZE,
                                        [](auto v) { return v1::ActionType_Name(v); });
  CheckEnum<Helped, v1::Helped>("HELPED_", v1::Helped_ARRAYSIZE,
                                [](auto v) { return v1::Helped_Name(v); });
  CheckEnum<Audience, v1::Audience>("AUDIENCE_", v1::Audience_ARRAYSIZE,
                                    [](auto v) { return v1::Audience_Name(v); });
}

TEST_CASE("Convert: instants come back to the nanosecond") {
  for (const absl::Time time : {At("1970-01-01T00:00:00Z"), At("2026-06-10T08:15:00Z"),
                                At("2199-12-31T23:59:59Z") + absl::Nanoseconds(999'999'999)}) {
    const auto back = ToDomain("time", ToProto(time));
    REQUIRE(back.ok());
    CHECK(*back == time);
  }
}

TEST_CASE("Convert: instants that are none are refused by the field's name") {
  const std::vector<std::pair<int64_t, int32_t>> bad = {
      {-1, 0}, {7'258'118'400, 0}, {0, -1}, {0, 1'000'000'000}, {INT64_MAX, 0}};
  for (const auto& [seconds, nanos] : bad) {
    CAPTURE(seconds, nanos);
    google::protobuf::Timestamp time;
    time.set_seconds(seconds);
    time.set_nanos(nanos);
    const auto read = ToDomain("due time", time);
    CHECK(ReasonOf(read.status()) == "BAD_TIMESTAMP");
    CHECK_THAT(std::string(read.status().message()), ContainsSubstring("due time"));
  }
  CHECK(ReasonOf(RequiredTime("due time", false, {}).status()) == "MISSING_VALUE");
  CHECK_FALSE(OptionalTime("due time", false, {})->has_value());
}

TEST_CASE("Convert: resource names and their last parts") {
  CHECK(IncidentName("INC-2026-0042") == "incidents/INC-2026-0042");
  CHECK(LastPart("incidents/INC-2026-0042/runs/run-1") == "run-1");
  CHECK(LastPart("ransomware") == "ransomware");
  CHECK(LastPart("") == "");
}

TEST_CASE("Convert: a recorded entry arrives with all its fields") {
  v1::RecordEntryRequest request;
  request.set_text("isolated 14 hosts");
  request.set_kind(v1::ENTRY_KIND_ACTION);
  request.set_precision(v1::PRECISION_HOUR);
  request.set_tlp(v1::TLP_RED);
  *request.mutable_occur_time() = ToProto(At("2026-06-10T07:00:00Z"));
  (*request.mutable_attributes())["source"] = "edr";
  const auto command = ToDomain(request);
  REQUIRE(command.ok());
  CHECK(command->text == "isolated 14 hosts");
  CHECK(command->kind == EntryKind::kAction);
  CHECK(command->precision == Precision::kHour);
  CHECK(command->tlp == Tlp::kRed);
  CHECK(command->occur_time == At("2026-06-10T07:00:00Z"));
  CHECK(command->attributes == domain::Attributes{{"source", "edr"}});
}

TEST_CASE("Convert: what a recorded entry leaves out gets its default, nonsense is refused") {
  v1::RecordEntryRequest request;
  request.set_text("x");
  const auto command = ToDomain(request);
  REQUIRE(command.ok());
  CHECK(command->kind == EntryKind::kObservation);
  CHECK(command->precision == Precision::kSecond);
  CHECK_FALSE(command->tlp.has_value());
  CHECK_FALSE(command->occur_time.has_value());
  request.set_kind(static_cast<v1::EntryKind>(77));
  CHECK(ReasonOf(ToDomain(request).status()) == "UNKNOWN_VALUE");
}

TEST_CASE("Convert: an incident goes out as it stands") {
  domain::Case acase = domain::ADeclaredCase();
  acase.Do(domain::AssignRole{IncidentRole::kScribe, Person(2)});
  acase.Do(domain::RecordAnchor{"aware", At("2026-06-10T07:30:00Z"), "the call came in"});
  acase.Do(domain::RecordAnchor{"detected", At("2026-06-10T06:00:00Z"), "first alert"});
  acase.Do(
      domain::RecordAnchor{"detected", At("2026-06-10T06:30:00Z"), "the alert's clock was off"});
  acase.Do(domain::AssessImpact{{{"users_affected", "120"}}, ""});
  acase.Do(domain::DecideSignificance{"nis2", true, "services are down"});
  const v1::Incident out = ToProto(acase.incident(), Handle);
  CHECK(out.name() == IncidentName(acase.incident().number));
  CHECK(out.title() == "Files are encrypted");
  CHECK(out.declared_by() == "@p1");
  CHECK(out.last_sequence() == acase.incident().last_sequence);
  CHECK(out.time_zone() == "Europe/Brussels");
  CHECK(out.significant() == "yes");
  bool scribe = false;
  for (const auto& holder : out.role_holders()) {
    scribe = scribe || (holder.role() == v1::INCIDENT_ROLE_SCRIBE && holder.handle() == "@p2");
  }
  CHECK(scribe);
  REQUIRE(out.anchors_size() == 2);
  for (const v1::Anchor& anchor : out.anchors()) {
    if (anchor.anchor() == "detected") CHECK(anchor.because() == "the alert's clock was off");
  }
  REQUIRE(out.impact_size() == 1);
  CHECK(out.impact(0).value() == "120");
  CHECK(out.next_due_stage() == "early_warning");
  CHECK(*ToDomain("due", out.next_due_time()) == At("2026-06-11T07:30:00Z"));
  CHECK_FALSE(out.has_close_time());
}

TEST_CASE("Convert: an obligation's state says what it asks of whom") {
  using regulation::DutyState;
  using State = domain::ObligationState;
  CHECK(StateFor(DutyState::kDated, State::kOpen) == v1::OBLIGATION_STATE_OPEN);
  CHECK(StateFor(DutyState::kNoDateYet, State::kOpen) == v1::OBLIGATION_STATE_OPEN);
  CHECK(StateFor(DutyState::kNoNumber, State::kOpen) == v1::OBLIGATION_STATE_OPEN);
  CHECK(StateFor(DutyState::kDated, State::kMissed) == v1::OBLIGATION_STATE_MISSED);
  CHECK(StateFor(DutyState::kConditional, State::kOpen) == v1::OBLIGATION_STATE_CONDITIONAL);
  CHECK(StateFor(DutyState::kExpectedAnswer, State::kOpen) == v1::OBLIGATION_STATE_EXPECTED);
  for (const DutyState duty :
       {DutyState::kNotRequired, DutyState::kOnRequest, DutyState::kVoluntary}) {
    CHECK(StateFor(duty, State::kOpen) == v1::OBLIGATION_STATE_NOT_REQUIRED);
    CHECK(StateFor(duty, State::kMet) == v1::OBLIGATION_STATE_MET);
    CHECK(StateFor(duty, State::kWaived) == v1::OBLIGATION_STATE_WAIVED);
  }
}

TEST_CASE("Convert: a late filing says by how much, and an explanation whose word the anchor is") {
  domain::Case acase = domain::ASignificantCase();
  const absl::Time due = *acase.obligation("early_warning").duty.due;
  acase.RunTimers(due + absl::Hours(2));
  domain::RecordSubmission filing;
  filing.stage = "early_warning";
  filing.submit_time = due + absl::Minutes(90);
  filing.channel = "portal";
  filing.reference = "CSIRT-77";
  filing.late_reason = "the portal was down";
  acase.Do(filing);
  const auto& obligation = acase.obligation("early_warning");
  const v1::Obligation out = ToProto(acase.incident(), obligation);
  CHECK(out.state() == v1::OBLIGATION_STATE_MET);
  CHECK(out.late_by_seconds() == 5400);
  CHECK(out.submit_reference() == "CSIRT-77");
  CHECK(out.late_reason() == "the portal was down");
  CHECK(out.name() ==
        absl::StrCat(IncidentName(acase.incident().number), "/obligations/nis2.early_warning"));
  const auto explained = Explain(acase.incident(), obligation, Handle);
  CHECK(explained.rule_id() == obligation.duty.rule_id);
  CHECK(explained.pack_digest().size() == 64);
  CHECK_THAT(explained.arithmetic(), ContainsSubstring("24 h"));
  CHECK(explained.anchor_stated_by() == "@p1");
  CHECK(explained.anchor_sequence() > 0);
}

TEST_CASE("Convert: awareness says what counts, who approved it, what waits, and the gap") {
  domain::Case acase;
  domain::DeclareIncident declare = domain::ADeclaration();
  declare.detect_time = acase.now - absl::Hours(5);
  acase.Do(declare);
  v1::Awareness out = AwarenessOf(acase.incident(), acase.now, Handle);
  CHECK_FALSE(out.has_counting());
  CHECK(out.gap_seconds() == 5 * 3600);
  CHECK(out.gap_level() == v1::GAP_LEVEL_AMBER);
  acase.Do(domain::RecordAnchor{"aware", acase.now - absl::Hours(4), "first"});
  acase.Do(domain::RecordAnchor{"aware", acase.now, "later"});
  out = AwarenessOf(acase.incident(), acase.now, Handle);
  CHECK(out.counting().because() == "first");
  CHECK(out.pending().because() == "later");
  CHECK(out.pending().stated_by() == "@p1");
  CHECK(out.gap_level() == v1::GAP_LEVEL_NONE);
  CHECK(out.approved_by().empty());
  const v1::Obligation waiting = ToProto(acase.incident(), acase.obligation("early_warning"));
  CHECK(waiting.pending_sequence() == acase.incident().pending_aware_sequence);
  CHECK(waiting.has_pending_anchor_time());
  CHECK(ToProto(acase.incident(), acase.obligation("final")).pending_sequence() == 0);
  // As it stands is what counts, not what was said last.
  const v1::Incident incident = ToProto(acase.incident(), Handle);
  REQUIRE(incident.anchors_size() == 2);
  CHECK(incident.anchors(1).because() == "first");

  acase.author = Person(2);
  acase.Do(domain::DecideAwareness{acase.incident().pending_aware_sequence, true, "so it was"});
  out = AwarenessOf(acase.incident(), acase.now, Handle);
  CHECK(out.approved_by() == "@p2");
  CHECK_FALSE(out.has_pending());
  const auto explained = Explain(acase.incident(), acase.obligation("early_warning"), Handle);
  CHECK(explained.anchor_because() == "later");
  CHECK(explained.anchor_stated_by() == "@p1");
  CHECK_THAT(explained.anchor_approved_by(), ContainsSubstring("@p2 in #"));
}

TEST_CASE("Convert: a clock that a filing started is explained by that filing") {
  domain::Case acase = domain::ASignificantCase();
  acase.author = Person(3);
  acase.Do(domain::RecordSubmission{"notification", {}, "portal", "R-1", ""});
  const auto explained = Explain(acase.incident(), acase.obligation("final"), Handle);
  CHECK(explained.anchor_stated_by() == "@p3");
  CHECK(explained.anchor_sequence() == acase.obligation("notification").submission->sequence);
  CHECK_THAT(explained.anchor_because(), ContainsSubstring("was filed by portal"));
  CHECK_THAT(explained.legal_latest_article(), ContainsSubstring("1182/71"));
}

TEST_CASE("Convert: the most urgent obligation comes first") {
  const auto make = [](v1::ObligationState state, int64_t due) {
    v1::Obligation obligation;
    obligation.set_state(state);
    if (due != 0) obligation.mutable_due_time()->set_seconds(due);
    return obligation;
  };
  std::vector<v1::Obligation> list = {
      make(v1::OBLIGATION_STATE_OPEN, 0), make(v1::OBLIGATION_STATE_OPEN, 50),
      make(v1::OBLIGATION_STATE_OPEN, 20), make(v1::OBLIGATION_STATE_MISSED, 30),
      make(v1::OBLIGATION_STATE_MISSED, 10)};
  SortByUrgency(list);
  std::vector<int64_t> order;
  for (const auto& obligation : list) order.push_back(obligation.due_time().seconds());
  CHECK(order == std::vector<int64_t>{10, 30, 20, 50, 0});
}

TEST_CASE("Convert: a committed entry is what a timeline shows") {
  app::CommittedEntry entry;
  entry.log_index = 41;
  entry.meta = {7, Person(3), At("2026-06-10T08:00:00Z")};
  entry.entry.event = domain::EntryRecorded{EntryKind::kAction, "isolated", {{"source", "edr"}}};
  entry.entry.occur_time = At("2026-06-10T07:00:00Z");
  entry.entry.precision = Precision::kHour;
  entry.tlp = Tlp::kGreen;
  entry.leaf = Sha256("leaf");
  const v1::Entry out = ToProto(entry, "INC-2026-0001", Handle);
  CHECK(out.incident() == "incidents/INC-2026-0001");
  CHECK(out.sequence() == 7);
  CHECK(out.log_index() == 41);
  CHECK(out.type() == "entry-recorded");
  CHECK(out.kind() == v1::ENTRY_KIND_ACTION);
  CHECK(out.author() == "@p3");
  CHECK(*ToDomain("t", out.occur_time()) == At("2026-06-10T07:00:00Z"));
  CHECK(out.precision() == v1::PRECISION_HOUR);
  CHECK(out.text() == "isolated");
  CHECK(out.tlp() == v1::TLP_GREEN);
  CHECK(out.attributes().at("source") == "edr");
  CHECK(out.leaf_hash() == std::string(entry.leaf.view()));
  entry.entry.event = domain::EntryRetracted{3, "wrong host"};
  entry.entry.occur_time.reset();
  const v1::Entry retraction = ToProto(entry, "INC-2026-0001", Handle);
  CHECK(retraction.kind() == v1::ENTRY_KIND_UNSPECIFIED);
  CHECK(retraction.target_sequence() == 3);
  CHECK(*ToDomain("t", retraction.occur_time()) == At("2026-06-10T08:00:00Z"));
}

TEST_CASE("Convert: runs and reviews say who did what") {
  domain::Case acase = domain::ADeclaredCase();
  acase.Do(domain::StartRun{domain::Ransomware()});
  const std::string first = acase.incident().runs[0].definition->steps[0].id;
  acase.Do(domain::SkipStep{"run-1", first, "done by the SOC already"});
  const v1::Run run = ToProto(acase.incident(), acase.incident().runs[0],
                              domain::FactsOf(acase.incident()), {Person(1), acase.now, Handle});
  CHECK(run.playbook() == "playbooks/ransomware");
  CHECK(run.digest().size() == 64);
  CHECK(run.steps(0).state() == "skipped");
  CHECK(run.steps(0).note() == "done by the SOC already");
  CHECK(run.steps(0).finished_by() == "@p1");
  acase.Do(domain::OpenReview{});
  acase.Do(domain::AddFinding{FindingKind::kLucky, "the backups were off line", {}});
  acase.Do(domain::AddActionItem{"test restores", Person(2), acase.now + absl::Hours(24),
                                 ActionType::kMitigate});
  const v1::Review review = ToProto(acase.incident().review, acase.now, Handle);
  CHECK(review.state() == "draft");
  CHECK(review.findings(0).kind() == v1::FINDING_KIND_LUCKY);
  CHECK(review.action_items(0).owner() == "@p2");
  CHECK(review.action_items(0).type() == v1::ACTION_TYPE_MITIGATE);
  CHECK(review.action_items(0).state() == "open");
}

}  // namespace tocsin::rpc
