#include "server/runtime/zones.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "server/base/error.h"
#include "tests/support/catch.h"

namespace tocsin::runtime {
namespace {

namespace fs = std::filesystem;

struct Folder {
  Folder() {
    std::string pattern = (fs::temp_directory_path() / "tocsin-zones-XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    path = pattern;
  }
  ~Folder() {
    std::error_code error;
    fs::remove_all(path, error);
  }
  void Write(const char* name, const std::string& bytes) const {
    std::ofstream(path / name, std::ios::binary) << bytes;
  }
  std::string Version() const { return ZoneDataVersion(path.string()); }

  fs::path path;
};

}  // namespace

TEST_CASE("Zones: IANA names load, other files do not") {
  CHECK(LoadZone("Europe/Brussels").ok());
  CHECK(LoadZone("UTC").ok());
  for (const std::string bad :
       {"", "Europe/Atlantis", "/etc/localtime", ":/etc/localtime", "../zoneinfo/UTC"}) {
    CAPTURE(bad);
    CHECK(ReasonOf(LoadZone(bad).status()) == "UNKNOWN_TIME_ZONE");
  }
}

TEST_CASE("Zones: the edition of the data is that of tzdata.zi, else of +VERSION") {
  const Folder folder;
  folder.Write("+VERSION", "2026a\n");
  CHECK(folder.Version() == "2026a");
  folder.Write("tzdata.zi", "# version 2026b\n# redo posix_only\nR d 1916 o - Jun 14 23s 1 S\n");
  CHECK(folder.Version() == "2026b");
  folder.Write("tzdata.zi", "# version 2026b-00-0ub");
  CHECK(folder.Version() == "2026b-00-0ub");
}

TEST_CASE("Zones: an edition that nobody states, or that is none, is unknown") {
  const Folder folder;
  CHECK(folder.Version() == "unknown");
  CHECK(ZoneDataVersion("/nonexistent") == "unknown");
  for (const std::string line :
       {"", "# version \n", "# version 26a\n", "# version 2026A\n", "# version 2026\n",
        "# version 2026a\x1b[31m\n", "R d 1916 o - Jun 14\n"}) {
    CAPTURE(line);
    folder.Write("tzdata.zi", line);
    CHECK(folder.Version() == "unknown");
  }
  folder.Write("tzdata.zi", "# version 2026" + std::string(100'000, 'a'));
  CHECK(folder.Version() == "unknown");
  fs::remove(folder.path / "tzdata.zi");
  fs::create_directory(folder.path / "tzdata.zi");
  CHECK(folder.Version() == "unknown");
}

}  // namespace tocsin::runtime
