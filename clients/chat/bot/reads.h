// What the bot asks the server, as the plain values that answers are made of.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "clients/chat/bot/rpc_call.h"
#include "clients/chat/conversation/replies.h"

namespace tocsin::chat {

absl::StatusOr<Standing> ReadStanding(const OrderCalls& calls, const std::string& incident);
absl::StatusOr<std::vector<Duty>> ReadDuties(const OrderCalls& calls, const std::string& incident);
/// Open steps of all runs.
absl::StatusOr<std::vector<OpenStep>> ReadSteps(const OrderCalls& calls,
                                                const std::string& incident, bool mine);
/// Matches, newest first, and how many more there are. `incident` empty: everywhere the person may
/// look.
struct Hits {
  std::vector<Hit> hits;
  uint64_t more = 0;
};
absl::StatusOr<Hits> ReadHits(const OrderCalls& calls, const std::string& incident,
                              const std::string& text);

/// "incidents/INC-2026-0042".
std::string ResourceOf(const std::string& incident);

}  // namespace tocsin::chat
