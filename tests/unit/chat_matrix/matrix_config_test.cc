#include "clients/chat/matrix/matrix_config.h"

#include "tests/support/config_files.h"

namespace tocsin::chat {
namespace {

constexpr char kGood[] = R"(url: https://matrix.example
token_file: SECRET
inviters: ["@ada:chat.example"]
rooms:
  - room: "!abc:chat.example"
)";

std::string With(const std::string& from, const std::string& to) {
  return absl::StrReplaceAll(kGood, {{from, to}});
}

}  // namespace

TEST_CASE("Matrix configuration: what it says is what is used", "[chat][matrix]") {
  const auto config = ConfigFiles("syt_x").Read(ReadMatrixConfig, kGood);
  REQUIRE(config.ok());
  CHECK(config->name == "matrix");
  CHECK(config->url.host == "matrix.example");
  CHECK(config->token == "syt_x");
  CHECK(config->inviters == std::vector<std::string>{"@ada:chat.example"});
  CHECK(config->rooms[0].room == "!abc:chat.example");
}

TEST_CASE("Matrix configuration: what is wrong is named", "[chat][matrix]") {
  const ConfigFiles files;
  files.Refused(ReadMatrixConfig, With("https:", "http:"), "https://");
  files.Refused(ReadMatrixConfig, With("!abc:chat.example", "#war:chat.example"), "not its alias");
  files.Refused(ReadMatrixConfig, With("!abc:chat.example", "!a b:chat.example"), "not its alias");
  files.Refused(ReadMatrixConfig, With("@ada:chat.example", "ada"), "@NAME:SERVER");
  files.Refused(ReadMatrixConfig, With("SECRET", "OPEN"), "open");
  files.Refused(ReadMatrixConfig, With("matrix.example", "matrix.example/x"), "no path");
}

}  // namespace tocsin::chat
