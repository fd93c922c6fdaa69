#include "server/domain/escalation.h"
#include "server/domain/significance.h"
#include "server/rpc/convert.h"

namespace tocsin::rpc {
namespace {

// "yes", or with several regimes "nis2-nl yes, gdpr undecided".
std::string SignificanceText(const domain::Incident& incident) {
  if (incident.rulings.empty()) return "undecided";
  if (incident.rulings.size() == 1) return domain::SignificanceText(incident.rulings.front());
  std::string text;
  for (const domain::Ruling& ruling : incident.rulings) {
    if (!text.empty()) text.append(", ");
    text.append(ruling.id()).append(" ").append(domain::SignificanceText(ruling));
  }
  return text;
}

void FillPeople(const domain::Incident& incident, const domain::HandleOf& handle_of,
                v1::Incident& out) {
  out.set_declared_by(handle_of(incident.declared_by));
  for (const auto& [role, holders] : incident.role_holders) {
    for (const PrincipalId& holder : holders) {
      v1::RoleHolder& entry = *out.add_role_holders();
      entry.set_role(ToProto(role));
      entry.set_handle(handle_of(holder));
    }
  }
  for (const auto& [role, offer] : incident.offers) {
    v1::HandoverOffer& entry = *out.add_offers();
    entry.set_role(ToProto(role));
    entry.set_from(handle_of(offer.from));
    entry.set_to(handle_of(offer.to));
    entry.set_sequence(offer.sequence);
  }
  for (const PrincipalId& member : incident.members) out.add_members(handle_of(member));
}

void FillAlerts(const domain::Incident& incident, const domain::HandleOf& handle_of,
                v1::Incident& out) {
  for (const domain::Alert* alert : domain::OpenAlerts(incident)) {
    v1::OpenAlert& to = *out.add_alerts();
    to.set_sequence(alert->sequence);
    to.set_what(domain::AlertText(*alert));
    *to.mutable_alert_time() = ToProto(alert->time);
    to.set_level(alert->level);
    for (const PrincipalId& person : alert->asked) to.add_asked(handle_of(person));
    if (alert->next_time) *to.mutable_next_time() = ToProto(*alert->next_time);
  }
  for (const domain::UndeliveredAlert& alert : domain::UndeliveredAlerts(incident)) {
    v1::UndeliveredAlert& to = *out.add_undelivered_alerts();
    to.set_sequence(alert.alert);
    to.set_channel(alert.channel);
    to.set_room(alert.room);
    to.set_report_sequence(alert.sequence);
    *to.mutable_report_time() = ToProto(alert.time);
  }
}

// The anchors as they stand: of each name the statement that counts.
void FillAnchors(const domain::Incident& incident, const domain::HandleOf& handle_of,
                 v1::Incident& out) {
  for (const domain::Anchor& anchor : incident.anchors) {
    if (domain::FindAnchor(incident, anchor.anchor) != &anchor) continue;
    *out.add_anchors() = ToProto(anchor, handle_of);
  }
}

}  // namespace

v1::Incident ToProto(const domain::Incident& incident, const domain::HandleOf& handle_of) {
  v1::Incident out;
  out.set_name(IncidentName(incident.number));
  out.set_title(incident.title);
  out.set_severity(ToProto(incident.severity));
  out.set_phase(ToProto(incident.phase));
  out.set_tlp(ToProto(incident.tlp));
  out.set_restricted(incident.restricted);
  out.set_drill(incident.drill);
  out.set_historical(incident.historical);
  *out.mutable_declare_time() = ToProto(incident.declare_time);
  if (incident.close_time) *out.mutable_close_time() = ToProto(*incident.close_time);
  out.set_last_sequence(incident.last_sequence);
  FillPeople(incident, handle_of, out);
  out.set_entity_kind(incident.entity_kind);
  out.set_time_zone(incident.zone.name);
  for (const auto& [key, value] : incident.attributes) (*out.mutable_attributes())[key] = value;
  FillAnchors(incident, handle_of, out);
  for (const auto& [key, fact] : incident.impact) {
    v1::ImpactFact& entry = *out.add_impact();
    entry.set_key(key);
    entry.set_value(fact.value);
    entry.set_sequence(fact.sequence);
  }
  *out.mutable_last_record_time() = ToProto(incident.last_record_time);
  if (const domain::Obligation* next = domain::NextDue(incident)) {
    *out.mutable_next_due_time() = ToProto(*next->duty.due);
    out.set_next_due_stage(next->duty.stage);
  }
  out.set_significant(SignificanceText(incident));
  FillAlerts(incident, handle_of, out);
  if (domain::IsRunningDrill(incident)) {
    const domain::DrillClock& clock = incident.exercise->clock;
    v1::DrillClock& to = *out.mutable_drill_clock();
    *to.mutable_set_time() = ToProto(clock.set_time);
    *to.mutable_shown_time() = ToProto(clock.shown_time);
    to.set_speed(clock.speed);
    to.set_paused(clock.paused);
    *to.mutable_end_time() = ToProto(clock.end_time);
  }
  return out;
}

v1::Principal ToProto(const domain::Principal& principal) {
  v1::Principal out;
  out.set_name("principals/" + principal.handle);
  out.set_handle("@" + principal.handle);
  out.set_display_name(principal.display_name);
  for (OrgRole role : principal.roles) out.add_roles(ToProto(role));
  return out;
}

}  // namespace tocsin::rpc
