#include "clients/chat/bot/grpc_runner.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "clients/chat/bot/reads.h"
#include "clients/chat/bot/rpc_call.h"
#include "clients/core/incident_clock.h"
#include "clients/core/names.h"
#include "clients/core/proto_time.h"
#include "clients/core/time_input.h"
#include "server/base/check.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "tocsin/v1/access.grpc.pb.h"
#include "tocsin/v1/briefing.grpc.pb.h"
#include "tocsin/v1/incident.grpc.pb.h"
#include "tocsin/v1/obligation.grpc.pb.h"
#include "tocsin/v1/playbook.grpc.pb.h"
#include "tocsin/v1/review.grpc.pb.h"
#include "tocsin/v1/timeline.grpc.pb.h"

namespace tocsin::chat {
namespace {

using client::ToProto;

// The numbers of our enums are those of the API.
template <typename Proto, typename Enum>
Proto ProtoOf(Enum value) {
  return static_cast<Proto>(static_cast<int>(value));
}

Written WrittenOf(const v1::WriteResult& result) {
  return {client::ShortName(result.incident()), result.first_sequence(), result.last_sequence(),
          std::nullopt};
}

// One message, carried out: each verb is a function.
class Execution {
 public:
  Execution(const OrderCalls& calls, DrillClocks& clocks)
      : calls_(calls), order_(calls.order()), clocks_(clocks) {}

  absl::StatusOr<Ran> operator()(const DeclareIncident& declare) const {
    v1::DeclareIncidentRequest request;
    request.set_request_id(calls_.RequestIdOf("declare"));
    request.set_title(declare.title);
    request.set_severity(ProtoOf<v1::Severity>(declare.severity));
    request.set_playbook(declare.playbook);
    request.set_restricted(declare.restricted);
    request.set_drill(declare.drill);
    if (declare.tlp) request.set_tlp(ProtoOf<v1::Tlp>(*declare.tlp));
    (*request.mutable_attributes())["source"] = order_.source;
    TOCSIN_ASSIGN_OR_RETURN(const v1::DeclareIncidentResponse response,
                            calls_.Call(&v1::IncidentService::Stub::DeclareIncident, request));
    const std::string incident = client::ShortName(response.result().incident());
    // As it stands now, also when it was declared by an earlier attempt.
    TOCSIN_ASSIGN_OR_RETURN(const Standing standing, ReadStanding(calls_, incident));
    return Ran{Declared(standing, order_.manner, order_.binds), order_.binds ? incident : ""};
  }

  // Which room tells of an incident is itself part of the record.
  absl::StatusOr<Ran> operator()(const BindRoom&) const {
    TOCSIN_RETURN_IF_ERROR(Note("bind", EntryKind::kCommunication,
                                absl::StrCat("Chat room bound to this incident: ", order_.source))
                               .status());
    TOCSIN_ASSIGN_OR_RETURN(const Standing standing, ReadStanding(calls_, order_.incident));
    return Ran{Bound(standing, order_.manner), order_.incident};
  }

  absl::StatusOr<Ran> operator()(const RecordNote& note) const {
    v1::RecordEntryRequest request;
    request.set_request_id(calls_.RequestIdOf("record"));
    request.set_incident(Incident());
    request.set_kind(ProtoOf<v1::EntryKind>(note.kind));
    request.set_text(note.text);
    TOCSIN_ASSIGN_OR_RETURN(const Moment when, MomentOf(note.at));
    *request.mutable_occur_time() = ToProto(when.time);
    request.set_precision(
        ProtoOf<v1::Precision>(note.at ? note.at->precision : Precision::kSecond));
    if (note.tlp) request.set_tlp(ProtoOf<v1::Tlp>(*note.tlp));
    for (const auto& [key, value] : note.attributes) (*request.mutable_attributes())[key] = value;
    request.mutable_attributes()->insert({"source", order_.source});
    TOCSIN_ASSIGN_OR_RETURN(const v1::WriteResult result,
                            calls_.Call(&v1::TimelineService::Stub::RecordEntry, request));
    return Done(result, when);
  }

