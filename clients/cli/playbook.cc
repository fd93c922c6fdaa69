// Playbooks and their runs: list, show, lint, start, answer, done, skip, assign.
#include <algorithm>
#include <map>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "clients/cli/app.h"
#include "clients/cli/drill_time.h"
#include "clients/cli/playbook.h"
#include "clients/cli/show.h"
#include "clients/core/names.h"
#include "clients/core/private_file.h"
#include "clients/core/proto_time.h"
#include "clients/core/terminal_text.h"
#include "server/base/error.h"
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
  bool to_role = false;
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

void PrintQuestions(Session& session, const v1::PlaybookStep& step) {
  for (const v1::Question& question : step.questions()) {
    session.out() << "  asks " << client::EscapeText(question.id()) << ": "
                  << client::EscapeText(question.ask()) << " ("
                  << client::EscapeText(question.allowed())
                  << (question.optional() ? ", optional" : "") << ")\n";
  }
}

void PrintStep(Session& session, const v1::PlaybookStep& step) {
  session.out() << "\n"
                << client::Paint(session.style(), client::Colour::kBold,
                                 client::EscapeText(step.id()))
                << "  " << client::EscapeText(step.title()) << "\n  " << WordOf<Phase>(step.phase())
                << ", " << WordOf<IncidentRole>(step.role());
  if (step.due_within_seconds() > 0) {
    session.out() << ", within " << FormatSpan(absl::Seconds(step.due_within_seconds()))
                  << " of the " << client::EscapeText(step.due_from());
  }
  if (step.repeat_every_seconds() > 0) {
    session.out() << ", every " << FormatSpan(absl::Seconds(step.repeat_every_seconds()))
                  << " until " << client::EscapeText(step.repeat_until());
  }
  if (!step.when().empty()) session.out() << ", when " << client::EscapeText(step.when());
  if (!step.playbook().empty()) {
    session.out() << ", is playbook " << client::EscapeText(step.playbook());
  }
  if (step.mandatory()) session.out() << ", mandatory";
  if (!step.evidence().empty() && step.evidence() != "none") {
    session.out() << ", evidence: " << client::EscapeText(step.evidence());
  }
  if (step.needs_size() > 0) {
    session.out() << ", after " << client::EscapeText(absl::StrJoin(step.needs(), ", "));
  }
  session.out() << "\n";
  PrintQuestions(session, step);
  session.out() << "  " << client::EscapeText(step.instructions(), client::Lines::kKeep) << "\n";
}

absl::StatusOr<ExitCode> Show(Session& session, const std::string& id) {
  v1::GetPlaybookRequest request;
  request.set_name(absl::StrCat("playbooks/", client::ShortName(id)));
  TOCSIN_ASSIGN_OR_RETURN(const v1::Playbook playbook,
                          Call(session, &PlaybookService::Stub::GetPlaybook, request));
  session.UsePager();
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

// The tests beside "x.yaml" are in "x.test.yaml".
std::string TestsBeside(const std::string& file) {
  const absl::string_view stem = absl::StripSuffix(file, ".yaml");
  return stem.size() == file.size() ? "" : absl::StrCat(stem, ".test.yaml");
}

absl::StatusOr<v1::ValidatePlaybookResponse> LintOne(Session& session, const std::string& file) {
  v1::ValidatePlaybookRequest request;
  request.set_file_name(file);
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_content(),
                          client::ReadWholeFile(file, kPlaybookBytesMax));
  const std::string tests = TestsBeside(file);
  absl::StatusOr<std::string> bytes = client::ReadWholeFile(tests, kPlaybookBytesMax);
  if (bytes.ok()) {
    request.set_test_file_name(tests);
    request.set_test_content(*std::move(bytes));
  } else if (!absl::IsNotFound(bytes.status())) {
    return bytes.status();
  }
  return Call(session, &PlaybookService::Stub::ValidatePlaybook, request);
}

// A file of tests is checked with its playbook, so that playbooks/incidents/*.yaml can be given.
std::vector<std::string> PlaybooksOf(const std::vector<std::string>& files) {
  std::vector<std::string> playbooks;
  for (const std::string& file : files) {
    const absl::string_view stem = absl::StripSuffix(file, ".test.yaml");
    const std::string playbook = stem.size() == file.size() ? file : absl::StrCat(stem, ".yaml");
    if (std::find(playbooks.begin(), playbooks.end(), playbook) == playbooks.end()) {
      playbooks.push_back(playbook);
    }
  }
  return playbooks;
}

