// A law as data: which duties an incident creates, from which named instant each one's clock runs,
// how long it is, and which article says so. The engine (evaluate.h) holds no number of any law; a
// pack is read from playbooks/regimes/ and an incident keeps the version it was decided by.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "server/base/digest.h"
#include "server/regulation/applicability.h"
#include "server/regulation/arithmetic.h"

namespace tocsin::regulation {

/// What brings a duty into being.
enum class Trigger {
  kSignificant,   // the incident is reportable under the regime
  kOnRequest,     // the authority asks for it
  kStillOngoing,  // the incident is not over when the stage `same_date_as` falls due
  kVoluntary,     // nobody has to; whoever wants to may
};

enum class Debtor {
  kEntity,     // our own duty
  kAuthority,  // an answer we may expect
};

/// A further way to count the same term, or a national text that gives a longer one.
struct LegalReading {
  Term term;
  std::string article;    // its legal basis beside the rule's own article; may be empty
  std::string note;       // when it may be relied on; may be empty
  std::string anchor;     // empty: that of the rule
  bool national = false;  // a term of its own, in a national text laxer than the Directive
};

/// The term's result is not later than so many hours after another anchor, unless the rule's own
/// anchor is.
struct TermCap {
  std::string anchor;
  int hours = 0;
};

/// Two anchors of which one cannot come before the other: nobody classifies what nobody knows of.
struct AnchorOrder {
  std::string earlier;
  std::string later;
};

/// The anchor that replaces the rule's own when the incident is still ongoing at the date the own
/// anchor gives.
struct OngoingAnchor {
  std::string anchor;
  std::string article;
};

/// One duty for some kinds of entity.
struct StageRule {
  std::string id;     // "nis2.early_warning"
  std::string stage;  // "early_warning"
  std::string label;  // "Early warning"
  Trigger trigger = Trigger::kSignificant;
  Debtor owed_by = Debtor::kEntity;
  std::string addressee;  // "the data subjects"; empty: the authorities of the directory
  std::vector<std::string> entity_kinds;  // never empty
  std::string primary_norm;  // "without undue delay": the number is only its outer limit
  std::string article;
  std::string anchor;          // empty when no clock runs
  std::optional<Term> due;     // drives alarms; absent when the law gives no number
  std::string restarted_by;    // another anchor that starts the term anew; may be empty
  std::optional<TermCap> cap;  // present when `due` is capped
  std::optional<LegalReading> legal_latest;  // present whenever `due` is
  std::vector<LegalReading> other_readings;  // for the detail view
  std::optional<OngoingAnchor> if_still_ongoing;
  std::string filed_anchor;  // the anchor that the filing of this stage is; never empty
  std::string same_date_as;  // of kStillOngoing: the stage whose date this duty shares
  std::vector<std::string>
      contents_required;  // fields of the form; listed in playbooks/regimes/README.md
  std::vector<std::string> contents_where_applicable;
};

struct EntityKind {
  std::string kind;   // "trust_service_provider"
  std::string title;  // "Trust service provider; the incident hits the trust service"
};

struct RulePack {
  std::string id;      // "nis2"
  std::string regime;  // "NIS2"
  std::string title;
  std::string version;
  Digest digest;          // of the file's bytes
  std::string country;    // empty: the Union's own text
  std::string time_zone;  // IANA name; empty: that of the establishment
  std::string source;
  std::string confidence;
  std::string verified_on;
  absl::CivilDay valid_from;
  std::optional<absl::CivilDay> valid_to;   // last day; absent while in force
  std::string transposes;                   // id of the Directive's own pack; empty: none
  std::optional<Applicability> applies_to;  // absent: not stated, or as in what it transposes
  std::vector<EntityKind> entity_kinds;
  std::vector<AnchorOrder> order;
  std::vector<StageRule>
      stages;  // in the order to show; at most one for each stage and entity kind
};

/// Every name an anchor may have, in any regime: "occurred", "aware", "notification_submitted", ...
const std::vector<std::string>& AnchorNames();
bool IsAnchorName(std::string_view name);

/// The anchor that records that this stage's report was sent: "progress" gives
/// "progress_submitted".
std::string SubmittedAnchor(std::string_view stage);

/// OK when the pack has this kind of entity.
/// Errors: kInvalidArgument, reason UNKNOWN_ENTITY_KIND, naming the nearest and all that are known.
absl::Status CheckEntityKind(const RulePack& pack, std::string_view entity_kind);

/// OK when no two of the anchors contradict each other under this pack.
/// Errors: kInvalidArgument, reason "<LATER>_BEFORE_<EARLIER>", such as CLASSIFIED_BEFORE_AWARE.
absl::Status CheckOrder(const RulePack& pack, const std::map<std::string, absl::Time>& anchors);

/// The rule of `stage` for `entity_kind`; nullptr when that kind has no such duty. Valid as long as
/// `pack`.
const StageRule* FindRule(const RulePack& pack, std::string_view stage,
                          std::string_view entity_kind);

/// As FindRule, but nothing found is an error.
/// Errors: kInvalidArgument, reason UNKNOWN_ENTITY_KIND or UNKNOWN_STAGE, naming what is known.
absl::StatusOr<const StageRule*> RequireRule(const RulePack& pack, std::string_view stage,
                                             std::string_view entity_kind);

}  // namespace tocsin::regulation
