// DFIR-IRIS: the JSON export of one case. IRIS writes an event's time three times: event_date in
// UTC, event_date_wtz as the clock on the wall, and event_tz between them; all other times have no
// offset.
#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "clients/convert/formats.h"
#include "clients/convert/json_tree.h"
#include "clients/convert/recorder.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/base/view.h"

namespace tocsin::convert {
namespace {

// IRIS' categories of events are the tactics of ATT&CK and three of its own.
EntryKind KindOf(const std::string& category) {
  const std::string word = absl::AsciiStrToLower(category);
  if (word == "remediation") return EntryKind::kAction;
  if (word.empty() || word == "unspecified" || word == "legitimate") {
    return EntryKind::kObservation;
  }
  constexpr std::array<std::string_view, 14> kTactics = {
      "initial access",  "execution",           "persistence",  "privilege escalation",
      "defense evasion", "credential access",   "discovery",    "lateral movement",
      "collection",      "command and control", "exfiltration", "impact",
      "reconnaissance",  "resource development"};
  const bool tactic = std::find(kTactics.begin(), kTactics.end(), word) != kTactics.end();
  return tactic ? EntryKind::kAttackerActivity : EntryKind::kObservation;
}

std::optional<Severity> SeverityOf(const std::string& name) {
  const std::string word = absl::AsciiStrToLower(name);
  if (word == "critical") return Severity::kSev1;
  if (word == "high") return Severity::kSev2;
  if (word == "medium") return Severity::kSev3;
  if (word == "low" || word == "informational") return Severity::kSev4;
  return std::nullopt;
}

// The attribute by which exports and searches know an indicator of one of IRIS' types.
std::string IndicatorKey(const std::string& type) {
  const std::string word = absl::AsciiStrToLower(type);
  const auto begins = [&word](std::string_view with) { return word.starts_with(with); };
  if (begins("ip-")) return "ip";
  for (const char* key : {"domain", "url", "md5", "sha1", "sha256"}) {
    if (word == key) return key;
  }
  return word == "hostname" ? "domain" : "";
}

std::string WithText(std::string head, const std::string& text) {
  if (text.empty()) return head;
  return absl::StrCat(head, text.find('\n') == std::string::npos ? ": " : "\n\n", text);
}

class Reader {
 public:
  Reader(const Options& options, Conversion& out)
      : options_(options), out_(out), recorder_(options, out) {}

  absl::Status Read(const JsonNode& root);

 private:
  using Item = absl::Status (Reader::*)(JsonFields& fields, Draft draft);

  absl::Status Wrong(std::string_view place, std::string_view what) const {
    return BadFile(options_.file, place, what);
  }
  absl::Status Each(JsonFields& parent, std::string_view key, Item item);
  absl::Status Add(JsonFields& fields, Draft draft, std::initializer_list<std::string_view> keys);
  absl::StatusOr<std::optional<SourceTime>> EventTime(const std::string& place, JsonFields& fields,
                                                      std::string& stated);

  absl::Status Case(JsonFields& fields);
  absl::Status Event(JsonFields& fields, Draft draft);
  absl::Status Ioc(JsonFields& fields, Draft draft);
  absl::Status Asset(JsonFields& fields, Draft draft);
  absl::Status Evidence(JsonFields& fields, Draft draft);
  absl::Status Task(JsonFields& fields, Draft draft);
  absl::Status Note(JsonFields& fields, Draft draft);