  absl::StatusOr<Ran> operator()(const CorrectNote& correct) const {
    v1::CorrectEntryRequest request;
    request.set_sequence(correct.sequence);
    request.set_text(correct.text);
    return Write(&v1::TimelineService::Stub::CorrectEntry, request);
  }

  absl::StatusOr<Ran> operator()(const RetractNote& retract) const {
    v1::RetractEntryRequest request;
    request.set_sequence(retract.sequence);
    request.set_because(retract.because);
    return Write(&v1::TimelineService::Stub::RetractEntry, request);
  }

  absl::StatusOr<Ran> operator()(const AssessImpact& impact) const {
    v1::AssessImpactRequest request;
    request.mutable_facts()->insert(impact.facts.begin(), impact.facts.end());
    request.set_note(impact.note);
    return Write(&v1::ObligationService::Stub::AssessImpact, request);
  }

  absl::StatusOr<Ran> operator()(const StateAware& aware) const {
    v1::RecordAnchorRequest request;
    request.set_anchor("aware");
    TOCSIN_ASSIGN_OR_RETURN(const Moment when, MomentOf(aware.at));
    *request.mutable_time() = ToProto(when.time);
    request.set_because(aware.because);
    return Write(&v1::ObligationService::Stub::RecordAnchor, request, when);
  }

  absl::StatusOr<Ran> operator()(const DecideSignificant& decide) const {
    v1::DecideSignificanceRequest request;
    request.set_significant(decide.significant);
    request.set_regime(decide.regime);
    request.set_because(decide.because);
    return Write(&v1::ObligationService::Stub::DecideSignificance, request);
  }

  absl::StatusOr<Ran> operator()(const AskDeadlines&) const {
    TOCSIN_ASSIGN_OR_RETURN(const std::vector<Duty> duties, ReadDuties(calls_, order_.incident));
    return Ran{DeadlinesAre(duties, order_.manner), ""};
  }

  absl::StatusOr<Ran> operator()(const AskWho&) const {
    TOCSIN_ASSIGN_OR_RETURN(const Standing standing, ReadStanding(calls_, order_.incident));
    return Ran{WhoIs(standing), ""};
  }

  absl::StatusOr<Ran> operator()(const AskStatus&) const {
    TOCSIN_ASSIGN_OR_RETURN(const Standing standing, ReadStanding(calls_, order_.incident));
    return Ran{StatusIs(standing, order_.manner, order_.problems), ""};
  }

  absl::StatusOr<Ran> operator()(const AskSteps& ask) const {
    TOCSIN_ASSIGN_OR_RETURN(const std::vector<OpenStep> steps,
                            ReadSteps(calls_, order_.incident, ask.mine));
    return Ran{StepsAre(order_.incident, steps, ask.mine, order_.manner), ""};
  }

  absl::StatusOr<Ran> operator()(const AssignRole& assign) const {
    v1::AssignRoleRequest request;
    request.set_role(ProtoOf<v1::IncidentRole>(assign.role));
    request.set_handle(assign.handle);
    return Write(&v1::IncidentService::Stub::AssignRole, request);
  }

  absl::StatusOr<Ran> operator()(const CompleteStep& complete) const {
    v1::CompleteStepRequest request;
    request.set_step(complete.step);
    request.set_evidence(complete.evidence);
    return Write(&v1::PlaybookService::Stub::CompleteStep, request);
  }

  absl::StatusOr<Ran> operator()(const SkipStep& skip) const {
    v1::SkipStepRequest request;
    request.set_step(skip.step);
    request.set_because(skip.because);
    return Write(&v1::PlaybookService::Stub::SkipStep, request);
  }

