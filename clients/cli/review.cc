// The post-incident review: guides, open, invite, the findings (well, bad, lucky, condition,
// lesson), answer, action, action-done, submit, approve, return, publish, prompts, show.
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "clients/cli/app.h"
#include "clients/cli/review.h"
#include "clients/cli/show.h"
#include "clients/core/names.h"
#include "clients/core/proto_time.h"
#include "clients/core/terminal_text.h"
#include "server/base/status_macros.h"
#include "tocsin/v1/review.grpc.pb.h"

namespace tocsin::cli {
namespace {

using v1::ReviewService;

// Sends a mutation of the incident in use, and prints what it wrote.
template <typename Request, typename Method>
absl::StatusOr<ExitCode> Send(Session& session, Method method, Request request) {
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_incident(), session.IncidentName());
  request.set_request_id(session.NextRequestId());
  TOCSIN_ASSIGN_OR_RETURN(const v1::WriteResult result, Call(session, method, request));
  return session.PrintWrite(result);
}

absl::StatusOr<ExitCode> Guides(Session& session) {
  TOCSIN_ASSIGN_OR_RETURN(
      const v1::ListReviewGuidesResponse response,
      Call(session, &ReviewService::Stub::ListReviewGuides, v1::ListReviewGuidesRequest()));
  if (session.wants_json()) return session.PrintJsonList(response, response.guides());
  for (const v1::ReviewGuide& guide : response.guides()) {
    session.out() << client::EscapeText(guide.id());
    if (!session.wants_id()) {
      session.out() << "  " << client::EscapeText(guide.title()) << ", version "
                    << client::EscapeText(guide.version()) << ", " << guide.questions_size()
                    << " questions";
    }
    session.out() << "\n";
  }
  return ExitCode::kOk;
}

struct InviteFlags {
  std::vector<std::string> people;
  std::string meeting;
};

absl::StatusOr<ExitCode> Invite(Session& session, const InviteFlags& flags) {
  v1::InviteToReviewRequest request;
  for (const std::string& who : flags.people) {
    TOCSIN_ASSIGN_OR_RETURN(*request.add_people(), client::Handle(who));
  }
  if (!flags.meeting.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(const client::When when,
                            client::ParseDue(flags.meeting, session.now(), session.zone()));
    *request.mutable_meet_time() = client::ToProto(when.time);
    if (when.resolved) session.err() << "meeting " << RecordText(when.time) << " UTC\n";
  }
  return Send(session, &ReviewService::Stub::InviteToReview, std::move(request));
}

struct FindingFlags {
  std::vector<std::string> text;
  std::vector<uint64_t> entries;
  std::string question;
  std::string kind;
};

absl::StatusOr<ExitCode> AddFinding(Session& session, v1::FindingKind kind,
                                    const FindingFlags& flags) {
  v1::AddFindingRequest request;
  request.set_kind(kind);
  if (!flags.kind.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(const auto given, (ProtoOf<v1::FindingKind, FindingKind>(flags.kind)));
    request.set_kind(given);
  }
  request.set_question(flags.question);
  for (const uint64_t entry : flags.entries) request.add_entries(entry);
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_text(), session.ReadText("the text", flags.text));
  return Send(session, &ReviewService::Stub::AddFinding, std::move(request));
}

struct ActionFlags {
  std::vector<std::string> text;
  std::string owner;
  std::string due;
  std::string type;
  std::vector<uint64_t> findings;
  std::vector<std::string> incidents;
};

absl::StatusOr<ExitCode> AddAction(Session& session, const ActionFlags& flags) {
  v1::AddActionItemRequest request;
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_owner(), client::Handle(flags.owner));
  TOCSIN_ASSIGN_OR_RETURN(const auto type, (ProtoOf<v1::ActionType, ActionType>(flags.type)));
  request.set_type(type);
  TOCSIN_ASSIGN_OR_RETURN(const client::When due,
                          client::ParseDue(flags.due, session.now(), session.zone()));
  *request.mutable_due_time() = client::ToProto(due.time);
  for (const uint64_t finding : flags.findings) request.add_findings(finding);
  for (const std::string& incident : flags.incidents) {
    TOCSIN_ASSIGN_OR_RETURN(*request.add_incidents(), client::IncidentResource(incident));
  }
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_text(), session.ReadText("the text", flags.text));
  if (due.resolved) session.err() << "due " << RecordText(due.time) << " UTC\n";
  return Send(session, &ReviewService::Stub::AddActionItem, std::move(request));
}

