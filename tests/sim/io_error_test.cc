// Lets the n-th write, sync, creation or rename fail, for every n until none is hit, once or from
// then on, while a store is opened and written. Whatever fails: what was acknowledged is there,
// what was refused is unknown, nothing is answered wrongly, and the process lives.

#include <cstdio>

#include "server/base/error.h"
#include "tests/support/catch.h"
#include "tests/unit/store/store_fixture.h"

namespace tocsin::store {
namespace {

constexpr int kCommits = 24;
// Every entry fills a good part of the smallest buffer, so that tables are written too.
constexpr size_t kTextBytes = 4'000;

struct Run {
  bool hit = false;
  uint64_t acknowledged = 0;
  uint64_t unknown = 0;
};

std::string TextOf(int commit) {
  return std::to_string(commit) + std::string(kTextBytes, 'x');
}

// Writes until something fails. Returns the texts that were acknowledged.
std::vector<std::string> WriteUntilRefused(Database& database, OrgNumber org, Run& run) {
  std::vector<std::string> acknowledged;
  Writer writer(database, org);
  for (int i = 0; i < kCommits; ++i) {
    REQUIRE(writer.Say(AnIncident(1), TextOf(i)).ok());
    const absl::Status status = writer.batch().Commit();
    if (status.ok()) {
      acknowledged.push_back(TextOf(i));
      continue;
    }
    CHECK(status.code() == absl::StatusCode::kUnavailable);
    const std::string reason = ReasonOf(status);
    CHECK((reason == "OUTCOME_UNKNOWN" || reason == "STORE_READ_ONLY"));
    CHECK(database.state() == State::kReadOnly);
    if (reason == "OUTCOME_UNKNOWN") ++run.unknown;
    // Nothing is tried again, and reading goes on.
    Writer again(database, org);
    REQUIRE(again.Say(AnIncident(2), "more").ok());
    CHECK(ReasonOf(again.batch().Commit()) == "STORE_READ_ONLY");
    CHECK(TextsOf(database, org, AnIncident(1)) == acknowledged);
    break;
  }
  run.acknowledged = acknowledged.size();
  return acknowledged;
}

Run FailOnce(uint64_t n, testing::Fault fault, bool for_ever) {
  Run run;
  Disk disk(n);
  TestOptions test;
  test.write_buffer_bytes = 64 * 1024;
  OrgNumber org{};
  {
    const auto database = disk.Open(test);
    org = CreateAcme(*database);
  }
  disk.fs->FailAt(n, fault, for_ever);
  std::vector<std::string> acknowledged;
  {
    Options options = disk.StoreOptions();
    options.test = test;
    const auto database = Database::Open(options);
    if (database.ok()) {
      if ((*database)->state() == State::kReadOnly) {
        CHECK_FALSE((*database)->read_only_reason().empty());
      }
      acknowledged = WriteUntilRefused(**database, org, run);
    } else {
      CHECK_FALSE(NextStepOf(database.status()).empty());
    }
  }
  run.hit = disk.fs->fault_was_hit();
  disk.fs->Heal();

  const auto database = disk.Open(test);
  CHECK(database->state() == State::kReadWrite);
  const std::vector<std::string> texts = TextsOf(*database, org, AnIncident(1));
  CHECK(texts.size() >= acknowledged.size());
  CHECK(texts.size() <= acknowledged.size() + run.unknown);
  CHECK(std::equal(acknowledged.begin(), acknowledged.end(), texts.begin()));
  CHECK(database->Scrub(org).ok());
  return run;
}

TEST_CASE("I/O errors: whichever I/O fails, nothing is acknowledged that is not there") {
  uint64_t points = 0;
  uint64_t acknowledged = 0;
  uint64_t unknown = 0;
  for (const testing::Fault fault : {testing::Fault::kIoError, testing::Fault::kNoSpace}) {
    for (const bool for_ever : {false, true}) {
      for (uint64_t n = 1;; ++n) {
        INFO("change " << n << (for_ever ? ", for ever" : ", once"));
        const Run run = FailOnce(n, fault, for_ever);
        if (!run.hit) break;
        ++points;
        acknowledged += run.acknowledged;
        unknown += run.unknown;
      }
    }
  }
  std::printf("%llu points of failure, %llu acknowledged, 0 lost, %llu outcomes unknown\n",
              static_cast<unsigned long long>(points),
              static_cast<unsigned long long>(acknowledged),
              static_cast<unsigned long long>(unknown));
  CHECK(points > 400);
  CHECK(unknown > 100);
}

}  // namespace
}  // namespace tocsin::store
