// aware, anchor: legal instants that people state, and the second person that a later awareness
// needs.
#include "clients/cli/awareness.h"

#include <memory>

#include "absl/strings/str_cat.h"
#include "clients/cli/app.h"
#include "clients/cli/drill_time.h"
#include "clients/cli/show.h"
#include "clients/core/names.h"
#include "clients/core/proto_time.h"
#include "clients/core/terminal_text.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/base/time_text.h"
#include "tocsin/v1/awareness.grpc.pb.h"
#include "tocsin/v1/obligation.grpc.pb.h"

namespace tocsin::cli {
namespace {

using v1::AwarenessService;

struct AnchorFlags {
  std::string anchor;
  std::string at;
  std::vector<std::string> because;
};

struct AwareFlags {
  std::string answer;
  uint64_t sequence = 0;
  AnchorFlags statement;
};

client::Colour ColourOf(v1::GapLevel level) {
  if (level == v1::GAP_LEVEL_RED) return client::Colour::kRed;
  return level == v1::GAP_LEVEL_AMBER ? client::Colour::kYellow : client::Colour::kNone;
}

// Empty when the gap is no news.
std::string GapLine(const v1::Awareness& awareness, absl::Time now) {
  if (awareness.gap_seconds() <= 0) return "";
  const std::string span = FormatSpan(absl::Seconds(awareness.gap_seconds()));
  const auto clock = [now](const google::protobuf::Timestamp& time) {
    return client::FormatClock(client::FromProto(time), now);
  };
  const bool wide = ColourOf(awareness.gap_level()) != client::Colour::kNone;
  const std::string why = wide ? "; expect to be asked why" : "";
  if (!awareness.has_counting()) {
    return absl::StrCat("detected ", clock(awareness.detect_time()),
                        ", nobody has stated awareness for ", span, why,
                        ": tocsin aware --at WHEN --because …");
  }
  if (!wide) return "";
  return absl::StrCat("detected ", clock(awareness.detect_time()), ", aware ",
                      clock(awareness.counting().time()), ": ", span, why);
}

absl::StatusOr<ExitCode> RecordAnchor(Session& session, const AnchorFlags& flags) {
  if (flags.at.empty()) {
    return InvalidArgument("USAGE", "--at is required", "tocsin aware --at WHEN --because …");
  }
  v1::RecordAnchorRequest request;
  TOCSIN_ASSIGN_OR_RETURN(const client::When when, ReadIncidentWhen(session, "--at", flags.at));
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_because(), session.ReadText("--because", flags.because));
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_incident(), session.IncidentName());
  request.set_anchor(flags.anchor);
  *request.mutable_time() = client::ToProto(when.time);
  request.set_request_id(session.NextRequestId());
  TOCSIN_ASSIGN_OR_RETURN(const v1::WriteResult result,
                          Call(session, &v1::ObligationService::Stub::RecordAnchor, request));
  TOCSIN_ASSIGN_OR_RETURN(const ExitCode code, session.PrintWrite(result));
  const bool about_awareness = flags.anchor == "aware" || flags.anchor == "detected";
  if (session.wants_json() || session.wants_id() || !about_awareness) return code;
  // The statement stands; that its effect cannot be shown is no failure of it.
  if (const auto awareness = FetchAwareness(session, request.incident()); awareness.ok()) {
    PrintAwareness(session, *awareness);
  }
  return code;
}

// The later statement that awaits an answer: what the person answers is shown to them.
absl::StatusOr<v1::Anchor> FetchPending(Session& session, const std::string& incident) {
  TOCSIN_ASSIGN_OR_RETURN(const v1::ListAwarenessResponse response,
                          FetchAwareness(session, incident));
  if (response.awareness_size() == 1 && response.awareness(0).has_pending()) {
    return response.awareness(0).pending();
  }
  return FailedPrecondition("NOT_PENDING", "no later moment of awareness awaits an answer",
                            "tocsin aware show");
}

absl::StatusOr<ExitCode> Answer(Session& session, const AwareFlags& flags) {
  v1::DecideAwarenessRequest request;
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_because(),
                          session.ReadText("--because", flags.statement.because));
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_incident(), session.IncidentName());
  request.set_approved(flags.answer == "approve");
  request.set_sequence(flags.sequence);
  if (flags.sequence == 0) {
    TOCSIN_ASSIGN_OR_RETURN(const v1::Anchor pending, FetchPending(session, request.incident()));
    request.set_sequence(pending.sequence());
    session.err() << "answering " << PendingText(pending, session.now()) << "\n";
  }
  request.set_request_id(session.NextRequestId());
  TOCSIN_ASSIGN_OR_RETURN(const v1::WriteResult result,
                          Call(session, &AwarenessService::Stub::DecideAwareness, request));
  TOCSIN_ASSIGN_OR_RETURN(const ExitCode code, session.PrintWrite(result));
  if (session.wants_json() || session.wants_id()) return code;
  session.out() << (request.approved() ? "the later moment counts from now on"
                                       : "the earlier moment stays")
                << "; tocsin deadlines shows the dates\n";
  if (const auto awareness = FetchAwareness(session, request.incident()); awareness.ok()) {
    PrintAwareness(session, *awareness);
  }
  return code;
}

