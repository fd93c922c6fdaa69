#include "server/app/authoriser.h"

#include <algorithm>
#include <initializer_list>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/check.h"
#include "server/base/error.h"

namespace tocsin::app {
namespace {

struct Row {
  Act act;
  std::vector<OrgRole> roles;
};

// The table. An auditor reads proofs and exports, never content of restricted incidents; an admin
// manages people and reads nothing by that role alone.
const std::vector<Row>& Table() {
  using enum OrgRole;
  static const std::vector<Row> table = {
      {Act::kRead, {kViewer, kResponder, kCommander, kCiso, kDpo, kLegal, kAuditor}},
      {Act::kDeclare, {kResponder, kCommander, kCiso, kDpo, kLegal}},
      {Act::kRecord, {kResponder, kCommander, kCiso, kDpo, kLegal}},
      {Act::kDirect, {kCommander, kCiso}},
      {Act::kNotify, {kCommander, kCiso, kDpo, kLegal}},
      {Act::kFile, {kCommander, kCiso, kDpo, kLegal}},
      {Act::kCloseOrReopen, {kCommander, kCiso}},
      {Act::kPublish, {kCommander, kCiso}},
      {Act::kExport, {kCommander, kCiso, kDpo, kLegal, kAuditor}},
      {Act::kTakeFile, {kViewer, kResponder, kCommander, kCiso, kDpo, kLegal, kAuditor}},
      {Act::kReadLog, {kViewer, kResponder, kCommander, kCiso, kDpo, kLegal, kAuditor, kAdmin}},
      {Act::kAdminister, {kAdmin}},
      {Act::kSelf, {kViewer, kResponder, kCommander, kCiso, kDpo, kLegal, kAuditor, kAdmin}},
  };
  return table;
}

const std::vector<OrgRole>& RolesFor(Act act) {
  const auto row = std::find_if(Table().begin(), Table().end(),
                                [&](const Row& candidate) { return candidate.act == act; });
  TOCSIN_CHECK(row != Table().end());
  return row->roles;
}

bool HoldsAny(const Caller& caller, const std::vector<OrgRole>& roles) {
  return std::any_of(roles.begin(), roles.end(), [&](OrgRole role) { return caller.Has(role); });
}

// An account in a chat is weaker than a key of one's own: whoever takes it over must not be able to
// do what cannot be taken back.
bool MayFromChat(Act act) {
  switch (act) {
    case Act::kFile:
    case Act::kCloseOrReopen:
    case Act::kPublish:
    case Act::kExport:
    case Act::kTakeFile:
    case Act::kAdminister:
      return false;
    case Act::kRead:
    case Act::kDeclare:
    case Act::kRecord:
    case Act::kDirect:
    case Act::kNotify:
    case Act::kReadLog:
    case Act::kSelf:
      return true;
  }
  return false;
}

}  // namespace

absl::Status UnknownIncident() {
  return NotFound("UNKNOWN_INCIDENT", "there is no such incident (or you may not see it)",
                  "See tocsin list for the incidents you can see.");
}

absl::Status Authorise(const Caller& caller, Act act, const AccessFacts* facts) {
  if (facts != nullptr) {
    const bool visible = facts->exists && (!facts->restricted || facts->caller_is_member) &&
                         HoldsAny(caller, RolesFor(Act::kRead));
    if (!visible) return UnknownIncident();
  }
  const std::vector<OrgRole>& roles = RolesFor(act);
  if (HoldsAny(caller, roles)) {
    if (!caller.chat || MayFromChat(act)) return absl::OkStatus();
    return Error(absl::StatusCode::kPermissionDenied, "NOT_IN_CHAT",
                 "this cannot be taken back, so it cannot be done from a chat",
                 "Use the command line: tocsin.");
  }
  std::vector<std::string> names;
  for (OrgRole role : roles) names.emplace_back(ToText(role));
  return Error(absl::StatusCode::kPermissionDenied, "NOT_ALLOWED",
               "your role in the organisation does not allow this",
               absl::StrCat("Ask someone whose role there is ", absl::StrJoin(names, ", "),
                            ". A role in the incident gives no further rights."));
}

}  // namespace tocsin::app
