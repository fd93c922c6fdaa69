#include "clients/core/offline_write.h"

#include <google/protobuf/util/json_util.h>

#include <array>
#include <memory>
#include <set>

#include "absl/strings/str_cat.h"
#include "clients/core/names.h"
#include "clients/core/output.h"
#include "clients/core/proto_time.h"
#include "server/base/check.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/base/time_text.h"
#include "server/base/view.h"
#include "tocsin/v1/evidence.grpc.pb.h"
#include "tocsin/v1/incident.pb.h"
#include "tocsin/v1/obligation.grpc.pb.h"
#include "tocsin/v1/playbook.grpc.pb.h"
#include "tocsin/v1/review.grpc.pb.h"
#include "tocsin/v1/timeline.grpc.pb.h"

namespace tocsin::client {
namespace {

using google::protobuf::Message;

// How one kind of write is described, marked with the claimed time, and sent.
struct Kind {
  const Message* prototype;
  const char* verb;
  // The field that says most about it to its author.
  const char* text_field;
  // The field at whose end the claimed time is said; nullptr: none would hold it.
  const char* reason_field;
  absl::StatusOr<v1::WriteResult> (*send)(const Message& request, Connection& connection);
};

template <auto kMethod, typename Request>
absl::StatusOr<v1::WriteResult> SendAs(const Message& request, Connection& connection) {
  auto response = connection.Call(kMethod, dynamic_cast<const Request&>(request));
  if constexpr (requires { response->result(); }) {
    if (!response.ok()) return response.status();
    return response->result();
  } else {
    return response;
  }
}

template <auto kMethod, typename Request>
Kind KindOf(const char* verb, const char* text_field, const char* reason_field = nullptr) {
  return {&Request::default_instance(), verb, text_field, reason_field, &SendAs<kMethod, Request>};
}

const std::array<Kind, 13>& Kinds() {
  using Evidence = v1::EvidenceService::Stub;
  using Timeline = v1::TimelineService::Stub;
  using Obligation = v1::ObligationService::Stub;
  using Playbook = v1::PlaybookService::Stub;
  using Review = v1::ReviewService::Stub;
  static const std::array<Kind, 13> kinds = {
      KindOf<&Timeline::RecordEntry, v1::RecordEntryRequest>("log", "text"),
      KindOf<&Timeline::CorrectEntry, v1::CorrectEntryRequest>("correct", "text"),
      KindOf<&Timeline::RetractEntry, v1::RetractEntryRequest>("retract", "because", "because"),
      KindOf<&Obligation::RecordAnchor, v1::RecordAnchorRequest>("anchor", "because", "because"),
      KindOf<&Obligation::AssessImpact, v1::AssessImpactRequest>("impact set", "note", "note"),
      KindOf<&Evidence::AddEvidence, v1::AddEvidenceRequest>("evidence add", "name", "note"),
      KindOf<&Evidence::MoveEvidence, v1::MoveEvidenceRequest>("evidence", "item", "because"),
      KindOf<&Playbook::AnswerStep, v1::AnswerStepRequest>("playbook answer", "step"),
      KindOf<&Playbook::CompleteStep, v1::CompleteStepRequest>("playbook done", "step"),
      KindOf<&Playbook::SkipStep, v1::SkipStepRequest>("playbook skip", "step", "because"),
      KindOf<&Review::AddFinding, v1::AddFindingRequest>("review finding", "text"),
      KindOf<&Review::AddActionItem, v1::AddActionItemRequest>("review action", "text"),
      KindOf<&Review::CompleteActionItem, v1::CompleteActionItemRequest>("review action-done",
                                                                         "action_item"),
  };
  return kinds;
}

const Kind* FindKind(std::string_view name) {
  for (const Kind& kind : Kinds()) {
    if (kind.prototype->GetDescriptor()->name() == name) return &kind;
  }
  return nullptr;
}

// The text of a string field; empty when there is no such field.
std::string TextField(const Message& message, const char* name) {
  const auto* field = message.GetDescriptor()->FindFieldByName(name);
  return field == nullptr ? std::string() : message.GetReflection()->GetString(message, field);
}

absl::Status Mark(const Kind& kind, absl::Time claimed, Message& request) {
  const std::string time = FormatInstant(claimed);
  if (auto* entry = dynamic_cast<v1::RecordEntryRequest*>(&request)) {
    if (!entry->has_occur_time()) {
      *entry->mutable_occur_time() = ToProto(claimed);
      entry->set_precision(v1::PRECISION_SECOND);
    }
    (*entry->mutable_attributes())["clock"] = "client";
    (*entry->mutable_attributes())["queued_time"] = time;
    return absl::OkStatus();
  }
  if (auto* added = dynamic_cast<v1::AddEvidenceRequest*>(&request)) {
    if (!added->has_collect_time()) *added->mutable_collect_time() = ToProto(claimed);
  }
  if (auto* moved = dynamic_cast<v1::MoveEvidenceRequest*>(&request)) {
    if (!moved->has_move_time()) *moved->mutable_move_time() = ToProto(claimed);
  }
  if (kind.reason_field == nullptr) return absl::OkStatus();
  const auto* field = request.GetDescriptor()->FindFieldByName(kind.reason_field);
  const std::string reason = TextField(request, kind.reason_field);
  const std::string marked = absl::StrCat(reason, reason.empty() ? "" : " ", "(written offline, ",
                                          time, " by the writer's clock)");
  request.GetReflection()->SetString(&request, field, marked);
  return CheckText(kind.reason_field, marked);
}

absl::StatusOr<std::unique_ptr<Message>> Parse(const QueuedWrite& write) {
  const Kind* kind = FindKind(write.method);
  if (kind == nullptr) {
    return Error(absl::StatusCode::kInternal, "NOT_SENDABLE",
                 absl::StrCat("this version of tocsin cannot send a ", write.method),
                 "Use the version that queued it.");
  }
  std::unique_ptr<Message> request(kind->prototype->New());
  const auto parsed = google::protobuf::util::JsonStringToMessage(write.request, request.get());
  if (parsed.ok()) return request;
  return Error(absl::StatusCode::kInternal, "NOT_SENDABLE",
               absl::StrCat(QueueName(write.number), " is not a ", write.method, ": ",
                            std::string(parsed.message())),
               "Use the version that queued it.");
}

// Whether the same is true of every other write, too: the server is away, or does not know the
// person any more, or has no room at the moment.
bool StopsSending(const absl::Status& status) {
  return IsAway(status) || absl::IsUnauthenticated(status) || absl::IsResourceExhausted(status);
}

// What stopped it, as an error of the sending: not of a command whose outcome would be unknown.
absl::Status Stopped(const absl::Status& status, const QueuedWrite& write) {
  const bool open = LeavesOutcomeOpen(status);
  // A server that cannot be reached is told as for every command.
  if (IsAway(status) && !open) {
    return Error(status.code(), ReasonOf(status), ToStd(status.message()), NextStepOf(status));
  }
  return Error(
      status.code(), open ? "QUEUE_NOT_SENT" : ReasonOf(status),
      absl::StrCat("the queue stopped at ", QueueName(write.number), ": ", status.message()),
      open ? "It waits on: the next command that reaches the server sends it."
           : NextStepOf(status));
}

}  // namespace

bool MayWait(const Message& request) {
  return FindKind(request.GetDescriptor()->name()) != nullptr;
}

bool IsAway(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status) ||
         absl::IsCancelled(status);
}

