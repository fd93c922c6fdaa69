// Incidents: declare, list, use, phase, severity, role, member, close, reopen. `status` is in
// status.cc.
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "clients/cli/app.h"
#include "clients/cli/drill_time.h"
#include "clients/cli/show.h"
#include "clients/core/names.h"
#include "clients/core/proto_time.h"
#include "clients/core/terminal_text.h"
#include "server/base/status_macros.h"
#include "tocsin/v1/incident.grpc.pb.h"

namespace tocsin::cli {
namespace {

using v1::IncidentService;

struct DeclareFlags {
  std::vector<std::string> title;
  std::string severity;
  std::string playbook;
  std::string tlp;
  std::string detected;
  std::string entity_kind;
  std::string zone;
  bool restricted = false;
  bool drill = false;
};

absl::StatusOr<v1::DeclareIncidentRequest> DeclareRequest(Session& session,
                                                          const DeclareFlags& flags) {
  v1::DeclareIncidentRequest request;
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_title(),
                          session.ReadText("the title", flags.title, /*lines=*/false));
  TOCSIN_ASSIGN_OR_RETURN(const v1::Severity severity,
                          (ProtoOf<v1::Severity, Severity>(flags.severity)));
  request.set_severity(severity);
  if (!flags.tlp.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(const v1::Tlp tlp, (ProtoOf<v1::Tlp, Tlp>(flags.tlp)));
    request.set_tlp(tlp);
  }
  if (!flags.detected.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(const client::When when,
                            session.ReadWhen("--detected", flags.detected));
    *request.mutable_detect_time() = client::ToProto(when.time);
  }
  request.set_playbook(client::ShortName(flags.playbook));
  request.set_restricted(flags.restricted);
  request.set_drill(flags.drill);
  request.set_entity_kind(flags.entity_kind);
  request.set_time_zone(flags.zone);
  request.set_request_id(session.NextRequestId());
  return request;
}

absl::StatusOr<ExitCode> Declare(Session& session, const DeclareFlags& flags) {
  TOCSIN_ASSIGN_OR_RETURN(const v1::DeclareIncidentRequest request, DeclareRequest(session, flags));
  TOCSIN_ASSIGN_OR_RETURN(const v1::DeclareIncidentResponse response,
                          Call(session, &IncidentService::Stub::DeclareIncident, request));
  const std::string id = client::ShortName(response.incident().name());
  TOCSIN_ASSIGN_OR_RETURN(const client::Context context, session.Context());
  TOCSIN_RETURN_IF_ERROR(session.Store().UseIncident(context.name, id));
  if (session.wants_json() || session.wants_id()) {
    session.Recorded(response.result());
    if (session.wants_json()) return session.PrintJson(response);
    session.out() << id << "\n";
    return ExitCode::kOk;
  }
  session.out() << IncidentLabel(response.incident()) << " declared, "
                << WordOf<Severity>(response.incident().severity()) << ": "
                << client::EscapeText(response.incident().title()) << "\n";
  TOCSIN_ASSIGN_OR_RETURN(const ExitCode code, session.PrintWrite(response.result()));
  session.err() << id << " is now the incident in use\n";
  return code;
}

absl::StatusOr<ExitCode> List(Session& session, bool open_only) {
  v1::ListIncidentsRequest request;
  request.set_open_only(open_only);
  request.set_page_size(500);
  v1::ListIncidentsResponse all;
  do {
    TOCSIN_ASSIGN_OR_RETURN(const v1::ListIncidentsResponse page,
                            Call(session, &IncidentService::Stub::ListIncidents, request));
    all.mutable_incidents()->MergeFrom(page.incidents());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  if (session.wants_json()) return session.PrintJsonList(all, all.incidents());
  if (session.wants_id()) {
    for (const auto& incident : all.incidents()) {
      session.out() << client::ShortName(incident.name()) << "\n";
    }
    return ExitCode::kOk;
  }
  if (all.incidents().empty()) {
    session.err() << "no incidents\n";
    return ExitCode::kOk;
  }
  client::Table table({"INCIDENT", "SEVERITY", "PHASE", "DECLARED", "NEXT DEADLINE", "TITLE"});
  const absl::Time now = session.now();
  for (const auto& incident : all.incidents()) {
    std::string next = "-";
    if (incident.has_next_due_time()) {
      next = absl::StrCat(incident.next_due_stage(), " ",
                          client::FormatRelative(client::FromProto(incident.next_due_time()),
                                                 TimeIn(incident, now)));
    }
    table.Add({IncidentLabel(incident),
               {WordOf<Severity>(incident.severity()), SeverityColour(incident.severity())},
               WordOf<Phase>(incident.phase()),
               client::FormatRelative(client::FromProto(incident.declare_time()), now),
               next,
               incident.title()});
  }
  session.out() << table.Render(session.style());
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> Use(Session& session, const std::string& given) {
  v1::GetIncidentRequest request;
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_name(), client::IncidentResource(given));
  TOCSIN_ASSIGN_OR_RETURN(const v1::Incident incident,
                          Call(session, &IncidentService::Stub::GetIncident, request));
  TOCSIN_ASSIGN_OR_RETURN(const client::Context context, session.Context());
  TOCSIN_RETURN_IF_ERROR(
      session.Store().UseIncident(context.name, client::ShortName(incident.name())));
  session.out() << "using " << IncidentLabel(incident) << ": "
                << client::EscapeText(incident.title()) << "\n";
  if (session.surroundings().environment("TOCSIN_INCIDENT").value_or("") != "") {
    session.err() << "TOCSIN_INCIDENT is set and goes before it\n";
  }
  return ExitCode::kOk;
}

// Verbs that take a word of a closed list (or none) and a reason.
struct ChangeFlags {
  std::vector<std::string> no_review;
  std::string word;
  std::vector<std::string> because;
};

template <typename Request>
absl::StatusOr<Request> Because(Session& session, const ChangeFlags& flags) {
  Request request;
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_because(), session.ReadText("--because", flags.because));
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_incident(), session.IncidentName());
  request.set_request_id(session.NextRequestId());
  return request;
}

