#include "tests/support/irc_mock.h"

#include <sys/socket.h>

#include <atomic>
#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>
#include <deque>
#include <fstream>
#include <thread>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "clients/chat/net/tls.h"
#include "tests/support/catch.h"
#include "tests/support/test_certificate.h"

namespace tocsin {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;
using runtime::MutexLock;

namespace {

// The words of a line without its tags and source; what follows " :" is one.
std::vector<std::string> Words(std::string line) {
  if (absl::StartsWith(line, "@")) line = line.substr(line.find(' ') + 1);
  const size_t trailing = line.find(" :");
  std::vector<std::string> words = absl::StrSplit(line.substr(0, trailing), ' ', absl::SkipEmpty());
  if (trailing != std::string::npos) words.push_back(line.substr(trailing + 2));
  return words;
}

}  // namespace

class IrcMock::Listener {
 public:
  explicit Listener(asio::ssl::context context)
      : tls(std::move(context)), acceptor(io, {asio::ip::make_address("127.0.0.1"), 0}) {}

  asio::io_context io;
  asio::ssl::context tls;
  tcp::acceptor acceptor;
};

// One thread each; only Send and Drop are for others.
class IrcMock::Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(IrcMock& mock, int number)
      : id(number), mock_(mock), stream_(io_, mock.listener_->tls) {}

  tcp::socket& socket() { return stream_.next_layer(); }
  void Drop() {
    if (const int fd = fd_; fd >= 0) ::shutdown(fd, SHUT_RDWR);
  }
  void Send(const std::string& bytes) {
    asio::post(io_, [self = shared_from_this(), bytes] {
      self->outgoing_.push_back(bytes);
      if (self->outgoing_.size() == 1) self->WriteNext();
    });
  }
  void Run() {
    fd_ = socket().native_handle();
    boost::system::error_code error;
    stream_.handshake(asio::ssl::stream_base::server, error);
    if (!error) {
      ReadNext();
      io_.restart();
      io_.run();
    }
    outgoing_.clear();
    fd_ = -1;
    socket().close(error);
  }
  // What was to be sent after the end; it holds this object.
  void Flush() {
    io_.restart();
    io_.run();
  }

  const int id;
  std::unique_ptr<runtime::Thread> thread;
  std::atomic<bool> over = false;

 private:
  void ReadNext() {
    asio::async_read_until(stream_, asio::dynamic_buffer(incoming_), '\n',
                           [this](boost::system::error_code error, size_t size) {
                             if (error) {
                               boost::system::error_code ignored;
                               socket().shutdown(tcp::socket::shutdown_both, ignored);
                               return;
                             }
                             std::string line = incoming_.substr(0, size - 1);
                             incoming_.erase(0, size);
                             if (line.ends_with('\r')) line.pop_back();
                             mock_.OnLine(*this, line);
                             ReadNext();
                           });
  }
  void WriteNext() {
    asio::async_write(stream_, asio::buffer(outgoing_.front()),
                      [this](boost::system::error_code error, size_t) {
                        if (outgoing_.empty()) return;
                        outgoing_.pop_front();
                        if (!error && !outgoing_.empty()) WriteNext();
                      });
  }

  IrcMock& mock_;
  asio::io_context io_{1};
  asio::ssl::stream<tcp::socket> stream_;
  std::atomic<int> fd_ = -1;
  std::string incoming_;
  std::deque<std::string> outgoing_;
};

IrcMock::IrcMock(Options options) : options_(std::move(options)) {
  const TestCertificate certificate = MakeTestCertificate("127.0.0.1");
  std::ofstream(ca_file()) << certificate.certificate_pem;
  auto tls = chat::ServerTls(certificate.certificate_pem, certificate.key_pem);
  REQUIRE(tls.ok());
  listener_ = std::make_unique<Listener>(asio::ssl::context(tls->release()));
  port_ = listener_->acceptor.local_endpoint().port();
  thread_ = std::make_unique<runtime::Thread>("irc-mock", [this] { Accept(); });
}

IrcMock::~IrcMock() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  ::shutdown(listener_->acceptor.native_handle(), SHUT_RDWR);
  thread_.reset();
  std::map<int, std::shared_ptr<Connection>> connections;
  {
    MutexLock lock(mutex_);
    connections.swap(connections_);
  }
  for (const auto& [id, connection] : connections) {
    // A handshake that is only beginning has no descriptor to shut yet.
    while (!connection->over) {
      connection->Drop();
      std::this_thread::yield();
    }
    connection->thread.reset();
    connection->Flush();
  }
}

