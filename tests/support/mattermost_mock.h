// A Mattermost server as far as the bot uses one, for tests. tests/peers shows that the vendor's
// own client accepts it.
#pragma once

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "server/runtime/mutex.h"
#include "tests/support/tls_mock.h"

namespace tocsin {

class MattermostMock {
 public:
  // Ids that people can tell apart; 26 characters.
  inline static const std::string kBot = "bot00000000000000000000000";
  inline static const std::string kAda = "ada00000000000000000000000";
  inline static const std::string kEve = "eve00000000000000000000000";
  inline static const std::string kRoom = "room0000000000000000000000";
  inline static const std::string kOtherRoom = "other000000000000000000000";
  inline static const std::string kDirect = "direct00000000000000000000";

  MattermostMock();

  const TlsMock& server() const { return *mock_; }
  /// From now on what happens is a little later than `now`.
  void SetTime(absl::Time now);
  /// The bot's; every other is refused.
  static const char* token() { return "bot-token"; }

  /// Somebody writes; tells all sockets. `props` as JSON. Returns the post's id.
  std::string Say(const std::string& user, const std::string& channel, const std::string& text,
                  const nlohmann::json& extra = nlohmann::json::object());
  void React(const std::string& user, const std::string& post, const std::string& emoji);
  /// Tells all sockets of something.
  void Tell(const std::string& event, const nlohmann::json& data, const nlohmann::json& broadcast);
  /// Sends it as it is.
  void TellRaw(const std::string& text);
  /// The next event is lost on the way.
  void LoseEvent();

  void RevokeToken(bool revoked);
  void RemoveBot(bool removed);
  /// Requests to make a post are answered so, `count` times. Status 0: no answer at all, but the
  /// post is made.
  void AnswerPosts(int status, int count);
  /// Forgets pending ids, as the real one does after 30 s.
  void ForgetPending();
  void DropAll() { mock_->DropAll(); }

  /// Texts of the bot's posts in a channel, oldest first.
  std::vector<std::string> BotTexts(const std::string& channel = kRoom) const;
  std::vector<nlohmann::json> BotPosts(const std::string& channel = kRoom) const;
  int socket_count() const;
  int post_requests() const;

 private:
  chat::HttpResponse Answer(const chat::HttpRequest& request);
  chat::HttpResponse MakePost(const chat::HttpRequest& request);
  chat::HttpResponse ListPosts(const std::string& channel, const std::string& query) const;
  nlohmann::json AddPost(nlohmann::json post, const std::string& sender);
  void TellLocked(const std::string& event, const nlohmann::json& data,
                  const nlohmann::json& broadcast) TOCSIN_REQUIRES(mutex_);
  std::string NewId();

  mutable runtime::Mutex mutex_;
  std::map<std::string, nlohmann::json> posts_;
  std::vector<std::string> order_;
  std::map<std::string, std::string> pending_;
  struct Listener {
    std::shared_ptr<MockSocket> socket;
    int sequence = 0;
  };
  std::vector<Listener> sockets_;
  int64_t now_ms_ = 1'790'000'000'000;
  int ids_ = 0;
  int lose_ = 0;
  bool revoked_ = false;
  bool removed_ = false;
  int post_status_ = 0;
  int post_status_count_ = 0;
  int post_requests_ = 0;
  int opened_ = 0;
  std::unique_ptr<TlsMock> mock_;
};

}  // namespace tocsin
