// The client's verifier must answer every case of tests/unit/verify/bundle_factory.py in the words
// of the script.
#include "clients/report/verify.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "tests/support/catch.h"
#include "tests/unit/report/sample_bundles.h"

namespace tocsin::report {
namespace {

TEST_CASE("VerifyBundle: answers every case in the words of the script") {
  const std::filesystem::path folder = SampleFolder();
  int refused = 0;
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    if (file.path().extension() != ".json") continue;
    std::filesystem::path expected_path = file.path();
    const std::string expected = ReadText(expected_path.replace_extension(".expected"));
    INFO(file.path().filename().string());

    const absl::StatusOr<Verified> verified = VerifyBundle(ReadText(file.path()), std::nullopt);

    if (expected == "ok") {
      CHECK(verified.status().ToString() == "OK");
      continue;
    }
    ++refused;
    CHECK(std::string(verified.status().message()) == expected);
    CHECK(ReasonOf(verified.status()) == "BUNDLE_WRONG");
  }
  CHECK(refused >= 80);
}

TEST_CASE("VerifyBundle: counts what it checked and tells progress") {
  uint64_t told = 0;
  const auto verified =
      VerifyBundle(ReadText(SampleFolder() / "valid.json"), std::nullopt,
                   [&](uint64_t done, uint64_t total) { told = done * 100 + total; });

  REQUIRE(verified.ok());
  CHECK(verified->entries == 9);
  CHECK(verified->withheld == 0);
  CHECK(verified->signatures == 1);
  CHECK(verified->log_size == 19);
  CHECK(told == 909);
}

TEST_CASE("VerifyBundle: a pinned key must be the bundle's") {
  const std::string text = ReadText(SampleFolder() / "valid.json");
  const auto verified = VerifyBundle(text, std::nullopt);
  REQUIRE(verified.ok());

  CHECK(VerifyBundle(text, verified->verifier_key).ok());
  CHECK(std::string(VerifyBundle(text, "other+00000000+AA==").status().message()) ==
        "key: the bundle's key is not the one given with --key");
}

}  // namespace
}  // namespace tocsin::report
