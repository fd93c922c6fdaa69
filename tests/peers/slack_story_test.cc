// An incident run from a room of Slack by the real bot, to its end and over everything that breaks.
#include "tests/peers/platform_story.h"
#include "tests/support/catch.h"

namespace tocsin::e2e {

TEST_CASE("Slack: an incident is run from a room; nothing is lost, nothing comes twice") {
  TempDir files;
  SlackMock mock;
  RunStory(OnSlack(mock, files));
}

}  // namespace tocsin::e2e
