#include "clients/cli/import_convert.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "clients/cli/app.h"
#include "clients/cli/import.h"
#include "clients/cli/import_mapping.h"
#include "clients/cli/show.h"
#include "clients/convert/conversion.h"
#include "clients/core/names.h"
#include "clients/core/private_file.h"
#include "clients/core/proto_time.h"
#include "clients/core/terminal_text.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/time_text.h"
#include "server/base/view.h"
#include "tocsin/v1/incident.grpc.pb.h"
#include "tocsin/v1/obligation.grpc.pb.h"

namespace tocsin::cli {
namespace {

using convert::Conversion;
using convert::ImportedIncident;
using nlohmann::json;

constexpr size_t kFileBytesMax = size_t{64} << 20;
// More incidents than these are told by their number and the first and last of them.
constexpr size_t kIncidentsShown = 10;
constexpr int kPageSize = 500;
constexpr size_t kIncidentsBetweenReceipts = 50;

// A flag that would change nothing is a misunderstanding.
absl::Status CheckFlagsFit(const ConvertFlags& flags) {
  const bool table = flags.from == "csv" || flags.from == "timesketch";
  if (!table && (!flags.mapping.empty() || !flags.columns.empty())) {
    return InvalidArgument(
        "FLAG_DOES_NOT_FIT",
        absl::StrCat("--mapping and --column are for tables, not for ", flags.from),
        "Leave them out.");
  }
  if (flags.from == "veris" && !flags.title.empty()) {
    return InvalidArgument("FLAG_DOES_NOT_FIT",
                           "--title names one incident, and each record of VERIS is one",
                           "Leave it out: titles come from victim and action.");
  }
  return absl::OkStatus();
}

absl::StatusOr<convert::Options> OptionsOf(Session& session, const ConvertRequest& request) {
  TOCSIN_RETURN_IF_ERROR(CheckFlagsFit(request.flags));
  convert::Options options;
  options.file = client::EscapeText(request.file);
  options.title = request.flags.title;
  options.now = session.now();
  TOCSIN_ASSIGN_OR_RETURN(options.severity, ParseText<Severity>(request.severity));
  if (!request.tlp.empty()) TOCSIN_RETURN_IF_ERROR(ParseText<Tlp>(request.tlp).status());
  TOCSIN_ASSIGN_OR_RETURN(options.mapping,
                          ReadCsvMapping(request.flags.mapping, request.flags.columns));
  if (request.flags.zone.empty()) return options;
  absl::TimeZone zone;
  if (!absl::LoadTimeZone(request.flags.zone, &zone)) {
    return InvalidArgument(
        "UNKNOWN_ZONE",
        absl::StrCat("--zone: '", client::EscapeText(request.flags.zone), "' is no time zone"),
        "Use an IANA name such as Europe/Brussels or UTC.");
  }
  options.zone = zone;
  return options;
}

std::string Counts(const std::map<std::string, size_t>& counts) {
  return absl::StrJoin(counts, ", ", [](std::string* out, const auto& count) {
    absl::StrAppend(out, client::EscapeText(count.first), " ", count.second);
  });
}

std::map<std::string, size_t> KindCounts(const Conversion& conversion) {
  std::map<std::string, size_t> counts;
  for (const auto& [kind, count] : conversion.by_kind()) {
    counts[std::string(ToText(kind))] = count;
  }
  return counts;
}

// Where the fields of the file went, for people.
std::string Placement(const Conversion& conversion) {
  std::string out = absl::StrCat("entries by kind: ", Counts(KindCounts(conversion)), "\n");
  const auto add = [&out](std::string_view what, const std::map<std::string, size_t>& counts) {
    if (!counts.empty()) absl::StrAppend(&out, ToAbsl(what), ": ", Counts(counts), "\n");
  };
  add("fields kept as attributes", conversion.in_attributes);
  add("fields kept as text of further entries", conversion.in_texts);
  add("note", conversion.remarks);
  return out;
}

json PlacementJson(const Conversion& conversion) {
  return {{"format", std::string(ToText(conversion.format))},
          {"records", conversion.records},
          {"entries", conversion.entry_count()},
          {"kinds", KindCounts(conversion)},
          {"attributes", conversion.in_attributes},
          {"further_texts", conversion.in_texts},
          {"remarks", conversion.remarks},
          {"file_sha256", conversion.digest.Hex()}};
}

std::string AnchorsText(const ImportedIncident& incident) {
  std::vector<std::string> parts;
  for (const convert::PlannedAnchor& anchor : incident.anchors) {
    parts.push_back(absl::StrCat(anchor.anchor, " ", FormatInstant(anchor.time)));
  }
  return parts.empty() ? "no detection known: the register has it at its earliest entry"
                       : absl::StrJoin(parts, ", ");
}

absl::StatusOr<ExitCode> ShowPlan(Session& session, const Conversion& conversion) {
  if (session.wants_json()) {
    json plan = PlacementJson(conversion);
    plan["dry_run"] = true;
    plan["incidents"] = json::array();
    for (const ImportedIncident& incident : conversion.incidents) {
      json anchors = json::object();
      for (const auto& anchor : incident.anchors) {
        anchors[anchor.anchor] = FormatInstant(anchor.time);
      }
      plan["incidents"].push_back({{"source_id", incident.source_id},
                                   {"title", incident.title},
                                   {"severity", std::string(ToText(incident.severity))},
                                   {"entries", incident.entries.size()},
                                   {"anchors", anchors},
                                   {"facts", incident.facts}});
    }
    session.out() << plan.dump() << "\n";
    return ExitCode::kOk;
  }
  const size_t count = conversion.incidents.size();
  session.out() << "would write " << count << (count == 1 ? " incident with " : " incidents with ")
                << conversion.entry_count() << " entries; nothing was sent\n";
  for (size_t i = 0; i < count && i < kIncidentsShown; ++i) {
    const ImportedIncident& incident = conversion.incidents[i];
    session.out() << "  " << client::EscapeText(incident.title) << "\n    "
                  << ToText(incident.severity)
                  << (incident.tlp ? absl::StrCat(", TLP ", ToAbsl(ToText(*incident.tlp))) : "")
                  << ", " << incident.entries.size() << " entries, " << AnchorsText(incident)
                  << "\n";
  }
  if (count > kIncidentsShown) {
    session.out() << "  and " << count - kIncidentsShown << " more\n";
  }
  session.out() << Placement(conversion);
  return ExitCode::kOk;
}

// Sends one incident after the other.
class Sender {
 public:
  Sender(Session& session, const ConvertRequest& request, const Conversion& conversion,
         std::string organisation)
      : session_(session),
        request_(request),
        conversion_(conversion),
        organisation_(std::move(organisation)),
        copy_(request.again ? session.NextRequestId() : "") {}

