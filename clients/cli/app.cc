#include "clients/cli/app.h"

#include <algorithm>
#include <sstream>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "clients/cli/complete.h"
#include "clients/cli/help_pages.h"
#include "clients/core/request_id.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"

namespace tocsin::cli {
namespace {

constexpr char kFooter[] =
    "Text needs no quotes; after -- words may begin with a dash. '-' reads standard input.\n"
    "WHEN is 10:42, -20m, '20m ago', now, 2026-06-10T10:42:00+02:00 or '2026-06-10 "
    "10:42[Europe/Brussels]'.\n"
    "More: tocsin help VERB; tocsin help exit-codes, environment, times, offline.";

bool HasNoChildren(const CLI::App* app) {
  return app->get_subcommands([](const CLI::App*) { return true; }).empty();
}

// "tocsin deadlines explain".
std::string PathOf(const CLI::App* app) {
  std::string path = app->get_name();
  for (const CLI::App* above = app->get_parent(); above != nullptr; above = above->get_parent()) {
    path = absl::StrCat(above->get_name(), " ", path);
  }
  return path;
}

std::vector<std::string> NamesOf(const CLI::App* app) {
  std::vector<std::string> names;
  for (const CLI::App* child : app->get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(child->get_name());
  }
  return names;
}

// The long flags of a verb and of everything above it.
std::vector<std::string> FlagsOf(const CLI::App* app) {
  std::vector<std::string> names;
  for (; app != nullptr; app = app->get_parent()) {
    for (const CLI::Option* option : app->get_options()) {
      for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    }
  }
  return names;
}

// A flag that `verb` does not have but nearly; empty when there is none such among the arguments.
std::string NearestFlag(const CLI::App* verb, const std::vector<std::string>& arguments) {
  const std::vector<std::string> known = FlagsOf(verb);
  for (const std::string& word : arguments) {
    const std::string flag = word.substr(0, word.find('='));
    if (flag == "--") break;
    if (!absl::StartsWith(flag, "--")) continue;
    if (std::find(known.begin(), known.end(), flag) != known.end()) continue;
    if (std::string nearest = NearestWord(flag, known); !nearest.empty()) return nearest;
  }
  return "";
}

absl::Status UsageError(std::string_view reason, const std::string& message,
                        const std::string& next) {
  return InvalidArgument(reason, message, next);
}

const CLI::App* Deepest(const CLI::App* app) {
  for (;;) {
    const std::vector<CLI::App*> chosen = const_cast<CLI::App*>(app)->get_subcommands();
    if (chosen.empty()) return app;
    app = chosen.back();
  }
}

}  // namespace

CLI::Option* AddWordsFlag(CLI::App* verb, const std::string& flag, std::vector<std::string>& words,
                          const std::string& description) {
  return verb->add_option(flag, words, description)->type_name("TEXT...");
}

CLI::Option* AddWords(CLI::App* verb, const std::string& name, std::vector<std::string>& words,
                      const std::string& description) {
  return verb->add_option(name, words, description)->type_name("TEXT...");
}

Program::Program(const Surroundings& surroundings)
    : surroundings_(surroundings),
      app_("Coordinates the response to security incidents: timeline, playbooks, legal deadlines.",
           "tocsin") {
  app_.fallthrough();
  app_.require_subcommand(0, 1);
  app_.set_version_flag("--version", std::string("tocsin ") + TOCSIN_VERSION);
  app_.footer(kFooter);
  AddGlobalOptions();
  AddHelp();
}

void Program::AddGlobalOptions() {
  app_.add_option("-o,--output", output_, "table, wide, json, jsonl, yaml or id")
      ->capture_default_str();
  app_.add_option("--incident", options_.incident, "Incident, instead of the one in use");
  app_.add_option("--request-id", options_.request_id,
                  "UUID of this change; repeating it records nothing twice");
  app_.add_option("--context", options_.context, "Named context of the configuration");
  app_.add_option("--server", options_.server, "HOST:PORT, instead of the context's");
  app_.add_option("--colour,--color", options_.colour, "auto, always or never")
      ->capture_default_str();
}

void Program::AddHelp() {
  const std::string topics = absl::StrJoin(HelpTopics(), ", ");
  CLI::App* help = AddVerb("help", absl::StrCat("Shows help for a verb, or on a topic: ", topics),
                           "tocsin help\ntocsin help deadlines explain\ntocsin help exit-codes\n"
                           "tocsin help --man > tocsin.1");
  struct HelpFlags {
    std::vector<std::string> topic;
    bool man = false;
  };
  auto flags = std::make_shared<HelpFlags>();
  help->add_option("TOPIC", flags->topic, absl::StrCat("Verb, ", topics));
  help->add_flag("--man", flags->man, "The manual page of all verbs, for man(1)");
  OnRun(help, [this, flags](Session& session) -> absl::StatusOr<ExitCode> {
    const std::string text =
        flags->man ? ManPage(app_, TOCSIN_VERSION) : HelpOn(absl::StrJoin(flags->topic, " "));
    session.UsePager();
    if (!text.empty()) {
      session.out() << text;
      return ExitCode::kOk;
    }
    const CLI::App* found = &app_;
    for (const std::string& word : flags->topic) {
      std::vector<std::string> names = NamesOf(found);
      if (std::find(names.begin(), names.end(), word) == names.end()) {
        for (const std::string& topic : HelpTopics()) {
          if (found == &app_) names.push_back(topic);
        }
        const std::string nearest = NearestWord(word, names);
        return UsageError("UNKNOWN_TOPIC", absl::StrCat("there is no help on '", word, "'"),
                          nearest.empty() ? std::string("tocsin help")
                                          : absl::StrCat("Did you mean: tocsin help ", nearest));
      }
      found = found->get_subcommand(word);
    }
    // CLI11 shows the help of a parsed subcommand, which here is `help` itself; the formatter does
    // not.
    session.out() << found->get_formatter()->make_help(found, PathOf(found),
                                                       CLI::AppFormatMode::Normal)
                  << "\n";
    return ExitCode::kOk;
  });
}

CLI::App* Program::AddChild(CLI::App* parent, const std::string& name,
                            const std::string& description, const std::string& examples) {
  CLI::App* child = parent->add_subcommand(name, description);
  if (!examples.empty()) {
    std::string footer = "Examples:";
    for (absl::string_view line : absl::StrSplit(examples, '\n')) {
      absl::StrAppend(&footer, "\n  ", line);
    }
    child->footer(footer);
  } else {
    child->footer("");
  }
  return child;
}

CLI::App* Program::AddVerb(const std::string& name, const std::string& description,
                           const std::string& examples) {
  return AddChild(&app_, name, description, examples);
}

CLI::App* Program::AddNoun(const std::string& name, const std::string& description,
                           const std::string& examples) {
  return AddChild(&app_, name, description, examples);
}

CLI::App* Program::AddVerb(CLI::App* noun, const std::string& name, const std::string& description,
                           const std::string& examples) {
  return AddChild(noun, name, description, examples);
}

void Program::OnRun(CLI::App* verb, Run run) {
  runs_[verb] = std::move(run);
}

// CLI11 answers a mistyped verb with "a subcommand is required"; this finds the word that is wrong.
absl::Status Program::CheckVerbs(const std::vector<std::string>& arguments) const {
  const CLI::App* app = &app_;
  for (size_t i = 0; i < arguments.size() && !HasNoChildren(app); ++i) {
    const std::string& word = arguments[i];
    if (word == "--") break;
    if (absl::StartsWith(word, "-")) {
      const CLI::Option* option = app_.get_option_no_throw(word.substr(0, word.find('=')));
      const bool takes_value = option != nullptr && option->get_expected_max() > 0;
      if (takes_value && !absl::StrContains(word, "=")) ++i;
      continue;
    }
    const std::vector<std::string> names = NamesOf(app);
    if (std::find(names.begin(), names.end(), word) != names.end()) {
      app = app->get_subcommand(word);
      continue;
    }
    const std::string nearest = NearestWord(word, names);
    const std::string path = PathOf(app);
    return UsageError("UNKNOWN_VERB", absl::StrCat("'", path, "' has no verb '", word, "'"),
                      nearest.empty() ? absl::StrCat(path, " --help")
                                      : absl::StrCat("Did you mean: ", path, " ", nearest));
  }
  return absl::OkStatus();
}

absl::StatusOr<const CLI::App*> Program::Parse(const std::vector<std::string>& arguments) {
  TOCSIN_RETURN_IF_ERROR(CheckVerbs(arguments));
  try {
    std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());  // as CLI11 wants it
    app_.parse(std::move(reversed));
  } catch (const CLI::Success& wanted) {  // --help, --version
    std::ostringstream unused;
    app_.exit(wanted, *surroundings_.out, unused);
    return nullptr;
  } catch (const CLI::ParseError& error) {
    const CLI::App* verb = Deepest(&app_);
    const std::string nearest = NearestFlag(verb, arguments);
    const std::string next = nearest.empty() ? absl::StrCat(PathOf(verb), " --help")
                                             : absl::StrCat("Did you mean: ", nearest);
    return UsageError("USAGE", error.what(), next);
  }
  const CLI::App* verb = Deepest(&app_);
  if (runs_.find(verb) == runs_.end()) {
    return UsageError(
        "NO_VERB",
        absl::StrCat("say what to do: ", PathOf(verb), " ", absl::StrJoin(NamesOf(verb), "|")),
        absl::StrCat(PathOf(verb), " --help"));
  }
  return verb;
}

