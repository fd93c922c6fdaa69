#include "server/library/rule_pack_reader.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/digest.h"
#include "server/base/status_macros.h"
#include "server/base/view.h"
#include "server/library/applicability_reader.h"
#include "server/library/fields.h"
#include "server/library/yaml.h"

namespace tocsin::library {
namespace {

using regulation::Computation;
using regulation::Debtor;
using regulation::EntityKind;
using regulation::LegalReading;
using regulation::RulePack;
using regulation::StageRule;
using regulation::Term;
using regulation::Trigger;

constexpr char kFormat[] = "tocsin-rule-pack-v1";
constexpr int64_t kAmountMax = 1000;

enum class Unit { kHour, kCivilDay, kMonth, kWorkingDay, kSecBusinessDay };

enum class ReadingKind {
  kSameAsDue,
  kNextFullHour,
  kEndOfDayRolled,
  kEndOfDayTwoWorkingDays,
  kNoonOfNextWorkingDay,
};

Computation DueComputation(Unit unit) {
  switch (unit) {
    case Unit::kHour:
      return Computation::kHours;
    case Unit::kCivilDay:
      return Computation::kDays;
    case Unit::kMonth:
      return Computation::kMonths;
    case Unit::kWorkingDay:
      return Computation::kBdaysEod;
    case Unit::kSecBusinessDay:
      return Computation::kSec4bd;
  }
  return Computation::kHours;
}

// nullopt when the reading does not fit a term of this computation.
std::optional<Computation> ReadingComputation(ReadingKind kind, Computation due) {
  switch (kind) {
    case ReadingKind::kSameAsDue:
      return due;
    case ReadingKind::kNextFullHour:
      if (due == Computation::kHours) return Computation::kHours1182;
      return std::nullopt;
    case ReadingKind::kEndOfDayRolled:
      if (due == Computation::kMonths) return Computation::kMonthsRoll;
      if (due == Computation::kDays) return Computation::kDaysRoll;
      return std::nullopt;
    case ReadingKind::kEndOfDayTwoWorkingDays:
      if (due == Computation::kDays) return Computation::kDays2wd;
      return std::nullopt;
    case ReadingKind::kNoonOfNextWorkingDay:
      if (due == Computation::kHours) return Computation::kDoraHoursNoon;
      if (due == Computation::kMonths) return Computation::kDoraMonthNoon;
      if (due == Computation::kCapped) return Computation::kCappedNoon;
      return std::nullopt;
  }
  return std::nullopt;
}

// Reads one pack. Holds what every part needs for its messages and checks.
class PackReader {
 public:
  explicit PackReader(std::string_view file) : file_(file) {}

  absl::StatusOr<RulePack> Read(const YamlNode& root) {
    YamlMapReader map(file_, root, "the rule pack");
    CheckFormat(map, kFormat);
    pack_.id = map.Text("id");
    pack_.regime = map.Text("regime");
    pack_.title = map.Text("title");
    pack_.version = map.Text("version");
    pack_.country = OptionalCountry(map, "country");
    pack_.time_zone = OptionalZone(map, "time_zone");
    pack_.transposes = map.OptionalText("transposes").value_or("");
    if (!pack_.transposes.empty() && pack_.country.empty()) {
      map.Refuse("transposes", "only a national law transposes: the pack lacks its country");
    }
    if (pack_.transposes == pack_.id && !pack_.id.empty()) {
      map.Refuse("transposes", "a pack cannot transpose itself");
    }
    pack_.source = map.Text("source");
    pack_.confidence = map.Text("confidence");
    if (const auto day = OptionalDay(map, "verified_on")) {
      pack_.verified_on = absl::FormatCivilTime(*day);
    }
    pack_.valid_from = RequiredDay(map, "valid_from").value_or(absl::CivilDay());
    pack_.valid_to = OptionalDay(map, "valid_to");
    if (pack_.valid_to && *pack_.valid_to < pack_.valid_from) {
      map.Refuse("valid_to", "is before valid_from");
    }
    const YamlNode* kinds = map.RequiredList("entity_kinds");
    const YamlNode* applies_to = map.Map("applies_to");
    const YamlNode* order = map.List("order");
    const YamlNode* stages = map.RequiredList("stages");
    if (order != nullptr) map.Add(ReadOrder(*order));
    if (kinds != nullptr) map.Add(ReadEntityKinds(*kinds));
    if (applies_to != nullptr && !pack_.entity_kinds.empty()) {
      absl::StatusOr<regulation::Applicability> read = ReadApplicability(file_, *applies_to, pack_);
      if (read.ok()) pack_.applies_to = *std::move(read);
      map.Add(read.status());
    }
    if (stages != nullptr) map.Add(ReadStages(*stages));
    TOCSIN_RETURN_IF_ERROR(map.Finish());
    return std::move(pack_);
  }

