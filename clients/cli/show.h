// How the parts of the record look in tables: enums as their words, instants, short hashes. Shared
// by the nouns.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "clients/core/output.h"
#include "server/base/vocabulary.h"
#include "tocsin/v1/incident.pb.h"
#include "tocsin/v1/obligation.pb.h"
#include "tocsin/v1/timeline.pb.h"

namespace tocsin::cli {

/// The word of an enum of the API, whose numbers are those of the shared vocabulary; "unknown" for
/// a newer one.
template <typename Enum>
std::string WordOf(int number) {
  const std::optional<Enum> value = FromNumber<Enum>(number);
  return value ? std::string(ToText(*value)) : "unknown";
}

/// The API's enum for a word that a person typed. Errors: kInvalidArgument, naming the nearest.
template <typename Proto, typename Enum>
absl::StatusOr<Proto> ProtoOf(const std::string& word) {
  const absl::StatusOr<Enum> value = ParseText<Enum>(word);
  if (!value.ok()) return value.status();
  return static_cast<Proto>(static_cast<int>(*value));
}

/// "missed", "open" … in words.
std::string StateWord(v1::ObligationState state);
/// "INC-2026-0042", with " DRILL" or " HISTORICAL" behind it.
std::string IncidentLabel(const v1::Incident& incident);
client::Colour SeverityColour(v1::Severity severity);

/// "in 3 h 58 min (14:20 UTC)"; "missed 2 h ago (…)"; "no date yet: waits for aware" …
client::Cell DueCell(const v1::Obligation& obligation, absl::Time now);

/// When an entry happened, as exactly as it is known: "2019-12-23" for a day, "2019-12" for a
/// month, "~14:00 UTC" with the date for an hour. A day or month is read in `zone` when it begins
/// there at midnight, else in UTC.
std::string OccurText(absl::Time time, Precision precision, const absl::TimeZone& zone);

/// "2026-06-10 08:15:00", UTC.
std::string RecordText(absl::Time time);

/// The entry's text as it stands: corrected, or marked "(retracted by #9)"; one line.
std::string EntryText(const v1::Entry& entry);

/// The kind of what a person wrote, else the type: "action", "phase-changed".
std::string EntryKindWord(const v1::Entry& entry);

/// "3fa9c1d2…" of 32 bytes.
std::string ShortHash(std::string_view hash);

}  // namespace tocsin::cli
