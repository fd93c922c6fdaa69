#include "clients/chat/conversation/alerts.h"

#include <algorithm>
#include <array>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "clients/core/time_input.h"
#include "server/base/view.h"

namespace tocsin::chat {
namespace {

struct Words {
  std::string_view type;
  std::string_view what;
  std::string_view next;
};

constexpr std::string_view kEscalated = "alert-escalated";

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

// Why a person is told of an alert again.
std::string EscalationText(const AlertEntry& entry) {
  if (entry.asked.empty()) {
    return absl::StrCat("NOBODY HAS ACKNOWLEDGED alert ", entry.alert,
                        ", and nobody further is asked.");
  }
  return absl::StrCat(entry.first ? "Asked" : "NOT ACKNOWLEDGED: asked now", ": ",
                      absl::StrJoin(entry.asked, ", "), ".");
}

}  // namespace

bool IsAlert(std::string_view type) {
  return type == kEscalated || Find(type) != nullptr;
}

std::optional<Blocks> AlertOf(const AlertEntry& entry, const Standing& standing, absl::Time now) {
  const bool escalated = entry.type == kEscalated;
  const Words* words = Find(entry.type);
  if (words == nullptr && !escalated) return std::nullopt;
  std::string text = escalated ? EscalationText(entry) : std::string(words->what);
  if (standing.next_due) {
    absl::StrAppend(&text, " ", standing.next_due_stage, " due ",
                    client::FormatRelative(*standing.next_due, now), ".");
  }
  const std::string ack = absl::StrCat(entry.direct ? standing.incident + " " : "", "ack ",
                                       escalated ? entry.alert : entry.sequence);
  if (escalated) {
    absl::StrAppend(&text, " Next: status; then: ", ack);
  } else {
    absl::StrAppend(&text, " Next: ", ToAbsl(words->next));
    if (entry.asks) absl::StrAppend(&text, "; then: ", ack);
  }
  Blocks blocks = {Heading(absl::StrCat(standing.incident, " ", ToAbsl(ToText(standing.severity)),
                                        standing.drill ? " (drill)" : "")),
                   Text(std::move(text))};
  if (escalated || entry.asks) blocks.push_back(Buttons({{"Seen", ack}}));
  return blocks;
}

Blocks LateAlert(const Blocks& alert, std::string_view where) {
  Blocks blocks = alert;
  blocks.push_back(Text(absl::StrCat("This did not arrive in ", ToAbsl(where), ".")));
  return blocks;
}

}  // namespace tocsin::chat
