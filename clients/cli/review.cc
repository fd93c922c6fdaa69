// The post-incident review: open, well, bad, lucky, condition, lesson, action, action-done,
// publish, show.
#include <memory>

#include "absl/strings/str_cat.h"
#include "clients/cli/app.h"
#include "clients/cli/show.h"
#include "clients/core/names.h"
#include "clients/core/proto_time.h"
#include "clients/core/terminal_text.h"
#include "server/base/status_macros.h"
#include "tocsin/v1/review.grpc.pb.h"

namespace tocsin::cli {
namespace {

using v1::ReviewService;

absl::StatusOr<ExitCode> Open(Session& session) {
  v1::OpenReviewRequest request;
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_incident(), session.IncidentName());
  request.set_request_id(session.NextRequestId());
  TOCSIN_ASSIGN_OR_RETURN(const v1::WriteResult result,
                          Call(session, &ReviewService::Stub::OpenReview, request));
  return session.PrintWrite(result);
}

absl::StatusOr<ExitCode> AddFinding(Session& session, v1::FindingKind kind,
                                    const std::vector<std::string>& words) {
  v1::AddFindingRequest request;
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_incident(), session.IncidentName());
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_text(), session.ReadText("the text", words));
  request.set_kind(kind);
  request.set_request_id(session.NextRequestId());
  TOCSIN_ASSIGN_OR_RETURN(const v1::WriteResult result,
                          Call(session, &ReviewService::Stub::AddFinding, request));
  return session.PrintWrite(result);
}

struct ActionFlags {
  std::vector<std::string> text;
  std::string owner;
  std::string due;
};

absl::StatusOr<ExitCode> AddAction(Session& session, const ActionFlags& flags) {
  v1::AddActionItemRequest request;
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_owner(), client::Handle(flags.owner));
  TOCSIN_ASSIGN_OR_RETURN(const client::When due,
                          client::ParseDue(flags.due, session.now(), session.zone()));
  *request.mutable_due_time() = client::ToProto(due.time);
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_incident(), session.IncidentName());
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_text(), session.ReadText("the text", flags.text));
  request.set_request_id(session.NextRequestId());
  if (due.resolved) session.err() << "due " << RecordText(due.time) << " UTC\n";
  TOCSIN_ASSIGN_OR_RETURN(const v1::WriteResult result,
                          Call(session, &ReviewService::Stub::AddActionItem, request));
  return session.PrintWrite(result);
}

absl::StatusOr<ExitCode> CompleteAction(Session& session, const std::string& id,
                                        const std::vector<std::string>& evidence) {
  v1::CompleteActionItemRequest request;
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_incident(), session.IncidentName());
  request.set_action_item(id);
  if (!evidence.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(*request.mutable_evidence(),
                            session.ReadText("the evidence", evidence));
  }
  request.set_request_id(session.NextRequestId());
  TOCSIN_ASSIGN_OR_RETURN(const v1::WriteResult result,
                          Call(session, &ReviewService::Stub::CompleteActionItem, request));
  return session.PrintWrite(result);
}

absl::StatusOr<ExitCode> Publish(Session& session, const std::vector<std::string>& summary) {
  v1::PublishReviewRequest request;
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_incident(), session.IncidentName());
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_summary(), session.ReadText("--summary", summary));
  request.set_request_id(session.NextRequestId());
  TOCSIN_ASSIGN_OR_RETURN(const v1::WriteResult result,
                          Call(session, &ReviewService::Stub::PublishReview, request));
  return session.PrintWrite(result);
}

