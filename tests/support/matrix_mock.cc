#include "tests/support/matrix_mock.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace tocsin {

using chat::HttpRequest;
using chat::HttpResponse;
using nlohmann::json;
using runtime::MutexLock;

namespace {

HttpResponse Json(int status, const json& body) {
  return {status, {{"Content-Type", "application/json"}}, body.dump()};
}

HttpResponse Problem(int status, const std::string& code) {
  json body;
  body["errcode"] = code;
  body["error"] = code;
  if (status == 429) body["retry_after_ms"] = 7000;
  return Json(status, body);
}

size_t PlaceOf(const std::string& token, size_t otherwise) {
  size_t place = 0;
  return !token.empty() && absl::SimpleAtoi(token.substr(1), &place) ? place : otherwise;
}

}  // namespace

MatrixMock::MatrixMock()
    : mock_(std::make_unique<TlsMock>(TlsMock::Hooks{
          [this](const HttpRequest& request) { return Answer(request); }, {}, {}})) {}

void MatrixMock::SetTime(absl::Time now) {
  MutexLock lock(mutex_);
  now_ms_ = absl::ToUnixMillis(now);
}

std::string MatrixMock::AddLocked(const std::string& sender, const std::string& room,
                                  const std::string& type, const json& content,
                                  const std::string& state_key) {
  json event;
  event["event_id"] = absl::StrCat("$event", happened_.size());
  event["type"] = type;
  event["sender"] = sender;
  event["room_id"] = room;
  event["origin_server_ts"] = ++now_ms_;
  event["content"] = content;
  if (state_key != "-") event["state_key"] = state_key;
  happened_.push_back({room, event});
  changed_.NotifyAll();
  return event["event_id"];
}

std::string MatrixMock::Add(const std::string& sender, const std::string& room,
                            const std::string& type, const json& content,
                            const std::string& state_key) {
  MutexLock lock(mutex_);
  return AddLocked(sender, room, type, content, state_key);
}

std::string MatrixMock::Say(const std::string& sender, const std::string& room,
                            const std::string& text) {
  json content;
  content["msgtype"] = "m.text";
  content["body"] = text;
  return Add(sender, room, "m.room.message", content);
}

void MatrixMock::Encrypt(const std::string& room) {
  json content;
  content["algorithm"] = "m.megolm.v1.aes-sha2";
  MutexLock lock(mutex_);
  encrypted_.insert(room);
  AddLocked(kAda, room, "m.room.encryption", content, "");
}

void MatrixMock::RemoveBot(bool removed) {
  json content;
  content["membership"] = removed ? "leave" : "join";
  MutexLock lock(mutex_);
  AddLocked(kAda, kRoom, "m.room.member", content, kBot);
  if (removed) {
    joined_.erase(kRoom);
    told_leave_ = false;
  } else {
    joined_.insert(kRoom);
  }
}

void MatrixMock::Invite(const std::string& inviter, bool encrypted) {
  json member;
  member["type"] = "m.room.member";
  member["state_key"] = kBot;
  member["sender"] = inviter;
  member["content"]["membership"] = "invite";
  json events = json::array({member});
  if (encrypted) {
    json encryption;
    encryption["type"] = "m.room.encryption";
    events.push_back(encryption);
  }
  MutexLock lock(mutex_);
  invitation_["invite_state"]["events"] = events;
  changed_.NotifyAll();
}

void MatrixMock::AddDirectMember(const std::string& account) {
  MutexLock lock(mutex_);
  direct_members_.insert(account);
}

void MatrixMock::RevokeToken(bool revoked) {
  MutexLock lock(mutex_);
  revoked_ = revoked;
  changed_.NotifyAll();
}

void MatrixMock::AnswerPosts(int status, int count) {
  MutexLock lock(mutex_);
  status_ = status;
  status_count_ = count;
}

void MatrixMock::ForgetTransactions() {
  MutexLock lock(mutex_);
  transactions_.clear();
}

