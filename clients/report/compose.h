// From a bundle to a report: which parts a profile wants, in which words. Everything here is
// computed from the record, and every computed statement names the entry that it comes from; people
// wrote only the texts. What a reader may not see is not here to be left out: the bundle was cut to
// the profile before (redact.h).
#pragma once

#include "clients/report/bundle.h"
#include "clients/report/document.h"
#include "clients/report/profile.h"

namespace tocsin::report {

/// The same arguments give the same document. Instants are in UTC; what is only known to the day or
/// month is shown as the date in `zone`, which should be the incident's.
Document Compose(const Bundle& bundle, const Profile& profile, const Labels& labels,
                 const absl::TimeZone& zone);

}  // namespace tocsin::report
