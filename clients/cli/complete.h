// Completion in the shell: the program itself answers what may stand at the cursor, from the tree
// of verbs, so that a new verb or flag completes without anything else to change. Ids of incidents
// and steps are asked of the server, briefly; a server that does not answer costs nothing but them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "clients/cli/command.h"

namespace CLI {
class App;
}

namespace tocsin::cli {

/// `tocsin __complete WORDS…`: the words of the command line up to the cursor, the last one
/// unfinished or empty.
inline constexpr char kCompleteWord[] = "__complete";

/// One candidate a line, "word\tdescription"; the line ":files" stands for names of files. Empty
/// when there is nothing to propose. Takes at most 300 ms; never fails.
std::string Complete(const CLI::App& app, const Surroundings& surroundings,
                     const std::vector<std::string>& words);

struct Candidate {
  std::string word;
  std::string description;
};

/// What is known to the server or to this account under the name of an argument: INCIDENT, STEP,
/// RUN, PLAYBOOK, STAGE or OBLIGATION, CONTEXT, QUEUED. Empty for other names, and when it cannot
/// be had in time.
std::vector<Candidate> LiveCandidates(const Surroundings& surroundings,
                                      const GlobalOptions& options, std::string_view name);

/// The script for "bash", "zsh" or "fish"; empty for another shell.
std::string CompletionScript(std::string_view shell);

}  // namespace tocsin::cli