void MatrixMock::LimitTimeline(size_t limit) {
  MutexLock lock(mutex_);
  limit_ = limit;
}

std::vector<json> MatrixMock::BotPosts(const std::string& room) const {
  MutexLock lock(mutex_);
  std::vector<json> posts;
  for (const Happened& each : happened_) {
    if (each.room == room && each.event["sender"] == kBot) posts.push_back(each.event);
  }
  return posts;
}

bool MatrixMock::joined_direct() const {
  MutexLock lock(mutex_);
  return joined_.contains(kDirect);
}

// Everything is kept in one list; a position is a place in it.
HttpResponse MatrixMock::Sync(const std::map<std::string, std::string>& query) {
  const auto field = [&](const std::string& name) {
    const auto found = query.find(name);
    return found == query.end() ? std::string() : found->second;
  };
  const size_t since = PlaceOf(field("since"), 0);
  MutexLock lock(mutex_);
  // Less than the thirty seconds that are asked for: a test need not wait for its end.
  constexpr absl::Duration kWait = absl::Milliseconds(50);
  if (field("timeout") != "0" && happened_.size() <= since && invitation_.is_null() && !revoked_ &&
      told_leave_) {
    changed_.WaitFor(mutex_, kWait);
  }
  if (revoked_) return Problem(401, "M_UNKNOWN_TOKEN");
  json answer;
  answer["next_batch"] = absl::StrCat("s", happened_.size());
  for (const std::string& room : joined_) {
    std::vector<size_t> places;
    for (size_t i = since; i < happened_.size(); ++i) {
      if (happened_[i].room == room) places.push_back(i);
    }
    if (places.empty()) continue;
    const bool limited = places.size() > limit_;
    if (limited) places.erase(places.begin(), places.end() - static_cast<ptrdiff_t>(limit_));
    json& timeline = answer["rooms"]["join"][room]["timeline"];
    timeline["limited"] = limited;
    timeline["prev_batch"] = absl::StrCat("s", places.front());
    timeline["events"] = json::array();
    for (const size_t place : places) timeline["events"].push_back(happened_[place].event);
  }
  if (!told_leave_) {
    told_leave_ = true;
    json& timeline = answer["rooms"]["leave"][kRoom]["timeline"];
    timeline["events"] = json::array({happened_.back().event});
  }
  if (!invitation_.is_null()) answer["rooms"]["invite"][kDirect] = std::exchange(invitation_, {});
  return Json(200, answer);
}

HttpResponse MatrixMock::Messages(const std::string& room,
                                  const std::map<std::string, std::string>& query) const {
  const auto field = [&](const std::string& name) {
    const auto found = query.find(name);
    return found == query.end() ? std::string() : found->second;
  };
  const size_t from = PlaceOf(field("from"), happened_.size());
  const size_t to = PlaceOf(field("to"), 0);
  constexpr size_t kPage = 20;
  json answer;
  answer["chunk"] = json::array();
  size_t place = from;
  while (place > to && answer["chunk"].size() < kPage) {
    --place;
    if (happened_[place].room == room) answer["chunk"].push_back(happened_[place].event);
  }
  answer["start"] = absl::StrCat("s", from);
  if (place > to) answer["end"] = absl::StrCat("s", place);
  return Json(200, answer);
}

HttpResponse MatrixMock::Send(const std::string& room, const std::string& transaction,
                              const std::string& body) {
  const bool counted = status_count_ > 0;
  if (counted) --status_count_;
  if (counted && status_ == 429) return Problem(429, "M_LIMIT_EXCEEDED");
  const json content = json::parse(body, nullptr, false);
  if (content.is_discarded()) return Problem(400, "M_NOT_JSON");
  std::string id;
  if (const auto made = transactions_.find(transaction); made != transactions_.end()) {
    id = made->second;
  } else {
    id = AddLocked(kBot, room, "m.room.message", content, "-");
    transactions_[transaction] = id;
  }
  if (counted && status_ == 0) return {};
  json answer;
  answer["event_id"] = id;
  return Json(200, answer);
}

