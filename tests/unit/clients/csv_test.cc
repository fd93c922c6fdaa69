#include "clients/core/csv.h"

#include "server/base/error.h"
#include "tests/support/catch.h"

namespace tocsin::client {
namespace {

TEST_CASE("ParseCsv: quotes, commas, newlines, both line ends, a byte order mark",
          "[clients][csv]") {
  const auto rows =
      ParseCsv("\xEF\xBB\xBFid,note\r\n1,\"a, \"\"b\"\"\nc\"\r\n\n2,\n3,last", {"id"});

  REQUIRE(rows.ok());
  REQUIRE(rows->size() == 3);
  CHECK((*rows)[0].fields.at("id") == "1");
  CHECK((*rows)[0].fields.at("note") == "a, \"b\"\nc");
  CHECK((*rows)[0].line == 2);
  CHECK((*rows)[1].fields.at("note").empty());
  CHECK((*rows)[1].line == 5);
  CHECK((*rows)[2].fields.at("note") == "last");
}

TEST_CASE("ParseCsv: refuses a broken file and names the line", "[clients][csv]") {
  struct Case {
    const char* text;
    const char* reason;
    const char* part;
  };
  const Case cases[] = {
      {"", "CSV_BROKEN", "empty"},
      {"id,note\n1\n", "CSV_BROKEN", "line 2: 1 fields instead of 2"},
      {"id,note\n1,a\n2,b,c\n", "CSV_BROKEN", "line 3: 3 fields instead of 2"},
      {"id,note\n1,\"open\n", "CSV_BROKEN", "line 2: a quote is not closed"},
      {"id,note\n1,\"a\"b\n", "CSV_BROKEN", "line 2: text after a closing quote"},
      {"name,note\n1,a\n", "CSV_COLUMN_MISSING", "'id'"},
  };
  for (const Case& c : cases) {
    INFO(c.text);
    const auto rows = ParseCsv(c.text, {"id"});
    CHECK(ReasonOf(rows.status()) == c.reason);
    CHECK_THAT(std::string(rows.status().message()), ContainsSubstring(c.part));
  }
}

}  // namespace
TEST_CASE("FormatCsvRow: reads back as it was, and no field becomes a formula", "[clients][csv]") {
  CHECK(FormatCsvRow({"a", "b,c", "d\"e", "f\ng"}) == "a,\"b,c\",\"d\"\"e\",\"f\ng\"\r\n");
  CHECK(FormatCsvRow({"=1+2", "@x", "+x", "-x", "\tx"}) == "'=1+2,'@x,'+x,'-x,'\tx\r\n");
  CHECK(FormatCsvRow({"-12.5", "+3", "", "1e3"}) == "-12.5,+3,,1e3\r\n");
  const auto rows = ParseCsv("id,note\r\n" + FormatCsvRow({"1", "x,\"y\"\nz"}), {"id"});
  REQUIRE(rows.ok());
  CHECK(rows->front().fields.at("note") == "x,\"y\"\nz");
}

}  // namespace tocsin::client
