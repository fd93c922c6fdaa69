#include "clients/cli/complete.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "clients/cli/app.h"
#include "clients/cli/help_pages.h"
#include "clients/core/terminal_text.h"
#include "server/base/error.h"

namespace tocsin::cli {
namespace {

constexpr char kFiles[] = ":files";

// clang-format off
// "$1" is the program as it was typed, so that a path works, too.
constexpr char kBash[] = R"sh(# bash completion for tocsin: eval "$(tocsin completions bash)"
_tocsin() {
  local line current="${COMP_WORDS[COMP_CWORD]}"
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == :files ]]; then
      while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$current")
      compopt -o filenames
    else
      COMPREPLY+=("${line%%$'\t'*}")
    fi
  done < <("$1" __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _tocsin tocsin
)sh";
constexpr char kZsh[] = R"sh(#compdef tocsin
# zsh completion for tocsin: eval "$(tocsin completions zsh)", or as _tocsin in a folder of $fpath
_tocsin() {
  local line word text
  local -a candidates
  while IFS= read -r line; do
    if [[ $line == :files ]]; then
      _files
    else
      word=${line%%$'\t'*} text=${line#*$'\t'}
      candidates+=("${word//:/\\:}${text:+:$text}")
    fi
  done < <("${words[1]}" __complete "${(@)words[2,CURRENT]}" 2>/dev/null)
  (( ${#candidates} )) && _describe -V tocsin candidates
}
compdef _tocsin tocsin
)sh";
constexpr char kFish[] = R"sh(# fish completion for tocsin: tocsin completions fish | source
function __tocsin_complete
    set -l words (commandline -opc)
    for line in (command $words[1] __complete $words[2..-1] (commandline -ct) 2>/dev/null)
        if test "$line" = ":files"
            __fish_complete_path (commandline -ct)
        else
            printf '%s\n' "$line"
        end
    end
end
complete -c tocsin -f -k -a '(__tocsin_complete)'
)sh";
// clang-format on

std::vector<const CLI::App*> ChildrenOf(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

// The words of "One of: sev1, sev2; default sev2", which is how every closed list is described.
std::vector<Candidate> ListedWords(const std::string& description) {
  std::vector<Candidate> words;
  for (const char* opening : {"One of: ", "One or more of: "}) {
    const size_t at = description.find(opening);
    if (at == std::string::npos) continue;
    const std::string list = description.substr(at + std::string(opening).size());
    for (absl::string_view word : absl::StrSplit(list.substr(0, list.find(';')), ", ")) {
      words.push_back({std::string(word), ""});
    }
  }
  return words;
}

// Where the cursor is on a command line.
struct Cursor {
  const CLI::App* verb = nullptr;
  GlobalOptions options;
  // The option whose value stands at the cursor.
  const CLI::Option* value_of = nullptr;
  // Free words of the verb before the cursor.
  size_t free_words = 0;
  bool after_dashes = false;
};

// The option of `flag` at the verb or above it.
const CLI::Option* FindOption(const CLI::App* app, const std::string& flag) {
  for (; app != nullptr; app = app->get_parent()) {
    if (const CLI::Option* option = app->get_option_no_throw(flag)) return option;
  }
  return nullptr;
}

void Keep(const CLI::Option& option, const std::string& value, GlobalOptions& options) {
  if (option.check_lname("context")) options.context = value;
  if (option.check_lname("server")) options.server = value;
  if (option.check_lname("incident")) options.incident = value;
}

const CLI::App* Child(const CLI::App* app, const std::string& name) {
  for (const CLI::App* child : ChildrenOf(*app)) {
    if (child->get_name() == name) return child;
  }
  return nullptr;
}

Cursor Locate(const CLI::App& app, const std::vector<std::string>& words) {
  Cursor cursor;
  cursor.verb = &app;
  for (size_t i = 0; i + 1 < words.size(); ++i) {
    const std::string& word = words[i];
    if (cursor.value_of != nullptr) {
      Keep(*cursor.value_of, word, cursor.options);
      cursor.value_of = nullptr;
      continue;
    }
    if (!cursor.after_dashes && word == "--") {
      cursor.after_dashes = true;
    } else if (!cursor.after_dashes && absl::StartsWith(word, "-") && word.size() > 1) {
      const size_t equals = word.find('=');
      const CLI::Option* option = FindOption(cursor.verb, word.substr(0, equals));
      if (option == nullptr || option->get_expected_max() == 0) continue;
      if (equals == std::string::npos)
        cursor.value_of = option;
      else
        Keep(*option, word.substr(equals + 1), cursor.options);
    } else if (const CLI::App* child = Child(cursor.verb, word);
               child != nullptr && cursor.free_words == 0) {
      cursor.verb = child;
    } else {
      ++cursor.free_words;
    }
  }
  return cursor;
}

// What an option or argument takes.
std::vector<Candidate> ValuesOf(const CLI::App& program, const CLI::Option& option,
                                const Surroundings& surroundings, const GlobalOptions& options) {
  if (std::vector<Candidate> listed = ListedWords(option.get_description()); !listed.empty()) {
    return listed;
  }
  if (option.check_lname("output")) {
    std::vector<Candidate> forms;
    for (const char* form : {"table", "wide", "json", "jsonl", "yaml", "id"}) {
      forms.push_back({form, ""});
    }
    return forms;
  }
  if (option.check_lname("colour")) return {{"auto", ""}, {"always", ""}, {"never", ""}};
  if (option.get_name(/*positional=*/true) == "TOPIC") {
    std::vector<Candidate> topics;
    for (const std::string& topic : HelpTopics()) topics.push_back({topic, ""});
    for (const CLI::App* verb : ChildrenOf(program)) {
      topics.push_back({verb->get_name(), verb->get_description()});
    }
    return topics;
  }
  if (option.check_lname("incident")) return LiveCandidates(surroundings, options, "INCIDENT");
  if (option.check_lname("context") || option.check_lname("org")) {
    return LiveCandidates(surroundings, options, "CONTEXT");
  }
  const std::string name = option.get_positional() ? option.get_name(/*positional=*/true) : "";
  bool file = name == "FILE" || name == "BUNDLE" || name == "DIR";
  for (const char* flag : {"file", "out", "csv", "vectors"}) {
    file = file || option.check_lname(flag);
  }
  if (file) return {{kFiles, ""}};
  if (option.check_lname("run")) return LiveCandidates(surroundings, options, "RUN");
  if (option.check_lname("playbook")) return LiveCandidates(surroundings, options, "PLAYBOOK");
  return LiveCandidates(surroundings, options, name);
}

std::vector<Candidate> FlagsAt(const CLI::App* app) {
  std::vector<Candidate> flags;
  for (; app != nullptr; app = app->get_parent()) {
    for (const CLI::Option* option : app->get_options()) {
      for (const std::string& name : option->get_lnames()) {
        flags.push_back({"--" + name, option->get_description()});
      }
    }
  }
  return flags;
}

std::vector<Candidate> CandidatesAt(const CLI::App& program, const Cursor& cursor,
                                    const std::string& partial, const Surroundings& surroundings) {
  if (cursor.value_of != nullptr) {
    return ValuesOf(program, *cursor.value_of, surroundings, cursor.options);
  }
  if (!cursor.after_dashes && absl::StartsWith(partial, "-")) return FlagsAt(cursor.verb);
  std::vector<Candidate> found;
  if (cursor.free_words == 0) {
    for (const CLI::App* child : ChildrenOf(*cursor.verb)) {
      found.push_back({child->get_name(), child->get_description()});
    }
  }
  size_t position = 0;
  for (const CLI::Option* option : cursor.verb->get_options()) {
    if (!option->get_positional()) continue;
    const bool here = position++ == cursor.free_words;
    if (!here) continue;
    const std::vector<Candidate> values = ValuesOf(program, *option, surroundings, cursor.options);
    found.insert(found.end(), values.begin(), values.end());
  }
  return found;
}

}  // namespace

std::string Complete(const CLI::App& app, const Surroundings& surroundings,
                     const std::vector<std::string>& words) {
  const std::string partial = words.empty() ? "" : words.back();
  std::string lines;
  std::set<std::string> seen;
  for (const Candidate& candidate : CandidatesAt(app, Locate(app, words), partial, surroundings)) {
    const bool fits = candidate.word == kFiles || absl::StartsWith(candidate.word, partial);
    if (!fits || !seen.insert(candidate.word).second) continue;
    if (candidate.word == kFiles) {
      absl::StrAppend(&lines, kFiles, "\n");
      continue;
    }
    // Titles are other people's text.
    absl::StrAppend(&lines, client::EscapeText(candidate.word), "\t",
                    client::EscapeText(candidate.description), "\n");
  }
  return lines;
}

std::string CompletionScript(std::string_view shell) {
  if (shell == "bash") return kBash;
  if (shell == "zsh") return kZsh;
  if (shell == "fish") return kFish;
  return "";
}

void AddCompletionVerb(Program& program) {
  CLI::App* verb = program.AddVerb(
      "completions", "Prints the script that makes a shell complete tocsin's verbs, flags and ids",
      "eval \"$(tocsin completions bash)\"\ntocsin completions fish | source");
  auto shell = std::make_shared<std::string>();
  verb->add_option("SHELL", *shell, "One of: bash, zsh, fish")->required();
  program.OnRun(verb, [shell](Session& session) -> absl::StatusOr<ExitCode> {
    const std::string script = CompletionScript(*shell);
    if (script.empty()) {
      return InvalidArgument("UNKNOWN_SHELL", absl::StrCat("'", *shell, "' is no shell it knows"),
                             "Use bash, zsh or fish.");
    }
    session.out() << script;
    return ExitCode::kOk;
  });
}

}  // namespace tocsin::cli
