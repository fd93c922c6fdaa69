// TheHive 5: the JSON of its API, one case with what hangs on it. Either {"case": {…}, "tasks":
// […], "observables": […], …} or the case itself with these lists inside. Times are milliseconds.
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

constexpr std::string_view kLogs[] = {"logs", "taskLogs"};
constexpr std::string_view kProcedures[] = {"procedures", "ttps"};

std::optional<Severity> SeverityOf(const std::string& number) {
  if (number == "1") return Severity::kSev4;
  if (number == "2") return Severity::kSev3;
  if (number == "3") return Severity::kSev2;
  if (number == "4") return Severity::kSev1;
  return std::nullopt;
}

// The label says it; a bare 3 means RED in older versions and AMBER+STRICT in newer ones, so that
// it counts as the more restricted.
std::optional<Tlp> TlpOfNumber(const std::string& number, const std::string& label) {
  if (const std::optional<Tlp> tlp = TlpOf(label)) return tlp;
  if (number == "0") return Tlp::kClear;
  if (number == "1") return Tlp::kGreen;
  if (number == "2") return Tlp::kAmber;
  if (number == "3" || number == "4") return Tlp::kRed;
  return std::nullopt;
}

// The attribute by which exports and searches know an indicator of this type.
std::string IndicatorKey(const std::string& type, const std::string& value) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kTypes = {
      {{"ip", "ip"}, {"domain", "domain"}, {"fqdn", "domain"}, {"url", "url"}, {"hash", "hash"}}};
  for (const auto& [word, key] : kTypes) {
    if (type != word) continue;
    if (key != "hash") return std::string(key);
    if (value.size() == 32) return "md5";
    if (value.size() == 40) return "sha1";
    return value.size() == 64 ? "sha256" : "hash";
  }
  return "";
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
  // Reads `item` of each object of the list.
  absl::Status Each(JsonFields& parent, std::string_view key, const std::string& above, Item item);
  absl::Status Parts(JsonFields& fields);
  // Adds `draft` with the time under the first of `keys` that has one, and all that was not read.
  absl::Status Add(JsonFields& fields, Draft draft, std::initializer_list<std::string_view> keys);

  absl::Status Case(JsonFields& fields);
  absl::Status Task(JsonFields& fields, Draft draft);
  absl::Status Log(JsonFields& fields, Draft draft);
  absl::Status Observable(JsonFields& fields, Draft draft);
  absl::Status Procedure(JsonFields& fields, Draft draft);
  absl::Status Page(JsonFields& fields, Draft draft);
  absl::Status Comment(JsonFields& fields, Draft draft);

  const Options& options_;
  Conversion& out_;
  Recorder recorder_;
  ImportedIncident incident_;
  std::vector<Field> rest_;
};

absl::Status Reader::Each(JsonFields& parent, std::string_view key, const std::string& above,
                          Item item) {
  size_t index = 0;
  for (const JsonNode& node : parent.List(key)) {
    const std::string place = absl::StrCat(above, ToAbsl(key), "[", index++, "]");
    if (!node.is_object()) return Wrong(place, "is not an object");
    JsonFields fields(node, parent.name() == "case" || parent.name().empty() ? std::string(key)
                                                                             : parent.NameOf(key));
    ++out_.records;
    Draft draft{.place = place, .source_id = fields.Scalar("_id")};
    if (draft.source_id.empty()) draft.source_id = fields.Scalar("id");
    TOCSIN_RETURN_IF_ERROR((this->*item)(fields, std::move(draft)));
  }
  return absl::OkStatus();
}

absl::Status Reader::Add(JsonFields& fields, Draft draft,
                         std::initializer_list<std::string_view> keys) {
  for (const std::string_view key : keys) {
    const std::string stated = fields.Scalar(key);
    const std::string place = absl::StrCat(draft.place, ".", ToAbsl(key));
    if (draft.time) {
      if (!stated.empty()) draft.fields.push_back({fields.NameOf(key), std::string(key), stated});
      continue;
    }
    TOCSIN_ASSIGN_OR_RETURN(draft.time, recorder_.Millis(place, stated));
    if (!stated.empty()) draft.stated_time = stated;
  }
  for (const std::string_view key : {"_createdBy", "createdBy", "owner"}) {
    if (draft.attributes.contains("actor")) break;
    if (const std::string actor = fields.Scalar(key); !actor.empty()) {
      draft.attributes["actor"] = actor;
    }
  }
  for (Field& field : fields.Rest()) draft.fields.push_back(std::move(field));
  recorder_.Add(std::move(draft));
  return absl::OkStatus();
}

