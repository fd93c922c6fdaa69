#include "clients/cli/replay_file.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "clients/report/json_text.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/base/time_text.h"
#include "server/base/view.h"

namespace tocsin::cli {
namespace {

using nlohmann::json;

constexpr size_t kAttributeBytesMax = 4096;
const std::vector<std::string> kOptional = {"via", "note", "approximate", "derived", "verified"};

absl::Status Wrong(std::string_view what) {
  return absl::InvalidArgumentError(ToAbsl(what));
}

absl::StatusOr<std::string> TextOf(const json& line, const std::string& key, size_t bytes_max) {
  const auto found = line.find(key);
  if (found == line.end()) return Wrong(absl::StrCat(key, " is missing"));
  if (!found->is_string()) return Wrong(absl::StrCat(key, " is not a text"));
  std::string text = found->get<std::string>();
  TOCSIN_RETURN_IF_ERROR(CheckText(key, text, {.bytes_max = bytes_max}));
  return text;
}

// A list of texts without blanks, joined by one.
absl::StatusOr<std::string> ListOf(const json& line, const std::string& key) {
  const auto found = line.find(key);
  if (found == line.end()) return Wrong(absl::StrCat(key, " is missing"));
  if (!found->is_array()) return Wrong(absl::StrCat(key, " is not a list"));
  std::vector<std::string> parts;
  for (const json& part : *found) {
    const bool plain =
        part.is_string() && !part.get_ref<const std::string&>().empty() &&
        part.get_ref<const std::string&>().find_first_of(" \n\t") == std::string::npos;
    if (!plain) return Wrong(absl::StrCat(key, " holds something else than texts without blanks"));
    parts.push_back(part.get<std::string>());
  }
  std::string joined = absl::StrJoin(parts, " ");
  TOCSIN_RETURN_IF_ERROR(CheckText(key, joined, {.bytes_max = kAttributeBytesMax}));
  return joined;
}

absl::Status CheckKeys(const json& line, std::vector<std::string> known) {
  known.emplace_back("type");
  for (const auto& [key, value] : line.items()) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    const std::string nearest = key.size() < 64 ? NearestWord(key, known) : "";
    return Wrong(absl::StrCat(
        "unknown field", CheckLine("field", key).ok() ? absl::StrCat(" '", key, "'") : "",
        nearest.empty() ? "" : absl::StrCat("; did you mean ", nearest, "?")));
  }
  return absl::OkStatus();
}

// Text, number, true or false as the text of an attribute.
absl::StatusOr<std::string> Scalar(const json& line, const std::string& key) {
  const auto found = line.find(key);
  if (found == line.end()) return Wrong(absl::StrCat(key, " is missing"));
  if (found->is_string()) return TextOf(line, key, kAttributeBytesMax);
  if (found->is_number() || found->is_boolean()) return found->dump();
  return Wrong(absl::StrCat(key, " is not a text, a number, true or false"));
}

// The fields that become attributes: those that must be there, and the optional ones as given.
absl::StatusOr<std::map<std::string, std::string>> AttributesOf(
    const json& line, const std::vector<std::string>& required,
    const std::vector<std::string>& others) {
  std::vector<std::string> known = required;
  known.insert(known.end(), kOptional.begin(), kOptional.end());
  known.insert(known.end(), others.begin(), others.end());
  TOCSIN_RETURN_IF_ERROR(CheckKeys(line, std::move(known)));
  std::map<std::string, std::string> attributes;
  for (const std::string& key : required) {
    TOCSIN_ASSIGN_OR_RETURN(attributes[key], Scalar(line, key));
  }
  for (const std::string& key : kOptional) {
    if (!line.contains(key)) continue;
    TOCSIN_ASSIGN_OR_RETURN(attributes[key], Scalar(line, key));
  }
  return attributes;
}

absl::StatusOr<absl::CivilDay> DayOf(const std::string& stated) {
  absl::CivilDay day;
  const bool formed = stated.size() == 10 && stated[4] == '-' && stated[7] == '-';
  if (formed && absl::ParseCivilTime(stated, &day) && absl::FormatCivilTime(day) == stated)
    return day;
  return Wrong(
      absl::StrCat("occurred_at is not a date as in 2019-12-23, which precision day or "
                   "month needs"));
}

// The first instant that the statement can mean, and the last.
struct Span {
  absl::Time first;
  absl::Time last;
};

absl::StatusOr<Span> SpanOf(const std::string& stated, Precision precision,
                            const absl::TimeZone& zone) {
  constexpr absl::Duration kTick = absl::Nanoseconds(1);
  if (precision == Precision::kDay || precision == Precision::kMonth) {
    TOCSIN_ASSIGN_OR_RETURN(const absl::CivilDay day, DayOf(stated));
    const bool month = precision == Precision::kMonth;
    if (month && day.day() != 1) {
      return Wrong("with precision month, occurred_at is the first day of the month");
    }
    const absl::CivilDay end = month ? absl::CivilDay(absl::CivilMonth(day) + 1) : day + 1;
    return Span{absl::FromCivil(day, zone), absl::FromCivil(end, zone) - kTick};
  }
  TOCSIN_ASSIGN_OR_RETURN(const absl::Time time, ParseInstant(stated));
  const absl::Duration grain = precision == Precision::kHour     ? absl::Hours(1)
                               : precision == Precision::kMinute ? absl::Minutes(1)
                                                                 : absl::Seconds(1);
  return Span{time, time + grain - kTick};
}

class Reader {
 public:
  explicit Reader(ReplayFile& file) : file_(file) {}

