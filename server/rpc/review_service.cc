// The post-incident review.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/domain/review.h"
#include "server/rpc/call.h"
#include "server/rpc/convert.h"
#include "server/rpc/services.h"
#include "tocsin/v1/review.grpc.pb.h"

namespace tocsin::rpc {
namespace {

using app::Act;
using Rpc = grpc::CallbackServerContext;
using Reactor = grpc::ServerUnaryReactor;

constexpr char kDefaultGuide[] = "standard";

v1::ReviewPrompt PromptToProto(const domain::Prompt& prompt) {
  v1::ReviewPrompt out;
  out.set_part(ToProto(prompt.part));
  out.set_fact(prompt.fact);
  out.set_ask(prompt.ask);
  for (const uint64_t sequence : prompt.entries) out.add_entries(sequence);
  return out;
}

class ReviewService final : public v1::ReviewService::CallbackService {
 public:
  explicit ReviewService(Backend& backend) : backend_(backend) {}

  Reactor* ListReviewGuides(Rpc* rpc, const v1::ListReviewGuidesRequest*,
                            v1::ListReviewGuidesResponse* response) override {
    return Read(backend_, rpc, "ListReviewGuides", Act::kRead, nullptr,
                [this, response](const ReadCall&) {
                  for (const auto& [id, guide] : backend_.library.Guides()) {
                    *response->add_guides() = ToProto(guide);
                  }
                  return absl::OkStatus();
                });
  }

  Reactor* OpenReview(Rpc* rpc, const v1::OpenReviewRequest* request,
                      v1::WriteResult* response) override {
    return Mutate(backend_, rpc, "OpenReview", Act::kRecord, request, response,
                  [this, request](const app::Caller&) -> absl::StatusOr<AnyCommand> {
                    const bool named = !request->guide().empty();
                    // A library without guides still lets reviews be held.
                    if (!named && backend_.library.Guides().empty()) return domain::OpenReview{};
                    TOCSIN_ASSIGN_OR_RETURN(
                        domain::ReviewGuide guide,
                        backend_.library.Guide(named ? request->guide() : kDefaultGuide));
                    return domain::OpenReview{std::move(guide)};
                  });
  }

  Reactor* InviteToReview(Rpc* rpc, const v1::InviteToReviewRequest* request,
                          v1::WriteResult* response) override {
    return Mutate(backend_, rpc, "InviteToReview", Act::kDirect, request, response,
                  [this, request](const app::Caller& caller) -> absl::StatusOr<AnyCommand> {
                    domain::InviteToReview command;
                    for (const std::string& handle : request->people()) {
                      TOCSIN_ASSIGN_OR_RETURN(const PrincipalId person,
                                              backend_.catalog.RequireHandle(caller.org, handle));
                      command.people.push_back(person);
                    }
                    TOCSIN_ASSIGN_OR_RETURN(
                        command.meet_time,
                        OptionalTime("meeting", request->has_meet_time(), request->meet_time()));
                    return command;
                  });
  }

  Reactor* AddFinding(Rpc* rpc, const v1::AddFindingRequest* request,
                      v1::WriteResult* response) override {
    return Mutate(backend_, rpc, "AddFinding", Act::kRecord, request, response,
                  [this, request](const app::Caller& caller) { return Finding(caller, *request); });
  }

  Reactor* AddActionItem(Rpc* rpc, const v1::AddActionItemRequest* request,
                         v1::WriteResult* response) override {
    return Mutate(
        backend_, rpc, "AddActionItem", Act::kRecord, request, response,
        [this, request](const app::Caller& caller) { return ActionItem(caller, *request); });
  }

  Reactor* CompleteActionItem(Rpc* rpc, const v1::CompleteActionItemRequest* request,
                              v1::WriteResult* response) override {
    return Mutate(
        backend_, rpc, "CompleteActionItem", Act::kRecord, request, response,
        [request](const app::Caller&) -> absl::StatusOr<AnyCommand> {
          return domain::CompleteActionItem{LastPart(request->action_item()), request->evidence()};
        });
  }

  Reactor* SubmitReview(Rpc* rpc, const v1::SubmitReviewRequest* request,
                        v1::WriteResult* response) override {
    return Mutate(backend_, rpc, "SubmitReview", Act::kRecord, request, response,
                  [request](const app::Caller&) -> absl::StatusOr<AnyCommand> {
                    return domain::SubmitReview{request->summary()};
                  });
  }

  Reactor* ReadReview(Rpc* rpc, const v1::ReadReviewRequest* request,
                      v1::WriteResult* response) override {
    return Mutate(
        backend_, rpc, "ReadReview", Act::kRecord, request, response,
        [request](const app::Caller&) -> absl::StatusOr<AnyCommand> {
          return domain::ReadReview{request->approved(), request->note(), request->seen_sequence()};
        });
  }

  Reactor* PublishReview(Rpc* rpc, const v1::PublishReviewRequest* request,
                         v1::WriteResult* response) override {
    return Mutate(backend_, rpc, "PublishReview", Act::kPublish, request, response,
                  [this, request](const app::Caller& caller) { return Publish(caller, *request); });
  }

  Reactor* GetReview(Rpc* rpc, const v1::GetReviewRequest* request, v1::Review* response) override {
    return Read(
        backend_, rpc, "GetReview", Act::kRead, &request->incident(),
        [this, response](const ReadCall& call) {
          TOCSIN_ASSIGN_OR_RETURN(const std::shared_ptr<const domain::Incident> incident,
                                  backend_.catalog.Snapshot(call.caller.org, call.incident));
          *response =
              ToProto(incident->review, backend_.clock.Now(), backend_.HandlesOf(call.caller.org));
          return AddSameCause(call.caller, *incident, *response);
        });
  }

