#include "clients/cli/command.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "clients/cli/deadline_source.h"
#include "clients/cli/show.h"
#include "clients/core/bootstrap.h"
#include "clients/core/names.h"
#include "clients/core/pager.h"
#include "clients/core/request_id.h"
#include "clients/core/terminal_text.h"
#include "clients/core/yaml_output.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/base/time_text.h"
#include "server/base/view.h"
#include "tocsin/v1/log.grpc.pb.h"

namespace tocsin::cli {

Session::Session(const Surroundings& surroundings, GlobalOptions options)
    : surroundings_(surroundings), options_(std::move(options)) {}

client::OutputStyle Session::style() const {
  const auto set = [this](const char* name) {
    return surroundings_.environment(name).value_or("");
  };
  const bool automatic =
      surroundings_.out_is_terminal && set("NO_COLOR").empty() && set("TERM") != "dumb";
  const bool colour = options_.colour == "always" || (options_.colour == "auto" && automatic);
  const bool cut = surroundings_.out_is_terminal && output() != client::OutputFormat::kWide;
  return {.colour = colour, .width = cut ? surroundings_.width : 0};
}

void Session::ShowPages() {
  if (!paging_) return;
  paging_ = false;
  const std::string text = pages_.str();
  // One row is the prompt's. What fits needs no pager.
  const bool fits = client::RowsOf(text, surroundings_.width) < surroundings_.height;
  if (text.empty() || (!fits && surroundings_.page(text))) return;
  *surroundings_.out << text;
}

client::ContextStore Session::Store() const {
  return client::ContextStore(surroundings_.environment);
}

absl::StatusOr<client::Settings> Session::Resolve() {
  if (!settings_) {
    TOCSIN_ASSIGN_OR_RETURN(
        settings_, Store().Resolve({.context = options_.context, .server = options_.server}));
  }
  return *settings_;
}

absl::StatusOr<client::Context> Session::Context() {
  TOCSIN_ASSIGN_OR_RETURN(const client::Settings settings, Resolve());
  return settings.context;
}

absl::StatusOr<client::Connection*> Session::Open() {
  if (connection_ == nullptr) {
    TOCSIN_ASSIGN_OR_RETURN(const client::Settings settings, Resolve());
    // A pinned authority that cannot be read would look like a server that does not answer.
    TOCSIN_RETURN_IF_ERROR(client::FingerprintOf(settings.context.ca_pem).status());
    connection_ = std::make_unique<client::Connection>(
        client::Connection::Options{.server = settings.context.server,
                                    .ca_pem = settings.context.ca_pem,
                                    .token = settings.token,
                                    .connect_timeout = surroundings_.connect_timeout});
  }
  return connection_.get();
}

absl::StatusOr<client::Connection*> Session::Connect() {
  TOCSIN_ASSIGN_OR_RETURN(client::Connection * connection, Open());
  if (!contact_made_) TOCSIN_RETURN_IF_ERROR(MakeContact());
  return connection;
}

absl::Status Session::MakeContact() {
  TOCSIN_RETURN_IF_ERROR(CheckHistory());
  contact_made_ = true;
  const absl::Status sent = SendWaiting(/*refused_again=*/false);
  if (sent.ok() || client::ExitCodeOf(sent) == ExitCode::kHistoryChanged) return sent;
  // Reading goes on: a server that cannot record can still be read.
  queue_stopped_ = sent;
  // That it is away is told by what comes next.
  if (client::IsAway(sent)) return absl::OkStatus();
  err() << "the offline queue was not sent: " << client::EscapeText(ToStd(sent.message())) << "\n";
  return absl::OkStatus();
}

absl::Status Session::CheckHistory() {
  TOCSIN_ASSIGN_OR_RETURN(client::Connection * connection, Open());
  TOCSIN_ASSIGN_OR_RETURN(const client::Settings settings, Resolve());
  // Only a context written by hand has no key; then there is nothing to check signatures with.
  if (settings.context.verifier_key.empty()) return absl::OkStatus();
  TOCSIN_ASSIGN_OR_RETURN(client::Witness witness,
                          client::Witness::Of(surroundings_.environment, settings.context));
  const client::LogSource source = {
      .checkpoint = [connection]() -> absl::StatusOr<std::string> {
        TOCSIN_ASSIGN_OR_RETURN(
            const v1::GetCheckpointResponse response,
            connection->Call(&v1::LogService::Stub::GetCheckpoint, v1::GetCheckpointRequest()));
        return response.checkpoint();
      },
      .consistency_proof = [connection](uint64_t old_size,
                                        uint64_t new_size) -> absl::StatusOr<std::vector<Digest>> {
        v1::GetConsistencyProofRequest request;
        request.set_old_size(old_size);
        request.set_new_size(new_size);
        TOCSIN_ASSIGN_OR_RETURN(
            const v1::GetConsistencyProofResponse response,
            connection->Call(&v1::LogService::Stub::GetConsistencyProof, request));
        std::vector<Digest> proof;
        for (const std::string& hash : response.proof()) {
          if (hash.size() != sizeof(Digest)) return absl::DataLossError("a hash is cut off");
          proof.push_back(Digest::FromBytes(hash));
        }
        return proof;
      }};
  const absl::Status checked = witness.Check(source);
  // The history is good; only that it was seen could not be kept, on a full disk for example.
  if (ReasonOf(checked) == "FILE_NOT_WRITTEN" || ReasonOf(checked) == "LOCK_TAKEN") {
    err() << "warning: what was seen of the log cannot be kept: "
          << client::EscapeText(ToStd(checked.message())) << "\n";
    return absl::OkStatus();
  }
  // The server says itself that it lost entries, signs nothing and writes nothing: what is left can
  // be read.
  if (ReasonOf(checked) != "EVIDENCE_LOST") return checked;
  err() << "warning: " << client::EscapeText(ToStd(checked.message())) << "\n";
  return absl::OkStatus();
}

absl::Status Session::Remember(const v1::Receipt& receipt) {
  TOCSIN_ASSIGN_OR_RETURN(const client::Settings settings, Resolve());
  if (settings.context.verifier_key.empty()) return absl::OkStatus();
  TOCSIN_ASSIGN_OR_RETURN(client::Witness witness,
                          client::Witness::Of(surroundings_.environment, settings.context));
  if (hold_receipts_) {
    TOCSIN_RETURN_IF_ERROR(witness.Verify(receipt));
    held_receipt_ = receipt;
    return absl::OkStatus();
  }
  const absl::Status status = witness.Remember(receipt);
  if (status.ok() || ReasonOf(status) == "RECEIPT_WRONG") return status;
  // The write is recorded; that its receipt cannot be kept here does not undo it.
  err() << "warning: " << client::EscapeText(ToStd(status.message())) << "\n";
  return absl::OkStatus();
}

void Session::KeepReceipt() {
  if (!held_receipt_) return;
  const v1::Receipt receipt = *std::exchange(held_receipt_, std::nullopt);
  hold_receipts_ = false;
  const absl::Status kept = Remember(receipt);
  hold_receipts_ = true;
  // It was verified when it came.
  if (!kept.ok()) err() << "warning: " << client::EscapeText(ToStd(kept.message())) << "\n";
}

absl::StatusOr<std::string> Session::IncidentName(std::string_view given) {
  if (!given.empty()) return client::IncidentResource(given);
  if (!options_.incident.empty()) return client::IncidentResource(options_.incident);
  if (const auto set = surroundings_.environment("TOCSIN_INCIDENT"); set && !set->empty()) {
    return client::IncidentResource(*set);
  }
  TOCSIN_ASSIGN_OR_RETURN(const client::Settings settings, Resolve());
  if (settings.context.incident.empty()) {
    return InvalidArgument("NO_INCIDENT", "no incident was named and none is in use",
                           "tocsin use INC-…   or add --incident INC-…; tocsin list shows them.");
  }
  return client::IncidentResource(settings.context.incident);
}

std::string Session::NextRequestId() {
  if (!options_.request_id.empty() && !request_id_used_) {
    request_id_used_ = true;
    return options_.request_id;
  }
  return client::NewRequestId();
}

absl::TimeZone Session::zone() {
  absl::TimeZone zone;
  const absl::StatusOr<client::Settings> settings = Resolve();
  const bool named = settings.ok() && !settings->context.zone.empty();
  return named && absl::LoadTimeZone(settings->context.zone, &zone) ? zone : absl::LocalTimeZone();
}

absl::StatusOr<client::When> Session::ReadWhen(std::string_view flag, std::string_view text,
                                               absl::Time as_of) {
  // A clock time in another zone than the one that is meant would be wrong by hours.
  const absl::Status settings = Resolve().status();
  if (ReasonOf(settings) == "UNKNOWN_ZONE") return settings;
  const absl::TimeZone local = zone();
  absl::StatusOr<client::When> when = client::ParseWhen(text, as_of, local);
  if (!when.ok()) {
    return Error(when.status().code(), ReasonOf(when.status()),
                 absl::StrCat(ToAbsl(flag), ": ", when.status().message()),
                 NextStepOf(when.status()));
  }
  if (when->resolved) {
    err() << flag << " " << client::EscapeText(text) << " is " << FormatInstant(when->time) << " ("
          << absl::FormatTime("%H:%M:%S", when->time, local)
          << " "
          // The machine's own zone is called by the path of its file: its abbreviation says more.
          << (absl::StartsWith(local.name(), "/") ? absl::FormatTime("%Z", when->time, local)
                                                  : local.name())
          << ")\n";
  }
  return when;
}

absl::StatusOr<std::string> Session::ReadText(std::string_view what,
                                              const std::vector<std::string>& words, bool lines) {
  std::string text = absl::StrJoin(words, " ");
  if (text == "-") {
    // One byte more than is allowed: enough to be refused.
    text.assign(kTextBytesMax + 1, '\0');
    surroundings_.in->read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<size_t>(surroundings_.in->gcount()));
    if (!text.empty() && text.back() == '\n') text.pop_back();
  }
  TOCSIN_RETURN_IF_ERROR(lines ? CheckText(what, text) : CheckLine(what, text));
  return text;
}

