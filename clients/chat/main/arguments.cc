#include "clients/chat/main/arguments.h"

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/text.h"
#include "server/base/view.h"

namespace tocsin::chat {
namespace {

absl::Status BadUsage(std::string_view message, std::string_view next = "See tocsin-chat --help.") {
  return InvalidArgument("USAGE", message, next);
}

absl::StatusOr<Verb> ReadVerb(const std::string& word) {
  if (word == "run") return Verb::kRun;
  if (word == "check-config") return Verb::kCheckConfig;
  if (word == "enrol") return Verb::kEnrol;
  if (word == "version" || word == "--version") return Verb::kVersion;
  if (word == "help" || word == "--help" || word == "-h") return Verb::kHelp;
  const std::string nearest = NearestWord(word, {"run", "check-config", "enrol"});
  return BadUsage(ToStd(absl::StrCat("there is no verb '", word, "'")),
                  nearest.empty() ? std::string("See tocsin-chat --help.")
                                  : absl::StrCat("Did you mean '", nearest, "'?"));
}

}  // namespace

std::string Usage() {
  return "tocsin-chat: runs incidents from chat rooms\n"
         "\n"
         "  tocsin-chat check-config FILE        checks the configuration and says what it means\n"
         "  tocsin-chat enrol --config FILE --fingerprint SHA256:… [--code CODE]\n"
         "                                       makes the bot known to the server; the code "
         "comes\n"
         "                                       from standard input unless it is given\n"
         "  tocsin-chat run --config FILE        runs until it is told to stop\n"
         "  tocsin-chat --version\n"
         "\n"
         "docs/chat.md says how it is set up, and what it does and does not do.\n";
}

absl::StatusOr<Arguments> ParseArguments(const std::vector<std::string>& words) {
  Arguments arguments;
  if (words.empty()) return arguments;
  absl::StatusOr<Verb> verb = ReadVerb(words[0]);
  if (!verb.ok()) return verb.status();
  arguments.verb = *verb;
  for (size_t i = 1; i < words.size(); ++i) {
    std::string* value = nullptr;
    if (words[i] == "--config") {
      value = &arguments.config_file;
    } else if (words[i] == "--code" && *verb == Verb::kEnrol) {
      value = &arguments.code;
    } else if (words[i] == "--fingerprint" && *verb == Verb::kEnrol) {
      value = &arguments.fingerprint;
    } else if (!words[i].starts_with('-') && arguments.config_file.empty()) {
      arguments.config_file = words[i];
      continue;
    } else {
      return BadUsage(absl::StrCat("'", words[i], "' is not understood").c_str());
    }
    if (i + 1 == words.size()) return BadUsage(absl::StrCat(words[i], " needs a value").c_str());
    *value = words[++i];
  }
  const bool needs_config = *verb != Verb::kVersion && *verb != Verb::kHelp;
  if (needs_config && arguments.config_file.empty()) {
    return BadUsage("the configuration file is missing", "Add --config FILE.");
  }
  if (*verb == Verb::kEnrol && arguments.fingerprint.empty()) {
    return BadUsage("enrol needs --fingerprint",
                    "Add --fingerprint SHA256:… as the server printed it at its first start.");
  }
  return arguments;
}

}  // namespace tocsin::chat
