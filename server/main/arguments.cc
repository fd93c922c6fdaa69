#include "server/main/arguments.h"

#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"

namespace tocsin::server {
namespace {

absl::Status BadUsage(const std::string& message) {
  return InvalidArgument("USAGE", message, "See tocsind --help.");
}

std::string Suggestion(const std::string& word, const std::vector<std::string>& known) {
  const std::string nearest = NearestWord(word, known);
  return nearest.empty() ? "" : absl::StrCat("; did you mean '", nearest, "'?");
}

// Reads "--name VALUE" and "--name=VALUE" into the targets.
absl::Status ReadOptions(const std::vector<std::string>& words, size_t first,
                         const std::map<std::string, std::string*>& targets) {
  std::vector<std::string> known;
  for (const auto& [name, target] : targets) known.push_back(name);
  for (size_t i = first; i < words.size(); ++i) {
    const size_t equals = words[i].find('=');
    const std::string name = words[i].substr(0, equals);
    const auto found = targets.find(name);
    if (found == targets.end()) {
      return BadUsage(absl::StrCat("unknown argument '", name, "'", Suggestion(name, known)));
    }
    if (!found->second->empty()) return BadUsage(absl::StrCat(name, " is given twice"));
    if (equals != std::string::npos) {
      *found->second = words[i].substr(equals + 1);
    } else if (i + 1 < words.size() && words[i + 1].rfind("--", 0) != 0) {
      *found->second = words[++i];
    }
    if (found->second->empty()) return BadUsage(absl::StrCat(name, " needs a value"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Arguments> ParseArguments(const std::vector<std::string>& words) {
  Arguments arguments;
  if (words.empty()) return BadUsage("no command");
  const std::string& verb = words.front();
  if (verb == "--version" || verb == "version") {
    arguments.verb = Verb::kVersion;
    return arguments;
  }
  if (verb == "--help" || verb == "-h" || verb == "help") return arguments;
  if (verb == "serve") {
    arguments.verb = Verb::kServe;
    TOCSIN_RETURN_IF_ERROR(ReadOptions(words, 1,
                                       {{"--config", &arguments.config_file},
                                        {"--data", &arguments.data},
                                        {"--library", &arguments.library},
                                        {"--listen", &arguments.listen}}));
    if (arguments.data.empty()) {
      return BadUsage("serve needs --data DIR: the folder where everything is stored");
    }
    return arguments;
  }
  if (verb == "check-config") {
    arguments.verb = Verb::kCheckConfig;
    TOCSIN_RETURN_IF_ERROR(ReadOptions(
        words, 1, {{"--config", &arguments.config_file}, {"--library", &arguments.library}}));
    if (arguments.config_file.empty()) return BadUsage("check-config needs --config FILE");
    return arguments;
  }
  if (verb == "check-library") {
    arguments.verb = Verb::kCheckLibrary;
    TOCSIN_RETURN_IF_ERROR(ReadOptions(words, 1, {{"--library", &arguments.library}}));
    return arguments;
  }
  return BadUsage(absl::StrCat(
      "unknown command '", verb, "'",
      Suggestion(verb, {"serve", "check-config", "check-library", "--version", "--help"})));
}

absl::StatusOr<config::Config> MakeConfig(const Arguments& arguments) {
  config::Config config;
  if (!arguments.config_file.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(config, config::ReadConfigFile(arguments.config_file));
  }
  config.data_directory = arguments.data;
  if (!arguments.listen.empty()) config.listen = arguments.listen;
  if (!arguments.library.empty()) config.library_directory = arguments.library;
  return config;
}

std::string Usage() {
  return "tocsind: the incident response coordination server\n"
         "\n"
         "  tocsind serve --data DIR [--listen HOST:PORT] [--library DIR] [--config FILE]\n"
         "      Serves until SIGTERM. An empty DIR is set up first: keys, certificates and the\n"
         "      organisation \"default\"; the enrolment code of its admin is printed once.\n"
         "      --listen   default 127.0.0.1:7443; port 0 takes a free one (see DIR/endpoint)\n"
         "      --library  folder with regimes/, incidents/, calendars/, forms/; default: the "
         "one that came along\n"
         "  tocsind check-config --config FILE [--library DIR]\n"
         "      Says OK, or what is wrong at which line and column.\n"
         "  tocsind check-library [--library DIR]\n"
         "      Reads every rule pack, playbook, calendar, list of authorities and form, and runs "
         "the\n"
         "      tests of the playbooks; says how many there are, or which file is wrong at which\n"
         "      line and column.\n"
         "  tocsind --version\n"
         "\n"
         "Exit codes: 0 done, 1 failed, 2 wrong command line or configuration.\n";
}

}  // namespace tocsin::server
