#include "clients/cli/drill_time.h"

#include "clients/core/proto_time.h"
#include "tocsin/v1/incident.grpc.pb.h"

namespace tocsin::cli {

absl::Time TimeIn(const v1::Obligation& obligation, absl::Time now) {
  return obligation.has_drill_time() ? client::FromProto(obligation.drill_time()) : now;
}

absl::StatusOr<client::When> ReadIncidentWhen(Session& session, std::string_view flag,
                                              std::string_view text) {
  const absl::StatusOr<client::When> plain = client::ParseWhen(text, session.now(), session.zone());
  const absl::StatusOr<std::string> name = session.IncidentName();
  if (!plain.ok() || !plain->resolved || !name.ok()) return session.ReadWhen(flag, text);
  v1::GetIncidentRequest request;
  request.set_name(*name);
  const auto incident = Call(session, &v1::IncidentService::Stub::GetIncident, request);
  // The write itself will say what is wrong.
  if (!incident.ok() || !incident->has_drill_clock()) return session.ReadWhen(flag, text);
  return session.ReadWhen(flag, text, TimeIn(*incident, session.now()));
}

}  // namespace tocsin::cli
