// `deadlines compute`: a due time for facts on the command line, or a file of test cases against
// the server.
#include <map>
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "clients/cli/app.h"
#include "clients/cli/show.h"
#include "clients/cli/vectors.h"
#include "clients/core/private_file.h"
#include "clients/core/proto_time.h"
#include "clients/core/terminal_text.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/time_text.h"
#include "tocsin/v1/obligation.grpc.pb.h"

namespace tocsin::cli {
namespace {

using v1::ObligationService;

constexpr size_t kVectorBytesMax = 16 << 20;

struct ComputeFlags {
  std::string regime;
  std::string stage;
  std::string entity_kind;
  std::vector<std::string> events;
  std::string zone;
  std::string holidays = "-";
  std::string vectors;
};

absl::StatusOr<ExitCode> ComputeOne(Session& session, const ComputeFlags& flags) {
  if (flags.stage.empty()) {
    return InvalidArgument("FLAG_MISSING", "--stage is required",
                           "tocsin deadlines compute --help");
  }
  v1::ComputeDeadlineRequest request;
  request.set_regime(absl::AsciiStrToLower(flags.regime));
  request.set_stage(flags.stage);
  request.set_entity_kind(flags.entity_kind);
  request.set_time_zone(flags.zone);
  request.set_holidays(flags.holidays);
  TOCSIN_RETURN_IF_ERROR(AddEvents(flags.events, request));
  TOCSIN_ASSIGN_OR_RETURN(const v1::ComputeDeadlineResponse response,
                          Call(session, &ObligationService::Stub::ComputeDeadline, request));
  if (session.wants_json()) return session.PrintJsonList(response, response.readings());
  if (session.wants_id()) {
    for (const auto& reading : response.readings()) {
      session.out() << (reading.has_time() ? FormatInstant(client::FromProto(reading.time()))
                                           : "none")
                    << "\n";
    }
    return ExitCode::kOk;
  }
  client::Table table({"RULE", "TIME (UTC)", "ARTICLE", "HOW"});
  for (const auto& reading : response.readings()) {
    table.Add({reading.rule(),
               reading.has_time() ? RecordText(client::FromProto(reading.time())) : "no date",
               reading.article(), reading.arithmetic()});
  }
  session.out() << table.Render(session.style());
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> ComputeVectors(Session& session, const ComputeFlags& flags) {
  TOCSIN_ASSIGN_OR_RETURN(const std::string text,
                          client::ReadWholeFile(flags.vectors, kVectorBytesMax));
  TOCSIN_ASSIGN_OR_RETURN(const std::vector<Vector> vectors, ParseVectors(text, flags.regime));
  TOCSIN_ASSIGN_OR_RETURN(client::Connection * connection, session.Connect());
  TOCSIN_RETURN_IF_ERROR(connection->WaitUntilConnected());
  uint64_t passed = 0;
  uint64_t failed = 0;
  client::Progress progress = session.MakeProgress("vectors", vectors.size(), "rows");
  for (const Vector& vector : vectors) {
    const absl::StatusOr<v1::ComputeDeadlineResponse> response =
        connection->Call(&ObligationService::Stub::ComputeDeadline, vector.request);
    // Without a server the remaining rows say nothing.
    if (absl::IsUnavailable(response.status()) || absl::IsUnauthenticated(response.status())) {
      return response.status();
    }
    const std::string mismatch = Compare(vector, response);
    if (mismatch.empty()) {
      ++passed;
    } else {
      ++failed;
      session.out() << client::EscapeText(absl::StrCat(flags.vectors, ":", vector.line, ": ",
                                                       vector.id, ": ", mismatch))
                    << "\n";
    }
    progress.Update(passed + failed);
  }
  progress.Finish();
  session.out() << passed << " passed, " << failed << " failed\n";
  return failed == 0 ? ExitCode::kOk : ExitCode::kFinding;
}

}  // namespace

void AddComputeVerb(Program& program, CLI::App* deadlines) {
  CLI::App* verb = program.AddVerb(
      deadlines, "compute", "Computes a due time without an incident; writes nothing",
      "tocsin deadlines compute --regime nis2 --stage early_warning --entity-kind essential "
      "--event aware=2026-06-10T08:15:00Z --zone Europe/Brussels\n"
      "tocsin deadlines compute --vectors deadline-vectors.csv --regime NIS2");
  auto flags = std::make_shared<ComputeFlags>();
  verb->add_option(
      "--regime", flags->regime,
      "Law, for example nis2, default the organisation's; with --vectors: only its rows");
  CLI::Option* stage = verb->add_option("--stage", flags->stage, "For example early_warning");
  CLI::Option* kind =
      verb->add_option("--entity-kind", flags->entity_kind, "For example essential");
  CLI::Option* event =
      verb->add_option("--event", flags->events, "NAME=INSTANT, as often as needed")
          ->type_name("NAME=INSTANT...");
  CLI::Option* zone = verb->add_option(
      "--zone", flags->zone, "IANA zone of the establishment; default the organisation's");
  CLI::Option* holidays =
      verb->add_option("--holidays", flags->holidays, "'CC:none' or 'CC:2026-12-25 2026-12-26'");
  verb->add_option("--vectors", flags->vectors, "CSV file of test cases to check, instead")
      ->excludes(stage)
      ->excludes(kind)
      ->excludes(event)
      ->excludes(zone)
      ->excludes(holidays);
  program.OnRun(verb, [flags](Session& session) {
    return flags->vectors.empty() ? ComputeOne(session, *flags) : ComputeVectors(session, *flags);
  });
}

}  // namespace tocsin::cli
