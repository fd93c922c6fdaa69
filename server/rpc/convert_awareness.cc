#include "server/domain/awareness.h"

#include "server/rpc/convert.h"
#include "tocsin/v1/awareness.pb.h"

namespace tocsin::rpc {
namespace {

v1::GapLevel ToProto(domain::GapLevel level) {
  switch (level) {
    case domain::GapLevel::kNone:
      return v1::GAP_LEVEL_NONE;
    case domain::GapLevel::kAmber:
      return v1::GAP_LEVEL_AMBER;
    case domain::GapLevel::kRed:
      return v1::GAP_LEVEL_RED;
  }
  return v1::GAP_LEVEL_NONE;
}

}  // namespace

v1::Anchor ToProto(const domain::Anchor& anchor, const domain::HandleOf& handle_of) {
  v1::Anchor out;
  out.set_anchor(anchor.anchor);
  *out.mutable_time() = ToProto(anchor.time);
  out.set_because(anchor.because);
  out.set_stated_by(handle_of(anchor.stated.author));
  out.set_sequence(anchor.stated.sequence);
  *out.mutable_record_time() = ToProto(anchor.stated.record_time);
  return out;
}

v1::Awareness AwarenessOf(const domain::Incident& incident, absl::Time now,
                          const domain::HandleOf& handle_of) {
  v1::Awareness out;
  out.set_incident(IncidentName(incident.number));
  if (const domain::Anchor* counting = domain::FindAnchor(incident, "aware")) {
    *out.mutable_counting() = ToProto(*counting, handle_of);
    if (counting->approved) out.set_approved_by(handle_of(counting->approved->author));
  }
  if (const domain::Anchor* pending = domain::PendingAwareness(incident)) {
    *out.mutable_pending() = ToProto(*pending, handle_of);
  }
  const auto gap = domain::GapOf(incident, now);
  out.set_gap_level(ToProto(gap ? gap->level : domain::GapLevel::kNone));
  if (!gap) return out;
  *out.mutable_detect_time() = ToProto(gap->detect_time);
  out.set_gap_seconds(absl::ToInt64Seconds(gap->span));
  return out;
}

}  // namespace tocsin::rpc
