#include "server/app/catalog.h"

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/app/secrets.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/view.h"
#include "server/domain/decide.h"
#include "server/domain/significance.h"
#include "server/runtime/log.h"

namespace tocsin::app {
namespace {

constexpr size_t kReadPage = 1000;
// Folded incidents kept for readers; those written to since the start are among them.
constexpr size_t kFoldedMax = 2048;

domain::EntryMeta MetaOf(const store::StoredEntry& entry) {
  return {.sequence = entry.record.incident_sequence,
          .author = entry.record.actor,
          .record_time = entry.record.record_time,
          .tlp = entry.record.tlp,
          .occur_time = entry.pending.occur_time};
}

// Calls `visit` for every entry of a timeline, in order.
template <typename Visit>
absl::Status ForEachEntry(const store::Database& database, OrgNumber org,
                          const IncidentId& incident, Visit visit) {
  uint64_t after = 0;
  for (;;) {
    TOCSIN_ASSIGN_OR_RETURN(const std::vector<store::StoredEntry> page,
                            database.ReadEntries(org, incident, after, kReadPage));
    for (const store::StoredEntry& entry : page) visit(entry);
    if (page.size() < kReadPage) return absl::OkStatus();
    after = page.back().record.incident_sequence;
  }
}

void AddMember(std::vector<PrincipalId>& members, const PrincipalId& member) {
  if (std::find(members.begin(), members.end(), member) == members.end()) members.push_back(member);
}

absl::Status TokenRefused() {
  return Error(absl::StatusCode::kUnauthenticated, "TOKEN_REFUSED",
               "the token is unknown, revoked or expired",
               "Enrol again with a code from an admin: tocsin enrol --server … --code ….");
}

std::string_view WithoutCollection(std::string_view name) {
  constexpr std::string_view kCollection = "incidents/";
  if (name.starts_with(kCollection)) name.remove_prefix(kCollection.size());
  return name;
}

}  // namespace

absl::StatusOr<FoldedIncident> FoldIncident(const store::Database& database, OrgNumber org,
                                            const IncidentId& incident) {
  // The zero id is the organisation's own timeline, which folds into people.
  if (incident.empty()) return UnknownIncident();
  FoldedIncident folded;
  folded.incident.id = incident;
  TOCSIN_RETURN_IF_ERROR(
      ForEachEntry(database, org, incident, [&](const store::StoredEntry& entry) {
        domain::Apply(folded.incident, MetaOf(entry), entry.pending.event);
        folded.last_leaf = entry.leaf;
      }));
  if (!folded.incident.declared()) return UnknownIncident();
  return folded;
}

absl::StatusOr<std::unique_ptr<Catalog>> Catalog::Load(const store::Database& database) {
  std::unique_ptr<Catalog> catalog(new Catalog(database));
  for (const store::OrgInfo& info : database.Orgs()) {
    TOCSIN_RETURN_IF_ERROR(catalog->LoadOrg(info.number));
  }
  return catalog;
}

absl::Status Catalog::AddOrg(OrgNumber org) {
  {
    runtime::MutexLock lock(mutex_);
    if (orgs_.contains(org)) return absl::OkStatus();
  }
  return LoadOrg(org);
}

absl::Status Catalog::LoadOrg(OrgNumber number) {
  Org org;
  absl::Time last_record_time = absl::InfinitePast();
  TOCSIN_ASSIGN_OR_RETURN(const std::vector<store::IncidentRow> rows,
                          database_.ReadIncidentRows(number));
  for (const store::IncidentRow& row : rows) {
    if (row.id.empty()) continue;
    org.rows[row.id] = {row.number,     row.declare_time, row.open,
                        row.restricted, row.members,      row.last_sequence};
    org.by_number[row.number] = row.id;
    last_record_time = std::max(last_record_time, row.last_record_time);
    if (!row.has_root_cause) continue;
    const absl::StatusOr<FoldedIncident> folded = FoldIncident(database_, number, row.id);
    if (!folded.ok()) {
      // What cannot be read is told whoever reads it; the others must be served meanwhile.
      runtime::Log(runtime::LogLevel::kError, "related.not_read",
                   {{"incident", row.number}, {"reason", ReasonOf(folded.status())}});
      continue;
    }
    if (auto related = domain::AsRelated(folded->incident)) {
      org.related[row.id] = std::move(related);
    }
  }
  TOCSIN_RETURN_IF_ERROR(
      ForEachEntry(database_, number, IncidentId{}, [&](const store::StoredEntry& entry) {
        domain::Apply(org.directory, MetaOf(entry), entry.pending.event);
        last_record_time = std::max(last_record_time, entry.record.record_time);
      }));
  runtime::MutexLock lock(mutex_);
  last_record_time_ = std::max(last_record_time_, last_record_time);
  for (const auto& [token, unused] : org.directory.tokens) token_orgs_[token] = number;
  orgs_.try_emplace(number, std::move(org));
  return absl::OkStatus();
}

void Catalog::Publish(const Commit& commit) {
  runtime::MutexLock lock(mutex_);
  for (const CommittedEntry& entry : commit.entries) {
    Org& org = orgs_[entry.org];
    last_record_time_ = std::max(last_record_time_, entry.meta.record_time);
    if (!entry.incident.empty()) {
      PublishIncidentEntry(org, entry);
      continue;
    }
    domain::Apply(org.directory, entry.meta, entry.entry.event);
    if (const auto* token = std::get_if<domain::TokenIssued>(&entry.entry.event)) {
      token_orgs_[token->token] = entry.org;
    }
  }
  for (const CommittedRelation& relation : commit.relations) {
    auto& related = orgs_[relation.org].related;
    if (relation.related != nullptr) {
      related[relation.incident] = relation.related;
    } else {
      related.erase(relation.incident);
    }
  }
}

void Catalog::PublishIncidentEntry(Org& org, const CommittedEntry& entry) {
  const domain::Event& event = entry.entry.event;
  Row& row = org.rows[entry.incident];
  if (const auto* declared = std::get_if<domain::IncidentDeclared>(&event)) {
    row.number = declared->number;
    row.declare_time = entry.meta.record_time;
    row.restricted = declared->restricted;
    AddMember(row.members, entry.meta.author);
    org.by_number[row.number] = entry.incident;
    auto fresh = std::make_shared<domain::Incident>();
    fresh->id = entry.incident;
    Keep(entry.incident, std::move(fresh));
  } else if (const auto* role = std::get_if<domain::RoleAssigned>(&event)) {
    AddMember(row.members, role->principal);
  } else if (const auto* member = std::get_if<domain::MemberAdded>(&event)) {
    AddMember(row.members, member->principal);
  } else if (std::holds_alternative<domain::IncidentClosed>(event)) {
    row.open = false;
  } else if (std::holds_alternative<domain::IncidentReopened>(event)) {
    row.open = true;
  }
  row.last_sequence = entry.meta.sequence;
  const auto kept = folded_.find(entry.incident);
  if (kept == folded_.end()) return;
  Folded& folded = kept->second;
  if (folded.shared) {
    folded.incident = std::make_shared<domain::Incident>(*folded.incident);
    folded.shared = false;
  }
  domain::Apply(*folded.incident, entry.meta, event);
}

Catalog::Folded& Catalog::Keep(const IncidentId& incident,
                               std::shared_ptr<domain::Incident> folded) const {
  // Which one goes does not matter much: it is folded again when it is asked for. The order of this
  // map is random.
  if (folded_.size() >= kFoldedMax) folded_.erase(folded_.begin());
  return folded_.insert_or_assign(incident, Folded{std::move(folded)}).first->second;
}

std::optional<IncidentId> Catalog::FindIncident(OrgNumber org, std::string_view name) const {
  runtime::MutexLock lock(mutex_);
  const auto known = orgs_.find(org);
  if (known == orgs_.end()) return std::nullopt;
  const auto id = known->second.by_number.find(ToAbsl(WithoutCollection(name)));
  if (id == known->second.by_number.end()) return std::nullopt;
  return id->second;
}

AccessFacts Catalog::Access(const Caller& caller, const IncidentId& incident) const {
  runtime::MutexLock lock(mutex_);
  AccessFacts facts;
  const auto org = orgs_.find(caller.org);
  if (org == orgs_.end()) return facts;
  const auto row = org->second.rows.find(incident);
  if (row == org->second.rows.end()) return facts;
  const std::vector<PrincipalId>& members = row->second.members;
  facts.exists = true;
  facts.restricted = row->second.restricted;
  facts.caller_is_member =
      std::find(members.begin(), members.end(), caller.principal) != members.end();
  return facts;
}

absl::StatusOr<domain::Incident> Catalog::Get(OrgNumber org, const IncidentId& incident) const {
  TOCSIN_ASSIGN_OR_RETURN(const std::shared_ptr<const domain::Incident> snapshot,
                          Snapshot(org, incident));
  return *snapshot;
}

absl::StatusOr<std::shared_ptr<const domain::Incident>> Catalog::Snapshot(
    OrgNumber org, const IncidentId& incident) const {
  {
    runtime::MutexLock lock(mutex_);
    const auto known = orgs_.find(org);
    if (known == orgs_.end() || !known->second.rows.contains(incident)) return UnknownIncident();
    const auto kept = folded_.find(incident);
    if (kept != folded_.end()) {
      kept->second.shared = true;
      return kept->second.incident;
    }
  }
  TOCSIN_ASSIGN_OR_RETURN(FoldedIncident folded, FoldIncident(database_, org, incident));
  auto snapshot = std::make_shared<domain::Incident>(std::move(folded.incident));
  runtime::MutexLock lock(mutex_);
  const auto row = orgs_.at(org).rows.find(incident);
  // Keep it only as of the last commit that was published here: the next publication goes on from
  // there.
  if (row->second.last_sequence == snapshot->last_sequence) Keep(incident, snapshot).shared = true;
  return snapshot;
}

std::vector<IncidentSummary> Catalog::List(const Caller& caller) const {
  std::vector<IncidentSummary> list;
  if (!Authorise(caller, Act::kRead, nullptr).ok()) return list;
  {
    runtime::MutexLock lock(mutex_);
    const auto org = orgs_.find(caller.org);
    if (org == orgs_.end()) return list;
    for (const auto& [id, row] : org->second.rows) {
      const bool member =
          std::find(row.members.begin(), row.members.end(), caller.principal) != row.members.end();
      if (row.restricted && !member) continue;
      list.push_back({id, row.number, row.declare_time, row.open, row.restricted});
    }
  }
  std::sort(list.begin(), list.end(), [](const IncidentSummary& a, const IncidentSummary& b) {
    return std::tie(a.declare_time, a.number) > std::tie(b.declare_time, b.number);
  });
  return list;
}

int Catalog::LastNumber(OrgNumber org, int year) const {
  runtime::MutexLock lock(mutex_);
  const auto known = orgs_.find(org);
  if (known == orgs_.end()) return 0;
  const std::string prefix = absl::StrCat("INC-", year, "-");
  int last = 0;
  for (const auto& [number, unused] : known->second.by_number) {
    int n = 0;
    if (number.starts_with(prefix) && absl::SimpleAtoi(number.substr(prefix.size()), &n)) {
      last = std::max(last, n);
    }
  }
  return last;
}

std::vector<std::shared_ptr<const regulation::RelatedIncident>> Catalog::Related(
    OrgNumber org) const {
  std::vector<std::shared_ptr<const regulation::RelatedIncident>> list;
  runtime::MutexLock lock(mutex_);
  const auto known = orgs_.find(org);
  if (known == orgs_.end()) return list;
  list.reserve(known->second.related.size());
  for (const auto& [unused, related] : known->second.related) list.push_back(related);
  return list;
}

absl::Time Catalog::LastRecordTime() const {
  runtime::MutexLock lock(mutex_);
  return last_record_time_;
}

domain::Directory Catalog::DirectoryOf(OrgNumber org) const {
  runtime::MutexLock lock(mutex_);
  const auto known = orgs_.find(org);
  return known == orgs_.end() ? domain::Directory{} : known->second.directory;
}

std::string Catalog::HandleOf(OrgNumber org, const PrincipalId& principal) const {
  runtime::MutexLock lock(mutex_);
  const auto known = orgs_.find(org);
  return known == orgs_.end() ? principal.ToString() : known->second.directory.HandleOf(principal);
}

absl::StatusOr<PrincipalId> Catalog::RequireHandle(OrgNumber org, std::string_view handle) const {
  runtime::MutexLock lock(mutex_);
  const auto known = orgs_.find(org);
  const domain::Principal* principal =
      known == orgs_.end() ? nullptr : known->second.directory.FindHandle(handle);
  if (principal == nullptr) {
    return NotFound("UNKNOWN_HANDLE", absl::StrCat("nobody is called '", ToAbsl(handle), "'"),
                    "See tocsin principal list.");
  }
  return principal->id;
}

absl::StatusOr<Caller> Catalog::Authenticate(std::string_view bearer_token, absl::Time now) const {
  const std::optional<ParsedToken> parsed = ParseToken(bearer_token);
  if (!parsed) return TokenRefused();
  runtime::MutexLock lock(mutex_);
  const auto org = token_orgs_.find(parsed->id);
  if (org == token_orgs_.end()) return TokenRefused();
  const domain::Directory& directory = orgs_.at(org->second).directory;
  const domain::Token& token = directory.tokens.at(parsed->id);
  const domain::Principal* principal = directory.Find(token.principal);
  if (!ConstantTimeEqual(token.secret_hash, parsed->secret_hash) || token.revoked ||
      token.expire_time <= now || principal == nullptr) {
    return TokenRefused();
  }
  const bool chat = token.scope == domain::TokenScope::kChat;
  std::string context = absl::StrCat(chat ? "chat token " : "token ", parsed->id.ToString());
  if (chat) absl::StrAppend(&context, ", account ", token.device);
  return Caller{.org = org->second,
                .principal = token.principal,
                .token = parsed->id,
                .roles = principal->roles,
                .auth_context = std::move(context),
                .chat = chat};
}

bool Catalog::IsLive(const TokenId& token, absl::Time now) const {
  runtime::MutexLock lock(mutex_);
  const auto org = token_orgs_.find(token);
  if (org == token_orgs_.end()) return false;
  const domain::Token& known = orgs_.at(org->second).directory.tokens.at(token);
  return !known.revoked && known.expire_time > now;
}

std::optional<OrgNumber> Catalog::OrgOfCode(const Digest& code_hash) const {
  runtime::MutexLock lock(mutex_);
  for (const auto& [number, org] : orgs_) {
    if (org.directory.codes.contains(code_hash)) return number;
  }
  return std::nullopt;
}

}  // namespace tocsin::app
