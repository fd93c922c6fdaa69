// How the store uses RocksDB: the options that were measured to keep acknowledged writes, and what
// its errors mean here. Internal to server/store.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "rocksdb/db.h"
#include "rocksdb/listener.h"
#include "rocksdb/options.h"
#include "server/store/database.h"

namespace tocsin::store {

inline rocksdb::Slice ToSlice(std::string_view bytes) {
  return {bytes.data(), bytes.size()};
}
inline std::string_view FromSlice(const rocksdb::Slice& slice) {
  return {slice.data(), slice.size()};
}

/// Hears of errors in RocksDB's background threads, and forbids its own recovery from them: that
/// can abort the process or write twice (7.8). Calls `on_error` from any thread.
class ErrorListener : public rocksdb::EventListener {
 public:
  explicit ErrorListener(std::function<void(const std::string&)> on_error)
      : on_error_(std::move(on_error)) {}
  void OnBackgroundError(rocksdb::BackgroundErrorReason reason, rocksdb::Status* error) override;
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason reason, rocksdb::Status error,
                            bool* auto_recovery) override;

 private:
  std::function<void(const std::string&)> on_error_;
};

rocksdb::DBOptions MakeDbOptions(rocksdb::Env* env,
                                 std::shared_ptr<rocksdb::EventListener> listener);
/// All column families with their options, in the order of kFamilyNames.
std::vector<rocksdb::ColumnFamilyDescriptor> MakeFamilies(const TestOptions& test);

/// An error of reading: kDataLoss, reason STORE_DAMAGED, for damaged files; else kUnavailable,
/// reason STORE_UNREADABLE. `doing` begins the sentence: "reading the log". `status` is not OK.
absl::Status ReadError(std::string_view doing, const rocksdb::Status& status);

}  // namespace tocsin::store
