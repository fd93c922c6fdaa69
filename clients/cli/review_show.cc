#include <memory>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
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

template <typename Numbers>
std::string Entries(const Numbers& numbers) {
  return numbers.empty() ? "" : absl::StrCat("#", absl::StrJoin(numbers, " #"));
}

std::string Clock(const google::protobuf::Timestamp& time) {
  return absl::StrCat(RecordText(client::FromProto(time)), " UTC");
}

// Who read it, who published it; one line each.
void PrintReading(Session& session, const v1::Review& review) {
  std::ostream& out = session.out();
  const auto by = [](const std::string& handle) { return client::EscapeText(handle); };
  if (review.has_publish_time()) {
    out << "published " << Clock(review.publish_time()) << " by " << by(review.published_by());
    if (!review.without_reader().empty()) {
      out << " WITHOUT A SECOND READER: " << client::EscapeText(review.without_reader());
    } else if (review.approved() && !review.read_by().empty()) {
      out << ", read by " << by(review.read_by());
    }
    out << "\n";
    return;
  }
  if (!review.waived_because().empty()) {
    out << "closed without a review by " << by(review.waived_by()) << ": "
        << client::EscapeText(review.waived_because()) << "\n";
  }
  if (review.approved()) {
    out << "approved by " << by(review.read_by()) << "; next: tocsin review publish\n";
  } else if (!review.submitted_by().empty()) {
    out << "submitted by " << by(review.submitted_by())
        << "; another person runs: tocsin review approve --seen " << review.changed_sequence()
        << "\n";
  } else if (!review.read_by().empty()) {
    out << "given back by " << by(review.read_by()) << ": "
        << client::EscapeText(review.read_note()) << "\n";
  }
}

void PrintPeople(Session& session, const v1::Review& review) {
  std::vector<std::string> people;
  for (const v1::Participant& person : review.participants()) {
    people.push_back(absl::StrCat(client::EscapeText(person.handle()),
                                  person.added() == 0 ? " (nothing yet)" : ""));
  }
  if (!people.empty()) session.out() << "invited: " << absl::StrJoin(people, ", ") << "\n";
  if (review.has_meet_time()) session.out() << "meeting " << Clock(review.meet_time()) << "\n";
}

void PrintQuestions(Session& session, const v1::Review& review) {
  if (review.has_publish_time()) return;
  std::set<std::string> answered;
  for (const v1::Finding& finding : review.findings()) answered.insert(finding.question());
  client::Table questions({"QUESTION", "ABOUT", "ASKS"});
  for (const v1::ReviewQuestion& question : review.guide().questions()) {
    if (answered.contains(question.id())) continue;
    questions.Add({question.id(), WordOf<ReviewPart>(question.part()), question.ask()});
  }
  if (!questions.empty()) session.out() << questions.Render(session.style());
}

void PrintSameCause(Session& session, const v1::Review& review) {
  for (const v1::SameCause& other : review.same_cause()) {
    session.out() << "same root cause: " << client::EscapeText(client::ShortName(other.incident()))
                  << " " << client::EscapeText(other.title()) << ", review "
                  << client::EscapeText(other.review()) << "\n";
    for (const v1::ActionItem& item : other.action_items()) {
      session.out() << "  " << client::EscapeText(item.id()) << " "
                    << client::EscapeText(item.state()) << ": " << client::EscapeText(item.text())
                    << "\n";
    }
  }
}

void PrintItems(Session& session, const v1::Review& review) {
  client::Table items({"ACTION", "TYPE", "STATE", "OWNER", "TEXT"});
  for (const v1::ActionItem& item : review.action_items()) {
    items.Add({item.id(), item.type() == 0 ? "-" : WordOf<ActionType>(item.type()),
               ActionStateCell(item, session.now()), item.owner(), item.text()});
  }
  if (!items.empty()) session.out() << items.Render(session.style());
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
  PrintReading(session, review);
  PrintPeople(session, review);
  PrintSameCause(session, review);
  client::Table findings({"#", "FINDING", "AUTHOR", "TEXT", "RESTS ON"});
  for (const v1::Finding& finding : review.findings()) {
    findings.Add({absl::StrCat(finding.sequence()), WordOf<FindingKind>(finding.kind()),
                  finding.author(), finding.text(), Entries(finding.entries())});
  }
  if (!findings.empty()) session.out() << findings.Render(session.style());
  PrintQuestions(session, review);
  PrintItems(session, review);
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> Prompts(Session& session, const std::string& given) {
  v1::ListReviewPromptsRequest request;
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_incident(), session.IncidentName(given));
  TOCSIN_ASSIGN_OR_RETURN(const v1::ListReviewPromptsResponse response,
                          Call(session, &ReviewService::Stub::ListReviewPrompts, request));
  if (session.wants_json()) return session.PrintJsonList(response, response.prompts());
  for (const v1::ReviewPrompt& prompt : response.prompts()) {
    session.out() << WordOf<ReviewPart>(prompt.part()) << ": " << client::EscapeText(prompt.fact())
                  << " " << client::EscapeText(prompt.ask());
    if (!prompt.entries().empty()) session.out() << " (" << Entries(prompt.entries()) << ")";
    session.out() << "\n";
  }
  return ExitCode::kOk;
}

}  // namespace

client::Cell ActionStateCell(const v1::ActionItem& item, absl::Time now) {
  const std::string due = client::FormatRelative(client::FromProto(item.due_time()), now);
  if (item.state() == "overdue") return {"overdue, due " + due, client::Colour::kRed};
  if (item.state() == "open") return {"due " + due};
  if (item.effect_due()) return {"done; did it help?", client::Colour::kYellow};
  return {item.state()};
}

void AddReviewShowVerbs(Program& program, CLI::App* noun) {
  const auto add = [&](const char* name, const char* description, auto run) {
    CLI::App* verb = program.AddVerb(noun, name, description);
    auto incident = std::make_shared<std::string>();
    verb->add_option("INCIDENT", *incident, "Default: the one in use");
    program.OnRun(verb, [incident, run](Session& session) { return run(session, *incident); });
  };
  add("show", "Shows findings, open questions and action items", Show);
  add("prompts", "What the record itself asks the review about", Prompts);
}

}  // namespace tocsin::cli
