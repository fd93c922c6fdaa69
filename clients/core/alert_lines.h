// What is open of an incident's alerts, in lines: the same ones on the command line and in a chat.
#pragma once

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "tocsin/v1/incident.pb.h"

namespace tocsin::client {

/// "#14 deadline missed: nis2.early_warning, 12 min ago (10:00 UTC); asked: @bob (level 2), the
/// next in 8 min (10:20 UTC)". `now` is the world's.
std::string AlertLine(const v1::Incident& incident, const v1::OpenAlert& alert, absl::Time now);
/// "#14 NOT DELIVERED to xmpp war@rooms.example, reported 2 min ago (10:02 UTC); tell them another
/// way, then acknowledge it".
std::string UndeliveredLine(const v1::Incident& incident, const v1::UndeliveredAlert& alert,
                            absl::Time now);
/// Both kinds, those that wait first; empty when there are none.
std::vector<std::string> AlertLines(const v1::Incident& incident, absl::Time now);

}  // namespace tocsin::client
