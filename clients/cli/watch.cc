// `watch`: an incident, or all of them, live. On a terminal a screen that is drawn again; else
// lines.
#include <algorithm>
#include <memory>

#include "absl/strings/str_cat.h"
#include "clients/cli/app.h"
#include "clients/cli/entry_stream.h"
#include "clients/cli/live.h"
#include "clients/cli/show.h"
#include "clients/cli/watch_screen.h"
#include "clients/core/names.h"
#include "clients/core/proto_time.h"
#include "clients/core/screen.h"
#include "clients/core/terminal_text.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "tocsin/v1/incident.grpc.pb.h"
#include "tocsin/v1/log.grpc.pb.h"
#include "tocsin/v1/obligation.grpc.pb.h"
#include "tocsin/v1/playbook.grpc.pb.h"

namespace tocsin::cli {
namespace {

// How much of the past is shown at the start.
constexpr uint64_t kPastOnScreen = 200;
constexpr uint64_t kPastInLines = 10;
constexpr absl::Duration kTick = absl::Milliseconds(250);
constexpr absl::Duration kRefreshEvery = absl::Seconds(30);
constexpr absl::Duration kRefreshPause = absl::Seconds(1);

uint64_t Before(uint64_t end, uint64_t count) {
  return end - std::min(end, count);
}

// The view, kept up to date: entries come over the stream, what follows from them is asked for.
class Board {
 public:
  Board(Session& session, std::string incident)
      : session_(session), incident_(std::move(incident)) {}

  const WatchView& view() const { return view_; }
  absl::Time ServerNow() const { return session_.now() + server_ahead_; }

  void Add(const v1::Entry& entry) {
    // What a person wrote changes nothing else; everything else may.
    if (entry.type() != "entry-recorded") stale_ = true;
    Annotate(entry);
    view_.entries.push_back(entry);
    if (view_.entries.size() > kPastOnScreen) view_.entries.pop_front();
  }
  void Lost() { view_.lost_time = ServerNow(); }
  void Back() {
    view_.lost_time.reset();
    stale_ = true;
  }

  // Asks again when something changed, at most once a second, and every half minute anyway.
  absl::Status RefreshWhenDue() {
    const absl::Duration age = session_.now() - refresh_time_;
    const bool due = (stale_ && age >= kRefreshPause) || age >= kRefreshEvery;
    if (view_.lost_time || !due) return absl::OkStatus();
    const absl::Status status = Refresh();
    // A server that went away is the stream's news.
    return client::IsAway(status) ? absl::OkStatus() : status;
  }

  absl::Status Refresh() {
    TOCSIN_ASSIGN_OR_RETURN(client::Connection * connection, session_.Connect());
    stale_ = false;
    refresh_time_ = session_.now();
    if (incident_.empty()) {
      v1::ListIncidentsRequest list;
      list.set_open_only(true);
      list.set_page_size(500);
      TOCSIN_ASSIGN_OR_RETURN(const v1::ListIncidentsResponse incidents,
                              connection->Call(&v1::IncidentService::Stub::ListIncidents, list));
      view_.incidents.assign(incidents.incidents().begin(), incidents.incidents().end());
    } else {
      v1::GetIncidentRequest get;
      get.set_name(incident_);
      TOCSIN_ASSIGN_OR_RETURN(view_.incident,
                              connection->Call(&v1::IncidentService::Stub::GetIncident, get));
      v1::ListRunsRequest runs;
      runs.set_incident(incident_);
      TOCSIN_ASSIGN_OR_RETURN(const v1::ListRunsResponse found,
                              connection->Call(&v1::PlaybookService::Stub::ListRuns, runs));
      view_.runs.assign(found.runs().begin(), found.runs().end());
    }
    v1::ListObligationsRequest obligations;
    obligations.set_incident(incident_);
    TOCSIN_ASSIGN_OR_RETURN(
        const v1::ListObligationsResponse found,
        connection->Call(&v1::ObligationService::Stub::ListObligations, obligations));
    view_.obligations.assign(found.obligations().begin(), found.obligations().end());
    server_ahead_ = client::FromProto(found.server_time()) - session_.now();
    return absl::OkStatus();
  }

 private:
  // A correction or retraction also shows at the entry it speaks of.
  void Annotate(const v1::Entry& entry) {
    if (entry.target_sequence() == 0) return;
    for (v1::Entry& shown : view_.entries) {
      if (shown.incident() != entry.incident() || shown.sequence() != entry.target_sequence()) {
        continue;
      }
      if (entry.type() == "entry-retracted") shown.set_retracted_by(entry.sequence());
      if (entry.type() == "entry-corrected") {
        shown.set_corrected_by(entry.sequence());
        shown.set_corrected_text(entry.text());
      }
    }
  }

