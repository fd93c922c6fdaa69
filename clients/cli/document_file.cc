#include "clients/cli/document_file.h"

#include <unistd.h>

#include <CLI/CLI.hpp>

#include "absl/strings/str_cat.h"
#include "clients/cli/ssh_signature.h"
#include "clients/core/terminal_text.h"
#include "clients/report/json_text.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/view.h"

namespace tocsin::cli {
namespace {

std::string SignaturePath(const DocumentFlags& flags) {
  return flags.out + ".sig";
}

}  // namespace

void AddDocumentFlags(CLI::App* verb, DocumentFlags& flags, bool required) {
  verb->add_option("--out", flags.out,
                   required ? "The file to write; - for standard output"
                            : "The file to write; default: standard output")
      ->required(required);
  verb->add_flag("--force", flags.force, "Replace the file when it exists");
  verb->add_option("--sign-with", flags.sign_with,
                   "Sign the file with this SSH key; the signature goes beside it, as FILE.sig");
}

absl::Status CheckDocumentFlags(const DocumentFlags& flags) {
  if (flags.sign_with.empty()) return absl::OkStatus();
  if (::access(flags.sign_with.c_str(), R_OK) != 0) {
    return InvalidArgument("NO_SIGNING_KEY",
                           absl::StrCat("the key ", flags.sign_with, " cannot be read"),
                           "Name the private key, or the public one of a key in the agent: "
                           "--sign-with ~/.ssh/id_ed25519");
  }
  if (flags.out != "-") return absl::OkStatus();
  return InvalidArgument("SIGN_NEEDS_FILE", "a signature stands beside a file, not beside '-'",
                         "give a file's name with --out");
}

absl::StatusOr<DocumentFile> DocumentFile::Create(Session& session, const DocumentFlags& flags) {
  std::unique_ptr<OutputFile> file;
  std::unique_ptr<OutputFile> signature;
  const Overwrite overwrite = flags.force ? Overwrite::kYes : Overwrite::kNo;
  if (flags.out != "-") {
    TOCSIN_ASSIGN_OR_RETURN(file, OutputFile::Create(flags.out, overwrite));
  }
  if (!flags.sign_with.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(signature, OutputFile::Create(SignaturePath(flags), overwrite));
  }
  return DocumentFile(session, flags, std::move(file), std::move(signature));
}

absl::Status DocumentFile::Append(std::string_view text) {
  if (file_ != nullptr) return file_->Append(text);
  session_->out() << text;
  return absl::OkStatus();
}

absl::Status DocumentFile::Commit() {
  if (file_ == nullptr) return absl::OkStatus();
  TOCSIN_RETURN_IF_ERROR(file_->Commit());
  if (signature_ == nullptr) return absl::OkStatus();
  TOCSIN_ASSIGN_OR_RETURN(const std::string text, SignFile(flags_.out, flags_.sign_with));
  TOCSIN_RETURN_IF_ERROR(signature_->Append(text));
  return signature_->Commit();
}

absl::StatusOr<ExitCode> DocumentFile::Tell(const nlohmann::json& fields, std::string_view said) {
  if (file_ == nullptr) return ExitCode::kOk;
  if (session_->wants_json()) {
    nlohmann::json told = fields;
    told["file"] = flags_.out;
    if (signature_ != nullptr) told["signature"] = SignaturePath(flags_);
    session_->out() << report::Dump(told) << "\n";
  } else if (session_->wants_id()) {
    session_->out() << flags_.out << "\n";
  } else {
    session_->out() << said << " to " << client::EscapeText(flags_.out);
    if (signature_ != nullptr) {
      session_->out() << ", signature to " << client::EscapeText(SignaturePath(flags_));
    }
    session_->out() << "\n";
  }
  return ExitCode::kOk;
}

}  // namespace tocsin::cli
