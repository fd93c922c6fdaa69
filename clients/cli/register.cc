// All incidents alike: register.
#include <memory>
#include <nlohmann/json.hpp>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "clients/cli/app.h"
#include "clients/cli/organisations.h"
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

struct Flags {
  std::string from;
  std::string to;
  std::string csv;
  std::string kind;
  std::vector<std::string> severities;
  std::vector<std::string> phases;
  std::vector<std::string> organisations;
  bool drills = false;
  bool open = false;
  bool late = false;
};

// The rows of one organisation. Its name and its context's are empty when the context in use is
// meant, which needs no telling apart.
struct Part {
  std::string organisation;
  std::string context;
  v1::ListRegisterResponse all;
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

absl::StatusOr<v1::ListRegisterRequest> RegisterRequest(Session& session, const Flags& flags) {
  v1::ListRegisterRequest request;
  request.set_drills(flags.drills);
  request.set_open(flags.open);
  request.set_late(flags.late);
  request.set_kind(flags.kind);
  for (const std::string& word : flags.severities) {
    TOCSIN_ASSIGN_OR_RETURN(const v1::Severity severity, (ProtoOf<v1::Severity, Severity>(word)));
    request.add_severities(severity);
  }
  for (const std::string& word : flags.phases) {
    TOCSIN_ASSIGN_OR_RETURN(const v1::Phase phase, (ProtoOf<v1::Phase, Phase>(word)));
    request.add_phases(phase);
  }
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

// "Early warning 6 h late: the portal was down; Incident notification not filed".
std::string LateCell(const v1::RegisterRow& row) {
  std::vector<std::string> parts;
  for (const v1::LateFiling& late : row.late()) {
    std::string text = late.label();
    if (late.has_submit_time()) {
      const absl::Duration by =
          client::FromProto(late.submit_time()) - client::FromProto(late.due_time());
      absl::StrAppend(&text, " ", FormatSpan(by), " late");
    } else {
      text += " not filed";
    }
    if (!late.reason().empty()) absl::StrAppend(&text, ": ", late.reason());
    parts.push_back(std::move(text));
  }
  return absl::StrJoin(parts, "; ");
}

std::vector<std::string> CsvHead(bool several) {
  std::vector<std::string> head = {
      "incident",    "title",         "kind",         "severity",
      "phase",       "drill",         "historical",   "restricted",
      "occurred",    "detected",      "aware",        "declared",
      "contained",   "recovered",     "handled",      "closed",
      "significant", "duties_met",    "duties_late",  "duties_missed",
      "duties_open", "duties_waived", "loss_eur",     "root_cause",
      "review",      "actions_done",  "actions_open", "actions_overdue",
      "keep_until",  "tlp",           "late_filings"};
  if (several) head.insert(head.begin(), "organisation");
  return head;
}

std::vector<std::string> CsvCells(const v1::RegisterRow& row) {
  const auto flag = [](bool value) { return std::string(value ? "yes" : "no"); };
  const v1::DutyCounts& duties = row.duties();
  const v1::ActionCounts& actions = row.actions();
  return {client::ShortName(row.incident()),
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
          Moment(row.has_keep_until_time(), row.keep_until_time()),
          WordOf<Tlp>(row.tlp()),
          LateCell(row)};
}

std::string CsvText(const std::vector<Part>& parts, bool several) {
  std::string text = client::FormatCsvRow(CsvHead(several));
  for (const Part& part : parts) {
    for (const v1::RegisterRow& row : part.all.rows()) {
      std::vector<std::string> cells = CsvCells(row);
      if (several) cells.insert(cells.begin(), part.organisation);
      text += client::FormatCsvRow(cells);
    }
  }
  return text;
}

absl::StatusOr<v1::ListRegisterResponse> AllRows(Session& session,
                                                 v1::ListRegisterRequest request) {
  v1::ListRegisterResponse all;
  do {
    TOCSIN_ASSIGN_OR_RETURN(const v1::ListRegisterResponse page,
                            Call(session, &RegisterService::Stub::ListRegister, request));
    all.mutable_rows()->MergeFrom(page.rows());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return all;
}

// All organisations or none: a register that leaves one out looks whole.
absl::StatusOr<std::vector<Part>> Parts(Session& session, const Flags& flags,
                                        const v1::ListRegisterRequest& request) {
  std::vector<Part> parts;
  if (flags.organisations.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(v1::ListRegisterResponse all, AllRows(session, request));
    parts.push_back({"", "", std::move(all)});
    return parts;
  }
  TOCSIN_ASSIGN_OR_RETURN(const auto organisations, OrganisationsOf(session, flags.organisations));
  for (const auto& organisation : organisations) {
    absl::StatusOr<v1::ListRegisterResponse> all = AllRows(organisation->session(), request);
    if (!all.ok()) return organisation->Named(all.status());
    parts.push_back(
        {organisation->context().organisation, organisation->context().name, *std::move(all)});
  }
  return parts;
}

absl::StatusOr<ExitCode> PrintParts(Session& session, const std::vector<Part>& parts) {
  std::vector<std::string> texts;
  for (const Part& part : parts) {
    nlohmann::json one = nlohmann::json::parse(client::ToJson(part.all, /*indent=*/false));
    one["organisation"] = part.organisation;
    one["context"] = part.context;
    texts.push_back(one.dump());
  }
  return session.PrintJsonTexts(texts);
}

void PrintIds(Session& session, const std::vector<Part>& parts, bool several) {
  for (const Part& part : parts) {
    for (const v1::RegisterRow& row : part.all.rows()) {
      if (several) session.out() << part.context << " ";
      session.out() << client::ShortName(row.incident()) << "\n";
    }
  }
}

void PrintTable(Session& session, const std::vector<Part>& parts, bool several) {
  std::vector<std::string> heads = {"INCIDENT",     "SEVERITY",   "PHASE",         "DATE",
                                    "TO DETECT",    "TO CONTAIN", "NOTIFICATIONS", "REVIEW",
                                    "ACTION ITEMS", "TITLE"};
  if (several) heads.insert(heads.begin(), "ORG");
  if (session.wants_wide()) heads.insert(heads.end() - 1, {"KIND", "LATE"});
  client::Table table(heads);
  for (const Part& part : parts) {
    for (const v1::RegisterRow& row : part.all.rows()) {
      std::vector<client::Cell> cells = {
          Label(row),
          {WordOf<Severity>(row.severity()), SeverityColour(row.severity())},
          WordOf<Phase>(row.phase()),
          absl::FormatTime("%Y-%m-%d", client::FromProto(row.begin_time()), session.zone()),
          Took(row.has_occur_time(), row.occur_time(), row.has_detect_time(), row.detect_time()),
          Took(row.has_detect_time(), row.detect_time(), row.has_contain_time(),
               row.contain_time()),
          DutyCell(row.duties()),
          row.review(),
          ActionCell(row.actions())};
      if (several) cells.insert(cells.begin(), part.organisation);
      if (session.wants_wide()) {
        cells.emplace_back(row.kind().empty() ? "-" : row.kind());
        cells.emplace_back(row.late().empty() ? "-" : LateCell(row));
      }
      cells.emplace_back(row.title());
      table.Add(std::move(cells));
    }
  }
  if (table.empty()) {
    session.err() << "no such incidents\n";
    return;
  }
  session.out() << table.Render(session.style());
}

absl::StatusOr<ExitCode> Register(Session& session, const Flags& flags) {
  TOCSIN_ASSIGN_OR_RETURN(const v1::ListRegisterRequest request, RegisterRequest(session, flags));
  TOCSIN_ASSIGN_OR_RETURN(const std::vector<Part> parts, Parts(session, flags, request));
  const bool several = !flags.organisations.empty();
  if (flags.csv == "-") {
    session.out() << CsvText(parts, several);
    return ExitCode::kOk;
  }
  if (!flags.csv.empty()) {
    TOCSIN_RETURN_IF_ERROR(client::WritePrivateFile(flags.csv, CsvText(parts, several)));
    int rows = 0;
    for (const Part& part : parts) rows += part.all.rows_size();
    session.err() << rows << " incidents written to " << client::EscapeText(flags.csv) << "\n";
    return ExitCode::kOk;
  }
  if (session.wants_json()) {
    if (several) return PrintParts(session, parts);
    return session.PrintJsonList(parts[0].all, parts[0].all.rows());
  }
  if (session.wants_id()) {
    PrintIds(session, parts, several);
  } else {
    PrintTable(session, parts, several);
  }
  return ExitCode::kOk;
}

}  // namespace

void AddRegisterVerb(Program& program) {
  CLI::App* verb = program.AddVerb("register", "Lists all incidents with what was done about them",
                                   "tocsin register --from 2026-07-01 --to 2026-10-01\n"
                                   "tocsin register --severity sev1,sev2 --open\n"
                                   "tocsin register --org all --late --csv register.csv");
  auto flags = std::make_shared<Flags>();
  verb->add_option("--from", flags->from, "First day, 2026-07-01");
  verb->add_option("--to", flags->to, "The day after the last one");
  verb->add_option("--severity", flags->severities,
                   absl::StrCat("One or more of: ", absl::StrJoin(AllTexts<Severity>(), ", "),
                                "; with commas between them"))
      ->delimiter(',');
  verb->add_option("--phase", flags->phases,
                   absl::StrCat("One or more of: ", absl::StrJoin(AllTexts<Phase>(), ", "),
                                "; with commas between them"))
      ->delimiter(',');
  verb->add_option("--kind", flags->kind,
                   "Only of this kind (impact fact incident_type), or 'not stated'");
  verb->add_flag("--open", flags->open, "Only what is not closed");
  verb->add_flag("--late", flags->late, "Only where a notification was late or is missed");
  verb->add_flag("--drills", flags->drills, "Drills as well");
  AddOrganisationFlag(verb, flags->organisations);
  verb->add_option("--csv", flags->csv,
                   "File to write as comma-separated values; - for standard output");
  program.OnRun(verb, [flags](Session& session) { return Register(session, *flags); });
}

}  // namespace tocsin::cli
