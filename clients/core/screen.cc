#include "clients/core/screen.h"

#include <errno.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <atomic>
#include <string_view>

#include "absl/strings/str_cat.h"

namespace tocsin::client {
namespace {

constexpr std::string_view kEnter = "\x1b[?1049h\x1b[?25l\x1b[2J";
constexpr std::string_view kLeave = "\x1b[?25h\x1b[?1049l";
// Terminals that know it show what lies between in one go; others ignore it.
constexpr std::string_view kBeginFrame = "\x1b[?2026h";
constexpr std::string_view kEndFrame = "\x1b[?2026l";

// Read by the signal handler; written before `active` is set.
termios saved_keys{};
bool keys_are_saved = false;
std::atomic<bool> active{false};
static_assert(std::atomic<bool>::is_always_lock_free);

bool WriteAll(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(STDOUT_FILENO, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

}  // namespace

ScreenSize TerminalSize() {
  ScreenSize size;
  winsize found{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &found) == 0 && found.ws_row > 0 && found.ws_col > 0) {
    size = {.rows = found.ws_row, .columns = found.ws_col};
  }
  return size;
}

Screen::Screen() {
  keys_are_saved = ::tcgetattr(STDIN_FILENO, &saved_keys) == 0;
  if (keys_are_saved) {
    termios keys = saved_keys;
    keys.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    keys.c_cc[VMIN] = 0;
    keys.c_cc[VTIME] = 0;
    keys.c_cc[VSUSP] = _POSIX_VDISABLE;  // stopped, it would leave its screen to the shell
    ::tcsetattr(STDIN_FILENO, TCSANOW, &keys);
  }
  active.store(true);
  WriteAll(kEnter);
}

Screen::~Screen() {
  RestoreTerminal();
}

bool Screen::Draw(const std::vector<std::string>& lines, const ScreenSize& size) {
  const bool resized = size.rows != size_.rows || size.columns != size_.columns;
  if (!resized && lines == shown_) return true;
  std::string frame(kBeginFrame);
  if (resized) frame += "\x1b[2J";
  for (size_t i = 0; i < size.rows; ++i) {
    const bool same = !resized && i < shown_.size() && i < lines.size() && shown_[i] == lines[i];
    if (same) continue;
    absl::StrAppend(&frame, "\x1b[", i + 1, ";1H", i < lines.size() ? lines[i] : "", "\x1b[K");
  }
  frame += kEndFrame;
  shown_ = lines;
  size_ = size;
  return WriteAll(frame);
}

char Screen::ReadKey() {
  char key = 0;
  return keys_are_saved && ::read(STDIN_FILENO, &key, 1) == 1 ? key : '\0';
}

void RestoreTerminal() {
  if (!active.exchange(false)) return;
  WriteAll(kLeave);
  if (keys_are_saved) ::tcsetattr(STDIN_FILENO, TCSANOW, &saved_keys);
}

}  // namespace tocsin::client
