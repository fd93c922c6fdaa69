// `playbook status` and `mine`: who is to do what now, and what holds up the rest.
#include <functional>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "clients/cli/alert.h"
#include "clients/cli/app.h"
#include "clients/cli/playbook.h"
#include "clients/cli/show.h"
#include "clients/core/names.h"
#include "clients/core/proto_time.h"
#include "clients/core/terminal_text.h"
#include "server/base/status_macros.h"
#include "tocsin/v1/incident.grpc.pb.h"
#include "tocsin/v1/obligation.grpc.pb.h"
#include "tocsin/v1/playbook.grpc.pb.h"

namespace tocsin::cli {

bool IsActive(const v1::StepRun& step) {
  return (step.state() == "ready" || step.state() == "confirming") &&
         step.step().playbook().empty();
}

bool IsSettled(const v1::StepRun& step) {
  return step.state() == "done" || step.state() == "skipped" || step.state() == "not-taken";
}

namespace {

client::Cell DueOf(absl::Time now, const v1::StepRun& step) {
  if (!step.has_due_time()) {
    const v1::PlaybookStep& definition = step.step();
    const bool waits = definition.due_within_seconds() > 0 && definition.due_from() != "run" &&
                       definition.due_from() != "step";
    return waits ? client::Cell(absl::StrCat("no date yet: waits for ", definition.due_from()),
                                client::Colour::kGrey)
                 : client::Cell("");
  }
  const std::string due = client::FormatRelative(client::FromProto(step.due_time()), now);
  if (!step.overdue()) return due;
  return client::Cell(absl::StrCat("LATE ", due), client::Colour::kRed);
}

// What a person needs to know before they begin: the round, the questions, who is to confirm.
std::string TitleOf(const v1::StepRun& step) {
  std::string title = step.step().title();
  if (step.round() > 1) absl::StrAppend(&title, " (round ", step.round(), ")");
  for (const v1::Question& question : step.step().questions()) {
    if (!question.answer().empty() || question.optional()) continue;
    absl::StrAppend(&title, " [", question.id(), "?]");
  }
  if (!step.completed_by().empty()) {
    absl::StrAppend(&title, " (completed by ", step.completed_by(), "; a second person confirms)");
  }
  return title;
}

using Wanted = std::function<bool(const v1::StepRun&)>;

// The table of the steps that are wanted; `what` fills the middle column.
void PrintSteps(Session& session, const v1::Run& run, const std::string& heading,
                const Wanted& wanted, const std::function<client::Cell(const v1::StepRun&)>& what) {
  client::Table table({"", "", ""});
  for (const v1::StepRun& step : run.steps()) {
    if (!wanted(step)) continue;
    table.Add({absl::StrCat("  ", step.step().id()), what(step), TitleOf(step)});
  }
  if (table.empty()) return;
  session.out() << client::EscapeText(heading) << "\n" << table.RenderBody(session.style());
}

// The heading of a role: who holds it, or that nobody does.
std::string RoleHeading(const v1::StepRun& step) {
  const std::string role = WordOf<IncidentRole>(step.step().role());
  if (step.holders().empty()) {
    return absl::StrCat(role, ": NOBODY holds this role (tocsin role assign ", role, " @WHO)");
  }
  return absl::StrCat(role, " ", absl::StrJoin(step.holders(), " "));
}

void PrintByRole(Session& session, const v1::Run& run, absl::Time now) {
  std::map<int, std::string> headings;
  for (const v1::StepRun& step : run.steps()) {
    if (IsActive(step) && step.assignee().empty()) {
      headings.emplace(step.step().role(), RoleHeading(step));
    }
  }
  const auto due = [&](const v1::StepRun& step) { return DueOf(now, step); };
  for (const auto& [role, heading] : headings) {
    PrintSteps(
        session, run, absl::StrCat("Next for ", heading),
        [role = role](const v1::StepRun& step) {
          return IsActive(step) && step.assignee().empty() && step.step().role() == role;
        },
        due);
  }
  PrintSteps(
      session, run, "Assigned to a person",
      [](const v1::StepRun& step) { return !IsSettled(step) && !step.assignee().empty(); },
      [](const v1::StepRun& step) {
        return absl::StrCat(
            step.assignee(),
            step.assignee_lacks_role()
                ? absl::StrCat(" (does not hold ", WordOf<IncidentRole>(step.step().role()), ")")
                : "");
      });
}

client::Cell SettledText(absl::Time now, const v1::StepRun& step) {
  if (step.state() == "not-taken") {
    return absl::StrCat("not taken", step.branch_reason().empty() ? "" : ": ",
                        step.branch_reason());
  }
  return absl::StrCat(step.state(), " ",
                      client::FormatRelative(client::FromProto(step.finish_time()), now), " by ",
                      step.finished_by(), step.note().empty() ? "" : ": ", step.note());
}

std::string CountsOf(const v1::Run& run) {
  std::map<std::string, int> counts;
  int late = 0;
  for (const v1::StepRun& step : run.steps()) {
    ++counts[step.state()];
    if (step.overdue()) ++late;
  }
  std::vector<std::string> words;
  for (const char* state :
       {"done", "skipped", "not-taken", "ready", "confirming", "waiting", "blocked"}) {
    if (counts[state] > 0) words.push_back(absl::StrCat(counts[state], " ", state));
  }
  if (late > 0) words.push_back(absl::StrCat(late, " LATE"));
  return absl::StrJoin(words, ", ");
}

void PrintRun(Session& session, const v1::Run& run, absl::Time now, bool drill) {
  const auto due = [&](const v1::StepRun& step) { return DueOf(now, step); };
  const auto in_state = [](const char* state) {
    return [state](const v1::StepRun& step) { return step.state() == state; };
  };
  std::string head = absl::StrCat(drill ? "DRILL  " : "", client::ShortName(run.name()), "  ",
                                  run.title(), " (version ", run.version(), "), started ",
                                  client::FormatRelative(client::FromProto(run.start_time()), now));
  if (!run.parent_run().empty()) {
    absl::StrAppend(&head, " as ", run.parent_run(), " ", run.parent_step());
  }
  session.out() << client::Paint(session.style(), client::Colour::kBold, client::EscapeText(head))
                << "\n"
                << client::EscapeText(CountsOf(run)) << (run.finished() ? ": finished" : "")
                << "\n";
  PrintSteps(
      session, run, "For you",
      [](const v1::StepRun& step) { return IsActive(step) && step.mine(); }, due);
  PrintByRole(session, run, now);
  PrintSteps(
      session, run, "Playbooks under way",
      [](const v1::StepRun& step) { return !IsSettled(step) && !step.sub_run().empty(); },
      [](const v1::StepRun& step) { return client::Cell(step.sub_run()); });
  PrintSteps(session, run, "Waiting for what nobody has said yet", in_state("waiting"),
             [](const v1::StepRun& step) {
               return client::Cell(absl::StrJoin(step.waits_for_facts(), ", "));
             });
  PrintSteps(session, run, "Blocked", in_state("blocked"), [&](const v1::StepRun& step) {
    const std::string after = absl::StrCat("after ", absl::StrJoin(step.waits_for(), ", "));
    return step.overdue() ? client::Cell("LATE, " + after, client::Colour::kRed)
                          : client::Cell(after);
  });
  PrintSteps(session, run, "Settled", IsSettled,
             [&](const v1::StepRun& step) { return SettledText(now, step); });
}

}  // namespace

absl::StatusOr<v1::ListRunsResponse> ListRuns(Session& session) {
  v1::ListRunsRequest request;
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_incident(), session.IncidentName());
  return Call(session, &v1::PlaybookService::Stub::ListRuns, request);
}