absl::StatusOr<ExitCode> Lint(Session& session, const std::vector<std::string>& files) {
  bool good = true;
  for (const std::string& file : PlaybooksOf(files)) {
    TOCSIN_ASSIGN_OR_RETURN(const v1::ValidatePlaybookResponse response, LintOne(session, file));
    good = good && response.problems().empty();
    if (session.wants_json()) {
      TOCSIN_RETURN_IF_ERROR(session.PrintJson(response).status());
      continue;
    }
    for (const v1::PlaybookProblem& problem : response.problems()) {
      session.out() << client::EscapeText(problem.message()) << ". "
                    << client::EscapeText(problem.next_step()) << "\n";
    }
    if (!response.problems().empty()) continue;
    session.out() << client::EscapeText(file) << ": good, " << response.playbook().steps_size()
                  << " steps, " << response.tests() << " tests, digest "
                  << client::EscapeText(response.playbook().digest()) << "\n";
  }
  return good ? ExitCode::kOk : ExitCode::kFinding;
}

struct StartFlags {
  std::string playbook;
  bool again = false;
};

absl::StatusOr<ExitCode> Start(Session& session, const StartFlags& flags) {
  v1::StartRunRequest request;
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_incident(), session.IncidentName());
  request.set_playbook(client::ShortName(flags.playbook));
  request.set_again(flags.again);
  request.set_request_id(session.NextRequestId());
  TOCSIN_ASSIGN_OR_RETURN(const v1::WriteResult result,
                          Call(session, &PlaybookService::Stub::StartRun, request));
  return session.PrintWrite(result);
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
  if (flags.who.empty() == !flags.to_role) {
    return InvalidArgument("WHO_NOT_NAMED", "say who is to do the step",
                           "Name a person, @ada, or give the step back with --to-role.");
  }
  TOCSIN_ASSIGN_OR_RETURN(auto request, StepRequest<v1::AssignStepRequest>(session, flags));
  if (!flags.to_role) {
    TOCSIN_ASSIGN_OR_RETURN(*request.mutable_handle(), client::Handle(flags.who));
  }
  TOCSIN_ASSIGN_OR_RETURN(const v1::WriteResult result,
                          Call(session, &PlaybookService::Stub::AssignStep, request));
  return session.PrintWrite(result);
}

// The type of a question of the run that is meant, empty when it is not found: the server says so.
std::string QuestionType(const v1::ListRunsResponse& runs, const StepFlags& flags,
                         const std::string& question) {
  for (const v1::Run& run : runs.runs()) {
    if (!flags.run.empty() && client::ShortName(run.name()) != client::ShortName(flags.run)) {
      continue;
    }
    for (const v1::StepRun& step : run.steps()) {
      for (const v1::Question& asked : step.step().questions()) {
        if (step.step().id() == flags.step && asked.id() == question) return asked.type();
      }
    }
  }
  return "";
}

// An instant may be written as people write it: 10:42, -20m, 2026-06-10T10:42:00Z. While the server
// is away (`runs` is null) nobody knows whether the question asks for one, so it must be in full.
absl::StatusOr<std::string> AnswerText(Session& session, const StepFlags& flags,
                                       const v1::ListRunsResponse* runs,
                                       const std::string& question, const std::string& value) {
  if (runs == nullptr) {
    const auto when = client::ParseWhen(value, session.now(), session.zone());
    if (!when.ok() || !when->resolved) return value;
    return InvalidArgument(
        "MAYBE_A_TIME",
        absl::StrCat("the server is away, so nobody knows whether '", value, "' is a time"),
        absl::StrCat("If it is one, write it in full; then it can wait in the queue: ", question,
                     "=", FormatInstant(when->time)));
  }
  if (QuestionType(*runs, flags, question) != "instant") return value;
  TOCSIN_ASSIGN_OR_RETURN(const client::When when, ReadIncidentWhen(session, question, value));
  return FormatInstant(when.time);
}