template <typename Method, typename Request>
absl::StatusOr<ExitCode> Write(Session& session, Method method, const Request& request) {
  TOCSIN_ASSIGN_OR_RETURN(const v1::WriteResult result, Call(session, method, request));
  return session.PrintWrite(result);
}

absl::StatusOr<ExitCode> ChangePhase(Session& session, const ChangeFlags& flags) {
  TOCSIN_ASSIGN_OR_RETURN(const v1::Phase phase, (ProtoOf<v1::Phase, Phase>(flags.word)));
  TOCSIN_ASSIGN_OR_RETURN(auto request, Because<v1::ChangePhaseRequest>(session, flags));
  request.set_phase(phase);
  return Write(session, &IncidentService::Stub::ChangePhase, request);
}

absl::StatusOr<ExitCode> ChangeSeverity(Session& session, const ChangeFlags& flags) {
  TOCSIN_ASSIGN_OR_RETURN(const v1::Severity severity,
                          (ProtoOf<v1::Severity, Severity>(flags.word)));
  TOCSIN_ASSIGN_OR_RETURN(auto request, Because<v1::ChangeSeverityRequest>(session, flags));
  request.set_severity(severity);
  return Write(session, &IncidentService::Stub::ChangeSeverity, request);
}

absl::StatusOr<ExitCode> AssignRole(Session& session, const std::string& word,
                                    const std::string& who) {
  v1::AssignRoleRequest request;
  TOCSIN_ASSIGN_OR_RETURN(const v1::IncidentRole role,
                          (ProtoOf<v1::IncidentRole, IncidentRole>(word)));
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_handle(), client::Handle(who));
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_incident(), session.IncidentName());
  request.set_role(role);
  request.set_request_id(session.NextRequestId());
  return Write(session, &IncidentService::Stub::AssignRole, request);
}

absl::StatusOr<ExitCode> AddMember(Session& session, const std::string& who) {
  v1::AddMemberRequest request;
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_handle(), client::Handle(who));
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_incident(), session.IncidentName());
  request.set_request_id(session.NextRequestId());
  return Write(session, &IncidentService::Stub::AddMember, request);
}

std::string OneOf(const std::vector<std::string>& words) {
  return absl::StrCat("One of: ", absl::StrJoin(words, ", "));
}

void AddDeclare(Program& program) {
  CLI::App* verb = program.AddVerb(
      "declare", "Declares an incident and takes it into use",
      "tocsin declare Ransomware on the file servers --severity sev1 --playbook ransomware");
  auto flags = std::make_shared<DeclareFlags>();
  AddWords(verb, "TITLE", flags->title, "One line")->required();
  verb->add_option("--severity", flags->severity, OneOf(AllTexts<Severity>()))->required();
  verb->add_option("--playbook", flags->playbook, "Playbook to start at once");
  verb->add_flag("--restricted", flags->restricted, "Only members see it");
  verb->add_option("--tlp", flags->tlp, OneOf(AllTexts<Tlp>()) + "; default amber");
  verb->add_flag("--drill", flags->drill, "An exercise: marked everywhere, never counted");
  verb->add_option("--detected", flags->detected, "WHEN it was detected, if not now");
  verb->add_option("--entity-kind", flags->entity_kind, "Who reports, for example essential");
  verb->add_option("--zone", flags->zone, "IANA zone of the reporting establishment");
  program.OnRun(verb, [flags](Session& session) { return Declare(session, *flags); });
}

