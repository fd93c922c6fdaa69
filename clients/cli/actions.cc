// Action items over all incidents: actions, actions done, change, drop, helped.
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

using v1::ActionItemService;
using v1::ReviewService;

struct ListFlags {
  bool overdue = false;
  bool mine = false;
  bool all = false;
};

absl::StatusOr<ExitCode> List(Session& session, const ListFlags& flags) {
  v1::ListActionItemsRequest request;
  request.set_overdue(flags.overdue);
  request.set_mine(flags.mine);
  request.set_all(flags.all);
  if (!session.options().incident.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(*request.mutable_incident(), session.IncidentName());
  }
  v1::ListActionItemsResponse all;
  do {
    TOCSIN_ASSIGN_OR_RETURN(const v1::ListActionItemsResponse page,
                            Call(session, &ActionItemService::Stub::ListActionItems, request));
    all.mutable_action_items()->MergeFrom(page.action_items());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  if (session.wants_json()) return session.PrintJsonList(all, all.action_items());
  client::Table table({"ACTION", "TYPE", "STATE", "OWNER", "TEXT"});
  for (const v1::ActionItem& item : all.action_items()) {
    const std::string id = absl::StrCat(client::ShortName(item.incident()), "/", item.id());
    if (session.wants_id()) session.out() << id << "\n";
    table.Add({absl::StrCat(id, item.incident_drill() ? " DRILL" : ""),
               item.type() == 0 ? "-" : WordOf<ActionType>(item.type()),
               ActionStateCell(item, session.now()), item.owner(), item.text()});
  }
  if (session.wants_id()) return ExitCode::kOk;
  if (table.empty()) {
    session.err() << "no action items\n";
  } else {
    session.out() << table.Render(session.style());
  }
  return ExitCode::kOk;
}

struct ItemFlags {
  std::string item;
  std::string word;
  std::string owner;
  std::string due;
  std::vector<std::string> text;
};

// Fills incident and item from "INC-2026-0042/action-1", or "action-1" of the incident in use.
template <typename Request>
absl::Status Name(Session& session, const std::string& given, Request& request) {
  const size_t slash = given.rfind('/');
  const bool whole = slash != std::string::npos;
  request.set_action_item(whole ? given.substr(slash + 1) : given);
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_incident(),
                          session.IncidentName(whole ? given.substr(0, slash) : ""));
  request.set_request_id(session.NextRequestId());
  return absl::OkStatus();
}

absl::StatusOr<ExitCode> Done(Session& session, const ItemFlags& flags) {
  v1::CompleteActionItemRequest request;
  TOCSIN_RETURN_IF_ERROR(Name(session, flags.item, request));
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_evidence(),
                          session.ReadText("the evidence", flags.text));
  TOCSIN_ASSIGN_OR_RETURN(const v1::WriteResult result,
                          Call(session, &ReviewService::Stub::CompleteActionItem, request));
  return session.PrintWrite(result);
}

absl::StatusOr<ExitCode> Change(Session& session, const ItemFlags& flags) {
  v1::ChangeActionItemRequest request;
  if (!flags.owner.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(*request.mutable_owner(), client::Handle(flags.owner));
  }
  if (!flags.due.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(const client::When due,
                            client::ParseDue(flags.due, session.now(), session.zone()));
    *request.mutable_due_time() = client::ToProto(due.time);
    if (due.resolved) session.err() << "due " << RecordText(due.time) << " UTC\n";
  }
  TOCSIN_RETURN_IF_ERROR(Name(session, flags.item, request));
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_because(), session.ReadText("the reason", flags.text));
  TOCSIN_ASSIGN_OR_RETURN(const v1::WriteResult result,
                          Call(session, &ActionItemService::Stub::ChangeActionItem, request));
  return session.PrintWrite(result);
}

absl::StatusOr<ExitCode> Drop(Session& session, const ItemFlags& flags) {
  v1::DropActionItemRequest request;
  TOCSIN_RETURN_IF_ERROR(Name(session, flags.item, request));
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_because(), session.ReadText("the reason", flags.text));
  TOCSIN_ASSIGN_OR_RETURN(const v1::WriteResult result,
                          Call(session, &ActionItemService::Stub::DropActionItem, request));
  return session.PrintWrite(result);
}

absl::StatusOr<ExitCode> Evaluate(Session& session, const ItemFlags& flags) {
  v1::EvaluateActionItemRequest request;
  TOCSIN_ASSIGN_OR_RETURN(const auto helped, (ProtoOf<v1::Helped, Helped>(flags.word)));
  request.set_helped(helped);
  TOCSIN_RETURN_IF_ERROR(Name(session, flags.item, request));
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_because(), session.ReadText("the reason", flags.text));
  TOCSIN_ASSIGN_OR_RETURN(const v1::WriteResult result,
                          Call(session, &ActionItemService::Stub::EvaluateActionItem, request));
  return session.PrintWrite(result);
}

}  // namespace

void AddActionVerbs(Program& program) {
  CLI::App* noun =
      program.AddNoun("actions", "Action items of all incidents you may see, open or closed",
                      "tocsin actions --overdue\ntocsin actions --mine\n"
                      "tocsin actions done INC-2026-0042/action-1 restore log of 3 June");
  auto list = std::make_shared<ListFlags>();
  noun->add_flag("--overdue", list->overdue, "Only those past their due date");
  noun->add_flag("--mine", list->mine, "Only your own");
  noun->add_flag("--all", list->all, "Also those that are settled");
  program.OnRun(noun, [list](Session& session) { return List(session, *list); });

  const auto add = [&](const char* name, const char* description, const char* example, auto run) {
    auto flags = std::make_shared<ItemFlags>();
    CLI::App* verb = program.AddVerb(noun, name, description, example);
    verb->add_option("ACTION", flags->item, "INC-2026-0042/action-1, or action-1 of the one in use")
        ->required();
    program.OnRun(verb, [flags, run](Session& session) { return run(session, *flags); });
    return std::pair(verb, flags);
  };
  constexpr char kReason[] = "The reason, for the record";
  const auto [done, done_flags] =
      add("done", "Completes an action item, with what shows it",
          "tocsin actions done INC-2026-0042/action-1 restore log of 3 June", Done);
  AddWords(done, "EVIDENCE", done_flags->text, "What shows it; - reads standard input")->required();
  const auto [change, change_flags] =
      add("change", "Gives an action item another owner or due date",
          "tocsin actions change action-1 --due 30d --because the supplier is late", Change);
  change->add_option("--owner", change_flags->owner, "@handle");
  change->add_option("--due", change_flags->due, "A date, a span such as 14d, or an instant");
  AddWordsFlag(change, "--because", change_flags->text, kReason)->required();
  const auto [drop, drop_flags] =
      add("drop", "Drops an action item that will not be done",
          "tocsin actions drop action-1 --because the system is gone", Drop);
  AddWordsFlag(drop, "--because", drop_flags->text, kReason)->required();
  const auto [helped, helped_flags] =
      add("helped", "Says whether it helped; asked 90 days after it was done",
          "tocsin actions helped action-1 partly --because two of three sites restored", Evaluate);
  helped
      ->add_option("ANSWER", helped_flags->word,
                   absl::StrCat("One of: ", absl::StrJoin(AllTexts<Helped>(), ", ")))
      ->required();
  AddWordsFlag(helped, "--because", helped_flags->text, kReason)->required();
}

}  // namespace tocsin::cli
