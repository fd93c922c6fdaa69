// The offline queue: what waits, sending it, giving a write up. Every other verb sends what waits
// by itself (Session::Connect).
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "clients/cli/app.h"
#include "clients/cli/show.h"
#include "clients/core/names.h"
#include "clients/core/terminal_text.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/time_text.h"
#include "server/base/view.h"

namespace tocsin::cli {

using client::QueuedWrite;
using client::QueueName;

absl::StatusOr<client::WriteQueue> Session::Queue() {
  TOCSIN_ASSIGN_OR_RETURN(const client::Settings settings, Resolve());
  return client::WriteQueue::Of(surroundings_.environment, settings.context);
}

namespace {

absl::Status Verify(const client::Context& context, const v1::Receipt& receipt) {
  // Only a context written by hand has no key; then there is nothing to check signatures with.
  if (context.verifier_key.empty()) return absl::OkStatus();
  return client::Witness("", context.verifier_key).Verify(receipt);
}

}  // namespace

absl::Status Session::SendWaiting(bool refused_again) {
  TOCSIN_ASSIGN_OR_RETURN(const client::WriteQueue queue, Queue());
  TOCSIN_ASSIGN_OR_RETURN(const client::QueueContent content, queue.Read());
  const bool any = std::any_of(content.writes.begin(), content.writes.end(),
                               [&](const auto& w) { return refused_again || !w.refusal; });
  if (!any) return absl::OkStatus();
  TOCSIN_ASSIGN_OR_RETURN(client::Connection * connection, Open());
  TOCSIN_ASSIGN_OR_RETURN(const client::Settings settings, Resolve());
  absl::Status verified;
  std::vector<v1::WriteResult> recorded;
  const absl::Status sent = client::SendQueue(
      queue, *connection, {.refused_again = refused_again, .now = now()},
      [&](const QueuedWrite& write, const absl::StatusOr<v1::WriteResult>& result) {
        const std::string name = QueueName(write.number);
        if (!result.ok()) {
          err() << name << " refused: " << client::EscapeText(ToStd(result.status().message()))
                << "; it stays: tocsin queue list\n";
          return;
        }
        err() << name << (result->repeated() ? " had been recorded before" : " is recorded") << ": "
              << client::EscapeText(client::ShortName(result->incident())) << " #"
              << result->first_sequence() << ", written "
              << client::FormatClock(write.claimed_time, now()) << "\n";
        if (verified.ok()) verified = Verify(settings.context, result->receipt());
        recorded.push_back(*result);
      });
  if (verified.ok() && !recorded.empty()) verified = Remember(recorded.back().receipt());
  for (const v1::WriteResult& result : recorded) Recorded(result);
  return verified.ok() ? sent : verified;
}

absl::Status Session::AfterFailedWrite(const absl::Status& status,
                                       const google::protobuf::Message& request) {
  if (!client::IsAway(status) && !client::MustWaitBehind(queue_stopped_)) return status;
  const bool open = client::LeavesOutcomeOpen(status);
  if (!client::MayWait(request)) {
    return open ? status : client::WithNextStep(status, client::WhyNotQueued(request));
  }
  if (!may_queue_) return status;
  TOCSIN_ASSIGN_OR_RETURN(const client::Settings settings, Resolve());
  TOCSIN_ASSIGN_OR_RETURN(const client::WriteQueue queue, Queue());
  TOCSIN_ASSIGN_OR_RETURN(QueuedWrite write, client::ForQueue(request, now(), settings.context));
  const absl::StatusOr<uint64_t> number = queue.Add(write);
  if (!number.ok()) {
    const absl::Status lost = Error(
        number.status().code(), ReasonOf(number.status()),
        absl::StrCat(status.message(),
                     "; and the offline queue did not take it: ", number.status().message()),
        absl::StrCat("Nothing was saved: keep the text elsewhere. ", NextStepOf(number.status())));
    return open ? client::OutcomeUnknown(lost, write.request_id) : lost;
  }
  const std::string name = QueueName(*number);
  if (wants_json()) {
    out() << nlohmann::json{{"queued", name},
                            {"request_id", write.request_id},
                            {"claimed_time", FormatInstant(write.claimed_time)}}
                 .dump()
          << "\n";
  } else if (wants_id()) {
    out() << name << "\n";
  }
  return client::KeptInQueue(status, name);
}

void Session::TellOfQueue() {
  if (queue_told_ || !settings_) return;
  queue_told_ = true;
  const absl::StatusOr<client::WriteQueue> queue = Queue();
  const absl::StatusOr<client::QueueContent> content =
      queue.ok() ? queue->Read() : absl::StatusOr<client::QueueContent>(queue.status());
  if (!content.ok()) {
    err() << "warning: the offline queue cannot be read: "
          << client::EscapeText(ToStd(content.status().message())) << "\n";
    return;
  }
  const auto refused = std::count_if(content->writes.begin(), content->writes.end(),
                                     [](const QueuedWrite& write) { return !!write.refusal; });
  const auto waiting = static_cast<int64_t>(content->writes.size()) - refused;
  if (waiting > 0) {
    err() << "NOT YET RECORDED: " << waiting << (waiting == 1 ? " write waits" : " writes wait")
          << " on this computer: tocsin queue list\n";
  }
  if (refused > 0) {
    err() << "NOT RECORDED: " << refused << " queued "
          << (refused == 1 ? "write was" : "writes were")
          << " refused; read why and decide: tocsin queue list\n";
  }
  if (!content->broken.empty()) {
    err() << "NOT RECORDED: " << content->broken.size()
          << " of the offline queue cannot be read: tocsin queue list\n";
  }
}

namespace {

std::string StateOf(const QueuedWrite& write) {
  return write.refusal ? "refused" : "waits";
}

nlohmann::json ToJson(const QueuedWrite& write) {
  nlohmann::json json = {
      {"name", QueueName(write.number)},
      {"state", StateOf(write)},
      {"method", write.method},
      {"request_id", write.request_id},
      {"claimed_time", FormatInstant(write.claimed_time)},
      {"request", nlohmann::json::parse(write.request, nullptr, /*allow_exceptions=*/false)}};
  if (write.refusal) {
    json["refusal"] = write.refusal->message;
    json["next_step"] = write.refusal->next_step;
  }
  return json;
}

absl::StatusOr<ExitCode> List(Session& session) {
  session.QueueIsShown();
  TOCSIN_ASSIGN_OR_RETURN(const client::WriteQueue queue, session.Queue());
  TOCSIN_ASSIGN_OR_RETURN(const client::QueueContent content, queue.Read());
  for (const client::BrokenQueueFile& file : content.broken) {
    session.err() << "cannot be read, and is kept: " << client::EscapeText(file.path) << ": "
                  << client::EscapeText(file.why) << "\n";
  }
  if (session.wants_json()) {
    std::vector<std::string> items;
    for (const QueuedWrite& write : content.writes) items.push_back(ToJson(write).dump());
    return session.PrintJsonTexts(items);
  }
  if (session.wants_id()) {
    for (const QueuedWrite& write : content.writes) {
      session.out() << QueueName(write.number) << "\n";
    }
    return ExitCode::kOk;
  }
  if (content.writes.empty() && content.broken.empty()) {
    session.err() << "nothing waits\n";
    return ExitCode::kOk;
  }
  client::Table table({"NAME", "STATE", "WRITTEN", "INCIDENT", "WHAT"});
  for (const QueuedWrite& write : content.writes) {
    table.Add({QueueName(write.number),
               {StateOf(write), write.refusal ? client::Colour::kRed : client::Colour::kYellow},
               client::FormatRelative(write.claimed_time, session.now()),
               client::IncidentOf(write),
               client::Describe(write)});
  }
  if (!table.empty()) session.out() << table.Render(session.style());
  for (const QueuedWrite& write : content.writes) {
    if (!write.refusal) continue;
    session.out() << QueueName(write.number)
                  << " refused: " << client::EscapeText(write.refusal->message)
                  << "\n  next: " << client::EscapeText(write.refusal->next_step)
                  << "\n  then: tocsin queue flush"
                  << "   or give it up: tocsin queue drop " << write.number << "\n";
  }
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> Flush(Session& session) {
  TOCSIN_ASSIGN_OR_RETURN(const client::WriteQueue queue, session.Queue());
  TOCSIN_RETURN_IF_ERROR(session.CheckHistory());
  TOCSIN_RETURN_IF_ERROR(session.SendWaiting(/*refused_again=*/true));
  TOCSIN_ASSIGN_OR_RETURN(const client::QueueContent content, queue.Read());
  if (content.writes.empty() && content.broken.empty()) {
    session.err() << "nothing waits any more\n";
    return ExitCode::kOk;
  }
  return ExitCode::kFinding;
}

absl::StatusOr<ExitCode> Drop(Session& session, const std::string& given) {
  uint64_t number = 0;
  if (!absl::SimpleAtoi(absl::StripPrefix(given, "q-"), &number) || number == 0) {
    return InvalidArgument("BAD_QUEUE_NUMBER", absl::StrCat("'", given, "' names no queued write"),
                           "Give q-7 or 7 as tocsin queue list shows it.");
  }
  TOCSIN_ASSIGN_OR_RETURN(const client::WriteQueue queue, session.Queue());
  // Not while another terminal may be sending it.
  TOCSIN_ASSIGN_OR_RETURN(const client::FileLock lock,
                          queue.LockForSending(client::SendOptions().lock_wait));
  TOCSIN_ASSIGN_OR_RETURN(const client::QueueContent content, queue.Read());
  const auto found = std::find_if(content.writes.begin(), content.writes.end(),
                                  [number](const auto& write) { return write.number == number; });
  TOCSIN_RETURN_IF_ERROR(queue.Remove(number));
  // Once more on the screen: it is the last place where it stands.
  session.out() << QueueName(number) << " dropped, never recorded";
  if (found != content.writes.end()) {
    session.out() << ": " << client::EscapeText(client::IncidentOf(*found)) << "  "
                  << client::EscapeText(client::Describe(*found));
  }
  session.out() << "\n";
  return ExitCode::kOk;
}

}  // namespace

void AddQueueVerbs(Program& program) {
  CLI::App* noun = program.AddNoun("queue", "Writes that wait on this computer for the server");
  CLI::App* list = program.AddVerb(noun, "list", "Shows what waits and what was refused, and why");
  program.OnRun(list, List);
  CLI::App* flush = program.AddVerb(
      noun, "flush", "Sends what waits, also what was refused before; 8 when something stays");
  program.OnRun(flush, Flush);
  CLI::App* drop = program.AddVerb(noun, "drop", "Gives a queued write up; it is never recorded",
                                   "tocsin queue drop q-7");
  auto name = std::make_shared<std::string>();
  drop->add_option("QUEUED", *name, "q-7, from tocsin queue list")->required();
  program.OnRun(drop, [name](Session& session) { return Drop(session, *name); });
}

}  // namespace tocsin::cli
