#include "clients/core/context.h"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <thread>

#include "absl/strings/str_cat.h"
#include "clients/core/private_file.h"
#include "server/base/error.h"
#include "tests/support/catch.h"
#include "tests/support/scratch_directory.h"

namespace tocsin::client {
namespace {

Environment Variables(std::map<std::string, std::string> values) {
  return [values](const std::string& name) -> std::optional<std::string> {
    const auto found = values.find(name);
    if (found == values.end()) return std::nullopt;
    return found->second;
  };
}

Context Example(const std::string& name) {
  Context context;
  context.name = name;
  context.server = "from-file:1";
  context.ca_pem = "PEM";
  context.verifier_key = "key";
  context.organisation = "default";
  context.handle = "@ada";
  context.zone = "Europe/Brussels";
  return context;
}

mode_t ModeOf(const std::string& path) {
  struct stat state {};
  REQUIRE(::stat(path.c_str(), &state) == 0);
  return state.st_mode & 0777;
}

TEST_CASE("ContextStore: what was saved is resolved, token included", "[clients][context]") {
  const ScratchDirectory scratch;
  const ContextStore store(Variables({{"TOCSIN_CONFIG_DIR", scratch.Path("config")}}));

  REQUIRE(store.Save(Example("default"), "secret").ok());
  const auto settings = store.Resolve({});

  REQUIRE(settings.ok());
  CHECK(settings->token == "secret");
  CHECK(settings->context.name == "default");
  CHECK(settings->context.server == "from-file:1");
  CHECK(settings->context.ca_pem == "PEM");
  CHECK(settings->context.verifier_key == "key");
  CHECK(settings->context.organisation == "default");
  CHECK(settings->context.handle == "@ada");
  CHECK(settings->context.zone == "Europe/Brussels");
}

TEST_CASE("ContextStore: where deadlines are kept outlives enrolling again at the same server",
          "[clients][context]") {
  const ScratchDirectory scratch;
  const ContextStore store(Variables({{"TOCSIN_CONFIG_DIR", scratch.Path("config")}}));
  CHECK(ReasonOf(store.KeepDeadlines("default", "/srv/deadlines")) == "NOT_ENROLLED");
  REQUIRE(store.Save(Example("default"), "secret").ok());
  REQUIRE(store.KeepDeadlines("default", "/srv/deadlines").ok());
  CHECK(store.Resolve({})->context.deadline_files == "/srv/deadlines");
  REQUIRE(store.UseIncident("default", "INC-2026-0001").ok());
  CHECK(store.Resolve({})->context.deadline_files == "/srv/deadlines");
  REQUIRE(store.Save(Example("default"), "secret-2").ok());
  CHECK(store.Resolve({})->context.deadline_files == "/srv/deadlines");
  Context elsewhere = Example("default");
  elsewhere.server = "another:1";
  REQUIRE(store.Save(elsewhere, "secret-3").ok());
  CHECK(store.Resolve({})->context.deadline_files.empty());
  REQUIRE(store.KeepDeadlines("default", "/srv").ok());
  REQUIRE(store.KeepDeadlines("default", "").ok());
  CHECK(store.Resolve({})->context.deadline_files.empty());
}

TEST_CASE("ContextStore: directory 0700, files 0600", "[clients][context]") {
  const ScratchDirectory scratch;
  const ContextStore store(Variables({{"XDG_CONFIG_HOME", scratch.Path("xdg")}}));

  REQUIRE(store.Save(Example("default"), "secret").ok());

  CHECK(store.directory() == scratch.Path("xdg/tocsin"));
  CHECK(ModeOf(store.directory()) == 0700);
  CHECK(ModeOf(store.directory() + "/config.json") == 0600);
  CHECK(ModeOf(store.directory() + "/default.token") == 0600);
  // The temporary files are gone.
  // Configuration, token, lock.
  CHECK(std::distance(std::filesystem::directory_iterator(store.directory()), {}) == 3);
}

TEST_CASE("ContextStore: the token is not in the configuration", "[clients][context]") {
  const ScratchDirectory scratch;
  const ContextStore store(Variables({{"TOCSIN_CONFIG_DIR", scratch.Path("config")}}));
  REQUIRE(store.Save(Example("default"), "canary-token").ok());

  const auto config = ReadPrivateFile(scratch.Path("config/config.json"));

  REQUIRE(config.ok());
  CHECK(config->find("from-file:1") != std::string::npos);
  CHECK(config->find("canary-token") == std::string::npos);
}

TEST_CASE("ContextStore: refuses files that others may read", "[clients][context]") {
  const ScratchDirectory scratch;
  const ContextStore store(Variables({{"TOCSIN_CONFIG_DIR", scratch.Path("config")}}));
  REQUIRE(store.Save(Example("default"), "secret").ok());

  for (const char* name : {"config/config.json", "config/default.token"}) {
    INFO(name);
    REQUIRE(::chmod(scratch.Path(name).c_str(), 0640) == 0);
    const auto settings = store.Resolve({});
    CHECK(absl::IsPermissionDenied(settings.status()));
    CHECK(ReasonOf(settings.status()) == "FILE_NOT_PRIVATE");
    CHECK_THAT(NextStepOf(settings.status()), ContainsSubstring("chmod 600"));
    REQUIRE(::chmod(scratch.Path(name).c_str(), 0600) == 0);
  }
  CHECK(store.Resolve({}).ok());
}

TEST_CASE("ContextStore: flag goes before environment, environment before file",
          "[clients][context]") {
  const ScratchDirectory scratch;
  const std::map<std::string, std::string> base = {{"TOCSIN_CONFIG_DIR", scratch.Path("config")}};
  const ContextStore plain(Variables(base));
  REQUIRE(plain.Save(Example("second"), "token-2").ok());
  REQUIRE(plain.Save(Example("first"), "token-1").ok());
  REQUIRE(WritePrivateFile(scratch.Path("other"), "token-file\n").ok());
  auto with = base;
  with["TOCSIN_CONTEXT"] = "second";
  with["TOCSIN_SERVER"] = "from-env:2";
  with["TOCSIN_TOKEN_FILE"] = scratch.Path("other");
  const ContextStore environment(Variables(with));

  CHECK(plain.Resolve({})->context.name == "first");
  CHECK(plain.Resolve({})->token == "token-1");
  CHECK(plain.Resolve({.context = "second", .server = ""})->token == "token-2");
  CHECK(environment.Resolve({})->context.name == "second");
  CHECK(environment.Resolve({})->context.server == "from-env:2");
  CHECK(environment.Resolve({})->token == "token-file");
  const auto flagged = environment.Resolve({.context = "first", .server = "from-flag:3"});
  CHECK(flagged->context.name == "first");
  CHECK(flagged->context.server == "from-flag:3");
}

TEST_CASE("ContextStore: without enrolment it says how to enrol", "[clients][context]") {
  const ScratchDirectory scratch;
  const ContextStore store(Variables({{"TOCSIN_CONFIG_DIR", scratch.Path("config")}}));

  const auto nothing = store.Resolve({});
  REQUIRE(store.Save(Example("default"), "secret").ok());
  const auto unknown = store.Resolve({.context = "elsewhere", .server = ""});
  REQUIRE(std::filesystem::remove(scratch.Path("config/default.token")));
  const auto tokenless = store.Resolve({});

  for (const auto& settings : {nothing, unknown, tokenless}) {
    CHECK(absl::IsUnauthenticated(settings.status()));
    CHECK(ReasonOf(settings.status()) == "NOT_ENROLLED");
    CHECK_THAT(NextStepOf(settings.status()), ContainsSubstring("tocsin enrol"));
  }
}

TEST_CASE("ContextStore: a broken configuration is refused and left alone", "[clients][context]") {
  const ScratchDirectory scratch;
  const ContextStore store(Variables({{"TOCSIN_CONFIG_DIR", scratch.Path("config")}}));
  for (const char* text : {"{", "[]", "{\"contexts\": 3}", "{\"contexts\": {\"default\": []}}",
                           "{\"current\": 1}", "{\"contexts\": {\"default\": {\"server\": 1}}}"}) {
    INFO(text);
    REQUIRE(WritePrivateFile(scratch.Path("config/config.json"), text).ok());
    CHECK(ReasonOf(store.Resolve({}).status()) == "CONFIG_BROKEN");
    CHECK(ReasonOf(store.Save(Example("default"), "secret")) == "CONFIG_BROKEN");
    CHECK(*ReadPrivateFile(scratch.Path("config/config.json")) == text);
  }
}

TEST_CASE("ContextStore: a context's name cannot leave the directory", "[clients][context]") {
  const ScratchDirectory scratch;
  const ContextStore store(Variables({{"TOCSIN_CONFIG_DIR", scratch.Path("config")}}));
  for (const char* name : {"../x", "a/b", "", ".hidden"}) {
    INFO(name);
    CHECK(ReasonOf(store.Save(Example(name), "secret")) == "BAD_CONTEXT_NAME");
  }
  CHECK_FALSE(std::filesystem::exists(scratch.Path("config")));
}

TEST_CASE("ContextStore: the incident in use is kept per context", "[clients][context]") {
  const ScratchDirectory scratch;
  const ContextStore store(Variables({{"TOCSIN_CONFIG_DIR", scratch.Path("config")}}));
  REQUIRE(store.Save(Example("one"), "t").ok());
  REQUIRE(store.Save(Example("two"), "t").ok());

  REQUIRE(store.UseIncident("one", "INC-2026-0001").ok());

  CHECK(store.Resolve({.context = "one", .server = ""})->context.incident == "INC-2026-0001");
  CHECK(store.Resolve({.context = "two", .server = ""})->context.incident.empty());
  CHECK(store.Resolve({})->context.name == "two");
  CHECK(ReasonOf(store.UseIncident("three", "INC-2026-0001")) == "NOT_ENROLLED");
}

TEST_CASE("ContextStore: two terminals that change it at once lose no change",
          "[clients][context]") {
  const ScratchDirectory scratch;
  const ContextStore store(Variables({{"TOCSIN_CONFIG_DIR", scratch.Path("config")}}));
  const auto save = [&store](const std::string& who) {
    for (int i = 0; i < 20; ++i) {
      if (!store.Save(Example(absl::StrCat(who, "-", i)), "token").ok()) return;
    }
  };

  std::thread ada(save, "ada");
  std::thread bob(save, "bob");
  ada.join();
  bob.join();

  const auto contexts = store.Contexts();
  REQUIRE(contexts.ok());
  CHECK(contexts->size() == 40);
}

TEST_CASE("WritePrivateFile: a failed write leaves the former content", "[clients][context]") {
  const ScratchDirectory scratch;
  REQUIRE(WritePrivateFile(scratch.Path("file"), "old").ok());
  REQUIRE(std::filesystem::create_directory(scratch.Path("directory")));

  CHECK(ReasonOf(WritePrivateFile(scratch.Path("directory"), "new")) == "FILE_NOT_WRITTEN");
  CHECK(ReasonOf(WritePrivateFile(scratch.Path("file/below"), "new")) == "FILE_NOT_WRITTEN");
  CHECK(*ReadPrivateFile(scratch.Path("file")) == "old");
  CHECK(std::distance(std::filesystem::directory_iterator(scratch.Path(".")), {}) == 2);
}

TEST_CASE("ReadWholeFile: refuses what is missing or too large", "[clients][context]") {
  const ScratchDirectory scratch;
  std::ofstream(scratch.Path("file")) << "12345";

  CHECK(*ReadWholeFile(scratch.Path("file"), 5) == "12345");
  CHECK(ReasonOf(ReadWholeFile(scratch.Path("file"), 4).status()) == "FILE_TOO_LARGE");
  CHECK(ReasonOf(ReadWholeFile(scratch.Path("none"), 4).status()) == "FILE_NOT_FOUND");
}

}  // namespace
}  // namespace tocsin::client