HttpResponse MatrixMock::InRoom(const HttpRequest& request, const std::string& room,
                                const std::vector<std::string>& parts,
                                const std::map<std::string, std::string>& query) {
  if (!joined_.contains(room)) return Problem(403, "M_FORBIDDEN");
  const std::string& what = parts[0];
  const std::string detail = parts.size() > 1 ? parts[1] : "";
  json answer;
  if (what == "messages") return Messages(room, query);
  if (what == "send" && parts.size() == 3) return Send(room, parts[2], request.body);
  if (what == "state" && detail == "m.room.encryption") {
    if (!encrypted_.contains(room)) return Problem(404, "M_NOT_FOUND");
    answer["algorithm"] = "m.megolm.v1.aes-sha2";
    return Json(200, answer);
  }
  if (what == "state" && detail == "m.room.join_rules") {
    answer["join_rule"] = "invite";
    return Json(200, answer);
  }
  if (what == "joined_members") {
    answer["joined"] = json::object();
    const std::set<std::string> three = {kBot, kAda, kEve};
    for (const std::string& member : room == kDirect ? direct_members_ : three) {
      answer["joined"][member] = json::object();
    }
    return Json(200, answer);
  }
  if (what == "event") {
    for (const Happened& each : happened_) {
      if (each.room == room && each.event["event_id"] == detail) return Json(200, each.event);
    }
  }
  return Problem(404, "M_NOT_FOUND");
}

HttpResponse MatrixMock::Answer(const HttpRequest& request) {
  const size_t mark = request.target.find('?');
  std::map<std::string, std::string> query;
  if (mark != std::string::npos) {
    const auto form = chat::ParseForm(request.target.substr(mark + 1));
    if (!form) return Problem(400, "M_INVALID_PARAM");
    for (const auto& [name, value] : *form) query[name] = value;
  }
  std::vector<std::string> parts;
  for (const std::string& part :
       std::vector<std::string>(absl::StrSplit(request.target.substr(0, mark), '/'))) {
    const auto decoded = chat::ParseForm("x=" + part);
    parts.push_back(decoded ? chat::FormField(*decoded, "x") : "");
  }
  const auto refused = [&] {
    MutexLock lock(mutex_);
    return revoked_ ||
           chat::FindHeader(request.headers, "Authorization") != absl::StrCat("Bearer ", token());
  };
  if (refused()) return Problem(401, "M_UNKNOWN_TOKEN");
  // "", "_matrix", "client", "v3", what.
  constexpr size_t kWhat = 4;
  // What clients with a screen ask for before they begin.
  if (absl::EndsWith(request.target, "/client/versions")) {
    return Json(200, {{"versions", {"v1.1", "v1.11"}}});
  }
  if (parts.size() <= kWhat || parts[3] != "v3") return Problem(404, "M_UNRECOGNIZED");
  const std::string& what = parts[kWhat];
  if (what == "sync") return Sync(query);
  MutexLock lock(mutex_);
  json answer;
  if (what == "account") {
    answer["user_id"] = kBot;
    answer["device_id"] = "BOT";
    return Json(200, answer);
  }
  if (what == "pushrules") return Json(200, {{"global", json::object()}});
  if (what == "capabilities") return Json(200, {{"capabilities", json::object()}});
  if (what == "user" && request.method == "POST") return Json(200, {{"filter_id", "1"}});
  if (what == "join" && parts.size() > kWhat + 1) {
    joined_.insert(parts[kWhat + 1]);
    answer["room_id"] = parts[kWhat + 1];
    return Json(200, answer);
  }
  if (what == "rooms" && parts.size() > kWhat + 2) {
    return InRoom(request, parts[kWhat + 1], {parts.begin() + kWhat + 2, parts.end()}, query);
  }
  return Problem(404, "M_UNRECOGNIZED");
}

}  // namespace tocsin