absl::StatusOr<ExitCode> CompleteAction(Session& session, const std::string& id,
                                        const std::vector<std::string>& evidence) {
  v1::CompleteActionItemRequest request;
  request.set_action_item(id);
  if (!evidence.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(*request.mutable_evidence(),
                            session.ReadText("the evidence", evidence));
  }
  return Send(session, &ReviewService::Stub::CompleteActionItem, std::move(request));
}

absl::StatusOr<ExitCode> Submit(Session& session, const std::vector<std::string>& summary) {
  v1::SubmitReviewRequest request;
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_summary(), session.ReadText("--summary", summary));
  const absl::StatusOr<ExitCode> code =
      Send(session, &ReviewService::Stub::SubmitReview, std::move(request));
  if (code.ok() && !session.wants_json() && !session.wants_id()) {
    session.err() << "next: another person reads it (tocsin review show) and runs: tocsin review "
                     "approve\n";
  }
  return code;
}

struct ReadFlags {
  std::vector<std::string> note;
  uint64_t seen = 0;
};

absl::StatusOr<ExitCode> ReadIt(Session& session, bool approved, const ReadFlags& flags) {
  v1::ReadReviewRequest request;
  request.set_approved(approved);
  request.set_seen_sequence(flags.seen);
  if (!flags.note.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(*request.mutable_note(), session.ReadText("the note", flags.note));
  }
  return Send(session, &ReviewService::Stub::ReadReview, std::move(request));
}

struct PublishFlags {
  std::vector<std::string> summary;
  std::vector<std::string> without_reader;
};

absl::StatusOr<ExitCode> Publish(Session& session, const PublishFlags& flags) {
  v1::PublishReviewRequest request;
  if (!flags.summary.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(*request.mutable_summary(),
                            session.ReadText("--summary", flags.summary));
  }
  if (!flags.without_reader.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(*request.mutable_without_reader(),
                            session.ReadText("--without-reader", flags.without_reader));
  }
  return Send(session, &ReviewService::Stub::PublishReview, std::move(request));
}

CLI::Option* AddNumbers(CLI::App* verb, const std::string& flag, std::vector<uint64_t>& numbers,
                        const std::string& description) {
  return verb->add_option(flag, numbers, description)
      ->allow_extra_args(false)
      ->delimiter(',')
      ->type_name("N,...");
}

