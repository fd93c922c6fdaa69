#include "clients/core/witness.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "clients/core/file_lock.h"
#include "clients/core/private_file.h"
#include "clients/core/state_directory.h"
#include "clients/report/record.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/view.h"

namespace tocsin::client {
namespace {

using nlohmann::json;
using report::Checkpoint;
using report::ReadCheckpoint;

// More is not kept: each contact proves and replaces what was there.
constexpr size_t kNotesMax = 16;

bool IsNetwork(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status) ||
         absl::IsCancelled(status) || absl::IsUnauthenticated(status) ||
         absl::IsResourceExhausted(status);
}

}  // namespace

absl::StatusOr<Witness> Witness::Of(const Environment& environment, const Context& context) {
  TOCSIN_ASSIGN_OR_RETURN(const std::string state, StateDirectory(environment));
  const std::string& key = context.verifier_key;
  return Witness(
      absl::StrCat(state, "/checkpoints/", StateName(key.substr(0, key.find('+')), key), ".json"),
      key);
}

absl::StatusOr<std::vector<std::string>> Witness::Notes() const {
  const absl::StatusOr<std::string> text = ReadPrivateFile(file_);
  if (absl::IsNotFound(text.status())) return std::vector<std::string>();
  if (!text.ok()) return text.status();
  const json parsed = json::parse(*text, nullptr, /*allow_exceptions=*/false);
  std::vector<std::string> notes;
  bool whole = parsed.is_object() && parsed.value("notes", json()).is_array();
  for (const json& note : whole ? parsed["notes"] : json::array()) {
    whole = whole && note.is_string();
    if (whole) notes.push_back(note.get<std::string>());
  }
  if (whole) return notes;
  return Error(absl::StatusCode::kDataLoss, "WITNESS_BROKEN",
               absl::StrCat(file_, " is not whole: what this account saw of the log is not known"),
               "Keep a copy of the file, then: tocsin checkpoint accept");
}

absl::Status Witness::Store(const std::vector<std::string>& notes) const {
  const json file = {{"verifier_key", verifier_key_}, {"notes", notes}};
  return WritePrivateFile(file_, file.dump(2, ' ', false, json::error_handler_t::replace) + "\n");
}

// Several terminals: what another one saw meanwhile stays, unless it was proved here, too.
absl::Status Witness::Replace(const std::vector<std::string>& proved, const std::string& note) {
  TOCSIN_ASSIGN_OR_RETURN(const FileLock lock,
                          FileLock::Take(absl::StrCat(file_, ".lock"), absl::Seconds(5)));
  TOCSIN_ASSIGN_OR_RETURN(std::vector<std::string> notes, Notes());
  std::erase_if(notes, [&](const std::string& known) {
    return known == note || std::find(proved.begin(), proved.end(), known) != proved.end();
  });
  notes.push_back(note);
  if (notes.size() > kNotesMax) notes.erase(notes.begin(), notes.end() - kNotesMax);
  return Store(notes);
}

absl::Status Witness::Changed(std::string_view what, const std::string& seen,
                              const std::string& shown) {
  const std::string both = absl::StrCat("seen before:\n", seen, "\nshown now:\n", shown);
  const std::string evidence = absl::StrCat(file_, ".conflict");
  // The first conflict is the one that counts: it is not overwritten by what follows from it. When
  // it cannot be written, it still stands in the message.
  std::string kept = absl::StrCat("\nBoth are kept in ", evidence, ".");
  if (absl::IsNotFound(ReadPrivateFile(evidence).status()) &&
      !WritePrivateFile(evidence, both).ok()) {
    kept = "\nThey could not be kept in a file: copy them from here.";
  }
  return Error(absl::StatusCode::kDataLoss, "HISTORY_CHANGED",
               absl::StrCat("the server's log is not the one this account saw before: ",
                            ToAbsl(what), "\n", both, kept),
               "Record nothing there. Ask the operator, over another channel, whether the server "
               "was restored from a backup. Only if so: tocsin checkpoint accept");
}