absl::StatusOr<std::map<std::string, std::string>> ReadAnswers(
    const std::vector<std::string>& words) {
  std::map<std::string, std::string> answers;
  for (const std::string& word : words) {
    const size_t equals = word.find('=');
    if (equals == std::string::npos || equals == 0) {
      return InvalidArgument("BAD_ANSWER",
                             absl::StrCat("'", client::EscapeText(word), "' is no answer"),
                             "Write QUESTION=VALUE, in quotes when the value has blanks.");
    }
    if (!answers.emplace(word.substr(0, equals), word.substr(equals + 1)).second) {
      return InvalidArgument(
          "BAD_ANSWER",
          absl::StrCat("'", client::EscapeText(word.substr(0, equals)), "' is given twice"),
          "Give one answer to each question.");
    }
  }
  return answers;
}

absl::StatusOr<ExitCode> Answer(Session& session, const StepFlags& flags) {
  TOCSIN_ASSIGN_OR_RETURN(const auto answers, ReadAnswers(flags.words));
  TOCSIN_ASSIGN_OR_RETURN(auto request, StepRequest<v1::AnswerStepRequest>(session, flags));
  const absl::StatusOr<v1::ListRunsResponse> runs = ListRuns(session);
  if (!runs.ok() && !client::IsAway(runs.status())) return runs.status();
  for (const auto& [question, value] : answers) {
    TOCSIN_ASSIGN_OR_RETURN(
        (*request.mutable_answers())[question],
        AnswerText(session, flags, runs.ok() ? &*runs : nullptr, question, value));
  }
  TOCSIN_ASSIGN_OR_RETURN(const v1::WriteResult result,
                          Call(session, &PlaybookService::Stub::AnswerStep, request));
  return session.PrintWrite(result);
}

std::shared_ptr<StepFlags> AddStepFlags(CLI::App* verb) {
  auto flags = std::make_shared<StepFlags>();
  verb->add_option("STEP", flags->step, "Id of the step, from playbook status")->required();
  verb->add_option("--run", flags->run, "Run, when the incident has several");
  return flags;
}

void AddStepVerbs(Program& program, CLI::App* noun) {
  CLI::App* answer = program.AddVerb(
      noun, "answer", "Answers questions of a step",
      "tocsin playbook answer gdpr-question personal-data=yes risk-unlikely=unknown\n"
      "tocsin playbook answer awareness-moment aware-since=10:42");
  auto answer_flags = AddStepFlags(answer);
  AddWords(answer, "QUESTION=VALUE", answer_flags->words, "An answer for each question")
      ->required();
  program.OnRun(answer,
                [answer_flags](Session& session) { return Answer(session, *answer_flags); });

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

  CLI::App* assign = program.AddVerb(
      noun, "assign", "Gives a step to a person, or back to its role",
      "tocsin playbook assign isolate-hosts @ada\ntocsin playbook assign isolate-hosts --to-role");
  auto assign_flags = AddStepFlags(assign);
  assign->add_option("WHO", assign_flags->who, "@handle");
  assign->add_flag("--to-role", assign_flags->to_role, "Back to whoever holds the step's role");
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
  CLI::App* lint = program.AddVerb(
      noun, "lint", "Checks playbook files, and runs the tests beside them (x.test.yaml)",
      "tocsin playbook lint playbooks/incidents/*.yaml");
  auto files = std::make_shared<std::vector<std::string>>();
  lint->add_option("FILE", *files, "The YAML files")->required();
  program.OnRun(lint, [files](Session& session) { return Lint(session, *files); });
  AddPlaybookFileVerbs(program, noun);

  CLI::App* start = program.AddVerb(noun, "start", "Starts a playbook in the incident",
                                    "tocsin playbook start ransomware");
  auto start_flags = std::make_shared<StartFlags>();
  start->add_option("PLAYBOOK", start_flags->playbook, "Its id, from playbook list")->required();
  start->add_flag("--again", start_flags->again, "Although the incident has a run of it already");
  program.OnRun(start, [start_flags](Session& session) { return Start(session, *start_flags); });

  CLI::App* status = program.AddVerb(
      noun, "status", "Shows what is next for you and for each role, and what waits for what");
  program.OnRun(status, ShowRuns);
  AddStepVerbs(program, noun);

  CLI::App* mine =
      program.AddVerb("mine", "Shows your steps, and the deadlines of the incident", "tocsin mine");
  program.OnRun(mine, ShowMine);
}

}  // namespace tocsin::cli