void Session::Recorded(const v1::WriteResult& result) {
  RefreshDeadlineFiles(*this, result);
}

absl::StatusOr<ExitCode> Session::PrintWrite(const v1::WriteResult& result) {
  Recorded(result);
  if (wants_json()) return PrintJson(result);
  if (wants_id()) {
    out() << result.first_sequence() << "\n";
    return ExitCode::kOk;
  }
  if (result.incident().empty()) {
    out() << "log entry " << result.receipt().log_index();
  } else {
    out() << client::EscapeText(client::ShortName(result.incident())) << " #"
          << result.first_sequence();
    if (result.last_sequence() > result.first_sequence()) out() << "–#" << result.last_sequence();
  }
  out() << (result.repeated() ? " had been recorded before" : " recorded") << ", leaf "
        << ShortHash(result.receipt().leaf_hash()) << "\n";
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> Session::PrintJson(const google::protobuf::Message& message) {
  if (output() == client::OutputFormat::kYaml) {
    out() << client::YamlOfJson(client::ToJson(message, /*indent=*/false));
    return ExitCode::kOk;
  }
  out() << client::ToJson(message, output() == client::OutputFormat::kJson) << "\n";
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> Session::PrintJsonTexts(const std::vector<std::string>& items) {
  const std::string array = absl::StrCat("[", absl::StrJoin(items, ",\n "), "]");
  if (output() == client::OutputFormat::kJsonl) {
    for (const std::string& item : items) out() << item << "\n";
  } else if (output() == client::OutputFormat::kYaml) {
    out() << client::YamlOfJson(array);
  } else {
    out() << array << "\n";
  }
  return ExitCode::kOk;
}

client::Progress Session::MakeProgress(std::string label, uint64_t total, std::string unit) {
  return client::Progress(err(), surroundings_.now,
                          {.label = std::move(label),
                           .total = total,
                           .unit = std::move(unit),
                           .terminal = surroundings_.err_is_terminal,
                           .width = surroundings_.width});
}

}  // namespace tocsin::cli
