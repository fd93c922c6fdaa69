// Evidence and its chain of custody: evidence add, transfer, return, list, show, verify.
#include <memory>
#include <nlohmann/json.hpp>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "clients/cli/app.h"
#include "clients/cli/drill_time.h"
#include "clients/cli/evidence.h"
#include "clients/cli/show.h"
#include "clients/core/file_digest.h"
#include "clients/core/names.h"
#include "clients/core/proto_time.h"
#include "clients/core/terminal_text.h"
#include "server/base/encoding.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "tocsin/v1/evidence.grpc.pb.h"

namespace tocsin::cli {
namespace {

using v1::EvidenceService;

struct AddFlags {
  std::string file;
  std::string sha256;
  std::optional<uint64_t> size;
  std::string name;
  std::vector<std::string> note;
  std::string at;
  std::vector<std::string> from;
  bool upload = false;
};

struct MoveFlags {
  std::string item;
  std::vector<std::string> to;
  std::vector<std::string> because;
  std::string at;
};

struct VerifyFlags {
  std::string item;
  std::string file;
};

// What the line alone says wrong, before anything is read.
absl::Status CheckSource(const AddFlags& flags) {
  const bool by_hash = !flags.sha256.empty() || flags.size;
  if (flags.file.empty() != by_hash) {
    return InvalidArgument("WHICH_EVIDENCE",
                           by_hash ? "a file and a hash are given" : "neither a file nor a hash",
                           "Give FILE, or --sha256 HEX --size BYTES --name NAME.");
  }
  if (by_hash && flags.upload) {
    return InvalidArgument("WHICH_EVIDENCE", "a hash alone cannot be uploaded",
                           "Give FILE, or upload the file later: tocsin evidence upload EV-n FILE");
  }
  if (!by_hash) return absl::OkStatus();
  if (!flags.sha256.empty() && flags.size && !flags.name.empty()) return absl::OkStatus();
  return InvalidArgument("WHICH_EVIDENCE", "without the file its hash, size and name are needed",
                         "Give --sha256 HEX --size BYTES --name NAME.");
}

absl::Status FillSource(Session& session, const AddFlags& flags, v1::AddEvidenceRequest& request) {
  const std::string base = flags.file.substr(flags.file.rfind('/') + 1);
  request.set_name(flags.name.empty() ? base : flags.name);
  // "folder/" has no name of its own: what it is says more.
  if (base.empty() && !flags.file.empty()) {
    TOCSIN_RETURN_IF_ERROR(client::HashFile(flags.file).status());
  }
  if (const absl::Status named = CheckLine("the name", request.name()); !named.ok()) {
    return flags.name.empty() ? InvalidArgument(ReasonOf(named), std::string(named.message()),
                                                "Give the item a clean name with --name.")
                              : named;
  }
  if (flags.file.empty()) {
    const std::string hex = absl::AsciiStrToLower(flags.sha256);
    const std::optional<std::string> bytes = HexDecode(hex);
    if (!bytes || bytes->size() != sizeof(Digest)) {
      return InvalidArgument("BAD_HASH", "--sha256 is not 64 hexadecimal digits",
                             "Copy it from the output of: sha256sum FILE");
    }
    request.set_sha256(*bytes);
    request.set_size(*flags.size);
    return absl::OkStatus();
  }
  TOCSIN_ASSIGN_OR_RETURN(const client::HashedFile hashed, HashWithBar(session, flags.file));
  request.set_sha256(std::string(hashed.digest.view()));
  request.set_size(hashed.size);
  return absl::OkStatus();
}

absl::StatusOr<ExitCode> TellAdded(Session& session, const v1::AddEvidenceResponse& response) {
  const v1::EvidenceItem& item = response.item();
  session.out() << ShownId(item) << "  " << client::EscapeText(item.name()) << "  "
                << SizeText(item.size()) << "\nsha-256 " << HexEncode(item.sha256()) << "\n";
  return session.PrintWrite(response.result());
}

// The item that already has these bytes: who repeats the command wants the upload to go on.
absl::StatusOr<v1::EvidenceItem> FindSame(Session& session, const v1::AddEvidenceRequest& request) {
  v1::ListEvidenceRequest list;
  list.set_incident(request.incident());
  TOCSIN_ASSIGN_OR_RETURN(const v1::ListEvidenceResponse all,
                          Call(session, &EvidenceService::Stub::ListEvidence, list));
  for (const v1::EvidenceItem& item : all.items()) {
    if (item.sha256() == request.sha256() && !item.returned()) return item;
  }
  return NotFound("UNKNOWN_EVIDENCE", "the item with these bytes is gone from the list",
                  "See: tocsin evidence list");
}

absl::StatusOr<ExitCode> AddAndUpload(Session& session, const v1::AddEvidenceRequest& request,
                                      const std::string& path) {
  const absl::StatusOr<v1::AddEvidenceResponse> added =
      Call(session, &EvidenceService::Stub::AddEvidence, request);
  if (added.ok()) {
    if (session.wants_json() || session.wants_id()) {
      session.Recorded(added->result());
    } else {
      TOCSIN_RETURN_IF_ERROR(TellAdded(session, *added).status());
    }
    return UploadEvidenceFile(session, added->item(), path);
  }
  if (ReasonOf(added.status()) == "EVIDENCE_KNOWN") {
    TOCSIN_ASSIGN_OR_RETURN(const v1::EvidenceItem item, FindSame(session, request));
    session.err() << item.id() << " was recorded before, in #" << item.custody(0).sequence()
                  << "\n";
    return UploadEvidenceFile(session, item, path);
  }
  if (!client::QueuedNameOf(added.status()).empty()) {
    session.err() << "the file was not sent; when the server is back, run this command again\n";
  }
  return added.status();
}

absl::StatusOr<ExitCode> Add(Session& session, const AddFlags& flags) {
  v1::AddEvidenceRequest request;
  TOCSIN_RETURN_IF_ERROR(CheckSource(flags));
  if (!flags.note.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(*request.mutable_note(), session.ReadText("--note", flags.note));
  }
  if (!flags.from.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(*request.mutable_from(),
                            session.ReadText("--from", flags.from, /*lines=*/false));
  }
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_incident(), session.IncidentName());
  if (!flags.at.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(const client::When when,
                            ReadIncidentWhen(session, "--collected-at", flags.at));
    *request.mutable_collect_time() = client::ToProto(when.time);
  }
  TOCSIN_RETURN_IF_ERROR(FillSource(session, flags, request));
  request.set_request_id(session.NextRequestId());
  if (flags.upload) return AddAndUpload(session, request, flags.file);
  TOCSIN_ASSIGN_OR_RETURN(const v1::AddEvidenceResponse response,
                          Call(session, &EvidenceService::Stub::AddEvidence, request));
  if (session.wants_json()) {
    session.Recorded(response.result());
    return session.PrintJson(response);
  }
  if (session.wants_id()) {
    session.Recorded(response.result());
    session.out() << response.item().id() << "\n";
    return ExitCode::kOk;
  }
  return TellAdded(session, response);
}

absl::StatusOr<ExitCode> Move(Session& session, v1::Custody custody, const MoveFlags& flags) {
  v1::MoveEvidenceRequest request;
  request.set_custody(custody);
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_item(), EvidenceId(flags.item));
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_to(),
                          session.ReadText("--to", flags.to, /*lines=*/false));
  if (!flags.because.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(*request.mutable_because(),
                            session.ReadText("--because", flags.because));
  }
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_incident(), session.IncidentName());
  if (!flags.at.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(const client::When when, ReadIncidentWhen(session, "--at", flags.at));
    *request.mutable_move_time() = client::ToProto(when.time);
  }
  request.set_request_id(session.NextRequestId());
  TOCSIN_ASSIGN_OR_RETURN(const v1::WriteResult result,
                          Call(session, &EvidenceService::Stub::MoveEvidence, request));
  return session.PrintWrite(result);
}

