// One incident, run from a room of a platform whose server stands in the test (tests/support; the
// vendors' own clients accept it first, see tests/peers/chat), with the real bot, the real server
// and the real command line: nothing lost, nothing twice, whatever breaks in the middle.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/peers/chat_peers.h"
#include "tests/support/matrix_mock.h"
#include "tests/support/mattermost_mock.h"
#include "tests/support/slack_mock.h"

namespace tocsin::e2e {

/// A platform as Ada sees it.
struct Platform {
  /// Of the bot's connection.
  std::string name;
  /// The bot's section for it.
  std::string section;
  std::string room;
  /// She writes, into the room or to the bot alone.
  std::function<void(const std::string& text)> say;
  std::function<void(const std::string& text)> tell;
  /// All that the bot has posted, oldest first.
  std::function<std::vector<std::string>()> room_posts;
  std::function<std::vector<std::string>()> direct_posts;
  /// The next `count` posts are made, and the bot gets no answer.
  std::function<void(int count)> lose_answers;
  /// All connections break.
  std::function<void()> drop;

  /// Says it and waits until the bot has posted something new that holds `answer`; returns that.
  std::string Ask(const std::string& text, const std::string& answer) const;
  std::string WaitFor(const std::string& text, size_t from) const;
};

/// `files` must outlive the bot. The platform must outlive the result.
Platform OnMattermost(MattermostMock& mock, const TempDir& files);
Platform OnSlack(SlackMock& mock, const TempDir& files);
Platform OnMatrix(MatrixMock& mock, const TempDir& files);

/// Ada links her account there.
void LinkOn(const Platform& platform, const Person& ada);
/// The only incident that she sees.
std::string OnlyIncident(const Person& ada);
/// No two of the posts that hold `text` are the same.
void CheckOnce(const std::vector<std::string>& posts, const std::string& text);
/// The room heard of as many assigned roles as the record says were delivered there.
void CheckAlerts(const Platform& platform, const Person& ada, const std::string& incident,
                 const ChatBot& bot);

/// Linked, declared, logged, told of alerts; with answers lost, connections broken and the bot
/// killed in between.
void RunStory(const Platform& platform);

}  // namespace tocsin::e2e
