#include "tests/peers/chat_peers.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "tests/support/catch.h"

namespace tocsin::e2e {

uint16_t FreePort() {
  const int file = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  REQUIRE(::bind(file, reinterpret_cast<sockaddr*>(&address), size) == 0);
  REQUIRE(::getsockname(file, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  ::close(file);
  return ntohs(address.sin_port);
}

bool Answers(uint16_t port) {
  const int file = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  const bool answers = ::connect(file, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  ::close(file);
  return answers;
}

void WaitUntilTrue(const std::function<bool()>& condition, const std::string& what,
                   const std::function<std::string()>& log, absl::Duration limit) {
  const absl::Time until = absl::Now() + limit;
  while (!condition()) {
    if (absl::Now() > until) FAIL("waited too long for " << what << "\n" << log());
    WaitUntil(absl::Now() + absl::Milliseconds(20));
  }
}

std::map<std::string, std::string> PlainEnvironment(const std::string& home) {
  return {{"PATH", "/usr/bin:/bin"}, {"HOME", home}, {"LANG", "C.UTF-8"}};
}

namespace {

// In the words of the bot; answers have none of them.
bool IsAlert(const std::string& said) {
  for (const char* words : {"; then: ack ", "A role was ", "A step "}) {
    if (absl::StrContains(said, words)) return true;
  }
  return false;
}

}  // namespace

std::string MakeCertificate(const std::string& directory, const std::string& name) {
  const std::string certificate = directory + "/cert.pem";
  const Exit made = Run({.arguments = {"/usr/bin/openssl", "req", "-x509", "-newkey", "rsa:2048",
                                       "-nodes", "-days", "2", "-keyout", directory + "/key.pem",
                                       "-out", certificate, "-subj", "/CN=" + name, "-addext",
                                       absl::StrCat("subjectAltName=DNS:", name, ",IP:127.0.0.1")},
                         .environment = PlainEnvironment(directory)});
  REQUIRE(made.code == 0);
  const Exit shown = Run({.arguments = {"/usr/bin/openssl", "x509", "-in", certificate, "-noout",
                                        "-fingerprint", "-sha256"},
                          .environment = PlainEnvironment(directory)});
  return std::string(
      absl::StripAsciiWhitespace(std::vector<std::string>(absl::StrSplit(shown.out, '=')).back()));
}

std::string WriteSecret(const TempDir& directory, const std::string& name,
                        const std::string& content) {
  const std::string path = directory.File(name);
  WriteFile(path, content + "\n");
  REQUIRE(::chmod(path.c_str(), 0600) == 0);
  return path;
}

std::string IncidentIn(const std::string& text) {
  const size_t at = text.find("INC-");
  REQUIRE(at != std::string::npos);
  return text.substr(at, text.find_first_of(" \n,.:", at) - at);
}

ChatPerson::ChatPerson(const std::string& nick, std::vector<std::string> command,
                       std::map<std::string, std::string> environment)
    : nick_(nick) {
  REQUIRE(::mkfifo(dir_.File("orders").c_str(), 0600) == 0);
  command.push_back(dir_.File("orders"));
  process_ = std::make_unique<Process>(
      Command{.arguments = std::move(command), .environment = std::move(environment)},
      dir_.File("err"));
  WaitUntilTrue(
      [&] {
        Read(absl::Milliseconds(100));
        return !seen_.empty() && seen_[0]["saw"] == "ready";
      },
      nick + " to enter", [&] { return ReadFile(dir_.File("err")); });
}

void ChatPerson::Order(const nlohmann::json& order) {
  const int file = ::open(dir_.File("orders").c_str(), O_WRONLY | O_CLOEXEC);
  REQUIRE(file >= 0);
  const std::string line = order.dump() + "\n";
  std::string_view rest = line;
  while (!rest.empty()) {
    const ssize_t written = ::write(file, rest.data(), rest.size());
    REQUIRE(written > 0);
    rest.remove_prefix(static_cast<size_t>(written));
  }
  ::close(file);
}

// False when nothing more came within the limit.
bool ChatPerson::Read(absl::Duration limit) {
  process_->WaitForOutput(
      [&](const std::string& text) { return text.find('\n', read_) != std::string::npos; }, limit);
  const std::string& text = process_->output();
  const size_t before = seen_.size();
  for (size_t end = text.find('\n', read_); end != std::string::npos;
       end = text.find('\n', read_)) {
    seen_.push_back(nlohmann::json::parse(text.substr(read_, end - read_)));
    read_ = end + 1;
  }
  return seen_.size() > before;
}

std::string ChatPerson::WaitFor(const std::string& nick, const std::string& text, size_t from) {
  return seen_[Find(nick, text, from)]["text"];
}

size_t ChatPerson::Find(const std::string& nick, const std::string& text, size_t from) {
  const absl::Time until = absl::Now() + kPeerLimit;
  for (size_t next = from;;) {
    for (; next < seen_.size(); ++next) {
      const nlohmann::json& seen = seen_[next];
      const std::string who = seen.value("nick", seen.value("from", ""));
      if (who == nick && absl::StrContains(seen.value("text", ""), text)) return next;
    }
    if (absl::Now() > until) {
      std::string all;
      for (const nlohmann::json& seen : seen_) absl::StrAppend(&all, seen.dump(), "\n");
      FAIL("waited too long for '" << text << "' from " << nick << "; seen:\n" << all);
    }
    Read(absl::Milliseconds(200));
  }
}

std::string ChatPerson::Ask(const std::string& text) {
  const size_t from = seen_.size();
  Say(text);
  // The room puts everything into one order, and the bot answers in it; alerts come between.
  size_t at = Find(nick_, text, from);
  std::string said;
  do {
    at = Find("tocsin", "", at + 1);
    said = seen_[at]["text"];
  } while (IsAlert(said));
  return said;
}

void ChatPerson::Drain(absl::Duration limit) {
  const absl::Time until = absl::Now() + limit;
  while (absl::Now() < until) Read(until - absl::Now());
}

size_t ChatPerson::Count(const std::string& nick, const std::string& text) const {
  return static_cast<size_t>(
      std::count_if(seen_.begin(), seen_.end(), [&](const nlohmann::json& seen) {
        return seen.value("nick", "") == nick && absl::StrContains(seen.value("text", ""), text);
      }));
}

ChatBot::ChatBot(const Server& server, const Person& admin, const std::string& connections) {
  WriteFile(dir_.File("chat.yaml"),
            absl::StrCat("server: ", server.endpoint(), "\nstate: ", dir_.File("state"),
                         "\nzone: Europe/Brussels\n", connections));
  const std::string code = std::string(absl::StripAsciiWhitespace(
      admin.Do({"principal", "add", "chat", "--role", "responder", "-o", "id"})));
  const Exit enrolled = Run(
      {"enrol", "--config", File("chat.yaml"), "--fingerprint", server.fingerprint()}, code + "\n");
  INFO(enrolled.err);
  REQUIRE(enrolled.code == 0);
}

Command ChatBot::CommandOf(std::vector<std::string> arguments, const std::string& input) const {
  arguments.insert(arguments.begin(), TOCSIN_BINARY_DIR "/bin/tocsin-chat");
  return {.arguments = std::move(arguments),
          .environment = PlainEnvironment(dir_.path()),
          .input = input};
}

Exit ChatBot::Run(std::vector<std::string> arguments, const std::string& input) const {
  return e2e::Run(CommandOf(std::move(arguments), input));
}

void ChatBot::Start(int ready) {
  std::error_code ignored;
  const size_t from = std::filesystem::exists(File("log"), ignored) ? Log().size() : 0;
  process_ = std::make_unique<Process>(CommandOf({"run", "--config", File("chat.yaml")}),
                                       dir_.File("log"), dir_.File("out"));
  WaitUntilTrue([&] { return std::filesystem::exists(File("log"), ignored); }, "the bot's log");
  size_t at = from;
  for (int i = 0; i < ready; ++i) {
    WaitForLog("ready=yes", at);
    at = Log().find("ready=yes", at) + 1;
  }
}

void ChatBot::Follow(const Server& server) {
  const std::string text = ReadFile(File("chat.yaml"));
  WriteFile(File("chat.yaml"),
            absl::StrCat("server: ", server.endpoint(), text.substr(text.find('\n'))));
}

void ChatBot::WaitForLog(const std::string& text, size_t from) const {
  // A connection is tried again after pauses that grow.
  constexpr absl::Duration kLimit = absl::Seconds(45);
  WaitUntilTrue([&] { return Log().find(text, from) != std::string::npos; },
                "'" + text + "' in the log of the bot", [&] { return Log(); }, kLimit);
}

void ChatBot::Stop() {
  process_->Signal(SIGTERM);
  REQUIRE(process_->Wait(absl::Seconds(10)) == 0);
}

void ChatBot::Kill() {
  process_->Signal(SIGKILL);
  REQUIRE(process_->Wait(absl::Seconds(10)));
}

void LinkAccount(const Person& person, ChatPerson& account, const std::string& bot) {
  // On a very busy machine the bot may say that the server did not answer: a new code, then.
  constexpr int kTries = 3;
  std::string answer;
  for (int i = 0; i < kTries && !absl::StrContains(answer, "is linked to"); ++i) {
    const std::string code =
        std::string(absl::StripAsciiWhitespace(person.Do({"chat", "link", "-o", "id"})));
    const size_t from = account.seen_count();
    account.Tell(bot, "link " + code);
    answer = account.WaitFor(bot, "", from);
  }
  REQUIRE_THAT(answer, ContainsSubstring("is linked to @" + person.name()));
}

std::vector<nlohmann::json> Deliveries(const Person& person, const std::string& incident) {
  std::vector<nlohmann::json> found;
  const nlohmann::json timeline = person.Json({"timeline", incident});
  for (const nlohmann::json& entry : timeline["entries"]) {
    if (entry["attributes"].contains("outcome")) found.push_back(entry);
  }
  return found;
}

std::vector<std::string> Logged(const Person& person, const std::string& incident) {
  std::vector<std::string> texts;
  const nlohmann::json timeline = person.Json({"timeline", incident});
  for (const nlohmann::json& entry : timeline["entries"]) {
    if (entry["kind"] == "ENTRY_KIND_OBSERVATION") texts.push_back(entry["text"]);
  }
  return texts;
}

}  // namespace tocsin::e2e
