// What the files of `evidence` share: naming and hashing an item, and the upload that `evidence
// add` and `evidence upload` both end with.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "clients/cli/app.h"
#include "clients/cli/command.h"
#include "clients/core/file_digest.h"
#include "tocsin/v1/evidence.pb.h"

namespace tocsin::cli {

/// "EV-1" of "ev-1". Errors: kInvalidArgument BAD_EVIDENCE.
absl::StatusOr<std::string> EvidenceId(const std::string& given);

/// "EV-1", with what marks a drill.
std::string ShownId(const v1::EvidenceItem& item);
/// "4096 bytes".
std::string SizeText(uint64_t size);

/// With a progress bar. Errors: those of client::HashFile.
absl::StatusOr<client::HashedFile> HashWithBar(Session& session, const std::string& path);

/// The item as the server has it. Errors: as EvidenceId and Session::IncidentName; the server's.
absl::StatusOr<v1::EvidenceItem> FetchEvidence(Session& session, const std::string& given);

/// Sends the file of an item, which must be it (hashed before), from where the server has it. An
/// interruption is gone on from as long as the server comes back within a moment; after that, the
/// same command goes on. Tells what was recorded, or that the server had the file. Errors: the
/// server's; kInternal FILE_NOT_READ; kAborted FILE_CHANGED.
absl::StatusOr<ExitCode> UploadEvidenceFile(Session& session, const v1::EvidenceItem& item,
                                            const std::string& path);

/// evidence upload, evidence get.
void AddEvidenceFileVerbs(Program& program, CLI::App* noun);

}  // namespace tocsin::cli
