#include "clients/report/verify.h"

#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "clients/report/entry_types.h"
#include "clients/report/json_text.h"
#include "clients/report/record.h"
#include "clients/report/wire.h"
#include "server/base/encoding.h"
#include "server/base/error.h"
#include "server/base/ids.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/base/view.h"

namespace tocsin::report {
namespace {

using nlohmann::json;
using Type = json::value_t;

absl::Status Wrong(std::string_view where, std::string_view what) {
  return absl::DataLossError(absl::StrCat(ToAbsl(where), ": ", ToAbsl(what)));
}

std::string_view TypeName(Type type) {
  if (type == Type::string) return "str";
  if (type == Type::array) return "list";
  return type == Type::object ? "dict" : "bool";
}

// The value under `key`, which must be there and have this type. Belongs to `object`.
absl::StatusOr<const json*> Find(const json& object, std::string_view key, Type type,
                                 std::string_view where) {
  const auto found = object.find(std::string(key));
  if (found != object.end() && found->type() == type) return &*found;
  return Wrong(where,
               absl::StrCat(ToAbsl(key), " is missing or not of type ", ToAbsl(TypeName(type))));
}

// A copy of it; `fallback` when it is absent and that is allowed.
absl::StatusOr<json> Get(const json& object, std::string_view key, Type type,
                         std::string_view where, const json& fallback = nullptr) {
  if (!object.contains(std::string(key)) && fallback.type() == type) return fallback;
  TOCSIN_ASSIGN_OR_RETURN(const json* value, Find(object, key, type, where));
  return *value;
}

// Nanoseconds since 1970 as the body stores them; nullopt unless `value` is a time in UTC.
std::optional<uint64_t> Nanoseconds(const json& value) {
  if (!value.is_string()) return std::nullopt;
  const auto& text = value.get_ref<const std::string&>();
  absl::Time time;
  const bool formed =
      text.size() >= 20 && text.size() <= 30 && text[10] == 'T' && text.back() == 'Z';
  if (!formed || !absl::ParseTime(absl::RFC3339_full, text, &time, nullptr)) return std::nullopt;
  return static_cast<uint64_t>(absl::ToUnixNanos(time));
}

template <size_t kSize>
std::string Word(const std::array<std::string_view, kSize>& words, std::string_view prefix,
                 uint64_t number) {
  const std::string_view word = number < kSize ? words[number] : "?";
  return absl::StrCat(ToAbsl(prefix), ToAbsl(word));
}

constexpr std::array<std::string_view, 6> kTlps = {"?",     "CLEAR",        "GREEN",
                                                   "AMBER", "AMBER_STRICT", "RED"};
constexpr std::array<std::string_view, 6> kPrecisions = {"UNSPECIFIED", "SECOND", "MINUTE",
                                                         "HOUR",        "DAY",    "MONTH"};
constexpr std::array<std::string_view, 12> kKinds = {
    "?",         "OBSERVATION",       "ACTION",       "DECISION", "COMMUNICATION", "EVIDENCE",
    "DETECTION", "ATTACKER_ACTIVITY", "NOTIFICATION", "IMPACT",   "RECOVERY",      "REVIEW"};

// Goes through the entries in order; what it holds is what the next entry is compared with.
class Verifier {
 public:
  Verifier(const json& incident, const json& authors, std::string incident_id,
           const Checkpoint& checkpoint)
      : incident_(incident),
        authors_(authors),
        incident_id_(std::move(incident_id)),
        checkpoint_(checkpoint) {}

  absl::Status CheckEntry(const json& entry);
  // After the last entry: the tail, and what corrections say of earlier entries.
  absl::Status Finish(const json& entries) const;

  uint64_t count() const { return count_; }
  uint64_t withheld() const { return withheld_; }

 private:
  struct Told {
    std::string corrected_by = "0";
    std::string corrected_text;
    std::string retracted_by = "0";
  };

  absl::Status CheckPlace(const json& entry, const Record& record, const Digest& leaf) const;
  // Fills `body`; leaves it empty when the entry is withheld.
  absl::Status ReadBody(const json& entry, const Record& record, std::optional<std::string>& body);
  absl::Status CheckView(const json& view, const Record& record, const Digest& leaf,
                         const std::optional<std::string>& body);
  absl::Status CheckEvent(const json& view, const Record& record, const WireMessage& event);
  absl::StatusOr<WireMessage> ReadMessage(std::string_view bytes) const;

