// The timeline: log, timeline, correct, retract.
#include <algorithm>
#include <memory>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "clients/cli/app.h"
#include "clients/cli/drill_time.h"
#include "clients/cli/live.h"
#include "clients/cli/show.h"
#include "clients/core/names.h"
#include "clients/core/proto_time.h"
#include "clients/core/terminal_text.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "tocsin/v1/incident.grpc.pb.h"
#include "tocsin/v1/timeline.grpc.pb.h"

namespace tocsin::cli {
namespace {

using v1::TimelineService;

constexpr int kPageSize = 1000;

struct LogFlags {
  std::vector<std::string> text;
  std::string kind;
  std::string at;
  std::string tlp;
  std::vector<std::string> attributes;
  std::vector<std::string> because;
};

absl::Status AddAttributes(const std::vector<std::string>& given, v1::RecordEntryRequest& request) {
  for (const std::string& pair : given) {
    const size_t equals = pair.find('=');
    if (equals == 0 || equals == std::string::npos) {
      return InvalidArgument("BAD_ATTRIBUTE", absl::StrCat("'", pair, "' is not NAME=VALUE"),
                             "Write for example --attribute source=EDR.");
    }
    (*request.mutable_attributes())[pair.substr(0, equals)] = pair.substr(equals + 1);
  }
  return absl::OkStatus();
}

absl::StatusOr<ExitCode> Log(Session& session, const LogFlags& flags) {
  v1::RecordEntryRequest request;
  if (!flags.kind.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(const v1::EntryKind kind,
                            (ProtoOf<v1::EntryKind, EntryKind>(flags.kind)));
    request.set_kind(kind);
  }
  if (!flags.tlp.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(const v1::Tlp tlp, (ProtoOf<v1::Tlp, Tlp>(flags.tlp)));
    request.set_tlp(tlp);
  }
  if (!flags.at.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(const client::When when, ReadIncidentWhen(session, "--at", flags.at));
    *request.mutable_occur_time() = client::ToProto(when.time);
    request.set_precision(static_cast<v1::Precision>(when.precision));
  }
  TOCSIN_RETURN_IF_ERROR(AddAttributes(flags.attributes, request));
  if (!flags.because.empty()) {
    TOCSIN_ASSIGN_OR_RETURN((*request.mutable_attributes())["because"],
                            session.ReadText("--because", flags.because));
  }
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_incident(), session.IncidentName());
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_text(), session.ReadText("the text", flags.text));
  request.set_request_id(session.NextRequestId());
  TOCSIN_ASSIGN_OR_RETURN(const v1::WriteResult result,
                          Call(session, &TimelineService::Stub::RecordEntry, request));
  return session.PrintWrite(result);
}

// "17" or "#17".
absl::StatusOr<uint64_t> Sequence(const std::string& text) {
  uint64_t sequence = 0;
  if (!absl::SimpleAtoi(absl::StripPrefix(text, "#"), &sequence) || sequence == 0) {
    return InvalidArgument("BAD_SEQUENCE", absl::StrCat("'", text, "' is not an entry"),
                           "Give its number from the first column of: tocsin timeline");
  }
  return sequence;
}

absl::StatusOr<ExitCode> Correct(Session& session, const std::string& entry,
                                 const std::vector<std::string>& words) {
  v1::CorrectEntryRequest request;
  TOCSIN_ASSIGN_OR_RETURN(const uint64_t sequence, Sequence(entry));
  request.set_sequence(sequence);
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_incident(), session.IncidentName());
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_text(), session.ReadText("the text", words));
  request.set_request_id(session.NextRequestId());
  TOCSIN_ASSIGN_OR_RETURN(const v1::WriteResult result,
                          Call(session, &TimelineService::Stub::CorrectEntry, request));
  return session.PrintWrite(result);
}

absl::StatusOr<ExitCode> Retract(Session& session, const std::string& entry,
                                 const std::vector<std::string>& because) {
  v1::RetractEntryRequest request;
  TOCSIN_ASSIGN_OR_RETURN(const uint64_t sequence, Sequence(entry));
  request.set_sequence(sequence);
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_because(), session.ReadText("--because", because));
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_incident(), session.IncidentName());
  request.set_request_id(session.NextRequestId());
  TOCSIN_ASSIGN_OR_RETURN(const v1::WriteResult result,
                          Call(session, &TimelineService::Stub::RetractEntry, request));
  return session.PrintWrite(result);
}

struct TimelineFlags {
  std::string incident;
  std::string since;
  bool follow = false;
};

