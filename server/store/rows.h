// The rows of the store as plain structs, and what reads return. Rows hold no free text: nothing
// readable stands outside sealed bodies.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/base/digest.h"
#include "server/base/ids.h"
#include "server/domain/event.h"
#include "server/domain/timers.h"
#include "server/ledger/entry_record.h"

namespace tocsin::store {

/// An organisation of this store.
struct OrgInfo {
  OrgNumber number{};
  std::string name;
  /// Of its log; also the name of the log's key.
  std::string origin;
  /// The log's public key as text to pin.
  std::string verifier_key;
  /// The epoch whose key wraps new entry keys.
  uint32_t epoch = 0;
  absl::Time create_time;

  friend bool operator==(const OrgInfo&, const OrgInfo&) = default;
};

/// What must be known of an incident without reading its entries. Written with every commit that
/// appends to the incident.
struct IncidentRow {
  IncidentId id;
  /// "INC-2026-0042".
  std::string number;
  uint64_t last_sequence = 0;
  /// The next entry's previous leaf.
  Digest last_leaf;
  absl::Time declare_time;
  absl::Time last_record_time;
  bool restricted = false;
  bool open = false;
  std::vector<PrincipalId> members;
  std::optional<absl::Time> next_due;
  /// It states a root cause that the criteria of other incidents may see.
  bool has_root_cause = false;

  friend bool operator==(const IncidentRow&, const IncidentRow&) = default;
};

/// The first answer to a request id; a repeat is answered from it.
struct RequestRecord {
  IncidentId incident;
  /// 0 when the request appended nothing.
  uint64_t first_sequence = 0;
  uint64_t last_sequence = 0;
  uint64_t last_log_index = 0;
  absl::Time record_time;
  /// Hash of method, author and content: the same id with another content is a conflict.
  Digest fingerprint;

  friend bool operator==(const RequestRecord&, const RequestRecord&) = default;
};

/// An entry, opened and checked against its leaf.
struct StoredEntry {
  ledger::EntryRecord record;
  /// The leaf's record, verbatim.
  std::string record_bytes;
  Digest leaf;
  /// `tlp` is always set and `by_server` tells whether the author is the zero id, both from the
  /// record.
  domain::PendingEntry pending;
  /// What `pending` was decoded from, and its salt: the two that an export discloses.
  std::string body;
  std::string salt;
  std::string auth_context;
};

/// One line of an organisation's log.
struct LogLine {
  uint64_t log_index = 0;
  IncidentId incident;
  uint64_t sequence = 0;
  Digest leaf;

  friend bool operator==(const LogLine&, const LogLine&) = default;
};

struct StoredTimer {
  OrgNumber org{};
  IncidentId incident;
  domain::Timer timer;

  friend bool operator==(const StoredTimer&, const StoredTimer&) = default;
};

std::string EncodeOrgRow(const OrgInfo& row);
std::string EncodeIncidentRow(const IncidentRow& row);
std::string EncodeRequestRow(const RequestRecord& row);
/// Errors of all three: kDataLoss, reason ROW_DAMAGED.
absl::StatusOr<OrgInfo> DecodeOrgRow(std::string_view value);
/// `id` comes from the key.
absl::StatusOr<IncidentRow> DecodeIncidentRow(const IncidentId& id, std::string_view value);
absl::StatusOr<RequestRecord> DecodeRequestRow(std::string_view value);

}  // namespace tocsin::store
