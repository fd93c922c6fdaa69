#include <chrono>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/text.h"
#include "server/domain/decide.h"
#include "tests/support/catch.h"
#include "tests/support/domain_fixture.h"

namespace tocsin::domain {

TEST_CASE("RecordEntry: keeps claimed time, precision and label", "[domain]") {
  Case c = ADeclaredCase();
  RecordEntry command{EntryKind::kAttackerActivity, "first logon of the attacker"};
  command.occur_time = At("2019-10-16T00:00:00Z");
  command.precision = Precision::kDay;
  command.tlp = Tlp::kRed;
  command.attributes = {{"source", "EDR"}};

  const auto entries = c.Do(command);

  REQUIRE(entries.size() == 1);
  CHECK(entries[0].occur_time == command.occur_time);
  CHECK(entries[0].precision == Precision::kDay);
  CHECK(entries[0].tlp == Tlp::kRed);
  CHECK_FALSE(entries[0].by_server);
  const auto& event = std::get<EntryRecorded>(entries[0].event);
  CHECK(event.kind == EntryKind::kAttackerActivity);
  CHECK(event.attributes == command.attributes);
  CHECK(c.incident().written == std::vector<uint64_t>{c.incident().last_sequence});
}

TEST_CASE("RecordEntry: a claimed time may lie five minutes ahead, no more", "[domain]") {
  const Case c = ADeclaredCase();
  RecordEntry command{EntryKind::kAction, "cut the cable"};
  command.occur_time = c.now + absl::Minutes(5);
  CHECK(c.Refusal(command).empty());
  command.occur_time = c.now + absl::Minutes(5) + absl::Microseconds(1);
  CHECK(c.Refusal(command) == "TIME_IN_FUTURE");
  CHECK_THAT(NextStepOf(c.Try(command)), ContainsSubstring("2026-06-10T08:00:00Z"));
  command.occur_time = absl::FromUnixSeconds(-1);
  CHECK(c.Refusal(command) == "TIME_TOO_EARLY");
}

TEST_CASE("RecordEntry: hostile text is refused", "[domain]") {
  const Case c = ADeclaredCase();
  const auto refusal = [&](std::string text) {
    return c.Refusal(RecordEntry{EntryKind::kAction, std::move(text)});
  };
  CHECK(refusal("") == "TEXT_EMPTY");
  CHECK(refusal(" \n\t ") == "TEXT_EMPTY");
  CHECK(refusal(std::string(kTextBytesMax, 'x')).empty());
  CHECK(refusal(std::string(kTextBytesMax + 1, 'x')) == "TEXT_TOO_LONG");
  CHECK(refusal(std::string(2 << 20, 'x')) == "TEXT_TOO_LONG");
  CHECK(refusal("caf\xe9") == "TEXT_NOT_UTF8");
  CHECK(refusal("bell\a") == "TEXT_CONTROL_CHARACTER");
  CHECK(refusal(std::string("nul\0l", 5)) == "TEXT_CONTROL_CHARACTER");
  CHECK(refusal("exe\u202Egpj.txt") == "TEXT_CONTROL_CHARACTER");
  CHECK(refusal("one\ntwo\tthree").empty());
}

TEST_CASE("RecordEntry: attributes have limits", "[domain]") {
  const Case c = ADeclaredCase();
  const auto refusal = [&](Attributes attributes) {
    RecordEntry command{EntryKind::kAction, "x"};
    command.attributes = std::move(attributes);
    return c.Refusal(command);
  };
  Attributes many;
  for (size_t i = 0; i < kAttributesMax; ++i) many[absl::StrCat("k", i)] = "v";
  CHECK(refusal(many).empty());
  many["one-more"] = "v";
  CHECK(refusal(many) == "BAD_ATTRIBUTE");
  CHECK(refusal({{"", "v"}}) == "BAD_ATTRIBUTE");
  CHECK(refusal({{"a b", "v"}}) == "BAD_ATTRIBUTE");
  CHECK(refusal({{"caf\xc3\xa9", "v"}}) == "BAD_ATTRIBUTE");
  CHECK(refusal({{std::string(64, 'k'), "v"}}).empty());
  CHECK(refusal({{std::string(65, 'k'), "v"}}) == "BAD_ATTRIBUTE");
  CHECK(refusal({{"k", std::string(4096, 'v')}}).empty());
  CHECK(refusal({{"k", std::string(4097, 'v')}}) == "TEXT_TOO_LONG");
  CHECK(refusal({{"k", "\xff"}}) == "TEXT_NOT_UTF8");
  CHECK(refusal({{"k", ""}}).empty());
}

TEST_CASE("RecordEntry: does not copy the incident, however long it is", "[domain][performance]") {
  Case c = ADeclaredCase();
  Incident incident = c.incident();
  for (uint64_t i = 1; i <= 300'000; ++i) incident.corrected_by[i] = i;
  const Command command = RecordEntry{EntryKind::kAction, "cut the cable"};
  const auto start = std::chrono::steady_clock::now();

  size_t accepted = 0;
  for (int i = 0; i < 1'000; ++i) {
    accepted += Decide(incident, command, {c.now, c.author}).ok() ? 1U : 0U;
  }
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;

  CHECK(accepted == 1'000);
  CHECK(elapsed.count() < 2.0);  // one copy takes some 20 ms, so copying would take 20 s
}

TEST_CASE("CorrectEntry: the last correction counts, also after closing", "[domain]") {
  Case c = ADeclaredCase();
  c.Do(RecordEntry{EntryKind::kAction, "cut the wrong cable"});
  const uint64_t target = c.incident().last_sequence;

  c.Do(CorrectEntry{target, "cut the cable of FS01"});
  c.Do(CloseIncident{"done", "nothing to learn"});
  c.Do(CorrectEntry{target, "cut the cable of FS02"});

  CHECK(c.incident().corrected_by.at(target) == c.incident().last_sequence);
}

TEST_CASE("CorrectEntry and RetractEntry: are labelled as what they are about", "[domain]") {
  Case c = ADeclaredCase();
  const Tlp label = GENERATE(Tlp::kRed, Tlp::kClear);
  c.Do(RecordEntry{.kind = EntryKind::kAction, .text = "cut the cable", .tlp = label});
  const uint64_t target = c.incident().last_sequence;
  c.Do(RecordEntry{EntryKind::kAction, "cut another one"});
  const uint64_t plain = c.incident().last_sequence;

  CHECK(c.Do(CorrectEntry{target, "it was FS02"}).front().tlp == label);
  CHECK(c.Do(RetractEntry{target, "another incident"}).front().tlp == label);
  CHECK_FALSE(c.Do(CorrectEntry{plain, "both"}).front().tlp);
}

TEST_CASE("CorrectEntry and RetractEntry: refusals", "[domain]") {
  Case c = ADeclaredCase();
  c.Do(RecordEntry{EntryKind::kAction, "cut the cable"});
  const uint64_t target = c.incident().last_sequence;

  CHECK(c.Refusal(CorrectEntry{0, "x"}) == "UNKNOWN_ENTRY");
  CHECK(c.Refusal(CorrectEntry{target + 1, "x"}) == "UNKNOWN_ENTRY");
  CHECK(c.Refusal(RetractEntry{UINT64_MAX, "x"}) == "UNKNOWN_ENTRY");
  CHECK(c.Refusal(CorrectEntry{target, ""}) == "TEXT_EMPTY");
  CHECK(c.Refusal(RetractEntry{target, ""}) == "TEXT_EMPTY");
  c.Do(RetractEntry{target, "it was another cable"});
  CHECK(c.incident().retracted_by.at(target) == c.incident().last_sequence);
  CHECK(c.Refusal(RetractEntry{target, "again"}) == "ENTRY_RETRACTED");
  CHECK(c.Refusal(CorrectEntry{target, "x"}) == "ENTRY_RETRACTED");
}

TEST_CASE("CorrectEntry and RetractEntry: only entries that people logged", "[domain]") {
  Case c = ASignificantCase();
  c.Do(RecordEntry{EntryKind::kAction, "cut the cable"});
  c.Do(CorrectEntry{c.incident().last_sequence, "cut both cables"});

  size_t refused = 0;
  for (const Recorded& recorded : c.record()) {
    if (std::holds_alternative<EntryRecorded>(recorded.entry.event)) continue;
    INFO(EntryTypeName(EntryType(recorded.entry.event)));
    CHECK(c.Refusal(CorrectEntry{recorded.meta.sequence, "x"}) == "ENTRY_NOT_WRITTEN");
    CHECK(c.Refusal(RetractEntry{recorded.meta.sequence, "x"}) == "ENTRY_NOT_WRITTEN");
    ++refused;
  }
  CHECK(refused == c.record().size() - 1);
}

}  // namespace tocsin::domain
