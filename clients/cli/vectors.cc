#include "clients/cli/vectors.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "clients/core/csv.h"
#include "clients/core/proto_time.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/time_text.h"
#include "server/base/view.h"

namespace tocsin::cli {
namespace {

constexpr char kErrorPrefix[] = "error:";

std::string Got(const absl::StatusOr<v1::ComputeDeadlineResponse>& response) {
  if (!response.ok()) {
    const std::string reason = ReasonOf(response.status());
    return absl::StrCat("refused with ", reason.empty() ? "no reason" : reason, ": ",
                        response.status().message());
  }
  std::vector<std::string> rules;
  for (const auto& reading : response->readings()) rules.push_back(reading.rule());
  return absl::StrCat("readings ", absl::StrJoin(rules, ", "));
}

}  // namespace

absl::Status AddEvents(const std::vector<std::string>& pairs, v1::ComputeDeadlineRequest& request) {
  for (const std::string& pair : pairs) {
    const size_t equals = pair.find('=');
    if (equals == 0 || equals == std::string::npos) {
      return InvalidArgument("BAD_EVENT", absl::StrCat("'", pair, "' is not NAME=INSTANT"),
                             "Write for example aware=2026-06-10T08:15:00Z.");
    }
    const std::string name = pair.substr(0, equals);
    if (request.events().contains(name)) {
      return InvalidArgument("EVENT_TWICE", absl::StrCat("the event '", name, "' is given twice"),
                             "Give each event once.");
    }
    (*request.mutable_events())[name] = pair.substr(equals + 1);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Vector>> ParseVectors(std::string_view text, std::string_view regime) {
  TOCSIN_ASSIGN_OR_RETURN(
      const std::vector<client::CsvRow> rows,
      client::ParseCsv(text, {"id", "regime", "stage", "entity_kind", "event_times", "time_zone",
                              "holidays", "expected_due_utc", "rule"}));
  std::vector<Vector> vectors;
  for (const client::CsvRow& row : rows) {
    const auto field = [&row](const char* name) { return row.fields.at(name); };
    if (!regime.empty() && !absl::EqualsIgnoreCase(field("regime"), ToAbsl(regime))) continue;
    Vector vector{.id = field("id"),
                  .line = row.line,
                  .request = {},
                  .rule = field("rule"),
                  .expected = field("expected_due_utc")};
    // The file writes laws as people do; the server's ids are lower-case.
    vector.request.set_regime(absl::AsciiStrToLower(field("regime")));
    vector.request.set_stage(field("stage"));
    vector.request.set_entity_kind(field("entity_kind"));
    vector.request.set_time_zone(field("time_zone"));
    vector.request.set_holidays(field("holidays"));
    const absl::Status added =
        AddEvents(absl::StrSplit(field("event_times"), ';', absl::SkipEmpty()), vector.request);
    if (!added.ok()) {
      return Error(added.code(), ReasonOf(added),
                   absl::StrCat("line ", row.line, ": ", added.message()), NextStepOf(added));
    }
    vectors.push_back(std::move(vector));
  }
  if (vectors.empty()) {
    return InvalidArgument("NO_VECTORS", "no row of the file is about that regime",
                           "Look at the column 'regime' of the file.");
  }
  return vectors;
}

std::string Compare(const Vector& vector,
                    const absl::StatusOr<v1::ComputeDeadlineResponse>& response) {
  if (vector.expected == "error") {
    const std::string reason = absl::AsciiStrToUpper(absl::StripPrefix(vector.rule, kErrorPrefix));
    if (!response.ok() && ReasonOf(response.status()) == reason) return "";
    return absl::StrCat("expected to be refused with ", reason, ", got ", Got(response));
  }
  const std::string wanted = absl::StrCat("expected ", vector.rule, " = ", vector.expected);
  if (!response.ok()) return absl::StrCat(wanted, ", got ", Got(response));
  for (const auto& reading : response->readings()) {
    if (reading.rule() != vector.rule) continue;
    const std::string time =
        reading.has_time() ? FormatInstant(client::FromProto(reading.time())) : "none";
    return time == vector.expected ? "" : absl::StrCat(wanted, ", got ", time);
  }
  return absl::StrCat(wanted, ", got ", Got(response));
}

}  // namespace tocsin::cli
