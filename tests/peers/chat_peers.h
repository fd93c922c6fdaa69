// Real counterparts of the chat bot: the prosody XMPP server from Debian, people in its rooms with
// slixmpp, and the `tocsin-chat` binary itself. All on free ports of 127.0.0.1 and in directories
// of their own.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "tests/e2e/harness.h"
#include "tests/e2e/process.h"

namespace tocsin::e2e {

/// Whether prosody and slixmpp are installed; when not, prints once what is missing.
bool HaveXmppPeers();

/// An XMPP server for the domain chat.test with rooms at rooms.chat.test and the accounts tocsin,
/// ada, bob, eve (password: the name and "-secret"). Its certificate is its own.
class Prosody {
 public:
  struct Options {
    /// New rooms show accounts to nobody.
    bool hide_accounts = false;
  };
  Prosody() : Prosody(Options()) {}
  explicit Prosody(Options options);

  /// Runs it and waits until it answers.
  void Start();
  void Stop();
  /// SIGKILL.
  void Kill();

  uint16_t port() const { return port_; }
  /// SHA-256 of the certificate, hexadecimal.
  const std::string& fingerprint() const { return fingerprint_; }
  std::string certificate() const { return dir_.File("cert.pem"); }
  std::string Log() const { return ReadFile(dir_.File("log")); }

 private:
  TempDir dir_;
  uint16_t port_ = 0;
  std::string fingerprint_;
  std::unique_ptr<Process> process_;
};

inline constexpr char kRoom[] = "war@rooms.chat.test";
inline constexpr char kBotJid[] = "tocsin@chat.test";

/// Somebody connected to prosody.
class XmppPerson {
 public:
  /// `name` is the account; enters `room` under `nick` unless the room is empty. Waits until it is
  /// in.
  XmppPerson(const Prosody& server, const std::string& name, const std::string& room,
             const std::string& nick);

  void Say(const std::string& text);
  void Tell(const std::string& jid, const std::string& text);
  void React(const std::string& stanza_id, const std::string& with);
  void Raw(const std::string& xml);

  /// All that was seen from then on: entries as xmpp_person.py writes them.
  size_t seen_count() const { return seen_.size(); }
  const std::vector<nlohmann::json>& seen() const { return seen_; }
  /// Waits until something seen after the first `from` holds `text` and came from `nick` (a room)
  /// or the account `nick` (direct); fails the test after 15 s. Returns its text.
  std::string WaitFor(const std::string& nick, const std::string& text, size_t from = 0);
  /// Says `text` and waits for the bot's next words in the room after it that are no alert.
  std::string Ask(const std::string& text);
  /// The texts of all that the room's archive holds, oldest first.
  std::vector<std::string> Archive();
  /// Reads what has come until the limit; for counting.
  void Drain(absl::Duration limit);

 private:
  void Order(const nlohmann::json& order);
  bool Read(absl::Duration limit);
  size_t Find(const std::string& nick, const std::string& text, size_t from);

  const std::string nick_;
  TempDir dir_;
  std::unique_ptr<Process> process_;
  std::vector<nlohmann::json> seen_;
  size_t read_ = 0;
};

/// The bot, with a state directory of its own.
class ChatBot {
 public:
  /// Enrols as a new person of `server` who is called chat.
  ChatBot(const Server& server, const Person& admin, const Prosody& prosody,
          const std::string& rooms_yaml);

  void Start();
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

/// Links a chat account to a person, as people do it.
void LinkAccount(const Person& person, XmppPerson& account);

}  // namespace tocsin::e2e
