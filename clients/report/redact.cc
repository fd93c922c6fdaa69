#include "clients/report/redact.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "clients/report/bundle.h"
#include "clients/report/entry_types.h"
#include "clients/report/json_text.h"
#include "clients/report/record.h"
#include "clients/report/wire.h"
#include "server/base/encoding.h"
#include "server/base/status_macros.h"
#include "server/base/view.h"

namespace tocsin::report {
namespace {

using nlohmann::json;

// The attributes of other types are the server's own.
bool HasProvenAttributes(uint16_t type) {
  return type == kTypeDeclared || type == kTypeRecorded || type == kTypeFindingAdded;
}

class Cutter {
 public:
  Cutter(json& bundle, const Bundle& view, const Profile& profile)
      : bundle_(bundle), view_(view), profile_(profile) {}

  // Whether anything changed.
  bool Run();

 private:
  // Also what names an entry that is not there.
  bool Hidden(uint64_t sequence) const { return visible_.count(sequence) == 0; }
  bool HiddenSubject(const std::string& subject) const {
    return hidden_subjects_.count(subject) != 0;
  }
  bool HiddenLast(uint16_t type) const;
  void FindHidden();
  void HideEntries();
  void KeepKnown();
  void HideState();
  void HideIncident();
  void HideReview();
  void NameRoles();
  void KeepOnly(json& object, const std::set<std::string>& keys) const;
  template <typename Drop>
  void DropFrom(json& object, const char* key, Drop drop) const;

