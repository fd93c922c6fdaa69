// Walks through an archive (XEP-0313): what was said while the bot was away, and whether a post of
// unknown fate is there.
#include <utility>

#include "absl/strings/str_cat.h"
#include "clients/chat/xmpp/session.h"

namespace tocsin::chat {
namespace {

constexpr int kPageSize = 100;
// A post may stand a little before the time that this machine calls its own.
constexpr absl::Duration kSkew = absl::Minutes(5);

Element FormField(const std::string& name, const std::string& value) {
  Element field{.name = "field", .attributes = {{"var", name}}};
  return field.Add({.name = "value", .text = value});
}

}  // namespace

void Session::StartWalk(Walk walk, absl::Time now) {
  if (walk.wanted) walk.start -= kSkew;
  const std::string id = absl::StrCat("walk-", NewId());
  walks_.emplace(id, std::move(walk));
  AskPage(id, "", now);
}

void Session::AskPage(const std::string& walk_id, const std::string& after, absl::Time now) {
  const Walk& walk = walks_.at(walk_id);
  Element form{.name = "x", .xmlns = xmlns::kData, .attributes = {{"type", "submit"}}};
  form.Add(FormField("FORM_TYPE", xmlns::kArchive));
  form.Add(
      FormField("start", absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", walk.start, absl::UTCTimeZone())));
  Element set{.name = "set", .xmlns = xmlns::kResults};
  set.Add({.name = "max", .text = absl::StrCat(kPageSize)});
  if (!after.empty()) set.Add({.name = "after", .text = after});
  Element query{.name = "query", .xmlns = xmlns::kArchive, .attributes = {{"queryid", walk_id}}};
  query.Add(std::move(form)).Add(std::move(set));
  Element iq{.name = "iq", .attributes = {{"type", "set"}}};
  if (!walk.archive.empty()) iq.attributes["to"] = walk.archive;
  Ask(iq.Add(std::move(query)), /*vital=*/false, now,
      [this, walk_id](const Element& answer, absl::Time at) {
        if (!walks_.contains(walk_id)) return;
        const Element* fin = answer.Child("fin", xmlns::kArchive);
        if (answer.Attribute("type") != "result" || fin == nullptr) {
          return EndWalk(walk_id, /*readable=*/false, at);
        }
        const Element* page = fin->Child("set", xmlns::kResults);
        const std::string last = page == nullptr ? "" : page->ChildText("last");
        if (fin->Attribute("complete") == "true" || last.empty()) {
          return EndWalk(walk_id, /*readable=*/true, at);
        }
        AskPage(walk_id, last, at);
      });
}

void Session::OnArchiveResult(const Element& result) {
  Walk& walk = walks_.at(result.Attribute("queryid"));
  const Element* forwarded = result.Child("forwarded", xmlns::kForward);
  const Element* message = forwarded == nullptr ? nullptr : forwarded->Child("message");
  const Element* delay = forwarded == nullptr ? nullptr : forwarded->Child("delay", xmlns::kDelay);
  if (message == nullptr || delay == nullptr) return;
  if (walk.wanted) {
    // Only what the bot's own account has sent counts: its id can be seen, and repeated, by others.
    const std::string from = walk.wanted->direct ? message->Attribute("from") : RealJid(*message);
    if (message->Attribute("id") == walk.wanted->key && BareJid(from) == config_.jid) {
      walk.found = true;
    }
    return;
  }
  RoomState* state = FindRoom(walk.archive);
  absl::Time time;
  std::string unread;
  if (state == nullptr ||
      !absl::ParseTime(absl::RFC3339_full, delay->Attribute("stamp"), &time, &unread)) {
    return;
  }
  std::optional<Inbound> inbound = state->room.OnArchived(*message, result.Attribute("id"), time);
  if (inbound && inbound->account != config_.jid) walk.heard.push_back(*std::move(inbound));
}

void Session::EndWalk(const std::string& walk_id, bool readable, absl::Time now) {
  const Walk walk = std::move(walks_.extract(walk_id).mapped());
  if (walk.wanted) {
    if (walk.found) {
      context_.events.OnPosted(context_.name, walk.wanted->key, {.state = PostState::kPosted});
      return;
    }
    return Send(*walk.wanted, now);
  }
  RoomState& state = *FindRoom(walk.archive);
  if (state.stage != Stage::kCatchingUp) return;
  for (const Inbound& inbound : walk.heard) HandUp(state, inbound);
  // A room without an archive is used all the same: it says so, because what was said while the bot
  // was away stays unread.
  Settle(state, now);
  if (!readable) {
    state.problem = "the room has no archive: what is said while the bot is away stays unread";
    context_.events.OnRoomState(context_.name, state.room.jid(), state.problem);
  }
}

}  // namespace tocsin::chat