  const Options& options_;
  Conversion& out_;
  Recorder recorder_;
  ImportedIncident incident_;
};

absl::Status Reader::Each(JsonFields& parent, std::string_view key, Item item) {
  size_t index = 0;
  for (const JsonNode& node : parent.List(key)) {
    const std::string place = absl::StrCat(ToAbsl(key), "[", index++, "]");
    if (!node.is_object()) return Wrong(place, "is not an object");
    JsonFields fields(node, std::string(key));
    ++out_.records;
    TOCSIN_RETURN_IF_ERROR((this->*item)(fields, {.place = place}));
  }
  return absl::OkStatus();
}

// Adds `draft` with the time under the first of `keys` that has one, and all that was not read.
absl::Status Reader::Add(JsonFields& fields, Draft draft,
                         std::initializer_list<std::string_view> keys) {
  for (const std::string_view key : keys) {
    if (draft.time) break;
    std::string stated = fields.Scalar(key);
    TOCSIN_ASSIGN_OR_RETURN(draft.time,
                            recorder_.Time(absl::StrCat(draft.place, ".", ToAbsl(key)), stated));
    if (!stated.empty()) draft.stated_time = std::move(stated);
  }
  for (Field& field : fields.Rest()) draft.fields.push_back(std::move(field));
  recorder_.Add(std::move(draft));
  return absl::OkStatus();
}

// The three statements must say the same; one that contradicts is refused, not chosen from.
absl::StatusOr<std::optional<SourceTime>> Reader::EventTime(const std::string& place,
                                                            JsonFields& fields,
                                                            std::string& stated) {
  const std::string date = fields.Scalar("event_date");
  const std::string wall = fields.Scalar("event_date_wtz");
  const std::string offset = fields.Scalar("event_tz");
  stated = absl::StrCat(wall.empty() ? date : wall, offset);
  if (date.empty() && wall.empty()) return std::nullopt;
  const std::string date_place = absl::StrCat(place, ".event_date");
  if (offset.empty()) return recorder_.Time(date_place, date.empty() ? wall : date);
  if (date.empty() || wall.empty()) {
    return recorder_.Time(date_place, absl::StrCat(date.empty() ? wall : date, offset));
  }
  const auto local = ReadTime(absl::StrCat(wall, offset), std::nullopt);
  const auto utc = ReadTime(date, absl::UTCTimeZone());
  if (local.ok() && utc.ok() && local->time != utc->time) {
    return Wrong(date_place, absl::StrCat("'", date, "' in UTC is not event_date_wtz '", wall,
                                          "' with event_tz '", offset, "'"));
  }
  return recorder_.Check(date_place, local.ok() ? utc : local);
}

absl::Status Reader::Event(JsonFields& fields, Draft draft) {
  const std::string title = fields.Scalar("event_title");
  draft.text = WithText(title, fields.Scalar("event_content"));
  if (absl::StripAsciiWhitespace(draft.text).empty()) {
    return Wrong(draft.place, "has neither event_title nor event_content");
  }
  draft.source_id = fields.Scalar("event_uuid");
  if (draft.source_id.empty()) draft.source_id = fields.Scalar("event_id");
  std::string category = fields.Scalar("category");
  draft.kind = KindOf(category);
  if (!category.empty()) draft.attributes["category"] = std::move(category);
  if (std::string actor = fields.Scalar("last_edited_by"); !actor.empty()) {
    draft.attributes["actor"] = std::move(actor);
  }
  TOCSIN_ASSIGN_OR_RETURN(draft.time, EventTime(draft.place, fields, draft.stated_time));
  return Add(fields, std::move(draft), {});
}

absl::Status Reader::Ioc(JsonFields& fields, Draft draft) {
  const std::string value = fields.Scalar("ioc_value");
  if (value.empty()) return Wrong(draft.place, "has no ioc_value");
  std::string type = fields.Scalar("type_name");
  if (type.empty()) type = fields.Scalar("ioc_type");
  draft.source_id = fields.Scalar("ioc_uuid");
  draft.kind = EntryKind::kEvidence;
  draft.text = WithText(absl::StrCat("Indicator", type.empty() ? "" : ", ", type, ": ", value),
                        fields.Scalar("ioc_description"));
  for (const std::string_view key : {"ioc_tlp", "tlp_name"}) {
    const std::string tlp = fields.Scalar(key);
    if (tlp.empty()) continue;
    draft.tlp = TlpOf(tlp);
    draft.attributes["tlp_stated"] = tlp;
  }
  if (const std::string key = IndicatorKey(type); !key.empty()) draft.attributes[key] = value;
  if (!type.empty()) draft.attributes["indicator_type"] = std::move(type);
  return Add(fields, std::move(draft), {});
}

absl::Status Reader::Asset(JsonFields& fields, Draft draft) {
  const std::string name = fields.Scalar("asset_name");
  if (name.empty()) return Wrong(draft.place, "has no asset_name");
  std::string type = fields.Scalar("type");
  draft.source_id = fields.Scalar("asset_uuid");
  if (draft.source_id.empty()) draft.source_id = fields.Scalar("asset_id");
  std::string description = fields.Scalar("asset_description");
  // IRIS writes the description twice.
  const std::string light = fields.Scalar("light_asset_description");
  if (!light.empty() && light != description) {
    draft.fields.push_back({"assets.light_asset_description", "light_asset_description", light});
  }
  draft.text =
      WithText(absl::StrCat("Asset: ", name, type.empty() ? "" : absl::StrCat(" (", type, ")")),
               description);
  draft.attributes["asset"] = name;
  if (!type.empty()) draft.attributes["asset_type"] = std::move(type);
  return Add(fields, std::move(draft), {"date_added"});
}

absl::Status Reader::Evidence(JsonFields& fields, Draft draft) {
  const std::string name = fields.Scalar("filename");
  if (name.empty()) return Wrong(draft.place, "has no filename");
  draft.source_id = fields.Scalar("file_uuid");
  draft.kind = EntryKind::kEvidence;
  draft.text = WithText(absl::StrCat("Evidence: ", name), fields.Scalar("file_description"));
  const std::string hash = fields.Scalar("file_hash");
  const char* const key = hash.size() == 64 ? "sha256" : hash.size() == 40 ? "sha1" : "hash";
  if (!hash.empty()) draft.attributes[hash.size() == 32 ? "md5" : key] = hash;
  if (std::string actor = fields.Scalar("added_by"); !actor.empty()) {
    draft.attributes["actor"] = std::move(actor);
  }
  recorder_.Remark("files of evidence, of which only name and hash are recorded");
  return Add(fields, std::move(draft), {"date_added"});
}

absl::Status Reader::Task(JsonFields& fields, Draft draft) {
  const std::string title = fields.Scalar("task_title");
  if (title.empty()) return Wrong(draft.place, "has no task_title");
  draft.source_id = fields.Scalar("task_uuid");
  draft.kind = EntryKind::kAction;
  draft.text = WithText(absl::StrCat("Task: ", title), fields.Scalar("task_description"));
  if (std::string status = fields.Scalar("task_status"); !status.empty()) {
    draft.attributes["status"] = std::move(status);
  }
  if (std::string actor = fields.Scalar("assigned_to"); !actor.empty()) {
    draft.attributes["actor"] = std::move(actor);
  }
  return Add(fields, std::move(draft), {"task_open_date"});
}

absl::Status Reader::Note(JsonFields& fields, Draft draft) {
  const std::string title = fields.Scalar("note_title");
  const std::string content = fields.Scalar("note_content");
  if (absl::StripAsciiWhitespace(title + content).empty()) {
    return Wrong(draft.place, "has neither note_title nor note_content");
  }
  draft.source_id = fields.Scalar("note_uuid");
  draft.text = WithText(absl::StrCat("Note: ", title), content);
  return Add(fields, std::move(draft), {"note_creationdate"});
}

absl::Status Reader::Case(JsonFields& fields) {
  const std::string name = fields.Scalar("name");
  if (name.empty()) return Wrong("case.name", "is missing");
  const std::string customer = fields.Scalar("for_customer");
  const std::string opened = fields.Scalar("open_date");
  incident_.title = recorder_.Title(options_.title.empty() ? name : options_.title);
  incident_.source_id = fields.Scalar("case_uuid");
  // Older exports hold no id. Their names begin with the number of the case.
  if (incident_.source_id.empty()) {
    incident_.source_id = recorder_.Title(absl::StrCat(name, " / ", customer, " / ", opened));
  }
  const std::string severity = fields.Scalar("severity");
  incident_.severity = SeverityOf(severity).value_or(options_.severity);
  const std::string description = fields.Scalar("description");
  for (const auto& [key, value] :
       {std::pair("summary", &description), std::pair("severity_stated", &severity),
        std::pair("organisation", &customer)}) {
    if (!value->empty()) incident_.attributes[key] = *value;
  }
  TOCSIN_ASSIGN_OR_RETURN(const std::optional<SourceTime> open,
                          recorder_.Time("case.open_date", opened));
  if (open) {
    incident_.anchors.push_back(
        {"detected", open->time,
         absl::StrCat("the opening of the case in DFIR-IRIS (open_date, exact to the ",
                      ToAbsl(ToText(open->precision)), ")")});
  }
  Draft first{.place = "case",
              .text = WithText(absl::StrCat("Case in DFIR-IRIS: ", name), description),
              .time = open,
              .stated_time = opened,
              .source_id = incident_.source_id};
  if (std::string actor = fields.Scalar("opened_by"); !actor.empty()) {
    first.attributes["actor"] = std::move(actor);
  }
  recorder_.Add(std::move(first));
  std::string closed = fields.Scalar("close_date");
  if (closed.empty()) return absl::OkStatus();
  TOCSIN_ASSIGN_OR_RETURN(const std::optional<SourceTime> close,
                          recorder_.Time("case.close_date", closed));
  recorder_.Add({.place = "case.close_date",
                 .text = "Case closed in DFIR-IRIS",
                 .time = close,
                 .stated_time = std::move(closed),
                 .source_id = incident_.source_id});
  return absl::OkStatus();
}

absl::Status Reader::Read(const JsonNode& root) {
  // The API wraps its answers.
  const JsonNode* const data = root.Find("data");
  const JsonNode& body = data != nullptr && data->is_object() ? *data : root;
  JsonFields fields(body, "");
  const JsonNode* const node = fields.Object("case");
  if (node == nullptr) return Wrong("case", "is missing; one exported case is read at a time");
  JsonFields case_fields(*node, "case");
  out_.records = 1;
  TOCSIN_RETURN_IF_ERROR(Case(case_fields));
  TOCSIN_RETURN_IF_ERROR(Each(fields, "timeline", &Reader::Event));
  TOCSIN_RETURN_IF_ERROR(Each(fields, "iocs", &Reader::Ioc));
  TOCSIN_RETURN_IF_ERROR(Each(fields, "assets", &Reader::Asset));
  TOCSIN_RETURN_IF_ERROR(Each(fields, "evidences", &Reader::Evidence));
  TOCSIN_RETURN_IF_ERROR(Each(fields, "tasks", &Reader::Task));
  TOCSIN_RETURN_IF_ERROR(Each(fields, "notes", &Reader::Note));
  std::vector<Field> rest = case_fields.Rest();
  for (Field& field : fields.Rest()) rest.push_back(std::move(field));
  if (&body != &root) {
    JsonFields wrapper(root, "");
    wrapper.Object("data");
    for (Field& field : wrapper.Rest()) rest.push_back(std::move(field));
  }
  recorder_.Finish(incident_, std::move(rest), /*sorted=*/true);
  AnchorsFromEntries(incident_);
  out_.incidents.push_back(std::move(incident_));
  return absl::OkStatus();
}

}  // namespace

absl::Status ConvertIris(std::string_view content, const Options& options, Conversion& out) {
  const absl::StatusOr<JsonNode> root = ParseJson(content);
  if (!root.ok()) return BadFile(options.file, "", ToStd(root.status().message()));
  return Reader(options, out).Read(*root);
}

}  // namespace tocsin::convert
