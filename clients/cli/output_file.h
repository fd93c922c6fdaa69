// A file that appears whole or not at all: written under another name beside its place, synced,
// then put there.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace tocsin::cli {

enum class Overwrite { kNo, kYes };

/// Not thread-safe. Without Commit nothing stays behind.
class OutputFile {
 public:
  /// Errors: kAlreadyExists FILE_EXISTS when `path` is there and `overwrite` is kNo; kInternal
  /// FILE_NOT_WRITTEN.
  static absl::StatusOr<std::unique_ptr<OutputFile>> Create(const std::string& path,
                                                            Overwrite overwrite);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  /// Errors: kInternal FILE_NOT_WRITTEN.
  absl::Status Append(std::string_view text);
  /// Syncs the file and puts it in its place; readable by its owner only.
  /// Errors: as Create and Append; what stood there before is intact then.
  absl::Status Commit();

 private:
  OutputFile(std::string path, std::string temporary, int file, Overwrite overwrite);
  absl::Status Flush();
  absl::Status Failed(std::string_view what) const;

  std::string path_;
  std::string temporary_;
  int file_;
  Overwrite overwrite_;
  std::string buffer_;
};

}  // namespace tocsin::cli