absl::StatusOr<ExitCode> List(Session& session) {
  v1::ListEvidenceRequest request;
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_incident(), session.IncidentName());
  TOCSIN_ASSIGN_OR_RETURN(const v1::ListEvidenceResponse all,
                          Call(session, &EvidenceService::Stub::ListEvidence, request));
  if (session.wants_json()) return session.PrintJsonList(all, all.items());
  client::Table table({"ID", "NAME", "BYTES", "SHA-256", "FILE", "HELD BY", "COLLECTED (UTC)"});
  for (const v1::EvidenceItem& item : all.items()) {
    if (session.wants_id()) session.out() << item.id() << "\n";
    const v1::CustodyStep& collected = item.custody(0);
    table.Add({ShownId(item), item.name(), absl::StrCat(item.size()),
               session.wants_wide() ? HexEncode(item.sha256()) : ShortHash(item.sha256()),
               item.stored() ? "stored" : "",
               absl::StrCat(item.returned() ? "returned to " : "", item.holder()),
               RecordText(client::FromProto(collected.time()))});
  }
  if (session.wants_id()) return ExitCode::kOk;
  if (table.empty()) {
    session.err() << "no evidence\n";
  } else {
    session.out() << table.Render(session.style());
  }
  return ExitCode::kOk;
}

