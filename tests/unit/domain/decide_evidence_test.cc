// Evidence: what is refused, whose hands an item is in, and that custody outlives the incident.
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/domain/decide.h"
#include "server/domain/describe.h"
#include "server/domain/evidence.h"
#include "tests/support/catch.h"
#include "tests/support/domain_fixture.h"

namespace tocsin::domain {
namespace {

AddEvidence AnItem(const std::string& bytes = "image") {
  return {.name = "fs01.dd", .size = bytes.size(), .digest = Sha256(bytes)};
}

MoveEvidence ToBob(absl::Time time) {
  return {.item = "EV-1", .principal = Person(2), .because = "analysis", .move_time = time};
}

StoreEvidence TheFile() {
  return {"EV-1", 5, Sha256("image")};
}

Case WithItem() {
  Case c = ADeclaredCase();
  c.Do(AnItem());
  return c;
}

std::string Handle(const PrincipalId& id) {
  return id == Person(2) ? "@bob" : "@ada";
}

std::string Holder(const Case& c) {
  const CustodyStep& last = c.incident().evidence.at(0)->custody.back();
  return HolderText(last.principal, last.to, Handle);
}

}  // namespace

TEST_CASE("AddEvidence: numbered in the incident, held by whoever collected it", "[domain]") {
  Case c = ADeclaredCase();
  AddEvidence item = AnItem();
  item.note = "write blocker 7";
  item.from = "fs01, room 2";
  item.collect_time = c.now - absl::Hours(3);
  const std::vector<PendingEntry> entries = c.Do(item);
  c.Do(AnItem("another"));
  REQUIRE(entries.size() == 1);
  CHECK(entries[0].occur_time == item.collect_time);
  const EvidenceItem* first = FindEvidence(c.incident(), "EV-1");
  REQUIRE(first != nullptr);
  CHECK(first->size == 5);
  CHECK(first->note == "write blocker 7");
  CHECK(first->custody[0].time == item.collect_time);
  CHECK(first->custody[0].meta.record_time == c.now);
  CHECK(Holder(c) == "@ada");
  CHECK(FindEvidence(c.incident(), "EV-2")->custody[0].time == c.now);
  CHECK(FindEvidence(c.incident(), "EV-3") == nullptr);
  CHECK(Dump(c.incident()) == Dump(c.Replayed()));
}

TEST_CASE("AddEvidence: an unclean name, an impossible size and a time ahead are refused",
          "[domain]") {
  const Case c = ADeclaredCase();
  AddEvidence item = AnItem();
  item.name = "";
  CHECK(c.Refusal(item) == "TEXT_EMPTY");
  item.name = "two\nlines";
  CHECK(c.Refusal(item) == "TEXT_CONTROL_CHARACTER");
  item.name = "\u202Egpj.exe";
  CHECK(c.Refusal(item) == "TEXT_CONTROL_CHARACTER");
  item.name = std::string(501, 'x');
  CHECK(c.Refusal(item) == "TEXT_TOO_LONG");
  item = AnItem();
  item.note = std::string(kEvidenceTextBytesMax + 1, 'x');
  CHECK(c.Refusal(item) == "TEXT_TOO_LONG");
  item = AnItem();
  item.from = "\xff";
  CHECK(c.Refusal(item) == "TEXT_NOT_UTF8");
  item = AnItem();
  item.size = 0;
  CHECK(c.Refusal(item) == "SIZE_AND_HASH_DISAGREE");
  item = AnItem("");
  CHECK(c.Refusal(item).empty());
  item.size = 1;
  CHECK(c.Refusal(item) == "SIZE_AND_HASH_DISAGREE");
  item = AnItem();
  item.size = kEvidenceBytesMax + 1;
  CHECK(c.Refusal(item) == "SIZE_TOO_LARGE");
  item = AnItem();
  item.collect_time = c.now + absl::Hours(1);
  CHECK(c.Refusal(item) == "TIME_IN_FUTURE");
}

TEST_CASE("AddEvidence: the same bytes are the item that is there, until it is returned",
          "[domain]") {
  Case c = WithItem();
  const absl::Status known = c.Try(AnItem());
  CHECK(ReasonOf(known) == "EVIDENCE_KNOWN");
  CHECK(absl::StrContains(std::string(known.message()), "EV-1"));
  AddEvidence other = AnItem();
  other.size = 6;
  CHECK(c.Refusal(other) == "EVIDENCE_SIZE_DIFFERS");
  c.Do(MoveEvidence{.item = "EV-1", .custody = Custody::kReturned, .to = "the owner"});
  c.Do(AnItem());
  CHECK(c.incident().evidence.back()->id == "EV-2");
}

TEST_CASE("AddEvidence: a closed incident takes none, and none takes more than its limit",
          "[domain]") {
  Case c = ADeclaredCase();
  for (size_t i = 0; i < kEvidenceItemsMax; ++i) c.Do(AnItem(absl::StrCat("file ", i)));
  CHECK(c.Refusal(AnItem()) == "EVIDENCE_FULL");
  Case closed = WithItem();
  closed.mutable_incident().phase = Phase::kClosed;
  CHECK(closed.Refusal(AnItem("late")) == "INCIDENT_CLOSED");
}

TEST_CASE("MoveEvidence: from hand to hand, also after closing, and back at last", "[domain]") {
  Case c = WithItem();
  c.Do(ToBob(c.now));
  CHECK(Holder(c) == "@bob");
  c.mutable_incident().phase = Phase::kClosed;
  c.author = Person(2);
  c.Do(MoveEvidence{.item = "EV-1", .to = "police, officer 4711", .because = "seized"});
  CHECK(Holder(c) == "police, officer 4711");
  const std::vector<PendingEntry> back =
      c.Do(MoveEvidence{.item = "EV-1", .custody = Custody::kReturned, .to = "the owner"});
  CHECK(Describe(back[0].event, Handle) == "Evidence EV-1 returned to the owner");
  CHECK(c.incident().evidence[0]->returned());
  CHECK(c.incident().evidence[0]->custody.size() == 4);
  CHECK(c.Refusal(ToBob(c.now)) == "EVIDENCE_RETURNED");
  CHECK(c.Refusal(MoveEvidence{.item = "EV-1", .custody = Custody::kReturned, .to = "her"}) ==
        "EVIDENCE_RETURNED");
}

TEST_CASE("MoveEvidence: nobody, nothing and no reason are refused", "[domain]") {
  const Case c = WithItem();
  MoveEvidence move{.item = "EV-1", .to = "the lab", .because = "analysis"};
  CHECK(c.Refusal(move).empty());
  move.because = "";
  CHECK(c.Refusal(move) == "TEXT_EMPTY");
  move.because = "analysis";
  move.to = "";
  CHECK(c.Refusal(move) == "TEXT_EMPTY");
  move.to = "the lab";
  move.principal = Person(2);
  CHECK(c.Refusal(move) == "TWO_RECEIVERS");
  move.principal = PrincipalId{};
  move.custody = Custody::kCollected;
  CHECK(c.Refusal(move) == "NO_CUSTODY");
  move.custody = Custody::kTransferred;
  for (const std::string& item :
       {std::string("EV-2"), std::string("ev-1"), std::string(), std::string(1 << 20, '\x1b')}) {
    move.item = item;
    const absl::Status refused = c.Try(move);
    CHECK(ReasonOf(refused) == "UNKNOWN_EVIDENCE");
    CHECK(refused.message().size() < 200);
  }
  // Who has it already cannot get it.
  CHECK(c.Refusal(MoveEvidence{.item = "EV-1", .principal = Person(1), .because = "x"}) ==
        "EVIDENCE_HELD");
}

TEST_CASE("MoveEvidence: a chain is in order and has an end", "[domain]") {
  Case c = WithItem();
  const absl::Time collected = c.now;
  c.now += absl::Hours(1);
  CHECK(c.Refusal(ToBob(collected - absl::Seconds(1))) == "CUSTODY_OUT_OF_ORDER");
  CHECK(c.Refusal(ToBob(c.now + absl::Hours(1))) == "TIME_IN_FUTURE");
  CHECK(c.Refusal(ToBob(collected)).empty());
  for (size_t i = 1; i < kCustodyStepsMax; ++i) {
    c.Do(MoveEvidence{.item = "EV-1", .to = absl::StrCat("lab ", i), .because = "x"});
  }
  CHECK(c.Refusal(ToBob(c.now)) == "CUSTODY_FULL");
  CHECK(c.Refusal(MoveEvidence{.item = "EV-1", .custody = Custody::kReturned, .to = "me"}).empty());
}

TEST_CASE("StoreEvidence: the file that was registered is stored once, in nobody's other hands",
          "[domain]") {
  Case c = WithItem();
  const std::vector<PendingEntry> entries = c.Do(TheFile());
  REQUIRE(entries.size() == 1);
  CHECK(Describe(entries[0].event, Handle) ==
        "Evidence EV-1 stored in the server: 5 bytes, SHA-256 " + Sha256("image").Hex());
  const EvidenceItem& item = *c.incident().evidence[0];
  REQUIRE(item.stored);
  CHECK(item.stored->sequence == c.incident().last_sequence);
  CHECK(Holder(c) == "@ada");
  CHECK(item.custody.size() == 1);
  const absl::Status again = c.Try(TheFile());
  CHECK(ReasonOf(again) == "EVIDENCE_STORED");
  CHECK(absl::IsAlreadyExists(again));
  CHECK(Dump(c.incident()) == Dump(c.Replayed()));
}

TEST_CASE("StoreEvidence: another file, no item and one that was returned are refused",
          "[domain]") {
  Case c = WithItem();
  StoreEvidence other = TheFile();
  other.size = 6;
  CHECK(c.Refusal(other) == "EVIDENCE_DIFFERS");
  other = TheFile();
  other.digest = Sha256("imagE");
  const absl::Status refused = c.Try(other);
  CHECK(ReasonOf(refused) == "EVIDENCE_DIFFERS");
  CHECK(absl::StrContains(std::string(refused.message()), Sha256("imagE").Hex()));
  CHECK(absl::StrContains(std::string(refused.message()), Sha256("image").Hex()));
  other = TheFile();
  other.item = "EV-2";
  CHECK(c.Refusal(other) == "UNKNOWN_EVIDENCE");
  c.Do(MoveEvidence{.item = "EV-1", .custody = Custody::kReturned, .to = "the owner"});
  CHECK(c.Refusal(TheFile()) == "EVIDENCE_RETURNED");
}

TEST_CASE("RetrieveEvidence: only what is stored, by whom it was, and the latest are kept",
          "[domain]") {
  Case c = WithItem();
  const RetrieveEvidence get{"EV-1"};
  CHECK(c.Refusal(get) == "EVIDENCE_NOT_STORED");
  CHECK(c.Refusal(RetrieveEvidence{"EV-9"}) == "UNKNOWN_EVIDENCE");
  c.Do(TheFile());
  c.author = Person(2);
  const std::vector<PendingEntry> entries = c.Do(get);
  CHECK(Describe(entries[0].event, Handle) == "Evidence EV-1 retrieved from the server");
  CHECK(c.incident().evidence[0]->retrievals[0].author == Person(2));
  for (size_t i = 0; i < kRetrievalsKept + 5; ++i) c.Do(get);
  const EvidenceItem& item = *c.incident().evidence[0];
  CHECK(item.retrieval_count == kRetrievalsKept + 6);
  REQUIRE(item.retrievals.size() == kRetrievalsKept);
  CHECK(item.retrievals.back().sequence == c.incident().last_sequence);
  CHECK(Dump(c.incident()) == Dump(c.Replayed()));
}

TEST_CASE("Evidence in the server outlives the closing, and the item's return", "[domain]") {
  Case c = WithItem();
  c.mutable_incident().phase = Phase::kClosed;
  c.Do(TheFile());
  c.Do(MoveEvidence{.item = "EV-1", .custody = Custody::kReturned, .to = "the owner"});
  c.Do(RetrieveEvidence{"EV-1"});
  CHECK(c.incident().evidence[0]->returned());
  CHECK(c.incident().evidence[0]->retrieval_count == 1);
}

}  // namespace tocsin::domain
