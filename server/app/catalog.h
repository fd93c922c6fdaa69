// The state that readers see: for each organisation its incidents and its people, as of the last
// commit. The command processor publishes every commit here before its replies leave, so whoever
// has an answer reads at least that much.
//
// Incidents are folded from the store when first asked for and kept; rows without text are kept for
// all.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "server/app/authoriser.h"
#include "server/app/caller.h"
#include "server/app/commit_feed.h"
#include "server/domain/directory.h"
#include "server/domain/incident.h"
#include "server/runtime/mutex.h"
#include "server/store/database.h"

namespace tocsin::app {

/// An incident with the leaf of its last entry: what the next entry must point back to.
struct FoldedIncident {
  domain::Incident incident;
  Digest last_leaf;
};

/// Folds all stored entries of an incident. Errors: kNotFound UNKNOWN_INCIDENT; kDataLoss from the
/// store.
absl::StatusOr<FoldedIncident> FoldIncident(const store::Database& database, OrgNumber org,
                                            const IncidentId& incident);

/// A line of the list of incidents; holds no text, so that listing never opens a body.
struct IncidentSummary {
  IncidentId id;
  std::string number;
  absl::Time declare_time;
  bool open = true;
  bool restricted = false;
};

/// Thread-safe.
class Catalog {
 public:
  /// Reads rows and people. `database` must outlive this object. Errors: those of the store.
  static absl::StatusOr<std::unique_ptr<Catalog>> Load(const store::Database& database);

  /// Applies a commit. Called by the command processor only, in commit order.
  void Publish(const Commit& commit);

  /// Starts knowing an organisation that was created after Load, with whatever the store holds of
  /// it. Does nothing for one that is known. Errors: those of the store.
  absl::Status AddOrg(OrgNumber org);

  /// The incident named "INC-2026-0042" or "incidents/INC-2026-0042". Says nothing about rights.
  std::optional<IncidentId> FindIncident(OrgNumber org, std::string_view name) const;
  AccessFacts Access(const Caller& caller, const IncidentId& incident) const;
  /// Errors: kNotFound UNKNOWN_INCIDENT; kDataLoss from the store. Folding an incident for the
  /// first time reads all its entries.
  absl::StatusOr<domain::Incident> Get(OrgNumber org, const IncidentId& incident) const;
  /// As Get, without a copy: the incident as of the last commit; later commits do not change it.
  absl::StatusOr<std::shared_ptr<const domain::Incident>> Snapshot(
      OrgNumber org, const IncidentId& incident) const;
  /// Newest declaration first; only those the caller may see, so none for one without a role that
  /// reads.
  std::vector<IncidentSummary> List(const Caller& caller) const;
  /// Highest number in use among "INC-<year>-n"; 0 when there is none.
  int LastNumber(OrgNumber org, int year) const;
  /// The incidents of `org` that domain::AsRelated lets the criteria of others see.
  std::vector<std::shared_ptr<const regulation::RelatedIncident>> Related(OrgNumber org) const;
  /// The latest record time of any entry.
  absl::Time LastRecordTime() const;

  /// A copy of the people of `org`.
  domain::Directory DirectoryOf(OrgNumber org) const;
  std::string HandleOf(OrgNumber org, const PrincipalId& principal) const;
  /// Errors: kNotFound UNKNOWN_HANDLE.
  absl::StatusOr<PrincipalId> RequireHandle(OrgNumber org, std::string_view handle) const;

  /// Who holds this bearer token. Errors: kUnauthenticated, reason TOKEN_REFUSED, when it is
  /// malformed, unknown, revoked or expired, without saying which.
  absl::StatusOr<Caller> Authenticate(std::string_view bearer_token, absl::Time now) const;
  /// True while `token` is neither revoked nor expired: streams ask before each delivery.
  bool IsLive(const TokenId& token, absl::Time now) const;
  /// The organisation in which this enrolment code was issued, used or not.
  std::optional<OrgNumber> OrgOfCode(const Digest& code_hash) const;

 private:
  struct Row {
    std::string number;
    absl::Time declare_time;
    bool open = true;
    bool restricted = false;
    std::vector<PrincipalId> members;
    uint64_t last_sequence = 0;
  };
  struct Org {
    absl::flat_hash_map<IncidentId, Row> rows;
    absl::flat_hash_map<std::string, IncidentId> by_number;
    domain::Directory directory;
    std::map<IncidentId, std::shared_ptr<const regulation::RelatedIncident>> related;
  };

  /// An incident kept for readers.
  struct Folded {
    std::shared_ptr<domain::Incident> incident;
    /// A reader may hold it: the next commit goes to a copy.
    bool shared = false;
  };

  explicit Catalog(const store::Database& database) : database_(database) {}
  absl::Status LoadOrg(OrgNumber number);
  void PublishIncidentEntry(Org& org, const CommittedEntry& entry) TOCSIN_REQUIRES(mutex_);
  Folded& Keep(const IncidentId& incident, std::shared_ptr<domain::Incident> folded) const
      TOCSIN_REQUIRES(mutex_);

  const store::Database& database_;
  mutable runtime::Mutex mutex_;
  absl::flat_hash_map<OrgNumber, Org> orgs_ TOCSIN_GUARDED_BY(mutex_);
  absl::flat_hash_map<TokenId, OrgNumber> token_orgs_ TOCSIN_GUARDED_BY(mutex_);
  mutable absl::flat_hash_map<IncidentId, Folded> folded_ TOCSIN_GUARDED_BY(mutex_);
  absl::Time last_record_time_ TOCSIN_GUARDED_BY(mutex_) = absl::InfinitePast();
};

}  // namespace tocsin::app
