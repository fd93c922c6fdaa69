#include "clients/chat/state/chat_state.h"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "tests/support/catch.h"
#include "tests/support/scratch_directory.h"

namespace tocsin::chat {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'781'085'600);

std::unique_ptr<ChatState> Open(const std::string& path) {
  absl::StatusOr<std::unique_ptr<ChatState>> state = ChatState::Open(path);
  INFO(state.status().ToString());
  REQUIRE(state.ok());
  return *std::move(state);
}

Inbound AMessage(const std::string& key) {
  Inbound inbound;
  inbound.key = key;
  inbound.room = "war";
  inbound.account = "ada@chat.example";
  inbound.text = "!inc log \u202E \n\"x\"";
  inbound.permalink = "xmpp:war?id=" + key;
  inbound.sent_time = kNow;
  return inbound;
}

Pending APost(const std::string& key, const std::string& room = "war") {
  Pending pending;
  pending.adapter = "xmpp";
  pending.post.key = key;
  pending.post.room = room;
  pending.post.blocks = {Heading("h"), Fields({{"a", "b"}}), List({"i"}), Code("c"),
                         Buttons({{"l", "ack 1"}})};
  pending.post.created_time = kNow;
  return pending;
}

std::string ReadAll(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

void WriteAll(const std::string& path, const std::string& content) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
}

const PostResult kPosted = {.state = PostState::kPosted};

}  // namespace

TEST_CASE("Chat state: a message is taken once, also over a restart") {
  const ScratchDirectory dir;
  {
    const auto state = Open(dir.path());
    CHECK(*state->Take("xmpp", AMessage("m1"), kNow));
    CHECK_FALSE(*state->Take("xmpp", AMessage("m1"), kNow));
    CHECK(*state->Take("irc", AMessage("m1"), kNow));
  }
  const auto state = Open(dir.path());
  CHECK_FALSE(*state->Take("xmpp", AMessage("m1"), kNow));
  REQUIRE(state->Oldest());
  const Inbound back = state->Oldest()->inbound;
  CHECK(back.text == AMessage("m1").text);
  CHECK(back.account == "ada@chat.example");
  CHECK(back.permalink == "xmpp:war?id=m1");
  CHECK(back.sent_time == kNow);
  CHECK(state->taken_count() == 2);
}

TEST_CASE("Chat state: finishing a message, its answer and what it changed are one") {
  const ScratchDirectory dir;
  {
    const auto state = Open(dir.path());
    REQUIRE(state->Take("xmpp", AMessage("m1"), kNow).ok());
    Change change;
    change.bind = "INC-2026-0042";
    change.link = Link{"@ada", "toc_secret"};
    REQUIRE(state->Finish(*state->Oldest(), {APost("p1")}, change, kNow).ok());
  }
  const auto state = Open(dir.path());
  CHECK_FALSE(state->Oldest());
  CHECK(state->IncidentOf({"xmpp", "war"}) == "INC-2026-0042");
  CHECK(state->PlacesOf("INC-2026-0042").size() == 1);
  CHECK(state->LinkOf("xmpp", "ada@chat.example")->token == "toc_secret");
  CHECK_FALSE(state->LinkOf("irc", "ada@chat.example"));
  const std::vector<Pending> due = state->Start("xmpp", kNow);
  REQUIRE(due.size() == 1);
  CHECK(due[0].post.blocks == APost("p1").post.blocks);
  // It may have reached the platform before the restart.
  CHECK(due[0].post.again);
}

