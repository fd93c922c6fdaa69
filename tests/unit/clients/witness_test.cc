#include "clients/core/witness.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "clients/core/errors.h"
#include "server/base/error.h"
#include "server/ledger/checkpoint.h"
#include "server/ledger/tree.h"
#include "tests/support/catch.h"
#include "tests/support/scratch_directory.h"

namespace tocsin::client {
namespace {

Digest Leaf(const std::string& text) {
  return Sha256({std::string_view("\0", 1), text});
}

// A log as a server keeps it, its heads signed by the key of `seed`.
class Log {
 public:
  explicit Log(char seed = 's')
      : tree_([this](uint8_t, uint64_t index) -> absl::StatusOr<Digest> { return leaves_[index]; }),
        signer_(*ledger::Signer::FromSeed("tocsin/default/1",
                                          std::string(ledger::kSigningSeedBytes, seed))) {}

  void Add(const std::string& text) {
    leaves_.push_back(Leaf(text));
    tree_.Append(std::vector<Digest>{leaves_.back()});
  }
  void AddMany(int count, const std::string& prefix = "entry ") {
    for (int i = 0; i < count; ++i) Add(absl::StrCat(prefix, i));
  }
  std::string Note() const { return signer_.Sign(tree_.size(), tree_.Root()); }
  const std::string& key() const { return signer_.vkey(); }

  LogSource Source() const {
    return {.checkpoint = [this]() -> absl::StatusOr<std::string> { return Note(); },
            .consistency_proof =
                [this](uint64_t old_size, uint64_t new_size) {
                  return tree_.ConsistencyProof(old_size, new_size);
                }};
  }
  v1::Receipt Receipt() const {
    const uint64_t size = tree_.size();
    v1::Receipt receipt;
    receipt.set_log_index(size - 1);
    receipt.set_leaf_hash(std::string(leaves_.back().view()));
    receipt.set_tree_size(size);
    const absl::StatusOr<std::vector<Digest>> proof = tree_.InclusionProof(size - 1, size);
    for (const Digest& hash : *proof) {
      receipt.add_inclusion_proof(std::string(hash.view()));
    }
    receipt.set_checkpoint(Note());
    return receipt;
  }