void AddChanges(Program& program) {
  const auto add = [&program](const char* name, const char* description, const char* example,
                              const char* word, const std::string& words, auto run) {
    CLI::App* verb = program.AddVerb(name, description, example);
    auto flags = std::make_shared<ChangeFlags>();
    if (word != nullptr) verb->add_option(word, flags->word, words)->required();
    AddWordsFlag(verb, "--because", flags->because, "The reason, for the record")->required();
    program.OnRun(verb, [flags, run](Session& session) { return run(session, *flags); });
    return std::pair(verb, flags);
  };
  add("phase", "Moves the response one phase on, or back",
      "tocsin phase containment --because attacker's accounts are known", "PHASE",
      OneOf(AllTexts<Phase>()), ChangePhase);
  add("severity", "Changes the severity", "tocsin severity sev1 --because backups are hit as well",
      "SEVERITY", OneOf(AllTexts<Severity>()), ChangeSeverity);
  const auto [close, close_flags] = add(
      "close", "Closes the incident, once its review is published",
      "tocsin close --because all systems are back\ntocsin close --because a false alarm "
      "--no-review nothing happened",
      nullptr, "", [](Session& session, const ChangeFlags& flags) -> absl::StatusOr<ExitCode> {
        TOCSIN_ASSIGN_OR_RETURN(auto request, Because<v1::CloseIncidentRequest>(session, flags));
        if (!flags.no_review.empty()) {
          TOCSIN_ASSIGN_OR_RETURN(*request.mutable_no_review_because(),
                                  session.ReadText("--no-review", flags.no_review));
        }
        return Write(session, &IncidentService::Stub::CloseIncident, request);
      });
  AddWordsFlag(close, "--no-review", close_flags->no_review,
               "Why no review is published, for the record");
  add("reopen", "Opens a closed incident again", "tocsin reopen --because the attacker is back",
      nullptr, "", [](Session& session, const ChangeFlags& flags) -> absl::StatusOr<ExitCode> {
        TOCSIN_ASSIGN_OR_RETURN(const auto request,
                                Because<v1::ReopenIncidentRequest>(session, flags));
        return Write(session, &IncidentService::Stub::ReopenIncident, request);
      });
}

void AddPeople(Program& program) {
  struct Names {
    std::string role;
    std::string who;
  };
  CLI::App* role = program.AddNoun("role", "Who does what in the incident");
  CLI::App* assign = program.AddVerb(role, "assign", "Gives a person a role; makes them a member",
                                     "tocsin role assign commander @ada");
  auto names = std::make_shared<Names>();
  assign->add_option("ROLE", names->role, OneOf(AllTexts<IncidentRole>()))->required();
  assign->add_option("WHO", names->who, "@handle")->required();
  program.OnRun(assign,
                [names](Session& session) { return AssignRole(session, names->role, names->who); });
  CLI::App* member = program.AddNoun("member", "Who may see a restricted incident");
  CLI::App* add = program.AddVerb(member, "add", "Lets a person see a restricted incident",
                                  "tocsin member add @bob");
  auto who = std::make_shared<std::string>();
  add->add_option("WHO", *who, "@handle")->required();
  program.OnRun(add, [who](Session& session) { return AddMember(session, *who); });
}

}  // namespace

void AddIncidentVerbs(Program& program) {
  AddDeclare(program);
  CLI::App* list = program.AddVerb("list", "Lists the incidents you may see, newest first");
  auto open_only = std::make_shared<bool>(false);
  list->add_flag("--open", *open_only, "Leave closed ones out");
  program.OnRun(list, [open_only](Session& session) { return List(session, *open_only); });
  CLI::App* use = program.AddVerb("use", "Chooses the incident that other verbs mean",
                                  "tocsin use INC-2026-0042");
  auto incident = std::make_shared<std::string>();
  use->add_option("INCIDENT", *incident, "INC-2026-0042")->required();
  program.OnRun(use, [incident](Session& session) { return Use(session, *incident); });
  AddStatusVerb(program);
  AddChanges(program);
  AddPeople(program);
}

}  // namespace tocsin::cli