absl::StatusOr<ExitCode> ShowRuns(Session& session) {
  TOCSIN_ASSIGN_OR_RETURN(const v1::ListRunsResponse response, ListRuns(session));
  session.UsePager();
  if (session.wants_json()) return session.PrintJsonList(response, response.runs());
  if (session.wants_id()) {
    for (const auto& run : response.runs()) session.out() << client::ShortName(run.name()) << "\n";
    return ExitCode::kOk;
  }
  if (response.runs().empty()) session.err() << "no playbook has been started\n";
  for (int i = 0; i < response.runs_size(); ++i) {
    if (i > 0) session.out() << "\n";
    PrintRun(session, response.runs(i), client::FromProto(response.server_time()),
             response.drill());
  }
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> ShowMine(Session& session) {
  TOCSIN_ASSIGN_OR_RETURN(v1::ListRunsResponse response, ListRuns(session));
  for (v1::Run& run : *response.mutable_runs()) {
    v1::Run mine = run;
    mine.clear_steps();
    for (const v1::StepRun& step : run.steps()) {
      if (IsActive(step) && step.mine()) *mine.add_steps() = step;
    }
    run = std::move(mine);
  }
  if (session.wants_json()) return session.PrintJsonList(response, response.runs());
  v1::ListObligationsRequest list;
  TOCSIN_ASSIGN_OR_RETURN(*list.mutable_incident(), session.IncidentName());
  TOCSIN_ASSIGN_OR_RETURN(const v1::ListObligationsResponse obligations,
                          Call(session, &v1::ObligationService::Stub::ListObligations, list));
  v1::GetIncidentRequest get;
  get.set_name(list.incident());
  TOCSIN_ASSIGN_OR_RETURN(const v1::Incident incident,
                          Call(session, &v1::IncidentService::Stub::GetIncident, get));
  const absl::Time now = client::FromProto(obligations.server_time());
  client::Table table({"", "", ""});
  for (const v1::Run& run : response.runs()) {
    for (const v1::StepRun& step : run.steps()) {
      if (session.wants_id()) {
        session.out() << step.step().id() << "\n";
        continue;
      }
      table.Add({absl::StrCat(client::ShortName(run.name()), " ", step.step().id()),
                 DueOf(now, step), TitleOf(step)});
    }
  }
  if (session.wants_id()) return ExitCode::kOk;
  if (response.drill()) session.out() << "DRILL\n";
  PrintMyAlerts(session, incident);
  session.out() << (table.empty() ? "no step is yours now\n" : table.RenderBody(session.style()));
  client::Table deadlines({"", "", ""});
  for (const v1::Obligation& obligation : obligations.obligations()) {
    deadlines.Add(
        {client::ShortName(obligation.name()), DueCell(obligation, now), obligation.label()});
  }
  if (!deadlines.empty()) {
    session.out() << "Deadlines of the incident\n" << deadlines.RenderBody(session.style());
  }
  return ExitCode::kOk;
}

}  // namespace tocsin::cli
