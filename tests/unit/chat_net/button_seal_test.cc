#include "clients/chat/net/button_seal.h"

#include <string>

#include "absl/strings/str_replace.h"
#include "tests/support/catch.h"

namespace tocsin::chat {
namespace {

constexpr char kKey[] = "0123456789abcdef";
const absl::Time kNow = absl::FromUnixSeconds(1'790'000'000);

}  // namespace

TEST_CASE("OpenButton: what was sealed comes back, in its room and its time", "[chat][net]") {
  const std::string value = SealButton(kKey, "room", "ack 14", kNow + absl::Minutes(1));
  CHECK(OpenButton(kKey, "room", value, kNow) == "ack 14");
  CHECK_FALSE(OpenButton(kKey, "other", value, kNow).has_value());
  CHECK_FALSE(OpenButton("another key 1234", "room", value, kNow).has_value());
  CHECK_FALSE(OpenButton(kKey, "room", value, kNow + absl::Minutes(1)).has_value());
}

TEST_CASE("OpenButton: any change is noticed", "[chat][net]") {
  const std::string value = SealButton(kKey, "room", "ack 14", kNow + absl::Minutes(1));
  for (size_t i = 0; i < value.size(); ++i) {
    std::string changed = value;
    changed[i] = changed[i] == '1' ? '2' : '1';
    INFO(changed);
    CHECK_FALSE(OpenButton(kKey, "room", changed, kNow).has_value());
  }
  for (const std::string& bad : {std::string(), std::string("1"), std::string("1..."), value + ".",
                                 std::string(1'000'000, '.'), "2" + value.substr(1)}) {
    CHECK_FALSE(OpenButton(kKey, "room", bad, kNow).has_value());
  }
}

TEST_CASE("OpenButton: the border between room and command is part of it", "[chat][net]") {
  const std::string value = SealButton(kKey, "ab", "c", kNow + absl::Minutes(1));
  const std::string moved = absl::StrReplaceAll(value, {{"Yw==", "YmM="}});  // "c" to "bc"
  CHECK_FALSE(OpenButton(kKey, "a", moved, kNow).has_value());
}

}  // namespace tocsin::chat
