#include "tests/peers/platform_story.h"

#include <algorithm>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "tests/support/catch.h"

namespace tocsin::e2e {
namespace {

using nlohmann::json;
using Strings = std::vector<std::string>;

// The bot's section as every platform has it.
std::string Section(const std::string& platform, const std::string& keys, const std::string& room) {
  return absl::StrCat(platform, ":\n  - ", keys, "    rooms:\n      - room: \"", room,
                      "\"\n        alerts: true\n");
}

Strings Field(const std::vector<json>& posts, const std::string& name) {
  Strings texts;
  for (const json& post : posts) texts.push_back(post.value(name, ""));
  return texts;
}

}  // namespace

std::string Platform::WaitFor(const std::string& text, size_t from) const {
  std::string found;
  WaitUntilTrue(
      [&] {
        const Strings posts = room_posts();
        for (size_t i = from; i < posts.size() && found.empty(); ++i) {
          if (absl::StrContains(posts[i], text)) found = posts[i];
        }
        return !found.empty();
      },
      "'" + text + "'", [&] { return absl::StrJoin(room_posts(), "\n---\n"); });
  return found;
}

std::string Platform::Ask(const std::string& text, const std::string& answer) const {
  const size_t from = room_posts().size();
  say(text);
  return WaitFor(answer, from);
}

Platform OnMattermost(MattermostMock& mock, const TempDir& files) {
  mock.SetTime(absl::Now());
  const std::string token = WriteSecret(files, "mattermost-token", MattermostMock::token());
  return {.name = "mattermost",
          .section = Section("mattermost",
                             absl::StrCat("url: ", mock.server().url(), "\n    token_file: ", token,
                                          "\n    ca_file: ", mock.server().ca_file(), "\n"),
                             MattermostMock::kRoom),
          .room = MattermostMock::kRoom,
          .say =
              [&mock](const std::string& text) {
                mock.Say(MattermostMock::kAda, MattermostMock::kRoom, text);
              },
          .tell =
              [&mock](const std::string& text) {
                mock.Say(MattermostMock::kAda, MattermostMock::kDirect, text);
              },
          .room_posts = [&mock] { return mock.BotTexts(); },
          .direct_posts = [&mock] { return mock.BotTexts(MattermostMock::kDirect); },
          .lose_answers = [&mock](int count) { mock.AnswerPosts(0, count); },
          .drop = [&mock] { mock.DropAll(); }};
}

Platform OnSlack(SlackMock& mock, const TempDir& files) {
  mock.SetTime(absl::Now());
  const std::string bot = WriteSecret(files, "slack-bot-token", SlackMock::bot_token());
  const std::string app = WriteSecret(files, "slack-app-token", SlackMock::app_token());
  const auto posts = [&mock](const std::string& channel) {
    std::vector<json> found = mock.BotPosts();
    std::erase_if(found, [&](const json& post) { return post["channel"] != channel; });
    return Field(found, "text");
  };
  return {.name = "slack",
          .section = Section("slack",
                             absl::StrCat("api: ", mock.api(), "\n    bot_token_file: ", bot,
                                          "\n    app_token_file: ", app,
                                          "\n    ca_file: ", mock.server().ca_file(), "\n"),
                             SlackMock::kRoom),
          .room = SlackMock::kRoom,
          // As Slack passes on what somebody typed.
          .say =
              [&mock](const std::string& text) {
                mock.Say(SlackMock::kAda,
                         absl::StrReplaceAll(text, {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}}));
              },
          .tell =
              [&mock](const std::string& text) {
                mock.Say(SlackMock::kAda, text,
                         {{"channel", SlackMock::kDirect}, {"channel_type", "im"}});
              },
          .room_posts = [posts] { return posts(SlackMock::kRoom); },
          .direct_posts = [posts] { return posts(SlackMock::kDirect); },
          .lose_answers = [&mock](int count) { mock.AnswerPosts(0, "", count); },
          .drop = [&mock] { mock.DropAll(); }};
}

Platform OnMatrix(MatrixMock& mock, const TempDir& files) {
  mock.SetTime(absl::Now());
  const std::string token = WriteSecret(files, "matrix-token", MatrixMock::token());
  const auto posts = [&mock](const std::string& room) {
    std::vector<json> contents;
    for (const json& event : mock.BotPosts(room)) contents.push_back(event["content"]);
    return Field(contents, "body");
  };
  return {
      .name = "matrix",
      .section = Section("matrix",
                         absl::StrCat("url: ", mock.server().url(), "\n    token_file: ", token,
                                      "\n    ca_file: ", mock.server().ca_file(),
                                      "\n    inviters: [\"", MatrixMock::kAda, "\"]\n"),
                         MatrixMock::kRoom),
      .room = MatrixMock::kRoom,
      .say =
          [&mock](const std::string& text) { mock.Say(MatrixMock::kAda, MatrixMock::kRoom, text); },
      .tell =
          [&mock](const std::string& text) {
            if (!mock.joined_direct()) {
              mock.Invite(MatrixMock::kAda, /*encrypted=*/false);
              WaitUntilTrue([&] { return mock.joined_direct(); }, "the bot to come");
            }
            mock.Say(MatrixMock::kAda, MatrixMock::kDirect, text);
          },
      .room_posts = [posts] { return posts(MatrixMock::kRoom); },
      .direct_posts = [posts] { return posts(MatrixMock::kDirect); },
      .lose_answers = [&mock](int count) { mock.AnswerPosts(0, count); },
      .drop = [&mock] { mock.DropAll(); }};
}