  absl::StatusOr<Ran> operator()(const SituationReport& wanted) const {
    v1::DraftSituationReportRequest request;
    request.set_incident(Incident());
    request.set_audience(ProtoOf<v1::Audience>(wanted.audience));
    TOCSIN_ASSIGN_OR_RETURN(const v1::DraftSituationReportResponse draft,
                            calls_.Call(&v1::BriefingService::Stub::DraftSituationReport, request));
    Report report;
    report.audience = wanted.audience;
    report.tlp = FromNumber<Tlp>(static_cast<int>(draft.tlp())).value_or(Tlp::kRed);
    report.conditions = draft.conditions();
    report.actions = draft.actions();
    report.needs = draft.needs();
    if (wanted.send) {
      v1::SendSituationReportRequest send;
      send.set_request_id(calls_.RequestIdOf("send"));
      send.set_incident(Incident());
      send.set_audience(request.audience());
      send.set_conditions(draft.conditions());
      send.set_actions(draft.actions());
      send.set_needs(draft.needs());
      const absl::StatusOr<v1::WriteResult> result =
          calls_.Call(&v1::BriefingService::Stub::SendSituationReport, send);
      if (DoneBefore(result.status())) return Ran{Earlier(), ""};
      if (!result.ok()) return result.status();
      report.written = WrittenOf(*result);
    }
    return Ran{Reported(order_.incident, report, order_.manner), ""};
  }

  absl::StatusOr<Ran> operator()(const ChangeSeverity& change) const {
    v1::ChangeSeverityRequest request;
    request.set_severity(ProtoOf<v1::Severity>(change.severity));
    request.set_because(change.because);
    return Write(&v1::IncidentService::Stub::ChangeSeverity, request);
  }

  absl::StatusOr<Ran> operator()(const ChangePhase& change) const {
    v1::ChangePhaseRequest request;
    request.set_phase(ProtoOf<v1::Phase>(change.phase));
    request.set_because(change.because);
    return Write(&v1::IncidentService::Stub::ChangePhase, request);
  }

  absl::StatusOr<Ran> operator()(const DraftNotification& wanted) const {
    v1::DraftNotificationRequest request;
    request.set_request_id(calls_.RequestIdOf("write"));
    request.set_incident(Incident());
    request.set_stage(wanted.stage);
    TOCSIN_ASSIGN_OR_RETURN(const v1::DraftNotificationResponse response,
                            calls_.Call(&v1::ObligationService::Stub::DraftNotification, request));
    Draft draft;
    draft.written = WrittenOf(response.result());
    draft.stage = wanted.stage;
    for (const v1::NotificationField& field : response.fields()) {
      if (field.state() != "missing") {
        ++draft.filled;
      } else if (field.required()) {
        draft.missing.push_back(field.label());
      }
    }
    return Ran{Drafted(draft), ""};
  }

  absl::StatusOr<Ran> operator()(const OfferHandover& offer) const {
    v1::OfferHandoverRequest request;
    request.set_request_id(calls_.RequestIdOf("write"));
    request.set_incident(Incident());
    request.set_role(ProtoOf<v1::IncidentRole>(offer.role));
    request.set_handle(offer.handle);
    request.set_brief(offer.brief);
    if (offer.brief.empty()) {
      v1::DraftHandoverRequest draft;
      draft.set_incident(Incident());
      TOCSIN_ASSIGN_OR_RETURN(const v1::DraftHandoverResponse response,
                              calls_.Call(&v1::BriefingService::Stub::DraftHandover, draft));
      request.set_brief(response.brief());
    }
    const absl::StatusOr<v1::WriteResult> result =
        calls_.Call(&v1::BriefingService::Stub::OfferHandover, request);
    // The draft of the first attempt was another one.
    if (DoneBefore(result.status())) return Ran{Earlier(), ""};
    if (!result.ok()) return result.status();
    return Done(*result, std::nullopt);
  }

  absl::StatusOr<Ran> operator()(const AnswerHandover& answer) const {
    v1::AnswerHandoverRequest request;
    request.set_role(ProtoOf<v1::IncidentRole>(answer.role));
    request.set_accept(answer.accept);
    request.set_because(answer.because);
    return Write(&v1::BriefingService::Stub::AnswerHandover, request);
  }

  absl::StatusOr<Ran> operator()(const OpenReview&) const {
    return Write(&v1::ReviewService::Stub::OpenReview, v1::OpenReviewRequest());
  }

