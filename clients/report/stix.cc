#include "clients/report/stix.h"

#include <arpa/inet.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "clients/report/entry_types.h"
#include "clients/report/json_text.h"
#include "server/base/check.h"
#include "server/base/code_points.h"
#include "server/base/encoding.h"
#include "server/base/ids.h"
#include "server/base/view.h"

namespace tocsin::report {
namespace {

using nlohmann::json;

// Of our own: UUIDs made from names in it are ours alone. Frozen.
constexpr std::string_view kNamespace = "6f1d2c0e-8f3b-4a52-9c7d-2b1e4f7a9d36";
// FIRST's TLP 2.0 as OASIS published it: the extension and one marking for each word.
constexpr std::string_view kTlpExtension =
    "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d";
constexpr std::array<std::pair<Tlp, std::string_view>, 5> kTlpMarkings = {
    {{Tlp::kClear, "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487"},
     {Tlp::kGreen, "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"},
     {Tlp::kAmber, "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421"},
     {Tlp::kAmberStrict, "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003"},
     {Tlp::kRed, "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"}}};

std::string Uuid5(std::string_view name) {
  const std::optional<std::string> space =
      HexDecode(absl::StrReplaceAll(ToAbsl(kNamespace), {{"-", ""}}));
  TOCSIN_CHECK(space.has_value());
  const std::string input = *space + std::string(name);
  std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
  unsigned int size = 0;
  // RFC 4122 names SHA-1 for version 5; it hides and proves nothing here.
  TOCSIN_CHECK(EVP_Digest(input.data(), input.size(), hash.data(), &size, EVP_sha1(), nullptr) ==
               1);
  hash[6] = static_cast<unsigned char>((hash[6] & 0x0F) | 0x50);
  hash[8] = static_cast<unsigned char>((hash[8] & 0x3F) | 0x80);
  const std::string hex = HexEncode({reinterpret_cast<const char*>(hash.data()), 16});
  return absl::StrCat(hex.substr(0, 8), "-", hex.substr(8, 4), "-", hex.substr(12, 4), "-",
                      hex.substr(16, 4), "-", hex.substr(20));
}

std::string StixTime(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", time, absl::UTCTimeZone());
}

// Text for a field of STIX: UTF-8, nothing that hides.
std::string Words(std::string_view text) {
  return Visible(text, "\\", "\n");
}

class Maker {
 public:
  explicit Maker(const Bundle& bundle)
      : bundle_(bundle),
        // Two organisations may have the same number; the log's origin tells them apart.
        base_(absl::StrCat(bundle.verifier_key, "\n", bundle.incident_id, "\n")) {}

  json Run();

 private:
  std::string Id(const std::string& type, std::string_view what) const {
    return absl::StrCat(type, "--", Uuid5(absl::StrCat(base_, type, "\n", ToAbsl(what))));
  }
  json Object(const std::string& type, std::string_view what, absl::Time created,
              absl::Time modified, std::optional<Tlp> tlp);
  void AddIdentity();
  void AddIncident();
  void AddNotes();
  void AddIndicators();
  void AddIndicatorsIn(const std::string& text, const EntryView& entry);
  void AddMarkings();
  json Report(const json& refs);
  const EntryView* Find(uint64_t sequence) const;