  json& bundle_;
  const Bundle& view_;
  const Profile& profile_;
  std::set<uint64_t> visible_;
  std::set<std::string> hidden_subjects_;
  std::set<uint16_t> hidden_types_;
};

// The TLP stands in the signed record; an unreadable record is as secret as can be.
Tlp TlpOf(const json& entry) {
  const std::optional<std::string> raw = Base64Decode(TextUnder(entry, "record"));
  if (!raw || raw->size() != kRecordBytes) return Tlp::kRed;
  const std::optional<Record> record = ReadRecord(*raw);
  return record ? FromNumber<Tlp>(record->tlp).value_or(Tlp::kRed) : Tlp::kRed;
}

void Cutter::FindHidden() {
  for (size_t i = 0; i < view_.entries.size(); ++i) {
    const EntryView& entry = view_.entries[i];
    const bool allowed = !entry.withheld && TlpOf(bundle_["entries"][i]) <= profile_.ceiling;
    // The entry of this very export says for whom it was made and where the record ends; without
    // it nobody could see a cut tail.
    const bool last = entry.type == kTypeExported && i + 1 == view_.entries.size();
    if (allowed || last) {
      visible_.insert(entry.sequence);
      continue;
    }
    hidden_types_.insert(entry.type);
    if (!entry.subject.empty()) hidden_subjects_.insert(entry.subject);
  }
}

bool Cutter::HiddenLast(uint16_t type) const {
  bool hidden = view_.entries.empty();
  for (const EntryView& entry : view_.entries) {
    if (entry.type == type) hidden = Hidden(entry.sequence);
  }
  return hidden;
}

void Cutter::HideEntries() {
  for (size_t i = 0; i < view_.entries.size(); ++i) {
    json& entry = bundle_["entries"][i];
    json& view = entry["view"];
    // A correction that is hidden must not shine through the entry that it corrected.
    const EntryView& shown = view_.entries[i];
    // Its words, that is: what does not hold must not stand as if it did.
    if (Hidden(shown.corrected_by)) view.erase("corrected_text");
    if (!Hidden(shown.sequence)) continue;
    json kept = json::object();
    for (const char* key : {"incident", "sequence", "log_index", "type", "author", "record_time",
                            "tlp", "leaf_hash"}) {
      if (view.contains(key)) kept[key] = view[key];
    }
    entry = {{"record", entry["record"]},
             {"proof", entry["proof"]},
             {"withheld", true},
             {"view", std::move(kept)}};
  }
}

void Cutter::KeepOnly(json& object, const std::set<std::string>& keys) const {
  json kept = json::object();
  for (auto& [key, value] : object.items()) {
    if (keys.count(key) != 0) kept[key] = std::move(value);
  }
  object = std::move(kept);
}

template <typename Drop>
void Cutter::DropFrom(json& object, const char* key, Drop drop) const {
  const auto list = object.find(key);
  if (list == object.end() || !list->is_array()) return;
  json kept = json::array();
  for (json& item : *list) {
    if (!drop(item)) kept.push_back(std::move(item));
  }
  *list = std::move(kept);
}

uint64_t SequenceOf(const json& item) {
  uint64_t sequence = 0;
  const std::string text = TextUnder(item, "sequence");
  return absl::SimpleAtoi(text, &sequence) ? sequence : 0;
}

std::string IdOf(const json& item, const char* key) {
  const std::string name = TextUnder(item, key);
  return name.substr(name.rfind('/') + 1);
}

void Cutter::HideIncident() {
  json& incident = bundle_["incident"];
  if (HiddenLast(kTypeDeclared)) {
    incident.erase("title");
    incident.erase("attributes");
    incident.erase("entity_kind");
    incident.erase("severity");
  }
  if (HiddenLast(kTypeSeverityChanged)) incident.erase("severity");
  for (const uint16_t type : {kTypePhaseChanged, kTypeClosed, kTypeReopened}) {
    if (HiddenLast(type)) incident.erase("phase");
  }
  if (HiddenLast(kTypeClosed)) incident.erase("close_time");
  if (HiddenLast(kTypeSignificanceDecided)) incident.erase("significant");
  if (hidden_types_.count(kTypeRoleAssigned) != 0) incident.erase("role_holders");
  const auto hidden = [&](const json& item) {
    return SequenceOf(item) == 0 || Hidden(SequenceOf(item));
  };
  DropFrom(incident, "anchors", hidden);
  DropFrom(incident, "impact", hidden);
}

void Cutter::HideReview() {
  json& review = bundle_["review"];
  if (!review.is_object()) return;
  DropFrom(review, "findings",
           [&](const json& item) { return SequenceOf(item) == 0 || Hidden(SequenceOf(item)); });
  DropFrom(review, "action_items", [&](const json& item) {
    return SequenceOf(item) == 0 || Hidden(SequenceOf(item)) ||
           HiddenSubject(TextUnder(item, "id"));
  });
  if (HiddenLast(kTypeReviewPublished)) {
    for (const char* key : {"summary", "publish_time", "published_by", "without_reader"}) {
      review.erase(key);
    }
  }
  if (HiddenLast(kTypeReviewRead)) {
    review.erase("read_by");
    review.erase("approved");
  }
  if (HiddenLast(kTypeReviewWaived)) review.erase("waived_because");
  bool known = true;
  for (const uint16_t type :
       {kTypeReviewOpened, kTypeReviewRead, kTypeReviewPublished, kTypeReviewWaived}) {
    known = known && !HiddenLast(type);
  }
  if (!known) review.erase("state");
}

// What is not known here may hold a name or a withheld word: the next release adds fields.
void Cutter::KeepKnown() {
  KeepOnly(bundle_, {"format", "organisation", "profile", "exported_by", "export_time",
                     "incident_id", "incident", "obligations", "explanations", "runs", "review",
                     "authors", "entries", "checkpoint", "verifier_key"});
  KeepOnly(bundle_["incident"],
           {"name", "title", "severity", "phase", "tlp", "drill", "historical", "declare_time",
            "declared_by", "close_time", "role_holders", "entity_kind", "time_zone", "attributes",
            "anchors", "impact", "significant"});
  if (bundle_["review"].is_object()) {
    json& review = bundle_["review"];
    KeepOnly(review, {"state", "findings", "action_items", "publish_time", "summary",
                      "published_by", "read_by", "approved", "without_reader", "waived_because"});
    for (json& finding : review["findings"]) {
      KeepOnly(finding, {"kind", "text", "author", "sequence", "entries"});
    }
    for (json& item : review["action_items"]) {
      KeepOnly(item, {"id", "text", "owner", "due_time", "done", "evidence", "sequence", "type",
                      "state", "dropped_because", "helped_because"});
    }
  }
  for (json& duty : bundle_["obligations"]) {
    KeepOnly(duty, {"name",
                    "regime",
                    "stage",
                    "label",
                    "state",
                    "due_time",
                    "legal_latest_time",
                    "anchor",
                    "anchor_time",
                    "article",
                    "primary_norm",
                    "provisional",
                    "drafted",
                    "approved",
                    "submit_time",
                    "submit_reference",
                    "late_by_seconds",
                    "late_reason",
                    "acknowledge_time",
                    "establishment",
                    "time_zone"});
  }
  // Not why the anchor was stated: those words are of another entry.
  for (json& why : bundle_["explanations"]) {
    KeepOnly(why, {"obligation", "rule_id", "pack_version", "pack_digest", "arithmetic"});
    if (why.contains("obligation")) KeepOnly(why["obligation"], {"name", "stage"});
  }
  for (json& run : bundle_["runs"]) {
    KeepOnly(run, {"name", "playbook", "title", "version", "digest", "start_time", "steps"});
    for (json& step : run["steps"]) {
      KeepOnly(step, {"step", "state", "assignee", "finished_by", "note", "branch_reason",
                      "finish_time", "due_time", "overdue"});
    }
  }
}

void Cutter::HideState() {
  HideIncident();
  HideReview();
  // What no visible entry speaks of goes as well: then its entries are of a kind not known here.
  std::set<std::string> seen;
  for (const EntryView& entry : view_.entries) {
    if (!entry.subject.empty() && !Hidden(entry.sequence)) seen.insert(entry.subject);
  }
  const auto unseen = [&](const std::string& id) {
    return HiddenSubject(id) || seen.count(id) == 0;
  };
  DropFrom(bundle_, "obligations", [&](const json& item) { return unseen(IdOf(item, "name")); });
  DropFrom(bundle_, "explanations", [&](const json& item) {
    return unseen(IdOf(item.value("obligation", json::object()), "name"));
  });
  DropFrom(bundle_, "runs", [&](const json& item) { return unseen(IdOf(item, "name")); });
}

// What stands for each person: the role in the incident, or "person 2".
class RoleNames {
 public:
  explicit RoleNames(const Bundle& view);