absl::Status Reader::Task(JsonFields& fields, Draft draft) {
  const std::string title = fields.Scalar("title");
  if (title.empty()) return Wrong(draft.place, "has no title");
  draft.kind = EntryKind::kAction;
  draft.text = WithText(absl::StrCat("Task: ", title), fields.Scalar("description"));
  if (std::string status = fields.Scalar("status"); !status.empty()) {
    draft.attributes["status"] = std::move(status);
  }
  const std::string above = draft.place + ".";
  for (const std::string_view key : kLogs) {
    TOCSIN_RETURN_IF_ERROR(Each(fields, key, above, &Reader::Log));
  }
  return Add(fields, std::move(draft), {"startDate", "_createdAt", "createdAt"});
}

absl::Status Reader::Log(JsonFields& fields, Draft draft) {
  draft.text = fields.Scalar("message");
  if (absl::StripAsciiWhitespace(draft.text).empty()) return Wrong(draft.place, "has no message");
  draft.kind = EntryKind::kAction;
  if (std::string owner = fields.Scalar("owner"); !owner.empty()) {
    draft.attributes["actor"] = std::move(owner);
  }
  return Add(fields, std::move(draft), {"date", "startDate", "_createdAt", "createdAt"});
}

absl::Status Reader::Observable(JsonFields& fields, Draft draft) {
  const std::string type = fields.Scalar("dataType");
  std::string value = fields.Scalar("data");
  if (type.empty()) return Wrong(draft.place, "has no dataType");
  if (const JsonNode* attachment = fields.Object("attachment"); attachment != nullptr) {
    JsonFields file(*attachment, fields.NameOf("attachment"));
    if (value.empty()) value = file.Scalar("name");
    for (Field& field : file.Rest()) {
      field.path = "attachment." + field.path;
      draft.fields.push_back(std::move(field));
    }
    recorder_.Remark("attached files, of which only name and hashes are recorded");
  }
  draft.kind = EntryKind::kEvidence;
  draft.text = WithText(absl::StrCat("Observable, ", type, value.empty() ? "" : ": ", value),
                        fields.Scalar("message"));
  draft.tlp = TlpOfNumber(fields.Scalar("tlp"), fields.Scalar("tlpLabel"));
  const std::string ioc = fields.Scalar("ioc");
  const std::string key = IndicatorKey(type, value);
  if (ioc == "true" && !key.empty()) draft.attributes[key] = value;
  if (!ioc.empty()) draft.attributes["ioc"] = ioc;
  return Add(fields, std::move(draft), {"startDate", "_createdAt", "createdAt"});
}

absl::Status Reader::Procedure(JsonFields& fields, Draft draft) {
  const std::string pattern = fields.Scalar("patternId");
  const std::string name = fields.Scalar("patternName");
  std::string tactic = fields.Scalar("tacticLabel");
  if (tactic.empty()) tactic = fields.Scalar("tactic");
  draft.kind = EntryKind::kAttackerActivity;
  const std::string what = absl::StrCat(pattern, pattern.empty() || name.empty() ? "" : " ", name);
  if (what.empty() && tactic.empty()) return Wrong(draft.place, "has no patternId and no tactic");
  draft.text = WithText(absl::StrCat("Technique ", what.empty() ? "not named" : what,
                                     tactic.empty() ? "" : absl::StrCat(" (", tactic, ")")),
                        fields.Scalar("description"));
  if (!pattern.empty()) draft.attributes["technique"] = pattern;
  return Add(fields, std::move(draft), {"occurDate", "_createdAt", "createdAt"});
}

absl::Status Reader::Page(JsonFields& fields, Draft draft) {
  const std::string title = fields.Scalar("title");
  if (title.empty()) return Wrong(draft.place, "has no title");
  draft.text = WithText(absl::StrCat("Page: ", title), fields.Scalar("content"));
  return Add(fields, std::move(draft), {"_createdAt", "createdAt"});
}

absl::Status Reader::Comment(JsonFields& fields, Draft draft) {
  draft.text = fields.Scalar("message");
  if (absl::StripAsciiWhitespace(draft.text).empty()) return Wrong(draft.place, "has no message");
  draft.kind = EntryKind::kCommunication;
  return Add(fields, std::move(draft), {"createdAt", "_createdAt"});
}

