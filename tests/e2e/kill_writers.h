// Clients that write while the server is killed under them again and again. Each sends an entry
// until it has an answer, always with the same request id, and notes every answer in the Book; what
// the Book holds must be in the record.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/time.h"
#include "clients/core/connection.h"
#include "tests/e2e/history_check.h"
#include "tocsin/v1/incident.grpc.pb.h"
#include "tocsin/v1/timeline.grpc.pb.h"

namespace tocsin::e2e {

/// Where the server is now. Thread-safe.
class Address {
 public:
  struct Value {
    int generation = 0;
    std::string endpoint;
  };
  void Publish(const std::string& endpoint);
  Value Current() const;
  /// Waits until there is a newer one than `generation`, at most `limit`.
  void WaitForNewer(int generation, absl::Duration limit) const;

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  Value value_;
};

/// All that clients were told. Thread-safe while they write.
class Book {
 public:
  struct Answer {
    v1::Receipt receipt;
    v1::RecordEntryRequest request;
    uint64_t sequence = 0;
  };

  void Note(std::vector<Acknowledged> entries);
  void Note(Acknowledged entry, Answer answer);
  void Fail(const std::string& what);
  size_t acknowledged() const;
  /// False when fewer than `count` are acknowledged after `limit`, or a client failed.
  bool WaitFor(size_t count, absl::Duration limit) const;

  // For the end, when nobody writes any more.
  const std::vector<Acknowledged>& entries() const { return entries_; }
  const std::vector<Answer>& answers() const { return answers_; }
  const std::vector<std::string>& failures() const { return failures_; }

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::vector<Acknowledged> entries_;
  std::vector<Answer> answers_;
  std::vector<std::string> failures_;
};

/// What the writers share.
struct Field {
  Address address;
  Book book;
  std::atomic<bool> stop{false};
  /// CA and token; the server comes from `address`.
  client::Connection::Options credentials;
};

/// One client in one thread, which ends after `field.stop` when its last entry is acknowledged.
class Writer {
 public:
  enum class Way { kUnary, kStream, kDeclare };
  /// Writes to `incident` (not used for kDeclare). `name` makes its texts unique.
  Writer(Field& field, Way way, std::string name, std::string incident);
  ~Writer() { Join(); }
  void Join();

 private:
  using Send = std::function<grpc::Status(client::Connection&, grpc::ClientContext&)>;

  void Loop();
  bool UntilAnswered(const Send& send);
  bool WriteOne();
  bool WriteStream();
  bool DeclareOne();
  std::string NextText();

  Field& field_;
  const Way way_;
  const std::string name_;
  const std::string incident_;
  int count_ = 0;
  int generation_ = 0;
  std::unique_ptr<client::Connection> connection_;
  std::thread thread_;
};

}  // namespace tocsin::e2e
