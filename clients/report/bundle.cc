#include "clients/report/bundle.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "clients/report/entry_types.h"
#include "clients/report/json_text.h"
#include "clients/report/wire.h"
#include "server/base/encoding.h"
#include "server/base/error.h"
#include "server/base/view.h"

namespace tocsin::report {
namespace {

using nlohmann::json;

// One object of the bundle and where it stands. The first field of a wrong form is kept in
// `problem`, shared by all; reading goes on with empty values, so that the code below reads like
// the list of fields it is.
class Fields {
 public:
  Fields(const json& object, std::string path, std::string& problem)
      : object_(object), path_(std::move(path)), problem_(problem) {
    if (!object_.is_object()) Complain("", "an object");
  }

  std::string Text(const char* key) const {
    const json* value = Find(key);
    if (value == nullptr) return "";
    if (value->is_string()) return value->get<std::string>();
    Complain(key, "a text");
    return "";
  }
  bool Flag(const char* key) const {
    const json* value = Find(key);
    if (value == nullptr) return false;
    if (value->is_boolean()) return value->get<bool>();
    Complain(key, "true or false");
    return false;
  }
  // 64-bit integers are texts in the JSON form of protobuf messages.
  int64_t Integer(const char* key) const {
    int64_t number = 0;
    const std::string text = Text(key);
    if (!text.empty() && !absl::SimpleAtoi(text, &number)) Complain(key, "a whole number as text");
    return number;
  }
  uint64_t Count(const char* key) const {
    uint64_t number = 0;
    const std::string text = Text(key);
    if (!text.empty() && !absl::SimpleAtoi(text, &number)) Complain(key, "a count as text");
    return number;
  }
  std::vector<uint64_t> Counts(const char* key) const {
    std::vector<uint64_t> numbers;
    const json* value = Find(key);
    if (value == nullptr) return numbers;
    if (!value->is_array()) Complain(key, "a list of counts");
    if (!value->is_array()) return numbers;
    for (const json& item : *value) {
      uint64_t number = 0;
      const bool good = item.is_string() && absl::SimpleAtoi(item.get<std::string>(), &number);
      if (!good) Complain(key, "a list of counts as text");
      numbers.push_back(number);
    }
    return numbers;
  }
  std::optional<absl::Time> Time(const char* key) const {
    const std::string text = Text(key);
    absl::Time time;
    if (text.empty()) return std::nullopt;
    if (absl::ParseTime(absl::RFC3339_full, text, &time, nullptr)) return time;
    Complain(key, "a time in UTC");
    return std::nullopt;
  }
  absl::Time RequiredTime(const char* key) const {
    const std::optional<absl::Time> time = Time(key);
    if (!time) Complain(key, "a time in UTC");
    return time.value_or(absl::UnixEpoch());
  }
  // "PHASE_TRIAGE" under prefix "PHASE_" is "triage"; unset and UNSPECIFIED are empty.
  std::string Word(const char* key, const char* prefix) const {
    const std::string text = Text(key);
    absl::string_view word = text;
    if (!word.empty() && !absl::ConsumePrefix(&word, prefix)) {
      Complain(key, absl::StrCat("a word that begins with ", prefix));
    }
    if (word == "UNSPECIFIED") return "";
    return absl::StrReplaceAll(absl::AsciiStrToLower(word), {{"_", "-"}});
  }
  template <typename Enum>
  std::optional<Enum> Known(const char* key, const char* prefix) const {
    std::string word = Word(key, prefix);
    if (word.empty()) return std::nullopt;
    // The one word that is not spelt as its enum: TLP 2.0 writes AMBER+STRICT.
    if (word == "amber-strict") word = "amber+strict";
    const absl::StatusOr<Enum> value = ParseText<Enum>(word);
    if (value.ok()) return *value;
    Complain(key, "a known word");
    return std::nullopt;
  }
  Attributes Map(const char* key) const {
    Attributes map;
    const json* value = Find(key);
    if (value == nullptr) return map;
    if (!value->is_object()) Complain(key, "an object");
    for (const auto& [name, text] : value->items()) {
      if (!text.is_string()) Complain(key, "an object of texts");
      map[name] = text.is_string() ? text.get<std::string>() : "";
    }
    return map;
  }
  Fields Object(const char* key) const {
    static const json kEmpty = json::object();
    const json* value = Find(key);
    return {value == nullptr ? kEmpty : *value, absl::StrCat(path_, key, "."), problem_};
  }
  template <typename Read>
  auto List(const char* key, Read read) const -> std::vector<decltype(read(*this))> {
    std::vector<decltype(read(*this))> list;
    const json* value = Find(key);
    if (value == nullptr) return list;
    if (!value->is_array()) Complain(key, "a list");
    if (!value->is_array()) return list;
    for (const json& item : *value) {
      list.push_back(
          read(Fields(item, absl::StrCat(path_, key, "[", list.size(), "]."), problem_)));
    }
    return list;
  }

