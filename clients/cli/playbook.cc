// Playbooks and their runs: list, show, lint, start, status, done, skip, assign.
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "clients/cli/app.h"
#include "clients/cli/show.h"
#include "clients/core/names.h"
#include "clients/core/private_file.h"
#include "clients/core/proto_time.h"
#include "clients/core/terminal_text.h"
#include "server/base/status_macros.h"
#include "server/base/time_text.h"
#include "tocsin/v1/playbook.grpc.pb.h"

namespace tocsin::cli {
namespace {

using v1::PlaybookService;

constexpr size_t kPlaybookBytesMax = 1 << 20;

struct StepFlags {
  std::string run;
  std::string step;
  std::string who;
  std::vector<std::string> words;
};

absl::StatusOr<ExitCode> List(Session& session) {
  TOCSIN_ASSIGN_OR_RETURN(
      const v1::ListPlaybooksResponse response,
      Call(session, &PlaybookService::Stub::ListPlaybooks, v1::ListPlaybooksRequest()));
  if (session.wants_json()) return session.PrintJsonList(response, response.playbooks());
  if (session.wants_id()) {
    for (const auto& playbook : response.playbooks()) {
      session.out() << client::ShortName(playbook.name()) << "\n";
    }
    return ExitCode::kOk;
  }
  client::Table table({"PLAYBOOK", "VERSION", "STEPS", "TITLE"});
  for (const auto& playbook : response.playbooks()) {
    table.Add({client::ShortName(playbook.name()), playbook.version(),
               absl::StrCat(playbook.steps_size()), playbook.title()});
  }
  session.out() << table.Render(session.style());
  return ExitCode::kOk;
}

void PrintStep(Session& session, const v1::PlaybookStep& step) {
  session.out() << "\n"
                << client::Paint(session.style(), client::Colour::kBold,
                                 client::EscapeText(step.id()))
                << "  " << client::EscapeText(step.title()) << "\n  " << WordOf<Phase>(step.phase())
                << ", " << WordOf<IncidentRole>(step.role());
  if (step.due_within_seconds() > 0) {
    session.out() << ", within " << FormatSpan(absl::Seconds(step.due_within_seconds()));
  }
  if (step.mandatory()) session.out() << ", mandatory";
  if (!step.evidence().empty() && step.evidence() != "none") {
    session.out() << ", evidence: " << client::EscapeText(step.evidence());
  }
  if (step.needs_size() > 0) {
    session.out() << ", after " << client::EscapeText(absl::StrJoin(step.needs(), ", "));
  }
  session.out() << "\n  " << client::EscapeText(step.instructions(), client::Lines::kKeep) << "\n";
}

absl::StatusOr<ExitCode> Show(Session& session, const std::string& id) {
  v1::GetPlaybookRequest request;
  request.set_name(absl::StrCat("playbooks/", client::ShortName(id)));
  TOCSIN_ASSIGN_OR_RETURN(const v1::Playbook playbook,
                          Call(session, &PlaybookService::Stub::GetPlaybook, request));
  if (session.wants_json()) return session.PrintJson(playbook);
  if (session.wants_id()) {
    for (const auto& step : playbook.steps()) session.out() << step.id() << "\n";
    return ExitCode::kOk;
  }
  session.out() << client::EscapeText(playbook.title()) << " ("
                << client::EscapeText(client::ShortName(playbook.name())) << ", version "
                << client::EscapeText(playbook.version()) << ", digest "
                << client::EscapeText(playbook.digest()) << ")\n"
                << client::EscapeText(playbook.summary(), client::Lines::kKeep) << "\n";
  for (const v1::PlaybookStep& step : playbook.steps()) PrintStep(session, step);
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> Lint(Session& session, const std::string& file) {
  v1::ValidatePlaybookRequest request;
  request.set_file_name(file);
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_content(),
                          client::ReadWholeFile(file, kPlaybookBytesMax));
  TOCSIN_ASSIGN_OR_RETURN(const v1::Playbook playbook,
                          Call(session, &PlaybookService::Stub::ValidatePlaybook, request));
  if (session.wants_json()) return session.PrintJson(playbook);
  session.out() << client::EscapeText(file) << ": good, " << playbook.steps_size()
                << " steps, digest " << client::EscapeText(playbook.digest()) << "\n";
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> Start(Session& session, const std::string& id) {
  v1::StartRunRequest request;
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_incident(), session.IncidentName());
  request.set_playbook(client::ShortName(id));
  request.set_request_id(session.NextRequestId());
  TOCSIN_ASSIGN_OR_RETURN(const v1::WriteResult result,
                          Call(session, &PlaybookService::Stub::StartRun, request));
  return session.PrintWrite(result);
}

void PrintRun(Session& session, const v1::Run& run) {
  session.out() << client::EscapeText(client::ShortName(run.name())) << "  "
                << client::EscapeText(run.title()) << " (version "
                << client::EscapeText(run.version()) << "), started "
                << client::FormatRelative(client::FromProto(run.start_time()), session.now())
                << "\n";
  client::Table table({"STEP", "STATE", "WHO", "DUE", "TITLE"});
  for (const v1::StepRun& step : run.steps()) {
    std::string due;
    if (step.has_finish_time()) {
      due =
          absl::StrCat(client::FormatRelative(client::FromProto(step.finish_time()), session.now()),
                       " by ", step.finished_by());
    } else if (step.has_due_time()) {
      due = client::FormatRelative(client::FromProto(step.due_time()), session.now());
    }
    const bool late = !step.has_finish_time() && step.has_due_time() &&
                      client::FromProto(step.due_time()) < session.now();
    std::string title = step.step().title();
    if (!step.note().empty()) absl::StrAppend(&title, " [", step.note(), "]");
    if (step.waits_for_size() > 0) {
      absl::StrAppend(&title, " (after ", absl::StrJoin(step.waits_for(), ", "), ")");
    }
    const std::string who =
        !step.assignee().empty() ? step.assignee() : WordOf<IncidentRole>(step.step().role());
    table.Add({step.step().id(), step.state(), who,
               client::Cell(due, late ? client::Colour::kRed : client::Colour::kNone), title});
  }
  session.out() << table.Render(session.style());
}

absl::StatusOr<ExitCode> RunStatus(Session& session) {
  v1::ListRunsRequest request;
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_incident(), session.IncidentName());
  TOCSIN_ASSIGN_OR_RETURN(const v1::ListRunsResponse response,
                          Call(session, &PlaybookService::Stub::ListRuns, request));
  if (session.wants_json()) return session.PrintJsonList(response, response.runs());
  if (session.wants_id()) {
    for (const auto& run : response.runs()) session.out() << client::ShortName(run.name()) << "\n";
    return ExitCode::kOk;
  }
  if (response.runs().empty()) session.err() << "no playbook has been started\n";
  for (const v1::Run& run : response.runs()) PrintRun(session, run);
  return ExitCode::kOk;
}

// The fields that all changes of a step share. The run's short name is made a resource name below
// the incident.
template <typename Request>
absl::StatusOr<Request> StepRequest(Session& session, const StepFlags& flags) {
  Request request;
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_incident(), session.IncidentName());
  if (!flags.run.empty()) {
    request.set_run(absl::StrCat(request.incident(), "/runs/", client::ShortName(flags.run)));
  }
  request.set_step(flags.step);
  request.set_request_id(session.NextRequestId());
  return request;
}

