// export, verify.
#include "clients/cli/export.h"

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "clients/cli/app.h"
#include "clients/cli/output_file.h"
#include "clients/core/names.h"
#include "clients/core/private_file.h"
#include "clients/core/proto_time.h"
#include "clients/core/terminal_text.h"
#include "clients/report/bundle.h"
#include "clients/report/json_text.h"
#include "clients/report/markdown.h"
#include "clients/report/verify.h"
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
constexpr size_t kBundleBytesMax = size_t{2} << 30;

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
  std::string format = "json";
  std::string out;
  bool force = false;
};

absl::StatusOr<uint64_t> Fetch(Session& session, const std::string& incident,
                               BundleWriter::Sink sink) {
  TOCSIN_ASSIGN_OR_RETURN(client::Connection * connection, session.Connect());
  TOCSIN_RETURN_IF_ERROR(connection->WaitUntilConnected());
  v1::ExportIncidentRequest request;
  request.set_request_id(session.NextRequestId());
  request.set_incident(incident);
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

// The export as a document. The zone is the incident's, so that days come out as the days meant.
absl::StatusOr<std::string> AsMarkdown(const std::string& bundle_text) {
  TOCSIN_ASSIGN_OR_RETURN(const report::Bundle bundle, report::ReadBundle(bundle_text));
  absl::TimeZone zone;
  if (!absl::LoadTimeZone(bundle.incident.time_zone, &zone)) zone = absl::UTCTimeZone();
  return report::RenderPostMortem(bundle, zone);
}

absl::StatusOr<ExitCode> Export(Session& session, const ExportFlags& flags) {
  TOCSIN_ASSIGN_OR_RETURN(const std::string incident, session.IncidentName(flags.incident));
  const bool to_stdout = flags.out == "-";
  std::unique_ptr<OutputFile> file;
  if (!to_stdout) {
    TOCSIN_ASSIGN_OR_RETURN(
        file, OutputFile::Create(flags.out, flags.force ? Overwrite::kYes : Overwrite::kNo));
  }
  const auto to_target = [&](std::string_view text) -> absl::Status {
    if (file != nullptr) return file->Append(text);
    session.out() << text;
    return absl::OkStatus();
  };
  uint64_t entries = 0;
  if (flags.format == "md") {
    std::string bundle;
    const auto to_memory = [&](std::string_view text) {
      bundle.append(text);
      return absl::OkStatus();
    };
    TOCSIN_ASSIGN_OR_RETURN(entries, Fetch(session, incident, to_memory));
    TOCSIN_ASSIGN_OR_RETURN(const std::string document, AsMarkdown(bundle));
    TOCSIN_RETURN_IF_ERROR(to_target(document));
  } else {
    TOCSIN_ASSIGN_OR_RETURN(entries, Fetch(session, incident, to_target));
  }
  if (file == nullptr) return ExitCode::kOk;
  TOCSIN_RETURN_IF_ERROR(file->Commit());
  if (session.wants_json()) {
    session.out() << json{{"incident", incident}, {"file", flags.out}, {"entries", entries}}.dump()
                  << "\n";
  } else if (session.wants_id()) {
    session.out() << flags.out << "\n";
  } else {
    session.out() << "exported " << entries << " entries of " << client::ShortName(incident)
                  << " to " << client::EscapeText(flags.out) << "\n";
    if (flags.format == "json") {
      session.err() << "next: tocsin verify " << client::EscapeText(flags.out) << "\n";
    }
  }
  return ExitCode::kOk;
}

// The key to hold a bundle against when none is given: the one this device got when it enrolled, if
// it is of the same log.
std::optional<std::string> KnownKey(Session& session, const std::string& bundle_text) {
  const absl::StatusOr<json> bundle = report::ParseJsonObject(bundle_text);
  const absl::StatusOr<client::Context> context = session.Context();
  if (!bundle.ok() || !context.ok() || context->verifier_key.empty()) return std::nullopt;
  const json key = bundle->value("verifier_key", json());
  const auto origin = [](const std::string& whole) { return whole.substr(0, whole.find('+')); };
  const bool same_log =
      key.is_string() && origin(key.get<std::string>()) == origin(context->verifier_key);
  if (!same_log) return std::nullopt;
  return context->verifier_key;
}

absl::StatusOr<ExitCode> Verify(Session& session, const std::string& path, const std::string& key) {
  TOCSIN_ASSIGN_OR_RETURN(const std::string text, client::ReadWholeFile(path, kBundleBytesMax));
  std::optional<std::string> pinned;
  if (!key.empty()) {
    pinned = key;
  } else {
    pinned = KnownKey(session, text);
  }
  std::optional<client::Progress> progress;
  const absl::StatusOr<report::Verified> verified =
      report::VerifyBundle(text, pinned, [&](uint64_t done, uint64_t total) {
        if (!progress) progress.emplace(session.MakeProgress("verify", total, "entries"));
        progress->Update(done);
      });
  if (progress) progress->Finish();
  if (!verified.ok()) {
    const std::string what(verified.status().message());
    if (session.wants_json()) {
      session.out() << json{{"ok", false}, {"wrong", what}}.dump(-1, ' ', false,
                                                                 json::error_handler_t::replace)
                    << "\n";
    } else {
      session.out() << "wrong: " << client::EscapeText(what) << "\n";
      session.err() << "next: " << NextStepOf(verified.status()) << "\n";
    }
    return ExitCode::kFinding;
  }
  if (session.wants_json()) {
    session.out() << json{{"ok", true},
                          {"entries", verified->entries},
                          {"proofs", verified->entries},
                          {"commitments", verified->entries - verified->withheld},
                          {"withheld", verified->withheld},
                          {"signatures", verified->signatures},
                          {"log_size", verified->log_size},
                          {"root", verified->root.Hex()},
                          {"verifier_key", verified->verifier_key},
                          {"key_pinned", pinned.has_value()}}
                         .dump()
                  << "\n";
    return ExitCode::kOk;
  }
  session.out() << "ok: " << verified->entries << " entries, " << verified->entries << " proofs, "
                << verified->entries - verified->withheld << " commitments, " << verified->withheld
                << " withheld, " << verified->signatures << " signatures; log size "
                << verified->log_size << ", root " << verified->root.Hex() << "\n"
                << "key: " << client::EscapeText(verified->verifier_key)
                << (pinned ? (key.empty() ? " (as this device got it at enrolment)" : " (as given)")
                           : " (from the bundle: compare it with another copy)")
                << "\n";
  return ExitCode::kOk;
}

}  // namespace

