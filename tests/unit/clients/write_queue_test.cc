#include "clients/core/write_queue.h"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <thread>

#include "absl/strings/str_cat.h"
#include "clients/core/state_directory.h"
#include "server/base/error.h"
#include "server/base/time_text.h"
#include "tests/support/catch.h"
#include "tests/support/scratch_directory.h"

namespace tocsin::client {
namespace {

QueuedWrite Sample(const std::string& text) {
  QueuedWrite write;
  write.method = "RecordEntryRequest";
  write.request_id = absl::StrCat("id-", text);
  write.claimed_time = *ParseInstant("2026-06-10T08:15:30Z");
  write.server = "127.0.0.1:1";
  write.organisation = "default";
  write.handle = "@ada";
  write.request = absl::StrCat(R"({"text":")", text, R"("})");
  return write;
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

void WriteFile(const std::string& path, const std::string& content) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
  std::filesystem::permissions(path, std::filesystem::perms(0600));
}

unsigned ModeOf(const std::string& path) {
  struct stat state {};
  REQUIRE(::stat(path.c_str(), &state) == 0);
  return state.st_mode & 0777;
}

TEST_CASE("WriteQueue: writes come back in the order they were written, privately kept",
          "[clients][queue]") {
  const ScratchDirectory scratch;
  const WriteQueue queue(scratch.Path("state/queue/a"));
  CHECK(queue.Read()->writes.empty());
  CHECK_FALSE(std::filesystem::exists(queue.directory()));

  for (uint64_t i = 1; i <= 12; ++i) CHECK(*queue.Add(Sample(absl::StrCat("text ", i))) == i);

  const QueueContent content = *queue.Read();
  REQUIRE(content.writes.size() == 12);
  CHECK(content.broken.empty());
  for (size_t i = 0; i < 12; ++i) {
    const QueuedWrite expected = Sample(absl::StrCat("text ", i + 1));
    const QueuedWrite& write = content.writes[i];
    CHECK(write.number == i + 1);
    CHECK(write.method == expected.method);
    CHECK(write.request_id == expected.request_id);
    CHECK(write.claimed_time == expected.claimed_time);
    CHECK(write.handle == "@ada");
    CHECK(write.request == expected.request);
    CHECK_FALSE(write.refusal.has_value());
  }
  CHECK(ModeOf(queue.directory()) == 0700);
  CHECK(ModeOf(queue.directory() + "/q-00000001.json") == 0600);
}

TEST_CASE("WriteQueue: a number is never used for a second write", "[clients][queue]") {
  const ScratchDirectory scratch;
  const WriteQueue queue(scratch.Path("queue"));
  REQUIRE(*queue.Add(Sample("one")) == 1);
  REQUIRE(*queue.Add(Sample("two")) == 2);

  REQUIRE(queue.Remove(2).ok());
  REQUIRE(queue.Remove(1).ok());

  CHECK(*queue.Add(Sample("three")) == 3);
  CHECK(ReasonOf(queue.Remove(2)) == "NOT_IN_QUEUE");
}

TEST_CASE("WriteQueue: the same request id waits once", "[clients][queue]") {
  const ScratchDirectory scratch;
  const WriteQueue queue(scratch.Path("queue"));
  REQUIRE(*queue.Add(Sample("one")) == 1);
  QueuedWrite other = Sample("one");
  other.request = R"({"text":"something else"})";

  CHECK(*queue.Add(Sample("one")) == 1);
  CHECK(ReasonOf(queue.Add(other).status()) == "REQUEST_ID_REUSED");
  CHECK(queue.Read()->writes.size() == 1);
}

TEST_CASE("WriteQueue: a refusal stays with its write", "[clients][queue]") {
  const ScratchDirectory scratch;
  const WriteQueue queue(scratch.Path("queue"));
  REQUIRE(queue.Add(Sample("one")).ok());
  QueuedWrite write = queue.Read()->writes.at(0);
  write.refusal = QueueRefusal{.message = "the incident is closed",
                               .next_step = "tocsin reopen",
                               .time = *ParseInstant("2026-06-10T09:00:00Z")};

  REQUIRE(queue.Update(write).ok());

  const QueuedWrite again = queue.Read()->writes.at(0);
  REQUIRE(again.refusal.has_value());
  CHECK(again.refusal->message == "the incident is closed");
  CHECK(again.refusal->next_step == "tocsin reopen");
  CHECK(again.request == write.request);
}

TEST_CASE("WriteQueue: a file cut off anywhere is named and kept, and the others are read",
          "[clients][queue]") {
  const ScratchDirectory scratch;
  const WriteQueue queue(scratch.Path("queue"));
  for (const char* text : {"one", "two", "three"}) REQUIRE(queue.Add(Sample(text)).ok());
  const std::string path = queue.directory() + "/q-00000002.json";
  const std::string whole = ReadFile(path);
  REQUIRE(whole.size() > 100);

  for (size_t size = 0; size < whole.size(); ++size) {
    WriteFile(path, whole.substr(0, size));
    const QueueContent content = *queue.Read();
    INFO(size);
    REQUIRE(content.broken.size() == 1);
    CHECK(content.broken[0].path == path);
    REQUIRE(content.writes.size() == 2);
    CHECK(content.writes[1].number == 3);
    CHECK(std::filesystem::file_size(path) == size);
  }
  // And its number is not given away.
  CHECK(*queue.Add(Sample("four")) == 4);
}

TEST_CASE("WriteQueue: a changed byte, a foreign version and another name are noticed",
          "[clients][queue]") {
  const ScratchDirectory scratch;
  const WriteQueue queue(scratch.Path("queue"));
  REQUIRE(queue.Add(Sample("one")).ok());
  const std::string path = queue.directory() + "/q-00000001.json";
  const std::string whole = ReadFile(path);

  for (size_t i = 0; i < whole.size(); i += 7) {
    std::string changed = whole;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    WriteFile(path, changed);
    INFO(i);
    CHECK(queue.Read()->writes.empty());
    CHECK(queue.Read()->broken.size() == 1);
  }
  WriteFile(queue.directory() + "/q-00000009.json", whole);
  WriteFile(path, whole);
  const QueueContent content = *queue.Read();
  CHECK(content.writes.size() == 1);
  REQUIRE(content.broken.size() == 1);
  CHECK_THAT(content.broken[0].path, ContainsSubstring("q-00000009"));
}

TEST_CASE("WriteQueue: what a killed program left half-written is named", "[clients][queue]") {
  const ScratchDirectory scratch;
  const WriteQueue queue(scratch.Path("queue"));
  REQUIRE(queue.Add(Sample("one")).ok());
  WriteFile(queue.directory() + "/q-00000002.json.aB3xYz", "{\"format\":\"tocsin-queue/1\",");

  const QueueContent content = *queue.Read();

  CHECK(content.writes.size() == 1);
  REQUIRE(content.broken.size() == 1);
  CHECK_THAT(content.broken[0].why, ContainsSubstring("never finished"));
}

TEST_CASE("WriteQueue: two writers at once lose nothing and share no number", "[clients][queue]") {
  const ScratchDirectory scratch;
  const WriteQueue queue(scratch.Path("queue"));
  constexpr int kEach = 25;
  const auto write = [&](const char* who) {
    for (int i = 0; i < kEach; ++i) {
      if (!queue.Add(Sample(absl::StrCat(who, i))).ok()) return;
    }
  };

  std::thread ada(write, "ada");
  std::thread bob(write, "bob");
  ada.join();
  bob.join();

  const QueueContent content = *queue.Read();
  std::set<std::string> ids;
  for (const QueuedWrite& each : content.writes) ids.insert(each.request_id);
  CHECK(content.writes.size() == 2 * kEach);
  CHECK(ids.size() == 2 * kEach);
  CHECK(content.broken.empty());
}

TEST_CASE("WriteQueue: who sends keeps others from sending, and no longer", "[clients][queue]") {
  const ScratchDirectory scratch;
  const WriteQueue queue(scratch.Path("queue"));
  {
    const auto first = queue.LockForSending(absl::ZeroDuration());
    REQUIRE(first.ok());
    const auto second = queue.LockForSending(absl::Milliseconds(20));
    CHECK(ReasonOf(second.status()) == "LOCK_TAKEN");
    CHECK(queue.Add(Sample("one")).ok());  // writing is not sending
  }
  CHECK(queue.LockForSending(absl::ZeroDuration()).ok());
}

TEST_CASE("WriteQueue: a disk that does not take it is an error, not a queued write",
          "[clients][queue]") {
  const ScratchDirectory scratch;
  WriteFile(scratch.Path("file"), "not a folder");
  const WriteQueue queue(scratch.Path("file/queue"));

  const auto added = queue.Add(Sample("one"));

  CHECK(ReasonOf(added.status()) == "FILE_NOT_WRITTEN");
}

TEST_CASE("WriteQueue: one account at one organisation has one queue, wherever the server listens",
          "[clients][queue]") {
  const ScratchDirectory scratch;
  const std::string state = scratch.Path("state");
  const Environment environment = [&](const std::string& name) -> std::optional<std::string> {
    if (name == "TOCSIN_STATE_DIR") return state;
    return std::nullopt;
  };
  Context context;
  context.server = "127.0.0.1:1";
  context.verifier_key = "tocsin/default/1+aa+bb";
  context.organisation = "default";
  context.handle = "@ada";
  Context moved = context;
  moved.server = "127.0.0.1:2";
  Context bob = context;
  bob.handle = "@bob";
  Context elsewhere = context;
  elsewhere.verifier_key = "tocsin/default/2+aa+bb";
  const auto directory = [&](const Context& of) {
    return WriteQueue::Of(environment, of)->directory();
  };

  CHECK(directory(context) == directory(moved));
  CHECK(directory(context) != directory(bob));
  CHECK(directory(context) != directory(elsewhere));
  CHECK_THAT(directory(context), ContainsSubstring("/queue/default-ada-"));
}

TEST_CASE("StateDirectory: the own variable, then beside the configuration, then XDG, then HOME",
          "[clients][queue]") {
  std::map<std::string, std::string> set = {{"TOCSIN_STATE_DIR", "/own"},
                                            {"TOCSIN_CONFIG_DIR", "/config"},
                                            {"XDG_STATE_HOME", "/xdg"},
                                            {"HOME", "/home/ada"}};
  const Environment environment = [&](const std::string& name) -> std::optional<std::string> {
    const auto found = set.find(name);
    return found == set.end() ? std::nullopt : std::optional<std::string>(found->second);
  };
  CHECK(*StateDirectory(environment) == "/own");
  set.erase("TOCSIN_STATE_DIR");
  CHECK(*StateDirectory(environment) == "/config/state");
  set.erase("TOCSIN_CONFIG_DIR");
  CHECK(*StateDirectory(environment) == "/xdg/tocsin");
  set.erase("XDG_STATE_HOME");
  CHECK(*StateDirectory(environment) == "/home/ada/.local/state/tocsin");
  set.clear();
  CHECK(ReasonOf(StateDirectory(environment).status()) == "NO_STATE_DIRECTORY");
  CHECK(StateName("a/b c", "x") != StateName("a/b c", "y"));
  CHECK(StateName("../../etc", "x").substr(0, 9) == "------etc");
}

}  // namespace
}  // namespace tocsin::client
