// Slack as far as the bot uses it, for tests. tests/peers shows that the vendor's own clients
// accept it.
#pragma once

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "server/runtime/mutex.h"
#include "tests/support/tls_mock.h"

namespace tocsin {

class SlackMock {
 public:
  inline static const std::string kTeam = "T0TEAM";
  inline static const std::string kBot = "U0BOT";
  inline static const std::string kAda = "U0ADA";
  inline static const std::string kRoom = "C0ROOM";
  inline static const std::string kDirect = "D0ADA";
  static const char* bot_token() { return "xoxb-bot"; }
  static const char* app_token() { return "xapp-app"; }

  SlackMock();

  const TlsMock& server() const { return *mock_; }
  /// From now on what happens is a little later than `now`.
  void SetTime(absl::Time now);
  std::string api() const { return mock_->url() + "/api/"; }

  /// Somebody writes; each open socket is offered it in turn, and again until one acknowledges.
  /// Returns the ts.
  std::string Say(const std::string& user, const std::string& text,
                  const nlohmann::json& extra = nlohmann::json::object());
  /// Only puts it into the history.
  std::string SayUnheard(const std::string& user, const std::string& text);
  /// Sends a payload in an envelope of that type.
  void Deliver(const std::string& type, const nlohmann::json& payload);
  void SendRaw(const std::string& text);
  /// Ends the oldest open socket as Slack does.
  void Refresh();
  void DropAll() { mock_->DropAll(); }

  /// Requests to chat.postMessage are answered so, `count` times: 0 is no answer, and the post is
  /// made; 429; an error's name with status 200.
  void AnswerPosts(int status, const std::string& error, int count);
  void RevokeToken(bool revoked);
  void RemoveBot(bool removed);

  std::vector<nlohmann::json> BotPosts() const;
  int acknowledged() const;
  /// What came with the acknowledgements.
  std::vector<nlohmann::json> ack_payloads() const;
  int opened() const;

 private:
  chat::HttpResponse Answer(const chat::HttpRequest& request);
  chat::HttpResponse MakePost(const nlohmann::json& body);
  chat::HttpResponse History(const std::map<std::string, std::string>& fields) const;
  std::string NewTs();
  void DeliverLocked(const std::string& type, const nlohmann::json& payload)
      TOCSIN_REQUIRES(mutex_);

  mutable runtime::Mutex mutex_;
  std::vector<nlohmann::json> history_;
  std::vector<std::shared_ptr<MockSocket>> sockets_;
  std::map<std::string, nlohmann::json> envelopes_;
  std::vector<nlohmann::json> ack_payloads_;
  int64_t now_us_ = 1'790'000'000'000'000;
  int ids_ = 0;
  int acknowledged_ = 0;
  int opened_ = 0;
  int answer_status_ = 0;
  std::string answer_error_;
  int answer_count_ = 0;
  bool revoked_ = false;
  bool removed_ = false;
  std::unique_ptr<TlsMock> mock_;
};

}  // namespace tocsin