void AddExportVerbs(Program& program) {
  CLI::App* verb = program.AddVerb("export", "Writes the record of an incident to a file",
                                   "tocsin export INC-2026-0042 --format json --out bundle.json\n"
                                   "tocsin export --format md --out post-mortem.md");
  auto flags = std::make_shared<ExportFlags>();
  verb->add_option("INC", flags->incident, "The incident; default: the one in use");
  verb->add_option("--format", flags->format,
                   "json: the bundle that can be verified; md: the post-mortem")
      ->check(CLI::IsMember({"json", "md"}))
      ->capture_default_str();
  verb->add_option("--out", flags->out, "The file to write; - for standard output")->required();
  verb->add_flag("--force", flags->force, "Replace the file when it exists");
  program.OnRun(verb, [flags](Session& session) { return Export(session, *flags); });

  CLI::App* verify = program.AddVerb(
      "verify", "Checks a bundle offline: every record, proof, commitment and signature",
      "tocsin verify bundle.json\ntocsin verify bundle.json --key tocsin.example/default+…");
  auto path = std::make_shared<std::string>();
  auto key = std::make_shared<std::string>();
  verify->add_option("BUNDLE", *path, "What export --format json wrote")->required();
  verify->add_option("--key", *key, "The log's key, known from another channel");
  program.OnRun(verify, [path, key](Session& session) { return Verify(session, *path, *key); });
}

}  // namespace tocsin::cli
