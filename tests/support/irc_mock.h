// An IRC server as far as the bot uses one, for tests: TLS, IRCv3 capabilities, accounts. The bot
// is the only one connected; other people are what the test says. tests/peers plays the bot against
// real servers.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "server/runtime/mutex.h"
#include "server/runtime/thread.h"
#include "tests/support/scratch_directory.h"

namespace tocsin {

class IrcMock {
 public:
  struct Options {
    /// What it offers, as in its line; empty: it does not know the command CAP.
    std::string capabilities =
        "account-tag batch echo-message labeled-response message-tags sasl=EXTERNAL,PLAIN "
        "server-time";
    /// The server's own password; empty for none.
    std::string password;
  };
  inline static const std::string kRoom = "#war";
  /// SASL knows this account, with the password "bot-secret".
  inline static const std::string kAccount = "tocsin";

  IrcMock() : IrcMock(Options()) {}
  explicit IrcMock(Options options);
  ~IrcMock();

  uint16_t port() const { return port_; }
  std::string ca_file() const { return directory_.Path("ca.pem"); }

  /// Somebody writes to a channel or to the bot's nick. Without an account when `account` is empty.
  void Say(const std::string& nick, const std::string& account, const std::string& target,
           const std::string& text);
  /// The next messages are given this name again and again; empty: new ones each time.
  void FixMessageId(const std::string& id);
  /// Whose nick it is, for WHOIS.
  void SetAccount(const std::string& nick, const std::string& account);
  /// To all connections, as it is, with CR LF behind it.
  void SendLine(const std::string& line);
  void SendRaw(const std::string& bytes);
  void Kick(const std::string& by);

  /// These nicks are taken.
  void TakeNick(const std::string& nick, bool taken);
  /// Who joins a channel is answered with this number; "" lets in.
  void RefuseJoin(const std::string& number);
  /// Messages to channels are answered with 404.
  void RefuseMessages(bool refuse);
  /// Messages are passed to nobody, and nothing is said.
  void SwallowMessages(bool swallow);
  /// PINGs are not answered.
  void HoldPongs(bool hold);
  /// Ends all connections now; new ones are accepted.
  void DropAll();

  /// Texts of what the bot said, oldest first: PRIVMSG, or NOTICE.
  std::vector<std::string> Said(const std::string& command = "PRIVMSG",
                                const std::string& target = kRoom) const;
  /// All lines that came from the bot.
  std::vector<std::string> lines() const;
  int connection_count() const;
  std::string nick() const;

 private:
  class Listener;
  class Connection;
  struct Client {
    std::string nick;
    bool user = false;
    bool waits_for_cap = false;
    bool welcomed = false;
    bool password_given = false;
    std::set<std::string> capabilities;
    bool joined = false;
  };

  void Accept();
  void OnLine(Connection& from, const std::string& line);
  void Welcome(Connection& to, Client& client) TOCSIN_REQUIRES(mutex_);
  void OnCap(Connection& from, Client& client, const std::vector<std::string>& params)
      TOCSIN_REQUIRES(mutex_);
  void OnPrivmsg(Connection& from, const Client& client, const std::string& line,
                 const std::vector<std::string>& params) TOCSIN_REQUIRES(mutex_);
  std::string TagsFor(const Client& client, const std::string& account, const std::string& label)
      TOCSIN_REQUIRES(mutex_);

  const Options options_;
  ScratchDirectory directory_;
  uint16_t port_ = 0;
  std::unique_ptr<Listener> listener_;
  mutable runtime::Mutex mutex_;
  std::map<int, std::shared_ptr<Connection>> connections_ TOCSIN_GUARDED_BY(mutex_);
  std::map<int, Client> clients_ TOCSIN_GUARDED_BY(mutex_);
  std::vector<std::string> lines_ TOCSIN_GUARDED_BY(mutex_);
  std::map<std::string, std::string> accounts_ TOCSIN_GUARDED_BY(mutex_);
  std::set<std::string> taken_ TOCSIN_GUARDED_BY(mutex_);
  std::string refuse_join_ TOCSIN_GUARDED_BY(mutex_);
  std::string message_id_ TOCSIN_GUARDED_BY(mutex_);
  bool refuse_messages_ TOCSIN_GUARDED_BY(mutex_) = false;
  bool swallow_ TOCSIN_GUARDED_BY(mutex_) = false;
  bool hold_pongs_ TOCSIN_GUARDED_BY(mutex_) = false;
  int ids_ TOCSIN_GUARDED_BY(mutex_) = 0;
  int accepted_ TOCSIN_GUARDED_BY(mutex_) = 0;
  bool stopping_ TOCSIN_GUARDED_BY(mutex_) = false;
  std::unique_ptr<runtime::Thread> thread_;
};

}  // namespace tocsin
