// tocsind: the server. Command line in, exit code out; the work is in serve.cc.
#include <cstdio>
#include <string>
#include <vector>

#include "server/base/error.h"
#include "server/main/arguments.h"
#include "server/main/bootstrap.h"
#include "server/main/serve.h"
#include "server/runtime/clock.h"

namespace {

constexpr int kFailed = 1;
constexpr int kUsage = 2;

int Report(const absl::Status& status) {
  if (status.ok()) return 0;
  std::fprintf(stderr, "tocsind: %s\n", std::string(status.message()).c_str());
  const std::string next = tocsin::NextStepOf(status);
  if (!next.empty()) std::fprintf(stderr, "next: %s\n", next.c_str());
  return absl::IsInvalidArgument(status) ? kUsage : kFailed;
}

int CheckConfig(const tocsin::config::Config& config, const tocsin::app::Library& library) {
  tocsin::runtime::SystemClock clock;
  const auto report = tocsin::server::RegimeReport(config, library, clock.Now());
  if (report.ok()) std::fputs(report->c_str(), stdout);
  absl::Status status = report.status();
  if (status.ok()) status = tocsin::server::CheckOrganisations(config, library, clock.Now());
  if (!status.ok()) {
    Report(status);
    return kUsage;
  }
  std::puts("OK");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  using tocsin::server::Verb;
  const auto arguments = tocsin::server::ParseArguments({argv + 1, argv + argc});
  if (!arguments.ok()) return Report(arguments.status());
  switch (arguments->verb) {
    case Verb::kHelp:
      std::fputs(tocsin::server::Usage().c_str(), stdout);
      return 0;
    case Verb::kVersion:
      std::printf("tocsind %s\n", tocsin::server::Version());
      return 0;
    case Verb::kServe:
    case Verb::kCheckConfig:
    case Verb::kCheckLibrary:
      break;
  }
  const auto config = tocsin::server::MakeConfig(*arguments);
  if (!config.ok()) {
    Report(config.status());
    return kUsage;
  }
  if (arguments->verb == Verb::kServe) return Report(tocsin::server::Serve(*config));
  const auto library = tocsin::server::LoadLibrary(*config);
  if (!library.ok()) return Report(library.status());
  if (arguments->verb == Verb::kCheckLibrary) {
    const auto failed = library->RunPlaybookTests();
    if (!failed.ok()) return Report(failed.status());
    for (const absl::Status& problem : *failed) Report(problem);
    if (!failed->empty()) return kFailed;
    std::printf("OK: %s\n", library->Summary().c_str());
    return 0;
  }
  return CheckConfig(*config, *library);
}
