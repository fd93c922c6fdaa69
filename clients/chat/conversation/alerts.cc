#include "clients/chat/conversation/alerts.h"

#include <algorithm>
#include <array>

#include "absl/strings/str_cat.h"
#include "clients/core/time_input.h"
#include "server/base/view.h"

namespace tocsin::chat {
namespace {

struct Words {
  std::string_view type;
  std::string_view what;
  std::string_view next;
};

constexpr std::array<Words, 8> kWords = {{
    {"obligation-reminded", "A deadline comes near.", "deadlines"},
    {"obligation-missed", "A DEADLINE WAS MISSED.", "deadlines"},
    {"awareness-gap-warned", "Nobody has stated when you became aware.", "aware at … because …"},
    {"step-reminded", "A step is due soon.", "step list"},
    {"step-overdue", "A STEP IS OVERDUE.", "step list"},
    {"step-assigned", "A step was assigned.", "step mine"},
    {"role-assigned", "A role was assigned.", "who"},
    {"handover-offered", "A role was offered to somebody.",
     "accept ROLE, or decline ROLE because …"},
}};

const Words* Find(std::string_view type) {
  const auto found = std::find_if(kWords.begin(), kWords.end(),
                                  [&](const Words& each) { return each.type == type; });
  return found == kWords.end() ? nullptr : &*found;
}

}  // namespace

bool IsAlert(std::string_view type) {
  return Find(type) != nullptr;
}

std::optional<Blocks> AlertOf(std::string_view type, uint64_t sequence, const Standing& standing,
                              absl::Time now) {
  const Words* words = Find(type);
  if (words == nullptr) return std::nullopt;
  std::string due;
  if (standing.next_due) {
    due = absl::StrCat(" ", standing.next_due_stage, " due ",
                       client::FormatRelative(*standing.next_due, now), ".");
  }
  const std::string ack = absl::StrCat("ack ", sequence);
  return Blocks{
      Heading(absl::StrCat(standing.incident, " ", ToAbsl(ToText(standing.severity)),
                           standing.drill ? " (drill)" : "")),
      Text(absl::StrCat(ToAbsl(words->what), due, " Next: ", ToAbsl(words->next), "; then: ", ack)),
      Buttons({{"Seen", ack}})};
}

Blocks LateAlert(const Blocks& alert, std::string_view where) {
  Blocks blocks = alert;
  blocks.push_back(Text(absl::StrCat("This did not arrive in ", ToAbsl(where), ".")));
  return blocks;
}

}  // namespace tocsin::chat
