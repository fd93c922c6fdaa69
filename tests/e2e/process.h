// Real programs as children of a test. A child never outlives the test: it is killed when its
// object goes, and by the kernel when the test itself dies. Nothing here sleeps: waiting is poll(2)
// on a pipe or on the child's pidfd, each with a time limit.
#pragma once

#include <sys/types.h>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace tocsin::e2e {

/// A new empty directory, removed with all it holds.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::string& path() const { return path_; }
  std::string File(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

/// The whole content; a file that cannot be read fails the test.
std::string ReadFile(const std::string& path);
void WriteFile(const std::string& path, const std::string& content);

/// What to run. The environment is exactly the given one.
struct Command {
  std::vector<std::string> arguments;
  std::map<std::string, std::string> environment;
  /// Standard input.
  std::string input;
  /// Open files that the child may have; 0: as the test.
  int files_max = 0;
};

/// How a program ended and what it said.
struct Exit {
  /// Its exit code; 128 + the signal that ended it.
  int code = 0;
  std::string out;
  std::string err;
};

/// A running child. Not thread-safe; start it in the test's main thread.
class Process {
 public:
  /// Standard output goes to a pipe (1 MiB deep, read by WaitForOutput), standard error to
  /// `error_file`. Output to a file instead of the pipe when `output_file` is given.
  Process(const Command& command, const std::string& error_file,
          const std::string& output_file = "");
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  /// Reads standard output until `enough` of all that was read. False when the pipe ended or the
  /// limit passed first.
  bool WaitForOutput(const std::function<bool(const std::string&)>& enough, absl::Duration limit);
  const std::string& output() const { return output_; }

  void Signal(int number) const;
  /// The exit code as in Exit, or nullopt when the child still runs after `limit`. Further calls
  /// give the same answer.
  std::optional<int> Wait(absl::Duration limit);
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = -1;
  int pidfd_ = -1;
  int pipe_ = -1;
  std::string output_;
  std::optional<int> exit_;
};

/// Runs a program to its end. One that takes longer than `limit` is killed and fails the test.
Exit Run(const Command& command, absl::Duration limit = absl::Seconds(60));

/// Returns at `time`, not before: for tests of what the real clock does.
void WaitUntil(absl::Time time);

}  // namespace tocsin::e2e
