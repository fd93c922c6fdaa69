#include "server/rpc/call_limit.h"

#include <memory>

#include "tests/support/catch.h"

namespace tocsin::rpc {
namespace {

struct FakeCall : CallLimit::Call {
  void OnTimeOver() override { ++told; }
  bool done() const override { return answered; }
  int told = 0;
  bool answered = false;
};

const CallLimit::Time kStart{std::chrono::hours(1)};

}  // namespace

TEST_CASE("CallLimit: a call is told once, when its time is over and not before") {
  CallLimit limit(std::chrono::seconds(30));
  const auto call = std::make_shared<FakeCall>();
  limit.Add(call, kStart);
  CHECK(limit.RunOut(kStart + std::chrono::milliseconds(29'999)) == 0);
  CHECK(call->told == 0);
  CHECK(limit.RunOut(kStart + std::chrono::seconds(30)) == 1);
  CHECK(call->told == 1);
  CHECK(limit.RunOut(kStart + std::chrono::seconds(60)) == 0);
  CHECK(call->told == 1);
}

TEST_CASE("CallLimit: calls with an answer, or gone, are left alone") {
  CallLimit limit(std::chrono::seconds(30));
  const auto answered = std::make_shared<FakeCall>();
  answered->answered = true;
  const auto later = std::make_shared<FakeCall>();
  limit.Add(answered, kStart);
  limit.Add(std::make_shared<FakeCall>(), kStart);
  limit.Add(later, kStart + std::chrono::seconds(1));
  CHECK(limit.RunOut(kStart + std::chrono::seconds(30)) == 0);
  CHECK(answered->told == 0);
  CHECK(limit.RunOut(kStart + std::chrono::seconds(31)) == 1);
  CHECK(later->told == 1);
}

}  // namespace tocsin::rpc