void IrcMock::Accept() {
  while (true) {
    int id = 0;
    {
      MutexLock lock(mutex_);
      id = accepted_;
    }
    const auto connection = std::make_shared<Connection>(*this, id);
    boost::system::error_code error;
    listener_->acceptor.accept(connection->socket(), error);
    MutexLock lock(mutex_);
    if (stopping_ || error) return;
    ++accepted_;
    connections_[id] = connection;
    connection->thread = std::make_unique<runtime::Thread>("irc-conn", [raw = connection.get()] {
      raw->Run();
      raw->over = true;
    });
  }
}

void IrcMock::OnLine(Connection& from, const std::string& line) {
  const std::vector<std::string> params = Words(line);
  MutexLock lock(mutex_);
  lines_.push_back(line);
  Client& client = clients_[from.id];
  if (params.empty()) return;
  const std::string& what = params[0];
  const auto param = [&](size_t i) { return i < params.size() ? params[i] : std::string(); };
  const std::string name = client.nick.empty() ? "*" : client.nick;
  const auto number = [&](const std::string& digits, const std::string& rest) {
    from.Send(absl::StrCat(":irc.test ", digits, " ", name, " ", rest, "\r\n"));
  };
  if (what == "CAP") {
    OnCap(from, client, params);
  } else if (what == "PASS") {
    client.password_given = param(1) == options_.password;
  } else if (what == "NICK") {
    if (taken_.contains(param(1))) return number("433", param(1) + " :Nickname is already in use");
    if (client.welcomed) from.Send(absl::StrCat(":", client.nick, "!t@h NICK ", param(1), "\r\n"));
    client.nick = param(1);
  } else if (what == "USER") {
    client.user = true;
  } else if (what == "AUTHENTICATE") {
    std::string proof;
    if (param(1) == "PLAIN") return from.Send("AUTHENTICATE +\r\n");
    const std::string good =
        absl::StrCat(kAccount, std::string(1, '\0'), kAccount, std::string(1, '\0'), "bot-secret");
    if (absl::Base64Unescape(param(1), &proof) && proof == good) {
      number("903", ":SASL authentication successful");
    } else {
      number("904", ":SASL authentication failed");
    }
  } else if (what == "JOIN") {
    if (!refuse_join_.empty()) return number(refuse_join_, param(1) + " :Cannot join channel");
    client.joined = true;
    from.Send(absl::StrCat(":", client.nick, "!t@h JOIN ", param(1), "\r\n"));
  } else if (what == "PING" && !hold_pongs_) {
    from.Send(absl::StrCat(":irc.test PONG irc.test :", param(1), "\r\n"));
  } else if (what == "WHOIS") {
    const auto account = accounts_.find(param(1));
    if (account != accounts_.end()) {
      number("330", absl::StrCat(param(1), " ", account->second, " :is logged in as"));
    }
    number("318", param(1) + " :End of /WHOIS list");
  } else if (what == "PRIVMSG") {
    OnPrivmsg(from, client, line, params);
  }
  Welcome(from, client);
}

void IrcMock::Welcome(Connection& to, Client& client) {
  if (client.welcomed || client.waits_for_cap || !client.user || client.nick.empty()) return;
  if (!options_.password.empty() && !client.password_given) {
    return to.Send(absl::StrCat(":irc.test 464 ", client.nick, " :Password incorrect\r\n"));
  }
  client.welcomed = true;
  to.Send(absl::StrCat(":irc.test 001 ", client.nick, " :Welcome\r\n:irc.test 422 ", client.nick,
                       " :MOTD File is missing\r\n"));
}

void IrcMock::OnCap(Connection& from, Client& client, const std::vector<std::string>& params) {
  if (options_.capabilities.empty()) {
    return from.Send(":irc.test 421 * CAP :Unknown command\r\n");
  }
  const std::string what = params.size() > 1 ? params[1] : "";
  if (what == "LS") {
    client.waits_for_cap = true;
    // In two lines, as servers with many do.
    const size_t half = options_.capabilities.find(' ', options_.capabilities.size() / 2);
    if (half == std::string::npos) {
      return from.Send(absl::StrCat(":irc.test CAP * LS :", options_.capabilities, "\r\n"));
    }
    from.Send(absl::StrCat(":irc.test CAP * LS * :", options_.capabilities.substr(0, half),
                           "\r\n:irc.test CAP * LS :", options_.capabilities.substr(half + 1),
                           "\r\n"));
  } else if (what == "REQ") {
    for (const absl::string_view word : absl::StrSplit(params.back(), ' ', absl::SkipEmpty())) {
      client.capabilities.insert(std::string(word));
    }
    from.Send(absl::StrCat(":irc.test CAP * ACK :", params.back(), "\r\n"));
  } else if (what == "END") {
    client.waits_for_cap = false;
  }
}