absl::Status Reader::Parts(JsonFields& fields) {
  const std::string above = fields.name().empty() ? "" : absl::StrCat(fields.name(), ".");
  TOCSIN_RETURN_IF_ERROR(Each(fields, "tasks", above, &Reader::Task));
  for (const std::string_view key : kLogs) {
    TOCSIN_RETURN_IF_ERROR(Each(fields, key, above, &Reader::Log));
  }
  TOCSIN_RETURN_IF_ERROR(Each(fields, "observables", above, &Reader::Observable));
  for (const std::string_view key : kProcedures) {
    TOCSIN_RETURN_IF_ERROR(Each(fields, key, above, &Reader::Procedure));
  }
  TOCSIN_RETURN_IF_ERROR(Each(fields, "pages", above, &Reader::Page));
  return Each(fields, "comments", above, &Reader::Comment);
}

absl::Status Reader::Case(JsonFields& fields) {
  incident_.source_id = fields.Scalar("_id");
  if (incident_.source_id.empty()) incident_.source_id = fields.Scalar("id");
  const std::string title = fields.Scalar("title");
  if (title.empty()) return Wrong("case.title", "is missing");
  if (incident_.source_id.empty()) return Wrong("case._id", "is missing");
  incident_.title = recorder_.Title(options_.title.empty() ? title : options_.title);
  const std::string severity = fields.Scalar("severity");
  incident_.severity = SeverityOf(severity).value_or(options_.severity);
  const std::string tlp = fields.Scalar("tlp");
  incident_.tlp = TlpOfNumber(tlp, fields.Scalar("tlpLabel"));
  for (const auto& [key, value] :
       {std::pair("severity_stated", &severity), std::pair("tlp_stated", &tlp)}) {
    if (!value->empty()) incident_.attributes[key] = *value;
  }
  const std::string summary = fields.Scalar("summary");
  const std::string description = fields.Scalar("description");
  if (!description.empty()) incident_.attributes["summary"] = description;
  TOCSIN_RETURN_IF_ERROR(Parts(fields));

  const std::string started = fields.Scalar("startDate");
  TOCSIN_ASSIGN_OR_RETURN(const std::optional<SourceTime> start,
                          recorder_.Millis("case.startDate", started));
  if (start) {
    incident_.anchors.push_back(
        {"detected", start->time, "the beginning of the case in TheHive (startDate)"});
  }
  Draft opened{.place = "case",
               .text = WithText(absl::StrCat("Case in TheHive: ", title), description),
               .time = start,
               .stated_time = started,
               .source_id = incident_.source_id};
  recorder_.Add(std::move(opened));
  std::string ended = fields.Scalar("endDate");
  if (!summary.empty() || !ended.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(const std::optional<SourceTime> end,
                            recorder_.Millis("case.endDate", ended));
    recorder_.Add({.place = "case.summary",
                   .kind = summary.empty() ? EntryKind::kObservation : EntryKind::kReview,
                   .text = WithText("Case closed in TheHive", summary),
                   .time = end,
                   .stated_time = std::move(ended),
                   .source_id = incident_.source_id});
  }
  for (Field& field : fields.Rest()) rest_.push_back(std::move(field));
  return absl::OkStatus();
}

absl::Status Reader::Read(const JsonNode& root) {
  if (!root.is_object()) return Wrong("$", "is not an object; one case is read at a time");
  JsonFields outer(root, "");
  const JsonNode* node = outer.Object("case");
  JsonFields fields(node == nullptr ? root : *node, "case");
  out_.records = 1;
  TOCSIN_RETURN_IF_ERROR(Case(fields));
  if (node != nullptr) {
    TOCSIN_RETURN_IF_ERROR(Parts(outer));
    for (Field& field : outer.Rest()) rest_.push_back(std::move(field));
  }
  recorder_.Finish(incident_, std::move(rest_), /*sorted=*/true);
  AnchorsFromEntries(incident_);
  out_.incidents.push_back(std::move(incident_));
  return absl::OkStatus();
}

}  // namespace

absl::Status ConvertThehive(std::string_view content, const Options& options, Conversion& out) {
  const absl::StatusOr<JsonNode> root = ParseJson(content);
  if (!root.ok()) return BadFile(options.file, "", ToStd(root.status().message()));
  return Reader(options, out).Read(*root);
}

}  // namespace tocsin::convert
