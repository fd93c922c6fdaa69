#include "clients/report/redact.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "clients/report/bundle.h"
#include "clients/report/entry_types.h"
#include "clients/report/json_text.h"
#include "clients/report/record.h"
#include "server/base/encoding.h"
#include "server/base/status_macros.h"
#include "server/base/view.h"

namespace tocsin::report {
namespace {

using nlohmann::json;

// The server made the text; other types quote a person, whose words are proven as they are.
bool IsSentenceOfServer(uint16_t type) {
  return type != kTypeRecorded && WordsFields(type).empty();
}

class Cutter {
 public:
  Cutter(json& bundle, const Bundle& view, const Profile& profile)
      : bundle_(bundle), view_(view), profile_(profile) {}

  // Whether anything changed.
  bool Run();

 private:
  bool Hidden(uint64_t sequence) const { return hidden_.count(sequence) != 0; }
  bool HiddenSubject(const std::string& subject) const {
    return hidden_subjects_.count(subject) != 0;
  }
  bool HiddenLast(uint16_t type) const;
  void FindHidden();
  void HideEntries();
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
  std::set<uint64_t> hidden_;
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
    if (!entry.withheld && TlpOf(bundle_["entries"][i]) <= profile_.ceiling) continue;
    // The entry of this very export says for whom it was made and where the record ends; without
    // it nobody could see a cut tail.
    if (entry.type == kTypeExported && i + 1 == view_.entries.size()) continue;
    hidden_.insert(entry.sequence);
    hidden_types_.insert(entry.type);
    if (!entry.subject.empty()) hidden_subjects_.insert(entry.subject);
  }
}

bool Cutter::HiddenLast(uint16_t type) const {
  bool hidden = false;
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
    if (Hidden(shown.corrected_by)) {
      view.erase("corrected_by");
      view.erase("corrected_text");
    }
    if (Hidden(shown.retracted_by)) view.erase("retracted_by");
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
  KeepOnly(incident, {"name", "title", "severity", "phase", "tlp", "drill", "historical",
                      "declare_time", "declared_by", "close_time", "role_holders", "entity_kind",
                      "time_zone", "attributes", "anchors", "impact", "significant"});
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
  KeepOnly(review, {"state", "findings", "action_items", "publish_time", "summary"});
  DropFrom(review, "findings",
           [&](const json& item) { return SequenceOf(item) == 0 || Hidden(SequenceOf(item)); });
  DropFrom(review, "action_items", [&](const json& item) {
    return SequenceOf(item) == 0 || Hidden(SequenceOf(item)) ||
           HiddenSubject(TextUnder(item, "id"));
  });
  if (HiddenLast(kTypeReviewPublished)) {
    review.erase("summary");
    review.erase("publish_time");
  }
  const bool known = !HiddenLast(kTypeReviewPublished) && !HiddenLast(kTypeReviewOpened);
  if (!known) review.erase("state");
}

void Cutter::HideState() {
  KeepOnly(bundle_, {"format", "organisation", "profile", "exported_by", "export_time",
                     "incident_id", "incident", "obligations", "explanations", "runs", "review",
                     "authors", "entries", "checkpoint", "verifier_key"});
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

// The handle of every person, and what stands for it.
std::map<std::string, std::string> RoleNames(const Bundle& view) {
  std::map<std::string, std::string> names;
  std::map<std::string, size_t> holders;
  for (const RoleView& role : view.incident.roles) {
    if (names.count(role.handle) != 0) continue;
    const size_t holder = ++holders[role.role];
    names.emplace(role.handle, holder == 1 ? role.role : absl::StrCat(role.role, " ", holder));
  }
  size_t number = 0;
  const auto add = [&](const std::string& handle) {
    if (handle.empty() || handle == "@server" || names.count(handle) != 0) return;
    names.emplace(handle, absl::StrCat("person ", ++number));
  };
  for (const EntryView& entry : view.entries) add(entry.author);
  add(view.exported_by);
  add(view.incident.declared_by);
  for (const AnchorView& anchor : view.incident.anchors) add(anchor.stated_by);
  for (const RunView& run : view.runs) {
    for (const StepView& step : run.steps) {
      add(step.assignee);
      add(step.finished_by);
    }
  }
  for (const FindingView& finding : view.review.findings) add(finding.author);
  for (const ActionItemView& item : view.review.action_items) add(item.owner);
  return names;
}

using Names = std::map<std::string, std::string>;

void Rename(json& object, const char* key, const Names& names) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_string()) return;
  const auto name = names.find(found->get<std::string>());
  if (name != names.end()) *found = name->second;
}

// Whole handles only: "@ada" in "@adam" stays.
std::string RenamedText(const std::string& text, const Names& names) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    size_t end = at + 1;
    if (text[at] == '@') {
      end = std::min(text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789._-", end),
                     text.size());
    }
    const std::string word = text.substr(at, end - at);
    const auto name = names.find(word);
    out += name == names.end() ? word : name->second;
    at = end;
  }
  return out;
}

void Cutter::NameRoles() {
  const Names names = RoleNames(view_);
  Rename(bundle_, "exported_by", names);
  json& incident = bundle_["incident"];
  Rename(incident, "declared_by", names);
  incident.erase("members");
  for (json& role : incident["role_holders"]) Rename(role, "handle", names);
  for (json& anchor : incident["anchors"]) Rename(anchor, "stated_by", names);
  for (json& run : bundle_["runs"]) {
    for (json& step : run["steps"]) {
      Rename(step, "assignee", names);
      Rename(step, "finished_by", names);
    }
  }
  for (json& finding : bundle_["review"]["findings"]) Rename(finding, "author", names);
  for (json& item : bundle_["review"]["action_items"]) Rename(item, "owner", names);
  for (auto& [id, handle] : bundle_["authors"].items()) {
    const auto name = names.find(handle.is_string() ? handle.get<std::string>() : "");
    handle = name == names.end() ? "person" : name->second;
  }
  for (size_t i = 0; i < view_.entries.size(); ++i) {
    json& view = bundle_["entries"][i]["view"];
    Rename(view, "author", names);
    if (IsSentenceOfServer(view_.entries[i].type) && view.contains("text")) {
      view["text"] = RenamedText(view_.entries[i].text, names);
    }
  }
}

bool Cutter::Run() {
  FindHidden();
  bool changed = false;
  // Entries that the server withheld already are no reason to cut what it decided to send.
  for (const EntryView& entry : view_.entries) {
    changed = changed || (Hidden(entry.sequence) && !entry.withheld);
  }
  if (changed) {
    HideEntries();
    HideState();
  }
  if (profile_.names == report::Names::kRoles) {
    NameRoles();
    changed = true;
  }
  return changed;
}

}  // namespace

absl::StatusOr<std::string> CutToProfile(std::string_view text, const Profile& profile) {
  // Reading first: afterwards every field that is used below has its form.
  TOCSIN_ASSIGN_OR_RETURN(const Bundle view, ReadBundle(text));
  TOCSIN_ASSIGN_OR_RETURN(json bundle, ParseJsonObject(text));
  Cutter cutter(bundle, view, profile);
  if (!cutter.Run()) return std::string(text);
  return Dump(bundle) + "\n";
}

}  // namespace tocsin::report