  const Bundle& bundle_;
  std::string base_;
  std::string identity_;
  std::string incident_;
  std::set<Tlp> used_;
  std::set<std::string> patterns_;
  json objects_ = json::array();
};

json Maker::Object(const std::string& type, std::string_view what, absl::Time created,
                   absl::Time modified, std::optional<Tlp> tlp) {
  json object = {{"type", type},
                 {"spec_version", "2.1"},
                 {"id", Id(type, what)},
                 {"created", StixTime(created)},
                 {"modified", StixTime(std::max(created, modified))}};
  if (!identity_.empty()) object["created_by_ref"] = identity_;
  for (const auto& [word, id] : kTlpMarkings) {
    if (tlp != word) continue;
    object["object_marking_refs"] = json::array({std::string(id)});
    used_.insert(word);
  }
  return object;
}

void Maker::AddIdentity() {
  const absl::Time declared = bundle_.incident.declare_time;
  json object = Object("identity", bundle_.organisation, declared, declared, std::nullopt);
  object["name"] = bundle_.organisation.empty() ? "unnamed" : Words(bundle_.organisation);
  object["identity_class"] = "organization";
  identity_ = object["id"];
  objects_.push_back(std::move(object));
}

const EntryView* Maker::Find(uint64_t sequence) const {
  const auto found = std::find_if(bundle_.entries.begin(), bundle_.entries.end(),
                                  [&](const EntryView& e) { return e.sequence == sequence; });
  return found == bundle_.entries.end() ? nullptr : &*found;
}

void Maker::AddIncident() {
  const IncidentView& incident = bundle_.incident;
  // Its words are those of the declaration; without it, its number alone is left.
  const EntryView* declared = Find(1);
  const bool said = declared != nullptr && !declared->withheld;
  const std::optional<Tlp> label = !said           ? Tlp::kClear
                                   : declared->tlp ? declared->tlp
                                                   : incident.tlp;
  json object = Object("incident", "", incident.declare_time, bundle_.export_time, label);
  object["name"] = absl::StrCat(incident.drill ? "DRILL: " : "", Words(incident.number),
                                incident.title.empty() ? "" : ": ", Words(incident.title));
  const auto summary = incident.attributes.find("summary");
  if (summary != incident.attributes.end()) object["description"] = Words(summary->second);
  incident_ = object["id"];
  objects_.push_back(std::move(object));
}

void Maker::AddNotes() {
  for (const EntryView& entry : bundle_.entries) {
    if (entry.withheld || entry.type != kTypeRecorded || entry.retracted_by != 0) continue;
    const EntryView* correction = Find(entry.corrected_by);
    // What was corrected does not hold, and what holds instead is withheld.
    if (correction != nullptr && correction->withheld) continue;
    std::optional<Tlp> label = entry.tlp;
    if (correction != nullptr && correction->tlp) label = std::max(label, correction->tlp);
    json note = Object("note", absl::StrCat(entry.sequence), entry.recorded,
                       correction == nullptr ? entry.recorded : correction->recorded, label);
    note["abstract"] = absl::StrCat(
        Words(bundle_.incident.number), " #", entry.sequence, ": ",
        entry.kind ? std::string(ToText(*entry.kind)) : entry.type_name, ", ",
        StixTime(entry.occurred.value_or(entry.recorded)),
        entry.occurred ? absl::StrCat(" (", std::string(ToText(entry.precision)), ")") : "");
    note["content"] = Words(correction == nullptr ? entry.text : entry.corrected_text);
    note["authors"] = json::array({Words(entry.author)});
    note["object_refs"] = json::array({incident_});
    objects_.push_back(std::move(note));
  }
}

void Maker::AddIndicatorsIn(const std::string& text, const EntryView& entry) {
  for (const absl::string_view part :
       absl::StrSplit(text, absl::ByAnyChar(" ,;\n\t\"'<>()|"), absl::SkipEmpty())) {
    const std::string pattern = StixPattern(std::string(part));
    if (pattern.empty() || !patterns_.insert(pattern).second) continue;
    json object = Object("indicator", pattern, entry.recorded, entry.recorded, entry.tlp);
    object["name"] = Words(ToStd(part));
    object["description"] = absl::StrCat(Words(bundle_.incident.number), " #", entry.sequence);
    object["pattern"] = pattern;
    object["pattern_type"] = "stix";
    object["valid_from"] = StixTime(entry.occurred.value_or(entry.recorded));
    objects_.push_back(std::move(object));
  }
}

void Maker::AddIndicators() {
  for (const ImpactView& fact : bundle_.incident.impact) {
    const EntryView* entry = Find(fact.sequence);
    if (fact.key == "indicators" && entry != nullptr) AddIndicatorsIn(fact.value, *entry);
  }
  constexpr std::array<std::string_view, 8> kKeys = {"ip",  "domain", "url",    "hash",
                                                     "md5", "sha1",   "sha256", "indicator"};
  for (const EntryView& entry : bundle_.entries) {
    if (entry.withheld || entry.retracted_by != 0) continue;
    for (const auto& [key, value] : entry.attributes) {
      const bool is_indicator = std::find(kKeys.begin(), kKeys.end(), key) != kKeys.end();
      if (is_indicator) AddIndicatorsIn(value, entry);
    }
  }
}

json Maker::Report(const json& refs) {
  const IncidentView& incident = bundle_.incident;
  json report =
      Object("report", "", incident.declare_time, bundle_.export_time, HighestTlp(bundle_));
  report["name"] = absl::StrCat(incident.drill ? "DRILL: " : "", Words(incident.number),
                                incident.title.empty() ? "" : ": ", Words(incident.title));
  report["published"] = StixTime(bundle_.export_time);
  report["report_types"] = json::array({"incident"});
  report["object_refs"] = refs;
  if (incident.drill) report["labels"] = json::array({"drill"});
  return report;
}

void Maker::AddMarkings() {
  for (const auto& [word, id] : kTlpMarkings) {
    if (used_.count(word) == 0) continue;
    objects_.push_back(
        {{"type", "marking-definition"},
         {"spec_version", "2.1"},
         {"id", std::string(id)},
         {"created", "2022-10-01T00:00:00.000Z"},
         {"name", absl::StrCat("TLP:", absl::AsciiStrToUpper(std::string(ToText(word))))},
         {"extensions",
          {{std::string(kTlpExtension),
            {{"extension_type", "property-extension"}, {"tlp_2_0", std::string(ToText(word))}}}}}});
  }
}

json Maker::Run() {
  AddIdentity();
  AddIncident();
  AddNotes();
  AddIndicators();
  json refs = json::array();
  for (const json& object : objects_) refs.push_back(object["id"]);
  objects_.push_back(Report(refs));
  AddMarkings();
  return {{"type", "bundle"},
          {"id", Id("bundle", absl::StrCat(bundle_.entries.size(), "\n", bundle_.log_root))},
          {"objects", std::move(objects_)}};
}

bool IsAddress(int family, const std::string& text) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  return inet_pton(family, text.c_str(), bytes.data()) == 1;
}

bool IsDomain(std::string_view text) {
  if (text.size() > 253 || text.find('.') == text.npos) return false;
  const std::vector<std::string> labels = absl::StrSplit(ToAbsl(text), '.');
  for (const std::string& label : labels) {
    if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') {
      return false;
    }
    for (const char c : label) {
      if (!absl::ascii_isalnum(static_cast<unsigned char>(c)) && c != '-') return false;
    }
  }
  // The last label of a name is never a number; "10.3" is a version.
  return std::all_of(labels.back().begin(), labels.back().end(),
                     [](char c) { return absl::ascii_isalpha(static_cast<unsigned char>(c)); }) &&
         labels.back().size() >= 2;
}

