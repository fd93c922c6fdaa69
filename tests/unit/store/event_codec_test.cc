#include "server/store/event_codec.h"

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <tuple>

#include "server/base/encoding.h"
#include "server/base/error.h"
#include "server/store/event_numbers.h"
#include "tests/support/catch.h"
#include "tests/unit/store/event_samples.h"
#include "tests/unit/store/store_fixture.h"

namespace tocsin::store {
namespace {

constexpr char kGoldenFile[] = TOCSIN_SOURCE_DIR "/tests/golden/bodies.hex";

// The number of fields of a struct: how many values its braces take.
struct AnyValue {
  template <typename T>
  operator T() const;  // NOLINT(google-explicit-constructor): only ever named, never called.
};
template <typename T, typename... Values>
constexpr size_t FieldCount() {
  if constexpr (requires { T{Values{}..., AnyValue{}}; }) {
    return FieldCount<T, Values..., AnyValue>();
  } else {
    return sizeof...(Values);
  }
}

// All fields of an event. A field that an event gains is compared without anybody thinking of it.
template <typename T>
auto FieldsOf(const T& event) {
  constexpr size_t kCount = FieldCount<T>();
  static_assert(kCount <= 9 || kCount == 12);
  if constexpr (kCount == 0) {
    return std::tuple<>();
  } else if constexpr (kCount == 1) {
    const auto& [a] = event;
    return std::tie(a);
  } else if constexpr (kCount == 2) {
    const auto& [a, b] = event;
    return std::tie(a, b);
  } else if constexpr (kCount == 3) {
    const auto& [a, b, c] = event;
    return std::tie(a, b, c);
  } else if constexpr (kCount == 4) {
    const auto& [a, b, c, d] = event;
    return std::tie(a, b, c, d);
  } else if constexpr (kCount == 5) {
    const auto& [a, b, c, d, e] = event;
    return std::tie(a, b, c, d, e);
  } else if constexpr (kCount == 6) {
    const auto& [a, b, c, d, e, f] = event;
    return std::tie(a, b, c, d, e, f);
  } else if constexpr (kCount == 7) {
    const auto& [a, b, c, d, e, f, g] = event;
    return std::tie(a, b, c, d, e, f, g);
  } else if constexpr (kCount == 8) {
    const auto& [a, b, c, d, e, f, g, h] = event;
    return std::tie(a, b, c, d, e, f, g, h);
  } else if constexpr (kCount == 9) {
    const auto& [a, b, c, d, e, f, g, h, i] = event;
    return std::tie(a, b, c, d, e, f, g, h, i);
  } else {
    const auto& [a, b, c, d, e, f, g, h, i, j, k, l] = event;
    return std::tie(a, b, c, d, e, f, g, h, i, j, k, l);
  }
}

template <typename T>
bool Same(const T& a, const T& b) {
  return a == b;
}
bool Same(const domain::Zone& a, const domain::Zone& b) {
  return a.name == b.name && a.rules == b.rules;
}
bool Same(const std::shared_ptr<const domain::PinnedPack>& a,
          const std::shared_ptr<const domain::PinnedPack>& b) {
  if (a == nullptr || b == nullptr) return a == b;
  return a->file == b->file && a->pack.id == b->pack.id && a->pack.digest == b->pack.digest &&
         a->pack.stages.size() == b->pack.stages.size();
}
bool Same(const std::shared_ptr<const domain::PinnedDefinition>& a,
          const std::shared_ptr<const domain::PinnedDefinition>& b) {
  if (a == nullptr || b == nullptr) return a == b;
  return a->file == b->file && a->definition == b->definition &&
         std::equal(a->below.begin(), a->below.end(), b->below.begin(), b->below.end(),
                    [](const auto& x, const auto& y) { return x->definition == y->definition; });
}
bool Same(const std::shared_ptr<const domain::PinnedScenario>& a,
          const std::shared_ptr<const domain::PinnedScenario>& b) {
  if (a == nullptr || b == nullptr) return a == b;
  return a->file == b->file && a->scenario.id == b->scenario.id &&
         a->scenario.digest == b->scenario.digest &&
         a->scenario.injects.size() == b->scenario.injects.size();
}
bool Same(const std::shared_ptr<const domain::PinnedCalendar>& a,
          const std::shared_ptr<const domain::PinnedCalendar>& b) {
  if (a == nullptr || b == nullptr) return a == b;
  return a->file == b->file && a->digest == b->digest &&
         a->calendar.country == b->calendar.country && a->calendar.holidays == b->calendar.holidays;
}
bool Same(const std::optional<domain::Establishment>& a,
          const std::optional<domain::Establishment>& b) {
  if (!a || !b) return a.has_value() == b.has_value();
  return a->country == b->country && Same(a->zone, b->zone) && Same(a->calendar, b->calendar);
}

template <typename T, size_t... kIndex>
bool SameEvent(const T& a, const T& b, std::index_sequence<kIndex...>) {
  [[maybe_unused]] const auto fields_a = FieldsOf(a);
  [[maybe_unused]] const auto fields_b = FieldsOf(b);
  return (Same(std::get<kIndex>(fields_a), std::get<kIndex>(fields_b)) && ...);
}
template <typename T, size_t... kIndex>
bool AllSet(const T& event, std::index_sequence<kIndex...>) {
  const T unset{};
  [[maybe_unused]] const auto fields = FieldsOf(event);
  [[maybe_unused]] const auto defaults = FieldsOf(unset);
  return (!Same(std::get<kIndex>(fields), std::get<kIndex>(defaults)) && ...);
}

TEST_CASE("Event codec: every field of every event comes back") {
  PinnedFiles pinned;
  const std::vector<domain::PendingEntry> entries = OneOfEach();
  REQUIRE(entries.size() == std::variant_size_v<domain::Event>);
  for (size_t i = 0; i < entries.size(); ++i) {
    const domain::PendingEntry& entry = entries[i];
    INFO(domain::EntryTypeName(domain::EntryType(entry.event)));
    REQUIRE(entry.event.index() == i);

    const auto decoded = DecodeBody(EncodeBody(entry), pinned);

    REQUIRE(decoded.ok());
    CHECK(decoded->occur_time == entry.occur_time);
    CHECK(decoded->precision == entry.precision);
    REQUIRE(decoded->event.index() == i);
    std::visit(
        [&](const auto& event) {
          using T = std::decay_t<decltype(event)>;
          constexpr auto kIndexes = std::make_index_sequence<FieldCount<T>()>();
          CHECK(AllSet(event, kIndexes));
          CHECK(SameEvent(event, std::get<T>(decoded->event), kIndexes));
        },
        entry.event);
  }
}

TEST_CASE("Event codec: what is absent stays absent") {
  PinnedFiles pinned;
  domain::PendingEntry entry;
  entry.event = domain::ObligationUpdated{};
  const auto update = DecodeBody(EncodeBody(entry), pinned);
  REQUIRE(update.ok());
  CHECK_FALSE(update->occur_time.has_value());
  CHECK_FALSE(update->tlp.has_value());
  const auto& duty = std::get<domain::ObligationUpdated>(update->event).duty;
  CHECK(duty == regulation::Duty{});

  entry.event = domain::IncidentDeclared{};
  const auto declared = DecodeBody(EncodeBody(entry), pinned);
  REQUIRE(declared.ok());
  CHECK(std::get<domain::IncidentDeclared>(declared->event).pack == nullptr);
}

TEST_CASE("Event codec: a decision of before the criteria is read without a basis") {
  PinnedFiles pinned;
  domain::PendingEntry entry;
  entry.event = domain::SignificanceDecided{"nis2", true, "service is down", {}};
  // As 0.x wrote it: precision 1; regime, yes, reason.
  const std::string before = *HexDecode(
      "1001b201190a046e6973321001"
      "1a0f73657276696365206973"
      "20646f776e");
  CHECK(EncodeBody(entry) == before);
  const auto decoded = DecodeBody(before, pinned);
  REQUIRE(decoded.ok());
  CHECK(std::get<domain::SignificanceDecided>(decoded->event).basis.empty());
}

// The bytes on disk of one entry of each kind. When this fails the storage format has changed, and
// stores of earlier releases may not be readable any more: bodies may gain fields, but what an
// older release wrote must still decode to the same. TOCSIN_UPDATE_GOLDEN=1 writes the file anew.
TEST_CASE("Event codec: the bytes on disk are the golden ones") {
  std::ostringstream now;
  for (const domain::PendingEntry& entry : OneOfEach()) {
    now << domain::EntryTypeName(domain::EntryType(entry.event)) << ' '
        << HexEncode(EncodeBody(entry)) << '\n';
  }
  // NOLINTNEXTLINE(concurrency-mt-unsafe): one thread.
  if (std::getenv("TOCSIN_UPDATE_GOLDEN") != nullptr) std::ofstream(kGoldenFile) << now.str();
  std::ifstream file(kGoldenFile);
  std::ostringstream golden;
  golden << file.rdbuf();

  CHECK(now.str() == golden.str());
}

TEST_CASE("Event codec: the golden bytes are read as what they were") {
  PinnedFiles pinned;
  std::ifstream file(kGoldenFile);
  std::string name;
  std::string hex;
  size_t lines = 0;
  for (; file >> name >> hex; ++lines) {
    const std::string bytes = HexDecode(hex).value();
    const auto entry = DecodeBody(bytes, pinned);
    INFO(name);
    REQUIRE(entry.ok());
    CHECK(domain::EntryTypeName(domain::EntryType(entry->event)) == name);
    CHECK(EncodeBody(*entry) == bytes);
  }
  CHECK(lines == std::variant_size_v<domain::Event>);
}

// What a former release wrote, each body of which is written again byte for byte.
std::vector<domain::PendingEntry> OldBodies(const std::string& golden) {
  PinnedFiles pinned;
  std::ifstream file(TOCSIN_SOURCE_DIR "/tests/golden/" + golden + ".hex");
  std::vector<domain::PendingEntry> entries;
  std::string name;
  std::string hex;
  while (file >> name >> hex) {
    const std::string bytes = HexDecode(hex).value();
    const auto entry = DecodeBody(bytes, pinned);
    INFO(name << entry.status());
    REQUIRE(entry.ok());
    CHECK(EncodeBody(*entry) == bytes);
    entries.push_back(*entry);
  }
  return entries;
}

// Written before an establishment, its calendar and the zone data were kept.
TEST_CASE("Event codec: bodies without an establishment are read as they were") {
  const std::vector<domain::PendingEntry> entries = OldBodies("bodies_before_establishments");
  for (const domain::PendingEntry& entry : entries) {
    if (const auto* declared = std::get_if<domain::IncidentDeclared>(&entry.event)) {
      CHECK_FALSE(declared->establishment.has_value());
    } else if (const auto* adopted = std::get_if<domain::RegimeAdopted>(&entry.event)) {
      CHECK_FALSE(adopted->establishment.has_value());
      CHECK(adopted->ruling == "sample");
    } else {
      CHECK(std::get<domain::ObligationUpdated>(entry.event).zone_data.empty());
    }
  }
  CHECK(entries.size() == 3);
}

// Written before reviews had guides and second readers, and action items a type and links.
TEST_CASE("Event codec: reviews of before the second reader are read as they were") {
  const std::vector<domain::PendingEntry> entries = OldBodies("bodies_before_review_rules");
  for (const domain::PendingEntry& entry : entries) {
    if (const auto* opened = std::get_if<domain::ReviewOpened>(&entry.event)) {
      CHECK(opened->guide == domain::ReviewGuide{});
    } else if (const auto* finding = std::get_if<domain::FindingAdded>(&entry.event)) {
      CHECK(finding->entries.empty());
      CHECK(finding->question.empty());
    } else if (const auto* item = std::get_if<domain::ActionItemAdded>(&entry.event)) {
      CHECK_FALSE(item->type.has_value());
      CHECK(item->links == domain::ActionLinks{});
    } else if (const auto* published = std::get_if<domain::ReviewPublished>(&entry.event)) {
      CHECK(published->read_sequence == 0);
      CHECK(published->without_reader.empty());
      CHECK(published->same_cause.empty());
    }
  }
  CHECK(entries.size() == 6);
}

// Written before a run could be a step of another, or have other playbooks below it.
TEST_CASE("Event codec: a run without playbooks below it is read as it was") {
  const std::vector<domain::PendingEntry> entries = OldBodies("bodies_before_runs_below");
  REQUIRE(entries.size() == 1);
  const auto& started = std::get<domain::RunStarted>(entries[0].event);
  CHECK(started.playbook->below.empty());
  CHECK(started.parent_run.empty());
}

// Written before a draft kept its form and document, and a filing its receipt.
TEST_CASE("Event codec: notifications of before the forms are read as they were") {
  const std::vector<domain::PendingEntry> entries = OldBodies("bodies_before_forms");
  for (const domain::PendingEntry& entry : entries) {
    if (const auto* drafted = std::get_if<domain::NotificationDrafted>(&entry.event)) {
      CHECK(drafted->document.empty());
      CHECK(drafted->fields.size() == 2);
    } else if (const auto* filed = std::get_if<domain::NotificationSubmitted>(&entry.event)) {
      CHECK_FALSE(filed->document.has_value());
      CHECK_FALSE(filed->receipt.has_value());
    } else if (const auto* approved = std::get_if<domain::NotificationApproved>(&entry.event)) {
      CHECK(approved->document == Digest{});
    } else {
      CHECK_FALSE(std::get<domain::NotificationAcknowledged>(entry.event).receipt.has_value());
    }
  }
  CHECK(entries.size() == 4);
}

TEST_CASE("Event codec: a run whose playbook below is missing is refused") {
  PinnedFiles pinned;
  for (domain::PendingEntry& entry : OneOfEach()) {
    auto* started = std::get_if<domain::RunStarted>(&entry.event);
    if (started == nullptr) continue;
    std::string bytes = EncodeBody(entry);
    // The id by which the step finds it, in the entry but not in the file.
    const size_t id = bytes.find("\x0a\x06sample\x12");
    REQUIRE(id != bytes.npos);
    bytes[id + 2] = 'S';
    CHECK(DecodeBody(bytes, pinned).ok());  // a name is only a name
    const size_t file = bytes.rfind("id: sample");
    REQUIRE(file != bytes.npos);
    bytes[file + 4] = 'S';
    CHECK(ReasonOf(DecodeBody(bytes, pinned).status()) == "PINNED_FILE_DAMAGED");
  }
}

TEST_CASE("Event codec: a calendar whose bytes are not those of its digest is refused") {
  PinnedFiles pinned;
  const std::vector<domain::PendingEntry> entries = OneOfEach();
  std::string bytes = EncodeBody(entries.front());
  const size_t day = bytes.find("2026-04-27");
  REQUIRE(day != bytes.npos);
  bytes[day + 9] = '8';
  CHECK(ReasonOf(DecodeBody(bytes, pinned).status()) == "PINNED_FILE_DAMAGED");
}

TEST_CASE("Event codec: what a later release wrote is refused with a sentence") {
  PinnedFiles pinned;
  const auto reason = [&](std::string_view hex) {
    return ReasonOf(DecodeBody(*HexDecode(hex), pinned).status());
  };
  // Precision 1 and an empty message in field 120.
  CHECK(reason("1001"
               "c20700") == "ENTRY_OF_LATER_RELEASE");
  // A draft with a document in format 9.
  CHECK(reason("1001"
               "da0127"
               "2a20" +
               std::string(64, '0') +
               "4009"
               "4a0178") == "ENTRY_OF_LATER_RELEASE");
  // Precision 9 and review_opened.
  CHECK(reason("1009"
               "a20200") == "ENTRY_OF_LATER_RELEASE");
  // Entry of kind 77.
  CHECK(reason("1001"
               "5a02"
               "084d") == "ENTRY_OF_LATER_RELEASE");
  // A duty in state 9.
  CHECK(reason("1001"
               "ba0102"
               "2009") == "ENTRY_OF_LATER_RELEASE");
  CHECK(reason("1001"
               "a20200") == "");
}

TEST_CASE("Event codec: notifications of the first release are read as what they were") {
  PinnedFiles pinned;
  const auto decoded = [&](std::string_view hex) {
    const std::string bytes = HexDecode(hex).value();
    const auto entry = DecodeBody(bytes, pinned);
    INFO(entry.status());
    REQUIRE(entry.ok());
    CHECK(EncodeBody(*entry) == bytes);
    return entry->event;
  };
  const auto drafted = std::get<domain::NotificationDrafted>(decoded(
      "0887a8edc7f4aaeadb181003da01580a126e6973322e6561726c795f7761726e696e6712210a0561776172"
      "65120b41776172652073696e63651a0530383a3030200128053001121f0a09746563686e69717565120954"
      "6563686e697175651a0178200228063001"));
  CHECK(drafted.document.empty());
  CHECK(drafted.form == filing::FormUsed{});
  CHECK(drafted.fields.at(0).label == "Aware since");
  CHECK_FALSE(drafted.fields.at(0).by_hand);
  const auto approved = std::get<domain::NotificationApproved>(
      decoded("0887a8edc7f4aaeadb181003e201160a126e6973322e6561726c795f7761726e696e67100c"));
  CHECK(approved.document == Digest{});
  const auto filed = std::get<domain::NotificationSubmitted>(decoded(
      "0887a8edc7f4aaeadb181003ea013f0a126e6973322e6561726c795f7761726e696e67108090c6fbaabaeadb"
      "181a06706f7274616c220743534952542d372a0c6e6574776f726b20646f776e300c"));
  CHECK(filed.draft_sequence == 12);
  CHECK_FALSE(filed.document.has_value());
  CHECK_FALSE(filed.receipt.has_value());
  const auto acknowledged = std::get<domain::NotificationAcknowledged>(decoded(
      "0887a8edc7f4aaeadb181003f201290a126e6973322e6561726c795f7761726e696e671080e0a1bf9fbdeadb"
      "181a0943534952542d372d41"));
  CHECK_FALSE(acknowledged.receipt.has_value());
}

TEST_CASE("Event codec: broken bytes are refused") {
  PinnedFiles pinned;
  const auto reason = [&](std::string_view hex) {
    return ReasonOf(DecodeBody(*HexDecode(hex), pinned).status());
  };
  CHECK(reason("ff") == "BODY_MALFORMED");
  // member_added with a principal of three bytes.
  CHECK(reason("1001"
               "8a0105"
               "0a03616263") == "BODY_MALFORMED");
  CHECK_FALSE(IsReadableBody("\xff"));
  CHECK(IsReadableBody(EncodeBody(Saying("text"))));
}

TEST_CASE("Event codec: zones and pinned files are checked") {
  PinnedFiles pinned;
  domain::PendingEntry entry = OneOfEach().front();
  auto& event = std::get<domain::IncidentDeclared>(entry.event);
  domain::PinnedPack changed = *event.pack;
  changed.file += "# one more line\n";

  SECTION("zone") {
    event.zone.name = "Mars/Olympus";
    CHECK(ReasonOf(DecodeBody(EncodeBody(entry), pinned).status()) == "TIME_ZONE_UNKNOWN");
  }
  SECTION("a file that is not the one of the digest") {
    event.pack = std::make_shared<const domain::PinnedPack>(changed);
    CHECK(ReasonOf(DecodeBody(EncodeBody(entry), pinned).status()) == "PINNED_FILE_DAMAGED");
  }
  SECTION("a file that cannot be read") {
    changed.file = "format: other\n";
    changed.pack.digest = Sha256(changed.file);
    event.pack = std::make_shared<const domain::PinnedPack>(changed);
    CHECK(ReasonOf(DecodeBody(EncodeBody(entry), pinned).status()) == "PINNED_FILE_DAMAGED");
  }
}

TEST_CASE("Pinned files: the same bytes are read once and shared") {
  PinnedFiles pinned;
  const auto pack = SamplePack();
  const auto first = pinned.Pack("sample", pack->pack.digest, pack->file);
  const auto second = pinned.Pack("sample", pack->pack.digest, pack->file);
  REQUIRE(first.ok());
  CHECK(*first == *second);

  const auto playbook = SamplePlaybook();
  const auto one = pinned.Playbook("sample", playbook->definition.digest, playbook->file);
  const auto two = pinned.Playbook("sample", playbook->definition.digest, playbook->file);
  REQUIRE(one.ok());
  CHECK(*one == *two);
}

TEST_CASE("Event numbers: every state has one, and no two share it") {
  std::map<uint32_t, regulation::DutyState> by_number;
  for (const auto& [state, number] : kDutyStateNumbers) by_number[number] = state;
  CHECK(by_number.size() == kDutyStateNumbers.size());
  // The last one of the enum has its place, so all have.
  CHECK(static_cast<size_t>(regulation::DutyState::kNotRequired) + 1 == kDutyStateNumbers.size());
  CHECK(by_number[1] == regulation::DutyState::kDated);
  CHECK(by_number[8] == regulation::DutyState::kNotRequired);
}

}  // namespace
// Written before codes and tokens had a scope.
TEST_CASE("Event codec: codes and tokens without a scope are full, and read as they were") {
  const std::vector<domain::PendingEntry> entries = OldBodies("bodies_before_scopes");
  for (const domain::PendingEntry& entry : entries) {
    const auto* code = std::get_if<domain::CodeIssued>(&entry.event);
    CHECK((code != nullptr ? code->scope : std::get<domain::TokenIssued>(entry.event).scope) ==
          domain::TokenScope::kFull);
  }
  CHECK(entries.size() == 2);
}

TEST_CASE("Event codec: a scope of a later release is not taken for one of this") {
  PinnedFiles pinned;
  size_t found = 0;
  for (const domain::PendingEntry& entry : OneOfEach()) {
    const auto* code = std::get_if<domain::CodeIssued>(&entry.event);
    if (code == nullptr && !std::holds_alternative<domain::TokenIssued>(entry.event)) continue;
    ++found;
    std::string later = EncodeBody(entry);
    REQUIRE(later.back() == 1);
    later.back() = 2;
    CHECK(ReasonOf(DecodeBody(later, pinned).status()) == "ENTRY_OF_LATER_RELEASE");
  }
  CHECK(found == 2);
}

}  // namespace tocsin::store