const char* CustodyWord(v1::Custody custody) {
  if (custody == v1::CUSTODY_COLLECTED) return "collected by";
  if (custody == v1::CUSTODY_TRANSFERRED) return "transferred to";
  if (custody == v1::CUSTODY_STORED) return "stored in the server by";
  if (custody == v1::CUSTODY_RETRIEVED) return "retrieved from the server by";
  return custody == v1::CUSTODY_RETURNED ? "returned to" : "moved to";
}

absl::StatusOr<ExitCode> Show(Session& session, const std::string& given) {
  TOCSIN_ASSIGN_OR_RETURN(const v1::EvidenceItem item, FetchEvidence(session, given));
  if (session.wants_json()) return session.PrintJson(item);
  if (session.wants_id()) {
    session.out() << item.id() << "\n";
    return ExitCode::kOk;
  }
  const auto say = [&](const char* what, const std::string& text) {
    if (!text.empty()) session.out() << what << client::EscapeText(text) << "\n";
  };
  session.out() << ShownId(item) << "  " << client::EscapeText(item.name()) << "\n";
  say("bytes    ", absl::StrCat(item.size()));
  say("sha-256  ", HexEncode(item.sha256()));
  say("from     ", item.from());
  say("note     ", item.note());
  say("held by  ",
      item.returned() ? absl::StrCat("nobody here; returned to ", item.holder()) : item.holder());
  if (item.stored()) {
    say("file     ", item.retrieval_count() == 0
                         ? "stored in the server"
                         : absl::StrCat("stored in the server, retrieved ", item.retrieval_count(),
                                        item.retrieval_count() == 1 ? " time" : " times"));
  }
  client::Table table({"#", "WHEN (UTC)", "CUSTODY", "RECORDED (UTC)", "BY", "BECAUSE"});
  for (const v1::CustodyStep& step : item.custody()) {
    table.Add({absl::StrCat(step.sequence()), RecordText(client::FromProto(step.time())),
               absl::StrCat(CustodyWord(step.custody()), " ",
                            step.holder().empty() ? step.author() : step.holder()),
               RecordText(client::FromProto(step.record_time())), step.author(), step.because()});
  }
  session.out() << table.Render(session.style());
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> Verify(Session& session, const VerifyFlags& flags) {
  TOCSIN_ASSIGN_OR_RETURN(const v1::EvidenceItem item, FetchEvidence(session, flags.item));
  TOCSIN_ASSIGN_OR_RETURN(const client::HashedFile hashed, HashWithBar(session, flags.file));
  const std::string recorded = HexEncode(item.sha256());
  const bool same = item.sha256() == hashed.digest.view() && item.size() == hashed.size;
  if (session.wants_json()) {
    const nlohmann::json told = {{"id", item.id()},
                                 {"matches", same},
                                 {"recorded_sha256", recorded},
                                 {"recorded_size", item.size()},
                                 {"file_sha256", hashed.digest.Hex()},
                                 {"file_size", hashed.size}};
    session.out() << told.dump() << "\n";
  } else if (session.wants_id()) {
    session.out() << item.id() << "\n";
  } else if (same) {
    session.out() << "matches: the file is " << item.id() << ", recorded in #"
                  << item.custody(0).sequence() << "\nsha-256 " << recorded << "\n";
  } else {
    session.out() << "DOES NOT MATCH: the file is not what was recorded as " << item.id() << " in #"
                  << item.custody(0).sequence() << "\nrecorded  sha-256 " << recorded << "  "
                  << SizeText(item.size()) << "\nthis file sha-256 " << hashed.digest.Hex() << "  "
                  << SizeText(hashed.size) << "\n";
  }
  return same ? ExitCode::kOk : ExitCode::kFinding;
}

void AddAddVerb(Program& program, CLI::App* noun) {
  CLI::App* verb = program.AddVerb(
      noun, "add",
      "Records an item by the SHA-256 of its bytes; the file stays where it is, or is uploaded",
      "tocsin evidence add fs01.dd --from fs01 --collected-at 10:42\n"
      "tocsin evidence add mail.eml --upload\n"
      "tocsin evidence add --sha256 9f86d0…0a08 --size 4096 --name memory-ws12.raw");
  auto flags = std::make_shared<AddFlags>();
  verb->add_option("FILE", flags->file, "Hashed here; sent with --upload only");
  verb->add_flag("--upload", flags->upload,
                 "Then sends the file to the server, which keeps it sealed");
  verb->add_option("--sha256", flags->sha256, "Instead of FILE: 64 hexadecimal digits");
  verb->add_option("--size", flags->size, "With --sha256: how many bytes it has");
  verb->add_option("--name", flags->name, "Default: the file's own");
  AddWordsFlag(verb, "--note", flags->note, "What it is, how it was taken, where it lies");
  AddWordsFlag(verb, "--from", flags->from, "The system or person it was taken from");
  verb->add_option("--collected-at", flags->at, "WHEN, if not now");
  program.OnRun(verb, [flags](Session& session) { return Add(session, *flags); });
}

void AddMoveVerb(Program& program, CLI::App* noun, v1::Custody custody) {
  const bool transfer = custody == v1::CUSTODY_TRANSFERRED;
  CLI::App* verb = program.AddVerb(
      noun, transfer ? "transfer" : "return",
      transfer ? "Records that an item is in other hands" : "Records that an item was given back",
      transfer ? "tocsin evidence transfer EV-1 --to @bob --because analysis\n"
                 "tocsin evidence transfer EV-1 --to police, officer 4711 --because seized"
               : "tocsin evidence return EV-1 --to owner of ws12");
  auto flags = std::make_shared<MoveFlags>();
  verb->add_option("ITEM", flags->item, "As in EV-1")->required();
  AddWordsFlag(verb, "--to", flags->to, "@handle, or who it is in words")->required();
  CLI::Option* because = AddWordsFlag(verb, "--because", flags->because, "The reason");
  if (transfer) because->required();
  verb->add_option("--at", flags->at, "WHEN, if not now");
  program.OnRun(verb,
                [flags, custody](Session& session) { return Move(session, custody, *flags); });
}

}  // namespace

