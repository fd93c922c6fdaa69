// What the tests of the chat bot against real chat servers share: the `tocsin-chat` binary itself,
// people in the rooms, and what it takes to run a server from Debian. All on free ports of
// 127.0.0.1 and in directories of their own.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "tests/e2e/harness.h"
#include "tests/e2e/process.h"

namespace tocsin::e2e {

/// How long anything may take.
inline constexpr absl::Duration kPeerLimit = absl::Seconds(60);

/// A port that was free a moment ago: the servers cannot be told to choose one.
uint16_t FreePort();
/// Whether something listens there.
bool Answers(uint16_t port);
/// Fails the test after `limit`; `log` is shown then.
void WaitUntilTrue(
    const std::function<bool()>& condition, const std::string& what,
    const std::function<std::string()>& log = [] { return std::string(); },
    absl::Duration limit = kPeerLimit);
/// PATH, HOME and a language; nothing of the test's own.
std::map<std::string, std::string> PlainEnvironment(const std::string& home);

/// A certificate that is its own authority, as cert.pem and key.pem in `directory`; for `name` and
/// 127.0.0.1. Returns its SHA-256 as openssl writes it.
std::string MakeCertificate(const std::string& directory, const std::string& name);
/// A file that only its owner may read. Returns its path.
std::string WriteSecret(const TempDir& directory, const std::string& name,
                        const std::string& content);

/// "INC-2026-0001" in a text; fails the test when there is none.
std::string IncidentIn(const std::string& text);

/// Somebody whose chat client is a program of its own: it reads orders, one JSON object a line,
/// from a named pipe, and says what it sees, one JSON object a line, on standard output.
class ChatPerson {
 public:
  virtual ~ChatPerson() = default;

  /// Into the room.
  void Say(const std::string& text) { Order({{"do", "say"}, {"text", text}}); }
  /// To somebody alone.
  void Tell(const std::string& to, const std::string& text) {
    Order({{"do", "tell"}, {"to", to}, {"text", text}});
  }

  /// All that was seen from the beginning on: entries as the program writes them.
  size_t seen_count() const { return seen_.size(); }
  const std::vector<nlohmann::json>& seen() const { return seen_; }
  /// Waits until something seen after the first `from` holds `text` and came from `nick` (a room)
  /// or the account `nick` (direct); fails the test after 15 s. Returns its text.
  std::string WaitFor(const std::string& nick, const std::string& text, size_t from = 0);
  /// Says `text` and waits for the bot's next words in the room after it that are no alert.
  std::string Ask(const std::string& text);
  /// Reads what has come until the limit; for counting.
  void Drain(absl::Duration limit);
  /// How often `nick` has said `text` in the room.
  size_t Count(const std::string& nick, const std::string& text) const;

 protected:
  /// `nick` is what the room calls the person. Waits until it is in. The program is given the path
  /// of the pipe as its last argument.
  ChatPerson(const std::string& nick, std::vector<std::string> command,
             std::map<std::string, std::string> environment);

  void Order(const nlohmann::json& order);
  size_t Find(const std::string& nick, const std::string& text, size_t from);

 private:
  bool Read(absl::Duration limit);

  const std::string nick_;
  TempDir dir_;
  std::unique_ptr<Process> process_;
  std::vector<nlohmann::json> seen_;
  size_t read_ = 0;
};

/// The bot, with a state directory of its own.
class ChatBot {
 public:
  /// Enrols as a new person of `server` who is called chat. `connections` are the sections of its
  /// configuration: "xmpp:" and so on.
  ChatBot(const Server& server, const Person& admin, const std::string& connections);

  /// Waits until `ready` of its connections are.
  void Start(int ready = 1);
  /// SIGTERM; it must end with 0 within 10 s.
  void Stop();
  void Kill();
  /// From its next start on it talks to where `server` is now.
  void Follow(const Server& server);
  pid_t pid() const { return process_->pid(); }
  /// Waits until the log holds `text`.
  void WaitForLog(const std::string& text, size_t from = 0) const;
  std::string Log() const { return ReadFile(dir_.File("log")); }
  std::string File(const std::string& name) const { return dir_.File(name); }
  Exit Run(std::vector<std::string> arguments, const std::string& input = "") const;

 private:
  Command CommandOf(std::vector<std::string> arguments, const std::string& input = "") const;

  TempDir dir_;
  std::unique_ptr<Process> process_;
};

/// Links a chat account to a person, as people do it: `bot` is where to write.
void LinkAccount(const Person& person, ChatPerson& account, const std::string& bot);

/// The incident's entries that say what became of alerts.
std::vector<nlohmann::json> Deliveries(const Person& person, const std::string& incident);
/// Texts of the observations in an incident's timeline, in order.
std::vector<std::string> Logged(const Person& person, const std::string& incident);

}  // namespace tocsin::e2e