 private:
  absl::Status ReadEntityKinds(const YamlNode& list) {
    for (const YamlNode& item : list.children) {
      YamlMapReader map(file_, item, "an entity kind");
      EntityKind kind{map.Text("kind"), map.Text("title")};
      if (IsKnownKind(kind.kind)) map.Refuse("kind", "this kind stands here for the second time");
      TOCSIN_RETURN_IF_ERROR(map.Finish());
      pack_.entity_kinds.push_back(std::move(kind));
    }
    if (list.children.empty()) return YamlErrorAt(file_, list, "the list is empty");
    return absl::OkStatus();
  }

  absl::Status ReadOrder(const YamlNode& list) {
    for (const YamlNode& item : list.children) {
      YamlMapReader map(file_, item, "an order of anchors");
      map.Text("earlier");
      map.Text("later");
      pack_.order.push_back({ReadAnchor(map, "earlier"), ReadAnchor(map, "later")});
      TOCSIN_RETURN_IF_ERROR(map.Finish());
    }
    return CheckNoCycle(list);
  }

  // An order that leads back to its beginning could only be met by instants that are all the same.
  absl::Status CheckNoCycle(const YamlNode& list) const {
    for (size_t i = 0; i < pack_.order.size(); ++i) {
      std::set<std::string> after = {pack_.order[i].later};
      for (bool grew = true; grew;) {
        grew = false;
        for (const regulation::AnchorOrder& order : pack_.order) {
          if (after.contains(order.earlier)) grew = after.insert(order.later).second || grew;
        }
      }
      if (after.contains(pack_.order[i].earlier)) {
        return YamlErrorAt(file_, list.children[i],
                           absl::StrCat("'", pack_.order[i].earlier,
                                        "' would have to come before itself: a cycle"));
      }
    }
    return absl::OkStatus();
  }

  absl::Status ReadStages(const YamlNode& list) {
    for (const YamlNode& item : list.children) {
      TOCSIN_ASSIGN_OR_RETURN(StageRule rule, ReadStage(item));
      TOCSIN_RETURN_IF_ERROR(CheckUnique(item, rule));
      pack_.stages.push_back(std::move(rule));
    }
    if (list.children.empty()) return YamlErrorAt(file_, list, "the list is empty");
    for (size_t i = 0; i < list.children.size(); ++i) {
      TOCSIN_RETURN_IF_ERROR(CheckSameDate(list.children[i], pack_.stages[i]));
    }
    return absl::OkStatus();
  }

  absl::StatusOr<StageRule> ReadStage(const YamlNode& node) {
    YamlMapReader map(file_, node, "a stage");
    StageRule rule;
    rule.stage = map.Text("stage");
    rule.id = map.Text("id");
    rule.label = map.Text("label");
    rule.trigger = map.Word<Trigger>("trigger", {{"significant", Trigger::kSignificant},
                                                 {"on_request", Trigger::kOnRequest},
                                                 {"still_ongoing", Trigger::kStillOngoing},
                                                 {"voluntary", Trigger::kVoluntary}});
    if (map.Has("owed_by")) {
      rule.owed_by = map.Word<Debtor>(
          "owed_by", {{"entity", Debtor::kEntity}, {"authority", Debtor::kAuthority}});
    } else {
      map.OptionalText("owed_by");
    }
    rule.addressee = map.OptionalText("addressee").value_or("");
    rule.entity_kinds = ReadKindsOf(map);
    rule.primary_norm = map.Text("primary_norm");
    rule.article = map.Text("article");
    rule.anchor = ReadAnchor(map, "anchor");
    rule.restarted_by = ReadAnchor(map, "restarted_by");
    rule.filed_anchor = ReadAnchor(map, "filed_anchor");
    if (rule.filed_anchor.empty()) rule.filed_anchor = regulation::SubmittedAnchor(rule.stage);
    ReadTerm(map, rule);
    ReadCap(map, rule);
    ReadReadings(map, rule);
    ReadOngoing(map, rule);
    rule.contents_required = map.TextList("contents_required");
    rule.contents_where_applicable = map.TextList("contents_where_applicable");
    CheckTrigger(map, rule);
    TOCSIN_RETURN_IF_ERROR(map.Finish());
    return rule;
  }

