// An incident run by two people from an XMPP room of a real prosody and from the terminal together,
// from the declaration to the published review.
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "tests/e2e/harness.h"
#include "tests/peers/xmpp_peers.h"
#include "tests/support/catch.h"
#include "tocsin/v1/access.grpc.pb.h"
#include "tocsin/v1/obligation.grpc.pb.h"

namespace tocsin::e2e {
namespace {

// "14" of "INC-2026-0001 #14 recorded."
std::string SequenceIn(const std::string& text) {
  const size_t at = text.find('#');
  REQUIRE(at != std::string::npos);
  return text.substr(at + 1, text.find(' ', at) - at - 1);
}

struct Story {
  Story() {
    server.Start();
    admin = std::make_unique<Person>(Admin(server));
    ada =
        std::make_unique<Person>(NewPerson(*admin, server, "ada", {"commander", "ciso", "legal"}));
    bob = std::make_unique<Person>(NewPerson(*admin, server, "bob", {"responder"}));
    xmpp.Start();
    bot = std::make_unique<ChatBot>(server, *admin,
                                    xmpp.Section(absl::StrCat("      - room: ", kRoom, "\n")));
    bot->Start();
    bot->WaitForLog("chat.room");
  }

  Server server;
  XmppServer xmpp;
  std::unique_ptr<Person> admin;
  std::unique_ptr<Person> ada;
  std::unique_ptr<Person> bob;
  std::unique_ptr<ChatBot> bot;
};

// Bob logs in the room and at the terminal; both see both.
void LogTogether(const Story& story, XmppPerson& ada, XmppPerson& bob,
                 const std::string& incident) {
  CHECK_THAT(bob.Ask("/tocsin log at -10m kind:action pulled the uplink of fs01"),
             ContainsSubstring("recorded, as of"));
  story.bob->Do({"log", "14 hosts are encrypted", "--kind", "observation"});
  const std::string wrong = SequenceIn(bob.Ask("!inc log fs09 is hit as well"));
  CHECK_THAT(bob.Ask("!inc retract " + wrong + " because fs09 was a false alarm"),
             ContainsSubstring("recorded"));
  CHECK_THAT(bob.Ask("!inc evidence note.txt " + std::string(64, 'a')),
             ContainsSubstring("recorded"));
  CHECK_THAT(ada.Ask("tocsin: decide we do not pay because the law forbids it"),
             ContainsSubstring("recorded"));
  CHECK_THAT(bob.Ask("!inc finding beacon to 10.0.0.9"), ContainsSubstring("recorded"));
  const std::string timeline = story.ada->Do({"timeline"});
  CHECK_THAT(timeline, ContainsSubstring("pulled the uplink of fs01"));
  CHECK_THAT(timeline, ContainsSubstring("fs09 is hit as well (retracted by #"));
  CHECK_THAT(timeline, ContainsSubstring("we do not pay"));
  CHECK_THAT(bob.Ask("!inc search encrypted"), ContainsSubstring(incident + " #"));
}

// The legal clocks.
void RunTheClocks(const Story& story, XmppPerson& ada) {
  CHECK_THAT(ada.Ask("!inc aware at -5m because the SOC confirmed it"), ContainsSubstring("as of"));
  CHECK_THAT(ada.Ask("!inc impact users_affected=1200 malicious=yes note by phone"),
             ContainsSubstring("recorded"));
  CHECK_THAT(ada.Ask("!inc significant yes because 1200 people cannot work"),
             ContainsSubstring("recorded"));
  CHECK_THAT(ada.Ask("!inc deadlines"), ContainsSubstring("early_warning: due in 23 h"));
  CHECK_THAT(ada.Ask("!inc notify draft early_warning"),
             ContainsSubstring("tocsin notify approve"));
  CHECK_THAT(ada.Ask("!inc notify submitted early_warning"),
             ContainsSubstring("not possible from a chat"));
  story.ada->Do({"notify", "draft", "early_warning", "--set", "entity=x", "--set", "contacts=y",
                 "--set", "cross_border_impact=unknown"});
  story.ada->Do({"notify", "approve", "early_warning"});
  story.ada->Do(
      {"notify", "submitted", "early_warning", "--channel", "portal", "--reference", "NL-1"});
}

// Leading, the playbook, and a handover.
void Lead(XmppPerson& ada, XmppPerson& bob, const std::string& incident) {
  CHECK_THAT(ada.Ask("!inc role scribe @bob"), ContainsSubstring("recorded"));
  CHECK_THAT(ada.Ask("!inc who"), ContainsSubstring("scribe: @bob"));
  CHECK_THAT(ada.Ask("!inc sev 1 because backups are hit"), ContainsSubstring("recorded"));
  CHECK_THAT(ada.Ask("!inc phase investigation because scope unknown"),
             ContainsSubstring("recorded"));
  const std::string steps = ada.Ask("!inc step list");
  CHECK_THAT(steps, ContainsSubstring("Steps of " + incident));
  CHECK_THAT(bob.Ask("!inc phase containment because x"),
             ContainsSubstring("your role in the organisation does not allow"));
  CHECK_THAT(ada.Ask("!inc sitrep team"), ContainsSubstring("nothing was recorded"));
  CHECK_THAT(ada.Ask("!inc handover scribe @bob"), ContainsSubstring("Not done"));
  CHECK_THAT(bob.Ask("!inc handover scribe @ada all is quiet"), ContainsSubstring("recorded"));
  CHECK_THAT(ada.Ask("!inc accept scribe"), ContainsSubstring("recorded"));
  CHECK_THAT(ada.Ask("!inc status"), ContainsSubstring(incident + " sev1"));
}

// Over: the terminal closes and publishes, the room collects.
void Finish(const Story& story, XmppPerson& ada, XmppPerson& bob, const std::string& incident) {
  CHECK_THAT(ada.Ask("!inc close because done"), ContainsSubstring("tocsin close " + incident));
  CHECK_THAT(ada.Ask("!inc review open"), ContainsSubstring("recorded"));
  CHECK_THAT(bob.Ask("!inc review lucky the backup was offline"), ContainsSubstring("recorded"));
  CHECK_THAT(bob.Ask("!inc review action process test restores @bob by 14d"),
             ContainsSubstring("recorded"));
  CHECK_THAT(ada.Ask("!inc review publish all"), ContainsSubstring("tocsin review publish"));
  story.ada->Do({"review", "submit", "--summary", "we were lucky"});
  story.admin->Do({"use", incident});
  story.admin->Do({"review", "approve"});
  story.ada->Do({"review", "publish"});
  CHECK_THAT(story.ada->Do({"review", "show"}), ContainsSubstring("the backup was offline"));
  story.ada->Do({"export", "--format", "json", "--out", story.ada->File("bundle.json")});
  CHECK(VerifyWithPython(story.ada->File("bundle.json")).code == 0);
}

}  // namespace

TEST_CASE("XMPP: two people run an incident from a room and a terminal, from declare to publish") {
  if (!HaveXmppPeers()) return;
  Story story;
  XmppPerson ada(story.xmpp, "ada", kRoom, "Ada L.");
  XmppPerson bob(story.xmpp, "bob", kRoom, "bob");
  CHECK_THAT(ada.Ask("!inc status"), ContainsSubstring("linked to nobody"));
  LinkAccount(*story.ada, ada, kBotJid);
  LinkAccount(*story.bob, bob, kBotJid);

  // Ada declares in the room.
  const std::string declared =
      ada.Ask("!inc declare Ransomware on the file servers sev2 playbook:ransomware");
  const std::string incident = IncidentIn(declared);
  CHECK_THAT(declared, ContainsSubstring("sev2"));
  CHECK_FALSE(absl::StrContains(declared, "Ransomware"));
  story.ada->Do({"use", incident});
  story.bob->Do({"use", incident});

  LogTogether(story, ada, bob, incident);
  RunTheClocks(story, ada);
  Lead(ada, bob, incident);
  Finish(story, ada, bob, incident);
}

TEST_CASE("XMPP: who wrote an entry, and from which message, stands in the record") {
  if (!HaveXmppPeers()) return;
  Story story;
  XmppPerson ada(story.xmpp, "ada", kRoom, "bob");  // under another's nickname
  LinkAccount(*story.ada, ada, kBotJid);
  const std::string incident = IncidentIn(ada.Ask("!inc declare x sev3"));
  ada.Ask("!inc log isolated fs01");
  const nlohmann::json timeline = story.ada->Json({"timeline", incident});
  const nlohmann::json* found = nullptr;
  for (const nlohmann::json& each : timeline["entries"]) {
    if (each["text"] == "isolated fs01") found = &each;
  }
  REQUIRE(found != nullptr);
  const nlohmann::json& entry = *found;
  CHECK(entry["author"] == "@ada");
  const std::string source = entry["attributes"]["source"];
  // The id that the room gave the message, as everybody in it saw it.
  bool seen = false;
  for (const nlohmann::json& each : ada.seen()) {
    seen = seen ||
           (each.value("text", "") == "!inc log isolated fs01" &&
            source == absl::StrCat("xmpp:", kRoom, "?id=", each["stanza_id"].get<std::string>()));
  }
  CHECK(seen);
}

TEST_CASE("XMPP: a person's token in the bot's hands can do nothing irreversible") {
  if (!HaveXmppPeers()) return;
  Story story;
  XmppPerson ada(story.xmpp, "ada", kRoom, "ada");
  LinkAccount(*story.ada, ada, kBotJid);
  const std::string incident = IncidentIn(ada.Ask("!inc declare x sev3"));
  // As whoever stole the bot's state would use it.
  const std::string journal = ReadFile(story.bot->File("state/journal"));
  const size_t at = journal.find("toc_", journal.find("\"t\":\"link\""));
  REQUIRE(at != std::string::npos);
  client::Connection::Options options = story.ada->Credentials();
  options.token = journal.substr(at, journal.find('"', at) - at);
  client::Connection stolen(options);
  const auto refused = [](const absl::Status& status) {
    INFO(status.ToString());
    CHECK(status.code() == absl::StatusCode::kPermissionDenied);
  };
  v1::CloseIncidentRequest close;
  close.set_incident("incidents/" + incident);
  close.set_because("x");
  refused(stolen.Call(&v1::IncidentService::Stub::CloseIncident, close).status());
  v1::CreateChatCodeRequest code;
  refused(stolen.Call(&v1::AccessService::Stub::CreateChatCode, code).status());
  v1::RecordSubmissionRequest submission;
  submission.set_incident("incidents/" + incident);
  refused(stolen.Call(&v1::ObligationService::Stub::RecordSubmission, submission).status());
  // She ends it, and the bot says so.
  v1::WhoAmIRequest who;
  const auto token = MustCall(stolen, &v1::AccessService::Stub::WhoAmI, who).token_id();
  story.ada->Do({"token", "revoke", token});
  CHECK_THAT(ada.Ask("!inc log y"), ContainsSubstring("linked to nobody"));
}

TEST_CASE("XMPP: a code works once, from a direct message, and an ordinary one does not") {
  if (!HaveXmppPeers()) return;
  Story story;
  XmppPerson eve(story.xmpp, "eve", "", "");
  const std::string ordinary = std::string(
      absl::StripAsciiWhitespace(story.admin->Do({"principal", "code", "@ada", "-o", "id"})));
  eve.Tell(kBotJid, "link " + ordinary);
  eve.WaitFor(kBotJid, "wrong, used, expired or none for a chat");
  XmppPerson ada(story.xmpp, "ada", kRoom, "ada");
  const std::string code =
      std::string(absl::StripAsciiWhitespace(story.ada->Do({"chat", "link", "-o", "id"})));
  CHECK_THAT(ada.Ask("!inc link " + code), ContainsSubstring("it was not used"));
  ada.Tell(kBotJid, "link " + code);
  ada.WaitFor(kBotJid, "is linked to @ada");
  const size_t before = eve.seen_count();
  eve.Tell(kBotJid, "link " + code);
  eve.WaitFor(kBotJid, "wrong, used", before);
  // A chat code enrols no terminal.
  const std::string other =
      std::string(absl::StripAsciiWhitespace(story.ada->Do({"chat", "link", "-o", "id"})));
  Person terminal("ada2");
  terminal.Refused(4, "the enrolment code is wrong",
                   {"enrol", "--server", story.server.endpoint(), "--code", other, "--fingerprint",
                    story.server.fingerprint()});
}

}  // namespace tocsin::e2e
