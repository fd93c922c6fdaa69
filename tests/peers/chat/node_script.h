// A script of this folder in a node of its own.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace tocsin {

/// Whether node and the vendors' packages are there; says what is missing when not.
bool HaveVendorPackages();

class NodeScript {
 public:
  /// `ca_file` is trusted besides the usual authorities.
  NodeScript(const std::string& script, const std::vector<std::string>& arguments,
             const std::string& ca_file);
  /// Kills it when it still runs.
  ~NodeScript();
  NodeScript(const NodeScript&) = delete;
  NodeScript& operator=(const NodeScript&) = delete;

  void WriteLine(const std::string& line);
  /// The next line it says; fails the test when it ends before, or after 60 s.
  std::string ReadLine();
  /// Its exit code, once it ends by itself.
  int Wait();

 private:
  pid_t pid_ = -1;
  int in_ = -1;
  int out_ = -1;
  std::string buffer_;
};

}  // namespace tocsin
