// render.
#include "clients/cli/render.h"

#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "clients/cli/app.h"
#include "clients/cli/document_file.h"
#include "clients/core/private_file.h"
#include "clients/print/attachment.h"
#include "clients/print/pdf.h"
#include "clients/report/compose.h"
#include "clients/report/csv.h"
#include "clients/report/deadline_ics.h"
#include "clients/report/html.h"
#include "clients/report/markdown.h"
#include "clients/report/redact.h"
#include "clients/report/stix.h"
#include "clients/report/timesketch.h"
#include "clients/report/verify.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"

namespace tocsin::cli {
namespace {

template <typename Map>
std::vector<std::string> Keys(const Map& map) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : map) keys.push_back(key);
  return keys;
}

absl::TimeZone ZoneOf(const report::Bundle& bundle) {
  absl::TimeZone zone;
  return absl::LoadTimeZone(bundle.incident.time_zone, &zone) ? zone : absl::UTCTimeZone();
}

}  // namespace

void AddRenderFlags(CLI::App* verb, RenderOptions& options) {
  verb->add_option("--format", options.format,
                   "One of: json, md, html, pdf, csv, timesketch, stix, ics; json: the bundle "
                   "that can be verified; md, html, pdf: the report; csv, timesketch, stix: the "
                   "entries for other programs; ics: open deadlines")
      ->check(CLI::IsMember({"json", "md", "html", "pdf", "csv", "timesketch", "stix", "ics"}))
      ->capture_default_str();
  verb->add_option("--profile", options.profile,
                   absl::StrCat("One of: ", absl::StrJoin(Keys(report::Profiles()), ", "),
                                "; who reads it, which says what is withheld and whether people "
                                "are named; default: the whole record"))
      ->check(CLI::IsMember(Keys(report::Profiles())));
  verb->add_option("--language", options.language,
                   absl::StrCat("One of: ", absl::StrJoin(Keys(report::Languages()), ", "),
                                "; language of the report's own words"))
      ->check(CLI::IsMember(Keys(report::Languages())))
      ->capture_default_str();
}

namespace {

// Far more than stands before <html lang>.
constexpr size_t kHtmlHeadBytes = 256;

// `cut` holds no more than `profile` may show.
absl::StatusOr<std::string> RenderCut(const std::string& cut, const report::Profile& profile,
                                      const RenderOptions& options) {
  TOCSIN_ASSIGN_OR_RETURN(const report::Bundle record, report::ReadBundle(cut));
  if (options.format == "csv") return report::RenderCsv(record);
  if (options.format == "timesketch") return report::RenderTimesketch(record);
  if (options.format == "stix") return report::RenderStix(record);
  const absl::TimeZone zone = ZoneOf(record);
  if (options.format == "ics") return report::DeadlineCalendar(report::DeadlinesOf(record, zone));
  const report::Labels& labels = report::Languages().at(options.language);
  const report::Document document = report::Compose(record, profile, labels, zone);
  if (options.format == "md") return report::RenderMarkdown(document);
  const std::string& name = record.incident.number;
  if (options.format == "pdf") return print::RenderPdf(document, cut, name);
  return report::RenderHtml(document, cut, name, labels("save_bundle"));
}

}  // namespace

absl::StatusOr<std::string> Render(const std::string& bundle, const RenderOptions& options) {
  if (options.format == "json" && options.profile.empty()) return bundle;
  const report::Profile& profile =
      report::Profiles().at(options.profile.empty() ? "technical" : options.profile);
  TOCSIN_ASSIGN_OR_RETURN(const std::string cut, report::CutToProfile(bundle, profile));
  if (options.format == "json") return cut;
  return RenderCut(cut, profile, options);
}

Shown CompareReport(const std::string& file, const std::string& bundle) {
  const bool html = report::IsHtmlReport(file);
  if (!html && !print::IsPdf(file)) return Shown::kNone;
  RenderOptions options;
  options.format = html ? "html" : "pdf";
  for (const std::string& language : Keys(report::Languages())) {
    const bool of_file = html ? absl::StrContains(file.substr(0, kHtmlHeadBytes),
                                                  absl::StrCat("<html lang=\"", language, "\""))
                              : language == print::LanguageOfPdf(file);
    if (!of_file) continue;
    options.language = language;
    for (const auto& [name, profile] : report::Profiles()) {
      const absl::StatusOr<std::string> made = RenderCut(bundle, profile, options);
      if (made.ok() && *made == file) return Shown::kSame;
    }
  }
  return html ? Shown::kOther : Shown::kOtherOrFonts;
}

absl::StatusOr<std::string> BundleInside(std::string file) {
  if (report::IsHtmlReport(file)) return report::BundleInHtml(file, kBundleBytesMax);
  if (print::IsPdf(file)) return print::BundleInPdf(file, kBundleBytesMax);
  const size_t first = file.find_first_not_of(" \t\r\n");
  if (first == std::string::npos || file[first] != '{') {
    return InvalidArgument("NO_BUNDLE_INSIDE",
                           "the file is neither a bundle nor a report that carries one",
                           "Give what `tocsin export --format json`, html or pdf wrote.");
  }
  return file;
}

namespace {

struct Flags {
  std::string bundle;
  RenderOptions render;
  DocumentFlags document;
};

// A report is only made of a record that proves itself: nobody should hold a forgery in our form.
absl::Status CheckRecord(Session& session, const std::string& bundle) {
  std::optional<client::Progress> progress;
  const absl::StatusOr<report::Verified> verified =
      report::VerifyBundle(bundle, std::nullopt, [&](uint64_t done, uint64_t total) {
        if (!progress) progress.emplace(session.MakeProgress("verify", total, "entries"));
        progress->Update(done);
      });
  if (progress) progress->Finish();
  return verified.status();
}

absl::StatusOr<ExitCode> RunRender(Session& session, const Flags& flags) {
  TOCSIN_RETURN_IF_ERROR(CheckDocumentFlags(flags.document));
  TOCSIN_ASSIGN_OR_RETURN(std::string file, client::ReadWholeFile(flags.bundle, kBundleBytesMax));
  TOCSIN_ASSIGN_OR_RETURN(const std::string bundle, BundleInside(std::move(file)));
  TOCSIN_RETURN_IF_ERROR(CheckRecord(session, bundle));
  TOCSIN_ASSIGN_OR_RETURN(DocumentFile document, DocumentFile::Create(session, flags.document));
  TOCSIN_ASSIGN_OR_RETURN(const std::string text, Render(bundle, flags.render));
  TOCSIN_RETURN_IF_ERROR(document.Append(text));
  TOCSIN_RETURN_IF_ERROR(document.Commit());
  return document.Tell({{"format", flags.render.format}}, "wrote " + flags.render.format);
}

}  // namespace

void AddRenderVerb(Program& program) {
  CLI::App* verb =
      program.AddVerb("render", "Makes a report from a saved bundle, without a server",
                      "tocsin render bundle.json --profile board --format pdf --out board.pdf\n"
                      "tocsin render board.pdf --format json --out bundle.json");
  auto flags = std::make_shared<Flags>();
  flags->render.format = "html";
  verb->add_option("BUNDLE", flags->bundle, "A bundle, or an HTML or PDF report that carries one")
      ->required();
  AddRenderFlags(verb, flags->render);
  AddDocumentFlags(verb, flags->document);
  program.OnRun(verb, [flags](Session& session) { return RunRender(session, *flags); });
}

}  // namespace tocsin::cli
