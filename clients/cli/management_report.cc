// report.
#include <algorithm>
#include <memory>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "clients/cli/app.h"
#include "clients/cli/document_file.h"
#include "clients/cli/organisations.h"
#include "clients/management/management.h"
#include "clients/print/pdf.h"
#include "clients/report/html.h"
#include "clients/report/markdown.h"
#include "clients/report/profile.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "tocsin/v1/register.grpc.pb.h"

namespace tocsin::cli {
namespace {

using v1::RegisterService;

struct Flags {
  std::string period;
  std::string format = "md";
  std::string language = "en";
  std::vector<std::string> organisations;
  bool without_restricted = false;
  DocumentFlags document;
};

// The server reads it; a form that it cannot read is refused before it is asked.
absl::Status CheckPeriod(const std::string& period) {
  const auto digits = [&period](size_t from, size_t count) {
    return period.size() >= from + count &&
           std::all_of(period.begin() + static_cast<std::ptrdiff_t>(from),
                       period.begin() + static_cast<std::ptrdiff_t>(from + count),
                       [](unsigned char c) { return absl::ascii_isdigit(c); });
  };
  const std::string rest = digits(0, 4) ? period.substr(4) : "?";
  const bool year = rest.empty();
  const bool quarter = rest.size() == 2 && rest[0] == 'Q' && rest[1] >= '1' && rest[1] <= '4';
  const bool month =
      rest.size() == 3 && rest[0] == '-' && digits(5, 2) && rest >= "-01" && rest <= "-12";
  if (year || quarter || month) return absl::OkStatus();
  return InvalidArgument("BAD_PERIOD", absl::StrCat("'", period, "' is no period"),
                         "Write a year, a quarter or a month: 2026, 2026Q3, 2026-09.");
}

absl::StatusOr<v1::GetStatisticsResponse> FiguresOf(Session& session, const Flags& flags) {
  v1::GetStatisticsRequest request;
  request.set_period(flags.period);
  request.set_without_restricted(flags.without_restricted);
  return Call(session, &RegisterService::Stub::GetStatistics, request);
}

// Two organisations of one name would look like one.
void TellApart(const std::string& context, std::set<std::string>& names,
               v1::GetStatisticsResponse& figures) {
  if (names.insert(figures.organisation()).second) return;
  figures.set_organisation(absl::StrCat(figures.organisation(), " (", context, ")"));
}

// All or none: a report that leaves an organisation out would not say so loudly enough.
absl::StatusOr<std::vector<v1::GetStatisticsResponse>> AllFigures(Session& session,
                                                                  const Flags& flags) {
  std::vector<v1::GetStatisticsResponse> all;
  if (flags.organisations.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(all.emplace_back(), FiguresOf(session, flags));
    return all;
  }
  TOCSIN_ASSIGN_OR_RETURN(const auto organisations, OrganisationsOf(session, flags.organisations));
  std::set<std::string> names;
  for (const auto& organisation : organisations) {
    absl::StatusOr<v1::GetStatisticsResponse> figures = FiguresOf(organisation->session(), flags);
    if (!figures.ok()) return organisation->Named(figures.status());
    TellApart(organisation->context().name, names, *figures);
    all.push_back(*std::move(figures));
  }
  return all;
}

std::string JsonOf(const std::vector<v1::GetStatisticsResponse>& all) {
  if (all.size() == 1) return absl::StrCat(client::ToJson(all[0], /*indent=*/true), "\n");
  std::vector<std::string> texts;
  for (const v1::GetStatisticsResponse& one : all) texts.push_back(client::ToJson(one, true));
  return absl::StrCat("[", absl::StrJoin(texts, ",\n"), "]\n");
}

absl::StatusOr<std::string> Rendered(const std::vector<v1::GetStatisticsResponse>& all,
                                     const Flags& flags) {
  if (flags.format == "json") return JsonOf(all);
  const report::Document document =
      management::Compose(all, flags.period, report::Languages().at(flags.language));
  if (flags.format == "html") return report::RenderHtml(document, "", "", "");
  if (flags.format == "pdf") return print::RenderPdf(document, "", "");
  return report::RenderMarkdown(document);
}

absl::StatusOr<ExitCode> Report(Session& session, Flags flags) {
  TOCSIN_RETURN_IF_ERROR(CheckPeriod(flags.period));
  if (flags.document.out.empty()) {
    if (flags.format == "pdf" && session.surroundings().out_is_terminal) {
      return InvalidArgument("NEEDS_FILE", "a PDF is not for a terminal",
                             "Give a file's name with --out.");
    }
    flags.document.out = "-";
  }
  TOCSIN_RETURN_IF_ERROR(CheckDocumentFlags(flags.document));
  TOCSIN_ASSIGN_OR_RETURN(const auto all, AllFigures(session, flags));
  const bool to_file = flags.document.out != "-";
  if (session.wants_json() && !to_file) {
    if (all.size() == 1) return session.PrintJson(all[0]);
    std::vector<std::string> texts;
    for (const v1::GetStatisticsResponse& one : all) texts.push_back(client::ToJson(one, false));
    return session.PrintJsonTexts(texts);
  }
  TOCSIN_ASSIGN_OR_RETURN(const std::string text, Rendered(all, flags));
  TOCSIN_ASSIGN_OR_RETURN(DocumentFile file, DocumentFile::Create(session, flags.document));
  TOCSIN_RETURN_IF_ERROR(file.Append(text));
  TOCSIN_RETURN_IF_ERROR(file.Commit());
  return file.Tell({{"format", flags.format}, {"period", flags.period}}, "report written");
}

}  // namespace

void AddReportVerb(Program& program) {
  CLI::App* verb =
      program.AddVerb("report", "What a quarter, month or year adds up to, for management",
                      "tocsin report --quarter 2026Q3\n"
                      "tocsin report --quarter 2026Q3 --format pdf --out board-2026Q3.pdf\n"
                      "tocsin report --quarter 2026 --org all --format html --out all-2026.html");
  auto flags = std::make_shared<Flags>();
  verb->add_option("--quarter", flags->period, "2026Q3, 2026-09 or 2026")->required();
  verb->add_option("--format", flags->format,
                   "One of: md, html, pdf, json; html and pdf have charts")
      ->check(CLI::IsMember({"md", "html", "pdf", "json"}))
      ->capture_default_str();
  std::vector<std::string> languages;
  for (const auto& [code, words] : report::Languages()) languages.push_back(code);
  verb->add_option("--language", flags->language,
                   absl::StrCat("One of: ", absl::StrJoin(languages, ", "),
                                "; language of the report's own words"))
      ->check(CLI::IsMember(languages))
      ->capture_default_str();
  verb->add_flag("--without-restricted", flags->without_restricted,
                 "Leaves restricted incidents out of every figure");
  AddOrganisationFlag(verb, flags->organisations);
  AddDocumentFlags(verb, flags->document, /*required=*/false);
  program.OnRun(verb, [flags](Session& session) { return Report(session, *flags); });
}

}  // namespace tocsin::cli
