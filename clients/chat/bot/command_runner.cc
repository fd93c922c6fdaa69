#include "clients/chat/bot/command_runner.h"

#include <type_traits>

#include "clients/core/connection.h"
#include "server/base/error.h"

namespace tocsin::chat {

bool NoAnswer(const absl::Status& status) {
  return client::LeavesOutcomeOpen(status) || client::IsWorthRetrying(status) ||
         absl::IsDeadlineExceeded(status) || ReasonOf(status) == "SERVER_BUSY" ||
         ReasonOf(status) == "QUEUE_FULL" || ReasonOf(status) == "STORE_READ_ONLY";
}

bool ServerFailed(const absl::Status& status) {
  return absl::IsInternal(status) || absl::IsUnknown(status);
}

bool TokenRefused(const absl::Status& status) {
  return absl::IsUnauthenticated(status);
}

bool Writes(const Command& command) {
  return std::visit(
      [](const auto& each) {
        using Each = std::decay_t<decltype(each)>;
        constexpr bool kReads =
            std::is_same_v<Each, AskHelp> || std::is_same_v<Each, LinkAccount> ||
            std::is_same_v<Each, UnlinkAccount> || std::is_same_v<Each, UnbindRoom> ||
            std::is_same_v<Each, AskDeadlines> || std::is_same_v<Each, AskWho> ||
            std::is_same_v<Each, AskStatus> || std::is_same_v<Each, AskSteps> ||
            std::is_same_v<Each, SearchNotes> || std::is_same_v<Each, NotInChat>;
        if constexpr (std::is_same_v<Each, SituationReport>) return each.send;
        return !kReads;
      },
      command);
}

}  // namespace tocsin::chat
