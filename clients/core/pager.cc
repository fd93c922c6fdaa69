#include "clients/core/pager.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "absl/strings/str_split.h"
#include "clients/core/terminal_text.h"
#include "server/base/view.h"

namespace tocsin::client {
namespace {

// Of sh(1): the command was not found, or is none.
constexpr int kNotRun = 126;

// While the pager has the terminal, its signals are the pager's.
class Ignored {
 public:
  explicit Ignored(int number) : number_(number) {
    struct sigaction ignore {};
    ignore.sa_handler = SIG_IGN;
    ::sigaction(number_, &ignore, &former_);
  }
  ~Ignored() { ::sigaction(number_, &former_, nullptr); }
  Ignored(const Ignored&) = delete;
  Ignored& operator=(const Ignored&) = delete;

 private:
  int number_;
  struct sigaction former_ {};
};

// A pager that is left before the end reads no more: that is no error.
void Feed(int pipe, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(pipe, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    text.remove_prefix(static_cast<size_t>(written));
  }
}

// Width of a line without the colours that Paint puts around texts.
size_t WidthWithoutColours(std::string_view line) {
  size_t width = 0;
  while (!line.empty()) {
    const size_t escape = line.find('\x1b');
    width += DisplayWidth(line.substr(0, escape));
    if (escape == std::string_view::npos) break;
    const size_t end = line.find('m', escape);
    line.remove_prefix(end == std::string_view::npos ? line.size() : end + 1);
  }
  return width;
}

}  // namespace

std::string PagerCommand(const Environment& environment) {
  if (environment("TERM").value_or("dumb") == "dumb") return "";
  for (const char* name : {"TOCSIN_PAGER", "PAGER"}) {
    if (const auto set = environment(name)) return *set == "cat" ? "" : *set;
  }
  return "less";
}

size_t RowsOf(std::string_view text, size_t columns) {
  size_t rows = 0;
  for (const absl::string_view line : absl::StrSplit(ToAbsl(text), '\n')) {
    const size_t width = WidthWithoutColours(ToStd(line));
    rows += columns == 0 || width == 0 ? 1 : (width + columns - 1) / columns;
  }
  // What follows the last line feed is no line.
  return !text.empty() && text.back() == '\n' ? rows - 1 : rows;
}

bool ShowInPager(const std::string& command, std::string_view text) {
  int pipe[2];
  if (::pipe2(pipe, O_CLOEXEC) != 0) return false;
  const Ignored interrupt(SIGINT);
  const Ignored broken_pipe(SIGPIPE);
  const pid_t child = ::fork();
  if (child == 0) {
    ::signal(SIGINT, SIG_DFL);
    ::signal(SIGPIPE, SIG_DFL);
    ::dup2(pipe[0], STDIN_FILENO);
    // Ends by itself when all fits, lets colours through, leaves the text on the screen.
    ::setenv("LESS", "FRX", /*overwrite=*/0);
    ::execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
    ::_exit(kNotRun);
  }
  ::close(pipe[0]);
  if (child > 0) Feed(pipe[1], text);
  ::close(pipe[1]);
  if (child < 0) return false;
  int state = 0;
  while (::waitpid(child, &state, 0) < 0 && errno == EINTR) {
  }
  return !WIFEXITED(state) || WEXITSTATUS(state) < kNotRun;
}

}  // namespace tocsin::client
