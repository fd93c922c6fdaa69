// Files that only their owner may read: the token, the configuration, what waits for the server.
// Written whole or not at all, so that a crash or a full disk leaves the former content.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace tocsin::client {

/// Makes the directory that `path` lies in, mode 0700, parents as needed, when it is missing.
/// Errors: kInternal FILE_NOT_WRITTEN.
absl::Status MakeDirectoryOf(const std::string& path);

/// kInternal FILE_NOT_WRITTEN, naming the file and the system's cause.
absl::Status FileNotWritten(const std::string& path, int error);

/// Deletes `path`; not fsynced. Errors: kNotFound FILE_NOT_FOUND; kInternal FILE_NOT_WRITTEN.
absl::Status RemoveFile(const std::string& path);

/// fsync of a directory: what was made, renamed or deleted in it is on disk. Errors: kInternal
/// FILE_NOT_WRITTEN.
absl::Status SyncDirectory(const std::string& directory);

/// Replaces `path` by `content`, mode 0600: temporary file, fsync, rename, fsync of the directory.
/// Makes the directory (0700, parents as needed) when it is missing. Errors: kInternal
/// FILE_NOT_WRITTEN; the old content is intact then.
absl::Status WritePrivateFile(const std::string& path, std::string_view content);

/// The content of `path`. Errors: kNotFound FILE_NOT_FOUND; kPermissionDenied FILE_NOT_PRIVATE when
/// group or others may read or write it, or it belongs to somebody else; kInternal FILE_NOT_READ.
absl::StatusOr<std::string> ReadPrivateFile(const std::string& path);

/// The content of a file that the user names on a command line, at most `bytes_max` bytes.
/// Errors: kNotFound FILE_NOT_FOUND; kInvalidArgument FILE_TOO_LARGE; kInternal FILE_NOT_READ.
absl::StatusOr<std::string> ReadWholeFile(const std::string& path, size_t bytes_max);

}  // namespace tocsin::client
