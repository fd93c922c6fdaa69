// Drills: list, lint, start, status, declare, next, pause, resume, speed, judge, stop, score.
#include "clients/cli/drill.h"

#include <memory>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "clients/cli/app.h"
#include "clients/cli/show.h"
#include "clients/core/names.h"
#include "clients/core/private_file.h"
#include "clients/core/proto_time.h"
#include "clients/core/terminal_text.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/time_text.h"
#include "tocsin/v1/drill.grpc.pb.h"

namespace tocsin::cli {
namespace {

using v1::DrillService;

constexpr size_t kScenarioBytesMax = 1 << 20;

template <typename Roles>
std::string RoleWords(const Roles& roles) {
  return absl::StrJoin(roles, ", ", [](std::string* out, int role) {
    absl::StrAppend(out, WordOf<IncidentRole>(role));
  });
}

// What the drill's clock shows, in the machine's zone as well as in UTC would be too long a line.
std::string ClockText(const google::protobuf::Timestamp& time) {
  return absl::StrCat(RecordText(client::FromProto(time)), " UTC");
}

absl::StatusOr<ExitCode> List(Session& session) {
  TOCSIN_ASSIGN_OR_RETURN(
      const v1::ListScenariosResponse response,
      Call(session, &DrillService::Stub::ListScenarios, v1::ListScenariosRequest()));
  if (session.wants_json()) return session.PrintJsonList(response, response.scenarios());
  if (session.wants_id()) {
    for (const auto& scenario : response.scenarios()) {
      session.out() << client::ShortName(scenario.name()) << "\n";
    }
    return ExitCode::kOk;
  }
  client::Table table({"SCENARIO", "FROM", "INJECTS", "EXPECTS", "ROLES", "TITLE"});
  for (const auto& scenario : response.scenarios()) {
    table.Add({client::ShortName(scenario.name()),
               scenario.replay().empty() ? "written" : "real incident",
               absl::StrCat(scenario.inject_count()), absl::StrCat(scenario.expectation_count()),
               absl::StrCat(scenario.roles_size()), scenario.title()});
  }
  session.out() << table.Render(session.style());
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> Lint(Session& session, const std::vector<std::string>& files) {
  bool good = true;
  for (const std::string& file : files) {
    v1::ValidateScenarioRequest request;
    request.set_file_name(file);
    TOCSIN_ASSIGN_OR_RETURN(*request.mutable_content(),
                            client::ReadWholeFile(file, kScenarioBytesMax));
    TOCSIN_ASSIGN_OR_RETURN(const v1::ValidateScenarioResponse response,
                            Call(session, &DrillService::Stub::ValidateScenario, request));
    good = good && response.problems().empty();
    if (session.wants_json()) {
      TOCSIN_RETURN_IF_ERROR(session.PrintJson(response).status());
      continue;
    }
    for (const v1::ScenarioProblem& problem : response.problems()) {
      session.out() << client::EscapeText(problem.message());
      if (!problem.next_step().empty()) {
        session.out() << ". " << client::EscapeText(problem.next_step());
      }
      session.out() << "\n";
    }
    if (!response.problems().empty()) continue;
    session.out() << client::EscapeText(file) << ": good, " << response.scenario().inject_count()
                  << " injects, " << response.scenario().expectation_count()
                  << " expectations, digest " << client::EscapeText(response.scenario().digest())
                  << "\n";
  }
  return good ? ExitCode::kOk : ExitCode::kFinding;
}

// "10x" or "10".
absl::StatusOr<int> ReadSpeed(const std::string& text) {
  int speed = 0;
  if (absl::SimpleAtoi(absl::StripSuffix(text, "x"), &speed) && speed > 0) return speed;
  return InvalidArgument("BAD_SPEED", absl::StrCat("'", client::EscapeText(text), "' is no speed"),
                         "Write for example 10x: ten times as fast as the world's clock.");
}

void PrintInject(Session& session, const v1::Inject& inject, const std::string& what) {
  session.out() << what << " " << client::EscapeText(inject.id()) << " at "
                << ClockText(inject.time()) << ", " << client::EscapeText(inject.via()) << " from "
                << client::EscapeText(inject.from()) << " to "
                << (inject.to().empty() ? "everybody" : RoleWords(inject.to())) << "\n";
  if (!inject.unheld().empty()) {
    session.out() << "  nobody holds: " << RoleWords(inject.unheld())
                  << " (tocsin role assign ROLE @WHO)\n";
  }
  if (inject.text().empty()) return;
  session.out() << "  " << client::EscapeText(inject.text(), client::Lines::kKeep) << "\n";
}

void PrintView(Session& session, const v1::DrillView& drill) {
  session.out() << client::ShortName(drill.incident()) << " DRILL  "
                << client::EscapeText(drill.scenario().title()) << "\n"
                << "clock " << ClockText(drill.time());
  if (drill.has_stop_time()) {
    session.out() << ", stopped";
  } else if (drill.paused()) {
    session.out() << ", paused";
  } else if (client::FromProto(drill.time()) >= client::FromProto(drill.end_time())) {
    session.out() << ", at its end: tocsin drill stop --because …";
  } else {
    session.out() << ", runs " << drill.speed() << "x";
  }
  session.out() << "; " << drill.injects_delivered() << " of " << drill.scenario().inject_count()
                << " injects delivered\n";
  session.out() << (drill.has_declare_time()
                        ? absl::StrCat("the team declared at ", ClockText(drill.declare_time()))
                        : "the team has not declared: tocsin drill declare TITLE --severity sev1")
                << "\n";
  if (!drill.unheld().empty()) {
    session.out() << "nobody holds: " << RoleWords(drill.unheld()) << "\n";
  }
  if (drill.has_last()) PrintInject(session, drill.last(), "last ");
  if (drill.has_next()) PrintInject(session, drill.next(), "next ");
}

struct StartFlags {
  std::string scenario;
  std::string speed;
  bool paused = false;
  bool restricted = false;
};

absl::StatusOr<ExitCode> Start(Session& session, const StartFlags& flags) {
  v1::StartDrillRequest request;
  request.set_scenario(client::ShortName(flags.scenario));
  if (!flags.speed.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(const int speed, ReadSpeed(flags.speed));
    request.set_speed(speed);
  }
  request.set_paused(flags.paused);
  request.set_restricted(flags.restricted);
  request.set_request_id(session.NextRequestId());
  TOCSIN_ASSIGN_OR_RETURN(const v1::StartDrillResponse response,
                          Call(session, &DrillService::Stub::StartDrill, request));
  const std::string id = client::ShortName(response.drill().incident());
  TOCSIN_ASSIGN_OR_RETURN(const client::Context context, session.Context());
  TOCSIN_RETURN_IF_ERROR(session.Store().UseIncident(context.name, id));
  if (session.wants_json()) return session.PrintJson(response);
  if (session.wants_id()) {
    session.out() << id << "\n";
    return ExitCode::kOk;
  }
  PrintView(session, response.drill());
  session.err() << id << " is now the incident in use\n";
  return ExitCode::kOk;
}

absl::StatusOr<v1::DrillView> Fetch(Session& session) {
  v1::GetDrillRequest request;
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_incident(), session.IncidentName());
  return Call(session, &DrillService::Stub::GetDrill, request);
}

absl::StatusOr<ExitCode> Status(Session& session) {
  TOCSIN_ASSIGN_OR_RETURN(const v1::DrillView drill, Fetch(session));
  if (session.wants_json()) return session.PrintJson(drill);
  if (session.wants_id()) {
    session.out() << client::EscapeText(drill.next().id()) << "\n";
    return ExitCode::kOk;
  }
  PrintView(session, drill);
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> SetClock(Session& session, v1::DrillClockChange change, int speed,
                                  const std::string& inject) {
  v1::SetDrillClockRequest request;
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_incident(), session.IncidentName());
  request.set_change(change);
  request.set_speed(speed);
  request.set_inject(inject);
  request.set_request_id(session.NextRequestId());
  TOCSIN_ASSIGN_OR_RETURN(const v1::WriteResult result,
                          Call(session, &DrillService::Stub::SetDrillClock, request));
  TOCSIN_ASSIGN_OR_RETURN(const ExitCode code, session.PrintWrite(result));
  if (session.wants_json() || session.wants_id()) return code;
  // The clock is set; that the drill cannot be shown is no failure of it.
  if (const auto drill = Fetch(session); drill.ok()) PrintView(session, *drill);
  return code;
}

// Only the inject that is seen to come next: when somebody else was faster, nothing is skipped.
absl::StatusOr<ExitCode> Next(Session& session) {
  TOCSIN_ASSIGN_OR_RETURN(const v1::DrillView drill, Fetch(session));
  return SetClock(session, v1::DRILL_CLOCK_CHANGE_NEXT, 0, drill.next().id());
}

struct DeclareFlags {
  std::vector<std::string> title;
  std::string severity;
};

absl::StatusOr<ExitCode> Declare(Session& session, const DeclareFlags& flags) {
  v1::DeclareInDrillRequest request;
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_title(),
                          session.ReadText("the title", flags.title, /*lines=*/false));
  TOCSIN_ASSIGN_OR_RETURN(const v1::Severity severity,
                          (ProtoOf<v1::Severity, Severity>(flags.severity)));
  request.set_severity(severity);
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_incident(), session.IncidentName());
  request.set_request_id(session.NextRequestId());
  TOCSIN_ASSIGN_OR_RETURN(const v1::WriteResult result,
                          Call(session, &DrillService::Stub::DeclareInDrill, request));
  return session.PrintWrite(result);
}