  absl::StatusOr<Ran> operator()(const AddFinding& finding) const {
    v1::AddFindingRequest request;
    request.set_kind(ProtoOf<v1::FindingKind>(finding.kind));
    request.set_text(finding.text);
    return Write(&v1::ReviewService::Stub::AddFinding, request);
  }

  absl::StatusOr<Ran> operator()(const AddActionItem& item) const {
    v1::AddActionItemRequest request;
    request.set_type(ProtoOf<v1::ActionType>(item.type));
    request.set_text(item.text);
    request.set_owner(item.owner);
    *request.mutable_due_time() = ToProto(item.due.time);
    return Write(&v1::ReviewService::Stub::AddActionItem, request, item.due);
  }

  absl::StatusOr<Ran> operator()(const SearchNotes& search) const {
    TOCSIN_ASSIGN_OR_RETURN(const Hits hits, ReadHits(calls_, order_.incident, search.text));
    return Ran{Found(hits.hits, hits.more, order_.manner), ""};
  }

  absl::StatusOr<Ran> operator()(const AcknowledgeAlert& ack) const {
    v1::AcknowledgeAlertRequest request;
    request.set_request_id(calls_.RequestIdOf("ack"));
    request.set_incident(Incident());
    request.set_sequence(ack.alert);
    TOCSIN_ASSIGN_OR_RETURN(const v1::AcknowledgeAlertResponse response,
                            calls_.Call(&v1::IncidentService::Stub::AcknowledgeAlert, request));
    std::string before;
    if (response.already()) {
      before = absl::StrCat(
          "by ", response.acknowledged_by(), " at ",
          client::FormatClock(client::FromProto(response.acknowledge_time()), order_.manner.now));
    }
    return Ran{Acknowledged(order_.incident, response.sequence(), before), ""};
  }

  // The bot answers these itself.
  absl::StatusOr<Ran> operator()(const AskHelp&) const { return NotForServer(); }
  absl::StatusOr<Ran> operator()(const LinkAccount&) const { return NotForServer(); }
  absl::StatusOr<Ran> operator()(const UnlinkAccount&) const { return NotForServer(); }
  absl::StatusOr<Ran> operator()(const UnbindRoom&) const { return NotForServer(); }
  absl::StatusOr<Ran> operator()(const NotInChat&) const { return NotForServer(); }

 private:
  std::string Incident() const { return ResourceOf(order_.incident); }

  static absl::Status NotForServer() {
    TOCSIN_CHECK(false);
    return absl::OkStatus();
  }

  Ran Done(const v1::WriteResult& result, const std::optional<Moment>& at) const {
    Written written = WrittenOf(result);
    if (at && at->told_back) written.at = at->time;
    return Ran{Recorded(written, order_.manner), ""};
  }

  // The moment that is meant, by default that of the message. A running drill has a clock of its
  // own, from which also "-20m" counts.
  absl::StatusOr<Moment> MomentOf(const std::optional<Moment>& at) const {
    Moment moment = at.value_or(Moment{order_.sent_time});
    if (at && at->written.empty()) return moment;
    TOCSIN_ASSIGN_OR_RETURN(const std::optional<absl::Time> shown,
                            clocks_.Show(calls_, order_.incident, order_.sent_time));
    if (!shown) return moment;
    moment.time = *shown;
    if (!at) return moment;
    TOCSIN_ASSIGN_OR_RETURN(const client::When when,
                            client::ParseWhen(at->written, *shown, order_.zone));
    moment.time = when.time;
    return moment;
  }

  // A verb whose whole effect is one write with a WriteResult.
  template <typename Stub, typename Request>
  absl::StatusOr<Ran> Write(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                         v1::WriteResult*),
                            Request request, const std::optional<Moment>& at = {}) const {
    request.set_request_id(calls_.RequestIdOf("write"));
    request.set_incident(Incident());
    TOCSIN_ASSIGN_OR_RETURN(const v1::WriteResult result, calls_.Call(method, request));
    return Done(result, at);
  }

