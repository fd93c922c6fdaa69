#include "clients/cli/output_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/view.h"

namespace tocsin::cli {
namespace {

constexpr size_t kBufferBytes = 256 * 1024;

absl::Status Exists(const std::string& path) {
  return Error(absl::StatusCode::kAlreadyExists, "FILE_EXISTS", absl::StrCat(path, " exists"),
               "Give another name, or --force to replace it.");
}

std::string FolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

OutputFile::OutputFile(std::string path, std::string temporary, int file, Overwrite overwrite)
    : path_(std::move(path)),
      temporary_(std::move(temporary)),
      file_(file),
      overwrite_(overwrite) {}

absl::StatusOr<std::unique_ptr<OutputFile>> OutputFile::Create(const std::string& path,
                                                               Overwrite overwrite) {
  if (overwrite == Overwrite::kNo && access(path.c_str(), F_OK) == 0) return Exists(path);
  std::string temporary = absl::StrCat(path, ".XXXXXX");
  const int file = mkostemp(temporary.data(), O_CLOEXEC);
  std::unique_ptr<OutputFile> output(new OutputFile(path, temporary, file, overwrite));
  if (file < 0) return output->Failed("make");
  return output;
}

OutputFile::~OutputFile() {
  if (file_ < 0) return;
  close(file_);
  unlink(temporary_.c_str());
}

absl::Status OutputFile::Failed(std::string_view what) const {
  return Error(absl::StatusCode::kInternal, "FILE_NOT_WRITTEN",
               absl::StrCat("cannot ", ToAbsl(what), " ", path_, " (", std::strerror(errno), ")"),
               "Check the folder, its rights and the space on its disk.");
}

absl::Status OutputFile::Append(std::string_view text) {
  buffer_.append(text);
  return buffer_.size() < kBufferBytes ? absl::OkStatus() : Flush();
}

absl::Status OutputFile::Flush() {
  std::string_view rest = buffer_;
  while (!rest.empty()) {
    const ssize_t written = write(file_, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return Failed("write");
    rest.remove_prefix(static_cast<size_t>(written));
  }
  buffer_.clear();
  return absl::OkStatus();
}

absl::Status OutputFile::Commit() {
  TOCSIN_RETURN_IF_ERROR(Flush());
  if (fsync(file_) != 0) return Failed("sync");
  if (overwrite_ == Overwrite::kYes) {
    if (rename(temporary_.c_str(), path_.c_str()) != 0) return Failed("replace");
  } else {
    // A link, unlike a rename, refuses a file that has appeared there meanwhile.
    if (link(temporary_.c_str(), path_.c_str()) != 0) {
      return errno == EEXIST ? Exists(path_) : Failed("make");
    }
    unlink(temporary_.c_str());
  }
  close(std::exchange(file_, -1));
  const int folder = open(FolderOf(path_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return Failed("sync the folder of");
  const bool synced = fsync(folder) == 0;
  close(folder);
  return synced ? absl::OkStatus() : Failed("sync the folder of");
}

}  // namespace tocsin::cli
