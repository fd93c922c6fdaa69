// `search`: entries by their text, over all incidents that one may see.
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "clients/cli/app.h"
#include "clients/cli/show.h"
#include "clients/core/names.h"
#include "clients/core/proto_time.h"
#include "clients/core/terminal_text.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "tocsin/v1/search.grpc.pb.h"

namespace tocsin::cli {
namespace {

struct SearchFlags {
  std::vector<std::string> text;
  std::string kind;
  std::string author;
  std::string since;
  std::string until;
  int limit = 0;
};

absl::StatusOr<v1::SearchEntriesRequest> SearchRequest(Session& session, const SearchFlags& flags) {
  v1::SearchEntriesRequest request;
  if (!flags.text.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(*request.mutable_text(),
                            session.ReadText("the text", flags.text, /*lines=*/false));
  }
  if (!flags.kind.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(const v1::EntryKind kind,
                            (ProtoOf<v1::EntryKind, EntryKind>(flags.kind)));
    request.set_kind(kind);
  }
  if (!flags.author.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(*request.mutable_author(), client::Handle(flags.author));
  }
  if (!flags.since.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(const client::When when, session.ReadWhen("--since", flags.since));
    *request.mutable_from_time() = client::ToProto(when.time);
  }
  if (!flags.until.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(const client::When when, session.ReadWhen("--until", flags.until));
    *request.mutable_to_time() = client::ToProto(when.time);
  }
  // All incidents, unless the command line itself names one.
  if (!session.options().incident.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(*request.mutable_incident(), session.IncidentName());
  }
  request.set_limit(flags.limit);
  return request;
}

absl::StatusOr<ExitCode> Search(Session& session, const SearchFlags& flags) {
  TOCSIN_ASSIGN_OR_RETURN(const v1::SearchEntriesRequest request, SearchRequest(session, flags));
  TOCSIN_ASSIGN_OR_RETURN(const v1::SearchEntriesResponse response,
                          Call(session, &v1::SearchService::Stub::SearchEntries, request));
  session.UsePager();
  if (session.wants_json()) return session.PrintJsonList(response, response.entries());
  client::Table table({"INCIDENT", "#", "RECORDED", "KIND", "AUTHOR", "TEXT"});
  for (const v1::Entry& entry : response.entries()) {
    if (session.wants_id()) {
      session.out() << client::ShortName(entry.incident()) << "#" << entry.sequence() << "\n";
      continue;
    }
    const auto colour = entry.retracted_by() != 0 ? client::Colour::kGrey : client::Colour::kNone;
    table.Add({absl::StrCat(client::ShortName(entry.incident()), entry.drill() ? " DRILL" : ""),
               absl::StrCat(entry.sequence()), RecordText(client::FromProto(entry.record_time())),
               EntryKindWord(entry), entry.author(), client::Cell(EntryText(entry), colour)});
  }
  if (!session.wants_id() && !table.empty()) session.out() << table.Render(session.style());
  session.err() << response.entries_size() << " found in " << response.scanned_count()
                << " entries";
  if (response.more_count() > 0) {
    session.err() << ", and " << response.more_count() << " older ones: --limit, --until";
  }
  session.err() << "\n";
  return ExitCode::kOk;
}

}  // namespace

void AddSearchVerb(Program& program) {
  CLI::App* verb = program.AddVerb(
      "search", "Finds entries by their text, in all incidents you may see, newest first",
      "tocsin search vpn gateway\ntocsin search restore --kind decision --since -7d\n"
      "tocsin search --by @ada --incident INC-2026-0042");
  auto flags = std::make_shared<SearchFlags>();
  AddWords(verb, "TEXT", flags->text, "Part of the text, capital or small letters");
  verb->add_option("--kind", flags->kind,
                   absl::StrCat("One of: ", absl::StrJoin(AllTexts<EntryKind>(), ", ")));
  verb->add_option("--by", flags->author, "@handle of the author");
  verb->add_option("--since", flags->since, "WHEN it was recorded at the earliest");
  verb->add_option("--until", flags->until, "WHEN it was recorded, before that");
  verb->add_option("--limit", flags->limit, "At most so many, up to 500; default 50");
  program.OnRun(verb, [flags](Session& session) { return Search(session, *flags); });
}

}  // namespace tocsin::cli