 private:
  // nullptr also for null, which protobuf's JSON form allows for "unset".
  const json* Find(const char* key) const {
    if (!object_.is_object()) return nullptr;
    const auto found = object_.find(key);
    return found == object_.end() || found->is_null() ? nullptr : &*found;
  }
  void Complain(std::string_view key, std::string_view wanted) const {
    if (!problem_.empty()) return;
    const std::string place = absl::StrCat(path_, ToAbsl(key));
    problem_ = absl::StrCat(absl::StripSuffix(place, "."), " is not ", ToAbsl(wanted));
  }

  const json& object_;
  std::string path_;
  std::string& problem_;
};

std::string LastPart(const std::string& name) {
  const std::vector<std::string> parts = absl::StrSplit(name, '/');
  return parts.back();
}

IncidentView ReadIncident(const Fields& in) {
  IncidentView incident;
  incident.number = LastPart(in.Text("name"));
  incident.title = in.Text("title");
  incident.severity = in.Known<Severity>("severity", "SEVERITY_");
  incident.phase = in.Known<Phase>("phase", "PHASE_");
  incident.tlp = in.Known<Tlp>("tlp", "TLP_");
  incident.restricted = in.Flag("restricted");
  incident.drill = in.Flag("drill");
  incident.historical = in.Flag("historical");
  incident.declare_time = in.RequiredTime("declare_time");
  incident.declared_by = in.Text("declared_by");
  incident.close_time = in.Time("close_time");
  incident.roles = in.List("role_holders", [](const Fields& role) {
    return RoleView{role.Word("role", "INCIDENT_ROLE_"), role.Text("handle")};
  });
  incident.entity_kind = in.Text("entity_kind");
  incident.time_zone = in.Text("time_zone");
  incident.attributes = in.Map("attributes");
  incident.anchors = in.List("anchors", [](const Fields& anchor) {
    return AnchorView{.anchor = anchor.Text("anchor"),
                      .time = anchor.RequiredTime("time"),
                      .because = anchor.Text("because"),
                      .stated_by = anchor.Text("stated_by"),
                      .sequence = anchor.Count("sequence")};
  });
  incident.impact = in.List("impact", [](const Fields& fact) {
    return ImpactView{fact.Text("key"), fact.Text("value"), fact.Count("sequence")};
  });
  incident.significant = in.Text("significant");
  return incident;
}

ObligationView ReadObligation(const Fields& in) {
  return {.id = LastPart(in.Text("name")),
          .regime = in.Text("regime"),
          .stage = in.Text("stage"),
          .label = in.Text("label"),
          .state = absl::StrReplaceAll(in.Word("state", "OBLIGATION_STATE_"), {{"-", " "}}),
          .due = in.Time("due_time"),
          .legal_latest = in.Time("legal_latest_time"),
          .anchor = in.Text("anchor"),
          .anchor_time = in.Time("anchor_time"),
          .article = in.Text("article"),
          .primary_norm = in.Text("primary_norm"),
          .provisional = in.Flag("provisional"),
          .drafted = in.Flag("drafted"),
          .approved = in.Flag("approved"),
          .submitted = in.Time("submit_time"),
          .reference = in.Text("submit_reference"),
          .late_by = absl::Seconds(in.Integer("late_by_seconds")),
          .late_reason = in.Text("late_reason"),
          .acknowledged = in.Time("acknowledge_time")};
}

ExplanationView ReadExplanation(const Fields& in) {
  const Fields obligation = in.Object("obligation");
  return {.id = LastPart(obligation.Text("name")),
          .stage = obligation.Text("stage"),
          .rule_id = in.Text("rule_id"),
          .pack_version = in.Text("pack_version"),
          .arithmetic = in.Text("arithmetic")};
}

StepView ReadStep(const Fields& in) {
  const std::string state = in.Text("state");
  StepView step{.title = in.Object("step").Text("title"),
                .state = StepState::kOpen,
                .assignee = in.Text("assignee"),
                .finished = in.Time("finish_time"),
                .finished_by = in.Text("finished_by"),
                .note = in.Text("note")};
  if (state == "done") step.state = StepState::kDone;
  if (state == "skipped") step.state = StepState::kSkipped;
  if (state == "not-taken") step.state = StepState::kNotTaken;
  // Of a step that was neither done nor skipped, why its branch went where it did.
  if (step.note.empty()) step.note = in.Text("branch_reason");
  return step;
}

RunView ReadRun(const Fields& in) {
  return {.id = LastPart(in.Text("name")),
          .title = in.Text("title"),
          .version = in.Text("version"),
          .digest = in.Text("digest"),
          .started = in.RequiredTime("start_time"),
          .steps = in.List("steps", ReadStep)};
}

ActionItemView ReadActionItem(const Fields& in) {
  const std::string dropped = in.Text("dropped_because");
  return {.id = in.Text("id"),
          .text = in.Text("text"),
          .owner = in.Text("owner"),
          .due = in.Time("due_time"),
          .done = in.Flag("done"),
          .evidence = in.Text("evidence"),
          .sequence = in.Count("sequence"),
          .type = in.Known<ActionType>("type", "ACTION_TYPE_"),
          .state = in.Text("state"),
          .remark = dropped.empty() ? in.Text("helped_because") : dropped};
}

ReviewView ReadReview(const Fields& in) {
  return {.state = in.Text("state"),
          .summary = in.Text("summary"),
          .published = in.Time("publish_time"),
          .published_by = in.Text("published_by"),
          .read_by = in.Flag("approved") ? in.Text("read_by") : "",
          .without_reader = in.Text("without_reader"),
          .waived = in.Text("waived_because"),
          .findings = in.List("findings",
                              [](const Fields& finding) {
                                return FindingView{
                                    finding.Known<FindingKind>("kind", "FINDING_KIND_"),
                                    finding.Text("text"), finding.Text("author"),
                                    finding.Count("sequence"), finding.Counts("entries")};
                              }),
          .action_items = in.List("action_items", ReadActionItem)};
}

void ReadEvidence(const WireMessage& event, EntryView& entry) {
  const auto text = [&](uint64_t field) { return std::string(event.Bytes(field)); };
  const auto time = [&](uint64_t set, uint64_t nanos) -> std::optional<absl::Time> {
    if (event.Integer(set) == 0) return std::nullopt;
    return absl::FromUnixNanos(static_cast<int64_t>(event.Integer(nanos)));
  };
  if (entry.type == kTypeEvidenceAdded) {
    entry.evidence = EvidenceView{.custody = 1,
                                  .time = time(7, 8),
                                  .name = text(2),
                                  .size = event.Integer(3),
                                  .sha256 = HexEncode(event.Bytes(4)),
                                  .from = text(6),
                                  .note = text(5)};
  } else if (entry.type == kTypeEvidenceMoved) {
    entry.evidence = EvidenceView{
        .custody = event.Integer(2), .time = time(6, 7), .to = text(3), .because = text(5)};
    // What a later release adds to these is none of this one's.
    if (entry.evidence->custody != 3) entry.evidence->custody = 2;
  } else if (entry.type == kTypeEvidenceStored) {
    entry.evidence = EvidenceView{.custody = 4};
  } else if (entry.type == kTypeEvidenceRetrieved) {
    entry.evidence = EvidenceView{.custody = 5};
  }
}

// What a committed body says beside its text.
void ReadBody(std::string_view body, EntryView& entry) {
  const std::optional<WireMessage> message = WireMessage::Parse(body);
  if (!message) return;
  const std::optional<WireMessage> event = WireMessage::Parse(message->Bytes(entry.type));
  if (!event) return;
  const auto number = [&](uint64_t field) {
    return static_cast<int>(event->Integer(field) & 0xFF);
  };
  if (entry.type == kTypeDeclared) entry.change = ChangeView{0, number(3), ""};
  if (entry.type == kTypeRoleAssigned) entry.change = ChangeView{0, number(1), ""};
  if (entry.type == kTypePhaseChanged || entry.type == kTypeSeverityChanged) {
    entry.change = ChangeView{number(1), number(2), std::string(event->Bytes(3))};
  }
  if (HasSubject(entry.type)) entry.subject = std::string(event->Bytes(1));
  ReadEvidence(*event, entry);
}

EntryView ReadEntry(const Fields& in) {
  const Fields view = in.Object("view");
  EntryView entry{.sequence = view.Count("sequence"),
                  .type_name = view.Text("type"),
                  .kind = view.Known<EntryKind>("kind", "ENTRY_KIND_"),
                  .author = view.Text("author"),
                  .tlp = view.Known<Tlp>("tlp", "TLP_"),
                  .leaf_hash = view.Text("leaf_hash"),
                  .recorded = view.RequiredTime("record_time"),
                  .occurred = view.Time("occur_time"),
                  .text = view.Text("text"),
                  .attributes = view.Map("attributes"),
                  .retracted_by = view.Count("retracted_by"),
                  .corrected_by = view.Count("corrected_by"),
                  .corrected_text = view.Text("corrected_text"),
                  .target = view.Count("target_sequence"),
                  .withheld = in.Flag("withheld")};
  entry.precision = view.Known<Precision>("precision", "PRECISION_").value_or(Precision::kSecond);
  for (const EntryTypeWord& known : kEntryTypes) {
    if (known.name == entry.type_name) entry.type = known.number;
  }
  if (entry.withheld) return entry;
  const std::optional<std::string> body = Base64Decode(in.Text("body"));
  if (body) ReadBody(*body, entry);
  return entry;
}

}  // namespace

absl::StatusOr<Bundle> ReadBundle(std::string_view text) {
  const auto refuse = [](std::string_view message) {
    return InvalidArgument("BUNDLE_NOT_READ", absl::StrCat("bundle: ", ToAbsl(message)),
                           "give the file that `tocsin export --format json` wrote");
  };
  const absl::StatusOr<json> parsed = ParseJsonObject(text);
  if (!parsed.ok()) return refuse(ToStd(parsed.status().message()));
  std::string problem;
  const Fields in(*parsed, "", problem);
  if (in.Text("format") != "tocsin-bundle/1") return refuse("its format is not tocsin-bundle/1");
  Bundle bundle{.incident_id = in.Text("incident_id"),
                .organisation = in.Text("organisation"),
                .profile = in.Text("profile"),
                .exported_by = in.Text("exported_by"),
                .export_time = in.RequiredTime("export_time"),
                .incident = ReadIncident(in.Object("incident")),
                .obligations = in.List("obligations", ReadObligation),
                .explanations = in.List("explanations", ReadExplanation),
                .runs = in.List("runs", ReadRun),
                .review = ReadReview(in.Object("review")),
                .entries = in.List("entries", ReadEntry),
                .checkpoint = in.Text("checkpoint"),
                .verifier_key = in.Text("verifier_key")};
  if (!problem.empty()) return refuse(problem);
  const std::vector<std::string> lines = absl::StrSplit(bundle.checkpoint, '\n');
  if (lines.size() < 3) return refuse("checkpoint is not a signed note");
  bundle.log_size = lines[1];
  bundle.log_root = lines[2];
  return bundle;
}

Tlp HighestTlp(const Bundle& bundle) {
  Tlp highest = Tlp::kClear;
  for (const EntryView& entry : bundle.entries) {
    if (entry.withheld || !entry.tlp || entry.type == kTypeExported) continue;
    highest = std::max(highest, *entry.tlp);
  }
  return highest;
}

}  // namespace tocsin::report