std::string IrcMock::TagsFor(const Client& client, const std::string& account,
                             const std::string& label) {
  std::vector<std::string> tags;
  ++ids_;
  if (client.capabilities.contains("server-time")) {
    tags.push_back(absl::StrCat("time=2026-09-21T14:13:20.", 100 + ids_ % 900, "Z"));
  }
  if (client.capabilities.contains("account-tag") && !account.empty()) {
    tags.push_back("account=" + account);
  }
  if (client.capabilities.contains("message-tags")) {
    tags.push_back("msgid=" + (message_id_.empty() ? absl::StrCat("m", ids_) : message_id_));
  }
  if (client.capabilities.contains("labeled-response") && !label.empty()) tags.push_back(label);
  return tags.empty() ? "" : absl::StrCat("@", absl::StrJoin(tags, ";"), " ");
}

void IrcMock::OnPrivmsg(Connection& from, const Client& client, const std::string& line,
                        const std::vector<std::string>& params) {
  const std::string target = params.size() > 1 ? params[1] : "";
  const std::string label =
      absl::StartsWith(line, "@") ? line.substr(1, line.find(' ') - 1) : std::string();
  if (refuse_messages_) {
    return from.Send(absl::StrCat(label.empty() ? "" : absl::StrCat("@", label, " "),
                                  ":irc.test 404 ", client.nick, " ", target,
                                  " :Cannot send to channel (+m)\r\n"));
  }
  if (swallow_ || !client.capabilities.contains("echo-message")) return;
  from.Send(absl::StrCat(TagsFor(client, kAccount, label), ":", client.nick, "!t@h PRIVMSG ",
                         target, " :", params.back(), "\r\n"));
}

void IrcMock::Say(const std::string& nick, const std::string& account, const std::string& target,
                  const std::string& text) {
  MutexLock lock(mutex_);
  for (const auto& [id, connection] : connections_) {
    connection->Send(absl::StrCat(TagsFor(clients_[id], account, ""), ":", nick, "!u@host.test ",
                                  "PRIVMSG ", target, " :", text, "\r\n"));
  }
}

void IrcMock::SendLine(const std::string& line) {
  SendRaw(line + "\r\n");
}

void IrcMock::SendRaw(const std::string& bytes) {
  MutexLock lock(mutex_);
  for (const auto& [id, connection] : connections_) connection->Send(bytes);
}

void IrcMock::Kick(const std::string& by) {
  SendLine(absl::StrCat(":", by, "!u@host.test KICK ", kRoom, " ", nick(), " :out"));
}

void IrcMock::FixMessageId(const std::string& id) {
  MutexLock lock(mutex_);
  message_id_ = id;
}
void IrcMock::SetAccount(const std::string& nick, const std::string& account) {
  MutexLock lock(mutex_);
  accounts_[nick] = account;
}
void IrcMock::TakeNick(const std::string& nick, bool taken) {
  MutexLock lock(mutex_);
  if (taken) {
    taken_.insert(nick);
  } else {
    taken_.erase(nick);
  }
}
void IrcMock::RefuseJoin(const std::string& number) {
  MutexLock lock(mutex_);
  refuse_join_ = number;
}
void IrcMock::RefuseMessages(bool refuse) {
  MutexLock lock(mutex_);
  refuse_messages_ = refuse;
}
void IrcMock::SwallowMessages(bool swallow) {
  MutexLock lock(mutex_);
  swallow_ = swallow;
}
void IrcMock::HoldPongs(bool hold) {
  MutexLock lock(mutex_);
  hold_pongs_ = hold;
}

void IrcMock::DropAll() {
  MutexLock lock(mutex_);
  for (const auto& [id, connection] : connections_) connection->Drop();
}

std::vector<std::string> IrcMock::Said(const std::string& command,
                                       const std::string& target) const {
  std::vector<std::string> said;
  for (const std::string& line : lines()) {
    const std::vector<std::string> words = Words(line);
    if (words.size() == 3 && words[0] == command && words[1] == target) said.push_back(words[2]);
  }
  return said;
}

std::vector<std::string> IrcMock::lines() const {
  MutexLock lock(mutex_);
  return lines_;
}

int IrcMock::connection_count() const {
  MutexLock lock(mutex_);
  return accepted_;
}

std::string IrcMock::nick() const {
  MutexLock lock(mutex_);
  return clients_.empty() ? "" : clients_.rbegin()->second.nick;
}

}  // namespace tocsin
