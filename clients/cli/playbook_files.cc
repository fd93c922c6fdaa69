// Playbooks of other formats: playbook import, playbook export. The server translates, because it
// knows the library that an imported playbook is to stand in.
#include <memory>

#include "absl/strings/str_cat.h"
#include "clients/cli/app.h"
#include "clients/cli/output_file.h"
#include "clients/cli/playbook.h"
#include "clients/core/names.h"
#include "clients/core/private_file.h"
#include "clients/core/terminal_text.h"
#include "server/base/status_macros.h"
#include "tocsin/v1/playbook.grpc.pb.h"

namespace tocsin::cli {
namespace {

using v1::PlaybookService;

// What the server takes in one call, with room for the rest of the call.
constexpr size_t kImportBytesMax = (size_t{1} << 20) - 4096;

struct FileFlags {
  std::string what;
  std::string id;
  std::string format = "cacao";
  std::string out;
  bool force = false;
};

absl::Status WriteOut(const FileFlags& flags, const std::string& path, const std::string& text) {
  TOCSIN_ASSIGN_OR_RETURN(const std::unique_ptr<OutputFile> file,
                          OutputFile::Create(path, flags.force ? Overwrite::kYes : Overwrite::kNo));
  TOCSIN_RETURN_IF_ERROR(file->Append(text));
  return file->Commit();
}

absl::StatusOr<ExitCode> Import(Session& session, const FileFlags& flags) {
  v1::ImportPlaybookRequest request;
  request.set_file_name(flags.what);
  request.set_id(flags.id);
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_content(),
                          client::ReadWholeFile(flags.what, kImportBytesMax));
  TOCSIN_ASSIGN_OR_RETURN(const v1::ImportPlaybookResponse response,
                          Call(session, &PlaybookService::Stub::ImportPlaybook, request));
  for (const v1::PlaybookProblem& problem : response.problems()) {
    session.err() << client::EscapeText(problem.message()) << ". "
                  << client::EscapeText(problem.next_step()) << "\n";
  }
  if (!response.problems().empty()) {
    if (session.wants_json()) TOCSIN_RETURN_IF_ERROR(session.PrintJson(response).status());
    return ExitCode::kFinding;
  }
  if (flags.out == "-") {
    session.out() << response.content();
    return ExitCode::kOk;
  }
  const std::string id(client::ShortName(response.playbook().name()));
  const std::string path = flags.out.empty() ? id + ".yaml" : flags.out;
  TOCSIN_RETURN_IF_ERROR(WriteOut(flags, path, response.content()));
  if (session.wants_json()) return session.PrintJson(response.playbook());
  if (session.wants_id()) {
    session.out() << id << "\n";
    return ExitCode::kOk;
  }
  session.out() << client::EscapeText(path) << ": playbook " << client::EscapeText(id)
                << ", version " << client::EscapeText(response.playbook().version()) << ", "
                << response.playbook().steps_size() << " steps\n"
                << "Read it, set roles and phases, and put it into incidents/ of the server's "
                   "library. It can be started when the server has been restarted.\n";
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> Export(Session& session, const FileFlags& flags) {
  v1::ExportPlaybookRequest request;
  request.set_name(absl::StrCat("playbooks/", client::ShortName(flags.what)));
  request.set_format(flags.format);
  TOCSIN_ASSIGN_OR_RETURN(const v1::ExportPlaybookResponse response,
                          Call(session, &PlaybookService::Stub::ExportPlaybook, request));
  if (flags.out == "-") {
    session.out() << response.content();
    return ExitCode::kOk;
  }
  TOCSIN_RETURN_IF_ERROR(WriteOut(flags, flags.out, response.content()));
  session.err() << client::EscapeText(flags.out) << " written\n";
  return ExitCode::kOk;
}

}  // namespace

void AddPlaybookFileVerbs(Program& program, CLI::App* noun) {
  CLI::App* import = program.AddVerb(
      noun, "import", "Makes a playbook file of a CACAO 2.0 playbook",
      "tocsin playbook import containment.json\n"
      "tocsin playbook import containment.json --id contain-host --out contain-host.yaml");
  auto in = std::make_shared<FileFlags>();
  import->add_option("FILE", in->what, "The JSON file")->required();
  import->add_option("--id", in->id, "What it is called by; default: made from its name");
  import->add_option("--out", in->out,
                     "The file to write; - for standard output; default: its id and .yaml");
  import->add_flag("--force", in->force, "Replace the file when it exists");
  program.OnRun(import, [in](Session& session) { return Import(session, *in); });

  CLI::App* out =
      program.AddVerb(noun, "export", "Writes a playbook of the library in another format",
                      "tocsin playbook export ransomware --format cacao --out ransomware.json");
  auto flags = std::make_shared<FileFlags>();
  flags->out = "-";
  out->add_option("PLAYBOOK", flags->what, "Its id, from playbook list")->required();
  out->add_option("--format", flags->format, "cacao: CACAO 2.0")
      ->check(CLI::IsMember({"cacao"}))
      ->capture_default_str();
  out->add_option("--out", flags->out, "The file to write; - for standard output")
      ->capture_default_str();
  out->add_flag("--force", flags->force, "Replace the file when it exists");
  program.OnRun(out, [flags](Session& session) { return Export(session, *flags); });
}

}  // namespace tocsin::cli
