#include "clients/cli/ssh_signature.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "server/base/error.h"

extern char** environ;

namespace tocsin::cli {
namespace {

absl::Status NotMade(const std::string& what) {
  return Error(absl::StatusCode::kInternal, "SIGNATURE_NOT_MADE",
               absl::StrCat("the document is written, but not signed: ", what),
               "sign it yourself: ssh-keygen -Y sign -f KEY -n file FILE");
}

// All that comes out of `pipe` until its other end closes.
std::string ReadAll(int pipe) {
  std::string text;
  std::array<char, 4096> piece{};
  for (;;) {
    const ssize_t got = ::read(pipe, piece.data(), piece.size());
    if (got > 0) text.append(piece.data(), static_cast<size_t>(got));
    if (got == 0 || (got < 0 && errno != EINTR)) return text;
  }
}

}  // namespace

absl::StatusOr<std::string> SignFile(const std::string& file, const std::string& key) {
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) return NotMade("no pipe could be made");
  absl::Cleanup close_read = [&] { ::close(pipe[0]); };
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  absl::Cleanup destroy = [&] { posix_spawn_file_actions_destroy(&actions); };
  // From a pipe to a pipe, ssh-keygen writes no file and asks nothing about one that exists.
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, file.c_str(), O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, pipe[1], STDOUT_FILENO);
  std::vector<std::string> words = {"ssh-keygen", "-Y", "sign", "-f", key, "-n", "file"};
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t child = 0;
  const int code =
      ::posix_spawnp(&child, "ssh-keygen", &actions, nullptr, arguments.data(), environ);
  ::close(pipe[1]);
  if (code != 0) return NotMade("ssh-keygen is not installed");
  std::string signature = ReadAll(pipe[0]);
  int state = 0;
  while (::waitpid(child, &state, 0) < 0 && errno == EINTR) {
  }
  const bool good = WIFEXITED(state) && WEXITSTATUS(state) == 0 &&
                    signature.rfind("-----BEGIN SSH SIGNATURE-----", 0) == 0;
  if (!good) return NotMade("ssh-keygen refused");
  return signature;
}

}  // namespace tocsin::cli
