#include "tests/peers/chat/node_script.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "tests/support/catch.h"

extern char** environ;

namespace tocsin {
namespace {

const std::string kFolder = TOCSIN_SOURCE_DIR "/tests/peers/chat/";

}  // namespace

bool HaveVendorPackages() {
  std::error_code ignored;
  const bool packages = std::filesystem::exists(kFolder + "node_modules/@slack/bolt", ignored) &&
                        std::filesystem::exists(kFolder + "node_modules/@mattermost", ignored) &&
                        std::filesystem::exists(kFolder + "node_modules/matrix-js-sdk", ignored);
  const bool node =
      ::access("/usr/bin/node", X_OK) == 0 || ::access("/usr/local/bin/node", X_OK) == 0;
  if (packages && node) return true;
  std::cout << "SKIPPED: needs node 20 and npm ci --ignore-scripts in tests/peers/chat\n";
  return false;
}

NodeScript::NodeScript(const std::string& script, const std::vector<std::string>& arguments,
                       const std::string& ca_file) {
  int in[2];
  int out[2];
  REQUIRE(::pipe2(in, O_CLOEXEC) == 0);
  REQUIRE(::pipe2(out, O_CLOEXEC) == 0);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
  std::vector<std::string> words = {"node", kFolder + script};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  std::string trust = "NODE_EXTRA_CA_CERTS=" + ca_file;
  std::vector<char*> environment = {trust.data()};
  for (char** entry = environ; *entry != nullptr; ++entry) environment.push_back(*entry);
  environment.push_back(nullptr);
  REQUIRE(::posix_spawnp(&pid_, "node", &actions, nullptr, argv.data(), environment.data()) == 0);
  posix_spawn_file_actions_destroy(&actions);
  ::close(in[0]);
  ::close(out[1]);
  in_ = in[1];
  out_ = out[0];
}

NodeScript::~NodeScript() {
  ::close(in_);
  ::close(out_);
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
}

void NodeScript::WriteLine(const std::string& line) {
  const std::string bytes = line + "\n";
  REQUIRE(::write(in_, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
}

std::string NodeScript::ReadLine() {
  constexpr int kLimitMs = 60'000;
  while (buffer_.find('\n') == std::string::npos) {
    pollfd wait = {out_, POLLIN, 0};
    REQUIRE(::poll(&wait, 1, kLimitMs) == 1);
    char bytes[4096];
    const ssize_t count = ::read(out_, bytes, sizeof(bytes));
    REQUIRE(count > 0);
    buffer_.append(bytes, static_cast<size_t>(count));
  }
  const size_t end = buffer_.find('\n');
  std::string line = buffer_.substr(0, end);
  buffer_.erase(0, end + 1);
  return line;
}

int NodeScript::Wait() {
  int status = 0;
  REQUIRE(::waitpid(pid_, &status, 0) == pid_);
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace tocsin