absl::StatusOr<ExitCode> Done(Session& session, const StepFlags& flags) {
  TOCSIN_ASSIGN_OR_RETURN(auto request, StepRequest<v1::CompleteStepRequest>(session, flags));
  if (!flags.words.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(*request.mutable_evidence(),
                            session.ReadText("the evidence", flags.words));
  }
  TOCSIN_ASSIGN_OR_RETURN(const v1::WriteResult result,
                          Call(session, &PlaybookService::Stub::CompleteStep, request));
  return session.PrintWrite(result);
}

absl::StatusOr<ExitCode> Skip(Session& session, const StepFlags& flags) {
  TOCSIN_ASSIGN_OR_RETURN(auto request, StepRequest<v1::SkipStepRequest>(session, flags));
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_because(), session.ReadText("--because", flags.words));
  TOCSIN_ASSIGN_OR_RETURN(const v1::WriteResult result,
                          Call(session, &PlaybookService::Stub::SkipStep, request));
  return session.PrintWrite(result);
}

absl::StatusOr<ExitCode> Assign(Session& session, const StepFlags& flags) {
  TOCSIN_ASSIGN_OR_RETURN(auto request, StepRequest<v1::AssignStepRequest>(session, flags));
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_handle(), client::Handle(flags.who));
  TOCSIN_ASSIGN_OR_RETURN(const v1::WriteResult result,
                          Call(session, &PlaybookService::Stub::AssignStep, request));
  return session.PrintWrite(result);
}

