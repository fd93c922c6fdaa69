// A client as a witness of its organisation's log. It keeps the signed heads it has seen, and at
// the next contact has the server prove that the log still begins with each of them. A server that
// cannot has lost or changed what it acknowledged: then nothing more is asked of it, and both heads
// are shown, since together they are the proof.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "clients/core/context.h"
#include "server/base/digest.h"
#include "tocsin/v1/common.pb.h"

namespace tocsin::client {

/// What a witness asks the server. Tests pass their own.
struct LogSource {
  /// The log's head as a signed note. Errors end the check and are handed on.
  std::function<absl::StatusOr<std::string>()> checkpoint;
  /// RFC 9162 consistency proof. An error that is not the network's counts as no proof.
  std::function<absl::StatusOr<std::vector<Digest>>(uint64_t old_size, uint64_t new_size)>
      consistency_proof;
};

/// Several processes may use the memory of one log at once. Not thread-safe.
class Witness {
 public:
  /// `file` holds the memory; it is made when something is to be remembered. `verifier_key` is the
  /// pinned key of the log, C2SP form.
  Witness(std::string file, std::string verifier_key)
      : file_(std::move(file)), verifier_key_(std::move(verifier_key)) {}
  /// The witness of the context's log. Errors: as StateDirectory.
  static absl::StatusOr<Witness> Of(const Environment& environment, const Context& context);

  const std::string& file() const { return file_; }

  /// Compares the log as it is shown now with all that was seen, and remembers the new head in
  /// place of what it proved. The first head that is seen is believed. Errors: kDataLoss
  /// HISTORY_CHANGED, with both notes in the message, which are also kept in `file()`.conflict;
  /// those of `source` and of the memory's file.
  absl::Status Check(const LogSource& source);

  /// Verifies the receipt of a write: signature and inclusion. Errors: kDataLoss RECEIPT_WRONG.
  absl::Status Verify(const v1::Receipt& receipt) const;
  /// The same, and remembers its checkpoint, to be proved at the next contact. Errors: also those
  /// of the memory's file.
  absl::Status Remember(const v1::Receipt& receipt);

  /// The notes that are remembered. Errors: kDataLoss WITNESS_BROKEN, naming the file; as
  /// ReadPrivateFile.
  absl::StatusOr<std::vector<std::string>> Notes() const;

  /// Forgets what was seen and believes `note`: after a person made sure, over another channel,
  /// that the log was restored. The evidence stays in `file()`.conflict. Errors: kDataLoss when the
  /// note is not signed by the pinned key; kInternal FILE_NOT_WRITTEN.
  absl::Status Accept(const std::string& note);

 private:
  absl::Status Replace(const std::vector<std::string>& proved, const std::string& note);
  absl::Status Store(const std::vector<std::string>& notes) const;
  absl::Status Changed(std::string_view what, const std::string& seen, const std::string& shown);

  std::string file_;
  std::string verifier_key_;
};

}  // namespace tocsin::client
