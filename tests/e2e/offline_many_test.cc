// The offline queue with as many writes as it takes.
#include "clients/core/system_clock.h"
#include "tests/e2e/offline_desk.h"

namespace tocsin::e2e {
namespace {

TEST_CASE("Offline: ten thousand wait, no more fit, and all are sent once and in order",
          "[e2e][offline]") {
  OfflineDesk desk;
  const auto most = static_cast<int>(client::WriteQueue::kWritesMax);
  const std::vector<std::string> expected = desk.Fill(most, client::SystemNow());
  desk.server.Kill();
  const Exit full = desk.ada->Run({"log", "one too many"});
  INFO(full.err);
  CHECK(full.code == 1);
  CHECK_THAT(full.err, ContainsSubstring("10000 writes wait already"));
  desk.server.StartAgain();

  const Exit flush = Run(desk.ada->CommandOf({"queue", "flush"}), absl::Seconds(500));

  CHECK(flush.code == 0);
  CHECK(desk.Texts() == expected);
}

}  // namespace
}  // namespace tocsin::e2e