bool MustWaitBehind(const absl::Status& stopped) {
  return IsAway(stopped) || absl::IsResourceExhausted(stopped) || ReasonOf(stopped) == "LOCK_TAKEN";
}

std::string WhyNotQueued(const Message& request) {
  if (request.GetDescriptor() == v1::DeclareIncidentRequest::descriptor()) {
    return "Nothing was saved: an incident gets its number from the server. Write down when and "
           "what; declare when it is back, with --detected.";
  }
  return "Nothing was saved: this decides for others or cannot be undone, so it never waits in the "
         "queue. Log it (tocsin log does wait), and repeat the command when the server is back.";
}

absl::StatusOr<QueuedWrite> ForQueue(const Message& request, absl::Time now,
                                     const Context& context) {
  const std::string& name = request.GetDescriptor()->name();
  const Kind* kind = FindKind(name);
  TOCSIN_CHECK(kind != nullptr);
  const std::unique_ptr<Message> marked(request.New());
  marked->CopyFrom(request);
  TOCSIN_RETURN_IF_ERROR(Mark(*kind, now, *marked));
  QueuedWrite write;
  write.method = name;
  write.request_id = TextField(request, "request_id");
  write.claimed_time = now;
  write.server = context.server;
  write.organisation = context.organisation;
  write.handle = context.handle;
  write.request = ToJson(*marked, /*indent=*/false);
  return write;
}