  absl::Status ReadLine(std::string_view text, int number);
  absl::Status Finish() const {
    if (file_.lines == 0) return Wrong("the file is empty");
    return absl::OkStatus();
  }

 private:
  absl::Status ReadHeader(const json& line);
  absl::Status ReadEvent(const json& line, int number);

  ReplayFile& file_;
  absl::Time latest_start_ = absl::InfinitePast();
};

absl::Status Reader::ReadHeader(const json& line) {
  TOCSIN_RETURN_IF_ERROR(CheckKeys(line, {"slug", "title", "organisation", "sector", "countries",
                                          "time_zone", "summary", "sources", "confidence"}));
  ReplayHeader& header = file_.header;
  TOCSIN_ASSIGN_OR_RETURN(header.slug, TextOf(line, "slug", kLineBytesMax));
  TOCSIN_ASSIGN_OR_RETURN(header.title, TextOf(line, "title", kLineBytesMax));
  TOCSIN_RETURN_IF_ERROR(CheckLine("title", header.title));
  TOCSIN_ASSIGN_OR_RETURN(header.organisation, TextOf(line, "organisation", kLineBytesMax));
  TOCSIN_ASSIGN_OR_RETURN(header.sector, TextOf(line, "sector", kLineBytesMax));
  TOCSIN_ASSIGN_OR_RETURN(header.time_zone, TextOf(line, "time_zone", kLineBytesMax));
  TOCSIN_ASSIGN_OR_RETURN(header.summary, TextOf(line, "summary", kAttributeBytesMax));
  TOCSIN_ASSIGN_OR_RETURN(header.confidence, TextOf(line, "confidence", kAttributeBytesMax));
  TOCSIN_ASSIGN_OR_RETURN(header.countries, ListOf(line, "countries"));
  TOCSIN_ASSIGN_OR_RETURN(header.sources, ListOf(line, "sources"));
  if (!absl::LoadTimeZone(header.time_zone, &file_.zone)) {
    return Wrong(absl::StrCat("time_zone ", header.time_zone, " is not a known zone"));
  }
  return absl::OkStatus();
}

absl::Status Reader::ReadEvent(const json& line, int number) {
  if (!file_.impacts.empty() || !file_.lessons.empty()) {
    return Wrong("an event stands after the impact and lesson lines; events come first");
  }
  ReplayEvent event{.line = number};
  TOCSIN_ASSIGN_OR_RETURN(
      event.attributes,
      AttributesOf(line, {"actor", "source"}, {"occurred_at", "precision", "kind", "text"}));
  TOCSIN_ASSIGN_OR_RETURN(event.text, TextOf(line, "text", kTextBytesMax));
  TOCSIN_ASSIGN_OR_RETURN(event.stated, TextOf(line, "occurred_at", kLineBytesMax));
  TOCSIN_ASSIGN_OR_RETURN(const std::string kind, TextOf(line, "kind", kLineBytesMax));
  TOCSIN_ASSIGN_OR_RETURN(event.kind, ParseText<EntryKind>(kind));
  TOCSIN_ASSIGN_OR_RETURN(const std::string precision, TextOf(line, "precision", kLineBytesMax));
  TOCSIN_ASSIGN_OR_RETURN(event.precision, ParseText<Precision>(precision));
  TOCSIN_ASSIGN_OR_RETURN(const Span span, SpanOf(event.stated, event.precision, file_.zone));
  if (span.last < latest_start_) {
    return Wrong(absl::StrCat("occurred_at ", event.stated,
                              " lies before the event above it; events stand in time order"));
  }
  event.occur_time = span.first;
  latest_start_ = std::max(latest_start_, span.first);
  file_.events.push_back(std::move(event));
  return absl::OkStatus();
}

absl::Status Reader::ReadLine(std::string_view text, int number) {
  if (text.size() > kReplayLineBytesMax) {
    return Wrong(absl::StrCat("is longer than ", kReplayLineBytesMax, " bytes"));
  }
  if (!IsValidUtf8(text)) return Wrong("is not UTF-8");
  if (text.find_first_not_of(" \t\r") == text.npos) return Wrong("is empty");
  TOCSIN_ASSIGN_OR_RETURN(const json line, report::ParseJsonObject(text));
  TOCSIN_ASSIGN_OR_RETURN(const std::string type, TextOf(line, "type", kLineBytesMax));
  if ((number == 1) != (type == "incident")) {
    return Wrong("line 1, and no other, has type incident");
  }
  if (type == "incident") return ReadHeader(line);
  if (type == "event") return ReadEvent(line, number);
  if (type == "impact") {
    ReplayImpact impact{.line = number};
    TOCSIN_ASSIGN_OR_RETURN(impact.attributes,
                            AttributesOf(line, {"metric", "value", "unit", "source"}, {"text"}));
    TOCSIN_ASSIGN_OR_RETURN(impact.text, TextOf(line, "text", kTextBytesMax));
    file_.impacts.push_back(std::move(impact));
    return absl::OkStatus();
  }
  if (type == "lesson") {
    ReplayLesson lesson{.line = number};
    TOCSIN_ASSIGN_OR_RETURN(lesson.attributes, AttributesOf(line, {"source"}, {"text"}));
    TOCSIN_ASSIGN_OR_RETURN(lesson.text, TextOf(line, "text", kTextBytesMax));
    file_.lessons.push_back(std::move(lesson));
    return absl::OkStatus();
  }
  return Wrong("type is not incident, event, impact or lesson");
}

}  // namespace