absl::StatusOr<std::string> EvidenceId(const std::string& given) {
  std::string id = absl::AsciiStrToUpper(client::ShortName(given));
  const bool formed = id.size() > 3 && id.size() <= 12 && id.rfind("EV-", 0) == 0 &&
                      id.find_first_not_of("0123456789", 3) == std::string::npos;
  if (formed) return id;
  return InvalidArgument("BAD_EVIDENCE", absl::StrCat("'", given, "' is no item of evidence"),
                         "Give its id, as in EV-1; see: tocsin evidence list");
}

absl::StatusOr<client::HashedFile> HashWithBar(Session& session, const std::string& path) {
  std::optional<client::Progress> bar;
  return client::HashFile(path, [&](uint64_t done, uint64_t total) {
    if (!bar) bar.emplace(session.MakeProgress("sha-256", total, "bytes"));
    bar->Update(done);
  });
}

std::string ShownId(const v1::EvidenceItem& item) {
  return absl::StrCat(item.id(), item.drill() ? " DRILL" : "");
}

std::string SizeText(uint64_t size) {
  return absl::StrCat(size, size == 1 ? " byte" : " bytes");
}

absl::StatusOr<v1::EvidenceItem> FetchEvidence(Session& session, const std::string& given) {
  v1::GetEvidenceRequest request;
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_item(), EvidenceId(given));
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_incident(), session.IncidentName());
  return Call(session, &EvidenceService::Stub::GetEvidence, request);
}

void AddEvidenceVerbs(Program& program) {
  CLI::App* noun =
      program.AddNoun("evidence", "What was collected, and whose hands it went through");
  AddAddVerb(program, noun);
  AddMoveVerb(program, noun, v1::CUSTODY_TRANSFERRED);
  AddMoveVerb(program, noun, v1::CUSTODY_RETURNED);
  CLI::App* list = program.AddVerb(noun, "list", "Shows the items and who holds them",
                                   "tocsin evidence list\ntocsin evidence list -o wide");
  program.OnRun(list, [](Session& session) { return List(session); });
  CLI::App* show = program.AddVerb(noun, "show", "Shows an item and its chain of custody",
                                   "tocsin evidence show EV-1");
  auto shown = std::make_shared<std::string>();
  show->add_option("ITEM", *shown, "As in EV-1")->required();
  program.OnRun(show, [shown](Session& session) { return Show(session, *shown); });
  CLI::App* verify = program.AddVerb(
      noun, "verify", "Checks that a file is what was recorded; exit code 8 when it is not",
      "tocsin evidence verify EV-1 fs01.dd");
  auto flags = std::make_shared<VerifyFlags>();
  verify->add_option("ITEM", flags->item, "As in EV-1")->required();
  verify->add_option("FILE", flags->file, "Hashed here and never sent")->required();
  program.OnRun(verify, [flags](Session& session) { return Verify(session, *flags); });
  AddEvidenceFileVerbs(program, noun);
}

}  // namespace tocsin::cli