absl::StatusOr<ExitCode> Show(Session& session) {
  TOCSIN_ASSIGN_OR_RETURN(const std::string incident, session.IncidentName());
  TOCSIN_ASSIGN_OR_RETURN(const v1::ListAwarenessResponse response,
                          FetchAwareness(session, incident));
  if (session.wants_json()) return session.PrintJsonList(response, response.awareness());
  for (const v1::Awareness& awareness : response.awareness()) {
    if (session.wants_id()) {
      session.out() << awareness.counting().sequence() << "\n";
    } else if (awareness.has_counting()) {
      const v1::Anchor& counting = awareness.counting();
      session.out() << "aware " << RecordText(client::FromProto(counting.time()))
                    << " UTC, stated by " << client::EscapeText(counting.stated_by()) << " in #"
                    << counting.sequence();
      if (!awareness.approved_by().empty()) {
        session.out() << ", approved by " << client::EscapeText(awareness.approved_by());
      }
      session.out() << ": " << client::EscapeText(counting.because()) << "\n";
    }
  }
  if (session.wants_id()) return ExitCode::kOk;
  if (response.awareness().empty()) session.err() << "nobody has stated awareness or detection\n";
  PrintAwareness(session, response);
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> Aware(Session& session, const AwareFlags& flags) {
  if (flags.answer.empty()) return RecordAnchor(session, flags.statement);
  if (flags.answer == "show") return Show(session);
  if (flags.answer == "approve" || flags.answer == "reject") {
    if (flags.statement.at.empty()) return Answer(session, flags);
    return InvalidArgument("USAGE", absl::StrCat("--at does not go with ", flags.answer),
                           "State a moment with tocsin aware --at …, answer one without.");
  }
  const std::string nearest = NearestWord(flags.answer, {"approve", "reject", "show"});
  return InvalidArgument("UNKNOWN_ANSWER",
                         absl::StrCat("'", flags.answer, "' is neither approve, reject nor show"),
                         nearest.empty() ? "tocsin aware --help"
                                         : absl::StrCat("Did you mean: tocsin aware ", nearest));
}

}  // namespace

std::string PendingText(const v1::Anchor& pending, absl::Time now) {
  return absl::StrCat("#", pending.sequence(), ": aware ",
                      client::FormatClock(client::FromProto(pending.time()), now), ", stated by ",
                      client::EscapeText(pending.stated_by()), ": ",
                      client::EscapeText(pending.because()));
}

absl::StatusOr<v1::ListAwarenessResponse> FetchAwareness(Session& session,
                                                         const std::string& incident) {
  v1::ListAwarenessRequest request;
  request.set_incident(incident);
  return Call(session, &AwarenessService::Stub::ListAwareness, request);
}

void PrintAwareness(Session& session, const v1::ListAwarenessResponse& response) {
  const absl::Time now = client::FromProto(response.server_time());
  const bool several = response.awareness_size() > 1;
  for (const v1::Awareness& awareness : response.awareness()) {
    const std::string whose =
        several ? client::EscapeText(client::ShortName(awareness.incident())) + " " : "";
    if (const std::string gap = GapLine(awareness, now); !gap.empty()) {
      session.out() << whose << client::Paint(session.style(), ColourOf(awareness.gap_level()), gap)
                    << "\n";
    }
    if (awareness.has_pending()) {
      session.out() << whose << "awaits a second person, moves no date yet: "
                    << PendingText(awareness.pending(), now) << "\n"
                    << whose << "  tocsin aware approve " << awareness.pending().sequence()
                    << " --because …   (or reject)\n";
    }
  }
}

void AddAwarenessVerbs(Program& program) {
  CLI::App* aware = program.AddVerb(
      "aware",
      "States when the organisation became aware; clocks run from it. A later moment than the one "
      "stated counts only when a second person approves it",
      "tocsin aware --at 10:42 --because the SOC confirmed encryption\n"
      "tocsin aware approve 12 --because I took the call\ntocsin aware show");
  auto of_aware = std::make_shared<AwareFlags>();
  of_aware->statement.anchor = "aware";
  aware->add_option("ANSWER", of_aware->answer, "One of: approve, reject, show; none: state one");
  aware->add_option("SEQ", of_aware->sequence, "The entry that is answered; default: what waits");
  aware->add_option("--at", of_aware->statement.at, "WHEN");
  AddWordsFlag(aware, "--because", of_aware->statement.because, "What it rests on, for the record");
  program.OnRun(aware, [of_aware](Session& session) { return Aware(session, *of_aware); });

  CLI::App* anchor =
      program.AddVerb("anchor", "States a legal instant",
                      "tocsin anchor handled --at -10m --because service is restored");
  auto of_any = std::make_shared<AnchorFlags>();
  anchor
      ->add_option(
          "NAME", of_any->anchor,
          "One of: occurred, detected, aware, classified, handled, impact_ended; or of those "
          "that single laws count from, which a wrong name lists")
      ->required();
  anchor->add_option("--at", of_any->at, "WHEN")->required();
  AddWordsFlag(anchor, "--because", of_any->because, "What it rests on, for the record")
      ->required();
  program.OnRun(anchor, [of_any](Session& session) { return RecordAnchor(session, *of_any); });
}

}  // namespace tocsin::cli