absl::StatusOr<ExitCode> Stop(Session& session, const std::vector<std::string>& because) {
  v1::StopDrillRequest request;
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_because(), session.ReadText("--because", because));
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_incident(), session.IncidentName());
  request.set_request_id(session.NextRequestId());
  TOCSIN_ASSIGN_OR_RETURN(const v1::WriteResult result,
                          Call(session, &DrillService::Stub::StopDrill, request));
  TOCSIN_ASSIGN_OR_RETURN(const ExitCode code, session.PrintWrite(result));
  if (!session.wants_json() && !session.wants_id()) {
    session.out() << "the drill is over: tocsin drill score, then tocsin review open\n";
  }
  return code;
}

struct JudgeFlags {
  std::string expectation;
  std::string outcome;
  std::vector<std::string> because;
};

absl::StatusOr<ExitCode> Judge(Session& session, const JudgeFlags& flags) {
  if (flags.outcome != "met" && flags.outcome != "missed") {
    return InvalidArgument(
        "BAD_JUDGEMENT",
        absl::StrCat("'", client::EscapeText(flags.outcome), "' is neither met nor missed"),
        "tocsin drill judge EXPECTATION met|missed --because …");
  }
  v1::JudgeExpectationRequest request;
  request.set_expectation(flags.expectation);
  request.set_met(flags.outcome == "met");
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_because(), session.ReadText("--because", flags.because));
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_incident(), session.IncidentName());
  request.set_request_id(session.NextRequestId());
  TOCSIN_ASSIGN_OR_RETURN(const v1::WriteResult result,
                          Call(session, &DrillService::Stub::JudgeExpectation, request));
  return session.PrintWrite(result);
}

