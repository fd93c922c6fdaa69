#include "server/runtime/log.h"

#include <unistd.h>

#include <cstdio>
#include <functional>
#include <string>

#include "tests/support/catch.h"

namespace tocsin::runtime {
namespace {

// What `body` writes to standard error.
std::string StandardErrorOf(const std::function<void()>& body) {
  std::FILE* file = std::tmpfile();
  REQUIRE(file != nullptr);
  std::fflush(stderr);
  const int saved = dup(STDERR_FILENO);
  dup2(fileno(file), STDERR_FILENO);
  body();
  std::fflush(stderr);
  dup2(saved, STDERR_FILENO);
  close(saved);
  std::rewind(file);
  std::string text;
  for (int c = std::fgetc(file); c != EOF; c = std::fgetc(file)) {
    text.push_back(static_cast<char>(c));
  }
  std::fclose(file);
  return text;
}

}  // namespace

TEST_CASE("Log: one line of time, level, event and fields", "[runtime]") {
  const std::string line = StandardErrorOf([] {
    Log(LogLevel::kWarn, "server.started", {{"port", 7443}, {"name", "tocsin"}});
  });
  CHECK_THAT(line, ContainsSubstring("Z warning server.started port=7443 name=tocsin\n"));
  CHECK(line[4] == '-');
  CHECK(line[10] == 'T');
}

TEST_CASE("Log: values stay one field of one line", "[runtime]") {
  const std::string line = StandardErrorOf([] {
    Log(LogLevel::kError, "disk.failed",
        {{"why", "no space\nleft"}, {"empty", ""}, {"quote", "a\"b"}, {"braces", "{} %s"}});
  });
  CHECK_THAT(line,
             ContainsSubstring(R"(why="no space\nleft" empty="" quote="a\"b" braces="{} %s")"));
  CHECK(line.find('\n') == line.size() - 1);
}

TEST_CASE("Log: lines of a batch leave together at its end, warnings at once", "[runtime]") {
  std::string early;
  const std::string all = StandardErrorOf([&] {
    const LogBatch batch;
    Log(LogLevel::kInfo, "rpc", {{"number", 1}});
    Log(LogLevel::kInfo, "rpc", {{"number", 2}});
    early = StandardErrorOf([] { Log(LogLevel::kWarn, "disk.slow"); });
  });
  CHECK_THAT(early, ContainsSubstring("disk.slow"));
  CHECK(early.find("rpc") == early.npos);
  CHECK_THAT(all, ContainsSubstring("rpc number=1\n"));
  CHECK(all.find("number=1") < all.find("number=2"));
  CHECK_FALSE(StandardErrorOf([] { Log(LogLevel::kInfo, "rpc"); }).empty());
}

TEST_CASE("Log: what is below the level is dropped", "[runtime]") {
  CHECK(StandardErrorOf([] { Log(LogLevel::kDebug, "too.fine"); }).empty());
  SetLogLevel(LogLevel::kError);
  CHECK(StandardErrorOf([] { Log(LogLevel::kWarn, "too.fine"); }).empty());
  SetLogLevel(LogLevel::kDebug);
  CHECK_FALSE(StandardErrorOf([] { Log(LogLevel::kDebug, "fine"); }).empty());
  SetLogLevel(LogLevel::kInfo);
}

}  // namespace tocsin::runtime