  absl::StatusOr<v1::WriteResult> Note(std::string_view step, EntryKind kind,
                                       const std::string& text) const {
    v1::RecordEntryRequest request;
    request.set_request_id(calls_.RequestIdOf(step));
    request.set_incident(Incident());
    request.set_kind(ProtoOf<v1::EntryKind>(kind));
    request.set_text(text);
    TOCSIN_ASSIGN_OR_RETURN(const Moment when, MomentOf(std::nullopt));
    *request.mutable_occur_time() = ToProto(when.time);
    (*request.mutable_attributes())["source"] = order_.source;
    return calls_.Call(&v1::TimelineService::Stub::RecordEntry, request);
  }

  // The id of this message was used with another draft: by an attempt whose answer was lost.
  static bool DoneBefore(const absl::Status& status) {
    return ReasonOf(status) == "REQUEST_ID_REUSED";
  }
  Blocks Earlier() const {
    return {Text(absl::StrCat(order_.incident, ": this was recorded at an earlier attempt."))};
  }

  const OrderCalls& calls_;
  const Order& order_;
  DrillClocks& clocks_;
};

}  // namespace

absl::StatusOr<std::optional<absl::Time>> DrillClocks::Show(const OrderCalls& calls,
                                                            const std::string& incident,
                                                            absl::Time time) {
  constexpr size_t kRememberedMax = 10'000;
  if (real_.contains(incident)) return std::nullopt;
  v1::GetIncidentRequest request;
  request.set_name(ResourceOf(incident));
  TOCSIN_ASSIGN_OR_RETURN(const v1::Incident read,
                          calls.Call(&v1::IncidentService::Stub::GetIncident, request));
  if (read.has_drill_clock()) return client::TimeIn(read, time);
  if (real_.size() >= kRememberedMax) real_.clear();
  // What is no drill never becomes one, and one that is over starts no more.
  real_.insert(incident);
  return std::nullopt;
}

absl::StatusOr<Ran> GrpcRunner::Run(const Order& order) {
  const OrderCalls calls(connection_.channel(), order);
  return std::visit(Execution(calls, clocks_), order.command);
}

absl::StatusOr<Linked> GrpcRunner::Link(const std::string& code, const std::string& account) {
  Order order;
  const OrderCalls calls(connection_.channel(), order);
  v1::EnrolRequest request;
  request.set_code(code);
  request.set_device(account);
  request.set_chat(true);
  TOCSIN_ASSIGN_OR_RETURN(const v1::EnrolResponse response,
                          calls.Call(&v1::AccessService::Stub::Enrol, request));
  return Linked{response.principal().handle(), response.token()};
}

absl::Status GrpcRunner::Report(const Delivery& delivery) {
  Order order;
  order.token = token_;
  order.adapter = delivery.adapter;
  order.message = delivery.key;
  const OrderCalls calls(connection_.channel(), order);
  v1::RecordEntryRequest request;
  request.set_request_id(calls.RequestIdOf("delivery"));
  request.set_incident(ResourceOf(delivery.incident));
  request.set_kind(v1::ENTRY_KIND_COMMUNICATION);
  request.set_text(absl::StrCat("Alert of #", delivery.alert,
                                delivery.delivered ? " delivered to " : " NOT delivered to ",
                                delivery.adapter, " ", delivery.room,
                                delivery.problem.empty() ? "" : ": ", delivery.problem));
  TOCSIN_ASSIGN_OR_RETURN(const std::optional<absl::Time> shown,
                          clocks_.Show(calls, delivery.incident, delivery.time));
  *request.mutable_occur_time() = ToProto(shown.value_or(delivery.time));
  auto& attributes = *request.mutable_attributes();
  attributes["alert"] = absl::StrCat(delivery.alert);
  attributes["channel"] = delivery.adapter;
  attributes["room"] = delivery.room;
  attributes["outcome"] = delivery.delivered ? "delivered" : "failed";
  return calls.Call(&v1::TimelineService::Stub::RecordEntry, request).status();
}

absl::Status GrpcRunner::Unlink(const std::string& token) {
  Order order;
  order.token = token;
  const OrderCalls calls(connection_.channel(), order);
  return calls.Call(&v1::AccessService::Stub::RevokeToken, v1::RevokeTokenRequest()).status();
}

}  // namespace tocsin::chat
