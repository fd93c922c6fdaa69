// VERIS, the vocabulary of the VERIS Community Database: one record is one incident. Records stand
// one a line, in a list, or alone; in the form of the schema (actor, action, attribute and
// discovery_method as objects by category) or with lists of objects that have a type.
#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/time/civil_time.h"
#include "clients/convert/formats.h"
#include "clients/convert/json_tree.h"
#include "clients/convert/recorder.h"
#include "server/base/status_macros.h"
#include "server/base/view.h"

namespace tocsin::convert {
namespace {

constexpr size_t kRecordsMax = 20'000;
// Beyond it a number is no amount of money; it stays an attribute.
constexpr double kAmountMax = 1e12;

// One of the categories of actor, action, attribute or discovery.
struct Category {
  std::string name;
  const JsonNode* node;
};

std::string Lower(const std::string& text) {
  return absl::AsciiStrToLower(text);
}

// {"external": {…}}, [{"type": "external", …}] or "external".
std::vector<Category> CategoriesOf(const JsonNode* node) {
  std::vector<Category> found;
  if (node == nullptr) return found;
  if (node->is_scalar()) found.push_back({Lower(node->text), node});
  for (const JsonNode& child : node->children) {
    const JsonNode* const type = child.Find("type");
    if (node->is_object()) {
      found.push_back({Lower(child.key), &child});
    } else if (type != nullptr && type->is_scalar()) {
      found.push_back({Lower(type->text), &child});
    }
  }
  return found;
}

std::string ScalarOf(const JsonNode* node, std::string_view key) {
  const JsonNode* const found = node == nullptr ? nullptr : node->Find(key);
  return found != nullptr && found->is_scalar() ? found->text : "";
}

// The texts of a list under `key`, or the one text there.
std::vector<std::string> TextsOf(const JsonNode* node, std::string_view key) {
  std::vector<std::string> texts;
  const JsonNode* const found = node == nullptr ? nullptr : node->Find(key);
  if (found == nullptr) return texts;
  if (found->is_scalar()) texts.push_back(found->text);
  for (const JsonNode& item : found->children) {
    if (item.is_scalar()) texts.push_back(item.text);
  }
  return texts;
}

std::vector<std::string> NamesOf(const std::vector<Category>& categories) {
  std::set<std::string> names;
  for (const Category& category : categories) names.insert(category.name);
  return {names.begin(), names.end()};
}

// "hacking (Use of stolen creds, SQLi)".
std::string Sentence(const std::vector<Category>& categories) {
  std::vector<std::string> parts;
  for (const Category& category : categories) {
    const std::string varieties = absl::StrJoin(TextsOf(category.node, "variety"), ", ");
    parts.push_back(varieties.empty() ? category.name
                                      : absl::StrCat(category.name, " (", varieties, ")"));
  }
  return absl::StrJoin(parts, ", ");
}

std::optional<Severity> SeverityOf(const std::string& rating) {
  if (rating == "Catastrophic" || rating == "Damaging") return Severity::kSev1;
  if (rating == "Painful") return Severity::kSev2;
  if (rating == "Distracting") return Severity::kSev3;
  if (rating == "Insignificant") return Severity::kSev4;
  return std::nullopt;
}

// What an entry of a record is about.
enum class Subject { kIncident, kDiscovery, kImpact, kNotification };

// A date of which month or day may be missing.
struct PartialDate {
  std::string text;
  std::optional<SourceTime> time;
  bool year_only = false;
};

class Reader {
 public:
  Reader(const Options& options, Conversion& out, std::string place)
      : options_(options), out_(out), recorder_(options, out), place_(std::move(place)) {}

  absl::Status Read(const JsonNode& record);