TEST_CASE("Chat state: the journal cut anywhere opens, with all that was acknowledged before") {
  const ScratchDirectory dir;
  size_t before_last = 0;
  {
    const auto state = Open(dir.path());
    REQUIRE(state->Take("xmpp", AMessage("m1"), kNow).ok());
    before_last = std::filesystem::file_size(dir.Path("journal"));
    REQUIRE(state->Finish(*state->Oldest(), {APost("p1"), APost("p2")}, {}, kNow).ok());
  }
  const std::string whole = ReadAll(dir.Path("journal"));
  REQUIRE(before_last < whole.size());
  for (size_t cut = before_last; cut < whole.size(); cut += 7) {
    const ScratchDirectory copy;
    REQUIRE(::chmod(copy.path().c_str(), 0700) == 0);
    WriteAll(copy.Path("journal"), whole.substr(0, cut));
    REQUIRE(::chmod(copy.Path("journal").c_str(), 0600) == 0);
    const auto state = Open(copy.path());
    // The last batch is not there at all: neither half of its posts.
    REQUIRE(state->taken_count() == 1);
    REQUIRE(state->post_count() == 0);
    // And it goes on from there.
    REQUIRE(state->Finish(*state->Oldest(), {APost("p1")}, {}, kNow).ok());
  }
}

TEST_CASE("Chat state: damage in the middle is refused, not skipped") {
  const ScratchDirectory dir;
  {
    const auto state = Open(dir.path());
    for (const char* key : {"m1", "m2", "m3"})
      REQUIRE(state->Take("xmpp", AMessage(key), kNow).ok());
  }
  std::string content = ReadAll(dir.Path("journal"));
  content[content.size() / 2] ^= 1;
  WriteAll(dir.Path("journal"), content);
  const auto state = ChatState::Open(dir.path());
  CHECK(ReasonOf(state.status()) == "STATE_DAMAGED");
}

