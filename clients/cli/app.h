// The command line as a tree of verbs: CLI11 behind our own conventions. Global flags are accepted
// anywhere, usage errors end with exit code 2 and the three-part message, a mistyped verb names the
// nearest one, and no verb runs before the whole line is read.
//
//   void AddReviewVerbs(Program& program) {
//     CLI::App* noun = program.AddNoun("review", "The post-incident review");
//     CLI::App* verb = program.AddVerb(noun, "well", "Records what went well", "tocsin review well
//     Backups held"); auto words = std::make_shared<std::vector<std::string>>();
//     verb->add_option("TEXT", *words, "What went well")->required();
//     program.OnRun(verb, [words](Session& session) -> absl::StatusOr<ExitCode> { … });
//   }
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "clients/cli/command.h"

namespace tocsin::cli {

/// What a verb does. Returns kOk or kFinding; every other exit code comes from the error.
using Run = std::function<absl::StatusOr<ExitCode>(Session&)>;

/// Not thread-safe.
class Program {
 public:
  /// Sets up the global flags, `help` and `--version`. `surroundings` must outlive the program.
  explicit Program(const Surroundings& surroundings);

  /// A verb at the top level: `tocsin NAME`. `examples` are whole command lines, one a line, shown
  /// in its help. The returned object belongs to the program; options bound to it must live as long
  /// as the Run (shared_ptr).
  CLI::App* AddVerb(const std::string& name, const std::string& description,
                    const std::string& examples = "");
  /// A noun: verbs are added under it. With `OnRun` it is a verb itself as well.
  CLI::App* AddNoun(const std::string& name, const std::string& description,
                    const std::string& examples = "");
  /// A verb under a noun: `tocsin NOUN NAME`.
  CLI::App* AddVerb(CLI::App* noun, const std::string& name, const std::string& description,
                    const std::string& examples = "");
  /// What `verb` runs.
  void OnRun(CLI::App* verb, Run run);

  /// Reads the command line (without the program's name), runs the verb, prints errors, returns the
  /// exit code.
  int Main(const std::vector<std::string>& arguments);

  /// The whole tree of verbs, for what is generated from it.
  const CLI::App& tree() const { return app_; }

 private:
  void AddGlobalOptions();
  void AddHelp();
  CLI::App* AddChild(CLI::App* parent, const std::string& name, const std::string& description,
                     const std::string& examples);
  absl::Status CheckVerbs(const std::vector<std::string>& arguments) const;
  absl::StatusOr<const CLI::App*> Parse(const std::vector<std::string>& arguments);
  int Fail(const absl::Status& status);

  const Surroundings& surroundings_;
  GlobalOptions options_;
  std::string output_ = "table";
  CLI::App app_;
  std::map<const CLI::App*, Run> runs_;
};

/// A flag whose value is all words up to the next flag: `--because the firewall is closed`. Unset:
/// empty vector.
CLI::Option* AddWordsFlag(CLI::App* verb, const std::string& flag, std::vector<std::string>& words,
                          const std::string& description);
/// Positional text of one or more words.
CLI::Option* AddWords(CLI::App* verb, const std::string& name, std::vector<std::string>& words,
                      const std::string& description);

}  // namespace tocsin::cli