absl::Status Witness::Check(const LogSource& source) {
  // Before the server is asked: what is seen by other terminals meanwhile may be ahead of its
  // answer.
  TOCSIN_ASSIGN_OR_RETURN(const std::vector<std::string> seen, Notes());
  TOCSIN_ASSIGN_OR_RETURN(const std::string shown, source.checkpoint());
  const std::string last = seen.empty() ? std::string("nothing\n") : seen.back();
  const absl::StatusOr<Checkpoint> now = ReadCheckpoint(shown, verifier_key_);
  if (!now.ok()) return Changed(ToStd(now.status().message()), last, shown);
  for (const std::string& note : seen) {
    const absl::StatusOr<Checkpoint> before = ReadCheckpoint(note, verifier_key_);
    if (!before.ok()) {
      return Error(absl::StatusCode::kDataLoss, "WITNESS_BROKEN",
                   absl::StrCat(file_, ": ", before.status().message()),
                   "Keep a copy of the file, then: tocsin checkpoint accept");
    }
    if (before->size > now->size) {
      return Changed(absl::StrCat("it has ", now->size, " entries, and had ", before->size), note,
                     shown);
    }
    std::vector<Digest> proof;
    if (before->size > 0 && before->size < now->size) {
      const absl::StatusOr<std::vector<Digest>> given =
          source.consistency_proof(before->size, now->size);
      if (!given.ok() && IsNetwork(given.status())) return given.status();
      // No proof at all is as good as a wrong one.
      if (given.ok()) proof = *given;
    }
    if (!report::Continues(*before, *now, proof)) {
      return Changed(before->size == now->size
                         ? "as many entries, but another root"
                         : "it cannot prove that it begins with the entries seen before",
                     note, shown);
    }
  }
  if (seen.size() == 1 && seen.front() == shown) return absl::OkStatus();
  return Replace(seen, shown);
}

absl::Status Witness::Verify(const v1::Receipt& receipt) const {
  const auto wrong = [&receipt](std::string_view what) {
    return Error(absl::StatusCode::kDataLoss, "RECEIPT_WRONG",
                 absl::StrCat("the server's receipt does not prove the write: ", ToAbsl(what), "\n",
                              receipt.checkpoint()),
                 "Keep this text. Compare with others what the timeline shows: tocsin timeline");
  };
  const absl::StatusOr<Checkpoint> head = ReadCheckpoint(receipt.checkpoint(), verifier_key_);
  if (!head.ok()) return wrong(ToStd(head.status().message()));
  std::vector<Digest> proof;
  for (const std::string& hash : receipt.inclusion_proof()) {
    if (hash.size() != sizeof(Digest)) return wrong("a hash of its proof has the wrong length");
    proof.push_back(Digest::FromBytes(hash));
  }
  if (receipt.leaf_hash().size() != sizeof(Digest) || receipt.tree_size() != head->size ||
      report::RootOf(Digest::FromBytes(receipt.leaf_hash()), receipt.log_index(), head->size,
                     proof) != head->root) {
    return wrong("its proof does not lead to the root");
  }
  return absl::OkStatus();
}

absl::Status Witness::Remember(const v1::Receipt& receipt) {
  TOCSIN_RETURN_IF_ERROR(Verify(receipt));
  return Replace({}, receipt.checkpoint());
}

absl::Status Witness::Accept(const std::string& note) {
  const absl::StatusOr<Checkpoint> head = ReadCheckpoint(note, verifier_key_);
  if (!head.ok()) {
    return Error(absl::StatusCode::kDataLoss, "HISTORY_CHANGED",
                 absl::StrCat("the pinned key did not sign what the server shows: ",
                              head.status().message(), "\n", note),
                 "This cannot be accepted. If the log was set up anew, enrol again.");
  }
  TOCSIN_ASSIGN_OR_RETURN(const FileLock lock,
                          FileLock::Take(absl::StrCat(file_, ".lock"), absl::Seconds(5)));
  return Store({note});
}

}  // namespace tocsin::client
