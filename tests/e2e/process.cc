#include "tests/e2e/process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/support/catch.h"

namespace tocsin::e2e {
namespace {

int PollMilliseconds(absl::Time until) {
  const absl::Duration left = std::max(until - absl::Now(), absl::ZeroDuration());
  return static_cast<int>(absl::ToInt64Milliseconds(absl::Ceil(left, absl::Milliseconds(1))));
}

// The child's argument list: setpriv makes the kernel kill it when the test dies.
std::vector<std::string> Wrapped(const Command& command) {
  std::vector<std::string> arguments = {"/usr/bin/setpriv", "--pdeathsig", "KILL"};
  if (command.files_max > 0) {
    const std::string script =
        absl::StrCat("ulimit -n ", command.files_max, "; exec \"$0\" \"$@\"");
    arguments.insert(arguments.begin(), {"/bin/sh", "-c", script});
  }
  arguments.insert(arguments.end(), command.arguments.begin(), command.arguments.end());
  return arguments;
}

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

TempDir::TempDir() {
  std::string pattern = (std::filesystem::temp_directory_path() / "tocsin-e2e-XXXXXX").string();
  REQUIRE(::mkdtemp(pattern.data()) != nullptr);
  path_ = pattern;
}

TempDir::~TempDir() {
  std::error_code ignored;  // a directory that stays is no reason to fail
  std::filesystem::remove_all(path_, ignored);
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  content << file.rdbuf();
  INFO(path);
  REQUIRE(file.good());
  return content.str();
}

void WriteFile(const std::string& path, const std::string& content) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << content << std::flush;
  INFO(path);
  REQUIRE(file.good());
}

Process::Process(const Command& command, const std::string& error_file,
                 const std::string& output_file) {
  std::array<int, 2> pipe{-1, -1};
  posix_spawn_file_actions_t actions;
  REQUIRE(::posix_spawn_file_actions_init(&actions) == 0);
  const int input = ::memfd_create("input", MFD_CLOEXEC);
  REQUIRE(::pwrite(input, command.input.data(), command.input.size(), 0) ==
          static_cast<ssize_t>(command.input.size()));
  ::posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
  constexpr int kCreate = O_WRONLY | O_CREAT | O_APPEND;
  if (output_file.empty()) {
    REQUIRE(::pipe2(pipe.data(), O_CLOEXEC) == 0);
    constexpr int kPipeBytes = 1 << 20;
    ::fcntl(pipe[1], F_SETPIPE_SZ, kPipeBytes);
    ::posix_spawn_file_actions_adddup2(&actions, pipe[1], STDOUT_FILENO);
  } else {
    ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output_file.c_str(), kCreate, 0600);
  }
  ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, error_file.c_str(), kCreate, 0600);
  std::vector<std::string> arguments = Wrapped(command);
  std::vector<std::string> environment;
  for (const auto& [name, value] : command.environment) environment.push_back(name + "=" + value);
  const int failed = ::posix_spawn(&pid_, arguments.front().c_str(), &actions, nullptr,
                                   Pointers(arguments).data(), Pointers(environment).data());
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(input);
  if (pipe[1] >= 0) ::close(pipe[1]);
  pipe_ = pipe[0];
  INFO(command.arguments.front());
  REQUIRE(failed == 0);
  pidfd_ = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
  REQUIRE(pidfd_ >= 0);
}

Process::~Process() {
  if (!exit_) {
    ::kill(pid_, SIGKILL);
    Wait(absl::Seconds(10));
  }
  ::close(pidfd_);
  if (pipe_ >= 0) ::close(pipe_);
}

bool Process::WaitForOutput(const std::function<bool(const std::string&)>& enough,
                            absl::Duration limit) {
  const absl::Time until = absl::Now() + limit;
  while (!enough(output_)) {
    pollfd wait{.fd = pipe_, .events = POLLIN, .revents = 0};
    if (::poll(&wait, 1, PollMilliseconds(until)) <= 0) return false;
    std::array<char, 4096> buffer;
    const ssize_t got = ::read(pipe_, buffer.data(), buffer.size());
    if (got <= 0) return false;
    output_.append(buffer.data(), static_cast<size_t>(got));
  }
  return true;
}

void Process::Signal(int number) const {
  ::kill(pid_, number);
}

std::optional<int> Process::Wait(absl::Duration limit) {
  if (exit_) return exit_;
  pollfd wait{.fd = pidfd_, .events = POLLIN, .revents = 0};
  if (::poll(&wait, 1, PollMilliseconds(absl::Now() + limit)) <= 0) return std::nullopt;
  int status = 0;
  if (::waitpid(pid_, &status, 0) != pid_) return std::nullopt;
  exit_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return exit_;
}

Exit Run(const Command& command, absl::Duration limit) {
  const TempDir dir;
  WriteFile(dir.File("out"), "");
  WriteFile(dir.File("err"), "");
  Process process(command, dir.File("err"), dir.File("out"));
  const std::optional<int> code = process.Wait(limit);
  Exit exit{.code = code.value_or(-1),
            .out = ReadFile(dir.File("out")),
            .err = ReadFile(dir.File("err"))};
  if (!code) FAIL(command.arguments.front() << " still runs after " << limit << "\n" << exit.err);
  return exit;
}

void WaitUntil(absl::Time time) {
  while (absl::Now() < time) ::poll(nullptr, 0, PollMilliseconds(time));
}

}  // namespace tocsin::e2e