void LinkOn(const Platform& platform, const Person& ada) {
  const std::string code =
      std::string(absl::StripAsciiWhitespace(ada.Do({"chat", "link", "-o", "id"})));
  platform.tell("link " + code);
  WaitUntilTrue(
      [&] {
        const Strings posts = platform.direct_posts();
        return std::any_of(posts.begin(), posts.end(), [](const std::string& post) {
          return absl::StrContains(post, "is linked to");
        });
      },
      "the account to be linked", [&] { return absl::StrJoin(platform.direct_posts(), "\n"); });
}

std::string OnlyIncident(const Person& ada) {
  return IncidentIn(ada.Do({"list"}));
}

void CheckOnce(const Strings& posts, const std::string& text) {
  std::set<std::string> seen;
  for (const std::string& post : posts) {
    if (!absl::StrContains(post, text)) continue;
    INFO(post);
    CHECK(seen.insert(post).second);
  }
  CHECK_FALSE(seen.empty());
}

void CheckAlerts(const Platform& platform, const Person& ada, const std::string& incident,
                 const ChatBot& bot) {
  const Strings posts = platform.room_posts();
  const auto said = std::count_if(posts.begin(), posts.end(), [](const std::string& post) {
    return absl::StrContains(post, "A role was assigned");
  });
  CHECK(said >= 2);
  const auto recorded = [&] {
    const std::vector<json> all = Deliveries(ada, incident);
    return std::count_if(all.begin(), all.end(), [&](const json& delivery) {
      return delivery["attributes"]["channel"] == platform.name &&
             delivery["attributes"]["outcome"] == "delivered";
    });
  };
  WaitUntilTrue([&] { return recorded() >= said; }, "a delivery each", [&] { return bot.Log(); });
  CHECK(recorded() == said);
}

void RunStory(const Platform& platform) {
  Server server;
  server.Start();
  const Person admin = Admin(server);
  const Person ada = NewPerson(admin, server, "ada", {"commander"});
  NewPerson(admin, server, "bob", {"responder"});
  ChatBot bot(server, admin, platform.section);
  bot.Start();

  platform.Ask("!inc declare forged sev1", "linked to nobody");
  LinkOn(platform, ada);
  platform.Ask("!inc declare Secret plans were read sev2", "sev2");
  const std::string incident = OnlyIncident(ada);
  ada.Do({"use", incident});
  Strings expected = {"one"};
  platform.Ask("!inc log one", "recorded");

  // What does something on some platform does nothing here, and is recorded as it was written.
  expected.emplace_back("@all <b>x</b> **y** [z](javascript:1) \u05D0");
  platform.Ask("!inc log " + expected.back(), "recorded");
  platform.Ask("!inc log a\u202Eb", "Not done");

  // The answers to posts are lost: the bot looks before it posts again.
  platform.lose_answers(2);
  expected.emplace_back("two");
  platform.Ask("!inc log two", "recorded");
  // All connections break.
  platform.drop();
  expected.emplace_back("three");
  platform.Ask("!inc log three", "recorded");
  // It is killed; what is said meanwhile it reads when it is back.
  for (int round = 0; round < 3; ++round) {
    const size_t from = platform.room_posts().size();
    expected.push_back(absl::StrCat("before ", round));
    platform.say("!inc log " + expected.back());
    bot.Kill();
    expected.push_back(absl::StrCat("while away ", round));
    platform.say("!inc log " + expected.back());
    bot.Start();
    WaitUntilTrue([&] { return Logged(ada, incident).size() == expected.size(); },
                  "all to be recorded", [&] { return bot.Log(); });
    platform.WaitFor("recorded", from);
  }
  CHECK(Logged(ada, incident) == expected);

  // An alert from the terminal, also over the bot's death.
  size_t from = platform.room_posts().size();
  ada.Do({"role", "assign", "scribe", "@bob"});
  platform.WaitFor("A role was assigned", from);
  bot.Kill();
  from = platform.room_posts().size();
  ada.Do({"role", "assign", "legal", "@ada"});
  bot.Start();
  platform.WaitFor("A role was assigned", from);
  platform.Ask("!inc log the last", "recorded");
  expected.emplace_back("the last");
  CHECK(Logged(ada, incident) == expected);
  const Strings posts = platform.room_posts();
  CheckOnce(posts, "recorded");
  CheckAlerts(platform, ada, incident, bot);
  for (const std::string& post : posts) CHECK_FALSE(absl::StrContains(post, "Secret"));
  for (const json& delivery : Deliveries(ada, incident)) {
    CHECK(delivery["attributes"]["outcome"] == "delivered");
    CHECK(delivery["attributes"]["room"] == platform.room);
  }
  bot.Stop();
}

}  // namespace tocsin::e2e
