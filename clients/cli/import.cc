// import, replay.
#include "clients/cli/import.h"

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "clients/cli/app.h"
#include "clients/cli/import_convert.h"
#include "clients/cli/show.h"
#include "clients/core/names.h"
#include "clients/core/private_file.h"
#include "clients/core/proto_time.h"
#include "clients/core/request_id.h"
#include "clients/core/terminal_text.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/time_text.h"
#include "server/base/view.h"
#include "tocsin/v1/incident.grpc.pb.h"
#include "tocsin/v1/obligation.grpc.pb.h"
#include "tocsin/v1/review.grpc.pb.h"
#include "tocsin/v1/timeline.grpc.pb.h"

namespace tocsin::cli {
namespace {

using nlohmann::json;

constexpr size_t kFileBytesMax = size_t{64} << 20;
constexpr absl::Duration kStreamTimeout = absl::Minutes(10);
constexpr int kPageSize = 1000;
// A statement of awareness further back than any clock of the law is a slip.
constexpr absl::Duration kAwareAgoMax = absl::Hours(24 * 366);

struct FileFlags {
  std::string file;
  std::string severity = "sev2";
  std::string tlp;
};

void AddFileOptions(CLI::App* verb, FileFlags& flags) {
  verb->add_option("FILE", flags.file, "Incident file, JSON Lines")->required();
  verb->add_option("--severity", flags.severity, "sev1 to sev4; the file does not state one")
      ->capture_default_str();
  verb->add_option("--tlp", flags.tlp, "clear, green, amber, amber+strict, red");
}

absl::StatusOr<ReplayFile> ReadFile(const FileFlags& flags) {
  TOCSIN_ASSIGN_OR_RETURN(const std::string content,
                          client::ReadWholeFile(flags.file, kFileBytesMax));
  return ParseReplayFile(flags.file, content);
}

absl::StatusOr<v1::DeclareIncidentRequest> DeclareRequest(const ReplayFile& file,
                                                          const FileFlags& flags) {
  v1::DeclareIncidentRequest request;
  TOCSIN_ASSIGN_OR_RETURN(const v1::Severity severity,
                          (ProtoOf<v1::Severity, Severity>(flags.severity)));
  request.set_severity(severity);
  if (!flags.tlp.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(const v1::Tlp tlp, (ProtoOf<v1::Tlp, Tlp>(flags.tlp)));
    request.set_tlp(tlp);
  }
  request.set_title(file.header.title);
  request.set_time_zone(file.header.time_zone);
  for (const auto& [key, value] : IncidentAttributes(file)) {
    (*request.mutable_attributes())[key] = value;
  }
  return request;
}

v1::RecordEntryRequest EntryRequest(const std::string& incident, const PlannedEntry& entry,
                                    std::string request_id) {
  v1::RecordEntryRequest request;
  request.set_request_id(std::move(request_id));
  request.set_incident(incident);
  request.set_kind(static_cast<v1::EntryKind>(entry.kind));
  request.set_text(entry.text);
  if (entry.occur_time) {
    *request.mutable_occur_time() = client::ToProto(*entry.occur_time);
    request.set_precision(static_cast<v1::Precision>(entry.precision));
  }
  if (entry.tlp) request.set_tlp(static_cast<v1::Tlp>(*entry.tlp));
  for (const auto& [key, value] : entry.attributes) (*request.mutable_attributes())[key] = value;
  return request;
}

absl::Status AddLessons(Session& session, const std::string& incident, const ReplayFile& file,
                        const RequestIdFor& request_id) {
  v1::OpenReviewRequest open;
  open.set_request_id(request_id("open-review", 0));
  open.set_incident(incident);
  TOCSIN_RETURN_IF_ERROR(Call(session, &v1::ReviewService::Stub::OpenReview, open).status());
  for (const ReplayLesson& lesson : file.lessons) {
    v1::AddFindingRequest finding;
    finding.set_request_id(request_id("lesson", lesson.line));
    finding.set_incident(incident);
    finding.set_kind(v1::FINDING_KIND_LESSON);
    finding.set_text(lesson.text);
    for (const auto& [key, value] : lesson.attributes) {
      (*finding.mutable_attributes())[key] = value;
    }
    TOCSIN_RETURN_IF_ERROR(Call(session, &v1::ReviewService::Stub::AddFinding, finding).status());
  }
  return absl::OkStatus();
}

// Says what got in. `extra` are further lines for people.
absl::StatusOr<ExitCode> Report(Session& session, const v1::Incident& incident,
                                const ReplayFile& file, bool repeated, const std::string& extra) {
  const std::string number = client::ShortName(incident.name());
  if (session.wants_id()) {
    session.out() << number << "\n";
    return ExitCode::kOk;
  }
  if (session.wants_json()) {
    session.out() << json{{"incident", incident.name()},    {"lines", file.lines},
                          {"events", file.events.size()},   {"impact_lines", file.impacts.size()},
                          {"lessons", file.lessons.size()}, {"repeated", repeated}}
                         .dump()
                  << "\n";
    return ExitCode::kOk;
  }
  session.out() << IncidentLabel(incident) << "  " << client::EscapeText(incident.title()) << "\n"
                << file.lines << " of " << file.lines << " lines are in: 1 incident, "
                << file.events.size() << " events, " << file.impacts.size() << " impact lines, "
                << file.lessons.size() << " lessons; the server has them all, in the file's order"
                << (repeated ? " (the incident was there before: nothing was written twice)" : "")
                << "\n"
                << extra;
  session.err() << "next: tocsin timeline " << number << "\n";
  return ExitCode::kOk;
}

struct ImportFlags {
  FileFlags file;
  bool again = false;
  bool dry_run = false;
  ConvertFlags convert;
};

absl::StatusOr<ExitCode> ShowPlan(Session& session, const ReplayFile& file) {
  if (session.wants_json()) {
    session.out() << json{{"dry_run", true},
                          {"title", file.header.title},
                          {"lines", file.lines},
                          {"events", file.events.size()},
                          {"impact_lines", file.impacts.size()},
                          {"lessons", file.lessons.size()}}
                         .dump()
                  << "\n";
    return ExitCode::kOk;
  }
  session.out() << "would write 1 incident with " << file.events.size() << " events, "
                << file.impacts.size() << " impact lines and a review of " << file.lessons.size()
                << " lessons; nothing was sent\n  " << client::EscapeText(file.header.title)
                << "\n";
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> Import(Session& session, const ImportFlags& flags) {
  if (!flags.convert.from.empty()) {
    return ImportConverted(session, {.flags = flags.convert,
                                     .file = flags.file.file,
                                     .severity = flags.file.severity,
                                     .tlp = flags.file.tlp,
                                     .again = flags.again,
                                     .dry_run = flags.dry_run});
  }
  TOCSIN_RETURN_IF_ERROR(CheckNoConvertFlags(flags.convert));
  session.NeverQueue();
  TOCSIN_ASSIGN_OR_RETURN(const ReplayFile file, ReadFile(flags.file));
  if (flags.dry_run) return ShowPlan(session, file);
  TOCSIN_ASSIGN_OR_RETURN(v1::DeclareIncidentRequest declare, DeclareRequest(file, flags.file));
  TOCSIN_ASSIGN_OR_RETURN(const client::Context context, session.Context());
  const std::string copy = flags.again ? session.NextRequestId() : "";
  const RequestIdFor request_id = [&](std::string_view step, int line) {
    return ImportRequestId(file.digest, context.organisation, copy, step, line);
  };
  declare.set_historical(true);
  declare.set_request_id(request_id("declare", 1));
  TOCSIN_ASSIGN_OR_RETURN(const v1::DeclareIncidentResponse declared,
                          Call(session, &v1::IncidentService::Stub::DeclareIncident, declare));
  const std::string& incident = declared.incident().name();
  const std::vector<PlannedEntry> plan = PlanImport(file);
  TOCSIN_RETURN_IF_ERROR(SendEntries(session, incident, plan, request_id));
  if (!file.lessons.empty()) {
    TOCSIN_RETURN_IF_ERROR(AddLessons(session, incident, file, request_id));
    v1::PublishReviewRequest publish;
    publish.set_request_id(request_id("publish-review", 0));
    publish.set_incident(incident);
    publish.set_summary(file.header.summary);
    publish.set_without_reader(
        absl::StrCat("imported from ", file.header.slug, ", reviewed where it happened"));
    TOCSIN_RETURN_IF_ERROR(
        Call(session, &v1::ReviewService::Stub::PublishReview, publish).status());
  }
  v1::CloseIncidentRequest close;
  close.set_request_id(request_id("close", 0));
  close.set_incident(incident);
  close.set_because(absl::StrCat("imported from ", file.header.slug, ", ", file.lines,
                                 " lines, SHA-256 ", file.digest.Hex()));
  TOCSIN_RETURN_IF_ERROR(Call(session, &v1::IncidentService::Stub::CloseIncident, close).status());
  TOCSIN_RETURN_IF_ERROR(CompareWithServer(session, incident, plan, file.lessons));
  return Report(session, declared.incident(), file, declared.result().repeated(), "");
}

struct ReplayFlags {
  FileFlags file;
  std::string aware_ago;
  std::string playbook;
  std::string title_prefix;
  bool review = false;
};

absl::StatusOr<absl::Duration> ReadAgo(Session& session, std::string text) {
  absl::string_view span = text;
  absl::ConsumePrefix(&span, "-");
  const absl::Time now = session.now();
  const absl::StatusOr<client::When> when =
      client::ParseWhen(absl::StrCat("-", span), now, session.zone());
  if (!when.ok() || when->time > now || now - when->time > kAwareAgoMax) {
    return InvalidArgument("BAD_SPAN", absl::StrCat("--aware-ago: '", text, "' is not a span"),
                           "Write for example --aware-ago 20h, 90m or 3d; at most a year.");
  }
  return now - when->time;
}

absl::Status StateAnchor(Session& session, const std::string& incident, const std::string& anchor,
                         absl::Time time, const std::string& because) {
  v1::RecordAnchorRequest request;
  request.set_request_id(client::NewRequestId());
  request.set_incident(incident);
  request.set_anchor(anchor);
  *request.mutable_time() = client::ToProto(time);
  request.set_because(because);
  return Call(session, &v1::ObligationService::Stub::RecordAnchor, request).status();
}

// The legal instants and the impact that the file gives.
absl::Status StateFacts(Session& session, const std::string& incident, const ReplayFile& file,
                        const Awareness& awareness, absl::Duration shift) {
  const std::string& slug = file.header.slug;
  for (const ReplayEvent& event : file.events) {
    if (event.kind != EntryKind::kAttackerActivity) continue;
    TOCSIN_RETURN_IF_ERROR(
        StateAnchor(session, incident, "occurred", event.occur_time + shift,
                    absl::StrCat("first attacker activity, line ", event.line, " of ", slug)));
    break;
  }
  const std::string taken =
      absl::StrCat("line ", awareness.line, " of ", slug, " (", std::string(ToText(awareness.kind)),
                   "): ", awareness.text);
  if (awareness.kind == EntryKind::kDetection) {
    TOCSIN_RETURN_IF_ERROR(
        StateAnchor(session, incident, "detected", awareness.time + shift, taken));
  }
  TOCSIN_RETURN_IF_ERROR(StateAnchor(session, incident, "aware", awareness.time + shift, taken));
  const std::map<std::string, std::string> facts = ImpactFacts(file);
  if (facts.empty()) return absl::OkStatus();
  v1::AssessImpactRequest request;
  request.set_request_id(client::NewRequestId());
  request.set_incident(incident);
  for (const auto& [key, value] : facts) (*request.mutable_facts())[key] = value;
  request.set_note(absl::StrCat("from the impact lines of ", slug));
  return Call(session, &v1::ObligationService::Stub::AssessImpact, request).status();
}

absl::StatusOr<ExitCode> Replay(Session& session, const ReplayFlags& flags) {
  session.NeverQueue();
  TOCSIN_ASSIGN_OR_RETURN(const ReplayFile file, ReadFile(flags.file));
  TOCSIN_ASSIGN_OR_RETURN(const absl::Duration ago, ReadAgo(session, flags.aware_ago));
  const std::optional<Awareness> awareness = FindAwareness(file);
  if (!awareness) {
    return InvalidArgument("NO_EVENTS", absl::StrCat(flags.file.file, " holds no events"),
                           "A replay needs at least one event to be aware of.");
  }
  TOCSIN_ASSIGN_OR_RETURN(v1::DeclareIncidentRequest declare, DeclareRequest(file, flags.file));
  TOCSIN_ASSIGN_OR_RETURN(const client::Context context, session.Context());
  declare.set_drill(true);
  declare.set_request_id(session.NextRequestId());
  declare.set_playbook(flags.playbook);
  declare.set_title(
      absl::StrCat(flags.title_prefix, flags.title_prefix.empty() ? "" : " ", file.header.title));
  TOCSIN_ASSIGN_OR_RETURN(const v1::DeclareIncidentResponse declared,
                          Call(session, &v1::IncidentService::Stub::DeclareIncident, declare));
  const std::string& incident = declared.incident().name();
  const absl::Time now = client::FromProto(declared.result().record_time());
  const absl::Duration shift = now - ago - awareness->time;
  const RequestIdFor request_id = [](std::string_view, int) { return client::NewRequestId(); };
  const std::vector<PlannedEntry> plan = PlanReplay(file, shift, now, /*lessons=*/!flags.review);
  TOCSIN_RETURN_IF_ERROR(SendEntries(session, incident, plan, request_id));
  TOCSIN_RETURN_IF_ERROR(StateFacts(session, incident, file, *awareness, shift));
  std::vector<ReplayLesson> findings;
  if (flags.review && !file.lessons.empty()) {
    TOCSIN_RETURN_IF_ERROR(AddLessons(session, incident, file, request_id));
    findings = file.lessons;
  }
  TOCSIN_RETURN_IF_ERROR(CompareWithServer(session, incident, plan, findings));
  TOCSIN_RETURN_IF_ERROR(session.Store().UseIncident(context.name, client::ShortName(incident)));
  const std::string extra = absl::StrCat(
      "aware ", FormatSpan(ago), " ago (", RecordText(now - ago), " UTC): line ", awareness->line,
      ", ", std::string(ToText(awareness->kind)), ": ", client::EscapeText(awareness->text), "\n");
  return Report(session, declared.incident(), file, /*repeated=*/false, extra);
}

// All entries of the incident, in sequence order.
absl::StatusOr<std::vector<v1::Entry>> FetchEntries(Session& session, const std::string& incident) {
  std::vector<v1::Entry> entries;
  v1::ListEntriesRequest request;
  request.set_incident(incident);
  request.set_page_size(kPageSize);
  do {
    TOCSIN_ASSIGN_OR_RETURN(v1::ListEntriesResponse page,
                            Call(session, &v1::TimelineService::Stub::ListEntries, request));
    for (v1::Entry& entry : *page.mutable_entries()) entries.push_back(std::move(entry));
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return entries;
}

absl::Status Incomplete(const std::string& place) {
  return Error(absl::StatusCode::kDataLoss, "IMPORT_INCOMPLETE",
               absl::StrCat("the server's timeline lacks ", place,
                            " of the file, or has it in another place"),
               "Run the same command again; if it stays so, tell the operator of the server.");
}

}  // namespace

absl::Status SendEntries(Session& session, const std::string& incident,
                         const std::vector<PlannedEntry>& plan, const RequestIdFor& request_id) {
  TOCSIN_ASSIGN_OR_RETURN(client::Connection * connection, session.Connect());
  TOCSIN_RETURN_IF_ERROR(connection->WaitUntilConnected());
  grpc::ClientContext context;
  connection->Prepare(context, kStreamTimeout);
  v1::TimelineService::Stub stub(connection->channel());
  v1::RecordEntriesResponse response;
  client::Progress progress = session.MakeProgress("entries", plan.size(), "entries");
  const auto stream = stub.RecordEntries(&context, &response);
  uint64_t sent = 0;
  for (const PlannedEntry& entry : plan) {
    // false: the server ended the stream; Finish tells why.
    if (!stream->Write(EntryRequest(incident, entry, request_id("entry", entry.line)))) break;
    progress.Update(++sent);
  }
  stream->WritesDone();
  const absl::Status status = client::FromRpc(stream->Finish());
  progress.Finish();
  if (!status.ok()) return status;
  if (response.has_last() && response.last().has_receipt()) {
    TOCSIN_RETURN_IF_ERROR(session.Remember(response.last().receipt()));
  }
  if (response.entry_count() == plan.size()) return absl::OkStatus();
  return Error(
      absl::StatusCode::kDataLoss, "IMPORT_INCOMPLETE",
      absl::StrCat("the server recorded ", response.entry_count(), " of ", plan.size(), " entries"),
      "Run the same command again.");
}

absl::Status CompareWithServer(Session& session, const std::string& incident,
                               const std::vector<PlannedEntry>& plan,
                               const std::vector<ReplayLesson>& findings) {
  TOCSIN_ASSIGN_OR_RETURN(const std::vector<v1::Entry> entries, FetchEntries(session, incident));
  size_t found = 0;
  size_t found_lessons = 0;
  for (const v1::Entry& entry : entries) {
    if (entry.type() == "entry-recorded" && found < plan.size() &&
        entry.text() == plan[found].text) {
      ++found;
    }
    if (entry.type() == "finding-added" && found_lessons < findings.size() &&
        entry.text().find(findings[found_lessons].text) != std::string::npos) {
      ++found_lessons;
    }
  }
  const auto line = [](int number) { return absl::StrCat("line ", number); };
  if (found < plan.size()) {
    const PlannedEntry& missing = plan[found];
    return Incomplete(missing.place.empty() ? line(missing.line) : missing.place);
  }
  if (found_lessons < findings.size()) return Incomplete(line(findings[found_lessons].line));
  return absl::OkStatus();
}

void AddImportVerbs(Program& program) {
  CLI::App* import =
      program.AddVerb("import", "Writes past incidents from a file as closed, historical ones",
                      "tocsin import playbooks/drills/replays/hse-ireland-2021.jsonl\n"
                      "tocsin import case.json --from thehive --dry-run\n"
                      "tocsin import events.csv --from csv --column time=When --column text=What "
                      "--zone Europe/Brussels");
  auto import_flags = std::make_shared<ImportFlags>();
  AddFileOptions(import, import_flags->file);
  import->get_option("FILE")->description("Incident file: JSON Lines, or of the tool of --from");
  import->add_flag("--again", import_flags->again,
                   "Make a further copy of a file that was imported before");
  import->add_flag("--dry-run", import_flags->dry_run,
                   "Say what would be written, and what goes where; needs no server");
  AddConvertOptions(import, import_flags->convert);
  program.OnRun(import,
                [import_flags](Session& session) { return Import(session, *import_flags); });

  CLI::App* replay = program.AddVerb(
      "replay", "Plays a past incident from a file as a drill, as if it happened now",
      "tocsin replay playbooks/drills/replays/maastricht-university-2019.jsonl --aware-ago 20h "
      "--playbook ransomware");
  auto flags = std::make_shared<ReplayFlags>();
  AddFileOptions(replay, flags->file);
  replay->add_option("--aware-ago", flags->aware_ago, "How long ago awareness was: 20h, 90m, 3d")
      ->required();
  replay->add_option("--playbook", flags->playbook, "Playbook to start");
  replay->add_option("--title-prefix", flags->title_prefix, "Words to put before the title");
  replay->add_flag("--review", flags->review, "Open the review and put the file's lessons into it");
  program.OnRun(replay, [flags](Session& session) { return Replay(session, *flags); });
}

}  // namespace tocsin::cli