TEST_CASE("Chat state: others may not read it, and a second bot may not use it") {
  const ScratchDirectory dir;
  const auto state = Open(dir.path());
  struct stat info {};
  REQUIRE(::stat(dir.Path("journal").c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
  CHECK(ReasonOf(ChatState::Open(dir.path()).status()) == "STATE_IN_USE");
}

TEST_CASE("Outbox: posts of a room go one after another, rooms side by side") {
  const ScratchDirectory dir;
  const auto state = Open(dir.path());
  REQUIRE(state->AddPosts({APost("a1"), APost("a2"), APost("b1", "other")}, 7, kNow).ok());
  CHECK(state->log_size() == 7);
  std::vector<Pending> due = state->Start("xmpp", kNow);
  REQUIRE(due.size() == 2);
  CHECK(state->Start("xmpp", kNow).empty());
  CHECK(state->Start("irc", kNow).empty());
  CHECK((*state->End("xmpp", "a1", kPosted, kNow))->post.key == "a1");
  due = state->Start("xmpp", kNow);
  REQUIRE(due.size() == 1);
  CHECK(due[0].post.key == "a2");
  CHECK_FALSE(due[0].post.again);
}

TEST_CASE("Outbox: a post whose key was there is not added again, posted or not, also later") {
  const ScratchDirectory dir;
  {
    const auto state = Open(dir.path());
    REQUIRE(state->AddPosts({APost("p")}, {}, kNow).ok());
    REQUIRE(state->AddPosts({APost("p")}, {}, kNow).ok());
    CHECK(state->post_count() == 1);
    state->Start("xmpp", kNow);
    REQUIRE(state->End("xmpp", "p", kPosted, kNow).ok());
  }
  const auto state = Open(dir.path());
  REQUIRE(state->AddPosts({APost("p")}, {}, kNow).ok());
  CHECK(state->post_count() == 0);
}

TEST_CASE("Outbox: a rate limit waits as long as it says, and holds back what comes after it") {
  const ScratchDirectory dir;
  const auto state = Open(dir.path());
  REQUIRE(state->AddPosts({APost("a1"), APost("a2")}, {}, kNow).ok());
  state->Start("xmpp", kNow);
  const PostResult limited = {.state = PostState::kRetry, .retry_after = absl::Seconds(30)};
  CHECK_FALSE(*state->End("xmpp", "a1", limited, kNow));
  CHECK(state->Start("xmpp", kNow + absl::Seconds(29)).empty());
  CHECK(state->NextRetry() == kNow + absl::Seconds(30));
  const auto due = state->Start("xmpp", kNow + absl::Seconds(30));
  REQUIRE(due.size() == 1);
  CHECK(due[0].post.key == "a1");
  CHECK_FALSE(due[0].post.again);
}

TEST_CASE("Outbox: after an interruption the post is looked for before it is posted again") {
  const ScratchDirectory dir;
  const auto state = Open(dir.path());
  REQUIRE(state->AddPosts({APost("a1"), APost("a2")}, {}, kNow).ok());
  state->Start("xmpp", kNow);
  state->Interrupted("xmpp");
  const auto due = state->Start("xmpp", kNow);
  REQUIRE(due.size() == 1);
  CHECK(due[0].post.again);
  REQUIRE(state->End("xmpp", "a1", kPosted, kNow).ok());
  // The next one was never sent.
  CHECK_FALSE(state->Start("xmpp", kNow)[0].post.again);
}

TEST_CASE("Outbox: an alert that did not leave is known as late") {
  const ScratchDirectory dir;
  const auto state = Open(dir.path());
  Pending alert = APost("a1");
  alert.alert = 14;
  alert.incident = "INC-2026-0042";
  REQUIRE(state->AddPosts({alert, APost("b1", "other")}, {}, kNow).ok());
  CHECK(state->LateAlerts(kNow).empty());
  const auto late = state->LateAlerts(kNow + absl::Minutes(2));
  REQUIRE(late.size() == 1);
  CHECK(late[0].alert == 14);
}

TEST_CASE("Chat state: keys of posts cannot be foreseen, and stay the same over a restart") {
  const ScratchDirectory dir;
  const ScratchDirectory other;
  const std::string key = Open(dir.path())->PostKey({"xmpp", "m1", "answer"});
  CHECK(key.size() == 36);
  CHECK(Open(dir.path())->PostKey({"xmpp", "m1", "answer"}) == key);
  CHECK(Open(dir.path())->PostKey({"xmppm", "1", "answer"}) != key);
  CHECK(Open(other.path())->PostKey({"xmpp", "m1", "answer"}) != key);
}

TEST_CASE("Chat state: 1,000 rooms and 10,000 messages, tidied, are the same after a restart") {
  const ScratchDirectory dir;
  {
    const auto state = Open(dir.path());
    state->DoNotSyncForTest();
    for (int i = 0; i < 1000; ++i) {
      Inbound message = AMessage(absl::StrCat("bind", i));
      message.room = absl::StrCat("room", i);
      REQUIRE(state->Take("xmpp", message, kNow).ok());
      Change change;
      change.bind = absl::StrCat("INC-2026-", i);
      REQUIRE(state->Finish(*state->Oldest(), {}, change, kNow).ok());
    }
    for (int i = 0; i < 9000; ++i) {
      REQUIRE(state->Take("xmpp", AMessage(absl::StrCat("m", i)), kNow).ok());
      if (i % 1000 != 0) {
        Taken taken = *state->Oldest();
        taken.inbound.key = absl::StrCat("m", i);
        REQUIRE(state->Finish(taken, {}, {}, kNow).ok());
      }
    }
    const auto before = std::filesystem::file_size(dir.Path("journal"));
    REQUIRE(state->Tidy(kNow + absl::Hours(24 * 15)).ok());
    CHECK(std::filesystem::file_size(dir.Path("journal")) < before / 5);
    REQUIRE(state->Remember("xmpp", "heard/room1", "17").ok());
  }
  const auto state = Open(dir.path());
  CHECK(state->binding_count() == 1000);
  CHECK(state->IncidentOf({"xmpp", "room999"}) == "INC-2026-999");
  CHECK(state->taken_count() == 9);
  CHECK(state->Oldest()->inbound.key == "m0");
  CHECK(state->Remembered("xmpp", "heard/room1") == "17");
  // What waits is still known by its key; what is done was forgotten after two weeks.
  CHECK_FALSE(*state->Take("xmpp", AMessage("m0"), kNow));
}

TEST_CASE("Chat state: bytes that are not UTF-8 do not break the record") {
  const ScratchDirectory dir;
  {
    Inbound message = AMessage("m1");
    message.text = "log \xFF\xFE";
    REQUIRE(Open(dir.path())->Take("irc", message, kNow).ok());
  }
  CHECK(Open(dir.path())->Oldest()->inbound.text == "log \uFFFD\uFFFD");
}

}  // namespace tocsin::chat