void AddClockVerbs(Program& program, CLI::App* noun) {
  CLI::App* next = program.AddVerb(noun, "next", "Moves the clock forward to the next inject",
                                   "tocsin drill next");
  program.OnRun(next, Next);
  CLI::App* pause = program.AddVerb(noun, "pause", "Stops the clock for a while");
  program.OnRun(pause, [](Session& session) {
    return SetClock(session, v1::DRILL_CLOCK_CHANGE_PAUSE, 0, "");
  });
  CLI::App* resume = program.AddVerb(noun, "resume", "Lets the clock go on");
  program.OnRun(resume, [](Session& session) {
    return SetClock(session, v1::DRILL_CLOCK_CHANGE_RESUME, 0, "");
  });
  CLI::App* speed = program.AddVerb(noun, "speed", "Lets the clock run faster, or as the world's",
                                    "tocsin drill speed 10x\ntocsin drill speed 1x");
  auto text = std::make_shared<std::string>();
  speed->add_option("SPEED", *text, "1x to 10000x")->required();
  program.OnRun(speed, [text](Session& session) -> absl::StatusOr<ExitCode> {
    TOCSIN_ASSIGN_OR_RETURN(const int value, ReadSpeed(*text));
    return SetClock(session, v1::DRILL_CLOCK_CHANGE_SPEED, value, "");
  });
}