  /// The same for the same handle; the server and what is no handle stay as they are.
  std::string Of(const std::string& handle);
  /// The text with its handles replaced: whole ones only, "@ada" in "@adam" or "x@ada" stays.
  std::string In(const std::string& text);

 private:
  std::map<std::string, std::string> names_;
  size_t persons_ = 0;
};

RoleNames::RoleNames(const Bundle& view) {
  std::map<std::string, size_t> holders;
  for (const RoleView& role : view.incident.roles) {
    if (names_.count(role.handle) != 0) continue;
    const size_t holder = ++holders[role.role];
    names_.emplace(role.handle, holder == 1 ? role.role : absl::StrCat(role.role, " ", holder));
  }
  for (const EntryView& entry : view.entries) Of(entry.author);
}

std::string RoleNames::Of(const std::string& handle) {
  if (handle.empty() || handle == "@server") return handle;
  const auto [at, fresh] = names_.try_emplace(handle);
  if (fresh) at->second = absl::StrCat("person ", ++persons_);
  return at->second;
}

std::string RoleNames::In(const std::string& text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const bool starts =
        text[at] == '@' && (at == 0 || !absl::ascii_isalnum(static_cast<uint8_t>(text[at - 1])));
    size_t end = at + 1;
    if (starts) {
      end = std::min(text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789._-", end),
                     text.size());
      while (end > at + 1 && !absl::ascii_isalnum(static_cast<uint8_t>(text[end - 1]))) --end;
    }
    const std::string word = text.substr(at, end - at);
    out += starts && word.size() > 1 ? Of(word) : word;
    at = end;
  }
  return out;
}

void Rename(json& object, const char* key, RoleNames& names) {
  const auto found = object.find(key);
  if (found != object.end() && found->is_string()) *found = names.Of(found->get<std::string>());
}

// What a person wrote into this entry, as its body proves it.
std::vector<std::string> ProvenWords(const json& entry, uint16_t type) {
  std::vector<std::string> words;
  const std::string body = Base64Decode(TextUnder(entry, "body")).value_or("");
  const auto message = WireMessage::Parse(body);
  const auto event = message ? WireMessage::Parse(message->Bytes(type)) : std::nullopt;
  if (!event) return words;
  for (const uint64_t field : WordsFields(type)) {
    if (!event->Bytes(field).empty()) words.emplace_back(event->Bytes(field));
  }
  return words;
}

// The server's part of a sentence names roles; what it quotes stays as it was written.
std::string RenamedAround(const std::string& text, const std::vector<std::string>& words,
                          RoleNames& names) {
  std::vector<std::pair<size_t, size_t>> quoted;
  for (const std::string& word : words) {
    // The quote stands behind what the server says about it.
    const size_t at = text.rfind(word);
    if (at != text.npos) quoted.emplace_back(at, at + word.size());
  }
  std::sort(quoted.begin(), quoted.end());
  std::string out;
  size_t done = 0;
  for (const auto& [start, end] : quoted) {
    if (end <= done) continue;
    if (start > done) out += names.In(text.substr(done, start - done));
    const size_t from = std::max(start, done);
    out += text.substr(from, end - from);
    done = end;
  }
  return out + names.In(text.substr(done));
}

void Cutter::NameRoles() {
  RoleNames names(view_);
  Rename(bundle_, "exported_by", names);
  json& incident = bundle_["incident"];
  Rename(incident, "declared_by", names);
  for (json& role : incident["role_holders"]) Rename(role, "handle", names);
  for (json& anchor : incident["anchors"]) Rename(anchor, "stated_by", names);
  for (json& run : bundle_["runs"]) {
    for (json& step : run["steps"]) {
      Rename(step, "assignee", names);
      Rename(step, "finished_by", names);
    }
  }
  Rename(bundle_["review"], "published_by", names);
  Rename(bundle_["review"], "read_by", names);
  for (json& finding : bundle_["review"]["findings"]) Rename(finding, "author", names);
  for (json& item : bundle_["review"]["action_items"]) Rename(item, "owner", names);
  for (auto& [id, handle] : bundle_["authors"].items()) {
    handle = handle.is_string() ? names.Of(handle.get<std::string>()) : "person";
  }
  for (size_t i = 0; i < view_.entries.size(); ++i) {
    json& view = bundle_["entries"][i]["view"];
    Rename(view, "author", names);
    const uint16_t type = view_.entries[i].type;
    if (type != kTypeRecorded && view.contains("text")) {
      view["text"] =
          RenamedAround(view_.entries[i].text, ProvenWords(bundle_["entries"][i], type), names);
    }
    if (HasProvenAttributes(type) || !view.contains("attributes")) continue;
    for (auto& [key, value] : view["attributes"].items()) {
      if (value.is_string()) value = names.In(value.get<std::string>());
    }
  }
}

bool Cutter::Run() {
  FindHidden();
  bool changed = view_.entries.empty();  // then nothing proves anything
  // Entries that the server withheld already are no reason to cut what it decided to send.
  for (const EntryView& entry : view_.entries) {
    changed = changed || (Hidden(entry.sequence) && !entry.withheld);
  }
  const bool roles = profile_.names == report::Names::kRoles;
  if (changed || roles) KeepKnown();
  if (changed) {
    HideEntries();
    HideState();
  }
  if (roles) {
    NameRoles();
    changed = true;
  }
  return changed;
}

}  // namespace

absl::StatusOr<std::string> CutToProfile(std::string_view text, const Profile& profile) {
  const bool all = profile.ceiling == Tlp::kRed && profile.names == Names::kHandles;
  if (all) return std::string(text);  // large bundles are not read once more for nothing
  // Reading first: afterwards every field that is used below has its form.
  TOCSIN_ASSIGN_OR_RETURN(const Bundle view, ReadBundle(text));
  TOCSIN_ASSIGN_OR_RETURN(json bundle, ParseJsonObject(text));
  Cutter cutter(bundle, view, profile);
  if (!cutter.Run()) return std::string(text);
  return Dump(bundle) + "\n";
}

}  // namespace tocsin::report
