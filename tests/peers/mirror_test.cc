// One bot on several platforms at once: an incident is told of in all its rooms, and what one
// platform does not take is said on the others.
#include "absl/strings/str_cat.h"
#include "tests/peers/platform_story.h"
#include "tests/support/catch.h"

namespace tocsin::e2e {

TEST_CASE(
    "Mirrored: an alert goes to every platform's room once, and one that is down holds none up") {
  TempDir files;
  MattermostMock mattermost_mock;
  SlackMock slack_mock;
  MatrixMock matrix_mock;
  const Platform mattermost = OnMattermost(mattermost_mock, files);
  const Platform slack = OnSlack(slack_mock, files);
  const Platform matrix = OnMatrix(matrix_mock, files);
  Server server;
  server.Start();
  const Person admin = Admin(server);
  const Person ada = NewPerson(admin, server, "ada", {"commander"});
  NewPerson(admin, server, "bob", {"responder"});
  ChatBot bot(server, admin, mattermost.section + slack.section + matrix.section);
  bot.Start(/*ready=*/3);

  for (const Platform* each : {&mattermost, &slack, &matrix}) LinkOn(*each, ada);
  mattermost.Ask("!inc declare x sev2", "sev2");
  const std::string incident = OnlyIncident(ada);
  ada.Do({"use", incident});
  slack.Ask("!inc bind " + incident, "bound");
  matrix.Ask("!inc bind " + incident, "bound");
  // All three write into one timeline.
  mattermost.Ask("!inc log from mattermost", "recorded");
  slack.Ask("!inc log from slack", "recorded");
  matrix.Ask("!inc log from matrix", "recorded");
  CHECK(Logged(ada, incident) ==
        std::vector<std::string>{"from mattermost", "from slack", "from matrix"});

  ada.Do({"role", "assign", "scribe", "@bob"});
  for (const Platform* each : {&mattermost, &slack, &matrix}) {
    each->WaitFor("A role was assigned", 0);
  }
  // Slack takes the bot's token away in the middle; the others go on.
  slack_mock.RevokeToken(true);
  bot.WaitForLog("adapter=slack ready=no");
  size_t from = mattermost.room_posts().size();
  ada.Do({"role", "assign", "legal", "@ada"});
  mattermost.WaitFor("A role was assigned", from);
  mattermost.Ask("!inc status", "slack");
  // Given back, and the alert comes there as well.
  from = slack.room_posts().size();
  slack_mock.RevokeToken(false);
  bot.Kill();
  bot.Start(/*ready=*/3);
  slack.WaitFor("A role was assigned", from);
  WaitUntilTrue([&] { return Deliveries(ada, incident).size() >= 6; }, "six deliveries",
                [&] { return bot.Log(); });
  for (const Platform* each : {&mattermost, &slack, &matrix}) {
    CheckAlerts(*each, ada, incident, bot);
    CheckOnce(each->room_posts(), "recorded");
  }
}

}  // namespace tocsin::e2e
