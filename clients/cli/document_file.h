// The file that `export` and `render` write: --out, --force, --sign-with, and what is said about it
// afterwards.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "clients/cli/command.h"
#include "clients/cli/output_file.h"

namespace tocsin::cli {

struct DocumentFlags {
  std::string out;
  bool force = false;
  /// An SSH key's file; its signature is written beside the document.
  std::string sign_with;
};

/// Adds --out, --force and --sign-with. `flags` must live as long as the verb. Where --out is not
/// `required`, the default is standard output.
void AddDocumentFlags(CLI::App* verb, DocumentFlags& flags, bool required = true);

/// Errors: kInvalidArgument SIGN_NEEDS_FILE when a signature is wanted for standard output.
absl::Status CheckDocumentFlags(const DocumentFlags& flags);

/// Not thread-safe. Without Commit nothing stays behind.
class DocumentFile {
 public:
  /// "-" is standard output. Errors: those of OutputFile, also for the signature's file.
  static absl::StatusOr<DocumentFile> Create(Session& session, const DocumentFlags& flags);

  absl::Status Append(std::string_view text);
  /// Puts the file in its place, then signs it. Errors: those of OutputFile; SIGNATURE_NOT_MADE,
  /// the document is in its place then.
  absl::Status Commit();
  /// One line on standard output: `said` and where; as JSON with `fields` beside. Nothing when the
  /// document itself went there.
  absl::StatusOr<ExitCode> Tell(const nlohmann::json& fields, std::string_view said);

 private:
  DocumentFile(Session& session, DocumentFlags flags, std::unique_ptr<OutputFile> file,
               std::unique_ptr<OutputFile> signature)
      : session_(&session),
        flags_(std::move(flags)),
        file_(std::move(file)),
        signature_(std::move(signature)) {}

  Session* session_;
  DocumentFlags flags_;
  /// nullptr for standard output.
  std::unique_ptr<OutputFile> file_;
  std::unique_ptr<OutputFile> signature_;
};

}  // namespace tocsin::cli
