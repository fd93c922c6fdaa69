#include "server/app/authoriser.h"

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/error.h"
#include "tests/support/catch.h"

namespace tocsin::app {
namespace {

// What the authoriser must say, written down by hand: one column a role, in the order of OrgRole.
// "x" may.
//                               viewer responder commander ciso dpo legal auditor admin
struct Expected {
  Act act;
  std::string_view may;
};
constexpr Expected kExpected[] = {
    {Act::kRead, "xxxxxxx."},     {Act::kDeclare, ".xxxxx.."}, {Act::kRecord, ".xxxxx.."},
    {Act::kDirect, "..xx...."},   {Act::kNotify, "..xxxx.."},  {Act::kCloseOrReopen, "..xx...."},
    {Act::kExport, "..xxxxx."},   {Act::kReadLog, "xxxxxxxx"}, {Act::kAdminister, ".......x"},
    {Act::kSelf, "xxxxxxxx"},     {Act::kFile, "..xxxx.."},    {Act::kPublish, "..xx...."},
    {Act::kTakeFile, "xxxxxxx."},
};
constexpr OrgRole kRoles[] = {OrgRole::kViewer,  OrgRole::kResponder, OrgRole::kCommander,
                              OrgRole::kCiso,    OrgRole::kDpo,       OrgRole::kLegal,
                              OrgRole::kAuditor, OrgRole::kAdmin};

enum class Answer { kOk, kInvisible, kNotAllowed };

// `held` is a set of roles, one bit each.
bool May(std::string_view may, unsigned held) {
  for (size_t role = 0; role < may.size(); ++role) {
    if (may[role] == 'x' && (held >> role & 1U) != 0) return true;
  }
  return false;
}

Answer ExpectedAnswer(const Expected& row, unsigned held, const AccessFacts* facts) {
  if (facts != nullptr) {
    if (!facts->exists) return Answer::kInvisible;
    if (facts->restricted && !facts->caller_is_member) return Answer::kInvisible;
    if (!May(kExpected[0].may, held)) return Answer::kInvisible;
  }
  return May(row.may, held) ? Answer::kOk : Answer::kNotAllowed;
}

Answer Given(const absl::Status& status) {
  if (status.ok()) return Answer::kOk;
  if (status == UnknownIncident()) return Answer::kInvisible;
  REQUIRE(status.code() == absl::StatusCode::kPermissionDenied);
  REQUIRE(ReasonOf(status) == "NOT_ALLOWED");
  REQUIRE_FALSE(NextStepOf(status).empty());
  return Answer::kNotAllowed;
}

}  // namespace

TEST_CASE("Authorise: every set of roles, act, membership and restriction is as the table says") {
  size_t cells = 0;
  size_t differences = 0;
  std::vector<const AccessFacts*> all = {nullptr};
  std::vector<AccessFacts> facts;
  for (unsigned bits = 0; bits < 8; ++bits) {
    facts.push_back({(bits & 1U) != 0, (bits & 2U) != 0, (bits & 4U) != 0});
  }
  for (const AccessFacts& f : facts) all.push_back(&f);
  for (unsigned held = 0; held < 256; ++held) {
    Caller caller;
    for (size_t role = 0; role < 8; ++role) {
      if ((held >> role & 1U) != 0) caller.roles.push_back(kRoles[role]);
    }
    for (const Expected& row : kExpected) {
      for (const AccessFacts* f : all) {
        ++cells;
        if (Given(Authorise(caller, row.act, f)) != ExpectedAnswer(row, held, f)) ++differences;
      }
    }
  }
  std::printf("authoriser: %zu cells, %zu differences\n", cells, differences);
  CHECK(cells == 256U * 13U * 9U);
  CHECK(differences == 0);
}

TEST_CASE("Authorise: an incident one may not see answers exactly as one that does not exist") {
  Caller caller;
  caller.roles = {OrgRole::kCiso};
  const AccessFacts missing{.exists = false};
  const AccessFacts hidden{.exists = true, .restricted = true, .caller_is_member = false};
  for (const Expected& row : kExpected) {
    const absl::Status of_missing = Authorise(caller, row.act, &missing);
    CHECK(of_missing == Authorise(caller, row.act, &hidden));
    CHECK(ReasonOf(of_missing) == "UNKNOWN_INCIDENT");
    CHECK(of_missing.code() == absl::StatusCode::kNotFound);
  }
}

TEST_CASE("Authorise: a refusal names who may") {
  Caller caller;
  caller.roles = {OrgRole::kViewer};
  const absl::Status refused = Authorise(caller, Act::kCloseOrReopen, nullptr);
  CHECK(NextStepOf(refused) ==
        "Ask someone whose role there is commander, ciso. A role in the incident gives no further "
        "rights.");
}

TEST_CASE("Authorise: from a chat, what cannot be taken back is refused to every role") {
  Caller caller;
  caller.chat = true;
  caller.roles.assign(std::begin(kRoles), std::end(kRoles));
  const AccessFacts visible{.exists = true};
  for (const Act act : {Act::kFile, Act::kCloseOrReopen, Act::kPublish, Act::kExport,
                        Act::kTakeFile, Act::kAdminister}) {
    const absl::Status refused = Authorise(caller, act, &visible);
    CHECK(ReasonOf(refused) == "NOT_IN_CHAT");
    CHECK_THAT(NextStepOf(refused), ContainsSubstring("tocsin"));
  }
  for (const Act act :
       {Act::kRead, Act::kDeclare, Act::kRecord, Act::kDirect, Act::kNotify, Act::kReadLog}) {
    CHECK(Authorise(caller, act, &visible).ok());
  }
  // Nothing is gained by a chat either.
  caller.roles = {OrgRole::kViewer};
  CHECK(ReasonOf(Authorise(caller, Act::kRecord, &visible)) == "NOT_ALLOWED");
  CHECK(ReasonOf(Authorise(caller, Act::kExport, &visible)) == "NOT_ALLOWED");
}

}  // namespace tocsin::app
