// An incident run from a room of Matrix by the real bot, to its end and over everything that
// breaks.
#include "tests/peers/platform_story.h"
#include "tests/support/catch.h"

namespace tocsin::e2e {

TEST_CASE("Matrix: an incident is run from a room; nothing is lost, nothing comes twice") {
  TempDir files;
  MatrixMock mock;
  RunStory(OnMatrix(mock, files));
}

}  // namespace tocsin::e2e