  std::vector<std::string> ReadKindsOf(YamlMapReader& map) {
    std::vector<std::string> kinds = map.TextList("entity_kinds");
    if (!map.Has("entity_kinds")) {
      for (const EntityKind& kind : pack_.entity_kinds) kinds.push_back(kind.kind);
      return kinds;
    }
    if (kinds.empty()) map.Refuse("entity_kinds", "the list is empty");
    for (const std::string& kind : kinds) {
      if (!IsKnownKind(kind)) {
        map.Refuse("entity_kinds", absl::StrCat("'", kind, "' is not an entity kind of this pack"));
      }
    }
    return kinds;
  }

  static std::string ReadAnchor(YamlMapReader& map, std::string_view key) {
    const std::string anchor = map.OptionalText(key).value_or("");
    if (anchor.empty() || regulation::IsAnchorName(anchor)) return anchor;
    map.Refuse(key, NotKnown("an anchor", anchor, regulation::AnchorNames()));
    return anchor;
  }

  static Unit ReadUnit(YamlMapReader& map) {
    return map.Word<Unit>("unit", {{"hour", Unit::kHour},
                                   {"civil_day", Unit::kCivilDay},
                                   {"month", Unit::kMonth},
                                   {"working_day", Unit::kWorkingDay},
                                   {"sec_business_day", Unit::kSecBusinessDay}});
  }

  static void ReadTerm(YamlMapReader& map, StageRule& rule) {
    const std::optional<int64_t> amount = map.OptionalInteger("amount", 1, kAmountMax);
    if (!map.Has("unit")) {
      map.OptionalText("unit");
      if (amount) map.Refuse("amount", "an amount needs a unit");
      return;
    }
    const Unit unit = ReadUnit(map);
    if (!map.Has("amount")) map.Refuse("unit", "a unit needs an amount");
    if (rule.anchor.empty()) map.Refuse("amount", "a term needs an anchor from which it runs");
    if (amount) rule.due = Term{DueComputation(unit), static_cast<int>(*amount)};
  }

  void ReadCap(YamlMapReader& map, StageRule& rule) const {
    const YamlNode* node = map.Map("not_later_than");
    if (node == nullptr) return;
    YamlMapReader cap(file_, *node, "not_later_than");
    cap.Text("anchor");
    rule.cap = regulation::TermCap{
        ReadAnchor(cap, "anchor"),
        static_cast<int>(cap.OptionalInteger("hours", 1, kAmountMax).value_or(0))};
    if (rule.cap->hours == 0) cap.Refuse("hours", "the cap needs its hours");
    map.Add(cap.Finish());
    if (!rule.due || rule.due->computation != Computation::kHours) {
      map.Refuse("not_later_than", "belongs to a term in hours");
      return;
    }
    rule.due->computation = Computation::kCapped;
  }

  void ReadReadings(YamlMapReader& map, StageRule& rule) {
    const YamlNode* latest = map.Map("legal_latest");
    const YamlNode* others = map.List("other_readings");
    if (!rule.due) {
      if (latest != nullptr) map.Refuse("legal_latest", "needs amount and unit");
      if (others != nullptr) map.Refuse("other_readings", "needs amount and unit");
      return;
    }
    if (latest == nullptr) {
      map.RequiredMap("legal_latest");
      return;
    }
    rule.legal_latest = ReadReading(map, *latest, *rule.due);
    if (others == nullptr) return;
    for (const YamlNode& item : others->children) {
      rule.other_readings.push_back(ReadReading(map, item, *rule.due));
    }
  }

  LegalReading ReadReading(YamlMapReader& parent, const YamlNode& node, Term due) const {
    YamlMapReader map(file_, node, "a reading");
    const ReadingKind kind = map.Word<ReadingKind>(
        "reading", {{"same_as_due", ReadingKind::kSameAsDue},
                    {"next_full_hour", ReadingKind::kNextFullHour},
                    {"end_of_day_rolled", ReadingKind::kEndOfDayRolled},
                    {"end_of_day_rolled_two_working_days", ReadingKind::kEndOfDayTwoWorkingDays},
                    {"noon_of_next_working_day", ReadingKind::kNoonOfNextWorkingDay}});
    LegalReading reading;
    reading.anchor = ReadAnchor(map, "anchor");
    if (const auto amount = map.OptionalInteger("amount", 1, kAmountMax)) {
      if (!map.Has("unit")) map.Refuse("amount", "an amount needs a unit");
      reading.national = true;
      due = Term{map.Has("unit") ? DueComputation(ReadUnit(map)) : due.computation,
                 static_cast<int>(*amount)};
    } else if (map.OptionalText("unit")) {
      map.Refuse("unit", "a unit needs an amount");
    }
    reading.article = map.OptionalText("article").value_or("");
    reading.note = map.OptionalText("note").value_or("");
    const std::optional<Computation> computation = ReadingComputation(kind, due.computation);
    if (!computation) map.Refuse("reading", "this reading does not fit the unit of the term");
    reading.term = Term{computation.value_or(due.computation), due.amount};
    parent.Add(map.Finish());
    return reading;
  }