 private:
  std::vector<Digest> leaves_;
  ledger::Tree tree_;
  ledger::Signer signer_;
};

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

TEST_CASE("Witness: a log that only grows is followed", "[clients][witness]") {
  const ScratchDirectory scratch;
  Log log;
  Witness witness(scratch.Path("state/a.json"), log.key());
  REQUIRE(witness.Check(log.Source()).ok());  // empty

  for (int i = 0; i < 40; ++i) {
    log.Add(absl::StrCat("entry ", i));
    INFO(i);
    REQUIRE(witness.Check(log.Source()).ok());
    REQUIRE(*witness.Notes() == std::vector<std::string>{log.Note()});
  }
  REQUIRE(witness.Check(log.Source()).ok());
}

TEST_CASE("Witness: every step from one size to another is proved", "[clients][witness]") {
  const ScratchDirectory scratch;
  for (int first = 1; first <= 17; ++first) {
    Log log;
    log.AddMany(first);
    Witness witness(scratch.Path(absl::StrCat(first, ".json")), log.key());
    REQUIRE(witness.Check(log.Source()).ok());
    log.AddMany(18 - first, "later ");
    INFO(first);
    CHECK(witness.Check(log.Source()).ok());
  }
}

TEST_CASE("Witness: a log that was rolled back stops it, with both notes", "[clients][witness]") {
  const ScratchDirectory scratch;
  Log log;
  log.AddMany(9);
  Witness witness(scratch.Path("a.json"), log.key());
  REQUIRE(witness.Check(log.Source()).ok());
  Log older;
  older.AddMany(7);

  const absl::Status status = witness.Check(older.Source());

  CHECK(ReasonOf(status) == "HISTORY_CHANGED");
  CHECK(ExitCodeOf(status) == ExitCode::kHistoryChanged);
  const std::string text = ErrorText(status);
  CHECK_THAT(text, ContainsSubstring("it has 7 entries, and had 9"));
  CHECK_THAT(text, ContainsSubstring(log.Note()));
  CHECK_THAT(text, ContainsSubstring(older.Note()));
  // It stays so, and the evidence stays on disk.
  CHECK(ReasonOf(witness.Check(older.Source())) == "HISTORY_CHANGED");
  CHECK_THAT(ReadFile(witness.file() + ".conflict"), ContainsSubstring(older.Note()));
  // The log as it was is still believed.
  CHECK(witness.Check(log.Source()).ok());
}

TEST_CASE("Witness: a log with another past stops it, whatever its size", "[clients][witness]") {
  const ScratchDirectory scratch;
  for (const int more : {0, 1, 5, 30}) {
    Log log;
    log.AddMany(9);
    Witness witness(scratch.Path(absl::StrCat(more, ".json")), log.key());
    REQUIRE(witness.Check(log.Source()).ok());
    Log forked;
    forked.AddMany(8);
    forked.Add("another ninth entry");
    forked.AddMany(more, "later ");
    INFO(more);
    CHECK(ReasonOf(witness.Check(forked.Source())) == "HISTORY_CHANGED");
  }
}

TEST_CASE("Witness: no proof, half a proof and a proof of something else are no proof",
          "[clients][witness]") {
  const ScratchDirectory scratch;
  Log log;
  log.AddMany(6);
  Witness witness(scratch.Path("a.json"), log.key());
  REQUIRE(witness.Check(log.Source()).ok());
  log.AddMany(5, "later ");
  LogSource source = log.Source();
  const absl::StatusOr<std::vector<Digest>> asked = source.consistency_proof(6, 11);
  std::vector<Digest> proof;
  if (asked.ok()) proof = *asked;
  REQUIRE(proof.size() > 1);
  const auto with = [&](std::vector<Digest> given) {
    LogSource other = source;
    other.consistency_proof = [given](uint64_t, uint64_t) { return given; };
    return ReasonOf(witness.Check(other));
  };

  CHECK(with({}) == "HISTORY_CHANGED");
  std::vector<Digest> shorter = proof;
  shorter.pop_back();
  CHECK(with(shorter) == "HISTORY_CHANGED");
  std::vector<Digest> longer = proof;
  longer.push_back(proof.back());
  CHECK(with(longer) == "HISTORY_CHANGED");
  std::vector<Digest> changed = proof;
  changed[0].bytes[0] ^= 1;
  CHECK(with(changed) == "HISTORY_CHANGED");
  source.consistency_proof = [](uint64_t, uint64_t) -> absl::StatusOr<std::vector<Digest>> {
    return absl::NotFoundError("no");
  };
  CHECK(ReasonOf(witness.Check(source)) == "HISTORY_CHANGED");
  // A network that breaks proves nothing either way.
  source.consistency_proof = [](uint64_t, uint64_t) -> absl::StatusOr<std::vector<Digest>> {
    return absl::UnavailableError("gone");
  };
  CHECK(absl::IsUnavailable(witness.Check(source)));
  CHECK(witness.Check(log.Source()).ok());
}

TEST_CASE("Witness: a forged note is refused", "[clients][witness]") {
  const ScratchDirectory scratch;
  Log log;
  log.AddMany(4);
  Witness witness(scratch.Path("a.json"), log.key());
  REQUIRE(witness.Check(log.Source()).ok());
  Log other('x');  // the same entries, another key
  other.AddMany(4);
  const auto shown = [&](const std::string& note) {
    LogSource source = log.Source();
    source.checkpoint = [note]() -> absl::StatusOr<std::string> { return note; };
    return ReasonOf(witness.Check(source));
  };

  CHECK(shown(other.Note()) == "HISTORY_CHANGED");
  CHECK(shown("") == "HISTORY_CHANGED");
  CHECK(shown(absl::StrReplaceAll(log.Note(), {{"\n4\n", "\n5\n"}})) == "HISTORY_CHANGED");
  CHECK(shown(log.Note()).empty());
  CHECK(*witness.Notes() == std::vector<std::string>{log.Note()});
}

TEST_CASE("Witness: the receipt of a write is verified, and proved at the next contact",
          "[clients][witness]") {
  const ScratchDirectory scratch;
  Log log;
  log.AddMany(5);
  Witness witness(scratch.Path("a.json"), log.key());
  REQUIRE(witness.Check(log.Source()).ok());
  Log forked;
  forked.AddMany(5);
  log.Add("the write");
  REQUIRE(witness.Remember(log.Receipt()).ok());
  CHECK(witness.Notes()->size() == 2);

  // A log that continues what was seen first, but lacks the write that it gave a receipt for.
  forked.AddMany(9, "something else ");
  CHECK(ReasonOf(witness.Check(forked.Source())) == "HISTORY_CHANGED");
  log.AddMany(3, "later ");
  CHECK(witness.Check(log.Source()).ok());
  CHECK(*witness.Notes() == std::vector<std::string>{log.Note()});
}

TEST_CASE("Witness: a receipt that does not hold is refused", "[clients][witness]") {
  const ScratchDirectory scratch;
  Log log;
  log.AddMany(5);
  Witness witness(scratch.Path("a.json"), log.key());
  const auto refused = [&](const v1::Receipt& receipt) {
    const absl::Status status = witness.Remember(receipt);
    return ReasonOf(status) == "RECEIPT_WRONG" && ExitCodeOf(status) == ExitCode::kHistoryChanged;
  };
  v1::Receipt leaf = log.Receipt();
  leaf.set_leaf_hash(std::string(Leaf("another").view()));
  v1::Receipt index = log.Receipt();
  index.set_log_index(3);
  v1::Receipt size = log.Receipt();
  size.set_tree_size(6);
  v1::Receipt hash = log.Receipt();
  hash.set_inclusion_proof(0, "short");
  v1::Receipt note = log.Receipt();
  Log other('x');
  other.AddMany(5);
  note.set_checkpoint(other.Note());

  CHECK(refused(leaf));
  CHECK(refused(index));
  CHECK(refused(size));
  CHECK(refused(hash));
  CHECK(refused(note));
  CHECK(refused(v1::Receipt()));
  CHECK(witness.Notes()->empty());
  CHECK(witness.Remember(log.Receipt()).ok());
}

TEST_CASE("Witness: a memory that is not whole is named, not begun anew", "[clients][witness]") {
  const ScratchDirectory scratch;
  Log log;
  log.AddMany(5);
  Witness witness(scratch.Path("a.json"), log.key());
  for (const char* content : {"", "{}", "[1]", "{\"notes\":[1]}", "{\"notes\":[\"no note\"]}"}) {
    std::ofstream(witness.file(), std::ios::trunc) << content;
    std::filesystem::permissions(witness.file(), std::filesystem::perms(0600));
    INFO(content);
    const absl::Status status = witness.Check(log.Source());
    CHECK(ReasonOf(status) == "WITNESS_BROKEN");
    CHECK_THAT(std::string(status.message()), ContainsSubstring(witness.file()));
  }
}

TEST_CASE("Witness: what a person accepted is believed from then on", "[clients][witness]") {
  const ScratchDirectory scratch;
  Log log;
  log.AddMany(9);
  Witness witness(scratch.Path("a.json"), log.key());
  REQUIRE(witness.Check(log.Source()).ok());
  Log restored;
  restored.AddMany(7);
  REQUIRE_FALSE(witness.Check(restored.Source()).ok());

  REQUIRE(witness.Accept(restored.Note()).ok());

  CHECK(witness.Check(restored.Source()).ok());
  restored.AddMany(5, "after ");
  CHECK(witness.Check(restored.Source()).ok());
  CHECK_THAT(ReadFile(witness.file() + ".conflict"), ContainsSubstring(log.Note()));
  CHECK_FALSE(witness.Accept("not a note").ok());
}

}  // namespace
}  // namespace tocsin::client
