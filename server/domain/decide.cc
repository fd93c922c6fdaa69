#include "server/domain/decide.h"

#include <cctype>
#include <type_traits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/base/time_text.h"
#include "server/base/view.h"
#include "server/domain/decide_parts.h"

namespace tocsin::domain {
namespace decide {

std::vector<PendingEntry> One(Event event) {
  std::vector<PendingEntry> entries(1);
  entries[0].event = std::move(event);
  return entries;
}

absl::Status CheckOpen(const Incident& incident) {
  if (!incident.closed()) return absl::OkStatus();
  return FailedPrecondition("INCIDENT_CLOSED", absl::StrCat(incident.number, " is closed"),
                            "Reopen it first: tocsin reopen --because \"…\".");
}

absl::Status CheckNotFuture(std::string_view what, absl::Time time, absl::Time now) {
  if (time <= now + kFutureTolerance) return absl::OkStatus();
  return InvalidArgument("TIME_IN_FUTURE",
                         absl::StrCat(ToAbsl(what), " ", FormatInstant(time), " lies ",
                                      FormatSpan(time - now), " in the future"),
                         absl::StrCat("The server's clock says ", FormatInstant(now),
                                      ". Check the time and its offset."));
}

absl::Status CheckAttributes(const Attributes& attributes) {
  constexpr size_t kKeyBytesMax = 64;
  constexpr size_t kValueBytesMax = 4096;
  if (attributes.size() > kAttributesMax) {
    return InvalidArgument("BAD_ATTRIBUTE",
                           absl::StrCat(attributes.size(), " attributes; at most ", kAttributesMax),
                           "Put the rest into the text.");
  }
  for (const auto& [key, value] : attributes) {
    bool key_ok = !key.empty() && key.size() <= kKeyBytesMax;
    for (char c : key) {
      const auto u = static_cast<unsigned char>(c);
      key_ok = key_ok && (std::islower(u) != 0 || std::isdigit(u) != 0 || c == '_' || c == '.' ||
                          c == '-');
    }
    if (!key_ok) {
      return InvalidArgument("BAD_ATTRIBUTE", "an attribute's name is not a-z, 0-9, _ . or -",
                             "Use a name such as users_affected.");
    }
    TOCSIN_RETURN_IF_ERROR(
        CheckText(key, value, {.bytes_max = kValueBytesMax, .lines = true, .may_be_empty = true}));
  }
  return absl::OkStatus();
}

namespace {

// Commands after which the rules are asked again: all that state an anchor, a filing or a decision.
template <typename T>
constexpr bool kMovesObligations =
    std::is_same_v<T, RecordAnchor> || std::is_same_v<T, DecideSignificance> ||
    std::is_same_v<T, RequestIntermediate> || std::is_same_v<T, RecordSubmission> ||
    std::is_same_v<T, FireTimer> || std::is_same_v<T, DeclareIncident> ||
    std::is_same_v<T, ReopenIncident>;

Entries WithObligationUpdates(const Incident& incident, std::vector<PendingEntry> entries,
                              const CommandContext& context) {
  Incident after = incident;
  for (const PendingEntry& entry : entries) {
    Apply(after,
          {.sequence = after.last_sequence + 1,
           .author = entry.by_server ? PrincipalId{} : context.author,
           .record_time = context.now},
          entry.event);
  }
  if (after.historical) return entries;
  absl::StatusOr<std::vector<PendingEntry>> updates = ObligationUpdates(after, context.now);
  TOCSIN_RETURN_IF_ERROR(updates.status());
  for (PendingEntry& update : *updates) entries.push_back(std::move(update));
  return entries;
}

}  // namespace
}  // namespace decide

absl::StatusOr<std::vector<PendingEntry>> Decide(const Incident& incident, const Command& command,
                                                 const CommandContext& context) {
  return std::visit(
      [&](const auto& concrete) -> decide::Entries {
        using T = std::decay_t<decltype(concrete)>;
        decide::Entries entries;
        if constexpr (std::is_same_v<T, DeclareIncident>) {
          entries = decide::Declare(concrete, context);
        } else {
          entries = decide::Decide(incident, concrete, context);
        }
        if constexpr (decide::kMovesObligations<T>) {
          TOCSIN_RETURN_IF_ERROR(entries.status());
          return decide::WithObligationUpdates(incident, *std::move(entries), context);
        } else {
          return entries;
        }
      },
      command);
}

}  // namespace tocsin::domain
