#include "clients/chat/conversation/grammar.h"

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/text.h"
#include "tests/support/catch.h"

namespace tocsin::chat {
namespace {

// 2026-06-10 12:00 in Brussels.
const absl::Time kNow = absl::FromUnixSeconds(1'781'085'600);

Hearing AHearing() {
  Hearing hearing;
  hearing.now = kNow;
  REQUIRE(absl::LoadTimeZone("Europe/Brussels", &hearing.zone));
  return hearing;
}

absl::StatusOr<Request> Parse(std::string_view text) {
  return ParseCommand(text, AHearing());
}

template <typename Wanted>
Wanted Parsed(std::string_view text) {
  const absl::StatusOr<Request> request = Parse(text);
  INFO(text);
  INFO(request.status().ToString());
  REQUIRE(request.ok());
  REQUIRE(std::holds_alternative<Wanted>(request->command));
  return std::get<Wanted>(request->command);
}

void CheckRefused(std::string_view text, const std::string& reason, const std::string& next) {
  const absl::StatusOr<Request> request = Parse(text);
  INFO(text);
  REQUIRE_FALSE(request.ok());
  CHECK(ReasonOf(request.status()) == reason);
  CHECK_THAT(NextStepOf(request.status()), ContainsSubstring(next));
}

}  // namespace

TEST_CASE("Addressed: what begins with a prefix as a word of its own is for the bot") {
  CHECK(Addressed("!inc status", false) == "status");
  CHECK(Addressed("  /tocsin   log x ", false) == "log x");
  CHECK(Addressed("!TOCSIN help", false) == "help");
  CHECK(Addressed("/inc", false) == "");
  CHECK(Addressed("!inc\nlog two\nlines", false) == "log two\nlines");
  CHECK_FALSE(Addressed("!incident report is due", false));
  CHECK_FALSE(Addressed("we use /tocsin log", false));
  CHECK_FALSE(Addressed("", false));
  CHECK(Addressed("status", true) == "status");
  CHECK(Addressed("!inc status", true) == "status");
}

TEST_CASE("Grammar: log keeps the text as it was written, line breaks included") {
  const auto note = Parsed<RecordNote>("log  isolated fs01\n\n  from the network ");
  CHECK(note.text == "isolated fs01\n\n  from the network");
  CHECK(note.kind == EntryKind::kObservation);
  CHECK_FALSE(note.at);
  CHECK_FALSE(note.tlp);
}

TEST_CASE("Grammar: options stand before the text, in any order") {
  const auto note = Parsed<RecordNote>("log tlp:red kind:action at 10:42 pulled the plug");
  CHECK(note.text == "pulled the plug");
  CHECK(note.kind == EntryKind::kAction);
  CHECK(note.tlp == Tlp::kRed);
  REQUIRE(note.at);
  CHECK(note.at->time == kNow - absl::Minutes(78));
  CHECK(note.at->told_back);
  CHECK(note.at->precision == Precision::kMinute);
  // After the text has begun, they are text.
  CHECK(Parsed<RecordNote>("log we meet at 10:42").text == "we meet at 10:42");
}

TEST_CASE("Grammar: each verb that writes a note has its kind") {
  CHECK(Parsed<RecordNote>("decide we do not pay because the law").kind == EntryKind::kDecision);
  CHECK(Parsed<RecordNote>("finding beacon to 10.0.0.9").kind == EntryKind::kDetection);
  const std::string hash(64, 'a');
  const auto evidence = Parsed<RecordNote>("evidence image.E01 SHA256:" + hash + " disk of fs01");
  CHECK(evidence.kind == EntryKind::kEvidence);
  CHECK_FALSE(evidence.attributes.contains("sha256"));
  const auto hashed = Parsed<RecordNote>("evidence image.E01 " + std::string(64, 'A'));
  CHECK(hashed.attributes.at("sha256") == hash);
}

TEST_CASE("Grammar: declare wants a title and a severity, in any order") {
  const auto declare = Parsed<DeclareIncident>(
      "declare Ransomware on fs01 sev1 tlp:amber+strict playbook:ransomware --drill");
  CHECK(declare.title == "Ransomware on fs01");
  CHECK(declare.severity == Severity::kSev1);
  CHECK(declare.tlp == Tlp::kAmberStrict);
  CHECK(declare.playbook == "ransomware");
  CHECK(declare.drill);
  CHECK_FALSE(declare.restricted);
  CheckRefused("declare Ransomware", "USAGE", "Write: declare TITLE sev1");
  CheckRefused("declare sev1", "USAGE", "Write: declare TITLE");
  CheckRefused("declare x sev9", "UNKNOWN_SEVERITY", "sev1");
}

TEST_CASE("Grammar: an incident may be named in front of any verb") {
  const absl::StatusOr<Request> request = Parse("inc-2026-0042 status");
  REQUIRE(request.ok());
  CHECK(request->incident == "INC-2026-0042");
  CHECK(std::holds_alternative<AskStatus>(request->command));
  CHECK(Parse("INC-2026-0042")->incident == "INC-2026-0042");
  CHECK(Parse("bind INC-2026-0042")->incident == "INC-2026-0042");
  CheckRefused("bind", "USAGE", "Write: bind");
  CheckRefused("bind fs01", "BAD_INCIDENT", "INC-");
}

TEST_CASE("Grammar: the other verbs") {
  CHECK(Parsed<CorrectNote>("correct #14 fs02, not fs01").sequence == 14);
  CHECK(Parsed<RetractNote>("retract 14 because wrong host").because == "wrong host");
  CHECK(Parsed<RetractNote>("retract 14 wrong host").because == "wrong host");
  const auto impact =
      Parsed<AssessImpact>("impact users_affected=1200 malicious=yes note by phone");
  CHECK(impact.facts ==
        std::map<std::string, std::string>{{"users_affected", "1200"}, {"malicious", "yes"}});
  CHECK(impact.note == "by phone");
  CHECK(Parsed<StateAware>("aware at -20m because the SOC called").at->time ==
        kNow - absl::Minutes(20));
  CHECK(Parsed<DecideSignificant>("significant yes regime:nis2 because 1200 hit").regime == "nis2");
  CHECK_FALSE(Parsed<DecideSignificant>("significant no because nothing is down").significant);
  CHECK(Parsed<AssignRole>("role commander ada").handle == "@ada");
  CHECK(Parsed<CompleteStep>("step done first-look seen by two").evidence == "seen by two");
  CHECK(Parsed<SkipStep>("step skip first-look because no access").because == "no access");
  CHECK(Parsed<AskSteps>("step mine").mine);
  CHECK(Parsed<SituationReport>("sitrep send management").send);
  CHECK(Parsed<ChangeSeverity>("sev 1 because backups are hit").severity == Severity::kSev1);
  CHECK(Parsed<ChangeSeverity>("sev sev3 contained").because == "contained");
  CHECK(Parsed<ChangePhase>("phase containment because scope is known").phase ==
        Phase::kContainment);
  CHECK(Parsed<DraftNotification>("notify draft early_warning").stage == "early_warning");
  CHECK(Parsed<OfferHandover>("handover commander @bob all is quiet").brief == "all is quiet");
  CHECK(Parsed<AnswerHandover>("accept commander").accept);
  CHECK_FALSE(Parsed<AnswerHandover>("decline legal because I am ill").accept);
  CHECK(Parsed<AddFinding>("review lucky the backup was offline").kind == FindingKind::kLucky);
  const auto item = Parsed<AddActionItem>("review action detect mail x by @y @ada by 2026-06-30");
  CHECK(item.type == ActionType::kDetect);
  CHECK(item.text == "mail x by @y");
  CHECK(item.owner == "@ada");
  CHECK(Parsed<SearchNotes>("search fs01").text == "fs01");
  CHECK(Parsed<AcknowledgeAlert>("ack 14").alert == 14);
  CHECK(Parsed<LinkAccount>("link K7QF-ABCD").code == "K7QF-ABCD");
  CHECK(Parsed<AskHelp>("help log").topic == "log");
  CHECK(Parsed<AskHelp>("").topic.empty());
}

TEST_CASE("Grammar: a moment that follows from the clock keeps the words it was written in") {
  CHECK(Parsed<StateAware>("aware at -20m because the SOC called").at->written == "-20m");
  CHECK(Parsed<RecordNote>("log at 10:42 pulled the plug").at->written == "10:42");
  CHECK(Parsed<RecordNote>("log at 2026-06-10T08:42:00Z pulled it").at->written.empty());
  CHECK_FALSE(Parsed<StateAware>("aware because the SOC called").at.has_value());
}

TEST_CASE("Grammar: what cannot be taken back is refused with the command to run") {
  for (const char* text :
       {"close because done", "reopen", "export link", "notify approve early_warning",
        "notify submitted early_warning", "notify waive x", "waive x", "review publish all",
        "phase closed because done", "principal add eve", "token revoke"}) {
    const auto refused = Parsed<NotInChat>(text);
    CHECK(absl::StartsWith(refused.line, "tocsin "));
    CHECK_FALSE(refused.what.empty());
  }
}

TEST_CASE("Grammar: an unknown verb names the nearest, and a wrong use how it is written") {
  CheckRefused("stauts", "UNKNOWN_VERB", "Did you mean 'status'");
  CheckRefused("deadline", "UNKNOWN_VERB", "Did you mean 'deadlines'");
  CheckRefused("xyzzyxyzzy", "UNKNOWN_VERB", "See: help");
  CheckRefused("log", "USAGE", "Write: log");
  CheckRefused("log at", "BAD_TIME", "10:42");
  CheckRefused("log at 25:99 x", "INVALID_DATE", "2026-06-10T10");
  CheckRefused("retract x", "BAD_SEQUENCE", "#14");
  CheckRefused("retract 0 y", "BAD_SEQUENCE", "#14");
  CheckRefused("retract 99999999999999999999 y", "BAD_SEQUENCE", "#14");
  CheckRefused("impact users", "BAD_FACT", "KEY=VALUE");
  CheckRefused("role commander", "USAGE", "Write: role");
  CheckRefused("role king @ada", "UNKNOWN_INCIDENT_ROLE", "commander");
  CheckRefused("review action process text", "USAGE", "Write: review");
  CheckRefused("status now please", "USAGE", "Write: status");
  CheckRefused("significant maybe", "USAGE", "Write: significant");
}

TEST_CASE("Grammar: a token or a private key is never recorded") {
  const std::string token = "toc_" + std::string(32, 'a') + "_" + std::string(64, 'b');
  CheckRefused("log my token is " + token, "LOOKS_SECRET", "revoked");
  CheckRefused("evidence -----BEGIN OPENSSH PRIVATE KEY-----", "LOOKS_SECRET", "revoked");
  CHECK(Parsed<RecordNote>("log the toc_tic is late").text == "the toc_tic is late");
}

TEST_CASE("Grammar: hostile text comes to nothing worse than a refusal") {
  // A verb with a zero-width character in it is another word.
  CheckRefused("lo\u200Bg x", "UNKNOWN_VERB", "help");
  // Text in another direction, markup and pings are text.
  const std::string hostile =
      "\u202Etxet \u05D0 @all <script>alert(1)</script> [x](javascript:y) ``` *";
  CHECK(Parsed<RecordNote>("log " + hostile).text == hostile);
  // As long as the longest message that is read, and one long word.
  const std::string large(64 * 1024, 'x');
  CHECK(Parsed<RecordNote>("log " + large).text.size() == large.size());
  CheckRefused(large, "UNKNOWN_VERB", "See: help");
  CHECK(Parse(large).status().message().size() < 100);
  CheckRefused(std::string("log\0x y", 7), "UNKNOWN_VERB", "");
  CHECK(Parse("log \xFF\xFE").ok());
}

TEST_CASE("Help: every verb that it names can be looked up, and says how it is written") {
  CHECK(AllVerbs().size() > 25);
  for (const VerbHelp& verb : AllVerbs()) {
    INFO(verb.name);
    CHECK(FindVerb(verb.name) != nullptr);
    CHECK(verb.usage.starts_with(verb.name));
    CHECK_FALSE(verb.summary.empty());
  }
  CHECK(FindVerb("nothing") == nullptr);
}

}  // namespace tocsin::chat
