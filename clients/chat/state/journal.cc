#include "clients/chat/state/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "clients/core/private_file.h"
#include "server/base/check.h"
#include "server/base/digest.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/view.h"

namespace tocsin::chat {
namespace {

constexpr size_t kChecksumHex = 16;

std::string Path(const std::string& directory) {
  return directory + "/journal";
}

std::string Checksum(std::string_view record) {
  return Sha256({"tocsin/chat/journal/v1\n", record}).Hex().substr(0, kChecksumHex);
}

// A batch is one line, so that it is there as a whole or not at all. JSON holds no such character.
constexpr char kBetween = '\x1e';

std::string Line(const std::vector<std::string>& records) {
  if (records.empty()) return "";
  const std::string batch = absl::StrJoin(records, std::string(1, kBetween));
  TOCSIN_CHECK(batch.find('\n') == std::string::npos);
  return absl::StrCat(Checksum(batch), " ", batch, "\n");
}

absl::Status NotWritten(const std::string& path, int error) {
  return Error(absl::StatusCode::kInternal, "FILE_NOT_WRITTEN",
               absl::StrCat("cannot write ", path, ": ", std::strerror(error)),
               "Check the owner of the directory and the free space, then start the bot again.");
}

absl::Status Damaged(const std::string& path, size_t at) {
  return Error(absl::StatusCode::kDataLoss, "STATE_DAMAGED",
               absl::StrCat(path, " is damaged at byte ", at),
               "Restore it from a backup, or move it away: then rooms are to be bound and accounts "
               "to be linked again.");
}

// Replays the good lines; returns how many bytes they are.
absl::StatusOr<size_t> ReplayLines(const std::string& path, std::string_view content,
                                   const std::function<absl::Status(std::string_view)>& replay) {
  size_t at = 0;
  while (at < content.size()) {
    const size_t end = content.find('\n', at);
    if (end == std::string_view::npos) return at;  // cut short by a crash
    const std::string_view line = content.substr(at, end - at);
    const bool good = line.size() > kChecksumHex && line[kChecksumHex] == ' ' &&
                      Checksum(line.substr(kChecksumHex + 1)) == line.substr(0, kChecksumHex);
    if (!good) {
      // A write that was not synced may be there with its end and without its middle.
      if (end + 1 == content.size()) return at;
      return Damaged(path, at);
    }
    for (absl::string_view record :
         absl::StrSplit(ToAbsl(line.substr(kChecksumHex + 1)), kBetween)) {
      TOCSIN_RETURN_IF_ERROR(replay(ToStd(record)));
    }
    at = end + 1;
  }
  return at;
}

// Other processes are kept out until the file is closed.
absl::StatusOr<int> TakeLock(const std::string& directory) {
  const std::string path = directory + "/lock";
  const int lock = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock < 0) return NotWritten(path, errno);
  if (::flock(lock, LOCK_EX | LOCK_NB) == 0) return lock;
  ::close(lock);
  return FailedPrecondition("STATE_IN_USE",
                            absl::StrCat("another tocsin-chat works in ", directory),
                            "Stop it first, or give this one a state directory of its own.");
}

}  // namespace

absl::StatusOr<std::unique_ptr<Journal>> Journal::Open(
    const std::string& directory, const std::function<absl::Status(std::string_view)>& replay) {
  const std::string path = Path(directory);
  absl::StatusOr<std::string> content = client::ReadPrivateFile(path);
  if (absl::IsNotFound(content.status())) {
    TOCSIN_RETURN_IF_ERROR(client::WritePrivateFile(path, ""));
    content = std::string();
  }
  TOCSIN_RETURN_IF_ERROR(content.status());
  TOCSIN_ASSIGN_OR_RETURN(const int lock, TakeLock(directory));
  std::unique_ptr<Journal> journal(new Journal(directory, lock));
  // Read again: it may have changed until the lock was ours.
  TOCSIN_ASSIGN_OR_RETURN(content, client::ReadPrivateFile(path));
  TOCSIN_ASSIGN_OR_RETURN(journal->size_, ReplayLines(path, *content, replay));
  journal->file_ = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  if (journal->file_ < 0) return NotWritten(path, errno);
  if (journal->size_ < content->size() &&
      (::ftruncate(journal->file_, static_cast<off_t>(journal->size_)) != 0 ||
       ::fsync(journal->file_) != 0)) {
    return NotWritten(path, errno);
  }
  return journal;
}

Journal::~Journal() {
  if (file_ >= 0) ::close(file_);
  ::close(lock_);
}

absl::Status Journal::Poison(const std::string& what, int error) {
  broken_ = NotWritten(what, error);
  return broken_;
}

absl::Status Journal::Append(const std::vector<std::string>& records) {
  TOCSIN_RETURN_IF_ERROR(broken_);
  const std::string lines = Line(records);
  std::string_view rest = lines;
  while (!rest.empty()) {
    const ssize_t written = ::write(file_, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return Poison(Path(directory_), errno);
    rest.remove_prefix(static_cast<size_t>(written));
  }
  if (sync_ && ::fdatasync(file_) != 0) return Poison(Path(directory_), errno);
  size_ += lines.size();
  return absl::OkStatus();
}

absl::Status Journal::Replace(const std::vector<std::string>& records) {
  TOCSIN_RETURN_IF_ERROR(broken_);
  const std::string path = Path(directory_);
  std::string lines;
  for (const std::string& record : records) lines += Line({record});
  TOCSIN_RETURN_IF_ERROR(client::WritePrivateFile(path, lines));
  const int file = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  if (file < 0) return Poison(path, errno);
  ::close(file_);
  file_ = file;
  size_ = lines.size();
  return absl::OkStatus();
}

}  // namespace tocsin::chat
