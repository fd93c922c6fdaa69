#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/unit/clients/cli_account.h"

namespace tocsin::cli {
namespace {

using nlohmann::json;

json Shown(Account& account, std::vector<std::string> flags = {}) {
  std::vector<std::string> line = {"context", "show", "-o", "json"};
  line.insert(line.end(), flags.begin(), flags.end());
  const Result result = account.Run(line);
  INFO(result.err);
  REQUIRE(result.code == 0);
  return json::parse(result.out)[0];
}

TEST_CASE("Context: flag before environment before file, and it says which", "[clients][context]") {
  Account account;
  account.UseIncident();

  CHECK(Shown(account)["server"] == json({{"value", "127.0.0.1:1"}, {"from", "file"}}));
  CHECK(Shown(account)["incident"] == json({{"value", "INC-2026-0001"}, {"from", "file"}}));
  CHECK(Shown(account)["zone"] == json({{"value", "Europe/Brussels"}, {"from", "file"}}));
  account.Set("TOCSIN_SERVER", "127.0.0.1:2");
  account.Set("TOCSIN_INCIDENT", "INC-2026-0002");
  account.Set("TOCSIN_ZONE", "Asia/Tokyo");
  CHECK(Shown(account)["server"] == json({{"value", "127.0.0.1:2"}, {"from", "TOCSIN_SERVER"}}));
  CHECK(Shown(account)["incident"]["from"] == "TOCSIN_INCIDENT");
  CHECK(Shown(account)["zone"] == json({{"value", "Asia/Tokyo"}, {"from", "TOCSIN_ZONE"}}));
  const json flags = Shown(account, {"--server", "127.0.0.1:3", "--incident", "INC-2026-0003"});
  CHECK(flags["server"] == json({{"value", "127.0.0.1:3"}, {"from", "--server"}}));
  CHECK(flags["incident"] == json({{"value", "INC-2026-0003"}, {"from", "--incident"}}));
}

TEST_CASE("Context: clock times are read in the zone that is in force", "[clients][context]") {
  Account account;
  account.UseIncident();
  account.Set("TOCSIN_ZONE", "Asia/Tokyo");
  CHECK_THAT(account.Run(Words("log --at 10:42 seen")).err,
             ContainsSubstring("--at 10:42 is 2026-06-10T01:42:00Z (10:42:00 Asia/Tokyo)"));
}

TEST_CASE("Context: an unknown zone is refused, never replaced by another", "[clients][context]") {
  Account account;
  account.UseIncident();
  account.Set("TOCSIN_ZONE", "Nowhere/X");
  const auto refused = account.Run(Words("log --at 10:42 seen"));
  CHECK(refused.code == kUsage);
  CHECK_THAT(refused.err, ContainsSubstring("there is no time zone 'Nowhere/X'"));
  CHECK_THAT(refused.err, !ContainsSubstring("10:42 is"));
  CHECK(account.Run(Words("log seen")).code == kUsage);
}

TEST_CASE("Context: set changes what it names and leaves the rest", "[clients][context]") {
  Account account;

  CHECK(account.Run(Words("context set --zone Asia/Tokyo --server tocsin.example:8443")).code == 0);
  CHECK(account.Run(Words("context set --incident INC-2026-0009")).code == 0);
  const json shown = Shown(account);
  CHECK(shown["zone"]["value"] == "Asia/Tokyo");
  CHECK(shown["server"]["value"] == "tocsin.example:8443");
  CHECK(shown["incident"]["value"] == "INC-2026-0009");
  CHECK(shown["handle"]["value"] == "@ada");
  CHECK(account.Run(Words("context set --no-incident")).code == 0);
  CHECK(Shown(account)["incident"]["value"] == "");

  CHECK(account.Run(Words("context set")).code == kUsage);
  CHECK(account.Run(Words("context set --zone Mars/Olympus")).code == kUsage);
  CHECK(account.Run(Words("context set --server bad:port:1")).code == kUsage);
  CHECK(account.Run(Words("context set --incident 17")).code == kUsage);
  CHECK(account.Run(Words("context set elsewhere --zone Asia/Tokyo")).code == kNoRights);
}

TEST_CASE("Context: use needs one that exists, and list marks it", "[clients][context]") {
  Account account;
  CHECK(account.Run(Words("context use elsewhere")).code == kNoRights);
  CHECK(account.Run(Words("context use default")).code == 0);
  CHECK_THAT(account.Run(Words("context list")).out, ContainsSubstring("*  default  127.0.0.1:1"));
  CHECK(account.Run(Words("context list -o id")).out == "default\n");
  account.Set("TOCSIN_CONTEXT", "other");
  CHECK_THAT(account.Run(Words("context use default")).err,
             ContainsSubstring("TOCSIN_CONTEXT is set"));
}

TEST_CASE("Context: a configuration that others can read is refused", "[clients][context]") {
  Account account;
  std::filesystem::permissions(account.Path("config/config.json"), std::filesystem::perms(0644));
  const Result result = account.Run(Words("context list"));
  CHECK(result.code == kNoRights);
  CHECK_THAT(result.err, ContainsSubstring("chmod 600"));
}

TEST_CASE("Context: no output shows the token", "[clients][context]") {
  Account account;
  for (const char* line : {"context show", "context show -o json", "context list -o yaml"}) {
    const Result result = account.Run(Words(line));
    CHECK(result.code == 0);
    CHECK(result.out.find("\"token\"") == std::string::npos);
    CHECK(result.out.find(": token") == std::string::npos);
  }
}

}  // namespace
}  // namespace tocsin::cli
