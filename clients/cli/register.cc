// All incidents alike: register, report.
#include <algorithm>
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "clients/cli/app.h"
#include "clients/cli/show.h"
#include "clients/core/csv.h"
#include "clients/core/names.h"
#include "clients/core/private_file.h"
#include "clients/core/proto_time.h"
#include "clients/core/terminal_text.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/time_text.h"
#include "tocsin/v1/register.grpc.pb.h"

namespace tocsin::cli {
namespace {

using v1::RegisterService;

// Below so many, shares say less than counts.
constexpr uint32_t kCountForShares = 20;

struct RegisterFlags {
  std::string from;
  std::string to;
  std::string csv;
  bool drills = false;
};

absl::Status SetDay(Session& session, std::string_view flag, const std::string& text,
                    google::protobuf::Timestamp& out) {
  absl::CivilDay day;
  if (!absl::ParseCivilTime(text, &day)) {
    return InvalidArgument("BAD_DATE", absl::StrCat(std::string(flag), " is not a date"),
                           "Write it as 2026-09-30.");
  }
  out = client::ToProto(absl::FromCivil(absl::CivilSecond(day), session.zone()));
  return absl::OkStatus();
}

absl::StatusOr<v1::ListRegisterRequest> RegisterRequest(Session& session,
                                                        const RegisterFlags& flags) {
  v1::ListRegisterRequest request;
  request.set_drills(flags.drills);
  if (!flags.from.empty()) {
    TOCSIN_RETURN_IF_ERROR(SetDay(session, "--from", flags.from, *request.mutable_from_time()));
  }
  if (!flags.to.empty()) {
    TOCSIN_RETURN_IF_ERROR(SetDay(session, "--to", flags.to, *request.mutable_to_time()));
  }
  const bool both = request.has_from_time() && request.has_to_time();
  if (both && client::FromProto(request.from_time()) >= client::FromProto(request.to_time())) {
    return InvalidArgument("EMPTY_PERIOD", "--from does not lie before --to",
                           "Exchange the two; --to is the first day that is left out.");
  }
  return request;
}

std::string Moment(bool has, const google::protobuf::Timestamp& time) {
  return has ? FormatInstant(client::FromProto(time)) : std::string();
}

std::string Took(bool has_from, const google::protobuf::Timestamp& from, bool has_to,
                 const google::protobuf::Timestamp& to) {
  if (!has_from || !has_to) return "-";
  const absl::Duration span = client::FromProto(to) - client::FromProto(from);
  return span < absl::ZeroDuration() ? "?" : FormatSpan(span);
}

std::string DutyCell(const v1::DutyCounts& duties) {
  std::vector<std::string> parts;
  const auto add = [&parts](uint32_t count, const char* word) {
    if (count > 0) parts.push_back(absl::StrCat(count, " ", word));
  };
  add(duties.met(), "met");
  add(duties.late(), "late");
  add(duties.missed(), "missed");
  add(duties.open(), "open");
  add(duties.waived(), "waived");
  return parts.empty() ? "-" : absl::StrJoin(parts, ", ");
}

std::string ActionCell(const v1::ActionCounts& actions) {
  if (actions.open() == 0) return actions.done() == 0 ? "-" : "all done";
  return absl::StrCat(actions.open(), " open",
                      actions.overdue() > 0 ? absl::StrCat(", ", actions.overdue(), " late") : "");
}

std::string Label(const v1::RegisterRow& row) {
  return absl::StrCat(client::ShortName(row.incident()), row.drill() ? " DRILL" : "",
                      row.historical() ? " HISTORICAL" : "");
}

std::string CsvText(const v1::ListRegisterResponse& all) {
  std::string text =
      client::FormatCsvRow({"incident",    "title",         "kind",         "severity",
                            "phase",       "drill",         "historical",   "restricted",
                            "occurred",    "detected",      "aware",        "declared",
                            "contained",   "recovered",     "handled",      "closed",
                            "significant", "duties_met",    "duties_late",  "duties_missed",
                            "duties_open", "duties_waived", "loss_eur",     "root_cause",
                            "review",      "actions_done",  "actions_open", "actions_overdue",
                            "keep_until"});
  const auto flag = [](bool value) { return std::string(value ? "yes" : "no"); };
  for (const v1::RegisterRow& row : all.rows()) {
    const v1::DutyCounts& duties = row.duties();
    const v1::ActionCounts& actions = row.actions();
    text += client::FormatCsvRow({client::ShortName(row.incident()),
                                  row.title(),
                                  row.kind(),
                                  WordOf<Severity>(row.severity()),
                                  WordOf<Phase>(row.phase()),
                                  flag(row.drill()),
                                  flag(row.historical()),
                                  flag(row.restricted()),
                                  Moment(row.has_occur_time(), row.occur_time()),
                                  Moment(row.has_detect_time(), row.detect_time()),
                                  Moment(row.has_aware_time(), row.aware_time()),
                                  Moment(row.has_declare_time(), row.declare_time()),
                                  Moment(row.has_contain_time(), row.contain_time()),
                                  Moment(row.has_recover_time(), row.recover_time()),
                                  Moment(row.has_handle_time(), row.handle_time()),
                                  Moment(row.has_close_time(), row.close_time()),
                                  row.significant(),
                                  absl::StrCat(duties.met()),
                                  absl::StrCat(duties.late()),
                                  absl::StrCat(duties.missed()),
                                  absl::StrCat(duties.open()),
                                  absl::StrCat(duties.waived()),
                                  row.has_loss_eur() ? absl::StrCat(row.loss_eur()) : "",
                                  row.root_cause(),
                                  row.review(),
                                  absl::StrCat(actions.done()),
                                  absl::StrCat(actions.open()),
                                  absl::StrCat(actions.overdue()),
                                  Moment(row.has_keep_until_time(), row.keep_until_time())});
  }
  return text;
}

absl::StatusOr<ExitCode> Register(Session& session, const RegisterFlags& flags) {
  TOCSIN_ASSIGN_OR_RETURN(v1::ListRegisterRequest request, RegisterRequest(session, flags));
  v1::ListRegisterResponse all;
  do {
    TOCSIN_ASSIGN_OR_RETURN(const v1::ListRegisterResponse page,
                            Call(session, &RegisterService::Stub::ListRegister, request));
    all.mutable_rows()->MergeFrom(page.rows());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  if (flags.csv == "-") {
    session.out() << CsvText(all);
    return ExitCode::kOk;
  }
  if (!flags.csv.empty()) {
    TOCSIN_RETURN_IF_ERROR(client::WritePrivateFile(flags.csv, CsvText(all)));
    session.err() << all.rows_size() << " incidents written to " << client::EscapeText(flags.csv)
                  << "\n";
    return ExitCode::kOk;
  }
  if (session.wants_json()) return session.PrintJsonList(all, all.rows());
  client::Table table({"INCIDENT", "SEVERITY", "PHASE", "BEGAN", "TO DETECT", "TO CONTAIN",
                       "NOTIFICATIONS", "REVIEW", "ACTION ITEMS", "TITLE"});
  for (const v1::RegisterRow& row : all.rows()) {
    if (session.wants_id()) {
      session.out() << client::ShortName(row.incident()) << "\n";
      continue;
    }
    table.Add(
        {Label(row),
         {WordOf<Severity>(row.severity()), SeverityColour(row.severity())},
         WordOf<Phase>(row.phase()),
         absl::FormatTime("%Y-%m-%d", client::FromProto(row.begin_time()), session.zone()),
         Took(row.has_occur_time(), row.occur_time(), row.has_detect_time(), row.detect_time()),
         Took(row.has_detect_time(), row.detect_time(), row.has_contain_time(), row.contain_time()),
         DutyCell(row.duties()),
         row.review(),
         ActionCell(row.actions()),
         row.title()});
  }
  if (session.wants_id()) return ExitCode::kOk;
  if (all.rows().empty()) {
    session.err() << "no incidents in this time\n";
    return ExitCode::kOk;
  }
  session.out() << table.Render(session.style());
  return ExitCode::kOk;
}

// "7", and from 20 on with its share, "7 (35 %)".
std::string CountOf(uint32_t count, uint32_t all) {
  if (all < kCountForShares) return absl::StrCat(count);
  return absl::StrFormat("%u (%.0f %%)", count, 100.0 * count / all);
}

std::string Change(uint32_t now, uint32_t before) {
  if (now == before) return "as before";
  return absl::StrCat(now > before ? "up from " : "down from ", before);
}

std::string Spans(bool has, const google::protobuf::Duration& span) {
  return has ? FormatSpan(absl::Seconds(span.seconds())) : std::string("-");
}

void AddIntervals(const v1::GetStatisticsResponse& response, std::string& out) {
  absl::StrAppend(&out, "## How long it took\n\n",
                  "| Measure | Formula | Cases | Median | p90 | Median before | Cases before |\n",
                  "|---|---|---|---|---|---|---|\n");
  for (int i = 0; i < response.period().intervals_size(); ++i) {
    const v1::Statistics::Interval& now = response.period().intervals(i);
    const v1::Statistics::Interval& before = response.before().intervals(i);
    absl::StrAppend(&out, "| ", now.name(), " | ", now.formula(), " | ", now.count(), " | ",
                    Spans(now.has_median(), now.median()), " | ", Spans(now.has_p90(), now.p90()),
                    " | ", Spans(before.has_median(), before.median()), " | ", before.count(),
                    " |\n");
  }
  absl::StrAppend(&out,
                  "\nOnly incidents for which both instants are recorded and in order count. p90 "
                  "from ten cases on.\n");
}

void AddList(std::string_view heading, const std::vector<std::string>& lines, std::string_view none,
             std::string& out) {
  absl::StrAppend(&out, "\n## ", std::string(heading), "\n\n");
  for (const std::string& line : lines) absl::StrAppend(&out, "- ", line, "\n");
  if (lines.empty()) absl::StrAppend(&out, std::string(none), "\n");
}

// User text within the report: one line, and nothing that Markdown would read.
std::string Plain(const std::string& text) {
  std::string out;
  for (const char c : client::EscapeText(text)) {
    if (std::string_view("\\`*_{}[]<>#|").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

std::string Report(const std::string& period, const v1::GetStatisticsResponse& response) {
  const v1::Statistics& now = response.period();
  const v1::Statistics& before = response.before();
  std::string out = absl::StrCat("# Incidents, ", period, "\n\n");
  absl::StrAppend(&out, "- Incidents: ", now.incidents(), ", ",
                  Change(now.incidents(), before.incidents()), "\n");
  for (const char* severity : {"sev1", "sev2", "sev3", "sev4"}) {
    const auto count = now.by_severity().find(severity);
    if (count == now.by_severity().end()) continue;
    absl::StrAppend(&out, "  - ", severity, ": ", CountOf(count->second, now.incidents()), "\n");
  }
  std::vector<std::string> kinds;
  for (const auto& [kind, count] : now.by_kind()) {
    kinds.push_back(absl::StrCat(Plain(kind), " ", count));
  }
  std::sort(kinds.begin(), kinds.end());
  if (!kinds.empty()) absl::StrAppend(&out, "- Kinds: ", absl::StrJoin(kinds, ", "), "\n");
  absl::StrAppend(&out, "- Reportable: ", CountOf(now.significant(), now.incidents()),
                  ", not decided: ", now.undecided(), "\n- Still open: ", now.open(), "\n");
  const v1::DutyCounts& duties = now.duties();
  absl::StrAppend(&out, "- Notifications: ", duties.met(), " in time, ", duties.late(), " late, ",
                  duties.missed(), " missed, ", duties.open(), " open, ", duties.waived(),
                  " waived\n");
  absl::StrAppend(&out, "- Action items: ", now.actions().done(), " done, ", now.actions().open(),
                  " open, of which ", now.actions().overdue(), " overdue; ",
                  now.actions().unevaluated(),
                  " done of which nobody has said whether they helped\n");
  absl::StrAppend(&out, "- Reviews published: ", now.reviews_published(),
                  "; closed without one: ", now.closed_without_review(), "\n");
  absl::StrAppend(&out, "- Loss: ",
                  now.loss_known() == 0
                      ? std::string("not known for any")
                      : absl::StrFormat("EUR %.0f over the %u incidents for which it is known",
                                        now.loss_eur(), now.loss_known()),
                  "\n- Drills held: ", now.drills(), " (in no other figure)\n\n");
  AddIntervals(response, out);
  std::vector<std::string> causes;
  for (const v1::Statistics::Cause& cause : now.recurring()) {
    causes.push_back(
        absl::StrCat(Plain(cause.root_cause()), ": ", absl::StrJoin(cause.incidents(), ", ")));
  }
  AddList("Causes that came back", causes, "None that is recorded as such.", out);
  std::vector<std::string> decisions;
  for (const std::string& decision : now.decisions()) decisions.push_back(Plain(decision));
  AddList("What management must decide", decisions, "Nothing is open.", out);
  absl::StrAppend(&out, "\nOnly incidents that ", "the reader of this report may see count.\n");
  return out;
}

// The server reads it; a form that it cannot read is refused before it is asked.
absl::Status CheckPeriod(const std::string& period) {
  const auto digits = [&period](size_t from, size_t count) {
    return period.size() >= from + count &&
           std::all_of(period.begin() + static_cast<std::ptrdiff_t>(from),
                       period.begin() + static_cast<std::ptrdiff_t>(from + count),
                       [](unsigned char c) { return absl::ascii_isdigit(c); });
  };
  const std::string rest = digits(0, 4) ? period.substr(4) : "?";
  const bool year = rest.empty();
  const bool quarter = rest.size() == 2 && rest[0] == 'Q' && rest[1] >= '1' && rest[1] <= '4';
  const bool month =
      rest.size() == 3 && rest[0] == '-' && digits(5, 2) && rest >= "-01" && rest <= "-12";
  if (year || quarter || month) return absl::OkStatus();
  return InvalidArgument("BAD_PERIOD", absl::StrCat("'", period, "' is no period"),
                         "Write a year, a quarter or a month: 2026, 2026Q3, 2026-09.");
}

absl::StatusOr<ExitCode> ManagementReport(Session& session, const std::string& period,
                                          const std::string& out) {
  v1::GetStatisticsRequest request;
  TOCSIN_RETURN_IF_ERROR(CheckPeriod(period));
  request.set_period(period);
  TOCSIN_ASSIGN_OR_RETURN(const v1::GetStatisticsResponse response,
                          Call(session, &RegisterService::Stub::GetStatistics, request));
  if (session.wants_json()) return session.PrintJson(response);
  const std::string text = Report(period, response);
  if (out.empty()) {
    session.out() << text;
    return ExitCode::kOk;
  }
  TOCSIN_RETURN_IF_ERROR(client::WritePrivateFile(out, text));
  session.err() << "report written to " << client::EscapeText(out) << "\n";
  return ExitCode::kOk;
}

}  // namespace

void AddRegisterVerbs(Program& program) {
  CLI::App* verb = program.AddVerb("register", "Lists all incidents with what was done about them",
                                   "tocsin register --from 2026-07-01 --to 2026-10-01\n"
                                   "tocsin register --csv register.csv");
  auto flags = std::make_shared<RegisterFlags>();
  verb->add_option("--from", flags->from, "First day, 2026-07-01");
  verb->add_option("--to", flags->to, "The day after the last one");
  verb->add_option("--csv", flags->csv,
                   "File to write as comma-separated values; - for standard output");
  verb->add_flag("--drills", flags->drills, "Drills as well");
  program.OnRun(verb, [flags](Session& session) { return Register(session, *flags); });

  CLI::App* report = program.AddVerb("report", "What a quarter, month or year adds up to",
                                     "tocsin report --quarter 2026Q3\n"
                                     "tocsin report --quarter 2026-09 --out september.md");
  auto period = std::make_shared<std::string>();
  auto out = std::make_shared<std::string>();
  report->add_option("--quarter", *period, "2026Q3, 2026-09 or 2026")->required();
  report->add_option("--out", *out, "File to write it to, as Markdown");
  program.OnRun(
      report, [period, out](Session& session) { return ManagementReport(session, *period, *out); });
}

}  // namespace tocsin::cli
