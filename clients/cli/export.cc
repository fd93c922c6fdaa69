// export.
#include "clients/cli/export.h"

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "clients/cli/app.h"
#include "clients/cli/document_file.h"
#include "clients/cli/render.h"
#include "clients/core/names.h"
#include "clients/core/proto_time.h"
#include "clients/core/terminal_text.h"
#include "server/base/encoding.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/time_text.h"
#include "server/base/view.h"
#include "tocsin/v1/export.grpc.pb.h"

namespace tocsin::cli {
namespace {

using nlohmann::json;

constexpr absl::Duration kExportTimeout = absl::Minutes(10);

// A text as JSON. What is not UTF-8, which the server never sends, shows as U+FFFD.
std::string Quoted(const std::string& text) {
  return json(text).dump(-1, ' ', false, json::error_handler_t::replace);
}

template <typename Messages>
std::string ListOf(const Messages& messages) {
  std::string out = "[";
  for (const auto& message : messages) {
    absl::StrAppend(&out, out.size() == 1 ? "\n" : ",\n", client::ToJson(message, false));
  }
  return out + "]";
}

absl::Status Broken(std::string_view what) {
  return Error(absl::StatusCode::kInternal, "EXPORT_BROKEN",
               absl::StrCat("the server's export is broken: ", ToAbsl(what)),
               "Export again; if it happens again, tell the operator of the server.");
}

}  // namespace

absl::Status BundleWriter::Add(const v1::ExportIncidentResponse& response) {
  if (response.has_header()) return AddHeader(response.header());
  if (!has_header_ || has_trailer_) return Broken("its parts are out of order");
  if (response.has_entry()) return AddEntry(response.entry());
  if (response.has_trailer()) return AddTrailer(response.trailer());
  return absl::OkStatus();  // a part of a later release
}

absl::Status BundleWriter::AddHeader(const v1::ExportHeader& header) {
  if (std::exchange(has_header_, true)) return Broken("it has two headers");
  expected_ = header.entry_count();
  const json authors(
      std::map<std::string, std::string>(header.authors().begin(), header.authors().end()));
  return sink_(absl::StrCat(
      "{\"format\": \"tocsin-bundle/1\",\n\"organisation\": ", Quoted(header.organisation()),
      ",\n\"profile\": ", Quoted(header.profile()),
      ",\n\"exported_by\": ", Quoted(header.exported_by()),
      ",\n\"export_time\": ", Quoted(FormatInstant(client::FromProto(header.export_time()))),
      ",\n\"incident_id\": ", Quoted(HexEncode(header.incident_id())),
      ",\n\"incident\": ", client::ToJson(header.incident(), false), ",\n\"obligations\": ",
      ListOf(header.obligations()), ",\n\"explanations\": ", ListOf(header.explanations()),
      ",\n\"runs\": ", ListOf(header.runs()),
      ",\n\"review\": ", client::ToJson(header.review(), false), ",\n\"authors\": ",
      authors.dump(-1, ' ', false, json::error_handler_t::replace), ",\n\"entries\": ["));
}

absl::Status BundleWriter::AddEntry(const v1::ExportEntry& entry) {
  std::string out = absl::StrCat(entries_ == 0 ? "\n" : ",\n", "{\"record\": \"",
                                 Base64Encode(entry.record()), "\", \"proof\": [");
  for (const std::string& hash : entry.inclusion_proof()) {
    absl::StrAppend(&out, out.back() == '[' ? "\"" : ", \"", Base64Encode(hash), "\"");
  }
  if (entry.withheld()) {
    absl::StrAppend(&out, "], \"withheld\": true");
  } else {
    absl::StrAppend(&out, "], \"body\": \"", Base64Encode(entry.body()), "\", \"salt\": \"",
                    Base64Encode(entry.salt()), "\"");
  }
  absl::StrAppend(&out, ", \"view\": ", client::ToJson(entry.entry(), false), "}");
  ++entries_;
  return sink_(out);
}

absl::Status BundleWriter::AddTrailer(const v1::ExportTrailer& trailer) {
  has_trailer_ = true;
  return sink_(absl::StrCat("],\n\"checkpoint\": ", Quoted(trailer.checkpoint()),
                            ",\n\"verifier_key\": ", Quoted(trailer.verifier_key()), "}\n"));
}

absl::Status BundleWriter::Finish() const {
  if (!has_trailer_) return Broken("its end is missing");
  if (entries_ != expected_) {
    return Broken(absl::StrCat(entries_, " entries came instead of ", expected_));
  }
  return absl::OkStatus();
}

namespace {

struct ExportFlags {
  std::string incident;
  RenderOptions render;
  DocumentFlags document;
};

absl::StatusOr<uint64_t> Fetch(Session& session, const std::string& incident,
                               const std::string& profile, BundleWriter::Sink sink) {
  TOCSIN_ASSIGN_OR_RETURN(client::Connection * connection, session.Connect());
  TOCSIN_RETURN_IF_ERROR(connection->WaitUntilConnected());
  v1::ExportIncidentRequest request;
  request.set_request_id(session.NextRequestId());
  request.set_incident(incident);
  request.set_profile(profile);
  grpc::ClientContext context;
  connection->Prepare(context, kExportTimeout);
  v1::ExportService::Stub stub(connection->channel());
  const auto stream = stub.ExportIncident(&context, request);
  BundleWriter writer(std::move(sink));
  std::optional<client::Progress> progress;
  v1::ExportIncidentResponse response;
  while (stream->Read(&response)) {
    if (const absl::Status added = writer.Add(response); !added.ok()) {
      context.TryCancel();
      const grpc::Status ignored = stream->Finish();  // ours is the error that matters
      return added;
    }
    if (!progress) progress.emplace(session.MakeProgress("export", writer.expected(), "entries"));
    progress->Update(writer.entries());
  }
  TOCSIN_RETURN_IF_ERROR(client::FromRpc(stream->Finish()));
  TOCSIN_RETURN_IF_ERROR(writer.Finish());
  return writer.entries();
}

absl::StatusOr<ExitCode> Export(Session& session, const ExportFlags& flags) {
  TOCSIN_RETURN_IF_ERROR(CheckDocumentFlags(flags.document));
  TOCSIN_ASSIGN_OR_RETURN(const std::string incident, session.IncidentName(flags.incident));
  TOCSIN_ASSIGN_OR_RETURN(DocumentFile document, DocumentFile::Create(session, flags.document));
  uint64_t entries = 0;
  const std::string& profile = flags.render.profile;
  if (flags.render.format == "json" && profile.empty()) {
    const auto to_file = [&](std::string_view text) { return document.Append(text); };
    TOCSIN_ASSIGN_OR_RETURN(entries, Fetch(session, incident, profile, to_file));
  } else {
    std::string bundle;
    const auto to_memory = [&](std::string_view text) {
      bundle.append(text);
      return absl::OkStatus();
    };
    TOCSIN_ASSIGN_OR_RETURN(entries, Fetch(session, incident, profile, to_memory));
    TOCSIN_ASSIGN_OR_RETURN(const std::string text, Render(bundle, flags.render));
    TOCSIN_RETURN_IF_ERROR(document.Append(text));
  }
  TOCSIN_RETURN_IF_ERROR(document.Commit());
  TOCSIN_ASSIGN_OR_RETURN(const ExitCode code,
                          document.Tell({{"incident", incident}, {"entries", entries}},
                                        absl::StrCat("exported ", entries, " entries of ",
                                                     client::ShortName(incident))));
  const bool verifiable = flags.render.format == "json" || flags.render.format == "html" ||
                          flags.render.format == "pdf";
  if (verifiable && flags.document.out != "-" && !session.wants_json() && !session.wants_id()) {
    session.err() << "next: tocsin verify " << client::EscapeText(flags.document.out) << "\n";
  }
  return code;
}

}  // namespace

void AddExportVerbs(Program& program) {
  CLI::App* verb =
      program.AddVerb("export", "Writes the record of an incident to a file",
                      "tocsin export INC-2026-0042 --format json --out bundle.json\n"
                      "tocsin export --format md --out post-mortem.md\n"
                      "tocsin export --profile board --format pdf --language nl --out bestuur.pdf\n"
                      "tocsin export --format pdf --out report.pdf --sign-with ~/.ssh/id_ed25519");
  auto flags = std::make_shared<ExportFlags>();
  verb->add_option("INCIDENT", flags->incident, "Default: the one in use");
  AddRenderFlags(verb, flags->render);
  AddDocumentFlags(verb, flags->document);
  program.OnRun(verb, [flags](Session& session) { return Export(session, *flags); });
  AddRenderVerb(program);
  AddVerifyVerb(program);
}

}  // namespace tocsin::cli