// Quoted as STIX patterns are: backslash and apostrophe behind a backslash.
std::string Pattern(std::string_view path, const std::string& value) {
  return absl::StrCat("[", ToAbsl(path), " = '",
                      absl::StrReplaceAll(value, {{"\\", "\\\\"}, {"'", "\\'"}}), "']");
}

}  // namespace

std::string StixPattern(const std::string& text) {
  const std::string armed = absl::StrReplaceAll(
      text, {{"[.]", "."}, {"(.)", "."}, {"[:]", ":"}, {"hxxp", "http"}, {"hXXp", "http"}});
  if (IsAddress(AF_INET, armed)) return Pattern("ipv4-addr:value", armed);
  if (IsAddress(AF_INET6, armed)) {
    return Pattern("ipv6-addr:value", absl::AsciiStrToLower(armed));
  }
  if (IsPlainAddress(armed)) return Pattern("url:value", armed);
  if (HexDecode(armed)) {
    const std::string hash = absl::AsciiStrToLower(armed);
    if (hash.size() == 32) return Pattern("file:hashes.MD5", hash);
    if (hash.size() == 40) return Pattern("file:hashes.'SHA-1'", hash);
    if (hash.size() == 64) return Pattern("file:hashes.'SHA-256'", hash);
  }
  if (IsDomain(armed)) return Pattern("domain-name:value", absl::AsciiStrToLower(armed));
  return "";
}

std::string RenderStix(const Bundle& bundle) {
  return Maker(bundle).Run().dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace tocsin::report
