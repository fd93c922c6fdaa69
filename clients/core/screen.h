// The whole terminal as a screen that is drawn again and again, and given back as it was however
// the program ends. A frame is one write, so that nothing flickers.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace tocsin::client {

struct ScreenSize {
  size_t rows = 24;
  size_t columns = 80;
};

/// The size of the terminal that standard output is; 80x24 when it does not say.
ScreenSize TerminalSize();

/// Standard output as a full screen; keys are read from standard input without being shown. At most
/// one exists at a time. Not thread-safe.
class Screen {
 public:
  /// Switches to the alternate screen and hides the cursor.
  Screen();
  ~Screen();
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  /// Shows these lines from the top; they must be safe for a terminal and fit. Nothing is written
  /// when it is the frame already shown at this size. False when the terminal is gone.
  bool Draw(const std::vector<std::string>& lines, const ScreenSize& size);
  /// The next key that was pressed; 0 when none was. Does not wait.
  char ReadKey();

 private:
  std::vector<std::string> shown_;
  ScreenSize size_;
};

/// Gives the terminal back as it was before the Screen. For signal handlers and the destructor;
/// does nothing when there is no Screen. Async-signal-safe.
void RestoreTerminal();

}  // namespace tocsin::client
