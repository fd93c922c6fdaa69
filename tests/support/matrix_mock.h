// A Matrix homeserver as far as the bot uses one, for tests. tests/peers shows that the vendor's
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

class MatrixMock {
 public:
  inline static const std::string kBot = "@tocsin:chat.test";
  inline static const std::string kAda = "@ada:chat.test";
  inline static const std::string kEve = "@eve:chat.test";
  inline static const std::string kRoom = "!room:chat.test";
  inline static const std::string kOther = "!other:chat.test";
  inline static const std::string kDirect = "!direct:chat.test";
  static const char* token() { return "syt_bot"; }

  MatrixMock();

  const TlsMock& server() const { return *mock_; }
  /// From now on what happens is a little later than `now`.
  void SetTime(absl::Time now);

  /// Something happens in a room. Returns the event's id.
  std::string Add(const std::string& sender, const std::string& room, const std::string& type,
                  const nlohmann::json& content, const std::string& state_key = "-");
  std::string Say(const std::string& sender, const std::string& room, const std::string& text);
  void Encrypt(const std::string& room);
  void RemoveBot(bool removed);
  /// `inviter` asks the bot into the room of direct messages.
  void Invite(const std::string& inviter, bool encrypted);
  void AddDirectMember(const std::string& account);
  void RevokeToken(bool revoked);
  /// Requests to post are answered so, `count` times: 0 is no answer, and the post is made.
  void AnswerPosts(int status, int count);
  /// As after a day.
  void ForgetTransactions();
  /// What the server gives of a room in one answer of /sync.
  void LimitTimeline(size_t limit);
  void DropAll() { mock_->DropAll(); }

  std::vector<nlohmann::json> BotPosts(const std::string& room = kRoom) const;
  bool joined_direct() const;

 private:
  struct Happened {
    std::string room;
    nlohmann::json event;
  };

  chat::HttpResponse Answer(const chat::HttpRequest& request);
  chat::HttpResponse Sync(const std::map<std::string, std::string>& query);
  chat::HttpResponse Messages(const std::string& room,
                              const std::map<std::string, std::string>& query) const;
  chat::HttpResponse Send(const std::string& room, const std::string& transaction,
                          const std::string& body);
  chat::HttpResponse InRoom(const chat::HttpRequest& request, const std::string& room,
                            const std::vector<std::string>& parts,
                            const std::map<std::string, std::string>& query);
  std::string AddLocked(const std::string& sender, const std::string& room, const std::string& type,
                        const nlohmann::json& content, const std::string& state_key)
      TOCSIN_REQUIRES(mutex_);

  mutable runtime::Mutex mutex_;
  runtime::Condition changed_;
  std::vector<Happened> happened_;
  std::map<std::string, std::string> transactions_;
  std::set<std::string> encrypted_;
  std::set<std::string> joined_ = {kRoom, kOther};
  std::set<std::string> direct_members_ = {kBot, kAda};
  nlohmann::json invitation_;
  size_t limit_ = 50;
  int64_t now_ms_ = 1'790'000'000'000;
  int status_ = 0;
  int status_count_ = 0;
  bool revoked_ = false;
  bool told_leave_ = true;
  std::unique_ptr<TlsMock> mock_;
};

}  // namespace tocsin
