// Legal duties: impact, deadlines. `significant` is in significance.cc, aware and anchor are in
// awareness.cc, `deadlines compute` in compute.cc, what makes files of deadlines in
// deadline_files.cc.
#include <memory>

#include "absl/strings/str_cat.h"
#include "clients/cli/app.h"
#include "clients/cli/awareness.h"
#include "clients/cli/drill_time.h"
#include "clients/cli/show.h"
#include "clients/core/names.h"
#include "clients/core/proto_time.h"
#include "clients/core/terminal_text.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "tocsin/v1/incident.grpc.pb.h"
#include "tocsin/v1/obligation.grpc.pb.h"

namespace tocsin::cli {
namespace {

using v1::ObligationService;

struct ImpactFlags {
  std::vector<std::string> facts;
  std::vector<std::string> note;
};

absl::StatusOr<ExitCode> SetImpact(Session& session, const ImpactFlags& flags) {
  v1::AssessImpactRequest request;
  for (const std::string& fact : flags.facts) {
    const size_t equals = fact.find('=');
    if (equals == 0 || equals == std::string::npos) {
      return InvalidArgument(
          "BAD_FACT", absl::StrCat("'", fact, "' is not KEY=VALUE"),
          "Write for example users_affected=1200; put quotes around a value with "
          "blanks.");
    }
    const std::string key = fact.substr(0, equals);
    if (request.facts().contains(key)) {
      return InvalidArgument("FACT_TWICE", absl::StrCat("'", key, "' is given twice"),
                             "Give each key once.");
    }
    (*request.mutable_facts())[key] = fact.substr(equals + 1);
  }
  if (!flags.note.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(*request.mutable_note(), session.ReadText("--note", flags.note));
  }
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_incident(), session.IncidentName());
  request.set_request_id(session.NextRequestId());
  TOCSIN_ASSIGN_OR_RETURN(const v1::WriteResult result,
                          Call(session, &ObligationService::Stub::AssessImpact, request));
  TOCSIN_ASSIGN_OR_RETURN(const ExitCode code, session.PrintWrite(result));
  PrintProposalChanges(session, result);
  return code;
}

absl::StatusOr<ExitCode> ShowImpact(Session& session) {
  v1::GetIncidentRequest request;
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_name(), session.IncidentName());
  TOCSIN_ASSIGN_OR_RETURN(const v1::Incident incident,
                          Call(session, &v1::IncidentService::Stub::GetIncident, request));
  if (session.wants_json()) return session.PrintJsonList(incident, incident.impact());
  if (session.wants_id()) {
    for (const auto& fact : incident.impact()) {
      session.out() << client::EscapeText(fact.key()) << "\n";
    }
    return ExitCode::kOk;
  }
  if (incident.drill()) session.out() << "DRILL\n";
  if (incident.impact().empty()) {
    session.err() << "no impact is stated yet: tocsin impact set KEY=VALUE\n";
    return ExitCode::kOk;
  }
  client::Table table({"FACT", "VALUE", "ENTRY"});
  for (const v1::ImpactFact& fact : incident.impact()) {
    table.Add({fact.key(), fact.value(), absl::StrCat("#", fact.sequence())});
  }
  session.out() << table.Render(session.style());
  return ExitCode::kOk;
}

struct DeadlineFlags {
  bool all = false;
  bool fail_overdue = false;
  bool everywhere = false;
};

bool IsOverdue(const v1::Obligation& obligation, absl::Time now) {
  if (obligation.state() == v1::OBLIGATION_STATE_MISSED) return true;
  return obligation.state() == v1::OBLIGATION_STATE_OPEN && obligation.has_due_time() &&
         client::FromProto(obligation.due_time()) <= now;
}

// To whom it is owed, in one cell.
std::string ToWhom(const v1::Obligation& obligation) {
  if (!obligation.addressee().empty()) return obligation.addressee();
  if (obligation.authorities().empty()) return "nobody known: see tocsin authorities";
  const v1::Authority& first = obligation.authorities(0);
  std::string text = first.name();
  if (!first.phone().empty()) absl::StrAppend(&text, ", ", first.phone());
  const int others = obligation.authorities_size() - 1;
  if (others > 0) absl::StrAppend(&text, ", ", others, others == 1 ? " other" : " others");
  return text;
}