  const json& incident_;
  const json& authors_;
  std::string incident_id_;
  Checkpoint checkpoint_;
  std::string where_;
  uint64_t count_ = 0;
  uint64_t withheld_ = 0;
  uint16_t type_ = 0;
  Digest previous_;
  std::optional<uint64_t> last_index_;
  std::map<uint64_t, Told> told_;
};

absl::Status Verifier::CheckEntry(const json& entry) {
  where_ = absl::StrCat("entry ", ++count_);
  if (!entry.is_object()) return Wrong(where_, "is not an object");
  TOCSIN_ASSIGN_OR_RETURN(const json text, Get(entry, "record", Type::string, where_));
  TOCSIN_ASSIGN_OR_RETURN(
      const std::string raw,
      Unbase64(text.get_ref<const std::string&>(), absl::StrCat(where_, ": record"), kRecordBytes));
  const std::optional<Record> record = ReadRecord(raw);
  if (!record) return Wrong(where_, "its record has the wrong prefix");
  const Digest leaf = Sha256({std::string_view("\0", 1), raw});
  TOCSIN_RETURN_IF_ERROR(CheckPlace(entry, *record, leaf));
  TOCSIN_ASSIGN_OR_RETURN(const json view, Get(entry, "view", Type::object, where_));
  std::optional<std::string> body;
  TOCSIN_RETURN_IF_ERROR(ReadBody(entry, *record, body));
  TOCSIN_RETURN_IF_ERROR(CheckView(view, *record, leaf, body));
  type_ = record->type;
  previous_ = leaf;
  last_index_ = record->log_index;
  return absl::OkStatus();
}

absl::Status Verifier::CheckPlace(const json& entry, const Record& record,
                                  const Digest& leaf) const {
  if (HexEncode(record.incident) != incident_id_) {
    return Wrong(where_, "belongs to another incident");
  }
  if (record.sequence != count_) {
    return Wrong(where_, absl::StrCat("the record in its place has sequence ", record.sequence));
  }
  if (record.previous_leaf != previous_) {
    return Wrong(where_, "does not follow the entry before it");
  }
  if ((last_index_ && record.log_index <= *last_index_) || record.log_index >= checkpoint_.size) {
    return Wrong(where_, "its log index does not rise, or is not in the log");
  }
  TOCSIN_ASSIGN_OR_RETURN(const json hashes, Get(entry, "proof", Type::array, where_));
  std::vector<Digest> proof;
  for (const json& hash : hashes) {
    const std::string text = hash.is_string() ? hash.get<std::string>() : "?";
    TOCSIN_ASSIGN_OR_RETURN(const std::string raw,
                            Unbase64(text, absl::StrCat(where_, ": proof"), 32));
    proof.push_back(Digest::FromBytes(raw));
  }
  if (RootOf(leaf, record.log_index, checkpoint_.size, proof) != checkpoint_.root) {
    return Wrong(where_, "its proof does not lead to the checkpoint's root");
  }
  return absl::OkStatus();
}

absl::Status Verifier::ReadBody(const json& entry, const Record& record,
                                std::optional<std::string>& body) {
  TOCSIN_ASSIGN_OR_RETURN(const json withheld,
                          Get(entry, "withheld", Type::boolean, where_, false));
  if (withheld.get<bool>()) {
    if (entry.contains("body") || entry.contains("salt")) {
      return Wrong(where_, "is withheld, yet has body or salt");
    }
    ++withheld_;
    return absl::OkStatus();
  }
  TOCSIN_ASSIGN_OR_RETURN(const json body_text, Get(entry, "body", Type::string, where_));
  TOCSIN_ASSIGN_OR_RETURN(std::string plain, Unbase64(body_text.get_ref<const std::string&>(),
                                                      absl::StrCat(where_, ": body")));
  TOCSIN_ASSIGN_OR_RETURN(const json salt_text, Get(entry, "salt", Type::string, where_));
  TOCSIN_ASSIGN_OR_RETURN(const std::string salt, Unbase64(salt_text.get_ref<const std::string&>(),
                                                           absl::StrCat(where_, ": salt"), 32));
  if (Sha256({"tocsin/pt/v1\n", salt, plain}) != record.commitment) {
    return Wrong(where_, "its body is not the committed one");
  }
  body = std::move(plain);
  return absl::OkStatus();
}

absl::StatusOr<WireMessage> Verifier::ReadMessage(std::string_view bytes) const {
  std::optional<WireMessage> message = WireMessage::Parse(bytes);
  if (!message) return Wrong(where_, "its body is malformed");
  return *std::move(message);
}

using Expected = std::vector<std::pair<std::string, json>>;

// What the body's own fields say about the view: the claimed time and, for an entry that a person
// wrote, all of it.
absl::StatusOr<Expected> ExpectFromBody(const json& view, const Record& record,
                                        const WireMessage& body, const WireMessage& event) {
  Expected expected;
  const uint64_t claimed = body.Integer(1);
  if (claimed != 0 || view.contains("occur_time")) {
    expected.emplace_back("occur_time", claimed != 0 ? claimed : record.wall_ns);
  }
  if (claimed != 0) {
    expected.emplace_back("precision", Word(kPrecisions, "PRECISION_", body.Integer(2)));
  }
  if (record.type != kTypeRecorded) return expected;
  json attributes = json::object();
  for (const std::string_view bytes : event.AllBytes(3)) {
    const std::optional<WireMessage> pair = WireMessage::Parse(bytes);
    if (!pair) return absl::DataLossError("its body is malformed");
    attributes[std::string(pair->Bytes(1))] = std::string(pair->Bytes(2));
  }
  expected.emplace_back("text", std::string(event.Bytes(2)));
  expected.emplace_back("kind", Word(kKinds, "ENTRY_KIND_", event.Integer(1)));
  expected.emplace_back("attributes", std::move(attributes));
  return expected;
}

absl::Status Verifier::CheckView(const json& view, const Record& record, const Digest& leaf,
                                 const std::optional<std::string>& body) {
  const PrincipalId actor = PrincipalId::FromBytes(record.actor);
  const auto author = authors_.find(actor.ToString());
  Expected expected = {{"sequence", absl::StrCat(record.sequence)},
                       {"log_index", absl::StrCat(record.log_index)},
                       {"author", actor.empty()              ? json("@server")
                                  : author == authors_.end() ? json("?")
                                                             : *author},
                       {"type", EntryTypeName(record.type)},
                       {"tlp", Word(kTlps, "TLP_", record.tlp)},
                       {"leaf_hash", Base64Encode(leaf.view())},
                       {"record_time", record.wall_ns}};
  WireMessage event;
  if (!body) {
    expected.emplace_back("text", "");
    expected.emplace_back("attributes", json::object());
  } else {
    TOCSIN_ASSIGN_OR_RETURN(const WireMessage message, ReadMessage(*body));
    bool fits = message.HasBytes(record.type);
    for (const auto& field : message.fields()) {
      fits = fits && (field.number <= 9 || field.number == record.type);
    }
    if (!fits) return Wrong(where_, "its body is not of its record's type");
    TOCSIN_ASSIGN_OR_RETURN(event, ReadMessage(message.Bytes(record.type)));
    absl::StatusOr<Expected> more = ExpectFromBody(view, record, message, event);
    if (!more.ok()) return Wrong(where_, ToStd(more.status().message()));
    expected.insert(expected.end(), more->begin(), more->end());
  }
  const json defaults = {{"log_index", "0"},
                         {"text", ""},
                         {"attributes", json::object()},
                         {"precision", "PRECISION_UNSPECIFIED"}};
  for (const auto& [key, value] : expected) {
    const json shown = view.contains(key) ? view[key] : defaults.value(key, json());
    const bool same =
        value.is_number() ? Nanoseconds(shown) == value.get<uint64_t>() : shown == value;
    if (!same) return Wrong(where_, absl::StrCat("the view's ", key, " is not recorded"));
  }
  return CheckEvent(view, record, event);
}

absl::Status Verifier::CheckEvent(const json& view, const Record& record,
                                  const WireMessage& event) {
  TOCSIN_ASSIGN_OR_RETURN(const json text, Get(view, "text", Type::string, where_, ""));
  for (const uint64_t field : WordsFields(record.type)) {
    if (text.get_ref<const std::string&>().find(event.Bytes(field)) == std::string::npos) {
      return Wrong(where_, "the view's text is not recorded");
    }
  }
  if (record.type == kTypeDeclared && !event.fields().empty()) {
    const json said = {absl::StrCat("incidents/", ToAbsl(event.Bytes(1))),
                       std::string(event.Bytes(2)), event.Integer(6) == 1};
    const json shown = {incident_.value("name", json()), incident_.value("title", json()),
                        incident_.value("drill", json(false))};
    if (said != shown) {
      return Wrong(where_, "the incident's name, title or drill is not recorded");
    }
  }
  const std::string sequence = absl::StrCat(record.sequence);
  if (record.type == kTypeCorrected) {
    told_[event.Integer(1)].corrected_by = sequence;
    told_[event.Integer(1)].corrected_text = std::string(event.Bytes(2));
  }
  if (record.type == kTypeRetracted) told_[event.Integer(1)].retracted_by = sequence;
  // Of a withheld entry nothing is known but its leaf.
  if (record.type == kTypeExported && !event.fields().empty() &&
      (event.Integer(2) != record.sequence - 1 || event.Bytes(3) != previous_.view())) {
    return Wrong(where_, "does not name the entry before it as the last exported");
  }
  return absl::OkStatus();
}

absl::Status Verifier::Finish(const json& entries) const {
  if (type_ != kTypeExported) {
    return Wrong(absl::StrCat("entry ", count_), "is not the export entry: the tail is missing");
  }
  if (withheld_ != 0) return absl::OkStatus();  // a withheld entry may be the correction
  uint64_t number = 0;
  for (const json& entry : entries) {
    const json& view = entry["view"];
    const auto found = told_.find(++number);
    const Told told = found == told_.end() ? Told{} : found->second;
    if (view.value("corrected_by", json("0")) != told.corrected_by ||
        view.value("corrected_text", json("")) != told.corrected_text ||
        view.value("retracted_by", json("0")) != told.retracted_by) {
      return Wrong(absl::StrCat("entry ", number), "the view's correction is not recorded");
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<Verified> Verify(std::string_view text, const std::optional<std::string>& pinned_key,
                                const std::function<void(uint64_t, uint64_t)>& progress) {
  const absl::StatusOr<json> bundle = ParseJsonObject(text);
  if (!bundle.ok()) return Wrong("bundle", ToStd(bundle.status().message()));
  if (bundle->value("format", json()) != "tocsin-bundle/1") {
    return Wrong("bundle", "its format is not tocsin-bundle/1");
  }
  TOCSIN_ASSIGN_OR_RETURN(const json key, Get(*bundle, "verifier_key", Type::string, "bundle"));
  TOCSIN_ASSIGN_OR_RETURN(const json note, Get(*bundle, "checkpoint", Type::string, "bundle"));
  Verified verified;
  verified.verifier_key = key.get<std::string>();
  if (pinned_key && *pinned_key != verified.verifier_key) {
    return Wrong("key", "the bundle's key is not the one given with --key");
  }
  TOCSIN_ASSIGN_OR_RETURN(
      const Checkpoint checkpoint,
      ReadCheckpoint(note.get_ref<const std::string&>(), verified.verifier_key));
  TOCSIN_ASSIGN_OR_RETURN(const json* incident, Find(*bundle, "incident", Type::object, "bundle"));
  TOCSIN_ASSIGN_OR_RETURN(const json* authors, Find(*bundle, "authors", Type::object, "bundle"));
  TOCSIN_ASSIGN_OR_RETURN(const json* entries, Find(*bundle, "entries", Type::array, "bundle"));
  const json id = bundle->value("incident_id", json());
  Verifier verifier(*incident, *authors, id.is_string() ? id.get<std::string>() : "", checkpoint);
  for (const json& entry : *entries) {
    TOCSIN_RETURN_IF_ERROR(verifier.CheckEntry(entry));
    if (progress) progress(verifier.count(), entries->size());
  }
  TOCSIN_RETURN_IF_ERROR(verifier.Finish(*entries));
  verified.entries = verifier.count();
  verified.withheld = verifier.withheld();
  verified.signatures = checkpoint.signatures;
  verified.log_size = checkpoint.size;
  verified.root = checkpoint.root;
  return verified;
}

}  // namespace

absl::StatusOr<Verified> VerifyBundle(
    std::string_view text, const std::optional<std::string>& pinned_key,
    const std::function<void(uint64_t done, uint64_t total)>& progress) {
  absl::StatusOr<Verified> verified = Verify(text, pinned_key, progress);
  if (verified.ok()) return verified;
  return Error(absl::StatusCode::kDataLoss, "BUNDLE_WRONG", ToStd(verified.status().message()),
               "keep the file and ask its sender for a fresh export: it is not the record as the "
               "server's log holds it");
}

}  // namespace tocsin::report
