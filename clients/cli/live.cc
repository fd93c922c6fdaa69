#include "clients/cli/live.h"

#include "absl/strings/str_cat.h"
#include "clients/cli/show.h"
#include "clients/core/names.h"
#include "clients/core/proto_time.h"
#include "clients/core/terminal_text.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/time_text.h"

namespace tocsin::cli {

std::vector<client::Cell> EntryRow(const v1::Entry& entry, const absl::TimeZone& zone) {
  const absl::Time recorded = client::FromProto(entry.record_time());
  std::string occurred;
  if (entry.has_occur_time()) {
    const absl::Time time = client::FromProto(entry.occur_time());
    const Precision precision =
        FromNumber<Precision>(entry.precision()).value_or(Precision::kSecond);
    const bool same =
        precision <= Precision::kMinute && absl::AbsDuration(time - recorded) <= absl::Seconds(1);
    if (!same) occurred = OccurText(time, precision, zone);
  }
  const auto colour = entry.retracted_by() != 0 ? client::Colour::kGrey : client::Colour::kNone;
  return {
      absl::StrCat(entry.sequence()), RecordText(recorded), occurred,
      EntryKindWord(entry),           entry.author(),       client::Cell(EntryText(entry), colour)};
}

void PrintLive(Session& session, const v1::Entry& entry, const absl::TimeZone& zone,
               bool with_incident) {
  if (session.wants_json()) {
    session.out() << client::ToJson(entry, /*indent=*/false) << "\n" << std::flush;
    return;
  }
  if (session.wants_id()) {
    if (with_incident) session.out() << client::ShortName(entry.incident()) << " ";
    session.out() << entry.sequence() << "\n" << std::flush;
    return;
  }
  const std::vector<client::Cell> cells = EntryRow(entry, zone);
  std::string line;
  if (with_incident) absl::StrAppend(&line, client::ShortName(entry.incident()), " ");
  absl::StrAppend(&line, "#", cells[0].text, entry.drill() ? "  DRILL  " : "  ", cells[1].text,
                  "  ");
  if (!cells[2].text.empty()) absl::StrAppend(&line, "(", cells[2].text, ")  ");
  absl::StrAppend(&line, cells[3].text, "  ", cells[4].text, "  ", cells[5].text);
  session.out() << client::EscapeText(line) << "\n" << std::flush;
}

std::string PlaceText(const StreamPlace& place) {
  if (!place.incident.empty()) return absl::StrCat("after #", place.after);
  return absl::StrCat("after the first ", place.after, " entries of the log");
}

absl::Status WhyEnded(Session& session, const absl::Status& status) {
  if (ReasonOf(status) != "WATCH_AHEAD") return status;
  const absl::Status history = session.CheckHistory();
  return history.ok() ? status : history;
}

absl::StatusOr<ExitCode> FollowEntries(Session& session, const StreamPlace& place,
                                       const absl::TimeZone& zone) {
  TOCSIN_ASSIGN_OR_RETURN(client::Connection * connection, session.Connect());
  EntryStream stream(*connection, place);
  const bool wide = place.incident.empty();
  absl::Time lost_time;
  for (;;) {
    const absl::StatusOr<EntryStream::Event> event = stream.Next(absl::Minutes(1));
    if (!event.ok()) return WhyEnded(session, event.status());
    if (event->kind == EntryStream::Kind::kEntry) {
      PrintLive(session, event->entry, zone, wide);
    } else if (event->kind == EntryStream::Kind::kLost) {
      lost_time = session.now();
      session.err() << "-- " << RecordText(lost_time)
                    << " UTC: connection lost; taking it up again " << PlaceText(stream.place())
                    << " --\n"
                    << std::flush;
    } else if (event->kind == EntryStream::Kind::kBack) {
      session.err() << "-- gap of " << FormatSpan(event->gap) << " from " << RecordText(lost_time)
                    << " UTC: connected again; what was recorded meanwhile follows --\n"
                    << std::flush;
      TOCSIN_RETURN_IF_ERROR(session.CheckHistory());
    }
    if (!session.out().good()) return ExitCode::kOk;
  }
}

}  // namespace tocsin::cli