absl::StatusOr<v1::ListEntriesResponse> ReadAll(Session& session, const std::string& incident,
                                                std::optional<absl::Time> since) {
  v1::ListEntriesRequest request;
  request.set_incident(incident);
  request.set_page_size(kPageSize);
  if (since) *request.mutable_since_time() = client::ToProto(*since);
  v1::ListEntriesResponse all;
  do {
    TOCSIN_ASSIGN_OR_RETURN(v1::ListEntriesResponse page,
                            Call(session, &TimelineService::Stub::ListEntries, request));
    for (v1::Entry& entry : *page.mutable_entries()) *all.add_entries() = std::move(entry);
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return all;
}

absl::StatusOr<ExitCode> PrintEntries(Session& session, const v1::ListEntriesResponse& all,
                                      const absl::TimeZone& zone) {
  if (session.wants_json()) return session.PrintJsonList(all, all.entries());
  if (session.wants_id()) {
    for (const v1::Entry& entry : all.entries()) session.out() << entry.sequence() << "\n";
    return ExitCode::kOk;
  }
  client::Table table({"#", "RECORDED (UTC)", "OCCURRED", "KIND", "AUTHOR", "TEXT"});
  for (const v1::Entry& entry : all.entries()) table.Add(EntryRow(entry, zone));
  session.out() << table.Render(session.style());
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> Timeline(Session& session, const TimelineFlags& flags) {
  std::optional<absl::Time> since;
  if (!flags.since.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(const client::When when, session.ReadWhen("--since", flags.since));
    since = when.time;
  }
  v1::GetIncidentRequest get;
  TOCSIN_ASSIGN_OR_RETURN(*get.mutable_name(), session.IncidentName(flags.incident));
  TOCSIN_ASSIGN_OR_RETURN(const v1::Incident incident,
                          Call(session, &v1::IncidentService::Stub::GetIncident, get));
  absl::TimeZone zone;
  if (!absl::LoadTimeZone(incident.time_zone(), &zone)) zone = absl::UTCTimeZone();
  if (!flags.follow) session.UsePager();
  if (!session.wants_json() && !session.wants_id()) {
    session.out() << IncidentLabel(incident) << "  " << client::EscapeText(incident.title())
                  << "\n";
  }
  TOCSIN_ASSIGN_OR_RETURN(const v1::ListEntriesResponse all, ReadAll(session, get.name(), since));
  if (!flags.follow) return PrintEntries(session, all, zone);
  for (const v1::Entry& entry : all.entries()) {
    PrintLive(session, entry, zone, /*with_incident=*/false);
  }
  // Nothing since then: go on after what there is now.
  const uint64_t after = all.entries().empty() ? incident.last_sequence()
                                               : all.entries(all.entries_size() - 1).sequence();
  return FollowEntries(session, {.incident = get.name(), .after = after}, zone);
}

void AddLog(Program& program) {
  CLI::App* verb = program.AddVerb(
      "log", "Records what happened, what you see or what you do",
      "tocsin log isolated fs01 from the network --kind action\n"
      "tocsin log --at 10:42 first ransom note seen on fs01\nsha256sum image.dd | tocsin log - "
      "--kind evidence");
  auto flags = std::make_shared<LogFlags>();
  AddWords(verb, "TEXT", flags->text, "The text; - reads standard input")->required();
  verb->add_option("--kind", flags->kind,
                   absl::StrCat("One of: ", absl::StrJoin(AllTexts<EntryKind>(), ", "),
                                "; default observation"));
  verb->add_option("--at", flags->at, "WHEN it happened, if not now");
  verb->add_option("--tlp", flags->tlp,
                   absl::StrCat("One of: ", absl::StrJoin(AllTexts<Tlp>(), ", ")));
  AddWordsFlag(verb, "--because", flags->because, "The reason, above all of a decision");
  verb->add_option("--attribute", flags->attributes, "NAME=VALUE, for example source=EDR")
      ->type_name("NAME=VALUE...");
  program.OnRun(verb, [flags](Session& session) { return Log(session, *flags); });
}

}  // namespace

void AddTimelineVerbs(Program& program) {
  AddLog(program);

  CLI::App* timeline = program.AddVerb(
      "timeline", "Shows the entries of an incident in order",
      "tocsin timeline\ntocsin timeline --since -2h\ntocsin timeline --follow -o jsonl");
  auto flags = std::make_shared<TimelineFlags>();
  timeline->add_option("INCIDENT", flags->incident, "Default: the one in use");
  timeline->add_flag("--follow", flags->follow, "Go on with what is recorded next, until Ctrl-C");
  timeline->add_option("--since", flags->since, "Only what was recorded since WHEN");
  program.OnRun(timeline, [flags](Session& session) { return Timeline(session, *flags); });

  struct Target {
    std::string sequence;
    std::vector<std::string> words;
  };
  CLI::App* correct = program.AddVerb("correct", "Corrects the text of an entry; both stay",
                                      "tocsin correct 17 isolated fs02, not fs01");
  auto corrected = std::make_shared<Target>();
  correct->add_option("SEQ", corrected->sequence, "Number of the entry")->required();
  AddWords(correct, "TEXT", corrected->words, "The text as it should be")->required();
  program.OnRun(correct, [corrected](Session& session) {
    return Correct(session, corrected->sequence, corrected->words);
  });
  CLI::App* retract = program.AddVerb("retract", "Takes an entry back; it stays, marked",
                                      "tocsin retract 17 --because logged in the wrong incident");
  auto retracted = std::make_shared<Target>();
  retract->add_option("SEQ", retracted->sequence, "Number of the entry")->required();
  AddWordsFlag(retract, "--because", retracted->words, "The reason, for the record")->required();
  program.OnRun(retract, [retracted](Session& session) {
    return Retract(session, retracted->sequence, retracted->words);
  });
}

}  // namespace tocsin::cli
