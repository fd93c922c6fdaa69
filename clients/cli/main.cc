// `tocsin`: wires the command line to the terminal and the environment.
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "clients/cli/command.h"
#include "clients/core/interrupt.h"
#include "clients/core/system_clock.h"

namespace tocsin::cli {
namespace {

size_t TerminalWidth() {
  constexpr size_t kDefault = 80;
  winsize size{};
  for (const int file : {STDOUT_FILENO, STDERR_FILENO}) {
    if (::ioctl(file, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  }
  return kDefault;
}

Surroundings ThisProcess() {
  Surroundings surroundings;
  surroundings.out_is_terminal = ::isatty(STDOUT_FILENO) == 1;
  surroundings.err_is_terminal = ::isatty(STDERR_FILENO) == 1;
  surroundings.in_is_terminal = ::isatty(STDIN_FILENO) == 1;
  surroundings.width = TerminalWidth();
  surroundings.environment = [](const std::string& name) -> std::optional<std::string> {
    const char* value = ::getenv(name.c_str());
    if (value == nullptr) return std::nullopt;
    return value;
  };
  // What people state about "now" or "10 minutes ago" is not meant to the nanosecond.
  surroundings.now = [] { return absl::FromUnixSeconds(absl::ToUnixSeconds(client::SystemNow())); };
  return surroundings;
}

int Main(int argc, char** argv) {
  // gRPC would print its own lines between ours; what matters of them is in the error message.
  ::setenv("GRPC_VERBOSITY", "NONE", /*overwrite=*/0);
  client::EndOnInterrupt();
  const Surroundings surroundings = ThisProcess();
  return RunCommandLine(surroundings, std::vector<std::string>(argv + 1, argv + argc));
}

}  // namespace
}  // namespace tocsin::cli

int main(int argc, char** argv) {
  return tocsin::cli::Main(argc, argv);
}
