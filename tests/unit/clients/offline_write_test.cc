#include "clients/core/offline_write.h"

#include <google/protobuf/util/json_util.h>

#include "clients/core/proto_time.h"
#include "server/base/error.h"
#include "server/base/text.h"
#include "server/base/time_text.h"
#include "tests/support/catch.h"
#include "tocsin/v1/access.pb.h"
#include "tocsin/v1/awareness.pb.h"
#include "tocsin/v1/briefing.pb.h"
#include "tocsin/v1/evidence.pb.h"
#include "tocsin/v1/incident.pb.h"
#include "tocsin/v1/obligation.pb.h"
#include "tocsin/v1/playbook.pb.h"
#include "tocsin/v1/review.pb.h"
#include "tocsin/v1/timeline.pb.h"

namespace tocsin::client {
namespace {

const char kClaimed[] = "2026-06-10T08:15:30Z";

template <typename Request>
Request Stored(const Request& request) {
  const absl::StatusOr<QueuedWrite> write = ForQueue(request, *ParseInstant(kClaimed), Context());
  REQUIRE(write.ok());
  Request back;
  REQUIRE(google::protobuf::util::JsonStringToMessage(write->request, &back).ok());
  return back;
}

TEST_CASE("OfflineWrite: what was seen, done or known may wait; what decides for others may not",
          "[clients][queue]") {
  CHECK(MayWait(v1::RecordEntryRequest()));
  CHECK(MayWait(v1::CorrectEntryRequest()));
  CHECK(MayWait(v1::RetractEntryRequest()));
  CHECK(MayWait(v1::RecordAnchorRequest()));
  CHECK(MayWait(v1::AddEvidenceRequest()));
  CHECK(MayWait(v1::MoveEvidenceRequest()));
  CHECK(MayWait(v1::AssessImpactRequest()));
  CHECK(MayWait(v1::CompleteStepRequest()));
  CHECK(MayWait(v1::SkipStepRequest()));
  CHECK(MayWait(v1::AnswerStepRequest()));
  CHECK(MayWait(v1::AddFindingRequest()));
  CHECK(MayWait(v1::AddActionItemRequest()));
  CHECK(MayWait(v1::CompleteActionItemRequest()));

  CHECK_FALSE(MayWait(v1::DeclareIncidentRequest()));
  CHECK_FALSE(MayWait(v1::CloseIncidentRequest()));
  CHECK_FALSE(MayWait(v1::ReopenIncidentRequest()));
  CHECK_FALSE(MayWait(v1::ChangePhaseRequest()));
  CHECK_FALSE(MayWait(v1::ChangeSeverityRequest()));
  CHECK_FALSE(MayWait(v1::AssignRoleRequest()));
  CHECK_FALSE(MayWait(v1::DecideSignificanceRequest()));
  CHECK_FALSE(MayWait(v1::RecordSubmissionRequest()));
  CHECK_FALSE(MayWait(v1::ApproveNotificationRequest()));
  CHECK_FALSE(MayWait(v1::PublishReviewRequest()));
  CHECK_FALSE(MayWait(v1::AnswerHandoverRequest()));
  CHECK_FALSE(MayWait(v1::OfferHandoverRequest()));
  CHECK_FALSE(MayWait(v1::SendSituationReportRequest()));
  CHECK_FALSE(MayWait(v1::DecideAwarenessRequest()));
  CHECK_FALSE(MayWait(v1::StartRunRequest()));
  CHECK_FALSE(MayWait(v1::AssignStepRequest()));
  CHECK_FALSE(MayWait(v1::CreatePrincipalRequest()));
  CHECK_THAT(WhyNotQueued(v1::DeclareIncidentRequest()), ContainsSubstring("number"));
  CHECK_THAT(WhyNotQueued(v1::CloseIncidentRequest()), ContainsSubstring("cannot be undone"));
}

TEST_CASE("OfflineWrite: evidence is stored with the time its custody began or changed",
          "[clients][queue]") {
  v1::AddEvidenceRequest request;
  request.set_name("fs01.dd");
  const v1::AddEvidenceRequest stored = Stored(request);
  CHECK(FromProto(stored.collect_time()) == *ParseInstant(kClaimed));
  CHECK(stored.note() == "(written offline, 2026-06-10T08:15:30Z by the writer's clock)");
  *request.mutable_collect_time() = ToProto(absl::FromUnixSeconds(1'000));
  CHECK(Stored(request).collect_time().seconds() == 1'000);
  v1::MoveEvidenceRequest move;
  move.set_because("analysis");
  CHECK(FromProto(Stored(move).move_time()) == *ParseInstant(kClaimed));
}

TEST_CASE("OfflineWrite: nothing goes ahead of a queue that could not be sent",
          "[clients][queue]") {
  CHECK_FALSE(MustWaitBehind(absl::OkStatus()));
  CHECK(MustWaitBehind(absl::UnavailableError("away")));
  CHECK(MustWaitBehind(absl::ResourceExhaustedError("later")));
  CHECK(MustWaitBehind(Error(absl::StatusCode::kAborted, "LOCK_TAKEN", "another sends", "wait")));
  // There a new write fails by itself, or the queue cannot be used at all.
  CHECK_FALSE(MustWaitBehind(absl::UnauthenticatedError("who?")));
  CHECK_FALSE(MustWaitBehind(Error(absl::StatusCode::kInternal, "FILE_NOT_READ", "disk", "look")));
}

TEST_CASE("OfflineWrite: an entry gets the claimed time, marked as the client's",
          "[clients][queue]") {
  v1::RecordEntryRequest request;
  request.set_request_id("11111111-1111-4111-8111-111111111111");
  request.set_incident("incidents/INC-2026-0001");
  request.set_text("isolated fs01\nby hand \"quoted\" é");
  request.set_kind(v1::ENTRY_KIND_ACTION);

  const v1::RecordEntryRequest stored = Stored(request);

  CHECK(stored.request_id() == request.request_id());
  CHECK(stored.text() == request.text());
  CHECK(stored.kind() == v1::ENTRY_KIND_ACTION);
  CHECK(FormatInstant(FromProto(stored.occur_time())) == kClaimed);
  CHECK(stored.precision() == v1::PRECISION_SECOND);
  CHECK(stored.attributes().at("clock") == "client");
  CHECK(stored.attributes().at("queued_time") == kClaimed);
}

TEST_CASE("OfflineWrite: a time that the person stated stays", "[clients][queue]") {
  v1::RecordEntryRequest request;
  request.set_text("first note seen");
  *request.mutable_occur_time() = ToProto(*ParseInstant("2026-06-10T06:00:00Z"));
  request.set_precision(v1::PRECISION_MINUTE);

  const v1::RecordEntryRequest stored = Stored(request);

  CHECK(FormatInstant(FromProto(stored.occur_time())) == "2026-06-10T06:00:00Z");
  CHECK(stored.precision() == v1::PRECISION_MINUTE);
  CHECK(stored.attributes().at("queued_time") == kClaimed);
}

TEST_CASE("OfflineWrite: reasons and notes say when they were written", "[clients][queue]") {
  const std::string mark = std::string("(written offline, ") + kClaimed + " by the writer's clock)";
  v1::RecordAnchorRequest anchor;
  anchor.set_because("the SOC confirmed it");
  *anchor.mutable_time() = ToProto(*ParseInstant("2026-06-10T06:00:00Z"));
  CHECK(Stored(anchor).because() == "the SOC confirmed it " + mark);
  CHECK(FormatInstant(FromProto(Stored(anchor).time())) == "2026-06-10T06:00:00Z");

  v1::AssessImpactRequest impact;
  (*impact.mutable_facts())["users_affected"] = "1200";
  CHECK(Stored(impact).note() == mark);
  CHECK(Stored(impact).facts().at("users_affected") == "1200");

  v1::CompleteStepRequest step;
  step.set_step("isolate-hosts");
  step.set_evidence("https://example.org/ticket/1");
  CHECK(Stored(step).evidence() == "https://example.org/ticket/1");
}

TEST_CASE("OfflineWrite: a reason that the mark makes too long is refused at once",
          "[clients][queue]") {
  v1::RetractEntryRequest request;
  request.set_because(std::string(kTextBytesMax - 5, 'x'));
  const auto write = ForQueue(request, *ParseInstant(kClaimed), Context());
  CHECK(ReasonOf(write.status()) == "TEXT_TOO_LONG");
}

TEST_CASE("OfflineWrite: a write is described by what its author knows of it", "[clients][queue]") {
  v1::RecordEntryRequest request;
  request.set_incident("incidents/INC-2026-0007");
  request.set_text("isolated fs01");
  QueuedWrite write = *ForQueue(request, *ParseInstant(kClaimed), Context());
  CHECK(Describe(write) == "log: isolated fs01");
  CHECK(IncidentOf(write) == "INC-2026-0007");

  write.method = "FlyToTheMoonRequest";
  CHECK(Describe(write) == "FlyToTheMoonRequest");
  CHECK(IncidentOf(write) == "?");
}

TEST_CASE("OfflineWrite: away is no answer, or one that it cannot record now", "[clients][queue]") {
  CHECK(IsAway(absl::UnavailableError("no connection")));
  CHECK(IsAway(absl::DeadlineExceededError("no answer")));
  CHECK(IsAway(absl::CancelledError("it stops")));
  CHECK_FALSE(IsAway(absl::OkStatus()));
  CHECK_FALSE(IsAway(absl::PermissionDeniedError("no")));
  CHECK_FALSE(IsAway(absl::UnauthenticatedError("who?")));
  CHECK_FALSE(IsAway(absl::InvalidArgumentError("no")));
}

}  // namespace
}  // namespace tocsin::client