absl::StatusOr<ExitCode> Show(Session& session, const std::string& given) {
  v1::GetReviewRequest request;
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_incident(), session.IncidentName(given));
  TOCSIN_ASSIGN_OR_RETURN(const v1::Review review,
                          Call(session, &ReviewService::Stub::GetReview, request));
  if (session.wants_json()) return session.PrintJson(review);
  if (session.wants_id()) {
    for (const auto& item : review.action_items()) session.out() << item.id() << "\n";
    return ExitCode::kOk;
  }
  session.out() << client::EscapeText(client::ShortName(request.incident()))
                << " review: " << client::EscapeText(review.state()) << "\n";
  if (!review.summary().empty()) {
    session.out() << client::EscapeText(review.summary(), client::Lines::kKeep) << "\n";
  }
  client::Table findings({"#", "FINDING", "AUTHOR", "TEXT"});
  for (const v1::Finding& finding : review.findings()) {
    findings.Add({absl::StrCat(finding.sequence()), WordOf<FindingKind>(finding.kind()),
                  finding.author(), finding.text()});
  }
  if (!findings.empty()) session.out() << findings.Render(session.style());
  client::Table items({"ACTION", "STATE", "OWNER", "DUE", "TEXT"});
  for (const v1::ActionItem& item : review.action_items()) {
    const std::string due =
        client::FormatRelative(client::FromProto(item.due_time()), session.now());
    items.Add({item.id(), item.done() ? "done" : "open", item.owner(), due, item.text()});
  }
  if (!items.empty()) session.out() << items.Render(session.style());
  return ExitCode::kOk;
}

void AddFindings(Program& program, CLI::App* noun) {
  struct Verb {
    const char* name;
    const char* description;
    const char* example;
    v1::FindingKind kind;
  };
  constexpr Verb kVerbs[] = {
      {"well", "Records what went well", "tocsin review well backups were offline",
       v1::FINDING_KIND_WELL},
      {"bad", "Records what went badly", "tocsin review bad paging took 40 minutes",
       v1::FINDING_KIND_BAD},
      {"lucky", "Records where you were lucky", "tocsin review lucky it was a Sunday",
       v1::FINDING_KIND_LUCKY},
      {"condition", "Records what contributed",
       "tocsin review condition macros were allowed from mail", v1::FINDING_KIND_CONDITION},
      {"lesson", "Records what is to be learnt", "tocsin review lesson test the restore",
       v1::FINDING_KIND_LESSON},
  };
  for (const Verb& entry : kVerbs) {
    CLI::App* verb = program.AddVerb(noun, entry.name, entry.description, entry.example);
    auto words = std::make_shared<std::vector<std::string>>();
    AddWords(verb, "TEXT", *words, "The text; - reads standard input")->required();
    program.OnRun(verb, [words, kind = entry.kind](Session& session) {
      return AddFinding(session, kind, *words);
    });
  }
}

void AddActions(Program& program, CLI::App* noun) {
  CLI::App* action = program.AddVerb(
      noun, "action", "Records an action item with owner and due date",
      "tocsin review action test restores every month --owner @ada --due 2026-07-01");
  auto flags = std::make_shared<ActionFlags>();
  AddWords(action, "TEXT", flags->text, "What is to be done")->required();
  action->add_option("--owner", flags->owner, "@handle")->required();
  action->add_option("--due", flags->due, "A date, a span such as 14d, or an instant")->required();
  program.OnRun(action, [flags](Session& session) { return AddAction(session, *flags); });

  struct Item {
    std::string id;
    std::vector<std::string> evidence;
  };
  CLI::App* done = program.AddVerb(noun, "action-done", "Completes an action item",
                                   "tocsin review action-done action-1 restore log of 3 June");
  auto item = std::make_shared<Item>();
  done->add_option("ACTION", item->id, "Its id, from review show")->required();
  AddWords(done, "EVIDENCE", item->evidence, "What shows it");
  program.OnRun(
      done, [item](Session& session) { return CompleteAction(session, item->id, item->evidence); });
}

}  // namespace

void AddReviewVerbs(Program& program) {
  CLI::App* noun = program.AddNoun("review", "The post-incident review");
  CLI::App* open = program.AddVerb(noun, "open", "Opens the review");
  program.OnRun(open, Open);
  AddFindings(program, noun);
  AddActions(program, noun);

  CLI::App* publish = program.AddVerb(noun, "publish", "Freezes the findings",
                                      "tocsin review publish --summary a phishing mail led to …");
  auto summary = std::make_shared<std::vector<std::string>>();
  AddWordsFlag(publish, "--summary", *summary,
               "For readers who read nothing else; - reads "
               "standard input")
      ->required();
  program.OnRun(publish, [summary](Session& session) { return Publish(session, *summary); });

  CLI::App* show = program.AddVerb(noun, "show", "Shows findings and action items");
  auto incident = std::make_shared<std::string>();
  show->add_option("INCIDENT", *incident, "Default: the one in use");
  program.OnRun(show, [incident](Session& session) { return Show(session, *incident); });
}

}  // namespace tocsin::cli
