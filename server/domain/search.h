// What a search for text finds. Bodies are sealed and there is no index of their words, which would
// be readable outside them: a search opens entry after entry and asks this.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "server/domain/describe.h"
#include "server/domain/event.h"

namespace tocsin::domain {

/// All that is given must hold.
struct EntryQuery {
  /// In folded form (FoldCase); empty: any text.
  std::string text;
  /// Only what people wrote of this kind.
  std::optional<EntryKind> kind;
  std::optional<PrincipalId> author;
  /// Of the record time: at or after, and before.
  std::optional<absl::Time> from;
  std::optional<absl::Time> to;
};

/// `text` with the capital letters of ASCII and of Latin-1 (À to Þ) made small, so that "État" is
/// found by "état". Other scripts are compared as they are written.
std::string FoldCase(std::string_view text);

/// Looks at the text that a timeline shows for the entry, and at the attributes of what people
/// wrote.
bool Matches(const EntryQuery& query, const EntryMeta& meta, const PendingEntry& entry,
             const HandleOf& handle_of);

}  // namespace tocsin::domain