std::string Describe(const QueuedWrite& write) {
  const Kind* kind = FindKind(write.method);
  const auto request = Parse(write);
  if (!request.ok()) return write.method;
  const std::string text = TextField(**request, kind->text_field);
  return absl::StrCat(kind->verb, text.empty() ? "" : ": ", text);
}

std::string IncidentOf(const QueuedWrite& write) {
  const auto request = Parse(write);
  return request.ok() ? ShortName(TextField(**request, "incident")) : std::string("?");
}

absl::StatusOr<v1::WriteResult> SendQueued(const QueuedWrite& write, Connection& connection) {
  TOCSIN_ASSIGN_OR_RETURN(const std::unique_ptr<Message> request, Parse(write));
  const Kind& kind = *FindKind(write.method);
  absl::StatusOr<v1::WriteResult> result = kind.send(*request, connection);
  if (ReasonOf(result.status()) != "TIME_IN_FUTURE") return result;
  // The same for evidence, whose words say what the clock showed.
  if (auto* added = dynamic_cast<v1::AddEvidenceRequest*>(request.get())) {
    if (FromProto(added->collect_time()) != write.claimed_time) return result;
    added->clear_collect_time();
    return kind.send(*added, connection);
  }
  if (auto* moved = dynamic_cast<v1::MoveEvidenceRequest*>(request.get())) {
    if (FromProto(moved->move_time()) != write.claimed_time) return result;
    moved->clear_move_time();
    return kind.send(*moved, connection);
  }
  auto* entry = dynamic_cast<v1::RecordEntryRequest*>(request.get());
  if (entry == nullptr || FromProto(entry->occur_time()) != write.claimed_time) return result;
  // Nobody stated that time: this computer's clock was ahead. What it showed stays as queued_time.
  entry->clear_occur_time();
  entry->set_precision(v1::PRECISION_UNSPECIFIED);
  (*entry->mutable_attributes())["clock"] = "client-ahead";
  return kind.send(*entry, connection);
}

absl::Status SendQueue(const WriteQueue& queue, Connection& connection, const SendOptions& options,
                       const QueueReport& report) {
  TOCSIN_ASSIGN_OR_RETURN(const FileLock lock, queue.LockForSending(options.lock_wait));
  std::set<uint64_t> tried;
  for (;;) {
    // Read again after each round: another terminal may have added to it meanwhile.
    TOCSIN_ASSIGN_OR_RETURN(const QueueContent content, queue.Read());
    const size_t before = tried.size();
    for (QueuedWrite write : content.writes) {
      if ((write.refusal && !options.refused_again) || !tried.insert(write.number).second) continue;
      const absl::StatusOr<v1::WriteResult> result = SendQueued(write, connection);
      if (!result.ok() && StopsSending(result.status())) return Stopped(result.status(), write);
      if (result.ok()) {
        // Gone already when a person dropped it meanwhile: it is recorded all the same.
        const absl::Status removed = queue.RemoveSent(write.number);
        if (!removed.ok() && !absl::IsNotFound(removed)) return removed;
      } else {
        write.refusal = QueueRefusal{.message = std::string(result.status().message()),
                                     .next_step = NextStepOf(result.status()),
                                     .time = options.now};
        TOCSIN_RETURN_IF_ERROR(queue.Update(write));
      }
      report(write, result);
    }
    if (tried.size() == before) return absl::OkStatus();
  }
}

}  // namespace tocsin::client
