#include "server/main/arguments.h"

#include <fstream>

#include "server/base/error.h"
#include "tests/support/catch.h"
#include "tests/support/scratch_directory.h"

namespace tocsin::server {
namespace {

Arguments Parsed(const std::vector<std::string>& words) {
  const auto arguments = ParseArguments(words);
  INFO(arguments.status().ToString());
  REQUIRE(arguments.ok());
  return *arguments;
}

// The message of a refusal, every one of which sends to the help.
std::string Refusal(const std::vector<std::string>& words) {
  const absl::Status status = ParseArguments(words).status();
  CHECK(status.code() == absl::StatusCode::kInvalidArgument);
  CHECK(ReasonOf(status) == "USAGE");
  CHECK(NextStepOf(status) == "See tocsind --help.");
  return std::string(status.message());
}

}  // namespace

TEST_CASE("Arguments: serve takes its options in any order and in both spellings") {
  const Arguments apart = Parsed({"serve", "--listen", "0.0.0.0:7443", "--data", "/srv/tocsin",
                                  "--library", "/srv/rules", "--config", "/etc/tocsin.yaml"});
  CHECK(apart.verb == Verb::kServe);
  CHECK(apart.data == "/srv/tocsin");
  CHECK(apart.listen == "0.0.0.0:7443");
  CHECK(apart.library == "/srv/rules");
  CHECK(apart.config_file == "/etc/tocsin.yaml");

  const Arguments joined = Parsed({"serve", "--config=/etc/a=b.yaml", "--data=/srv/tocsin"});
  CHECK(joined.config_file == "/etc/a=b.yaml");
  CHECK(joined.data == "/srv/tocsin");
  CHECK(joined.listen.empty());
  CHECK(joined.library.empty());
}

TEST_CASE("Arguments: the other commands") {
  CHECK(Parsed({"--version"}).verb == Verb::kVersion);
  CHECK(Parsed({"version"}).verb == Verb::kVersion);
  CHECK(Parsed({"--help"}).verb == Verb::kHelp);
  CHECK(Parsed({"-h"}).verb == Verb::kHelp);
  CHECK(Parsed({"help"}).verb == Verb::kHelp);

  const Arguments config = Parsed({"check-config", "--config", "a.yaml", "--library", "rules"});
  CHECK(config.verb == Verb::kCheckConfig);
  CHECK(config.config_file == "a.yaml");
  CHECK(config.library == "rules");

  CHECK(Parsed({"check-library"}).verb == Verb::kCheckLibrary);
  CHECK(Parsed({"check-library", "--library", "rules"}).library == "rules");
}

TEST_CASE("Arguments: what is missing is named") {
  CHECK(Refusal({}) == "no command");
  CHECK(Refusal({"serve"}) == "serve needs --data DIR: the folder where everything is stored");
  CHECK(Refusal({"serve", "--listen", "127.0.0.1:0"}) ==
        "serve needs --data DIR: the folder where everything is stored");
  CHECK(Refusal({"check-config"}) == "check-config needs --config FILE");
}

TEST_CASE("Arguments: an option without its value is refused, also before another option") {
  CHECK(Refusal({"serve", "--data"}) == "--data needs a value");
  CHECK(Refusal({"serve", "--data", ""}) == "--data needs a value");
  CHECK(Refusal({"serve", "--data="}) == "--data needs a value");
  CHECK(Refusal({"serve", "--data", "--listen", "127.0.0.1:0"}) == "--data needs a value");
  // Who really has such a folder can say so.
  CHECK(Parsed({"serve", "--data=--listen"}).data == "--listen");
}

TEST_CASE("Arguments: an option given twice is refused") {
  CHECK(Refusal({"serve", "--data", "a", "--data", "b"}) == "--data is given twice");
  CHECK(Refusal({"serve", "--data=a", "--data=a"}) == "--data is given twice");
}

TEST_CASE("Arguments: an unknown word is refused with the nearest known one") {
  CHECK(Refusal({"sreve", "--data", "a"}) == "unknown command 'sreve'; did you mean 'serve'?");
  CHECK(Refusal({"check-confg"}) == "unknown command 'check-confg'; did you mean 'check-config'?");
  CHECK(Refusal({"frobnicate"}) == "unknown command 'frobnicate'");
  CHECK(Refusal({"serve", "--lissten", "a"}) ==
        "unknown argument '--lissten'; did you mean '--listen'?");
  CHECK(Refusal({"serve", "--dta=/srv"}) == "unknown argument '--dta'; did you mean '--data'?");
  CHECK(Refusal({"serve", "--frobnicate"}) == "unknown argument '--frobnicate'");
  CHECK(Refusal({"serve", "/srv/tocsin"}) == "unknown argument '/srv/tocsin'");
}

TEST_CASE("Arguments: a command takes its own options only") {
  CHECK(Refusal({"check-config", "--config", "a", "--data", "b"}) == "unknown argument '--data'");
  CHECK(Refusal({"check-library", "--listen", "a"}) == "unknown argument '--listen'");
}

TEST_CASE("Arguments: the help names every command and option") {
  const std::string usage = Usage();
  for (const char* word : {"serve", "check-config", "check-library", "--version", "--data",
                           "--listen", "--library", "--config"}) {
    CHECK_THAT(usage, ContainsSubstring(word));
  }
}

TEST_CASE("MakeConfig: the command line stands above the file, the file above the defaults") {
  const ScratchDirectory directory;
  std::ofstream(directory.Path("tocsin.yaml")) << "listen: 10.0.0.1:7000\n"
                                                  "library: /srv/rules\n";

  const auto defaults = MakeConfig(Parsed({"serve", "--data", "/srv/tocsin"}));
  REQUIRE(defaults.ok());
  CHECK(defaults->data_directory == "/srv/tocsin");
  CHECK(defaults->listen == "127.0.0.1:7443");
  CHECK(defaults->library_directory.empty());

  const std::string file = "--config=" + directory.Path("tocsin.yaml");
  const auto from_file = MakeConfig(Parsed({"serve", "--data", "/srv/tocsin", file}));
  REQUIRE(from_file.ok());
  CHECK(from_file->data_directory == "/srv/tocsin");
  CHECK(from_file->listen == "10.0.0.1:7000");
  CHECK(from_file->library_directory == "/srv/rules");

  const auto both = MakeConfig(Parsed(
      {"serve", "--data", "/srv/tocsin", file, "--listen", "127.0.0.1:0", "--library", "rules"}));
  REQUIRE(both.ok());
  CHECK(both->listen == "127.0.0.1:0");
  CHECK(both->library_directory == "rules");
}

TEST_CASE("MakeConfig: a file that is not there or wrong is refused by name") {
  const ScratchDirectory directory;
  const std::string path = directory.Path("tocsin.yaml");
  const Arguments arguments = Parsed({"serve", "--data", "a", "--config", path});
  const absl::Status missing = MakeConfig(arguments).status();
  CHECK(ReasonOf(missing) == "FILE_NOT_READABLE");
  CHECK_THAT(std::string(missing.message()), ContainsSubstring(path));

  std::ofstream(path) << "listen: 127.0.0.1:0\nlibary: /srv/rules\n";
  const absl::Status wrong = MakeConfig(arguments).status();
  CHECK(ReasonOf(wrong) == "YAML_INVALID");
  CHECK_THAT(std::string(wrong.message()), ContainsSubstring(path + ":2:1"));
}

}  // namespace tocsin::server