int Program::Fail(const absl::Status& status) {
  surroundings_.out->flush();
  *surroundings_.err << client::ErrorText(status) << std::flush;
  return static_cast<int>(client::ExitCodeOf(status));
}

int Program::Main(const std::vector<std::string>& arguments) {
  // Not a verb: what the shell hands over is no command line yet.
  if (!arguments.empty() && arguments[0] == kCompleteWord) {
    *surroundings_.out << Complete(app_, surroundings_, {arguments.begin() + 1, arguments.end()})
                       << std::flush;
    return static_cast<int>(ExitCode::kOk);
  }
  const absl::StatusOr<const CLI::App*> verb = Parse(arguments);
  if (!verb.ok()) return Fail(verb.status());
  if (*verb == nullptr) return static_cast<int>(ExitCode::kOk);
  const auto output = client::ParseOutputFormat(output_);
  if (!output) {
    return Fail(UsageError("UNKNOWN_OUTPUT",
                           absl::StrCat("'-o ", output_, "' is not an output form"),
                           "Use -o table, wide, json, jsonl, yaml or id."));
  }
  options_.output = *output;
  if (options_.colour != "auto" && options_.colour != "always" && options_.colour != "never") {
    return Fail(UsageError("UNKNOWN_COLOUR", absl::StrCat("--colour ", options_.colour, "?"),
                           "Use --colour auto, always or never."));
  }
  if (!options_.request_id.empty()) {
    const absl::StatusOr<std::string> id = client::CheckRequestId(options_.request_id);
    if (!id.ok()) return Fail(id.status());
    options_.request_id = *id;
  }
  Session session(surroundings_, options_);
  const absl::StatusOr<ExitCode> result = runs_.at(*verb)(session);
  session.ShowPages();
  if (!result.ok()) {
    const int code = Fail(result.status());
    session.TellOfQueue();
    return code;
  }
  surroundings_.out->flush();
  if (!surroundings_.out->good()) {
    return Fail(Error(absl::StatusCode::kInternal, "OUTPUT_NOT_WRITTEN", "cannot write the output",
                      "Check the free space and the pipe it goes to. What was asked for is done."));
  }
  session.TellOfQueue();
  return static_cast<int>(*result);
}

}  // namespace tocsin::cli