  Session& session_;
  std::string incident_;
  WatchView view_;
  absl::Duration server_ahead_;
  absl::Time refresh_time_ = absl::InfinitePast();
  bool stale_ = true;
};

absl::StatusOr<ExitCode> OnScreen(Session& session, const StreamPlace& place,
                                  const absl::TimeZone& zone) {
  TOCSIN_ASSIGN_OR_RETURN(client::Connection * connection, session.Connect());
  Board board(session, place.incident);
  TOCSIN_RETURN_IF_ERROR(board.Refresh());
  EntryStream stream(*connection, place);
  const bool colour = session.style().colour;
  client::Screen screen;
  for (;;) {
    const absl::StatusOr<EntryStream::Event> event = stream.Next(kTick);
    if (!event.ok()) return WhyEnded(session, event.status());
    if (event->kind == EntryStream::Kind::kEntry) {
      board.Add(event->entry);
      continue;  // the screen is drawn when no more comes at once
    }
    if (event->kind == EntryStream::Kind::kLost) board.Lost();
    if (event->kind == EntryStream::Kind::kBack) {
      board.Back();
      TOCSIN_RETURN_IF_ERROR(session.CheckHistory());
    }
    TOCSIN_RETURN_IF_ERROR(board.RefreshWhenDue());
    const client::ScreenSize size = client::TerminalSize();
    if (!screen.Draw(RenderWatch(board.view(), board.ServerNow(), zone, size, colour), size)) {
      return ExitCode::kOk;
    }
    if (screen.ReadKey() == 'q') return ExitCode::kOk;
  }
}

struct WatchFlags {
  std::string incident;
  bool all = false;
};

// Where to begin: a little before the end.
absl::StatusOr<StreamPlace> BeginAt(Session& session, const std::string& incident, uint64_t past) {
  if (!incident.empty()) {
    v1::GetIncidentRequest get;
    get.set_name(incident);
    TOCSIN_ASSIGN_OR_RETURN(const v1::Incident found,
                            Call(session, &v1::IncidentService::Stub::GetIncident, get));
    return StreamPlace{.incident = found.name(), .after = Before(found.last_sequence(), past)};
  }
  TOCSIN_ASSIGN_OR_RETURN(client::Connection * connection, session.Connect());
  TOCSIN_ASSIGN_OR_RETURN(const v1::GetConsistencyProofResponse size,
                          connection->Call(&v1::LogService::Stub::GetConsistencyProof,
                                           v1::GetConsistencyProofRequest()));
  return StreamPlace{.incident = "", .after = Before(size.new_size(), past)};
}

absl::StatusOr<ExitCode> Watch(Session& session, const WatchFlags& flags) {
  std::string incident;
  if (flags.all && !flags.incident.empty()) {
    return InvalidArgument("ONE_OR_ALL", "--all leaves no choice of one incident",
                           "Leave one of them out.");
  }
  if (!flags.all) {
    TOCSIN_ASSIGN_OR_RETURN(incident, session.IncidentName(flags.incident));
  }
  const Surroundings& surroundings = session.surroundings();
  const bool screen = surroundings.out_is_terminal && !session.wants_json() &&
                      !session.wants_id() && surroundings.environment("TERM") != "dumb";
  TOCSIN_ASSIGN_OR_RETURN(const StreamPlace place,
                          BeginAt(session, incident, screen ? kPastOnScreen : kPastInLines));
  if (screen) return OnScreen(session, place, session.zone());
  session.err() << "watching " << (incident.empty() ? "all incidents" : client::ShortName(incident))
                << " " << PlaceText(place) << "; Ctrl-C ends\n"
                << std::flush;
  return FollowEntries(session, place, session.zone());
}

}  // namespace

void AddWatchVerb(Program& program) {
  CLI::App* verb = program.AddVerb(
      "watch", "Shows an incident live: deadlines counting down, steps, entries as they come",
      "tocsin watch\ntocsin watch INC-2026-0042\ntocsin watch --all\ntocsin watch --all -o jsonl");
  auto flags = std::make_shared<WatchFlags>();
  verb->add_option("INCIDENT", flags->incident, "Default: the one in use");
  verb->add_flag("--all", flags->all, "All incidents you may see");
  program.OnRun(verb, [flags](Session& session) { return Watch(session, *flags); });
}

}  // namespace tocsin::cli