 private:
  // Where it is not `required`, a date that the calendar does not have stays text.
  absl::StatusOr<PartialDate> DateOf(const JsonNode* node, const char* name, bool required);
  std::optional<SourceTime> Detected(const JsonNode& record, const PartialDate& date) const;
  // Gives each field to the entry that it is about. `told`: there is one of a notification.
  void SortFields(const JsonNode& record, bool told);
  void AddFacts(const JsonNode& record);
  void AddAttributeFacts(const std::vector<Category>& attributes);
  void AddEntries(const JsonNode& record, const PartialDate& date);
  std::string ImpactText(const std::vector<Category>& attributes) const;
  void SetFact(const char* key, const std::string& value) {
    const bool blank = absl::StripAsciiWhitespace(value).empty();
    if (!blank) incident_.facts[key] = recorder_.Title(value);
  }

  const Options& options_;
  Conversion& out_;
  Recorder recorder_;
  const std::string place_;
  ImportedIncident incident_;
  std::map<Subject, std::vector<Field>> fields_;
};

absl::StatusOr<PartialDate> Reader::DateOf(const JsonNode* node, const char* name, bool required) {
  PartialDate date;
  const std::string place = absl::StrCat(place_, ": ", name);
  const std::string year = ScalarOf(node, "year");
  if (year.empty()) return date;
  std::array<int, 3> parts = {0, 1, 1};
  const std::array<std::string, 3> texts = {year, ScalarOf(node, "month"), ScalarOf(node, "day")};
  for (size_t i = 0; i < texts.size(); ++i) {
    if (texts[i].empty()) continue;
    if (!absl::SimpleAtoi(texts[i], &parts[i]) || parts[i] < 0 || parts[i] > 9999) {
      return BadFile(options_.file, place, "holds something else than numbers of year, month, day");
    }
  }
  date.year_only = texts[1].empty();
  const bool day = !date.year_only && !texts[2].empty();
  date.text = day ? absl::StrFormat("%04d-%02d-%02d", parts[0], parts[1], parts[2])
                  : absl::StrFormat(date.year_only ? "%04d" : "%04d-%02d", parts[0], parts[1]);
  const std::string readable = date.year_only ? date.text + "-01" : date.text;
  const absl::StatusOr<SourceTime> read = ReadTime(readable, options_.zone);
  if (!read.ok() && !required && options_.zone) {
    recorder_.Remark("dates that the calendar does not have, kept as the attribute stated_time");
    return date;
  }
  TOCSIN_ASSIGN_OR_RETURN(date.time, recorder_.Check(place, read));
  return date;
}

// VERIS says how long after the incident it was discovered. Only from a full date does that give a
// day.
std::optional<SourceTime> Reader::Detected(const JsonNode& record, const PartialDate& date) const {
  const JsonNode* const timeline = record.Find("timeline");
  const JsonNode* const span = timeline == nullptr ? nullptr : timeline->Find("discovery");
  double value = 0;
  if (!date.time || date.time->precision != Precision::kDay ||
      !absl::SimpleAtod(ScalarOf(span, "value"), &value) || value <= 0 || value > 10'000) {
    return std::nullopt;
  }
  const std::string unit = Lower(ScalarOf(span, "unit"));
  const absl::CivilDay day(options_.zone->At(date.time->time).cs);
  const auto whole = static_cast<int>(value);
  const auto at = [this](absl::CivilDay on) { return absl::FromCivil(on, *options_.zone); };
  absl::Time time;
  if (unit == "seconds") {
    time = date.time->time + absl::Seconds(value);
  } else if (unit == "minutes") {
    time = date.time->time + absl::Minutes(value);
  } else if (unit == "hours") {
    time = date.time->time + absl::Hours(value);
  } else if (unit == "days" || unit == "weeks") {
    time = at(day + whole * (unit == "weeks" ? 7 : 1));
  } else if (unit == "months") {
    time = at(absl::CivilDay(day.year(), day.month() + whole, day.day()));
  } else if (unit == "years") {
    time = at(absl::CivilDay(day.year() + whole, day.month(), day.day()));
  } else {
    return std::nullopt;
  }
  if (time > options_.now) return std::nullopt;
  return SourceTime{time, Precision::kDay};
}

void Reader::AddAttributeFacts(const std::vector<Category>& attributes) {
  double total = 0;
  bool counted = false;
  std::set<std::string> varieties;
  for (const Category& attribute : attributes) {
    if (attribute.name == "integrity") SetFact("integrity_lost", "yes");
    if (attribute.name == "availability") SetFact("availability_lost", "yes");
    if (attribute.name != "confidentiality") continue;
    const std::string disclosed = Lower(ScalarOf(attribute.node, "data_disclosure"));
    if (disclosed == "yes" || disclosed == "no") SetFact("confidentiality_lost", disclosed);
    double amount = 0;
    if (absl::SimpleAtod(ScalarOf(attribute.node, "data_total"), &amount) && amount >= 0 &&
        amount < kAmountMax) {
      total += amount;
      counted = true;
    }
    for (std::string& text : TextsOf(attribute.node, "data_variety")) varieties.insert(text);
    const JsonNode* const data = attribute.node->Find("data");
    for (const JsonNode& item : data == nullptr ? std::vector<JsonNode>() : data->children) {
      if (std::string text = ScalarOf(&item, "variety"); !text.empty()) varieties.insert(text);
    }
    const bool personal = varieties.contains("Personal") || varieties.contains("Medical");
    if (disclosed == "yes" && personal) SetFact("personal_data", "yes");
  }
  varieties.erase("Unknown");
  SetFact("data_lost", absl::StrJoin(varieties, ", "));
  if (counted) SetFact("veris_records_lost", absl::StrFormat("%.0f", total));
}

void Reader::AddFacts(const JsonNode& record) {
  const std::vector<Category> actions = CategoriesOf(record.Find("action"));
  const std::vector<std::string> kinds = NamesOf(actions);
  const auto any = [&kinds](std::initializer_list<std::string_view> names) {
    return std::any_of(kinds.begin(), kinds.end(), [&names](const std::string& kind) {
      return std::find(names.begin(), names.end(), kind) != names.end();
    });
  };
  SetFact("incident_type", absl::StrJoin(kinds, ", "));
  if (any({"hacking", "malware", "social", "misuse", "physical"})) {
    SetFact("malicious", "yes");
  } else if (any({"error", "environmental"})) {
    SetFact("malicious", "no");
  }
  const std::vector<Category> actors = CategoriesOf(record.Find("actor"));
  SetFact("veris_actor", absl::StrJoin(NamesOf(actors), ", "));
  SetFact("actor_information", Sentence(actors));
  SetFact("veris_discovery",
          absl::StrJoin(NamesOf(CategoriesOf(record.Find("discovery_method"))), ", "));
  AddAttributeFacts(CategoriesOf(record.Find("attribute")));
  const JsonNode* const victim = record.Find("victim");
  std::vector<std::string> countries = TextsOf(&record, "victim_country");
  if (countries.empty()) countries = TextsOf(victim, "country");
  std::erase_if(countries, [](const std::string& country) { return country == "Unknown"; });
  SetFact("countries", absl::StrJoin(countries, ", "));
  const JsonNode* const impact = record.Find("impact");
  const bool euro =
      ScalarOf(impact, "iso_currency_code") == "EUR" || ScalarOf(impact, "currency") == "EUR";
  double amount = 0;
  if (euro && absl::SimpleAtod(ScalarOf(impact, "overall_amount"), &amount) && amount >= 0 &&
      amount < kAmountMax) {
    SetFact("financial_loss_eur", absl::StrFormat("%.2f", amount));
  }
}

std::string Reader::ImpactText(const std::vector<Category>& attributes) const {
  std::vector<std::string> parts;
  for (const Category& attribute : attributes) {
    std::string text = absl::StrCat(attribute.name, " lost");
    if (attribute.name == "confidentiality") {
      const std::string disclosed = ScalarOf(attribute.node, "data_disclosure");
      const std::string total = ScalarOf(attribute.node, "data_total");
      text = absl::StrCat("confidentiality: disclosure ",
                          disclosed.empty() ? "not stated" : disclosed);
      if (!total.empty()) absl::StrAppend(&text, ", ", total, " records");
    }
    const std::string varieties = absl::StrJoin(TextsOf(attribute.node, "variety"), ", ");
    if (!varieties.empty()) absl::StrAppend(&text, " (", varieties, ")");
    parts.push_back(std::move(text));
  }
  return absl::StrJoin(parts, "; ");
}

void Reader::AddEntries(const JsonNode& record, const PartialDate& date) {
  const std::string summary = ScalarOf(&record, "summary");
  const bool named = !absl::StripAsciiWhitespace(summary).empty();
  const auto malicious = incident_.facts.find("malicious");
  const bool attacked = malicious != incident_.facts.end() && malicious->second == "yes";
  recorder_.Add({.place = place_,
                 .kind = attacked ? EntryKind::kAttackerActivity : EntryKind::kObservation,
                 .text = named ? summary : incident_.title,
                 .time = date.year_only ? std::nullopt : date.time,
                 .stated_time = date.text,
                 .source_id = incident_.source_id,
                 .fields = std::move(fields_[Subject::kIncident])});
  const std::optional<SourceTime> detected = Detected(record, date);
  const std::vector<Category> found = CategoriesOf(record.Find("discovery_method"));
  if (!found.empty()) {
    recorder_.Add({.place = place_ + ": discovery_method",
                   .kind = EntryKind::kDetection,
                   .text = absl::StrCat("Discovered: ", Sentence(found)),
                   .time = detected,
                   .source_id = incident_.source_id,
                   .fields = std::move(fields_[Subject::kDiscovery])});
  }
  if (detected) {
    incident_.anchors.push_back({"detected", detected->time,
                                 "VERIS: the day of the incident and timeline.discovery after it"});
  }
  const std::vector<Category> attributes = CategoriesOf(record.Find("attribute"));
  if (!attributes.empty()) {
    recorder_.Add({.place = place_ + ": attribute",
                   .kind = EntryKind::kImpact,
                   .text = ImpactText(attributes),
                   .source_id = incident_.source_id,
                   .fields = std::move(fields_[Subject::kImpact])});
  }
}

void Reader::SortFields(const JsonNode& record, bool told) {
  JsonFields fields(record, "");
  // Read elsewhere.
  for (const char* key : {"id", "incident_id", "summary"}) fields.Scalar(key);
  const bool discovery = !CategoriesOf(record.Find("discovery_method")).empty();
  const bool impact = !CategoriesOf(record.Find("attribute")).empty();
  for (Field& field : fields.Rest()) {
    const std::string& name = field.name;
    const bool discovers =
        name.starts_with("discovery_method") || name.starts_with("timeline.discovery");
    const bool tells =
        name.starts_with("notification.") || name.starts_with("plus.timeline.notification.");
    const Subject subject = discovery && discovers                     ? Subject::kDiscovery
                            : impact && name.starts_with("attribute.") ? Subject::kImpact
                            : told && tells                            ? Subject::kNotification
                                                                       : Subject::kIncident;
    fields_[subject].push_back(std::move(field));
  }
}

absl::Status Reader::Read(const JsonNode& record) {
  if (!record.is_object()) return BadFile(options_.file, place_, "is not an object");
  incident_.source_id = ScalarOf(&record, "incident_id");
  if (incident_.source_id.empty()) incident_.source_id = ScalarOf(&record, "id");
  if (incident_.source_id.empty()) {
    return BadFile(options_.file, place_, "has no incident_id and no id");
  }
  const JsonNode* const timeline = record.Find("timeline");
  const JsonNode* const own = timeline == nullptr ? nullptr : timeline->Find("incident");
  TOCSIN_ASSIGN_OR_RETURN(const PartialDate date,
                          DateOf(own != nullptr ? own : &record, "timeline.incident",
                                 /*required=*/true));
  if (date.text.empty()) {
    return BadFile(options_.file, place_, "has no year: timeline.incident.year or year");
  }
  if (date.time) {
    const char* const exact = date.year_only
                                  ? "only the year is stated, so its first day stands here"
                              : date.time->precision == Precision::kMonth
                                  ? "only the month is stated, so its first day stands here"
                                  : "exact to the day";
    incident_.anchors.push_back({"occurred", date.time->time,
                                 absl::StrCat("VERIS timeline.incident ", date.text, ": ", exact)});
    if (date.year_only) {
      recorder_.Remark("incidents of which only the year is stated, registered on its first day");
    }
  }
  std::string victim = ScalarOf(&record, "victim");
  if (victim.empty()) victim = ScalarOf(record.Find("victim"), "victim_id");
  const std::string actions = Sentence(CategoriesOf(record.Find("action")));
  incident_.title = recorder_.Title(absl::StrCat(victim.empty() ? "Victim not named" : victim,
                                                 actions.empty() ? "" : ": ", actions));
  incident_.severity =
      SeverityOf(ScalarOf(record.Find("impact"), "overall_rating")).value_or(options_.severity);
  if (!victim.empty()) incident_.attributes["organisation"] = victim;
  const JsonNode* notification = record.Find("notification");
  if (const JsonNode* plus = record.Find("plus"); notification == nullptr && plus != nullptr) {
    const JsonNode* const times = plus->Find("timeline");
    notification = times == nullptr ? nullptr : times->Find("notification");
  }
  TOCSIN_ASSIGN_OR_RETURN(const PartialDate told,
                          DateOf(notification, "notification", /*required=*/false));
  AddFacts(record);
  SortFields(record, !told.text.empty());
  AddEntries(record, date);
  if (!told.text.empty()) {
    recorder_.Add({.place = place_ + ": notification",
                   .kind = EntryKind::kNotification,
                   .text = absl::StrCat("Made known, ", told.text),
                   .time = told.year_only ? std::nullopt : told.time,
                   .stated_time = told.text,
                   .source_id = incident_.source_id,
                   .fields = std::move(fields_[Subject::kNotification])});
  }
  recorder_.Finish(incident_, {}, /*sorted=*/false);
  ++out_.records;
  if (out_.records > kRecordsMax) {
    return BadFile(options_.file, place_, absl::StrCat("more than ", kRecordsMax, " records"));
  }
  out_.incidents.push_back(std::move(incident_));
  return absl::OkStatus();
}

absl::Status ReadOne(const JsonNode& record, std::string place, const Options& options,
                     Conversion& out) {
  return Reader(options, out, std::move(place)).Read(record);
}

absl::Status ReadLines(std::string_view content, const Options& options, Conversion& out) {
  size_t number = 0;
  while (!content.empty()) {
    const size_t end = std::min(content.find('\n'), content.size());
    const std::string_view line = content.substr(0, end);
    content.remove_prefix(std::min(end + 1, content.size()));
    ++number;
    if (absl::StripAsciiWhitespace(ToAbsl(line)).empty()) continue;
    const absl::StatusOr<JsonNode> record = ParseJson(line, number);
    const std::string place = absl::StrCat("line ", number);
    if (!record.ok()) {
      const std::string what(record.status().message());
      // A path does not say on which line it is.
      return BadFile(options.file, what.starts_with("$") ? place : "", what);
    }
    TOCSIN_RETURN_IF_ERROR(ReadOne(*record, place, options, out));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ConvertVeris(std::string_view content, const Options& options, Conversion& out) {
  const std::string_view first = content.substr(0, content.find('\n'));
  const absl::StatusOr<JsonNode> alone = ParseJson(first);
  const bool lines = first.size() < content.size() && alone.ok() && alone->is_object();
  if (lines) return ReadLines(content, options, out);
  const absl::StatusOr<JsonNode> root = ParseJson(content);
  if (!root.ok()) return BadFile(options.file, "", ToStd(root.status().message()));
  if (!root->is_list()) return ReadOne(*root, "$", options, out);
  size_t index = 0;
  for (const JsonNode& record : root->children) {
    TOCSIN_RETURN_IF_ERROR(ReadOne(record, absl::StrCat("[", index++, "]"), options, out));
  }
  if (index == 0) return BadFile(options.file, "", "holds no record");
  return absl::OkStatus();
}

}  // namespace tocsin::convert