void PrintObligations(Session& session, const v1::ListObligationsResponse& response) {
  const absl::Time now = client::FromProto(response.server_time());
  std::vector<std::string> headings = {"INCIDENT", "OBLIGATION", "STATE", "DUE"};
  if (session.wants_wide()) headings.push_back("TO");
  headings.push_back("WHAT");
  client::Table table(headings);
  for (const v1::Obligation& obligation : response.obligations()) {
    std::string state = StateWord(obligation.state());
    if (obligation.provisional()) state += ", provisional";
    if (obligation.counted_from_detection()) state += " from detection";
    if (obligation.decision_outdated()) state += ", decide again";
    if (obligation.approved()) {
      state += ", approved";
    } else if (obligation.drafted()) {
      state += ", drafted";
    }
    const auto colour = IsOverdue(obligation, TimeIn(obligation, now)) ? client::Colour::kRed
                                                                       : client::Colour::kNone;
    std::vector<client::Cell> row = {
        absl::StrCat(client::IncidentOf(obligation.name()), obligation.drill() ? " DRILL" : ""),
        client::ShortName(obligation.name()), client::Cell(state, colour),
        DueCell(obligation, TimeIn(obligation, now))};
    if (session.wants_wide()) row.emplace_back(ToWhom(obligation));
    row.emplace_back(absl::StrCat(obligation.label(), " (", obligation.article(), ")"));
    table.Add(std::move(row));
  }
  session.out() << table.Render(session.style());
}

absl::StatusOr<ExitCode> Deadlines(Session& session, const DeadlineFlags& flags) {
  v1::ListObligationsRequest request;
  request.set_all(flags.all);
  if (!flags.everywhere) {
    const absl::StatusOr<std::string> incident = session.IncidentName();
    // Without an incident in use the question is about all of them.
    if (incident.ok()) {
      request.set_incident(*incident);
    } else if (ReasonOf(incident.status()) != "NO_INCIDENT") {
      return incident.status();
    }
  }
  TOCSIN_ASSIGN_OR_RETURN(const v1::ListObligationsResponse response,
                          Call(session, &ObligationService::Stub::ListObligations, request));
  int overdue = 0;
  const absl::Time now = client::FromProto(response.server_time());
  for (const v1::Obligation& obligation : response.obligations()) {
    if (IsOverdue(obligation, TimeIn(obligation, now))) ++overdue;
  }
  if (session.wants_json()) {
    TOCSIN_RETURN_IF_ERROR(session.PrintJsonList(response, response.obligations()).status());
  } else if (session.wants_id()) {
    for (const auto& obligation : response.obligations()) {
      session.out() << client::ShortName(obligation.name()) << "\n";
    }
  } else {
    if (response.obligations().empty()) {
      session.err() << "no deadlines\n";
    } else {
      PrintObligations(session, response);
    }
    TOCSIN_ASSIGN_OR_RETURN(const auto awareness, FetchAwareness(session, request.incident()));
    PrintAwareness(session, awareness);
  }
  if (!flags.fail_overdue || overdue == 0) return ExitCode::kOk;
  session.err() << overdue << (overdue == 1 ? " deadline is" : " deadlines are")
                << " missed or overdue\n";
  return ExitCode::kFinding;
}

void AddImpact(Program& program) {
  CLI::App* noun = program.AddNoun("impact", "What the incident affects; the rules read it");
  CLI::App* set = program.AddVerb(noun, "set", "States or replaces facts; the others stay",
                                  "tocsin impact set users_affected=1200 cross_border=unknown");
  auto flags = std::make_shared<ImpactFlags>();
  set->add_option("FACTS", flags->facts, "KEY=VALUE, also KEY=unknown")
      ->required()
      ->type_name("KEY=VALUE...");
  AddWordsFlag(set, "--note", flags->note, "What it rests on");
  program.OnRun(set, [flags](Session& session) { return SetImpact(session, *flags); });
  CLI::App* show = program.AddVerb(noun, "show", "Shows the facts as they stand");
  program.OnRun(show, ShowImpact);
}

}  // namespace

void AddObligationVerbs(Program& program) {
  AddImpact(program);

  CLI::App* deadlines = program.AddNoun(
      "deadlines", "Shows the legal deadlines of the incident, or of all when none is in use",
      "tocsin deadlines\ntocsin deadlines --everywhere --fail-overdue\ntocsin deadlines explain "
      "early_warning");
  auto flags = std::make_shared<DeadlineFlags>();
  deadlines->add_flag("--all", flags->all, "Also met, waived and not required ones");
  deadlines->add_flag("--fail-overdue", flags->fail_overdue,
                      "Exit with 8 when one is missed or overdue");
  deadlines->add_flag("--everywhere", flags->everywhere, "Of all open incidents");
  program.OnRun(deadlines, [flags](Session& session) { return Deadlines(session, *flags); });
  AddExplainVerb(program, deadlines);
  AddComputeVerb(program, deadlines);
  AddDeadlineFileVerbs(program, deadlines);
}

}  // namespace tocsin::cli
