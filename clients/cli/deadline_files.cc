// deadlines ics, deadlines sheet, deadlines keep: the deadlines of an incident as files that
// outlive the server.
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "clients/cli/app.h"
#include "clients/cli/deadline_source.h"
#include "clients/cli/output_file.h"
#include "clients/core/terminal_text.h"
#include "clients/report/deadline_ics.h"
#include "clients/report/deadline_sheet.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"

namespace tocsin::cli {
namespace {

struct FileFlags {
  std::string out;
  bool force = false;
};

// A file's content, and how many deadlines it holds.
struct Content {
  std::string text;
  size_t deadlines;
};
using Writer = absl::StatusOr<Content> (*)(const report::DeadlineList& list);

absl::StatusOr<Content> Calendar(const report::DeadlineList& list) {
  TOCSIN_ASSIGN_OR_RETURN(const std::string text, report::DeadlineCalendar(list));
  return Content{text, report::CalendarEvents(list)};
}

absl::StatusOr<Content> Sheet(const report::DeadlineList& list) {
  return Content{report::DeadlineSheet(list), list.deadlines.size()};
}

absl::StatusOr<ExitCode> WriteDeadlines(Session& session, const FileFlags& flags, Writer write) {
  TOCSIN_ASSIGN_OR_RETURN(const std::string incident, session.IncidentName());
  std::unique_ptr<OutputFile> file;
  if (flags.out != "-") {
    TOCSIN_ASSIGN_OR_RETURN(
        file, OutputFile::Create(flags.out, flags.force ? Overwrite::kYes : Overwrite::kNo));
  }
  TOCSIN_ASSIGN_OR_RETURN(const report::DeadlineList list, FetchDeadlines(session, incident));
  TOCSIN_ASSIGN_OR_RETURN(const Content content, write(list));
  if (file == nullptr) {
    session.out() << content.text;
    return ExitCode::kOk;
  }
  TOCSIN_RETURN_IF_ERROR(file->Append(content.text));
  TOCSIN_RETURN_IF_ERROR(file->Commit());
  if (session.wants_json()) {
    session.out() << nlohmann::json{{"incident", incident},
                                    {"file", flags.out},
                                    {"deadlines", content.deadlines}}
                         .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)
                  << "\n";
  } else if (session.wants_id()) {
    session.out() << flags.out << "\n";
  } else {
    session.out() << "wrote " << content.deadlines
                  << (content.deadlines == 1 ? " deadline of " : " deadlines of ")
                  << client::EscapeText(list.incident) << " to " << client::EscapeText(flags.out);
    const size_t left_out = list.deadlines.size() - content.deadlines;
    if (left_out > 0) {
      session.out() << "; left out, without a date or not ours to meet: " << left_out;
    }
    session.out() << "\n";
  }
  return ExitCode::kOk;
}

void AddFileVerb(Program& program, CLI::App* verb, Writer write) {
  auto flags = std::make_shared<FileFlags>();
  verb->add_option("--out", flags->out, "The file to write; - for standard output")->required();
  verb->add_flag("--force", flags->force, "Replace the file when it exists");
  program.OnRun(
      verb, [flags, write](Session& session) { return WriteDeadlines(session, *flags, write); });
}

struct KeepFlags {
  std::string directory;
  bool off = false;
};

absl::StatusOr<ExitCode> Keep(Session& session, const KeepFlags& flags) {
  if (flags.off != flags.directory.empty()) {
    return InvalidArgument("DIRECTORY_OR_OFF", "say either a directory or --off",
                           "tocsin deadlines keep ~/deadlines");
  }
  TOCSIN_ASSIGN_OR_RETURN(const client::Context context, session.Context());
  std::string directory;
  if (!flags.off) {
    std::error_code error;
    directory = std::filesystem::absolute(flags.directory, error).lexically_normal().string();
    if (error) {
      return InvalidArgument("BAD_DIRECTORY", absl::StrCat(flags.directory, ": ", error.message()),
                             "Name a directory.");
    }
  }
  TOCSIN_RETURN_IF_ERROR(session.Store().KeepDeadlines(context.name, directory));
  if (flags.off) {
    session.out() << "no files of deadlines are kept any more; those there are stay\n";
    return ExitCode::kOk;
  }
  session.out() << "deadlines are kept in " << client::EscapeText(directory)
                << " from now on, whenever a command of yours changes a date\n";
  const absl::StatusOr<std::string> incident = session.IncidentName();
  if (incident.ok()) TOCSIN_RETURN_IF_ERROR(WriteDeadlineFiles(session, *incident, directory));
  return ExitCode::kOk;
}

}  // namespace

void AddDeadlineFileVerbs(Program& program, CLI::App* deadlines) {
  AddFileVerb(program,
              program.AddVerb(deadlines, "ics",
                              "Writes the open deadlines as a calendar with alarms; a newer one "
                              "replaces its events",
                              "tocsin deadlines ics --out deadlines.ics\n"
                              "tocsin deadlines ics --incident INC-2026-0042 --out deadlines.ics "
                              "--force"),
              Calendar);
  AddFileVerb(
      program,
      program.AddVerb(deadlines, "sheet", "Writes the open deadlines as a page to print and keep",
                      "tocsin deadlines sheet --out deadlines.txt\n"
                      "tocsin deadlines sheet --out - | lpr"),
      Sheet);
  CLI::App* keep = program.AddVerb(
      deadlines, "keep",
      "Keeps DIR/INC-…/deadlines.txt and .ics up to date from now on, in this context",
      "tocsin deadlines keep ~/deadlines\ntocsin deadlines keep --off");
  auto flags = std::make_shared<KeepFlags>();
  keep->add_option("DIR", flags->directory, "Directory; made when it is missing");
  keep->add_flag("--off", flags->off, "Keep none any more");
  program.OnRun(keep, [flags](Session& session) { return Keep(session, *flags); });
}

}  // namespace tocsin::cli