  absl::StatusOr<v1::DeclareIncidentResponse> Send(const ImportedIncident& incident) const;

 private:
  absl::StatusOr<v1::DeclareIncidentResponse> Declare(const ImportedIncident& incident,
                                                      const RequestIdFor& request_id) const;
  // The number of the incident that the same case became before; empty when this person sees none.
  absl::StatusOr<std::string> FindEarlier(const ImportedIncident& incident) const;
  absl::Status StateFacts(const std::string& name, const ImportedIncident& incident,
                          const RequestIdFor& request_id) const;
  absl::Status Close(const std::string& name, const ImportedIncident& incident,
                     const RequestIdFor& request_id) const;

  Session& session_;
  const ConvertRequest& request_;
  const Conversion& conversion_;
  const std::string organisation_;
  const std::string copy_;
};

absl::StatusOr<v1::DeclareIncidentResponse> Sender::Declare(const ImportedIncident& incident,
                                                            const RequestIdFor& request_id) const {
  v1::DeclareIncidentRequest declare;
  declare.set_request_id(request_id("declare", 0));
  declare.set_title(incident.title);
  TOCSIN_ASSIGN_OR_RETURN(
      const v1::Severity severity,
      (ProtoOf<v1::Severity, Severity>(std::string(ToText(incident.severity)))));
  declare.set_severity(severity);
  const std::string tlp = !request_.tlp.empty() ? request_.tlp
                          : incident.tlp        ? std::string(ToText(*incident.tlp))
                                                : std::string();
  if (!tlp.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(const v1::Tlp value, (ProtoOf<v1::Tlp, Tlp>(tlp)));
    declare.set_tlp(value);
  }
  declare.set_historical(true);
  declare.set_time_zone(request_.flags.zone);
  for (const auto& [key, value] : incident.attributes) {
    (*declare.mutable_attributes())[key] = value;
  }
  absl::StatusOr<v1::DeclareIncidentResponse> declared =
      Call(session_, &v1::IncidentService::Stub::DeclareIncident, declare);
  if (declared.ok() || ReasonOf(declared.status()) != "REQUEST_ID_REUSED") return declared;
  TOCSIN_ASSIGN_OR_RETURN(const std::string earlier, FindEarlier(incident));
  return Error(absl::StatusCode::kAlreadyExists, "IMPORTED_BEFORE",
               absl::StrCat("'", client::EscapeText(incident.source_id), "' was imported before",
                            earlier.empty() ? "" : absl::StrCat(" as ", earlier),
                            ", and what this file says of it, or a flag, is different now"),
               "An import is not changed afterwards. To make a further copy: --again.");
}

absl::StatusOr<std::string> Sender::FindEarlier(const ImportedIncident& incident) const {
  const auto says = [&incident](const v1::Incident& known, const char* key) {
    const auto value = known.attributes().find(key);
    return value != known.attributes().end() && value->second == incident.attributes.at(key);
  };
  v1::ListIncidentsRequest request;
  request.set_page_size(kPageSize);
  do {
    TOCSIN_ASSIGN_OR_RETURN(const v1::ListIncidentsResponse page,
                            Call(session_, &v1::IncidentService::Stub::ListIncidents, request));
    for (const v1::Incident& known : page.incidents()) {
      if (!says(known, "source_id") || !says(known, "source")) continue;
      return std::string(client::ShortName(known.name()));
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return std::string();
}

absl::Status Sender::StateFacts(const std::string& name, const ImportedIncident& incident,
                                const RequestIdFor& request_id) const {
  int number = 0;
  for (const convert::PlannedAnchor& anchor : incident.anchors) {
    v1::RecordAnchorRequest state;
    state.set_request_id(request_id("anchor", number++));
    state.set_incident(name);
    state.set_anchor(anchor.anchor);
    *state.mutable_time() = client::ToProto(anchor.time);
    state.set_because(anchor.because);
    TOCSIN_RETURN_IF_ERROR(
        Call(session_, &v1::ObligationService::Stub::RecordAnchor, state).status());
  }
  if (incident.facts.empty()) return absl::OkStatus();
  v1::AssessImpactRequest assess;
  assess.set_request_id(request_id("facts", 0));
  assess.set_incident(name);
  for (const auto& [key, value] : incident.facts) (*assess.mutable_facts())[key] = value;
  assess.set_note(absl::StrCat("from the imported record, ", ToAbsl(ToText(conversion_.format))));
  return Call(session_, &v1::ObligationService::Stub::AssessImpact, assess).status();
}

absl::Status Sender::Close(const std::string& name, const ImportedIncident& incident,
                           const RequestIdFor& request_id) const {
  v1::CloseIncidentRequest close;
  close.set_request_id(request_id("close", 0));
  close.set_incident(name);
  close.set_because(absl::StrCat("imported from ", ToAbsl(ToText(conversion_.format)), ", ",
                                 incident.entries.size(), " entries, SHA-256 of the content ",
                                 incident.attributes.at("content_sha256")));
  return Call(session_, &v1::IncidentService::Stub::CloseIncident, close).status();
}

absl::StatusOr<v1::DeclareIncidentResponse> Sender::Send(const ImportedIncident& incident) const {
  // By what the case is called where it comes from: so a second import of it is noticed.
  const Digest which =
      Sha256({"tocsin/import/source/v1\n", ToText(conversion_.format), "\n", incident.source_id});
  const RequestIdFor request_id = [&](std::string_view step, int line) {
    return ImportRequestId(which, organisation_, copy_, step, line);
  };
  TOCSIN_ASSIGN_OR_RETURN(v1::DeclareIncidentResponse declared, Declare(incident, request_id));
  const std::string& name = declared.incident().name();
  TOCSIN_RETURN_IF_ERROR(SendEntries(session_, name, incident.entries, request_id));
  TOCSIN_RETURN_IF_ERROR(StateFacts(name, incident, request_id));
  TOCSIN_RETURN_IF_ERROR(Close(name, incident, request_id));
  TOCSIN_RETURN_IF_ERROR(CompareWithServer(session_, name, incident.entries, {}));
  return declared;
}

absl::StatusOr<ExitCode> Told(Session& session, const Conversion& conversion,
                              const std::vector<v1::DeclareIncidentResponse>& written) {
  size_t repeated = 0;
  for (const auto& one : written) repeated += one.result().repeated() ? 1U : 0U;
  if (session.wants_json()) {
    json told = PlacementJson(conversion);
    told["incidents"] = json::array();
    for (const auto& one : written) told["incidents"].push_back(one.incident().name());
    told["repeated"] = repeated;
    session.out() << told.dump() << "\n";
    return ExitCode::kOk;
  }
  for (const auto& one : written) {
    if (session.wants_id()) {
      session.out() << client::ShortName(one.incident().name()) << "\n";
    } else if (written.size() <= kIncidentsShown) {
      session.out() << IncidentLabel(one.incident()) << "  "
                    << client::EscapeText(one.incident().title()) << "\n";
    }
  }
  if (session.wants_id()) return ExitCode::kOk;
  if (written.size() > kIncidentsShown) {
    session.out() << client::ShortName(written.front().incident().name()) << " to "
                  << client::ShortName(written.back().incident().name()) << "\n";
  }
  session.out() << conversion.records << " records of the file are in: " << written.size()
                << (written.size() == 1 ? " incident, " : " incidents, ")
                << conversion.entry_count() << " entries; the server has them all\n";
  if (repeated > 0) {
    session.out() << repeated << " of the incidents "
                  << "were there before: of them nothing was written twice\n";
  }
  session.out() << Placement(conversion);
  return ExitCode::kOk;
}

}  // namespace

void AddConvertOptions(CLI::App* verb, ConvertFlags& flags) {
  verb->add_option("--from", flags.from,
                   "The tool that the file comes from; without it, JSON Lines")
      ->check(CLI::IsMember(convert::SourceFormats()));
  verb->add_option("--zone", flags.zone, "Zone of times that state no offset: Europe/Brussels");
  verb->add_option("--title", flags.title, "Title of the incident instead of the file's");
  verb->add_option("--mapping", flags.mapping, "YAML file that says what the columns mean");
  verb->add_option("--column", flags.columns,
                   absl::StrCat("KEY=HEADER, again for each; keys: ",
                                absl::StrJoin(convert::CsvKeys(), ", ")))
      ->allow_extra_args(false);
}

absl::Status CheckNoConvertFlags(const ConvertFlags& flags) {
  const bool none =
      flags.mapping.empty() && flags.columns.empty() && flags.zone.empty() && flags.title.empty();
  if (none) return absl::OkStatus();
  return InvalidArgument("NO_FORMAT",
                         "--zone, --title, --mapping and --column only mean something with --from",
                         absl::StrCat("Say where the file comes from: --from ",
                                      absl::StrJoin(convert::SourceFormats(), "|"), "."));
}

absl::StatusOr<ExitCode> ImportConverted(Session& session, const ConvertRequest& request) {
  TOCSIN_ASSIGN_OR_RETURN(const convert::Options options, OptionsOf(session, request));
  TOCSIN_ASSIGN_OR_RETURN(const std::string content,
                          client::ReadWholeFile(request.file, kFileBytesMax));
  TOCSIN_ASSIGN_OR_RETURN(const Conversion conversion,
                          Convert(*convert::FormatOf(request.flags.from), content, options));
  if (request.dry_run) return ShowPlan(session, conversion);
  session.NeverQueue();
  TOCSIN_ASSIGN_OR_RETURN(const client::Context context, session.Context());
  const Sender sender(session, request, conversion, context.organisation);
  std::optional<client::Progress> progress;
  if (conversion.incidents.size() > 1) {
    progress.emplace(session.MakeProgress("incidents", conversion.incidents.size(), "incidents"));
  }
  session.HoldReceipts();
  const auto keep = absl::MakeCleanup([&session] { session.KeepReceipt(); });
  std::vector<v1::DeclareIncidentResponse> written;
  for (const ImportedIncident& incident : conversion.incidents) {
    TOCSIN_ASSIGN_OR_RETURN(v1::DeclareIncidentResponse declared, sender.Send(incident));
    written.push_back(std::move(declared));
    if (progress) progress->Update(written.size());
    if (written.size() % kIncidentsBetweenReceipts == 0) session.KeepReceipt();
  }
  if (progress) progress->Finish();
  return Told(session, conversion, written);
}

}  // namespace tocsin::cli