void AddOutcomeVerbs(Program& program, CLI::App* noun) {
  CLI::App* judge = program.AddVerb(
      noun, "judge", "Says of an expectation what the record cannot; it counts instead",
      "tocsin drill judge phone-tree met --because the duty manager was called at 22:10");
  auto judged = std::make_shared<JudgeFlags>();
  judge->add_option("EXPECTATION", judged->expectation, "Its id, from drill score")->required();
  judge->add_option("OUTCOME", judged->outcome, "met or missed")->required();
  AddWordsFlag(judge, "--because", judged->because, "The reason, for the record")->required();
  program.OnRun(judge, [judged](Session& session) { return Judge(session, *judged); });

  CLI::App* stop = program.AddVerb(noun, "stop", "Ends the drill; open clocks are left as they are",
                                   "tocsin drill stop --because the exercise time is over");
  auto because = std::make_shared<std::vector<std::string>>();
  AddWordsFlag(stop, "--because", *because, "The reason, for the record")->required();
  program.OnRun(stop, [because](Session& session) { return Stop(session, *because); });

  CLI::App* score =
      program.AddVerb(noun, "score", "Shows what was expected and what was done",
                      "tocsin drill score\ntocsin drill score --format md --out drill.md");
  auto flags = std::make_shared<ScoreFlags>();
  score->add_option("--format", flags->format, "text, md or json; default text");
  score->add_option("--out", flags->out, "Write to this file");
  score->add_flag("--force", flags->force, "Replace the file when it is there");
  program.OnRun(score, [flags](Session& session) { return ShowDrillScore(session, *flags); });
}

}  // namespace

void AddDrillVerbs(Program& program) {
  CLI::App* noun = program.AddNoun("drill", "Exercises on a scenario, with a clock of their own");
  CLI::App* list = program.AddVerb(noun, "list", "Lists the scenarios of the library");
  program.OnRun(list, List);
  CLI::App* lint = program.AddVerb(noun, "lint", "Checks scenario files",
                                   "tocsin drill lint playbooks/drills/scenarios/*.yaml");
  auto files = std::make_shared<std::vector<std::string>>();
  lint->add_option("FILE", *files, "The YAML files")->required();
  program.OnRun(lint, [files](Session& session) { return Lint(session, *files); });

  CLI::App* start = program.AddVerb(noun, "start", "Starts a drill on a scenario",
                                    "tocsin drill start maastricht-2019 --speed 60x");
  auto started = std::make_shared<StartFlags>();
  start->add_option("SCENARIO", started->scenario, "Its id, from drill list")->required();
  start->add_option("--speed", started->speed, "How fast its clock runs: 1x to 10000x");
  start->add_flag("--paused", started->paused, "The clock stands until drill resume");
  start->add_flag("--restricted", started->restricted, "Only members see it");
  program.OnRun(start, [started](Session& session) { return Start(session, *started); });

  CLI::App* status =
      program.AddVerb(noun, "status", "Shows the clock, the last and the next inject");
  program.OnRun(status, Status);
  CLI::App* declare = program.AddVerb(noun, "declare", "Declares, as the team would an incident",
                                      "tocsin drill declare Files are encrypted --severity sev1");
  auto declared = std::make_shared<DeclareFlags>();
  AddWords(declare, "TITLE", declared->title, "One line that says what happens")->required();
  declare->add_option("--severity", declared->severity, "sev1 (worst) to sev4")->required();
  program.OnRun(declare, [declared](Session& session) { return Declare(session, *declared); });
  AddClockVerbs(program, noun);
  AddOutcomeVerbs(program, noun);
}

}  // namespace tocsin::cli
