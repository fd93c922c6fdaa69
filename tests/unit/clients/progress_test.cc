#include "clients/core/progress.h"

#include <sstream>

#include "tests/support/catch.h"

namespace tocsin::client {
namespace {

// A clock that the test moves.
struct Watch {
  absl::Time time = absl::UnixEpoch();
  std::function<absl::Time()> Reader() {
    return [this] { return time; };
  }
};

Progress::Options Rows(bool terminal) {
  return {.label = "import", .total = 200, .unit = "entries", .terminal = terminal, .width = 100};
}

TEST_CASE("Progress: short work prints nothing", "[clients][progress]") {
  Watch watch;
  std::ostringstream err;
  {
    Progress progress(err, watch.Reader(), Rows(/*terminal=*/true));
    watch.time += absl::Milliseconds(1900);
    progress.Update(199);
  }
  CHECK(err.str().empty());
}

TEST_CASE("Progress: after two seconds a bar with rate and remaining time", "[clients][progress]") {
  Watch watch;
  std::ostringstream err;
  Progress progress(err, watch.Reader(), Rows(/*terminal=*/true));
  watch.time += absl::Seconds(4);

  progress.Update(100);

  CHECK(err.str() ==
        "\r\x1b[Kimport [############............] 50% 100/200 entries, 25/s, 4 s left");
}

TEST_CASE("Progress: draws at most ten times a second, then erases the bar",
          "[clients][progress]") {
  Watch watch;
  std::ostringstream err;
  Progress progress(err, watch.Reader(), Rows(/*terminal=*/true));
  watch.time += absl::Seconds(4);
  progress.Update(100);
  const std::string once = err.str();
  watch.time += absl::Milliseconds(50);
  progress.Update(101);
  CHECK(err.str() == once);

  watch.time += absl::Milliseconds(3950);
  progress.Update(200);
  progress.Finish();
  progress.Finish();

  const std::string text = err.str();
  const std::string closing = "\r\x1b[Kimport: 200 entries in 8 s (25/s)\n";
  REQUIRE(text.size() > closing.size());
  CHECK(text.substr(text.size() - closing.size()) == closing);
}

TEST_CASE("Progress: without a terminal one plain line at the end", "[clients][progress]") {
  Watch watch;
  std::ostringstream err;
  {
    Progress progress(err, watch.Reader(), Rows(/*terminal=*/false));
    watch.time += absl::Seconds(10);
    progress.Update(200);
    CHECK(err.str().empty());
  }
  CHECK(err.str() == "import: 200 entries in 10 s (20/s)\n");
}

}  // namespace
}  // namespace tocsin::client
