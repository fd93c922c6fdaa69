#include "clients/convert/csv_table.h"

#include "absl/strings/str_cat.h"
#include "tests/support/catch.h"

namespace tocsin::convert {
namespace {

CsvTable Read(const std::string& text) {
  auto table = ReadCsvTable(text);
  INFO(table.status());
  REQUIRE(table.ok());
  return *std::move(table);
}

std::string Problem(const std::string& text) {
  const auto table = ReadCsvTable(text);
  REQUIRE_FALSE(table.ok());
  return std::string(table.status().message());
}

TEST_CASE("ReadCsvTable: quotes, commas, newlines and doubled quotes", "[convert]") {
  const CsvTable table = Read("a,b\r\n\"x, \"\"y\"\"\nz\",2\r\n\r\nu,\"\"\r\n");

  REQUIRE(table.rows.size() == 2);
  CHECK(table.rows[0].cells[0] == "x, \"y\"\nz");
  CHECK(table.rows[0].line == 2);
  CHECK(table.rows[1].line == 5);
  CHECK(table.rows[1].cells[1].empty());
}

TEST_CASE("ReadCsvTable: the separator is what the header has most of", "[convert]") {
  CHECK(Read("a;b;c\n1,5;2;3\n").rows[0].cells[0] == "1,5");
  CHECK(Read("a\tb\n1\t2\n").rows[0].cells[1] == "2");
  CHECK(Read("\"a;;;;b\",c\n1,2\n").header[0] == "a;;;;b");
  CHECK(Read("only\none\n").rows[0].cells[0] == "one");
  CHECK(Read("a,b\r1,2\r").rows[0].cells[1] == "2");
}

TEST_CASE("ReadCsvTable: every refusal names its line", "[convert]") {
  CHECK(Problem("a,b\n1,2\n1,2,3\n") == "line 3: has 3 fields, the header has 2");
  CHECK(Problem("a,b\n1,\"2\n3\n") == "line 2: field 2: a quote is not closed");
  CHECK(Problem("a,b\n\"1\"x,2\n") == "line 2: field 1: text after a closing quote");
  CHECK(Problem("a,b, a\n") == "line 1: 'a' is the header of columns 1 and 3; give each its own");
  CHECK(Read("a,,b\n1,2,3\n").header[1] == "column_2");
}

TEST_CASE("ReadCsvTable: many rows and a huge cell", "[convert]") {
  std::string text = "a,b\n";
  for (int i = 0; i < 10'000; ++i) absl::StrAppend(&text, i, ",\"x\"\n");
  absl::StrAppend(&text, "last,", std::string(5'000'000, 'w'), "\n");

  const CsvTable table = Read(text);

  CHECK(table.rows.size() == 10'001);
  CHECK(table.rows.back().line == 10'002);
  CHECK(table.rows.back().cells[1].size() == 5'000'000);
}

}  // namespace
}  // namespace tocsin::convert
