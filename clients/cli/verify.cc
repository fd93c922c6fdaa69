// verify.
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "clients/cli/app.h"
#include "clients/cli/render.h"
#include "clients/core/private_file.h"
#include "clients/core/terminal_text.h"
#include "clients/report/json_text.h"
#include "clients/report/verify.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"

namespace tocsin::cli {
namespace {

using nlohmann::json;

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
  TOCSIN_ASSIGN_OR_RETURN(const std::string file, client::ReadWholeFile(path, kBundleBytesMax));
  TOCSIN_ASSIGN_OR_RETURN(const std::string text, BundleInside(file));
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
      session.out() << report::Dump(json{{"ok", false}, {"wrong", what}}) << "\n";
    } else {
      session.out() << "wrong: " << client::EscapeText(what) << "\n";
      session.err() << "next: " << NextStepOf(verified.status()) << "\n";
    }
    return ExitCode::kFinding;
  }
  const Shown shown = CompareReport(file, text);
  const ExitCode code = shown == Shown::kOther ? ExitCode::kFinding : ExitCode::kOk;
  if (session.wants_json()) {
    session.out() << json{{"ok", code == ExitCode::kOk},
                          {"entries", verified->entries},
                          {"proofs", verified->entries},
                          {"commitments", verified->entries - verified->withheld},
                          {"withheld", verified->withheld},
                          {"signatures", verified->signatures},
                          {"log_size", verified->log_size},
                          {"root", verified->root.Hex()},
                          {"verifier_key", verified->verifier_key},
                          {"key_pinned", pinned.has_value()},
                          {"report_shows_bundle",
                           shown == Shown::kNone ? json() : json(shown == Shown::kSame)}}
                         .dump()
                  << "\n";
    return code;
  }
  session.out() << (code == ExitCode::kOk ? "ok: " : "the bundle inside is ok: ")
                << verified->entries << " entries, " << verified->entries << " proofs, "
                << verified->entries - verified->withheld << " commitments, " << verified->withheld
                << " withheld, " << verified->signatures << " signatures; log size "
                << verified->log_size << ", root " << verified->root.Hex() << "\n"
                << "key: " << client::EscapeText(verified->verifier_key)
                << (pinned ? (key.empty() ? " (as this device got it at enrolment)" : " (as given)")
                           : " (from the bundle: compare it with another copy)")
                << "\n";
  if (shown == Shown::kSame) session.out() << "report: shows what its bundle says\n";
  if (shown == Shown::kOtherOrFonts) {
    session.out() << "report: not compared with its bundle: another version of tocsin or of its "
                     "fonts made it, or it was changed\n";
  }
  if (shown == Shown::kOther) {
    session.out() << "wrong: the report does not show what its bundle says: it was changed, or "
                     "another version of tocsin made it\n";
  }
  if (shown == Shown::kOther || shown == Shown::kOtherOrFonts) {
    session.err() << "next: tocsin render " << client::EscapeText(path)
                  << " --out copy.html   makes the report anew from the proven bundle\n";
  }
  return code;
}

}  // namespace

void AddVerifyVerb(Program& program) {
  CLI::App* verify = program.AddVerb(
      "verify", "Checks a bundle offline: every record, proof, commitment and signature",
      "tocsin verify bundle.json\ntocsin verify report.pdf\n"
      "tocsin verify bundle.json --key tocsin.example/default+…");
  auto path = std::make_shared<std::string>();
  auto key = std::make_shared<std::string>();
  verify
      ->add_option(
          "BUNDLE", *path,
          "What export wrote as json, or as html or pdf: then the bundle inside is checked, and "
          "that the report shows it")
      ->required();
  verify->add_option("--key", *key, "The log's key, known from another channel");
  program.OnRun(verify, [path, key](Session& session) { return Verify(session, *path, *key); });
}

}  // namespace tocsin::cli
