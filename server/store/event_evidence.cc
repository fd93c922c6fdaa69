// Bodies of evidence, in both directions.
#include "server/store/event_codec.h"
#include "server/store/event_get.h"
#include "server/store/event_numbers.h"
#include "server/store/event_put.h"
#include "tocsin/storage/v1/body.pb.h"
#include "tocsin/storage/v1/evidence.pb.h"

namespace tocsin::store {

void Put(const domain::EvidenceAdded& event, pb::Body& body) {
  pb::EvidenceAdded& message = *body.mutable_evidence_added();
  message.set_item(event.item);
  message.set_name(event.name);
  message.set_size(event.size);
  message.set_digest(Bytes(event.digest));
  message.set_note(event.note);
  message.set_from(event.from);
  if (!event.collect_time) return;
  message.set_has_collect_time(true);
  message.set_collect_time_ns(Nanos(*event.collect_time));
}

void Put(const domain::EvidenceMoved& event, pb::Body& body) {
  pb::EvidenceMoved& message = *body.mutable_evidence_moved();
  message.set_item(event.item);
  message.set_custody(NumberIn(kCustodyNumbers, event.custody));
  message.set_to(event.to);
  if (!event.principal.empty()) message.set_principal(Bytes(event.principal));
  message.set_because(event.because);
  if (!event.move_time) return;
  message.set_has_move_time(true);
  message.set_move_time_ns(Nanos(*event.move_time));
}

void Put(const domain::EvidenceStored& event, pb::Body& body) {
  pb::EvidenceStored& message = *body.mutable_evidence_stored();
  message.set_item(event.item);
  message.set_size(event.size);
  message.set_digest(Bytes(event.digest));
}

void Put(const domain::EvidenceRetrieved& event, pb::Body& body) {
  body.mutable_evidence_retrieved()->set_item(event.item);
}

domain::EvidenceAdded Get(const pb::EvidenceAdded& message, Fields& fields) {
  domain::EvidenceAdded event{
      message.item(), message.name(), message.size(), fields.Bytes<Digest>(message.digest()),
      message.note(), message.from(), std::nullopt};
  if (message.has_collect_time()) event.collect_time = FromNanos(message.collect_time_ns());
  return event;
}

domain::EvidenceMoved Get(const pb::EvidenceMoved& message, Fields& fields) {
  domain::EvidenceMoved event;
  event.item = message.item();
  event.custody = fields.WordIn<domain::Custody>(kCustodyNumbers, message.custody());
  event.to = message.to();
  if (!message.principal().empty()) {
    event.principal = fields.Bytes<PrincipalId>(message.principal());
  }
  event.because = message.because();
  if (message.has_move_time()) event.move_time = FromNanos(message.move_time_ns());
  return event;
}

domain::EvidenceStored Get(const pb::EvidenceStored& message, Fields& fields) {
  return {message.item(), message.size(), fields.Bytes<Digest>(message.digest())};
}

domain::EvidenceRetrieved Get(const pb::EvidenceRetrieved& message, Fields&) {
  return {message.item()};
}

}  // namespace tocsin::store
