#include "server/domain/impact.h"

#include <fstream>
#include <iterator>
#include <set>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/view.h"
#include "tests/support/catch.h"

namespace tocsin::domain {
namespace {

std::string Refusal(std::string_view key, std::string_view value) {
  return ReasonOf(CheckImpactFact(key, value));
}

std::string FormText(const ImpactKey& key) {
  switch (key.form) {
    case ImpactForm::kYesNo:
      return "yes or no";
    case ImpactForm::kNumber:
      return key.key.ends_with("_percent") ? "number from 0 to 100" : "number";
    case ImpactForm::kText:
      return "text";
    case ImpactForm::kKey:
      return "one word";
    case ImpactForm::kSectors:
      return "sectors";
    case ImpactForm::kIntervals:
      return "intervals";
  }
  return "";
}

// The table of docs/impact.md.
std::string Table() {
  std::string table = "| Key | Form | Meaning |\n|---|---|---|\n";
  for (const ImpactKey& key : ImpactKeys()) {
    absl::StrAppend(&table, "| `", ToAbsl(key.key), "`", key.has_potential ? " ◦" : "", " | ",
                    FormText(key), " | ", ToAbsl(key.label), " |\n");
  }
  return table;
}

}  // namespace

TEST_CASE("CheckImpactFact: yes, no or unknown", "[domain][impact]") {
  for (const std::string value : {"yes", "no", "unknown"}) {
    CHECK(Refusal("malicious", value).empty());
  }
  for (const std::string value : {"", "Yes", "true", "y", "yes ", "\xff"}) {
    INFO(value);
    CHECK(Refusal("malicious", value) == "BAD_IMPACT_VALUE");
  }
}

TEST_CASE("CheckImpactFact: plain numbers", "[domain][impact]") {
  for (const std::string value : {"0", "1200", "12.5", "007", "unknown", "999999999999999999"}) {
    INFO(value);
    CHECK(Refusal("users_affected", value).empty());
  }
  for (const std::string value : {"", "-1", "+1", " 1", "1 ", "1e3", "0x10", "inf", "nan", "1,200",
                                  "1.2.3", ".5", "5.", "many", "9999999999999999999"}) {
    INFO(value);
    CHECK(Refusal("users_affected", value) == "BAD_IMPACT_VALUE");
  }
  CHECK(Refusal("users_affected_percent", "100").empty());
  CHECK(Refusal("users_affected_percent", "100.1") == "BAD_IMPACT_VALUE");
}

TEST_CASE("CheckImpactFact: a slip of a known key is refused, another key is free",
          "[domain][impact]") {
  CHECK(Refusal("user_affected", "1") == "UNKNOWN_IMPACT_KEY");
  CHECK_THAT(NextStepOf(CheckImpactFact("user_affected", "1")),
             ContainsSubstring("'users_affected'"));
  CHECK_THAT(NextStepOf(CheckImpactFact("loss_eur", "50000")),
             ContainsSubstring("'financial_loss_eur'"));
  CHECK(Refusal("beds_closed", "30").empty());
}

TEST_CASE("CheckImpactFact: refusals stay short, whatever was sent", "[domain][impact]") {
  CHECK(CheckImpactFact("malicious", std::string(4096, 'x')).message().size() < 200);
  CHECK(CheckImpactFact("users_affected", "\x1b[2J").message() ==
        "users_affected is a number, not this text");
}

TEST_CASE("ImpactKeys: each key once, with a label", "[domain][impact]") {
  std::set<std::string_view> keys;
  for (const ImpactKey& key : ImpactKeys()) {
    CHECK(keys.insert(key.key).second);
    CHECK_FALSE(key.label.empty());
  }
}

TEST_CASE("ImpactKeys: docs/impact.md lists them", "[domain][impact]") {
  std::ifstream file(std::string(TOCSIN_SOURCE_DIR) + "/docs/impact.md");
  const std::string document{std::istreambuf_iterator<char>(file), {}};
  INFO("The table must be:\n" << Table());
  const size_t table = document.find(Table());
  REQUIRE(table != std::string::npos);
  // Nothing more in the table than the code knows.
  CHECK(document.find("\n| ", table + Table().size() - 1) == std::string::npos);
}

}  // namespace tocsin::domain