  Reactor* ListReviewPrompts(Rpc* rpc, const v1::ListReviewPromptsRequest* request,
                             v1::ListReviewPromptsResponse* response) override {
    return Read(backend_, rpc, "ListReviewPrompts", Act::kRead, &request->incident(),
                [this, response](const ReadCall& call) {
                  TOCSIN_ASSIGN_OR_RETURN(
                      const std::shared_ptr<const domain::Incident> incident,
                      backend_.catalog.Snapshot(call.caller.org, call.incident));
                  const std::vector<std::string> same =
                      domain::SameCause(*incident, backend_.catalog.Related(call.caller.org));
                  for (const domain::Prompt& prompt :
                       domain::PromptsFor(*incident, backend_.clock.Now(), same)) {
                    *response->add_prompts() = PromptToProto(prompt);
                  }
                  return absl::OkStatus();
                });
  }

 private:
  absl::StatusOr<AnyCommand> Finding(const app::Caller& caller,
                                     const v1::AddFindingRequest& request) const {
    domain::AddFinding command{FindingKind::kLesson,
                               request.text(),
                               ToAttributes(request.attributes()),
                               {request.entries().begin(), request.entries().end()},
                               request.question()};
    const bool by_question =
        !request.question().empty() && request.kind() == v1::FINDING_KIND_UNSPECIFIED;
    if (!by_question) {
      TOCSIN_ASSIGN_OR_RETURN(command.kind, ToDomain(request.kind()));
      return command;
    }
    TOCSIN_ASSIGN_OR_RETURN(const IncidentId id,
                            AuthoriseIncident(backend_, caller, Act::kRecord, request.incident()));
    TOCSIN_ASSIGN_OR_RETURN(const std::shared_ptr<const domain::Incident> incident,
                            backend_.catalog.Snapshot(caller.org, id));
    const domain::GuideQuestion* question =
        domain::FindQuestion(incident->review.guide, request.question());
    // One that is unknown is refused with the others' names when the command is decided.
    if (question != nullptr) command.kind = question->kind;
    return command;
  }

  absl::StatusOr<AnyCommand> ActionItem(const app::Caller& caller,
                                        const v1::AddActionItemRequest& request) const {
    domain::AddActionItem command;
    command.text = request.text();
    TOCSIN_ASSIGN_OR_RETURN(command.owner,
                            backend_.catalog.RequireHandle(caller.org, request.owner()));
    TOCSIN_ASSIGN_OR_RETURN(command.due,
                            RequiredTime("due time", request.has_due_time(), request.due_time()));
    TOCSIN_ASSIGN_OR_RETURN(command.type, ToDomain(request.type()));
    command.links.findings = {request.findings().begin(), request.findings().end()};
    for (const std::string& name : request.incidents()) {
      TOCSIN_ASSIGN_OR_RETURN(const IncidentId id,
                              AuthoriseIncident(backend_, caller, Act::kRead, name));
      if (backend_.catalog.Access(caller, id).restricted) {
        return FailedPrecondition("RESTRICTED_LINK",
                                  absl::StrCat(IncidentNumber(name), " is restricted"),
                                  "A link would make it known to people who may not see it.");
      }
      command.links.incidents.push_back(IncidentNumber(name));
    }
    return command;
  }

  absl::StatusOr<AnyCommand> Publish(const app::Caller& caller,
                                     const v1::PublishReviewRequest& request) const {
    TOCSIN_ASSIGN_OR_RETURN(const IncidentId id,
                            AuthoriseIncident(backend_, caller, Act::kPublish, request.incident()));
    TOCSIN_ASSIGN_OR_RETURN(const std::shared_ptr<const domain::Incident> incident,
                            backend_.catalog.Snapshot(caller.org, id));
    domain::PublishReview command{request.summary(), request.without_reader()};
    command.other_readers = OtherReaders(caller, *incident);
    command.same_cause = domain::SameCause(*incident, backend_.catalog.Related(caller.org));
    return command;
  }

  // Whoever could approve the review: may write to the incident, and is somebody else.
  size_t OtherReaders(const app::Caller& caller, const domain::Incident& incident) const {
    const domain::Directory directory = backend_.catalog.DirectoryOf(caller.org);
    size_t others = 0;
    for (const auto& [id, principal] : directory.principals) {
      app::Caller other;
      other.roles = principal.roles;
      const app::AccessFacts facts{true, incident.restricted, domain::IsMember(incident, id)};
      const bool reads = app::Authorise(other, Act::kRecord, &facts).ok();
      others += reads && id != caller.principal ? 1U : 0U;
    }
    return others;
  }

  absl::Status AddSameCause(const app::Caller& caller, const domain::Incident& incident,
                            v1::Review& response) const {
    const domain::HandleOf handle_of = backend_.HandlesOf(caller.org);
    for (const std::string& number :
         domain::SameCause(incident, backend_.catalog.Related(caller.org))) {
      const absl::StatusOr<IncidentId> id = AuthoriseIncident(backend_, caller, Act::kRead, number);
      if (!id.ok()) continue;
      TOCSIN_ASSIGN_OR_RETURN(const std::shared_ptr<const domain::Incident> other,
                              backend_.catalog.Snapshot(caller.org, *id));
      v1::SameCause& entry = *response.add_same_cause();
      entry.set_incident(IncidentName(number));
      entry.set_title(other->title);
      entry.set_review(std::string(domain::StateWord(other->review)));
      for (const domain::ActionItem& item : other->review.action_items) {
        *entry.add_action_items() = ToProto(item, backend_.clock.Now(), handle_of);
      }
    }
    return absl::OkStatus();
  }

  Backend& backend_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeReviewService(Backend& backend) {
  return std::make_unique<ReviewService>(backend);
}

}  // namespace tocsin::rpc
