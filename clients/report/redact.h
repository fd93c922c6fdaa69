// Cuts a bundle to what a profile's readers may see, before anything is made of it: no renderer can
// leak what it never gets. Entries above the ceiling lose body, salt and text and stay as withheld,
// with record, proof and leaf hash, so that the cut bundle verifies like the whole one. What the
// server computed from such an entry goes too; a field that is not known here goes rather than
// stays.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "clients/report/profile.h"

namespace tocsin::report {

/// The bundle's text for `profile`. The very same bytes when no entry is above the ceiling and
/// people may be named. With Names::kRoles every handle that the server put in is replaced by the
/// person's role in the incident ("commander") or a number ("person 2"); what people wrote stands
/// as they wrote it, since it is proven word for word. Errors: kInvalidArgument BUNDLE_NOT_READ.
absl::StatusOr<std::string> CutToProfile(std::string_view bundle, const Profile& profile);

}  // namespace tocsin::report