void AddFindings(Program& program, CLI::App* noun) {
  struct Verb {
    const char* name;
    const char* description;
    const char* example;
    v1::FindingKind kind;
  };
  constexpr Verb kVerbs[] = {
      {"well", "Records what went well", "tocsin review well backups were offline --entry 12",
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
  constexpr char kEntries[] = "Sequences of the entries that it rests on";
  for (const Verb& entry : kVerbs) {
    CLI::App* verb = program.AddVerb(noun, entry.name, entry.description, entry.example);
    auto flags = std::make_shared<FindingFlags>();
    AddWords(verb, "TEXT", flags->text, "The text; - reads standard input")->required();
    AddNumbers(verb, "--entry", flags->entries, kEntries);
    program.OnRun(verb, [flags, kind = entry.kind](Session& session) {
      return AddFinding(session, kind, *flags);
    });
  }
  CLI::App* answer =
      program.AddVerb(noun, "answer", "Answers a question of the guide",
                      "tocsin review answer luck the file server was switched off --entry 12,15");
  auto flags = std::make_shared<FindingFlags>();
  answer->add_option("QUESTION", flags->question, "Its id, from review show")->required();
  AddWords(answer, "TEXT", flags->text, "The text; - reads standard input")->required();
  AddNumbers(answer, "--entry", flags->entries, kEntries);
  answer->add_option("--as", flags->kind,
                     absl::StrCat("What the answer is, when it is not what the question expects: ",
                                  absl::StrJoin(AllTexts<FindingKind>(), ", ")));
  program.OnRun(answer, [flags](Session& session) {
    return AddFinding(session, v1::FINDING_KIND_UNSPECIFIED, *flags);
  });
}

void AddActions(Program& program, CLI::App* noun) {
  CLI::App* action = program.AddVerb(
      noun, "action", "Records an action item with owner, due date and type",
      "tocsin review action test restores every month --owner @ada --due 2026-07-01 --type "
      "mitigate --finding 41");
  auto flags = std::make_shared<ActionFlags>();
  AddWords(action, "TEXT", flags->text, "What is to be done")->required();
  action->add_option("--owner", flags->owner, "@handle")->required();
  action->add_option("--due", flags->due, "A date, a span such as 14d, or an instant")->required();
  action
      ->add_option("--type", flags->type,
                   absl::StrCat("One of: ", absl::StrJoin(AllTexts<ActionType>(), ", "),
                                "; what it is to change"))
      ->required();
  AddNumbers(action, "--finding", flags->findings, "Findings that it follows from");
  action->add_option("--link", flags->incidents, "Other incidents that it is about")
      ->allow_extra_args(false)
      ->delimiter(',')
      ->type_name("INCIDENT,...");
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

void AddReading(Program& program, CLI::App* noun) {
  CLI::App* submit =
      program.AddVerb(noun, "submit", "Says that the draft is there to be read by another person",
                      "tocsin review submit --summary a phishing mail led to …");
  auto summary = std::make_shared<std::vector<std::string>>();
  AddWordsFlag(submit, "--summary", *summary,
               "For readers who read nothing else; - reads standard input")
      ->required();
  program.OnRun(submit, [summary](Session& session) { return Submit(session, *summary); });

  for (const bool approves : {true, false}) {
    auto flags = std::make_shared<ReadFlags>();
    CLI::App* verb = program.AddVerb(
        noun, approves ? "approve" : "return",
        approves ? "Approves the submitted draft, as a second person" : "Gives the draft back",
        approves ? "tocsin review approve --seen 57" : "tocsin review return --because …");
    verb->add_option("--seen", flags->seen,
                     "The last entry you have seen; refused if it is older "
                     "than the draft")
        ->type_name("N");
    CLI::Option* note = AddWordsFlag(verb, approves ? "--note" : "--because", flags->note,
                                     approves ? "For the record" : "What is to be changed");
    if (!approves) note->required();
    program.OnRun(
        verb, [flags, approves](Session& session) { return ReadIt(session, approves, *flags); });
  }

  CLI::App* publish = program.AddVerb(
      noun, "publish", "Freezes the findings, once another person has approved them",
      "tocsin review publish\ntocsin review publish --summary one mail … --without-reader I am "
      "alone");
  auto flags = std::make_shared<PublishFlags>();
  AddWordsFlag(publish, "--summary", flags->summary,
               "For readers who read nothing else; default: the submitted one");
  AddWordsFlag(publish, "--without-reader", flags->without_reader,
               "Why nobody else has read it; only where nobody else could");
  program.OnRun(publish, [flags](Session& session) { return Publish(session, *flags); });
}

}  // namespace

void AddReviewVerbs(Program& program) {
  CLI::App* noun = program.AddNoun("review", "The post-incident review");
  CLI::App* guides = program.AddVerb(noun, "guides", "Lists the guides: the sets of questions");
  program.OnRun(guides, Guides);
  CLI::App* open = program.AddVerb(noun, "open", "Opens the review with its questions",
                                   "tocsin review open --guide short");
  auto guide = std::make_shared<std::string>();
  open->add_option("--guide", *guide, "Default: standard");
  program.OnRun(open, [guide](Session& session) {
    v1::OpenReviewRequest request;
    request.set_guide(*guide);
    return Send(session, &ReviewService::Stub::OpenReview, std::move(request));
  });
  CLI::App* invite = program.AddVerb(noun, "invite", "Invites people, who can add before you meet",
                                     "tocsin review invite @bob @eve --meeting 2026-07-01T10:00Z");
  auto people = std::make_shared<InviteFlags>();
  invite->add_option("WHO", people->people, "@handle ...");
  invite->add_option("--meeting", people->meeting,
                     "When you meet: an instant, or a span such as 3d");
  program.OnRun(invite, [people](Session& session) { return Invite(session, *people); });
  AddFindings(program, noun);
  AddActions(program, noun);
  AddReading(program, noun);
  AddReviewShowVerbs(program, noun);
}

}  // namespace tocsin::cli
