// An outsider's reading of receipts and checkpoints, written from RFC 9162 section 2.1 and the C2SP
// signed-note form alone: it shares no code with the server, so that a mistake there cannot hide
// itself here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tocsin::e2e {

/// A signed head of a log; hashes are 32 raw bytes.
struct Head {
  std::string origin;
  uint64_t size = 0;
  std::string root;
};

/// The head in `note` when it is signed by `verifier_key` (name+keyid+base64); nullopt for anything
/// else.
std::optional<Head> ReadNote(const std::string& note, const std::string& verifier_key);

/// RFC 9162 section 2.1.3.2.
bool Includes(const Head& head, const std::string& leaf_hash, uint64_t index,
              const std::vector<std::string>& proof);

/// RFC 9162 section 2.1.4.2, for 0 < older.size < newer.size; for equal sizes the roots must be
/// equal.
bool Extends(const Head& older, const Head& newer, const std::vector<std::string>& proof);

}  // namespace tocsin::e2e
