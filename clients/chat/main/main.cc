// `tocsin-chat`: command line in, exit code out; the work is in run.cc.
#include <signal.h>
#include <stdlib.h>

#include <cstdio>
#include <iostream>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "clients/chat/main/arguments.h"
#include "clients/chat/main/config.h"
#include "clients/chat/main/run.h"
#include "clients/core/errors.h"
#include "server/base/error.h"

namespace tocsin::chat {
namespace {

int Report(const absl::Status& status) {
  if (status.ok()) return 0;
  std::fprintf(stderr, "tocsin-chat: %s\n", std::string(status.message()).c_str());
  if (const std::string next = NextStepOf(status); !next.empty()) {
    std::fprintf(stderr, "next: %s\n", next.c_str());
  }
  return static_cast<int>(client::ExitCodeOf(status));
}

// Every thread inherits it: the signals are waited for in one place.
void BlockSignals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
}

absl::Status EnrolWith(const Config& config, const Arguments& arguments) {
  std::string code = arguments.code;
  if (code == "-") std::getline(std::cin, code);
  code = std::string(absl::StripAsciiWhitespace(code));
  return Enrol(config, code, arguments.fingerprint);
}

int Main(const std::vector<std::string>& words) {
  ::setenv("GRPC_VERBOSITY", "NONE", /*overwrite=*/0);
  // Calls that fail at once leave nobody who drives a handshake on, and attempts time out before
  // the channel's own look after them, every five seconds: it would not find a server that is back.
  ::setenv("GRPC_CLIENT_CHANNEL_BACKUP_POLL_INTERVAL_MS", "50", /*overwrite=*/0);
  const absl::StatusOr<Arguments> arguments = ParseArguments(words);
  if (!arguments.ok()) return Report(arguments.status());
  if (arguments->verb == Verb::kHelp) {
    std::fputs(Usage().c_str(), stdout);
    return 0;
  }
  if (arguments->verb == Verb::kVersion) {
    std::puts("tocsin-chat " TOCSIN_VERSION);
    return 0;
  }
  const absl::StatusOr<Config> config = ReadConfigFile(arguments->config_file);
  if (!config.ok()) return Report(config.status());
  switch (arguments->verb) {
    case Verb::kCheckConfig:
      std::fputs(Describe(*config).c_str(), stdout);
      std::puts("OK");
      return 0;
    case Verb::kEnrol: {
      const int code = Report(EnrolWith(*config, *arguments));
      if (code == 0) std::puts("enrolled");
      return code;
    }
    case Verb::kRun:
      BlockSignals();
      return Report(Run(*config));
    case Verb::kVersion:
    case Verb::kHelp:
      break;
  }
  return 0;
}

}  // namespace
}  // namespace tocsin::chat

int main(int argc, char** argv) {
  return tocsin::chat::Main({argv + 1, argv + argc});
}
