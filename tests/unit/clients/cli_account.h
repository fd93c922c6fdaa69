// An account that is enrolled at a server which is not there, and command lines run as it. Whatever
// asks the network ends with exit code 6 or 7, so any other code shows that it was decided before.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "clients/cli/command.h"
#include "clients/core/context.h"
#include "server/base/time_text.h"
#include "tests/support/catch.h"
#include "tests/support/scratch_directory.h"
#include "tests/unit/clients/sample_authority.h"

namespace tocsin::cli {

inline constexpr int kUsage = 2;
inline constexpr int kNotFound = 3;
inline constexpr int kNoRights = 4;
inline constexpr int kConflict = 5;
inline constexpr int kUnreachable = 6;
inline constexpr int kQueued = 7;

struct Result {
  int code;
  std::string out;
  std::string err;
};

class Account {
 public:
  Account() {
    variables_["TOCSIN_CONFIG_DIR"] = scratch_.Path("config");
    client::Context context;
    context.name = "default";
    context.server = "127.0.0.1:1";
    context.ca_pem = kSampleAuthority;
    context.organisation = "default";
    context.handle = "@ada";
    context.zone = "Europe/Brussels";
    REQUIRE(client::ContextStore(Environment()).Save(context, "token").ok());
  }

  void Set(const std::string& name, const std::string& value) { variables_[name] = value; }
  std::string Path(const std::string& name) const { return scratch_.Path(name); }
  void UseIncident() {
    REQUIRE(client::ContextStore(Environment()).UseIncident("default", "INC-2026-0001").ok());
  }

  /// From now on `out` is a terminal of so many rows, and `page` its pager.
  void UseTerminal(size_t height, std::function<bool(const std::string& text)> page) {
    height_ = height;
    page_ = std::move(page);
  }

  Result Run(const std::vector<std::string>& arguments, const std::string& input = "") {
    std::ostringstream out;
    std::ostringstream err;
    std::istringstream in(input);
    Surroundings surroundings;
    surroundings.out = &out;
    surroundings.err = &err;
    surroundings.in = &in;
    surroundings.out_is_terminal = height_ > 0;
    surroundings.height = height_;
    surroundings.page = page_;
    surroundings.environment = Environment();
    surroundings.now = [] { return *ParseInstant("2026-06-10T08:15:30Z"); };
    surroundings.connect_timeout = absl::Milliseconds(20);
    const int code = RunCommandLine(surroundings, arguments);
    return {code, out.str(), err.str()};
  }

 private:
  client::Environment Environment() const {
    return [this](const std::string& name) -> std::optional<std::string> {
      const auto found = variables_.find(name);
      if (found == variables_.end()) return std::nullopt;
      return found->second;
    };
  }

  ScratchDirectory scratch_;
  std::map<std::string, std::string> variables_;
  size_t height_ = 0;
  std::function<bool(const std::string& text)> page_;
};

inline std::vector<std::string> Words(const std::string& line) {
  std::istringstream stream(line);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

}  // namespace tocsin::cli
