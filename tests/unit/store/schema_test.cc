#include "server/store/schema.h"

#include "server/base/encoding.h"
#include "server/base/error.h"
#include "server/store/rows.h"
#include "tests/support/catch.h"
#include "tests/unit/store/store_fixture.h"

namespace tocsin::store {
namespace {

constexpr OrgNumber kOrg{0x01020304};

TEST_CASE("Schema: keys are those of the format") {
  const std::string incident = "000000000000000000000000000000ff";

  CHECK(OrgKey("acme") == "org/acme");
  CHECK(HexEncode(IncidentKey(kOrg, AnIncident(255))) == "01020304" + incident);
  CHECK(HexEncode(EntryKey(kOrg, AnIncident(255), 258)) ==
        "01020304" + incident + "0000000000000102");
  CHECK(HexEncode(LeafKey(kOrg, 258)) == "010203040000000000000102");
  CHECK(HexEncode(NodeKey(kOrg, 3, 258)) == "01020304030000000000000102");
  CHECK(HexEncode(RequestKey(kOrg, ARequest(1))) == "010203045a5a5a5a5a5a5a5a0000000000000001");
  CHECK(HexEncode(TimerKey(absl::FromUnixNanos(1), kOrg, AnIncident(255), "n")) ==
        "8000000000000001"
        "01020304" +
            incident + "6e");
}

TEST_CASE("Schema: keys give back what they were made of") {
  CHECK(SequenceOfEntryKey(EntryKey(kOrg, AnIncident(1), 77)) == 77);
  CHECK(LogIndexOfLeafKey(LeafKey(kOrg, 78)) == 78);
  const auto parts = ParseTimerKey(TimerKey(At(9), kOrg, AnIncident(4), "a/75/1"));
  REQUIRE(parts.ok());
  CHECK(parts->fire_time == At(9));
  CHECK(parts->org == kOrg);
  CHECK(parts->incident == AnIncident(4));
  CHECK(parts->name == "a/75/1");
}

TEST_CASE("Schema: timers stand in the order of their time, before 1970 too") {
  const auto key = [](int64_t nanos) {
    return TimerKey(absl::FromUnixNanos(nanos), kOrg, AnIncident(1), "x");
  };
  CHECK(key(-2) < key(-1));
  CHECK(key(-1) < key(0));
  CHECK(key(0) < key(1));
  CHECK(key(255) < key(256));
}

TEST_CASE("Schema: values come back, and damaged ones are refused") {
  const LeafRow row{Sha256("leaf"), AnIncident(9), 5};
  const auto leaf = DecodeLeafRow(EncodeLeafRow(row));
  REQUIRE(leaf.ok());
  CHECK(leaf->leaf == row.leaf);
  CHECK(leaf->incident == row.incident);
  CHECK(leaf->sequence == 5);
  const ledger::WrappedKey key{3, std::string(ledger::kWrappedKeyBytes, 'k')};
  CHECK(DecodeWrappedKey(EncodeWrappedKey(key)).value() == key);

  CHECK(ReasonOf(DecodeLeafRow("short").status()) == "ROW_DAMAGED");
  CHECK(ReasonOf(DecodeWrappedKey("short").status()) == "ROW_DAMAGED");
  CHECK(ReasonOf(ParseTimerKey("short").status()) == "ROW_DAMAGED");
}

TEST_CASE("Rows: come back with every field, and damaged ones are refused") {
  OrgInfo org{kOrg, "acme", "tocsin.example/acme", "key+1+x", 2, At(3)};
  CHECK(DecodeOrgRow(EncodeOrgRow(org)).value() == org);

  IncidentRow incident;
  incident.id = AnIncident(2);
  incident.number = "INC-2026-0042";
  incident.last_sequence = 12;
  incident.last_leaf = Sha256("x");
  incident.declare_time = At(1);
  incident.last_record_time = At(2);
  incident.restricted = true;
  incident.open = true;
  incident.members.resize(2);
  incident.members[0].bytes.fill(4);
  incident.next_due = At(9);
  incident.has_root_cause = true;
  CHECK(DecodeIncidentRow(incident.id, EncodeIncidentRow(incident)).value() == incident);
  incident.next_due.reset();
  CHECK(DecodeIncidentRow(incident.id, EncodeIncidentRow(incident)).value() == incident);

  const RequestRecord request{AnIncident(1), 2, 3, 4, At(5), Sha256("f")};
  CHECK(DecodeRequestRow(EncodeRequestRow(request)).value() == request);

  CHECK(ReasonOf(DecodeOrgRow("\xff").status()) == "ROW_DAMAGED");
  CHECK(ReasonOf(DecodeOrgRow("").status()) == "ROW_DAMAGED");
  CHECK(ReasonOf(DecodeIncidentRow(AnIncident(1), "").status()) == "ROW_DAMAGED");
  CHECK(ReasonOf(DecodeRequestRow("").status()) == "ROW_DAMAGED");
}

}  // namespace
}  // namespace tocsin::store
