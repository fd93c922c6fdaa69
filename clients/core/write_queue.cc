#include "clients/core/write_queue.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "clients/core/private_file.h"
#include "clients/core/state_directory.h"
#include "server/base/digest.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/time_text.h"
#include "server/base/view.h"

namespace tocsin::client {
namespace {

using nlohmann::json;

constexpr char kFormat[] = "tocsin-queue/1";
constexpr char kPrefix[] = "q-";
constexpr char kSuffix[] = ".json";
constexpr char kLastNumber[] = "last-number";
constexpr absl::Duration kLockWait = absl::Seconds(10);

std::string HashLine(std::string_view line) {
  return absl::StrCat("sha256 ", Sha256({"tocsin/queue/v1\n", line}).Hex());
}

std::string FileText(const QueuedWrite& write) {
  json file = {{"format", kFormat},
               {"number", write.number},
               {"method", write.method},
               {"request_id", write.request_id},
               {"claimed_time", FormatInstant(write.claimed_time)},
               {"server", write.server},
               {"organisation", write.organisation},
               {"handle", write.handle},
               {"request", json::parse(write.request, nullptr, /*allow_exceptions=*/false)}};
  if (write.refusal) {
    file["refused"] = {{"message", write.refusal->message},
                       {"next_step", write.refusal->next_step},
                       {"time", FormatInstant(write.refusal->time)}};
  }
  const std::string line = file.dump(-1, ' ', false, json::error_handler_t::replace);
  return absl::StrCat(line, "\n", HashLine(line), "\n");
}

std::string TextOf(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::optional<absl::Time> TimeOf(const json& object, const char* key) {
  const absl::StatusOr<absl::Time> time = ParseInstant(TextOf(object, key));
  return time.ok() ? std::optional<absl::Time>(*time) : std::nullopt;
}

// The write in the text of a file; else why it is none.
absl::StatusOr<QueuedWrite> ParseFile(std::string_view text, uint64_t number) {
  const size_t end = text.find('\n');
  if (end == std::string_view::npos) return absl::DataLossError("it was cut off");
  const std::string_view line = text.substr(0, end);
  if (text.substr(end + 1) != HashLine(line) + "\n") {
    return absl::DataLossError("it was cut off or changed: its hash is not its own");
  }
  const json file = json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!file.is_object() || TextOf(file, "format") != kFormat) {
    return absl::DataLossError("another version of tocsin wrote it");
  }
  const std::optional<absl::Time> claimed = TimeOf(file, "claimed_time");
  const auto request = file.find("request");
  if (!claimed || request == file.end() || !request->is_object() ||
      file.value("number", json()) != json(number)) {
    return absl::DataLossError("it is not whole, or was given another name");
  }
  QueuedWrite write{.number = number,
                    .method = TextOf(file, "method"),
                    .request_id = TextOf(file, "request_id"),
                    .claimed_time = *claimed,
                    .server = TextOf(file, "server"),
                    .organisation = TextOf(file, "organisation"),
                    .handle = TextOf(file, "handle"),
                    .request = request->dump(),
                    .refusal = std::nullopt};
  if (const auto refused = file.find("refused"); refused != file.end() && refused->is_object()) {
    write.refusal = QueueRefusal{.message = TextOf(*refused, "message"),
                                 .next_step = TextOf(*refused, "next_step"),
                                 .time = TimeOf(*refused, "time").value_or(*claimed)};
  }
  return write;
}

// 7 of "q-00000007.json"; 0 for another name.
uint64_t NumberOf(const std::string& name) {
  uint64_t number = 0;
  const bool ours = absl::StartsWith(name, kPrefix) && absl::EndsWith(name, kSuffix) &&
                    absl::SimpleAtoi(name.substr(2, name.size() - 7), &number);
  return ours ? number : 0;
}

}  // namespace

std::string QueueName(uint64_t number) {
  return absl::StrCat(kPrefix, number);
}

absl::StatusOr<WriteQueue> WriteQueue::Of(const Environment& environment, const Context& context) {
  TOCSIN_ASSIGN_OR_RETURN(const std::string state, StateDirectory(environment));
  const std::string readable = absl::StrCat(context.organisation, context.handle);
  return WriteQueue(absl::StrCat(state, "/queue/", StateName(readable, IdentityOf(context))));
}

std::string WriteQueue::PathOf(uint64_t number) const {
  return absl::StrFormat("%s/%s%08d%s", directory_, kPrefix, number, kSuffix);
}

absl::StatusOr<FileLock> WriteQueue::Lock() const {
  return FileLock::Take(absl::StrCat(directory_, "/lock"), kLockWait);
}

absl::StatusOr<FileLock> WriteQueue::LockForSending(absl::Duration wait) const {
  return FileLock::Take(absl::StrCat(directory_, "/sending.lock"), wait);
}

absl::StatusOr<QueueContent> WriteQueue::ReadLocked() const {
  QueueContent content;
  std::error_code error;
  std::filesystem::directory_iterator files(directory_, error);
  const std::filesystem::directory_iterator end;
  for (; !error && files != end; files.increment(error)) {
    const std::string path = files->path().string();
    const std::string name = files->path().filename().string();
    if (!absl::StartsWith(name, kPrefix)) continue;
    const uint64_t number = NumberOf(name);
    if (number == 0) {
      content.broken.push_back({path, "it was never finished: its command did not say 'queued'"});
      continue;
    }
    const absl::StatusOr<std::string> text = ReadPrivateFile(path);
    if (!text.ok()) {
      content.broken.push_back({path, std::string(text.status().message())});
      continue;
    }
    absl::StatusOr<QueuedWrite> write = ParseFile(*text, number);
    if (write.ok()) {
      content.writes.push_back(*std::move(write));
    } else {
      content.broken.push_back({path, std::string(write.status().message())});
    }
  }
  if (error) {
    return Error(absl::StatusCode::kInternal, "FILE_NOT_READ",
                 absl::StrCat("cannot read ", directory_, ": ", error.message()),
                 "Check the directory's owner and mode.");
  }
  std::sort(content.writes.begin(), content.writes.end(),
            [](const QueuedWrite& a, const QueuedWrite& b) { return a.number < b.number; });
  std::sort(content.broken.begin(), content.broken.end(),
            [](const BrokenQueueFile& a, const BrokenQueueFile& b) { return a.path < b.path; });
  return content;
}

absl::StatusOr<QueueContent> WriteQueue::Read() const {
  std::error_code error;
  if (!std::filesystem::exists(directory_, error)) return QueueContent{};
  TOCSIN_ASSIGN_OR_RETURN(const FileLock lock, Lock());
  return ReadLocked();
}

// One more than any number given so far, also to writes that have gone: `queue drop 7` must never
// mean another write than the one that was shown as q-7.
absl::StatusOr<uint64_t> WriteQueue::NextNumber(const QueueContent& content) const {
  const std::string path = absl::StrCat(directory_, "/", kLastNumber);
  uint64_t last = content.writes.empty() ? 0 : content.writes.back().number;
  for (const BrokenQueueFile& file : content.broken) {
    last = std::max(last, NumberOf(std::filesystem::path(file.path).filename().string()));
  }
  uint64_t stored = 0;
  const absl::StatusOr<std::string> text = ReadPrivateFile(path);
  if (text.ok() && absl::SimpleAtoi(*text, &stored)) last = std::max(last, stored);
  TOCSIN_RETURN_IF_ERROR(WritePrivateFile(path, absl::StrCat(last + 1, "\n")));
  return last + 1;
}

absl::StatusOr<uint64_t> WriteQueue::Add(QueuedWrite write) const {
  TOCSIN_ASSIGN_OR_RETURN(const FileLock lock, Lock());
  TOCSIN_ASSIGN_OR_RETURN(const QueueContent content, ReadLocked());
  // In the one spelling that reading it back gives.
  write.request = json::parse(write.request, nullptr, /*allow_exceptions=*/false).dump();
  for (const QueuedWrite& other : content.writes) {
    if (other.request_id != write.request_id) continue;
    if (other.method == write.method && other.request == write.request) return other.number;
    return Error(
        absl::StatusCode::kAborted, "REQUEST_ID_REUSED",
        absl::StrCat("another write with this request id waits as ", QueueName(other.number)),
        "Leave --request-id out, or give a new one.");
  }
  if (content.writes.size() >= kWritesMax) {
    return Error(absl::StatusCode::kResourceExhausted, "QUEUE_FULL",
                 absl::StrCat(kWritesMax, " writes wait already in ", directory_),
                 "tocsin queue flush   when the server is back; tocsin queue list shows them.");
  }
  TOCSIN_ASSIGN_OR_RETURN(write.number, NextNumber(content));
  TOCSIN_RETURN_IF_ERROR(Update(write));
  return write.number;
}

absl::Status WriteQueue::Update(const QueuedWrite& write) const {
  return WritePrivateFile(PathOf(write.number), FileText(write));
}

absl::Status WriteQueue::Remove(uint64_t number) const {
  TOCSIN_RETURN_IF_ERROR(RemoveSent(number));
  return SyncDirectory(directory_);
}

absl::Status WriteQueue::RemoveSent(uint64_t number) const {
  const absl::Status removed = RemoveFile(PathOf(number));
  if (!absl::IsNotFound(removed)) return removed;
  return NotFound("NOT_IN_QUEUE", absl::StrCat("there is no ", QueueName(number), " in the queue"),
                  "tocsin queue list");
}

}  // namespace tocsin::client
