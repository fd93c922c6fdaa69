// `tocsin`: wires the command line to the terminal and the environment.
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "clients/cli/command.h"
#include "clients/core/interrupt.h"
#include "clients/core/pager.h"
#include "clients/core/system_clock.h"

namespace tocsin::cli {
namespace {

void MeasureTerminal(Surroundings& surroundings) {
  winsize size{};
  for (const int file : {STDOUT_FILENO, STDERR_FILENO}) {
    if (::ioctl(file, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) continue;
    surroundings.width = size.ws_col;
    surroundings.height = size.ws_row;
    return;
  }
}

Surroundings ThisProcess() {
  Surroundings surroundings;
  surroundings.out_is_terminal = ::isatty(STDOUT_FILENO) == 1;
  surroundings.err_is_terminal = ::isatty(STDERR_FILENO) == 1;
  surroundings.in_is_terminal = ::isatty(STDIN_FILENO) == 1;
  MeasureTerminal(surroundings);
  surroundings.environment = [](const std::string& name) -> std::optional<std::string> {
    const char* value = ::getenv(name.c_str());
    if (value == nullptr) return std::nullopt;
    return value;
  };
  if (const std::string pager = client::PagerCommand(surroundings.environment); !pager.empty()) {
    surroundings.page = [pager](const std::string& text) {
      return client::ShowInPager(pager, text);
    };
  }
  // What people state about "now" or "10 minutes ago" is not meant to the nanosecond.
  surroundings.now = [] { return absl::FromUnixSeconds(absl::ToUnixSeconds(client::SystemNow())); };
  return surroundings;
}

int Main(int argc, char** argv) {
  // gRPC would print its own lines between ours; what matters of them is in the error message.
  ::setenv("GRPC_VERBOSITY", "NONE", /*overwrite=*/0);
  // A limit on the size of files is an error to be told, as a full disk is.
  ::signal(SIGXFSZ, SIG_IGN);
  client::EndOnInterrupt();
  const Surroundings surroundings = ThisProcess();
  return RunCommandLine(surroundings, std::vector<std::string>(argv + 1, argv + argc));
}

}  // namespace
}  // namespace tocsin::cli

int main(int argc, char** argv) {
  return tocsin::cli::Main(argc, argv);
}