std::shared_ptr<StepFlags> AddStepFlags(CLI::App* verb) {
  auto flags = std::make_shared<StepFlags>();
  verb->add_option("STEP", flags->step, "Id of the step, from playbook status")->required();
  verb->add_option("--run", flags->run, "Run, when the incident has several");
  return flags;
}

void AddStepVerbs(Program& program, CLI::App* noun) {
  CLI::App* done =
      program.AddVerb(noun, "done", "Completes a step, with evidence where it is asked",
                      "tocsin playbook done isolate-hosts switch ports are down");
  auto done_flags = AddStepFlags(done);
  AddWords(done, "EVIDENCE", done_flags->words, "Note, link or hash");
  program.OnRun(done, [done_flags](Session& session) { return Done(session, *done_flags); });

  CLI::App* skip = program.AddVerb(noun, "skip", "Skips a step, with the reason",
                                   "tocsin playbook skip pay-decision --because backups are good");
  auto skip_flags = AddStepFlags(skip);
  AddWordsFlag(skip, "--because", skip_flags->words, "The reason, for the record")->required();
  program.OnRun(skip, [skip_flags](Session& session) { return Skip(session, *skip_flags); });

  CLI::App* assign = program.AddVerb(noun, "assign", "Gives a step to a person",
                                     "tocsin playbook assign isolate-hosts @ada");
  auto assign_flags = AddStepFlags(assign);
  assign->add_option("WHO", assign_flags->who, "@handle")->required();
  program.OnRun(assign,
                [assign_flags](Session& session) { return Assign(session, *assign_flags); });
}

}  // namespace

void AddPlaybookVerbs(Program& program) {
  CLI::App* noun = program.AddNoun("playbook", "Playbooks and their runs");
  CLI::App* list = program.AddVerb(noun, "list", "Lists the playbooks of the library");
  program.OnRun(list, List);
  const auto add = [&](const char* name, const char* description, const char* example,
                       const char* argument, const char* meaning, auto run) {
    CLI::App* verb = program.AddVerb(noun, name, description, example);
    auto value = std::make_shared<std::string>();
    verb->add_option(argument, *value, meaning)->required();
    program.OnRun(verb, [value, run](Session& session) { return run(session, *value); });
  };
  add("show", "Shows a playbook with its instructions", "tocsin playbook show ransomware",
      "PLAYBOOK", "Its id, from playbook list", Show);
  add("lint", "Checks a playbook file", "tocsin playbook lint my-playbook.yaml", "FILE",
      "The YAML file", Lint);
  add("start", "Starts a playbook in the incident", "tocsin playbook start ransomware", "PLAYBOOK",
      "Its id, from playbook list", Start);
  CLI::App* status =
      program.AddVerb(noun, "status", "Shows the runs of the incident, step by step");
  program.OnRun(status, RunStatus);
  AddStepVerbs(program, noun);
}

}  // namespace tocsin::cli