  void ReadOngoing(YamlMapReader& map, StageRule& rule) const {
    rule.same_date_as = map.OptionalText("same_date_as").value_or("");
    const YamlNode* node = map.Map("if_still_ongoing");
    if (node == nullptr) return;
    YamlMapReader ongoing(file_, *node, "if_still_ongoing");
    ongoing.Text("anchor");
    rule.if_still_ongoing =
        regulation::OngoingAnchor{ReadAnchor(ongoing, "anchor"), ongoing.Text("article")};
    map.Add(ongoing.Finish());
    if (!rule.due) map.Refuse("if_still_ongoing", "needs amount and unit");
  }

  static void CheckTrigger(YamlMapReader& map, const StageRule& rule) {
    const bool shares = rule.trigger == Trigger::kStillOngoing;
    if (shares != !rule.same_date_as.empty()) {
      map.Refuse("same_date_as", "belongs to the trigger still_ongoing, and to it alone");
    }
    if ((shares || rule.trigger == Trigger::kVoluntary) && rule.due) {
      map.Refuse("amount", "this trigger has no term of its own");
    }
    if (rule.trigger == Trigger::kOnRequest && rule.anchor.empty()) {
      map.Refuse("trigger", "on_request needs an anchor: the request");
    }
    if (rule.owed_by == Debtor::kAuthority && !rule.due) {
      map.Refuse("owed_by", "an expected answer needs a term");
    }
  }

  absl::Status CheckUnique(const YamlNode& node, const StageRule& rule) const {
    for (const std::string& kind : rule.entity_kinds) {
      const StageRule* first = regulation::FindRule(pack_, rule.stage, kind);
      if (first != nullptr) {
        return YamlErrorAt(file_, node,
                           absl::StrCat("'", first->id, "' and '", rule.id, "' both state '",
                                        rule.stage, "' for '", kind, "'"));
      }
    }
    for (const StageRule& other : pack_.stages) {
      if (other.id == rule.id) {
        return YamlErrorAt(file_, node, absl::StrCat("the id '", rule.id, "' is used twice"));
      }
    }
    return absl::OkStatus();
  }

  absl::Status CheckSameDate(const YamlNode& node, const StageRule& rule) const {
    if (rule.same_date_as.empty()) return absl::OkStatus();
    for (const std::string& kind : rule.entity_kinds) {
      const StageRule* other = regulation::FindRule(pack_, rule.same_date_as, kind);
      if (other == nullptr || !other->if_still_ongoing) {
        return YamlErrorAt(file_, node,
                           absl::StrCat("same_date_as: '", rule.same_date_as,
                                        "' has no rule with "
                                        "if_still_ongoing for '",
                                        kind, "'"));
      }
    }
    return absl::OkStatus();
  }

  bool IsKnownKind(std::string_view kind) const {
    return std::any_of(pack_.entity_kinds.begin(), pack_.entity_kinds.end(),
                       [&](const EntityKind& known) { return known.kind == kind; });
  }

  std::string file_;
  RulePack pack_;
};

}  // namespace

absl::StatusOr<RulePack> ReadRulePack(std::string_view file, std::string_view bytes) {
  TOCSIN_ASSIGN_OR_RETURN(const YamlNode root, ParseYaml(file, bytes));
  TOCSIN_ASSIGN_OR_RETURN(RulePack pack, PackReader(file).Read(root));
  pack.digest = Sha256(bytes);
  return pack;
}

absl::StatusOr<RulePack> ReadRulePackFile(const std::string& path) {
  TOCSIN_ASSIGN_OR_RETURN(const std::string bytes, ReadYamlBytes(path));
  return ReadRulePack(path, bytes);
}

}  // namespace tocsin::library