absl::StatusOr<ReplayFile> ParseReplayFile(std::string_view name, std::string_view content) {
  constexpr std::string_view kNext =
      "correct that line and run the command again; nothing was sent to the server";
  ReplayFile file;
  file.digest = Sha256(content);
  Reader reader(file);
  std::vector<absl::string_view> lines = absl::StrSplit(ToAbsl(content), '\n');
  if (!lines.empty() && lines.back().empty()) lines.pop_back();
  for (const absl::string_view line : lines) {
    const int number = file.lines + 1;
    const absl::Status read = reader.ReadLine(ToStd(absl::StripSuffix(line, "\r")), number);
    if (!read.ok()) {
      const std::string hint = NextStepOf(read);
      return InvalidArgument(
          "BAD_INCIDENT_FILE",
          absl::StrCat(ToAbsl(name), ":", number, ": line ", number, " of ", lines.size(), ": ",
                       read.message(), hint.empty() ? "" : absl::StrCat(" (", hint, ")")),
          kNext);
    }
    file.lines = number;
  }
  const absl::Status finished = reader.Finish();
  if (!finished.ok()) {
    return InvalidArgument("BAD_INCIDENT_FILE",
                           absl::StrCat(ToAbsl(name), ": ", finished.message()), kNext);
  }
  return file;
}

}  // namespace tocsin::cli
