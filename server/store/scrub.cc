#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/view.h"
#include "server/store/database_impl.h"
#include "server/store/rocks.h"

namespace tocsin::store {
namespace {

// Lines of the log that are read at a time.
constexpr size_t kLinesAtATime = 1000;

absl::Status Wrong(uint64_t log_index, std::string_view what) {
  return Error(absl::StatusCode::kDataLoss, "SCRUB_FAILED",
               ToStd(absl::StrCat("log index ", log_index, ": ", ToAbsl(what))),
               "Keep the store as evidence and restore a backup.");
}

}  // namespace

absl::Status Database::Impl::CheckRows(OrgNumber org, const LogLine& line) const {
  const std::string key = EntryKey(org, line.incident, line.sequence);
  std::string record_bytes;
  std::string box;
  std::string wrapped;
  for (const auto& [which, value] :
       {std::pair{Family::kEntry, &record_bytes}, std::pair{Family::kBody, &box},
        std::pair{Family::kKey, &wrapped}}) {
    const rocksdb::Status status = db->Get(rocksdb::ReadOptions(), family(which), key, value);
    if (!status.ok()) return Wrong(line.log_index, "a row is missing: " + status.ToString());
  }
  if (ledger::LeafHash(record_bytes) != line.leaf) {
    return Wrong(line.log_index, "the record does not hash to the leaf");
  }
  const absl::StatusOr<ledger::EntryRecord> record = ledger::Decode(record_bytes);
  if (!record.ok()) return Wrong(line.log_index, ToStd(record.status().message()));
  if (record->log_index != line.log_index || record->incident != line.incident ||
      record->incident_sequence != line.sequence) {
    return Wrong(line.log_index, "the record belongs to another place");
  }
  if (ledger::CiphertextHash(box) != record->ciphertext_hash) {
    return Wrong(line.log_index, "the sealed body is not the one that the record states");
  }
  return DecodeWrappedKey(wrapped).status();
}

absl::Status Database::Scrub(OrgNumber org) const {
  TOCSIN_ASSIGN_OR_RETURN(const OrgState* const state, impl_->Require(org));
  const Published published = impl_->PublishedOf(*state);
  const ledger::NodeReader reader = impl_->ReaderOf(org);
  ledger::Tree tree(reader);
  while (tree.size() < published.size) {
    TOCSIN_ASSIGN_OR_RETURN(const std::vector<LogLine> lines,
                            ReadLog(org, tree.size(), kLinesAtATime));
    for (const LogLine& line : lines) {
      if (line.log_index >= published.size) break;
      TOCSIN_RETURN_IF_ERROR(impl_->CheckRows(org, line));
      for (const ledger::TreeNode& node : tree.Append({&line.leaf, 1})) {
        const absl::StatusOr<Digest> stored = reader(node.level, node.index);
        if (!stored.ok()) return Wrong(line.log_index, ToStd(stored.status().message()));
        if (*stored != node.hash)
          return Wrong(line.log_index, "a stored node of the tree is wrong");
      }
    }
  }
  if (tree.Root() == published.root) return absl::OkStatus();
  return Wrong(published.size, "the entries do not add up to the root of the log");
}

}  // namespace tocsin::store
